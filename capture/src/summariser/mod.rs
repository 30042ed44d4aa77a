//! From packets to events: what changed per connection since the last flush, on the source's own thread.
//!
//! One summariser serves the window's own capture, recordings and probes alike.

mod conn;
mod look;
mod names;
mod own;
mod queue;
mod table;

use std::collections::BTreeMap;
use std::net::IpAddr;

use graph::{Basis, Counts, EndReason, Endpoint, Event, Initiator, Kind, Ledger, NameOrigin, OriginId, Proto, Side, Time, Tuple};
use smallvec::SmallVec;
use wire::packet::{Body, Dissection, Fragments, IpPacket, LinkType, TcpFlags, Transport, Whole, dissect};

use crate::columns::Columns;
use crate::dissect::Dissectors;
use crate::source::{BATCH_EVENTS, Batch, Offer};
use conn::{Aside, Conn};
use look::{Look, Piece};
use names::Heard;
pub use own::Own;
use queue::Queue;
use table::Table;

/// First fragments remembered, so that the later ones find their flow.
const FRAGMENTS: usize = 4096;
/// Pairs of tunnel ends that are summed between two flushes; packets of others are told one by one.
const MAX_OUTER: usize = 4096;

/// Sums packets into events.
#[derive(Debug)]
pub struct Summariser {
    origin: OriginId,
    columns: Columns,
    own: Own,
    fragments: Fragments,
    conns: Table,
    outer: BTreeMap<(IpAddr, IpAddr), (u64, u64)>,
    heard: Heard,
    look: Look,
    queue: Queue,
    ledger: Ledger,
    told_ledger: Option<Ledger>,
    /// A batch for which the model had no room.
    waiting: Option<Batch>,
    /// Packets that are not counted yet.
    taken: Vec<Taken>,
}

impl Summariser {
    /// Sums for one origin; at most `max_flows` connections at a time.
    pub fn new(origin: OriginId, columns: Columns, max_flows: usize) -> Self {
        Summariser {
            origin,
            columns,
            own: Own::default(),
            fragments: Fragments::new(FRAGMENTS),
            conns: Table::new(max_flows),
            outer: Default::default(),
            heard: Heard::default(),
            look: Look::new(Dissectors::default()),
            queue: Queue::default(),
            ledger: Ledger::default(),
            told_ledger: None,
            waiting: None,
            taken: Vec::with_capacity(TAKEN),
        }
    }

    /// From now on leaves out what this program itself sends; it counts as filtered.
    pub fn leave_out(&mut self, own: Own) {
        self.own = own;
    }

    /// From now on dissectors look at the payloads.
    pub fn dissect(&mut self, dissectors: Dissectors) {
        let fragments = Fragments::new(FRAGMENTS);
        self.fragments = if dissectors.is_empty() { fragments } else { fragments.reassembling() };
        self.look = Look::new(dissectors);
    }

    /// Takes in one packet: `frame` is what was captured of its `wire_len` bytes.
    pub fn packet(&mut self, link: LinkType, frame: &[u8], wire_len: u32, at: Time) {
        self.ledger.packets += 1;
        self.ledger.bytes += u64::from(wire_len);
        self.ledger.first = Some(self.ledger.first.map_or(at, |first| first.min(at)));
        self.ledger.last = self.ledger.last.max(Some(at));
        let seen = dissect(link, frame, wire_len, at.micros(), &mut self.fragments);
        let whole = self.fragments.take_whole();
        if seen.is_malformed() {
            self.ledger.malformed += 1;
        }
        if seen.ip().is_some_and(|ip| self.own.has(&ip.transport)) {
            self.ledger.filtered += 1;
            return;
        }
        for tunnel in &seen.tunnels {
            self.count_outer(tunnel.src, tunnel.dst, u64::from(wire_len), at);
        }
        match &seen.body {
            Body::Ip(ip) => self.count(&seen, ip, whole.as_ref(), wire_len, at),
            Body::Arp(_) | Body::Other { .. } | Body::None => self.ledger.no_ip += 1,
        }
    }

