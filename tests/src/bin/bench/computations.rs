//! What computations add to the model's own time, alone and together: the same events with and without.

use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use graph::{
    Acquaintances, Basis, Beacons, Both, Column, ColumnId, Computations, ConnId, Counts, Database, DomainNames, EndReason, Endpoint, Event,
    FirstContacts, Geography, Initiator, Kind, Limits, Meaning, Model, NameOrigin, Origin, OriginId, Prepared, Proto, Realm, Realms,
    RegistryBuilder, Scans, Scopes, Services, Side, Tag, Time, Total, Tuple, Value, ValueType, Vendors,
};
use nix::time::{ClockId, clock_gettime};
use tests::mmdb::{country, database, owner};
use tests::storm::resident_bytes;

const REALMS: Realms = Realms { local: Realm(1), site: Realm(2) };
/// A batch, as sources tell it.
const BATCH: usize = 256;
const CLIENTS: u32 = 500;
const SERVERS: u32 = 20_000;
const FLOWS: u32 = 200_000;
/// Reports of the counters of each flow.
const REPORTS: u64 = 8;
/// When all loads begin.
const START: u64 = 1_700_000_000_000_000;
/// How often each is measured; the best counts.
const TIMES: usize = 7;

/// The columns that the events fill, as capture registers them.
#[derive(Clone, Copy)]
struct Columns {
    mac: ColumnId,
    protocol: ColumnId,
    sni: ColumnId,
}

/// What a run takes: nanoseconds an event, how many of them while computations compute, and bytes of memory at its end.
#[derive(Clone, Copy)]
struct Taken {
    all: f64,
    computing: f64,
    bytes: f64,
}

impl Taken {
    /// The least of two, each by itself.
    fn min(self, other: Taken) -> Taken {
        Taken { all: self.all.min(other.all), computing: self.computing.min(other.computing), bytes: self.bytes.min(other.bytes) }
    }
}

/// Says what each takes. Each runs in a process of its own, where nothing was allocated before, and they take turns, so that what else the machine does meets all of them.
pub(crate) fn all() {
    let names: Vec<&str> = ["none", "all"].into_iter().chain(prepared().iter().map(|one| one.name())).collect();
    say("usual", &format!("{FLOWS} flows among {} hosts, {} events each", CLIENTS + SERVERS, REPORTS + 4), &names, TIMES);
    for (load, words) in Load::HOSTILE {
        say(load, words, &["none", "all"], 1);
    }
}

fn say(load: &str, words: &str, names: &[&str], times: usize) {
    let mut taken: Vec<Taken> = names.iter().map(|name| measure(load, name)).collect();
    for _ in 1..times {
        taken.iter_mut().zip(names).for_each(|(taken, name)| *taken = taken.min(measure(load, name)));
    }
    println!("{words}: ns an event, of them in computations, MB");
    for (name, with) in names.iter().zip(&taken) {
        let more = (with.all / taken[0].all - 1.0) * 100.0;
        println!("  {name:22}{:>8.0}  {more:+5.1} %{:>8.0}{:>8.1}", with.all, with.computing, with.bytes / 1e6);
    }
}

/// What a run with one computation, all or none takes, in a process of its own.
fn measure(load: &str, name: &str) -> Taken {
    let me = std::env::current_exe().expect("this program");
    let out = Command::new(me).args(["--computing", load, name]).stderr(Stdio::inherit()).output().expect("it runs");
    let text = String::from_utf8(out.stdout).expect("figures");
    let figures: Vec<f64> = text.split_whitespace().map(|word| word.parse().expect("a figure")).collect();
    let [all, computing, bytes] = figures.try_into().expect("three figures");
    Taken { all, computing, bytes }
}

/// Runs with the computation of that name, with `all` or with `none`, and prints what that takes.
pub(crate) fn one(load: &str, name: &str) -> ExitCode {
    let chosen = prepared().into_iter().filter(|one| name == "all" || one.name() == name).collect();
    let (_, columns, _) = model(Vec::new());
    let events = match load {
        "spoofed" => Load::new(columns).spoofed(),
        "ports" => Load::new(columns).ports(),
        "names" => Load::new(columns).names(),
        _ => events(columns),
    };
    let Taken { all, computing, bytes } = run(chosen, &events);
    println!("{all} {computing} {bytes}");
    ExitCode::SUCCESS
}

