//! The story as it goes on, tick by tick. It depends on its seed alone, and never ends.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use graph::{
    Attribution, Confidence, ConnId, EndReason, Event, Kind, Ledger, NameOrigin, OriginId, Place, ProcessId, Proto, Side, Tag, Time, Tuple,
    Value,
};

use super::flow::{Between, Flow};
use super::programs::{Begun, Programs};
use super::scenario::{Activity, Addresses, Ending, Scenario, Service, Shape};
use super::ticker::{TICK, Tell};
use crate::Columns;

/// How much of the story is over when anybody begins to look.
const BEFORE: Duration = Duration::from_secs(300);
/// The most flows at one time; what would begin beyond does not.
const MAX_FLOWS: usize = 4096;
/// The most activities under way at one time.
const MAX_VISITS: usize = 4096;
/// How long it is after a name was said until it is said again.
const NAME_AGAIN: Duration = Duration::from_secs(60);
/// How long a name may be believed, in seconds: one that was looked up, and any other.
const LOOKED_UP_TTL_SECS: u32 = 300;
const OTHER_TTL_SECS: u32 = 86_400;
/// Where the ports begin that clients take, and how many there are (RFC 6335, section 6).
const FIRST_PORT: u16 = 49_152;
const PORTS: u16 = 16_384;

/// A story that goes on.
pub(super) struct Story {
    scenario: Arc<Scenario>,
    origin: OriginId,
    columns: Columns,
    rng: Rng,
    /// When anybody began to look.
    start: Time,
    /// How long the story has gone on.
    now: Duration,
    slots: Vec<Slot>,
    visits: Vec<Visit>,
    flows: Vec<Flow>,
    /// When each address's name was last said.
    named: BTreeMap<IpAddr, Duration>,
    /// What a look-up of a name is like.
    look_up: Arc<Activity>,
    programs: Option<Programs>,
    conns: u32,
    ports: u16,
    ledger: Ledger,
}

/// An activity of one host, and when it is next.
struct Slot {
    activity: Arc<Activity>,
    who: Addresses,
    next: Duration,
}

/// An activity under way: it still has flows to begin.
struct Visit {
    activity: Arc<Activity>,
    who: Addresses,
    /// The process of the machine that does it, or answers, once there is one.
    process: Option<ProcessId>,
    begun: u32,
    next: Duration,
}

impl Story {
    /// A story in its middle, at `start`.
    pub(super) fn new(scenario: Arc<Scenario>, origin: OriginId, columns: Columns, seed: u64, start: Time) -> Story {
        let mut rng = Rng::with_seed(seed);
        let mut slots = Vec::new();
        for activity in scenario.activities() {
            slots.extend(activity.who.iter().map(|who| Slot {
                activity: activity.clone(),
                who: *who,
                next: activity.every.mul_f64(rng.f64()),
            }));
        }
        let programs = scenario.machine().map(|machine| Programs::new(machine.clone(), BEFORE, seed));
        let mut story = Story {
            scenario,
            origin,
            columns,
            rng,
            start,
            now: Duration::ZERO,
            slots,
            visits: Vec::new(),
            flows: Vec::new(),
            named: BTreeMap::new(),
            look_up: look_up().into(),
            programs,
            conns: 0,
            ports: 0,
            ledger: Ledger::default(),
        };
        story.go_unseen();
        story
    }

    /// Goes on for a while before anybody looks.
    fn go_unseen(&mut self) {
        let mut unseen = Vec::new();
        while self.now < BEFORE {
            self.tick(&mut unseen);
            unseen.clear();
        }
        self.flows.retain(Flow::is_talking);
        self.flows.iter_mut().for_each(Flow::forget);
        self.named.clear();
        self.ledger = Ledger::default();
    }

    fn time(&self) -> Time {
        self.start.plus(self.now.saturating_sub(BEFORE))
    }

    fn event(&self, kind: Kind) -> Event {
        Event { at: self.time(), origin: self.origin, kind }
    }

    /// Every slot whose time has come.
    fn begin_visits(&mut self) {
        for slot in &mut self.slots {
            if slot.next > self.now {
                continue;
            }
            let jitter = slot.activity.jitter;
            slot.next += (slot.activity.every + jitter.mul_f64(2.0 * self.rng.f64())).saturating_sub(jitter).max(TICK);
            if self.visits.len() < MAX_VISITS {
                self.visits.push(Visit { activity: slot.activity.clone(), who: slot.who, process: None, begun: 0, next: self.now });
            }
        }
    }

