//! All that is pressed within one slow frame takes effect in its order.

use egui::Event;
use graph::Table;

use super::*;
use crate::state::Overlay;
use crate::state::action::View;

/// What a keyboard says when a key is pressed and released.
fn key(modifiers: Modifiers, key: Key) -> Vec<Event> {
    [true, false].map(|pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers }).into()
}

/// The same of letters, with what they write.
fn letters(text: &str) -> Vec<Event> {
    let press = |letter: char| {
        let name = letter.to_string();
        let mut events = Key::from_name(&name).map(|of| key(Modifiers::NONE, of)).unwrap_or_default();
        events.insert(events.len().min(1), Event::Text(name));
        events
    };
    text.chars().flat_map(press).collect()
}

/// All of it within one frame, and some frames after it.
fn at_once(harness: &mut Harness<'_, Window>, events: &[Vec<Event>]) {
    harness.input_mut().events.extend(events.concat());
    harness.run_steps(12);
}

fn flows() -> Harness<'static, Window> {
    let mut window = Window::of(9);
    window.state.settings.show(View::Table(Table::Flows));
    window.open()
}

const PLAIN: Modifiers = Modifiers::NONE;

#[test]
fn a_filter_is_typed_completed_and_entered() {
    let mut harness = flows();
    let (tab, enter) = (key(PLAIN, Key::Tab), key(PLAIN, Key::Enter));
    at_once(&mut harness, &[letters("/src.i"), tab.clone(), letters("= 10.0.0.1"), enter.clone()]);
    assert_eq!(harness.state().state.query.text, "src.ip = 10.0.0.1");
    assert_eq!(harness.state().state.settings.filters.recent, ["src.ip = 10.0.0.1"]);
    assert_eq!(labels(&harness, egui::Role::Row).len(), 8);
    // The same again, in the place of what stands there, and then keys are keys again.
    at_once(&mut harness, &[letters("/"), key(Modifiers::COMMAND, Key::A), letters("por"), tab, letters("= 1"), enter, letters("2")]);
    assert_eq!(harness.state().state.query.text, "port = 1");
    assert_eq!(harness.state().state.settings.view, View::Table(Table::Hosts));
}

#[test]
fn what_comes_before_a_field_is_not_typed_into_it() {
    let mut harness = flows();
    at_once(&mut harness, &[letters("2/host3")]);
    assert_eq!((harness.state().state.query.text.as_str(), harness.state().state.settings.view), ("host3", View::Table(Table::Hosts)));
    // Nor is what is meant for one field typed into another.
    at_once(&mut harness, &[letters("x"), key(Modifiers::COMMAND, Key::L), letters("tcp")]);
    assert_eq!((harness.state().state.query.text.as_str(), harness.state().state.filter.text.as_str()), ("host3x", "tcp"));
}

#[test]
fn what_is_looked_for_in_the_graph_is_found() {
    let mut harness = Window::of(5).open();
    at_once(&mut harness, &[key(Modifiers::COMMAND, Key::F), letters("host3"), key(PLAIN, Key::Enter)]);
    assert_eq!(harness.state().state.selection, Some(harness.state().host(3)));
    assert!(!harness.state().state.query.focus && harness.state().state.query.text.is_empty());
}

#[test]
fn what_is_typed_while_a_dialog_opens_waits_for_its_field() {
    let mut harness = flows();
    let theme = harness.state().state.settings.theme;
    at_once(&mut harness, &[letters("aattic"), key(PLAIN, Key::Tab), key(PLAIN, Key::Tab), letters("tmt")]);
    let State { overlay, probes, settings, .. } = &harness.state().state;
    assert_eq!((*overlay, probes.adding.name.as_str(), settings.theme), (Some(Overlay::AddProbe), "attic", theme));
    assert!(probes.adding.place.as_ref().is_some_and(|place| place.contains("tmt")), "{:?}", probes.adding.place);
}

#[test]
fn keys_that_lead_to_no_field_take_no_frame_each() {
    let mut harness = flows();
    let down = key(PLAIN, Key::ArrowDown);
    harness.input_mut().events.extend([down.clone(), down.clone(), down].concat());
    harness.step();
    harness.step();
    assert!(harness.state().state.selection.is_some());
    let third = harness.state().picture.rows[&Table::Flows].rows[2].subject;
    assert_eq!(harness.state().state.selection, Some(third));
}

#[test]
fn a_field_that_never_comes_does_not_keep_the_keyboard() {
    let mut harness = flows();
    harness.state_mut().state.overlay = Some(Overlay::SavePicture);
    settle(&mut harness);
    for _ in 0..30 {
        harness.state_mut().state.saving.focus = true;
        harness.step();
    }
    let theme = harness.state().state.settings.theme;
    harness.get_by_label("Close Save picture").focus();
    for events in [key(PLAIN, Key::T), Vec::new(), Vec::new()] {
        harness.state_mut().state.saving.focus = true;
        harness.input_mut().events.extend(events);
        harness.step();
    }
    assert_ne!((harness.state().state.settings.theme, harness.state().state.saving.path.contains('t')), (theme, false));
}

#[test]
fn a_path_is_completed() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("only.pcap"), "").unwrap();
    let mut window = Window::of(2);
    window.state.screen = Screen::Start;
    let mut harness = window.open();
    let begun = dir.path().join("on").display().to_string();
    at_once(&mut harness, &[key(Modifiers::COMMAND, Key::L), letters(&begun), key(PLAIN, Key::Tab), letters("x")]);
    assert_eq!(harness.state().state.start.path, format!("{}/only.pcapx", dir.path().display()));
}

#[test]
fn it_does_not_matter_between_which_of_them_a_frame_is_drawn() {
    let modifiers = |modifiers| vec![Event::ModifiersChanged(modifiers)];
    let select = [modifiers(Modifiers::COMMAND), key(Modifiers::COMMAND, Key::A), modifiers(PLAIN)].concat();
    let all = [letters("a"), select, letters("attic")].concat();
    for at in 0..all.len() {
        for steps in 1..5 {
            let mut harness = flows();
            let (now, later) = all.split_at(at);
            harness.input_mut().events.extend(now.to_vec());
            harness.run_steps(steps);
            harness.input_mut().events.extend(later.to_vec());
            harness.run_steps(12);
            let State { overlay, probes, .. } = &harness.state().state;
            assert_eq!((*overlay, probes.adding.name.as_str()), (Some(Overlay::AddProbe), "attic"), "{steps} frames after {now:?}");
        }
    }
}
