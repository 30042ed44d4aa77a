//! What the layout's engine was told of the graph that is drawn, and what is news to it.

use std::collections::HashMap;
use std::sync::Arc;

use graph::{Drawn, DrawnNode, GroupId, Identity, LineId};
use layouts::{Change, NodeId, Point};

use super::opening::Opening;

/// How strongly a process is drawn to the one that it comes from.
const FORK: f32 = 1.0;

type Ends = (NodeId, NodeId);

/// What was drawn last, and how many lines run between two nodes.
#[derive(Default)]
pub(super) struct Told {
    drawn: Arc<Drawn>,
    between: HashMap<Ends, Between>,
}

/// What runs between two nodes.
struct Between {
    lines: u32,
    weight: f32,
}

impl Told {
    /// What changes now that this is drawn. `remembered` says where a node was when it was last seen, `place` where it is.
    pub(super) fn news(
        &mut self,
        drawn: Arc<Drawn>,
        remembered: impl Fn(Identity) -> Option<Point>,
        place: impl Fn(NodeId) -> Option<Point>,
    ) -> Vec<Change> {
        let before = std::mem::replace(&mut self.drawn, drawn.clone());
        let mut opening = Opening::new(&before, &drawn, place);
        let mut changes = Vec::new();
        // What goes is told before what comes, and lines after the nodes at their ends.
        let mut news = Vec::new();
        compare(
            &before.nodes,
            &drawn.nodes,
            |node| node.id,
            |node, earlier| match (node, earlier) {
                (Some(node), Some(earlier)) => tell_changed(node, earlier, &mut news),
                (Some(node), None) => {
                    let at = opening.place_of(node).or_else(|| remembered(node.identity));
                    news.push(Change::AddNode { id: node.id.number(), radius: radius(node), at });
                    tell_where(node, None, 0, &mut news);
                }
                (None, Some(gone)) => changes.push(Change::RemoveNode(gone.id.number())),
                (None, None) => {}
            },
        );
        let ends = |drawn: &Drawn, ends: [u32; 2]| -> Option<Ends> {
            let [a, b] = ends.map(|end| drawn.nodes.get(end as usize).map(|node| node.id.number()));
            a.zip(b).map(|(a, b)| (a.min(b), a.max(b))).filter(|(a, b)| a != b)
        };
        compare(
            &before.lines,
            &drawn.lines,
            |line| line.id,
            |line, earlier| {
                let [now, then] = [line.and_then(|line| ends(&drawn, line.ends)), earlier.and_then(|line| ends(&before, line.ends))];
                if let Some(then) = then.filter(|then| now != Some(*then)) {
                    self.cut(then, &mut changes);
                }
                if let (Some(now), Some(line)) = (now, line) {
                    let weight = if matches!(line.id, LineId::Fork(_)) { FORK } else { weight(line.moved()) };
                    self.link(now, weight, then != Some(now), &mut news);
                }
            },
        );
        changes.append(&mut news);
        changes
    }

    /// Where the nodes of the graph are that an engine has places of, by who they are on every day.
    pub(super) fn identities(&self) -> impl Iterator<Item = (Identity, NodeId)> {
        self.drawn.nodes.iter().map(|node| (node.identity, node.id.number()))
    }

    fn link(&mut self, ends: Ends, weight: f32, is_new: bool, news: &mut Vec<Change>) {
        let between = self.between.entry(ends).or_insert(Between { lines: 0, weight: 0.0 });
        between.lines += u32::from(is_new);
        // The strongest of all that runs there counts.
        if weight > between.weight {
            between.weight = weight;
            news.push(Change::AddLink { a: ends.0, b: ends.1, weight });
        }
    }

    fn cut(&mut self, ends: Ends, changes: &mut Vec<Change>) {
        let Some(between) = self.between.get_mut(&ends) else { return };
        between.lines = between.lines.saturating_sub(1);
        if between.lines == 0 {
            self.between.remove(&ends);
            changes.push(Change::RemoveLink { a: ends.0, b: ends.1 });
        }
    }
}

/// Walks two ascending lists; of each thing its new and its earlier state.
fn compare<T, K: Ord>(before: &[T], now: &[T], key: impl Fn(&T) -> K, mut tell: impl FnMut(Option<&T>, Option<&T>)) {
    let (mut before, mut now) = (before.iter().peekable(), now.iter().peekable());
    loop {
        match (before.peek(), now.peek()) {
            (None, None) => return,
            (Some(old), Some(new)) if key(old) == key(new) => tell(now.next(), before.next()),
            (Some(old), Some(new)) if key(old) > key(new) => tell(now.next(), None),
            (None, Some(_)) => tell(now.next(), None),
            (Some(_), _) => tell(None, before.next()),
        }
    }
}

fn tell_changed(node: &DrawnNode, earlier: &DrawnNode, news: &mut Vec<Change>) {
    let (id, radius) = (node.id.number(), radius(node));
    if self::radius(earlier) != radius {
        news.push(Change::SetRadius { id, radius });
    }
    tell_where(node, earlier.within, earlier.layer, news);
}

/// In which group and layer a node is, where that is another.
fn tell_where(node: &DrawnNode, within: Option<GroupId>, layer: u16, news: &mut Vec<Change>) {
    let id = node.id.number();
    if node.within != within {
        news.push(Change::SetCluster { id, cluster: node.within.map(GroupId::number) });
    }
    if node.layer != layer {
        news.push(Change::SetLayer { id, layer: node.layer });
    }
}

/// Room for a node, in coarse steps: what it moved so far and how many it stands for, not what it moves just now, so that the layout stays calm.
fn radius(node: &DrawnNode) -> f32 {
    8.0 + 3.0 * steps(node.bytes, 4_096, 16, 4) + 5.0 * steps(u64::from(node.members), 4, 4, 6)
}

/// How close a link draws its ends, in coarse steps.
fn weight(bytes: u64) -> f32 {
    1.0 + 0.25 * steps(bytes, 65_536, 32, 3)
}

/// How many times `first` was multiplied by `factor` until it passed `n`, at most `max`.
fn steps(n: u64, first: u64, factor: u64, max: u32) -> f32 {
    let mut bound = first;
    let mut steps = 0;
    while steps < max && n >= bound {
        bound = bound.saturating_mul(factor);
        steps += 1;
    }
    steps as f32
}

#[cfg(test)]
mod tests;
