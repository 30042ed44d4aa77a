//! What happened (`struct proc_event`).

use super::{Comm, Task, connector_header, is_ours};
use crate::netlink::fields::Fields;
use crate::netlink::{Fault, connector};
use crate::packet::emit::{Emit, prepend};

/// The length of `struct proc_event`, in bytes. The kernel sends all of it, with zeros after what an event has.
const EVENT_LEN: usize = 40;

/// One event: the payload of a netlink message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// Counts the events of [`cpu`](Repr::cpu), acknowledgements included, whoever they were for: see [`Sequences`](super::Sequences).
    pub seq: u32,
    /// Of an acknowledgement, one more than what the subscription said; else 0.
    pub ack: u32,
    /// The processor on which it happened. `u32::MAX`, in acknowledgements of old kernels, is none.
    pub cpu: u32,
    /// When, in nanoseconds of `CLOCK_MONOTONIC`: since the machine started, without the time that it slept. Start times in /proc are
    /// of `CLOCK_BOOTTIME`, which counts that too.
    pub timestamp_ns: u64,
    /// What happened.
    pub event: Event,
}

/// What happened, and to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// A subscription was carried out or refused. All who listen hear it, but for those with a mask.
    Acknowledged {
        /// The number of an error of errno.h; 0 is success.
        errno: u32,
    },
    /// A process, or another thread of one, began.
    Fork {
        /// Who is the parent from now on: who forked; of a thread, the parent of its process.
        parent: Task,
        /// Who began.
        child: Task,
    },
    /// A process runs another program. Whichever of its threads asked for that, it is the first from now on and all others are
    /// gone, those that had an [`Exit`](Event::Exit) and the one that asked, which has none.
    Exec {
        /// Who.
        task: Task,
    },
    /// Users changed.
    Uid {
        /// Who.
        task: Task,
        /// Real user.
        real: u32,
        /// Effective user.
        effective: u32,
    },
    /// Groups changed.
    Gid {
        /// Who.
        task: Task,
        /// Real group.
        real: u32,
        /// Effective group.
        effective: u32,
    },
    /// A session began.
    Sid {
        /// Who leads it.
        task: Task,
    },
    /// A tracer came or went.
    Ptrace {
        /// Who is traced.
        task: Task,
        /// Who traces from now on; none where it let go.
        tracer: Option<Task>,
    },
    /// A thread named itself, or was named through /proc. An exec says no name.
    Comm {
        /// Who.
        task: Task,
        /// The name.
        comm: Comm,
    },
    /// A process dies of a signal that leaves a core, where cores are allowed.
    CoreDump {
        /// Who.
        task: Task,
        /// Its parent, where the kernel says (from 4.18 on).
        parent: Option<Task>,
    },
    /// A thread ended. A process ended with the last of its threads, which need not be the first: where that one ends earlier, or
    /// another one execs, the process goes on with its number.
    Exit {
        /// Who.
        task: Task,
        /// As wait(2) has it: the exit status in bits 8 to 15, or the signal that ended it in bits 0 to 6 and a core in bit 7.
        code: u32,
        /// The signal that its parent gets: 17 (`SIGCHLD`) but for few; `u32::MAX` for a thread, of which nobody is told.
        signal: u32,
        /// Its parent, where the kernel says (from 4.18 on).
        parent: Option<Task>,
    },
    /// What this does not know, by its bit.
    Other {
        /// `proc_event.what`.
        what: u32,
    },
}

const NONE: u32 = 0;
const FORK: u32 = 0x1;
const EXEC: u32 = 0x2;
const UID: u32 = 0x4;
const GID: u32 = 0x40;
const SID: u32 = 0x80;
const PTRACE: u32 = 0x100;
const COMM: u32 = 0x200;
const CORE_DUMP: u32 = 0x4000_0000;
const EXIT: u32 = 0x8000_0000;

impl Event {
    /// To whom it happened; of a fork, who began by it. None where that is not known, and of an acknowledgement.
    pub fn task(&self) -> Option<Task> {
        match *self {
            Event::Acknowledged { .. } | Event::Other { .. } => None,
            Event::Fork { child, .. } => Some(child),
            Event::Exec { task }
            | Event::Uid { task, .. }
            | Event::Gid { task, .. }
            | Event::Sid { task }
            | Event::Ptrace { task, .. }
            | Event::Comm { task, .. }
            | Event::CoreDump { task, .. }
            | Event::Exit { task, .. } => Some(task),
        }
    }

    /// Whether it is of a thread besides the first of its process. So it is no process's beginning or end. What is left, the first
    /// thread's, is the process's, but for the end: see [`Exit`](Event::Exit).
    pub fn is_of_thread(&self) -> bool {
        self.task().is_some_and(|task| task.is_thread())
    }

