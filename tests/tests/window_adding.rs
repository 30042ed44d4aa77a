//! A source that is added in a real window, by somebody who knows no command line.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;
use tests::able;
use tests::desk::{ACCENT, Desk, NEEDS, Window, nine_hosts, nine_hosts_of, until};
use tests::mmdb::{country, database};

/// A corner of the table, beyond the list of sources, and its colour while nothing lies over it.
const BESIDE: &str = "40x40+100+600";
const BACKGROUND: [u8; 3] = [0x0E, 0x13, 0x1B];
/// What opens the form, where the form has the button that adds, and what opens that of databases.
const OPENS: (u32, u32) = (385, 176);
const DATABASES: (u32, u32) = (385, 278);
const ADDS: &str = "70x30+332+285";

#[test]
fn a_file_of_suricata_is_added_to_a_recording_and_comes_back() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let (recording, records) = (desk.home.path("nine.pcap"), desk.home.path("eve.json"));
    nine_hosts(&recording);
    let record = json!({
        "event_type": "alert", "flow_id": 1, "src_ip": "10.0.0.9", "src_port": 53, "dest_ip": "10.0.0.3", "dest_port": 49_155, "proto": "UDP",
        "alert": { "signature": "odd", "severity": 1 },
    });
    std::fs::write(&records, format!("{record}\n")).unwrap();
    let (recording, records) = (recording.display().to_string(), records.display().to_string());
    let window = desk.open(&["-r", &recording]);
    window.key("3");
    window.all_rows("all flows", |rows| rows.lines().count() == 9);
    window.key("Escape");

    until("the table", || window.points(BESIDE, BACKGROUND) > 100);
    window.key("ctrl+i");
    until("the list", || window.points(BESIDE, BACKGROUND) == 0);
    window.click(OPENS.0, OPENS.1);
    window.write(&format!("{records}x"));
    until("what is typed is in the form", || window.points(ADDS, ACCENT) > 500);
    // What is wrong keeps the form open, and the keyboard in its field.
    window.key("Return");
    window.key("BackSpace");
    window.key("Return");
    let kept = format!("sources = [\"suricata={records}\"]");
    until("it is remembered", || desk.settings().contains(&kept));
    assert!(!desk.settings().contains("eve.jsonx"));
    window.key("Escape");
    until("the table again", || window.points(BESIDE, BACKGROUND) > 100);
    window.key("slash");
    window.write("suricata.alert = odd");
    window.key("Return");
    window.all_rows("the flow that it is of", |rows| rows.lines().count() == 2 && rows.contains("10.0.0.3"));
    window.quit();

    // It is heard the next time, too.
    let window = desk.open(&["-r", &recording]);
    window.key("slash");
    window.write("suricata.alert = odd");
    window.key("Return");
    window.all_rows("the flow that it is of, again", |rows| rows.lines().count() == 2 && rows.contains("10.0.0.3"));
    window.quit();
}

#[test]
fn a_database_that_is_added_counts_at_once_and_the_next_time() {
    if !able(&NEEDS) {
        return;
    }
    let desk = Desk::set_up();
    let (recording, countries) = (desk.home.path("nine.pcap"), desk.home.path("countries.mmdb"));
    nine_hosts_of(&recording, [192, 0, 2]);
    std::fs::write(&countries, database("Made-Up-Country", 4, &[("192.0.2.3/32", country("FR"))])).unwrap();
    let (recording, countries) = (recording.display().to_string(), countries.display().to_string());
    let window = desk.open(&["-r", &recording]);
    window.key("3");
    window.all_rows("all flows", |rows| rows.lines().count() == 9);
    window.key("Escape");
    until("the table", || window.points(BESIDE, BACKGROUND) > 100);
    window.key("ctrl+i");
    until("the list", || window.points(BESIDE, BACKGROUND) == 0);
    window.click(DATABASES.0, DATABASES.1);
    window.write(&countries);
    window.key("Return");
    until("it is remembered", || desk.settings().contains(&format!("geoip = [\"{countries}\"]")));
    window.key("Escape");
    until("the table again", || window.points(BESIDE, BACKGROUND) > 100);
    let of_country = |window: &Window<'_>| {
        window.key("slash");
        window.write("country = FR");
        window.key("Return");
        window.all_rows("the flow of that country", |rows| rows.lines().count() == 2 && rows.contains("192.0.2.3"));
    };
    of_country(&window);
    window.quit();
    let window = desk.open(&["-r", &recording]);
    of_country(&window);
    window.quit();
}
