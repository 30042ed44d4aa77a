//! The columns of tables: fields, and how a cell shows their values.

use super::{Cell, Table};
use crate::field::{End, Field, FieldId, What, shown};
use crate::{Model, Rule, Value, ValueType};

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListColumn {
    /// Its name in settings, exports, queries and on the command line: lower-case, stable.
    pub name: String,
    /// Other names for it, such as those of former versions.
    pub also: Vec<String>,
    /// What stands above it.
    pub title: String,
    /// One line of help.
    pub help: String,
    /// The type of the field's values.
    pub value_type: ValueType,
    /// Whether its cells are numbers: right-aligned, and largest first when first sorted by.
    pub numeric: bool,
    /// Whether it is shown until the user says otherwise.
    pub shown: bool,
    /// What it shows; none where it is no field's, as in an aggregate.
    pub field: Option<FieldId>,
}

impl ListColumn {
    /// Whether that is one of its names.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.also.iter().any(|also| also == name)
    }

    /// The column of a field.
    pub(crate) fn of_field(id: FieldId, field: &Field, shown: bool) -> ListColumn {
        ListColumn {
            name: field.name.to_string(),
            also: field.also.iter().map(ToString::to_string).collect(),
            title: field.title.to_string(),
            help: field.help.to_string(),
            value_type: field.value_type,
            numeric: field.value_type.is_number() || field.value_type == ValueType::Port,
            shown,
            field: Some(id),
        }
    }

    /// The column of a figure.
    pub(crate) fn of_figure(name: &str, title: &str, help: &str, value_type: ValueType) -> ListColumn {
        let (name, title, help) = (name.to_owned(), title.to_owned(), help.to_owned());
        ListColumn { name, also: Vec::new(), title, help, value_type, numeric: value_type.is_number(), shown: true, field: None }
    }

    /// The value that a cell of it shows: what a query compares with; none of an empty one.
    pub fn value(&self, cell: &Cell) -> Option<Value> {
        let text = match cell {
            Cell::Empty => return None,
            Cell::Text(text) => return self.value_type.parse(text),
            Cell::Addr(addr) => return Some(Value::Ip(*addr)),
            Cell::Time(time) => return Some(Value::Time(*time)),
            Cell::Duration(duration) => return Some(Value::Duration(*duration)),
            Cell::Count(n) | Cell::Number(n) | Cell::Bytes(n) => n.to_string(),
            Cell::Rate(rate) => rate.round().to_string(),
            Cell::Share(share) => (share * 100.0).round().to_string(),
        };
        self.value_type.parse(&text)
    }
}

pub(super) fn columns(model: &Model, table: Table) -> Vec<ListColumn> {
    let has_processes = model.processes().next().is_some();
    let column = |(id, shown): (FieldId, bool)| {
        let field = model.schema().field(id)?;
        let is_process = field.asked.what == What::Process;
        let is_shown = shown && (table != Table::Flows || !is_process || has_processes);
        let mut column = ListColumn::of_field(id, field, is_shown);
        if table == Table::Processes && is_process {
            column.also.push("name".into()); // what it was called before
        }
        Some(column)
    };
    shown(table, model.schema()).into_iter().filter_map(column).collect()
}

/// A cell of a field's value. Of names, and of what both ends have, it shows the first.
pub(crate) fn cell(field: &Field, value: Option<&Value>) -> Cell {
    let first = field.asked.what == What::Name || field.asked.end == End::Either;
    match value {
        None => Cell::Empty,
        Some(Value::List(values)) if first => values.first().map_or(Cell::Empty, |value| cell_of_one(field, value)),
        Some(value) => cell_of_one(field, value),
    }
}

/// Numbers that are only told apart count nothing.
fn cell_of_one(field: &Field, value: &Value) -> Cell {
    match value {
        Value::Integer(n) if field.asked.what == What::Cpu => Cell::Share(*n as f32 / 100.0),
        Value::Integer(n) if field.rule == Rule::Distinct => Cell::Number(*n),
        value => Cell::from(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, RegistryBuilder};

    #[test]
    fn the_names_of_former_versions_are_known() {
        let model = Model::new(RegistryBuilder::default().freeze(), Limits::default());
        let known = |table, names: &[&str]| {
            let columns = columns(&model, table);
            names.iter().for_each(|name| assert_eq!(columns.iter().filter(|c| c.is_called(name)).count(), 1, "{name} of {table:?}"));
        };
        let flows = "source destination service proto rate bytes_fwd bytes_rev packets state duration src src_port dst dst_port start end \
                     seen_by process pid user parent";
        known(Table::Flows, &flows.split_whitespace().collect::<Vec<_>>());
        let hosts = "name address rate rate_sent rate_received bytes_sent bytes_received packets flows peers first last";
        known(Table::Hosts, &hosts.split_whitespace().collect::<Vec<_>>());
        known(Table::Services, &["service", "family", "flows", "rate", "bytes", "packets"]);
        let processes = "name pid user cpu memory rate_sent rate_received flows age container command exe parent state earlier bytes_sent \
                         bytes_received rate group first";
        known(Table::Processes, &processes.split_whitespace().collect::<Vec<_>>());
    }
}
