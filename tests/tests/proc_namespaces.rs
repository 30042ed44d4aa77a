//! Whose a flow is that ends in another network namespace of this machine, as a container's does.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tests::netns::{NEEDS, Namespace};
use tests::probe::Probe;
use tests::{Need, able};

const OUTSIDE: &str = "10.98.1.1";
const INSIDE: &str = "10.98.1.2";

/// A shell inside, whose first line says that it got so far; it ends when this is dropped.
struct Shell(Child);

impl Shell {
    fn inside(namespace: &Namespace, script: &str) -> Shell {
        let start = || Command::new("bash").args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut shell = Shell(namespace.enter(start));
        let mut line = String::new();
        BufReader::new(shell.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "open\n");
        shell
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A namespace that is reached from the host at an address of its own.
fn container(host: &Namespace, interface: &str) -> Namespace {
    let container = Namespace::new();
    host.ip(&["link", "add", interface, "type", "veth", "peer", "name", "eth0", "netns", container.name()]);
    host.ip(&["link", "set", interface, "up"]);
    container.ip(&["address", "add", &format!("{INSIDE}/24"), "dev", "eth0"]);
    container.ip(&["link", "set", "eth0", "up"]);
    container
}

/// Asks until that is the answer: the other namespaces are looked at only so often. What is said meanwhile must be one of `before`.
fn owner(probe: &mut Probe, end: SocketAddr, other: SocketAddr, expected: &str, before: &[&str]) {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        probe.say(&format!("owner {end} {other}"));
        let said = probe.hear("owner");
        if said == expected {
            return;
        }
        assert!(before.contains(&said.as_str()), "{said} of {end} {other}");
        assert!(Instant::now() < until, "nobody is named, not {expected}");
    }
}

#[test]
fn a_container_s_flow_has_its_process() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("bash")]) {
        return;
    }
    let host = Namespace::new();
    let mut probe = Probe::start(&host, Command::new(env!("CARGO_BIN_EXE_child")).arg("look"));
    probe.hear("ready");

    let first = container(&host, "one");
    host.ip(&["address", "add", &format!("{OUTSIDE}/24"), "dev", "one"]);
    let outside = host.enter(|| TcpListener::bind((OUTSIDE, 0)).unwrap());
    let server = outside.local_addr().unwrap();
    let connect = format!("exec 3<>/dev/tcp/{}/{}; echo open; read x", server.ip(), server.port());
    let shell = Shell::inside(&first, &connect);
    let (_accepted, from) = outside.accept().unwrap();
    owner(&mut probe, from, server, &format!("Some(({}, Exact))", shell.0.id()), &["None"]);

    // Who listens inside is known before the connection is accepted, and its owner exactly once it is: here it is this process.
    let me = std::process::id();
    let (listens, has) = (format!("Some(({me}, Listener))"), format!("Some(({me}, Exact))"));
    let inside = first.enter(|| TcpListener::bind((INSIDE, 0)).unwrap());
    let service = inside.local_addr().unwrap();
    let client: SocketAddr = format!("{OUTSIDE}:4711").parse().unwrap();
    owner(&mut probe, service, client, &listens, &["None"]);
    let connected = host.enter(|| TcpStream::connect(service).unwrap());
    let _accepted = inside.accept().unwrap();
    owner(&mut probe, service, connected.local_addr().unwrap(), &has, &["None", &listens]);

    // Another one has the same address: what listens may be in either, what is connected is in one alone.
    let second = container(&host, "two");
    let waits = Shell::inside(&second, "echo open; read x");
    probe.say(&format!("began {}", waits.0.id()));
    owner(&mut probe, service, client, "None", &[]);
    let other = Shell::inside(&first, &connect);
    let (_accepted, from) = outside.accept().unwrap();
    owner(&mut probe, from, server, &format!("Some(({}, Exact))", other.0.id()), &["None"]);
    owner(&mut probe, service, client, "None", &[]);
}
