//! Connections that come again and again after the same time: a program that asks somebody every minute, say. Worth a look, and no more than that.
//!
//! A beat is a connection from one host to a port of another; those within a second of one another are one beat. What is made to be repeated is left out: names, time,
//! routing and the like, and whatever goes to many. What goes on inside of one connection does not count: every connection that stands idle is kept alive.

//!
//! Most ways are taken once and never again. Of these nothing is kept but a mark and a time, in a table (`once`); a way that is taken again has a place of its own. Either is made room in alone, so
//! that those who take new ways all the time push out none that was taken twice.

mod once;

use std::collections::VecDeque;
use std::hash::BuildHasher as _;
use std::time::Duration;

use hashbrown::{DefaultHashBuilder, HashTable};

use self::once::Once;
use super::{Computation, Happening, Interest, Prepared, Trouble, Updates};
use crate::{
    Column, ColumnId, Family, Flow, HostKey, Meaning, Model, Proto, Registry, RegistryBuilder, RegistryError, Scope, Tag, Time, Value,
    ValueType,
};

/// So many times the same period passed, at least.
const REPEATS: usize = 8;
/// A shorter period is a program at work, a longer one too seldom to be told from chance.
const PERIODS: std::ops::RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(7_200);
/// What is no longer apart is one beat.
const ONE_BEAT: Duration = Duration::from_secs(1);
/// Of a period, intervals differ by so much on average, at most …
const JITTER: f64 = 0.05;
/// … and a quarter of a second in any case: programs wake late.
const LATE: Duration = Duration::from_millis(250);
/// Ways that were taken again and are remembered; the one that was remembered first makes room.
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
        Ok(Box::new(State { column, ways: Ways::default() }))
    }
}

/// From which host to which port of which.
type Way = (HostKey, HostKey, Proto, u16);

#[derive(Debug)]
struct State {
    column: ColumnId,
    ways: Ways,
}

/// Which ways were taken when.
#[derive(Debug, Default)]
struct Ways {
    hasher: DefaultHashBuilder,
    once: Once,
    again: HashTable<(Way, Beats)>,
    /// Those that were taken again, in the order in which they were.
    order: VecDeque<Way>,
}

/// When one way was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Beats {
    last: Time,
    /// The last intervals in microseconds; the one that is the next to be forgotten stands at `many`, counted round and round.
    intervals: [u64; REPEATS],
    many: usize,
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
            && let Some(way) = way(flow, model)
            && let Some(evidence) = self.ways.beat(way, flow.first)
        {
            updates.tag_flow(id, Tag::certain(self.column, Value::text(&evidence)));
        }
        Ok(())
    }
}

/// Which way a flow takes; none where it is made to be taken again.
fn way(flow: &Flow, model: &Model) -> Option<Way> {
    let (proto, side) = (flow.key.tuple.proto(), flow.initiator.side);
    let repeats = matches!(flow.service.family(), Family::Names | Family::Control) || flow.service.port == 0;
    let to_many = model.totals().scope(&flow.key.host(side.other())) == Scope::Multicast;
    if repeats || to_many || !proto.has_ports() {
        return None;
    }
    Some((flow.key.host(side), flow.key.host(side.other()), proto, flow.dst().port))
}

impl Ways {
    /// One is taken. The evidence, where that was after the same time as the last times.
    fn beat(&mut self, way: Way, at: Time) -> Option<String> {
        let hash = self.hasher.hash_one(way);
        if let Some((_, beats)) = self.again.find_mut(hash, |(known, _)| *known == way) {
            return beats.beat(at);
        }
        let last = self.once.taken(hash, at)?;
        if at.since(last) >= ONE_BEAT {
            self.once.forget(hash);
            self.remember(hash, way, Beats::new(last, at));
        }
        None
    }

    fn remember(&mut self, hash: u64, way: Way, beats: Beats) {
        if self.again.len() >= MOST
            && let Some(oldest) = self.order.pop_front()
            && let Ok(entry) = self.again.find_entry(self.hasher.hash_one(oldest), |(known, _)| *known == oldest)
        {
            entry.remove();
        }
        self.order.push_back(way);
        self.again.insert_unique(hash, (way, beats), |(way, _)| self.hasher.hash_one(way));
    }
}

impl Beats {
    /// The first two.
    fn new(first: Time, second: Time) -> Beats {
        let mut beats = Beats { last: first, intervals: [0; REPEATS], many: 0, times: 0 };
        beats.beat(second);
        beats
    }

    /// Another beat. The evidence, where it came after the same time as those before.
    fn beat(&mut self, at: Time) -> Option<String> {
        let interval = at.since(self.last);
        if interval < ONE_BEAT {
            return None;
        }
        self.last = at;
        if let Some(oldest) = self.intervals.get_mut(self.many % REPEATS) {
            *oldest = interval.as_micros() as u64;
        }
        self.many = self.many.saturating_add(1);
        self.evidence()
    }

    fn evidence(&mut self) -> Option<String> {
        let mut sorted = self.intervals;
        sorted.sort_unstable();
        let period = Duration::from_micros(sorted.get(REPEATS / 2).copied().unwrap_or_default());
        let off = self.intervals.map(|interval| Duration::from_micros(interval).abs_diff(period));
        let mean = off.iter().sum::<Duration>() / REPEATS as u32;
        let allowed = LATE.max(period.mul_f64(JITTER));
        if self.many < REPEATS || !PERIODS.contains(&period) || mean > allowed || off.iter().any(|off| *off > allowed * 3) {
            self.times = 0;
            return None;
        }
        self.times = if self.times == 0 { REPEATS as u32 } else { self.times.saturating_add(1) };
        Some(format!("every {:.1} s ± {:.1} s, {} times", period.as_secs_f64(), mean.as_secs_f64(), self.times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Realm;

    #[test]
    fn neither_ways_that_are_taken_once_nor_those_that_are_taken_twice_take_more_than_there_is() {
        let mut ways = Ways::default();
        let way = |n: u32| {
            let host = |n: u32| HostKey { realm: Realm::GLOBAL, addr: n.to_be_bytes().into() };
            (host(n), host(0), Proto::TCP, n as u16)
        };
        // Beside both there is one that is taken every minute.
        let mut evidence = None;
        for minute in 0..9 {
            let now = Time::from_secs(1_000 + minute * 60);
            evidence = ways.beat(way(0), now);
            for n in 1..if minute == 0 { 2 } else { 100_000 } {
                ways.beat(way(minute as u32 * 1_000_000 + n), now);
            }
        }
        assert_eq!(evidence.as_deref(), Some("every 60.0 s ± 0.0 s, 8 times"));
        assert_eq!((ways.again.len(), ways.order.len()), (1, 1));
        for secs in [9_000, 9_002] {
            (0..50_000).for_each(|n| drop(ways.beat(way(90_000_000 + n), Time::from_secs(secs))));
        }
        assert_eq!((ways.again.len(), ways.order.len()), (MOST, MOST));
        let bytes =
            ways.again.capacity() * 8 / 7 * (size_of::<(Way, Beats)>() + 1) + ways.order.capacity() * size_of::<Way>() + ways.once.bytes();
        assert!(bytes <= 16 << 20, "{bytes} bytes");
    }
}