    /// Its bit (`proc_event.what`), 0 of an acknowledgement.
    pub fn what(&self) -> u32 {
        match *self {
            Event::Acknowledged { .. } => NONE,
            Event::Fork { .. } => FORK,
            Event::Exec { .. } => EXEC,
            Event::Uid { .. } => UID,
            Event::Gid { .. } => GID,
            Event::Sid { .. } => SID,
            Event::Ptrace { .. } => PTRACE,
            Event::Comm { .. } => COMM,
            Event::CoreDump { .. } => CORE_DUMP,
            Event::Exit { .. } => EXIT,
            Event::Other { what } => what,
        }
    }

    fn parse(what: u32, fields: &mut Fields<'_>) -> Result<Event, Fault> {
        Ok(match what {
            NONE => Event::Acknowledged { errno: fields.u32()? },
            FORK => Event::Fork { parent: task(fields)?, child: task(fields)? },
            EXEC => Event::Exec { task: task(fields)? },
            UID => Event::Uid { task: task(fields)?, real: fields.u32()?, effective: fields.u32()? },
            GID => Event::Gid { task: task(fields)?, real: fields.u32()?, effective: fields.u32()? },
            SID => Event::Sid { task: task(fields)? },
            PTRACE => Event::Ptrace { task: task(fields)?, tracer: Some(task(fields)?).filter(is_named) },
            COMM => Event::Comm { task: task(fields)?, comm: Comm::new(fields.array()?) },
            CORE_DUMP => Event::CoreDump { task: task(fields)?, parent: task(fields).ok().filter(is_named) },
            EXIT => {
                let (who, code, signal) = (task(fields)?, fields.u32()?, fields.u32()?);
                Event::Exit { task: who, code, signal, parent: task(fields).ok().filter(is_named) }
            }
            what => Event::Other { what },
        })
    }

    fn emit(&self, into: &mut Vec<u8>) {
        if let (Some(task), false) = (self.task(), matches!(self, Event::Fork { .. })) {
            put(into, &[task.tid, task.pid]);
        }
        let parent = |parent: Option<Task>| parent.map_or([0, 0], |task| [task.tid, task.pid]);
        match *self {
            Event::Acknowledged { errno } => put(into, &[errno]),
            Event::Fork { parent, child } => put(into, &[parent.tid, parent.pid, child.tid, child.pid]),
            Event::Uid { real, effective, .. } | Event::Gid { real, effective, .. } => put(into, &[real, effective]),
            Event::Ptrace { tracer: other, .. } | Event::CoreDump { parent: other, .. } => put(into, &parent(other)),
            Event::Comm { comm, .. } => into.extend(comm.padded()),
            Event::Exit { code, signal, parent: other, .. } => {
                put(into, &[code, signal]);
                put(into, &parent(other));
            }
            Event::Exec { .. } | Event::Sid { .. } | Event::Other { .. } => {}
        }
    }
}

fn task(fields: &mut Fields<'_>) -> Result<Task, Fault> {
    Ok(Task { tid: fields.u32()?, pid: fields.u32()? })
}

/// No task has the number 0 but the idle ones, which nothing happens to: where it stands, the kernel had nothing to say.
fn is_named(task: &Task) -> bool {
    *task != Task { tid: 0, pid: 0 }
}

fn put(into: &mut Vec<u8>, fields: &[u32]) {
    into.extend(fields.iter().flat_map(|field| field.to_ne_bytes()));
}

