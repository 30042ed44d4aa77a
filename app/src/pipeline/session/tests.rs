//! Look-ups of a session.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use capture::remote::keys::KeyDir;
use capture::source::SourceError;
use capture::{Batch, Ended};
use crossbeam_channel::Receiver;
use graph::{Event, Kind, NameOrigin, Snapshot};

use super::super::lookups::{Fake, at};
use super::*;
use wire::glouglou::session::Plain;

use crate::open::{Opened, listener_of};

mod computing;

const NOW: Time = Time::from_secs(1_700_000_000);
const LONG: Duration = Duration::from_secs(20);

/// A source that sees hosts talk to the first of them, and at each step hears the name `seen.example` of the last.
struct Seen(Vec<IpAddr>);

impl Source for Seen {
    fn name(&self) -> String {
        "seen".into()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let (first, last) = (self.0[0], self.0[self.0.len() - 1]);
        let tell = |kinds: Vec<Kind>| {
            let events = kinds.into_iter().map(|kind| Event { at: NOW, origin: context.origin, kind }).collect();
            context.outlet.send(Batch { now: NOW, events }, || false)
        };
        tell(self.0.iter().map(|dst| Kind::Outer { src: first, dst: *dst, packets: 1, bytes: 60 }).collect());
        while let Ok(Command::Step) = context.commands.recv() {
            tell(vec![Kind::Name { addr: last, origin: NameOrigin::Sni, ttl_secs: 60, name: "seen.example".into() }]);
        }
        Ok(Ended::Stopped)
    }
}

/// A session, and what it showed so far.
struct Shown {
    session: Session,
    snapshot: Snapshot,
    repaints: Receiver<()>,
}

impl Shown {
    fn start(kind: SourceKind, hosts: &[IpAddr]) -> Shown {
        Shown::computing(kind, hosts, Computing::default())
    }

    fn computing(kind: SourceKind, hosts: &[IpAddr], computing: Computing) -> Shown {
        let (repaint, repaints) = bounded(1);
        let source = Box::new(Seen(hosts.to_vec()));
        let repaint = move || {
            let _one_waits = repaint.try_send(());
        };
        let session = Session::start(
            Start { kind, source, beside: Processes::default(), speed: Some(1.0), others: Vec::new(), heard: None, places: None },
            computing,
            repaint,
        )
        .unwrap();
        let mut shown = Shown { session, snapshot: Snapshot::default(), repaints };
        shown.until(|shown| shown.snapshot.hosts.len() == hosts.len());
        shown
    }

    /// Waits until that holds.
    fn until(&mut self, holds: impl Fn(&Shown) -> bool) {
        let late = Instant::now() + LONG;
        while !holds(self) {
            self.repaints.recv_deadline(late).expect("it never came to hold");
            match self.session.update() {
                Some(Update::Snapshot(snapshot)) => self.snapshot = *snapshot,
                Some(Update::Delta(delta)) => self.snapshot.apply(*delta),
                None => {}
            }
        }
    }

    fn name(&self, addr: IpAddr) -> Option<(NameOrigin, &str)> {
        let host = self.snapshot.hosts.values().find(|host| host.key.addr == addr)?;
        host.names.iter().next().map(|name| (name.origin, &*name.text))
    }

    fn look_up(&mut self, server: Option<&Fake>) {
        let config = server.map(|server| server.config(LONG));
        assert!(self.session.look_up(config.map(|config| || Ok(config))));
    }
}

#[test]
fn names_are_asked_for_only_while_that_is_on_and_what_was_learnt_stays() {
    let server = Fake::start();
    let mut shown = Shown::start(SourceKind::Live, &[at(1), at(2), at(5)]);
    assert!(shown.session.command(Command::Step));
    shown.until(|shown| shown.name(at(5)).is_some());
    assert!(shown.session.look_up_names(false) && shown.session.names.is_none());

    shown.look_up(Some(&server));
    let mut asked = [server.next(), server.next()];
    asked.sort();
    assert_eq!(asked, [at(1), at(2)], "nothing was asked before, and never a host with a name");
    shown.until(|shown| shown.name(at(1)).is_some());
    assert_eq!(shown.name(at(1)), Some((NameOrigin::Ptr, "host.example")));
    assert_eq!(shown.name(at(5)), Some((NameOrigin::Sni, "seen.example")));

    shown.look_up(None);
    assert!(shown.session.names.is_none(), "the thread was waited for");
    shown.look_up(Some(&server));
    assert_eq!(server.next(), at(2), "what was learnt stays, and is not asked again");
    drop(shown);
    assert!(server.asked().is_empty());
}

