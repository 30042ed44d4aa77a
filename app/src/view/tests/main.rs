//! The screen of a source.

use super::*;
use crate::state::Overlay;
use crate::state::action::View;
use crate::state::table::Purpose;
use graph::Table;

fn hosts(hosts: u32) -> Harness<'static, Window> {
    let mut window = Window::of(hosts);
    window.state.settings.show(View::Table(Table::Hosts));
    window.open()
}

/// The first words of the rows in view, from above.
fn rows(harness: &Harness<'_, Window>) -> Vec<String> {
    let mut rows: Vec<_> = harness
        .query_all_by_role(egui::Role::Row)
        .map(|node| (node.rect().top() as i32, node.accesskit_node().label().unwrap_or_default()))
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, label)| label.split(',').next().unwrap_or_default().trim_start_matches("Name ").to_owned()).collect()
}

#[test]
fn graph_and_table_are_a_key_and_a_click_apart() {
    let mut harness = Window::of(4).open();
    assert!(rows(&harness).is_empty());
    click(&mut harness, "Table");
    assert_eq!(rows(&harness).len(), 4);
    press(&mut harness, Modifiers::NONE, Key::Num3);
    assert_eq!(harness.state().state.settings.view, View::Table(Table::Flows));
    assert_eq!(rows(&harness).len(), 3);
    click(&mut harness, "Graph");
    assert!(rows(&harness).is_empty());
}

#[test]
fn a_header_sorts_and_turns_round() {
    let mut harness = hosts(4);
    assert_eq!(rows(&harness), ["router.example", "host3.example", "host2.example", "host1.example"]);
    click(&mut harness, "Name");
    assert_eq!(rows(&harness), ["host1.example", "host2.example", "host3.example", "router.example"]);
    click(&mut harness, "Name, sorted, smallest first");
    assert_eq!(rows(&harness), ["router.example", "host3.example", "host2.example", "host1.example"]);
    assert_eq!(harness.state().state.settings.tables["hosts"].sort.as_deref(), Some("name"));
}

#[test]
fn a_column_is_dragged_before_another() {
    let mut harness = hosts(4);
    let (from, to) = (harness.get_by_label("Address").rect().center(), harness.get_by_label("Name").rect().left_center());
    harness.drag_at(from);
    harness.step();
    for part in [0.2, 0.6, 1.0] {
        harness.hover_at(from + (to - from) * part);
        harness.step();
    }
    harness.drop_at(to);
    settle(&mut harness);
    let (address, name) = (harness.get_by_label("Address").rect(), harness.get_by_label("Name").rect());
    assert!(address.right() <= name.left() + 1.0, "{address:?} {name:?}");
}

#[test]
fn rows_are_filtered_as_one_types() {
    let mut harness = hosts(30);
    press(&mut harness, Modifiers::NONE, Key::Slash);
    harness.get_by_label("Filter").type_text("host2");
    settle(&mut harness);
    assert_eq!(rows(&harness).len(), 11, "2 and 20 to 29: {:?}", rows(&harness));
    harness.get_by_label("Filter").type_text("nothing");
    settle(&mut harness);
    click(&mut harness, "Show all rows");
    assert!(rows(&harness).len() > 15);
}

#[test]
fn the_keyboard_walks_through_more_rows_than_there_is_room_for() {
    let mut harness = hosts(500);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(harness.state().state.selection, Some(harness.state().host(0)));
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    assert_eq!(harness.state().state.selection, Some(harness.state().host(499)));
    press(&mut harness, Modifiers::NONE, Key::End);
    assert_eq!(harness.state().state.selection, Some(harness.state().host(1)));
    assert!(rows(&harness).contains(&"host1.example".to_owned()), "it came into view");
    press(&mut harness, Modifiers::SHIFT, Key::Home);
    assert_eq!(harness.state().state.table.selected.len(), 500);
    assert_eq!(rows(&harness)[0], "router.example");
}

