//! A made-up machine: its /proc is a folder, its events are made here.

use graph::{Change, Event as Told, OriginId};
use wire::netlink::process::{Comm, Event, Repr, Task};

use super::*;
use crate::proc::scan::Scan;
use crate::proc::testing::Tree;
use crate::source::Offer;

/// One tick of /proc's clock.
const TICK_NS: u64 = 10_000_000;

struct Machine {
    tree: Tree,
    tracker: Tracker,
}

impl Machine {
    fn new() -> Machine {
        Machine::of(1000, 1000)
    }

    fn of(max_known: usize, max_waiting: usize) -> Machine {
        let tree = Tree::new();
        tree.process(1, "init", 0, 1);
        tree.exe(1, "/sbin/init");
        let tracker = Tracker::new(tree.reader(), Table::new(max_known), Outbox::new(OriginId(0), max_waiting), Time::from_secs(1000));
        Machine { tree, tracker }
    }

    /// The time of an event, as the connector tells it, so that it is at that tick by /proc's clock.
    fn hear(&mut self, ticks: u64, event: Event) {
        let offset = self.tracker.clocks.boot_of(self.tracker.clocks.monotonic_ns()) - self.tracker.clocks.monotonic_ns();
        let told = Repr { seq: 0, ack: 0, cpu: 0, timestamp_ns: ticks * TICK_NS - offset, event };
        self.tracker.heard(Happened { told, details: None });
    }

    fn scan(&mut self) {
        let mut scan = Scan::begin(&mut self.tracker).unwrap();
        while !scan.step(&mut self.tracker) {}
        self.tracker.end_unseen();
        self.tracker.tell_orphans();
    }

    /// What was told since, in words.
    fn told(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        self.tracker.outbox.flush(Time::from_secs(1000), |batch| {
            told.extend(batch.events.iter().filter_map(words));
            Offer::Taken
        });
        told
    }

    fn lost(&mut self) -> u64 {
        let mut lost = 0;
        self.tracker.outbox.lose(1);
        self.tracker.outbox.flush(Time::from_secs(1000), |batch| {
            lost = batch.events.iter().find_map(|e| if let Kind::Ledger(l) = e.kind { Some(l.lost_process) } else { None }).unwrap_or(lost);
            Offer::Taken
        });
        lost - 1
    }
}

fn words(told: &Told) -> Option<String> {
    let name = |id: &ProcessId| format!("{}@{}", id.pid, id.start_ns / TICK_NS);
    Some(match &told.kind {
        Kind::Fork { parent, child } => format!("{} forks {}", name(parent), name(child)),
        Kind::Exec { process, parent, image } => {
            let parent = parent.map(|parent| format!(" of {}", name(&parent))).unwrap_or_default();
            format!("{}{parent} runs {} ({})", name(process), image.comm, image.exe.as_deref().unwrap_or_else(|unread| unread.label()))
        }
        Kind::Change { process, change } => match change {
            Change::Parent(parent) => format!("{} goes to {}", name(process), name(parent)),
            change => format!("{}: {change:?}", name(process)),
        },
        Kind::Exit { process, exit } => format!("{} ends: {exit:?}", name(process)),
        Kind::Usage { .. } | Kind::Ledger(_) => return None,
        other => format!("{other:?}"),
    })
}

fn task(pid: u32) -> Task {
    Task { tid: pid, pid }
}

fn fork(parent: u32, child: u32) -> Event {
    Event::Fork { parent: task(parent), child: task(child) }
}

fn thread(pid: u32, tid: u32) -> Task {
    Task { tid, pid }
}

fn end(task: Task, code: u32) -> Event {
    Event::Exit { task, code, signal: 17, parent: None }
}

#[test]
fn a_life_is_told_in_its_order_under_one_name() {
    let mut machine = Machine::new();
    machine.scan();
    assert_eq!(machine.told(), ["1@1 runs init (/sbin/init)", "1@1: Session"]);
    machine.hear(500, fork(1, 7));
    // What /proc says lies up to a tick before what was told.
    machine.tree.process(7, "sh", 1, 499);
    machine.tree.exe(7, "/bin/sh");
    machine.hear(501, Event::Exec { task: task(7) });
    machine.hear(502, Event::Comm { task: task(7), comm: Comm::new(*b"a\x1bb\0\0\0\0\0\0\0\0\0\0\0\0\0") });
    machine.hear(502, Event::Uid { task: task(7), real: 1, effective: 2 });
    machine.hear(502, Event::Gid { task: task(7), real: 1, effective: 3 });
    machine.hear(502, Event::Sid { task: task(7) });
    machine.tree.end(7);
    machine.hear(503, end(task(7), 0x300));
    assert_eq!(
        machine.told(),
        [
            "1@1 forks 7@500",
            "7@500 runs sh (/bin/sh)",
            "7@500: Name(\"a\\\\x1bb\")",
            "7@500: User(2)",
            "7@500: Group(3)",
            "7@500: Session",
            "7@500 ends: Code(3)"
        ]
    );
}

