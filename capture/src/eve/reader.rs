//! Lines, made into events: what each says of its flow, together with what was said of it before.

use std::collections::VecDeque;

use graph::{ArcStr, Basis, ConnId, Endpoint, Event, Initiator, Kind, NameOrigin, OriginId, Proto, Time, Tuple};
use hashbrown::HashMap;
use wire::eve::{Ends, Fault, Field, Record};
use wire::packet::names::is_deceptive;

use super::columns::Columns;
use crate::proc::reader::printable;
use crate::supervised::Tally;

/// Of so many flows is remembered what was said; of those that were spoken of last.
const MAX_FLOWS: usize = 65_536;
/// As many values of one kind are remembered of each.
const MAX_VALUES: usize = 32;
/// What is remembered of all flows, in bytes. What they ask for, and how long that is, is for others to choose.
const MAX_BYTES: usize = 16 << 20;

/// What was said of a flow of which there may be more than one: all of it is told whenever there is more.
type Said = Vec<(Field, Vec<String>)>;

/// Reads lines.
#[derive(Debug)]
pub(super) struct Reader {
    origin: OriginId,
    columns: Columns,
    tally: Tally,
    /// Whether nobody else tells of flows: then it says that they are there.
    opens: bool,
    said: HashMap<(Tuple, u64), Said>,
    order: VecDeque<(Tuple, u64)>,
    /// Bytes that are remembered.
    held: usize,
    out: Vec<Event>,
}

impl Reader {
    pub(super) fn new(origin: OriginId, columns: Columns, tally: Tally, opens: bool) -> Reader {
        Reader { origin, columns, tally, opens, said: HashMap::new(), order: VecDeque::new(), held: 0, out: Vec::new() }
    }

    /// What is to be told, in order.
    pub(super) fn take(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.out)
    }

    /// How many events wait.
    pub(super) fn waiting(&self) -> usize {
        self.out.len()
    }

    /// Reads one; none was too long.
    pub(super) fn line(&mut self, now: Time, line: Option<&[u8]>) {
        match line.ok_or(Fault::TooLong).and_then(Record::parse) {
            Ok(record) => {
                self.tally.add("records", 1);
                self.tally.add(&printable(record.event_type.as_bytes()), 1);
                self.tell(now, &record);
            }
            Err(fault) => self.tally.refuse(words(fault), 1),
        }
    }

    fn tell(&mut self, now: Time, record: &Record) {
        for named in &record.says.names {
            let (addr, ttl_secs) = (named.addr, named.ttl_secs);
            if let Some(name) = host_name(&named.name) {
                self.say(now, Kind::Name { addr, origin: NameOrigin::Dns, ttl_secs, name });
            }
        }
        let Some(ends) = &record.ends else { return self.tally.add("records of no flow", u64::from(!record.says.fields.is_empty())) };
        let (tuple, src) = tuple(ends);
        let known = (tuple, record.flow_id.unwrap_or_default());
        let is_new = !self.said.contains_key(&known);
        if self.opens && is_new {
            let initiator = Initiator { side: src, basis: Basis::FirstSeen };
            let start = record.at_us.map_or(now, Time);
            self.say(now, Kind::Open { tuple, conn: ConnId(known.1 as u32), start, initiator });
        }
        if is_new {
            self.remember(known);
        }
        let mut fields: Vec<Field> = record.says.fields.iter().map(|(field, _)| *field).collect();
        fields.sort_unstable();
        fields.dedup();
        let mut tags = Vec::new();
        for field in fields {
            let new = record.says.fields.iter().filter(|(known, _)| *known == field).map(|(_, value)| value);
            let tag = match self.said.get_mut(&known).filter(|_| self.columns.is_many(field)) {
                Some(said) => gather(said, field, new, &mut self.held).and_then(|all| self.columns.tag(field, all)),
                None => self.columns.tag(field, &new.cloned().collect::<Vec<_>>()),
            };
            tags.extend(tag);
        }
        if !tags.is_empty() {
            self.say(now, Kind::Tags { tuple, conn: ConnId(0), tags });
        }
        self.make_room();
    }

    fn remember(&mut self, flow: (Tuple, u64)) {
        self.order.push_back(flow);
        self.said.insert(flow, Said::new());
        self.make_room();
    }

    /// Forgets what was said of those flows that were spoken of first.
    fn make_room(&mut self) {
        while (self.order.len() > MAX_FLOWS || self.held > MAX_BYTES)
            && let Some(oldest) = self.order.pop_front()
        {
            let said = self.said.remove(&oldest).unwrap_or_default();
            self.held -= said.iter().flat_map(|(_, values)| values).map(String::len).sum::<usize>();
        }
    }

    fn say(&mut self, at: Time, kind: Kind) {
        self.out.push(Event { at, origin: self.origin, kind });
    }
}

