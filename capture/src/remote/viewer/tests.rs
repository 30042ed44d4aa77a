use std::collections::BTreeMap;
use std::os::fd::BorrowedFd;

use crossbeam_channel::{Receiver, bounded};
use graph::{Kind, Ledger, OriginId, Registry};
use smallvec::SmallVec;
use wire::glouglou::{Content, Packer, Record, Relayed};

use super::super::board::State as Is;
use super::super::encode::{About, encode};
use super::super::line::{Peer, Way, head};
use super::*;
use crate::source::{Outlet, Progress, World};

const NOW: Time = Time(1_700_000_000_000_000);
const RELAY: u32 = 2;

/// Nobody sends on it. Whom the relay speaks for is what it knows.
#[derive(Default)]
struct Mute(BTreeMap<u32, String>);

impl Line for Mute {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    fn receive(&mut self, _wall: Time) -> io::Result<Option<Heard>> {
        Ok(None)
    }

    fn send(&mut self, _wall: Time, _peer: u32, _content: &[u8]) -> bool {
        true
    }

    fn keep(&mut self, _wall: Time) {}

    fn due(&self) -> Duration {
        Duration::MAX
    }

    fn way(&self, _peer: u32) -> Way {
        Way::default()
    }

    fn only_peer(&self) -> Option<u32> {
        None
    }

    fn name(&self, id: u32) -> String {
        format!("probe {id}")
    }

    fn speaks_for(&self, peer: u32, probe: u32) -> Option<String> {
        self.0.get(&probe).filter(|_| peer == RELAY).cloned()
    }
}

fn context() -> (Context, Receiver<Notice>) {
    let (notices_in, notices) = bounded(64);
    let context = Context {
        origin: OriginId(0),
        world: World::alone().unwrap().into(),
        outlet: Outlet(bounded(1).0),
        commands: bounded(1).1,
        notices: notices_in,
        progress: Progress::default().into(),
        clock: || NOW,
    };
    (context, notices)
}

/// What a probe says of itself.
fn info() -> Vec<u8> {
    let registry = Registry::default();
    let about = About::of(&registry, 9, "attic");
    let mut packer = Packer::new(head(NOW));
    encode(&mut packer, &Kind::Ledger(Ledger::default()), 0, &about).unwrap();
    packer.finish()
}

fn relayed(path: &[u32]) -> Vec<u8> {
    let (content, path) = (info(), SmallVec::from_slice(path));
    let records = Content::parse(&content).unwrap().parts(1_000)[0].0;
    let relayed = Relayed { path, flags: 0, boot_id: 9, first_event_seq: 0, t_base_us: NOW.micros(), sampling_n: 1, records };
    let mut packer = Packer::new(head(NOW));
    packer.push(&Record::Relayed(relayed), 0, &[]).unwrap();
    packer.finish()
}

fn peer(id: u32, caps: Caps) -> Peer {
    Peer { id, boot_id: Some(9), caps, terms: Default::default() }
}

#[test]
fn who_is_paused_is_paused_when_it_comes_back() {
    let ((context, _notices), line, mut told) = (context(), Mute::default(), Vec::new());
    let mut probes = Probes::new(context.world.registry().clone(), Realm::GLOBAL, None);
    let mut come = |probes: &mut Probes| {
        probes.up(NOW, &line, &context, &peer(1, Caps::SENDS));
        probes.content(NOW, &line, &context, (1, 0), &info(), &mut told);
    };
    let is = |probes: &Probes| probes.lines(&line)[0].state;
    come(&mut probes);
    probes.pause(1, true);
    assert_eq!(is(&probes), Is::Paused);
    probes.gone(NOW, &line, 1, &mut Vec::new());
    assert_eq!(is(&probes), Is::Silent);
    come(&mut probes);
    assert_eq!(is(&probes), Is::Paused);
    probes.pause(1, false);
    assert_eq!(is(&probes), Is::Live);
}

#[test]
fn two_machines_with_one_key_are_told() {
    let ((context, notices), line) = (context(), Mute::default());
    let mut probes = Probes::new(context.world.registry().clone(), Realm::GLOBAL, None);
    let mut said = |boots: &[u64]| {
        for boot_id in boots {
            probes.up(NOW, &line, &context, &Peer { boot_id: Some(*boot_id), ..peer(1, Caps::SENDS) });
        }
        notices.try_iter().map(|notice| notice.text).collect::<Vec<_>>()
    };
    // One that is started again and again, and comes back of itself.
    assert_eq!(said(&[1, 2, 2, 3]), [""; 0]);
    assert_eq!(said(&[4, 3]), ["two machines come with the key of probe 1, in turn"]);
}

#[test]
fn what_a_relay_may_not_forward_is_counted_and_said_with_what_to_do() {
    let ((context, notices), mut told) = (context(), Vec::new());
    let line = Mute([(7, "cellar".to_owned())].into());
    let mut probes = Probes::new(context.world.registry().clone(), Realm::GLOBAL, None);
    probes.up(NOW, &line, &context, &peer(RELAY, Caps::RELAYS));
    for (path, seq) in [[7, RELAY], [8, RELAY], [8, RELAY]].iter().zip(0..) {
        probes.content(NOW, &line, &context, (RELAY, seq), &relayed(path), &mut told);
    }
    let not_taken: Vec<_> = probes.lines(&line).into_iter().map(|line| (line.name, line.not_taken)).collect();
    assert_eq!(not_taken, [("cellar".to_owned(), 0), ("probe 2".to_owned(), 2)]);
    let remedies: Vec<_> = notices.try_iter().filter_map(|notice| notice.remedy).collect();
    assert_eq!(remedies, ["glouglou probe via \"probe 2\" 00000008 NAME lets it"], "once");
}

#[test]
fn whoever_is_silent_makes_room() {
    let ((context, _notices), line) = (context(), Mute::default());
    let mut probes = Probes::new(context.world.registry().clone(), Realm::GLOBAL, None);
    for id in 1..=4_096 {
        probes.up(NOW, &line, &context, &peer(id, Caps::SENDS));
    }
    let is_known = |probes: &Probes, id| probes.lines(&line).iter().any(|line| line.probe_id == id);
    probes.up(NOW, &line, &context, &peer(5_000, Caps::SENDS));
    assert!(!is_known(&probes, 5_000), "all of them are heard");
    probes.gone(NOW, &line, 9, &mut Vec::new());
    probes.up(NOW, &line, &context, &peer(5_000, Caps::SENDS));
    assert!(is_known(&probes, 5_000) && !is_known(&probes, 9));
}

#[test]
fn who_is_silent_behind_a_relay_is_said_to_be_once() {
    let ((context, _notices), mut told) = (context(), Vec::new());
    let line = Mute([(7, "cellar".to_owned())].into());
    let mut probes = Probes::new(context.world.registry().clone(), Realm::GLOBAL, None);
    probes.up(NOW, &line, &context, &peer(RELAY, Caps::RELAYS));
    probes.content(NOW, &line, &context, (RELAY, 0), &relayed(&[7, RELAY]), &mut told);
    let mut silent = |secs| probes.expire(NOW.plus(Duration::from_secs(secs)), &line, &mut told);
    assert_eq!([silent(44), silent(45), silent(46)], [vec![], vec!["cellar".to_owned()], vec![]]);
}
