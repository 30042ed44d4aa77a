//! What is drawn of a graph: groups, the quietest beyond a budget, what is hidden; and that nothing is lost on the way.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use graph::{
    Attribute, Attribution, Both, Cast, Column, ColumnId, ConnId, Counts, Drawn, Endpoint, Event, Folding, GroupId, HostId, Image, Kind,
    Layering, Limits, Model, NameOrigin, Node, Origin, OriginId, Place, ProcessId, Proto, Query, Realm, Realms, Registry, RegistryBuilder,
    Tag, Time, Total, Tuple, Unread, Value, ValueType,
};
use proptest::prelude::*;

/// A model, and what it is told.
struct Net {
    model: Model,
    now: Time,
}

impl Net {
    fn new() -> Net {
        Net::with(RegistryBuilder::default().freeze())
    }

    fn with(columns: Registry) -> Net {
        let mut model = Model::new(columns, Limits::default());
        for name in ["here", "there"] {
            model.add_origin(Origin { name: name.into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
        }
        Net { model, now: Time::from_secs(1_000) }
    }

    fn tell(&mut self, origin: u16, kind: Kind) {
        self.model.apply(self.now, &Event { at: self.now, origin: OriginId(origin), kind }, &mut ());
    }

    fn talk(&mut self, a: &str, b: &str, port: u16, bytes: u64) {
        self.talk_at(0, addr(a), addr(b), port, bytes);
    }

    fn talk_at(&mut self, origin: u16, a: IpAddr, b: IpAddr, port: u16, bytes: u64) {
        let (tuple, side) = tuple(a, b, port);
        let mut both = Both::default();
        *both.from_mut(side) = Counts { packets: 1, bytes, ip_bytes: bytes };
        self.tell(origin, Kind::Data { tuple, conn: ConnId(1), total: Total(both), last: self.now });
    }

    /// Two networks of three and two, two servers of one company, one of another.
    fn fill(&mut self) {
        for host in ["10.0.1.1", "10.0.1.2", "10.0.1.3"] {
            self.talk(host, "10.0.2.1", 445, 1_000);
            self.talk(host, "203.0.113.5", 443, 500);
        }
        self.talk("10.0.2.2", "198.51.100.9", 443, 100);
        self.talk("10.0.2.2", "192.0.2.77", 53, 10);
        self.name("203.0.113.5", "www.example.co.uk");
        self.name("198.51.100.9", "static.example.co.uk");
        self.name("192.0.2.77", "ns.other.example");
    }

    fn tag(&mut self, a: &str, b: &str, port: u16, tag: Tag) {
        let (tuple, _) = tuple(addr(a), addr(b), port);
        self.tell(0, Kind::Tags { tuple, conn: ConnId(1), tags: vec![tag] });
    }

    fn name(&mut self, host: &str, name: &str) {
        self.tell(0, Kind::Name { addr: addr(host), origin: NameOrigin::Dns, ttl_secs: 60, name: name.into() });
    }

    /// The flow from a host to another is a process', of a user.
    fn own(&mut self, a: &str, b: &str, port: u16, pid: u32, comm: &str, user: u32) {
        let process = ProcessId { pid, start_ns: 1 };
        let image = Image { ids: Some((user, user)), ..Image::named(comm, Unread::Untold) };
        self.tell(0, Kind::Exec { process, parent: None, image: image.into() });
        let (tuple, side) = tuple(addr(a), addr(b), port);
        self.tell(0, Kind::Owner { tuple, conn: ConnId(1), side, process, how: Attribution::Exact });
    }

    fn host(&self, host: &str) -> HostId {
        self.model.hosts().find(|h| h.key.addr == addr(host)).unwrap().id
    }

    fn set_addresses(&mut self, addresses: &[&str]) {
        self.model.set_vicinity(addresses.iter().map(|address| address.parse::<ipnet::IpNet>().unwrap()).collect());
    }

    fn draw(&mut self, folding: &Folding) -> Drawn {
        self.model.draw(folding, None)
    }

    /// What the groups of a drawing are called, and how many each stands for.
    fn groups(&mut self, folding: &Folding) -> BTreeMap<String, u32> {
        let drawn = self.draw(folding);
        let groups = drawn.nodes.iter().filter_map(|node| Some((node.id.group()?, node.members)));
        groups.map(|(id, members)| (drawn.groups[&id].key.label().to_owned(), members)).collect()
    }
}

fn addr(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn tuple(a: IpAddr, b: IpAddr, port: u16) -> (Tuple, graph::Side) {
    Tuple::new(Proto::TCP, Endpoint { addr: a, port: 50_000 }, Endpoint { addr: b, port })
}

fn by(levels: &[Attribute]) -> Folding {
    Folding { levels: levels.to_vec(), ..Folding::default() }
}

fn of(pairs: &[(&str, u32)]) -> BTreeMap<String, u32> {
    pairs.iter().map(|(name, members)| ((*name).to_owned(), *members)).collect()
}

/// The same, with a column of flows and one of ends.
fn office_of_columns() -> (Net, ColumnId, ColumnId) {
    let mut columns = RegistryBuilder::default();
    let vlan = columns.register(Column::new("vlan", ValueType::Integer, "")).unwrap();
    let country = columns.register(Column::new("country", ValueType::Symbol, "").endpoint()).unwrap();
    let mut net = Net::with(columns.freeze());
    net.fill();
    (net, vlan, country)
}

fn office() -> Net {
    let mut net = Net::new();
    net.fill();
    net
}

#[test]
fn hosts_are_grouped_by_what_they_have_in_common() {
    let mut net = office();
    assert_eq!(net.groups(&by(&[Attribute::Subnet])), of(&[("10.0.1.0/24", 3), ("10.0.2.0/24", 2)]));
    assert_eq!(net.groups(&by(&[Attribute::Scope])), of(&[("Local network", 5), ("Internet", 3)]));
    assert_eq!(net.groups(&by(&[Attribute::Domain])), of(&[("example.co.uk", 2)]));
    net.set_addresses(&["10.0.1.1/32", "10.0.2.1/23"]);
    assert_eq!(net.groups(&by(&[Attribute::Scope])), of(&[("This machine", 2), ("Local network", 3), ("Internet", 3)]));
    assert_eq!(net.groups(&by(&[Attribute::Subnet])), of(&[("10.0.1.0/24", 3), ("10.0.2.0/23", 2)]));
    assert_eq!(net.groups(&by(&[Attribute::Service])), of(&[("https", 3), ("smb", 4)]));
    net.talk_at(1, addr("10.0.9.1"), addr("10.0.9.2"), 22, 9_000);
    assert_eq!(net.groups(&by(&[Attribute::Probe])), of(&[("here", 8), ("there", 2)]));
}

#[test]
fn hosts_are_grouped_by_any_column() {
    let (mut net, vlan, country) = office_of_columns();
    let of_vlan = |n| Tag::certain(vlan, Value::Integer(n));
    net.tag("10.0.1.1", "10.0.2.1", 445, of_vlan(7));
    net.tag("10.0.1.2", "10.0.2.1", 445, of_vlan(7));
    net.tag("10.0.2.2", "198.51.100.9", 443, of_vlan(8));
    assert_eq!(net.groups(&by(&[Attribute::named("vlan")])), of(&[("7", 3), ("8", 2)]));
    for (host, code) in [("203.0.113.5", "FR"), ("198.51.100.9", "FR"), ("192.0.2.77", "DE")] {
        let host = net.host(host);
        assert!(net.model.tag_host(host, &Tag::certain(country, Value::symbol(code)), OriginId(0)));
    }
    assert_eq!(net.groups(&by(&[Attribute::named("country")])), of(&[("FR", 2)]));
    assert_eq!(net.groups(&by(&[Attribute::named("no.such")])), of(&[]));
    // A host's own value is one of its flows, at its end.
    let flow = net.model.flows().find(|flow| flow.dst().addr == addr("192.0.2.77")).unwrap();
    let at_server = Place::End(flow.initiator.side.other());
    assert_eq!(net.model.tag(flow, country, at_server), Some(Value::symbol("DE")));
    assert_eq!(net.model.tag(flow, country, Place::End(flow.initiator.side)), None);
    assert_eq!(net.model.totals().columns.iter().copied().collect::<Vec<_>>(), ["country", "vlan"]);
    // What is not of its column's type is not heard.
    net.tag("10.0.1.3", "10.0.2.1", 445, Tag::certain(vlan, Value::symbol("nine")));
    assert_eq!(net.groups(&by(&[Attribute::named("vlan")])), of(&[("7", 3), ("8", 2)]));
}

#[test]
fn hosts_are_grouped_by_the_program_that_talks_with_them() {
    let mut net = office();
    net.own("10.0.1.1", "203.0.113.5", 443, 7, "firefox", 1000);
    net.own("10.0.2.2", "198.51.100.9", 443, 8, "firefox", 1001);
    net.own("10.0.2.2", "192.0.2.77", 53, 9, "resolved", 1000);
    assert_eq!(net.groups(&by(&[Attribute::Executable])), of(&[("firefox", 2)]));
    assert_eq!(net.groups(&by(&[Attribute::User])), of(&[("1000", 2)]));
}

#[test]
fn groups_nest_and_open_from_without_inwards() {
    let mut net = office();
    let mut folding = by(&[Attribute::Scope, Attribute::Subnet]);
    assert_eq!(net.groups(&folding), of(&[("Local network", 5), ("Internet", 3)]));
    let drawn = net.draw(&folding);
    let group = |drawn: &Drawn, label: &str| drawn.groups.iter().find(|(_, group)| group.key.label() == label).map(|(id, _)| *id).unwrap();
    let local = group(&drawn, "Local network");
    folding.toggled.insert(local);
    assert_eq!(net.groups(&folding), of(&[("10.0.1.0/24", 3), ("10.0.2.0/24", 2), ("Internet", 3)]));
    let drawn = net.draw(&folding);
    let inner = group(&drawn, "10.0.1.0/24");
    assert_eq!(drawn.groups[&inner].within, Some(local));
    folding.toggled.insert(inner);
    let drawn = net.draw(&folding);
    let node = &drawn.nodes[drawn.index(Node::Host(net.host("10.0.1.2"))).unwrap()];
    assert_eq!((node.within, node.inner), (Some(local), Some(inner)), "the outermost and the innermost");
    folding.toggled.remove(&local);
    assert_eq!(net.groups(&folding), of(&[("Local network", 5), ("Internet", 3)]), "who is in a closed group is not seen, open or not");
}

#[test]
fn links_of_a_closed_group_are_sums() {
    let mut net = office();
    let drawn = net.draw(&by(&[Attribute::Subnet]));
    let server = drawn.index(Node::Host(net.host("203.0.113.5"))).unwrap() as u32;
    let line = drawn.lines.iter().find(|line| line.ends.contains(&server)).unwrap();
    assert_eq!((line.links, line.moved(), line.link), (3, 1_500, None));
    let total: u64 = net.model.links().map(|link| link.total.sum().bytes).sum();
    assert_eq!(drawn.lines.iter().map(|line| line.moved()).sum::<u64>(), total, "here no link runs within a group");
    let one = drawn.lines.iter().find(|line| line.moved() == 100).unwrap();
    assert!(one.links == 1 && one.link.is_some(), "a sum of one is that one");
}

#[test]
fn the_quietest_fold_beyond_the_budget_and_are_counted() {
    let mut net = Net::new();
    for n in 0..200_u32 {
        let host = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + (n / 20) * 256 + n % 20 + 1));
        net.talk_at(0, host, addr("192.0.2.1"), 443, 100 + u64::from(n) * 1_000);
    }
    let folding = Folding { budget: 40, ..Folding::default() };
    let drawn = net.draw(&folding);
    assert!(drawn.nodes.len() <= 40, "{}", drawn.nodes.len());
    let single: BTreeSet<Node> = drawn.nodes.iter().map(|node| node.id).filter(|id| id.group().is_none()).collect();
    assert!(single.contains(&Node::Host(net.host("192.0.2.1"))) && single.contains(&Node::Host(net.host("10.0.9.20"))), "the busiest stay");
    assert_eq!(drawn.uncounted.folded as usize + single.len(), 201, "everybody is drawn or counted");
    assert_eq!(drawn.nodes.iter().map(|node| node.members).sum::<u32>(), 201);
    assert_eq!(drawn.uncounted.folds as usize + single.len(), drawn.nodes.len());

    // Who is selected or looked for stands out, however quiet.
    let quiet = Node::Host(net.host("10.0.0.1"));
    assert!(drawn.index(quiet).is_none());
    for folding in [Folding { kept: [quiet].into(), ..folding.clone() }, Folding { out: [quiet].into(), ..folding.clone() }] {
        assert!(net.draw(&folding).index(quiet).is_some());
    }
    // One more gets a little busier than one that is drawn: nobody changes places.
    net.now = net.now.plus(Duration::from_secs(5));
    let after = net.draw(&folding);
    net.talk("10.0.0.1", "192.0.2.1", 443, 180_000);
    net.now = net.now.plus(Duration::from_secs(5));
    let later = net.draw(&folding);
    let stay = |drawn: &Drawn| -> BTreeSet<Node> { drawn.nodes.iter().map(|node| node.id).filter(|id| id.group().is_none()).collect() };
    assert_eq!(stay(&after), stay(&later));
    // An open group of the quiet is drawn by its members, beyond the budget.
    let group = later.nodes.iter().find_map(|node| node.id.group()).unwrap();
    let opened = net.draw(&Folding { toggled: [group].into(), ..folding });
    assert!(opened.index(Node::Group(group)).is_none() && opened.nodes.len() > later.nodes.len());
    assert!(opened.nodes.iter().any(|node| node.inner == Some(group)));
}

#[test]
fn many_who_come_at_once_fold_at_once() {
    let mut net = Net::new();
    let folding = Folding { budget: 40, ..Folding::default() };
    net.talk("10.0.0.1", "192.0.2.1", 443, 10);
    net.draw(&folding);
    for n in 2..200_u32 {
        net.talk_at(0, IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + n)), addr("192.0.2.1"), 443, 100);
    }
    net.draw(&folding);
    assert!(net.draw(&folding).nodes.len() <= 40, "no second has passed");
}

