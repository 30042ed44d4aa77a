use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;

use crate::query::How;
use crate::query::Query;
use crate::query::expr::Expr;
use crate::query::tests::exprs;
use crate::*;

/// Something that happens to a model: few things, so that they meet.
#[derive(Clone, Debug)]
enum Step {
    Open { flow: (u8, u8, u8), proto: u8, from_a: bool },
    Data { flow: (u8, u8, u8), proto: u8, packets: u64, origin: u16 },
    Close { flow: (u8, u8, u8), proto: u8 },
    Tag { flow: (u8, u8, u8), proto: u8, tag: u8, value: u8, origin: u16 },
    TagHost { host: u8, tag: u8, value: u8 },
    Name { host: u8, name: u8 },
    Own { flow: (u8, u8, u8), proto: u8, side: bool, pid: u8 },
    Exec { pid: u8, name: u8 },
    Pass { ms: u64 },
    Ask,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let flow = || (0..6_u8, 0..6_u8, 0..4_u8);
    let proto = || 0..3_u8;
    let step = prop_oneof![
        3 => (flow(), proto(), any::<bool>()).prop_map(|(flow, proto, from_a)| Step::Open { flow, proto, from_a }),
        3 => (flow(), proto(), 0..2_000_u64, 0..2_u16).prop_map(|(flow, proto, packets, origin)| Step::Data { flow, proto, packets, origin }),
        1 => (flow(), proto()).prop_map(|(flow, proto)| Step::Close { flow, proto }),
        3 => (flow(), proto(), 0..TAGS, 0..4_u8, 0..2_u16).prop_map(|(flow, proto, tag, value, origin)| Step::Tag { flow, proto, tag, value, origin }),
        1 => (0..6_u8, proptest::sample::select(OF_ENDS.to_vec()), 0..4_u8).prop_map(|(host, tag, value)| Step::TagHost { host, tag, value }),
        1 => (0..6_u8, 0..4_u8).prop_map(|(host, name)| Step::Name { host, name }),
        2 => (flow(), proto(), any::<bool>(), 1..4_u8).prop_map(|(flow, proto, side, pid)| Step::Own { flow, proto, side, pid }),
        1 => (1..4_u8, 0..4_u8).prop_map(|(pid, name)| Step::Exec { pid, name }),
        2 => prop_oneof![0..3_000_u64, Just(400_000)].prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Ask),
    ];
    proptest::collection::vec(step, 1..40)
}

const NAMES: [&str; 4] = ["a.example", "B.example", "curl", "münchen"];
const PORTS: [u16; 4] = [80, 443, 53, 40_000];

/// A column of every type, of flows and of ends, single and several; some correct what every flow has.
fn registry() -> (Registry, Vec<ColumnId>) {
    let mut columns = RegistryBuilder::default();
    let ids = [
        Column::new("sni", ValueType::Text, "a text"),
        Column::new("country", ValueType::Symbol, "of an end").endpoint(),
        Column::new("alpn", ValueType::Symbol, "several").many(),
        Column::new("service", ValueType::Symbol, "corrects what the port says"),
        Column::new("vlan", ValueType::Integer, "a number"),
        Column::new("duration", ValueType::Duration, "corrects what was counted"),
        Column::new("echo", ValueType::Bool, "yes or no"),
        Column::new("mac", ValueType::Mac, "hardware address").endpoint(),
        Column::new("net", ValueType::Net, "network").endpoint(),
        Column::new("via", ValueType::Ip, "several addresses").many(),
        Column::new("nat.port", ValueType::Port, "a port"),
        Column::new("held", ValueType::Bytes, "a size").endpoint().many(),
        Column::new("speed", ValueType::Rate, "a rate"),
        Column::new("until", ValueType::Time, "a point in time"),
        Column::new("paths", ValueType::Text, "several of an end").endpoint().many(),
    ];
    let ids = ids.map(|column| columns.register(column).unwrap());
    (columns.freeze(), ids.into())
}

const TAGS: u8 = 15;
/// Those that an end has.
const OF_ENDS: [u8; 5] = [1, 7, 8, 11, 14];