#[test]
fn what_is_selected_in_the_graph_comes_into_view_in_the_table() {
    let mut window = Window::of(500);
    let subject = window.host(3);
    window.state.apply(Action::Select(Some(subject)), 0.0);
    let mut harness = window.open();
    press(&mut harness, Modifiers::NONE, Key::Num2);
    settle(&mut harness);
    assert!(rows(&harness).contains(&"host3.example".to_owned()), "{:?}", rows(&harness));
}

#[test]
fn rows_are_asked_for_to_be_copied() {
    let mut harness = hosts(4);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    harness.event(egui::Event::Copy);
    settle(&mut harness);
    assert_eq!(harness.state().once, [Purpose::CopySelected]);
    click(&mut harness, "Copy rows");
    click(&mut harness, "Copy all rows");
    assert_eq!(harness.state().once, [Purpose::CopySelected, Purpose::CopyAll]);
}

#[test]
fn details_follow_the_selection_and_their_flows_select() {
    let mut harness = hosts(4);
    let host = harness.state().host(2);
    harness.state_mut().state.apply(Action::Select(Some(host)), 0.0);
    settle(&mut harness);
    assert!(harness.query_by_label("DNS answer").is_some(), "where its name came from");
    let flow = labels(&harness, egui::Role::Button).into_iter().find(|l| l.starts_with("Flow ")).unwrap();
    click(&mut harness, &flow);
    assert!(matches!(harness.state().state.selection, Some(Subject::Flow(_))));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state().state.selection, None);
}

#[test]
fn the_details_of_a_host_show_the_way_to_it() {
    let mut window = Window::of(4);
    window.name(9, "gateway.example");
    let hop = |ttl, host: Option<u32>| {
        let answer = host.map(|host| graph::Answer { addr: Window::addr(host), rtt: std::time::Duration::from_micros(1_200) });
        graph::Hop { ttl, answer }
    };
    let hops = vec![hop(1, Some(9)), hop(2, None), hop(3, Some(0)), hop(4, Some(2))];
    let trace = graph::Trace { src: Window::addr(1), dst: Window::addr(2), proto: Proto::ICMP, complete: true, hops };
    window.tell(Kind::Trace(trace.into()));
    let (host, other) = (window.host(2), window.host(3));
    window.state.settings.show(View::Table(Table::Hosts));
    window.state.apply(Action::Select(Some(host)), 0.0);
    let mut harness = window.sized(egui::vec2(1280.0, 1600.0));
    for shown in ["PATH", "Hop 1", "gateway.example  ·  10.0.0.10  ·  1.2 ms", "Hop 2", "*", "Hop 4"] {
        assert!(harness.query_by_label(shown).is_some(), "{shown}");
    }
    // Who talks is a host, and a click leads there.
    click(&mut harness, "router.example  ·  10.0.0.1  ·  1.2 ms");
    assert_eq!(harness.state().state.selection, Some(harness.state().host(0)));
    harness.state_mut().state.apply(Action::Select(Some(other)), 0.0);
    settle(&mut harness);
    assert!(harness.query_by_label("PATH").is_none());
}

#[test]
fn the_details_of_a_flow_say_who_saw_it_and_that_what_was_sampled_is_not_exact() {
    let mut window = Window::of(2);
    let flow = window.model.flows().next().unwrap();
    let (id, tuple) = (flow.id, flow.key.tuple);
    window.state.apply(Action::Select(Some(Subject::Flow(id))), 0.0);
    let mut harness = window.sized(egui::vec2(1280.0, 1600.0));
    assert!(harness.query_by_label("SEEN BY").is_none(), "one that looks at every packet");
    let window = harness.state_mut();
    let realms = Realms { local: Realm(3), site: Realm(2) };
    let here = window.origin;
    window.origin = window.model.add_origin(Origin { name: "attic".into(), realms }).unwrap();
    window.tell(Kind::Sampling(10));
    let total = Total(Both { ab: Counts { packets: 4, bytes: 400, ip_bytes: 400 }, ba: Counts::default() });
    window.tell(Kind::Data { tuple, conn: ConnId(7), total, last: NOW });
    window.tell(Kind::Via { tuple, conn: ConnId(7), interfaces: "eth0, docker0".into() });
    window.origin = here;
    settle(&mut harness);
    for shown in ["SEEN BY", "x.pcap", "attic", "docker0, eth0  ·  ≈ 400 B, 1 in 10"] {
        assert!(harness.query_all_by_label(shown).next().is_some(), "{shown}");
    }
}

