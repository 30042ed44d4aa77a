//! From a filter to comparisons of arrays.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::array::{Array, Codes, Source};
use super::arrays::Arrays;
use super::kept::{Kept, is_told};
use super::kernel::{ASK, NO, Node, Of, Which, YES};
use crate::field::{End, Field, What};
use crate::query::check::{Check, Ranges, contains};
use crate::query::expr::{Compare, Expr};
use crate::query::naive::{finds, is_searched};
use crate::query::slot;
use crate::{Host, Model, Place, Said, Table, Value};

/// What is asked of one value.
#[derive(Clone, Copy)]
enum Ask<'a> {
    /// Whether there is one.
    Any,
    /// Whether it passes a check.
    Check(&'a Check),
    /// Whether a text stands in it.
    Word(&'a str),
}

impl Ask<'_> {
    fn holds(self, value: &Value) -> bool {
        match self {
            Ask::Any => !value.each().is_empty(),
            Ask::Check(check) => check.holds(value),
            Ask::Word(lower) => finds(value, lower),
        }
    }

    /// The same of what is said of a host: of most that is words, which are asked where they stand.
    fn holds_of(self, said: &Said) -> bool {
        match (self, said.words()) {
            (Ask::Any, Some(_)) => true,
            (Ask::Check(check), Some(words)) => check.holds_for_words(words),
            (Ask::Word(lower), Some(words)) => contains(words, lower),
            (_, None) => self.holds(&said.value()),
        }
    }
}

/// Makes nodes; without arrays it only says which are wanted.
pub(super) struct Planner<'a> {
    pub(super) model: &'a Model,
    pub(super) arrays: Option<&'a Arrays>,
    pub(super) wanted: &'a mut Vec<Source>,
}

