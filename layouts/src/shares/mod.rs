//! Shares of the plane: every connected component, or every group, has a disc for itself, and no two discs overlap.
//!
//! Nodes of different shares do not act on one another. So what happens in one share moves nothing in another, and the
//! plane is filled by placing discs, not by forces between everything.

mod partition;
mod seats;

use std::collections::BTreeSet;
use std::ops::Range;

use fdg_sim::glam::Vec2;

use self::partition::{Part, partition};
use self::seats::Seats;
use crate::graph::{Graph, Slot, inside};

/// Free space between a node's circle and the rim of its share.
const MARGIN: f32 = 12.0;
/// A disc that grows gets this much more than it needs, so that it need not grow again at once.
const SPARE: f32 = 1.08;
/// At rest, a disc that is needed for less than this part of its radius is given back.
const WASTED: f32 = 0.7;
/// The nodes of a share of n are brought as near to its middle as √n times this, and this.
const ROOMY: f32 = 160.0;
/// Which part of the way to its seat a disc goes in a tick.
const EASING: f32 = 0.12;
const ARRIVED: f32 = 0.05;

/// A disc of the plane, and the nodes that are in it.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    /// Which group it is of; `None`: a component.
    pub(crate) cluster: Option<u64>,
    /// Where its middle is, and where that is going.
    pub(crate) at: Vec2,
    pub(crate) seat: Vec2,
    pub(crate) radius: f32,
    /// How many ticks in a row nothing moved visibly in it.
    pub(crate) calm_ticks: u32,
    /// Whether any of its nodes is pinned: then it stays where they are.
    pub(crate) pinned: bool,
    /// Whether any of its nodes may move.
    pub(crate) hot: bool,
    /// Its place in the plane has this name; 0 is none.
    seated: u32,
    members: Range<usize>,
}

impl Share {
    /// Something in it may move again.
    pub(crate) fn wake(&mut self) {
        self.hot = true;
        self.calm_ticks = 0;
    }

    /// However its nodes lie, they come at least as near as this to its middle.
    pub(crate) fn roomy(&self) -> f32 {
        ROOMY * (self.members.len() as f32).sqrt() + ROOMY
    }
}

/// All shares, and who is in which.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    pub(crate) list: Vec<Share>,
    members: Vec<Slot>,
    seats: Seats,
}

/// What makes a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// Links.
    Component,
    /// The group of a node; nodes without one by the links between them.
    Cluster,
}

impl Shares {
    pub(crate) fn members(&self, share: &Share) -> &[Slot] {
        self.members.get(share.members.clone()).unwrap_or_default()
    }

    /// Takes up a changed graph. A share that was there keeps its disc, as long as most of what was in it is together.
    pub(crate) fn update(&mut self, graph: &mut Graph, by: By) {
        let Part { members, parts } = partition(graph, by);
        let mut old: Vec<Option<Share>> = std::mem::take(&mut self.list).into_iter().map(Some).collect();
        let heirs = heirs(graph, &members, &parts);
        self.members = members;
        for (range, heir) in parts.into_iter().zip(heirs) {
            let inside = self.members.get(range.clone()).unwrap_or_default();
            let cluster = match by {
                By::Component => None,
                By::Cluster => inside.first().and_then(|slot| graph.member(*slot).cluster),
            };
            let before = heir.and_then(|old_share| old.get_mut(old_share as usize)?.take());
            let pinned = inside.iter().any(|slot| graph.node(*slot).pinned);
            let share = match before {
                Some(before) => Share { cluster, pinned, members: range, ..before },
                None => Share {
                    cluster,
                    at: middle(graph, inside),
                    seat: Vec2::ZERO,
                    radius: 0.0,
                    calm_ticks: 0,
                    pinned,
                    hot: false,
                    seated: 0,
                    members: range,
                },
            };
            let number = self.list.len() as u32;
            for slot in inside {
                graph.change(*slot, |node| node.share = number);
            }
            self.list.push(share);
        }
        for gone in old.into_iter().flatten() {
            self.seats.leave(gone.seated);
        }
    }

    /// Finds room for all shares that have none: for the largest first, as near as can be to where they are. What stays
    /// where it is remembered is not asked to make room.
    pub(crate) fn seat(&mut self, graph: &Graph, stays: impl Fn(&[Slot]) -> bool) {
        let waiting = self.list.iter().enumerate().filter(|(_, share)| share.seated == 0);
        let mut waiting: Vec<(f32, usize)> =
            waiting.map(|(number, share)| (self.reach(graph, share).min(share.roomy()) + MARGIN, number)).collect();
        waiting.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (needed, number) in waiting {
            let stays = self.list.get(number).is_some_and(|share| stays(self.members(share)));
            if let Some(share) = self.list.get_mut(number) {
                share.radius = needed;
                let seat = if stays { self.seats.put(share.at, needed) } else { self.seats.take(share.at, needed) };
                (share.seated, share.seat) = seat;
            }
        }
    }

    /// How far the nodes of a share reach from its middle.
    fn reach(&self, graph: &Graph, share: &Share) -> f32 {
        let nodes = self.members(share).iter().map(|slot| graph.node(*slot));
        nodes.map(|node| node.at.distance(share.at) + node.radius).fold(0.0, f32::max)
    }

