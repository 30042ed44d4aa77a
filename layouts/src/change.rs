//! What the caller says happened to the graph.

/// Who a node is, as a number that the caller gives. Never used again, so that a position never belongs to two.
pub type NodeId = u128;

/// A place in layout units. One unit is one pixel at zoom 1; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Downwards.
    pub y: f32,
}

/// One change of the graph that is laid out.
///
/// A change about an unknown node or link is ignored, and saying the same thing twice is the same as saying it once, so
/// that a caller may replay a whole graph over an old one. Numbers that make no sense (not finite, negative, absurdly
/// large) are brought into range, never refused.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// A node appears. Its place is chosen when the whole batch is known: beside a neighbour where it has one.
    AddNode {
        /// The new node; if it is known already, this is [`Change::SetRadius`].
        id: NodeId,
        /// Radius of its circle, in layout units.
        radius: f32,
        /// Where it was when it was last seen: it starts there, at rest. Of a batch in which most nodes have such a place
        /// the picture comes out as it was.
        at: Option<Point>,
    },
    /// The circle of a node grows or shrinks. Differences of up to two units are absorbed by the free space around it
    /// and move nothing, so a radius may follow traffic.
    SetRadius {
        /// Which node.
        id: NodeId,
        /// Radius of its circle, in layout units.
        radius: f32,
    },
    /// A node and all its links disappear.
    RemoveNode(NodeId),
    /// Two nodes are linked. Links have no direction, a second one between the same nodes sets the weight, and a link
    /// of a node with itself is ignored.
    AddLink {
        /// One end.
        a: NodeId,
        /// The other end.
        b: NodeId,
        /// How strongly it pulls: 1 is an ordinary link, useful values are 0.25 to 4. Changes by less than a factor
        /// of two move nothing, so a weight may follow traffic.
        weight: f32,
    },
    /// Two nodes are no longer linked.
    RemoveLink {
        /// One end.
        a: NodeId,
        /// The other end.
        b: NodeId,
    },
    /// A node is put somewhere and stays there until it is unpinned; again and again while it is dragged.
    Pin {
        /// Which node.
        id: NodeId,
        /// Where its centre goes.
        at: Point,
    },
    /// A pinned node may move again.
    Unpin(NodeId),
    /// To which group a node belongs, for [`Kind::Grouped`](crate::Kind::Grouped); `None` to none.
    SetCluster {
        /// Which node.
        id: NodeId,
        /// Which group.
        cluster: Option<u64>,
    },
    /// In which layer a node lies, for [`Kind::Layers`](crate::Kind::Layers): 0, where all lie at first, is the leftmost.
    SetLayer {
        /// Which node.
        id: NodeId,
        /// Which layer.
        layer: u16,
    },
    /// Everything disappears.
    Clear,
}
