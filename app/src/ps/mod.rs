//! `glouglou ps`: the processes of this machine, without a window.

mod json;
mod line;
mod tree;

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use capture::proc::child::ProcChild;
use capture::proc::{self, Proc};
use graph::{Event, Limits, Model, Sink};

use crate::cli::PsArgs;
use crate::computing::Computing;
use crate::open::Processes;
use crate::report::{self, Report};

/// Opens the source. This is where a privilege is used.
pub fn open(args: &PsArgs) -> Result<Proc> {
    Ok(proc::Config { connector: args.follow, once: !args.follow, child: ProcChild::start(), ..proc::Config::default() }.open()?)
}

/// Says what lives, or with `--follow` what happens until the user ends it.
pub fn ps(source: Proc, args: &PsArgs) -> Result<()> {
    let stdout = io::stdout();
    let width = stdout.is_terminal().then(|| terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0)));
    let written = Written { out: io::BufWriter::new(stdout.lock()), args: *args, width };
    report::run(Box::new(source), Processes::default(), Limits::default(), Computing::default(), written)
}

/// What is written, and how.
struct Written<W> {
    out: W,
    args: PsArgs,
    width: Option<usize>,
}

impl<W> Sink for Written<W> {}

impl<W: Write> Report for Written<W> {
    fn hear(&mut self, model: &Model, events: &[Event]) -> io::Result<()> {
        let out = &mut self.out;
        match (self.args.json, self.args.follow) {
            (true, _) => events.iter().try_for_each(|event| json::write(out, event))?,
            (false, true) => events.iter().try_for_each(|event| line::write(out, model, event))?,
            (false, false) => {}
        }
        out.flush()
    }

    fn wants_every_flow(&self) -> bool {
        false
    }

    fn end(&mut self, model: &Model) -> io::Result<()> {
        if !self.args.json && !self.args.follow {
            tree::write(&mut self.out, model, self.width)?;
        }
        self.out.flush()
    }

    fn error(&mut self) -> Option<io::Error> {
        None
    }
}
