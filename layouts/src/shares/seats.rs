//! Room in the plane for discs, so that no two overlap: small ones in a honeycomb, large ones wherever they fit.

use std::collections::{BTreeMap, HashMap};
use std::f32::consts::FRAC_PI_3;

use fdg_sim::glam::Vec2;

use crate::graph::{WORLD, inside};

/// The radius of the smallest discs, and by how much those of a class are larger than those of the class before.
const LEAST: f32 = 28.0;
const LARGER: f32 = 1.15;
const CLASSES: usize = 60;
/// So many places around where a disc wants to be are looked at, before it is sent around the middle of everything.
const NEAR: usize = 4_096;

/// A square of the plane, of the size of a class.
type Square = (usize, i32, i32);

/// The discs that have room.
#[derive(Debug)]
pub(super) struct Seats {
    discs: BTreeMap<u32, (Vec2, f32)>,
    /// Which discs have their middle in which square of their class.
    squares: HashMap<Square, Vec<u32>>,
    counts: [usize; CLASSES],
    /// Before this place around the middle of everything there is no room for a disc of the class.
    full: [usize; CLASSES],
    last: u32,
}

impl Default for Seats {
    fn default() -> Self {
        Self { discs: BTreeMap::new(), squares: HashMap::new(), counts: [0; CLASSES], full: [0; CLASSES], last: 0 }
    }
}

impl Seats {
    /// Gives a disc the free place nearest to where it wants to be, and a name.
    pub(super) fn take(&mut self, want: Vec2, radius: f32) -> (u32, Vec2) {
        let at = self.search(inside(want), class(radius));
        self.put(at, radius)
    }

    /// Gives a disc this place, whoever is there.
    pub(super) fn put(&mut self, at: Vec2, radius: f32) -> (u32, Vec2) {
        self.last += 1;
        let class = class(radius);
        let radius = greatest(class);
        self.discs.insert(self.last, (at, radius));
        self.squares.entry(square(class, at)).or_default().push(self.last);
        self.counts.iter_mut().skip(class).take(1).for_each(|count| *count += 1);
        (self.last, at)
    }

    /// Frees a place; no place is named 0.
    pub(super) fn leave(&mut self, name: u32) {
        let Some((at, radius)) = self.discs.remove(&name) else {
            return;
        };
        let class = class(radius);
        let key = square(class, at);
        if let Some(names) = self.squares.get_mut(&key) {
            names.retain(|other| *other != name);
            if names.is_empty() {
                self.squares.remove(&key);
            }
        }
        self.counts.iter_mut().skip(class).take(1).for_each(|count| *count -= 1);
        for (class, full) in self.full.iter_mut().enumerate() {
            // A disc that touches the freed one may be this much nearer to the middle.
            let rings = ((at.length() - radius - greatest(class)) / (2.0 * greatest(class))).max(0.0) as usize;
            *full = (*full).min(3 * rings * rings.saturating_sub(1));
        }
    }

    /// The names of the discs that overlap this one.
    pub(super) fn overlapping(&self, at: Vec2, radius: f32) -> Vec<u32> {
        let mut names = Vec::new();
        self.visit(at, radius, |name| {
            names.push(name);
            true
        });
        names.sort_unstable();
        names
    }

    fn search(&mut self, want: Vec2, class: usize) -> Vec2 {
        let radius = greatest(class);
        let pitch = 2.0 * radius;
        let free = |seats: &Self, at: Vec2| seats.visit(at, radius, |_| false);
        if want != Vec2::ZERO {
            let near = (0..NEAR).map(|n| want + honeycomb(n) * pitch).find(|at| inside(*at) == *at && free(self, *at));
            if let Some(at) = near {
                return at;
            }
        }
        let first = self.full.get(class).copied().unwrap_or(0);
        let mut n = first;
        loop {
            let at = honeycomb(n) * pitch;
            // The world is full: better there than nowhere.
            if at.length() > WORLD {
                return inside(want);
            }
            if free(self, at) {
                break;
            }
            n += 1;
        }
        self.full.iter_mut().skip(class).take(1).for_each(|full| *full = n);
        honeycomb(n) * pitch
    }

