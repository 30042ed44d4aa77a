//! The table of flows.

use super::known::of_place;
use super::select::{Kind, window};
use super::{Request, Rows, Subject};
use crate::field::Field;
use crate::{Flow, GroupId, Model, Registry, Side, Value};

pub(super) fn rows(model: &Model, request: &Request, ended: &[Flow]) -> Rows {
    let kind = Flows(model);
    let wanted = model.wanted_flows(&request.filter);
    match request.of {
        None => {
            let ended = ended.iter().filter(|flow| model.matches(&request.filter, flow));
            window(&kind, model, model.flows_in(&wanted).chain(ended), request)
        }
        Some(subject) => window(&kind, model, model.flows_of(subject).filter(|flow| wanted.has(flow.id)), request),
    }
}

impl Model {
    /// The live flows of a thing, in no particular order.
    pub(super) fn flows_of(&self, subject: Subject) -> impl Iterator<Item = &Flow> {
        self.flows().filter(move |flow| match subject {
            Subject::Flow(id) => flow.id == id,
            Subject::Link(id) => flow.link == id,
            Subject::Service(service) => flow.service == service,
            Subject::Process(key) => [Side::A, Side::B].into_iter().any(|side| flow.owners.at(side).is_some_and(|o| o.process == key)),
            Subject::Host(id) => self.link(flow.link).is_some_and(|l| l.a == id || l.b == id),
            Subject::Group(id) => self.is_flow_of(flow, id),
        })
    }

    /// Whether one of a flow's hosts or processes is in a group.
    fn is_flow_of(&self, flow: &Flow, group: GroupId) -> bool {
        let hosts = self.link(flow.link).map(|link| [link.a, link.b]);
        let owners = [Side::A, Side::B].into_iter().filter_map(|side| flow.owners.at(side));
        hosts.is_some_and(|ends| ends.into_iter().any(|host| self.folder.is_host_in(host, group)))
            || owners.into_iter().any(|owner| self.folder.is_process_in(owner.process, group))
    }
}

/// The tags of a flow in words, as a details panel and an export show them: name and value, in the order of columns.
pub fn tags_in_words(registry: &Registry, flow: &Flow) -> Vec<(String, String)> {
    let name = |tag: &crate::Said| Some(of_place(registry.column(tag.column)?.name, tag.place, flow.initiator.side));
    flow.tags.iter().filter_map(|tag| Some((name(tag)?, tag.value.to_string()))).collect()
}

struct Flows<'a>(&'a Model);

impl<'a> Kind for Flows<'a> {
    type Item = &'a Flow;

    fn subject(&self, flow: &'a Flow) -> Subject {
        Subject::Flow(flow.id)
    }

    fn value(&self, flow: &'a Flow, field: &Field) -> Option<Value> {
        self.0.ask_flow(flow, field)
    }
}
