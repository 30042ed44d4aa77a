//! `glouglou table` and its kin, as a user runs them: files made here, the real program.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use capture::file::PcapWriter;
use graph::Time;
use serde_json::Value;
use tests::run::{Ran, run};
use tests::{glouglou, scratch::Scratch};
use wire::packet::LinkType;

const LIMIT: Duration = Duration::from_secs(30);

fn table(args: &[&str]) -> Ran {
    run(Command::new(glouglou()).arg("table").args(args), LIMIT)
}

fn ok(args: &[&str]) -> String {
    let ran = table(args);
    assert!(ran.status.unwrap().success(), "{args:?}: {}", ran.stderr);
    String::from_utf8(ran.stdout).unwrap()
}

fn refused(args: &[&str]) -> String {
    let ran = run(Command::new(glouglou()).args(args), LIMIT);
    assert_eq!(ran.status.unwrap().code(), Some(1), "{args:?}: {}", ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    ran.stderr
}

/// An IPv4 packet with TCP or UDP ports and nothing in it.
fn packet(proto: u8, src: ([u8; 4], u16), dst: ([u8; 4], u16), flags: u8) -> Vec<u8> {
    let mut transport = Vec::new();
    transport.extend(src.1.to_be_bytes());
    transport.extend(dst.1.to_be_bytes());
    match proto {
        6 => transport.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0x20, 0, 0, 0, 0, 0]),
        _ => transport.extend([0, 8, 0, 0]),
    }
    let len = u16::try_from(20 + transport.len()).unwrap().to_be_bytes();
    let mut packet = vec![0x45, 0, len[0], len[1], 0, 0, 0x40, 0, 64, proto, 0, 0];
    packet.extend(src.0);
    packet.extend(dst.0);
    packet.extend(transport);
    packet
}

const CLIENT: [u8; 4] = [192, 168, 1, 10];
const SERVER: [u8; 4] = [203, 0, 113, 5];
const RAW: LinkType = LinkType(101);

/// A connection of four packets that the client begins, and one packet of UDP the other way.
fn recording(scratch: &Scratch) -> PathBuf {
    let path = scratch.path("small.pcap");
    let mut writer = PcapWriter::new(std::fs::File::create(&path).unwrap(), RAW).unwrap();
    let (there, back) =
        (|flags| packet(6, (CLIENT, 50_000), (SERVER, 443), flags), |flags| packet(6, (SERVER, 443), (CLIENT, 50_000), flags));
    let frames = [back(0x10), there(0x02), there(0x11), back(0x11), packet(17, (SERVER, 53), (CLIENT, 40_000), 0)];
    for (i, frame) in (0_u64..).zip(&frames) {
        writer.packet(Time(5_000_000 + i * 1_000), frame, frame.len() as u32).unwrap();
    }
    path
}

fn lines(json: &str) -> BTreeMap<String, Vec<Value>> {
    let mut by_type: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in json.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        by_type.entry(line["type"].as_str().unwrap().to_owned()).or_default().push(line);
    }
    by_type
}

#[test]
fn json_lines_tell_flows_hosts_and_a_summary() {
    let scratch = Scratch::new();
    let all = lines(&ok(&["--json", "-r", recording(&scratch).to_str().unwrap()]));
    let summary = &all["summary"][0];
    assert_eq!((&summary["packets"], &summary["malformed"]), (&5.into(), &0.into()));
    assert_eq!((&summary["first_us"], &summary["last_us"]), (&5_000_000.into(), &5_004_000.into()));
    assert_eq!(summary["lost"]["kernel"], 0);
    let tcp = all["flow"].iter().find(|f| f["proto"] == "tcp").unwrap();
    assert_eq!((tcp["src"].as_str(), tcp["src_port"].as_u64()), (Some("192.168.1.10"), Some(50_000)), "the SYN tells who began it");
    assert_eq!((tcp["dst_port"].as_u64(), tcp["service"].as_str()), (Some(443), Some("https")));
    assert_eq!((tcp["packets_fwd"].as_u64(), tcp["packets_rev"].as_u64()), (Some(2), Some(2)));
    assert_eq!((tcp["bytes_fwd"].as_u64(), tcp["ip_bytes_fwd"].as_u64()), (Some(80), Some(80)));
    assert_eq!((tcp["start_us"].as_u64(), tcp["end_us"].as_u64()), (Some(5_000_000), Some(5_003_000)));
    assert_eq!(tcp["state"], "fin");
    assert!(
        ["process", "pid", "user", "parent", "exe", "lineage"].iter().all(|name| tcp.get(name).is_none()),
        "a recording knows no processes: {tcp}"
    );
    let udp = all["flow"].iter().find(|f| f["proto"] == "udp").unwrap();
    assert_eq!(udp["dst"], Ipv4Addr::from(SERVER).to_string(), "who has port 53 is the server");
    let hosts: Vec<(&str, u64)> = all["host"].iter().map(|h| (h["addr"].as_str().unwrap(), h["packets"].as_u64().unwrap())).collect();
    assert_eq!(hosts.len(), 2);
    assert!(hosts.iter().all(|(_, packets)| *packets == 5), "{hosts:?}");
}

