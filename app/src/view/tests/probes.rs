//! The probes of other machines: their view, and the dialog that adds one.

use std::time::Duration;

use capture::remote::board::{Line, State as How};
use egui::Role;

use super::*;
use crate::pipeline::Way;
use crate::probes::Invited;
use crate::state::action::View;
use crate::state::mode::{Colouring, Tint};
use crate::state::{Overlay, probes};

fn line(probe_id: u32, name: &str, state: How) -> Line {
    let origin = (state != How::Awaited).then_some(OriginId(7));
    Line { probe_id, name: name.into(), state, origin, ..Line::default() }
}

fn listens(at: &str) -> Way {
    Way::Listens(at.parse().unwrap())
}

/// A window that listens beside an interface, and shows these probes.
fn window(lines: Vec<Line>) -> Window {
    let mut window = Window::of(2);
    window.picture.kind = SourceKind::Live;
    let known = lines.iter().map(|line| line.probe_id).collect();
    window.picture.probes = probes::Shown { ways: vec![listens("[::]:4430")], known, lines, ..probes::Shown::default() };
    window.state.settings.show(View::Probes);
    window
}

#[test]
fn the_view_is_a_key_and_a_click_away_and_says_what_to_do() {
    let mut window = window(Vec::new());
    window.state.settings.show(View::Graph);
    let mut harness = window.open();
    assert!(harness.query_by_label("No probes yet").is_none());
    press(&mut harness, Modifiers::NONE, Key::Num6);
    assert!(harness.query_by_label("No probes yet").is_some());
    press(&mut harness, Modifiers::NONE, Key::Num1);
    click(&mut harness, "Probes");
    assert_eq!(harness.state().state.settings.view, View::Probes);
    click(&mut harness, "Add the first one…");
    assert_eq!(harness.state().state.overlay, Some(Overlay::AddProbe));
    harness.check_accessibility();
}

#[test]
fn each_probe_is_shown_with_all_that_is_known_of_it() {
    let mut attic = line(1, "attic", How::Live);
    attic.hostname = "loft".into();
    attic.version = "ggprobe 9.8.7".into();
    attic.path = vec!["gate".into(), "tower".into()];
    attic.round_trip = Some(Duration::from_micros(12_300));
    attic.clock_offset_us = Some(-3_200_000);
    attic.events_per_sec = 1_234;
    attic.received.lost_events = 5;
    attic.ledger.lost_kernel = 7;
    let harness = window(vec![attic, line(2, "cellar", How::Awaited), line(3, "roof", How::Silent)]).open();
    for text in [
        "attic",
        "on loft",
        "Round trip 12 ms",
        "Clock 3.2 s behind",
        "Events 1\u{2009}234/s",
        "Relays gate → tower",
        "Version ggprobe 9.8.7",
    ] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    for text in ["5 events lost", "7 dropped by kernel", "Awaited", "Silent"] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    assert_eq!(harness.query_all_by_label("Live").count(), 2, "the source, and the probe");
    assert_eq!(harness.query_all_by_label("nothing lost").count(), 2, "in the foot, and of roof; cellar had nothing to lose");
    assert!(harness.query_by_label_contains("12 lost").is_none() && harness.query_by_label_contains("datagrams").is_none());
    assert!(labels(&harness, Role::Button).iter().filter(|name| name.starts_with("Pause ")).eq(["Pause attic"]));
}

#[test]
fn what_was_not_taken_of_strangers_is_said() {
    let mut window = window(Vec::new());
    window.picture.probes.not_taken = vec![("key not known", 12), ("heard before", 3)];
    let harness = window.open();
    assert!(harness.query_by_label("Datagrams that were not taken, nor answered: 12 key not known, 3 heard before").is_some());
}

#[test]
fn a_probe_is_paused_and_heard_again() {
    let mut harness = window(vec![line(1, "attic", How::Live)]).open();
    click(&mut harness, "Pause attic");
    harness.state_mut().picture.probes.lines[0].state = How::Paused;
    settle(&mut harness);
    click(&mut harness, "Hear attic again");
    let pause = |paused| Action::PauseProbe { probe_id: 1, paused };
    assert_eq!(harness.state().asked, [pause(true), pause(false)]);
}

