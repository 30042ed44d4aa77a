//! All that is known of one thing.

use super::flows::tags_in_words;
use super::{Details, Request, Subject, Table};
use crate::{Flow, History, Model};

/// How many of its flows are shown.
const FLOWS_SHOWN: usize = 200;

impl Model {
    /// All that is known of a subject; none once it is gone.
    pub fn details(&self, subject: Subject, history: &History) -> Option<Details> {
        let (mut host, mut other, mut link, mut flow) = (None, None, None, None);
        match subject {
            Subject::Host(id) => host = Some(self.host(id)?.clone()),
            Subject::Link(id) => link = Some(self.link(id)?.clone()),
            Subject::Flow(id) => {
                flow = Some(self.flow(id)?.clone());
                link = self.flow(id).and_then(|f| self.link(f.link)).cloned();
            }
            Subject::Service(_) => {}
        }
        if let Some(link) = &link {
            host = self.host(link.a).cloned();
            other = self.host(link.b).cloned();
        }
        let request = Request {
            table: Table::Flows,
            sort: "rate".into(),
            descending: true,
            filter: String::new(),
            of: Some(subject),
            offset: 0,
            len: FLOWS_SHOWN,
        };
        Some(Details {
            subject,
            now: self.now(),
            tags: flow.as_ref().map(|f| self.tags_of(f)).unwrap_or_default(),
            host,
            other,
            link,
            flow,
            flows: self.rows(&request),
            history: history.of(subject, self),
        })
    }

    /// A flow's tags in words: column name and value.
    pub fn tags_of(&self, flow: &Flow) -> Vec<(String, String)> {
        tags_in_words(self.registry(), flow)
    }
}
