//! What a service answers: what its live flows come to.

use super::What;
use crate::{Counts, Service, Value};

/// What the live flows of a service come to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ServiceSum {
    pub(crate) flows: u64,
    pub(crate) rate: f32,
    pub(crate) counts: Counts,
}

impl ServiceSum {
    /// What it answers; of what only others have, nothing.
    pub(crate) fn value(&self, service: Service, what: What) -> Option<Value> {
        Some(match what {
            What::Service => Value::Symbol(service.to_string().into()),
            What::Family => Value::Symbol(service.family().label().into()),
            What::Proto => Value::Symbol(service.proto.to_string().into()),
            What::Flows => Value::Integer(self.flows),
            What::Rate => Value::Rate(self.rate.round() as u64),
            What::Bytes => Value::Bytes(self.counts.bytes),
            What::Packets => Value::Integer(self.counts.packets),
            _ => return None,
        })
    }
}
