//! The table of hosts.

use super::select::{Kind, window};
use super::{Cell, ListColumn, Request, Rows, Subject};
use crate::{Host, Model};

pub(super) fn columns() -> Vec<ListColumn> {
    let c = ListColumn::new;
    vec![
        c("name", "Name", "best name that was observed"),
        c("address", "Address", "IP address"),
        c("rate", "Rate", "bytes a second, both ways").number(),
        c("rate_sent", "Rate out", "bytes a second sent").number(),
        c("rate_received", "Rate in", "bytes a second received").number(),
        c("bytes_sent", "Sent", "bytes sent since first seen").number(),
        c("bytes_received", "Received", "bytes received since first seen").number(),
        c("packets", "Packets", "packets sent and received").number(),
        c("flows", "Flows", "live flows").number(),
        c("peers", "Peers", "hosts it talks with").number(),
        c("first", "First seen", "time of its first packet").number().hidden(),
        c("last", "Last seen", "time of its last packet").number(),
    ]
}

pub(super) fn rows(model: &Model, request: &Request) -> Rows {
    let kind = Hosts(model);
    match request.of {
        Some(Subject::Host(id)) => window(&kind, peers(model, id).into_iter(), request, model.now()),
        _ => window(&kind, model.hosts(), request, model.now()),
    }
}

/// The hosts that a host talks with.
fn peers(model: &Model, id: crate::HostId) -> Vec<&Host> {
    model.links_of(id).filter_map(|l| model.host(if l.a == id { l.b } else { l.a })).collect()
}

struct Hosts<'a>(&'a Model);

impl<'a> Kind for Hosts<'a> {
    type Item = &'a Host;

    fn columns(&self) -> Vec<ListColumn> {
        columns()
    }

    fn subject(&self, host: &'a Host) -> Subject {
        Subject::Host(host.id)
    }

    fn cell(&self, host: &'a Host, column: usize) -> Cell {
        let now = self.0.now();
        match column {
            0 => host.names.best().map_or(Cell::Empty, |name| Cell::Text(name.clone())),
            1 => Cell::Addr(host.key.addr),
            2 => Cell::Rate(host.rate(now)),
            3 => Cell::Rate(host.rate_sent.at(now)),
            4 => Cell::Rate(host.rate_received.at(now)),
            5 => Cell::Bytes(host.sent.bytes),
            6 => Cell::Bytes(host.received.bytes),
            7 => Cell::Count(host.sent.packets.saturating_add(host.received.packets)),
            8 => Cell::Count(u64::from(host.flows)),
            9 => Cell::Count(self.0.links_of(host.id).filter(|l| l.a != l.b).count() as u64),
            10 => Cell::Time(host.first),
            11 => Cell::Time(host.last),
            _ => Cell::Empty,
        }
    }

    fn words(&self, host: &'a Host, word: &mut dyn FnMut(&str) -> bool) -> bool {
        host.names.iter().any(|n| word(&n.text)) || word(&host.key.addr.to_string())
    }
}
