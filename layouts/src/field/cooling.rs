//! Heat: who may move, and for how long. A change heats only what it touched and its neighbourhood; all heat decays,
//! so that every layout comes to rest within a known number of ticks.

use std::collections::VecDeque;

use fdg_sim::glam::Vec2;

use super::Field;
use crate::graph::{Graph, Slot};

/// In how many ticks full heat falls to none: three seconds for a home network, up to nine for thousands of nodes,
/// whose far parts need longer to find each other.
const TICKS: std::ops::RangeInclusive<f32> = 180.0..=540.0;
/// From how many nodes on it takes longer.
const FEW: f32 = 100.0;
/// Less heat than this is none.
const COLD: f32 = 0.002;
/// What a neighbour gets of a node's heat.
const CONDUCTED: f32 = 0.4;
/// Less than this is not passed on.
const FAINT: f32 = 0.1;

/// Which part of its heat a node of a share of so many keeps for so many ticks.
pub(super) fn kept(nodes: usize, ticks: f32) -> f32 {
    let ticks_to_rest = (TICKS.start() * (nodes as f32 / FEW).cbrt()).clamp(*TICKS.start(), *TICKS.end());
    COLD.powf(ticks / ticks_to_rest)
}

/// The heat that is left.
pub(super) fn cooled(heat: f32, kept: f32) -> f32 {
    let left = heat * kept;
    if left < COLD { 0.0 } else { left }
}

/// Takes all heat from a node.
pub(super) fn chill_one(graph: &mut Graph, slot: Slot) {
    graph.change(slot, |node| {
        node.heat = 0.0;
        node.velocity = Vec2::ZERO;
    });
}

impl Field {
    /// Adds heat to every node of a share, up to 1.
    pub(crate) fn warm(&mut self, number: usize, heat: f32) {
        let Some(share) = self.shares.list.get_mut(number).filter(|_| heat > COLD) else {
            return;
        };
        share.wake();
        let share = share.clone();
        for slot in self.shares.members(&share) {
            self.graph.change(*slot, |node| node.heat = (node.heat + heat).min(1.0));
        }
        self.touch();
    }

    /// Heats nodes, and what is around them in their share the less the further it is.
    pub(crate) fn spread_heat(&mut self, sources: impl IntoIterator<Item = (Slot, f32)>) {
        let mut waiting: VecDeque<(Slot, f32)> = sources.into_iter().collect();
        while let Some((slot, heat)) = waiting.pop_front() {
            let before = self.graph.node(slot);
            if before.heat >= heat {
                continue;
            }
            self.graph.change(slot, |node| node.heat = heat);
            if let Some(share) = self.shares.list.get_mut(before.share as usize) {
                share.wake();
            }
            let conducted = heat * CONDUCTED;
            if conducted >= FAINT {
                let near = self.graph.neighbours(slot).map(|(neighbour, _)| neighbour);
                waiting.extend(near.filter(|near| self.graph.node(*near).share == before.share).map(|near| (near, conducted)));
            }
        }
        self.touch();
    }
}