#[test]
fn overlays_open_and_close_by_key_and_by_button() {
    let mut harness = Window::of(2).open();
    for (modifiers, key, overlay, close) in [
        (Modifiers::NONE, Key::Questionmark, Overlay::Help, "Close Keys"),
        (Modifiers::COMMAND, Key::Comma, Overlay::Settings, "Close Settings"),
        (Modifiers::NONE, Key::M, Overlay::Notices, "Close Notices"),
    ] {
        press(&mut harness, modifiers, key);
        assert_eq!(harness.state().state.overlay, Some(overlay));
        harness.check_accessibility();
        click(&mut harness, close);
        assert_eq!(harness.state().state.overlay, None);
        press(&mut harness, modifiers, key);
        press(&mut harness, Modifiers::NONE, Key::Escape);
        assert_eq!(harness.state().state.overlay, None, "Esc closes {overlay:?}");
    }
}

#[test]
fn every_key_is_listed() {
    let mut harness = Window::of(2).sized(vec2(1000.0, 2000.0));
    press(&mut harness, Modifiers::NONE, Key::Questionmark);
    for binding in crate::view::keys::BINDINGS {
        assert!(harness.query_all_by_label(binding.what).next().is_some(), "{}", binding.what);
    }
}

#[test]
fn theme_and_text_size_change() {
    let mut harness = Window::of(2).open();
    let first = harness.state().state.settings.theme;
    click(&mut harness, "Theme");
    assert_ne!(harness.state().state.settings.theme, first);
    press(&mut harness, Modifiers::COMMAND, Key::Plus);
    assert_eq!(harness.state().state.settings.text_size, 1.1);
    press(&mut harness, Modifiers::COMMAND, Key::Num0);
    assert_eq!(harness.state().state.settings.text_size, 1.0);
}

#[test]
fn names_are_looked_up_only_once_that_is_ticked() {
    let mut harness = Window::of(2).open();
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    assert!(harness.query_by_label_contains("learns whom you look at").is_some(), "its price is said");
    for on in [true, false] {
        assert_eq!(harness.state().state.settings.look_up_names, !on);
        click(&mut harness, "Look up names (reverse DNS)");
        assert_eq!(harness.state().state.settings.look_up_names, on);
    }
}

#[test]
fn a_key_pressed_twice_in_one_frame_counts_twice() {
    let mut harness = hosts(9);
    let down = egui::Event::Key { key: Key::ArrowDown, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
    harness.input_mut().events.extend([down.clone(), down.clone(), down]);
    settle(&mut harness);
    assert_eq!(harness.state().state.selection, Some(harness.state().host(7)));
}

#[test]
fn what_is_typed_right_after_find_is_text() {
    let mut harness = hosts(9);
    let key = |key, modifiers| egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers };
    let theme = harness.state().state.settings.theme;
    let typed = [key(Key::F, Modifiers::COMMAND), key(Key::T, Modifiers::NONE), egui::Event::Text("t".into())];
    harness.input_mut().events.extend(typed);
    settle(&mut harness);
    assert_eq!(harness.state().state.query.text, "t");
    assert_eq!(harness.state().state.settings.theme, theme);
}

#[test]
fn the_slash_that_leads_to_the_filter_is_not_typed_into_it() {
    let mut harness = hosts(9);
    let key = |key| egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE };
    let text = |text: &str| egui::Event::Text(text.into());
    harness.input_mut().events.extend([key(Key::Slash), text("/"), key(Key::X), text("x")]);
    settle(&mut harness);
    assert_eq!(harness.state().state.query.text, "x");
}

