//! Whose the flows of a capture are: a client that is gone before anybody shows its flow, on loopback.

use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::Duration;

use capture::proc::attribution::Config;
use capture::source::BATCHES_WAITING;
use capture::{Columns, Context, Ended, Outlet, Progress, Source};
use crossbeam_channel::{Receiver, bounded};
use graph::{Attribution, Basis, ConnId, Endpoint, Event, Initiator, Kind, OriginId, ProcessId, Proto, RegistryBuilder, Side, Time, Tuple};
use tests::{Need, able};

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(20);

fn owner(batches: &Receiver<capture::Batch>, number: ConnId, wanted: (Tuple, Side)) -> (ProcessId, Attribution) {
    loop {
        let batch = batches.recv_timeout(LONG).expect("it is told who has that end");
        for event in batch.events {
            if let Kind::Owner { tuple, conn, side, process, how } = event.kind
                && (conn, tuple, side) == (number, wanted.0, wanted.1)
            {
                return (process, how);
            }
        }
    }
}

#[test]
fn a_client_that_is_gone_has_had_its_flow() {
    if !able(&[Need::Root, Need::Program("bash")]) {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    let (source, feed) = Config { root: "/proc".into(), interface: Some("lo".into()), child: None }.open().unwrap();
    let (outlet, batches) = bounded(BATCHES_WAITING);
    let (commands, commands_out) = bounded(4);
    let (notices, _) = bounded(4);
    let columns = Columns::register(&mut RegistryBuilder::default()).unwrap();
    let context = Context {
        origin: OriginId(3),
        columns,
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
    let show = |conn| {
        let kind = Kind::Open { tuple, conn, start: Time::ZERO, initiator: Initiator { side, basis: Basis::Handshake } };
        feed.see(&[Event { at: Time::ZERO, origin: OriginId(0), kind }]);
    };
    show(ConnId(1));
    let (process, how) = owner(&batches, ConnId(1), (tuple, side));
    assert_eq!((process.pid, how), (pid, Attribution::Exact));

    // Somebody shows it after the client is gone: what was found out is told again.
    accepted.write_all(b"go\n").unwrap();
    assert!(client.wait().unwrap().success());
    show(ConnId(2));
    assert_eq!(owner(&batches, ConnId(2), (tuple, side)), (process, how));
    assert!(process.start_ns > 0);

    commands.send(capture::Command::Stop).unwrap();
    assert_eq!(running.join().unwrap().unwrap(), Ended::Stopped);
}
