//! Springs: every link in a share pulls or pushes its two ends to its own length.

use super::LINK_LENGTH;
use super::bodies::Bodies;
use crate::graph::{Graph, Slot};

/// All links, and those of them that do something.
#[derive(Debug, Default)]
pub(super) struct Springs {
    links: Vec<(Slot, Slot, f32)>,
    of: Option<u64>,
    taut: Vec<Spring>,
}

/// A link between two bodies.
#[derive(Debug, Clone, Copy)]
struct Spring {
    ends: [u32; 2],
    stiffness: f32,
    length: f32,
}

impl Springs {
    /// Takes up the links of a graph that changed.
    pub(super) fn list(&mut self, graph: &Graph) {
        if self.of != Some(graph.version()) {
            self.links.clear();
            self.links.extend(graph.links());
            self.of = Some(graph.version());
        }
    }

    /// Finds the ends of all links among the bodies; links between cold ones, and between shares, do nothing.
    pub(super) fn join(&mut self, graph: &Graph, bodies: &Bodies) {
        self.taut.clear();
        for &(a, b, stiffness) in &self.links {
            let (Some(one), Some(other)) = (bodies.find(a), bodies.find(b)) else { continue };
            let (Some(from), Some(to)) = (bodies.all.get(one as usize), bodies.all.get(other as usize)) else { continue };
            if (from.hot || to.hot) && graph.node(a).share == graph.node(b).share {
                self.taut.push(Spring { ends: [one, other], stiffness, length: LINK_LENGTH + from.radius + to.radius });
            }
        }
        self.taut.sort_unstable_by_key(|spring| spring.ends);
    }

    /// Adds the pull of every spring, and its stiffness, by which motion is normalised: a hub of a thousand leaves moves
    /// by their mean, not by their sum.
    pub(super) fn add(&self, bodies: &mut Bodies) {
        for Spring { ends: [one, other], stiffness, length } in &self.taut {
            let apart = bodies.at(*other as usize) - bodies.at(*one as usize);
            let distance = apart.length();
            // Two ends in one place have no direction to be pushed in; repulsion parts them first.
            let pull = if distance > 0.01 { apart * (stiffness * (distance - length) / distance) } else { apart };
            for (end, pull) in [(one, pull), (other, -pull)] {
                bodies.push(*end as usize, |force| {
                    force.pull += pull;
                    force.stiffness += stiffness;
                });
            }
        }
    }
}