#[test]
fn ends_are_taken_apart() {
    for (code, words) in
        [(0, "Code(0)"), (0xff00, "Code(255)"), (9, "Signal { number: 9, core: false }"), (0x8b, "Signal { number: 11, core: true }")]
    {
        let mut machine = Machine::new();
        machine.hear(5, fork(1, 7));
        machine.hear(6, end(task(7), code));
        assert_eq!(machine.told().last(), Some(&format!("7@5 ends: {words}")));
    }
}

#[test]
fn a_program_that_is_gone_before_it_is_read_says_so() {
    let mut machine = Machine::new();
    machine.hear(5, fork(1, 7));
    machine.hear(6, Event::Exec { task: task(7) });
    assert_eq!(machine.told().last(), Some(&"7@5 runs  (gone before it could be read)".to_owned()));
    // Its number is another's by the time it is read.
    machine.hear(7, fork(1, 8));
    machine.tree.process(8, "other", 1, 40);
    machine.tree.exe(8, "/bin/other");
    machine.hear(8, Event::Exec { task: task(8) });
    assert_eq!(machine.told().last(), Some(&"8@7 runs  (gone before it could be read)".to_owned()));
}

#[test]
fn a_process_of_which_only_the_program_was_heard_is_known() {
    let mut machine = Machine::new();
    machine.tree.process(7, "curl", 1, 30);
    machine.tree.exe(7, "/bin/curl");
    machine.hear(31, Event::Exec { task: task(7) });
    assert_eq!(machine.told(), ["7@30 of 1@1 runs curl (/bin/curl)"]);
    machine.hear(32, Event::Exec { task: task(9) });
    assert_eq!(machine.told(), ["9@32 runs  (gone before it could be read)"]);
    machine.hear(33, end(task(11), 0));
    assert_eq!(machine.told(), Vec::<String>::new(), "nobody knew it");
}

#[test]
fn who_forks_is_told_first() {
    let mut machine = Machine::new();
    machine.tree.process(7, "make", 1, 30);
    machine.tree.exe(7, "/bin/make");
    machine.hear(40, fork(7, 8));
    assert_eq!(machine.told(), ["7@30 of 1@1 runs make (/bin/make)", "7@30 forks 8@40"]);
    machine.hear(41, fork(99, 9));
    assert_eq!(machine.told(), ["99@0 forks 9@41"], "it is gone and nobody knew it");
}

#[test]
fn events_from_before_a_scan_change_nothing_that_it_saw() {
    let mut machine = Machine::new();
    machine.tree.process(7, "new", 1, 50);
    machine.tree.exe(7, "/bin/new");
    machine.scan();
    assert!(machine.told().contains(&"7@50 of 1@1 runs new (/bin/new)".to_owned()));
    // They waited in the socket: the end of who had that number before, and then its birth.
    machine.hear(40, end(task(7), 0));
    machine.hear(50, fork(1, 7));
    assert_eq!(machine.told(), ["1@1 forks 7@50"]);
    machine.scan();
    assert_eq!(machine.told(), Vec::<String>::new());
}

#[test]
fn a_number_that_is_used_again_is_another_process() {
    let mut machine = Machine::new();
    machine.tree.process(7, "old", 1, 50);
    machine.scan();
    machine.told();
    machine.hear(900, fork(1, 7));
    assert_eq!(machine.told(), ["7@50 ends: Unseen", "1@1 forks 7@900"]);
    machine.tree.process(7, "newer", 1, 2000);
    machine.scan();
    let told = machine.told();
    assert_eq!(
        told[..2],
        ["7@900 ends: Unseen".to_owned(), "7@2000 of 1@1 runs newer (gone before it could be read)".to_owned()],
        "{told:?}"
    );
}

#[test]
fn two_scans_differ_by_births_deaths_and_changes() {
    let mut machine = Machine::new();
    machine.tree.process(7, "sh", 1, 10);
    machine.tree.exe(7, "/bin/sh");
    machine.tree.process(8, "make", 7, 20);
    machine.tree.exe(8, "/bin/make");
    machine.scan();
    assert_eq!(machine.told().len(), 6);
    machine.scan();
    assert_eq!(machine.told(), Vec::<String>::new(), "nothing happened");
    machine.tree.end(7);
    machine.tree.process(8, "renamed", 1, 20);
    machine.tree.file(8, "cmdline", b"make");
    machine.tree.process(9, "born", 8, 30);
    machine.scan();
    let told = machine.told();
    for expected in
        ["7@10 ends: Unseen", "8@20: Name(\"renamed\")", "8@20 goes to 1@1", "9@30 of 8@20 runs born (gone before it could be read)"]
    {
        assert_eq!(told.iter().filter(|words| *words == expected).count(), 1, "{expected}: {told:?}");
    }
    machine.tree.exe(8, "/bin/true");
    machine.scan();
    assert_eq!(machine.told(), ["8@20 runs renamed (/bin/true)"]);
}

#[test]
fn an_orphan_has_another_parent_at_once() {
    let mut machine = Machine::new();
    machine.hear(10, fork(1, 7));
    machine.hear(11, fork(7, 8));
    machine.tree.process(8, "x", 1, 11);
    machine.told();
    machine.hear(12, end(task(7), 0));
    machine.tracker.tell_orphans();
    assert_eq!(machine.told(), ["7@10 ends: Code(0)", "8@11 goes to 1@1"]);
}

