//! One connection as the tracker knows it: what the kernel counted in each zone, and what of that was told.

use graph::{Both, ConnId, Counts, Endpoint, Proto, Side, Time, Total, Tuple};
use smallvec::SmallVec;
use wire::netlink::conntrack::{self, Counters, Entry};

/// ICMP and ICMPv6.
const ICMP: [u8; 2] = [1, 58];

/// What the kernel counts of a connection in one zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) zone: u16,
    pub(super) id: Option<u32>,
    /// What it counted when it was looked at last, and what of that is none of what is told now.
    latest: Total,
    base: Total,
    /// The last dump that it was in, or during which it came.
    pub(super) seen: u32,
}

/// A connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    /// The number that is told. Another one counts from zero again.
    pub(super) conn: ConnId,
    /// Who began it.
    pub(super) side: Side,
    pub(super) parts: SmallVec<[Part; 1]>,
    told: Total,
    /// When it counted something last.
    pub(super) moved: Time,
    /// Whether the model was told that it is there, by this number.
    pub(super) is_open: bool,
    /// Whether TCP is done with it.
    pub(super) is_over: bool,
}

impl Part {
    /// One that was counted from the beginning; or, where it was there before anybody looked, from now on.
    pub(super) fn new(entry: &Entry, side: Side, seen: u32, was_there: bool) -> Part {
        let latest = total(entry, side).unwrap_or_default();
        Part { zone: entry.zone, id: entry.id, latest, base: if was_there { latest } else { Total::default() }, seen }
    }

    /// Whether an entry is this one, and not a later one of the same ends.
    pub(super) fn is(&self, entry: &Entry) -> bool {
        self.zone == entry.zone && (self.id == entry.id || self.id.is_none() || entry.id.is_none())
    }

    /// Takes what it has counted by now.
    pub(super) fn count(&mut self, entry: &Entry, side: Side) {
        if let Some(total) = total(entry, side) {
            self.latest = total;
        }
    }
}

impl Connection {
    pub(super) fn new(conn: ConnId, side: Side, part: Part, now: Time) -> Connection {
        Connection { conn, side, parts: SmallVec::from([part]), told: Total::default(), moved: now, is_open: false, is_over: false }
    }

    /// What it moved by that number: of several zones the largest, since they count the same packets.
    fn total(&self) -> Total {
        self.parts.iter().fold(Total::default(), |most, part| most.max(&Total(part.latest.since(&part.base).0)))
    }

    /// What is to be told, if it is news.
    pub(super) fn news(&mut self, now: Time) -> Option<Total> {
        let total = self.total();
        if total == self.told {
            return None;
        }
        (self.told, self.moved) = (total, now);
        Some(total)
    }

    /// Whatever comes now is told by another number, from zero: what was told may be over for whoever heard it.
    pub(super) fn begin_anew(&mut self, conn: ConnId) {
        for part in &mut self.parts {
            part.base = part.latest;
        }
        (self.conn, self.told, self.is_open) = (conn, Total::default(), false);
    }

    /// Whether nothing was told by this number.
    pub(super) fn is_untold(&self) -> bool {
        self.told == Total::default()
    }
}

/// The ends of a connection as events name them, and the side of who began it; and the ends as they are beyond, if addresses are translated.
pub(super) fn ends(entry: &Entry) -> ((Tuple, Side), Option<(Tuple, Side)>) {
    let original = tuple(&entry.original);
    let beyond = entry.is_translated().then(|| {
        let (tuple, side) = tuple(&entry.reply);
        // Answers go to who began it.
        (tuple, side.other())
    });
    (original, beyond.filter(|(tuple, _)| *tuple != original.0))
}

fn tuple(tuple: &conntrack::Tuple) -> (Tuple, Side) {
    let ports = match (tuple.ports, tuple.icmp) {
        (Some(ports), _) if has_ports(tuple.protocol) => ports,
        (_, Some((id, ty, code))) if ICMP.contains(&tuple.protocol) => (id, u16::from_be_bytes([ty, code])),
        _ => (0, 0),
    };
    let (src, dst) = (Endpoint { addr: tuple.src, port: ports.0 }, Endpoint { addr: tuple.dst, port: ports.1 });
    Tuple::new(Proto(tuple.protocol), src, dst)
}

/// TCP, UDP, DCCP, SCTP and UDP-Lite; what stands there for others are no ports.
const fn has_ports(protocol: u8) -> bool {
    matches!(protocol, 6 | 17 | 33 | 132 | 136)
}

/// Counters as events have them. What the kernel counts begins at the IP header: of the wire no more is known.
fn total(entry: &Entry, side: Side) -> Option<Total> {
    let counts = |Counters { packets, bytes }| Counts { packets, bytes, ip_bytes: bytes };
    let [sent, received] = entry.counters?;
    let mut both = Both::default();
    (*both.from_mut(side), *both.from_mut(side.other())) = (counts(sent), counts(received));
    Some(Total(both))
}
