//! What a probe sends: its sources' events as numbered contents, and all that lives when somebody asks.

mod conns;
mod names;
mod outbox;
mod processes;
mod snapshot;
mod terms;
#[cfg(test)]
mod tests;
mod traces;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use graph::{Event, Kind, Ledger, OriginId, Registry, Side, Time, Total};
use smallvec::SmallVec;
use wire::glouglou::{Content, ContentHead, Limits, Packer, ResyncReq, Snapshot};

use self::conns::{Conns, Said};
use self::names::Names;
use self::outbox::Outbox;
use self::processes::{Beside, Processes};
use self::snapshot::{Snapshots, Writer};
use self::terms::Pace;
pub use self::terms::Terms;
use self::traces::Traces;
use super::{About, MODULES, NETWORK, PROCESS, encode, set_back};

/// Connections that are known at a time.
const MAX_CONNS: usize = 262_144;
/// Processes.
const MAX_PROCESSES: usize = 65_536;
/// Names.
const MAX_NAMES: usize = 16_384;
/// Traced ways.
const MAX_TRACES: usize = 4_096;
/// Contents that wait to be sent, of at most 1,200 bytes each.
const MAX_WAITING: usize = 8_192;
/// What is told of the probe is told again after this, where something changed …
const INFO: Duration = Duration::from_secs(1);
/// … and after this where nothing did: by its event number a listener sees that it lost the last event there was.
const INFO_IDLE: Duration = Duration::from_secs(2);

/// What a probe says of itself, and what it tells.
#[derive(Debug, Clone)]
pub struct SenderConfig {
    /// The columns that its sources' tags have.
    pub registry: Registry,
    /// Another number each time it starts.
    pub boot_id: u64,
    /// What its machine is called.
    pub hostname: String,
    /// Whether it tells of connections and names.
    pub network: bool,
    /// Whether it tells of processes.
    pub processes: bool,
    /// Its own number.
    pub probe_id: u32,
    /// What the interface is called that a source captures on.
    pub interfaces: BTreeMap<OriginId, Arc<str>>,
    /// Its sources look at one packet in so many; 0 and 1 are all.
    pub sampling_n: u32,
}

/// The sending end. Until somebody listens it knows what lives, and numbers nothing.
#[derive(Debug, Clone)]
pub struct Sender {
    config: SenderConfig,
    conns: Conns,
    processes: Processes,
    names: Names,
    traces: Traces,
    ledgers: BTreeMap<OriginId, Ledger>,
    booted: Time,
    outbox: Outbox,
    snapshots: Snapshots,
    is_connected: bool,
    pace: Pace,
    limits: Limits,
    /// Whose turn it is where both wait: what happens, or what lives.
    snapshots_turn: bool,
    now: Time,
    /// When the probe itself was told of last, and what was said: its ledger, its machine's beginning, and the number of the next event.
    info: Option<(Time, Ledger, Time, u64)>,
}

impl Sender {
    /// One that knows nothing yet.
    pub fn new(config: SenderConfig) -> Sender {
        Sender {
            conns: Conns::new(MAX_CONNS, config.boot_id),
            processes: Processes::new(MAX_PROCESSES),
            names: Names::new(MAX_NAMES),
            traces: Traces::new(MAX_TRACES),
            ledgers: BTreeMap::new(),
            booted: Time::ZERO,
            outbox: Outbox::new(MAX_WAITING, config.sampling_n),
            snapshots: Snapshots::new(),
            is_connected: false,
            pace: Pace::new(Terms::default(), Time::ZERO),
            limits: Limits::default(),
            snapshots_turn: false,
            now: Time::ZERO,
            info: None,
            config,
        }
    }

    /// No more contents of snapshots in 50 ms.
    pub fn set_snapshot_pace(&mut self, contents: u32) {
        self.snapshots.set_pace(contents);
    }

    /// Takes in what one of the probe's sources tells.
    pub fn take(&mut self, event: &Event) {
        let origin = event.origin;
        match &event.kind {
            Kind::Ledger(ledger) => {
                self.ledgers.insert(origin, *ledger);
            }
            Kind::Booted { at } => self.booted = *at,
            Kind::Owner { tuple, side, process, how, .. } if self.config.network && self.config.processes => {
                let kind = self.conns.own(*tuple, *side, *process, *how);
                self.tell(event.at, &kind, Side::A, Total::default(), &Beside::default());
            }
            Kind::Owner { .. } => {}
            kind if self.config.processes && is_of_process(kind) => {
                if let Some(beside) = self.processes.take(kind) {
                    self.tell(event.at, kind, Side::A, Total::default(), &beside);
                }
            }
            kind if self.config.network => self.take_network(event.at, origin, kind),
            _ => {}
        }
    }

