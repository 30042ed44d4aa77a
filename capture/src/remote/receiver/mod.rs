//! What a listener makes of what one probe sends: events in their order, what got lost counted and asked for again.

mod known;
mod order;
mod resync;

use std::sync::Arc;

use graph::{ArcStr, Kind, Registry, Time};
use wire::glouglou::{Content, Fault, ProbeInfo, Record, ResyncReq, Snapshot, Timed, Tlv, Tlvs};

use self::known::{How, Known, Taken};
use self::order::Order;
use self::resync::Resync;
use super::{NETWORK, PROCESS, decode, set_back};
use crate::proc::reader::printable;

/// No name of a machine or a program is shown longer, in bytes.
const MAX_SHOWN: usize = 64;

/// What became of everything that a probe sent, as totals; each cause by itself.
///
/// Events that it numbered = `unheard` + `events` + `lost_events` + `unknown` + `malformed_events` + `refused` + `passed_over`, but for those that are on their way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Datagrams that came.
    pub datagrams: u64,
    /// Datagrams that did not, as far as later ones tell.
    pub lost_datagrams: u64,
    /// Contents that could not be read.
    pub malformed: u64,
    /// Events that the model was told.
    pub events: u64,
    /// Events that did not come in time, or that the probe had no room for.
    pub lost_events: u64,
    /// Of those, events that came too late.
    pub late_events: u64,
    /// Events of a kind that is not known here.
    pub unknown: u64,
    /// Events that could not be read.
    pub malformed_events: u64,
    /// Events of connections and processes that there was no room for.
    pub refused: u64,
    /// Events from before this end listened.
    pub unheard: u64,
    /// Records of snapshots that were new.
    pub snapshot_records: u64,
    /// Snapshots that were complete.
    pub snapshots: u64,
    /// Events that were passed over, because the probe was not wanted for a while.
    pub passed_over: u64,
}

impl Received {
    /// Events that the probe numbered, as far as is known here.
    pub fn numbered(&self) -> u64 {
        let all = [self.unheard, self.events, self.lost_events, self.unknown, self.malformed_events, self.refused, self.passed_over];
        all.into_iter().fold(0, u64::saturating_add)
    }
}

/// What a probe says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probe {
    /// Another number each time it starts.
    pub boot_id: u64,
    /// What its machine is called, printable.
    pub hostname: ArcStr,
    /// Its program and version, printable.
    pub version: ArcStr,
}

/// The receiving end for one probe.
#[derive(Debug)]
pub struct Receiver {
    registry: Arc<Registry>,
    boot_id: Option<u64>,
    probe: Option<Probe>,
    /// The datagram that told it.
    probe_seq: u64,
    datagrams: Datagrams,
    order: Order,
    known: Known,
    resync: Resync,
    ledger: Received,
    /// It looks at one packet in so many, as far as the model was told.
    sampling: u32,
    /// The latest time that was passed in.
    now: Time,
}

/// The numbers of the datagrams of one session, and how many came.
#[derive(Debug, Default)]
struct Datagrams {
    came: u64,
    numbers: Option<(u64, u64)>,
}

impl Datagrams {
    fn came(&mut self, seq: u64) {
        self.came += 1;
        let (first, last) = self.numbers.unwrap_or((seq, seq));
        self.numbers = Some((first.min(seq), last.max(seq)));
    }

    fn lost(&self) -> u64 {
        self.numbers.map_or(0, |(first, last)| (last - first).saturating_add(1).saturating_sub(self.came))
    }
}

impl Receiver {
    /// One that has heard nothing yet. Columns that the registry does not have are left out.
    pub fn new(registry: Arc<Registry>) -> Receiver {
        let (datagrams, order, known, resync, ledger) = Default::default();
        Receiver {
            registry,
            boot_id: None,
            probe: None,
            probe_seq: 0,
            datagrams,
            order,
            known,
            resync,
            ledger,
            sampling: 1,
            now: Time::ZERO,
        }
    }

