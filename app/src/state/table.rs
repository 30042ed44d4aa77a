//! What is selected in a table, and where it stands. The rows themselves stay in the model: only a window of them is here.

use std::collections::BTreeSet;
use std::sync::Arc;

use crossbeam_channel::Receiver;
use graph::{ProcessKey, Request, Row, Rows, Subject};

/// The most rows that can be selected or copied at once.
pub const MOST_ROWS: usize = 100_000;

/// What the keyboard can tell a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Goes to another row; with `extend` the rows between are selected too.
    Go {
        /// Where.
        step: Step,
        /// Whether what was selected stays so.
        extend: bool,
    },
    /// Selects every row.
    SelectAll,
    /// Copies the selected rows.
    Copy,
    /// Copies every row.
    CopyAll,
    /// Shows what is selected in the graph.
    Open,
    /// Shows what can be done with what is selected.
    Menu,
    /// Folds the children of what is selected away, or shows them.
    Fold(bool),
}

/// A way through the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// A screen up.
    PageUp,
    /// A screen down.
    PageDown,
    /// The first row.
    Home,
    /// The last row.
    End,
}

/// How a click on a row changes what is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Click {
    /// Only this row.
    Alone,
    /// This row too, or no longer.
    Toggle,
    /// From the row that was clicked last to this one.
    Range,
}

/// Why rows were asked for once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To copy the selected ones.
    CopySelected,
    /// To copy them all.
    CopyAll,
    /// To select them all.
    Select,
    /// To find where one stands.
    Find(Subject),
}

/// The state of the tables. One is shown at a time.
#[derive(Debug, Default)]
pub struct Table {
    /// Only rows of this.
    pub of: Option<Subject>,
    /// Processes whose children are folded away.
    pub folded: Arc<BTreeSet<ProcessKey>>,
    /// The rows that are selected.
    pub selected: BTreeSet<Subject>,
    /// What the keyboard said since the table was last drawn.
    pub commands: Vec<Command>,
    /// How many rows fit on the screen.
    pub page: usize,
    /// How far it is scrolled, in points.
    pub scrolled: f32,
    /// A process to bring into view, whatever was folded away or filtered out.
    pub reveal: Option<ProcessKey>,
    /// A row to bring into view.
    pub scroll_to: Option<usize>,
    /// The row of sums that had the keyboard last.
    pub sum: Option<usize>,
    /// A row whose menu is to be opened.
    pub menu: Option<Subject>,
    /// The window of rows that the view shows.
    pub request: Option<Request>,
    /// Rows that are wanted once, and why.
    pub wanted: Option<(Request, Purpose)>,
    awaited: Option<(Purpose, Receiver<Rows>)>,
    /// Where a range begins: its place, and what stood there, for rows change places.
    anchor: (usize, Option<Subject>),
    /// Where it ends.
    lead: usize,
    /// Whether the lead shall be selected as soon as its row is there, and whether what was selected stays so.
    reach: Option<bool>,
    find: Option<Subject>,
}

/// The table in which a subject is a row, or, for a link, its flows are.
pub const fn of(subject: Subject) -> graph::Table {
    match subject {
        Subject::Host(_) => graph::Table::Hosts,
        Subject::Flow(_) | Subject::Link(_) | Subject::Group(_) => graph::Table::Flows,
        Subject::Service(_) => graph::Table::Services,
        Subject::Process(_) => graph::Table::Processes,
    }
}

impl Table {
    /// Something was selected anywhere: the table shall show it.
    pub fn follow(&mut self, subject: Option<Subject>) {
        let Some(subject) = subject else {
            self.selected.clear();
            return;
        };
        if let Subject::Link(_) | Subject::Group(_) = subject {
            return;
        }
        if !self.selected.contains(&subject) {
            self.selected = [subject].into();
            self.find = Some(subject);
        }
    }

    /// A row was clicked. Returns what is selected now.
    pub fn click(&mut self, index: usize, subject: Subject, click: Click, rows: &Rows) -> Option<Subject> {
        self.lead = index;
        match click {
            Click::Alone => {
                self.anchor = (index, Some(subject));
                self.selected = [subject].into();
            }
            Click::Toggle => {
                self.anchor = (index, Some(subject));
                if !self.selected.remove(&subject) {
                    self.selected.insert(subject);
                }
            }
            Click::Range => self.select_range(rows),
        }
        self.selected.contains(&subject).then_some(subject)
    }