    /// Time passes. Where the clock is set back, what waits for its time waits no longer for that.
    fn pass(&mut self, now: Time) {
        if let Some(by) = set_back(self.now, now) {
            self.conns.set_back(by);
            self.outbox.set_back(by);
            self.snapshots.set_back(by);
            self.pace.set_back(by);
            self.info = self.info.map(|(at, ledger, booted, events)| (at.minus(by), ledger, booted, events));
            self.now = now;
        }
        self.now = self.now.max(now);
    }

    /// Somebody asked for what lives, or for what got lost of it.
    pub fn asked(&mut self, now: Time, request: &ResyncReq) {
        self.pass(now);
        // Zero is whoever hears it.
        if !self.is_connected || ![0, self.config.probe_id].contains(&request.probe_id) {
            return;
        }
        for module in MODULES {
            let wanted = request.modules & 1 << module != 0;
            if wanted && !self.snapshots.again(self.now, module, request) && !self.snapshots.is_fresh(self.now, module) {
                self.snap(module);
            }
        }
    }

    /// A new session is up, on these terms: its other end may know nothing, and will ask.
    pub fn connected(&mut self, now: Time, terms: Terms) {
        self.pass(now);
        self.is_connected = true;
        (self.pace, self.limits) = (Pace::new(terms, self.now), terms.limits());
        self.outbox.limit(self.limits);
        self.info = None;
        self.snapshots.clear();
    }

    /// The sources have ended: nothing waits for its time any more.
    pub fn finish(&mut self, now: Time) {
        self.pass(now);
        while self.is_connected
            && let Some(said) = self.conns.next_data(self.now.plus(INFO_IDLE))
        {
            self.tell_conn(&said);
        }
        self.outbox.seal();
        self.info = None;
    }

    /// The next content that is due, until there is none.
    pub fn next(&mut self, now: Time) -> Option<Vec<u8>> {
        self.pass(now);
        self.conns.forget(self.now);
        if !self.is_connected {
            return None;
        }
        // Counters can wait: they will say more.
        while !self.outbox.is_pressed()
            && let Some(said) = self.conns.next_data(self.now)
        {
            self.tell_conn(&said);
        }
        if !self.pace.allows(self.now) {
            return None;
        }
        let content = if self.info_due().is_some_and(|due| due <= self.now) { self.tell_info() } else { self.next_told() }?;
        self.pace.take(Content::parse(&content).map_or(1, |content| content.count()));
        Some(content)
    }

    /// What happens comes before what lives. Where there is never room for all that happens, they take turns: but for what a snapshot has in it, which goes before.
    fn next_told(&mut self) -> Option<Vec<u8>> {
        let may = !self.pace.is_free() && self.snapshots.next_cut().is_some_and(|cut| cut <= self.outbox.first_unsent());
        self.snapshots_turn = may && !self.snapshots_turn;
        let first = if self.snapshots_turn { self.snapshots.next(self.now) } else { None };
        first.or_else(|| self.outbox.next(self.now)).or_else(|| self.snapshots.next(self.now))
    }

    /// When [`Sender::next`] has something at the latest; in the past where it has already.
    pub fn due(&self) -> Option<Time> {
        if !self.is_connected {
            return None;
        }
        let data = self.conns.due().filter(|_| !self.outbox.is_pressed());
        let first = [data, self.info_due(), self.outbox.due(), self.snapshots.due()].into_iter().flatten().min();
        first.map(|due| due.max(self.pace.due()))
    }

    /// How many events were numbered so far, those included for which there was no room.
    pub const fn events(&self) -> u64 {
        self.outbox.next_event()
    }

    fn take_network(&mut self, at: Time, origin: OriginId, kind: &Kind) {
        match kind {
            Kind::Open { tuple, conn, start, initiator } => {
                let said = self.conns.open(origin, *tuple, *conn, *start, *initiator);
                said.iter().for_each(|said| self.tell_conn(said));
            }
            Kind::Data { tuple, conn, total, last } => {
                let said = self.conns.data(origin, *tuple, *conn, total, *last);
                said.iter().for_each(|said| self.tell_conn(said));
            }
            Kind::Close { tuple, conn, reason, total, last } => {
                let said = self.conns.close(origin, *tuple, *conn, *reason, total, *last);
                said.iter().flatten().for_each(|said| self.tell_conn(said));
            }
            Kind::Tags { tuple, tags, .. } => {
                let said: Vec<Said> = self.conns.tag(*tuple, tags).collect();
                said.iter().for_each(|said| self.tell_conn(said));
            }
            Kind::Name { addr, origin, ttl_secs, name } => {
                self.names.hear(at, *addr, *origin, *ttl_secs, name);
                self.tell(at, kind, Side::A, Total::default(), &Beside::default());
            }
            Kind::Module { .. } => self.tell(at, kind, Side::A, Total::default(), &Beside::default()),
            Kind::Trace(trace) => {
                self.traces.hear(at, trace);
                self.tell(at, kind, Side::A, Total::default(), &Beside::default());
            }
            _ => {}
        }
    }