#[test]
fn too_many_groups_fold_into_one() {
    let mut net = Net::new();
    for n in 0..100_u32 {
        for host in 1..=2 {
            let host = IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0000 + n * 256 + host));
            net.talk_at(0, host, addr("192.0.2.1"), 443, 100 + u64::from(n) * 1_000);
        }
    }
    let folding = Folding { budget: 32, ..by(&[Attribute::Subnet]) };
    let groups = net.groups(&folding);
    assert!(groups.len() <= 32, "{}", groups.len());
    assert!(groups.contains_key("10.0.99.0/24") && !groups.contains_key("10.0.0.0/24"));
    assert_eq!(groups.values().sum::<u32>(), 200);
    assert!(groups["other groups"] > 100);
}

#[test]
fn what_is_hidden_is_counted_and_its_lines_are_gone() {
    let mut net = office();
    let server = Node::Host(net.host("203.0.113.5"));
    let drawn = net.draw(&Folding { hidden: [server].into(), ..Folding::default() });
    assert_eq!((drawn.uncounted.hidden, drawn.nodes.len()), (1, 7));
    assert!(drawn.lines.iter().all(|line| line.moved() != 500));
    let alike = (Attribute::Subnet, "10.0.1.0/24".into());
    let drawn = net.draw(&Folding { hidden_like: [alike].into(), ..Folding::default() });
    assert_eq!((drawn.uncounted.hidden, drawn.nodes.len()), (3, 5));
    let folding = by(&[Attribute::Subnet]);
    let group = net.draw(&folding).nodes.iter().find_map(|node| node.id.group()).unwrap();
    let drawn = net.draw(&Folding { hidden: [Node::Group(group)].into(), ..folding });
    assert_eq!(drawn.uncounted.hidden, 3);
    assert!(drawn.groups.contains_key(&group), "it can be named, to be shown again");
}

