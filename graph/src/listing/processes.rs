//! The table of processes, flat or as a tree.

use super::select::{Kind, window};
use super::tree::forest;
use super::{Cell, Request, Rows, Subject, columns};
use crate::field::{Field, What};
use crate::{Model, Process, Value};

pub(super) fn rows(model: &Model, request: &Request) -> Rows {
    let kind = Processes(model);
    let matching = model.wanted_processes(&request.filter);
    match &request.tree {
        Some(tree) => forest(&kind, model, tree, request, &matching),
        None => {
            let shown = model.processes().filter(|process| wanted(process, request) && matching.has(process.key));
            window(&kind, model, shown, request)
        }
    }
}

/// Of one process: those that it began.
fn wanted(process: &Process, request: &Request) -> bool {
    match request.of {
        Some(Subject::Process(key)) => process.parent == Some(key) || process.guardian == Some(key),
        _ => true,
    }
}

pub(super) struct Processes<'a>(&'a Model);

impl<'a> Kind for Processes<'a> {
    type Item = &'a Process;

    fn subject(&self, process: &'a Process) -> Subject {
        Subject::Process(process.key)
    }

    fn value(&self, process: &'a Process, field: &Field) -> Option<Value> {
        self.0.ask_process(process, field.asked.what)
    }

    /// Finer than its value, or why there is none.
    fn cell(&self, process: &'a Process, field: &Field) -> Cell {
        let value = self.value(process, field);
        match (field.asked.what, &process.image.exe) {
            (What::Cpu, _) if value.is_some() => Cell::Share(process.cpu_share),
            (What::Exe, Err(why)) => Cell::Text(why.label().into()),
            _ => columns::cell(field, value.as_ref()),
        }
    }
}