#[test]
fn csv_and_text_show_the_same() {
    let scratch = Scratch::new();
    let path = recording(&scratch);
    let path = path.to_str().unwrap();
    let csv = ok(&["--csv", "-r", path]);
    let rows: Vec<Vec<&str>> = csv.lines().map(|l| l.split(',').collect()).collect();
    assert_eq!(rows.len(), 3);
    assert!(rows.iter().all(|r| r.len() == rows[0].len()), "{csv}");
    assert!(rows[0].contains(&"packets_fwd") && rows[0].contains(&"src.mac"));
    for name in ["process", "pid", "user", "parent", "process_end", "process_known"] {
        let column = rows[0].iter().position(|other| *other == name).unwrap();
        assert!(rows[1..].iter().all(|row| row[column].is_empty()), "a recording knows no processes: {csv}");
    }
    let text = ok(&["-r", path]);
    assert!(!text.contains("Process") && !text.contains("PID"), "{text}");
    assert!(text.contains("https") && text.contains("192.168.1.10") && text.contains("5 packets"), "{text}");
    let hosts = ok(&["-r", path, "--by", "hosts", "--top", "1"]);
    assert!(hosts.contains("1 of 2 rows"), "{hosts}");
}

#[test]
fn the_rate_of_what_was_recorded_is_what_it_was_on_average() {
    let scratch = Scratch::new();
    let path = scratch.path("rates.pcap");
    let mut writer = PcapWriter::new(std::fs::File::create(&path).unwrap(), RAW).unwrap();
    // Four packets in eight seconds, and others in one instant, long before the end.
    for (secs, port) in [(100, 1_000), (100, 2_000), (100, 2_000), (103, 1_000), (106, 1_000), (108, 1_000), (900, 3_000)] {
        let bytes = packet(17, (CLIENT, port), (SERVER, 53), 0);
        writer.packet(Time::from_secs(secs), &bytes, bytes.len() as u32).unwrap();
    }
    drop(writer);
    let path = path.to_str().unwrap();
    let rates = lines(&ok(&["-r", path, "--json", "-q", "| columns src.port, bytes, rate, rate.sent | sort src.port"]));
    let told: Vec<(&Value, &Value)> = rates["row"].iter().map(|row| (&row["rate"], &row["rate.sent"])).collect();
    let each = |n: u64| Value::from(n);
    assert_eq!(told, [(&each(14), &each(14)), (&each(56), &each(56)), (&each(28), &each(28))], "28 bytes a packet");
    let matching = |filter: &str| lines(&ok(&["-r", path, "--json", "-q", filter])).get("flow").map_or(0, Vec::len);
    assert_eq!((matching("rate > 50"), matching("rate < 50 B/s"), matching("rate = 0")), (1, 2, 0));
    let by_service = lines(&ok(&["-r", path, "--json", "-q", "| sum rate by service"]));
    assert_eq!(by_service["row"][0]["sum rate"], 98);
}

#[test]
fn what_is_left_out_is_counted_as_what_it_is() {
    let scratch = Scratch::new();
    let path = recording(&scratch);
    let path = path.to_str().unwrap();
    let foot = |args: &[&str]| ok(&[&["-r", path], args].concat());
    assert!(foot(&["-q", "tcp"]).contains("\n1 flow does not match\n"));
    let hosts = foot(&["--by", "hosts", "-q", "flows > 2"]);
    assert!(hosts.contains("\n2 hosts do not match\n") && !hosts.contains("no flow has"), "{hosts}");
    for never in [foot(&["-q", "flows > 1"]), foot(&["--by", "hosts", "-q", "flows > 1 and dst.port = 443"])] {
        assert!(never.contains("\nno flow has flows: "), "{never}");
    }
    assert!(refused(&["table", "-r", path, "--by", "hosts", "-q", "| count"]).contains("leave --by out"));
    assert!(refused(&["table", "-r", path, "--sort", "contry"]).contains("did you mean src.country or dst.country?"));
}

#[test]
fn a_filter_leaves_out_and_counts() {
    let scratch = Scratch::new();
    let all = lines(&ok(&["--json", "-f", "udp", "-r", recording(&scratch).to_str().unwrap()]));
    let summary = &all["summary"][0];
    assert_eq!((summary["packets"].as_u64(), summary["filtered"].as_u64()), (Some(5), Some(4)));
    assert_eq!(all["flow"].len(), 1);
}

