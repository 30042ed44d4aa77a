//! What looks for the owners of flows, and hears only of those of this machine: flows that probes tell of are nobody's here.

use capture::proc::attribution::Feed;
use graph::{Event, Model};

use super::REALMS;

/// The feed of all that tells of this machine: its packets, its processes, and what is heard beside them.
pub(crate) struct OwnFeed(pub(crate) Feed);

impl OwnFeed {
    /// Tells what these events of one source say, once the model has heard them.
    pub(crate) fn see(&self, events: &[Event], model: &Model) {
        if are_own(events, model) {
            self.0.see(events);
        }
    }
}

/// Whether these events are of this machine. All events of a batch come from one source.
fn are_own(events: &[Event], model: &Model) -> bool {
    let realms = events.first().and_then(|event| model.realms_of(event.origin));
    realms.is_some_and(|realms| realms.local == REALMS.local)
}

#[cfg(test)]
mod tests {
    use graph::{Kind, Limits, Origin, OriginId, Realm, Realms, Registry, Time};

    use super::*;

    #[test]
    fn what_probes_tell_is_not_looked_for_here() {
        let mut model = Model::new(Registry::default(), Limits::default());
        let other = Realms { local: Realm(99), ..REALMS };
        for (name, realms) in [("eth0", REALMS), ("probe", other)] {
            model.add_origin(Origin { name: name.into(), realms });
        }
        let of = |origin, kind| [Event { at: Time::ZERO, origin: OriginId(origin), kind }];
        let booted = || Kind::Booted { at: Time::ZERO };
        assert_eq!([0, 1, 2].map(|origin| are_own(&of(origin, booted()), &model)), [true, false, false]);
        // What is heard beside a source says where it stands before anything else.
        for event in of(2, Kind::Origin(Origin { name: "conntrack".into(), realms: REALMS })) {
            model.apply(Time::ZERO, &event, &mut ());
        }
        assert!(are_own(&of(2, booted()), &model));
        assert!(!are_own(&[], &model));
    }
}
