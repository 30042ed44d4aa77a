//! Rows as tab-separated values, for the clipboard: exact numbers, which a spreadsheet reads as such.

use graph::{Cell, ListColumn, Row};

use super::columns::Arranged;

/// The shown columns of `rows`, with a header.
pub fn tsv<'a>(offered: &[ListColumn], arranged: &[Arranged], rows: impl Iterator<Item = &'a Row>) -> String {
    let shown: Vec<usize> = arranged.iter().filter(|a| a.shown).map(|a| a.index).collect();
    let mut out = String::new();
    line(&mut out, shown.iter().map(|i| offered.get(*i).map_or(String::new(), |column| column.title.clone())));
    for row in rows {
        line(&mut out, shown.iter().map(|i| row.cells.get(*i).map_or(String::new(), exact)));
    }
    out
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push('\t');
        }
        out.extend(cell.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
    out.push('\n');
}

/// Bytes and bytes a second as whole numbers, times in UTC, lengths of time in seconds.
pub fn exact(cell: &Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.to_string(),
        Cell::Addr(addr) => addr.to_string(),
        Cell::Count(n) | Cell::Number(n) | Cell::Bytes(n) => n.to_string(),
        Cell::Share(share) => format!("{share:.4}"),
        Cell::Rate(rate) => format!("{rate:.0}"),
        Cell::Time(time) => format!("{}.{:06}", crate::units::time(*time), time.micros() % 1_000_000),
        Cell::Duration(d) => format!("{}.{:06}", d.as_secs(), d.subsec_micros()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::columns::tests::column;
    use graph::{Service, Subject, Time};
    use std::time::Duration;

    #[test]
    fn shown_columns_in_their_order_with_exact_numbers() {
        let offered = ["a", "n1", "hidden", "n2"].map(column);
        let arranged = [3, 2, 0, 1].map(|index| Arranged { index, shown: index != 2, width: None });
        let row = |cells: [Cell; 4]| Row {
            subject: Subject::Service(Service { proto: graph::Proto::TCP, port: 1 }),
            branch: None,
            cells: cells.into(),
        };
        let rows = [
            row([Cell::Text("tab\there\nü".into()), Cell::Bytes(1_234_567), Cell::Count(0), Cell::Rate(9.6)]),
            row([
                Cell::Addr("::1".parse().unwrap()),
                Cell::Time(Time(1_500_000)),
                Cell::Empty,
                Cell::Duration(Duration::from_millis(61_001)),
            ]),
            row([Cell::Empty, Cell::Count(7), Cell::Empty, Cell::Empty]),
        ];
        let text = tsv(&offered, &arranged, rows.iter());
        assert_eq!(text, "N2\tA\tN1\n10\ttab here ü\t1234567\n61.001000\t::1\t1970-01-01 00:00:01.500000\n\t\t7\n");
    }
}
