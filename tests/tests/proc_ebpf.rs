//! Who asked for connections, as the kernel says by our eBPF program: to a process that may look into no other, as `nobody` may not.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use capture::proc::reader::Reader;
use graph::{Attribution, ProcessId};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use socket2::{Domain, Socket, Type};
use tests::crowd::Crowd;
use tests::netns::{Cable, NEEDS, Namespace};
use tests::probe::Probe;
use tests::{Need, able, skip};

/// The two ends of a connection, the asker's first.
type Ends = (SocketAddr, SocketAddr);

/// Who looks for owners in a network namespace.
struct Owners {
    probe: Probe,
    told: BTreeMap<Ends, ProcessId>,
}

impl Owners {
    /// Starts it; none, which is said, where the kernel refuses eBPF. That it refuses this very program is a failure.
    fn start(namespace: &Namespace, arguments: &[&str]) -> Option<Owners> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_owners"));
        command.args(arguments).env_remove("SUDO_UID").env_remove("SUDO_GID").env_remove("PKEXEC_UID");
        let probe = Probe::start(namespace, &mut command);
        let ebpf = probe.hear("ebpf ");
        assert_eq!(probe.hear("ready "), "nobody");
        if ebpf == "attached" {
            return Some(Owners { probe, told: BTreeMap::new() });
        }
        assert!(["NotPermitted", "Namespace", "Types"].iter().any(|refused| ebpf.starts_with(refused)), "{ebpf}");
        skip(&format!("the kernel refuses eBPF: {ebpf}"));
        None
    }

    fn show(&mut self, (local, remote): Ends) {
        self.probe.say(&format!("show {local} {remote}"));
    }

    /// Takes in what it told of all connections until now.
    fn hear(&mut self, namespace: &Namespace) {
        // What was shown before the kernel said who asked overtakes what was shown before and is still asked for; but then some of that comes behind it.
        self.hear_of_one_more(namespace);
        loop {
            let before = self.told.len();
            self.hear_of_one_more(namespace);
            if self.told.len() == before {
                return;
            }
        }
    }

    fn hear_of_one_more(&mut self, namespace: &Namespace) {
        let server = listen(namespace, "127.0.0.1:0");
        let last = ends(&connect(namespace, server.local_addr().unwrap()));
        self.show(last);
        while !self.told.contains_key(&last) {
            let line = self.probe.hear("owner ");
            let words: Vec<&str> = line.split(' ').collect();
            let [local, remote, pid, start_ns, how] = words[..] else { panic!("{line}") };
            assert_eq!(how, format!("{:?}", Attribution::Exact), "{line}");
            let process = ProcessId { pid: pid.parse().unwrap(), start_ns: start_ns.parse().unwrap() };
            assert_eq!(self.told.insert((local.parse().unwrap(), remote.parse().unwrap()), process), None, "told twice: {line}");
        }
        assert!(self.told.remove(&last).unwrap().is(process(std::process::id())));
    }
}

fn listen(namespace: &Namespace, addr: &str) -> TcpListener {
    namespace.enter(|| TcpListener::bind(addr).unwrap())
}

fn connect(namespace: &Namespace, to: SocketAddr) -> TcpStream {
    namespace.enter(|| TcpStream::connect(to).unwrap())
}

fn ends(stream: &TcpStream) -> Ends {
    (stream.local_addr().unwrap(), stream.peer_addr().unwrap())
}

/// A socket of that port, which the kernel gives to nobody by itself.
fn bound(local: SocketAddr) -> (Socket, SocketAddr) {
    let socket = Socket::new(Domain::for_address(local), Type::STREAM, None).unwrap();
    socket.bind(&local.into()).unwrap();
    (socket, local)
}

/// A process that has not been waited for.
fn process(pid: u32) -> ProcessId {
    let reader = Reader::open(Path::new("/proc"), None).unwrap();
    ProcessId { pid, start_ns: reader.start_ns(&reader.stat(pid).unwrap()) }
}

#[test]
fn of_clients_that_live_five_milliseconds_ninety_nine_of_a_hundred_are_known_and_none_wrongly() {
    if !able(&NEEDS) {
        return;
    }
    // With an interface they are looked for as they come, too; without, what is told of them is what the kernel said when they were there.
    for interface in [&["near"][..], &[]] {
        let mut crowd = Crowd::new(Path::new(env!("CARGO_BIN_EXE_client")));
        let server = crowd.server();
        let Some(mut owners) = Owners::start(&crowd.cable.near, interface) else { return };
        let mut clients = BTreeMap::new();
        while clients.len() < 200 {
            for (port, client) in crowd.come(20, Duration::from_millis(5)) {
                let ends = (SocketAddr::from((Cable::NEAR, port)), server);
                clients.insert(ends, client.pid);
                owners.show(ends);
            }
        }
        owners.hear(&crowd.cable.near);
        for (ends, told) in &owners.told {
            assert_eq!(clients.get(ends), Some(&told.pid), "{ends:?}");
        }
        let known = owners.told.len();
        println!("interface {interface:?}: {known} of {} known", clients.len());
        assert!(known * 100 >= 99 * clients.len(), "{known}");
        assert_eq!(owners.probe.stop().get("lost"), 0);
    }
}

