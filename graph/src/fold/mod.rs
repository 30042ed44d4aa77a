//! What is drawn of the model's graph: nodes folded into groups by what they have in common, the quietest beyond a budget folded by
//! themselves, hidden ones left out. All that is not drawn is counted.

mod attribute;
mod draw;
mod groups;
mod identity;
mod layer;
mod place;
mod quiet;
mod values;

pub use attribute::Attribute;
pub use draw::{Drawn, DrawnLine, DrawnNode, LineId, Uncounted};
use groups::Groups;
pub use groups::{By, Group, GroupId, GroupKey, Part};
pub use identity::Identity;
pub use layer::Layering;
pub(crate) use place::Folder;
pub(crate) use values::domain as registrable_domain;

use std::collections::BTreeSet;
use std::sync::Arc;

use arcstr::ArcStr;

use crate::{Node, Query};

/// As many nodes are drawn, unless the user says otherwise.
pub const BUDGET: usize = 2_000;
/// Groups nest so deep.
pub const MAX_LEVELS: usize = 2;

/// How the graph is folded. What is not said here is drawn as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folding {
    /// By what nodes are grouped, the outer groups first; at most [`MAX_LEVELS`].
    pub levels: Vec<Attribute>,
    /// Whether groups by those are open until they are toggled. Those of the quiet are closed.
    pub open: bool,
    /// Groups that are open though the others are closed, or the other way.
    pub toggled: BTreeSet<GroupId>,
    /// Nodes that are not drawn.
    pub hidden: BTreeSet<Node>,
    /// All that have that value are not drawn.
    pub hidden_like: BTreeSet<(Attribute, ArcStr)>,
    /// Only what matches is drawn.
    pub filter: Arc<Query>,
    /// Nodes that are not folded for being quiet: selected, pinned.
    pub kept: BTreeSet<Node>,
    /// Nodes that stand for themselves though their group is closed: found, selected elsewhere.
    pub out: BTreeSet<Node>,
    /// As many nodes are drawn at most, before the quietest fold.
    pub budget: usize,
    /// What layers mean.
    pub layering: Option<Layering>,
}

impl Default for Folding {
    fn default() -> Self {
        let (levels, toggled, hidden, hidden_like, filter, kept, out) = Default::default();
        Folding { levels, open: false, toggled, hidden, hidden_like, filter, kept, out, budget: BUDGET, layering: None }
    }
}

impl Folding {
    /// Whether a group is drawn by its members.
    pub fn is_open(&self, id: GroupId, key: &GroupKey) -> bool {
        (self.open && !key.is_quiet()) != self.toggled.contains(&id)
    }
}
