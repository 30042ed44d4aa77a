//! Connections that come again and again after the same time: a program that asks somebody every minute, say. Worth a look, and no more than that.
//!
//! A beat is a connection from one host to a port of another; those within a second of one another are one beat. What is made to be repeated is left out: names, time,
//! routing and the like, and whatever goes to many. What goes on inside of one connection does not count: every connection that stands idle is kept alive.

use std::collections::VecDeque;
use std::time::Duration;

use hashbrown::HashMap;

use super::{Computation, Happening, Interest, Prepared, Trouble, Updates};
use crate::{
    Column, ColumnId, Family, Flow, HostKey, Meaning, Model, Proto, Registry, RegistryBuilder, RegistryError, Scope, Tag, Time, Value,
    ValueType,
};

/// So many times the same period passed, at least.
const REPEATS: usize = 8;
/// The intervals that are looked at: the last ones.
const REMEMBERED: usize = 16;
/// A shorter period is a program at work, a longer one too seldom to be told from chance.
const PERIODS: std::ops::RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(7_200);
/// What is no longer apart is one beat.
const ONE_BEAT: Duration = Duration::from_secs(1);
/// Of a period, intervals differ by so much on average, at most …
const JITTER: f64 = 0.05;
/// … and a quarter of a second in any case: programs wake late.
const LATE: Duration = Duration::from_millis(250);
/// Pairs of hosts and ports that are remembered; the one that was remembered first makes room.
const MOST: usize = 32_768;

/// Finds beacons.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beacons;

impl Prepared for Beacons {
    fn name(&self) -> &'static str {
        "beacon"
    }

    fn help(&self) -> &'static str {
        "connections that come again and again after the same time"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let help = "such connections come again and again after the same time: how often, and how exactly";
        let column = columns.register(Column::new("beacon", ValueType::Text, help).means(Meaning::Sign))?;
        Ok(Box::new(State { column, known: HashMap::new(), order: VecDeque::new() }))
    }
}

/// From which host to which port of which.
type Way = (HostKey, HostKey, Proto, u16);

#[derive(Debug)]
struct State {
    column: ColumnId,
    known: HashMap<Way, Beats>,
    order: VecDeque<Way>,
}

/// When one way was taken.
#[derive(Debug, Default)]
struct Beats {
    last: Option<Time>,
    intervals: VecDeque<Duration>,
    /// How often the period passed that passes now.
    times: u32,
}

impl Computation for State {
    fn begin(&mut self, _columns: &Registry) -> Interest {
        Interest::default().flows()
    }

    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        if let Happening::Flow(id) = happening
            && let Some(flow) = model.flow(id)
            && let Some(way) = way(flow)
            && let Some(evidence) = self.beats(way).beat(flow.first)
        {
            updates.tag_flow(id, Tag::certain(self.column, Value::text(&evidence)));
        }
        Ok(())
    }
}

/// Which way a flow takes; none where it is made to be taken again.
fn way(flow: &Flow) -> Option<Way> {
    let (proto, side) = (flow.key.tuple.proto(), flow.initiator.side);
    let repeats = matches!(flow.service.family(), Family::Names | Family::Control) || flow.service.port == 0;
    let to_many = Scope::of(flow.dst().addr) == Scope::Multicast;
    if repeats || to_many || !proto.has_ports() {
        return None;
    }
    Some((flow.key.host(side), flow.key.host(side.other()), proto, flow.dst().port))
}

impl State {
    fn beats(&mut self, way: Way) -> &mut Beats {
        if !self.known.contains_key(&way) {
            if self.known.len() >= MOST
                && let Some(oldest) = self.order.pop_front()
            {
                self.known.remove(&oldest);
            }
            self.order.push_back(way);
        }
        self.known.entry(way).or_default()
    }
}

impl Beats {
    /// Another beat. The evidence, where it came after the same time as those before.
    fn beat(&mut self, at: Time) -> Option<String> {
        let Some(last) = self.last else {
            self.last = Some(at);
            return None;
        };
        let interval = at.since(last);
        if interval < ONE_BEAT {
            return None;
        }
        self.last = Some(at);
        self.intervals.push_back(interval);
        if self.intervals.len() > REMEMBERED {
            self.intervals.pop_front();
        }
        self.evidence()
    }

    fn evidence(&mut self) -> Option<String> {
        let newest: Vec<Duration> = self.intervals.iter().rev().take(REPEATS).copied().collect();
        let mut sorted = newest.clone();
        sorted.sort_unstable();
        let period = sorted.get(sorted.len() / 2).copied().unwrap_or_default();
        let off: Vec<Duration> = newest.iter().map(|interval| interval.abs_diff(period)).collect();
        let mean = off.iter().sum::<Duration>() / (off.len() as u32).max(1);
        let allowed = LATE.max(period.mul_f64(JITTER));
        if newest.len() < REPEATS || !PERIODS.contains(&period) || mean > allowed || off.iter().any(|off| *off > allowed * 3) {
            self.times = 0;
            return None;
        }
        self.times = if self.times == 0 { REPEATS as u32 } else { self.times.saturating_add(1) };
        Some(format!("every {:.1} s ± {:.1} s, {} times", period.as_secs_f64(), mean.as_secs_f64(), self.times))
    }
}
