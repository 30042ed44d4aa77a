//! The table of services: live flows, summed by what they are for.

use std::collections::BTreeMap;

use super::select::{Kind, window};
use super::{Cell, ListColumn, Request, Rows, Subject};
use crate::{Counts, Model, Service};

pub(super) fn columns() -> Vec<ListColumn> {
    let c = ListColumn::new;
    vec![
        c("service", "Service", "what the protocol and the server's port say"),
        c("family", "Family", "what kind of service"),
        c("flows", "Flows", "live flows").number(),
        c("rate", "Rate", "bytes a second, both ways").number(),
        c("bytes", "Bytes", "bytes of the live flows, both ways").number(),
        c("packets", "Packets", "packets of the live flows, both ways").number(),
    ]
}

#[derive(Default)]
struct Sum {
    flows: u64,
    rate: f32,
    counts: Counts,
}

pub(super) fn rows(model: &Model, request: &Request) -> Rows {
    let mut sums: BTreeMap<Service, Sum> = BTreeMap::new();
    for flow in model.flows() {
        let sum = sums.entry(flow.service).or_default();
        sum.flows += 1;
        sum.rate += flow.rate(model.now());
        sum.counts = sum.counts.plus(&flow.total.0.sum());
    }
    window(&Services(std::marker::PhantomData), sums.iter(), request, model.now())
}

struct Services<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> Kind for Services<'a> {
    type Item = (&'a Service, &'a Sum);

    fn columns(&self) -> Vec<ListColumn> {
        columns()
    }

    fn subject(&self, (service, _): Self::Item) -> Subject {
        Subject::Service(*service)
    }

    fn cell(&self, (service, sum): Self::Item, column: usize) -> Cell {
        match column {
            0 => Cell::Text(service.to_string().into()),
            1 => Cell::Text(service.family().label().into()),
            2 => Cell::Count(sum.flows),
            3 => Cell::Rate(sum.rate),
            4 => Cell::Bytes(sum.counts.bytes),
            5 => Cell::Count(sum.counts.packets),
            _ => Cell::Empty,
        }
    }

    fn words(&self, (service, _): Self::Item, word: &mut dyn FnMut(&str) -> bool) -> bool {
        word(&service.to_string()) || word(service.family().label()) || word(&service.port.to_string())
    }
}
