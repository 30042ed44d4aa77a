//! Tags of flows that nobody told of yet: who reads what others found may be faster than who counts packets.

use std::collections::VecDeque;
use std::time::Duration;

use hashbrown::HashMap;

use crate::{FlowKey, OriginId, Tag, Time};

/// As many tags wait, at most; the oldest go first.
const MAX_WAITING: usize = 65_536;
/// For so long. What was said before the first packet waits while there is room: then nobody counts yet.
const PATIENCE: Duration = Duration::from_secs(10);

/// The tags that wait.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    tags: HashMap<FlowKey, Vec<(Tag, OriginId)>>,
    /// When which came first.
    order: VecDeque<(Time, FlowKey)>,
    number: usize,
}

impl Waiting {
    /// Keeps tags, and says how many went to make room for them. Of what an origin says again the last counts.
    pub(crate) fn put(&mut self, key: FlowKey, tags: &[Tag], origin: OriginId, now: Time) -> u64 {
        let mut lost = 0;
        if let Some(known) = self.tags.get_mut(&key) {
            let before = known.len();
            known.retain(|(old, by)| *by != origin || tags.iter().all(|tag| (tag.column, tag.place) != (old.column, old.place)));
            self.number -= before - known.len();
        }
        while self.number + tags.len() > MAX_WAITING {
            let Some((_, oldest)) = self.order.pop_front() else { return lost + tags.len() as u64 };
            lost += self.take(&oldest).len() as u64;
        }
        self.number += tags.len();
        if !self.tags.contains_key(&key) {
            self.order.push_back((now, key));
        }
        self.tags.entry(key).or_default().extend(tags.iter().map(|tag| (tag.clone(), origin)));
        lost
    }

    /// The tags of a flow that is there now.
    pub(crate) fn take(&mut self, key: &FlowKey) -> Vec<(Tag, OriginId)> {
        if self.tags.is_empty() {
            return Vec::new();
        }
        let tags = self.tags.remove(key).unwrap_or_default();
        self.number -= tags.len();
        tags
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.number
    }

    /// Lets go of those that waited for too long, and says how many there were.
    pub(crate) fn expire(&mut self, now: Time) -> u64 {
        let mut lost = 0;
        while let Some((at, key)) = self.order.front().copied() {
            if at == Time::ZERO && self.tags.contains_key(&key) || at.plus(PATIENCE) > now {
                break;
            }
            self.order.pop_front();
            lost += self.take(&key).len() as u64;
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Endpoint, Proto, Realm, Realms, RegistryBuilder, Tuple, Value, ValueType};

    fn tag() -> Tag {
        let mut columns = RegistryBuilder::default();
        Tag::certain(columns.register(Column::new("a", ValueType::Integer, "")).unwrap(), Value::Integer(1))
    }

    fn key(port: u16) -> FlowKey {
        let end = |port| Endpoint { addr: [127, 0, 0, 1].into(), port };
        FlowKey::new(Tuple::new(Proto::TCP, end(port), end(80)).0, &Realms { local: Realm(1), site: Realm(2) })
    }

    #[test]
    fn they_wait_for_a_while_and_no_more_than_there_is_room_for() {
        let mut waiting = Waiting::default();
        let tags = [tag(), tag()];
        assert_eq!(waiting.put(key(1), &tags, OriginId(3), Time::from_secs(5)), 0);
        assert_eq!(waiting.put(key(2), &tags, OriginId(3), Time::from_secs(6)), 0);
        assert_eq!(waiting.expire(Time::from_secs(14)), 0);
        assert_eq!(waiting.take(&key(2)).len(), 2);
        assert_eq!(waiting.expire(Time::from_secs(99)), 2);
        for port in 0..u16::MAX {
            waiting.put(key(port), &tags, OriginId(3), Time::from_secs(100));
        }
        assert_eq!((waiting.number, waiting.take(&key(5)).len(), waiting.take(&key(60_000)).len()), (MAX_WAITING, 0, 2));
    }

    #[test]
    fn what_is_said_again_takes_the_place_of_what_was_said() {
        let mut waiting = Waiting::default();
        for at in 1..100 {
            waiting.put(key(1), &[tag()], OriginId(3), Time::from_secs(at));
        }
        waiting.put(key(1), &[tag().at(crate::Side::A)], OriginId(3), Time::from_secs(100));
        waiting.put(key(1), &[tag()], OriginId(4), Time::from_secs(100));
        assert_eq!((waiting.len(), waiting.order.len()), (3, 1), "and is remembered once");
        assert_eq!((waiting.take(&key(1)).len(), waiting.len()), (3, 0));
    }

    #[test]
    fn what_is_said_before_the_first_packet_waits_for_it() {
        let mut waiting = Waiting::default();
        waiting.put(key(1), &[tag()], OriginId(3), Time::ZERO);
        waiting.put(key(2), &[tag()], OriginId(3), Time::from_secs(1_000));
        assert_eq!(waiting.expire(Time::from_secs(9_000)), 0);
        assert_eq!(waiting.take(&key(1)).len(), 1);
        assert_eq!(waiting.expire(Time::from_secs(9_000)), 1);
    }
}
