//! The table of flows.

use arcstr::ArcStr;

use super::known::of_place;
use super::select::{Kind, window};
use super::{Request, Rows, Subject};
use crate::field::{Field, What};
use crate::{Column, ColumnId, Flow, GroupId, Model, Place, Said, Side, Value};

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
            Subject::Process(key) => {
                [Side::A, Side::B].into_iter().any(|side| self.owners(flow).at(side).is_some_and(|o| o.process == key))
            }
            Subject::Host(id) => self.link(flow.link).is_some_and(|l| l.a == id || l.b == id),
            Subject::Group(id) => self.is_flow_of(flow, id),
        })
    }

    /// Whether one of a flow's hosts or processes is in a group.
    fn is_flow_of(&self, flow: &Flow, group: GroupId) -> bool {
        let hosts = self.link(flow.link).map(|link| [link.a, link.b]);
        let owners = self.owners(flow);
        let owners = [Side::A, Side::B].into_iter().filter_map(|side| owners.at(side));
        hosts.is_some_and(|ends| ends.into_iter().any(|host| self.folder.is_host_in(host, group)))
            || owners.into_iter().any(|owner| self.folder.is_process_in(owner.process, group))
    }
}

impl Model {
    /// What a flow is for, in one word: what was said of that, else what its port says.
    pub fn service_of(&self, flow: &Flow) -> ArcStr {
        let field = self.schema().find("service").and_then(|id| self.schema().field(id));
        let said = field.and_then(|field| self.ask_flow(flow, field));
        said.as_ref().and_then(Value::words).cloned().unwrap_or_else(|| flow.service.to_string().into())
    }

    /// The registered columns, but those that only correct what every row has.
    pub fn own_columns(&self) -> impl Iterator<Item = (ColumnId, &Column)> {
        let corrects = |id: ColumnId| self.schema().fields().any(|(_, field)| field.tag == Some(id) && field.asked.what != What::Tag(id));
        self.registry().columns().filter(move |(id, _)| !corrects(*id))
    }
}

/// What holds of a flow and its ends in those of the columns, in words, as an export shows it: name and value, in the order of columns.
pub fn tags_in_words(model: &Model, columns: &[ColumnId], flow: &Flow) -> Vec<(String, String)> {
    let from = flow.initiator.side;
    // Of all columns a flow has few: what is there is put in order. What is said of the flow comes before what is said of its host.
    let mut held: Vec<(ColumnId, u8, Place, &Said)> = Vec::new();
    let place_of = |place| if place == Place::Flow { 0 } else { 1 + u8::from(place != Place::End(from)) };
    held.extend(flow.tags.iter().map(|said| (said.column(), place_of(said.place()), said.place(), said)));
    for side in [from, from.other()] {
        let end = Place::End(side);
        let of_host = model.host_at(flow, side).into_iter().flat_map(|host| host.tags.iter());
        held.extend(of_host.filter(|said| said.place() == Place::Flow).map(|said| (said.column(), place_of(end), end, said)));
    }
    held.sort_by_key(|(id, place, ..)| (*id, *place));
    held.dedup_by_key(|(id, place, ..)| (*id, *place));
    let wanted = held.into_iter().filter(|(id, ..)| columns.contains(id));
    let named = |(id, _, place, said): (ColumnId, u8, Place, &Said)| {
        Some((of_place(model.registry().column(id)?.name, place, from), said.value().to_string()))
    };
    wanted.filter_map(named).collect()
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