#[test]
fn keys_type_while_a_field_has_them() {
    let mut harness = hosts(3);
    press(&mut harness, Modifiers::COMMAND, Key::F);
    press(&mut harness, Modifiers::NONE, Key::Space);
    press(&mut harness, Modifiers::NONE, Key::Num1);
    assert!(harness.state().asked.is_empty());
    assert_eq!(harness.state().state.settings.view, View::Table(Table::Hosts));
}

#[test]
fn losses_are_shown_each_by_its_name_and_only_then() {
    let mut window = Window::of(2);
    let harness = Window::of(2).open();
    assert!(harness.query_by_label("nothing lost").is_some());
    let ledger = graph::Ledger { packets: 9, lost_kernel: 12_345, lost_queue: 2, ..graph::Ledger::default() };
    window.tell(Kind::Ledger(ledger));
    let harness = window.open();
    assert!(harness.query_by_label("nothing lost").is_none());
    assert!(harness.query_by_label("12\u{2009}345 dropped by kernel").is_some());
    assert!(harness.query_by_label("2 lost in queue").is_some());
    assert!(harness.query_by_label_contains("dropped by interface").is_none());
}

#[test]
fn errors_stand_in_the_corner_until_they_are_dismissed() {
    let mut harness = Window::of(2).open();
    let notice = capture::Notice { level: capture::Level::Error, text: "eth0 is gone".into(), remedy: Some("ip link".into()) };
    harness.state_mut().state.apply(Action::Tell(notice), 0.0);
    settle(&mut harness);
    assert!(harness.query_by_label("eth0 is gone").is_some());
    click(&mut harness, "Copy: ip link");
    assert_eq!(harness.state().asked, [Action::Copy("ip link".into())]);
    click(&mut harness, "Dismiss");
    assert!(harness.query_by_label("eth0 is gone").is_none());
    press(&mut harness, Modifiers::NONE, Key::M);
    assert!(harness.query_by_label("eth0 is gone").is_some(), "it is in the list");
}

#[test]
fn a_recording_is_paused_stepped_and_hurried() {
    let mut harness = Window::of(2).open();
    press(&mut harness, Modifiers::NONE, Key::Space);
    harness.state_mut().picture.paused = true;
    settle(&mut harness);
    click(&mut harness, "One step");
    press(&mut harness, Modifiers::NONE, Key::CloseBracket);
    click(&mut harness, "From the beginning");
    assert_eq!(harness.state().asked, [Action::TogglePause, Action::Step, Action::Faster, Action::Restart]);
}

#[test]
fn everything_has_a_name_at_every_size() {
    for size in [vec2(720.0, 480.0), vec2(1280.0, 800.0), vec2(1920.0, 1080.0)] {
        for view in [View::Graph, View::Table(Table::Flows)] {
            let mut window = Window::of(6);
            window.state.settings.show(view);
            let host = window.host(2);
            window.state.apply(Action::Select(Some(host)), 0.0);
            window.sized(size).check_accessibility();
        }
    }
}

#[test]
fn a_picture_is_saved_where_a_path_says() {
    let mut harness = Window::of(4).open();
    press(&mut harness, Modifiers::COMMAND, Key::S);
    assert_eq!(harness.state().state.overlay, Some(Overlay::SavePicture));
    harness.state_mut().state.saving.path = "/tmp/x.gif".to_owned();
    settle(&mut harness);
    click(&mut harness, "Save");
    assert!(harness.state().state.saving.error.as_ref().is_some_and(|error| error.contains(".svg or .png")));
    assert!(harness.query_by_label("×4").is_none(), "only pixels can be more");
    harness.state_mut().state.saving.path = "/tmp/x.png".to_owned();
    settle(&mut harness);
    click(&mut harness, "×4");
    click(&mut harness, "Save");
    let wanted = crate::state::saving::Wanted { path: "/tmp/x.png".into(), times: 4 };
    assert_eq!(harness.state().asked.last(), Some(&Action::SavePicture(wanted)));
}
