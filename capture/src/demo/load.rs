//! A load: so many hosts and so many events a second, for tests of what comes after a source.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fastrand::Rng;
use graph::{Basis, ConnId, Counts, EndReason, Endpoint, Event, Initiator, Kind, Ledger, OriginId, Proto, Side, Time, Total, Tuple};

use super::ticker::{self, TICK, Tell};
use crate::source::{Context, Ended, Source, SourceError};

/// The most hosts: what fits behind 10.0.0.0/8.
const MAX_HOSTS: usize = 1 << 24;
/// The most flows that one host begins at one time, and how many ports each of them takes turns with.
const MAX_FLOWS_A_HOST: usize = 1000;
const PORTS_A_FLOW: usize = 64;
/// The fewest events a second: a tick's ledger and a few more.
const MIN_EVENTS_PER_SEC: u64 = 100;
/// One host in so many has an IPv6 address.
const V6_ONE_IN: usize = 8;

/// A load of events. Few hosts are in many flows and many in few, as in real networks; every host is in at least one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Load {
    /// Hosts, 2 to 16,777,216.
    pub hosts: usize,
    /// Flows at one time; at least as many as hosts, at most a thousand times as many.
    pub flows: usize,
    /// Events a second, ledgers included; at least 100.
    pub events_per_sec: u64,
    /// The share of events, from 0 to 1, that end a flow or begin one in its place, once every flow has begun.
    pub churn: f64,
    /// The same seed makes the same events.
    pub seed: u64,
}

impl Load {
    /// A load with half as many flows again as hosts, and a tenth of the events for flows that end and begin.
    pub fn new(hosts: usize, events_per_sec: u64, seed: u64) -> Load {
        Load { hosts, flows: hosts.saturating_add(hosts / 2), events_per_sec, churn: 0.1, seed }
    }

    /// The load, ready to run.
    pub fn open(self) -> Loading {
        let hosts = self.hosts.clamp(2, MAX_HOSTS);
        let load = Load {
            hosts,
            flows: self.flows.clamp(hosts, hosts.saturating_mul(MAX_FLOWS_A_HOST)),
            events_per_sec: self.events_per_sec.max(MIN_EVENTS_PER_SEC),
            churn: if self.churn.is_finite() { self.churn.clamp(0.0, 1.0) } else { 0.0 },
            seed: self.seed,
        };
        Loading { load, emitted: Arc::default() }
    }
}

/// A load that is ready to run: [`Load::open`] makes it.
#[derive(Clone, Debug)]
pub struct Loading {
    load: Load,
    emitted: Arc<Emitted>,
}

impl Loading {
    /// What it has emitted, to look at while it runs and after.
    pub fn emitted(&self) -> Arc<Emitted> {
        self.emitted.clone()
    }
}

/// What a load emitted since it began, or began again. A count is there before its event is, and the event follows
/// unless nobody reads.
#[derive(Debug, Default)]
pub struct Emitted {
    events: AtomicU64,
    opened: AtomicU64,
    closed: AtomicU64,
    packets: AtomicU64,
    bytes: AtomicU64,
}

impl Emitted {
    fn add(count: &AtomicU64, more: u64) {
        count.fetch_add(more, Ordering::Relaxed);
    }

    /// Events of every kind.
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    /// Flows that began.
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Flows that ended.
    pub fn closed(&self) -> u64 {
        self.closed.load(Ordering::Relaxed)
    }

    /// Packets of all flows.
    pub fn packets(&self) -> u64 {
        self.packets.load(Ordering::Relaxed)
    }

    /// Bytes of all flows, on the wire.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Source for Loading {
    fn name(&self) -> String {
        format!("load of {} hosts", self.load.hosts)
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        Ok(ticker::run(&context, |start| Generator::new(self.load, self.emitted.clone(), context.origin, start)))
    }
}

struct Generator {
    load: Load,
    emitted: Arc<Emitted>,
    origin: OriginId,
    rng: Rng,
    now: Time,
    /// Events that are due.
    due: f64,
    /// One for each flow at one time; the first ones that exist have begun.
    slots: Vec<Slot>,
    conns: u32,
    ledger: Ledger,
}

/// A flow, and after it the next one of the same client.
#[derive(Clone, Copy)]
struct Slot {
    /// How many flows it had before.
    turn: usize,
    tuple: Tuple,
    client: Side,
    conn: ConnId,
    total: Total,
    last: Time,
}