impl Planner<'_> {
    pub(super) fn node(&mut self, filter: &Expr) -> Node {
        match filter {
            Expr::And(parts) => {
                let mut nodes: Vec<Node> = parts.iter().map(|part| self.node(part)).collect();
                nodes.sort_by_key(Node::cost);
                Node::And(nodes)
            }
            Expr::Or(parts) => Node::Or(parts.iter().map(|part| self.node(part)).collect()),
            Expr::Not(part) => Node::Not(self.node(part).into()),
            Expr::Has(id) => self.model.schema().field(*id).map_or(Node::Always(false), |field| self.field(field, Ask::Any)),
            Expr::Compare(compare) => self.compare(compare),
            Expr::Word(words) => {
                let schema = self.model.schema().clone();
                let is_told = |field: &Field| !field.is_registered() || is_told(self.model, field);
                let fields: Vec<&Field> = schema.fields().map(|(_, field)| field).filter(|field| is_told(field)).collect();
                let searched = fields.into_iter().filter(|field| is_searched(field, Table::Flows));
                Node::Or(searched.map(|field| self.field(field, Ask::Word(&words.lower))).collect())
            }
        }
    }

    fn compare(&mut self, compare: &Compare) -> Node {
        let Some(field) = self.model.schema().field(compare.field) else { return Node::Always(false) };
        let passes = self.field(field, Ask::Check(&compare.check));
        if !compare.op.is_negative() {
            return passes;
        }
        Node::And(vec![self.field(field, Ask::Any), Node::Not(passes.into())])
    }

    /// Where any value of a field passes.
    fn field(&mut self, field: &Field, ask: Ask<'_>) -> Node {
        let hosts = self.hosts(field, ask);
        match field.asked.end {
            End::Either => Node::Or(vec![self.at(field, End::Src, ask, hosts.clone()), self.at(field, End::Dst, ask, hosts)]),
            end => self.at(field, end, ask, hosts),
        }
    }

    /// What is said of the flow holds; else what the host there says; else what every flow has.
    fn at(&mut self, field: &Field, end: End, ask: Ask<'_>, hosts: Option<Arc<[u8]>>) -> Node {
        let fixed = self.fixed(field.asked.what, end, ask);
        let further = match hosts.filter(|_| end != End::Whole) {
            Some(truth) => Node::Codes { array: self.want(Source::Host(end)), truth, further: None }.or_else_ask(fixed),
            None => fixed,
        };
        let Some(column) = field.tag.filter(|_| is_told(self.model, field)) else { return further };
        let said = self.codes(Source::Tag(column, end), |codes, truth| {
            truth.push(ASK);
            if let Codes::Tags(all) = codes {
                truth.extend(all.things().iter().map(|value| u8::from(ask.holds(value))));
            }
        });
        match said {
            // Hosts have such tags, no flow has.
            Node::Codes { truth, .. } if truth.len() == 1 => further,
            said => said.or_else_ask(further),
        }
    }

    /// What each host says: by a tag, or by its names; where it says nothing, ask further. None where no host says anything.
    fn hosts(&self, field: &Field, ask: Ask<'_>) -> Option<Arc<[u8]>> {
        let column = field.tag.filter(|_| field.asked.end != End::Whole && is_told(self.model, field));
        let what = field.asked.what;
        if column.is_none() && !matches!(what, What::Name | What::Label) {
            return None;
        }
        let said = |host: &Host| match column.and_then(|column| host.tags.held(column, Place::Flow)) {
            Some(said) => Some(ask.holds_of(said)),
            None if what == What::Name => Some(names(host).is_some_and(|names| ask.holds(&names))),
            None if what == What::Label => Some(ask.holds(&Value::Text(self.model.label_of(host.key)))),
            None => None,
        };
        let mut truth = Vec::new();
        if self.arrays.is_some() {
            for host in self.model.hosts() {
                let at = slot(host.id) + 1;
                if truth.len() <= at {
                    truth.resize(at + 1, ASK);
                }
                if let (Some(truth), Some(said)) = (truth.get_mut(at), said(host)) {
                    *truth = u8::from(said);
                }
            }
        }
        Some(truth.into())
    }

    fn fixed(&mut self, what: What, end: End, ask: Ask<'_>) -> Node {
        match what {
            // No port is written with anything but digits, and no address with letters behind f.
            What::Port if matches!(ask, Ask::Word(word) if !word.bytes().all(|b| b.is_ascii_digit())) => Node::Always(false),
            What::Ip if matches!(ask, Ask::Word(word) if !word.bytes().all(|b| b.is_ascii_hexdigit() || b".:".contains(&b))) => {
                Node::Always(false)
            }
            What::Ip => self.addrs(end, ask),
            What::Name | What::Label => Node::Always(false), // the hosts have said it
            What::Port => self.codes(Source::Port(end), |_, truth| {
                truth.push(NO);
                truth.extend((0..=u16::MAX).map(|port| u8::from(ask.holds(&Value::Port(port)))));
            }),
            What::Service | What::Family | What::Proto => self.codes(Source::Service, |codes, truth| {
                truth.push(NO);
                if let Codes::Services(all) = codes {
                    truth.extend(all.things().iter().map(|service| {
                        let words = match what {
                            What::Service => service.to_string(),
                            What::Family => service.family().label().to_owned(),
                            _ => service.proto.to_string(),
                        };
                        u8::from(ask.holds(&Value::Symbol(words.into())))
                    }));
                }
            }),
            What::State => self.codes(Source::State, |codes, truth| {
                truth.push(NO);
                if let Codes::States(all) = codes {
                    truth.extend(all.things().iter().map(|state| u8::from(ask.holds(&Value::Symbol((*state).into())))));
                }
            }),
            What::SeenBy => {
                let model = self.model;
                self.codes(Source::SeenBy, |codes, truth| {
                    truth.push(NO);
                    if let Codes::Origins(all) = codes {
                        let names = |origins: &Vec<_>| model.names_of(origins.iter().copied());
                        truth.extend(all.things().iter().map(|origins| u8::from(names(origins).is_some_and(|names| ask.holds(&names)))));
                    }
                })
            }
            what => match Kept::of(what, end) {
                Kept::Numbers(sources, of) => self.numbers(sources, of, ask),
                Kept::Since(source) => self.since(source, ask),
                Kept::Rates(which) => self.rates(which, ask),
                Kept::Code(_) => self.owners(end, what, ask),
                Kept::Nothing => Node::Always(false),
            },
        }
    }

    /// What is asked of numbers; of anything else they have nothing.
    fn ranges(ask: Ask<'_>) -> Result<Ranges<u64>, Node> {
        match ask {
            Ask::Any => Err(Node::Always(true)),
            Ask::Check(Check::Numbers(ranges)) => Ok(ranges.clone()),
            Ask::Check(_) | Ask::Word(_) => Err(Node::Always(false)),
        }
    }

    fn numbers(&mut self, sources: [Source; 2], of: Of, ask: Ask<'_>) -> Node {
        match Self::ranges(ask) {
            Ok(ranges) => Node::Numbers { arrays: sources.map(|source| self.want(source)), of, ranges },
            Err(node) => node,
        }
    }

    /// A length of time until now is a stretch of time.
    fn since(&mut self, source: Source, ask: Ask<'_>) -> Node {
        let now = self.model.now().micros();
        match Self::ranges(ask) {
            Ok(ranges) => {
                let turn = |range: RangeInclusive<u64>| {
                    let (least, most) = range.into_inner();
                    // What begins later than now is as old as what begins now.
                    let newest = if least == 0 { u64::MAX } else { now.checked_sub(least)? };
                    (least <= most).then(|| now.saturating_sub(most)..=newest)
                };
                let ranges = Ranges::new(ranges.each().iter().cloned().filter_map(turn).collect());
                Node::Numbers { arrays: [self.want(source); 2], of: Of::One, ranges }
            }
            Err(node) => node,
        }
    }

    fn rates(&mut self, which: Which, ask: Ask<'_>) -> Node {
        match Self::ranges(ask) {
            Ok(ranges) => Node::Rates { array: self.want(Source::Rates), which, ranges },
            Err(node) => node,
        }
    }

    fn addrs(&mut self, end: End, ask: Ask<'_>) -> Node {
        self.codes(Source::Host(end), |codes, truth| {
            truth.push(NO);
            if let Codes::Places(addrs) = codes {
                truth.extend(addrs.iter().map(|addr| u8::from(addr.is_some_and(|addr| ask.holds(&Value::Ip(addr))))));
            }
        })
    }

    fn owners(&mut self, end: End, what: What, ask: Ask<'_>) -> Node {
        let model = self.model;
        self.codes(Source::Owner(end), |codes, truth| {
            truth.push(NO);
            if let Codes::Owners(all) = codes {
                truth.extend(all.things().iter().map(|key| {
                    let value = model.process(*key).and_then(|process| model.ask_process(process, what));
                    u8::from(value.is_some_and(|value| ask.holds(&value)))
                }));
            }
        })
    }

    fn codes(&mut self, source: Source, tell: impl FnOnce(&Codes, &mut Vec<u8>)) -> Node {
        let array = self.want(source);
        let mut truth = Vec::new();
        if let Some(Array::Codes(_, codes)) = self.arrays.and_then(|arrays| arrays.array(array)) {
            tell(codes, &mut truth);
        }
        debug_assert!(truth.iter().all(|truth| *truth <= ASK) && YES == 1);
        Node::Codes { array, truth: truth.into(), further: None }
    }

    fn want(&mut self, source: Source) -> usize {
        self.wanted.push(source);
        self.arrays.and_then(|arrays| arrays.place(source)).unwrap_or(usize::MAX)
    }
}

impl Node {
    /// Where it says to ask further, that is asked.
    fn or_else_ask(self, asked: Node) -> Node {
        match self {
            Node::Codes { array, truth, .. } if !matches!(asked, Node::Always(false)) => {
                Node::Codes { array, truth, further: Some(asked.into()) }
            }
            node => node,
        }
    }
}

fn names(host: &Host) -> Option<Value> {
    host.names.best()?;
    Some(Value::List(host.names.iter().map(|name| Value::Text(name.text.clone())).collect()))
}