#[test]
fn a_probe_is_forgotten_only_once_that_was_asked() {
    let mut harness = window(vec![line(1, "attic", How::Silent), line(2, "cellar", How::Live)]).open();
    click(&mut harness, "Forget attic");
    assert!(harness.state().asked.is_empty());
    click(&mut harness, "Keep it");
    assert!(harness.query_by_label("Forget it").is_none());
    harness.state_mut().picture.probes.known.remove(&1);
    settle(&mut harness);
    assert!(harness.query_by_label("Forget attic").is_none(), "its key is not here: it was dialled, or a relay speaks for it");
    click(&mut harness, "Forget cellar");
    click(&mut harness, "Forget it");
    assert_eq!(harness.state().asked, [Action::ForgetProbe(2)]);
}

#[test]
fn listening_begins_at_the_address_that_was_typed_and_ends() {
    let mut harness = window(Vec::new()).open();
    click(&mut harness, "Stop listening");
    harness.state_mut().picture.probes.ways.clear();
    settle(&mut harness);
    let address = |harness: &mut Harness<'_, Window>, text: &str| {
        harness.state_mut().state.probes.address = Some(text.into());
        settle(harness);
    };
    address(&mut harness, "nowhere");
    harness.get_by_label("Listen").click();
    settle(&mut harness);
    address(&mut harness, "127.0.0.1:5000");
    click(&mut harness, "Listen");
    assert_eq!(harness.state().asked, [Action::StopHearing(listens("[::]:4430")), Action::Hear(listens("127.0.0.1:5000"))]);
    harness.state_mut().picture.kind = SourceKind::File;
    settle(&mut harness);
    assert!(harness.query_by_label("Listen instead").is_some(), "a recording is of another time");
}

#[test]
fn a_probe_is_added_and_its_light_turns_green() {
    let mut harness = window(Vec::new()).open();
    press(&mut harness, Modifiers::NONE, Key::A);
    harness.state_mut().state.probes.adding.place = Some("192.0.2.1".into());
    harness.get_by_label("Name of the probe").type_text("attic");
    settle(&mut harness);
    click(&mut harness, "Add");
    assert_eq!(harness.state().asked, [Action::Invite { name: "attic".into(), place: "192.0.2.1".into() }]);

    let invited = Invited { probe_id: 1, name: "attic".into(), token: "gg3:secret".into() };
    harness.state_mut().state.probes.adding.invited = Some(invited);
    settle(&mut harness);
    click(&mut harness, "Copy the line");
    assert_eq!(harness.state().asked.last(), Some(&Action::Copy(" echo gg3:secret | sudo ggprobe join".into())));
    assert!(harness.query_by_label("Waiting for attic…").is_some());
    harness.state_mut().picture.probes.lines = vec![Line { hostname: "loft".into(), ..line(1, "attic", How::Live) }];
    settle(&mut harness);
    assert!(harness.query_by_label("attic has arrived, on loft").is_some());
    harness.check_accessibility();
    click(&mut harness, "Done");
    assert_eq!(harness.state().state.overlay, None);
    press(&mut harness, Modifiers::NONE, Key::A);
    assert!(harness.query_by_label("Name of the probe").is_some(), "the next one begins anew");
}

#[test]
fn what_is_typed_while_the_dialog_opens_is_no_key() {
    let mut harness = window(Vec::new()).open();
    let theme = harness.state().state.settings.theme;
    let key = |key| egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
    for pressed in [Key::A, Key::A, Key::T, Key::T, Key::M] {
        harness.input_mut().events.push(key(pressed));
        harness.step();
    }
    settle(&mut harness);
    assert_eq!((harness.state().state.overlay, harness.state().state.settings.theme), (Some(Overlay::AddProbe), theme));
}

#[test]
fn why_a_probe_cannot_be_added_stands_in_the_dialog() {
    let mut harness = window(Vec::new()).open();
    press(&mut harness, Modifiers::NONE, Key::A);
    let adding = &mut harness.state_mut().state.probes.adding;
    (adding.name, adding.error) = ("attic".into(), Some("there is one".into()));
    settle(&mut harness);
    assert!(harness.query_by_label("there is one").is_some());
    harness.get_by_label("Name of the probe").type_text("x");
    settle(&mut harness);
    assert!(harness.query_by_label("there is one").is_none(), "typing takes it away");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state().state.overlay, None);
}

#[test]
fn everything_has_a_name_at_every_size() {
    for size in [vec2(720.0, 480.0), vec2(1280.0, 800.0), vec2(1920.0, 1080.0)] {
        window(vec![line(1, "attic", How::Live), line(2, "cellar", How::Awaited)]).sized(size).check_accessibility();
    }
}

