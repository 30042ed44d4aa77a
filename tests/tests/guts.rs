//! The source `guts`, in the program that was built with it, against a daemon of the test's own: nobody has the real one.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};

use serde_json::{Value, json};
use tests::hosts::program;
use tests::netns::{NEEDS, Namespace};
use tests::probe::Probe;
use tests::scratch::Scratch;
use tests::{Need, able, glouglou};

/// Where this daemon's records say what.
const MAPPING: &str = r#"
    [flow]
    src = "flow.local.ip"
    src_port = "flow.local.port"
    dst = "flow.remote.ip"
    dst_port = "flow.remote.port"
    proto = "flow.protocol"
    [counters]
    are = "totals"
    packets_sent = "out.packets"
    bytes_sent = "out.bytes"
    packets_received = "in.packets"
    bytes_received = "in.bytes"
    [end]
    field = "event"
    is = "closed"
    [columns]
    "tls.sni" = "names.server"
    "suricata.alert" = "warnings"
"#;

/// What the daemon knows of a flow.
fn record(port: u16, sent: u64, more: Value) -> Value {
    let mut record = json!({
        "flow": { "local": { "ip": "10.0.0.2", "port": port }, "remote": { "ip": "192.0.2.1", "port": 443 }, "protocol": "TCP" },
        "out": { "packets": sent / 100, "bytes": sent }, "in": { "packets": 1, "bytes": 60 },
    });
    record.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    record
}

/// One run of the daemon: whoever comes is told that, until it has read all.
fn daemon(listener: &UnixListener, lines: &[Vec<u8>]) {
    let (mut stream, _): (UnixStream, _) = listener.accept().unwrap();
    for line in lines {
        stream.write_all(line).unwrap();
        stream.write_all(b"\n").unwrap();
    }
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "it says nothing, and lets go when it has read all");
}

#[test]
fn what_the_daemon_tells_is_counted_and_tagged_by_the_mapping_over_its_restart() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("sh")]) {
        return;
    }
    let (host, dir) = (Namespace::new(), Scratch::new());
    let (socket, map) = (dir.path("guts.sock"), dir.path("map.toml"));
    fs::write(&map, MAPPING).unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    fs::set_permissions(&socket, std::os::unix::fs::PermissionsExt::from_mode(0o666)).unwrap();
    let (socket, map) = (socket.to_str().unwrap(), map.to_str().unwrap());
    let watch = Probe::start(&host, &mut program(&glouglou(), &dir, &["table", "--json", "--guts", socket, "--guts-map", map]));

    let of = |record: Value| record.to_string().into_bytes();
    daemon(
        &listener,
        &[
            of(record(4_001, 300, json!({ "names": { "server": "shop.example" }, "warnings": ["odd", "odder"] }))),
            b"{\"flow\":".to_vec(),
            format!(r#"{{"x":"{}"}}"#, "x".repeat(10 << 20)).into_bytes(),
            of(json!({ "flow": { "local": { "ip": "nobody" } } })),
            b"{\"flow\":\"\xff\"}".to_vec(),
            of(record(4_002, 100, json!({}))),
            of(record(4_001, 500, json!({}))),
            of(record(4_002, 200, json!({ "event": "closed" }))),
        ],
    );
    assert!(watch.hear("glouglou: guts: ").contains("it was closed; is the daemon running?; it is started again in 1 s"));
    // The daemon is back, and counts from the beginning.
    daemon(&listener, &[of(record(4_003, 700, json!({})))]);
    let said = watch.finish();
    let lines = said.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok()).filter(|line| line["type"] == "flow");
    let flows: BTreeMap<u64, Value> = lines.map(|flow| (flow["src_port"].as_u64().unwrap(), flow)).collect();
    let counted =
        |port: u64| ["packets_fwd", "ip_bytes_fwd", "packets_rev", "ip_bytes_rev"].map(|name| flows[&port][name].as_u64().unwrap());
    assert_eq!([4_001, 4_002, 4_003].map(counted), [[5, 500, 1, 60], [2, 200, 1, 60], [7, 700, 1, 60]], "{said:#?}");
    let tags = &flows[&4_001]["tags"];
    assert_eq!((&tags["tls.sni"], &tags["suricata.alert"]), (&json!("shop.example"), &json!("odd, odder")), "{said:#?}");
    let counts =
        said.iter().find_map(|line| line.strip_prefix(&format!("glouglou: guts {socket}: "))).unwrap_or_else(|| panic!("{said:#?}"));
    assert_eq!(counts, "2 lines that are no JSON, 1 lines too long, 5 records, 1 records of no flow");
}

#[test]
fn a_mapping_that_makes_no_sense_is_an_error_that_says_where() {
    let dir = Scratch::new();
    let map = dir.path("map.toml");
    for (from, to, says) in
        [("[end]", "[ending]", "ending"), ("\"tls.sni\"", "\"tls.snow\"", "tls.snow"), ("\"totals\"", "\"sums\"", "sums")]
    {
        fs::write(&map, MAPPING.replace(from, to)).unwrap();
        let mut command = std::process::Command::new(glouglou());
        command.args(["table", "--guts", "/none", "--guts-map"]).arg(&map);
        let ran = tests::run::run(&mut command, std::time::Duration::from_secs(30));
        assert!(ran.status.unwrap().code() == Some(1) && ran.stderr.contains(says) && ran.stderr.contains("map.toml"), "{}", ran.stderr);
    }
}
