//! How long it takes to find out which of a million live flows match, and what a hundred thousand flows with ten tags each take.
//!
//! `cargo bench -p graph --bench filter`

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use graph::{
    Basis, Both, Column, ColumnId, ConnId, Counts, Endpoint, Event, Flow, Initiator, Kind, Limits, Model, Origin, OriginId, Proto, Query,
    Realm, Realms, RegistryBuilder, Tag, Time, Total, Tuple, Value, ValueType,
};

/// Counts what is allocated.
struct Counting;

static ALLOCATED: AtomicUsize = AtomicUsize::new(0);
/// The most that was allocated at once, since it was last set.
static PEAK: AtomicUsize = AtomicUsize::new(0);

#[expect(unsafe_code, reason = "an allocator cannot be counted otherwise")]
// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let before = ALLOCATED.fetch_add(layout.size(), Ordering::Relaxed);
        PEAK.fetch_max(before + layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is ours.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise is ours.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

const FLOWS: u32 = 1_000_000;
const HOSTS: u32 = 100_000;
const ROUNDS: usize = 21;
/// So many flows change between two looks.
const CHANGES: u32 = 5_000;

fn main() {
    let mut made = Made::new(FLOWS);
    println!("{} live flows between {} hosts", made.model.flows().count(), made.model.host_count());
    for text in [
        "src.ip in 10.0.0.0/9 and not service = dns and bytes > 1 MB",
        "tls.sni ends \"github.com\" and src.ip in 10.0.0.0/9 and bytes > 1 kB",
        "country not in {FR, DE} and age < 1 h and port in 8000..8999",
        "github",
    ] {
        made.filter(text);
    }
    for text in [
        "| sum bytes by service",
        "bytes > 1 MB | sum bytes, distinct dst.ip by src.country, service | top 10",
        "| sum bytes, max age by src.ip | top 10",
        "| mean bytes by dst.ip, dst.port | top 10",
    ] {
        made.sum(text);
    }
    made.count_any();
    let none = |_: &[ColumnId], _: u32| Vec::new();
    memory("no tags", &none);
    memory("ten tags that are symbols", &symbols);
    memory("ten tags as flows of TLS have them", &tls);
}

struct Made {
    model: Model,
    changed: u32,
    now: Time,
}

fn event(now: Time, kind: Kind) -> Event {
    Event { at: now, origin: OriginId(0), kind }
}

fn tuple(n: u32) -> (Tuple, graph::Side) {
    let client = Endpoint { addr: Ipv4Addr::from_bits(0x0a00_0000 | (n % HOSTS) << 7).into(), port: 1024 + (n / HOSTS) as u16 * 7 };
    let port = [443, 53, 80, 8080, 22, 8443][(n % 6) as usize];
    let server = Endpoint { addr: Ipv4Addr::from_bits(0xc633_0000 | (n.wrapping_mul(2_654_435_761) % HOSTS / 10)).into(), port };
    Tuple::new(if port == 53 { Proto::UDP } else { Proto::TCP }, client, server)
}

fn data(n: u32, round: u64) -> Kind {
    let counts = |bytes: u64| Counts { packets: bytes / 1_000 + 1, bytes, ip_bytes: bytes };
    let bytes = u64::from(n.wrapping_mul(40_503) % 4_000_000) + round * 1_000;
    Kind::Data {
        tuple: tuple(n).0,
        conn: ConnId(n),
        total: Total(Both { ab: counts(bytes), ba: counts(bytes / 7) }),
        last: Time::from_secs(1_000),
    }
}

impl Made {
    fn new(flows: u32) -> Made {
        let mut columns = RegistryBuilder::default();
        let sni = columns.register(Column::new("tls.sni", ValueType::Text, "the server's name")).unwrap();
        let country = columns.register(Column::new("country", ValueType::Symbol, "where it is").endpoint()).unwrap();
        let mut model = Model::new(columns.freeze(), Limits::keep_all());
        model.add_origin(Origin { name: "made".into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
        let now = Time::from_secs(1_000);
        let mut made = Made { model, changed: 0, now };
        let began = Instant::now();
        for n in 0..flows {
            let (tuple, side) = tuple(n);
            let initiator = Initiator { side, basis: Basis::Handshake };
            made.tell(Kind::Open { tuple, conn: ConnId(n), start: now, initiator });
            made.tell(data(n, 0));
            if n % 3 == 0 {
                let name = format!("host{}.{}", n % 20_000, ["github.com", "example.org", "example.net"][(n % 7 % 3) as usize]);
                made.tell(Kind::Tags { tuple, conn: ConnId(n), tags: vec![Tag::certain(sni, Value::text(&name))] });
            }
        }
        println!(
            "{:.0} ns to tell of a flow: its beginning, a count, and a tag of every third",
            began.elapsed().as_nanos() as f64 / f64::from(flows)
        );
        let hosts: Vec<_> = made.model.hosts().map(|host| host.id).collect();
        for (n, host) in hosts.into_iter().enumerate() {
            let tag = Tag::certain(country, Value::symbol(["FR", "DE", "NL", "US", "JP"][n % 5]));
            made.model.tag_host(host, &tag, OriginId(0));
        }
        made
    }

    fn tell(&mut self, kind: Kind) {
        self.model.apply(self.now, &event(self.now, kind), &mut ());
    }

    /// As many counts as there are flows, in an order that nobody foresees (xorshift; Marsaglia 2003): no stride that a processor would follow.
    fn count_any(&mut self) {
        let mut random = 2_463_534_242_u32;
        let began = Instant::now();
        for _ in 0..FLOWS {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            self.tell(data(random % FLOWS, 100));
        }
        println!("{:.0} ns to tell of another count, each of any flow", began.elapsed().as_nanos() as f64 / f64::from(FLOWS));
    }

    /// Some flows move something.
    fn change(&mut self) {
        for _ in 0..CHANGES {
            self.changed = (self.changed + 7_919) % FLOWS;
            self.tell(data(self.changed, u64::from(self.changed % 97)));
        }
    }

    fn sum(&mut self, text: &str) {
        let query = Query::parse(text, self.model.schema()).unwrap();
        let time = |model: &Model| {
            let began = Instant::now();
            let groups = black_box(model.sums(&query)).unwrap().total;
            (began.elapsed(), groups)
        };
        let (cold, groups) = time(&self.model);
        let mut warm = Vec::new();
        for _ in 0..ROUNDS / 4 {
            self.change();
            warm.push(time(&self.model).0);
        }
        let began = Instant::now();
        assert_eq!(self.model.sums_one_by_one(&query).unwrap().total, groups);
        let plain = began.elapsed();
        println!(
            "{text}: {groups} groups; first {:.1} ms, then {:.1} ms; one flow after the other {:.0} ms",
            ms(cold),
            ms(median(warm)),
            ms(plain)
        );
    }

    fn filter(&mut self, text: &str) {
        let query = Query::parse(text, self.model.schema()).unwrap();
        let time = |model: &Model, find: &dyn Fn(&Model) -> usize| {
            let began = Instant::now();
            let found = black_box(find(model));
            (began.elapsed(), found)
        };
        let fast = |model: &Model| model.matching(&query).len();
        let (cold, found) = time(&self.model, &fast);
        let mut warm = Vec::new();
        let mut still = Vec::new();
        for _ in 0..ROUNDS {
            self.change();
            warm.push(time(&self.model, &fast).0);
            still.push(time(&self.model, &fast).0);
        }
        let (plain, same) = time(&self.model, &|model| model.matching_one_by_one(&query).len());
        assert_eq!(self.model.matching(&query).len(), same);
        println!(
            "{text}: {found} match; first {:.1} ms, then {:.1} ms (after {CHANGES} flows changed: {:.1} ms); one flow after the other {:.0} ms",
            ms(cold),
            ms(median(still)),
            ms(median(warm)),
            ms(plain)
        );
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// Ten symbols, of which there are few.
fn symbols(columns: &[ColumnId], n: u32) -> Vec<Tag> {
    columns.iter().take(10).map(|id| Tag::certain(*id, Value::symbol(NAMES[(n % 10) as usize]))).collect()
}

/// Two names that nearly every flow has for itself, two lists of which there are few, and six symbols.
fn tls(columns: &[ColumnId], n: u32) -> Vec<Tag> {
    let name = || Value::text(&format!("host{n}.example.org"));
    let list = |words: &[&str]| Value::list(words.iter().map(|word| Value::symbol(word)));
    let own = [name(), name(), list(&["h2", "http/1.1"]), list(&["domain"])];
    let mut tags = symbols(&columns[..6], n);
    tags.extend(columns[10..].iter().zip(own).map(|(id, value)| Tag::certain(*id, value)));
    tags
}

/// What flows with these tags each take, part by part: what stays as long as they do, and what only a second or a query needs.
fn memory(what: &str, tags: &dyn Fn(&[ColumnId], u32) -> Vec<Tag>) {
    const MANY: u32 = 100_000;
    let mut columns = RegistryBuilder::default();
    let mut ids: Vec<ColumnId> = NAMES.iter().map(|name| columns.register(Column::new(name, ValueType::Symbol, "")).unwrap()).collect();
    ids.extend(["k", "l"].map(|name| columns.register(Column::new(name, ValueType::Text, "")).unwrap()));
    ids.extend(["m", "n"].map(|name| columns.register(Column::new(name, ValueType::Symbol, "").many()).unwrap()));
    let mut model = Model::new(columns.freeze(), Limits::keep_all());
    model.add_origin(Origin { name: "made".into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
    let now = Time::from_secs(1_000);
    let addr = |n: u32| Endpoint { addr: Ipv4Addr::from_bits(0x0a00_0000 | n).into(), port: 1 };
    // Two hosts, one link: what flows take, and nothing else.
    let end = |n: u32, port: u16| Endpoint { port, ..addr(n) };
    let flow = |n: u32| Tuple::new(Proto::TCP, end(1, (n % 60_000) as u16), end(2 + n / 60_000, 443));
    let before = ALLOCATED.load(Ordering::Relaxed);
    // Bytes a flow, for each of them.
    let taken = || (ALLOCATED.load(Ordering::Relaxed) - before) as f64 / f64::from(MANY);
    for n in 0..MANY {
        let (tuple, side) = flow(n);
        let initiator = Initiator { side, basis: Basis::Handshake };
        model.apply(now, &event(now, Kind::Open { tuple, conn: ConnId(n), start: now, initiator }), &mut ());
    }
    let opened = taken();
    for n in 0..MANY {
        let counts = Counts { packets: 1, bytes: 100, ip_bytes: 86 };
        let total = Total(Both { ab: counts, ba: counts });
        model.apply(now, &event(now, Kind::Data { tuple: flow(n).0, conn: ConnId(n), total, last: now }), &mut ());
    }
    let counted = taken();
    for n in 0..MANY {
        model.apply(now, &event(now, Kind::Tags { tuple: flow(n).0, conn: ConnId(n), tags: tags(&ids, n) }), &mut ());
    }
    let tagged = taken();
    let now = now.plus(Duration::from_secs(2));
    PEAK.store(ALLOCATED.load(Ordering::Relaxed), Ordering::Relaxed);
    model.advance(now, &mut ());
    let (closing, own) = ((PEAK.load(Ordering::Relaxed) - before) as f64 / f64::from(MANY), taken());
    let query = Query::parse("a = b and bytes > 1 kB and age < 1 h", model.schema()).unwrap();
    black_box(model.matching(&query));
    let asked = taken();
    let now = now.plus(Duration::from_secs(90));
    model.advance(now, &mut ());
    let quiet = taken();
    println!("a flow with {what} takes {own:.1} bytes of its own: {} the flow itself, {:.1} its tags", size_of::<Flow>(), tagged - counted);
    println!(
        "    opened {opened:.1}; counted {counted:.1}, with what the second that is open notes; tagged {tagged:.1}; while that second closes {closing:.1}"
    );
    println!("    a query of three terms takes {:.1} more, and {:.1} once nobody has asked for 90 s", asked - own, quiet - own);
}