#[test]
fn a_name_that_is_seen_is_better_than_one_that_was_asked_for() {
    let server = Fake::start();
    let mut shown = Shown::start(SourceKind::File, &[at(1)]);
    shown.look_up(Some(&server));
    shown.until(|shown| shown.name(at(1)) == Some((NameOrigin::Ptr, "host.example")));
    assert!(shown.session.command(Command::Step));
    shown.until(|shown| shown.name(at(1)) == Some((NameOrigin::Sni, "seen.example")));
    assert_eq!(shown.snapshot.hosts.values().next().map(|host| host.names.iter().count()), Some(2));
}

#[test]
fn a_session_ends_at_once_though_a_question_is_open() {
    let server = Fake::start();
    let mut shown = Shown::start(SourceKind::Live, &[at(3)]);
    shown.look_up(Some(&server));
    assert_eq!(server.next(), at(3));
    let told = Instant::now();
    drop(shown);
    assert!(told.elapsed() < Duration::from_millis(100), "{:?}", told.elapsed());
}

#[test]
fn the_made_up_addresses_of_the_demo_are_never_asked() {
    let server = Fake::start();
    let mut shown = Shown::start(SourceKind::Demo, &[at(1)]);
    shown.look_up(Some(&server));
    assert!(shown.session.names.is_none());
    shown.look_up(None);
    drop(shown);
    assert!(server.asked().is_empty());
}

#[test]
fn without_a_name_server_nobody_is_asked_and_the_user_is_told() {
    let mut shown = Shown::start(SourceKind::Live, &[at(1)]);
    assert!(shown.session.look_up(Some(|| Err(io::Error::from(io::ErrorKind::NotFound).into()))));
    let notices = shown.session.notices.clone();
    let notice = notices.recv_timeout(LONG).unwrap();
    assert!(notice.text.contains("/etc/resolv.conf") && notice.text.contains("not found"), "{}", notice.text);
    assert!(notice.text.contains("Name one there") && notice.remedy.is_some(), "{notice:?}");
    shown.look_up(None);
    assert_eq!(shown.session.outcome(), None, "the source goes on");
}

#[test]
fn a_panic_of_the_thread_is_shown() {
    let mut shown = Shown::start(SourceKind::Live, &[at(1)]);
    assert!(shown.session.look_up(Some(|| panic!("as the test wants"))));
    shown.until(|shown| shown.session.outcome().is_some());
    let Some(Outcome::Failed(text)) = shown.session.outcome() else { panic!() };
    assert!(text.contains("names thread"), "{text}");
}

fn pause() -> Command {
    Command::PauseProbe { probe_id: 1, paused: true }
}

#[test]
fn probes_are_heard_beside_a_source_and_no_more() {
    let scratch = tempfile::tempdir().unwrap();
    let keys = KeyDir::open(&scratch.path().join("keys")).unwrap();
    let listening = |addr: SocketAddr| listener_of(keys.clone(), addr, Plain::Never);
    let mut shown = Shown::start(SourceKind::Live, &[at(1)]);
    assert!(shown.session.heard().next().is_none() && !shown.session.tell_probes(&pause()));

    let first = listening("127.0.0.1:0".parse().unwrap()).unwrap();
    let way = first.way.clone();
    let Way::Listens(addr) = way else { panic!() };
    shown.session.hear(first).unwrap();
    shown.until(|shown| shown.snapshot.totals.origins.iter().any(|(_, name, _)| name == "probes"));
    assert!(shown.session.heard().map(|heard| &heard.way).eq([&way]));
    assert!(shown.session.tell_probes(&pause()));
    let refused = listening(addr).err().unwrap().to_string();
    assert!(refused.contains(&addr.to_string()) && refused.contains("ss -lunp"), "{refused}");

    let told = Instant::now();
    shown.session.stop_hearing(&way);
    assert!(told.elapsed() < Duration::from_millis(200), "{:?}", told.elapsed());
    assert!(shown.session.heard().next().is_none());
    assert_eq!(shown.session.outcome(), None, "the source goes on");
    let again = listening(addr).unwrap();
    shown.session.hear(again).unwrap();
    drop(shown);
    listening(addr).unwrap();
}

#[test]
fn a_session_may_hear_probes_and_nothing_else() {
    let scratch = tempfile::tempdir().unwrap();
    let listening = listener_of(KeyDir::open(&scratch.path().join("keys")).unwrap(), "127.0.0.1:0".parse().unwrap(), Plain::Never).unwrap();
    let way = listening.way.clone();
    let session = Session::start(Opened::Remote(listening).into_start(), Computing::default(), || {}).unwrap();
    assert_eq!(session.only_hears(), Some(&way));
    assert!(session.heard().map(|heard| &heard.way).eq([&way]));
    assert!(session.tell_probes(&pause()));
}
