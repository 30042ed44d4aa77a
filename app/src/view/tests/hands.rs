//! The graph by the keyboard alone, and as it is told to those who do not see it.

use graph::Table;
use layouts::{Change, Engine, NodeId, Point};

use super::*;
use crate::state::action::View;

/// Host 0 in the middle, who talks to the hosts 1 to 4 at the right, below, at the left and above; the last is the busiest of them. Nobody talks to host 5,
/// beyond host 1, but host 1.
fn cross() -> Harness<'static, Window> {
    let mut window = Window::of(5);
    window.talk(1, 5, 53, 90);
    let places = [(0.0, 0.0), (200.0, 0.0), (0.0, 150.0), (-200.0, 0.0), (0.0, -150.0), (300.0, 20.0)];
    let mut engine = Engine::new(layouts::Kind::Force, 1);
    let at = |(host, (x, y)): (u32, &(f32, f32))| (Node::of(window.host(host)).unwrap().number(), Point { x: *x, y: *y });
    let places: Vec<(NodeId, Point)> = (0..).zip(&places).map(at).collect();
    engine.apply(places.iter().map(|(id, _)| Change::AddNode { id: *id, radius: 5.0, at: None }));
    engine.apply(places.iter().map(|(id, at)| Change::Pin { id: *id, at: *at }));
    window.picture.placed.positions = engine.positions().clone();
    let mut harness = window.open();
    settle(&mut harness);
    harness
}

/// What assistive technology says has the keyboard.
fn focused(harness: &Harness<'_, Window>) -> Option<String> {
    let mut focused = harness.query_all(egui_kittest::kittest::by()).filter(|node| node.accesskit_node().is_focused());
    let label = focused.next()?.accesskit_node().label();
    assert!(focused.next().is_none(), "one has the keyboard");
    label
}

/// Tab, until the graph has the keyboard.
fn enter(harness: &mut Harness<'_, Window>) {
    for _ in 0..60 {
        if harness.state().state.graph.has_keyboard {
            return;
        }
        press(harness, Modifiers::NONE, Key::Tab);
    }
    panic!("Tab does not lead to the graph");
}

fn selected(harness: &Harness<'_, Window>) -> Vec<Subject> {
    harness.state().state.graph.chosen.nodes().iter().map(|node| node.subject()).collect()
}

#[test]
fn arrows_walk_from_node_to_node_and_each_is_told() {
    let mut harness = cross();
    enter(&mut harness);
    assert!(focused(&harness).unwrap().starts_with("router.example, "), "the busiest comes first: {:?}", focused(&harness));
    for (key, name, neighbours) in [
        (Key::ArrowRight, "host1.example, ", ", 2 neighbours"),
        (Key::ArrowRight, "10.0.0.6, ", ", 1 neighbour"),
        (Key::ArrowLeft, "host1.example, ", ", 2 neighbours"),
        (Key::ArrowLeft, "router.example, ", ", 4 neighbours"),
        (Key::ArrowUp, "host4.example, ", ", 1 neighbour"),
        (Key::ArrowUp, "host4.example, ", ", 1 neighbour"),
        (Key::Home, "router.example, ", ", 4 neighbours"),
        (Key::N, "host4.example, ", ", 1 neighbour"),
    ] {
        press(&mut harness, Modifiers::NONE, key);
        let said = focused(&harness).unwrap_or_default();
        assert!(said.starts_with(name) && said.ends_with(neighbours), "{key:?}: {said}");
        assert!(said.contains("B/s") || said.contains("idle"), "{said}");
    }
    assert_eq!(harness.state().state.selection, Some(harness.state().host(4)));
    assert!(harness.state().state.graph.has_keyboard, "it never left the graph");
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert!(!harness.state().state.graph.has_keyboard, "one stop of Tab");
}