    /// Goes to another row; a page is so many rows.
    pub fn go(&mut self, step: Step, extend: bool, rows: &Rows, page: usize, selection: Option<Subject>) {
        let last = rows.total.saturating_sub(1);
        let under_way = self.reach.is_some();
        let at = selection.filter(|_| !under_way).and_then(|s| index_of(s, rows)).unwrap_or(self.lead).min(last);
        let first_ever = self.selected.is_empty() && !under_way;
        self.lead = match step {
            Step::Up if !first_ever => at.saturating_sub(1),
            Step::Down if !first_ever => at.saturating_add(1).min(last),
            Step::PageUp => at.saturating_sub(page),
            Step::PageDown => at.saturating_add(page).min(last),
            Step::Home => 0,
            Step::End => last,
            Step::Up | Step::Down => at,
        };
        if !extend {
            self.anchor = (self.lead, None);
        }
        self.reach = Some(extend);
        self.scroll_to = Some(self.lead);
    }

    /// Brings a row into view, if it is near. Returns whether it is.
    pub fn show(&mut self, subject: Subject, rows: &Rows) -> bool {
        self.scroll_to = index_of(subject, rows).or(self.scroll_to);
        index_of(subject, rows).is_some()
    }

    /// New rows are there: does what had to wait for them. Returns what is selected now, if that changed.
    pub fn arrive(&mut self, rows: &Rows) -> Option<Subject> {
        if let Some(subject) = self.find.take() {
            match index_of(subject, rows) {
                Some(index) => self.come_to(index),
                None => self.want(Purpose::Find(subject), 0, MOST_ROWS),
            }
        }
        let extend = self.reach?;
        let subject = row(rows, self.lead)?.subject;
        self.reach = None;
        if extend {
            self.select_range(rows);
        } else {
            self.selected = [subject].into();
            self.anchor = (self.lead, Some(subject));
        }
        Some(subject)
    }

    /// Folds what stands below a process away, or shows it.
    pub fn fold(&mut self, process: ProcessKey, folded: bool) {
        let all = Arc::make_mut(&mut self.folded);
        if !folded {
            all.remove(&process);
        } else if all.len() < MOST_ROWS {
            all.insert(process);
        }
    }

    /// Asks for rows once; a table that was never drawn has none.
    pub fn want(&mut self, purpose: Purpose, offset: usize, len: usize) {
        if let Some(request) = &self.request {
            self.wanted = Some((Request { offset, len: len.min(MOST_ROWS), ..request.clone() }, purpose));
        }
    }

    /// They were asked for.
    pub fn await_rows(&mut self, purpose: Purpose, answer: Receiver<Rows>) {
        self.awaited = Some((purpose, answer));
    }

    /// The rows that were asked for once, if they are there.
    pub fn listen(&mut self) -> Option<(Purpose, Rows)> {
        let (purpose, answer) = self.awaited.take()?;
        match answer.try_recv() {
            Ok(rows) => Some((purpose, rows)),
            Err(crossbeam_channel::TryRecvError::Empty) => {
                self.awaited = Some((purpose, answer));
                None
            }
            Err(crossbeam_channel::TryRecvError::Disconnected) => None,
        }
    }

    /// Takes rows that were asked for to select or to find. Those to copy are the caller's.
    pub fn take(&mut self, purpose: Purpose, rows: &Rows) {
        match purpose {
            Purpose::Select => self.selected.extend(rows.rows.iter().map(|r| r.subject)),
            Purpose::Find(subject) => {
                if let Some(index) = index_of(subject, rows) {
                    self.come_to(index);
                }
            }
            Purpose::CopySelected | Purpose::CopyAll => {}
        }
    }

    fn come_to(&mut self, index: usize) {
        self.anchor = (index, None);
        self.lead = index;
        self.scroll_to = Some(index);
    }

    fn select_range(&mut self, rows: &Rows) {
        let (place, subject) = self.anchor;
        let anchor = subject.and_then(|s| index_of(s, rows)).unwrap_or(place);
        let (from, to) = (anchor.min(self.lead), anchor.max(self.lead));
        let here: Vec<Subject> = (from..=to.min(from + MOST_ROWS)).map_while(|i| Some(row(rows, i)?.subject)).collect();
        if here.len() == to - from + 1 {
            self.selected = here.into_iter().collect();
        } else {
            self.want(Purpose::Select, from, to - from + 1);
        }
    }
}

