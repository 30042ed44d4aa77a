//! The list of other sources and computations.

use std::time::{Duration, Instant};

use capture::eve::Way;
use capture::interfaces::Remedy;
use capture::supervised::{Count, Line, Of, State as How};
use egui::Role;

use super::*;
use crate::others::Spec;
use crate::state::Overlay;
use crate::state::action::Open;
use crate::state::sources::{Chosen, Databases, NamedBy, Row, What, Wrong};

fn file(path: &str) -> Spec {
    Spec::Suricata(Way::File(path.into()))
}

fn row(spec: Spec, on: bool, state: Option<How>, counts: &[(&str, Of, u64)]) -> Row {
    let count = |(name, of, count): &(&str, Of, u64)| Count { name: (*name).into(), of: *of, count: *count };
    let counts = counts.iter().map(count).collect::<Vec<_>>();
    let line = state.map(|state| {
        let (name, from) = (spec.name().to_owned(), spec.from());
        Line { origin: OriginId(7), name, from, state, restarts: 0, counts }
    });
    Row { spec, on, line }
}

/// A live window with these, whose list is open.
fn window(rows: Vec<Row>) -> Window {
    let mut window = Window::of(2);
    window.picture.kind = SourceKind::Live;
    window.picture.sources.rows = rows;
    window
}

fn open(window: Window) -> Harness<'static, Window> {
    let mut harness = window.open();
    press(&mut harness, Modifiers::COMMAND, Key::I);
    harness
}

fn says(harness: &Harness<'_, Window>, text: &str) -> bool {
    harness.query_by_label_contains(text).is_some()
}

#[test]
fn each_says_how_it_is_and_what_it_heard_refused_and_lost() {
    let at = Instant::now() + Duration::from_secs(3600);
    let restarting = How::Restarting { at, why: "it broke".into() };
    let counts = [("records", Of::Heard, 1_234), ("lines too long", Of::Refused, 2), ("overflows", Of::Lost, 3), ("dumps", Of::Heard, 0)];
    let harness = open(window(vec![
        row(file("/a"), true, Some(How::Running), &counts),
        row(file("/b"), true, Some(restarting), &[]),
        row(file("/c"), false, Some(How::Off), &[]),
        row(file("/d"), true, None, &[]),
        row(file("/e"), true, Some(How::Waiting("waits for the file".into())), &[]),
    ]));
    for text in [
        "running",
        "waits for the file",
        "1\u{2009}234 records",
        "refused: 2 lines too long",
        "lost: 3 overflows",
        "it broke: it is started again in 3",
    ] {
        assert!(says(&harness, text), "{text}");
    }
    assert!(harness.query_by_label("off").is_some() && says(&harness, "not heard beside a recording"));
    assert!(!says(&harness, "dumps"), "what did not happen is not said");
    assert!(says(&harness, "COMPUTATIONS"));
    harness.check_accessibility();
}

#[test]
fn one_is_switched_tried_again_and_removed() {
    let failed = How::Failed("not permitted".into());
    let mut harness = open(window(vec![row(Spec::Conntrack, true, Some(failed), &[]), row(file("/b"), false, Some(How::Off), &[])]));
    click(&mut harness, "Try again");
    click(&mut harness, "suricata");
    click(&mut harness, "Remove suricata /b");
    let switch = |spec, on| Action::SwitchSource { spec, on };
    assert_eq!(harness.state().asked, [switch(Spec::Conntrack, true), switch(file("/b"), true), Action::RemoveSource(file("/b"))]);
    assert!(harness.query_by_label("Connection tracking").is_none(), "there is one");
}

#[test]
fn where_there_is_none_it_is_said_what_they_give_and_how_to_add_one() {
    let mut harness = open(window(Vec::new()));
    assert!(says(&harness, "They tell what packets do not"));
    click(&mut harness, "Connection tracking");
    assert_eq!(harness.state().asked, [Action::AddSource { spec: Spec::Conntrack, checked: true }]);
    harness.state_mut().state.sources.usual = Some("/e.json".into());
    settle(&mut harness);
    click(&mut harness, "Suricata: /e.json");
    assert_eq!(harness.state().asked[1], Action::AddSource { spec: file("/e.json"), checked: true });
}

#[test]
fn what_needs_permission_says_what_helps() {
    let mut window = window(Vec::new());
    let (command, lasting) = ("sudo glouglou --conntrack".to_owned(), "sudo setcap x+ep glouglou".to_owned());
    window.picture.sources.remedy = Some(Remedy { command, lasting });
    let mut harness = open(window);
    assert!(harness.query_by_label("Connection tracking").is_none() && says(&harness, "needs permission"));
    click(&mut harness, "Copy: sudo glouglou --conntrack");
    assert_eq!(harness.state().asked, [Action::Copy("sudo glouglou --conntrack".into())]);
}