    /// Gives a share the room that it needs now. What is in its way and smaller finds another seat; it does so itself where
    /// something larger is. One with pinned nodes stays where they are.
    pub(crate) fn fit(&mut self, number: usize, reach: f32) {
        let needed = reach + MARGIN;
        let Some(share) = self.list.get_mut(number).filter(|share| share.seated != 0) else {
            return;
        };
        if needed <= share.radius && (!share.pinned || share.seat == share.at) {
            return;
        }
        if share.pinned {
            share.seat = share.at;
        }
        if needed > share.radius {
            share.radius = needed * SPARE;
        }
        let (pinned, seat, radius) = (share.pinned, share.seat, share.radius);
        self.seats.leave(share.seated);
        let names = self.seats.overlapping(seat, radius);
        let others = self.list.iter().enumerate().filter(|(_, other)| names.binary_search(&other.seated).is_ok());
        let others: Vec<usize> = if names.is_empty() { Vec::new() } else { others.map(|(other, _)| other).collect() };
        let gives_way = |other: &usize| self.list.get(*other).is_some_and(|other| !other.pinned && other.radius < radius);
        let (moving, staying): (Vec<usize>, Vec<usize>) = others.into_iter().partition(gives_way);
        let stays = pinned || staying.is_empty();
        let settled = if stays { self.seats.put(seat, radius) } else { self.seats.take(seat, radius) };
        if let Some(share) = self.list.get_mut(number) {
            (share.seated, share.seat) = settled;
        }
        moving.into_iter().filter(|_| stays).for_each(|other| self.move_over(other));
    }

    /// Finds another seat for a share, near the one it has.
    fn move_over(&mut self, number: usize) {
        if let Some(share) = self.list.get_mut(number) {
            self.seats.leave(share.seated);
            (share.seated, share.seat) = self.seats.take(share.seat, share.radius);
        }
    }

    /// A share that was held somewhere stays there, or as near as there is room.
    pub(crate) fn sit_down(&mut self, number: usize) {
        if let Some(share) = self.list.get_mut(number) {
            share.seat = share.at;
        }
        self.move_over(number);
    }

    /// Gives back what a share at rest does not need. Nothing moves for that.
    pub(crate) fn shrink(&mut self, number: usize, reach: f32) {
        let needed = (reach + MARGIN) * SPARE;
        let wasteful = |share: &&mut Share| needed < WASTED * share.radius && !share.pinned && share.seated != 0;
        if let Some(share) = self.list.get_mut(number).filter(wasteful) {
            self.seats.leave(share.seated);
            share.radius = needed;
            (share.seated, share.seat) = self.seats.put(share.seat, share.radius);
        }
    }

    /// Puts a share right onto its seat.
    pub(crate) fn jump(&mut self, graph: &mut Graph, number: usize) {
        let Some(share) = self.list.get_mut(number) else {
            return;
        };
        let step = share.seat - share.at;
        share.at = share.seat;
        for slot in self.members.get(share.members.clone()).unwrap_or_default() {
            graph.change(*slot, |node| node.at = inside(node.at + step));
        }
    }

    /// Gives every share the middle of the plane, where it has no seat.
    pub(crate) fn centre(&mut self) {
        self.list.iter_mut().for_each(|share| (share.at, share.seat) = (Vec2::ZERO, Vec2::ZERO));
    }

    /// Forgets who sat where.
    pub(crate) fn clear(&mut self, graph: &mut Graph) {
        let slots: Vec<Slot> = graph.iter().map(|(_, slot)| slot).collect();
        for slot in slots {
            graph.change(slot, |node| node.share = u32::MAX);
        }
        *self = Self::default();
    }

    /// Moves every disc towards its seat by one tick, with all that is in it; returns whether any is still on its way.
    pub(crate) fn ease(&mut self, graph: &mut Graph) -> bool {
        let mut moving = false;
        for share in &mut self.list {
            let way = share.seat - share.at;
            if way == Vec2::ZERO || share.pinned {
                continue;
            }
            let step = if way.length() < ARRIVED { way } else { way * EASING };
            share.at = if step == way { share.seat } else { share.at + step };
            moving |= step != way;
            for slot in self.members.get(share.members.clone()).unwrap_or_default() {
                graph.change(*slot, |node| node.at = inside(node.at + step));
            }
        }
        moving
    }

    /// Whether any disc is on its way to its seat.
    pub(crate) fn is_moving(&self) -> bool {
        self.list.iter().any(|share| share.seat != share.at && !share.pinned)
    }
}

/// The middle of the nodes that have a place.
fn middle(graph: &Graph, slots: &[Slot]) -> Vec2 {
    let placed = slots.iter().map(|slot| graph.node(*slot)).filter(|node| node.placed);
    let (sum, count) = placed.fold((Vec2::ZERO, 0usize), |(sum, count), node| (sum + node.at, count + 1));
    sum / count.max(1) as f32
}

/// Which share each part goes on with: the one that most of its nodes were in, if no other part has more of it.
fn heirs(graph: &Graph, members: &[Slot], parts: &[Range<usize>]) -> Vec<Option<u32>> {
    let mut claims: Vec<(usize, u32, usize)> = Vec::new();
    let mut before: Vec<u32> = Vec::new();
    for (part, range) in parts.iter().enumerate() {
        before.clear();
        before.extend(members.get(range.clone()).unwrap_or_default().iter().map(|slot| graph.node(*slot).share));
        before.sort_unstable();
        claims.extend(before.chunk_by(|a, b| a == b).filter_map(|same| Some((same.len(), *same.first()?, part))));
    }
    claims.retain(|(_, share, _)| *share != u32::MAX);
    claims.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut heirs = vec![None; parts.len()];
    let mut taken = BTreeSet::new();
    for (_, share, part) in claims {
        if let Some(heir) = heirs.get_mut(part).filter(|heir| heir.is_none() && !taken.contains(&share)) {
            *heir = Some(share);
            taken.insert(share);
        }
    }
    heirs
}
