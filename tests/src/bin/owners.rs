//! Looks for the owners of flows as the program does, with its privileges given up, and says on standard output what comes of it.
//!
//! Arguments: none, or the interface whose connections are looked at as they begin. On standard input: `show LOCAL REMOTE`, a flow that is
//! shown from now on, or `stop`.
//!
//! It prints `ebpf attached`, or `ebpf` and why not; `ready NAME`, whom it became; `owner LOCAL REMOTE PID START_NS HOW` for each that it
//! finds; `notice TEXT [REMEDY]`; and last `account lost=NUMBER`; or `error: TEXT`, and ends with a code that is not zero.

use std::error::Error;
use std::io::BufRead;
use std::net::SocketAddr;
use std::thread;

use capture::proc::attribution::{Config, Feed};
use capture::source::{BATCHES_WAITING, Batch, Command, Context, Notice, Outlet, Progress, Source};
use capture::{World, privilege};
use crossbeam_channel::{Receiver, bounded};
use graph::{Basis, ConnId, Endpoint, Event, Initiator, Kind, OriginId, Proto, Time, Tuple};

fn main() {
    if let Err(error) = run() {
        println!("error: {error}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (source, feed) = Config { root: "/proc".into(), interfaces: std::env::args().skip(1).collect(), child: None }.open()?;
    match source.refused() {
        None => println!("ebpf attached"),
        Some(refused) => println!("ebpf {refused:?}: {refused}"),
    }
    println!("ready {}", privilege::drop_privileges()?.user);
    let (batches, model) = bounded(BATCHES_WAITING);
    let (command, commands) = bounded(8);
    let (notices, notice) = bounded(64);
    let context = Context {
        origin: OriginId(0),
        world: World::alone()?.into(),
        outlet: Outlet(batches),
        commands,
        notices,
        progress: Progress::default().into(),
        clock: || Time::from_secs(1_700_000_000),
    };
    thread::spawn(move || notice.iter().for_each(|Notice { text, remedy, .. }| println!("notice {text} [{}]", remedy.unwrap_or_default())));
    let model = thread::spawn(move || print(&model));
    let source = thread::spawn(move || Box::new(source).run(context));
    obey(&feed)?;
    command.send(Command::Stop)?;
    source.join().map_err(|_| "the source panicked")??;
    println!("account lost={}", model.join().map_err(|_| "the printer panicked")?);
    Ok(())
}

fn obey(feed: &Feed) -> Result<(), Box<dyn Error>> {
    for (number, line) in (1..).zip(std::io::stdin().lock().lines()) {
        let line = line?;
        let Some((local, remote)) = line.strip_prefix("show ").and_then(|ends| ends.split_once(' ')) else { break };
        let (tuple, side) = Tuple::new(Proto::TCP, end(local.parse()?), end(remote.parse()?));
        let initiator = Initiator { side, basis: Basis::Handshake };
        let kind = Kind::Open { tuple, conn: ConnId(number), start: Time::ZERO, initiator };
        feed.see(&[Event { at: Time::ZERO, origin: OriginId(1), kind }]);
    }
    Ok(())
}

/// Prints who owns what, and returns what was lost.
fn print(model: &Receiver<Batch>) -> u64 {
    let mut lost = 0;
    for event in model.iter().flat_map(|batch| batch.events) {
        match event.kind {
            Kind::Owner { tuple, side, process, how, .. } => {
                let addr = |end: Endpoint| SocketAddr::from((end.addr, end.port));
                let (local, remote) = (addr(tuple.end(side)), addr(tuple.end(side.other())));
                println!("owner {local} {remote} {} {} {how:?}", process.pid, process.start_ns);
            }
            Kind::Ledger(ledger) => lost = ledger.lost_owner,
            _ => {}
        }
    }
    lost
}

fn end(addr: SocketAddr) -> Endpoint {
    Endpoint { addr: addr.ip(), port: addr.port() }
}
