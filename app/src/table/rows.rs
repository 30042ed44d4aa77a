//! Rows in the order and with the columns that a query asks for, as JSON lines and as comma-separated values: exact numbers.

use std::io::{self, Write};
use std::sync::Arc;

use graph::{Cell, Flow, ListColumn, Model, Query, Request, Sink, Table};
use serde_json::{Map, Value, json};

use crate::report::{Out, Report};

/// How rows are written.
#[derive(Clone, Copy)]
pub(super) enum Format {
    /// An object a line; what is not known is left out.
    Json,
    /// Comma-separated values, the names first.
    Csv,
}

/// Whether a query asks for more than which flows.
pub(super) fn is_of_rows(query: &Query) -> bool {
    query.aggregate.is_some() || query.sort.is_some() || query.top.is_some() || !query.columns.is_empty()
}

pub(super) struct RowsReport<W> {
    out: Out<W>,
    query: Arc<Query>,
    format: Format,
    ended: Ended,
}

impl<W: Write> RowsReport<W> {
    pub(super) fn new(out: W, query: Arc<Query>, format: Format) -> Self {
        RowsReport { out: Out::new(out), query, format, ended: Ended::default() }
    }

    fn write(&mut self, columns: &[ListColumn], rows: &[&[Cell]]) {
        let format = self.format;
        self.out.write(|out| match format {
            Format::Json => rows.iter().try_for_each(|cells| {
                serde_json::to_writer(&mut *out, &object(columns, cells))?;
                out.write_all(b"\n")
            }),
            Format::Csv => {
                let mut csv = csv::Writer::from_writer(out);
                csv.write_record(columns.iter().map(|column| &column.name))?;
                rows.iter().try_for_each(|cells| csv.write_record(cells.iter().map(text)))?;
                csv.flush()
            }
        });
    }
}

/// How many flows that ended are kept.
const MAX_ENDED: usize = 1_000_000;

/// Flows that matched a query and have ended while it is asked, as where the ports of a connection are used again.
#[derive(Default)]
pub(super) struct Ended {
    flows: Vec<Flow>,
}

impl Ended {
    /// One ended.
    pub(super) fn keep(&mut self, flow: &Flow, model: &Model, query: &Query) {
        if self.flows.len() < MAX_ENDED && model.matches(query, flow) {
            self.flows.push(flow.clone());
        }
    }
}

/// What a query asks for: the columns, and the cells of each row.
pub(super) fn answer(model: &Model, query: &Query, request: &Request, ended: &Ended) -> (Arc<[ListColumn]>, Vec<Vec<Cell>>, usize) {
    match model.sums_with(query, &ended.flows) {
        Some(sums) => (sums.columns, sums.rows.into_iter().map(|row| row.cells).collect(), sums.total),
        None => {
            let rows = model.rows_with(request, &ended.flows);
            (rows.columns, rows.rows.into_iter().map(|row| row.cells).collect(), rows.total)
        }
    }
}

impl<W> Sink for RowsReport<W> {
    fn flow_ended(&mut self, flow: &Flow, model: &Model) {
        self.ended.keep(flow, model, &self.query);
    }
}

impl<W: Write> Report for RowsReport<W> {
    fn before_the_end(&mut self, model: &mut Model) -> io::Result<()> {
        let request = Request {
            table: Table::Flows,
            sort: "start".to_owned(),
            descending: false,
            filter: self.query.clone(),
            of: None,
            tree: None,
            offset: 0,
            len: usize::MAX,
        };
        let (columns, rows, _) = answer(model, &self.query, &request, &self.ended);
        self.write(&columns, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
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

fn object(columns: &[ListColumn], cells: &[Cell]) -> Value {
    let mut row = Map::new();
    row.insert("type".to_owned(), "row".into());
    for (column, cell) in columns.iter().zip(cells) {
        let value = match cell {
            Cell::Empty => continue,
            Cell::Count(n) | Cell::Number(n) | Cell::Bytes(n) => json!(n),
            Cell::Rate(rate) => json!(rate.round() as u64),
            Cell::Duration(length) => json!(length.as_secs_f64()),
            Cell::Text(_) | Cell::Addr(_) | Cell::Share(_) | Cell::Time(_) => json!(text(cell)),
        };
        row.insert(column.name.clone(), value);
    }
    row.into()
}

/// Bytes and bytes a second as whole numbers, lengths of time in seconds, times as date and time of day in UTC.
fn text(cell: &Cell) -> String {
    crate::state::tsv::exact(cell)
}
