//! What is worth a second look has a sign in tables, too, whatever says so.

use egui::Role;
use graph::{Column, Meaning, Table, Tag, Value, ValueType};

use super::*;
use crate::state::action::View;

/// Three hosts: of host 2 a column of this test's own says something, and of the flow to host 1 another one.
fn window(table: Table) -> Window {
    let mut columns = RegistryBuilder::default();
    let host = columns.register(Column::new("odd", ValueType::Text, "x").endpoint().means(Meaning::Sign)).unwrap();
    let flow = columns.register(Column::new("rare", ValueType::Symbol, "x").many().means(Meaning::Sign)).unwrap();
    let plain = columns.register(Column::new("plain", ValueType::Text, "x").endpoint()).unwrap();
    let mut window = Window::with(3, columns.freeze());
    let Subject::Host(odd) = window.host(2) else { panic!() };
    window.model.tag_host(odd, &Tag::certain(host, Value::text("200 ports in 5 s")), window.origin);
    window.model.tag_host(odd, &Tag::certain(plain, Value::text("nothing special")), window.origin);
    let rare = Value::list([Value::symbol("host"), Value::symbol("domain")]);
    let end = |host, port| Endpoint { addr: Window::addr(host), port };
    let (tuple, _) = Tuple::new(Proto::TCP, end(0, 50_000), end(1, 443));
    window.tell(Kind::Tags { tuple, conn: ConnId(1), tags: vec![Tag::certain(flow, rare)] });
    window.picture.snapshot = window.model.snapshot();
    window.state.settings.show(View::Table(table));
    window
}

fn rows(harness: &Harness<'_, Window>) -> Vec<String> {
    labels(harness, Role::Row).into_iter().filter(|row| row.contains("second look")).collect()
}

#[test]
fn a_row_has_it_and_says_why() {
    let harness = window(Table::Hosts).open();
    let said = rows(&harness);
    assert!(said.len() == 1 && said[0].contains("host2.example"), "{said:?}");
    assert!(said[0].ends_with("worth a second look, odd: 200 ports in 5 s"), "{said:?}");
    harness.check_accessibility();
    let mut said = rows(&window(Table::Flows).open());
    said.sort();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said.iter().any(|row| row.ends_with("second look, rare: host, domain")), "{said:?}");
    assert!(said.iter().any(|row| row.ends_with("second look, dst.odd: 200 ports in 5 s")), "{said:?}");
}

#[test]
fn the_evidence_stands_at_the_pointer_and_where_the_keyboard_is() {
    let mut harness = window(Table::Hosts).open();
    let evidence = "odd: 200 ports in 5 s";
    let tooltips = |harness: &Harness<'_, Window>| harness.query_all_by_label(evidence).count();
    assert_eq!(tooltips(&harness), 0);
    let row = harness.get_by(|node| node.role() == Role::Row && node.label().is_some_and(|label| label.contains("second look"))).rect();
    harness.hover_at(egui::pos2(row.left() + 10.0, row.center().y));
    harness.run_steps(40);
    assert_eq!(tooltips(&harness), 1);
    harness.hover_at(egui::pos2(600.0, 700.0));
    harness.run_steps(40);
    assert_eq!(tooltips(&harness), 0);
    harness.get_by(|node| node.role() == Role::Row && node.label().is_some_and(|label| label.contains("second look"))).focus();
    settle(&mut harness);
    assert_eq!(tooltips(&harness), 1);
}
