//! The table of services: live flows, summed by what they are for.

use std::collections::BTreeMap;

use super::select::{Kind, window};
use super::{Request, Rows, Subject};
use crate::field::{Field, ServiceSum};
use crate::{Model, Service, Value};

pub(super) fn rows(model: &Model, request: &Request) -> Rows {
    let matching = model.wanted_services(&request.filter);
    let sums = sums(model);
    window(&Services(std::marker::PhantomData), model, sums.iter().filter(|(service, _)| matching.has(**service)), request)
}

/// What the live flows of each service come to.
pub(crate) fn sums(model: &Model) -> BTreeMap<Service, ServiceSum> {
    let mut sums: BTreeMap<Service, ServiceSum> = BTreeMap::new();
    for flow in model.flows() {
        let sum = sums.entry(flow.service).or_default();
        sum.flows += 1;
        sum.rate += model.rates_of(flow).iter().map(|rate| rate.at(model.now())).sum::<f32>();
        sum.counts = sum.counts.plus(&flow.total().0.sum());
    }
    sums
}

struct Services<'a>(std::marker::PhantomData<&'a ()>);

impl<'a> Kind for Services<'a> {
    type Item = (&'a Service, &'a ServiceSum);

    fn subject(&self, (service, _): Self::Item) -> Subject {
        Subject::Service(*service)
    }

    fn value(&self, (service, sum): Self::Item, field: &Field) -> Option<Value> {
        sum.value(*service, field.asked.what)
    }
}
