//! `glouglou ps`: the processes of this machine, without a window.

mod json;
mod line;
mod tree;

use std::io::{self, IsTerminal, Write};

use anyhow::{Context as _, Result, anyhow};
use capture::proc::child::ProcChild;
use capture::proc::{self, Proc};
use capture::source::BATCHES_WAITING;
use capture::{Command, Context, Outlet, Progress, Source};
use crossbeam_channel::bounded;
use graph::{Event, Limits, Model};

use crate::cli::PsArgs;
use crate::pipeline::{clock, new_model};

/// Opens the source. This is where a privilege is used.
pub fn open(args: &PsArgs) -> Result<Proc> {
    Ok(proc::Config { connector: args.follow, once: !args.follow, child: ProcChild::start(), ..proc::Config::default() }.open()?)
}

/// Says what lives, or with `--follow` what happens until the user ends it.
pub fn ps(source: Proc, args: &PsArgs) -> Result<()> {
    let stdout = io::stdout();
    let width = stdout.is_terminal().then(|| terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0)));
    let mut out = io::BufWriter::new(stdout.lock());
    let done = run(source, |model, events, last| {
        match (args.json, args.follow) {
            (true, _) => events.iter().try_for_each(|event| json::write(&mut out, event))?,
            (false, true) => events.iter().try_for_each(|event| line::write(&mut out, model, event))?,
            (false, false) if last => tree::write(&mut out, model, width)?,
            (false, false) => {}
        }
        out.flush()
    });
    match done {
        Err(error) if error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) => Ok(()),
        done => done,
    }
}

/// Runs the source beside this thread. `tell` is given the model after each batch and the batch's events, and once more at the end.
fn run(source: Proc, mut tell: impl FnMut(&Model, &[Event], bool) -> io::Result<()>) -> Result<()> {
    let (mut model, columns, origin) = new_model(&source.name(), Limits::default())?;
    let (batches_in, batches) = bounded(BATCHES_WAITING);
    let (commands, commands_out) = bounded(1);
    let (notices_in, notices) = bounded(1);
    let outlet = Outlet(batches_in);
    let context =
        Context { origin, columns, outlet, commands: commands_out, notices: notices_in, progress: Progress::default().into(), clock };
    ctrlc::set_handler(move || {
        let _told_already = commands.try_send(Command::Stop);
    })
    .context("cannot watch for Ctrl-C")?;
    let thread = std::thread::Builder::new().name("processes".to_owned()).spawn(move || Box::new(source).run(context));
    let thread = thread.context("cannot start the thread of processes")?;
    for batch in batches {
        notices.try_iter().for_each(crate::table::tell);
        for event in &batch.events {
            model.apply(batch.now, event, &mut ());
        }
        model.advance(batch.now, &mut ());
        tell(&model, &batch.events, false)?;
    }
    tell(&model, &[], true)?;
    thread.join().map_err(|_| anyhow!("the thread of processes failed"))??;
    Ok(())
}
