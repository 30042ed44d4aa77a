//! A line as it is drawn.

use graph::{DrawnLine, Family, LineId, LinkId, Service};

use super::super::scale::dots;
use super::PHASES;
use super::lens::Lens;
use super::node::Node;
use crate::state::mode::Tint;

/// A line as it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    /// What it is.
    pub id: LineId,
    /// The link that it is, or is part of.
    pub link: Option<LinkId>,
    /// What it is for; none where nothing goes along it.
    pub family: Option<Family>,
    /// The colour of whose probe counted the most of it, where colours stand for that.
    pub probe: Option<Tint>,
    /// How busy it looks.
    pub activity: f32,
    /// How busy each direction is: from A to B, and back.
    pub ways: [f32; 2],
    /// How far the dots of each direction have run, in ways between two of them; below [`PHASES`].
    pub phases: [f32; 2],
    /// How opaque it is.
    pub opacity: f32,
    /// Where its ends are among the nodes.
    pub ends: [u32; 2],
    pub(super) lit: bool,
    pub(super) service: Option<Service>,
}

impl Edge {
    pub(super) fn new(line: &DrawnLine, nth: usize) -> Edge {
        Edge {
            id: line.id,
            link: line.link,
            family: line.service.map(|service| service.family()),
            probe: None,
            activity: 0.0,
            ways: [0.0; 2],
            phases: phases(nth),
            opacity: 0.0,
            lit: true,
            ends: line.ends,
            service: line.service,
        }
    }

    pub(super) fn run(&mut self, dt: f32) {
        for (phase, way) in self.phases.iter_mut().zip(self.ways) {
            let (speed, gap, _) = dots(way);
            *phase += speed * dt / gap;
            if *phase >= PHASES {
                *phase -= PHASES;
            }
        }
    }
}

/// Where the dots of the nth line begin: not those of all lines at the same place.
fn phases(nth: usize) -> [f32; 2] {
    [0.618_034, 0.414_214].map(|part| (nth as f32 * part).fract() * PHASES)
}

/// How clearly a line between two nodes is seen through a lens.
pub(super) fn clearness(edge: &Edge, a: &Node, b: &Node, lens: &Lens) -> f32 {
    let of_family = lens.family.is_none_or(|lit| edge.family == Some(lit));
    let of_hovered = lens.hovered.is_none_or(|id| a.id == id || b.id == id);
    if !edge.lit || !of_family {
        0.07
    } else if !of_hovered {
        0.4
    } else {
        a.opacity.min(b.opacity)
    }
}
