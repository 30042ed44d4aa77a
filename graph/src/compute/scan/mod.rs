//! Hosts that try many ports of one host, or one port of many hosts, in short time, and that nobody answers. Worth a look, and no more than that.
//!
//! A browser opens as many connections, a crawler more: but they are answered. So a target counts as soon as its answer is known, two seconds later or when the flow ended, and most of them
//! must have said nothing. Only who is known to have begun a flow is looked at.
//!
//! A flow costs a place in a log and three looks at the counters of who began it (`tries`). Ports and hosts are told apart (`sweep`) only of who has as many tries without an answer as the least
//! of scans takes, and anew only when more was learnt: so what a scan costs does not grow with how long it goes on.

mod sweep;
mod tries;

use std::time::Duration;

use hashbrown::HashMap;

use self::sweep::{Sweep, Way, sweeps};
use self::tries::{Answer, Tries, Try};
use super::{Computation, Happening, Interest, Prepared, Trouble, Updates};
use crate::{
    Basis, Column, ColumnId, Flow, Meaning, Model, Proto, Registry, RegistryBuilder, RegistryError, Scope, State as FlowState, Tag, Time,
    Value, ValueType,
};

/// What is longer ago is forgotten.
const WINDOW: Duration = Duration::from_secs(60);
/// So long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Finds scans.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scans;

impl Prepared for Scans {
    fn name(&self) -> &'static str {
        "scan"
    }

    fn help(&self) -> &'static str {
        "hosts that try many ports or many hosts in short time, mostly without an answer"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let help = "the host tried many ports of a host, or many hosts, mostly without an answer: how many, and how fast";
        let column = columns.register(Column::new("scan", ValueType::Text, help).endpoint().means(Meaning::Sign))?;
        Ok(Box::new(State { column, tries: Tries::default(), said: HashMap::new() }))
    }
}

#[derive(Debug)]
struct State {
    column: ColumnId,
    tries: Tries,
    /// How many targets there were when a sweep was last said, and when that was; none that is longer ago than a window.
    said: HashMap<Way, (usize, Time)>,
}

impl Computation for State {
    fn begin(&mut self, _columns: &Registry) -> Interest {
        Interest::default().flows()
    }

    fn hear(&mut self, happening: Happening, model: &Model, _updates: &mut Updates) -> Result<(), Trouble> {
        if let Happening::Flow(id) = happening
            && let Some(flow) = model.flow(id)
            && is_begun(flow, model)
            && let Some(one) = attempt(flow, model)
        {
            self.tries.put(one);
        }
        Ok(())
    }

    fn pass(&mut self, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        let now = model.now();
        self.tries.forget(now.minus(WINDOW));
        self.said.retain(|_, (_, at)| now.since(*at) < WINDOW);
        for from in self.tries.ask(now.minus(PATIENCE), |flow, may_come| answer(model.flow(flow), may_come)) {
            let mut tries: Vec<Try> = self.tries.of(from).filter(|one| one.at >= now.minus(WINDOW)).copied().collect();
            let is_full = self.tries.is_full(from);
            if let Some(text) = self.news(sweeps(&mut tries), now).map(|sweep| sweep.words(is_full)) {
                updates.tag_host(from, Tag::certain(self.column, Value::text(&text)));
            }
        }
        Ok(())
    }
}

impl State {
    /// Of the sweeps of a host the largest that is to be said: it is new, is over, or goes on and is much more than when it was said.
    fn news(&mut self, sweeps: Vec<Sweep>, now: Time) -> Option<Sweep> {
        let is_new = |sweep: &Sweep| {
            self.said.get(&sweep.way).is_none_or(|(before, _)| {
                let is_over = now.since(sweep.last) >= PATIENCE;
                sweep.targets > *before && (is_over || sweep.targets * 4 >= before * 5)
            })
        };
        let news: Vec<Sweep> = sweeps.into_iter().filter(is_new).collect();
        self.said.extend(news.iter().map(|sweep| (sweep.way, (sweep.targets, now))));
        news.into_iter().max_by_key(|sweep| (sweep.targets, sweep.way))
    }
}

/// Whether it is known who began it, and with one host.
fn is_begun(flow: &Flow, model: &Model) -> bool {
    let known = flow.initiator.basis >= Basis::Conntrack || flow.key.tuple.proto() == Proto::UDP;
    known && model.totals().scope(&flow.key.host(flow.initiator.side.other())) != Scope::Multicast
}

/// What its beginning is a try of; none where it is told of too late.
fn attempt(flow: &Flow, model: &Model) -> Option<Try> {
    let from = model.host_id_at(flow, flow.initiator.side)?;
    let to = flow.key.host(flow.initiator.side.other());
    let proto = flow.key.tuple.proto();
    let port = if proto.has_ports() { flow.dst().port } else { 0 };
    let at = flow.first.min(model.now());
    (model.now().since(at) <= WINDOW).then(|| Try::new(from, to, proto, port, flow.id, at))
}

/// What came of it. Of a flow that ended no answer may come any more; of one that nobody counts it is not known.
fn answer(flow: Option<&Flow>, may_come: bool) -> Answer {
    match flow {
        None => Answer::Lost,
        Some(flow) if may_come && flow.state == FlowState::Open => Answer::Awaited,
        Some(flow) if flow.total().0.sum().packets == 0 => Answer::Lost,
        Some(flow) if is_silent(flow) => Answer::Silence,
        Some(_) => Answer::Given,
    }
}

/// Whether whoever was asked has said nothing: of TCP it may have sent headers, to accept or to refuse.
fn is_silent(flow: &Flow) -> bool {
    let received = flow.forward().ba;
    if flow.key.tuple.proto() == Proto::TCP { received.ip_bytes <= received.packets.saturating_mul(80) } else { received.packets == 0 }
}