    /// Every flow whose time has come, after its look-up if it needs one.
    fn begin_flows(&mut self, events: &mut Vec<Event>) {
        let mut visits = std::mem::take(&mut self.visits);
        visits.retain_mut(|visit| {
            while visit.begun < visit.activity.flows && visit.next <= self.now {
                self.begin_flow(visit, events);
                visit.begun += 1;
                visit.next += visit.activity.gap;
            }
            visit.begun < visit.activity.flows
        });
        self.visits = visits;
    }

    fn begin_flow(&mut self, visit: &mut Visit, events: &mut Vec<Event>) {
        let Visit { activity, who, process, begun: nth, .. } = visit;
        let reachable = || activity.to.iter().filter_map(|to| who.with(to));
        let Some((from, to)) = reachable().nth(self.rng.usize(..reachable().count().max(1))) else { return };
        if activity.looks_up
            && !self.named_lately(to)
            && let Some(resolver) = self.scenario.host(from).and_then(|host| host.resolver)
            && let Some((asker, resolver)) = who.with(&resolver)
        {
            let asking = self.programs.as_ref().filter(|programs| programs.has(asker)).and_then(Programs::resolver);
            self.open(asker, resolver, 53, &self.look_up.clone(), asking);
            self.say_name(to, events);
        }
        let here = self.programs.as_ref().is_some_and(|programs| programs.has(from) || programs.has(to));
        if here && process.is_none() {
            *process = self.process_for(activity, events);
        }
        let process = process.filter(|_| here);
        let ports = activity.service.ports.clone();
        let step = *nth % u32::from(ports.end() - ports.start()).saturating_add(1);
        let to_port = ports.start().saturating_add(u16::try_from(step).unwrap_or_default());
        self.open(from, to, to_port, activity, process);
    }

    /// A new flow with a tuple that no other has now.
    fn open(&mut self, from: IpAddr, to: IpAddr, to_port: u16, activity: &Activity, process: Option<ProcessId>) {
        if self.flows.len() >= MAX_FLOWS {
            return;
        }
        let mut between = Between { proto: activity.service.proto, from, from_port: 0, to, to_port };
        loop {
            self.ports = (self.ports + 1) % PORTS;
            between.from_port = FIRST_PORT + self.ports;
            // It ends: there are more ports than flows.
            let (tuple, _) = between.tuple();
            if self.flows.iter().all(|flow| flow.tuple != tuple) {
                break;
            }
        }
        self.conns = self.conns.wrapping_add(1);
        let link_bytes = if self.vlan([from, to]).is_some() { 18 } else { 14 };
        let mut flow = Flow::new(&between, ConnId(self.conns), link_bytes, activity, self.now, &mut self.rng);
        let begins = self.programs.as_ref().is_some_and(|programs| programs.has(from));
        flow.owner = process.map(|process| (if begins { flow.initiator } else { flow.initiator.other() }, process));
        self.flows.push(flow);
    }

    /// Everything that runs on the machine, for whoever begins to look.
    fn look_around(&mut self, events: &mut Vec<Event>) {
        if let Some(programs) = &self.programs {
            let told = programs.inventory(self.time().minus(TICK));
            self.tell_of_processes(told, events);
        }
    }

    /// The processes whose time has come, and what they do at once.
    fn begin_processes(&mut self, events: &mut Vec<Event>) {
        let Some(programs) = &mut self.programs else { return };
        let mut told = Vec::new();
        for Begun { activity, process } in programs.begin_due(self.now, &mut told) {
            if self.visits.len() < MAX_VISITS {
                let who = activity.who.first().copied().unwrap_or_default();
                self.visits.push(Visit { activity, who, process: Some(process), begun: 0, next: self.now });
            }
        }
        self.tell_of_processes(told, events);
    }

    /// The process that does something on the machine, or answers there.
    fn process_for(&mut self, activity: &Activity, events: &mut Vec<Event>) -> Option<ProcessId> {
        let mut told = Vec::new();
        let process = self.programs.as_mut()?.doing(activity.program?, self.now, &mut told);
        self.tell_of_processes(told, events);
        process
    }

    /// The processes that have nothing more to do, and what the others take.
    fn end_processes(&mut self, events: &mut Vec<Event>) {
        let Some(programs) = &mut self.programs else { return };
        let mut told = Vec::new();
        let talking = self.flows.iter().filter(|flow| flow.is_talking()).filter_map(|flow| Some(flow.owner?.1));
        programs.end_due(self.now, talking.chain(self.visits.iter().filter_map(|visit| visit.process)), &mut told);
        programs.measure(self.now, &mut told);
        self.tell_of_processes(told, events);
    }