#[test]
fn what_matches_a_filter_is_drawn_alone_with_whom_it_talks() {
    let mut net = office();
    let of = |net: &Net, text: &str| Folding { filter: Query::parse(text, net.model.schema()).unwrap().into(), ..Folding::default() };
    let folding = of(&net, "port = 53");
    let drawn = net.draw(&folding);
    assert_eq!((drawn.nodes.len(), drawn.lines.len(), drawn.uncounted.aside), (2, 1, 6), "of flows, both ends and what is between them");
    let folding = of(&net, "name ends \"example.co.uk\"");
    let drawn = net.draw(&folding);
    let here: Vec<HostId> = drawn.nodes.iter().filter_map(|node| node.id.host()).collect();
    let expected = ["203.0.113.5", "198.51.100.9", "10.0.1.1", "10.0.1.2", "10.0.1.3", "10.0.2.2"];
    assert_eq!(here.into_iter().collect::<BTreeSet<_>>(), expected.map(|host| net.host(host)).into_iter().collect());
    assert_eq!(drawn.uncounted.aside, 2);
}

#[test]
fn layers_are_how_far_away_or_who_asks() {
    let mut net = office();
    net.set_addresses(&["10.0.1.1/32"]);
    let layer = |net: &mut Net, layering, host: &str| {
        let folding = Folding { layering: Some(layering), ..Folding::default() };
        let drawn = net.draw(&folding);
        drawn.nodes[drawn.index(Node::Host(net.host(host))).unwrap()].layer
    };
    assert_eq!(["10.0.1.1", "10.0.2.1", "203.0.113.5"].map(|host| layer(&mut net, Layering::Hops, host)), [0, 1, 2]);
    net.talk("10.0.2.1", "198.51.100.9", 443, 5);
    assert_eq!(["10.0.1.2", "10.0.2.1", "203.0.113.5"].map(|host| layer(&mut net, Layering::Roles, host)), [0, 1, 2]);
}

