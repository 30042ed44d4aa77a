//! The filter of all views.

use super::*;
use crate::state::action::View;
use graph::{Column, Table, ValueType};

fn flows(hosts: u32) -> Harness<'static, Window> {
    let mut window = Window::of(hosts);
    window.state.settings.show(View::Table(Table::Flows));
    window.open()
}

fn write(harness: &mut Harness<'_, Window>, text: &str) {
    press(harness, Modifiers::NONE, Key::Slash);
    press(harness, Modifiers::COMMAND, Key::A);
    harness.get_by_label("Filter").type_text(text);
    settle(harness);
}

fn rows(harness: &Harness<'_, Window>) -> usize {
    labels(harness, egui::Role::Row).len()
}

#[test]
fn a_query_filters_the_tables_and_the_graph() {
    let mut harness = flows(9);
    write(&mut harness, "bytes >= 5 kB and not name ends \"7.example\"");
    assert_eq!(rows(&harness), 3, "5, 6, 8");
    assert!(harness.query_by_label("3 of 8 rows").is_some());
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state().state.settings.filters.recent, ["bytes >= 5 kB and not name ends \"7.example\""]);
    press(&mut harness, Modifiers::NONE, Key::Num1);
    assert_eq!(harness.state().picture.drawn.nodes.len(), 4, "and the one that they are with");
    click(&mut harness, "Draw all again");
    assert_eq!(harness.state().picture.drawn.nodes.len(), 9);
}

#[test]
fn what_is_wrong_is_said_with_its_place_and_changes_nothing() {
    let mut harness = flows(9);
    write(&mut harness, "port = 443");
    write(&mut harness, "port = many");
    assert!(harness.query_by_label("       ^^^^").is_some(), "a caret under the place");
    assert_eq!((rows(&harness), harness.state().state.query.active().to_string().as_str()), (8, "port = 443"));
    write(&mut harness, "bytes > 1 MX");
    assert!(harness.query_by_label_contains("a unit such as kB").is_some(), "and not a word that is looked for");
    write(&mut harness, "porrt = 443");
    assert!(harness.query_by_label_contains("did you mean").is_some());
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.state().state.settings.filters.recent.iter().all(|used| !used.contains("porrt")));
}

#[test]
fn what_matches_nothing_says_how_much_it_hides() {
    let mut harness = flows(9);
    write(&mut harness, "port = 1");
    assert!(harness.query_by_label("Show all rows").is_some());
    press(&mut harness, Modifiers::NONE, Key::Enter);
    press(&mut harness, Modifiers::NONE, Key::Num1);
    assert!(harness.query_by_label("It hides 9 hosts and processes.").is_some());
    click(&mut harness, "Empty the filter");
    assert_eq!(harness.state().picture.drawn.nodes.len(), 9);
}

#[test]
fn what_nobody_told_of_is_said_wherever_nothing_matches() {
    let mut columns = RegistryBuilder::default();
    columns.register(Column::new("country", ValueType::Symbol, "where it is").endpoint()).unwrap();
    let mut window = Window::with(9, columns.freeze());
    window.state.settings.show(View::Table(Table::Flows));
    let mut harness = window.open();
    let said = |harness: &Harness<'_, Window>| harness.query_all_by_label_contains("Nobody told of country yet").count();
    write(&mut harness, "country = FR");
    assert_eq!(said(&harness), 2, "below the field, and in the table");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    press(&mut harness, Modifiers::NONE, Key::Num1);
    assert_eq!(said(&harness), 1, "in the graph");
    write(&mut harness, "bytes > 1 MB");
    assert_eq!(said(&harness), 0);
}

#[test]
fn who_asks_nothing_is_shown_what_can_be_asked() {
    let mut harness = flows(9);
    press(&mut harness, Modifiers::NONE, Key::Slash);
    click(&mut harness, "bytes > 1 MB");
    assert_eq!(harness.state().state.query.text, "bytes > 1 MB");
    click(&mut harness, "Keep it");
    assert_eq!(harness.state().state.settings.filters.saved, ["bytes > 1 MB"]);
    write(&mut harness, "");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    press(&mut harness, Modifiers::NONE, Key::Backspace);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Tab);
    assert_eq!(harness.state().state.query.text, "bytes > 1 MB", "what is kept comes first");
}

#[test]
fn escape_closes_the_list_then_leaves_the_field_and_loses_nothing() {
    let mut harness = flows(9);
    let host = harness.state().picture.snapshot.hosts.keys().next().copied().unwrap();
    harness.state_mut().state.selection = Some(Subject::Host(host));
    write(&mut harness, "port = 443");
    let listed = |harness: &Harness<'_, Window>| harness.query_by_label_contains("Esc closes").is_some();
    let typing = |harness: &Harness<'_, Window>| harness.ctx.text_edit_focused();
    assert!(listed(&harness));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!((listed(&harness), typing(&harness)), (false, true));
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert_eq!((listed(&harness), typing(&harness)), (true, true), "an arrow opens it again");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!((listed(&harness), typing(&harness)), (false, false));
    let state = &harness.state().state;
    assert_eq!((state.query.active().to_string().as_str(), state.selection), ("port = 443", Some(Subject::Host(host))));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state().state.selection, None, "and only then the selection");
}

#[test]
fn a_cell_leads_to_a_narrower_filter() {
    let mut harness = flows(9);
    let row = harness.query_all_by_role(egui::Role::Row).next().unwrap().rect();
    let to = harness.get_by_label("To").rect();
    let cell = egui::pos2(to.center().x, row.center().y);
    harness.hover_at(cell);
    harness.event(egui::Event::PointerButton {
        pos: cell,
        button: egui::PointerButton::Secondary,
        pressed: true,
        modifiers: Modifiers::NONE,
    });
    harness.event(egui::Event::PointerButton {
        pos: cell,
        button: egui::PointerButton::Secondary,
        pressed: false,
        modifiers: Modifiers::NONE,
    });
    settle(&mut harness);
    let name = labels(&harness, egui::Role::Button).into_iter().find(|label| label.starts_with("Filter out")).unwrap();
    click(&mut harness, &name);
    assert_eq!(rows(&harness), 7, "{}", harness.state().state.query.text);
}