    /// Takes in the content of the datagram with that number: every content of the session, in any order, each once.
    pub fn content(&mut self, now: Time, seq: u64, content: &[u8], tell: &mut Vec<(Time, Kind)>) {
        self.pass(now);
        self.ledger.datagrams += 1;
        self.datagrams.came(seq);
        self.place(now, seq, content, tell);
        self.tick(now, tell);
    }

    /// A new session began; the numbers of its datagrams start anew. Where the probe is the one that it was, its events go on.
    /// `boot_id` is none where it is not known yet.
    pub fn reset(&mut self, now: Time, boot_id: Option<u64>) {
        self.count_anew();
        let rebooted = boot_id.is_some() && self.boot_id.is_some_and(|before| Some(before) != boot_id);
        self.boot_id = boot_id.or(self.boot_id);
        if rebooted {
            self.reboot();
        } else {
            // What was on its way in the session before does not come any more.
            self.order.hurry(now);
            self.resync.restart(self.order.next(), false);
        }
        self.watch();
    }

    /// Passes a content over that is not wanted now.
    pub fn pass_over(&mut self, seq: u64, content: &[u8]) {
        self.ledger.datagrams += 1;
        self.datagrams.came(seq);
        let Ok(content) = Content::parse(content) else {
            self.ledger.malformed += 1;
            return;
        };
        let first = content.head.first_event_seq;
        if self.begin(&content) && !content.head.snapshot {
            let end = first.saturating_add(order::events_in(&content));
            self.ledger.passed_over = self.ledger.passed_over.saturating_add(self.order.skip(end));
        }
    }

    /// What was passed over is asked for, as far as it still lives.
    pub fn catch_up(&mut self) {
        self.resync.want(self.order.next());
        self.watch();
    }

    /// Time passes: what is late is given up.
    pub fn tick(&mut self, now: Time, tell: &mut Vec<(Time, Kind)>) {
        self.pass(now);
        while let Some(lost) = self.order.give_up(now) {
            if lost > 0 {
                self.ledger.lost_events = self.ledger.lost_events.saturating_add(lost);
                self.resync.want(self.order.next());
                self.watch();
            }
            self.release(now, tell);
        }
    }

    /// Time passes. Where the clock is set back, what waits for its time waits no longer for that.
    fn pass(&mut self, now: Time) {
        if let Some(by) = set_back(self.now, now) {
            self.order.set_back(by);
            self.resync.set_back(by);
            self.now = now;
        }
        self.now = self.now.max(now);
    }

    /// What to ask the probe for, until there is nothing. Its `probe_id` is zero, whoever hears it; a relay wants to be told whom.
    pub fn ask(&mut self, now: Time) -> Option<ResyncReq> {
        self.resync.ask(now)
    }

    /// When [`Receiver::tick`] or [`Receiver::ask`] has something to do; in the past where they have already.
    pub fn due(&self) -> Option<Time> {
        [self.order.due(), self.resync.due()].into_iter().flatten().min()
    }

    /// What became of everything that was sent.
    pub fn ledger(&self) -> Received {
        Received { lost_datagrams: self.ledger.lost_datagrams.saturating_add(self.datagrams.lost()), ..self.ledger }
    }

    /// What the probe says of itself, once it did.
    pub const fn probe(&self) -> Option<&Probe> {
        self.probe.as_ref()
    }

    /// How many connections and processes of the probe live.
    pub fn live(&self) -> (usize, usize) {
        self.known.len()
    }

    /// The probe is gone for good: all that it told of ends.
    pub fn end(&mut self, now: Time, tell: &mut Vec<(Time, Kind)>) {
        self.known.end(now, tell);
        self.reboot();
        (self.boot_id, self.resync) = (None, Resync::default());
    }