/// The row at that place of the table, if it is in the window.
pub fn row(rows: &Rows, index: usize) -> Option<&Row> {
    rows.rows.get(index.checked_sub(rows.offset)?)
}

fn index_of(subject: Subject, rows: &Rows) -> Option<usize> {
    Some(rows.offset + rows.rows.iter().position(|r| r.subject == subject)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use graph::{Proto, Service, Time};

    fn subject(i: usize) -> Subject {
        Subject::Service(Service { proto: Proto::TCP, port: i as u16 })
    }

    /// Rows `offset..offset + len` of 1,000.
    fn rows(offset: usize, len: usize) -> Rows {
        let rows = (offset..offset + len).map(|i| Row { subject: subject(i), cells: Vec::new(), branch: None }).collect();
        Rows { table: graph::Table::Services, now: Time::ZERO, columns: [].into(), total: 1000, offset, rows }
    }

    fn table() -> Table {
        Table {
            request: Some(crate::state::columns::request(graph::Table::Services, None, Arc::default(), None, None)),
            ..Table::default()
        }
    }

    fn selected(table: &Table) -> Vec<usize> {
        (0..1000).filter(|i| table.selected.contains(&subject(*i))).collect()
    }

    #[test]
    fn clicks_select_one_many_and_ranges() {
        let (mut table, rows) = (table(), rows(0, 50));
        assert_eq!(table.click(3, subject(3), Click::Alone, &rows), Some(subject(3)));
        table.click(6, subject(6), Click::Range, &rows);
        assert_eq!(selected(&table), [3, 4, 5, 6]);
        assert_eq!(table.click(4, subject(4), Click::Toggle, &rows), None);
        table.click(9, subject(9), Click::Toggle, &rows);
        assert_eq!(selected(&table), [3, 5, 6, 9]);
        table.click(1, subject(1), Click::Alone, &rows);
        assert_eq!(selected(&table), [1]);
    }

    #[test]
    fn a_range_begins_where_its_first_row_went() {
        let (mut table, mut rows) = (table(), rows(0, 50));
        table.click(3, subject(3), Click::Alone, &rows);
        rows.rows.swap(3, 10);
        table.click(12, subject(12), Click::Range, &rows);
        assert_eq!(selected(&table), [3, 11, 12]);
    }

    #[test]
    fn a_range_beyond_the_window_is_asked_for() {
        let mut table = table();
        table.click(3, subject(3), Click::Alone, &rows(0, 50));
        table.click(503, subject(503), Click::Range, &rows(490, 50));
        let (request, purpose) = table.wanted.take().unwrap();
        assert_eq!((request.offset, request.len, purpose), (3, 501, Purpose::Select));
        table.take(purpose, &rows(3, 501));
        assert_eq!(selected(&table).len(), 501);
    }

    #[test]
    fn the_keyboard_goes_where_no_row_is_yet() {
        let mut table = table();
        table.click(3, subject(3), Click::Alone, &rows(0, 50));
        table.go(Step::Down, false, &rows(0, 50), 20, Some(subject(3)));
        assert_eq!(table.arrive(&rows(0, 50)), Some(subject(4)));
        table.go(Step::End, false, &rows(0, 50), 20, Some(subject(4)));
        assert_eq!(table.scroll_to.take(), Some(999));
        assert_eq!(table.arrive(&rows(0, 50)), None, "its row is not there");
        assert_eq!(table.arrive(&rows(950, 50)), Some(subject(999)));
        table.go(Step::PageUp, true, &rows(950, 50), 20, Some(subject(999)));
        assert_eq!(table.arrive(&rows(950, 50)), Some(subject(979)));
        assert_eq!(selected(&table), (979..1000).collect::<Vec<_>>());
    }

    #[test]
    fn what_is_selected_elsewhere_is_found() {
        let mut table = table();
        table.follow(Some(subject(700)));
        table.arrive(&rows(0, 50));
        let (request, purpose) = table.wanted.take().unwrap();
        assert_eq!((request.offset, purpose), (0, Purpose::Find(subject(700))));
        table.take(purpose, &rows(0, 1000));
        assert_eq!(table.scroll_to, Some(700));
        table.follow(None);
        assert!(table.selected.is_empty());
    }
}
