//! The table of flows: what every flow has, then every registered column.

use std::sync::Arc;

use super::known::of_place;
use super::select::{Kind, window};
use super::{Cell, ListColumn, Request, Rows, Subject};
use crate::{ColumnId, Flow, GroupId, HostKey, Model, Place, Process, Registry, Side};

/// The columns before those of the registry. Those of processes are shown once there are any.
fn fixed(model: &Model) -> Vec<ListColumn> {
    let c = ListColumn::new;
    let process = c("process", "Process", "the program that has the end that is on this machine");
    vec![
        c("source", "From", "who began it: name, or address"),
        c("destination", "To", "who answered: name, or address"),
        c("service", "Service", "what the protocol and the server's port say"),
        c("proto", "Protocol", "transport").hidden(),
        c("rate", "Rate", "bytes a second, both ways").number(),
        c("bytes_fwd", "Sent", "bytes from the one who began it").number(),
        c("bytes_rev", "Received", "bytes to the one who began it").number(),
        c("packets", "Packets", "packets, both ways").number(),
        c("state", "State", "open, or why it ended"),
        c("duration", "Duration", "from the first packet to the last").number(),
        c("src", "From address", "address of who began it").hidden(),
        c("src_port", "From port", "port of who began it").number().hidden(),
        c("dst", "To address", "address of who answered").hidden(),
        c("dst_port", "To port", "port of who answered").number().hidden(),
        c("start", "First seen", "time of its first packet").number().hidden(),
        c("end", "Last seen", "time of its last packet").number().hidden(),
        c("seen_by", "Seen by", "how many origins saw it").number().hidden(),
        if model.processes().next().is_some() { process } else { process.hidden() },
        c("pid", "PID", "the number of that process").number().hidden(),
        c("user", "User", "its effective user").hidden(),
        c("parent", "Parent", "what began that process").hidden(),
    ]
}

/// Where a cell beyond the fixed ones comes from.
#[derive(Clone, Copy)]
enum FromTag {
    Flow(ColumnId),
    Initiator(ColumnId),
    Responder(ColumnId),
}

fn tag_columns(registry: &Registry) -> Vec<(ListColumn, FromTag)> {
    let mut all = Vec::new();
    for (id, column) in registry.columns() {
        let list = |name: &str| ListColumn::new(name, name, column.help).hidden();
        if column.endpoint {
            all.push((list(&format!("src.{}", column.name)), FromTag::Initiator(id)));
            all.push((list(&format!("dst.{}", column.name)), FromTag::Responder(id)));
        } else {
            all.push((list(column.name), FromTag::Flow(id)));
        }
    }
    all
}

pub(super) fn columns(model: &Model) -> Vec<ListColumn> {
    fixed(model).into_iter().chain(tag_columns(model.registry()).into_iter().map(|(list, _)| list)).collect()
}

pub(super) fn rows(model: &Model, request: &Request) -> Rows {
    let kind = Flows { model, fixed: fixed(model), tags: tag_columns(model.registry()) };
    match request.of {
        None => window(&kind, model.flows(), request, model.now()),
        Some(subject) => window(&kind, model.flows_of(subject), request, model.now()),
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
}

impl Model {
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

struct Flows<'a> {
    model: &'a Model,
    fixed: Vec<ListColumn>,
    tags: Vec<(ListColumn, FromTag)>,
}

impl Flows<'_> {
    fn process(&self, flow: &Flow) -> Option<&Process> {
        self.model.process(self.model.owner(flow)?.1.process)
    }

    fn label(&self, key: HostKey) -> Arc<str> {
        match self.model.host_of(&key).and_then(|h| h.names.best()) {
            Some(name) => name.clone(),
            None => key.addr.to_string().into(),
        }
    }
}

impl<'a> Kind for Flows<'a> {
    type Item = &'a Flow;

    fn columns(&self) -> Vec<ListColumn> {
        self.fixed.iter().chain(self.tags.iter().map(|(list, _)| list)).cloned().collect()
    }

    fn subject(&self, flow: &'a Flow) -> Subject {
        Subject::Flow(flow.id)
    }

    fn cell(&self, flow: &'a Flow, column: usize) -> Cell {
        let from = flow.initiator.side;
        let has_ports = flow.key.tuple.proto().has_ports();
        let port = |port: u16| if has_ports { Cell::Number(u64::from(port)) } else { Cell::Empty };
        let forward = flow.forward();
        match column {
            0 => Cell::Text(self.label(flow.key.host(from))),
            1 => Cell::Text(self.label(flow.key.host(from.other()))),
            2 => Cell::Text(flow.service.to_string().into()),
            3 => Cell::Text(flow.key.tuple.proto().to_string().into()),
            4 => Cell::Rate(flow.rate(self.model.now())),
            5 => Cell::Bytes(forward.ab.bytes),
            6 => Cell::Bytes(forward.ba.bytes),
            7 => Cell::Count(forward.sum().packets),
            8 => Cell::Text(flow.state.name().into()),
            9 => Cell::Duration(flow.last.since(flow.first)),
            10 => Cell::Addr(flow.src().addr),
            11 => port(flow.src().port),
            12 => Cell::Addr(flow.dst().addr),
            13 => port(flow.dst().port),
            14 => Cell::Time(flow.first),
            15 => Cell::Time(flow.last),
            16 => Cell::Count(flow.seen.len() as u64),
            17 => self.process(flow).map_or(Cell::Empty, |process| Cell::Text(process.label().into())),
            18 => self.process(flow).map_or(Cell::Empty, |process| Cell::Number(process.key.process.pid.into())),
            19 => self
                .process(flow)
                .and_then(|p| Some((p.key.realm, p.user?)))
                .map_or(Cell::Empty, |(r, u)| Cell::Text(self.model.user_name(r, u))),
            20 => {
                let parent = self.process(flow).and_then(|process| self.model.lineage(process.key).nth(1));
                parent.map_or(Cell::Empty, |parent| Cell::Text(parent.label().into()))
            }
            _ => self.tags.get(column - self.fixed.len()).map_or(Cell::Empty, |(_, from)| tag_cell(self.model, flow, *from)),
        }
    }

    fn words(&self, flow: &'a Flow, word: &mut dyn FnMut(&str) -> bool) -> bool {
        let mut end = |side: Side| {
            let end = flow.key.tuple.end(side);
            word(&end.to_string()) || self.model.host_of(&flow.key.host(side)).is_some_and(|h| h.names.iter().any(|n| word(&n.text)))
        };
        end(Side::A)
            || end(Side::B)
            || word(&flow.service.to_string())
            || flow.key.tuple.proto().name().is_some_and(&mut *word)
            || self.process(flow).is_some_and(|process| word(&process.label()) || word(&process.key.process.pid.to_string()))
            || flow.tags.iter().any(|tag| word(&tag.value.to_string()))
    }
}

fn tag_cell(model: &Model, flow: &Flow, from: FromTag) -> Cell {
    let side = flow.initiator.side;
    let value = match from {
        FromTag::Flow(id) => model.tag(flow, id, Place::Flow),
        FromTag::Initiator(id) => model.tag(flow, id, Place::End(side)),
        FromTag::Responder(id) => model.tag(flow, id, Place::End(side.other())),
    };
    value.map_or(Cell::Empty, Cell::from)
}
