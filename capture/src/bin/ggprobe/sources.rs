//! What a probe watches: packets of interfaces, and the processes of its machine.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use anyhow::{Context as _, Result, anyhow};
use crossbeam_channel::{Receiver, Sender, bounded};
use graph::{OriginId, Time};

use super::cli::RunArgs;
use capture::interfaces;
use capture::live::Reopen;
use capture::proc::attribution::{self, Feed};
use capture::proc::child::ProcChild;
use capture::source::{BATCHES_WAITING, Batch, Command, Context, Ended, Notice, Outlet, Progress, Source, SourceError};
use capture::trace::{self, Tracer};
use capture::{Own, World, dummy, live, proc};

const COMMANDS_WAITING: usize = 8;
const NOTICES_WAITING: usize = 64;

/// What is open.
#[derive(Default)]
pub(super) struct Sources {
    live: Vec<live::Live>,
    others: Vec<Box<dyn Source>>,
    feed: Option<Feed>,
    traced: Option<trace::Feed>,
    /// What tracing routes sends.
    echo_id: Option<u16>,
    processes: bool,
}

/// What is to be watched.
pub(super) struct What {
    /// The interfaces; none is the usual one.
    pub(super) interfaces: Vec<String>,
    /// Whether their packets are.
    pub(super) network: bool,
    /// Whether the processes of this machine are.
    pub(super) processes: bool,
    /// Whether packets for others are taken, too.
    pub(super) promiscuous: bool,
    /// Whether routes are traced.
    pub(super) trace: bool,
    /// One packet in so many is looked at.
    pub(super) sample: u32,
}

impl What {
    /// What the user says.
    pub(super) fn of(args: &RunArgs) -> What {
        What {
            interfaces: args.interfaces.clone(),
            network: !args.no_net,
            processes: !args.no_proc,
            promiscuous: true,
            trace: args.trace,
            sample: args.sample,
        }
    }

    /// Where to capture: each interface once.
    fn interfaces(&self) -> Result<Vec<String>> {
        if !self.network {
            return Ok(Vec::new());
        }
        let mut all: Vec<String> = Vec::new();
        for name in &self.interfaces {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        if all.is_empty() {
            all.push(interfaces::usual().context("no interface is up: name one with -i")?);
        }
        Ok(all)
    }
}

/// What runs.
pub(super) struct Running {
    threads: Vec<JoinHandle<Result<Ended, SourceError>>>,
    stopper: Stopper,
}

/// Tells all of them to stop.
#[derive(Clone)]
struct Stopper(Arc<[Sender<Command>]>);

impl Stopper {
    fn stop(&self) {
        self.0.iter().for_each(|command| {
            let _told_or_gone = command.try_send(Command::Stop);
        });
    }
}

impl Sources {
    /// Opens them: this is where a privilege is used.
    pub(super) fn open(what: &What) -> Result<Sources> {
        let mut all = Sources { processes: what.processes, ..Sources::default() };
        // Before anything is open that it need not inherit.
        let tracer = what.trace.then(Tracer::start).transpose().context("--trace")?;
        let child = if what.processes { ProcChild::start() } else { Ok(None) };
        let interfaces = what.interfaces()?;
        for interface in &interfaces {
            let mut config = live::Config { reopen: Reopen::Starter, sample: what.sample, ..live::Config::new(interface) };
            config.promiscuous &= what.promiscuous;
            all.live.push(config.open()?);
        }
        if what.processes {
            let reader = child.clone().ok().flatten();
            all.others.push(Box::new(proc::Config { child, ..proc::Config::default() }.open()?));
            if !interfaces.is_empty() {
                let config = attribution::Config { root: "/proc".into(), interfaces, child: reader };
                let (source, feed) = config.open().context("whose flows are whose is not known")?;
                all.others.push(Box::new(source));
                all.feed = Some(feed);
            }
        }
        if let Some((tracer, feed)) = tracer {
            (all.echo_id, all.traced) = (Some(tracer.echo_id()), Some(feed));
            all.others.push(Box::new(tracer));
        }
        Ok(all)
    }

    /// A load that is made up.
    pub(super) fn made_up(config: dummy::Config) -> Sources {
        Sources { others: vec![Box::new(config.open())], ..Sources::default() }
    }

    /// Whether the processes of this machine are among them.
    pub(super) fn have_processes(&self) -> bool {
        self.processes
    }

    /// Compiles what the user wants, without a privilege. What goes to and from `own_port`, where this program sends or is asked, is not told: telling it would be told
    /// again.
    pub(super) fn set_filter(&mut self, filter: Option<&str>, own_port: Option<u16>) -> Result<()> {
        for live in &mut self.live {
            live.leave_out(Own { udp_port: own_port, echo_id: self.echo_id });
            live.set_filter(&but_own(filter, own_port))
                .context("a filter takes numbers here, no names of ports or hosts: there is no file to look them up in")?;
        }
        Ok(())
    }