    fn tell_of_processes(&mut self, told: Vec<Kind>, events: &mut Vec<Event>) {
        for kind in told {
            let counts = matches!(kind, Kind::Fork { .. } | Kind::Exec { .. } | Kind::Change { .. } | Kind::Exit { .. });
            self.ledger.process_events += u64::from(counts);
            events.push(self.event(kind));
        }
    }

    /// What every flow says in this tick; those that ended go.
    fn talk(&mut self, events: &mut Vec<Event>) {
        let mut flows = std::mem::take(&mut self.flows);
        flows.retain_mut(|flow| {
            let unseen = flow.last.is_none();
            let did = flow.tick(self.now, self.time(), &mut self.rng);
            let said = did.said.sum();
            self.ledger.packets += said.packets;
            self.ledger.bytes += said.bytes;
            // What nobody ever saw does not end either.
            let Some(last) = flow.last else { return did.ended.is_none() };
            let (tuple, conn, total) = (flow.tuple, flow.conn, flow.total);
            if unseen {
                self.say_name(tuple.a().addr, events);
                self.say_name(tuple.b().addr, events);
                events.push(self.event(Kind::Open { tuple, conn, start: last, initiator: flow.initiator() }));
                if let Some((side, process)) = flow.owner {
                    events.push(self.event(Kind::Owner { tuple, conn, side, process, how: Attribution::Exact }));
                }
                events.extend(self.tags(tuple, conn));
            }
            match did.ended {
                Some(reason) => events.push(self.event(Kind::Close { tuple, conn, reason, total, last })),
                None if !did.said.is_zero() => events.push(self.event(Kind::Data { tuple, conn, total, last })),
                None => {}
            }
            did.ended.is_none()
        });
        self.flows = flows;
    }

    /// What the link layer tells of a flow.
    fn tags(&self, tuple: Tuple, conn: ConnId) -> Option<Event> {
        let certain = |column, place, value| Tag { column, place, value, confidence: Confidence::Certain };
        let mut tags = Vec::new();
        for side in [Side::A, Side::B] {
            let host = self.scenario.host(tuple.end(side).addr);
            let mac = host.and_then(|host| host.mac);
            tags.extend(mac.map(|mac| certain(self.columns.mac, Place::End(side), Value::Mac(mac))));
        }
        let vlan = self.vlan([tuple.a().addr, tuple.b().addr]);
        tags.extend(vlan.map(|vlan| certain(self.columns.vlan, Place::Flow, Value::Integer(vlan.into()))));
        (!tags.is_empty()).then(|| self.event(Kind::Tags { tuple, conn, tags }))
    }

    /// The VLAN in which a flow between these two is seen.
    fn vlan(&self, between: [IpAddr; 2]) -> Option<u16> {
        between.iter().find_map(|addr| self.scenario.host(*addr)?.vlan)
    }

    fn named_lately(&self, addr: IpAddr) -> bool {
        self.named.get(&addr).is_some_and(|said| self.now < *said + NAME_AGAIN)
    }

    /// Says the name of an address, if it has one and it was not said lately.
    fn say_name(&mut self, addr: IpAddr, events: &mut Vec<Event>) {
        let Some(host) = self.scenario.host(addr) else { return };
        let Some(name) = host.name.clone() else { return };
        if self.named_lately(addr) {
            return;
        }
        let origin = host.known_by;
        let ttl_secs = if origin == NameOrigin::Dns { LOOKED_UP_TTL_SECS } else { OTHER_TTL_SECS };
        self.named.insert(addr, self.now);
        events.push(self.event(Kind::Name { addr, origin, ttl_secs, name }));
    }
}

impl Tell for Story {
    fn tick(&mut self, events: &mut Vec<Event>) -> Time {
        self.now += TICK;
        if self.now == BEFORE + TICK {
            self.look_around(events);
        }
        self.begin_processes(events);
        self.begin_visits();
        self.begin_flows(events);
        self.talk(events);
        self.end_processes(events);
        events.push(self.event(Kind::Ledger(self.ledger)));
        self.time()
    }

    fn finish(&mut self, events: &mut Vec<Event>) {
        for flow in std::mem::take(&mut self.flows) {
            let (tuple, conn, total) = (flow.tuple, flow.conn, flow.total);
            if let Some(last) = flow.last {
                events.push(self.event(Kind::Close { tuple, conn, reason: EndReason::Finished, total, last }));
            }
        }
        events.push(self.event(Kind::Ledger(self.ledger)));
    }
}

/// One DNS question and its answer.
fn look_up() -> Activity {
    Activity {
        who: Vec::new(),
        to: Vec::new(),
        service: Service { proto: Proto::UDP, ports: 53..=53 },
        every: Duration::ZERO,
        jitter: Duration::ZERO,
        lasts: Duration::ZERO,
        flows: 1,
        gap: Duration::ZERO,
        up: 1_700.0,
        down: 3_200.0,
        shape: Shape::Steady,
        ends: Ending::Well,
        looks_up: false,
        program: None,
    }
}

