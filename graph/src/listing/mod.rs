//! Tables: which rows, in which order, from where to where. A view asks for a window of rows and holds no table itself.

mod details;
mod flows;
mod hosts;
mod select;
mod services;

pub use flows::tags_in_words;

use std::cmp::Ordering;
use std::sync::Arc;
use std::time::Duration;

use crate::{FlowId, HostId, LinkId, Model, Service, Time};

impl Model {
    /// The columns of a table, in their usual order.
    pub fn list_columns(&self, table: Table) -> Vec<ListColumn> {
        match table {
            Table::Hosts => hosts::columns(),
            Table::Flows => flows::columns(self.registry()),
            Table::Services => services::columns(),
        }
    }

    /// A window of a table.
    pub fn rows(&self, request: &Request) -> Rows {
        match request.table {
            Table::Hosts => hosts::rows(self, request),
            Table::Flows => flows::rows(self, request),
            Table::Services => services::rows(self, request),
        }
    }
}

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// A row a host.
    Hosts,
    /// A row a live flow.
    Flows,
    /// A row a service.
    Services,
}

/// What a row stands for; also what is selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A host.
    Host(HostId),
    /// A link between two hosts.
    Link(LinkId),
    /// A flow.
    Flow(FlowId),
    /// A service.
    Service(Service),
}

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListColumn {
    /// Its name in settings, exports and on the command line: lower-case, stable.
    pub name: String,
    /// What stands above it.
    pub title: String,
    /// One line of help.
    pub help: String,
    /// Whether its cells are numbers: right-aligned, and largest first when first sorted by.
    pub numeric: bool,
    /// Whether it is shown until the user says otherwise.
    pub shown: bool,
}

impl ListColumn {
    fn new(name: &str, title: &str, help: &str) -> Self {
        ListColumn { name: name.to_owned(), title: title.to_owned(), help: help.to_owned(), numeric: false, shown: true }
    }

    fn number(self) -> Self {
        ListColumn { numeric: true, ..self }
    }

    fn hidden(self) -> Self {
        ListColumn { shown: false, ..self }
    }
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Empty,
    /// Words.
    Text(Arc<str>),
    /// An address.
    Addr(std::net::IpAddr),
    /// A count.
    Count(u64),
    /// A size in bytes.
    Bytes(u64),
    /// Bytes a second.
    Rate(f32),
    /// A point in time.
    Time(Time),
    /// A length of time.
    Duration(Duration),
}

impl Cell {
    /// Orders two cells of one column; what is empty comes last.
    pub fn order(&self, other: &Cell) -> Ordering {
        match (self, other) {
            (Cell::Empty, Cell::Empty) => Ordering::Equal,
            (Cell::Empty, _) => Ordering::Greater,
            (_, Cell::Empty) => Ordering::Less,
            (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
            (Cell::Addr(a), Cell::Addr(b)) => a.cmp(b),
            (Cell::Count(a) | Cell::Bytes(a), Cell::Count(b) | Cell::Bytes(b)) => a.cmp(b),
            (Cell::Rate(a), Cell::Rate(b)) => a.total_cmp(b),
            (Cell::Time(a), Cell::Time(b)) => a.cmp(b),
            (Cell::Duration(a), Cell::Duration(b)) => a.cmp(b),
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    const fn rank(&self) -> u8 {
        match self {
            Cell::Empty => 7,
            Cell::Text(_) => 0,
            Cell::Addr(_) => 1,
            Cell::Count(_) => 2,
            Cell::Bytes(_) => 3,
            Cell::Rate(_) => 4,
            Cell::Time(_) => 5,
            Cell::Duration(_) => 6,
        }
    }
}

/// Which window of which table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The table.
    pub table: Table,
    /// The name of the column to sort by; an unknown one sorts by the table's first.
    pub sort: String,
    /// Whether the largest come first.
    pub descending: bool,
    /// Only rows in which this stands, in any letter case; empty for all.
    pub filter: String,
    /// Only rows of this subject's hosts, flows or services; none for all.
    pub of: Option<Subject>,
    /// The first row of the window.
    pub offset: usize,
    /// How many rows at most.
    pub len: usize,
}

/// A window of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows {
    /// The table.
    pub table: Table,
    /// The model's time.
    pub now: Time,
    /// The columns, in the order of the cells.
    pub columns: Arc<[ListColumn]>,
    /// How many rows match in all.
    pub total: usize,
    /// The first row's place among them.
    pub offset: usize,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it stands for.
    pub subject: Subject,
    /// Its cells, one a column.
    pub cells: Vec<Cell>,
}

/// All that is known of what is selected.
#[derive(Clone, Debug, PartialEq)]
pub struct Details {
    /// What it is about.
    pub subject: Subject,
    /// The model's time.
    pub now: Time,
    /// The host; for a link its lower end.
    pub host: Option<crate::Host>,
    /// For a link: the other end.
    pub other: Option<crate::Host>,
    /// The link.
    pub link: Option<crate::Link>,
    /// The flow.
    pub flow: Option<crate::Flow>,
    /// Its tags, in words: name, value.
    pub tags: Vec<(String, String)>,
    /// Its busiest flows.
    pub flows: Rows,
    /// Bytes sent and received in each of the last seconds, oldest first; the last one is the newest closed slice.
    pub history: Vec<[u64; 2]>,
}
