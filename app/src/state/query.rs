//! The filter of what is shown: one for the graph, the tree and every table.

use std::sync::Arc;

use graph::{Query, Schema};

/// What stands in its field, and what of that is in force.
#[derive(Debug, Default)]
pub struct QueryBar {
    /// What stands in the field.
    pub text: String,
    /// Whether the keyboard shall go there.
    pub focus: bool,
    /// The newest of the texts that was a query, and that query.
    parsed: Option<(String, Arc<Query>)>,
}

impl QueryBar {
    /// What the field asks for; while what stands there is no query, what it asked for before.
    pub fn query(&mut self, schema: &Arc<Schema>) -> Arc<Query> {
        if self.parsed.as_ref().is_none_or(|(text, _)| *text != self.text)
            && let Ok(query) = Query::parse(&self.text, schema)
        {
            self.parsed = Some((self.text.clone(), query.into()));
        }
        self.parsed.as_ref().map(|(_, query)| query.clone()).unwrap_or_default()
    }
}