fn prepared() -> Vec<Box<dyn Prepared>> {
    let countries = database("Made-Up-Country", 4, &[("100.0.0.0/8", country("FR")), ("101.0.0.0/8", country("DE"))]);
    let owners = database("Made-Up-ASN", 4, &[("100.0.0.0/9", owner(64_500, "A")), ("100.128.0.0/9", owner(64_501, "B"))]);
    let databases = [("c", countries), ("a", owners)].map(|(name, file)| Database::read(name, file).expect("it is one"));
    let vendors = b"Registry,Assignment,Organization Name\nMA-L,00D0EF,IGT\n".to_vec();
    vec![
        Box::new(DomainNames),
        Box::new(Services::default()),
        Box::new(Scopes),
        Box::new(Geography { databases: databases.into() }),
        Box::new(Vendors { lists: vec![vendors] }),
        Box::new(FirstContacts { memory: Some(Acquaintances::default()) }),
        Box::new(Scans),
        Box::new(Beacons),
    ]
}

fn model(prepared: Vec<Box<dyn Prepared>>) -> (Model, Columns, Computations) {
    let mut builder = RegistryBuilder::default();
    let mut add = |column| builder.register(column).expect("a column");
    let columns = Columns {
        mac: add(Column::new("mac", ValueType::Mac, "").endpoint()),
        protocol: add(Column::new("app.protocol", ValueType::Symbol, "").means(Meaning::Protocol)),
        sni: add(Column::new("tls.sni", ValueType::Text, "").means(Meaning::ServerName)),
    };
    let mut computations = Computations::register(prepared, &mut builder).expect("columns");
    let mut model = Model::new(builder.freeze(), Limits::default());
    model.add_origin(Origin { name: "eth0".into(), realms: REALMS });
    computations.attach(&mut model, REALMS, []);
    (model, columns, computations)
}

fn run(prepared: Vec<Box<dyn Prepared>>, events: &[Event]) -> Taken {
    let (mut model, _, mut computations) = model(prepared);
    let (before, began, mut computing) = (resident_bytes(), worked(), Duration::ZERO);
    for batch in events.chunks(BATCH) {
        let now = batch.last().map_or(Time::ZERO, |event| event.at);
        for event in batch {
            model.apply(now, event, &mut ());
        }
        let began = worked();
        assert!(computations.run(&mut model).is_empty(), "one failed");
        computing += worked() - began;
        model.advance(now, &mut ());
    }
    let each = |took: Duration| took.as_secs_f64() * 1e9 / events.len() as f64;
    let bytes = resident_bytes().saturating_sub(before) as f64;
    Taken { all: each(worked() - began), computing: each(computing), bytes }
}

/// Processor time of this thread.
fn worked() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a clock").into()
}