/// Host 0 talks with 1 and 2, as this machine saw it; attic saw more of 2, and talked with itself.
fn two_machines() -> Window {
    let mut window = Window::of(3);
    window.origin = OriginId(1);
    let realms = Realms { local: Realm(1001), site: Realm(2) };
    window.tell(Kind::Origin(Origin { name: "attic".into(), realms }));
    window.talk(0, 2, 443, 9_000);
    let end = |port| Endpoint { addr: std::net::Ipv4Addr::LOCALHOST.into(), port };
    let (tuple, _) = Tuple::new(Proto::TCP, end(50_000), end(80));
    let counts = Counts { packets: 1, bytes: 700, ip_bytes: 700 };
    let total = Total(Both { ab: counts, ba: Counts::default() });
    window.tell(Kind::Data { tuple, conn: ConnId(2), total, last: NOW });
    window
}

#[test]
fn colours_stand_for_probes_once_there_are_any() {
    let mut harness = Window::of(3).open();
    press(&mut harness, Modifiers::NONE, Key::U);
    assert_eq!(harness.state().state.settings.colouring, Colouring::User, "one machine has one colour");
    assert!(harness.query_by_label("Colour by probe").is_none());

    let mut harness = two_machines().open();
    assert!(harness.query_by_label("attic").is_none() && harness.query_by_label("Show only Web").is_some());
    press(&mut harness, Modifiers::NONE, Key::U);
    assert_eq!(harness.state().state.settings.colouring, Colouring::Probe);
    assert!(harness.query_by_label("attic").is_some() && harness.query_by_label("Show only Web").is_none(), "the legend names them");
    let Window { state, .. } = harness.state();
    let tint = |host| state.graph.stage.node(Node::of(harness.state().host(host)).unwrap()).unwrap().probe;
    let label = |tint: Option<Tint>| state.graph.tints.label(tint.unwrap());
    assert_eq!([1, 2].map(|host| label(tint(host))), ["x.pcap", "attic"]);
    let edges: std::collections::BTreeSet<String> = state.graph.stage.edges().iter().map(|edge| label(edge.probe)).collect();
    assert_eq!(edges.into_iter().collect::<Vec<_>>(), ["attic", "x.pcap"]);
    harness.check_accessibility();
    click(&mut harness, "Colour by probe");
    assert_eq!(harness.state().state.settings.colouring, Colouring::User);
    assert!(harness.state().state.graph.stage.nodes().iter().all(|node| node.probe.is_none()));
}

#[test]
fn details_say_who_saw_it_and_whose_an_address_is() {
    let mut harness = two_machines().open();
    let select = |harness: &mut Harness<'_, Window>, subject| {
        harness.state_mut().state.apply(Action::Select(Some(subject)), 0.0);
        settle(harness);
    };
    let host = harness.state().host(2);
    select(&mut harness, host);
    let seen = |name: &str| harness.query_all_by_label(name).map(|node| node.rect().top() as i32).max();
    assert!(harness.query_by_label("SEEN BY").is_some() && seen("attic") < seen("x.pcap"), "who counted the most comes first");
    assert!(harness.query_by_label("on attic").is_none());

    let loopback = harness.state().model.hosts().find(|host| host.key.addr.is_loopback()).unwrap().id;
    select(&mut harness, Subject::Host(loopback));
    assert!(harness.query_by_label("itself · on attic").is_some());
    let one = Window::of(3);
    let host = one.host(2);
    let mut harness = one.open();
    select(&mut harness, host);
    assert!(harness.query_by_label("SEEN BY").is_none(), "who else could it be");
}

#[test]
fn a_probe_that_listens_is_dialled() {
    let mut harness = window(Vec::new()).open();
    click(&mut harness, "Connect to a probe…");
    harness.get_by_label("Host of the probe").type_text("attic.example:5000");
    settle(&mut harness);
    harness.get_by_label("Connect").click();
    settle(&mut harness);
    assert!(harness.state().asked.is_empty(), "there is no key yet");
    click(&mut harness, "Choose…");
    harness.state_mut().state.probes.connecting.key = "/tmp/attic.key".into();
    settle(&mut harness);
    click(&mut harness, "Connect");
    let dials = Action::Hear(Way::Dials("attic.example:5000".into(), "/tmp/attic.key".into()));
    assert_eq!(harness.state().asked, [Action::ChooseKey, dials]);
    harness.state_mut().state.probes.connecting.error = Some("others may read it".into());
    settle(&mut harness);
    assert!(harness.query_by_label("others may read it").is_some());
    harness.check_accessibility();
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    assert!(harness.query_by_label("others may read it").is_none(), "it begins anew");
}
