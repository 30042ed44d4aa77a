//! The graph of processes and hosts: shares of links, who stands in it, and what is then left of the graph of hosts.

use std::net::Ipv4Addr;
use std::time::Duration;

use graph::{
    Attribution, Cast, ConnId, EndReason, Endpoint, Flow, Image, Kind, Limits, MAX_CAST, Mixed, Model, Node, ProcessKey, Proto, Share,
    Side, Sink, Tuple, Unread, Usage,
};

use crate::machine::{Machine, data, deployed, key, open, owner, process, total, tuple};

/// The only share there is.
fn share(m: &Machine) -> Share {
    let shares: Vec<&Share> = m.model.shares().collect();
    assert_eq!(shares.len(), 1);
    shares[0].clone()
}

/// The processes in the graph, by number.
fn pids(cast: &Cast) -> Vec<u32> {
    cast.members.keys().map(|key| key.process.pid).collect()
}

fn cast(m: &Machine) -> Cast {
    m.model.cast(None, &Cast::default())
}

/// A machine on which curl talks with a host, and the numbers of the hosts and links that are seen beside the processes.
fn seen(m: &Machine, cast: &Cast) -> (usize, usize) {
    let snapshot = m.model.snapshot();
    let links = snapshot.links.values().map(|link| (link.id, [link.a, link.b], link.flows));
    let mixed = Mixed::of(cast, links, snapshot.shares.values());
    let hosts = snapshot.hosts.keys().filter(|id| mixed.shows_host(**id)).count();
    (hosts, snapshot.links.keys().filter(|id| mixed.shows_link(**id)).count())
}

fn talk(m: &mut Machine, port: u16, pid: u32) {
    m.tell(open(port));
    m.tell(data(port, 2));
    m.tell(owner(port, process(pid), Attribution::Exact));
}

fn close(port: u16) -> Kind {
    let (tuple, last) = (tuple(port).0, graph::Time::ZERO);
    Kind::Close { tuple, conn: ConnId(port.into()), reason: EndReason::Fin, total: total(2), last }
}

#[test]
fn a_share_is_the_sum_of_its_flows_and_lives_as_long_as_one_of_them() {
    let mut m = deployed();
    talk(&mut m, 40_000, 5);
    talk(&mut m, 40_001, 5);
    m.tell(data(40_001, 3));
    let two = share(&m);
    assert_eq!((two.flows, two.total.sum().packets), (2, (2 + 3) * 3));
    let link = m.model.link(two.link).unwrap();
    assert_eq!(two.rate(m.now), link.rate(m.now), "what was moved before its process was known is in it");
    assert_eq!(m.model.process(key(5)).unwrap().rate(m.now), link.rate(m.now));
    m.tell(close(40_000));
    m.pass(10);
    assert_eq!(share(&m).flows, 1);
    m.pass(1000);
    assert_eq!((m.model.shares().count(), m.model.links_of(two.hosts[0]).count()), (0, 0));
}

#[test]
fn a_share_comes_again_with_the_next_flow() {
    let mut m = deployed();
    talk(&mut m, 40_000, 5);
    let first = share(&m).id;
    m.tell(close(40_000));
    m.pass(10);
    assert_eq!((m.model.shares().count(), m.model.snapshot().links.len()), (0, 1), "its link is still there");
    talk(&mut m, 40_001, 5);
    assert_ne!(share(&m).id, first);
    assert_eq!(share(&m).flows, 1);
}

#[test]
fn a_share_is_for_what_moves_the_most_in_it() {
    let mut m = deployed();
    talk(&mut m, 40_000, 5);
    let first = share(&m).service;
    let end = |n, port| Endpoint { addr: Ipv4Addr::new(10, 0, 0, n).into(), port };
    let (tuple, side) = Tuple::new(Proto::TCP, end(1, 50_000), end(2, 22));
    m.tell(Kind::Data { tuple, conn: ConnId(1), total: total(50), last: m.now });
    m.tell(Kind::Owner { tuple, conn: ConnId(1), side, process: process(5), how: Attribution::Exact });
    let second = share(&m).service;
    assert_eq!((first.port, second.port, share(&m).flows), (443, 22, 2), "this is known of what was before its process was");
    m.tell(data(40_000, 500));
    assert_eq!(share(&m).service.port, 443);
}

