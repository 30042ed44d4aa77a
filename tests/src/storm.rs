//! Processes that nobody would want: a made-up machine on which they come and go as fast as one can tell of them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use graph::{
    Attribution, Basis, Both, Change, ConnId, Container, Counts, EndReason, Endpoint, Event, Exit, History, Image, Initiator, Kind, Limits,
    Model, Origin, OriginId, ProcessId, Proto, Realm, Realms, RegistryBuilder, Side, Time, Total, Tuple, Unread, Usage,
};

/// From one event to the next.
const STEP: Duration = Duration::from_micros(100);
/// Numbers of processes are used again from here on.
const MAX_PID: u32 = 32_768;
/// As many live at a time.
const ALIVE: usize = 3_000;
/// As many of them never end, and go on having children.
const FOREVER: usize = 200;
/// As many flows are open at a time, each with a port of its own.
const PORTS: u16 = 5_000;

/// The machine. The same seed makes the same story.
#[derive(Debug)]
pub struct Storm {
    now: Time,
    random: u64,
    alive: Vec<ProcessId>,
    next_pid: u32,
    flows: u32,
}

impl Storm {
    /// One on which nothing lives but its first process.
    pub fn new(seed: u64) -> Storm {
        Storm { now: Time::from_secs(1_000), random: seed | 1, alive: vec![ProcessId { pid: 1, start_ns: 1 }], next_pid: 1, flows: 0 }
    }

    /// What happens next, and when. Of thread bombs a model hears nothing; whoever forks all the time, becomes another program all the time, ends unseen or
    /// has its number used again is among these.
    pub fn happens(&mut self) -> Event {
        self.now = self.now.plus(STEP);
        let kind = match self.below(16) {
            _ if self.alive.len() < FOREVER => self.fork(),
            0..6 if self.alive.len() < ALIVE => self.fork(),
            0..6 => self.exit(),
            6..10 => self.exec(),
            10 => self.change(),
            11 => Kind::Usage {
                process: self.anyone(),
                usage: Usage { cpu: Duration::from_millis(self.below(9_999)), rss_bytes: self.below(1 << 30) },
            },
            12 => self.open(),
            13 => self.owner(),
            14 => self.data(),
            _ => self.close(),
        };
        Event { at: self.now, origin: OriginId(0), kind }
    }