#[test]
fn what_the_keyboard_is_at_is_selected_added_brought_out_and_hidden() {
    let mut harness = cross();
    let [router, one] = [0, 1].map(|host| harness.state().host(host));
    enter(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(harness.state().state.selection, None, "who walks selects nothing");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(selected(&harness), [one]);
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert_eq!(selected(&harness).len(), 2);
    assert_eq!(harness.state().asked, [], "Space does not stop the recording");
    press(&mut harness, Modifiers::NONE, Key::B);
    assert!(harness.query_by_label_contains(": 1 link").is_some());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label_contains(": 1 link").is_none());
    assert!(harness.state().state.graph.has_keyboard);
    press(&mut harness, Modifiers::NONE, Key::Space);
    assert_eq!(selected(&harness), [one]);
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.query_by_label("All that are linked with them").is_some(), "the second time, neighbours");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.query_by_label("All that are linked with them").is_none());

    press(&mut harness, Modifiers::NONE, Key::X);
    assert!(harness.query_by_label("hidden: 1").is_some());
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert!(harness.query_by_label("hidden: 1").is_none());
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert!(harness.query_by_label("hidden: 1").is_some());
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    press(&mut harness, Modifiers::COMMAND, Key::A);
    assert_eq!(selected(&harness).len(), 6);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!((selected(&harness), harness.state().state.selection), (vec![], None));
    assert!(harness.state().state.graph.cursor.is_some_and(|node| node.subject() != router));
}

#[test]
fn the_menu_of_a_node_opens_and_is_walked_by_keys() {
    for (modifiers, key) in [(Modifiers::NONE, Key::Menu), (Modifiers::SHIFT, Key::F10)] {
        let mut harness = cross();
        enter(&mut harness);
        press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
        press(&mut harness, modifiers, key);
        assert_eq!(focused(&harness).as_deref(), Some("Copy address"));
        while focused(&harness).as_deref() != Some("Hide") {
            press(&mut harness, Modifiers::NONE, Key::ArrowDown);
        }
        press(&mut harness, Modifiers::NONE, Key::Enter);
        let hidden = harness.state().state.graph.hidden.nodes().iter().next().copied().map(Node::subject);
        assert_eq!(hidden, Some(harness.state().host(3)));
        assert!(harness.query_by_label("Copy address").is_none(), "it is closed");
        assert!(harness.state().state.graph.has_keyboard, "and the keyboard is back");
    }
}

#[test]
fn find_is_in_the_graph_where_that_is_shown_and_in_the_table_elsewhere() {
    let mut harness = cross();
    press(&mut harness, Modifiers::COMMAND, Key::F);
    assert_eq!(harness.state().state.settings.view, View::Graph);
    harness.get_by_label("Find in the graph").type_text("host3");
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state().state.selection, Some(harness.state().host(3)));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Find in the graph").is_none());
    assert_eq!(harness.state().state.selection, Some(harness.state().host(3)), "Esc closes the field, and nothing else");
    press(&mut harness, Modifiers::NONE, Key::Num2);
    press(&mut harness, Modifiers::COMMAND, Key::F);
    harness.get_by_label("Filter").type_text("host2");
    settle(&mut harness);
    assert_eq!(harness.state().state.settings.view, View::Table(Table::Hosts));
    assert_eq!(harness.state().state.query.text, "host2");
}

#[test]
fn back_and_forward_change_what_the_graph_is_made_of_too() {
    let mut harness = cross();
    press(&mut harness, Modifiers::NONE, Key::H);
    assert_eq!(harness.state().state.settings.mode, Mode::Mixed);
    press(&mut harness, Modifiers::ALT, Key::ArrowLeft);
    assert_eq!(harness.state().state.settings.mode, Mode::Hosts);
    assert_eq!(harness.state().state.graph.cursor, None, "with Alt, arrows are no walk");
    press(&mut harness, Modifiers::ALT, Key::ArrowRight);
    assert_eq!(harness.state().state.settings.mode, Mode::Mixed);
}

#[test]
fn assistive_technology_moves_the_keyboard_to_a_node() {
    let mut harness = cross();
    harness.get_by_label_contains("host2.example, ").focus();
    settle(&mut harness);
    assert!(focused(&harness).unwrap().starts_with("host2.example, "));
    assert!(harness.state().state.graph.has_keyboard);
    harness.check_accessibility();
}