#[test]
fn a_flow_leaves_the_share_of_a_wrong_process() {
    let mut m = deployed();
    talk(&mut m, 40_000, 5);
    m.tell(open(40_001));
    m.tell(data(40_001, 7));
    m.tell(owner(40_001, process(5), Attribution::Listener));
    assert_eq!((share(&m).flows, share(&m).total.sum().packets), (2, 27));
    m.tell(owner(40_001, process(2), Attribution::Exact));
    let of = |m: &Machine, pid| {
        let share = m.model.shares().find(|share| share.owners.contains(&Some(key(pid)))).unwrap();
        (share.flows, share.total.sum().packets, share.rate(m.now).round())
    };
    assert_eq!((of(&m, 5), of(&m, 2)), ((1, 6, 300.0), (1, 21, 1050.0)));
    m.tell(owner(40_000, process(2), Attribution::Listener));
    assert_eq!(of(&m, 5).0, 1, "what is known worse changes nothing");
}

/// Whose the flows were that ended.
#[derive(Default)]
struct Ended(Vec<Option<ProcessKey>>);

impl Sink for Ended {
    fn flow_ended(&mut self, flow: &Flow, model: &Model) {
        self.0.push(model.owners(flow).at(flow.initiator.side).map(|owner| owner.process));
    }
}

#[test]
fn whoever_is_told_of_the_end_of_a_flow_is_told_whose_it_was() {
    let mut m = deployed();
    talk(&mut m, 40_000, 5);
    m.tell(open(40_001));
    let mut ended = Ended::default();
    m.model.finish(&mut ended);
    assert_eq!(ended.0, [Some(key(5)), None]);
    assert_eq!(m.model.shares().count(), 0);
}

#[test]
fn both_ends_on_one_machine_are_one_share_between_two_processes() {
    let mut m = deployed();
    talk(&mut m, 40_000, 5);
    let (tuple, side) = tuple(40_000);
    m.tell(Kind::Owner { tuple, conn: ConnId(0), side: side.other(), process: process(2), how: Attribution::Exact });
    let cast = cast(&m);
    let mut ends = share(&m).ends(&cast).unwrap();
    ends.sort();
    assert_eq!(ends, [Node::Process(key(2)), Node::Process(key(5))]);
    assert_eq!(seen(&m, &cast), (0, 0), "nothing is left of the hosts");
}

#[test]
fn who_talks_stands_there_with_all_it_comes_from() {
    let mut m = deployed();
    m.pass(60);
    assert_eq!((pids(&cast(&m)), cast(&m).quiet), (vec![], 5), "nothing happens");
    talk(&mut m, 40_000, 4);
    let cast = cast(&m);
    assert_eq!((pids(&cast), cast.quiet, cast.crowded), (vec![1, 2, 3, 4], 1, 0));
    let deploy = &cast.members[&key(4)];
    assert_eq!((&*deploy.label, deploy.parent), ("deploy.sh", Some(key(3))));
    assert_eq!(cast.members[&key(1)].parent, None);
}

#[test]
fn who_is_selected_stands_there_though_it_does_nothing() {
    let mut m = deployed();
    m.pass(60);
    assert_eq!(pids(&m.model.cast(Some(key(3)), &Cast::default())), [1, 2, 3]);
}

#[test]
fn births_and_deaths_are_seen_for_a_while() {
    let mut m = deployed();
    m.pass(60);
    m.exec(8, "/bin/old", "old");
    assert_eq!(pids(&cast(&m)), [], "it was there before anybody looked");
    m.fork(3, 9);
    assert_eq!(pids(&cast(&m)), [1, 2, 3, 9]);
    assert_eq!(cast(&m).members[&key(9)].born, Some(m.now));
    m.exit(9);
    m.pass(1);
    assert!(cast(&m).members[&key(9)].died.is_some());
    m.pass(1);
    assert_eq!(pids(&cast(&m)), []);
    m.fork(3, 10);
    m.pass(10);
    assert_eq!(pids(&cast(&m)), [], "it came, and does nothing");
}

