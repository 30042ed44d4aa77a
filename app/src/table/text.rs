//! The table that people read: refreshed on a terminal, once when piped.

use std::io::{self, Write};

use anyhow::Result;
use graph::{Cell, Ledger, ListColumn, Model, Request, Rows, Sink, Table};

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
    top: Option<usize>,
}

impl<W: Write> Text<W> {
    pub(super) fn new(out: W, terminal: bool, args: &TableArgs) -> Result<Self> {
        let (table, usual) = match args.by {
            By::Flows => (Table::Flows, if terminal { "rate" } else { "packets" }),
            By::Hosts => (Table::Hosts, if terminal { "rate" } else { "packets" }),
            By::Services => (Table::Services, if terminal { "rate" } else { "bytes" }),
            By::Processes => (Table::Processes, if terminal { "rate" } else { "bytes_sent" }),
        };
        let (model, ..) = crate::pipeline::new_model(&[""], graph::Limits::default())?;
        let columns = model.list_columns(table);
        let sort = match &args.sort {
            Some(name) if columns.iter().any(|c| c.is_called(name)) => name.clone(),
            Some(name) => {
                unknown_column(name, &columns)?;
                String::new()
            }
            None => usual.to_owned(),
        };
        let request = Request { table, sort, descending: true, filter: Default::default(), of: None, tree: None, offset: 0, len: 0 };
        Ok(Text { out: Out::new(out), terminal, request, top: args.top })
    }

    fn rows(&self, model: &Model, room: Option<usize>) -> Rows {
        let len = match self.top {
            Some(0) => usize::MAX,
            Some(top) => top,
            None => room.unwrap_or(TOP_PIPED),
        };
        model.rows(&Request { len, ..self.request.clone() })
    }

    fn draw(&mut self, model: &Model, room: Option<usize>, width: Option<usize>) {
        let rows = self.rows(model, room);
        let text = lay_out(&rows, width);
        let foot = foot(model, &rows);
        self.out.write(|out| write!(out, "{text}{foot}"));
    }
}

impl<W> Sink for Text<W> {}

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

fn lay_out(rows: &Rows, width: Option<usize>) -> String {
    let told = |i: usize| rows.rows.iter().any(|row| row.cells.get(i).is_some_and(|cell| *cell != Cell::Empty));
    let of_process = |c: &ListColumn| rows.table == Table::Flows && OF_PROCESSES.contains(&c.name.as_str());
    let shown: Vec<usize> = rows.columns.iter().enumerate().filter(|(i, c)| c.shown || of_process(c) && told(*i)).map(|(i, _)| i).collect();
    let head = |i: usize| rows.columns.get(i).map_or("", |c| c.title.as_str()).to_owned();
    let mut lines = vec![shown.iter().map(|i| head(*i)).collect::<Vec<String>>()];
    for row in &rows.rows {
        lines.push(shown.iter().map(|i| row.cells.get(*i).map(units::cell).unwrap_or_default()).collect());
    }
    let widths: Vec<usize> = (0..shown.len())
        .map(|c| lines.iter().filter_map(|l| l.get(c)).map(|s| s.chars().count()).max().unwrap_or(0).min(MAX_WIDTH))
        .collect();
    let numeric = |c: usize| shown.get(c).and_then(|i| rows.columns.get(*i)).is_some_and(|c: &ListColumn| c.numeric);
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

fn foot(model: &Model, rows: &Rows) -> String {
    let (totals, ledger) = (model.totals(), model.totals().ledger());
    let mut foot = String::from("\n");
    if rows.rows.len() < rows.total {
        foot += &format!("{} of {} rows (--top 0 for all)\n", rows.rows.len(), rows.total);
    }
    foot += &format!(
        "{} packets, {}, {} flows, {} hosts",
        units::count(ledger.packets),
        units::bytes(ledger.bytes),
        units::count(totals.flows_ever),
        units::count(model.hosts().count() as u64)
    );
    for (what, n) in losses(&ledger, totals) {
        foot += &format!(", {} {what}", units::count(n));
    }
    foot.push('\n');
    foot
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
