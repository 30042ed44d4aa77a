//! Hosts that try many ports of one host, or one port of many hosts, in short time, and that nobody answers. Worth a look, and no more than that.
//!
//! A browser opens as many connections, a crawler more: but they are answered. So a target counts as soon as its answer is known, two seconds later or when the flow ended, and most of them
//! must have said nothing. Only who is known to have begun a flow is looked at.

use std::collections::VecDeque;
use std::time::Duration;

use hashbrown::{HashMap, HashSet};

use super::{Computation, Happening, Interest, Prepared, Trouble, Updates};
use crate::{
    Basis, Column, ColumnId, Flow, FlowId, HostId, Meaning, Model, Proto, Registry, RegistryBuilder, RegistryError, Scope,
    State as FlowState, Tag, Time, Value, ValueType,
};

/// What is longer ago is forgotten.
const WINDOW: Duration = Duration::from_secs(60);
/// So many ports of one host: more than a traced route takes.
const PORTS: usize = 100;
/// So many hosts on one port.
const HOSTS: usize = 60;
/// So long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// Of all targets whose answer is known, in a hundred.
const SILENT_PERCENT: usize = 75;
/// Targets that are remembered of one host in one way; beyond that there are "at least" so many.
const MOST_TARGETS: usize = 4_096;
/// Targets that are remembered in all.
const MOST: usize = 262_144;
/// Below this nobody waits for answers.
const WORTH_A_LOOK: usize = 16;

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
        Ok(Box::new(State { column, sweeps: HashMap::new(), order: VecDeque::new(), targets: 0 }))
    }
}

/// Who tries what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Way {
    /// Ports of one host.
    Ports(HostId, HostId, Proto),
    /// Hosts on one port, or by a protocol without ports.
    Hosts(HostId, Proto, u16),
}

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Target {
    Port(u16),
    Host(HostId),
}

#[derive(Clone, Copy, Debug)]
struct Try {
    target: Target,
    flow: FlowId,
    at: Time,
    /// Whether nothing was said to it, once that is known.
    silent: Option<bool>,
}

/// What was tried in one way of late.
#[derive(Debug, Default)]
struct Sweep {
    tries: VecDeque<Try>,
    targets: HashSet<Target>,
    /// How many targets there were when it was last said, and when that was.
    said: Option<(usize, Time)>,
}

#[derive(Debug)]
struct State {
    column: ColumnId,
    sweeps: HashMap<Way, Sweep>,
    /// The ways, the one that was taken first in front.
    order: VecDeque<Way>,
    /// Of all sweeps.
    targets: usize,
}

impl Computation for State {
    fn begin(&mut self, _columns: &Registry) -> Interest {
        Interest::default().flows()
    }

    fn hear(&mut self, happening: Happening, model: &Model, _updates: &mut Updates) -> Result<(), Trouble> {
        let Happening::Flow(id) = happening else { return Ok(()) };
        let Some(flow) = model.flow(id).filter(|flow| is_begun(flow)) else { return Ok(()) };
        let (Some(from), Some(to)) = (model.host_at(flow, flow.initiator.side), model.host_at(flow, flow.initiator.side.other())) else {
            return Ok(());
        };
        let (proto, port) = (flow.key.tuple.proto(), flow.dst().port);
        if proto.has_ports() {
            self.take(Way::Ports(from.id, to.id, proto), Target::Port(port), flow);
            self.take(Way::Hosts(from.id, proto, port), Target::Host(to.id), flow);
        } else {
            self.take(Way::Hosts(from.id, proto, 0), Target::Host(to.id), flow);
        }
        Ok(())
    }

    fn pass(&mut self, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        let now = model.now();
        let mut empty = Vec::new();
        for way in &self.order {
            let Some(sweep) = self.sweeps.get_mut(way) else { continue };
            self.targets -= sweep.forget(now.minus(WINDOW));
            if sweep.tries.is_empty() {
                empty.push(*way);
            } else if sweep.targets.len() >= WORTH_A_LOOK {
                sweep.judge(model);
                let (from, evidence) = (way.from(), sweep.evidence(*way, model));
                evidence.into_iter().for_each(|text| updates.tag_host(from, Tag::certain(self.column, Value::text(&text))));
            }
        }
        if !empty.is_empty() {
            empty.iter().for_each(|way| drop(self.sweeps.remove(way)));
            self.order.retain(|way| self.sweeps.contains_key(way));
        }
        Ok(())
    }
}

