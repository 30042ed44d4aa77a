//! One connection between two flushes.

use graph::{
    Basis, Both, Confidence, ConnId, Counts, EndReason, Event, Initiator, Kind, OriginId, Place, Side, Tag, Time, Total, Tuple, Value,
};
use wire::packet::{Dissection, Mac, TcpFlags, Tunnel};

use crate::columns::Columns;

/// A connection as the summariser holds it.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) tuple: Tuple,
    id: ConnId,
    initiator: Initiator,
    total: Both,
    start: Time,
    last: Time,
    /// Which sides said FIN: bit 0 for A, bit 1 for B.
    fins: u8,
    over: Option<EndReason>,
    told: Told,
    /// Packets that were told of.
    told_packets: u64,
    tags: Vec<Tag>,
    /// Whether it stands in the list of what changed.
    pub(super) changed: bool,
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
    pub(super) fn new(tuple: Tuple, id: ConnId, start: Time, initiator: Initiator, tags: Vec<Tag>) -> Self {
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
            tags,
            changed: false,
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

    /// Says what is new; at most three events.
    pub(super) fn tell(&mut self, origin: OriginId, events: &mut Vec<Event>) {
        let (tuple, conn) = (self.tuple, self.id);
        let (total, last) = (Total(self.total), self.last);
        let mut say = |at, kind| events.push(Event { at, origin, kind });
        if self.told == Told::Nothing {
            say(self.start, Kind::Open { tuple, conn, start: self.start, initiator: self.initiator });
            if !self.tags.is_empty() {
                say(self.start, Kind::Tags { tuple, conn, tags: std::mem::take(&mut self.tags) });
            }
            self.told = Told::Open;
        }
        match self.over {
            Some(reason) if self.told < Told::Close => {
                say(last, Kind::Close { tuple, conn, reason, total, last });
                self.told = Told::Close;
            }
            _ => say(last, Kind::Data { tuple, conn, total, last }),
        }
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
            add(columns.tunnel_kind, Place::Flow, Value::text(&kinds.join(" ")));
            add(columns.tunnel_src, Place::Flow, Value::Ip(outer.src));
            add(columns.tunnel_dst, Place::Flow, Value::Ip(outer.dst));
            if let Some(id) = tunnels.last().and_then(|inner| inner.id) {
                add(columns.tunnel_id, Place::Flow, Value::Integer(u64::from(id)));
            }
        }
        tags
    }
}
