//! Comma-separated values: a flow each as it ends, with every column.

use std::io::{self, Write};
use std::sync::Arc;

use graph::{ColumnId, Flow, Model, Query, Sink};

use super::line::FlowLine;
use super::owner::OwnerLine;
use crate::report::{Out, Report};

pub(super) struct Csv<W: Write> {
    out: Out<csv::Writer<W>>,
    columns: Vec<ColumnId>,
    tags: Vec<String>,
    query: Arc<Query>,
}

impl<W: Write> Csv<W> {
    pub(super) fn new(out: W, query: Arc<Query>) -> Self {
        let writer = csv::WriterBuilder::new().has_headers(false).from_writer(out);
        Csv { out: Out::new(writer), columns: Vec::new(), tags: Vec::new(), query }
    }
}

impl<W: Write> Sink for Csv<W> {
    fn flow_ended(&mut self, flow: &Flow, model: &Model) {
        if !model.matches(&self.query, flow) {
            return;
        }
        let known = graph::tags_in_words(model, &self.columns, flow);
        let value = |name: &String| known.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str());
        let tags: Vec<&str> = self.tags.iter().map(value).collect();
        self.out.write(|out| out.serialize((FlowLine::new(flow, model), OwnerLine::new(flow, model), tags)).map_err(io::Error::from));
    }
}

impl<W: Write> Report for Csv<W> {
    fn begin(&mut self, model: &Model) -> io::Result<()> {
        for (id, column) in model.own_columns() {
            self.columns.push(id);
            let ends: &[&str] = if column.endpoint { &["src.", "dst."] } else { &[""] };
            self.tags.extend(ends.iter().map(|end| format!("{end}{}", column.name)));
        }
        let names: Vec<&str> = FlowLine::NAMES.into_iter().chain(OwnerLine::NAMES).chain(self.tags.iter().map(String::as_str)).collect();
        self.out.write(|out| out.write_record(names).map_err(io::Error::from));
        Ok(())
    }

    fn refresh(&mut self, _model: &Model) -> io::Result<()> {
        self.out.write(|out| out.flush());
        Ok(())
    }

    fn end(&mut self, _model: &Model) -> io::Result<()> {
        self.out.write(|out| out.flush());
        self.out.finish()
    }

    fn error(&mut self) -> Option<io::Error> {
        self.out.take_error()
    }
}
