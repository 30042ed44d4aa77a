//! Captures on an interface as the program does, and says on standard output what comes of it.
//!
//! Arguments: the interface, then any of `filter=EXPRESSION`, `drop` (give privileges up once it is open), `drop-first`
//! (before), `thread` (start a thread before giving them up). On standard input: `stop`, or `filter EXPRESSION`.
//!
//! It prints `dropped NAME UID GID HOME`, `cookies WHAT-XAUTHORITY-HOLDS`, `open`, `notice LEVEL: TEXT [REMEDY]`, `filter: ANSWER`, `packets N` each time a
//! ledger says more, `ended HOW`, and last `account NAME=NUMBER …`; or `error: TEXT`, and ends with a code that is not zero.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use capture::live::Config;
use capture::source::{BATCHES_WAITING, Batch, Command, Context, Outlet, Progress, Source};
use capture::{World, privilege};
use crossbeam_channel::{Receiver, Sender, bounded};
use graph::{Kind, Ledger, OriginId, Time};

fn main() {
    if let Err(error) = run() {
        println!("error: {error}");
        std::process::exit(2);
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut config = Config::new(arguments.next().ok_or("which interface?")?);
    let rest: Vec<String> = arguments.collect();
    let has = |word: &str| rest.iter().any(|a| a == word);
    if let Some(filter) = rest.iter().find_map(|a| a.strip_prefix("filter=")) {
        config.filter = filter.to_owned();
    }
    if has("thread") {
        thread::spawn(thread::park);
    }
    if has("drop-first") {
        drop_privileges()?;
    }
    let live = Box::new(config.open()?);
    if has("drop") {
        drop_privileges()?;
    }
    println!("open");
    capture(live)
}

fn drop_privileges() -> Result<(), privilege::PrivilegeError> {
    let dropped = privilege::drop_privileges()?;
    let home = std::env::var("HOME").unwrap_or_default();
    println!("dropped {} {} {} {home}", dropped.user, dropped.uid, dropped.gid);
    if let Some(cookies) = std::env::var_os("XAUTHORITY") {
        println!("cookies {}", std::fs::read_to_string(cookies).unwrap_or_default());
    }
    Ok(())
}

fn capture(live: Box<dyn Source>) -> Result<(), Box<dyn std::error::Error>> {
    let (batches, model) = bounded(BATCHES_WAITING);
    let (command, commands) = bounded(8);
    let (notices, notice) = bounded(64);
    let context = Context {
        origin: OriginId(0),
        world: World::alone()?.into(),
        outlet: Outlet(batches),
        commands,
        notices,
        progress: Arc::new(Progress::default()),
        clock,
    };
    thread::spawn(move || {
        notice.iter().for_each(|n: capture::Notice| {
            println!("notice {:?}: {} [{}]", n.level, n.text, n.remedy.unwrap_or_default());
        })
    });
    thread::spawn(move || obey(&command));
    let account = thread::spawn(move || sum(&model));
    let ended = thread::spawn(move || live.run(context)).join().map_err(|_| "the source panicked")?;
    let account = account.join().map_err(|_| "the sum panicked")?;
    println!("ended {:?}", ended?);
    println!("account {account}");
    Ok(())
}

fn obey(command: &Sender<Command>) {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        match line.strip_prefix("filter ") {
            Some(text) => {
                let (answer, answered) = bounded(1);
                let _ended = command.send(Command::Filter { text: text.into(), answer });
                println!("filter: {:?}", answered.recv());
            }
            None => break,
        }
    }
    let _ended = command.send(Command::Stop);
    thread::park();
}

/// Keeps the last ledger and every connection's last total.
fn sum(model: &Receiver<Batch>) -> String {
    let mut last = Ledger::default();
    let mut totals = BTreeMap::new();
    for event in model.iter().flat_map(|batch| batch.events) {
        match event.kind {
            Kind::Data { tuple, conn, total, .. } | Kind::Close { tuple, conn, total, .. } => {
                totals.insert((tuple, conn), total);
            }
            Kind::Ledger(ledger) => {
                if ledger.packets > last.packets {
                    println!("packets {}", ledger.packets);
                }
                last = ledger;
            }
            _ => {}
        }
    }
    let flow_packets: u64 = totals.values().map(|total| total.0.sum().packets).sum();
    format!(
        "packets={} bytes={} no_ip={} malformed={} lost_kernel={} lost_interface={} lost_queue={} flows={} flow_packets={flow_packets}",
        last.packets,
        last.bytes,
        last.no_ip,
        last.malformed,
        last.lost_kernel,
        last.lost_interface,
        last.lost_queue,
        totals.len()
    )
}

fn clock() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as u64))
}
