//! A filter asked of one row at a time: of hosts, processes and services, of which there are few, and of flows where something faster is proven right.

use super::check::contains;
use super::expr::{Compare, Expr};
use crate::field::{End, Field, FieldId, ServiceSum, What};
use crate::{Flow, Host, Model, Process, Schema, Service, Table, Value, ValueType};

/// A row that can be asked.
pub(super) enum Row<'a> {
    Flow(&'a Flow),
    Host(&'a Host),
    Process(&'a Process),
    Service(Service, &'a ServiceSum),
}

impl Row<'_> {
    const fn table(&self) -> Table {
        match self {
            Row::Flow(_) => Table::Flows,
            Row::Host(_) => Table::Hosts,
            Row::Process(_) => Table::Processes,
            Row::Service(..) => Table::Services,
        }
    }

    pub(super) fn value(&self, model: &Model, field: &Field) -> Option<Value> {
        match self {
            Row::Flow(flow) => model.ask_flow(flow, field),
            Row::Host(host) => model.ask_host(host, field),
            Row::Process(process) => model.ask_process(process, field.asked.what),
            Row::Service(service, sum) => sum.value(*service, field.asked.what),
        }
    }
}

impl Expr {
    /// Whether it holds for a row. A comparison with nothing does not.
    pub(super) fn holds(&self, model: &Model, schema: &Schema, row: &Row<'_>) -> bool {
        let value = |id: FieldId| schema.field(id).and_then(|field| row.value(model, field));
        match self {
            Expr::Or(parts) => parts.iter().any(|part| part.holds(model, schema, row)),
            Expr::And(parts) => parts.iter().all(|part| part.holds(model, schema, row)),
            Expr::Not(part) => !part.holds(model, schema, row),
            Expr::Has(field) => value(*field).is_some_and(|value| !value.each().is_empty()),
            Expr::Compare(compare) => value(compare.field).is_some_and(|value| compare.holds(&value)),
            Expr::Word(words) => {
                let mut fields = schema.fields().map(|(_, field)| field).filter(|field| is_searched(field, row.table()));
                fields.any(|field| row.value(model, field).is_some_and(|value| finds(&value, &words.lower)))
            }
        }
    }
}

impl Compare {
    /// Whether it holds for what a row answers.
    pub(super) fn holds(&self, value: &Value) -> bool {
        !value.each().is_empty() && self.check.holds(value) != self.op.is_negative()
    }
}

/// Whether words that stand alone are looked for in a field of a table's rows: in words, addresses, ports and the numbers of processes; not in
/// those that are another's, such as what began a process.
pub(super) fn is_searched(field: &Field, table: Table) -> bool {
    use ValueType::{Ip, Mac, Net, Port, Symbol, Text};
    let is_read = matches!(field.value_type, Text | Symbol | Ip | Net | Mac | Port) || field.asked.what == What::Pid;
    let is_others = matches!(field.asked.what, What::Parent | What::Earlier);
    is_read && !is_others && field.is_of(table) && matches!(field.asked.end, End::Whole | End::Either)
}

/// Whether a text, in lower case, stands in a value.
pub(super) fn finds(value: &Value, lower: &str) -> bool {
    value.each().iter().any(|one| match one.words() {
        Some(words) => contains(words, lower),
        None => contains(&one.to_string(), lower),
    })
}