impl Generator {
    fn new(load: Load, emitted: Arc<Emitted>, origin: OriginId, start: Time) -> Generator {
        let Emitted { events, opened, closed, packets, bytes } = &*emitted;
        for count in [events, opened, closed, packets, bytes] {
            count.store(0, Ordering::Relaxed);
        }
        Generator {
            load,
            emitted,
            origin,
            rng: Rng::with_seed(load.seed),
            now: start,
            due: 0.0,
            slots: Vec::new(),
            conns: 0,
            ledger: Ledger::default(),
        }
    }

    /// Another host that the client can reach, the likelier the lower its number, as Zipf's law has it.
    fn server(&mut self, client: usize) -> usize {
        let hosts = self.load.hosts;
        let zipf = |rng: &mut Rng, count: usize| (count as f64).powf(rng.f64()) as usize - 1;
        if is_v6(client, hosts) {
            let count = hosts / V6_ONE_IN;
            let nth = zipf(&mut self.rng, count);
            let host = |nth: usize| nth % count * V6_ONE_IN + V6_ONE_IN - 1;
            if host(nth) == client { host(nth + 1) } else { host(nth) }
        } else {
            let mut host = zipf(&mut self.rng, hosts);
            while host == client || is_v6(host, hosts) {
                host = (host + 1) % hosts;
            }
            host
        }
    }

    /// The flow that begins in a slot after so many others.
    fn begin(&mut self, nth: usize, turn: usize, events: &mut Vec<Event>) -> Slot {
        let hosts = self.load.hosts;
        let client = nth % hosts;
        let server = self.server(client);
        self.conns = self.conns.wrapping_add(1);
        let port = 1024 + (nth / hosts * PORTS_A_FLOW + turn % PORTS_A_FLOW) as u16;
        let src = Endpoint { addr: address(client, hosts), port };
        let dst = Endpoint { addr: address(server, hosts), port: 443 };
        let (tuple, client) = Tuple::new(Proto::TCP, src, dst);
        let mut slot = Slot { turn, tuple, client, conn: ConnId(self.conns), total: Total::default(), last: self.now };
        let initiator = Initiator { side: client, basis: Basis::Handshake };
        Emitted::add(&self.emitted.opened, 1);
        events.push(self.event(Kind::Open { tuple, conn: slot.conn, start: self.now, initiator }));
        self.talk(&mut slot, events);
        slot
    }

    fn end(&self, slot: Slot, reason: EndReason, events: &mut Vec<Event>) {
        let Slot { tuple, conn, total, last, .. } = slot;
        Emitted::add(&self.emitted.closed, 1);
        events.push(self.event(Kind::Close { tuple, conn, reason, total, last }));
    }

    /// A few packets more.
    fn talk(&mut self, slot: &mut Slot, events: &mut Vec<Event>) {
        let down = u64::from(self.rng.u32(1..=32));
        for (side, packets, bytes) in [(slot.client, down.div_ceil(2), 66), (slot.client.other(), down, 1514)] {
            let said = Counts { packets, bytes: packets * bytes, ip_bytes: packets * (bytes - 14) };
            let total = slot.total.0.from_mut(side);
            *total = total.plus(&said);
            self.ledger.packets += said.packets;
            self.ledger.bytes += said.bytes;
            Emitted::add(&self.emitted.packets, said.packets);
            Emitted::add(&self.emitted.bytes, said.bytes);
        }
        slot.last = self.now;
        let Slot { tuple, conn, total, last, .. } = *slot;
        events.push(self.event(Kind::Data { tuple, conn, total, last }));
    }

    fn event(&self, kind: Kind) -> Event {
        Event { at: self.now, origin: self.origin, kind }
    }
}

