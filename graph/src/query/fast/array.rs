//! One array: what each flow has of one thing.

use std::net::IpAddr;

use super::dictionary::Dictionary;
use crate::field::End;
use crate::query::slot;
use crate::{ColumnId, Flow, Model, OriginId, Place, ProcessKey, Rate, Service, Side, Value};

/// What an array holds of each flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::query) enum Source {
    /// The host at an end.
    Host(End),
    /// The port there.
    Port(End),
    /// The process there.
    Owner(End),
    Service,
    State,
    SeenBy,
    Link,
    Share,
    /// The tag of a column, of an end or of the whole.
    Tag(ColumnId, End),
    BytesSent,
    BytesReceived,
    PacketsSent,
    PacketsReceived,
    First,
    Last,
    /// Both rates, that of who began it first.
    Rates,
}

impl Source {
    /// Whether counting a flow changes it.
    pub(super) const fn is_counted(self) -> bool {
        use Source::{BytesReceived, BytesSent, Last, PacketsReceived, PacketsSent, Rates, SeenBy};
        matches!(self, BytesReceived | BytesSent | Last | PacketsReceived | PacketsSent | Rates | SeenBy)
    }
}

/// The array itself.
#[derive(Debug)]
pub(super) enum Array {
    /// Numbers of things; what they are says the dictionary.
    Codes(Vec<u32>, Codes),
    Numbers(Vec<u64>),
    Rates(Vec<[Rate; 2]>),
}

/// What the numbers of an array stand for.
#[derive(Debug)]
pub(super) enum Codes {
    /// The places of hosts, links or shares and one; the addresses of hosts by their places.
    Places(Vec<Option<IpAddr>>),
    /// The numbers of ports and one.
    Ports,
    Owners(Dictionary<ProcessKey>),
    Services(Dictionary<Service>),
    States(Dictionary<&'static str>),
    Origins(Dictionary<Vec<OriginId>>),
    Tags(Dictionary<Value>),
}

impl Codes {
    /// How many things there are.
    fn len(&self) -> usize {
        match self {
            Codes::Places(_) | Codes::Ports => 0,
            Codes::Owners(all) => all.things().len(),
            Codes::Services(all) => all.things().len(),
            Codes::States(all) => all.things().len(),
            Codes::Origins(all) => all.things().len(),
            Codes::Tags(all) => all.things().len(),
        }
    }
}

impl Array {
    pub(super) fn new(source: Source, places: usize) -> Array {
        let codes = |codes| Array::Codes(vec![0; places], codes);
        match source {
            Source::Host(_) | Source::Link | Source::Share => codes(Codes::Places(Vec::new())),
            Source::Port(_) => codes(Codes::Ports),
            Source::Owner(_) => codes(Codes::Owners(Dictionary::default())),
            Source::Service => codes(Codes::Services(Dictionary::default())),
            Source::State => codes(Codes::States(Dictionary::default())),
            Source::SeenBy => codes(Codes::Origins(Dictionary::default())),
            Source::Tag(..) => codes(Codes::Tags(Dictionary::default())),
            Source::Rates => Array::Rates(vec![Default::default(); places]),
            _ => Array::Numbers(vec![0; places]),
        }
    }

    pub(super) fn resize(&mut self, places: usize) {
        match self {
            Array::Codes(codes, _) => codes.resize(places, 0),
            Array::Numbers(numbers) => numbers.resize(places, 0),
            Array::Rates(rates) => rates.resize(places, Default::default()),
        }
    }

    /// Whether most of what it remembers is nobody's any more.
    pub(super) fn is_stale(&self, flows: usize) -> bool {
        matches!(self, Array::Codes(_, codes) if codes.len() > flows * 2 + 4_096)
    }

    /// Takes what a flow has.
    pub(super) fn put(&mut self, source: Source, at: usize, flow: &Flow, model: &Model) {
        match self {
            Array::Numbers(numbers) => numbers.get_mut(at).into_iter().for_each(|n| *n = number(source, flow)),
            Array::Rates(rates) => rates.get_mut(at).into_iter().for_each(|rates| *rates = forward(flow, model)),
            Array::Codes(codes, known) => {
                let code = code(source, known, flow, model);
                codes.get_mut(at).into_iter().for_each(|old| *old = code);
            }
        }
    }
}

/// The rates of a flow, that of who began it first.
pub(super) fn forward(flow: &Flow, model: &Model) -> [Rate; 2] {
    let [ab, ba] = model.rates_of(flow);
    match flow.initiator.side {
        Side::A => [ab, ba],
        Side::B => [ba, ab],
    }
}

fn number(source: Source, flow: &Flow) -> u64 {
    let forward = flow.forward();
    match source {
        Source::BytesSent => forward.ab.bytes,
        Source::BytesReceived => forward.ba.bytes,
        Source::PacketsSent => forward.ab.packets,
        Source::PacketsReceived => forward.ba.packets,
        Source::First => flow.first.micros(),
        Source::Last => flow.last.micros(),
        _ => 0,
    }
}

/// The side of an end; the other than source and destination is none.
pub(super) fn side(flow: &Flow, end: End) -> Side {
    match end {
        End::Dst => flow.initiator.side.other(),
        _ => flow.initiator.side,
    }
}

fn code(source: Source, known: &mut Codes, flow: &Flow, model: &Model) -> u32 {
    let place = |slot: usize| u32::try_from(slot + 1).unwrap_or(0);
    match (source, known) {
        (Source::Host(end), Codes::Places(addrs)) => {
            let side = side(flow, end);
            let key = flow.key.host(side);
            let Some(host) = model.host_id_at(flow, side) else { return 0 };
            let slot = slot(host);
            if addrs.len() <= slot {
                addrs.resize(slot + 1, None);
            }
            addrs.get_mut(slot).into_iter().for_each(|addr| *addr = Some(key.addr));
            place(slot)
        }
        (Source::Link, _) => place(slot(flow.link)),
        (Source::Share, _) => flow.share.map_or(0, |share| place(slot(share))),
        (Source::Port(end), _) => {
            let port = flow.key.tuple.end(side(flow, end)).port;
            if flow.key.tuple.proto().has_ports() { u32::from(port) + 1 } else { 0 }
        }
        (Source::Owner(end), Codes::Owners(all)) => model.owners(flow).at(side(flow, end)).map_or(0, |owner| all.number(&owner.process)),
        (Source::Service, Codes::Services(all)) => all.number(&flow.service),
        (Source::State, Codes::States(all)) => all.number(&flow.state.name()),
        (Source::SeenBy, Codes::Origins(all)) => {
            let mut origins: Vec<OriginId> = flow.origins().collect();
            origins.sort_unstable();
            if origins.is_empty() { 0 } else { all.number(&origins) }
        }
        (Source::Tag(column, end), Codes::Tags(all)) => {
            let place = if end == End::Whole { Place::Flow } else { Place::End(side(flow, end)) };
            flow.tags.get(column, place).map_or(0, |value| all.number(&value))
        }
        _ => 0,
    }
}
