//! The force: everything repels everything, links are springs, gravity holds it together, and heat says who may move.
//!
//! fdg-sim's `Simulation` drives it, as a `Force` whose `update` is a plain function; so all that lasts from one tick
//! to the next lies on the nodes (place, velocity, heat), and every tick works on flat arrays gathered from them.

mod bodies;
mod cooling;
mod gravity;
mod motion;
mod quadtree;
mod repulsion;
mod springs;

use fdg_sim::force::{Force, LinkedHashMap, Value};
use fdg_sim::{Dimensions, ForceGraph, Simulation, SimulationParameters};

use crate::graph::{Body, Link, SimGraph};
use bodies::{Bodies, Forces};
use quadtree::Quadtree;

pub(crate) use cooling::{chill_all, is_hot, spread_heat, warm_all};

/// The length a link wants to have between the rims of its two circles, in layout units.
pub(crate) const LINK_LENGTH: f32 = 80.0;

/// An empty simulation with our force inside.
pub(crate) fn simulation() -> Simulation<Body, Link> {
    let force = Force {
        dict: LinkedHashMap::new(),
        dict_default: LinkedHashMap::new(),
        name: "Barnes–Hut springs",
        continuous: true,
        info: Some("Repulsion, degree-normalised springs, gravity and local heat."),
        update,
    };
    Simulation::from_graph(ForceGraph::default(), SimulationParameters::new(0.0, Dimensions::Two, force))
}

/// One tick. `ticks` is how long it is: 1 for a sixtieth of a second.
fn update(_: &LinkedHashMap<String, Value>, graph: &mut SimGraph, ticks: f32) {
    let bodies = Bodies::gather(graph);
    let tree = Quadtree::build(&bodies);
    let mut forces = Forces::none(graph);
    repulsion::add(&bodies, &tree, &mut forces);
    springs::add(graph, &mut forces);
    gravity::add(&bodies, &mut forces);
    motion::advance(graph, &forces, ticks);
    cooling::cool(graph, ticks);
}
