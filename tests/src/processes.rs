//! The source of processes, run as the program runs it, and what it told.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use capture::proc::{Config, Visible};
use capture::source::{BATCHES_WAITING, Command, Context, Ended, Notice, Outlet, Progress, Source};
use capture::{World, privilege};
use crossbeam_channel::{Receiver, Sender, bounded};
use graph::{Event, Exit, Image, Kind, Ledger, OriginId, ProcessId, Time};

use crate::wait::PATIENCE;

/// Each has a thread of another name.
static NUMBER: AtomicU32 = AtomicU32::new(1);

type Told = Arc<(Mutex<Vec<Event>>, Condvar)>;

/// A source that runs.
#[derive(Debug)]
pub struct Watch {
    told: Told,
    name: String,
    commands: Sender<Command>,
    notices: Receiver<Notice>,
    source: JoinHandle<Ended>,
    model: JoinHandle<()>,
    /// Whether the kernel tells.
    pub by_kernel: bool,
    /// What is measured.
    pub visible: Visible,
}

impl Watch {
    /// Opens and runs it.
    ///
    /// # Panics
    /// Where it does not open.
    pub fn start(config: Config) -> Watch {
        Watch::begin(config, || ())
    }

    /// The same, but that its thread gives its capabilities up before it runs, as the program's does.
    ///
    /// # Panics
    /// Where it does not open, or they are not given up.
    pub fn start_dropped(config: Config) -> Watch {
        Watch::begin(config, || privilege::drop_capabilities().expect("they can be given up"))
    }

    fn begin(config: Config, opened: impl FnOnce() + Send + 'static) -> Watch {
        let visible = config.visible.clone();
        let (batches, model) = bounded(BATCHES_WAITING);
        let (commands, inbox) = bounded(8);
        let (notice, notices) = bounded(64);
        let context = Context {
            origin: OriginId(0),
            world: World::alone().expect("columns").into(),
            outlet: Outlet(batches),
            commands: inbox,
            notices: notice,
            progress: Arc::new(Progress::default()),
            clock,
        };
        let (tell, is_open) = bounded(1);
        let name = format!("source {}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let source = thread::Builder::new().name(name.clone()).spawn(move || {
            let processes = config.open().expect("it opens");
            tell.send(processes.is_told()).expect("the test waits");
            opened();
            Box::new(processes).run(context).expect("it runs")
        });
        let told = Told::default();
        let into = told.clone();
        let model = thread::spawn(move || {
            for batch in model.iter() {
                lock(&into.0).extend(batch.events);
                into.1.notify_all();
            }
        });
        let by_kernel = is_open.recv().expect("it opens");
        Watch { told, name, commands, notices, source: source.expect("a thread"), model, by_kernel, visible }
    }

    /// One that the kernel tells; none, which is said, where it does not.
    pub fn by_kernel() -> Option<Watch> {
        Watch::start(Config::default()).or_skipped()
    }

    /// Itself, where the kernel tells.
    pub fn or_skipped(self) -> Option<Watch> {
        let watch = self;
        if watch.by_kernel {
            // From then on it is told what happens, not what was there before.
            watch.wait("the first scan", |events| image(events, std::process::id()).map(|_| ()));
            return Some(watch);
        }
        let notice = watch.notice();
        watch.stop();
        crate::skip(&format!("needs process events of the kernel: {notice}"));
        None
    }

    /// What it says to the user first.
    ///
    /// # Panics
    /// Where it says nothing.
    pub fn notice(&self) -> String {
        let notice = self.notices.recv_timeout(PATIENCE).expect("a notice");
        format!("{} [{}]", notice.text, notice.remedy.unwrap_or_default())
    }

    /// Waits until what was told says so.
    ///
    /// # Panics
    /// Where it never does.
    pub fn wait<T>(&self, what: &str, found: impl Fn(&[Event]) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        let mut events = lock(&self.told.0);
        loop {
            if let Some(found) = found(&events) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited for {what}; the last of {} told: {:#?}",
                events.len(),
                &events[events.len().saturating_sub(30)..]
            );
            events = self.told.1.wait_timeout(events, left).unwrap_or_else(|e| e.into_inner()).0;
        }
    }

    /// Processor time of the thread that runs it.
    ///
    /// # Panics
    /// Where it runs no more.
    pub fn worked(&self) -> Duration {
        self.scheduled(0)
    }

    /// How long that thread waited for a processor that others had.
    ///
    /// # Panics
    /// Where it runs no more.
    pub fn waited(&self) -> Duration {
        self.scheduled(1)
    }

    /// A field of its `schedstat`.
    fn scheduled(&self, field: usize) -> Duration {
        let mut tasks = fs::read_dir("/proc/self/task").expect("threads").filter_map(|task| Some(task.ok()?.path()));
        let is_it = |task: &PathBuf| fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim() == self.name);
        let schedstat = fs::read_to_string(tasks.find(is_it).expect("its thread").join("schedstat")).expect("its times");
        Duration::from_nanos(schedstat.split(' ').nth(field).and_then(|nanos| nanos.parse().ok()).expect("nanoseconds"))
    }

    /// Waits for a process to end, and says how.
    pub fn exit(&self, pid: u32) -> Exit {
        self.wait("an end", |events| exit(events, pid))
    }

    /// Stops it. Returns all that it told, its last ledger, and how long it took to end.
    ///
    /// # Panics
    /// Where it panicked.
    pub fn stop(self) -> (Vec<Event>, Ledger, Duration) {
        let began = Instant::now();
        self.commands.send(Command::Stop).expect("it listens");
        assert_eq!(self.source.join().expect("it ends well"), Ended::Stopped);
        let took = began.elapsed();
        self.model.join().expect("its events are taken");
        let events = std::mem::take(&mut *lock(&self.told.0));
        let mut ledgers = events.iter().filter_map(|event| if let Kind::Ledger(ledger) = event.kind { Some(ledger) } else { None });
        let ledger = ledgers.next_back().unwrap_or_default();
        (events, ledger, took)
    }
}

/// What a process ran last.
pub fn image(events: &[Event], pid: u32) -> Option<Arc<Image>> {
    images(events, pid).pop()
}

/// All that a process ran.
pub fn images(events: &[Event], pid: u32) -> Vec<Arc<Image>> {
    let of = |event: &Event| match &event.kind {
        Kind::Exec { process, image, .. } if process.pid == pid => Some(image.clone()),
        _ => None,
    };
    events.iter().filter_map(of).collect()
}

/// How a process ended.
pub fn exit(events: &[Event], pid: u32) -> Option<Exit> {
    events.iter().find_map(|event| match &event.kind {
        Kind::Exit { process, exit } if process.pid == pid => Some(*exit),
        _ => None,
    })
}

/// Every identity under which that number was told, in its order, and what for.
pub fn identities(events: &[Event], pid: u32) -> Vec<(&'static str, ProcessId)> {
    let of = |event: &Event| match &event.kind {
        Kind::Fork { child, .. } => Some(("fork", *child)),
        Kind::Exec { process, .. } => Some(("exec", *process)),
        Kind::Change { process, .. } => Some(("change", *process)),
        Kind::Usage { process, .. } => Some(("usage", *process)),
        Kind::Exit { process, .. } => Some(("exit", *process)),
        _ => None,
    };
    events.iter().filter_map(of).filter(|(_, id)| id.pid == pid).collect()
}

fn lock(events: &Mutex<Vec<Event>>) -> MutexGuard<'_, Vec<Event>> {
    events.lock().unwrap_or_else(|e| e.into_inner())
}

fn clock() -> Time {
    Time(SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_micros() as u64))
}