#[test]
fn a_recording_may_come_through_a_pipe() {
    let scratch = Scratch::new();
    let bytes = std::fs::read(recording(&scratch)).unwrap();
    let mut child =
        Command::new(glouglou()).args(["table", "--json", "-r", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let out = child.wait_with_output().unwrap();
    assert_eq!(lines(&String::from_utf8(out.stdout).unwrap())["summary"][0]["packets"], 5);
}

#[test]
fn a_truncated_recording_yields_what_stands_before_the_damage() {
    let scratch = Scratch::new();
    let mut bytes = std::fs::read(recording(&scratch)).unwrap();
    bytes.truncate(bytes.len() - 3);
    let path = scratch.path("cut.pcap");
    std::fs::write(&path, bytes).unwrap();
    let ran = table(&["--json", "-r", path.to_str().unwrap()]);
    assert!(ran.status.unwrap().success());
    assert_eq!(lines(&String::from_utf8(ran.stdout).unwrap())["summary"][0]["packets"], 4);
    assert!(ran.stderr.contains("cut.pcap"), "it says where: {}", ran.stderr);
}

#[test]
fn bad_input_is_named_with_what_to_do() {
    let scratch = Scratch::new();
    let (text, empty) = (scratch.path("notes.txt"), scratch.path("empty.pcap"));
    std::fs::write(&text, "these are no packets at all, but words and words and words").unwrap();
    std::fs::write(&empty, "").unwrap();
    let recording = recording(&scratch);
    let dir = scratch.path("");
    for (args, names) in [
        (vec!["table", "-r", "/no/such/file.pcap"], "/no/such/file.pcap"),
        (vec!["table", "-r", text.to_str().unwrap()], "notes.txt"),
        (vec!["table", "-r", empty.to_str().unwrap()], "empty.pcap"),
        (vec!["table", "-r", dir.to_str().unwrap()], dir.to_str().unwrap()),
        (vec!["table", "-r", recording.to_str().unwrap(), "-f", "tcp and and"], "syntax error"),
        (vec!["table", "-r", recording.to_str().unwrap(), "--sort", "beauty"], "beauty"),
        (vec!["table", "-i", "no-such-if"], "no-such-if"),
        (vec!["table"], "-i INTERFACE, -r FILE, --listen, --conntrack or --suricata FILE"),
        (vec!["-f", "tcp"], "-i INTERFACE or -r FILE"),
    ] {
        let error = refused(&args);
        assert!(error.contains(names), "{args:?}: {error}");
        assert_eq!(error.trim_end().lines().count(), 1, "{args:?}: {error}");
    }
}

#[test]
fn without_a_display_one_line_names_the_remedy() {
    let ran = run(Command::new(glouglou()).arg("--demo").env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY"), LIMIT);
    assert_eq!(ran.status.unwrap().code(), Some(1));
    assert!(ran.stderr.contains("display") && ran.stderr.contains("glouglou table"), "{}", ran.stderr);
    assert_eq!(ran.stderr.trim_end().lines().count(), 1, "{}", ran.stderr);
}

#[test]
fn a_reader_that_has_enough_ends_it_quietly() {
    let scratch = Scratch::new();
    let path = scratch.path("many.pcap");
    capture::demo::write_pcap(&path, 20_000, 5_000, 96, 1).unwrap();
    let mut child = Command::new(glouglou())
        .args(["table", "--json", "-r", path.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success() && out.stderr.is_empty(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn what_was_made_is_what_is_counted() {
    let scratch = Scratch::new();
    let path = scratch.path("made.pcap");
    let truth = capture::demo::write_pcap(&path, 50_000, 2_000, 96, 7).unwrap();
    let all = lines(&ok(&["--json", "-r", path.to_str().unwrap()]));
    let summary = &all["summary"][0];
    assert_eq!((summary["packets"].as_u64(), summary["bytes"].as_u64()), (Some(truth.packets), Some(truth.bytes)));
    let sum = |fields: &[&str]| -> u64 { all["flow"].iter().flat_map(|f| fields.iter().map(|n| f[*n].as_u64().unwrap())).sum() };
    assert_eq!(sum(&["packets_fwd", "packets_rev"]), truth.packets);
    assert_eq!(sum(&["bytes_fwd", "bytes_rev"]), truth.bytes);
    assert_eq!(all["host"].len() as u64, truth.hosts);
}

#[test]
fn interfaces_are_listed_the_loopback_too() {
    let ran = run(Command::new(glouglou()).arg("interfaces"), LIMIT);
    assert!(ran.status.unwrap().success(), "{}", ran.stderr);
    assert!(String::from_utf8_lossy(&ran.stdout).lines().any(|l| l.starts_with("lo ")));
}
