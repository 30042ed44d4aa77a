//! The domain of glouglou: hosts, the flows between them, and what is known of both.
//!
//! No input or output, no thread and no clock: time is an argument. A [`Model`] is told [`Event`]s and says what
//! changed; whoever looks starts from a [`Snapshot`] and applies each [`Delta`].

mod column;
mod compute;
mod counted;
mod deadlines;
mod delta;
mod event;
mod faces;
mod field;
mod flow;
mod fold;
mod history;
mod host;
mod key;
mod limits;
mod link;
mod listing;
mod mixed;
mod model;
mod modules;
mod names;
mod node;
mod observers;
mod pieces;
mod process;
mod query;
mod route;
mod scope;
mod service;
mod share;
mod slice;
mod stats;
mod table;
mod time;
mod touched;
mod waiting;

pub use arcstr::ArcStr;
pub use column::{
    Column, ColumnId, Confidence, List, MAX_LIST, MAX_LIST_BYTES, MAX_SAID, MAX_TAGS, MAX_TEXT_BYTES, Meaning, Place, Registry,
    RegistryBuilder, RegistryError, Rule, Said, Tag, Tags, Value, ValueType, order,
};
pub use compute::{
    Acquaintances, Beacons, Computation, Computations, Database, DomainNames, Failure, FirstContacts, GeoError, Geography, Happening,
    Interest, Listed, Ports, Prepared, ROUNDS, Scans, Scopes, Services, Standing, Trouble, Unreadable, Updates, Vendors,
};
pub use counted::Seen;
pub use deadlines::Deadlines;
pub use delta::{Delta, Snapshot, Totals};
pub use event::{Basis, ConnId, EndReason, Event, Initiator, Kind, Ledger, NameOrigin, OriginId, Round};
pub use field::{Asked, End, Field, FieldId, Schema, What};
pub use flow::{Flow, FlowId, State};
pub use fold::{
    Attribute, BUDGET, By, Drawn, DrawnLine, DrawnNode, Folding, Group, GroupId, GroupKey, Identity, Layering, LineId, MAX_LEVELS, Part,
    Uncounted,
};
pub use history::{HISTORY_SECS, History};
pub use host::{Host, HostId, MAX_NAMES, Name, Names};
pub use key::{Endpoint, FlowKey, HostKey, Proto, Realm, Realms, Side, Tuple};
pub use limits::Limits;
pub use link::{Link, LinkId};
pub use listing::{
    Branch, Cast, Cell, Claim, DEAD_SHOWN, Details, Family as ProcessFamily, Known, ListColumn, MAX_CAST, Member, Members, Request, Row,
    Rows, SeenBy, Story, Subject, Table, Tree, tags_in_words,
};
pub use mixed::Mixed;
pub use model::{Model, Origin, SLICE};
pub use modules::{MAX_MODULE_EVENTS, ModuleEvent, Modules};
pub use node::Node;
pub use observers::Observers;
pub use process::{
    Attribution, Change, Container, Exit, Image, MAX_EARLIER, Owner, Owners, Process, ProcessId, ProcessKey, SAME_START, Unread, Usage,
};
pub use query::{
    Aggregate, By as QueryBy, Completion, Figure, How, MAX_QUERY, Offer, OfferKind, Op, Query, QueryError, Selection, Sort, SumRow, Sums,
    complete, literal, quote,
};
pub use route::{Answer, Hop, MAX_HOPS, Route, Stop, Trace};
pub use scope::{Scope, Vicinity};
pub use service::{Family, Service};
pub use share::{Share, ShareId};
pub use slice::{Sink, Slice, SliceRow};
pub use stats::{Both, Counts, Difference, Rate, Total, decay};
pub use time::Time;
