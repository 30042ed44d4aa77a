//! The examples: a probe in a few lines of another language says what the protocol says, and a viewer shows it.

use std::process::{Child, Command};

use serde_json::Value;
use tests::netns::{NEEDS, Namespace};
use tests::parties::Party;
use tests::{Need, able, glouglou, wait};
use wire::glouglou::{Addr, Conn, ContentHead, Counts, Data, Datagram, Key, NewConn, Packer, Record};

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/probe.py");
const SHELL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/probe.sh");
const AT_US: u64 = 1_700_000_000_000_000;

/// What the protocol's own implementation says: a flow of that client, then that it has grown.
fn expected(probe_id: u32, client: [u8; 4], port: u16) -> [String; 2] {
    let key = Key { proto: 6, src: Addr { ip: client.into(), port }, dst: Addr { ip: [198, 51, 100, 20].into(), port: 443 } };
    let conn = Conn { key, id: 1 };
    let counts = Counts { bytes_fwd: 3_000, bytes_rev: 3_000, packets_fwd: 3, packets_rev: 3 };
    let records =
        [Record::NewConn(NewConn { conn, start_us: AT_US, pid: 0 }), Record::Data(Data { conn, size_fwd: 1_000, size_rev: 1_000, counts })];
    let mut number = 0;
    records.map(|record| {
        let head = ContentHead { t_base_us: AT_US, first_event_seq: number, snapshot: false, sampling_n: 1 };
        let mut packer = Packer::new(head);
        packer.push(&record, 0, &[]).unwrap();
        let datagram = Datagram::Plain { probe_id, seq: number, content: &packer.finish() }.to_bytes();
        number += 1;
        datagram.iter().map(|byte| format!("{byte:02x}")).collect()
    })
}

fn said(program: &str, arguments: &[&str]) -> Vec<String> {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn in_python_it_says_the_same_bytes() {
    if !able(&[Need::Program("python3")]) {
        return;
    }
    let script = format!(
        "import importlib.util as u; s = u.spec_from_file_location('p', '{PYTHON}'); p = u.module_from_spec(s); s.loader.exec_module(p); \
         print(p.plain(42, 0, {AT_US}, 0, p.newconn({AT_US})).hex()); print(p.plain(42, 1, {AT_US}, 1, p.data(3, 1000)).hex())"
    );
    assert_eq!(said("python3", &["-B", "-c", &script]), expected(42, [192, 0, 2, 10], 50_000));
}

#[test]
fn in_shell_it_says_the_same_bytes() {
    if !able(&[Need::Program("bash")]) {
        return;
    }
    let script = format!(". {SHELL}; plain 43 0 {AT_US} 0 $(newconn {AT_US}); plain 43 1 {AT_US} 1 $(data 3 1000)");
    assert_eq!(said("bash", &["-c", &script]), expected(43, [192, 0, 2, 11], 50_001));
}

/// A program that is ended with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

#[test]
fn a_viewer_shows_the_flows_of_both() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("python3"), Need::Program("bash")]) {
        return;
    }
    let host = Namespace::new();
    let viewing = Party::on(&host);
    let viewer = viewing.start(glouglou(), &["table", "--json", "--listen", "127.0.0.1:4430", "--plain"]);
    viewer.hear("glouglou: listens at");
    let examples = [("python3", PYTHON), ("bash", SHELL)]
        .map(|(program, path)| host.enter(|| Running(Command::new(program).arg(path).spawn().unwrap())));
    viewer.hear("glouglou: the probe 0000002");
    viewer.hear("glouglou: the probe 0000002");
    // Until both flows have grown.
    let sent = || host.enter(|| std::fs::read_to_string("/proc/thread-self/net/snmp").unwrap());
    let received = |text: &str| {
        text.lines().filter(|line| line.starts_with("Udp:")).nth(1).and_then(|line| line.split(' ').nth(1)?.parse::<u64>().ok()).unwrap()
    };
    wait("a dozen datagrams", || received(&sent()) >= 12);
    drop(examples);
    let lines: Vec<Value> = viewer.finish().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    for (client, port) in [("192.0.2.10", 50_000), ("192.0.2.11", 50_001)] {
        let flow = lines.iter().find(|line| line["type"] == "flow" && line["src"] == client).unwrap_or_else(|| panic!("{lines:#?}"));
        assert_eq!((&flow["src_port"], &flow["dst_port"], &flow["proto"]), (&port.into(), &443.into(), &"tcp".into()));
        let packets = flow["packets_fwd"].as_u64().unwrap();
        assert!(packets >= 2 && flow["bytes_fwd"].as_u64() == Some(packets * 1_000), "{flow:#}");
    }
}
