//! Back and forward through what was seen of the graph.

use std::collections::VecDeque;

use egui::Vec2;
use graph::Family;

use crate::state::mode::Mode;
use crate::view::graph::{Out, Sight};

/// So many views are kept.
const MOST: usize = 64;
/// Whoever stays for less long somewhere was only passing by, in seconds.
const REST_SECS: f64 = 0.7;
/// A camera that moved by less than this is where it was: as a part of the screen, and as a factor.
const NEAR: f32 = 0.25;
const NEARER: f32 = 1.3;

/// What is seen of the graph.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Outlook {
    /// Where the camera is, and how large the screen; none is all there is.
    pub(super) sight: Option<(Sight, Vec2)>,
    /// What is brought out.
    pub(super) out: Option<Out>,
    /// What is looked for.
    pub(super) find: Option<String>,
    /// The family of services that is brought out.
    pub(super) family: Option<Family>,
    /// What the graph is made of.
    pub(super) mode: Mode,
}

impl Outlook {
    /// Whether one would go from one to the other in one step.
    fn is_far_from(&self, other: &Outlook) -> bool {
        let moved = match (&self.sight, &other.sight) {
            (None, None) => false,
            (Some((a, screen)), Some((b, _))) => {
                let off = (a.centre - b.centre) * a.zoom / screen.max(Vec2::splat(1.0));
                off.abs().max_elem() > NEAR || (a.zoom / b.zoom).ln().abs() > NEARER.ln()
            }
            _ => true,
        };
        moved || !self.is_of(other)
    }

    /// Whether both are alike, but for the camera.
    fn is_of(&self, other: &Outlook) -> bool {
        (&self.out, &self.find, self.family, self.mode) == (&other.out, &other.find, other.family, other.mode)
    }
}

/// The views before and after the one that is seen, bounded. Small moves are one with what they began from.
#[derive(Clone, Debug, Default)]
pub(super) struct Views {
    back: VecDeque<Outlook>,
    ahead: Vec<Outlook>,
    /// What is seen, and since when.
    now: Option<(Outlook, f64)>,
    /// Where one rested before one moved on.
    left: Option<Outlook>,
}

impl Views {
    /// Takes in what is seen at `time`, in seconds.
    pub(super) fn see(&mut self, seen: Outlook, time: f64) {
        let Some((now, since)) = self.now.take() else {
            self.now = Some((seen, time));
            return;
        };
        if now == seen {
            self.now = Some((now, since));
            return;
        }
        if self.left.is_none() && (time - since > REST_SECS || !now.is_of(&seen)) {
            self.left = Some(now);
        }
        if let Some(left) = self.left.take_if(|left| left.is_far_from(&seen)) {
            self.back.push_back(left);
            let excess = self.back.len().saturating_sub(MOST);
            self.back.drain(..excess);
            self.ahead.clear();
        }
        self.now = Some((seen, time));
    }

    /// The view before this one.
    pub(super) fn back(&mut self) -> Option<Outlook> {
        let to = self.back.pop_back()?;
        self.ahead.extend(self.now.take().map(|(now, _)| now));
        self.go(to)
    }

    /// The view from which one came back.
    pub(super) fn forward(&mut self) -> Option<Outlook> {
        let to = self.ahead.pop()?;
        self.back.extend(self.now.take().map(|(now, _)| now));
        self.go(to)
    }

    fn go(&mut self, to: Outlook) -> Option<Outlook> {
        self.left = None;
        self.now = Some((to.clone(), 0.0));
        Some(to)
    }
}

#[cfg(test)]
mod tests {
    use egui::{pos2, vec2};

    use super::*;

    fn at(x: f32) -> Outlook {
        let sight = Sight { centre: pos2(x, 0.0), zoom: 1.0 };
        Outlook { sight: Some((sight, vec2(1000.0, 800.0))), out: None, find: None, family: None, mode: Mode::Hosts }
    }

    #[test]
    fn one_goes_back_and_forward_and_elsewhere() {
        let mut views = Views::default();
        for (time, x) in [(0.0, 0.0), (5.0, 600.0), (9.0, 1200.0)] {
            views.see(at(x), time);
        }
        assert_eq!([views.back(), views.back(), views.back()], [Some(at(600.0)), Some(at(0.0)), None]);
        views.see(at(0.0), 10.0);
        assert_eq!(views.forward(), Some(at(600.0)));
        views.see(at(600.0), 11.0);
        views.see(Outlook { mode: Mode::Mixed, ..at(600.0) }, 11.1);
        assert_eq!(views.forward(), None, "another way was taken");
        assert_eq!([views.back(), views.back()], [Some(at(600.0)), Some(at(0.0))]);
    }

    #[test]
    fn small_moves_are_one_and_so_is_a_long_one() {
        let mut views = Views::default();
        // Many small moves with rests between them come to a far one.
        for step in 0_u8..6 {
            views.see(at(f32::from(step) * 100.0), f64::from(step) * 2.0);
        }
        // Then one that goes on and on.
        for step in 0_u8..100 {
            views.see(at(500.0 + f32::from(step) * 20.0), 20.0 + f64::from(step) * 0.016);
        }
        let back: Vec<f32> = std::iter::from_fn(|| views.back()).map(|view| view.sight.map_or(0.0, |(sight, _)| sight.centre.x)).collect();
        assert_eq!(back, [300.0, 0.0]);
    }

    #[test]
    fn the_oldest_views_are_forgotten() {
        let mut views = Views::default();
        for step in 0_u16..500 {
            views.see(at(f32::from(step) * 1000.0), f64::from(step) * 2.0);
        }
        assert_eq!(std::iter::from_fn(|| views.back()).last(), Some(at(435_000.0)));
    }
}
