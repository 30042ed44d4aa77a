//! What is known of a flow or a host in columns, who says so, and who says otherwise.

use crate::column::Said;
use crate::{Confidence, Flow, Host, Model, Place, Side, Tags, Value};

/// What holds of one column, and what does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// The column, as one asks for it: of an end with `src.` or `dst.`.
    pub name: String,
    /// One line of help.
    pub help: &'static str,
    /// What holds.
    pub holds: Claim,
    /// What others say, the surest first.
    pub others: Vec<Claim>,
}

/// What one origin says.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What.
    pub value: Value,
    /// Who.
    pub origin: String,
    /// How sure.
    pub confidence: Confidence,
}

impl Known {
    /// What is said of the host where something holds of the flow itself: it does not hold, and stays.
    fn hear(&mut self, of_host: Known) {
        let otherwise = std::iter::once(of_host.holds).chain(of_host.others).filter(|claim| claim.value != self.holds.value);
        self.others.extend(otherwise);
        self.others.sort_by_key(|claim| std::cmp::Reverse(claim.confidence));
    }
}

impl Model {
    /// What is known of a flow, of its ends and of the hosts there, in the order of columns.
    pub(super) fn known_of_flow(&self, flow: &Flow) -> Vec<Known> {
        let mut known = self.known(&flow.tags, |name, place| of_place(name, place, flow.initiator.side));
        for side in [flow.initiator.side, flow.initiator.side.other()] {
            let Some(host) = self.host_at(flow, side) else { continue };
            for fact in self.known(&host.tags, |name, _| of_place(name, Place::End(side), flow.initiator.side)) {
                match known.iter_mut().find(|other| other.name == fact.name) {
                    Some(of_flow) => of_flow.hear(fact),
                    None => known.push(fact),
                }
            }
        }
        known
    }

    /// What is known of a host, in the order of columns.
    pub(super) fn known_of_host(&self, host: &Host) -> Vec<Known> {
        self.known(&host.tags, |name, _| name.to_owned())
    }

    fn known(&self, tags: &Tags, name: impl Fn(&str, Place) -> String) -> Vec<Known> {
        let all: Vec<&Said> = tags.all().collect();
        let of_one = all.chunk_by(|a, b| (a.column(), a.place()) == (b.column(), b.place()));
        let known = of_one.filter_map(|said| {
            let (first, others) = said.split_first()?;
            let column = self.registry().column(first.column())?;
            let others = others.iter().filter(|other| other.value() != first.value()).map(|said| self.claim(said)).collect();
            Some(Known { name: name(column.name, first.place()), help: column.help, holds: self.claim(first), others })
        });
        known.collect()
    }

    fn claim(&self, said: &Said) -> Claim {
        let origin = self.totals().origin(said.origin()).unwrap_or("a source that is gone").to_owned();
        Claim { value: said.value(), origin, confidence: said.confidence() }
    }
}

/// A column as one asks for it, of that place of a flow.
pub(super) fn of_place(name: &str, place: Place, initiator: Side) -> String {
    match place {
        Place::Flow => name.to_owned(),
        Place::End(side) if side == initiator => format!("src.{name}"),
        Place::End(_) => format!("dst.{name}"),
    }
}