#[cfg(test)]
mod tests {
    use graph::RegistryBuilder;

    use super::super::books::Books;
    use super::*;

    const START: Time = Time::from_secs(1_700_000_000);

    fn story(seed: u64, start: Time) -> Story {
        let scenario = Scenario::built_in().unwrap().into();
        let columns = Columns::register(&mut RegistryBuilder::default()).unwrap();
        Story::new(scenario, OriginId(1), columns, seed, start)
    }

    fn told(story: &mut Story, ticks: usize) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..ticks {
            story.tick(&mut events);
        }
        events
    }

    #[test]
    fn the_seed_decides() {
        let mut one = story(5, START);
        let events = told(&mut one, 600);
        assert_eq!(events, told(&mut story(5, START), 600));
        assert_ne!(events, told(&mut story(6, START), 600));
        assert_eq!(one.tick(&mut Vec::new()), START.plus(TICK * 601));
        let later = told(&mut story(5, START.plus(TICK)), 600);
        assert!(later.iter().zip(&events).all(|(later, event)| later.at == event.at.plus(TICK)));
        assert_eq!(later.len(), events.len());
    }

    #[test]
    fn it_moves_at_once_and_keeps_moving() {
        for seed in 0..5 {
            let (mut story, mut first, mut events) = (story(seed, START), Books::default(), Vec::new());
            told(&mut story, 20).iter().for_each(|event| first.enter(event));
            assert!(first.hosts() >= 20, "{} hosts in the first second", first.hosts());
            assert!(first.ledger.bytes > 100_000, "{} bytes in the first second", first.ledger.bytes);
            let mut crowded = 0;
            for _ in 0..120 {
                let mut window = Books::default();
                events.clear();
                for _ in 0..200 {
                    story.tick(&mut events);
                }
                events.iter().for_each(|event| window.note_hosts(event));
                assert!((15..=75).contains(&window.hosts()), "{} hosts in ten seconds", window.hosts());
                crowded += usize::from((25..=60).contains(&window.hosts()));
            }
            assert!(crowded >= 110, "25 to 60 hosts only {crowded} times of 120");
        }
    }

    #[test]
    fn the_ledger_is_the_sum_of_all_flows_and_all_flows_end() {
        let (mut story, mut books) = (story(1, START), Books::default());
        for tick in 0..6000 {
            told(&mut story, 1).iter().for_each(|event| books.enter(event));
            if tick % 100 == 0 {
                books.balance();
            }
        }
        let mut events = Vec::new();
        story.finish(&mut events);
        events.iter().for_each(|event| books.enter(event));
        books.balance();
        assert_eq!(books.open(), 0);
        assert!(books.closed > 1000 && books.names > 40 && books.tags > 1000, "{books:?}");
        assert!(matches!(events.last().unwrap().kind, Kind::Ledger(_)));
    }

    #[test]
    fn a_day_takes_no_more_room_than_an_hour() {
        /// A whole day takes half a minute without optimisation.
        const HOURS: u32 = if cfg!(debug_assertions) { 4 } else { 24 };
        let (mut story, mut events) = (story(2, START), Vec::new());
        let mut room = |story: &mut Story, hours: u32| {
            let mut most = 0;
            for _ in 0..hours * 3600 * 20 {
                events.clear();
                story.tick(&mut events);
                let programs = story.programs.as_ref().unwrap().room();
                most = most.max(story.flows.len() + story.visits.len() + story.named.len() + programs);
            }
            most
        };
        let hour = room(&mut story, 1);
        let rest = room(&mut story, HOURS - 1);
        assert!(rest < hour * 3 / 2, "{hour} and then {rest}");
        assert!(story.conns > HOURS * 5_000, "{}", story.conns);
    }

    #[test]
    fn a_scan_is_many_short_flows() {
        let mut ports = std::collections::BTreeSet::new();
        for event in told(&mut story(3, START), 20 * 400) {
            let Kind::Close { tuple, total, reason: EndReason::Reset, .. } = event.kind else { continue };
            let stranger: IpAddr = "203.0.113.66".parse().unwrap();
            if let Some(router) = [(tuple.a(), tuple.b()), (tuple.b(), tuple.a())].iter().find(|ends| ends.0.addr == stranger) {
                assert_eq!(total.0.sum().packets, 2);
                ports.insert(router.1.port);
            }
        }
        assert!(ports.len() >= 300 && ports.contains(&22), "{} ports", ports.len());
    }
}
