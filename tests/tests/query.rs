//! `glouglou table -q` and `glouglou columns`, as a user runs them.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tests::run::{Ran, run};
use tests::{glouglou, scratch::Scratch};

const LIMIT: Duration = Duration::from_secs(30);

fn ran(args: &[&str]) -> Ran {
    run(Command::new(glouglou()).args(args), LIMIT)
}

fn ok(args: &[&str]) -> String {
    let ran = ran(args);
    assert!(ran.status.unwrap().success(), "{args:?}: {}", ran.stderr);
    String::from_utf8(ran.stdout).unwrap()
}

fn json(args: &[&str]) -> Vec<Value> {
    ok(args).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn recording(scratch: &Scratch) -> PathBuf {
    let path = scratch.path("made.pcap");
    capture::demo::write_pcap(&path, 8_000, 300, 96, 3).unwrap();
    path
}

#[test]
fn what_matches_is_what_a_reader_of_everything_would_pick() {
    let scratch = Scratch::new();
    let path = recording(&scratch);
    let path = path.to_str().unwrap();
    let all = json(&["table", "--json", "-r", path]);
    let flows: Vec<&Value> = all.iter().filter(|line| line["type"] == "flow").collect();
    let size = |flow: &Value| flow["bytes_fwd"].as_u64().unwrap() + flow["bytes_rev"].as_u64().unwrap();
    let mut sizes: Vec<u64> = flows.iter().map(|flow| size(flow)).collect();
    sizes.sort_unstable();
    let median = sizes[sizes.len() / 2];

    let query = format!("proto = tcp and not src.ip in 10.0.0.0/9 and bytes > {median}");
    let in_half = |flow: &Value| {
        flow["src"].as_str().is_some_and(|src| src.starts_with("10.") && src.split('.').nth(1).unwrap().parse::<u8>().unwrap() < 128)
    };
    let is_wanted = |flow: &&&Value| flow["proto"] == "tcp" && !in_half(flow) && size(flow) > median;
    let wanted = flows.iter().filter(is_wanted).count();
    assert!(wanted > 0 && wanted < flows.len(), "{wanted} of {}", flows.len());
    let found = json(&["table", "--json", "-r", path, "-q", &query]);
    let of = |kind: &str| found.iter().filter(|line| line["type"] == kind).count();
    assert_eq!(of("flow"), wanted);
    assert!(of("host") > 0 && of("host") < all.iter().filter(|line| line["type"] == "host").count());
    let csv = ok(&["table", "--csv", "-r", path, "-q", &query]);
    assert_eq!(csv.lines().count(), wanted + 1);
    let text = ok(&["table", "-r", path, "-q", &query, "--top", "1"]);
    assert!(text.contains("1 of ") && text.contains(" flows do not match"), "{text}");
    let rows = json(&["table", "--json", "-r", path, "-q", &format!("{query} | sort bytes")]);
    let sorted: Vec<u64> = rows.iter().map(|row| row["bytes.sent"].as_u64().unwrap() + row["bytes.received"].as_u64().unwrap()).collect();
    assert!(sorted.len() == wanted && sorted.is_sorted_by(|a, b| a >= b), "{sorted:?}");
}

#[test]
fn sums_are_the_sums_of_the_flows() {
    let scratch = Scratch::new();
    let path = recording(&scratch);
    let path = path.to_str().unwrap();
    let all = json(&["table", "--json", "-r", path]);
    let flows: Vec<&Value> = all.iter().filter(|line| line["type"] == "flow").collect();
    let rows = json(&["table", "--json", "-r", path, "-q", "| sum bytes, count, distinct src.ip by service"]);
    let sum = |rows: &[Value], name: &str| -> u64 { rows.iter().map(|row| row[name].as_u64().unwrap()).sum() };
    let bytes: u64 = flows.iter().map(|flow| flow["bytes_fwd"].as_u64().unwrap() + flow["bytes_rev"].as_u64().unwrap()).sum();
    assert_eq!((sum(&rows, "sum bytes"), sum(&rows, "count")), (bytes, flows.len() as u64));
    let figures: Vec<u64> = rows.iter().map(|row| row["sum bytes"].as_u64().unwrap()).collect();
    assert!(figures.is_sorted_by(|a, b| a >= b) && figures.len() > 2, "{figures:?}");
    let largest = &rows[0];
    let same = |flow: &&&Value| flow["service"] == largest["service"];
    assert_eq!(largest["count"].as_u64(), Some(flows.iter().filter(same).count() as u64));
    let sources: std::collections::BTreeSet<&str> = flows.iter().filter(same).map(|flow| flow["src"].as_str().unwrap()).collect();
    assert_eq!(largest["distinct src.ip"].as_u64(), Some(sources.len() as u64));

    let top =
        json(&["table", "--json", "-r", path, "-q", "| sum bytes, count by service | sort count asc | top 2 | columns service, count"]);
    let counts: Vec<u64> = top.iter().map(|row| row["count"].as_u64().unwrap()).collect();
    assert!(counts.len() == 2 && counts[0] <= counts[1] && top.iter().all(|row| row.as_object().unwrap().len() == 3), "{top:?}");
    assert_eq!(counts[0], rows.iter().map(|row| row["count"].as_u64().unwrap()).min().unwrap());

    let csv = ok(&["table", "--csv", "-r", path, "-q", "tcp | sort bytes | top 5 | columns src.ip, dst.port, bytes"]);
    assert_eq!((csv.lines().count(), csv.lines().next()), (6, Some("src.ip,dst.port,bytes")));
    let text = ok(&["table", "-r", path, "-q", "| by service | top 3"]);
    assert!(text.lines().next().is_some_and(|head| head.starts_with("Service") && head.contains("Bytes")), "{text}");
}

#[test]
fn the_aggregators_query_is_understood() {
    let scratch = Scratch::new();
    let recording = recording(&scratch);
    let path = recording.to_str().unwrap();
    let file = scratch.path("query.json");
    std::fs::write(&file, r#"{"filter": {"proto": ["tcp", "sctp"], "service": ["https"]}, "aggregate": ["dst.ip"], "details": true}"#)
        .unwrap();
    let rows = json(&["table", "--json", "-r", path, "--query-json", file.to_str().unwrap()]);
    let flows = json(&["table", "--json", "-r", path, "-q", "proto = tcp and service = https"]);
    let flows: Vec<&Value> = flows.iter().filter(|line| line["type"] == "flow").collect();
    let sum = |name: &str| -> u64 { rows.iter().map(|row| row[name].as_u64().unwrap()).sum() };
    assert!(!flows.is_empty());
    assert_eq!(sum("count"), flows.len() as u64);
    assert_eq!(sum("sum bytes.sent"), flows.iter().map(|flow| flow["bytes_fwd"].as_u64().unwrap()).sum::<u64>());
    assert!(rows.iter().all(|row| row["min start"].is_string() && row["dst.ip"].is_string()), "{rows:?}");
}

#[test]
fn a_mistake_is_shown_with_its_place() {
    let scratch = Scratch::new();
    let recording = recording(&scratch);
    let file = scratch.path("query.json");
    std::fs::write(&file, r#"{"filters": {}}"#).unwrap();
    let file = file.to_str().unwrap();
    for (args, says) in [
        (vec!["-q", "bytes > 1 MB and contry = FR"], "no column is called contry"),
        (vec!["-q", "bytes > 1 MB and contry = FR"], "\n  bytes > 1 MB and contry = FR\n                   ^^^^^^"),
        (vec!["-q", "bytes = many"], "bytes takes a size"),
        (vec!["-q", "(dns"], "expected ) or another term"),
        (vec!["--query-json", file], "unknown field `filters`"),
        (vec!["--query-json", "/no/such/query.json"], "/no/such/query.json"),
    ] {
        let ran = ran(&[&["table", "-r", recording.to_str().unwrap()], args.as_slice()].concat());
        assert_eq!(ran.status.unwrap().code(), Some(1), "{args:?}");
        assert!(ran.stderr.contains(says) && ran.stdout.is_empty(), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn every_column_is_listed_with_who_fills_it() {
    let columns = json(&["columns", "--json"]);
    let of = |name: &str| columns.iter().find(|column| column["name"] == name).unwrap();
    assert_eq!((of("bytes")["unit"].as_str(), of("bytes")["rule"].as_str()), (Some("B"), Some("sum")));
    assert_eq!((of("src.mac")["type"].as_str(), of("src.mac")["filled_by"].as_str()), (Some("mac"), Some("packets")));
    assert!(columns.iter().all(|column| !column["help"].as_str().unwrap().is_empty()), "each has its help");
    let text = ok(&["columns"]);
    assert_eq!(text.lines().count(), columns.len() + 1);
    // Every one of them can be asked.
    let scratch = Scratch::new();
    let recording = recording(&scratch);
    for column in columns.iter().step_by(9) {
        let query = format!("has {}", column["name"].as_str().unwrap());
        assert!(ran(&["table", "-r", recording.to_str().unwrap(), "-q", &query]).status.unwrap().success(), "{query}");
    }
}
