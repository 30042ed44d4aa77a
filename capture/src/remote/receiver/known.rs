//! What a probe told of that has not ended: the model was told of it, and nothing else lives for this probe.

use std::collections::VecDeque;

use graph::{Basis, ConnId, EndReason, Exit, Initiator, Kind, ProcessId, Side, Time, Total, Tuple};
use hashbrown::HashMap;
use wire::glouglou::{Addr, Conn as WireConn, Record};

/// Connections of one probe.
const MAX_CONNS: usize = 262_144;
/// Its processes.
const MAX_PROCESSES: usize = 131_072;
/// Connections that ended while a snapshot was awaited.
const MAX_ENDED: usize = 65_536;
/// Dead processes that are remembered, for they may be named yet.
const MAX_DEAD: usize = 16_384;

/// Whether an event is as it happened, or of a snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) enum How {
    /// The event with that number.
    Live(u64),
    /// Of that snapshot, which has everything before event `cut`.
    Snapshot {
        /// Its number.
        id: u32,
        /// The first event that is not in it.
        cut: u64,
    },
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It was told.
    Told,
    /// There is no room for what it tells of.
    Refused,
    /// It is of something that has ended since.
    Past,
}

/// What lives, and what ended while a snapshot was awaited.
#[derive(Debug, Default)]
pub(super) struct Known {
    conns: HashMap<Tuple, Entry<ConnId>>,
    processes: HashMap<u32, Entry<ProcessId>>,
    /// With the number of the event that ended it. None where no snapshot is awaited.
    ended: Option<HashMap<(Tuple, ConnId), u64>>,
    dead: Dead,
}

/// The processes that died last: of one number the last one.
#[derive(Debug, Default)]
struct Dead {
    by_pid: HashMap<u32, ProcessId>,
    order: VecDeque<ProcessId>,
    /// How many died while a snapshot was awaited. None where none is.
    meanwhile: Option<usize>,
}

impl Dead {
    fn add(&mut self, process: ProcessId) {
        self.by_pid.insert(process.pid, process);
        self.order.push_back(process);
        if self.order.len() > MAX_DEAD
            && let Some(first) = self.order.pop_front()
            && self.by_pid.get(&first.pid) == Some(&first)
        {
            self.by_pid.remove(&first.pid);
        }
        self.meanwhile = self.meanwhile.map(|count| count + 1);
    }