#[test]
fn a_thread_is_no_process() {
    let mut machine = Machine::new();
    machine.hear(10, fork(1, 7));
    machine.told();
    for tid in 100..600 {
        machine.hear(11, Event::Fork { parent: task(1), child: thread(7, tid) });
        machine.hear(11, Event::Comm { task: thread(7, tid), comm: Comm::new([b'x'; 16]) });
    }
    // It ends with its last thread, as that one says.
    machine.hear(12, end(task(7), 0));
    for tid in 100..599 {
        machine.hear(13, end(thread(7, tid), 0));
    }
    assert_eq!(machine.told(), Vec::<String>::new());
    machine.hear(14, end(thread(7, 599), 0x700));
    assert_eq!(machine.told(), ["7@10 ends: Code(7)"]);
}

#[test]
fn a_program_started_by_another_thread_goes_on() {
    let mut machine = Machine::new();
    machine.hear(10, fork(1, 7));
    machine.hear(11, Event::Fork { parent: task(1), child: thread(7, 8) });
    machine.told();
    machine.hear(12, end(task(7), 9));
    machine.hear(12, Event::Exec { task: task(7) });
    machine.hear(13, end(task(7), 0x100));
    assert_eq!(machine.told(), ["7@10 runs  (gone before it could be read)", "7@10 ends: Code(1)"]);
}

#[test]
fn the_end_of_threads_that_nobody_told_is_looked_for() {
    let mut machine = Machine::new();
    machine.hear(10, fork(1, 7));
    machine.hear(11, Event::Fork { parent: task(1), child: thread(7, 8) });
    machine.tree.process(7, "x", 1, 10);
    machine.hear(12, end(task(7), 9));
    machine.told();
    machine.tracker.tell_ended();
    assert_eq!(machine.told(), Vec::<String>::new());
    machine.tree.end(7);
    machine.tracker.tell_ended();
    assert_eq!(machine.told(), ["7@10 ends: Signal { number: 9, core: false }"]);
}

#[test]
fn what_does_not_fit_is_counted_and_told_later() {
    let mut machine = Machine::of(1000, 3);
    machine.scan();
    machine.hear(10, fork(1, 7));
    // Init, its session and a birth fill it.
    machine.hear(11, fork(1, 8));
    machine.tree.process(8, "late", 1, 11);
    machine.hear(12, end(task(7), 0));
    assert_eq!(machine.told(), ["1@1 runs init (/sbin/init)", "1@1: Session", "1@1 forks 7@10", "7@10 ends: Code(0)"]);
    assert_eq!(machine.lost(), 1);
    assert!(machine.tracker.missed);
    machine.scan();
    assert_eq!(machine.told()[0], "8@11 of 1@1 runs late (gone before it could be read)");
    // One that was never told ends without a word.
    machine.hear(13, end(task(8), 0));
    assert_eq!(machine.told(), ["8@11 ends: Code(0)"]);
}

#[test]
fn of_too_many_the_rest_is_counted() {
    let mut machine = Machine::of(3, 1000);
    machine.scan();
    machine.told();
    for pid in 10..20 {
        machine.hear(20, fork(1, pid));
    }
    assert_eq!(machine.told().len(), 2);
    assert_eq!(machine.lost(), 8);
}

#[test]
fn a_zombie_is_over() {
    let mut machine = Machine::new();
    machine.tree.process(7, "x", 1, 10);
    machine.scan();
    machine.told();
    machine.tree.file(7, "stat", b"7 (x) Z 1 7 7 0 -1 4194304 0 0 0 0 21 12 0 0 20 0 1 0 10 0 0 18446744073709551615 0 0 0 0 0");
    machine.scan();
    assert_eq!(machine.told(), ["7@10 ends: Unseen"]);
    machine.scan();
    assert_eq!(machine.told(), Vec::<String>::new());
}

#[test]
fn a_storm_of_processes_leaves_nothing_behind() {
    let mut machine = Machine::new();
    machine.scan();
    machine.told();
    let alive = machine.tracker.table.pids(|_| true).len();
    for round in 0..50_000_u32 {
        let pid = 100 + round % 30_000;
        let ticks = 1000 + u64::from(round);
        machine.hear(ticks, fork(1, pid));
        machine.hear(ticks, Event::Fork { parent: task(1), child: thread(pid, pid + 40_000) });
        machine.hear(ticks, end(thread(pid, pid + 40_000), 0));
        machine.hear(ticks, end(task(pid), 0));
        if round % 100 == 0 {
            assert_eq!(machine.tracker.outbox.len() % 2, 0);
            machine.told();
        }
        // Numbers come round again, later.
        if round % 30_000 == 29_999 {
            machine.tracker.tell_ended();
        }
    }
    machine.tracker.tell_orphans();
    machine.tracker.tell_ended();
    assert_eq!(machine.tracker.table.pids(|_| true).len(), alive);
    assert!(machine.tracker.orphans.is_empty() && machine.tracker.ending.is_empty());
    assert_eq!(machine.lost(), 0);
}