#[test]
fn however_it_is_asked_for_the_ends_are_those_of_its_packets() {
    if !able(&NEEDS) {
        return;
    }
    let namespace = Namespace::new();
    let Some(mut owners) = Owners::start(&namespace, &[]) else { return };
    namespace.enter(|| {
        for scope in ["all", "lo"] {
            fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"), "0").unwrap();
        }
    });
    namespace.ip(&["address", "add", "fd00::1/128", "dev", "lo", "nodad"]);
    // Both ends of each have addresses of their own.
    let (v4, v6) = (listen(&namespace, "127.0.0.2:0"), listen(&namespace, "[fd00::1]:0"));
    let (v4, v6) = (v4.local_addr().unwrap(), v6.local_addr().unwrap());
    let mapped = SocketAddr::from((Ipv4Addr::new(127, 0, 0, 2).to_ipv6_mapped(), v4.port()));
    let unmap = |addr: SocketAddr| SocketAddr::from((addr.ip().to_canonical(), addr.port()));
    let mut asked = Vec::new();
    for to in [v4, mapped] {
        let (local, remote) = ends(&connect(&namespace, to));
        asked.push((unmap(local), unmap(remote)));
    }
    // Nobody listens there; then the same socket asks again, elsewhere, from a port that it has had all along.
    let nobody = { listen(&namespace, "127.0.0.2:0").local_addr().unwrap() };
    namespace.enter(|| {
        let (socket, local) = bound((Ipv4Addr::LOCALHOST, 20_000).into());
        socket.connect(&nobody.into()).unwrap_err();
        socket.connect(&v4.into()).unwrap();
        asked.extend([(local, nobody), (local, v4)]);
        let (socket, local) = bound((Ipv6Addr::LOCALHOST, 20_000).into());
        socket.connect(&v6.into()).unwrap();
        asked.push((local, v6));
    });
    asked.iter().for_each(|ends| owners.show(*ends));
    owners.hear(&namespace);
    asked.sort_unstable();
    assert_eq!(owners.told.keys().copied().collect::<Vec<_>>(), asked);
    let me = process(std::process::id());
    assert!(owners.told.values().all(|told| told.is(me)), "{:?} are not all {me:?}", owners.told);
}

#[test]
fn who_asked_is_named_whoever_is_at_work_when_the_port_is_known() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("python3")]) {
        return;
    }
    // The kernel says nothing more of that connection until its socket is closed: nobody answers there.
    let cable = Cable::new();
    let Some(mut owners) = Owners::start(&cable.near, &[]) else { return };
    let socket = cable.near.enter(|| Socket::new(Domain::IPV4, Type::STREAM, None).unwrap());
    let script = format!("import socket; s = socket.socket(fileno=0); s.setblocking(False); s.connect_ex(('{}', 443))", Cable::FAR);
    let stdin = OwnedFd::from(socket.try_clone().unwrap());
    let mut client = Command::new("python3").args(["-c", &script]).stdin(stdin).spawn().unwrap();
    // Over, but with its number still its own.
    waitid(Id::Pid(Pid::from_raw(client.id() as i32)), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).unwrap();
    let asked = (socket.local_addr().unwrap().as_socket().unwrap(), SocketAddr::from((Cable::FAR, 443)));
    let who = process(client.id());
    assert!(client.wait().unwrap().success());
    drop(socket);
    owners.show(asked);
    owners.hear(&cable.near);
    assert_eq!(owners.told.keys().collect::<Vec<_>>(), [&asked]);
    assert!(owners.told[&asked].is(who), "{:?} is not {who:?}", owners.told[&asked]);
}

#[test]
fn another_namespace_s_connection_of_the_same_ends_is_nobody_s_here() {
    if !able(&NEEDS) {
        return;
    }
    let namespace = Namespace::new();
    let Some(mut owners) = Owners::start(&namespace, &[]) else { return };
    let elsewhere = Namespace::new();
    let foreign = elsewhere.enter(|| {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        ends(&TcpStream::connect(server.local_addr().unwrap()).unwrap())
    });
    owners.show(foreign);
    owners.hear(&namespace);
    assert_eq!(owners.told, BTreeMap::new());
}

#[test]
fn what_found_no_room_is_counted() {
    if !able(&NEEDS) {
        return;
    }
    let namespace = Namespace::new();
    let Some(mut owners) = Owners::start(&namespace, &[]) else { return };
    let listener = listen(&namespace, "127.0.0.1:0");
    let server = listener.local_addr().unwrap();
    owners.probe.suspend();
    let asked: Vec<Ends> = namespace.enter(|| {
        let one = |port| {
            let (socket, local) = bound((Ipv4Addr::LOCALHOST, port).into());
            socket.connect(&server.into()).unwrap();
            listener.accept().unwrap();
            (local, server)
        };
        (20_000..26_000).map(one).collect()
    });
    owners.probe.resume();
    asked.iter().for_each(|ends| owners.show(*ends));
    owners.hear(&namespace);
    let told = owners.told.len() as u64;
    let lost = owners.probe.stop().get("lost");
    println!("{told} told, {lost} lost");
    assert!(told > 0 && lost > 0);
    assert_eq!(told + lost, asked.len() as u64);
}

#[test]
fn two_more_capabilities_than_capturing_takes_are_enough() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("setpriv")]) {
        return;
    }
    let namespace = Namespace::new();
    if Owners::start(&namespace, &[]).is_none() {
        return;
    }
    let start = |more: &str| {
        let mut command = Command::new("setpriv");
        let kept = format!("--bounding-set=-all,+net_raw,+net_admin,+setuid,+setgid{more}");
        Probe::start(&namespace, command.args(["--inh-caps=-all", &kept, env!("CARGO_BIN_EXE_owners")]))
    };
    let without = start("");
    assert!(without.hear("ebpf ").starts_with("NotPermitted"));
    let notice = without.hear("notice some clients that live only milliseconds have no process: not permitted");
    assert!(notice.contains("sudo setcap cap_net_raw,cap_net_admin,cap_bpf,cap_perfmon+ep "), "{notice}");
    without.stop();
    let with = start(",+bpf,+perfmon");
    assert_eq!(with.hear("ebpf "), "attached");
    with.stop();
}
