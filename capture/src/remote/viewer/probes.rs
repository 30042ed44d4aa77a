//! The probes that were heard: what each tells, and how each is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use graph::{Event, Kind, Ledger, Origin, OriginId, Realm, Realms, Registry, Time};
use wire::glouglou::{Content, Packer, Record, Relayed};

use super::skew::Skew;
use super::way::{self, Trouble, Way};
use crate::proc::reader::printable;
use crate::remote::board;
use crate::remote::line::{Line, Peer, head};
use crate::remote::receiver::Receiver;
use crate::source::{Context, Level, Notice};

/// The realm of the first probe's own addresses; each has one of its own.
const FIRST_REALM: u32 = 1_000;
/// A probe behind a relay is silent after this: it would have said something of itself.
const IDLE: Duration = Duration::from_secs(45);
/// Probes that are known at a time.
const MAX_PROBES: usize = 4_096;
/// The words of one probe are passed on no more often.
const WORDS_APART: Duration = Duration::from_secs(1);
/// That something of a relay is not taken is said no more often.
const COMPLAINTS_APART: Duration = Duration::from_secs(60);

/// All of them.
#[derive(Debug)]
pub(super) struct Probes {
    registry: Arc<Registry>,
    site: Realm,
    /// The origin of this very machine, where nobody else is heard of.
    here: Option<OriginId>,
    /// By number.
    probes: BTreeMap<u32, Probe>,
}

#[derive(Debug)]
struct Probe {
    name: String,
    /// None of a relay, which tells of nothing but itself.
    origin: Option<OriginId>,
    receiver: Receiver,
    way: Way,
    /// Whether it sends events of its own.
    sends: bool,
    state: board::State,
    /// Whether the user wants nothing of it now, whether it is heard or not.
    paused: bool,
    heard: Time,
    /// The number of the next content that a relay forwards of it.
    next: u64,
    /// The boot that a relay named last.
    boot_id: Option<u64>,
    ledger: Ledger,
    skew: Skew,
    /// The boots of its last two sessions, the older first.
    boots: [Option<u64>; 2],
    /// When its words were passed on last.
    spoke: Option<Time>,
    /// Of a relay: contents that it forwarded and that were not taken, and when the user was told why last.
    not_taken: u64,
    complained: Option<Time>,
    /// Events until the last second began, and in it.
    events: (u64, u64),
}

impl Probes {
    pub(super) fn new(registry: Arc<Registry>, site: Realm, here: Option<OriginId>) -> Probes {
        Probes { registry, site, here, probes: BTreeMap::new() }
    }

    /// A session is up: whose, another than before.
    pub(super) fn up(&mut self, now: Time, line: &dyn Line, context: &Context, peer: &Peer) {
        let Some(probe) = self.meet(now, peer.id) else { return };
        let [before, last] = probe.boots;
        if peer.boot_id != last {
            probe.boots = [last, peer.boot_id];
            if peer.boot_id.is_some() && peer.boot_id == before {
                let text = format!("two machines come with the key of {}, in turn", line.name(peer.id));
                let remedy = Some("add another probe, and give one of them that token".to_owned());
                context.notice(Notice { level: Level::Warning, text, remedy });
            }
        }
        probe.sends = !peer.caps.has(wire::glouglou::Caps::RELAYS) || peer.caps.has(wire::glouglou::Caps::SENDS);
        probe.way = Way { peer: peer.id, ..Way::default() };
        probe.receiver.reset(now, peer.boot_id);
    }