#[test]
fn a_path_is_typed_and_what_is_wrong_with_it_stands_below() {
    let mut harness = open(window(Vec::new()));
    click(&mut harness, "Suricata…");
    harness.get_by_label("Path of Suricata's records").type_text("/no/eve.json");
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let asked = Action::AddSource { spec: file("/no/eve.json"), checked: true };
    assert_eq!(harness.state().asked, std::slice::from_ref(&asked));
    let wrong = Wrong { text: "there is no /no/eve.json".into(), later: Some(file("/no/eve.json")) };
    harness.state_mut().state.sources.adding.as_mut().unwrap().wrong = Some(wrong);
    settle(&mut harness);
    assert!(says(&harness, "there is no /no/eve.json"));
    harness.check_accessibility();
    click(&mut harness, "Add it all the same: it is tried again");
    assert_eq!(harness.state().asked[1], Action::AddSource { spec: file("/no/eve.json"), checked: false });
    click(&mut harness, "A socket, datagrams");
    assert!(!says(&harness, "there is no /no/eve.json"), "what was wrong was said of a file");
    click(&mut harness, "Add");
    let socket = Spec::Suricata(Way::Datagram("/no/eve.json".into()));
    assert_eq!(harness.state().asked[2], Action::AddSource { spec: socket, checked: true });
}

#[test]
fn the_form_asks_the_desktop_and_is_closed_before_the_list() {
    let mut harness = open(window(Vec::new()));
    click(&mut harness, "Suricata…");
    click(&mut harness, "Choose…");
    assert_eq!(harness.state().asked, [Action::ChooseSource(Chosen::Path)]);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!((&harness.state().state.sources.adding, harness.state().state.overlay), (&None, Some(Overlay::Sources)));
    click(&mut harness, "Suricata…");
    harness.get_by_label("Path of Suricata's records").type_text("x");
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(
        (&harness.state().state.sources.adding, harness.state().state.overlay),
        (&None, Some(Overlay::Sources)),
        "while typing, too"
    );
    click(&mut harness, "Databases…");
    let what = harness.state().state.sources.adding.as_ref().map(|adding| adding.what);
    assert_eq!(what, Some(What::Databases));
    click(&mut harness, "Cancel");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state().state.overlay, None);
}

#[test]
fn databases_are_added_and_removed() {
    let mut window = window(Vec::new());
    window.picture.sources.databases = Databases { places: vec!["/geo/a.mmdb".into()], by: NamedBy::Settings };
    let mut harness = open(window);
    click(&mut harness, "Remove /geo/a.mmdb");
    click(&mut harness, "Databases…");
    harness.get_by_label("Path of the databases").type_text("/geo");
    settle(&mut harness);
    click(&mut harness, "Add");
    assert_eq!(harness.state().asked, [Action::RemoveDatabases("/geo/a.mmdb".into()), Action::AddDatabases("/geo".into())]);
    let named = Databases { places: vec!["/c".into()], by: NamedBy::CommandLine };
    harness.state_mut().picture.sources.databases = named;
    settle(&mut harness);
    assert!(says(&harness, "The command line names /c.") && harness.query_by_label("Databases…").is_none());
}

#[test]
fn on_the_start_screen_they_are_added_and_shown_alone() {
    let mut window = window(vec![row(file("/a"), true, None, &[])]);
    window.picture.kind = SourceKind::Demo;
    window.state.screen = Screen::Start;
    let mut harness = window.open();
    click(&mut harness, "Hear other sources…");
    assert!(says(&harness, "waits until something else than the demo is shown"));
    click(&mut harness, "Show what they tell");
    assert_eq!((harness.state().state.overlay, &harness.state().asked[..]), (None, &[Action::Open(Open::Machine)][..]));
}

#[test]
fn everything_has_a_name_at_every_size() {
    for size in [vec2(720.0, 480.0), vec2(1280.0, 800.0), vec2(2560.0, 1440.0)] {
        let mut window = window(vec![row(file("/a/long/path/that/goes/on/and/on/to/eve.json"), true, Some(How::Running), &[])]);
        window.state.overlay = Some(Overlay::Sources);
        window.state.sources.adding = Some(crate::state::sources::Adding::begin(What::Suricata));
        let harness = window.sized(size);
        assert!(labels(&harness, Role::Button).iter().any(|name| name.starts_with("Remove suricata")));
        harness.check_accessibility();
    }
}

#[cfg(feature = "guts")]
#[test]
fn the_daemon_takes_a_socket_and_a_mapping() {
    let mut harness = open(window(Vec::new()));
    click(&mut harness, "guts…");
    harness.get_by_label("Socket of the daemon").type_text("/run/g.sock");
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.state().asked.is_empty(), "there is no mapping yet");
    harness.get_by_label("The mapping").focus();
    settle(&mut harness);
    harness.get_by_label("The mapping").type_text("/g.toml");
    settle(&mut harness);
    harness.check_accessibility();
    click(&mut harness, "Add");
    let spec = Spec::Guts { socket: "/run/g.sock".into(), map: "/g.toml".into() };
    assert_eq!(harness.state().asked, [Action::AddSource { spec, checked: true }]);
}