    /// A packet that the filter left out: counted, and nothing else.
    pub fn filtered(&mut self, wire_len: u32) {
        self.ledger.packets += 1;
        self.ledger.bytes += u64::from(wire_len);
        self.ledger.filtered += 1;
    }

    /// A name that something other than a packet told.
    pub fn name(&mut self, addr: IpAddr, origin: NameOrigin, ttl_secs: u32, name: &str, at: Time) {
        if self.heard.is_news(addr, origin, name, at) {
            self.queue.push(Event { at, origin: self.origin, kind: Kind::Name { addr, origin, ttl_secs, name: name.into() } });
        }
    }

    /// What never arrived, as totals since the beginning.
    pub fn set_lost(&mut self, kernel: u64, interface: u64) {
        self.ledger.lost_kernel = kernel;
        self.ledger.lost_interface = interface;
    }

    /// Where every packet went so far.
    pub const fn ledger(&self) -> Ledger {
        self.ledger
    }

    /// Whether something will be lost soon if it is not given away.
    pub fn is_pressed(&self) -> bool {
        self.queue.is_pressed()
    }

    /// Whether a flush would say anything but the time.
    pub fn has_news(&self) -> bool {
        self.waiting.is_some()
            || !self.taken.is_empty()
            || !self.queue.is_empty()
            || self.conns.has_changed()
            || !self.outer.is_empty()
            || self.told_ledger != Some(self.ledger)
    }

    /// Gives away everything since the last flush in batches, at least one, the ledger last. When there is no room it keeps the rest
    /// and goes on summing. Returns false when nobody reads any more.
    pub fn flush(&mut self, now: Time, give: impl FnMut(Batch) -> Offer) -> bool {
        self.tell(now, What::All, give)
    }

    /// Gives away which connections began and what those that ended came to; what goes on is summed further. That is all that a report needs
    /// before the end, and so the model can take it in while packets are read.
    pub fn flush_news(&mut self, now: Time, give: impl FnMut(Batch) -> Offer) -> bool {
        self.tell(now, What::News, give)
    }

    fn tell(&mut self, now: Time, what: What, mut give: impl FnMut(Batch) -> Offer) -> bool {
        self.settle();
        self.expire(now);
        if let Some(batch) = self.waiting.take() {
            match give(batch) {
                Offer::Taken => {}
                Offer::Full(batch) => {
                    self.waiting = Some(batch);
                    return true;
                }
                Offer::Unheard => return false,
            }
        }
        loop {
            let mut events = Vec::new();
            let more = self.fill(&mut events, what, now);
            match give(Batch { now, events }) {
                Offer::Taken if more => {}
                Offer::Taken => return true,
                Offer::Full(batch) => {
                    self.waiting = Some(batch);
                    return true;
                }
                Offer::Unheard => return false,
            }
        }
    }

    /// Ends every connection and gives away all that is left, the ledger last.
    pub fn finish(&mut self, now: Time, mut give: impl FnMut(Batch) -> Offer) -> bool {
        self.settle();
        for keys in self.conns.keys().chunks(BATCH_EVENTS / 4) {
            for key in keys {
                self.let_go(*key, EndReason::Finished);
            }
            if !self.flush_news(now, &mut give) {
                return false;
            }
        }
        self.flush(now, give)
    }

    /// Up to a batch of events; whether there are more.
    fn fill(&mut self, events: &mut Vec<Event>, what: What, now: Time) -> bool {
        self.queue.drain_into(events, BATCH_EVENTS);
        while events.len() + 3 <= BATCH_EVENTS {
            if let Some((conn, tags)) = self.conns.next_fresh() {
                match what {
                    What::News => conn.tell_beginning(tags, self.origin, events),
                    What::All => conn.tell(tags, self.origin, events),
                }
            } else if what == What::All
                && let Some((conn, tags)) = self.conns.next_changed()
            {
                conn.tell(tags, self.origin, events);
            } else {
                break;
            }
        }
        while events.len() < BATCH_EVENTS {
            let Some(((src, dst), (packets, bytes))) = self.outer.pop_first() else { break };
            events.push(Event { at: now, origin: self.origin, kind: Kind::Outer { src, dst, packets, bytes } });
        }
        let changed = self.conns.has_fresh() || (what == What::All && self.conns.has_changed());
        let more = !self.queue.is_empty() || changed || !self.outer.is_empty();
        if !more && what == What::All && self.told_ledger != Some(self.ledger) {
            if events.len() == BATCH_EVENTS {
                return true;
            }
            self.told_ledger = Some(self.ledger);
            events.push(Event { at: now, origin: self.origin, kind: Kind::Ledger(self.ledger) });
        }
        more
    }