    fn place(&mut self, now: Time, seq: u64, bytes: &[u8], tell: &mut Vec<(Time, Kind)>) {
        let Ok(content) = Content::parse(bytes) else {
            self.ledger.malformed += 1;
            return;
        };
        let first = content.head.first_event_seq;
        if !self.begin(&content) {
            return;
        }
        if first > self.order.next() {
            self.order.hold(now, first, seq, bytes);
            return;
        }
        self.read(now, seq, &content, tell);
        self.release(now, tell);
    }

    /// The first content that says where events are is where they begin: what was before was not heard. False while none has said it.
    fn begin(&mut self, content: &Content<'_>) -> bool {
        if !self.order.has_begun() && !order::is_numbered(content) {
            return false;
        }
        let first = content.head.first_event_seq;
        if self.order.begin(first) {
            self.ledger.unheard = self.ledger.unheard.saturating_add(first);
            self.resync.want(first);
            self.watch();
        }
        true
    }

    /// Takes in what waited for nothing but what came now.
    fn release(&mut self, now: Time, tell: &mut Vec<(Time, Kind)>) {
        while let Some((seq, held)) = self.order.release() {
            if let Ok(content) = Content::parse(&held.bytes) {
                self.read(now, seq, &content, tell);
            }
        }
    }

    fn read(&mut self, now: Time, seq: u64, content: &Content<'_>, tell: &mut Vec<(Time, Kind)>) {
        let first = content.head.first_event_seq;
        if content.head.snapshot {
            return self.read_snapshot(now, content, tell);
        }
        let base = Time(content.head.t_base_us);
        let (mut number, mut next) = (first, self.order.next());
        for timed in content.records() {
            match timed {
                Ok(timed) if !timed.record.is_event() => {
                    if let Record::ProbeInfo(info) = &timed.record {
                        // Without a session this alone says that the probe started anew: what follows has other numbers.
                        if self.hear_probe(seq, info, timed.tlvs, first) {
                            (number, next) = (first, first);
                        }
                        if self.probe_seq == seq {
                            decode(&timed, base, &self.registry, |at, kind| tell.push((at, kind)));
                        }
                    }
                }
                // Where the number of those that follow is not known, none does.
                Err(Fault::Count | Fault::RecordLength) => self.ledger.malformed += 1,
                _ if number < next => {
                    self.ledger.late_events += 1;
                    number = number.saturating_add(1);
                }
                Ok(timed) => {
                    self.hear_sampling(now, content.head.sampling_n, tell);
                    self.take(&timed, base, How::Live(number), tell);
                    number = number.saturating_add(1);
                }
                Err(_) => {
                    self.ledger.malformed_events += 1;
                    number = number.saturating_add(1);
                }
            }
        }
        self.order.heard_until(number);
        for (module, too_many) in (0..).zip(self.known.overflow()) {
            if too_many {
                self.resync.drop(module, self.order.next());
            }
        }
    }

    fn take(&mut self, timed: &Timed<'_>, base: Time, how: How, tell: &mut Vec<(Time, Kind)>) {
        let (known, mut worst) = (&mut self.known, Taken::Told);
        let is_known = decode(timed, base, &self.registry, |at, kind| {
            let taken = known.take(at, kind, &timed.record, how, tell);
            if taken != Taken::Told {
                worst = taken;
            }
        });
        if let How::Snapshot { .. } = how {
            self.ledger.snapshot_records += 1;
        } else if !is_known {
            self.ledger.unknown += 1;
        } else if worst == Taken::Refused {
            self.ledger.refused += 1;
        } else {
            self.ledger.events += 1;
        }
    }

    /// Of how many packets one was looked at for what follows; contents without events do not say.
    fn hear_sampling(&mut self, now: Time, sampling_n: u32, tell: &mut Vec<(Time, Kind)>) {
        let sampling = sampling_n.max(1);
        if sampling != self.sampling {
            self.sampling = sampling;
            tell.push((now, Kind::Sampling(sampling)));
        }
    }

