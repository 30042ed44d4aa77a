//! `glouglou table`: what the model says, without a window.

mod csv;
mod json;
mod line;
mod owner;
mod run;
mod text;

pub(crate) use run::tell;

use std::io::{self, IsTerminal};

use anyhow::{Result, bail};
use capture::file::Detail;
use graph::Limits;

use crate::cli::TableArgs;
use crate::open::Opened;

/// How much of a recording the report needs to hear: on a terminal somebody watches it grow, else only the totals matter.
pub fn detail(args: &TableArgs) -> Detail {
    let watched = io::stdout().is_terminal() && !args.json && !args.csv;
    if watched { Detail::Slices } else { Detail::Totals }
}

/// Runs until the source ends or the user ends it, and writes to standard output.
pub fn table(opened: Opened, args: &TableArgs) -> Result<()> {
    let stdout = io::stdout();
    let terminal = stdout.is_terminal();
    let out = io::BufWriter::with_capacity(1 << 16, stdout.lock());
    let done = if args.json {
        run::run(opened, Limits::report(), json::Json::new(out))
    } else if args.csv {
        run::run(opened, Limits::report(), csv::Csv::new(out))
    } else {
        run::run(opened, Limits::keep_all(), text::Text::new(out, terminal, args)?)
    };
    match done {
        Err(error) if is_broken_pipe(&error) => Ok(()), // whoever read it has read enough
        done => done,
    }
}

/// What writes a report.
pub(crate) trait Report: graph::Sink {
    /// The columns are known; nothing was seen yet.
    fn begin(&mut self, _model: &graph::Model) -> io::Result<()> {
        Ok(())
    }
    /// Called about four times a second.
    fn refresh(&mut self, _model: &graph::Model) -> io::Result<()> {
        Ok(())
    }
    /// The source has ended, and the model still holds what lives.
    fn before_the_end(&mut self, _model: &graph::Model) -> io::Result<()> {
        Ok(())
    }
    /// Whether the flows that still live are to be ended and handed over.
    fn wants_every_flow(&self) -> bool {
        true
    }
    /// Everything has ended.
    fn end(&mut self, model: &graph::Model) -> io::Result<()>;
    /// The first error of writing, since a sink cannot return one.
    fn error(&mut self) -> Option<io::Error>;
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
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

fn unknown_column(name: &str, columns: &[graph::ListColumn]) -> Result<()> {
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    bail!("no column {name:?}: sort by one of {}", names.join(", "))
}
