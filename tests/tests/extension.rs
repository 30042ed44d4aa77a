//! An extension, as its author runs it: one file that registers columns, a dissector and a module of its own, and everything else knows nothing of them.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use capture::file::PcapWriter;
use graph::Time;
use serde_json::{Value, json};
use tests::example;
use tests::run::run;
use tests::scratch::Scratch;
use tests::signalling::{M3UA, MODULE, point_code, sctp};
use wire::packet::LinkType;

const EXCHANGE: [u8; 4] = [192, 0, 2, 1];
const GATEWAY: [u8; 4] = [192, 0, 2, 2];

/// A packet with that in it.
fn packet(src: [u8; 4], dst: [u8; 4], codes: (u32, u32), service: u8) -> Vec<u8> {
    let ports = if src == EXCHANGE { (40_000, M3UA) } else { (M3UA, 40_000) };
    let sctp = sctp(ports, codes, service);
    let len = (20 + sctp.len()) as u16;
    [&[0x45, 0][..], &len.to_be_bytes(), &[0, 0, 0x40, 0, 64, 132, 0, 0], &src, &dst, &sctp].concat()
}

fn recording(scratch: &Scratch) -> PathBuf {
    let path = scratch.path("signalling.pcap");
    let mut writer = PcapWriter::new(std::fs::File::create(&path).unwrap(), LinkType(101)).unwrap();
    let (a, b) = (point_code(2, 100, 1), point_code(5, 7, 3));
    let packets = [packet(EXCHANGE, GATEWAY, (a, b), 3), packet(GATEWAY, EXCHANGE, (b, a), 3), packet(EXCHANGE, GATEWAY, (a, b), 5)];
    for (at, packet) in (1..).zip(packets) {
        writer.packet(Time(at * 1_000_000), &packet, packet.len() as u32).unwrap();
    }
    path
}

fn extended(args: &[&str], file: &PathBuf) -> String {
    let ran = run(Command::new(example("extension")).arg("table").args(args).arg("-r").arg(file), Duration::from_secs(30));
    assert!(ran.status.unwrap().success(), "{}", ran.stderr);
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn its_columns_are_exported_like_all_others_and_its_events_are_told() {
    let scratch = Scratch::new();
    let file = recording(&scratch);
    let lines: Vec<Value> = extended(&["--json"], &file).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let flow = lines.iter().find(|line| line["type"] == "flow").unwrap();
    let tags = &flow["tags"];
    assert_eq!((&flow["src"], &flow["proto"]), (&json!("192.0.2.1"), &json!("sctp")));
    assert_eq!((&tags["src.m3ua.point_code"], &tags["dst.m3ua.point_code"]), (&json!("2-100-1"), &json!("5-7-3")));
    assert_eq!((&tags["m3ua.service"], &tags["app.protocol"]), (&json!("SCCP, ISUP"), &json!("m3ua")));
    let events: Vec<&Value> = lines.iter().filter(|line| line["type"] == "event").collect();
    let payloads: Vec<&str> = events.iter().filter_map(|event| event["payload"].as_str()).collect();
    assert_eq!(payloads, ["000013210000283b03", "0000283b0000132103"]);
    assert!(events.iter().all(|event| event["module"] == MODULE && event["kind"] == 1));

    let headers = extended(&["--json", "--headers-only"], &file);
    assert!(
        headers.contains("sctp")
            && !headers.contains("m3ua.")
            && !headers.contains("app.protocol")
            && !headers.contains(r#""type":"event""#),
        "{headers}"
    );

    let csv = extended(&["--csv"], &file);
    let mut rows = csv.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let (head, row) = (rows.next().unwrap(), rows.next().unwrap());
    let cell = |name: &str| row[head.iter().position(|column| *column == name).unwrap()];
    assert_eq!((cell("src.m3ua.point_code"), cell("dst.m3ua.point_code")), ("2-100-1", "5-7-3"));
}
