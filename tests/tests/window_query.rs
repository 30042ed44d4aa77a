//! The filter, in a real window: typed, completed, in force in every view, remembered.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use tests::able;
use tests::desk::{Desk, NEEDS, Window, nine_hosts, until, within};

/// The window is woken by nothing for a while.
fn rests(window: &Window<'_>, what: &str) {
    until(what, || {
        let before = window.waits();
        !within(Duration::from_secs(4), || window.waits() != before)
    });
}

#[test]
fn a_filter_is_typed_completed_and_in_force_in_every_view() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let file = desk.home.path("nine.pcap");
    nine_hosts(&file);
    let path = file.display().to_string();
    let window = desk.open(&["-r", &path]);
    window.key("3");
    until("the flows", || desk.settings().contains("view = \"flows\""));
    window.all_rows("all flows", |rows| rows.lines().count() == 9);

    // The first that is offered for these letters is the field, then what is wanted, then what is there.
    // However long a frame takes, what is pressed takes effect in its order.
    window.key("slash");
    window.write("src.i");
    window.key("Tab");
    window.write("= 10.0.0.3");
    window.key("Return");
    until("it is remembered", || desk.settings().contains("src.ip = 10.0.0.3"));
    window.all_rows("the flows that match", |rows| rows.lines().count() == 2 && rows.contains("10.0.0.3"));
    rests(&window, "a filter that rests");
    window.key("slash");
    rests(&window, "what can be chosen that rests");
    window.key("Escape");
    window.key("Escape");
    window.key("2");
    until("the hosts", || desk.settings().contains("view = \"hosts\""));
    window.all_rows("both ends of them", |rows| rows.lines().count() == 3 && rows.contains("10.0.0.9"));

    // What is wrong leaves what is.
    window.key("slash");
    window.key("ctrl+a");
    window.write("src.ip = many");
    window.key("Return");
    window.all_rows("the same", |rows| rows.lines().count() == 3);
    window.key("slash");
    window.key("ctrl+a");
    window.key("BackSpace");
    window.key("Return");
    window.all_rows("all hosts", |rows| rows.lines().count() == 10);
    assert!(!desk.settings().contains("many"), "what is no filter is not kept");
    window.key("slash");
    window.write("| sum bytes by src.ip");
    window.key("Return");
    window.all_rows("sums", |rows| rows.lines().count() == 9 && rows.starts_with("From address\t"));
    rests(&window, "sums that rest");
    window.quit();
}
