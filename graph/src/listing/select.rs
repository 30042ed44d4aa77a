//! From what matches to a window of rows: sort, cut.

use std::cmp::Ordering;
use std::sync::Arc;

use super::columns;
use super::{Cell, ListColumn, Request, Row, Rows, Subject};
use crate::field::Field;
use crate::query::{By, Sort};
use crate::{Model, Value};

/// One kind of row: what it stands for, and what it answers.
pub(super) trait Kind {
    /// The thing behind a row.
    type Item: Copy;
    /// What the row stands for; breaks ties, so that equal rows do not change places.
    fn subject(&self, item: Self::Item) -> Subject;
    /// What it answers to a field.
    fn value(&self, item: Self::Item, field: &Field) -> Option<Value>;
    /// The cell of that.
    fn cell(&self, item: Self::Item, field: &Field) -> Cell {
        columns::cell(field, self.value(item, field).as_ref())
    }
}

/// The columns of a request's table, or those that its query names, the fields that they show, and the one that is sorted by.
pub(super) struct Shown<'a> {
    pub(super) columns: Vec<ListColumn>,
    fields: Vec<&'a Field>,
    sort: Option<&'a Field>,
    /// Whether the largest come first.
    pub(super) descending: bool,
}

impl<'a> Shown<'a> {
    pub(super) fn of(model: &'a Model, request: &Request) -> Shown<'a> {
        let offered = columns::columns(model, request.table);
        let field = |id| model.schema().field(id);
        let sort = match request.filter.sort {
            Some(Sort { by: By::Field(id), descending }) => (field(id), descending),
            _ => {
                let column = offered.iter().find(|column| column.is_called(&request.sort)).or(offered.first());
                (column.and_then(|column| field(column.field?)), request.descending)
            }
        };
        let wanted = request.filter.columns.iter().filter_map(|by| if let By::Field(id) = by { Some(*id) } else { None });
        let wanted: Vec<ListColumn> = wanted.filter_map(|id| Some(ListColumn::of_field(id, field(id)?, true))).collect();
        let columns = if wanted.is_empty() { offered } else { wanted };
        let fields = columns.iter().filter_map(|column| field(column.field?)).collect();
        Shown { columns, fields, sort: sort.0, descending: sort.1 }
    }

    /// The cell by which an item is sorted.
    pub(super) fn sort_cell<K: Kind>(&self, kind: &K, item: K::Item) -> Cell {
        self.sort.map_or(Cell::Empty, |field| kind.cell(item, field))
    }

    pub(super) fn cells<K: Kind>(&self, kind: &K, item: K::Item) -> Vec<Cell> {
        self.fields.iter().map(|field| kind.cell(item, field)).collect()
    }
}

/// The window that `request` asks for.
pub(super) fn window<K: Kind>(kind: &K, model: &Model, items: impl Iterator<Item = K::Item>, request: &Request) -> Rows {
    let shown = Shown::of(model, request);
    let mut found: Vec<(Cell, Subject, K::Item)> = items.map(|item| (shown.sort_cell(kind, item), kind.subject(item), item)).collect();
    let order = |x: &(Cell, Subject, K::Item), y: &(Cell, Subject, K::Item)| by(&x.0, &y.0, shown.descending).then(x.1.cmp(&y.1));
    let total = found.len().min(request.filter.top.unwrap_or(usize::MAX));
    let end = request.offset.saturating_add(request.len).min(total);
    if end < found.len() && end > 0 {
        found.select_nth_unstable_by(end - 1, order);
    }
    found.truncate(end);
    found.sort_unstable_by(order);
    let rows = found
        .into_iter()
        .skip(request.offset)
        .map(|(_, subject, item)| Row { subject, cells: shown.cells(kind, item), branch: None })
        .collect();
    Rows { table: request.table, now: model.now(), columns: Arc::from(shown.columns), total, offset: request.offset, rows }
}

/// What is empty comes last in either direction.
pub(super) fn by(x: &Cell, y: &Cell, descending: bool) -> Ordering {
    match (x, y) {
        (Cell::Empty, _) | (_, Cell::Empty) => x.order(y),
        _ if descending => y.order(x),
        _ => x.order(y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_cells_stay_at_the_end() {
        assert_eq!(by(&Cell::Empty, &Cell::Count(1), true), Ordering::Greater);
        assert_eq!(by(&Cell::Empty, &Cell::Count(1), false), Ordering::Greater);
        assert_eq!(by(&Cell::Count(2), &Cell::Count(1), true), Ordering::Less);
    }
}