/// What was said of a field, and what is said now; none where that is nothing new. It adds to `held` what is remembered now.
fn gather<'a, 'b>(said: &'a mut Said, field: Field, new: impl Iterator<Item = &'b String>, held: &mut usize) -> Option<&'a [String]> {
    let at = said.iter().position(|(known, _)| *known == field).unwrap_or_else(|| {
        said.push((field, Vec::new()));
        said.len() - 1
    });
    let (_, values) = said.get_mut(at)?;
    let before = values.len();
    for value in new {
        if values.len() < MAX_VALUES && !values.contains(value) {
            *held += value.len();
            values.push(value.clone());
        }
    }
    (values.len() > before).then_some(values)
}

/// The flow's ends, and the side of the first of them. Who has no ports has zeros: of ICMP the model finds what is meant.
pub(super) fn tuple(ends: &Ends) -> (Tuple, graph::Side) {
    let (src, dst) = ends.ports.unwrap_or_default();
    Tuple::new(Proto(ends.protocol), Endpoint { addr: ends.src, port: src }, Endpoint { addr: ends.dst, port: dst })
}

/// A name that a host can have: printable, no longer than one may be.
fn host_name(name: &str) -> Option<ArcStr> {
    let name = name.trim_end_matches('.');
    let printable = name.chars().all(|char| !is_deceptive(char) && !char.is_whitespace());
    (!name.is_empty() && name.len() <= 253 && printable).then(|| name.into())
}

/// What a fault is counted as.
fn words(fault: Fault) -> &'static str {
    match fault {
        Fault::TooLong => "lines too long",
        Fault::Utf8 => "lines that are not UTF-8",
        Fault::Json => "lines that are no JSON",
        Fault::NoType => "records without a type",
        Fault::Address => "records with a bad address",
        Fault::Port => "records with a bad port",
        Fault::Protocol => "records of an unknown protocol",
    }
}

#[cfg(test)]
mod tests {
    use graph::{RegistryBuilder, Value};

    use super::*;

    fn reader(opens: bool) -> Reader {
        let mut builder = RegistryBuilder::default();
        super::super::columns::register(&mut builder).unwrap();
        Reader::new(OriginId(3), Columns::of(&builder.freeze()), Tally::default(), opens)
    }

    fn read(reader: &mut Reader, line: &str) -> Vec<Kind> {
        reader.line(Time(7), Some(line.as_bytes()));
        reader.take().into_iter().map(|event| event.kind).collect()
    }

    const ENDS: &str = r#""flow_id":5,"src_ip":"10.0.0.1","src_port":4000,"dest_ip":"192.0.2.1","dest_port":80,"proto":"TCP""#;

