//! From forces to places.

use fdg_sim::glam::Vec2;

use super::far::STRENGTH;
use super::{Field, cooling};
use crate::graph::inside;

/// How much of the force per stiffness becomes velocity in a tick. Below about 0.6 the springs cannot oscillate.
const RESPONSE: f32 = 0.5;
/// What is left of a velocity after a tick.
const KEPT: f32 = 0.8;
/// The longest step of the hottest node, in layout units a tick.
const LONGEST_STEP: f32 = 24.0;
/// The longest step out of an overlap.
const LONGEST_STEP_ASIDE: f32 = 8.0;
/// How far apart unlinked nodes of a share come to rest.
const SPACING: f32 = 113.0;
/// Gravity towards the middle of a share grows with distance and charge, so that what is not linked spreads at an even
/// density instead of flying apart, and a share as a whole never drifts. The field of an even charge density ρ is
/// π·STRENGTH·ρ·distance; gravity cancels it at one charge a spacing squared.
const GRAVITY: f32 = std::f32::consts::PI * STRENGTH / (SPACING * SPACING);
/// A node far outside of its share goes so much of the way to its middle in a tick.
const HOMING: f32 = 0.1;
/// After this many ticks in a row in which nothing moved visibly, a share is at rest.
const CALM_TICKS: u32 = 20;
/// What cannot be seen, in layout units a tick.
const INVISIBLE: f32 = 0.01;
/// While anything moves faster than this, a share is not given more room: what is on its way is not in its way for long.
const HURRYING: f32 = 4.0;

/// What was done in a share in a tick.
#[derive(Debug, Default)]
struct Done {
    hot: bool,
    pinned: bool,
    /// Square of the longest step.
    fastest: f32,
    /// How far circles reach from the middle.
    reach: f32,
    sum: Vec2,
}

impl Field {
    /// Moves every body that may move. A step is never longer than its heat allows, so that whatever the forces are
    /// nothing explodes, and what cools comes to rest.
    pub(super) fn advance(&mut self, ticks: f32) {
        let shares = std::mem::take(&mut self.bodies.shares);
        let slowed = KEPT.powf(ticks);
        for (number, range) in &shares {
            let Some(share) = self.shares.list.get(*number) else { continue };
            let (middle, roomy, held) = (share.at, share.roomy(), share.pinned);
            let kept = cooling::kept(range.len(), ticks);
            let bodies = self.bodies.get(range).iter().zip(self.bodies.forces.get(range.clone()).unwrap_or_default());
            let mut done = Done::default();
            for (body, force) in bodies {
                self.graph.change(body.slot, |node| {
                    done.sum += node.at;
                    node.heat = cooling::cooled(node.heat, kept);
                    done.hot |= node.heat > 0.0;
                    if node.pinned {
                        done.pinned = true;
                        return;
                    }
                    let pull = force.pull + (middle - node.at) * (GRAVITY * body.charge);
                    let push = pull * (RESPONSE / (1.0 + force.stiffness));
                    let velocity = ((node.velocity + push * ticks) * slowed).clamp_length_max(LONGEST_STEP * node.heat);
                    let away = middle - node.at;
                    let stray = !held && away.length() > roomy;
                    let home = if stray { away * HOMING } else { Vec2::ZERO };
                    done.hot |= stray;
                    let step = (velocity + home + force.aside.clamp_length_max(LONGEST_STEP_ASIDE)) * ticks;
                    let there = node.at + step;
                    if !there.is_finite() {
                        node.velocity = Vec2::ZERO;
                        return;
                    }
                    node.velocity = if node.heat > 0.0 { velocity } else { Vec2::ZERO };
                    node.at = inside(there);
                    done.fastest = done.fastest.max(step.length_squared());
                    done.reach = done.reach.max(there.distance(middle) + node.radius);
                });
            }
            self.rest(*number, &done, range.len());
        }
        self.bodies.shares = shares;
        self.shares.ease(&mut self.graph);
    }

    /// What becomes of a share after a tick.
    fn rest(&mut self, number: usize, done: &Done, nodes: usize) {
        let Some(share) = self.shares.list.get_mut(number) else {
            return;
        };
        let fastest = done.fastest.sqrt();
        share.calm_ticks = if fastest > INVISIBLE { 0 } else { share.calm_ticks + 1 };
        share.hot = done.hot && share.calm_ticks < CALM_TICKS;
        let at_rest = !share.hot;
        if done.pinned {
            share.at = done.sum / nodes.max(1) as f32;
        }
        let let_go = std::mem::replace(&mut share.pinned, done.pinned) && !done.pinned;
        if let_go {
            self.shares.sit_down(number);
        } else if fastest < HURRYING || at_rest {
            self.shares.fit(number, done.reach);
        }
        if at_rest {
            self.chill(number);
            self.shares.shrink(number, done.reach);
        }
    }

    fn chill(&mut self, number: usize) {
        if let Some(share) = self.shares.list.get(number) {
            let members: Vec<_> = self.shares.members(share).to_vec();
            members.into_iter().for_each(|slot| cooling::chill_one(&mut self.graph, slot));
        }
        self.touch();
    }
}
