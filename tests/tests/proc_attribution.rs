//! Whose the flows of a capture are: a client's, and what comes after it, on loopback.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Duration;

use capture::proc::attribution::Config;
use capture::source::BATCHES_WAITING;
use capture::{Context, Ended, Outlet, Progress, Source, World};
use crossbeam_channel::{Receiver, bounded};
use graph::{Attribution, Basis, ConnId, Endpoint, Event, Initiator, Kind, OriginId, ProcessId, Proto, Side, Time, Tuple};
use tests::{Need, able};

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

/// The next connection of which it is told who has a wanted end.
fn next_owner(batches: &Receiver<capture::Batch>, is_wanted: impl Fn((Tuple, Side)) -> bool) -> (ConnId, ProcessId) {
    loop {
        let batch = batches.recv_timeout(LONG).expect("it is told who has that end");
        for event in batch.events {
            if let Kind::Owner { tuple, conn, side, process, how } = event.kind
                && is_wanted((tuple, side))
            {
                assert_eq!(how, Attribution::Exact);
                return (conn, process);
            }
        }
    }
}

#[test]
fn a_client_has_its_flow_and_no_later_one_between_the_same_ends() {
    if !able(&[Need::Root, Need::Program("bash")]) {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    let (source, feed) = Config { root: "/proc".into(), interfaces: vec!["lo".into()], child: None }.open().unwrap();
    let (outlet, batches) = bounded(BATCHES_WAITING);
    let (commands, commands_out) = bounded(4);
    let (notices, _) = bounded(4);
    let context = Context {
        origin: OriginId(3),
        world: World::alone().unwrap().into(),
        outlet: Outlet(outlet),
        commands: commands_out,
        notices,
        progress: Progress::default().into(),
        clock: || Time::from_secs(1_700_000_000),
    };
    let running = thread::spawn(move || Box::new(source).run(context));

    // It is connected until its input ends.
    let script = format!("exec 3<>/dev/tcp/{}/{}; read x <&3", server.ip(), server.port());
    let mut client = Command::new("bash").args(["-c", &script]).spawn().unwrap();
    let pid = client.id();
    let (mut accepted, from) = listener.accept().unwrap();
    let end = |addr: std::net::SocketAddr| Endpoint { addr: addr.ip(), port: addr.port() };
    let (tuple, side) = Tuple::new(Proto::TCP, end(from), end(server));
    let show = |conn, (tuple, side): (Tuple, Side)| {
        let kind = Kind::Open { tuple, conn, start: Time::ZERO, initiator: Initiator { side, basis: Basis::Handshake } };
        feed.see(&[Event { at: Time::ZERO, origin: OriginId(0), kind }]);
    };
    show(ConnId(1), (tuple, side));
    let (conn, process) = next_owner(&batches, |told| told == (tuple, side));
    assert_eq!((conn, process.pid), (ConnId(1), pid));

    assert!(process.start_ns > 0);

    // Another connection between the same ends need not be its: of that one nothing is told, for what is told of a later one comes next.
    accepted.write_all(b"go\n").unwrap();
    assert!(client.wait().unwrap().success());
    show(ConnId(2), (tuple, side));
    let mine = TcpStream::connect(server).unwrap();
    let later = Tuple::new(Proto::TCP, end(mine.local_addr().unwrap()), end(server));
    show(ConnId(3), later);
    let (conn, process) = next_owner(&batches, |told| told == (tuple, side) || told == later);
    assert_eq!((conn, process.pid), (ConnId(3), std::process::id()));

    commands.send(capture::Command::Stop).unwrap();
    assert_eq!(running.join().unwrap().unwrap(), Ended::Stopped);
}