    fn alert(what: &str) -> String {
        format!(r#"{{"event_type":"alert",{ENDS},"alert":{{"signature":"{what}","severity":2}}}}"#)
    }

    #[test]
    fn what_was_said_before_of_a_flow_is_said_again() {
        let mut reader = reader(false);
        read(&mut reader, &alert("one"));
        let told = read(&mut reader, &alert("two"));
        let [Kind::Tags { tags, .. }] = &told[..] else { panic!("{told:?}") };
        assert_eq!(tags[0].value, Value::list([Value::text("one"), Value::text("two")]));
        assert_eq!(tags[1].value, Value::Integer(2));
        let told = read(&mut reader, &alert("one"));
        let [Kind::Tags { tags, .. }] = &told[..] else { panic!("{told:?}") };
        assert_eq!(tags.len(), 1, "of many, nothing that was told already: {told:?}");
        assert_eq!((reader.tally.get("alert"), reader.tally.get("records")), (3, 3));
    }

    #[test]
    fn it_tells_of_flows_only_where_nobody_else_does() {
        let mut reader = reader(true);
        let told = read(&mut reader, &alert("one"));
        let [Kind::Open { tuple, initiator, .. }, Kind::Tags { .. }] = &told[..] else { panic!("{told:?}") };
        assert_eq!(tuple.end(initiator.side).port, 4000);
        assert!(matches!(read(&mut reader, &alert("two"))[..], [Kind::Tags { .. }]));
    }

    #[test]
    fn names_are_told_if_hosts_may_have_them() {
        let dns = |name: &str| format!(r#"{{"event_type":"dns","dns":{{"rrname":"{name}","rrtype":"A","rdata":"192.0.2.1","ttl":5}}}}"#);
        let told = read(&mut reader(false), &dns("a.example."));
        assert!(matches!(&told[..], [Kind::Name { name, ttl_secs: 5, .. }] if &**name == "a.example"), "{told:?}");
        assert_eq!(read(&mut reader(false), &dns("a b")), []);
    }

    #[test]
    fn whatever_is_wrong_is_counted() {
        let mut reader = reader(false);
        reader.line(Time(7), None);
        for line in [
            &b"{"[..],
            b"{\"a\":\"\xff\"}",
            b"{}",
            br#"{"event_type":"x","src_ip":"1","dest_ip":"2","proto":"TCP"}"#,
            b"{\"event_type\":\"odd\\u001b\"}",
        ] {
            reader.line(Time(7), Some(line));
        }
        let counts: Vec<(String, u64)> = reader.tally.read().into_iter().map(|count| (count.name.to_string(), count.count)).collect();
        let expected = [
            "lines that are no JSON",
            "lines that are not UTF-8",
            "lines too long",
            "odd\\x1b",
            "records",
            "records with a bad address",
            "records without a type",
        ];
        assert_eq!(counts, expected.map(|name| (name.to_owned(), 1)));
        assert_eq!(reader.waiting(), 0);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut reader = reader(false);
        for flow in 0..(MAX_FLOWS + 10) {
            read(&mut reader, &alert("x").replace(r#""flow_id":5"#, &format!(r#""flow_id":{flow}"#)));
        }
        assert_eq!((reader.said.len(), reader.order.len()), (MAX_FLOWS, MAX_FLOWS));
    }

    #[test]
    fn what_others_choose_to_ask_for_takes_no_more_memory_than_it_may() {
        let mut reader = reader(false);
        let asks = |flow: usize, n: usize| {
            let names: Vec<String> = (0..MAX_VALUES).map(|m| format!(r#"{{"rrname":"{n}.{m}.{}"}}"#, "x".repeat(500))).collect();
            format!(r#"{{"event_type":"dns",{ENDS},"dns":{{"queries":[{}]}}}}"#, names.join(",")).replace(":5,", &format!(":{flow},"))
        };
        // Each flow more than a page of names, and more of it than there is room for.
        for flow in 0..2_000 {
            read(&mut reader, &asks(flow, 0));
            assert!(reader.held <= MAX_BYTES);
        }
        let held = |said: &Said| said.iter().flat_map(|(_, values)| values).map(String::len).sum::<usize>();
        assert_eq!(reader.held, reader.said.values().map(held).sum::<usize>());
        assert!(reader.held > MAX_BYTES / 2 && (500..1_500).contains(&reader.said.len()), "{} flows", reader.said.len());
        // What one says again and again, and more of what is full, tells nothing more: but that it is DNS.
        for n in [0, 1] {
            let told = read(&mut reader, &asks(1_999, n));
            assert!(matches!(&told[..], [Kind::Tags { tags, .. }] if tags.len() == 1), "{told:?}");
        }
    }
}
