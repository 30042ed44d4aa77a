//! Made-up networks for the tests of the graph.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use egui::{Rect, pos2};
use graph::{
    Attribution, Both, Cast, ConnId, Counts, Drawn, Endpoint, Event, Folding, HostId, Image, Kind, Limits, LinkId, Model, NameOrigin, Node,
    Origin, OriginId, ProcessId, ProcessKey, Proto, Realm, Realms, RegistryBuilder, Snapshot, Time, Total, Tuple, Unread,
};
use layouts::{Change, Engine, NodeId, Point, Positions};

use super::Scene;
use super::camera::Sight;
use super::stage::{Lens, Motion, Stage};
use crate::state::mode::{Colouring, Mode, Tints};

/// A network that was seen, and where its hosts are.
pub(super) struct Net {
    pub(super) snapshot: Snapshot,
    pub(super) positions: Positions,
    pub(super) drawn: Drawn,
    pub(super) folding: Folding,
    pub(super) cast: Option<Arc<Cast>>,
    model: Model,
    origin: OriginId,
    addrs: Vec<IpAddr>,
    places: Vec<(Node, (f32, f32))>,
    pub(super) now: Time,
    pub(super) colouring: Colouring,
}

impl Net {
    pub(super) const SCREEN: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(1000.0, 800.0) };
    pub(super) const NOW: Time = Time::from_secs(1_700_000_000);

    /// Links of hosts by their numbers, each with a port and bytes from the first to the second.
    pub(super) fn of(hosts: usize, links: &[(usize, usize, u16, u64)]) -> Net {
        let mut model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
        let realms = Realms { local: Realm(1), site: Realm(2) };
        let origin = model.add_origin(Origin { name: "test".into(), realms }).unwrap();
        let addrs = (0..hosts as u32).map(|n| IpAddr::V4(Ipv4Addr::from_bits(0x0a00_0001 + n))).collect();
        let mut net = Net {
            snapshot: Snapshot::default(),
            positions: Positions::default(),
            drawn: Drawn::default(),
            folding: Folding { budget: 100_000, ..Folding::default() },
            cast: None,
            model,
            origin,
            addrs,
            places: Vec::new(),
            now: Net::NOW,
            colouring: Colouring::User,
        };
        for (a, b, port, bytes) in links {
            net.talk(*a, *b, *port, *bytes, Net::NOW);
        }
        net.look();
        net
    }

    /// Ten thousand hosts on a square, and fifteen thousand links between them; a third of them busy.
    pub(super) fn huge() -> Net {
        let links: Vec<_> = (1..10_000).map(|n| (n, n / 20, 443, if n % 3 == 0 { 50_000 } else { 0 })).collect();
        let more = (0..5_000).map(|n| (n, 9_999 - n, 53, if n % 3 == 0 { 500 } else { 0 }));
        let places: Vec<_> = (0..10_000).map(|n| ((n % 100) as f32 * 40.0, (n / 100) as f32 * 40.0)).collect();
        Net::of(10_000, &links.into_iter().chain(more).collect::<Vec<_>>()).placed(&places)
    }

    /// Host 0 talks to each of `leaves` others.
    pub(super) fn star(leaves: usize) -> Net {
        let links: Vec<_> = (1..=leaves).map(|leaf| (0, leaf, 443, 1000 * leaf as u64)).collect();
        Net::of(leaves + 1, &links)
    }

    /// The same with every host at its place, in layout units.
    pub(super) fn placed(mut self, places: &[(f32, f32)]) -> Net {
        let place = |host: &graph::Host| self.addrs.binary_search(&host.key.addr).ok().and_then(|n| places.get(n));
        let places = self.snapshot.hosts.values().filter_map(|host| Some((Node::Host(host.id), *place(host)?)));
        self.places.extend(places.collect::<Vec<_>>());
        self.lay_out();
        self
    }

    /// The same with a process in the graph: its number and that of the one that it comes from, what it runs, who it is, and its place.
    pub(super) fn process(mut self, pid: u32, parent: u32, comm: &str, user: u32, place: (f32, f32)) -> Net {
        let image = Image { ids: Some((user, user)), ..Image::named(comm, Unread::Untold) };
        let parent = (parent > 0).then(|| process(parent).process);
        self.tell(Kind::Exec { process: process(pid).process, parent, image: image.into() });
        self.places.push((Node::Process(process(pid)), place));
        self.lay_out();
        self
    }

    /// The same, and the flow from a host to another is a process'.
    pub(super) fn owned(mut self, a: usize, b: usize, port: u16, pid: u32) -> Net {
        let end = |host: usize, port| Endpoint { addr: self.addrs[host], port };
        let (tuple, side) = Tuple::new(Proto::TCP, end(a, 50_000), end(b, port));
        self.tell(Kind::Owner { tuple, conn: ConnId(1), side, process: process(pid).process, how: Attribution::Exact });
        self
    }

    /// Something else happens.
    pub(super) fn tell(&mut self, kind: Kind) {
        self.model.apply(Net::NOW, &Event { at: Net::NOW, origin: self.origin, kind }, &mut ());
        self.cast = Some(self.model.cast(None, &Cast::default()).into());
        self.look();
    }

    /// What is there is looked at.
    pub(super) fn look(&mut self) {
        self.snapshot = self.model.snapshot();
        self.drawn = self.model.draw(&self.folding, self.cast.clone());
    }

    /// A process goes somewhere else.
    pub(super) fn put(&mut self, pid: u32, place: (f32, f32)) {
        self.places.retain(|(node, _)| *node != Node::Process(process(pid)));
        self.places.push((Node::Process(process(pid)), place));
        self.lay_out();
    }

    fn lay_out(&mut self) {
        let mut engine = Engine::new(layouts::Kind::Force, 1);
        let nodes: Vec<(NodeId, Point)> = self.places.iter().map(|(node, (x, y))| (node.number(), Point { x: *x, y: *y })).collect();
        engine.apply(nodes.iter().map(|(id, _)| Change::AddNode { id: *id, radius: 5.0, at: None }));
        engine.apply(nodes.iter().map(|(id, at)| Change::Pin { id: *id, at: *at }));
        self.positions = engine.positions().clone();
    }

    /// One host tells another some bytes, all at once.
    fn talk(&mut self, a: usize, b: usize, port: u16, bytes: u64, at: Time) {
        let end = |host: usize, port| Endpoint { addr: self.addrs[host], port };
        let (tuple, side) = Tuple::new(Proto::TCP, end(a, 50_000), end(b, port));
        let mut both = Both::default();
        *both.from_mut(side) = Counts { packets: 1, bytes, ip_bytes: bytes };
        let kind = Kind::Data { tuple, conn: ConnId(1), total: Total(both), last: at };
        self.model.apply(at, &Event { at, origin: self.origin, kind }, &mut ());
    }

    /// A host has a name.
    pub(super) fn named(mut self, host: usize, name: &str) -> Net {
        let kind = Kind::Name { addr: self.addrs[host], origin: NameOrigin::Dns, ttl_secs: 60, name: name.into() };
        self.model.apply(Net::NOW, &Event { at: Net::NOW, origin: self.origin, kind }, &mut ());
        self.look();
        self
    }

    pub(super) fn host(&self, n: usize) -> HostId {
        self.snapshot.hosts.values().find(|host| host.key.addr == self.addrs[n]).unwrap().id
    }

    pub(super) fn node(&self, n: usize) -> Node {
        Node::Host(self.host(n))
    }

    pub(super) fn link(&self, a: usize, b: usize) -> LinkId {
        let ends = [self.host(a), self.host(b)];
        self.snapshot.links.values().find(|link| ends.contains(&link.a) && ends.contains(&link.b)).unwrap().id
    }

    pub(super) fn scene(&self) -> Scene<'_> {
        Scene {
            registry: self.model.registry(),
            snapshot: &self.snapshot,
            drawn: &self.drawn,
            budget: self.folding.budget,
            alike: &[],
            mode: if self.cast.is_some() { Mode::Mixed } else { Mode::Hosts },
            colouring: self.colouring,
            now: self.now,
            positions: &self.positions,
            placed: None,
            discs: &[],
            palette: &crate::theme::Palette::DARK,
            text_size: 13.0,
            reduced_motion: true,
            waiting: ("Waiting for traffic on eth0…", "It appears here as soon as a packet is seen"),
            untold: None,
        }
    }

    /// A stage of it, seen at zoom 1 with the origin in the middle.
    pub(super) fn stage(&self) -> Stage {
        let mut stage = Stage::default();
        let motion = Motion { dt: 0.1, smooth: false, running: false };
        stage.update(&self.scene(), &Tints::default(), &Lens::default(), &[], &motion);
        stage.project(Net::SCREEN, Sight { centre: pos2(0.0, 0.0), zoom: 1.0 });
        stage
    }
}

/// The process of a number.
pub(super) fn process(pid: u32) -> ProcessKey {
    ProcessKey { realm: Realm(1), process: ProcessId { pid, start_ns: u64::from(pid) } }
}