/// Whether it is known who began it, and with one host.
fn is_begun(flow: &Flow) -> bool {
    let known = flow.initiator.basis >= Basis::Conntrack || flow.key.tuple.proto() == Proto::UDP;
    known && Scope::of(flow.dst().addr) != Scope::Multicast
}

/// Whether whoever was asked has said nothing: of TCP it may have sent headers, to accept or to refuse.
fn is_silent(flow: &Flow) -> bool {
    let received = flow.forward().ba;
    if flow.key.tuple.proto() == Proto::TCP { received.ip_bytes <= received.packets.saturating_mul(80) } else { received.packets == 0 }
}

impl Way {
    const fn from(self) -> HostId {
        match self {
            Way::Ports(from, ..) | Way::Hosts(from, ..) => from,
        }
    }
}

impl State {
    fn take(&mut self, way: Way, target: Target, flow: &Flow) {
        let sweep = self.sweeps.entry(way).or_insert_with(|| {
            self.order.push_back(way);
            Sweep::default()
        });
        if sweep.targets.len() < MOST_TARGETS && sweep.targets.insert(target) {
            sweep.tries.push_back(Try { target, flow: flow.id, at: flow.first, silent: None });
            self.targets += 1;
        }
        while self.targets > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.targets -= self.sweeps.remove(&oldest).map_or(0, |sweep| sweep.tries.len());
        }
    }
}

impl Sweep {
    /// Forgets what was tried before that. Returns how much that was.
    fn forget(&mut self, before: Time) -> usize {
        let old = self.tries.iter().take_while(|one| one.at < before).count();
        for one in self.tries.drain(..old) {
            self.targets.remove(&one.target);
        }
        old
    }

    /// Looks for answers to what was tried long enough ago. A flow that is gone says nothing any more.
    fn judge(&mut self, model: &Model) {
        let late = model.now().minus(PATIENCE);
        for one in self.tries.iter_mut().filter(|one| one.silent.is_none()) {
            if let Some(flow) = model.flow(one.flow)
                && (one.at <= late || flow.state != FlowState::Open)
            {
                one.silent = Some(is_silent(flow));
            }
        }
    }

    /// What is to be said of it, where that is much more than was said before.
    fn evidence(&mut self, way: Way, model: &Model) -> Option<String> {
        let silent = self.tries.iter().filter(|one| one.silent == Some(true)).count();
        let judged = self.tries.iter().filter(|one| one.silent.is_some()).count();
        let enough = if matches!(way, Way::Ports(..)) { PORTS } else { HOSTS };
        if judged < enough || silent * 100 < judged * SILENT_PERCENT {
            return None;
        }
        let now = model.now();
        let (first, last, many) = (self.tries.front()?.at, self.tries.back()?.at, self.tries.len());
        // It is said anew when it is over, or goes on and is much more.
        let is_old = |(before, at): (usize, Time)| {
            now.since(at) < WINDOW && (many <= before || (many * 4 < before * 5 && now.since(last) < PATIENCE))
        };
        if self.said.is_some_and(is_old) {
            return None;
        }
        self.said = Some((many, now));
        let secs = last.since(first).as_secs().max(1);
        let least = if many >= MOST_TARGETS { "at least " } else { "" };
        Some(match way {
            Way::Ports(_, of, _) => format!("{least}{many} ports of {} in {secs} s", model.host(of)?.key.addr),
            Way::Hosts(_, proto, 0) => format!("{least}{many} hosts by {proto} in {secs} s"),
            Way::Hosts(_, proto, port) => format!("{least}{many} hosts on {proto}/{port} in {secs} s"),
        })
    }
}