/// One of four values of a column.
fn told(tag: u8, value: u8) -> Value {
    let (name, n) = (NAMES[usize::from(value)], u64::from(value));
    match tag {
        0 => Value::text(name),
        1 | 3 => Value::symbol(name),
        2 => Value::list([Value::symbol(name), Value::symbol("h2")]),
        5 => Value::Duration(Duration::from_secs(n)),
        6 => Value::Bool(value > 1),
        7 => Value::Mac([2, 0, 0, 0, 0, value]),
        8 => Value::Net(["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "0.0.0.0/0"][usize::from(value)].parse().unwrap()),
        9 => {
            Value::list([addr(value).to_string().as_str(), "2001:db8::1"].iter().take(value.into()).map(|a| Value::Ip(a.parse().unwrap())))
        }
        10 => Value::Port(PORTS[usize::from(value)]),
        11 => Value::list((0..n).map(|n| Value::Bytes(n * 1_000))),
        12 => Value::Rate(n * 1_000),
        13 => Value::Time(Time::from_secs(1_000 + n)),
        14 => Value::list([Value::text(name), Value::text("")]),
        _ => Value::Integer(n),
    }
}

struct World {
    model: Model,
    ids: Vec<ColumnId>,
    now: Time,
}

fn addr(n: u8) -> std::net::IpAddr {
    Ipv4Addr::new(10, n % 2, 0, n).into()
}

fn tuple((a, b, port): (u8, u8, u8), proto: u8) -> Tuple {
    let proto = [Proto::TCP, Proto::UDP, Proto::ICMP][usize::from(proto)];
    let end = |n: u8, port| Endpoint { addr: addr(n), port };
    Tuple::new(proto, end(a, 50_000), end(b, PORTS[usize::from(port)])).0
}

impl World {
    fn new() -> World {
        let (registry, ids) = registry();
        let mut model = Model::new(registry, Limits::default());
        for name in ["eth0", "wlan0"] {
            model.add_origin(Origin { name: name.into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
        }
        World { model, ids, now: Time::from_secs(1_000) }
    }

    fn tell(&mut self, origin: u16, kind: Kind) {
        self.model.apply(self.now, &Event { at: self.now, origin: OriginId(origin), kind }, &mut ());
    }

    fn step(&mut self, step: &Step) {
        let conn = ConnId(1);
        let total = |packets: u64| {
            let counts = |n: u64| Counts { packets: n, bytes: n * 700, ip_bytes: n * 600 };
            Total(Both { ab: counts(packets), ba: counts(packets / 3) })
        };
        match *step {
            Step::Open { flow, proto, from_a } => {
                let side = if from_a { Side::A } else { Side::B };
                let initiator = Initiator { side, basis: Basis::Handshake };
                self.tell(0, Kind::Open { tuple: tuple(flow, proto), conn, start: self.now, initiator });
            }
            Step::Data { flow, proto, packets, origin } => {
                self.tell(origin, Kind::Data { tuple: tuple(flow, proto), conn, total: total(packets), last: self.now });
            }
            Step::Close { flow, proto } => {
                self.tell(0, Kind::Close { tuple: tuple(flow, proto), conn, reason: EndReason::Fin, total: total(3), last: self.now });
            }
            Step::Tag { flow, proto, tag, value, origin } => {
                let column = self.ids[usize::from(tag)];
                let said =
                    Tag::certain(column, told(tag, value)).as_sure_as([Confidence::Certain, Confidence::Guess][usize::from(value) % 2]);
                let tag = if OF_ENDS.contains(&tag) { said.at(if value > 1 { Side::A } else { Side::B }) } else { said };
                self.tell(origin, Kind::Tags { tuple: tuple(flow, proto), conn, tags: vec![tag] });
            }
            Step::TagHost { host, tag, value } => {
                let key = HostKey { realm: Realm(2), addr: addr(host) };
                if let Some(host) = self.model.host_of(&key).map(|host| host.id) {
                    let tag = Tag::certain(self.ids[usize::from(tag)], told(tag, value));
                    self.model.tag_host(host, &tag, OriginId(0));
                }
            }
            Step::Name { host, name } => {
                let name = NAMES[usize::from(name)].into();
                self.tell(0, Kind::Name { addr: addr(host), origin: NameOrigin::Dns, ttl_secs: 60, name });
            }
            Step::Own { flow, proto, side, pid } => {
                let side = if side { Side::A } else { Side::B };
                let process = ProcessId { pid: pid.into(), start_ns: 1_000_000 };
                self.tell(0, Kind::Owner { tuple: tuple(flow, proto), conn, side, process, how: Attribution::Exact });
            }
            Step::Exec { pid, name } => {
                let process = ProcessId { pid: pid.into(), start_ns: 1_000_000 };
                let image = Arc::new(Image::named(NAMES[usize::from(name)], Unread::Untold));
                self.tell(0, Kind::Exec { process, parent: None, image });
            }
            Step::Pass { ms } => {
                self.now = self.now.plus(Duration::from_millis(ms));
                self.model.advance(self.now, &mut ());
            }
            Step::Ask => {
                let query = Query::parse("bytes > 1 kB and not service = dns or has country or curl", self.model.schema()).unwrap();
                self.agree(&query);
            }
        }
    }

    fn agree(&self, query: &Query) {
        let (mut fast, mut slow) = (self.model.matching(query), self.model.matching_one_by_one(query));
        fast.sort_unstable();
        slow.sort_unstable();
        assert_eq!(fast, slow, "{query}");
        let selection = self.model.select(query);
        assert_eq!(selection.hidden_flows, self.model.flows().count() - slow.len());
        for flow in self.model.flows().filter(|flow| slow.contains(&flow.id)) {
            assert!(
                selection.has_flow(flow.id) && selection.has_link(flow.link) && flow.share.is_none_or(|share| selection.has_share(share))
            );
        }
        let links = slow.iter().map(|id| self.model.flow(*id).unwrap().link).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(self.model.links().filter(|link| selection.has_link(link.id)).count(), links.len());
        if !query.is_of(Table::Hosts) {
            let ends = links.iter().flat_map(|id| self.model.link(*id).map(|link| [link.a, link.b])).flatten();
            let ends: std::collections::BTreeSet<HostId> = ends.collect();
            assert_eq!(self.model.hosts().filter(|host| selection.has_host(host.id)).count(), ends.len(), "{query}");
        }
    }
}

impl World {
    fn sums_agree(&self, query: &Query) {
        let (fast, plain) = (self.model.sums(query).unwrap(), self.model.sums_one_by_one(query).unwrap());
        assert_eq!(fast, plain, "{query}");
    }
}

#[test]
fn sums_by_and_of_every_column_are_those_of_one_flow_after_the_other() {
    let world = busy();
    let schema = world.model.schema().clone();
    let mut summed = 0;
    for (_, field) in schema.fields() {
        let name = &field.name;
        for text in [
            format!("| count by {name}"),
            format!("bytes > 30 kB | count, sum bytes by {name}, state"),
            format!("| sum {name} by service"),
            format!("| mean {name}, max {name} by dst.ip"),
            format!("| count, min {name}, distinct {name} by proto"),
        ] {
            // Not everything has a sum, and not everything is of flows.
            let query = Query::parse(&text, &schema);
            assert!(query.is_ok() || !field.is_of(Table::Flows) || text.contains("| sum ") || text.contains("mean"), "{text}");
            let Ok(query) = query else { continue };
            world.sums_agree(&query);
            summed += 1;
        }
    }
    assert!(summed > 300, "{summed}");
}

/// Values that the steps make.
fn likely(schema: &Schema, id: FieldId) -> BoxedStrategy<Value> {
    let name = || {
        proptest::sample::select(vec![
            "a.example",
            "b.EXAMPLE",
            "curl",
            "h2",
            "MÜNCHEN",
            "example",
            "dns",
            "https",
            "tcp",
            "open",
            "eth0",
            "2",
        ])
    };
    let pick = |values: Vec<Value>| proptest::sample::select(values).boxed();
    match schema.field(id).unwrap().value_type {
        ValueType::Text => name().prop_map(Value::text).boxed(),
        ValueType::Symbol => name().prop_map(Value::symbol).boxed(),
        ValueType::Integer => (0..4_u64).prop_map(Value::Integer).boxed(),
        ValueType::Bytes => prop_oneof![Just(0), 0..2_000_000_u64].prop_map(Value::Bytes).boxed(),
        ValueType::Rate => prop_oneof![Just(0), 0..1_000_000_u64].prop_map(Value::Rate).boxed(),
        ValueType::Port => pick([80, 443, 53, 50_000].map(Value::Port).into()),
        ValueType::Ip => {
            let nets = ["10.1.0.0/16", "2001:db8::/32", "::/0", "0.0.0.0/0"].map(|net| Value::Net(net.parse().unwrap()));
            pick([Value::Ip(addr(1)), Value::Ip(addr(2)), Value::Ip("2001:db8::1".parse().unwrap())].into_iter().chain(nets).collect())
        }
        ValueType::Duration => (0..5_u64).prop_map(|secs| Value::Duration(Duration::from_millis(secs * 700))).boxed(),
        ValueType::Time => (1_000..1_005_u64).prop_map(|secs| Value::Time(Time::from_secs(secs))).boxed(),
        ValueType::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        ValueType::Net => (0..4_u8).prop_map(|n| told(8, n)).boxed(),
        ValueType::Mac => (0..4_u8).prop_map(|n| told(7, n)).boxed(),
    }
}

fn filters() -> BoxedStrategy<Expr> {
    exprs(Arc::new(Schema::new(&registry().0)), likely)
}

/// Some of everything.
fn busy() -> World {
    let mut world = World::new();
    for n in 0..60_u8 {
        let (flow, proto) = ((n % 6, n / 7 % 6, n % 4), n % 3);
        world.step(&Step::Open { flow, proto, from_a: n % 2 == 0 });
        world.step(&Step::Data { flow, proto, packets: u64::from(n) * 3, origin: 0 });
        if n % 4 == 0 {
            world.step(&Step::Tag { flow, proto, tag: n / 4 % TAGS, value: n % 3, origin: 0 });
        }
        match n % 5 {
            0 => world.step(&Step::Own { flow, proto, side: n % 2 == 0, pid: 1 + n % 3 }),
            1 => world.step(&Step::Exec { pid: 1 + n % 3, name: n % 4 }),
            2 => world.step(&Step::Name { host: n % 6, name: n % 4 }),
            3 => world.step(&Step::TagHost { host: n % 6, tag: OF_ENDS[usize::from(n / 5 % 5)], value: n % 4 }),
            _ => world.step(&Step::Pass { ms: 170 }),
        }
        if n % 11 == 0 {
            world.step(&Step::Close { flow, proto });
        }
    }
    world
}

#[test]
fn every_column_is_compared_like_one_flow_after_the_other() {
    let mut world = busy();
    let (flow, proto) = ((4, 0, 0), 1);
    let of = tuple(flow, proto);
    assert!(world.every_column_agrees(of) > 40);
    // Now there is an array of everything: whatever happens is to be found in them.
    for step in [
        Step::Data { flow, proto, packets: 777, origin: 1 },
        Step::Tag { flow, proto, tag: 1, value: 3, origin: 0 },
        Step::Own { flow, proto, side: true, pid: 2 },
        Step::Pass { ms: 2_100 },
        Step::Open { flow: (5, 5, 3), proto, from_a: true },
        Step::Close { flow, proto },
        Step::Pass { ms: 400_000 },
    ] {
        let before = world.model.flow_table().len();
        world.step(&step);
        world.every_column_agrees(of);
        assert!(before > 10, "{step:?}");
    }
}

impl World {
    /// Every column against values that it has, of one flow among others, and every comparison that takes them. Returns how many columns have some.
    fn every_column_agrees(&self, of: Tuple) -> usize {
        let schema = self.model.schema().clone();
        let mut told = 0;
        for (id, field) in schema.fields() {
            let mut values: Vec<Value> = self.model.live_values(id, "", 2).into_iter().map(|(value, _)| value).collect();
            let its = self.model.flows().find(|flow| flow.key.tuple == of).and_then(|flow| self.model.ask_flow(flow, field));
            values.extend(its.iter().flat_map(|value| value.each().to_vec()));
            values.extend(values.iter().filter_map(next).collect::<Vec<_>>());
            told += usize::from(!values.is_empty());
            self.agree(&Query::parse(&format!("has {}", field.name), &schema).unwrap());
            for (value, op) in values.iter().flat_map(|value| Op::ALL.map(|op| (value, op))).filter(|(_, op)| op.takes(field.value_type)) {
                let text = format!("{} {} {}", field.name, op.sign(), literal(value));
                self.agree(&Query::parse(&text, &schema).unwrap_or_else(|error| panic!("{text}: {error}")));
            }
        }
        for word in ["exa", "10.0.0", "443", "curl", "tcp", "h2", "nothing of the kind"] {
            self.agree(&Query::words(word, &schema));
        }
        told
    }
}

#[test]
fn what_nobody_told_of_is_named() {
    let mut world = World::new();
    let query = Query::parse("src.country = FR and bytes > 1 kB | sum vlan by dst.country, alpn", world.model.schema()).unwrap();
    let untold = |world: &World| query.untold(world.model.totals()).join(" ");
    assert_eq!(untold(&world), "alpn country vlan");
    world.step(&Step::Open { flow: (0, 1, 0), proto: 0, from_a: true });
    world.step(&Step::Tag { flow: (0, 1, 0), proto: 0, tag: 1, value: 0, origin: 0 });
    assert_eq!(untold(&world), "alpn vlan");
    assert_eq!(Query::parse("bytes > 1", world.model.schema()).unwrap().untold(world.model.totals()), [] as [Arc<str>; 0]);
}

/// A number that lies between those that are there.
fn next(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Bytes(n) => Value::Bytes(n + 1),
        Value::Rate(n) => Value::Rate(n / 2),
        Value::Integer(n) => Value::Integer(n + 1),
        Value::Duration(length) => Value::Duration(*length / 2),
        _ => return None,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn fast_and_plain_agree(before in steps(), first in filters(), after in steps(), second in filters(), averaged in any::<bool>()) {
        let mut world = World::new();
        if averaged {
            world.model.average_rates();
        }
        let query = |filter: Expr| {
            let all = Query::parse("", world.model.schema()).unwrap();
            Query { filter: Some(filter), ..all }
        };
        let (first, second) = (query(first), query(second));
        before.iter().for_each(|step| world.step(step));
        world.agree(&first);
        after.iter().for_each(|step| world.step(step));
        world.agree(&first);
        world.agree(&second);
    }

    #[test]
    fn sums_fast_and_plain_agree(
        before in steps(),
        filter in filters(),
        after in steps(),
        by in proptest::collection::vec(any::<proptest::sample::Index>(), 0..3),
        figures in proptest::collection::vec((any::<proptest::sample::Index>(), proptest::sample::select(How::ALL.to_vec())), 1..5),
    ) {
        let mut world = World::new();
        let schema = world.model.schema().clone();
        let fields: Vec<&str> = schema.fields().filter(|(_, field)| field.is_of(Table::Flows)).map(|(_, field)| &*field.name).collect();
        let by: Vec<&str> = by.iter().map(|at| *at.get(&fields)).collect();
        let by = if by.is_empty() { String::new() } else { format!(" by {}", by.join(", ")) };
        // What has no sum is counted.
        let figure = |(at, how): &(proptest::sample::Index, How)| {
            let figure = |how: How| format!("{} {}", how.name(), at.get(&fields));
            let wanted = figure(*how);
            if *how != How::Count && Query::parse(&format!("| {wanted}"), &schema).is_ok() { wanted } else { figure(How::Distinct) }
        };
        let text = format!("| count, {}{by}", figures.iter().map(figure).collect::<Vec<_>>().join(", "));
        let asked = Query::parse(&text, &schema).unwrap();
        let filtered = Query { filter: Some(filter), ..asked.clone() };
        before.iter().for_each(|step| world.step(step));
        world.sums_agree(&asked);
        after.iter().for_each(|step| world.step(step));
        world.sums_agree(&asked);
        world.sums_agree(&filtered);
    }
}

#[test]
fn what_nobody_asks_for_a_minute_takes_no_room() {
    let mut world = busy();
    let query = |text| Query::parse(text, world.model.schema()).unwrap();
    let (often, once) = (query("bytes > 1 kB"), query("src.port = 443 or packets > 5"));
    let size = |world: &World| world.model.arrays().borrow().size();
    world.model.matching(&often);
    let (few, _) = size(&world);
    world.model.matching(&once);
    let (more, _) = size(&world);
    assert!(0 < few && few < more);
    for _ in 0..4 {
        assert_eq!(size(&world).0, more);
        world.model.matching(&often);
        world.step(&Step::Pass { ms: 20_000 });
    }
    assert_eq!(size(&world).0, few, "what was asked for once is gone");
    world.step(&Step::Pass { ms: 39_000 });
    assert_eq!(size(&world).0, few);
    world.step(&Step::Pass { ms: 2_000 });
    assert_eq!(size(&world), (0, 0));
    world.step(&Step::Data { flow: (1, 2, 1), proto: 0, packets: 900, origin: 0 });
    world.agree(&often);
    world.agree(&once);
}