    fn expire(&mut self, now: Time) {
        while let Some(key) = self.conns.pop_idle(now) {
            self.let_go(key, EndReason::Idle);
        }
    }

    /// A connection leaves the table; what it has not told yet is told, or counted as lost where the queue is full.
    fn let_go(&mut self, key: table::Key, reason: EndReason) {
        if let Some((mut conn, mut tags)) = self.conns.remove(key) {
            conn.end(reason);
            self.look.forget(key, self.conns.hash(&conn.tuple));
            self.ledger.lost_queue += self.queue.push_last_words(&mut conn, &mut tags, self.origin);
        }
    }

    fn count_outer(&mut self, src: IpAddr, dst: IpAddr, bytes: u64, at: Time) {
        if self.outer.len() >= MAX_OUTER && !self.outer.contains_key(&(src, dst)) {
            self.queue.push(Event { at, origin: self.origin, kind: Kind::Outer { src, dst, packets: 1, bytes } });
            return;
        }
        let sum = self.outer.entry((src, dst)).or_default();
        sum.0 += 1;
        sum.1 += bytes;
    }

    /// Takes a packet down; packets are looked up many at a time, so that the memory fetches the connections of all of them at once.
    #[inline]
    fn count(&mut self, seen: &Dissection<'_>, ip: &IpPacket<'_>, whole: Option<&Whole>, wire_len: u32, at: Time) {
        let (from, to, reply) = ends(ip);
        let (tuple, mut side) = Tuple::new(Proto(ip.proto), from, to);
        if reply {
            side = side.other();
        }
        let flags = match ip.transport {
            Transport::Tcp { flags, .. } if !ip.later_fragment => flags,
            _ => TcpFlags(0),
        };
        let hash = self.conns.hash(&tuple);
        let counts = Counts::packet(wire_len, ip.ip_len);
        // Of fragments all that they carry is looked at when the last one came.
        let whole = whole.map(Whole::transport).filter(|whole| whole.ports() == ip.transport.ports());
        let piece = self.look.take(whole.as_ref().unwrap_or(&ip.transport), flags, hash);
        self.taken.push(Taken { tuple, hash, side, reply, flags, counts, at, piece, aside: Aside::of(seen) });
        if self.taken.len() >= TAKEN {
            self.settle();
        }
    }

    /// Counts the packets that were taken down.
    fn settle(&mut self) {
        let mut taken = std::mem::take(&mut self.taken);
        let guesses: SmallVec<[Option<table::Key>; TAKEN]> = taken.iter().map(|t| self.conns.guess(t.hash)).collect();
        guesses.iter().flatten().for_each(|key| self.conns.fetch(*key));
        for (packet, guess) in taken.iter().zip(guesses) {
            let known = guess.filter(|key| self.conns.is(*key, &packet.tuple)).or_else(|| self.conns.find(packet.hash, &packet.tuple));
            self.account(packet, known);
        }
        taken.clear();
        self.taken = taken;
        self.look.settled();
        self.ledger.lost_dissection = self.look.cut();
    }

    fn account(&mut self, packet: &Taken, known: Option<table::Key>) {
        let key = match known {
            Some(key) if packet.flags.is_open() && self.conns.get(key).is_some_and(Conn::is_over) => {
                self.let_go(key, EndReason::Fin); // the ports are used again
                self.begin(packet)
            }
            Some(key) => key,
            None => self.begin(packet),
        };
        if let Some(conn) = self.conns.get_changed(key) {
            let closed = conn.packet(packet.side, packet.counts, packet.flags, packet.at);
            let (is_looked_at, client) = (conn.looked_at, conn.client());
            if closed {
                self.conns.reschedule(key);
            }
            if let Some(piece) = packet.piece {
                match is_looked_at {
                    true => self.look.pass(packet.hash),
                    false => self.look_at(packet, piece, key, client),
                }
            }
        }
    }

