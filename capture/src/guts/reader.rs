//! Lines, made into events by the user's mapping.

use std::time::Duration;

use graph::{
    Basis, Both, Column, ColumnId, ConnId, Counts, Difference, EndReason, Endpoint, Event, Initiator, Kind, OriginId, Proto, Registry,
    Side, Tag, Time, Total, Tuple, Value, ValueType,
};
use hashbrown::HashMap;
use wire::json::{Object, Path};

use super::mapping::{Are, Mapping};
use crate::proc::reader::printable;
use crate::supervised::Tally;

/// Flows that are known at a time; the others are counted.
const MAX_FLOWS: usize = 262_144;
/// One that was silent for so long makes room for others: not every daemon says that a flow ended.
const SILENT: Duration = Duration::from_secs(600);
/// How often it is looked who was.
const LOOK: Duration = Duration::from_secs(10);

/// Reads lines.
#[derive(Debug)]
pub(super) struct Reader {
    origin: OriginId,
    mapping: Mapping,
    columns: Vec<(ColumnId, Column, Path)>,
    tally: Tally,
    /// Its number, what it moved, and when it was last spoken of.
    flows: HashMap<Tuple, (ConnId, Total, Time)>,
    looked: Time,
    next: u32,
    out: Vec<Event>,
}

impl Reader {
    /// Numbers of connections begin at `first`: whoever ran before it has others.
    pub(super) fn new(origin: OriginId, mapping: Mapping, registry: &Registry, tally: Tally, first: u32) -> Reader {
        let find = |(name, path): &(String, Path)| {
            let id = registry.find(name)?;
            Some((id, registry.column(id)?.clone(), path.clone()))
        };
        let columns = mapping.columns.iter().filter_map(find).collect();
        Reader { origin, mapping, columns, tally, flows: HashMap::new(), looked: Time::ZERO, next: first, out: Vec::new() }
    }

    /// What is to be told, in order.
    pub(super) fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.out)
    }

    /// Reads one; none was too long.
    pub(super) fn line(&mut self, now: Time, line: Option<&[u8]>) {
        let Some(line) = line else { return self.tally.refuse("lines too long", 1) };
        let Some(object) = Object::parse(line) else { return self.tally.refuse("lines that are no JSON", 1) };
        let Some((tuple, side)) = self.flow(&object) else { return self.tally.refuse("records of no flow", 1) };
        self.tally.add("records", 1);
        self.tell(now, &object, tuple, side);
    }

    fn flow(&self, object: &Object) -> Option<(Tuple, Side)> {
        let flow = &self.mapping.flow;
        let end = |addr, port| {
            let port = object.number(port).unwrap_or_default();
            Some(Endpoint { addr: object.text(addr)?.parse().ok()?, port: u16::try_from(port).ok()? })
        };
        let proto = object.text(&flow.proto)?;
        let proto = protocol(&proto)?;
        Some(Tuple::new(proto, end(&flow.src, &flow.src_port)?, end(&flow.dst, &flow.dst_port)?))
    }

    fn tell(&mut self, now: Time, object: &Object, tuple: Tuple, side: Side) {
        let known = self.flows.get(&tuple).copied();
        if known.is_none() && !self.has_room(now) {
            return self.tally.refuse("flows too many", 1);
        }
        let (conn, before, _) = known.unwrap_or_else(|| {
            self.next = self.next.wrapping_add(1);
            (ConnId(self.next), Total::default(), now)
        });
        if known.is_none() {
            let initiator = Initiator { side, basis: Basis::FirstSeen };
            self.say(now, Kind::Open { tuple, conn, start: now, initiator });
        }
        let total = self.total(object, side, &before);
        self.flows.insert(tuple, (conn, total, now));
        let tags: Vec<Tag> =
            self.columns.iter().filter_map(|(id, column, path)| Some(Tag::certain(*id, value(object, column, path)?))).collect();
        if !tags.is_empty() {
            self.say(now, Kind::Tags { tuple, conn, tags });
        }
        let ends = self.mapping.end.as_ref().is_some_and(|end| object.text(&end.field).as_deref() == Some(end.is.as_str()));
        if ends {
            self.flows.remove(&tuple);
            self.say(now, Kind::Close { tuple, conn, reason: EndReason::Finished, total, last: now });
        } else if total != before {
            self.say(now, Kind::Data { tuple, conn, total, last: now });
        }
    }

    /// Whether there is room for one more.
    fn has_room(&mut self, now: Time) -> bool {
        if self.flows.len() >= MAX_FLOWS && now.since(self.looked) >= LOOK {
            self.looked = now;
            self.flows.retain(|_, (_, _, last)| now.since(*last) < SILENT);
        }
        self.flows.len() < MAX_FLOWS
    }

    /// What the flow moved since it began. Whether that is of the wire is not known: it is taken to count from the IP header on.
    fn total(&self, object: &Object, side: Side, before: &Total) -> Total {
        let Some(counters) = &self.mapping.counters else { return *before };
        let [packets_sent, bytes_sent, packets_received, bytes_received] =
            counters.paths.each_ref().map(|path| object.number(path).unwrap_or_default());
        let counts = |packets, bytes| Counts { packets, bytes, ip_bytes: bytes };
        let mut both = Both::default();
        (*both.from_mut(side), *both.from_mut(side.other())) = (counts(packets_sent, bytes_sent), counts(packets_received, bytes_received));
        match counters.are {
            Are::Differences => before.plus(&Difference(both)),
            // A record without counters, or an older one, changes nothing.
            Are::Totals => before.plus(&Total(both).since(before)),
        }
    }

    fn say(&mut self, at: Time, kind: Kind) {
        self.out.push(Event { at, origin: self.origin, kind });
    }
}

