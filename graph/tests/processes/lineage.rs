//! Processes: who began whom, whose flows are whose, and what is remembered.

use std::sync::Arc;
use std::time::Duration;

use graph::{
    Attribution, Change, ConnId, Exit, Image, Kind, Limits, ProcessId, ProcessKey, Query, Request, Row, Subject, Table, Tree, Unread, Usage,
};

use crate::machine::{LOCAL, Machine, data, deployed, key, open, owner, process, tuple};

/// The tree: each row's depth and process, by number.
fn tree(m: &Machine, filter: &str, folded: &[u32]) -> Vec<(u16, u32)> {
    let folded = Arc::new(folded.iter().map(|pid| key(*pid)).collect());
    let rows = m.model.rows(&Request {
        filter: Query::parse(filter, m.model.schema()).unwrap().into(),
        tree: Some(Tree { folded }),
        ..request("pid")
    });
    assert_eq!(rows.total, rows.rows.len());
    rows.rows.iter().map(|row| (row.branch.unwrap().depth, pid(row))).collect()
}

fn request(sort: &str) -> Request {
    let (sort, filter) = (sort.to_owned(), Default::default());
    Request { table: Table::Processes, sort, descending: false, filter, of: None, tree: None, offset: 0, len: 1000 }
}

fn pid(row: &Row) -> u32 {
    let Subject::Process(key) = row.subject else { panic!("{row:?}") };
    key.process.pid
}

#[test]
fn a_flows_story_names_the_whole_chain_after_all_of_it_is_gone() {
    let mut m = deployed();
    m.tell(open(40_000));
    m.tell(data(40_000, 3));
    m.tell(owner(40_000, process(5), Attribution::Exact));
    [4, 5, 3].into_iter().for_each(|pid| m.exit(pid));
    m.pass(1);
    let story = m.model.story(m.model.flows().next().unwrap()).unwrap();
    assert_eq!(story.lineage, ["curl", "deploy.sh", "bash", "sshd", "systemd"]);
    assert_eq!((story.alive, story.sent, story.received, &*story.peer), (false, 300, 600, "10.0.0.2"));
    assert_eq!(story.age, Some(Duration::from_secs(95)), "the machine began at 100, curl 5 seconds later; it ended at 200");
}

#[test]
fn what_it_was_before_is_remembered_in_order() {
    let mut m = Machine::new(Limits::default());
    m.exec(1, "/sbin/init", "init");
    m.fork(1, 2);
    for exe in ["/bin/sh", "/usr/bin/env", "/usr/bin/perl"] {
        m.exec(2, exe, exe);
    }
    let p = m.model.process(key(2)).unwrap();
    assert_eq!(p.image.title(), "perl");
    assert_eq!(p.earlier.iter().map(|image| &*image.comm).collect::<Vec<_>>(), ["init", "sh", "env"]);
    for n in 0..20 {
        m.exec(2, &format!("/bin/p{n}"), "p");
    }
    assert_eq!(m.model.process(key(2)).unwrap().earlier.len(), graph::MAX_EARLIER);
}

#[test]
fn a_number_used_again_is_another_process() {
    let mut m = Machine::new(Limits::default());
    m.exec(7, "/bin/old", "old");
    let near = ProcessId { pid: 7, start_ns: process(7).start_ns + 15_000_000 };
    m.tell(Kind::Change { process: near, change: Change::User(33) });
    assert_eq!(m.model.processes().count(), 1, "20 ms apart is the same");
    assert_eq!(m.model.process(key(7)).unwrap().user, Some(33));

    let far = ProcessId { pid: 7, start_ns: process(7).start_ns + 25_000_000 };
    m.tell(Kind::Exec { process: far, parent: None, image: Image::named("new", Unread::Gone).into() });
    assert_eq!(m.model.process(key(7)).unwrap().ended.unwrap().1, Exit::Unseen);
    // Whoever does not know the beginning means the one that has the number now.
    m.tell(Kind::Change { process: ProcessId { pid: 7, start_ns: 0 }, change: Change::User(44) });
    assert_eq!(m.model.process(ProcessKey { realm: LOCAL, process: far }).unwrap().user, Some(44));
    assert_eq!(m.model.processes().count(), 2);
}

#[test]
fn the_dead_are_forgotten_in_time_and_in_number() {
    let mut m = Machine::new(Limits { max_dead: 3, dead_kept: Duration::from_secs(60), ..Limits::default() });
    for pid in 1..=5 {
        m.exec(pid, "/bin/x", "x");
        m.exit(pid);
    }
    m.pass(0);
    let known = |m: &Machine| m.model.processes().map(|p| p.key.process.pid).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(known(&m), [3, 4, 5].into());
    m.pass(60);
    assert_eq!(known(&m), [].into());
}

#[test]
fn too_many_are_refused_and_counted() {
    let mut m = Machine::new(Limits { max_processes: 2, ..Limits::default() });
    (1..=3).for_each(|pid| m.exec(pid, "/bin/x", "x"));
    assert_eq!((m.model.processes().count(), m.model.totals().processes_refused), (2, 1));
    m.exit(1);
    m.exec(3, "/bin/x", "x");
    assert_eq!(m.model.processes().map(|p| p.key.process.pid).max(), Some(3), "the dead make room");
}

