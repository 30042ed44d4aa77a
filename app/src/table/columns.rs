//! `glouglou columns`: what can be asked.

use std::io::{self, Write};

use anyhow::Result;
use graph::{Field, Registry, Table};
use serde::Serialize;

use crate::cli::ColumnsArgs;
use crate::pipeline::new_model;

/// One column.
#[derive(Serialize)]
struct Line<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    value_type: &'a str,
    /// Whether a row can have several.
    many: bool,
    unit: &'a str,
    /// What many of its values come to.
    rule: &'a str,
    /// What has it itself; flows, hosts, processes, services.
    of: Vec<&'a str>,
    filled_by: &'a str,
    also: Vec<&'a str>,
    help: &'a str,
}

/// Writes a line a column, in the order in which queries offer them.
pub fn columns(args: ColumnsArgs) -> Result<()> {
    let (model, _) = new_model(&[""], graph::Limits::default())?;
    let lines: Vec<Line<'_>> = model.schema().fields().map(|(_, field)| line(field, model.registry())).collect();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let written = if args.json { json(&mut out, &lines) } else { text(&mut out, &lines) };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => Ok(done?),
    }
}

fn line<'a>(field: &'a Field, registry: &'a Registry) -> Line<'a> {
    let said = field.tag.and_then(|id| registry.column(id)).map(|column| column.filled_by);
    Line {
        name: &field.name,
        value_type: field.value_type.name(),
        many: field.many,
        unit: field.unit(),
        rule: field.rule.name(),
        of: field.of.iter().map(|table| of(*table)).collect(),
        filled_by: said.unwrap_or("the model"),
        also: field.also.iter().map(|also| &**also).collect(),
        help: &field.help,
    }
}

const fn of(table: Table) -> &'static str {
    match table {
        Table::Hosts => "hosts",
        Table::Flows => "flows",
        Table::Services => "services",
        Table::Processes => "processes",
    }
}

fn json(out: &mut impl Write, lines: &[Line<'_>]) -> io::Result<()> {
    for line in lines {
        serde_json::to_writer(&mut *out, line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn text(out: &mut impl Write, lines: &[Line<'_>]) -> io::Result<()> {
    let cells = |line: &Line<'_>| {
        let many = if line.many { "several " } else { "" };
        [line.name.to_owned(), format!("{many}{}", line.value_type), line.unit.to_owned(), line.rule.to_owned(), line.filled_by.to_owned()]
    };
    let mut all = vec![["Name", "Type", "Unit", "Comes to", "Filled by"].map(str::to_owned)];
    all.extend(lines.iter().map(cells));
    let widths: [usize; 5] =
        std::array::from_fn(|at| all.iter().filter_map(|cells| cells.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0));
    let helps = std::iter::once("Help").chain(lines.iter().map(|line| line.help));
    for (cells, help) in all.iter().zip(helps) {
        for (cell, width) in cells.iter().zip(widths) {
            write!(out, "{cell:width$}  ")?;
        }
        writeln!(out, "{help}")?;
    }
    Ok(())
}