impl Tell for Generator {
    fn tick(&mut self, events: &mut Vec<Event>) -> Time {
        self.now = self.now.plus(TICK);
        self.due += self.load.events_per_sec as f64 * TICK.as_secs_f64();
        let before = events.len();
        // One is the ledger.
        let due = before + (self.due as usize).saturating_sub(1);
        loop {
            let left = due.saturating_sub(events.len());
            let nth = self.rng.usize(..self.slots.len().max(1));
            if self.slots.len() < self.load.flows && left >= 2 {
                let slot = self.begin(self.slots.len(), 0, events);
                self.slots.push(slot);
                continue;
            }
            let Some(mut slot) = self.slots.get(nth).copied() else { break };
            if left >= 3 && self.rng.f64() < self.load.churn / 3.0 {
                self.end(slot, EndReason::Fin, events);
                slot = self.begin(nth, slot.turn.wrapping_add(1), events);
            } else if left >= 1 {
                self.talk(&mut slot, events);
            } else {
                break;
            }
            if let Some(kept) = self.slots.get_mut(nth) {
                *kept = slot;
            }
        }
        events.push(self.event(Kind::Ledger(self.ledger)));
        let told = events.len() - before;
        Emitted::add(&self.emitted.events, told as u64);
        self.due -= told as f64;
        self.now
    }

    fn finish(&mut self, events: &mut Vec<Event>) {
        let before = events.len();
        for slot in std::mem::take(&mut self.slots) {
            self.end(slot, EndReason::Finished, events);
        }
        events.push(self.event(Kind::Ledger(self.ledger)));
        Emitted::add(&self.emitted.events, (events.len() - before) as u64);
    }
}

/// Whether a host has an IPv6 address; there are none if they could not talk to one another.
fn is_v6(host: usize, hosts: usize) -> bool {
    hosts >= 2 * V6_ONE_IN && host % V6_ONE_IN == V6_ONE_IN - 1
}

fn address(host: usize, hosts: usize) -> IpAddr {
    let number = host as u32 + 1;
    if is_v6(host, hosts) {
        IpAddr::V6(Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(number)))
    } else {
        IpAddr::V4(Ipv4Addr::from_bits(10 << 24 | number))
    }
}

#[cfg(test)]
mod tests {
    use super::super::books::Books;
    use super::*;

    fn generator(load: Load) -> Generator {
        let loading = load.open();
        Generator::new(loading.load, loading.emitted, OriginId(3), Time::from_secs(9))
    }

    #[test]
    fn counts_what_it_emits() {
        let mut load = generator(Load::new(500, 20_000, 7));
        let (mut events, mut books) = (Vec::new(), Books::default());
        for tick in 1..=40 {
            assert_eq!(load.tick(&mut events), Time(9_000_000 + tick * 50_000));
            events.drain(..).for_each(|event| books.enter(&event));
            assert_eq!(books.events, tick * 1000);
        }
        assert_eq!((books.open(), books.hosts()), (750, 500));
        assert!(books.closed > 300, "{}", books.closed);
        load.finish(&mut events);
        events.drain(..).for_each(|event| books.enter(&event));
        let emitted = &load.emitted;
        assert_eq!(books.open(), 0);
        assert_eq!((books.events, books.opened, books.closed), (emitted.events(), emitted.opened(), emitted.closed()));
        assert_eq!((books.ledger.packets, books.ledger.bytes), (emitted.packets(), emitted.bytes()));
        books.balance();
    }

    #[test]
    fn some_hosts_are_far_busier_than_others() {
        let mut load = generator(Load { churn: 0.0, ..Load::new(10_000, 1_000_000, 1) });
        load.tick(&mut Vec::new());
        let mut flows = vec![0; 10_000];
        for slot in &load.slots {
            for end in [slot.tuple.a(), slot.tuple.b()] {
                let number = match end.addr {
                    IpAddr::V4(addr) => addr.to_bits() & 0xff_ffff,
                    IpAddr::V6(addr) => addr.to_bits() as u32,
                };
                flows[number as usize - 1] += 1;
            }
            assert_eq!(slot.tuple.a().addr.is_ipv6(), slot.tuple.b().addr.is_ipv6());
        }
        flows.sort_unstable();
        assert!(flows[0] >= 1 && flows[5_000] <= 2 && flows[9_999] > 500, "{} {} {}", flows[0], flows[5_000], flows[9_999]);
    }

    #[test]
    fn the_smallest_loads_work() {
        for hosts in [0, 2, 15, 16, 17] {
            let mut load = generator(Load { flows: 0, ..Load::new(hosts, 0, 1) });
            let mut events = Vec::new();
            for _ in 0..10_000 {
                load.tick(&mut events);
            }
            assert_eq!((load.slots.len(), events.len()), (hosts.max(2), 50_000));
        }
    }
}