/// What stands there, as the column has it.
fn value(object: &Object, column: &Column, path: &Path) -> Option<Value> {
    let one = |text: &String| match column.value_type {
        ValueType::Text => Some(Value::text(&printable(text.as_bytes()))),
        ValueType::Symbol => Some(Value::symbol(&printable(text.as_bytes()))),
        other => other.parse(text),
    };
    let texts = object.texts(path);
    let mut values = texts.iter().filter_map(one);
    let value = if column.many { Value::list(values) } else { values.next()? };
    (!value.each().is_empty()).then_some(value)
}

fn protocol(text: &str) -> Option<Proto> {
    const NAMES: [(&str, Proto); 4] = [("tcp", Proto::TCP), ("udp", Proto::UDP), ("icmp", Proto::ICMP), ("icmpv6", Proto::ICMPV6)];
    let known = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
    known.map(|(_, proto)| *proto).or_else(|| text.parse().ok().map(Proto))
}

#[cfg(test)]
mod tests {
    use super::super::mapping::tests::WHOLE;
    use super::*;
    use crate::World;

    fn reader(mapping: &str) -> Reader {
        let world = World::alone().unwrap();
        Reader::new(OriginId(4), Mapping::parse(mapping).unwrap(), world.registry(), Tally::default(), 0)
    }

    fn read(reader: &mut Reader, line: &str) -> Vec<Kind> {
        reader.line(Time(7), Some(line.as_bytes()));
        reader.take().into_iter().map(|event| event.kind).collect()
    }

    fn record(sent: u64, more: &str) -> String {
        format!(
            r#"{{"a":{{"ip":"10.0.0.9","port":4000}},"b":{{"ip":"10.0.0.1","port":"80"}},"proto":"TCP","out":{{"packets":1,"bytes":{sent}}}{more}}}"#
        )
    }

    fn moved(kinds: &[Kind]) -> Option<u64> {
        kinds.iter().find_map(|kind| match kind {
            Kind::Data { total, .. } | Kind::Close { total, .. } => Some(total.0.sum().ip_bytes),
            _ => None,
        })
    }

    #[test]
    fn totals_and_differences_are_told_as_totals() {
        let mut totals = reader(WHOLE);
        let told = read(&mut totals, &record(100, ""));
        let [Kind::Open { tuple, initiator, .. }, Kind::Data { .. }] = &told[..] else { panic!("{told:?}") };
        assert_eq!((tuple.end(initiator.side).port, moved(&told)), (4000, Some(100)));
        assert_eq!(moved(&read(&mut totals, &record(150, ""))), Some(150));
        assert_eq!(moved(&read(&mut totals, &record(120, ""))), None, "an older one");
        let mut differences = reader(&WHOLE.replace("totals", "differences"));
        assert_eq!([100, 150, 120].map(|sent| moved(&read(&mut differences, &record(sent, "")))), [Some(100), Some(250), Some(370)]);
    }

    #[test]
    fn tags_and_ends_are_told() {
        let mut reader = reader(WHOLE);
        let told = read(&mut reader, &record(1, r#","warnings":["x","y\u001b"],"vlan":7,"event":"closed""#));
        let [Kind::Open { .. }, Kind::Tags { tags, .. }, Kind::Close { .. }] = &told[..] else { panic!("{told:?}") };
        let values: Vec<String> = tags.iter().map(|tag| tag.value.to_string()).collect();
        assert_eq!(values, [r"x, y\\x1b", "7"]);
        let again = read(&mut reader, &record(1, ""));
        assert!(matches!(again[0], Kind::Open { conn: ConnId(2), .. }), "{again:?}");
    }

    #[test]
    fn who_is_silent_makes_room_and_who_is_too_many_is_counted() {
        let mut reader = reader(WHOLE);
        let end = |n: u32, port| graph::Endpoint { addr: std::net::Ipv4Addr::from_bits(n).into(), port };
        for n in 0..MAX_FLOWS as u32 {
            let last = if n < 5 { Time::from_secs(1) } else { Time::from_secs(900) };
            reader.flows.insert(Tuple::new(Proto::TCP, end(n, 1), end(n, 2)).0, (ConnId(n), Total::default(), last));
        }
        let mut told = |secs, port: u16| {
            reader.line(Time::from_secs(secs), Some(record(1, "").replace("4000", &port.to_string()).as_bytes()));
            (reader.take().len(), reader.flows.len(), reader.tally.get("flows too many"))
        };
        assert_eq!(told(1_000, 1), (2, MAX_FLOWS - 4, 0));
        assert_eq!((2..6).map(|port| told(1_001, port).2).collect::<Vec<_>>(), [0; 4]);
        assert_eq!(told(1_005, 6), (0, MAX_FLOWS, 1), "it is not looked each time");
        assert_eq!(told(1_550, 7), (2, 6, 1));
    }

    #[test]
    fn whatever_is_wrong_is_counted() {
        let mut reader = reader(WHOLE);
        reader.line(Time(7), None);
        for line in [
            "{",
            "{}",
            &record(1, "").replace("10.0.0.9", "nobody"),
            &record(1, "").replace("TCP", "carrier pigeon"),
            &record(1, "").replace("4000", "70000"),
        ] {
            assert_eq!(read(&mut reader, line), []);
        }
        assert_eq!(["lines too long", "lines that are no JSON", "records of no flow"].map(|name| reader.tally.get(name)), [1, 1, 4]);
    }
}
