//! One connection between two flushes.

use graph::{
    Basis, Both, Confidence, ConnId, Counts, EndReason, Event, Initiator, Kind, OriginId, Place, Side, Tag, Time, Total, Tuple, Value,
};
use wire::packet::{Dissection, Mac, TcpFlags, Tunnel};

use crate::columns::Columns;

/// A connection as the summariser holds it: what every packet of it touches, in two lines of the cache. Its tags stand apart, as does where its streams begin.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Conn {
    pub(super) tuple: Tuple,
    pub(super) id: ConnId,
    initiator: Initiator,
    pub(super) total: Both,
    start: Time,
    last: Time,
    /// Which sides said FIN: bit 0 for A, bit 1 for B.
    fins: u8,
    over: Option<EndReason>,
    told: Told,
    /// Packets that were told of.
    told_packets: u64,
    /// Whether it stands in the list of what changed.
    pub(super) changed: bool,
    /// Whether no dissector looks at it, or will.
    pub(super) looked_at: bool,
}

/// What the model knows of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    /// Nothing, or not who began it.
    Nothing,
    /// That it is open.
    Open,
    /// That it ended.
    Close,
}

impl Conn {
    pub(super) fn new(tuple: Tuple, id: ConnId, start: Time, initiator: Initiator) -> Self {
        Conn {
            tuple,
            id,
            initiator,
            total: Both::default(),
            start,
            last: start,
            fins: 0,
            over: None,
            told: Told::Nothing,
            told_packets: 0,
            changed: false,
            looked_at: false,
        }
    }

    /// Counts one packet that `side` sent. Returns whether it ended the connection.
    pub(super) fn packet(&mut self, side: Side, counts: Counts, flags: TcpFlags, at: Time) -> bool {
        let sum = self.total.from_mut(side);
        *sum = sum.plus(&counts);
        self.last = self.last.max(at);
        self.start = self.start.min(at);
        if flags.0 & (TcpFlags::FIN | TcpFlags::SYN | TcpFlags::RST).0 == 0 {
            return false;
        }
        self.control(side, flags)
    }

    fn control(&mut self, side: Side, flags: TcpFlags) -> bool {
        if flags.contains(TcpFlags::SYN) && self.initiator.basis < Basis::Handshake {
            let side = if flags.contains(TcpFlags::ACK) { side.other() } else { side };
            self.initiator = Initiator { side, basis: Basis::Handshake };
            self.told = Told::Nothing; // tell it again: who began it is known now
        }
        if self.over.is_some() {
            return false;
        }
        if flags.contains(TcpFlags::FIN) {
            self.fins |= match side {
                Side::A => 1,
                Side::B => 2,
            };
        }
        if flags.contains(TcpFlags::RST) {
            self.over = Some(EndReason::Reset);
        } else if self.fins == 3 {
            self.over = Some(EndReason::Fin);
        }
        self.over.is_some()
    }

    pub(super) const fn is_over(&self) -> bool {
        self.over.is_some()
    }

    /// Whether the model was told nothing of it yet.
    pub(super) fn is_fresh(&self) -> bool {
        self.told == Told::Nothing && self.has_news()
    }

    /// Who began it, as far as is known.
    pub(super) const fn client(&self) -> Side {
        self.initiator.side
    }

    pub(super) const fn last(&self) -> Time {
        self.last
    }

    /// It leaves the table; a reason that it had already stays.
    pub(super) fn end(&mut self, reason: EndReason) {
        self.over.get_or_insert(reason);
    }

    /// Packets that were counted and not told of yet.
    pub(super) const fn untold_packets(&self) -> u64 {
        self.total.sum().packets.saturating_sub(self.told_packets)
    }

    /// Whether there is anything to say.
    pub(super) const fn has_news(&self) -> bool {
        self.untold_packets() > 0 || (self.over.is_some() && !matches!(self.told, Told::Close))
    }

    /// Says that it began, and takes its tags for it; at most two events.
    pub(super) fn tell_beginning(&mut self, tags: &mut Vec<Tag>, origin: OriginId, events: &mut Vec<Event>) {
        let (at, tuple, conn) = (self.start, self.tuple, self.id);
        events.push(Event { at, origin, kind: Kind::Open { tuple, conn, start: at, initiator: self.initiator } });
        if !tags.is_empty() {
            events.push(Event { at, origin, kind: Kind::Tags { tuple, conn, tags: std::mem::take(tags) } });
        }
        self.told = Told::Open;
    }

    /// Says what is new, and takes its tags for it; at most three events.
    pub(super) fn tell(&mut self, tags: &mut Vec<Tag>, origin: OriginId, events: &mut Vec<Event>) {
        if self.told == Told::Nothing {
            self.tell_beginning(tags, origin, events);
        } else if !tags.is_empty() {
            let (at, tuple, conn) = (self.last, self.tuple, self.id);
            events.push(Event { at, origin, kind: Kind::Tags { tuple, conn, tags: std::mem::take(tags) } });
        }
        let (tuple, conn, total, last) = (self.tuple, self.id, Total(self.total), self.last);
        let kind = match self.over {
            Some(reason) if self.told < Told::Close => {
                self.told = Told::Close;
                Kind::Close { tuple, conn, reason, total, last }
            }
            _ => Kind::Data { tuple, conn, total, last },
        };
        events.push(Event { at: last, origin, kind });
        self.told_packets = self.total.sum().packets;
    }
}

/// What a packet says beside its flow's key and counters; only a flow's first one is asked.
#[derive(Debug)]
pub(super) struct Aside {
    macs: Option<[Mac; 2]>,
    vlan: Option<u16>,
    tunnels: Option<Box<[Tunnel]>>,
}

impl Aside {
    #[inline]
    pub(super) fn of(seen: &Dissection<'_>) -> Aside {
        let tunnels = (!seen.tunnels.is_empty()).then(|| seen.tunnels.as_slice().into());
        Aside { macs: seen.macs, vlan: seen.vlans.first().copied(), tunnels }
    }

    /// The same as tags, of a packet that `from` sent.
    pub(super) fn tags(&self, columns: &Columns, from: Side) -> Vec<Tag> {
        let mut tags = Vec::new();
        let mut add = |column, place, value| tags.push(Tag { column, place, value, confidence: Confidence::Certain });
        if let Some([src, dst]) = self.macs {
            add(columns.mac, Place::End(from), Value::Mac(src.0));
            add(columns.mac, Place::End(from.other()), Value::Mac(dst.0));
        }
        if let Some(vlan) = self.vlan {
            add(columns.vlan, Place::Flow, Value::Integer(u64::from(vlan)));
        }
        if let Some([outer, ..]) = self.tunnels.as_deref() {
            let tunnels = self.tunnels.as_deref().unwrap_or_default();
            let kinds: Vec<&str> = tunnels.iter().map(|t| t.kind.name()).collect();
            add(columns.tunnel_kind, Place::Flow, Value::symbol(&kinds.join(" ")));
            add(columns.tunnel_src, Place::Flow, Value::Ip(outer.src));
            add(columns.tunnel_dst, Place::Flow, Value::Ip(outer.dst));
            if let Some(id) = tunnels.last().and_then(|inner| inner.id) {
                add(columns.tunnel_id, Place::Flow, Value::Integer(u64::from(id)));
            }
        }
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::Conn;

    #[test]
    fn a_connection_takes_two_lines_of_the_cache() {
        assert_eq!(size_of::<Conn>(), 128);
    }
}
