//! The best domain name of an address, and of a flow the one that its client asked for.
//!
//! What the client said in the flow itself wins: the server name of TLS or QUIC, then the host of a request. Then its own question to a name server
//! whose answer had that address, at the head of a chain of canonical names; then what else is known of the address, the most telling first ([`NameOrigin`]).

mod texts;

use std::collections::VecDeque;

use arcstr::ArcStr;
use hashbrown::HashSet;

use self::texts::{Named, Texts};
use super::{Computation, Happening, Interest, Prepared, Trouble, Updates, Words};
use crate::{
    Column, ColumnId, Confidence, Flow, HostId, Meaning, Model, NameOrigin, Place, Registry, RegistryBuilder, RegistryError, Tag, Value,
    ValueType,
};

/// Questions of clients that are remembered; the oldest makes room.
const QUESTIONS: usize = 65_536;

/// Finds the best domain name.
#[derive(Debug, Default)]
pub struct DomainNames;

impl Prepared for DomainNames {
    fn name(&self) -> &'static str {
        "domain"
    }

    fn help(&self) -> &'static str {
        "the best domain name of each host, and of each flow the one that its client asked for"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let name =
            Column::new("domain.name", ValueType::Text, "the best name: what the client asked for, else the most telling of the address");
        let origin = Column::new("domain.origin", ValueType::Symbol, "where the best name was learnt");
        let domain = Column::new("domain", ValueType::Symbol, "the domain that somebody registered: the end of the best name");
        Ok(Box::new(State {
            name: columns.register(name.endpoint())?,
            origin: columns.register(origin.endpoint())?,
            domain: columns.register(domain.endpoint().means(Meaning::Domain))?,
            told: Vec::new(),
            questions: Questions::default(),
            texts: Texts::default(),
            words: Words::default(),
        }))
    }
}

#[derive(Debug)]
struct State {
    name: ColumnId,
    origin: ColumnId,
    domain: ColumnId,
    /// The columns in which clients say names, and what each means.
    told: Vec<(ColumnId, Meaning)>,
    questions: Questions,
    texts: Texts,
    words: Words,
}

impl Computation for State {
    fn begin(&mut self, columns: &Registry) -> Interest {
        let meant = |meaning| columns.of_meaning(meaning).map(move |column| (column, meaning));
        self.told = [Meaning::ServerName, Meaning::RequestedHost, Meaning::Question].into_iter().flat_map(meant).collect();
        Interest::default().hosts().names().flows().flow_tags(self.told.iter().map(|(column, _)| *column))
    }

    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        match happening {
            Happening::Host(id) | Happening::HostNamed(id) => {
                let Some(host) = model.host(id) else { return Ok(()) };
                if let Some((best, named)) = host.names.iter().find_map(|name| Some((name, self.texts.read(&name.text)?))) {
                    let stands = host.tags.held(self.domain, Place::Flow).is_some();
                    let said = self.said(named, best.origin.label(), Confidence::Certain, stands);
                    said.for_each(|tag| updates.tag_host(id, tag));
                }
            }
            Happening::Flow(id) => {
                let asked = model.flow(id).and_then(|flow| Some((flow, self.asked(flow, model)?)));
                if let Some((flow, named)) = asked {
                    self.say(flow, named, "DNS question", Confidence::Likely, updates);
                }
            }
            Happening::FlowTagged(id, column) => {
                let meaning = self.told.iter().find(|(told, _)| *told == column).map(|(_, meaning)| *meaning);
                if let (Some(flow), Some(meaning)) = (model.flow(id), meaning) {
                    self.hear_said(flow, column, meaning, model, updates);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl State {
    /// A client said a name.
    fn hear_said(&mut self, flow: &Flow, column: ColumnId, meaning: Meaning, model: &Model, updates: &mut Updates) {
        let Some(value) = flow.tags.get(column, Place::Flow) else { return };
        let mut first = || value.each().first().and_then(Value::words).and_then(|words| self.texts.read(words));
        match meaning {
            Meaning::ServerName => {
                if let Some(named) = first() {
                    self.say(flow, named, NameOrigin::Sni.label(), Confidence::Certain, updates);
                }
            }
            Meaning::RequestedHost => {
                if let Some(named) = first() {
                    self.say(flow, named, NameOrigin::HttpHost.label(), Confidence::Likely, updates);
                }
            }
            Meaning::Question => {
                if let Some(client) = model.host_id_at(flow, flow.initiator.side) {
                    for words in value.each().iter().filter_map(Value::words) {
                        if let Some(Named { name, .. }) = self.texts.read(words) {
                            self.questions.hear(client, name);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// Of the names that name servers gave the server of a flow, the newest that its client asked for.
    fn asked(&mut self, flow: &Flow, model: &Model) -> Option<Named> {
        if self.questions.known.is_empty() {
            return None;
        }
        let client = model.host_id_at(flow, flow.initiator.side)?;
        let server = model.host_at(flow, flow.initiator.side.other())?;
        let mut given = server.names.iter().filter(|name| matches!(name.origin, NameOrigin::Dns | NameOrigin::Mdns));
        given.find_map(|name| self.texts.read(&name.text).filter(|named| self.questions.has(client, &named.name)))
    }

    /// Says it of the server of a flow.
    fn say(&mut self, flow: &Flow, named: Named, origin: &'static str, confidence: Confidence, updates: &mut Updates) {
        let server = flow.initiator.side.other();
        let stands = flow.tags.held(self.domain, Place::End(server)).is_some();
        self.said(named, origin, confidence, stands).for_each(|tag| updates.tag_flow(flow.id, tag.at(server)));
    }

    /// What is said of a name. Where the domain of another name stands, that of one without is empty.
    fn said(&mut self, named: Named, origin: &'static str, confidence: Confidence, stands: bool) -> impl Iterator<Item = Tag> + use<> {
        let domain = named.domain.or_else(|| stands.then(ArcStr::default)).map(Value::Symbol);
        let said = [(self.name, Some(Value::Text(named.name))), (self.origin, Some(self.words.symbol(origin))), (self.domain, domain)];
        said.into_iter().filter_map(move |(column, value)| Some(Tag::certain(column, value?).as_sure_as(confidence)))
    }
}

/// Who asked for which names, bounded.
#[derive(Debug, Default)]
struct Questions {
    known: HashSet<(HostId, ArcStr)>,
    order: VecDeque<(HostId, ArcStr)>,
}

impl Questions {
    fn hear(&mut self, client: HostId, name: ArcStr) {
        if !self.known.insert((client, name.clone())) {
            return;
        }
        self.order.push_back((client, name));
        if self.order.len() > QUESTIONS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    fn has(&self, client: HostId, name: &ArcStr) -> bool {
        self.known.contains(&(client, name.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_bounded() {
        let mut questions = Questions::default();
        for n in 0..QUESTIONS + 9 {
            // Some ask twice.
            for _ in 0..=n % 2 {
                questions.hear(HostId::default(), n.to_string().into());
            }
        }
        assert_eq!((questions.known.len(), questions.order.len()), (QUESTIONS, QUESTIONS));
        assert!(!questions.has(HostId::default(), &"8".into()) && questions.has(HostId::default(), &"9".into()));
    }
}
