//! fdg-sim's simulation, which steps the field.
//!
//! A force of fdg-sim is a plain function over a graph and has no memory of its own. So what lasts from one tick to the
//! next has to lie on a vertex; and since it lasts as flat lists over all nodes at once, there is one vertex, and the
//! whole field lies on it.

use fdg_sim::force::{Force, LinkedHashMap, Value};
use fdg_sim::{Dimensions, ForceGraph, Node, Simulation, SimulationParameters};

use crate::field::Field;

/// Steps fields.
pub(crate) struct Driver(Simulation<Field, ()>);

impl Driver {
    pub(crate) fn new() -> Self {
        let force = Force {
            dict: LinkedHashMap::new(),
            dict_default: LinkedHashMap::new(),
            name: "Charges and springs",
            continuous: true,
            info: Some("Repulsion, degree-normalised springs, gravity and local heat."),
            update,
        };
        let mut graph = ForceGraph::default();
        graph.add_node(Node::new("", Field::default()));
        Self(Simulation::from_graph(graph, SimulationParameters::new(0.0, Dimensions::Two, force)))
    }

    /// Steps a field by one tick.
    pub(crate) fn tick(&mut self, field: &mut Field) {
        self.swap(field);
        self.0.update(1.0);
        self.swap(field);
    }

    fn swap(&mut self, field: &mut Field) {
        if let Some(vertex) = self.0.get_graph_mut().node_weights_mut().next() {
            std::mem::swap(&mut vertex.data, field);
        }
    }
}

/// One tick. `ticks` is how long it is: 1 for a sixtieth of a second.
fn update(_: &LinkedHashMap<String, Value>, graph: &mut ForceGraph<Field, ()>, ticks: f32) {
    for vertex in graph.node_weights_mut() {
        vertex.data.tick(ticks);
    }
}
