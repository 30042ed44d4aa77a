//! Repulsion between cells that are far apart, after Greengard and Rokhlin (J. Comput. Phys. 73, 1987).
//!
//! The force between two charges falls with their distance, as between charged wires: far parts of a share still feel
//! each other, and under gravity everything spreads at an even density. Taken as a complex number, its conjugate is
//! 1 / (z − s), which has a Taylor series: what a far cell does to all bodies of another is three numbers.

use fdg_sim::glam::Vec2;

use super::bodies::Bodies;
use super::tree::{Cell, Tree, product};

/// Strength of the repulsion, against springs of stiffness 1. The many leaves of a hub settle √(π·STRENGTH) apart, about
/// 33 units.
pub(super) const STRENGTH: f32 = 350.0;
/// Two cells are far apart when their distance times this is more than they reach together.
const OPENING: f32 = 0.7;
/// Free space kept between two circles, and what they may move until the tree is built anew.
const TOUCHING: f32 = super::near::MARGIN + 8.0;

/// Finds for all cells what is far and what is near: the field of the former goes onto the cells, pairs of the latter onto
/// the list.
pub(super) fn meet(tree: &mut Tree, near: &mut Vec<(u32, u32)>) {
    for root in tree.roots.clone() {
        within(tree, root, near);
    }
    for cell in 0..tree.cells.len() {
        pass_down(tree, cell);
    }
}

/// Adds the far field to what acts on every body that is hot.
pub(super) fn act(bodies: &mut Bodies, tree: &Tree) {
    for leaf in tree.cells.iter().filter(|cell| cell.leaf && cell.hot) {
        let [value, slope, curve] = leaf.field;
        for body in leaf.bodies.clone() {
            let from = bodies.at(body) - leaf.middle;
            let field = value + product(from, slope + product(from, curve));
            let Some(charge) = bodies.all.get(body).filter(|body| body.hot).map(|body| body.charge) else { continue };
            bodies.push(body, |force| force.pull += Vec2::new(field.x, -field.y) * (STRENGTH * charge));
        }
    }
}

/// All pairs of cells below one, itself with itself included.
fn within(tree: &mut Tree, cell: usize, near: &mut Vec<(u32, u32)>) {
    let Some(top) = tree.cells.get(cell).filter(|cell| cell.hot) else {
        return;
    };
    if top.leaf {
        near.push((cell as u32, cell as u32));
        return;
    }
    let children = children(tree, cell);
    for (nth, child) in children.clone().enumerate() {
        within(tree, child, near);
        for other in children.clone().skip(nth + 1) {
            between(tree, child, other, near);
        }
    }
}

/// All pairs of a cell below one and a cell below the other.
fn between(tree: &mut Tree, one: usize, other: usize, near: &mut Vec<(u32, u32)>) {
    let (Some(a), Some(b)) = (tree.cells.get(one), tree.cells.get(other)) else {
        return;
    };
    if !a.hot && !b.hot {
        return;
    }
    let reach = a.reach + b.reach;
    let touching = a.greatest_radius + b.greatest_radius + TOUCHING;
    if a.middle.distance_squared(b.middle) * (OPENING * OPENING) > reach * reach && a.gap_squared(b) > touching * touching {
        let (of_b, of_a) = (field(a, b), field(b, a));
        add(tree, one, of_b);
        add(tree, other, of_a);
    } else if a.leaf && b.leaf {
        near.push((one as u32, other as u32));
        near.push((other as u32, one as u32));
    } else {
        // The larger one is divided.
        let (whole, divided) = if b.leaf || !a.leaf && a.reach > b.reach { (other, one) } else { (one, other) };
        for child in children(tree, divided) {
            between(tree, child, whole, near);
        }
    }
}

/// The up to four cells right below one.
fn children(tree: &Tree, cell: usize) -> impl Iterator<Item = usize> + Clone + use<> {
    let mut list = [usize::MAX; 4];
    list.iter_mut().zip(tree.children(cell)).for_each(|(place, child)| *place = child);
    list.into_iter().take_while(|child| *child != usize::MAX)
}

/// The field of the second cell around the middle of the first.
fn field(at: &Cell, of: &Cell) -> [Vec2; 3] {
    let from = at.middle - of.centre;
    // 1 / z
    let w = Vec2::new(from.x, -from.y) / from.length_squared();
    let w2 = product(w, w);
    let w3 = product(w2, w);
    let q3 = product(of.quadrupole, w3);
    [w * of.charge + q3, (w2 * of.charge + product(q3, w) * 3.0) * -1.0, w3 * of.charge + product(q3, w2) * 6.0]
}

fn add(tree: &mut Tree, cell: usize, field: [Vec2; 3]) {
    if let Some(cell) = tree.cells.get_mut(cell) {
        cell.field.iter_mut().zip(field).for_each(|(sum, more)| *sum += more);
    }
}

/// Gives the field of a cell to those right below it, around their middles.
fn pass_down(tree: &mut Tree, cell: usize) {
    let Some((middle, [value, slope, curve])) = tree.cells.get(cell).filter(|cell| !cell.leaf).map(|cell| (cell.middle, cell.field)) else {
        return;
    };
    for child in children(tree, cell) {
        if let Some(there) = tree.cells.get(child).map(|child| child.middle - middle) {
            let bent = product(there, curve);
            add(tree, child, [value + product(there, slope + bent), slope + bent * 2.0, curve]);
        }
    }
}
