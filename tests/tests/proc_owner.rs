//! Whose a flow is: real sockets over loopback.

use std::io::{BufRead, BufReader};
use std::net::{Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use capture::proc::Owners;
use graph::{Attribution, Endpoint, ProcessId, Proto, Side, Tuple};
use tests::{Need, able};

fn owners() -> Owners {
    Owners::open(Path::new("/proc"), None).unwrap()
}

/// The flow from one end to another, and the side of the first.
fn flow(proto: Proto, from: SocketAddr, to: SocketAddr) -> (Tuple, Side) {
    let end = |addr: SocketAddr| Endpoint { addr: addr.ip().to_canonical(), port: addr.port() };
    Tuple::new(proto, end(from), end(to))
}

fn owner(owners: &mut Owners, proto: Proto, of: SocketAddr, with: SocketAddr) -> Option<(u32, Attribution)> {
    let (tuple, side) = flow(proto, of, with);
    owners.owner(&tuple, side).map(|(process, how)| (process.pid, how))
}

/// A shell that is connected to a listener here, until its input ends.
fn client(listener: &TcpListener) -> (Child, TcpStream) {
    let addr = listener.local_addr().unwrap();
    let script = format!("exec 3<>/dev/tcp/{}/{}; echo open; read x", addr.ip(), addr.port());
    let mut child = Command::new("bash").args(["-c", &script]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (accepted, _) = listener.accept().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "open\n");
    (child, accepted)
}

#[test]
fn both_ends_of_a_connection_have_their_owner() {
    if !able(&[Need::Program("bash")]) {
        return;
    }
    let me = std::process::id();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut owners = owners();
    // The index is as old as this: who begins later is found as the youngest.
    let nobody: SocketAddr = "127.0.0.1:1".parse().unwrap();
    assert_eq!(owner(&mut owners, Proto::TCP, nobody, listener.local_addr().unwrap()), None);
    for _ in 0..20 {
        let (mut child, accepted) = client(&listener);
        let (here, there) = (accepted.local_addr().unwrap(), accepted.peer_addr().unwrap());
        let started = ProcessId { pid: child.id(), start_ns: 1 };
        owners.began(started.pid);
        owners.began(me);
        assert_eq!(owner(&mut owners, Proto::TCP, there, here), Some((child.id(), Attribution::Exact)));
        assert_eq!(owner(&mut owners, Proto::TCP, here, there), Some((me, Attribution::Exact)));
        drop(child.stdin.take());
        child.wait().unwrap();
        // It is over, and so is what it had: nobody is named in its place.
        assert_eq!(owner(&mut owners, Proto::TCP, there, here), None);
        drop(accepted);
    }
}

#[test]
fn who_listens_is_named_as_that() {
    let me = Some((std::process::id(), Attribution::Listener));
    let mut owners = owners();
    let any: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let v4 = TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(owner(&mut owners, Proto::TCP, v4.local_addr().unwrap(), any), me);
    // Another address of the same port is another's.
    let other = SocketAddr::new("127.0.0.2".parse().unwrap(), v4.local_addr().unwrap().port());
    assert_eq!(owner(&mut owners, Proto::TCP, other, any), None);
    // One that listens on all addresses does not own the far end of what goes out to such a port.
    let all = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = all.local_addr().unwrap().port();
    assert_eq!(owner(&mut owners, Proto::TCP, ([127, 0, 0, 1], port).into(), any), me);
    assert_eq!(owner(&mut owners, Proto::TCP, ([192, 0, 2, 1], port).into(), any), None);
}

#[test]
fn ipv6_sockets_own_flows_of_both_families() {
    let me = std::process::id();
    let Ok(listener) = TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)) else { return tests::skip("needs IPv6") };
    let port = listener.local_addr().unwrap().port();
    let mut owners = owners();
    let any: SocketAddr = "127.0.0.1:9".parse().unwrap();
    assert_eq!(owner(&mut owners, Proto::TCP, ([127, 0, 0, 1], port).into(), any), Some((me, Attribution::Listener)));
    let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let (accepted, _) = listener.accept().unwrap();
    let (near, far) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
    assert!(accepted.local_addr().unwrap().is_ipv6());
    assert_eq!(owner(&mut owners, Proto::TCP, near, far), Some((me, Attribution::Exact)));
    assert_eq!(owner(&mut owners, Proto::TCP, far, near), Some((me, Attribution::Exact)));
}

#[test]
fn udp_is_owned_by_connection_or_by_port() {
    let me = std::process::id();
    let mut owners = owners();
    let one = UdpSocket::bind("127.0.0.1:0").unwrap();
    let two = UdpSocket::bind("0.0.0.0:0").unwrap();
    let (near, port) = (one.local_addr().unwrap(), two.local_addr().unwrap().port());
    let far: SocketAddr = ([127, 0, 0, 1], port).into();
    one.connect(far).unwrap();
    assert_eq!(owner(&mut owners, Proto::UDP, near, far), Some((me, Attribution::Exact)));
    assert_eq!(owner(&mut owners, Proto::UDP, far, near), Some((me, Attribution::Port)));
    assert_eq!(owner(&mut owners, Proto::UDP, ([224, 0, 0, 251], port).into(), near), None);
    assert_eq!(owner(&mut owners, Proto::UDP, ([192, 0, 2, 1], port).into(), near), None);
    drop(two);
    // A program that another test starts just now has it too, until it is started.
    tests::wait("nobody's port", || owner(&mut owners, Proto::UDP, far, near).is_none());
    assert_eq!(owner(&mut owners, Proto(1), near, far), None);
}

#[test]
fn what_two_processes_share_by_port_is_nobodys() {
    if !able(&[Need::Program("python3")]) {
        return;
    }
    let script = "import socket, sys\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)\ns.bind(('127.0.0.1', int(sys.argv[1])))\nprint(s.getsockname()[1], flush=True)\nsys.stdin.read()";
    let start = |port: &str| {
        let mut child = Command::new("python3").args(["-c", script, port]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        (child, line.trim().to_owned())
    };
    let (mut first, port) = start("0");
    let addr: SocketAddr = format!("127.0.0.1:{port}").parse().unwrap();
    let any: SocketAddr = "127.0.0.1:9".parse().unwrap();
    assert_eq!(owner(&mut owners(), Proto::UDP, addr, any), Some((first.id(), Attribution::Port)));
    let (mut second, _) = start(&port);
    assert_eq!(owner(&mut owners(), Proto::UDP, addr, any), None);
    for child in [&mut first, &mut second] {
        drop(child.stdin.take());
        child.wait().unwrap();
    }
}

#[test]
fn of_a_hundred_connections_of_one_process_each_is_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut owners = owners();
    let connect = || (TcpStream::connect(listener.local_addr().unwrap()).unwrap(), listener.accept().unwrap().0);
    let pairs: Vec<_> = (0..100).map(|_| connect()).collect();
    for (client, _) in &pairs {
        let (near, far) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
        assert_eq!(owner(&mut owners, Proto::TCP, near, far), Some((std::process::id(), Attribution::Exact)));
    }
}