    fn begin(&mut self, packet: &Taken) -> table::Key {
        while self.conns.is_full() {
            let Some(oldest) = self.conns.pop_oldest() else { break };
            self.let_go(oldest, EndReason::Evicted);
        }
        let tags = packet.aside.tags(&self.columns, packet.side);
        self.conns.insert(packet.hash, tags, |id| Conn::new(packet.tuple, id, packet.at, packet.initiator()))
    }
}

/// How much a flush tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// All that changed.
    All,
    /// Which connections began, and what those that ended came to.
    News,
}

/// The requester's and the responder's end, and whether this packet goes the other way.
fn ends(ip: &IpPacket<'_>) -> (Endpoint, Endpoint, bool) {
    use wire::packet::transport::icmp::{Version, request_type};
    let at = |addr, port| Endpoint { addr, port };
    let (version, ty, code, id) = match ip.transport {
        Transport::Icmp { ty, code, id, .. } => (Version::V4, ty, code, id),
        Transport::Icmpv6 { ty, code, id, .. } => (Version::V6, ty, code, id),
        _ => {
            let (src, dst) = ip.transport.ports().unwrap_or_default();
            return (at(ip.src, src), at(ip.dst, dst), false);
        }
    };
    let (id, request) = (id.unwrap_or(0), request_type(version, ty));
    let what = u16::from_be_bytes([request, code]);
    if request != ty && !ip.dst.is_multicast() {
        (at(ip.dst, id), at(ip.src, what), true)
    } else {
        (at(ip.src, id), at(ip.dst, u16::from_be_bytes([ty, code])), false)
    }
}

/// Packets that are taken down before they are counted.
const TAKEN: usize = 64;

/// One packet, as far as its connection needs it.
#[derive(Debug)]
struct Taken {
    tuple: Tuple,
    hash: u64,
    /// Who sent it.
    side: Side,
    /// Whether it answers a request of ICMP.
    reply: bool,
    flags: TcpFlags,
    counts: Counts,
    at: Time,
    /// What of it dissectors may want.
    piece: Option<Piece>,
    aside: Aside,
}

impl Taken {
    /// Who began the connection whose first packet this is, as far as it tells.
    fn initiator(&self) -> Initiator {
        let by = |side, basis| Initiator { side, basis };
        if self.flags.is_open() {
            return by(self.side, Basis::Handshake);
        }
        if self.flags.contains(TcpFlags::SYN | TcpFlags::ACK) {
            return by(self.side.other(), Basis::Handshake);
        }
        if matches!(self.tuple.proto(), Proto::ICMP | Proto::ICMPV6) {
            return by(if self.reply { self.side.other() } else { self.side }, Basis::Handshake);
        }
        match (self.is_server(Side::A), self.is_server(Side::B)) {
            (true, false) => by(Side::B, Basis::Port),
            (false, true) => by(Side::A, Basis::Port),
            _ => by(self.side, Basis::FirstSeen),
        }
    }

    /// Whether that side has a port that servers use, and the other has not; else the lower port is the server's.
    fn is_server(&self, side: Side) -> bool {
        let (mine, theirs) = (self.tuple.end(side).port, self.tuple.end(side.other()).port);
        let known = |port| graph::Service::is_known(self.tuple.proto(), port);
        match (known(mine), known(theirs)) {
            (true, false) => true,
            (false, true) => false,
            _ => mine < theirs && mine < FIRST_EPHEMERAL && (theirs >= FIRST_EPHEMERAL || mine < 1024),
        }
    }
}

/// Where Linux begins to give out ports by default.
const FIRST_EPHEMERAL: u16 = 32768;

#[cfg(test)]
mod tests;
