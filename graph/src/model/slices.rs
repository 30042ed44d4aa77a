//! Slices: what was heard of in the one that is open, and how it closes.

use std::num::NonZeroU32;

use super::shares::Shares;
use super::{Model, OriginState};
use crate::{Flow, FlowId, OriginId, Sink, SliceRow, Time, Total};

/// The flows that were heard of in the slice that is open, in the order in which they were, and what each had moved before.
#[derive(Debug, Default)]
pub(super) struct Heard(Vec<(FlowId, Total)>);

impl Heard {
    /// A flow is heard of for the first time. Returns where it stands.
    pub(super) fn put(&mut self, flow: FlowId, before: Total) -> Option<NonZeroU32> {
        self.0.push((flow, before));
        NonZeroU32::new(u32::try_from(self.0.len()).ok()?)
    }

    /// What a flow moved since the slice began, once it was heard of in it; it no longer stands there.
    pub(super) fn row(&self, flow: &mut Flow, shares: &Shares) -> Option<SliceRow> {
        let place = flow.in_slice.take()?.get() as usize - 1;
        let (_, before) = self.0.get(place)?;
        Some(SliceRow {
            flow: flow.id,
            key: flow.key,
            link: flow.link,
            service: flow.service,
            owners: shares.owners(flow),
            moved: flow.total().since(before),
        })
    }
}

impl Model {
    /// The slice that is open is over.
    pub(super) fn close_slice(&mut self, sink: &mut dyn Sink) {
        let heard = std::mem::take(&mut self.heard);
        self.slice.rows.reserve_exact(heard.0.len());
        for (id, _) in &heard.0 {
            if let Some(flow) = self.flows.get_unasked(*id) {
                self.slice.rows.extend(heard.row(flow, &self.shares));
            }
        }
        if !self.slice.rows.is_empty() || self.slice.start > Time::ZERO {
            let start = self.slice.start;
            let late = |(_, state): &(u16, &OriginState)| state.round.is_some_and(|told| told < start);
            self.slice.incomplete = (0..).zip(&self.origins).filter(late).map(|(id, _)| OriginId(id)).collect();
            if !self.slice.incomplete.is_empty() {
                self.totals.slices_incomplete += 1;
                self.changed.totals = true;
            }
            self.slice.ledgers = self.totals.origins.iter().map(|(id, _, ledger)| (*id, *ledger)).collect();
            sink.slice(&self.slice);
        }
        // A second with many flows is no reason to keep room for as many.
        self.slice.rows = Vec::new();
    }
}
