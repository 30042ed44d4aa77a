//! The table of hosts.

use super::select::{Kind, window};
use super::{Request, Rows, Subject};
use crate::field::Field;
use crate::{Host, Model, Value};

pub(super) fn rows(model: &Model, request: &Request) -> Rows {
    let kind = Hosts(model);
    let matching = model.wanted_hosts(&request.filter);
    let wanted = |host: &&Host| matching.has(host.id);
    match request.of {
        Some(Subject::Host(id)) => window(&kind, model, peers(model, id).into_iter().filter(wanted), request),
        _ => window(&kind, model, model.hosts().filter(wanted), request),
    }
}

/// The hosts that a host talks with.
fn peers(model: &Model, id: crate::HostId) -> Vec<&Host> {
    model.links_of(id).filter_map(|l| model.host(if l.a == id { l.b } else { l.a })).collect()
}

struct Hosts<'a>(&'a Model);

impl<'a> Kind for Hosts<'a> {
    type Item = &'a Host;

    fn subject(&self, host: &'a Host) -> Subject {
        Subject::Host(host.id)
    }

    fn value(&self, host: &'a Host, field: &Field) -> Option<Value> {
        self.0.ask_host(host, field)
    }
}