#[test]
fn flows_count_for_the_process_that_is_known_best() {
    let mut m = Machine::new(Limits::default());
    m.exec(5, "/bin/curl", "curl");
    m.exec(6, "/bin/wrong", "wrong");
    m.tell(open(40_000));
    m.tell(data(40_000, 1));
    m.tell(owner(40_000, process(6), Attribution::Port));
    m.tell(data(40_000, 2));
    let of = |m: &Machine, pid| {
        let p = m.model.process(key(pid)).unwrap();
        (p.flows, p.sent.packets, p.received.packets)
    };
    assert_eq!(of(&m, 6), (1, 2, 4));
    m.tell(owner(40_000, process(5), Attribution::Exact));
    m.tell(owner(40_000, process(6), Attribution::Listener));
    assert_eq!((of(&m, 5), of(&m, 6)), ((1, 2, 4), (0, 0, 0)));
    m.pass(1000);
    assert_eq!(of(&m, 5), (0, 2, 4), "the flow ended");
    let flows = Request { table: Table::Flows, of: Some(Subject::Process(key(5))), ..request("rate") };
    assert_eq!(m.model.rows(&flows).total, 0);
}

#[test]
fn a_birth_may_be_told_after_a_flow() {
    let mut m = Machine::new(Limits::default());
    m.exec(4, "/bin/sh", "sh");
    m.tell(open(40_000));
    m.tell(owner(40_000, process(5), Attribution::Exact));
    m.fork(4, 5);
    let p = m.model.process(key(5)).unwrap();
    assert!(p.born && p.flows == 1, "{p:?}");
    assert_eq!(m.labels(5), ["sh", "sh"], "it runs what its parent does");
    // What is known already is not forgotten.
    m.exec(5, "/bin/curl", "curl");
    m.fork(4, 5);
    assert_eq!(m.labels(5), ["curl", "sh"]);
}

#[test]
fn both_ends_of_a_flow_inside_one_machine_have_their_process() {
    let mut m = Machine::new(Limits::default());
    m.exec(5, "/bin/client", "client");
    m.exec(6, "/bin/server", "server");
    let (tuple, client) = tuple(40_000);
    m.tell(open(40_000));
    for (side, pid) in [(client, 5), (client.other(), 6)] {
        m.tell(Kind::Owner { tuple, conn: ConnId(0), side, process: process(pid), how: Attribution::Exact });
    }
    m.tell(data(40_000, 4));
    let sent = |pid| m.model.process(key(pid)).unwrap().sent.packets;
    assert_eq!((sent(5), sent(6)), (4, 8));
    let found = |filter: &str| {
        let filter = Query::parse(filter, m.model.schema()).unwrap().into();
        m.model.rows(&Request { table: Table::Flows, filter, ..request("rate") }).total
    };
    assert_eq!(["server", "process = server", "src.process = server", "dst.process = server"].map(found), [1, 1, 0, 1]);
}

#[test]
fn the_tree_sorts_siblings_folds_and_keeps_ancestors() {
    let mut m = deployed();
    m.fork(1, 9);
    m.exec(9, "/usr/bin/cron", "cron");
    assert_eq!(tree(&m, "", &[]), [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (1, 9)]);
    assert_eq!(tree(&m, "", &[3]), [(0, 1), (1, 2), (2, 3), (1, 9)]);
    assert_eq!(tree(&m, "DEPLOY", &[]), [(0, 1), (1, 2), (2, 3), (3, 4)], "curl does not match, what it comes from does");
    let rows = m.model.rows(&Request { tree: Some(Tree::default()), offset: 1, len: 2, ..request("pid") });
    assert_eq!((rows.total, rows.rows.iter().map(pid).collect::<Vec<_>>()), (6, vec![2, 3]));
}

#[test]
fn the_dead_fold_away_and_their_children_move_up() {
    let mut m = deployed();
    m.exit(4);
    assert!(tree(&m, "", &[]).contains(&(3, 4)), "a death is seen for a while");
    m.pass(2);
    assert_eq!(tree(&m, "", &[]), [(0, 1), (1, 2), (2, 3), (3, 5)]);
    m.tell(Kind::Change { process: process(5), change: Change::Parent(process(1)) });
    assert_eq!(tree(&m, "", &[]), [(0, 1), (1, 2), (2, 3), (1, 5)], "the kernel gave it to init");
    assert_eq!(m.labels(5), ["curl", "deploy.sh", "bash", "sshd", "systemd"], "and it is remembered who began it");
}

#[test]
fn a_circle_of_parents_ends() {
    let mut m = Machine::new(Limits::default());
    m.fork(1, 2);
    m.fork(2, 1);
    assert!(m.labels(1).len() <= 64);
    assert_eq!(tree(&m, "", &[]).len(), 2, "whatever is told, every process has a row");
}

#[test]
fn use_of_a_processor_is_told_between_two_measurements() {
    let mut m = Machine::new(Limits::default());
    m.exec(5, "/bin/x", "x");
    let usage = |ms| Usage { cpu: Duration::from_millis(ms), rss_bytes: 4096 };
    m.tell(Kind::Usage { process: process(5), usage: usage(100) });
    m.pass(2);
    m.tell(Kind::Usage { process: process(5), usage: usage(1100) });
    assert_eq!(m.model.process(key(5)).unwrap().cpu_share, 0.5);
}

#[test]
fn users_have_names_where_they_were_told() {
    let mut m = Machine::new(Limits::default());
    m.tell(Kind::User { user: 33, name: "www-data".into() });
    assert_eq!((&*m.model.user_name(LOCAL, 33), &*m.model.user_name(LOCAL, 34)), ("www-data", "34"));
}
