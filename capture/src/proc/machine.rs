//! What is told of the machine before any process of it: when it began, and who its users are.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use graph::Kind;

use super::clock::Clocks;
use super::reader::{MAX_PASSWD_BYTES, parse_passwd};

/// When it began, by the wall clock of now.
pub(super) fn booted(clocks: &Clocks) -> Kind {
    Kind::Booted { at: clocks.wall().minus(Duration::from_nanos(clocks.boot_ns())) }
}

/// A file in the form of /etc/passwd; nothing where it cannot be read: then users are numbers.
pub(super) fn read_users(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_PASSWD_BYTES as u64).read_to_end(&mut bytes));
    read.map(|_| bytes).unwrap_or_default()
}

/// The users that such a file names; those of a directory service are not looked up: that could take for ever.
pub(super) fn users(bytes: &[u8]) -> Vec<Kind> {
    parse_passwd(bytes).map(|(user, name)| Kind::User { user, name: name.into() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_a_user_here_and_nobody_is_where_there_is_no_file() {
        let root = users(&read_users(Path::new("/etc/passwd")));
        assert!(root.iter().any(|kind| matches!(kind, Kind::User { user: 0, name } if &**name == "root")), "{root:?}");
        assert!(users(&read_users(Path::new("/no/such/file"))).is_empty());
    }

    #[test]
    fn the_machine_began_before_now() {
        let now = graph::Time::from_secs(1_700_000_000);
        let Kind::Booted { at } = booted(&Clocks::new(now)) else { panic!() };
        assert!(at < now);
    }
}