    /// Content of that peer's session, in the datagram of that number.
    pub(super) fn content(
        &mut self,
        now: Time,
        line: &dyn Line,
        context: &Context,
        (peer, seq): (u32, u64),
        bytes: &[u8],
        told: &mut Vec<Event>,
    ) {
        let Some(probe) = self.probes.get_mut(&peer) else { return };
        if probe.sends && probe.origin.is_none() {
            let from = line.way(peer).from.map_or_else(|| "this machine".to_owned(), |from| from.ip().to_string());
            probe.come(now, (self.here, self.site), context, line.name(peer), &from, told);
        }
        match beginning(bytes) {
            Some((content, Record::Relayed(_))) => {
                probe.hear(now, seq, bytes, told);
                for timed in content.records().flatten() {
                    let Record::Relayed(relayed) = timed.record else { continue };
                    if let Err(trouble) = self.relayed(now, line, context, peer, &relayed, told)
                        && let Some(relay) = self.probes.get_mut(&peer)
                    {
                        relay.not_taken += 1;
                        relay.complain(now, context, &line.name(peer), &relayed, trouble);
                    }
                }
            }
            Some((_, Record::Notice(notice))) => {
                probe.speak(now, context, &line.name(peer), &notice);
                probe.hear(now, seq, bytes, told);
            }
            Some((content, Record::ProbeInfo(_))) => {
                probe.set_clock(now, context, line, peer, &content);
                probe.hear(now, seq, bytes, told);
            }
            _ => probe.hear(now, seq, bytes, told),
        }
    }

    fn relayed(
        &mut self,
        now: Time,
        line: &dyn Line,
        context: &Context,
        peer: u32,
        relayed: &Relayed<'_>,
        told: &mut Vec<Event>,
    ) -> Result<(), Trouble> {
        let (id, name, way) = way::of(line, peer, relayed)?;
        let realms = (self.here, self.site);
        let probe = self.meet(now, id).ok_or(Trouble::Full)?;
        // Whoever speaks for it goes on to, until nothing is heard that way.
        if probe.origin.is_some() && probe.state != board::State::Silent && (probe.way.peer != peer || probe.way.relays.is_empty()) {
            return Err(Trouble::Elsewhere);
        }
        (probe.way, probe.sends) = (way, true);
        if probe.origin.is_none() {
            probe.come(now, realms, context, name, &line.name(peer), told);
        }
        if probe.boot_id.replace(relayed.boot_id) != Some(relayed.boot_id) {
            probe.receiver.reset(now, Some(relayed.boot_id));
            probe.next = 0;
        }
        let seq = probe.next;
        probe.next += 1;
        let bytes = relayed.content();
        if let Some((content, Record::ProbeInfo(_))) = beginning(&bytes) {
            probe.set_clock(now, context, line, id, &content);
        }
        probe.hear(now, seq, &bytes, told);
        Ok(())
    }

    fn meet(&mut self, now: Time, id: u32) -> Option<&mut Probe> {
        if !self.probes.contains_key(&id) {
            if self.probes.len() >= MAX_PROBES {
                // Whoever is silent makes room.
                let silent = self.probes.iter().find(|(_, probe)| probe.state == board::State::Silent).map(|(id, _)| *id)?;
                self.probes.remove(&silent);
            }
            let receiver = Receiver::new(self.registry.clone());
            let probe = Probe {
                name: String::new(),
                origin: None,
                receiver,
                way: Way { peer: id, ..Way::default() },
                sends: false,
                state: board::State::Live,
                paused: false,
                heard: now,
                next: 0,
                boot_id: None,
                ledger: Ledger::default(),
                skew: Skew::default(),
                boots: [None; 2],
                spoke: None,
                not_taken: 0,
                complained: None,
                events: (0, 0),
            };
            self.probes.insert(id, probe);
        }
        self.probes.get_mut(&id)
    }

    /// Passes over what a probe says, or asks it for all that lives and hears it again.
    pub(super) fn pause(&mut self, probe_id: u32, paused: bool) {
        let Some(probe) = self.probes.get_mut(&probe_id) else { return };
        probe.paused = paused;
        match (probe.state, paused) {
            (board::State::Live, true) => probe.state = board::State::Paused,
            (board::State::Paused, false) => {
                probe.state = board::State::Live;
                probe.receiver.catch_up();
            }
            _ => {}
        }
    }

    /// Nothing is heard of that peer any more, nor of those it spoke for: what they told of ends. What they are called.
    pub(super) fn gone(&mut self, now: Time, line: &dyn Line, peer: u32, told: &mut Vec<Event>) -> Vec<String> {
        let behind = self.probes.iter_mut().filter(|(_, probe)| probe.way.peer == peer);
        behind.filter_map(|(id, probe)| probe.end(now, told).then(|| probe.called(line, *id))).collect()
    }

