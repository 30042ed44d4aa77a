//! Hears connection tracking as the program does, with its privileges given up, and packets of an interface too where one is named.
//!
//! Arguments: any of `interface=NAME`, `buffer=BYTES` (what the kernel keeps until it is read). On standard input: `stop`; any other line
//! is printed as it is.
//!
//! It prints `open`, `notice LEVEL: TEXT [REMEDY]`, `round FLOWS BYTES` each time that the kernel has told of everything (flows that live, and the IP bytes
//! of these and of those that ended), `state STATE`, and last for each flow that there was `flow SRC SPORT DST DPORT SENT RECEIVED TAGS`, then `lost OVERFLOWS`.

use std::error::Error;
use std::io::BufRead;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use capture::conntrack::{self, child::Asker};
use capture::source::{BATCHES_WAITING, Batch, Context, Outlet, Source};
use capture::supervised::{Common, Factory, Supervised, plain_thread, register_columns};
use capture::{Columns, Command, World, live, privilege};
use crossbeam_channel::{bounded, select};
use graph::{Flow, Kind, Limits, Model, Origin, OriginId, Realm, Realms, RegistryBuilder, Sink, Time};

const REALMS: Realms = Realms { local: Realm(1), site: Realm(2) };

fn main() -> ExitCode {
    if let Some(code) = conntrack::child::serve_if_asked() {
        return code;
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |name: &str| arguments.iter().find_map(|argument| argument.strip_prefix(name));
    let live = argument("interface=").map(|name| live::Config::new(name).open()).transpose()?;
    let mut config = conntrack::Config::new(Asker::start());
    if let Some(bytes) = argument("buffer=") {
        config = config.buffering(bytes.parse()?);
    }
    privilege::drop_privileges()?;

    let mut registry = RegistryBuilder::default();
    let columns = Columns::register(&mut registry)?;
    register_columns(&mut registry)?;
    let registry = registry.freeze();
    let mut model = Model::new(registry.clone(), Limits::keep_all());
    model.add_origin(Origin { name: "packets".into(), realms: REALMS });
    let world = Arc::new(World::new(columns, registry, 1));
    let (batches_in, batches) = bounded(BATCHES_WAITING);
    let (notices_in, notices) = bounded(64);
    let (tell_live, commands) = bounded(8);
    if let Some(live) = live {
        let (outlet, notices) = (Outlet(batches_in.clone()), notices_in.clone());
        let context = Context { origin: OriginId(0), world: world.clone(), outlet, commands, notices, progress: Arc::default(), clock };
        std::thread::spawn(move || Box::new(live).run(context));
    }
    let factory = Arc::new(config);
    let (changed, changes) = bounded(64);
    let changed = Arc::new(move || {
        let _full = changed.try_send(());
    });
    let common = Common { world, outlet: Outlet(batches_in), notices: notices_in, realms: REALMS, clock, changed };
    let mut supervised = Supervised::new(factory.clone(), common).ok_or("no origin")?;
    supervised.switch(true, &plain_thread)?;
    println!("open");

    let (stop, stopped) = bounded(1);
    std::thread::spawn(move || {
        let lines = std::io::stdin().lock().lines().map_while(Result::ok);
        lines.take_while(|line| line != "stop").for_each(|line| println!("{line}"));
        let _gone = stop.send(());
    });
    let mut ended = Ended::default();
    let mut stopping = false;
    while !stopping || supervised.is_running() || !batches.is_empty() {
        select! {
            recv(batches) -> batch => take(&mut model, &batch?, &mut ended),
            recv(notices) -> notice => {
                let notice = notice?;
                println!("notice {:?}: {} [{}]", notice.level, notice.text, notice.remedy.unwrap_or_default());
            }
            recv(changes) -> _ => println!("state {:?}", supervised.line().state),
            recv(stopped) -> _ => if !stopping {
                stopping = true;
                supervised.stop();
                let _none_listens = tell_live.try_send(Command::Stop);
            },
            default(std::time::Duration::from_millis(10)) => {}
        }
    }
    model.finish(&mut ended);
    ended.0.iter().for_each(|line| println!("flow {line}"));
    println!("lost {}", factory.tally().get("overflows"));
    Ok(())
}

fn take(model: &mut Model, batch: &Batch, ended: &mut Ended) {
    for event in &batch.events {
        model.apply(batch.now, event, ended);
        if matches!(event.kind, Kind::Round(graph::Round::Told)) {
            let bytes: u64 = model.flows().map(bytes_of).sum();
            println!("round {} {}", model.flows().count(), bytes + ended.1);
        }
    }
    model.advance(batch.now, ended);
}

fn bytes_of(flow: &Flow) -> u64 {
    flow.total().0.sum().ip_bytes
}

/// A line for each flow that ended, and their IP bytes.
#[derive(Default)]
struct Ended(Vec<String>, u64);

impl Sink for Ended {
    fn flow_ended(&mut self, flow: &Flow, model: &Model) {
        let columns: Vec<_> = model.own_columns().map(|(id, _)| id).collect();
        let tags: Vec<String> =
            graph::tags_in_words(model, &columns, flow).into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (src, dst, both) = (flow.src(), flow.dst(), flow.forward());
        let (sent, received) = (both.ab.ip_bytes, both.ba.ip_bytes);
        self.0.push(format!("{} {} {} {} {sent} {received} {}", src.addr, src.port, dst.addr, dst.port, tags.join(",")));
        self.1 += bytes_of(flow);
    }
}

fn clock() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as u64))
}
