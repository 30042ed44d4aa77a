//! The filter of what is shown: one for the graph, the tree and every table.

/// What stands in its field, and what of that is in force.
#[derive(Debug, Default)]
pub struct QueryBar {
    /// What stands in the field.
    pub text: String,
    /// Whether the keyboard shall go there.
    pub focus: bool,
}
