//! What a host answers.

use super::{Field, What};
use crate::{Host, Model, Place, Value};

impl Model {
    /// What a host answers to a field; of what only flows have, nothing.
    pub fn ask_host(&self, host: &Host, field: &Field) -> Option<Value> {
        if let Some(said) = field.tag.and_then(|column| host.tags.get(column, Place::Flow)) {
            return Some(said);
        }
        let now = self.now();
        let rates = || self.rates_of_host(host).map(|rate| rate.at(now));
        Some(match field.asked.what {
            What::Ip => Value::Ip(host.key.addr),
            What::Name => {
                host.names.best()?;
                Value::List(host.names.iter().map(|name| Value::Text(name.text.clone())).collect())
            }
            What::Rate => Value::Rate(rates().iter().sum::<f32>().round() as u64),
            What::RateSent => Value::Rate(rates()[0].round() as u64),
            What::RateReceived => Value::Rate(rates()[1].round() as u64),
            What::Bytes => Value::Bytes(host.sent.bytes.saturating_add(host.received.bytes)),
            What::BytesSent => Value::Bytes(host.sent.bytes),
            What::BytesReceived => Value::Bytes(host.received.bytes),
            What::Packets => Value::Integer(host.sent.packets.saturating_add(host.received.packets)),
            What::PacketsSent => Value::Integer(host.sent.packets),
            What::PacketsReceived => Value::Integer(host.received.packets),
            What::Flows => Value::Integer(host.flows.into()),
            What::Peers => Value::Integer(self.links_of(host.id).filter(|link| link.a != link.b).count() as u64),
            What::Age => Value::Duration(now.since(host.first)),
            What::Idle => Value::Duration(now.since(host.last)),
            What::Duration => Value::Duration(host.last.since(host.first)),
            What::Start => Value::Time(host.first),
            What::End => Value::Time(host.last),
            What::SeenBy => self.names_of(host.observers.all())?,
            _ => return None,
        })
    }
}
