//! What a probe watches: packets of an interface, and the processes of its machine.

use std::fmt;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};

use anyhow::{Context as _, Result, anyhow};
use crossbeam_channel::{Receiver, Sender, bounded};
use graph::{OriginId, Time};

use super::RunArgs;
use capture::interfaces;
use capture::proc::attribution::{self, Feed};
use capture::proc::child::ProcChild;
use capture::source::{BATCHES_WAITING, Batch, Command, Context, Ended, Notice, Outlet, Progress, Source, SourceError};
use capture::{World, live, proc};

const COMMANDS_WAITING: usize = 8;
const NOTICES_WAITING: usize = 64;

/// What is open.
pub(super) struct Sources {
    sources: Vec<Box<dyn Source>>,
    feed: Option<Feed>,
}

/// What runs.
pub(super) struct Running {
    threads: Vec<JoinHandle<Result<Ended, SourceError>>>,
}

impl Sources {
    /// Opens them: this is where a privilege is used. What goes to and from the listener's `port` is not told: telling it would be told again.
    pub(super) fn open(args: &RunArgs, port: u16) -> Result<Sources> {
        let mut all = Sources { sources: Vec::new(), feed: None };
        // Before anything is open that it need not inherit.
        let child = if args.no_proc { Ok(None) } else { ProcChild::start() };
        let interface = match &args.interface {
            Some(interface) => interface.clone(),
            None => interfaces::usual().context("no interface is up: name one with -i")?,
        };
        if !args.no_net {
            let mut config = live::Config::new(&interface);
            config.filter = but_own(args.filter.as_deref(), port);
            all.sources.push(Box::new(config.open()?));
        }
        if !args.no_proc {
            let reader = child.clone().ok().flatten();
            all.sources.push(Box::new(proc::Config { child, ..proc::Config::default() }.open()?));
            if !args.no_net {
                let config = attribution::Config { root: "/proc".into(), interface: Some(interface), child: reader };
                let (source, feed) = config.open().context("whose flows are whose is not known")?;
                all.sources.push(Box::new(source));
                all.feed = Some(feed);
            }
        }
        Ok(all)
    }

    /// Runs each on a thread of its own, until Ctrl-C. What they tell comes to `batches`; that ends when all have ended.
    pub(super) fn start(self, world: World, batches: Sender<Batch>, said: Sender<Notice>, clock: fn() -> Time) -> Result<Running> {
        let Sources { sources, feed } = self;
        let world = Arc::new(world);
        let (notices_in, notices) = bounded(NOTICES_WAITING);
        let (told_in, told) = bounded(BATCHES_WAITING);
        let (mut threads, mut commands) = (Vec::new(), Vec::new());
        for (source, origin) in sources.into_iter().zip(0..) {
            let (tell, inbox) = bounded(COMMANDS_WAITING);
            let context = Context {
                origin: OriginId(origin),
                world: world.clone(),
                outlet: Outlet(told_in.clone()),
                commands: inbox,
                notices: notices_in.clone(),
                progress: Progress::default().into(),
                clock,
            };
            commands.push(tell);
            threads.push(Builder::new().name(source.name()).spawn(move || source.run(context)).context("cannot start a thread")?);
        }
        drop((told_in, notices_in));
        let tell = move |notice: Notice| {
            tell(&notice);
            // Who listens hears it, too; where too many wait it is said here alone.
            let _full_or_gone = said.try_send(notice);
        };
        Builder::new().name("notices".into()).spawn(move || notices.iter().for_each(tell)).context("cannot start a thread")?;
        Builder::new().name("feed".into()).spawn(move || pass_on(&told, feed, &batches)).context("cannot start a thread")?;
        let stop = move || {
            commands.iter().for_each(|command| {
                let _told_or_gone = command.try_send(Command::Stop);
            });
        };
        ctrlc::set_handler(stop).context("cannot watch for Ctrl-C")?;
        Ok(Running { threads })
    }
}

/// What the user wants, but for what this program itself sends.
fn but_own(filter: Option<&str>, port: u16) -> String {
    match filter.map(str::trim).filter(|filter| !filter.is_empty()) {
        Some(filter) => format!("({filter}) and not (udp port {port})"),
        None => format!("not (udp port {port})"),
    }
}

/// Every event is heard by who looks for owners, too.
fn pass_on(told: &Receiver<Batch>, feed: Option<Feed>, batches: &Sender<Batch>) {
    for batch in told {
        if let Some(feed) = &feed {
            feed.see(&batch.events);
        }
        if batches.send(batch).is_err() {
            return;
        }
    }
}

fn tell(Notice { text, remedy, .. }: &Notice) {
    match remedy {
        Some(remedy) => eprintln!("ggprobe: {text}: {remedy}"),
        None => eprintln!("ggprobe: {text}"),
    }
}

impl Running {
    /// Waits until all have ended; the first that failed says so.
    pub(super) fn join(self) -> Result<()> {
        for thread in self.threads {
            thread.join().map_err(|_| anyhow!("a source failed"))??;
        }
        Ok(())
    }
}

impl fmt::Display for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.sources.iter().map(|source| source.name()).collect();
        write!(f, "watches {}", names.join(", "))
    }
}