/// Flows that begin within a minute, each told of while it lives, as a capture with dissectors tells it.
fn events(columns: Columns) -> Vec<Event> {
    let mut told = Vec::new();
    let mut say = |micros: u64, kind: Kind| told.push(Event { at: Time(START + micros), origin: OriginId(0), kind });
    let mut random = fastrand::Rng::with_seed(7);
    for n in 0..SERVERS / 2 {
        let addr = server(n);
        say(u64::from(n), Kind::Name { addr: addr.into(), origin: NameOrigin::Dns, ttl_secs: 60, name: format!("h{n}.example").into() });
    }
    for n in 0..FLOWS {
        let begins = u64::from(n) * 300;
        let (client, at) = (random.u32(0..CLIENTS), random.u32(0..SERVERS));
        let from = Endpoint { addr: (0x0a00_0001 + client).to_be_bytes().into(), port: random.u16(32_768..60_999) };
        let to = Endpoint { addr: server(at).into(), port: if n % 3 == 0 { 80 } else { 443 } };
        let (tuple, side) = Tuple::new(Proto::TCP, from, to);
        let (conn, start) = (ConnId(n), Time(START + begins));
        say(begins, Kind::Open { tuple, conn, start, initiator: Initiator { side, basis: Basis::Handshake } });
        let mac = |side, last| Tag::certain(columns.mac, Value::Mac([0, 0xd0, 0xef, 0, 0, last])).at(side);
        let ends = vec![mac(Side::A, 1), mac(Side::B, 2)];
        say(begins, Kind::Tags { tuple, conn, tags: ends });
        let name = Value::text(&format!("h{at}.example"));
        let spoken = vec![Tag::certain(columns.protocol, Value::symbol("tls")), Tag::certain(columns.sni, name)];
        say(begins + 1_000, Kind::Tags { tuple, conn, tags: spoken });
        let total = |n: u64| {
            let counts = Counts { packets: n * 3, bytes: n * 4_000, ip_bytes: n * 3_900 };
            Total(Both { ab: counts, ba: counts })
        };
        for report in 1..=REPORTS {
            let at = begins + report * 250_000;
            say(at, Kind::Data { tuple, conn, total: total(report), last: Time(START + at) });
        }
        let ends = begins + (REPORTS + 1) * 250_000;
        let last = Time(START + ends);
        say(ends, Kind::Close { tuple, conn, reason: EndReason::Fin, total: total(REPORTS), last });
    }
    told.sort_by_key(|event| event.at);
    told
}

fn server(n: u32) -> [u8; 4] {
    (0x6400_0001 + n * 331).to_be_bytes()
}

/// Traffic that is made to cost as much as may be, within a minute.
struct Load {
    columns: Columns,
    told: Vec<Event>,
}

impl Load {
    const HOSTILE: [(&str, &str); 3] = [
        ("spoofed", "1000000 hosts that begin one flow each"),
        ("ports", "one host that tries 1000000 ports of 16 hosts"),
        ("names", "300000 flows, each with a name of its own of 60 bytes"),
    ];

    fn new(columns: Columns) -> Load {
        Load { columns, told: Vec::new() }
    }

    fn say(&mut self, micros: u64, kind: Kind) {
        self.told.push(Event { at: Time(START + micros), origin: OriginId(0), kind });
    }

    /// A flow that begins, and of which nothing comes back.
    fn open(&mut self, micros: u64, conn: u32, from: Endpoint, to: Endpoint) -> Tuple {
        let (tuple, side) = Tuple::new(Proto::TCP, from, to);
        let (conn, at) = (ConnId(conn), Time(START + micros));
        self.say(micros, Kind::Open { tuple, conn, start: at, initiator: Initiator { side, basis: Basis::Handshake } });
        let (sent, none) = (Counts { packets: 1, bytes: 74, ip_bytes: 60 }, Counts::default());
        let total = Total(if side == Side::A { Both { ab: sent, ba: none } } else { Both { ab: none, ba: sent } });
        self.say(micros, Kind::Data { tuple, conn, total, last: at });
        tuple
    }

    fn spoofed(mut self) -> Vec<Event> {
        for n in 0..1_000_000_u32 {
            let from = Endpoint { addr: (0x2000_0000 + n * 7).to_be_bytes().into(), port: 1_024 };
            self.open(u64::from(n) * 60, n, from, Endpoint { addr: server(0).into(), port: 443 });
        }
        self.told
    }

    fn ports(mut self) -> Vec<Event> {
        for n in 0..1_000_000_u32 {
            let to = Endpoint { addr: server(n % 16).into(), port: (n / 16) as u16 };
            self.open(u64::from(n) * 60, n, Endpoint { addr: [10, 0, 0, 1].into(), port: 1_024 }, to);
        }
        self.told
    }

    fn names(mut self) -> Vec<Event> {
        for n in 0..300_000_u32 {
            let from = Endpoint { addr: [10, 0, 0, 1].into(), port: (n % 60_000) as u16 };
            let tuple = self.open(u64::from(n) * 200, n, from, Endpoint { addr: server(n % 997).into(), port: 443 });
            let name = Value::text(&format!("{n:048}.example.com"));
            self.say(u64::from(n) * 200, Kind::Tags { tuple, conn: ConnId(n), tags: vec![Tag::certain(self.columns.sni, name)] });
        }
        self.told
    }
}
