//! A network that does what a test says, and a model that is told of it.

use std::time::Duration;

use graph::{
    Basis, Column, ColumnId, Computations, ConnId, Endpoint, Event, Failure, Flow, Host, HostKey, Initiator, Kind, Limits, Model,
    NameOrigin, Origin, OriginId, Place, Prepared, Proto, Realm, Realms, RegistryBuilder, Tag, Time, Tuple, Value,
};
use ipnet::IpNet;

pub(crate) const REALMS: Realms = Realms { local: Realm(1), site: Realm(2) };
const SOURCE: OriginId = OriginId(0);

/// A model with computations, and its clock.
pub(crate) struct Network {
    pub(crate) model: Model,
    pub(crate) computations: Computations,
    pub(crate) now: Time,
    conns: u32,
}

/// One end as `10.0.0.1:80` writes it.
pub(crate) fn end(text: &str) -> Endpoint {
    let (addr, port) = text.rsplit_once(':').unwrap();
    Endpoint { addr: addr.trim_matches(['[', ']']).parse().unwrap(), port: port.parse().unwrap() }
}

impl Network {
    /// With these computations, beside columns that a source fills.
    pub(crate) fn new(columns: &[Column], prepared: Vec<Box<dyn Prepared>>) -> Network {
        let mut builder = RegistryBuilder::default();
        for column in columns {
            builder.register(column.clone()).unwrap();
        }
        let mut computations = Computations::register(prepared, &mut builder).unwrap();
        let mut model = Model::new(builder.freeze(), Limits::default());
        model.add_origin(Origin { name: "eth0".into(), realms: REALMS }).unwrap();
        computations.attach(&mut model, REALMS, []);
        Network { model, computations, now: Time::from_secs(1_700_000_000), conns: 0 }
    }

    /// These are this machine's addresses from now on, each with its network.
    pub(crate) fn set_addresses(&mut self, addresses: &[&str]) -> bool {
        self.model.set_vicinity(addresses.iter().map(|address| address.parse::<IpNet>().unwrap()).collect())
    }

    pub(crate) fn tell(&mut self, kind: Kind) {
        self.model.apply(self.now, &Event { at: self.now, origin: SOURCE, kind }, &mut ());
    }

    /// Lets time pass, second by second, and computations compute.
    pub(crate) fn wait(&mut self, duration: Duration) -> Vec<Failure> {
        let mut failures = self.compute();
        let until = self.now.plus(duration);
        while self.now < until {
            self.now = self.now.plus(Duration::from_secs(1)).min(until);
            self.model.advance(self.now, &mut ());
            failures.extend(self.compute());
        }
        failures
    }

    pub(crate) fn compute(&mut self) -> Vec<Failure> {
        self.computations.run(&mut self.model)
    }

    /// A connection begins; the tuple finds it again.
    pub(crate) fn open(&mut self, proto: Proto, from: &str, to: &str) -> Tuple {
        let (tuple, side) = Tuple::new(proto, end(from), end(to));
        self.conns += 1;
        let (conn, start) = (ConnId(self.conns), self.now);
        self.tell(Kind::Open { tuple, conn, start, initiator: Initiator { side, basis: Basis::Handshake } });
        tuple
    }

    pub(crate) fn name(&mut self, addr: &str, origin: NameOrigin, name: &str) {
        self.tell(Kind::Name { addr: addr.parse().unwrap(), origin, ttl_secs: 60, name: name.into() });
    }

    pub(crate) fn tag(&mut self, tuple: Tuple, column: &str, value: Value) {
        let tags = vec![Tag::certain(self.column(column), value)];
        self.tell(Kind::Tags { tuple, conn: ConnId(self.conns), tags });
    }

    pub(crate) fn column(&self, name: &str) -> ColumnId {
        self.model.registry().find(name).unwrap_or_else(|| panic!("no column {name}"))
    }

    pub(crate) fn host(&self, addr: &str) -> &Host {
        let addr = addr.parse().unwrap();
        self.model.host_of(&HostKey { realm: REALMS.of(addr), addr }).unwrap()
    }

    pub(crate) fn flow(&self, tuple: Tuple) -> &Flow {
        self.model.flows().find(|flow| flow.key.tuple == tuple).unwrap()
    }

    /// What a column says of a host, in words; empty where nothing.
    pub(crate) fn of_host(&self, addr: &str, column: &str) -> String {
        self.host(addr).tags.get(self.column(column), Place::Flow).map(|value| value.to_string()).unwrap_or_default()
    }

    /// What a column says of a flow as a whole.
    pub(crate) fn of_flow(&self, tuple: Tuple, column: &str) -> String {
        self.model.tag(self.flow(tuple), self.column(column), Place::Flow).map(|value| value.to_string()).unwrap_or_default()
    }

    /// What an endpoint column says of the one who answered.
    pub(crate) fn of_server(&self, tuple: Tuple, column: &str) -> String {
        let flow = self.flow(tuple);
        let place = Place::End(flow.initiator.side.other());
        self.model.tag(flow, self.column(column), place).map(|value| value.to_string()).unwrap_or_default()
    }

    /// What an endpoint column says of the one who began it.
    pub(crate) fn of_client(&self, tuple: Tuple, column: &str) -> String {
        let flow = self.flow(tuple);
        let place = Place::End(flow.initiator.side);
        self.model.tag(flow, self.column(column), place).map(|value| value.to_string()).unwrap_or_default()
    }
}
