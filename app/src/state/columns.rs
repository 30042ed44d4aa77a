//! Which columns of a table are shown, in which order and how wide: what the table offers, changed by what the user did.

use std::sync::Arc;

use graph::{ListColumn, Query, Table};

use super::settings::{Column, Columns};

/// The column by which a table is sorted until the user says otherwise, and whether the largest come first.
const fn usual_sort(table: Table) -> (&'static str, bool) {
    match table {
        Table::Hosts | Table::Flows | Table::Services => ("rate", true),
        Table::Processes => ("pid", false),
    }
}

/// One column as it stands in the table.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arranged {
    /// Its place among the cells of a row.
    pub index: usize,
    /// Whether it is shown.
    pub shown: bool,
    /// The width that the user gave it, in points.
    pub width: Option<f32>,
}

/// Every column that a table offers, in the user's order; those that the user never touched follow in the table's.
pub fn arrange(offered: &[ListColumn], settings: &Columns) -> Vec<Arranged> {
    let touched = settings.columns.iter().filter_map(|column| {
        let index = offered.iter().position(|o| o.is_called(&column.name))?;
        Some(Arranged { index, shown: column.shown, width: column.width })
    });
    let mut all: Vec<Arranged> = touched.collect();
    for (index, column) in offered.iter().enumerate() {
        if !all.iter().any(|a| a.index == index) {
            all.push(Arranged { index, shown: column.shown, width: None });
        }
    }
    if !all.iter().any(|a| a.shown)
        && let Some(first) = all.first_mut()
    {
        first.shown = true;
    }
    all
}

/// Writes an arrangement back.
pub fn keep(offered: &[ListColumn], arranged: &[Arranged], settings: &mut Columns) {
    let column = |a: &Arranged| Some(Column { name: offered.get(a.index)?.name.clone(), shown: a.shown, width: a.width });
    settings.columns = arranged.iter().filter_map(column).collect();
}

/// By what a table is sorted, and whether the largest come first.
pub fn sort(table: Table, settings: Option<&Columns>) -> (&str, bool) {
    match settings {
        Some(Columns { sort: Some(name), descending, .. }) => (name, *descending),
        _ => usual_sort(table),
    }
}

/// The header of a column was clicked: sorts by it, or turns the order round.
pub fn sort_by(table: Table, column: &ListColumn, settings: &mut Columns) {
    let (now, descending) = sort(table, Some(settings));
    let descending = if column.is_called(now) { !descending } else { column.numeric };
    settings.sort = Some(column.name.clone());
    settings.descending = descending;
}

/// What to ask of the model for rows of a table.
pub fn request(
    table: Table,
    settings: Option<&Columns>,
    filter: Arc<Query>,
    of: Option<graph::Subject>,
    tree: Option<graph::Tree>,
) -> graph::Request {
    let (sort, descending) = sort(table, settings);
    graph::Request { table, sort: sort.to_owned(), descending, filter, of, tree, offset: 0, len: 0 }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A column that is text, or a number where its name begins with `n`.
    pub(crate) fn column(name: &str) -> ListColumn {
        ListColumn {
            name: name.into(),
            also: Vec::new(),
            title: name.to_uppercase(),
            help: String::new(),
            value_type: graph::ValueType::Text,
            field: None,
            numeric: name.starts_with('n'),
            shown: name != "hidden",
        }
    }

    #[test]
    fn the_users_order_comes_first_and_new_columns_follow() {
        let offered = ["a", "n1", "hidden", "b"].map(column);
        let mut settings = Columns::default();
        let shown = |settings: &Columns| {
            arrange(&offered, settings).into_iter().filter(|a| a.shown).map(|a| offered[a.index].name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(shown(&settings), ["a", "n1", "b"]);
        let mut order = arrange(&offered, &settings);
        order.swap(0, 3);
        order[1].shown = false;
        order[0].width = Some(77.0);
        keep(&offered, &order, &mut settings);
        assert_eq!(shown(&settings), ["b", "a"]);
        assert_eq!(arrange(&offered, &settings), order);
        settings.columns.retain(|c| c.name == "hidden" || c.name == "b");
        settings.columns.push(Column { name: "no such".into(), shown: true, width: None });
        assert_eq!(shown(&settings), ["b", "a", "n1"]);
    }

    #[test]
    fn something_is_always_shown() {
        let offered = ["hidden"].map(column);
        assert!(arrange(&offered, &Columns::default())[0].shown);
    }

    #[test]
    fn numbers_are_sorted_largest_first_and_a_second_click_turns_it_round() {
        let mut settings = Columns::default();
        assert_eq!(sort(Table::Hosts, None), ("rate", true));
        for (name, expected) in [("n1", ("n1", true)), ("n1", ("n1", false)), ("a", ("a", false)), ("a", ("a", true))] {
            sort_by(Table::Hosts, &column(name), &mut settings);
            assert_eq!(sort(Table::Hosts, Some(&settings)), expected);
        }
    }
}
