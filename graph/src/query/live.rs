//! The values that a field has just now.

use hashbrown::HashMap;

use super::check::contains;
use crate::field::FieldId;
use crate::{Model, Table, Value};

/// So many rows are asked at most: what is common is found in them.
const ROWS: usize = 100_000;

impl Model {
    /// The commonest values of a field that have `prefix` in them, in any letter case; with how many flows, or where flows have none hosts and
    /// processes, have each. The commonest first, those that begin so before the others.
    pub fn live_values(&self, field: FieldId, prefix: &str, most: usize) -> Vec<(Value, usize)> {
        let Some(asked) = self.schema().field(field) else { return Vec::new() };
        let mut counts: HashMap<Value, usize> = HashMap::new();
        let mut count = |value: Option<Value>| {
            for one in value.iter().flat_map(Value::each) {
                *counts.entry_ref(one).or_default() += 1;
            }
        };
        if asked.is_of(Table::Flows) {
            self.flows().take(ROWS).for_each(|flow| count(self.ask_flow(flow, asked)));
        } else if asked.is_of(Table::Hosts) {
            self.hosts().take(ROWS).for_each(|host| count(self.ask_host(host, asked)));
        } else if asked.is_of(Table::Processes) {
            self.processes().take(ROWS).for_each(|process| count(self.ask_process(process, asked.asked.what)));
        }
        let lower = prefix.to_lowercase();
        let mut found: Vec<(bool, usize, Value)> = counts
            .into_iter()
            .filter_map(|(value, count)| {
                let text = value.to_string();
                contains(&text, &lower).then(|| (!text.to_lowercase().starts_with(&lower), count, value))
            })
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then_with(|| a.2.cmp(&b.2)));
        found.into_iter().take(most).map(|(_, count, value)| (value, count)).collect()
    }
}