    fn tell_conn(&mut self, said: &Said) {
        if self.is_connected {
            let (interfaces, nothing) = (interfaces_of(&self.config, said), Beside::default());
            let about = About { interfaces: &interfaces, ..about(&self.config, said.first, said.before, &nothing) };
            self.outbox.push(said.at, &said.kind, &about);
        }
    }

    fn tell(&mut self, at: Time, kind: &Kind, first: Side, before: Total, beside: &Beside) {
        if self.is_connected {
            self.outbox.push(at, kind, &about(&self.config, first, before, beside));
        }
    }

    /// Writes down all of a module that lives; of one that it does not tell of, nothing does.
    fn snap(&mut self, module: u8) {
        // What was told until here is sent before the snapshot is.
        self.outbox.seal();
        let (snapshot_id, cut) = (self.snapshots.new_id(), self.outbox.next_event());
        let write = |count| {
            let mut writer = Writer::new(Snapshot { snapshot_id, module, count }, self.now, cut, self.config.sampling_n, self.limits);
            self.each(module, |at, kind, about| writer.push(at, kind, about));
            writer.finish()
        };
        let count = self.each(module, |_, _, _| {});
        let mut written = write(count);
        if written.1 < count {
            // What is too long for the other end is no part of it.
            written = write(written.1);
        }
        self.snapshots.send(self.now, module, snapshot_id, cut, written.0);
    }

    /// Every record of a snapshot, and how many there are.
    fn each(&self, module: u8, mut tell: impl FnMut(Time, &Kind, &About<'_>)) -> u32 {
        let (config, now, mut count) = (&self.config, self.now, 0);
        let nothing = Beside::default();
        if module == NETWORK && config.network {
            self.conns.each(|said| {
                // Who is gone is not told of: the other end may not know that it is.
                if !matches!(said.kind, Kind::Owner { process, .. } if !self.processes.lives(process)) {
                    let interfaces = interfaces_of(config, &said);
                    let about = About { interfaces: &interfaces, ..about(config, said.first, said.before, &nothing) };
                    tell(said.at, &said.kind, &about);
                    count += 1;
                }
            });
        }
        let mut say = |at, kind: &Kind, first, before, beside: &Beside| {
            tell(at, kind, &about(config, first, before, beside));
            count += 1;
        };
        if module == NETWORK && config.network {
            self.names.each(|at, kind| say(at, kind, Side::A, Total::default(), &nothing));
            self.traces.each(|at, kind| say(at, kind, Side::A, Total::default(), &nothing));
        }
        if module == PROCESS && config.processes {
            self.processes.each(|kind, beside| say(now, kind, Side::A, Total::default(), beside));
        }
        count
    }

    /// Where every packet went, and every event.
    fn ledger(&self) -> Ledger {
        let sum = self.ledgers.values().fold(Ledger::default(), |sum, ledger| sum.plus(ledger));
        let lost = self.outbox.lost().saturating_add(self.conns.refused());
        Ledger { lost_queue: sum.lost_queue.saturating_add(lost), ..sum }
    }

    fn info_due(&self) -> Option<Time> {
        let Some((at, ledger, booted, events)) = self.info else { return Some(self.now) };
        let changed = (ledger, booted, events) != (self.ledger(), self.booted, self.outbox.next_event());
        Some(at.plus(if changed { INFO } else { INFO_IDLE }))
    }

    fn tell_info(&mut self) -> Option<Vec<u8>> {
        let ledger = self.ledger();
        self.info = Some((self.now, ledger, self.booted, self.outbox.next_event()));
        // What waits is not lost: the number is the first one's.
        let first_event_seq = self.outbox.first_unsent();
        let head = ContentHead { t_base_us: self.now.micros(), first_event_seq, snapshot: false, sampling_n: self.config.sampling_n };
        let mut packer = Packer::within(self.limits, head);
        let nothing = Beside::default();
        let about = About { booted_us: self.booted.micros(), ..about(&self.config, Side::A, Total::default(), &nothing) };
        encode(&mut packer, &Kind::Ledger(ledger), 0, &about).ok()?;
        Some(packer.finish())
    }
}

/// What the interfaces are called on which it is seen.
fn interfaces_of<'a>(config: &'a SenderConfig, said: &Said) -> SmallVec<[&'a str; 2]> {
    said.seen_by.iter().filter_map(|origin| config.interfaces.get(origin).map(|name| &**name)).collect()
}

fn about<'a>(config: &'a SenderConfig, first: Side, before: Total, beside: &'a Beside) -> About<'a> {
    let (image, parent, user) = (beside.image.as_deref(), beside.parent, beside.user.as_deref());
    About { first, before, image, parent, user, ..About::of(&config.registry, config.boot_id, &config.hostname) }
}

const fn is_of_process(kind: &Kind) -> bool {
    matches!(kind, Kind::Fork { .. } | Kind::Exec { .. } | Kind::Change { .. } | Kind::Exit { .. } | Kind::User { .. })
}
