//! Time slices, and what else a model hands out as it goes.

use crate::{Difference, Flow, FlowId, FlowKey, Host, Ledger, LinkId, Model, OriginId, Owners, Service, Time, Trace};

/// What happened in one second.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice {
    /// Its first instant; it ends one second later.
    pub start: Time,
    /// Every flow that was heard of in it, in the order in which it was.
    pub rows: Vec<SliceRow>,
    /// Who tells of everything once a slice, and had not yet when it closed: what these counted last is in the next one.
    pub incomplete: Vec<OriginId>,
    /// Each origin's ledger at its end.
    pub ledgers: Vec<(OriginId, Ledger)>,
}

/// One flow in one slice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SliceRow {
    /// The flow.
    pub flow: FlowId,
    /// Its key.
    pub key: FlowKey,
    /// Its link.
    pub link: LinkId,
    /// What it is for.
    pub service: Service,
    /// The processes that have its ends.
    pub owners: Owners,
    /// What it moved in this slice.
    pub moved: Difference,
}

/// Where a model hands what it lets go. Everything is optional.
pub trait Sink {
    /// A slice is over.
    fn slice(&mut self, _slice: &Slice) {}
    /// A flow is over and has left the table; `model` still knows whose it was.
    fn flow_ended(&mut self, _flow: &Flow, _model: &Model) {}
    /// A host leaves the graph.
    fn host_gone(&mut self, _host: &Host) {}
    /// A way was traced, and is news.
    fn traced(&mut self, _at: Time, _trace: &Trace) {}
}

impl Sink for () {}