    /// What the interfaces are called, by the origin that each will be.
    pub(super) fn interfaces(&self) -> BTreeMap<OriginId, Arc<str>> {
        (0..).map(OriginId).zip(self.live.iter().map(|live| live.name().into())).collect()
    }

    /// Runs each on a thread of its own, until Ctrl-C. What they tell comes to `batches`; that ends when all have ended.
    pub(super) fn start(
        self,
        world: World,
        batches: Sender<Batch>,
        said: Sender<Notice>,
        clock: fn() -> Time,
        say: fn(&Notice),
    ) -> Result<Running> {
        let Sources { live, others, feed, traced, .. } = self;
        let sources: Vec<Box<dyn Source>> = live.into_iter().map(|live| Box::new(live) as Box<dyn Source>).chain(others).collect();
        let world = Arc::new(world);
        let (notices_in, notices) = bounded(NOTICES_WAITING);
        let (told_in, told) = bounded(BATCHES_WAITING);
        let mut threads = Vec::new();
        let (commands, inboxes): (Vec<_>, Vec<_>) = sources.iter().map(|_| bounded(COMMANDS_WAITING)).unzip();
        let stopper = Stopper(commands.into());
        for ((source, inbox), origin) in sources.into_iter().zip(inboxes).zip(0..) {
            let name = source.name();
            let context = Context {
                origin: OriginId(origin),
                world: world.clone(),
                outlet: Outlet(told_in.clone()),
                commands: inbox,
                notices: notices_in.clone(),
                progress: Progress::default().into(),
                clock,
            };
            // None goes on without the others: whoever started this process starts them all again.
            let others = stopper.clone();
            let run = move || {
                let ended = source.run(context);
                others.stop();
                ended
            };
            threads.push(Builder::new().name(name).spawn(run).context("cannot start a thread")?);
        }
        drop((told_in, notices_in));
        let tell = move |notice: Notice| {
            say(&notice);
            // Who listens hears it, too; where too many wait it is said here alone.
            let _full_or_gone = said.try_send(notice);
        };
        Builder::new().name("notices".into()).spawn(move || notices.iter().for_each(tell)).context("cannot start a thread")?;
        let hear = move || pass_on(&told, feed.as_ref(), traced.as_ref(), &batches);
        Builder::new().name("feed".into()).spawn(hear).context("cannot start a thread")?;
        let stop = stopper.clone();
        ctrlc::set_handler(move || stop.stop()).context("cannot watch for Ctrl-C")?;
        Ok(Running { threads, stopper })
    }
}

/// What the user wants, but for what goes to and from a port of this program itself.
fn but_own(filter: Option<&str>, port: Option<u16>) -> String {
    match (filter.map(str::trim).filter(|filter| !filter.is_empty()), port) {
        (Some(filter), Some(port)) => format!("({filter}) and not (udp port {port})"),
        (None, Some(port)) => format!("not (udp port {port})"),
        (filter, None) => filter.unwrap_or_default().to_owned(),
    }
}

/// Every event is heard by who looks for owners, and by who traces routes, too.
fn pass_on(told: &Receiver<Batch>, feed: Option<&Feed>, traced: Option<&trace::Feed>, batches: &Sender<Batch>) {
    for batch in told {
        feed.iter().for_each(|feed| feed.see(&batch.events));
        traced.iter().for_each(|feed| feed.see(&batch.events));
        if batches.send(batch).is_err() {
            return;
        }
    }
}

/// Says what a user should know.
pub(super) fn say(Notice { text, remedy, .. }: &Notice) {
    match remedy {
        Some(remedy) => eprintln!("ggprobe: {text}: {remedy}"),
        None => eprintln!("ggprobe: {text}"),
    }
}

impl Running {
    /// What tells all to stop.
    pub(super) fn stopper(&self) -> impl FnOnce() + Send + use<> {
        let stopper = self.stopper.clone();
        move || stopper.stop()
    }

    /// Waits until all have ended. That one has to be opened anew comes before that another failed: for the same reason, as when an interface goes.
    pub(super) fn join(self) -> Result<Ended> {
        let ended: Vec<_> = self.threads.into_iter().map(JoinHandle::join).collect();
        if ended.iter().any(|ended| matches!(ended, Ok(Ok(Ended::Anew)))) {
            return Ok(Ended::Anew);
        }
        for ended in ended {
            ended.map_err(|_| anyhow!("a source failed"))??;
        }
        Ok(Ended::Stopped)
    }
}

impl fmt::Display for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let live = self.live.iter().map(Source::name);
        let names: Vec<String> = live.chain(self.others.iter().map(|source| source.name())).collect();
        write!(f, "watches {}", names.join(", "))
    }
}
