//! From everything to a window of rows: filter, sort, cut.

use std::cmp::Ordering;
use std::sync::Arc;

use super::{Cell, ListColumn, Request, Row, Rows, Subject};
use crate::Time;

/// One kind of row: how to make its cells from a thing of the model.
pub(super) trait Kind {
    /// The thing behind a row.
    type Item: Copy;
    /// Every column.
    fn columns(&self) -> Vec<ListColumn>;
    /// What the row stands for; breaks ties, so that equal rows do not change places.
    fn subject(&self, item: Self::Item) -> Subject;
    /// One cell; columns are numbered as in `columns`.
    fn cell(&self, item: Self::Item, column: usize) -> Cell;
    /// Calls `word` with every text in which the filter may stand, until it returns true.
    fn words(&self, item: Self::Item, word: &mut dyn FnMut(&str) -> bool) -> bool;
}

/// The window that `request` asks for.
pub(super) fn window<K: Kind>(kind: &K, items: impl Iterator<Item = K::Item>, request: &Request, now: Time) -> Rows {
    let columns = kind.columns();
    let sort = columns.iter().position(|c| c.name == request.sort).unwrap_or(0);
    let needle = request.filter.trim().to_lowercase();
    let mut found: Vec<(Cell, Subject, K::Item)> = items
        .filter(|item| needle.is_empty() || matches(kind, *item, &needle))
        .map(|item| (kind.cell(item, sort), kind.subject(item), item))
        .collect();
    let order = |x: &(Cell, Subject, K::Item), y: &(Cell, Subject, K::Item)| by(&x.0, &y.0, request.descending).then(x.1.cmp(&y.1));
    let total = found.len();
    let end = request.offset.saturating_add(request.len).min(total);
    if end < total && end > 0 {
        found.select_nth_unstable_by(end - 1, order);
    }
    found.truncate(end);
    found.sort_unstable_by(order);
    let rows = found
        .into_iter()
        .skip(request.offset)
        .map(|(_, subject, item)| Row { subject, cells: (0..columns.len()).map(|c| kind.cell(item, c)).collect(), branch: None })
        .collect();
    Rows { table: request.table, now, columns: Arc::from(columns), total, offset: request.offset, rows }
}

/// Whether `needle`, which is in lower case, stands in any of the texts of an item.
pub(super) fn matches<K: Kind>(kind: &K, item: K::Item, needle: &str) -> bool {
    kind.words(item, &mut |word| contains(word, needle))
}

/// What is empty comes last in either direction.
pub(super) fn by(x: &Cell, y: &Cell, descending: bool) -> Ordering {
    match (x, y) {
        (Cell::Empty, _) | (_, Cell::Empty) => x.order(y),
        _ if descending => y.order(x),
        _ => x.order(y),
    }
}

/// Whether `needle`, which is in lower case, stands in `word` in any case.
fn contains(word: &str, needle: &str) -> bool {
    if word.is_ascii() {
        word.len() >= needle.len() && word.as_bytes().windows(needle.len()).any(|w| w.eq_ignore_ascii_case(needle.as_bytes()))
    } else {
        word.to_lowercase().contains(needle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_any_case_and_script_match() {
        assert!(contains("Printer.LOCAL", "er.lo"));
        assert!(contains("MÜNCHEN.example", "münchen"));
        assert!(!contains("a", "ab"));
    }

    #[test]
    fn empty_cells_stay_at_the_end() {
        assert_eq!(by(&Cell::Empty, &Cell::Count(1), true), Ordering::Greater);
        assert_eq!(by(&Cell::Empty, &Cell::Count(1), false), Ordering::Greater);
        assert_eq!(by(&Cell::Count(2), &Cell::Count(1), true), Ordering::Less);
    }
}
