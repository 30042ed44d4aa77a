//! What a flow answers.

use arcstr::ArcStr;

use super::{End, Field, What};
use crate::{Flow, HostKey, List, Model, Place, Process, Side, Value};

impl Model {
    /// What a live flow answers to a field; of either end it is a list.
    pub fn ask_flow(&self, flow: &Flow, field: &Field) -> Option<Value> {
        let from = flow.initiator.side;
        match field.asked.end {
            End::Whole => self.tag_or(flow, field, Place::Flow, || self.of_whole(flow, field.asked.what)),
            End::Src => self.of_end(flow, field, from),
            End::Dst => self.of_end(flow, field, from.other()),
            End::Either => match (self.of_end(flow, field, from), self.of_end(flow, field, from.other())) {
                (None, None) => None,
                (one, other) => {
                    let mut all: Vec<Value> = Vec::new();
                    for value in one.iter().chain(&other).flat_map(Value::each) {
                        if !all.contains(value) {
                            all.push(value.clone());
                        }
                    }
                    Some(Value::List(all.into_iter().collect()))
                }
            },
        }
    }

    /// What was said of it in the column of that name holds.
    fn tag_or(&self, flow: &Flow, field: &Field, place: Place, fixed: impl FnOnce() -> Option<Value>) -> Option<Value> {
        field.tag.and_then(|column| self.tag(flow, column, place)).or_else(fixed)
    }

    fn of_end(&self, flow: &Flow, field: &Field, side: Side) -> Option<Value> {
        self.tag_or(flow, field, Place::End(side), || {
            let end = flow.key.tuple.end(side);
            Some(match field.asked.what {
                What::Ip => Value::Ip(end.addr),
                What::Port if flow.key.tuple.proto().has_ports() => Value::Port(end.port),
                What::Label => Value::Text(self.label_of(flow.key.host(side))),
                What::Name => {
                    let names = &self.host_of(&flow.key.host(side))?.names;
                    names.best()?;
                    Value::List(names.iter().map(|name| Value::Text(name.text.clone())).collect())
                }
                what => return self.ask_process(self.owner_at(flow, side)?, what),
            })
        })
    }

    /// The process that has an end of a flow.
    fn owner_at(&self, flow: &Flow, side: Side) -> Option<&Process> {
        self.process(self.owners(flow).at(side)?.process)
    }

    fn of_whole(&self, flow: &Flow, what: What) -> Option<Value> {
        let (forward, now) = (flow.forward(), self.now());
        let rates = || {
            let [ab, ba] = self.rates_of(flow).map(|rate| rate.at(now));
            match flow.initiator.side {
                Side::A => [ab, ba],
                Side::B => [ba, ab],
            }
        };
        Some(match what {
            What::Service => Value::Symbol(flow.service.to_string().into()),
            What::Family => Value::Symbol(flow.service.family().label().into()),
            What::Proto => Value::Symbol(flow.key.tuple.proto().to_string().into()),
            What::Rate => Value::Rate(rates().iter().sum::<f32>().round() as u64),
            What::RateSent => Value::Rate(rates()[0].round() as u64),
            What::RateReceived => Value::Rate(rates()[1].round() as u64),
            What::Bytes => Value::Bytes(forward.sum().bytes),
            What::BytesSent => Value::Bytes(forward.ab.bytes),
            What::BytesReceived => Value::Bytes(forward.ba.bytes),
            What::Packets => Value::Integer(forward.sum().packets),
            What::PacketsSent => Value::Integer(forward.ab.packets),
            What::PacketsReceived => Value::Integer(forward.ba.packets),
            What::State => Value::Symbol(flow.state.name().into()),
            What::Age => Value::Duration(now.since(flow.first)),
            What::Idle => Value::Duration(now.since(flow.last)),
            What::Duration => Value::Duration(flow.last.since(flow.first)),
            What::Start => Value::Time(flow.first),
            What::End => Value::Time(flow.last),
            What::SeenBy => self.names_of(flow.origins())?,
            _ => return None,
        })
    }

    /// The names of origins, in their order.
    pub(crate) fn names_of(&self, origins: impl Iterator<Item = crate::OriginId>) -> Option<Value> {
        let mut origins: Vec<_> = origins.collect();
        origins.sort_unstable();
        let names: List = origins.into_iter().filter_map(|origin| Some(Value::text(self.totals().origin(origin)?))).collect();
        (!names.is_empty()).then_some(Value::List(names))
    }

    /// What a person calls the host of a key: its best name, or its address.
    pub(crate) fn label_of(&self, key: HostKey) -> ArcStr {
        match self.host_of(&key).and_then(|host| host.names.best()) {
            Some(name) => name.clone(),
            None => key.addr.to_string().into(),
        }
    }
}