    /// Whether it is dead: it died, or one that had its number later did.
    fn has(&self, process: ProcessId) -> bool {
        self.by_pid.get(&process.pid).is_some_and(|dead| dead.is(process) || dead.start_ns > process.start_ns)
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry<Id> {
    id: Id,
    /// One more than the number of the event that told of it first; zero where it was there before.
    since: u64,
    /// The last snapshot that named it.
    named: u32,
}

impl<Id> Entry<Id> {
    fn new(id: Id, how: How) -> Entry<Id> {
        match how {
            How::Live(number) => Entry { id, since: number.saturating_add(1), named: 0 },
            How::Snapshot { id: snapshot, .. } => Entry { id, since: 0, named: snapshot },
        }
    }

    fn name(&mut self, how: How) {
        if let How::Snapshot { id, .. } = how {
            self.named = id;
        }
    }

    /// Whether it was told by a probe that started anew since, and not again.
    fn is_aged(&self) -> bool {
        (self.since, self.named) == (0, 0)
    }

    fn is_swept(&self, id: u32, cut: u64) -> bool {
        self.named != id && self.since <= cut
    }
}

impl Known {
    /// Takes in an event and tells the model of it, and before it of what must have happened though nobody said so.
    pub(super) fn take(&mut self, at: Time, kind: Kind, record: &Record<'_>, how: How, tell: &mut Vec<(Time, Kind)>) -> Taken {
        let taken = match &kind {
            Kind::Open { tuple, conn, .. } => self.meet_conn(at, *tuple, *conn, how, None, tell),
            Kind::Data { tuple, conn, .. } | Kind::Tags { tuple, conn, .. } => self.meet_conn(at, *tuple, *conn, how, Some(record), tell),
            Kind::Close { tuple, conn, .. } => {
                let taken = self.meet_conn(at, *tuple, *conn, how, Some(record), tell);
                if taken == Taken::Told {
                    self.end_conn(*tuple, *conn, how);
                }
                taken
            }
            Kind::Owner { tuple, conn, .. } | Kind::Via { tuple, conn, .. } if self.is_past(*tuple, *conn, how) => Taken::Past,
            Kind::Owner { tuple, conn, process, .. } => {
                if self.conns.contains_key(tuple) && !self.has_ended(*tuple, *conn) {
                    self.mention(*process, how)
                } else {
                    Taken::Told
                }
            }
            Kind::Fork { parent, child } => first_fault([self.mention(*parent, how), self.meet(*child, how)]),
            Kind::Exec { process, parent, .. } => {
                let taken = self.meet(*process, how);
                let parent = parent.filter(|_| taken == Taken::Told).map_or(Taken::Told, |parent| self.mention(parent, how));
                first_fault([taken, parent])
            }
            Kind::Change { process, change } => {
                let taken = self.meet(*process, how);
                let graph::Change::Parent(parent) = change else { return finish(taken, at, kind, tell) };
                first_fault([taken, if taken == Taken::Told { self.mention(*parent, how) } else { taken }])
            }
            Kind::Exit { process, .. } => {
                self.end_process(*process);
                Taken::Told
            }
            _ => Taken::Told,
        };
        finish(taken, at, kind, tell)
    }

    /// From now on remembers what ends, or no longer does.
    pub(super) fn await_snapshot(&mut self, network: bool, processes: bool) {
        if network {
            self.ended.get_or_insert_default();
        } else {
            self.ended = None;
        }
        self.dead.meanwhile = processes.then(|| self.dead.meanwhile.unwrap_or_default());
    }

    /// Whether more ended while a snapshot was awaited than can be remembered: of connections, and of processes. It is counted anew then.
    pub(super) fn overflow(&mut self) -> [bool; 2] {
        let conns = self.ended.as_mut().filter(|ended| ended.len() > MAX_ENDED).map(HashMap::clear);
        let processes = self.dead.meanwhile.as_mut().filter(|count| **count > MAX_DEAD).map(|count| *count = 0);
        [conns.is_some(), processes.is_some()]
    }

    /// All that was told before is older than anything that will be.
    pub(super) fn age(&mut self) {
        self.conns.values_mut().for_each(|entry| (entry.since, entry.named) = (0, 0));
        self.processes.values_mut().for_each(|entry| (entry.since, entry.named) = (0, 0));
        // Its machine may have begun anew, too, and all its numbers with it.
        (self.ended, self.dead) = (None, Dead::default());
    }

    /// A snapshot is complete: connections that it has not named have ended, unless they began later.
    pub(super) fn sweep_conns(&mut self, id: u32, cut: u64, now: Time, tell: &mut Vec<(Time, Kind)>) {
        if let Some(ended) = &mut self.ended {
            ended.retain(|_, event| *event >= cut);
        }
        self.close_conns(|entry| entry.is_swept(id, cut), EndReason::Idle, now, tell);
    }

    /// The same for processes.
    pub(super) fn sweep_processes(&mut self, id: u32, cut: u64, now: Time, tell: &mut Vec<(Time, Kind)>) {
        self.dead.meanwhile = self.dead.meanwhile.map(|_| 0);
        self.exit_processes(|entry| entry.is_swept(id, cut), now, tell);
    }

    /// All of it ends.
    pub(super) fn end(&mut self, now: Time, tell: &mut Vec<(Time, Kind)>) {
        self.close_conns(|_| true, EndReason::Finished, now, tell);
        self.exit_processes(|_| true, now, tell);
    }

    /// How many connections and processes live.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.conns.len(), self.processes.len())
    }

    /// The connection that an event is of, known from now on. Another one between the same ends has ended; one whose beginning was not told (`record` is
    /// what tells of it) begins.
    #[inline]
    fn meet_conn(
        &mut self,
        at: Time,
        tuple: Tuple,
        conn: ConnId,
        how: How,
        record: Option<&Record<'_>>,
        tell: &mut Vec<(Time, Kind)>,
    ) -> Taken {
        let full = self.conns.len() >= MAX_CONNS;
        let before = match self.conns.get_mut(&tuple) {
            Some(known) if known.id == conn => {
                known.name(how);
                return Taken::Told;
            }
            Some(known) => match how {
                How::Snapshot { cut, .. } if known.since > cut => return Taken::Past,
                _ => Some(known.id),
            },
            None if full => return Taken::Refused,
            None => None,
        };
        if matches!(how, How::Snapshot { .. }) && self.has_ended(tuple, conn) {
            return Taken::Past;
        }
        if let Some(before) = before {
            tell.push((at, closed(tuple, before, EndReason::Idle)));
        }
        self.conns.insert(tuple, Entry::new(conn, how));
        if let Some(record) = record {
            let initiator = Initiator { side: first_side(record), basis: Basis::FirstSeen };
            tell.push((at, Kind::Open { tuple, conn, start: at, initiator }));
        }
        Taken::Told
    }

    fn end_conn(&mut self, tuple: Tuple, conn: ConnId, how: How) {
        self.conns.remove(&tuple);
        if let (Some(ended), How::Live(number)) = (&mut self.ended, how) {
            ended.insert((tuple, conn), number);
        }
    }

    /// Whether a snapshot says something of a connection that has ended since: another one may have begun between the same ends.
    fn is_past(&self, tuple: Tuple, conn: ConnId, how: How) -> bool {
        let lives = || self.conns.get(&tuple).is_some_and(|known| known.id == conn);
        matches!(how, How::Snapshot { .. }) && conn != ConnId(0) && !lives()
    }

    fn has_ended(&self, tuple: Tuple, conn: ConnId) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.contains_key(&(tuple, conn)))
    }

    /// The process that an event is of, known from now on.
    fn meet(&mut self, process: ProcessId, how: How) -> Taken {
        if matches!(how, How::Snapshot { .. }) && self.dead.has(process) {
            return Taken::Past;
        }
        let taken = self.mention(process, how);
        if let Some(known) = self.processes.get_mut(&process.pid).filter(|known| known.id.is(process)) {
            known.name(how);
        } else if matches!(how, How::Snapshot { .. }) {
            return Taken::Past;
        }
        taken
    }

    /// A process that an event only names: the model knows it then, and so it must end.
    fn mention(&mut self, process: ProcessId, how: How) -> Taken {
        let full = self.processes.len() >= MAX_PROCESSES;
        match self.processes.get(&process.pid) {
            Some(known) if known.id.is(process) => {}
            // One that has the number no more has ended for the model, too.
            Some(known) if known.id.start_ns > process.start_ns && !known.is_aged() => {}
            _ if self.dead.has(process) => {}
            None if full => return Taken::Refused,
            _ => {
                self.processes.insert(process.pid, Entry { named: 0, ..Entry::new(process, how) });
            }
        }
        Taken::Told
    }

    fn end_process(&mut self, process: ProcessId) {
        if self.processes.get(&process.pid).is_some_and(|known| known.id.is(process)) {
            self.processes.remove(&process.pid);
        }
        self.dead.add(process);
    }

    fn close_conns(&mut self, which: impl Fn(&Entry<ConnId>) -> bool, why: EndReason, now: Time, tell: &mut Vec<(Time, Kind)>) {
        let mut gone: Vec<(Tuple, ConnId)> =
            self.conns.extract_if(|_, entry| which(entry)).map(|(tuple, entry)| (tuple, entry.id)).collect();
        gone.sort_unstable();
        tell.extend(gone.into_iter().map(|(tuple, conn)| (now, closed(tuple, conn, why))));
    }

    fn exit_processes(&mut self, which: impl Fn(&Entry<ProcessId>) -> bool, now: Time, tell: &mut Vec<(Time, Kind)>) {
        let mut gone: Vec<ProcessId> = self.processes.extract_if(|_, entry| which(entry)).map(|(_, entry)| entry.id).collect();
        gone.sort_unstable();
        gone.iter().for_each(|process| self.dead.add(*process));
        tell.extend(gone.into_iter().map(|process| (now, Kind::Exit { process, exit: Exit::Unseen })));
    }
}