    /// A number below that, of a linear congruential generator.
    fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % limit
    }

    fn anyone(&mut self) -> ProcessId {
        let place = self.below(self.alive.len() as u64);
        self.alive[place as usize]
    }

    fn fork(&mut self) -> Kind {
        // Half of all are begun by a few.
        let parent = if self.below(2) == 0 { self.alive[self.alive.len().min(3) - 1] } else { self.anyone() };
        self.next_pid = if self.next_pid >= MAX_PID { 300 } else { self.next_pid + 1 };
        let child = ProcessId { pid: self.next_pid, start_ns: self.now.micros() * 1_000 };
        // Who had the number is over, and nobody said so; those that never end keep theirs.
        match self.alive.iter().position(|known| known.pid == child.pid) {
            Some(place) if place < FOREVER => return Kind::Change { process: child, change: Change::Session },
            Some(place) => self.alive[place] = child,
            None => self.alive.push(child),
        }
        Kind::Fork { parent, child }
    }

    fn exec(&mut self) -> Kind {
        // One of them becomes another program all the time.
        let process = if self.below(20) == 0 { self.alive[0] } else { self.anyone() };
        let n = self.below(100_000);
        let long = if self.below(100) == 0 { "x".repeat(Image::MAX_COMMAND_BYTES - 100) } else { String::new() };
        let image = Image {
            exe: Ok(format!("/usr/bin/program{n}").into()),
            command: Ok(format!("program{n} --with some --arguments {n} {long}").into()),
            ids: Some((n as u32 % 1_000, 100)),
            cgroup: Some(format!("/system.slice/service{}", n % 500).into()),
            container: n.is_multiple_of(7).then(|| Container { kind: "docker".into(), id: format!("{n:012x}").into() }),
            ..Image::named("program", Unread::Untold)
        };
        let parent = n.is_multiple_of(3).then(|| self.anyone());
        Kind::Exec { process, parent, image: Arc::new(image) }
    }

    fn change(&mut self) -> Kind {
        let process = self.anyone();
        let n = self.below(1_000);
        let change = match n % 5 {
            0 => Change::Name(format!("name{n}").into()),
            1 => Change::User(n as u32),
            2 => Change::Group(n as u32),
            3 => Change::Session,
            _ => Change::Parent(self.anyone()),
        };
        Kind::Change { process, change }
    }

    fn exit(&mut self) -> Kind {
        if self.alive.len() <= FOREVER {
            return self.fork();
        }
        let place = FOREVER + self.below((self.alive.len() - FOREVER) as u64) as usize;
        let process = self.alive.swap_remove(place);
        let exit = match self.below(3) {
            0 => Exit::Code(0),
            1 => Exit::Signal { number: 9, core: false },
            _ => Exit::Unseen,
        };
        Kind::Exit { process, exit }
    }

    fn tuple(&mut self) -> (Tuple, Side) {
        let port = 10_000 + self.below(PORTS.into()) as u16;
        let end = |n, port| Endpoint { addr: Ipv4Addr::new(10, 0, 0, n).into(), port };
        Tuple::new(Proto::TCP, end(1, port), end(2 + (port % 100) as u8, 443))
    }

    fn open(&mut self) -> Kind {
        let (tuple, side) = self.tuple();
        self.flows += 1;
        Kind::Open { tuple, conn: ConnId(self.flows), start: self.now, initiator: Initiator { side, basis: Basis::Handshake } }
    }

    fn owner(&mut self) -> Kind {
        let (tuple, side) = self.tuple();
        let how = if self.below(2) == 0 { Attribution::Exact } else { Attribution::Port };
        Kind::Owner { tuple, conn: ConnId(self.flows), side, process: self.anyone(), how }
    }

    fn total(&mut self) -> Total {
        let n = self.below(1_000);
        let counts = Counts { packets: n, bytes: n * 100, ip_bytes: n * 86 };
        Total(Both { ab: counts, ba: counts })
    }

    fn data(&mut self) -> Kind {
        let tuple = self.tuple().0;
        Kind::Data { tuple, conn: ConnId(self.flows), total: self.total(), last: self.now }
    }

    fn close(&mut self) -> Kind {
        let tuple = self.tuple().0;
        Kind::Close { tuple, conn: ConnId(self.flows), reason: EndReason::Fin, total: self.total(), last: self.now }
    }
}

/// A model that endures it, with a viewer that takes what changed 25 times a second.
#[derive(Debug)]
pub struct Endured {
    storm: Storm,
    model: Model,
    history: History,
}

impl Endured {
    /// A model that was told nothing yet.
    ///
    /// # Panics
    /// Never: one origin is not too many.
    pub fn new() -> Endured {
        let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
        model.add_origin(Origin { name: "storm".into(), realms: Realms { local: Realm(1), site: Realm(2) } }).expect("one origin");
        Endured { storm: Storm::new(1), model, history: History::default() }
    }

    /// So many more events.
    pub fn events(&mut self, count: usize) {
        for n in 0..count {
            let event = self.storm.happens();
            self.model.apply(event.at, &event, &mut self.history);
            if n % 400 == 0 {
                self.model.advance(event.at, &mut self.history);
                drop(self.model.delta());
            }
        }
    }

    /// The model.
    pub const fn model(&self) -> &Model {
        &self.model
    }
}

impl Default for Endured {
    fn default() -> Self {
        Endured::new()
    }
}

/// Resident memory of this process.
///
/// # Panics
/// Where there is no /proc.
pub fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("/proc");
    statm.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).expect("a number of pages") * 4096
}
