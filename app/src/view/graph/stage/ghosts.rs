//! What is gone fades out where it was: a moment later it is forgotten.

use egui::{Pos2, Rect};
use graph::Drawn;

use super::super::camera::Sight;
use super::super::scale::magnification;
use super::{Edge, Motion, Node};

/// In so many seconds nothing is left.
const FADE_SECS: f32 = 0.5;
/// Of more than this that go at once nothing is kept: then it is another picture, and no news.
const MOST: usize = 400;

/// A line that is gone.
#[derive(Clone, Copy, Debug)]
pub struct GhostLine {
    /// What it was.
    pub edge: Edge,
    /// The places of its ends, in layout units.
    places: [Pos2; 2],
    /// Where they are on the screen.
    pub ends: [Pos2; 2],
}

/// What is gone, and fades.
#[derive(Clone, Debug, Default)]
pub struct Ghosts {
    nodes: Vec<Node>,
    lines: Vec<GhostLine>,
}

impl Ghosts {
    /// The nodes.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The lines.
    pub fn lines(&self) -> &[GhostLine] {
        &self.lines
    }

    /// What was drawn and no longer is.
    pub(super) fn see(&mut self, nodes: &[Node], edges: &[Edge], drawn: &Drawn) {
        let place = |end: u32| nodes.get(end as usize)?.place;
        let seen = |node: &&Node| node.visible && node.opacity > 0.0;
        let gone_nodes: Vec<Node> = gone(nodes, &drawn.nodes, |node| node.id, |node| node.id)
            .filter(seen)
            .map(|node| Node { news: None, near: false, ..*node })
            .take(MOST + 1)
            .collect();
        let line = |edge: &Edge| {
            let [a, b] = edge.ends.map(place);
            Some(GhostLine { edge: *edge, places: [a?, b?], ends: [Pos2::ZERO; 2] })
        };
        let gone_lines = gone(edges, &drawn.lines, |edge| edge.id, |line| line.id).filter(|edge| edge.opacity > 0.0);
        let gone_lines: Vec<GhostLine> = gone_lines.filter_map(line).take(MOST + 1).collect();
        // Who is back is no ghost any more.
        self.nodes.retain(|node| drawn.index(node.id).is_none());
        self.lines.retain(|line| drawn.lines.binary_search_by_key(&line.edge.id, |line| line.id).is_err());
        if gone_nodes.len() + self.nodes.len() <= MOST {
            self.nodes.extend(gone_nodes);
        }
        if gone_lines.len() + self.lines.len() <= MOST {
            self.lines.extend(gone_lines);
        }
    }

    /// Fades by one frame. Returns whether anything is left.
    pub(super) fn fade(&mut self, motion: &Motion) -> bool {
        if !motion.smooth {
            self.nodes.clear();
            self.lines.clear();
        }
        let less = motion.dt / FADE_SECS;
        self.nodes.iter_mut().for_each(|node| node.opacity -= less);
        self.lines.iter_mut().for_each(|line| line.edge.opacity -= less);
        self.nodes.retain(|node| node.opacity > 0.0);
        self.lines.retain(|line| line.edge.opacity > 0.0);
        !self.nodes.is_empty() || !self.lines.is_empty()
    }

    /// Puts them on the screen.
    pub(super) fn project(&mut self, screen: Rect, sight: Sight) {
        let magnification = magnification(sight.zoom);
        for node in &mut self.nodes {
            node.project(screen, sight, magnification);
        }
        for line in &mut self.lines {
            line.ends = line.places.map(|place| sight.to_screen(screen, place));
        }
    }
}

/// What is in the first of two ascending lists and not in the second.
fn gone<'a, A, B, K: Ord>(before: &'a [A], now: &'a [B], old: impl Fn(&A) -> K, new: impl Fn(&B) -> K) -> impl Iterator<Item = &'a A> {
    let mut now = now.iter().peekable();
    before.iter().filter(move |thing| {
        let key = old(thing);
        while now.next_if(|other| new(other) < key).is_some() {}
        now.peek().is_none_or(|other| new(other) != key)
    })
}
