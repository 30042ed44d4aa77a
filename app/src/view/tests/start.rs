//! The start screen.

use capture::interfaces::Kind;

use super::*;
use crate::state::action::Open;
use crate::state::interfaces::tests::made_up;

fn start() -> Window {
    let mut window = Window::of(3);
    window.picture.kind = SourceKind::Demo;
    window.state.screen = Screen::Start;
    let list = [made_up("eth7", Kind::Ethernet, true), made_up("wlan9", Kind::Wifi, false)];
    window.state.start.interfaces.set(list.into_iter());
    window
}

#[test]
fn interfaces_are_shown_and_a_click_watches_one() {
    let mut harness = start().open();
    let eth = labels(&harness, egui::Role::Button).into_iter().find(|l| l.starts_with("Watch eth7")).unwrap();
    click(&mut harness, &eth);
    assert_eq!(harness.state().asked, [Action::Open(Open::Interface("eth7".into()))]);
}

#[test]
fn probes_are_listened_for_and_added_from_here() {
    let mut harness = start().open();
    click(&mut harness, "Listen for probes");
    let at = crate::state::settings::LISTEN_AT;
    assert_eq!(harness.state().asked, [Action::Hear(crate::pipeline::Way::Listens(at))]);
    harness.state_mut().state.start.error = Some((Open::Listen(at), "another program listens there".into()));
    settle(&mut harness);
    assert!(harness.query_by_label("another program listens there").is_some());
    click(&mut harness, "Add a probe…");
    assert_eq!(harness.state().state.overlay, Some(crate::state::Overlay::AddProbe));
}

#[test]
fn without_permission_the_command_is_shown_and_copied() {
    let mut harness = start().open();
    let wlan = labels(&harness, egui::Role::Button).into_iter().find(|l| l.starts_with("Watch wlan9")).unwrap();
    assert!(wlan.contains("permission"), "{wlan}");
    harness.get_by_label(&wlan).click();
    settle(&mut harness);
    assert!(harness.state().asked.is_empty(), "it cannot be watched");
    click(&mut harness, "Copy: sudo glouglou -i wlan9");
    assert_eq!(harness.state().asked, [Action::Copy("sudo glouglou -i wlan9".into())]);
}

#[test]
fn a_path_is_opened_and_its_error_stands_below_it() {
    let mut harness = start().open();
    harness.get_by_label("Path of a capture").focus();
    harness.step();
    harness.get_by_label("Path of a capture").type_text("/no/such.pcap");
    settle(&mut harness);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let open = Open::File("/no/such.pcap".into());
    assert_eq!(harness.state().asked, [Action::Open(open.clone())]);
    harness.state_mut().state.start.error = Some((open, "/no/such.pcap: no such file".into()));
    settle(&mut harness);
    let (field, error) = (harness.get_by_label("Path of a capture").rect(), harness.get_by_label("/no/such.pcap: no such file").rect());
    assert!(error.top() >= field.bottom() && error.top() < field.bottom() + 40.0, "{field:?} {error:?}");
    harness.get_by_label("Path of a capture").type_text("x");
    settle(&mut harness);
    assert!(harness.query_by_label("/no/such.pcap: no such file").is_none(), "typing takes it away");
}

#[test]
fn a_wrong_filter_is_said_at_the_filter() {
    let mut window = start();
    window.state.start.filter_error = Some("syntax error".into());
    let harness = window.open();
    let (field, error) = (harness.get_by_label("Capture filter").rect(), harness.get_by_label("syntax error").rect());
    assert!(error.top() >= field.bottom() && error.top() < field.bottom() + 40.0, "{field:?} {error:?}");
}

#[test]
fn recent_files_open_again_and_the_demo_plays() {
    let mut window = start();
    window.state.settings.remember(std::path::Path::new("/captures/one.pcap"));
    let mut harness = window.open();
    click(&mut harness, "Open one.pcap");
    click(&mut harness, "Play the demo");
    click(&mut harness, "Open a capture…");
    let expected = [Action::Open(Open::File("/captures/one.pcap".into())), Action::Open(Open::Demo), Action::ChooseFile];
    assert_eq!(harness.state().asked, expected);
}

#[test]
fn everything_has_a_name() {
    for size in [vec2(720.0, 480.0), vec2(1920.0, 1080.0)] {
        let harness = start().sized(size);
        harness.check_accessibility();
    }
}