    /// Those behind relays that are silent from now on. What they are called.
    pub(super) fn expire(&mut self, now: Time, line: &dyn Line, told: &mut Vec<Event>) -> Vec<String> {
        let relayed = self.probes.iter_mut().filter(|(_, probe)| !probe.way.relays.is_empty() && probe.state != board::State::Silent);
        let silent = relayed.filter(|(_, probe)| now.since(probe.heard) >= IDLE);
        silent.filter_map(|(id, probe)| probe.end(now, told).then(|| probe.called(line, *id))).collect()
    }

    /// What is late is given up.
    pub(super) fn tick(&mut self, now: Time, told: &mut Vec<Event>) {
        for probe in self.probes.values_mut() {
            probe.with(told, |receiver, told| receiver.tick(now, told));
        }
    }

    /// What to ask whom, as contents.
    pub(super) fn requests(&mut self, now: Time) -> Vec<(u32, Vec<u8>)> {
        let mut requests = Vec::new();
        let live = self.probes.iter_mut().filter(|(_, probe)| probe.sends && probe.state == board::State::Live);
        for (id, probe) in live {
            let Some(mut request) = probe.receiver.ask(now) else { continue };
            if !probe.way.relays.is_empty() {
                request.probe_id = *id;
            }
            let mut packer = Packer::new(head(now));
            if packer.push(&Record::ResyncReq(request), 0, &[]).is_ok() {
                requests.push((probe.way.peer, packer.finish()));
            }
        }
        requests
    }

    /// How long no probe needs anything.
    pub(super) fn due(&self, now: Time) -> Duration {
        let live = self.probes.values().filter(|probe| probe.sends && probe.state == board::State::Live);
        live.filter_map(|probe| probe.receiver.due()).map(|due| due.since(now)).min().unwrap_or(Duration::MAX)
    }

    /// A second, or so, is over.
    pub(super) fn count(&mut self, lasted: Duration) {
        for probe in self.probes.values_mut() {
            let events = probe.receiver.ledger().events;
            let rate = (events.saturating_sub(probe.events.0)) as f64 / lasted.as_secs_f64().max(0.001);
            probe.events = (events, rate.round() as u64);
        }
    }

    /// How each is that may come or came, by name.
    pub(super) fn lines(&self, line: &dyn Line) -> Vec<board::Line> {
        let mut lines: Vec<board::Line> = self.probes.iter().map(|(id, probe)| probe.line(*id, line)).collect();
        for (probe_id, name) in line.invited() {
            if !self.probes.contains_key(&probe_id) {
                lines.push(board::Line { probe_id, name, ..board::Line::default() });
            }
        }
        lines.sort_by(|a, b| (&a.name, a.probe_id).cmp(&(&b.name, b.probe_id)));
        lines
    }
}

/// A content, and the first of its records.
fn beginning(bytes: &[u8]) -> Option<(Content<'_>, Record<'_>)> {
    let content = Content::parse(bytes).ok()?;
    Some((content, content.records().next()?.ok()?.record))
}

impl Probe {
    /// It is told of from now on.
    fn come(
        &mut self,
        now: Time,
        (here, site): (Option<OriginId>, Realm),
        context: &Context,
        name: String,
        from: &str,
        told: &mut Vec<Event>,
    ) {
        if let Some(origin) = here {
            (self.origin, self.name) = (Some(origin), name);
            return;
        }
        let Some(origin) = context.world.new_origin() else { return };
        let text = format!("the probe {name} came, from {from}");
        context.notice(Notice { level: Level::Info, text, remedy: None });
        let realms = Realms { local: Realm(FIRST_REALM + u32::from(origin.0)), site };
        told.push(Event { at: now, origin, kind: Kind::Origin(Origin { name: name.clone(), realms }) });
        (self.origin, self.name) = (Some(origin), name);
    }

