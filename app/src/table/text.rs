//! The table that people read: refreshed on a terminal, once when piped.

use std::io::{self, Write};
use std::sync::Arc;

use anyhow::{Result, bail};
use graph::{Cell, Flow, Ledger, ListColumn, Model, Query, Request, Sink, Table};

use super::rows::{Ended, answer, is_of_rows};
use super::unknown_column;
use crate::cli::{Rows as By, TableArgs};
use crate::report::{Out, Report};
use crate::units;

/// Rows when nobody said how many and there is no terminal.
const TOP_PIPED: usize = 50;
/// Columns of flows that are shown wherever one of the rows has something to say in them.
const OF_PROCESSES: [&str; 3] = ["pid", "user", "parent"];
/// The widest column.
const MAX_WIDTH: usize = 40;

pub(super) struct Text<W> {
    out: Out<W>,
    terminal: bool,
    request: Request,
    query: Arc<Query>,
    ended: Ended,
    top: Option<usize>,
}

impl<W: Write> Text<W> {
    pub(super) fn new(out: W, terminal: bool, query: Arc<Query>, args: &TableArgs) -> Result<Self> {
        let (table, usual) = match args.by {
            By::Flows => (Table::Flows, if terminal { "rate" } else { "packets" }),
            By::Hosts => (Table::Hosts, if terminal { "rate" } else { "packets" }),
            By::Services => (Table::Services, if terminal { "rate" } else { "bytes" }),
            By::Processes => (Table::Processes, if terminal { "rate" } else { "bytes_sent" }),
        };
        let (model, ..) = crate::pipeline::new_model(&[""], graph::Limits::default())?;
        let columns = model.list_columns(table);
        anyhow::ensure!(query.aggregate.is_none() || table == Table::Flows, "the query sums flows: leave --by out");
        let sort = match &args.sort {
            Some(name) if columns.iter().any(|c| c.is_called(name)) => name.clone(),
            Some(name) => bail!(unknown_column(name, &columns, model.schema())),
            None => usual.to_owned(),
        };
        let request = Request { table, sort, descending: true, filter: query.clone(), of: None, tree: None, offset: 0, len: 0 };
        Ok(Text { out: Out::new(out), terminal, request, query, ended: Ended::default(), top: args.top })
    }

    fn grid(&self, model: &Model, room: Option<usize>) -> Grid {
        let len = match self.top {
            Some(0) => usize::MAX,
            Some(top) => top,
            None => room.unwrap_or(TOP_PIPED),
        };
        let (columns, mut cells, total) = answer(model, &self.query, &Request { len, ..self.request.clone() }, &self.ended);
        cells.truncate(len);
        Grid { columns, cells, total, asked: is_of_rows(&self.query) }
    }

    fn draw(&mut self, model: &Model, room: Option<usize>, width: Option<usize>) {
        let grid = self.grid(model, room);
        let text = lay_out(&grid, width);
        let foot = foot(model, &grid, &self.query, self.request.table);
        self.out.write(|out| write!(out, "{text}{foot}"));
    }
}

/// What is written: every column, and the cells of each row.
struct Grid {
    columns: Arc<[ListColumn]>,
    cells: Vec<Vec<Cell>>,
    /// How many rows there would be.
    total: usize,
    /// Whether the query made these rows.
    asked: bool,
}

impl<W> Sink for Text<W> {
    /// On a terminal only what lives is shown.
    fn flow_ended(&mut self, flow: &Flow, model: &Model) {
        if !self.terminal && is_of_rows(&self.query) {
            self.ended.keep(flow, model, &self.query);
        }
    }
}

impl<W: Write> Report for Text<W> {
    fn refresh(&mut self, model: &Model) -> io::Result<()> {
        if self.terminal {
            let size = terminal_size::terminal_size();
            let (width, height) = size.map_or((80, 24), |(w, h)| (usize::from(w.0), usize::from(h.0)));
            self.out.write(|out| out.write_all(b"\x1b[H\x1b[J"));
            self.draw(model, Some(height.saturating_sub(5)), Some(width));
            self.out.write(|out| out.flush());
        }
        Ok(())
    }

    fn before_the_end(&mut self, model: &mut Model) -> io::Result<()> {
        if self.terminal {
            return self.refresh(model);
        }
        self.draw(model, None, None);
        Ok(())
    }

    fn is_watched(&self) -> bool {
        self.terminal
    }

    fn wants_every_flow(&self) -> bool {
        false
    }

    fn end(&mut self, _model: &Model) -> io::Result<()> {
        self.out.write(|out| out.flush());
        self.out.finish()
    }

    fn error(&mut self) -> Option<io::Error> {
        self.out.take_error()
    }
}