fn finish(taken: Taken, at: Time, kind: Kind, tell: &mut Vec<(Time, Kind)>) -> Taken {
    if taken == Taken::Told {
        tell.push((at, kind));
    }
    taken
}

fn first_fault([one, other]: [Taken; 2]) -> Taken {
    if one == Taken::Told { other } else { one }
}

/// An end that counts nothing: what was counted stays.
const fn closed(tuple: Tuple, conn: ConnId, reason: EndReason) -> Kind {
    Kind::Close { tuple, conn, reason, total: Total(graph::Both { ab: ZERO, ba: ZERO }), last: Time::ZERO }
}

const ZERO: graph::Counts = graph::Counts { packets: 0, bytes: 0, ip_bytes: 0 };

/// Where the end came to stand that stands first in a record's key.
#[cold]
fn first_side(record: &Record<'_>) -> Side {
    let conn: &WireConn = match record {
        Record::Data(data) => &data.conn,
        Record::DelConn(del) => &del.conn,
        Record::Tags(tags) => &tags.conn,
        _ => return Side::A,
    };
    let end = |addr: Addr| graph::Endpoint { addr: addr.ip.to_canonical(), port: addr.port };
    Tuple::new(graph::Proto(conn.key.proto), end(conn.key.src), end(conn.key.dst)).1
}