    /// Looks at its clock, where it says something of itself: that never waits to be sent. Where the clock is wrong the user is told.
    fn set_clock(&mut self, now: Time, context: &Context, line: &dyn Line, id: u32, content: &Content<'_>) {
        if self.skew.look(now, Time(content.head.t_base_us)) {
            let (secs, name) = (self.skew.secs(), self.called(line, id));
            let side = if secs < 0 { "behind" } else { "ahead" };
            let text = format!("the clock of {name} is {} s {side}: what it tells is put right by as much", secs.unsigned_abs());
            context.notice(Notice { level: Level::Warning, text, remedy: None });
        }
    }

    fn hear(&mut self, now: Time, seq: u64, content: &[u8], told: &mut Vec<Event>) {
        self.heard = now;
        if self.paused {
            self.state = board::State::Paused;
            return self.receiver.pass_over(seq, content);
        }
        self.state = board::State::Live;
        self.with(told, |receiver, told| receiver.content(now, seq, content, told));
    }

    /// What the receiver tells is this origin's.
    fn with(&mut self, told: &mut Vec<Event>, hear: impl FnOnce(&mut Receiver, &mut Vec<(Time, Kind)>)) {
        let mut all = Vec::new();
        hear(&mut self.receiver, &mut all);
        if let Some((_, Kind::Ledger(ledger))) = all.iter().rev().find(|(_, kind)| matches!(kind, Kind::Ledger(_))) {
            self.ledger = *ledger;
        }
        let Some(origin) = self.origin else { return };
        let skew = self.skew;
        told.extend(all.into_iter().map(|event| skew.set_right(event)).map(|(at, kind)| Event { at, origin, kind }));
    }

    /// What it told of ends. False where it had already.
    fn end(&mut self, now: Time, told: &mut Vec<Event>) -> bool {
        let was = std::mem::replace(&mut self.state, board::State::Silent);
        self.boot_id = None;
        self.with(told, |receiver, told| receiver.end(now, told));
        was != board::State::Silent
    }

    /// Its words reach the user, not too often.
    fn speak(&mut self, now: Time, context: &Context, name: &str, notice: &wire::glouglou::Notice<'_>) {
        if self.spoke.is_some_and(|at| now.since(at) < WORDS_APART) {
            return;
        }
        self.spoke = Some(now);
        let level = if notice.level == 0 { Level::Info } else { Level::Warning };
        context.notice(Notice { level, text: format!("{name}: {}", printable(notice.text)), remedy: None });
    }

    /// What a relay forwards is not taken: the user may want to change that.
    fn complain(&mut self, now: Time, context: &Context, name: &str, relayed: &Relayed<'_>, trouble: Trouble) {
        if self.complained.is_some_and(|at| now.since(at) < COMPLAINTS_APART) {
            return;
        }
        self.complained = Some(now);
        let id = relayed.path.first().copied().unwrap_or_default();
        let remedy = (trouble == Trouble::NotFor).then(|| format!("glouglou probe via \"{name}\" {id:08x} NAME lets it"));
        let text = format!("what {name} forwards of {id:08x} is not taken: {trouble}");
        context.notice(Notice { level: Level::Warning, text, remedy });
    }

    fn called(&self, line: &dyn Line, id: u32) -> String {
        if self.name.is_empty() { line.name(id) } else { self.name.clone() }
    }

    fn line(&self, probe_id: u32, line: &dyn Line) -> board::Line {
        let way = line.way(self.way.peer);
        let itself = self.receiver.probe();
        board::Line {
            probe_id,
            name: self.called(line, probe_id),
            state: self.state,
            hostname: itself.map(|probe| probe.hostname.to_string()).unwrap_or_default(),
            version: itself.map(|probe| probe.version.to_string()).unwrap_or_default(),
            origin: self.origin,
            from: way.from,
            path: self.way.relays.iter().map(|relay| line.name(*relay)).collect(),
            round_trip: way.round_trip,
            clock_offset_us: way.clock_offset_us.filter(|_| self.way.relays.is_empty()),
            events_per_sec: self.events.1,
            received: self.receiver.ledger(),
            not_taken: self.not_taken,
            ledger: self.ledger,
        }
    }
}
