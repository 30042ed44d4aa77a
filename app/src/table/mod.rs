//! `glouglou table`: what the model says, without a window.

mod aggregator;
mod asked;
mod columns;
mod csv;
mod delay;
mod json;
mod line;
mod owner;
mod probe;
mod rows;
mod text;

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

pub use asked::asked;
pub use columns::columns;

use anyhow::Result;
use capture::Source;
use capture::file::Detail;
use graph::{Limits, Query};

use crate::cli::TableArgs;
use crate::computing::{Computing, Given};
use crate::open::{Hearing, Opened};
use crate::others::{Beside, Main, Others};
use crate::report;

/// How much of a recording the report needs to hear: on a terminal somebody watches it grow, else only the totals matter.
pub fn detail(args: &TableArgs) -> Detail {
    let watched = io::stdout().is_terminal() && !args.json && !args.csv;
    if watched { Detail::Slices } else { Detail::Totals }
}

/// Runs until the source ends or the user ends it, with probes beside it where these are listened for, and writes to standard output.
pub fn table(opened: Opened, listening: Option<Hearing>, others: &Others, query: Arc<Query>, args: &TableArgs) -> Result<()> {
    let stdout = io::stdout();
    let terminal = stdout.is_terminal();
    let out = io::BufWriter::with_capacity(1 << 16, stdout.lock());
    write(out, terminal, opened, listening, others, query, args)
}

/// The same, written to `out`, which is refreshed where it is a terminal.
///
/// # Errors
/// What is wrong with what was asked for, with what is read, or with where it goes.
pub fn write(
    out: impl Write,
    terminal: bool,
    opened: Opened,
    listening: Option<Hearing>,
    others: &Others,
    query: Arc<Query>,
    args: &TableArgs,
) -> Result<()> {
    let heard = match (&opened, &listening) {
        (Opened::Remote(hearing), _) | (_, Some(hearing)) => Some(hearing.board.clone()),
        _ => None,
    };
    let (recorded, alone) = (matches!(opened, Opened::File(..)), matches!(opened, Opened::Machine(_)));
    let computing = computing(&opened, args);
    let (source, mut beside) = opened.into_sources();
    let main = match (recorded, alone) {
        (true, _) => Main::Recording,
        (_, true) => Main::Nothing,
        _ => Main::Live,
    };
    beside.others = Beside { list: others.list(main), recorded, alone };
    beside.sources.extend(listening.map(|listening| listening.source as Box<dyn Source>));
    let format = if args.json { rows::Format::Json } else { rows::Format::Csv };
    if (args.json || args.csv) && rows::is_of_rows(&query) {
        report::run(source, beside, Limits::keep_all(), computing, rows::RowsReport::new(out, query, format))
    } else if args.json {
        report::run(source, beside, Limits::report(), computing, json::Json::new(out, heard, query))
    } else if args.csv {
        report::run(source, beside, Limits::report(), computing, csv::Csv::new(out, query))
    } else {
        report::run(source, beside, Limits::keep_all(), computing, text::Text::new(out, terminal, query, args)?)
    }
}

/// All computations, with the files of this machine.
fn computing(opened: &Opened, args: &TableArgs) -> Computing {
    let live = !matches!(opened, Opened::File(..) | Opened::Demo(_));
    let (computing, notices) = Computing::of(Given { live, geoip: args.source.databases.geoip.clone(), off: Vec::new() });
    notices.into_iter().for_each(report::tell);
    computing
}

/// What is said of a column that a table does not have: which have nearly its name, or else which there are.
fn unknown_column(name: &str, columns: &[graph::ListColumn], schema: &graph::Schema) -> String {
    let names: Vec<&str> = columns.iter().map(|c| c.name.as_str()).collect();
    // Of what both ends have a table has one of each.
    let called = |near: &str| {
        names.iter().copied().filter(|known| known.strip_suffix(near).is_some_and(|end| end.is_empty() || end.ends_with('.'))).collect()
    };
    match schema.nearest(name).iter().map(|near| called(near)).find(|near: &Vec<&str>| !near.is_empty()) {
        Some(near) => format!("no column {name:?}; did you mean {}? `--sort ?` lists them all", near.join(" or ")),
        None => format!("no column {name:?}: sort by one of {}", names.join(", ")),
    }
}
