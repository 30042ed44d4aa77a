//! The arrays of a model's flows: made when they are asked for, brought up to date, run.

use std::time::Duration;

use super::array::{Array, Codes, Source};
use super::kernel::{Mask, Node, WORDS};
use super::plan::Planner;
use crate::query::expr::Expr;
use crate::query::slot;
use crate::touched::{Again, Part};
use crate::{FlowId, Model, ProcessKey, Service, Time};

/// What filters ask of flows, in arrays. A flow has the same place in each; where none lives there is nothing.
#[derive(Debug, Default)]
pub(crate) struct Arrays {
    ids: Vec<FlowId>,
    /// A bit for each place where a flow lives.
    live: Vec<u64>,
    sources: Vec<Source>,
    arrays: Vec<Array>,
    /// When each was last asked for.
    asked: Vec<Time>,
    /// When anything was.
    updated: Time,
}

/// What nobody asked for in so long is let go.
const KEPT: Duration = Duration::from_secs(60);

/// The flows that match.
#[derive(Debug, Default)]
pub(in crate::query) struct Matched {
    pub(in crate::query) bits: Vec<u64>,
    pub(in crate::query) keys: Vec<FlowId>,
}

impl Arrays {
    /// Those live flows for which a filter holds.
    pub(in crate::query) fn matched(&mut self, model: &Model, filter: &Expr) -> Matched {
        self.update(model);
        let mut wanted = Vec::new();
        Planner { model, arrays: None, wanted: &mut wanted }.node(filter);
        self.make(model, &wanted);
        let node = Planner { model, arrays: Some(self), wanted: &mut wanted }.node(filter);
        self.run(&node, model)
    }

    /// Lets go of what nobody asked for in a while. Returns whether that is all.
    pub(crate) fn forget(&mut self, now: Time) -> bool {
        while let Some(at) = self.asked.iter().position(|asked| asked.plus(KEPT) < now) {
            self.remove(at);
        }
        let all = !self.live.is_empty() && self.updated.plus(KEPT) < now;
        if all {
            *self = Arrays::default();
        }
        all
    }

    /// How many arrays there are, and of how many flows at most.
    #[cfg(test)]
    pub(super) fn size(&self) -> (usize, usize) {
        (self.arrays.len(), self.ids.len())
    }

    fn remove(&mut self, at: usize) {
        self.sources.swap_remove(at);
        self.arrays.swap_remove(at);
        self.asked.swap_remove(at);
    }

    /// Has the arrays of these sources, up to date.
    pub(super) fn ready(&mut self, model: &Model, sources: &[Source]) {
        self.update(model);
        self.make(model, sources);
    }

    /// The flow at each place, and a bit for those that live.
    pub(super) fn flows(&self) -> (&[FlowId], &[u64]) {
        (&self.ids, &self.live)
    }

    fn run(&self, node: &Node, model: &Model) -> Matched {
        let mut bits = Vec::with_capacity(self.live.len());
        for (chunk, live) in self.live.chunks(WORDS).enumerate() {
            let mut alive: Mask = [0; WORDS];
            alive.iter_mut().zip(live).for_each(|(alive, live)| *alive = *live);
            let found = node.run(&self.arrays, model.now(), chunk * WORDS * 64, &alive);
            bits.extend(found.iter().take(live.len()));
        }
        let keys = places(&bits).filter_map(|at| self.ids.get(at)).copied().collect();
        Matched { bits, keys }
    }

    /// The places of what the matching flows have of a source.
    pub(in crate::query) fn places(&mut self, model: &Model, source: Source, matched: &[u64]) -> Vec<u64> {
        let mut bits = Vec::new();
        self.codes(model, source, matched, |code, _| {
            let place = code - 1;
            if bits.len() <= place / 64 {
                bits.resize(place / 64 + 1, 0);
            }
            bits.get_mut(place / 64).into_iter().for_each(|word| *word |= 1 << (place % 64));
        });
        bits
    }

    /// The processes that have an end of the matching flows.
    pub(in crate::query) fn owners(&mut self, model: &Model, source: Source, matched: &[u64]) -> Vec<ProcessKey> {
        let mut seen = Vec::new();
        self.codes(model, source, matched, |code, codes| {
            if seen.len() < code {
                seen.resize(code, None);
            }
            if let Codes::Owners(all) = codes {
                seen.get_mut(code - 1).into_iter().for_each(|one| *one = all.things().get(code - 1).copied());
            }
        });
        seen.into_iter().flatten().collect()
    }