#[derive(Clone, Debug)]
enum Step {
    Talk(u8, u8, u16),
    Own(u8, u8, u32),
    Name(u8, u8),
    Pass(u64),
    Mixed(bool),
    Levels(Vec<Attribute>, bool, usize),
    Toggle(usize),
    Hide(usize),
    Keep(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let host = || 0..40_u8;
    let levels = proptest::sample::subsequence(Attribute::ALL.to_vec(), 0..=2);
    let step = prop_oneof![
        6 => (host(), host(), 1..4_u16).prop_map(|(a, b, port)| Step::Talk(a, b, port)),
        1 => (host(), host(), 1..5_u32).prop_map(|(a, b, pid)| Step::Own(a, b, pid)),
        1 => (host(), 0..4_u8).prop_map(|(host, name)| Step::Name(host, name)),
        1 => (0..90_u64).prop_map(Step::Pass),
        1 => any::<bool>().prop_map(Step::Mixed),
        2 => (levels, any::<bool>(), 1..30_usize).prop_map(|(levels, open, budget)| Step::Levels(levels, open, budget)),
        2 => (0..9_usize).prop_map(Step::Toggle),
        1 => (0..40_usize).prop_map(Step::Hide),
        1 => (0..40_usize).prop_map(Step::Keep),
    ];
    proptest::collection::vec(step, 1..60)
}

proptest! {
    #[test]
    fn whatever_happens_everybody_is_drawn_or_counted_and_lists_are_in_order(steps in steps()) {
        let (mut net, mut folding, mut cast) = (Net::new(), Folding::default(), None);
        let mut versions = BTreeSet::new();
        let host = |n: u8| IpAddr::V4(Ipv4Addr::new(10, n % 5, n % 3, n));
        for step in steps {
            match step {
                Step::Talk(a, b, port) => net.talk_at(0, host(a), host(b), port, u64::from(a) * 100),
                Step::Own(a, b, pid) => {
                    net.talk_at(0, host(a), host(b), 1, 10);
                    net.own(&host(a).to_string(), &host(b).to_string(), 1, pid, "tool", pid % 2);
                }
                Step::Name(n, name) => net.name(&host(n).to_string(), &format!("h{n}.site{name}.example")),
                Step::Pass(secs) => {
                    net.now = net.now.plus(Duration::from_secs(secs));
                    net.model.advance(net.now, &mut ());
                }
                Step::Mixed(on) => cast = on.then(|| net.model.cast(None, &Cast::default()).into()),
                Step::Levels(levels, open, budget) => folding = Folding { levels, open, budget, ..Folding::default() },
                Step::Toggle(nth) => {
                    let groups: Vec<GroupId> = net.model.draw(&folding, cast.clone()).groups.keys().copied().collect();
                    folding.toggled.extend(groups.get(nth));
                }
                Step::Hide(nth) => folding.hidden.extend(net.model.hosts().nth(nth).map(|host| Node::Host(host.id))),
                Step::Keep(nth) => folding.out.extend(net.model.hosts().nth(nth).map(|host| Node::Host(host.id))),
            }
            let drawn = net.model.draw(&folding, cast.clone());
            prop_assert!(versions.insert(drawn.version));
            prop_assert!(drawn.nodes.windows(2).all(|pair| pair[0].id < pair[1].id));
            prop_assert!(drawn.lines.windows(2).all(|pair| pair[0].id < pair[1].id));
            prop_assert!(drawn.lines.iter().flat_map(|line| line.ends).all(|end| (end as usize) < drawn.nodes.len()));
            let members: u32 = drawn.nodes.iter().map(|node| node.members).sum();
            let processes = cast.as_ref().map_or(0, |cast: &std::sync::Arc<Cast>| cast.members.len());
            if cast.is_none() {
                prop_assert_eq!(members + drawn.uncounted.hidden, net.model.host_count() as u32 + processes as u32);
                let all: u64 = net.model.hosts().map(|host| host.sent.bytes + host.received.bytes).sum();
                let here: u64 = drawn.nodes.iter().map(|node| node.bytes).sum();
                prop_assert!(here <= all && (drawn.uncounted.hidden > 0 || here == all));
            }
            for node in &drawn.nodes {
                prop_assert!(node.id.group().is_none_or(|id| drawn.groups.contains_key(&id) && node.members > 1));
                prop_assert!([node.within, node.inner].into_iter().flatten().all(|id| drawn.groups.contains_key(&id)));
            }
        }
    }
}