    /// A content of a snapshot: what it is a part of comes first.
    fn read_snapshot(&mut self, now: Time, content: &Content<'_>, tell: &mut Vec<(Time, Kind)>) {
        let (base, cut) = (Time(content.head.t_base_us), content.head.first_event_seq);
        let mut begun: Option<Snapshot> = None;
        for timed in content.records() {
            let Ok(timed) = timed else {
                self.ledger.malformed += 1;
                continue;
            };
            match (&timed.record, begun) {
                (Record::SnapshotBegin(begin), _) => begun = self.resync.begin(now, begin, cut).then_some(*begin),
                (Record::SnapshotEnd(end), Some(begin)) if *end == begin => self.resync.end(begin.module),
                (record, Some(begin)) if record.kind().0 == begin.module => {
                    let number = timed.tlvs.iter().find_map(|tlv| if let Tlv::Number(number) = tlv { Some(number) } else { None });
                    if number.is_some_and(|number| self.resync.got(begin.module, number)) {
                        self.hear_sampling(now, content.head.sampling_n, tell);
                        self.take(&timed, base, How::Snapshot { id: begin.snapshot_id, cut }, tell);
                    }
                }
                _ => {}
            }
        }
        self.complete(now, tell);
    }

    /// What a snapshot that is complete has not named is gone.
    fn complete(&mut self, now: Time, tell: &mut Vec<(Time, Kind)>) {
        if let Some((id, cut)) = self.resync.complete(NETWORK) {
            self.known.sweep_conns(id, cut, now, tell);
            self.ledger.snapshots += 1;
        }
        if let Some((id, cut)) = self.resync.complete(PROCESS) {
            self.known.sweep_processes(id, cut, now, tell);
            self.ledger.snapshots += 1;
        }
        self.watch();
    }

    /// The newest that the probe says of itself holds. Returns whether it is another one than it was.
    fn hear_probe(&mut self, seq: u64, info: &ProbeInfo<'_>, tlvs: Tlvs<'_>, first: u64) -> bool {
        let rebooted = self.boot_id.is_some_and(|before| before != info.boot_id);
        if self.probe.is_some() && seq < self.probe_seq && !rebooted {
            return false;
        }
        if rebooted {
            self.count_anew();
            self.datagrams.came(seq);
        }
        self.probe_seq = seq;
        self.boot_id = Some(info.boot_id);
        let version = tlvs.iter().find_map(|tlv| if let Tlv::Version(version) = tlv { Some(version) } else { None });
        let (hostname, version) = (shown(info.hostname), shown(version.unwrap_or_default()));
        if self.probe.as_ref().is_none_or(|known| (known.boot_id, &*known.hostname, &*known.version) != (info.boot_id, &hostname, &version))
        {
            self.probe = Some(Probe { boot_id: info.boot_id, hostname: hostname.into(), version: version.into() });
        }
        if rebooted {
            self.reboot();
            self.order.begin(first);
            self.ledger.unheard = self.ledger.unheard.saturating_add(first);
            self.resync.want(first);
            self.watch();
        }
        rebooted
    }

    /// The numbers of datagrams start anew.
    fn count_anew(&mut self) {
        self.ledger.lost_datagrams = self.ledger.lost_datagrams.saturating_add(self.datagrams.lost());
        (self.datagrams, self.probe_seq) = (Datagrams::default(), 0);
    }

    /// Everything is of a probe that was: its numbers are over, and what it told of stays until it is told again or not.
    fn reboot(&mut self) {
        self.ledger.lost_events = self.ledger.lost_events.saturating_add(self.order.restart());
        self.known.age();
        self.resync.restart(0, true);
    }

    /// While a snapshot is awaited, what ends is remembered.
    fn watch(&mut self) {
        let [network, processes] = self.resync.awaited();
        self.known.await_snapshot(network, processes);
    }
}

/// What a probe calls something, as it may stand on a screen.
fn shown(bytes: &[u8]) -> String {
    let mut text = printable(bytes).to_string();
    text.truncate(text.floor_char_boundary(MAX_SHOWN.min(text.len())));
    text
}