fn lay_out(grid: &Grid, width: Option<usize>) -> String {
    let told = |i: usize| grid.cells.iter().any(|cells| cells.get(i).is_some_and(|cell| *cell != Cell::Empty));
    let of_process = |c: &ListColumn| !grid.asked && OF_PROCESSES.contains(&c.name.as_str());
    let shown: Vec<usize> = grid.columns.iter().enumerate().filter(|(i, c)| c.shown || of_process(c) && told(*i)).map(|(i, _)| i).collect();
    let head = |i: usize| grid.columns.get(i).map_or("", |c| c.title.as_str()).to_owned();
    let mut lines = vec![shown.iter().map(|i| head(*i)).collect::<Vec<String>>()];
    for cells in &grid.cells {
        lines.push(shown.iter().map(|i| cells.get(*i).map(units::cell).unwrap_or_default()).collect());
    }
    let widths: Vec<usize> = (0..shown.len())
        .map(|c| lines.iter().filter_map(|l| l.get(c)).map(|s| s.chars().count()).max().unwrap_or(0).min(MAX_WIDTH))
        .collect();
    let numeric = |c: usize| shown.get(c).and_then(|i| grid.columns.get(*i)).is_some_and(|c: &ListColumn| c.numeric);
    let mut text = String::new();
    for line in &lines {
        let mut out = String::new();
        for (c, cell) in line.iter().enumerate() {
            let width = widths.get(c).copied().unwrap_or(0);
            let cell = shorten(cell, width);
            let gap = if c == 0 { "" } else { "  " };
            out += &if numeric(c) { format!("{gap}{cell:>width$}") } else { format!("{gap}{cell:<width$}") };
        }
        text += out.trim_end().chars().take(width.unwrap_or(usize::MAX)).collect::<String>().as_str();
        text.push('\n');
    }
    text
}

/// Cuts the middle out of what is too long: names tell the most at their ends.
fn shorten(text: &str, width: usize) -> String {
    let count = text.chars().count();
    if count <= width || width < 3 {
        return text.to_owned();
    }
    let head = (width - 1) / 3;
    let tail = width - 1 - head;
    let mut short: String = text.chars().take(head).collect();
    short.push('…');
    short.extend(text.chars().skip(count - tail));
    short
}

fn foot(model: &Model, grid: &Grid, query: &Query, table: Table) -> String {
    let (totals, ledger) = (model.totals(), model.totals().ledger());
    let mut foot = String::from("\n");
    if grid.cells.len() < grid.total {
        foot += &format!("{} of {} rows (--top 0 for all)\n", grid.cells.len(), grid.total);
    }
    if !query.is_all() {
        if let Some((hidden, what)) = hidden(model, query, table) {
            foot += &format!("{} not match\n", units::counted(hidden, what) + if hidden == 1 { " does" } else { " do" });
        }
        let never = query.never_of_flows();
        if !never.is_empty() && (table == Table::Flows || !query.is_of(table)) {
            foot += &format!("no flow has {}: hosts, processes and services are asked with --by\n", never.join(", "));
        }
    }
    let untold = query.untold(totals);
    if !untold.is_empty() {
        foot += &format!("nobody told of {}: `glouglou columns` says who can\n", untold.join(", "));
    }
    // Where nobody captures there are flows of which others tell, and no packets.
    if ledger.packets > 0 || totals.flows_ever == 0 {
        foot += &format!("{}, {}, ", units::counted(ledger.packets, "packet"), units::bytes(ledger.bytes));
    }
    foot += &units::counted(totals.flows_ever, "flow");
    foot += &format!(", {}", units::counted(model.hosts().count() as u64, "host"));
    for (what, n) in losses(&ledger, totals) {
        foot += &format!(", {} {what}", units::count(n));
    }
    foot.push('\n');
    foot
}

/// How many rows of a table a query leaves out, and what these are; of services their flows, where these are what is asked.
fn hidden(model: &Model, query: &Query, table: Table) -> Option<(u64, &'static str)> {
    let hidden = model.select(query);
    let (hidden, what) = match table {
        Table::Hosts => (hidden.hidden_hosts, "host"),
        Table::Processes => (hidden.hidden_processes, "process"),
        Table::Services if query.is_of(table) => return None,
        Table::Flows | Table::Services => (hidden.hidden_flows, "flow"),
    };
    Some((hidden as u64, what))
}

/// Whatever was lost or could not be read, by cause; what is zero is left out.
fn losses<'a>(ledger: &Ledger, totals: &graph::Totals) -> impl Iterator<Item = (&'a str, u64)> + use<'a> {
    let beside = [
        ("malformed", ledger.malformed),
        ("filtered", ledger.filtered),
        ("flows evicted", totals.flows_evicted),
        ("hosts evicted", totals.hosts_evicted),
        ("tags of unknown flows", totals.tags_unmatched),
        ("slices incomplete", totals.slices_incomplete),
    ];
    ledger.losses().into_iter().chain(beside).filter(|(_, n)| *n > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_cut() {
        assert_eq!(shorten("abcdefghij", 10), "abcdefghij");
        assert_eq!(shorten("abcdefghijk", 7), "ab…hijk");
    }
}
