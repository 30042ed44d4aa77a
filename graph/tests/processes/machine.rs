//! A machine: its model is told what happens, and time passes by hand.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use graph::{
    Attribution, Basis, Both, ConnId, Counts, Endpoint, Event, Exit, Image, Initiator, Kind, Limits, Model, Origin, OriginId, ProcessId,
    ProcessKey, Proto, Realm, Realms, RegistryBuilder, Side, Time, Total, Tuple, Unread,
};

pub(crate) const SEC: u64 = 1_000_000;
pub(crate) const LOCAL: Realm = Realm(1);

pub(crate) struct Machine {
    pub(crate) model: Model,
    pub(crate) now: Time,
}

impl Machine {
    pub(crate) fn new(limits: Limits) -> Machine {
        let mut model = Model::new(RegistryBuilder::default().freeze(), limits);
        model.add_origin(Origin { name: "here".into(), realms: Realms { local: LOCAL, site: Realm(2) } }).unwrap();
        let mut machine = Machine { model, now: Time(0) };
        machine.tell(Kind::Booted { at: Time(100 * SEC) });
        machine.pass(200);
        machine
    }

    pub(crate) fn tell(&mut self, kind: Kind) {
        self.model.apply(self.now, &Event { at: self.now, origin: OriginId(0), kind }, &mut ());
    }

    pub(crate) fn pass(&mut self, secs: u64) {
        self.now = self.now.plus(Duration::from_secs(secs));
        self.model.advance(self.now, &mut ());
    }

    pub(crate) fn fork(&mut self, parent: u32, child: u32) {
        self.tell(Kind::Fork { parent: process(parent), child: process(child) });
    }

    pub(crate) fn exec(&mut self, pid: u32, exe: &str, command: &str) {
        let comm: String = exe.rsplit('/').next().unwrap().chars().take(15).collect();
        let image = Image { exe: Ok(exe.into()), command: Ok(command.into()), ..Image::named(&comm, Unread::Untold) };
        self.tell(Kind::Exec { process: process(pid), parent: None, image: Arc::new(image) });
    }

    pub(crate) fn exit(&mut self, pid: u32) {
        self.tell(Kind::Exit { process: process(pid), exit: Exit::Code(0) });
    }

    pub(crate) fn labels(&self, pid: u32) -> Vec<String> {
        self.model.lineage(key(pid)).map(|process| process.label()).collect()
    }
}

/// The process of a number, begun as many seconds after its machine.
pub(crate) fn process(pid: u32) -> ProcessId {
    ProcessId { pid, start_ns: u64::from(pid) * 1_000_000_000 }
}

pub(crate) fn key(pid: u32) -> ProcessKey {
    ProcessKey { realm: LOCAL, process: process(pid) }
}

pub(crate) fn tuple(port: u16) -> (Tuple, Side) {
    let end = |n, port| Endpoint { addr: Ipv4Addr::new(10, 0, 0, n).into(), port };
    Tuple::new(Proto::TCP, end(1, port), end(2, 443))
}

pub(crate) fn total(packets: u64) -> Total {
    let counts = |n| Counts { packets: n, bytes: n * 100, ip_bytes: n * 86 };
    Total(Both { ab: counts(packets), ba: counts(2 * packets) })
}

pub(crate) fn data(port: u16, packets: u64) -> Kind {
    Kind::Data { tuple: tuple(port).0, conn: ConnId(port.into()), total: total(packets), last: Time(SEC) }
}

pub(crate) fn open(port: u16) -> Kind {
    let (tuple, side) = tuple(port);
    Kind::Open { tuple, conn: ConnId(port.into()), start: Time(SEC), initiator: Initiator { side, basis: Basis::Handshake } }
}

pub(crate) fn owner(port: u16, process: ProcessId, how: Attribution) -> Kind {
    let (tuple, side) = tuple(port);
    Kind::Owner { tuple, conn: ConnId(0), side, process, how }
}

/// systemd → sshd → bash → deploy.sh → curl
pub(crate) fn deployed() -> Machine {
    let mut m = Machine::new(Limits::default());
    m.exec(1, "/usr/lib/systemd/systemd", "/sbin/init");
    for (parent, child, exe, command) in [
        (1, 2, "/usr/sbin/sshd", "sshd: listener"),
        (2, 3, "/usr/bin/bash", "-bash"),
        (3, 4, "/usr/bin/bash", "bash ./deploy.sh"),
        (4, 5, "/usr/bin/curl", "curl https://x.example"),
    ] {
        m.fork(parent, child);
        m.exec(child, exe, command);
    }
    m
}
