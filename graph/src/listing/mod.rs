//! Tables: which rows, in which order, from where to where. A view asks for a window of rows and holds no table itself.

mod cast;
mod columns;
mod details;
mod flows;
mod hosts;
mod known;
mod processes;
mod seen;
mod select;
mod services;
mod story;
mod tree;

pub use cast::{Cast, MAX_CAST, Member};
pub use columns::ListColumn;
pub(crate) use columns::cell as value_cell;
pub use flows::tags_in_words;
pub use known::{Claim, Known};
pub use seen::SeenBy;
pub(crate) use services::sums;
pub use story::Story;
pub use tree::DEAD_SHOWN;

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use arcstr::ArcStr;

use crate::{Flow, FlowId, GroupId, HostId, LinkId, Model, ProcessKey, Query, Service, Time, Value};

impl Model {
    /// The columns of a table, in their usual order.
    pub fn list_columns(&self, table: Table) -> Vec<ListColumn> {
        columns::columns(self, table)
    }

    /// A window of a table.
    pub fn rows(&self, request: &Request) -> Rows {
        self.rows_with(request, &[])
    }

    /// The same; among flows also some that have ended.
    pub fn rows_with(&self, request: &Request, ended: &[Flow]) -> Rows {
        match request.table {
            Table::Hosts => hosts::rows(self, request),
            Table::Flows => flows::rows(self, request, ended),
            Table::Services => services::rows(self, request),
            Table::Processes => processes::rows(self, request),
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
    /// A row a process.
    Processes,
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
    /// A process.
    Process(ProcessKey),
    /// A group of hosts and processes, as the graph draws it.
    Group(GroupId),
}

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known.
    Empty,
    /// Words.
    Text(ArcStr),
    /// An address.
    Addr(std::net::IpAddr),
    /// A count.
    Count(u64),
    /// A number that counts nothing: of a port, of a process.
    Number(u64),
    /// A size in bytes.
    Bytes(u64),
    /// Bytes a second.
    Rate(f32),
    /// A share of one whole: 1 is all of it.
    Share(f32),
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
            (Cell::Count(a) | Cell::Number(a) | Cell::Bytes(a), Cell::Count(b) | Cell::Number(b) | Cell::Bytes(b)) => a.cmp(b),
            (Cell::Rate(a) | Cell::Share(a), Cell::Rate(b) | Cell::Share(b)) => a.total_cmp(b),
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
            Cell::Count(_) | Cell::Number(_) => 2,
            Cell::Bytes(_) => 3,
            Cell::Rate(_) | Cell::Share(_) => 4,
            Cell::Time(_) => 5,
            Cell::Duration(_) => 6,
        }
    }
}

impl From<&Value> for Cell {
    fn from(value: &Value) -> Cell {
        match value {
            Value::Text(words) | Value::Symbol(words) => Cell::Text(words.clone()),
            Value::Ip(addr) => Cell::Addr(*addr),
            Value::Integer(n) => Cell::Count(*n),
            Value::Port(n) => Cell::Number(u64::from(*n)),
            Value::Bytes(n) => Cell::Bytes(*n),
            Value::Rate(n) => Cell::Rate(*n as f32),
            Value::Duration(duration) => Cell::Duration(*duration),
            Value::Time(time) => Cell::Time(*time),
            Value::Bool(_) | Value::Mac(_) | Value::Net(_) | Value::List(_) => Cell::Text(value.to_string().into()),
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
    /// Only rows that match; by what it sorts, how many it wants and which columns it names goes before what else is asked here. What it sums
    /// is told by [`Model::sums`].
    pub filter: Arc<Query>,
    /// Only rows of this subject's hosts, flows, services or processes; none for all.
    pub of: Option<Subject>,
    /// As a tree, for tables that are one; none for a flat list.
    pub tree: Option<Tree>,
    /// The first row of the window.
    pub offset: usize,
    /// How many rows at most.
    pub len: usize,
}

/// How a tree is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Processes whose children are folded away.
    pub folded: Arc<BTreeSet<ProcessKey>>,
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
    /// Its place in the tree, where the rows are one.
    pub branch: Option<Branch>,
}

/// A row's place in a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch {
    /// How many rows it stands below; 0 for a root.
    pub depth: u16,
    /// How many rows stand right below it, folded away or not.
    pub children: u32,
    /// Whether they are folded away.
    pub folded: bool,
    /// When it came, if that was seen.
    pub born: Option<Time>,
    /// When it went.
    pub died: Option<Time>,
}

/// What a process and all that it began, and they began, come to; the living alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Family {
    /// How many there are, without the one it is about.
    pub members: u64,
    /// Processors they keep busy.
    pub cpu_share: f32,
    /// Their resident memory.
    pub rss_bytes: u64,
    /// Their live flows.
    pub flows: u64,
    /// Bytes they sent and received in flows of their own.
    pub bytes: u64,
}

/// A group, and what is in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Members {
    /// The group.
    pub group: crate::Group,
    /// How many hosts are in it.
    pub hosts: usize,
    /// What they sent.
    pub sent: crate::Counts,
    /// What they received.
    pub received: crate::Counts,
    /// Bytes a second that they send, and receive.
    pub rates: [f32; 2],
    /// Those of them that moved the most: how many bytes, who, and what a person calls them.
    pub busiest: Vec<(u64, HostId, String)>,
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
    /// The process.
    pub process: Option<crate::Process>,
    /// The group, and what is in it.
    pub group: Option<Members>,
    /// What it has in common with others.
    pub alike: Vec<(crate::Attribute, ArcStr)>,
    /// What began it, what began that, and so on.
    pub lineage: Vec<crate::Process>,
    /// How old it is, or of a dead one became.
    pub age: Option<Duration>,
    /// Its user: a name, or a number.
    pub user: Option<ArcStr>,
    /// What it and all that it began take together.
    pub family: Family,
    /// Of a flow: which program talks, and what started it.
    pub story: Option<Story>,
    /// What else is known of it, who says so, and who says otherwise.
    pub known: Vec<Known>,
    /// Of a host: the newest traced way to it.
    pub route: Option<crate::Route>,
    /// Every origin that saw it, or of a host and a link their live flows; who counted the most bytes first.
    pub seen_by: Vec<SeenBy>,
    /// The other machine that an address of it, or the process, belongs to; none where all is of this one, or means the same to many.
    pub elsewhere: Option<String>,
    /// Its busiest flows.
    pub flows: Rows,
    /// Bytes sent and received in each of the last seconds, oldest first; the last one is the newest closed slice.
    pub history: Vec<[u64; 2]>,
}
