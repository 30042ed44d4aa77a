//! Who a node is on every day: an address, a program, a group. By it a layout remembers where the node was.

use std::hash::Hasher;

use siphasher::sip::SipHasher13;

use super::GroupKey;
use crate::{Host, Model, Process, Realm};

/// Who a node is on every day, as a number that says nothing of it to whoever reads it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity(pub u64);

impl Identity {
    fn of<'a>(parts: impl IntoIterator<Item = &'a str>) -> Identity {
        let mut hasher = SipHasher13::new();
        for part in parts {
            hasher.write(part.as_bytes());
            hasher.write(&[0]);
        }
        Identity(hasher.finish())
    }

    pub(super) fn of_host(model: &Model, host: &Host) -> Identity {
        Identity::of(["host", machine(model, host.key.realm), &host.key.addr.to_canonical().to_string()])
    }

    pub(super) fn of_process(model: &Model, process: &Process) -> Identity {
        let program = process.image.exe.as_deref().unwrap_or_else(|_| process.image.title());
        Identity::of(["program", machine(model, process.key.realm), program])
    }

    pub(super) fn of_group(key: &GroupKey) -> Identity {
        Identity::of(std::iter::once("group").chain(key.parts().iter().flat_map(|part| [part.by.name(), &*part.value])))
    }
}

/// The other machine whose own it is.
fn machine(model: &Model, realm: Realm) -> &str {
    model.totals().elsewhere(realm).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Attribute, By};

    #[test]
    fn it_is_the_same_on_every_day_and_another_for_another() {
        let key = GroupKey::new(By::Attribute(Attribute::Subnet), "10.0.0.0/24".into());
        // Files of positions keep it.
        assert_eq!(Identity::of_group(&key), Identity(2351977195088916970));
        assert_ne!(Identity::of_group(&key), Identity::of_group(&key.and(By::Quiet, "10.0.0.0/24".into())));
    }
}