#[test]
fn a_dead_one_that_connects_others_stays() {
    let mut m = deployed();
    talk(&mut m, 40_000, 5);
    m.exit(4);
    m.pass(60);
    let cast = cast(&m);
    assert_eq!(pids(&cast), [1, 2, 3, 4, 5]);
    assert!(cast.members[&key(4)].died.is_some());
}

#[test]
fn who_works_stands_there_until_it_rests() {
    let mut m = deployed();
    let usage = |ms| Usage { cpu: Duration::from_millis(ms), rss_bytes: 0 };
    let work = |m: &mut Machine, ms| {
        m.pass(10);
        m.tell(Kind::Usage { process: process(2), usage: usage(ms) });
    };
    work(&mut m, 0);
    work(&mut m, 300);
    assert_eq!(pids(&cast(&m)), [], "3 % of a processor are nothing to look at");
    work(&mut m, 1000);
    let working = cast(&m);
    assert_eq!(pids(&working), [1, 2]);
    work(&mut m, 1300);
    assert_eq!((pids(&m.model.cast(None, &working)), pids(&cast(&m))), (vec![1, 2], vec![]), "it does not come and go");
    work(&mut m, 1305);
    assert_eq!(pids(&m.model.cast(None, &working)), []);
}

#[test]
fn threads_of_the_kernel_are_seen_only_where_they_talk() {
    let mut m = deployed();
    m.pass(60);
    for pid in [20, 21] {
        let image = Image::named("kworker/0:1", Unread::Kernel).into();
        m.fork(1, pid);
        m.tell(Kind::Exec { process: process(pid), parent: None, image });
    }
    talk(&mut m, 40_000, 21);
    assert_eq!(pids(&cast(&m)), [1, 21]);
    assert!(cast(&m).members[&key(21)].kernel);
}

#[test]
fn there_are_not_more_than_one_can_look_at_and_who_is_there_stays() {
    let mut m = Machine::new(Limits::default());
    m.exec(1, "/sbin/init", "init");
    let all = 2 * MAX_CAST as u32;
    for pid in 2..all {
        m.fork(1, pid);
    }
    m.pass(60);
    for pid in 2..all {
        talk(&mut m, 40_000 + pid as u16, pid);
    }
    let first = cast(&m);
    assert_eq!((first.members.len(), first.crowded, first.quiet), (MAX_CAST, u64::from(all) - 1 - MAX_CAST as u64, 0));
    let newcomer = (2..all).find(|pid| !first.members.contains_key(&key(*pid))).unwrap();
    m.tell(data(40_000 + newcomer as u16, 3));
    assert_eq!(pids(&m.model.cast(None, &first)), pids(&first), "a little more is no reason to go");
    m.tell(data(40_000 + newcomer as u16, 300));
    assert!(m.model.cast(None, &first).members.contains_key(&key(newcomer)), "much more is");
}

#[test]
fn what_is_nobodys_is_seen_at_the_hosts() {
    let mut m = deployed();
    talk(&mut m, 40_000, 5);
    assert_eq!(seen(&m, &Cast::default()), (2, 1), "without processes all of it");
    assert_eq!(seen(&m, &cast(&m)), (1, 0), "the process stands for its host");
    m.tell(open(40_001));
    assert_eq!(seen(&m, &cast(&m)), (2, 1), "this one may be anybody's");
    m.exit(5);
    m.pass(3);
    assert_eq!((share(&m).ends(&cast(&m)), seen(&m, &cast(&m))), (None, (2, 1)), "a process that went leaves its flows to its host");
    assert_eq!(share(&m).owners[usize::from(tuple(40_000).1 == Side::B)], Some(key(5)));
}

#[test]
fn of_many_that_just_went_only_some_are_seen_and_the_others_counted() {
    let mut m = deployed();
    m.pass(60);
    for pid in 100..150 {
        m.fork(3, pid);
        m.exit(pid);
    }
    let cast = cast(&m);
    let seen = cast.members.values().filter(|member| member.died.is_some()).count() as u64;
    assert!((1..50).contains(&seen), "{seen}");
    assert_eq!((cast.ended, cast.crowded, cast.quiet), (50 - seen, 0, 2));
}