    /// Shows the discs that overlap this one until it was enough; returns whether it never was.
    fn visit(&self, at: Vec2, radius: f32, mut more: impl FnMut(u32) -> bool) -> bool {
        let mut look = |name: &u32| {
            let overlaps = self.discs.get(name).is_some_and(|(other, r)| other.distance_squared(at) < (r + radius) * (r + radius) * 0.999);
            !overlaps || more(*name)
        };
        for class in (0..CLASSES).filter(|class| self.counts.get(*class).is_some_and(|count| *count > 0)) {
            let reach = Vec2::splat(radius + greatest(class));
            let ((_, left, top), (_, right, bottom)) = (square(class, at - reach), square(class, at + reach));
            let squares = (right - left + 1) as usize * (bottom - top + 1) as usize;
            if squares > self.discs.len() {
                return self.discs.keys().all(look);
            }
            let names = (top..=bottom).flat_map(|y| (left..=right).map(move |x| (class, x, y))).filter_map(|key| self.squares.get(&key));
            if !names.flatten().all(&mut look) {
                return false;
            }
        }
        true
    }
}

/// The least class whose discs are as large.
fn class(radius: f32) -> usize {
    let class = ((radius / LEAST).ln() / LARGER.ln() - 1e-3).ceil();
    (class.max(0.0) as usize).min(CLASSES - 1)
}

/// The radius of the discs of a class.
fn greatest(class: usize) -> f32 {
    LEAST * LARGER.powi(class as i32)
}

/// Squares are as wide as the discs of the class.
fn square(class: usize, at: Vec2) -> Square {
    let cell = (at / (2.0 * greatest(class))).floor();
    (class, cell.x as i32, cell.y as i32)
}

/// The places of a honeycomb from its middle outwards, ring by ring, one unit apart.
fn honeycomb(n: usize) -> Vec2 {
    // Rings of 6, 12, 18, … around the first.
    let mut ring = ((n as f64 / 3.0 + 0.25).sqrt() - 0.5).ceil() as usize;
    while ring > 0 && 3 * ring * (ring - 1) + 1 > n {
        ring -= 1;
    }
    let nth = n.saturating_sub(3 * ring * ring.saturating_sub(1) + 1);
    if ring == 0 {
        return Vec2::ZERO;
    }
    let corner = |side: usize| Vec2::from_angle(FRAC_PI_3 * (side % 6) as f32);
    let (side, along) = (nth / ring, nth % ring);
    corner(side) * ring as f32 + (corner(side + 1) - corner(side)) * along as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_honeycomb_has_every_place_once_and_a_unit_apart() {
        let places: Vec<Vec2> = (0..400).map(honeycomb).collect();
        for (n, place) in places.iter().enumerate() {
            let nearest =
                places.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, other)| other.distance(*place)).fold(f32::MAX, f32::min);
            assert!((nearest - 1.0).abs() < 1e-3, "{n} is {nearest} away");
        }
    }

    #[test]
    fn discs_of_all_sizes_never_overlap_and_freed_room_is_used_again() {
        let mut seats = Seats::default();
        let sizes = [20.0, 900.0, 28.0, 130.0, 60.0, 300.0];
        let want = |n: usize| Vec2::new((n % 7) as f32 * 50.0, 0.0);
        let names: Vec<u32> = (0..300).map(|n| seats.take(want(n), sizes[n % 6]).0).collect();
        let apart = |seats: &Seats| {
            let discs: Vec<(Vec2, f32)> = seats.discs.values().copied().collect();
            discs.iter().enumerate().all(|(n, (a, r))| discs.iter().skip(n + 1).all(|(b, s)| a.distance(*b) >= (r + s) * 0.999))
        };
        assert!(apart(&seats));
        let reach = |seats: &Seats| seats.discs.values().map(|(at, r)| at.length() + *r).fold(0.0, f32::max);
        let before = reach(&seats);
        for round in 0..20 {
            for (n, name) in names.iter().enumerate().skip(round).step_by(20) {
                seats.leave(*name);
                seats.take(want(n), sizes[n % 6]);
            }
            assert!(apart(&seats));
        }
        assert!(reach(&seats) <= before * 1.1, "{} and then {}", before, reach(&seats));
    }
}
