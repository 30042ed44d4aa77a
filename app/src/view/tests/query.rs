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
fn where_there_is_no_value_to_choose_it_is_said_who_tells_of_it() {
    let mut columns = RegistryBuilder::default();
    columns.register(Column::new("country", ValueType::Symbol, "where it is").endpoint()).unwrap();
    let mut harness = Window::with(9, columns.freeze()).open();
    write(&mut harness, "coun");
    assert!(harness.state().state.query.active().is_all(), "nobody looks for the beginning of a column's name");
    write(&mut harness, "dst.country = ");
    assert!(harness.query_by_label_contains("Nobody told of country yet").is_some());
    write(&mut harness, "port = ");
    assert!(harness.query_by_label_contains("Nobody told of").is_none());
}

#[test]
fn where_nothing_matches_it_is_said_what_is_in_force_if_that_is_something_else() {
    let mut harness = flows(9);
    write(&mut harness, "port = 1");
    assert!(harness.query_by_label("Show all rows").is_some());
    write(&mut harness, "porrt = 443");
    assert_eq!(harness.state().state.query.instead().as_deref(), Some("port = 1"));
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("Filter").hover();
    harness.run_steps(60);
    assert!(harness.query_by_label_contains("In force: port = 1").is_some());
}

#[test]
fn a_key_opens_the_menu_of_a_row_and_leads_to_a_narrower_filter() {
    let mut harness = flows(9);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::SHIFT, Key::F10);
    assert!(harness.get_by_label("Filter to").is_focused(), "the first entry");
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let steps: Vec<String> = labels(&harness, egui::Role::Button).into_iter().filter(|label| label.starts_with("Filter out ")).collect();
    assert!(steps.iter().any(|step| step.starts_with("Filter out destination ")), "{steps:?}");
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(rows(&harness), 7, "{}", harness.state().state.query.text);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Menu);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Filter to").is_none() && !harness.state().state.query.text.is_empty(), "it closes the menu alone");
}

#[test]
fn sums_are_walked_copied_and_opened_by_keys() {
    let mut window = Window::of(9);
    (1..40).for_each(|n| window.talk(0, 1, 1_000 + n, u64::from(n)));
    window.state.settings.show(View::Table(Table::Flows));
    let mut harness = window.sized(egui::vec2(800.0, 600.0));
    write(&mut harness, "| sum bytes by dst.port");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    press(&mut harness, Modifiers::COMMAND, Key::C);
    let Some(Action::Copy(copied)) = harness.state().asked.last() else { panic!("{:?}", harness.state().asked) };
    assert_eq!(copied.lines().count(), 41);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    let at = |harness: &Harness<'_, Window>| {
        let rows: Vec<_> = harness.query_all_by_role(egui::Role::Row).collect();
        let row = rows.into_iter().find(|row| row.is_focused()).unwrap();
        row.accesskit_node().label().unwrap()
    };
    assert!(at(&harness).starts_with("To port 443"), "{}", at(&harness));
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert!(at(&harness).contains("1039"), "{}", at(&harness));
    press(&mut harness, Modifiers::NONE, Key::End);
    assert!(at(&harness).contains("1001"), "it is brought into view: {}", at(&harness));
    press(&mut harness, Modifiers::NONE, Key::ArrowUp);
    assert!(at(&harness).contains("1002"), "{}", at(&harness));
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!((harness.state().state.query.active().to_string().as_str(), rows(&harness)), ("dst.port = 1002", 1));
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
