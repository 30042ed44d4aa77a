//! What is told without a window: sources on threads of their own, one model and one report on this one.

use std::io;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
use capture::source::BATCHES_WAITING;
use capture::{Command, Context, Ended, Notice, Outlet, Progress, Source};
use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use graph::{Event, Limits, Model, OriginId, Sink};

use crate::computing::Computing;
use crate::open::Processes;
use crate::others::Heard;
use crate::pipeline::{Computer, OwnFeed, clock, new_world};

const REFRESH_EVERY: Duration = Duration::from_millis(250);
const COMMANDS_WAITING: usize = 64;

/// What writes a report.
pub(crate) trait Report: Sink {
    /// The columns are known; nothing was seen yet.
    fn begin(&mut self, _model: &Model) -> io::Result<()> {
        Ok(())
    }
    /// The model has taken these events in.
    fn hear(&mut self, _model: &Model, _events: &[Event]) -> io::Result<()> {
        Ok(())
    }
    /// Called about four times a second.
    fn refresh(&mut self, _model: &Model) -> io::Result<()> {
        Ok(())
    }
    /// The source has ended, and the model still holds what lives.
    fn before_the_end(&mut self, _model: &mut Model) -> io::Result<()> {
        Ok(())
    }
    /// Whether somebody watches it grow.
    fn is_watched(&self) -> bool {
        false
    }
    /// Whether the flows that still live are to be ended and handed over.
    fn wants_every_flow(&self) -> bool {
        true
    }
    /// Everything has ended.
    fn end(&mut self, model: &Model) -> io::Result<()>;
    /// The first error of writing, since a sink cannot return one.
    fn error(&mut self) -> Option<io::Error>;
}

/// Runs `source`, and what tells of the same machine beside it, to its end, or to the user's Ctrl-C, into `report`.
pub(crate) fn run(source: Box<dyn Source>, beside: Processes, limits: Limits, computing: Computing, report: impl Report) -> Result<()> {
    match run_to_end(source, beside, limits, computing, report) {
        Err(error) if is_broken_pipe(&error) => Ok(()), // whoever read it has read enough
        done => done,
    }
}