    /// The services of the matching flows.
    pub(in crate::query) fn services(&mut self, model: &Model, matched: &[u64]) -> Vec<Service> {
        let mut seen = Vec::new();
        self.codes(model, Source::Service, matched, |code, codes| {
            if seen.len() < code {
                seen.resize(code, None);
            }
            if let Codes::Services(all) = codes {
                seen.get_mut(code - 1).into_iter().for_each(|one| *one = all.things().get(code - 1).copied());
            }
        });
        seen.into_iter().flatten().collect()
    }

    fn codes(&mut self, model: &Model, source: Source, matched: &[u64], mut see: impl FnMut(usize, &Codes)) {
        self.make(model, &[source]);
        let Some(Array::Codes(codes, known)) = self.place(source).and_then(|at| self.arrays.get(at)) else { return };
        for at in places(matched) {
            let code = codes.get(at).copied().unwrap_or(0) as usize;
            if code > 0 {
                see(code, known);
            }
        }
    }

    pub(super) fn place(&self, source: Source) -> Option<usize> {
        self.sources.iter().position(|known| *known == source)
    }

    pub(super) fn array(&self, at: usize) -> Option<&Array> {
        self.arrays.get(at)
    }

    /// Brings all that is there up to date.
    fn update(&mut self, model: &Model) {
        self.updated = model.now();
        let flows = model.flow_table().len();
        while let Some(at) = self.arrays.iter().position(|array| array.is_stale(flows)) {
            self.remove(at);
        }
        match model.flow_table().take_touched() {
            Again::All => {
                self.live.clear();
                for at in 0..self.arrays.len() {
                    if let Some((source, array)) = self.sources.get(at).zip(self.arrays.get_mut(at)) {
                        *array = Array::new(*source, 0);
                    }
                }
                for flow in model.flows() {
                    self.put(flow.id, Part::Whole, model);
                }
            }
            Again::These(ids) => ids.into_iter().for_each(|(id, part)| self.put(id, part, model)),
        }
    }

    /// Takes a flow in, or out.
    fn put(&mut self, id: FlowId, part: Part, model: &Model) {
        let at = slot(id);
        let places = (at / 64 + 1) * 64;
        if self.live.len() * 64 < places {
            // Room for more than the one: a table that grows is not moved for each flow.
            let words = (places / 64).max(self.live.len() * 3 / 2);
            self.live.resize(words, 0);
            self.ids.resize(words * 64, FlowId::default());
            self.arrays.iter_mut().for_each(|array| array.resize(words * 64));
        }
        let bit = 1 << (at % 64);
        let Some((word, known)) = self.live.get_mut(at / 64).zip(self.ids.get_mut(at)) else { return };
        match model.flow(id) {
            Some(flow) => {
                *word |= bit;
                *known = id;
                for (source, array) in self.sources.iter().zip(&mut self.arrays) {
                    if part == Part::Whole || source.is_counted() {
                        array.put(*source, at, flow, model);
                    }
                }
            }
            None if *known == id => *word &= !bit,
            None => {}
        }
    }

    /// Makes the arrays of these sources that are not there, all in one walk over the flows.
    fn make(&mut self, model: &Model, wanted: &[Source]) {
        let now = model.now();
        for (source, asked) in self.sources.iter().zip(&mut self.asked) {
            if wanted.contains(source) {
                *asked = now;
            }
        }
        let mut new: Vec<(Source, Array)> = Vec::new();
        for source in wanted {
            if self.place(*source).is_none() && !new.iter().any(|(known, _)| known == source) {
                new.push((*source, Array::new(*source, self.live.len() * 64)));
            }
        }
        if new.is_empty() {
            return;
        }
        for flow in model.flows() {
            new.iter_mut().for_each(|(source, array)| array.put(*source, slot(flow.id), flow, model));
        }
        let (sources, arrays): (Vec<Source>, Vec<Array>) = new.into_iter().unzip();
        self.sources.extend(sources);
        self.arrays.extend(arrays);
        self.asked.resize(self.arrays.len(), now);
    }
}

/// The places of the bits that are set.
pub(in crate::query) fn places(bits: &[u64]) -> impl Iterator<Item = usize> {
    bits.iter().enumerate().flat_map(|(at, word)| {
        let rest = |word: &u64| Some(word & (word - 1)).filter(|rest| *rest != 0);
        std::iter::successors(Some(*word).filter(|word| *word != 0), rest).map(move |word| at * 64 + word.trailing_zeros() as usize)
    })
}