impl Repr {
    /// Reads the payload of a message of the connector's; nothing where another user of the connector sent it.
    ///
    /// # Errors
    /// As [`connector::Repr::parse`], and [`Fault::Short`] where the event is shorter than its kind.
    pub fn parse(payload: &[u8]) -> Result<Option<Repr>, Fault> {
        let (header, data) = connector::Repr::parse(payload)?;
        if !is_ours(&header) {
            return Ok(None);
        }
        let mut fields = Fields::new(data);
        let (what, cpu, timestamp_ns) = (fields.u32()?, fields.u32()?, fields.u64()?);
        let event = Event::parse(what, &mut fields)?;
        Ok(Some(Repr { seq: header.seq, ack: header.ack, cpu, timestamp_ns, event }))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        connector::LEN + EVENT_LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let mut bytes = Vec::with_capacity(EVENT_LEN);
        put(&mut bytes, &[self.event.what(), self.cpu]);
        bytes.extend(self.timestamp_ns.to_ne_bytes());
        self.event.emit(&mut bytes);
        bytes.resize(EVENT_LEN, 0);
        prepend(packet, &bytes);
        connector_header(self.seq, self.ack).emit(packet);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::netlink::testing::damaged;
    #[cfg(target_endian = "little")]
    use crate::netlink::testing::hex;
    use crate::packet::emit::stack;

    fn task(tid: u32, pid: u32) -> Task {
        Task { tid, pid }
    }

    /// What Linux 6.18 told, each with what is to be read of it.
    #[cfg(target_endian = "little")]
    fn golden() -> Vec<(&'static str, Repr)> {
        let (me, parent) = (task(0x345e, 0x345e), Some(task(0x345e, 0x345e)));
        let repr = |seq, cpu, timestamp_ns, event| Repr { seq, ack: 0, cpu, timestamp_ns, event };
        let (child, thread, leader) = (task(0x3487, 0x3487), task(0x3488, 0x345e), task(0x3489, 0x3489));
        let (dumper, traced) = (task(0x348a, 0x348a), task(0x506f, 0x506f));
        let comm = Comm::new(*b"golden-name\0\0\0\0\0");
        vec![
            (
                "0100000001000000000000000100000028000000000000000100000017d03d722d0f0000000000000000000000000000000000000000000000000000",
                Repr { ack: 1, ..repr(0, 1, 16_687_864_598_551, Event::Acknowledged { errno: 0 }) },
            ),
            (
                "01000000010000000e00000006000000280000000000000001000000ce7a48f02d0f0000160000000000000000000000000000000000000000000000",
                Repr { ack: 6, ..repr(14, 1, 16_689_979_226_830, Event::Acknowledged { errno: 22 }) },
            ),
            (
                "0100000001000000010000000000000028000000010000000100000012332d842d0f00005e3400005e34000087340000873400000000000000000000",
                repr(1, 1, 16_688_165_499_666, Event::Fork { parent: me, child }),
            ),
            (
                "0100000001000000000000000000000028000000020000000000000015b73b842d0f0000873400008734000000000000000000000000000000000000",
                repr(0, 0, 16_688_166_450_965, Event::Exec { task: child }),
            ),
            (
                "010000000100000001000000000000002800000000000080000000007fd348842d0f0000873400008734000000030000110000005e3400005e340000",
                repr(1, 0, 16_688_167_310_207, Event::Exit { task: child, code: 3 << 8, signal: 17, parent }),
            ),
            (
                "0100000001000000020000000000000028000000010000000100000074bb36962d0f00005a3400005a340000883400005e3400000000000000000000",
                repr(2, 1, 16_688_468_114_292, Event::Fork { parent: task(0x345a, 0x345a), child: thread }),
            ),
            (
                "0100000001000000020000000000000028000000000200000000000014653c962d0f0000883400005e340000676f6c64656e2d6e616d650000000000",
                repr(2, 0, 16_688_468_485_396, Event::Comm { task: thread, comm }),
            ),
            (
                "01000000010000000300000000000000280000000000008000000000bbda3e962d0f0000883400005e34000000000000ffffffff0000000000000000",
                repr(3, 0, 16_688_468_646_587, Event::Exit { task: thread, code: 0, signal: u32::MAX, parent: None }),
            ),
            (
                "01000000010000000400000000000000280000008000000001000000f1483da82d0f0000893400008934000000000000000000000000000000000000",
                repr(4, 1, 16_688_770_533_617, Event::Sid { task: leader }),
            ),
            (
                "010000000100000005000000000000002800000040000000010000000be13da82d0f0000893400008934000004000000050000000000000000000000",
                repr(5, 1, 16_688_770_572_555, Event::Gid { task: leader, real: 4, effective: 5 }),
            ),
            (
                "010000000100000006000000000000002800000004000000010000000c213ea82d0f0000893400008934000007000000080000000000000000000000",
                repr(6, 1, 16_688_770_588_940, Event::Uid { task: leader, real: 7, effective: 8 }),
            ),
            (
                "01000000010000000500000000000000280000000000004000000000c88c4bba2d0f00008a3400008a3400005e3400005e3400000000000000000000",
                repr(5, 0, 16_689_073_458_376, Event::CoreDump { task: dumper, parent }),
            ),
            (
                "0100000001000000091b000000000000280000000001000000000000addcd8bdad0f00006f5000006f50000046500000465000000000000000000000",
                repr(6921, 0, 17_238_888_864_941, Event::Ptrace { task: traced, tracer: Some(task(0x5046, 0x5046)) }),
            ),
            (
                "01000000010000000a1b000000000000280000000001000000000000c69cdbbdad0f00006f5000006f50000000000000000000000000000000000000",
                repr(6922, 0, 17_238_889_045_190, Event::Ptrace { task: traced, tracer: None }),
            ),
        ]
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn a_kernels_events() {
        for (told, expected) in golden() {
            let told = hex(told);
            assert_eq!(Repr::parse(&told), Ok(Some(expected)));
            assert_eq!(stack(&[&expected], &[]), told);
        }
    }

    #[test]
    fn of_a_thread_is_what_happens_to_any_but_the_first() {
        let (first, second) = (task(7, 7), task(8, 7));
        let exit = |task| Event::Exit { task, code: 0, signal: 17, parent: None };
        assert!(!exit(first).is_of_thread() && exit(second).is_of_thread());
        assert!(Event::Fork { parent: first, child: second }.is_of_thread());
        // A thread may well begin a process.
        assert!(!Event::Fork { parent: second, child: task(9, 9) }.is_of_thread());
        assert_eq!(Event::Fork { parent: second, child: task(9, 9) }.task(), Some(task(9, 9)));
        assert!(!Event::Acknowledged { errno: 0 }.is_of_thread() && !Event::Other { what: 1 << 10 }.is_of_thread());
    }

    /// As Linux 4.17 and older have it.
    #[test]
    fn an_end_without_a_parent_is_an_end() {
        let (task, parent) = (task(7, 7), Some(task(1, 1)));
        let repr = |parent| Repr { seq: 1, ack: 0, cpu: 0, timestamp_ns: 5, event: Event::Exit { task, code: 0, signal: 17, parent } };
        let mut bytes = stack(&[&repr(parent)], &[]);
        assert_eq!(Repr::parse(&bytes), Ok(Some(repr(parent))));
        bytes[16..18].copy_from_slice(&32_u16.to_ne_bytes());
        assert_eq!(Repr::parse(&bytes), Ok(Some(repr(None))));
        bytes[16..18].copy_from_slice(&31_u16.to_ne_bytes());
        assert_eq!(Repr::parse(&bytes), Err(Fault::Short));
    }

    #[test]
    fn a_name_ends_where_it_ends() {
        assert_eq!(Comm::new(*b"a b\0stale bytes!"), Comm::new(*b"a b\0\0\0\0\0\0\0\0\0\0\0\0\0"));
        assert_eq!(Comm::new(*b"a b\0stale bytes!").as_bytes(), b"a b");
        assert_eq!(Comm::new([0xff; 16]).as_bytes(), [0xff; 16]);
        assert_eq!(format!("{:?}", Comm::new(*b"\xff\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0")), r#""\xff\n""#);
    }

    #[test]
    fn another_user_of_the_connector_is_not_read() {
        for other in [connector::Repr { index: 2, ..connector_header(0, 0) }, connector::Repr { value: 2, ..connector_header(0, 0) }] {
            assert_eq!(Repr::parse(&stack(&[&other], &[0; 40])), Ok(None));
        }
    }

    fn events() -> impl Strategy<Value = Event> {
        let task = || (1..u32::MAX, any::<u32>()).prop_map(|(tid, pid)| Task { tid, pid });
        let maybe = move || proptest::option::of(task());
        let known = FORK | EXEC | UID | GID | SID | PTRACE | COMM | CORE_DUMP | EXIT;
        prop_oneof![
            any::<u32>().prop_map(|errno| Event::Acknowledged { errno }),
            (task(), task()).prop_map(|(parent, child)| Event::Fork { parent, child }),
            task().prop_map(|task| Event::Exec { task }),
            (task(), any::<u32>(), any::<u32>()).prop_map(|(task, real, effective)| Event::Uid { task, real, effective }),
            (task(), any::<u32>(), any::<u32>()).prop_map(|(task, real, effective)| Event::Gid { task, real, effective }),
            task().prop_map(|task| Event::Sid { task }),
            (task(), maybe()).prop_map(|(task, tracer)| Event::Ptrace { task, tracer }),
            (task(), any::<[u8; 16]>()).prop_map(|(task, raw)| Event::Comm { task, comm: Comm::new(raw) }),
            (task(), maybe()).prop_map(|(task, parent)| Event::CoreDump { task, parent }),
            (task(), any::<u32>(), any::<u32>(), maybe()).prop_map(|(task, code, signal, parent)| Event::Exit {
                task,
                code,
                signal,
                parent
            }),
            any::<u32>()
                .prop_filter("of no kind", move |what| *what != 0 && (what.count_ones() > 1 || what & known == 0))
                .prop_map(|what| Event::Other { what }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(seq: u32, ack: u32, cpu: u32, timestamp_ns: u64, event in events()) {
            let repr = Repr { seq, ack, cpu, timestamp_ns, event };
            let bytes = stack(&[&repr], &[]);
            prop_assert_eq!(bytes.len(), repr.header_len());
            prop_assert_eq!(Repr::parse(&bytes), Ok(Some(repr)));
        }

        #[test]
        fn damage_is_a_fault_or_another_event(event in events()) {
            let repr = Repr { seq: 1, ack: 2, cpu: 3, timestamp_ns: 4, event };
            damaged(&stack(&[&repr], &[]), |bytes| {
                if let Ok(Some(read)) = Repr::parse(bytes) {
                    // What was read can be said again, and is then read as the same.
                    assert_eq!(Repr::parse(&stack(&[&read], &[])), Ok(Some(read)));
                }
            });
        }
    }
}