fn run_to_end(source: Box<dyn Source>, beside: Processes, limits: Limits, mut computing: Computing, mut report: impl Report) -> Result<()> {
    let Processes { sources: beside, feed, others: told_beside, .. } = beside;
    let (recorded, alone) = (told_beside.recorded, told_beside.alone);
    let names: Vec<String> = std::iter::once(source.name()).chain(beside.iter().map(|source| source.name())).collect();
    let feed = feed.map(OwnFeed);
    let (memories, watch) = (computing.memories.clone(), computing.watch.take());
    let (mut model, world, computations) = new_world(&names.iter().map(String::as_str).collect::<Vec<_>>(), limits, computing)?;
    if recorded && !report.is_watched() {
        model.average_rates();
    }
    let mut computer = Computer::new(computations, memories, watch, Default::default(), tell);
    let (batches_in, batches) = bounded(BATCHES_WAITING);
    let (commands, commands_out) = bounded(COMMANDS_WAITING);
    let (notices_in, notices) = bounded(COMMANDS_WAITING);
    let (ended_in, mut ended) = bounded(1);
    let context = |origin, commands| {
        let (outlet, notices) = (Outlet(batches_in.clone()), notices_in.clone());
        Context { origin, world: world.clone(), outlet, commands, notices, progress: Progress::default().into(), clock }
    };
    let main = context(OriginId(0), commands_out);
    let mut others = Vec::new();
    for (source, origin) in beside.into_iter().zip(1..) {
        let (commands, commands_out) = bounded(COMMANDS_WAITING);
        others.push((source, context(OriginId(origin), commands_out), commands));
    }
    let stop = commands.clone();
    match ctrlc::set_handler(move || {
        let _told_already = stop.try_send(Command::Stop);
    }) {
        // One report a program can be ended so: the first.
        Ok(()) | Err(ctrlc::Error::MultipleHandlers) => {}
        Err(error) => return Err(anyhow!(error).context("cannot watch for Ctrl-C")),
    }
    let mut heard = Heard::start(told_beside, &world, &Outlet(batches_in.clone()), &notices_in)?;
    drop((batches_in, notices_in));

    report.begin(&model)?;
    let mut threads = Vec::new();
    let mut others_in = Vec::new();
    for (source, context, commands) in others {
        others_in.push(commands);
        let builder = std::thread::Builder::new().name(source.name());
        let run = move || source.run(context).map(drop);
        threads.push(builder.spawn(run).context("cannot start the thread of processes")?);
    }
    let (begin, may_begin) = bounded::<()>(0);
    let thread = std::thread::Builder::new().name("source".to_owned()).spawn(move || {
        // A recording begins when all that was found in it is known.
        let _begun = may_begin.recv();
        let end = source.run(main);
        others_in.iter().for_each(|commands: &Sender<Command>| {
            let _gone_or_told = commands.try_send(Command::Stop);
        });
        let _the_reader_is_gone = ended_in.send(end);
    });
    let thread = thread.context("cannot start the source thread")?;
    let mut begin = Some(begin);
    let (mut end, mut failed, mut refreshed) = (None, None, Instant::now());
    loop {
        if !heard.goes_on() && (end.is_some() || alone) {
            failed = failed.or(heard.end().err());
            let _told_already = commands.try_send(Command::Stop);
        }
        begin = begin.filter(|_| recorded && heard.goes_on());
        select! {
            recv(batches) -> batch => {
                let Ok(batch) = batch else { break };
                for event in &batch.events {
                    model.apply(batch.now, event, &mut report);
                }
                if let Some(feed) = &feed {
                    feed.see(&batch.events, &model);
                }
                computer.run(&mut model);
                model.advance(batch.now, &mut report);
                report.hear(&model, &batch.events)?;
            }
            recv(computer.moved()) -> told => {
                computer.look_around(told, &mut model);
            }
            recv(notices) -> notice => notice.into_iter().for_each(tell),
            recv(ended) -> how => {
                (end, ended) = (Some(how), never());
                heard.stop();
            }
            default(REFRESH_EVERY) => {}
        }
        if refreshed.elapsed() >= REFRESH_EVERY {
            refreshed = Instant::now();
            report.refresh(&model)?;
        }
        if let Some(error) = report.error() {
            return Err(error.into()); // the channel closes, and the source ends
        }
    }
    computer.end();
    report.before_the_end(&mut model)?;
    if report.wants_every_flow() {
        model.finish(&mut report);
    }
    report.end(&model)?;
    std::mem::forget(model); // the program ends: there is no need to take a million flows apart
    drain(&notices);
    thread.join().map_err(|_| anyhow!("the source thread failed"))?;
    for thread in threads {
        if let Err(error) = thread.join().map_err(|_| anyhow!("the thread of processes failed"))? {
            eprintln!("glouglou: {error}");
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    match end.unwrap_or_else(|| ended.recv()) {
        Ok(Ok(Ended::Finished | Ended::Stopped | Ended::Unheard | Ended::Anew)) => Ok(()),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(anyhow!("the source ended without a word")),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
}

fn drain(notices: &Receiver<Notice>) {
    notices.try_iter().for_each(tell);
}

/// Notices go to standard error: standard output is the report's.
pub(crate) fn tell(Notice { text, remedy, .. }: Notice) {
    match remedy {
        Some(remedy) => eprintln!("glouglou: {text}: {remedy}"),
        None => eprintln!("glouglou: {text}"),
    }
}

/// Writes to `out` unless an earlier write failed.
pub(crate) struct Out<W> {
    out: W,
    error: Option<io::Error>,
}

impl<W> Out<W> {
    pub(crate) fn new(out: W) -> Self {
        Out { out, error: None }
    }

    pub(crate) fn write(&mut self, write: impl FnOnce(&mut W) -> io::Result<()>) {
        if self.error.is_none() {
            self.error = write(&mut self.out).err();
        }
    }

    pub(crate) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.take_error().map_or(Ok(()), Err)
    }
}
