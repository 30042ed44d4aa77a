//! Suricata's records beside a capture and a recording, by each way in which they come: whatever is wrong is counted by its reason, and the rest is
//! found at the flows that the packets are of.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{Read, Write};
use std::net::{Shutdown, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::{Value, json};
use socket2::SockRef;
use tests::desk::nine_hosts;
use tests::hosts::program;
use tests::netns::{Cable, NEEDS};
use tests::probe::Probe;
use tests::run::run;
use tests::scratch::Scratch;
use tests::{Need, able, glouglou, wait};

/// Ten times what a line may have.
const LONG: usize = 10 << 20;

/// A record of that type, of a datagram from the near end of the cable.
fn record(event_type: &str, port: u16, says: (&str, Value)) -> String {
    let (near, far) = (Cable::NEAR.to_string(), Cable::FAR.to_string());
    let mut record = json!({
        "timestamp": "2026-11-22T20:00:00.000001+0000", "flow_id": u64::from(port), "in_iface": "far", "event_type": event_type,
        "src_ip": near, "src_port": port, "dest_ip": far, "dest_port": 5_000, "proto": "UDP",
    });
    record[says.0] = says.1;
    record.to_string()
}

fn alert(port: u16, signature: &str) -> String {
    record("alert", port, ("alert", json!({ "signature": signature, "severity": 2, "category": "odd", "action": "allowed" })))
}

/// Lines that are wrong, each in its own way, and what each is counted as.
fn wrong(long: usize) -> Vec<(Vec<u8>, &'static str)> {
    let good = alert(1, "never told");
    vec![
        (good[..good.len() / 2].into(), "lines that are no JSON"),
        (format!(r#"{{"event_type":"alert","x":"{}"}}"#, "x".repeat(long)).into(), "lines too long"),
        ([&good.as_bytes()[..20], b"\xff\xfe", &good.as_bytes()[20..]].concat(), "lines that are not UTF-8"),
        (good.replace(&Cable::FAR.to_string(), "10.99.0.256").into(), "records with a bad address"),
        (good.replace("5000", "500000").into(), "records with a bad port"),
        (good.replace("UDP", "PIGEON").into(), "records of an unknown protocol"),
        (good.replace("event_type", "evening").into(), "records without a type"),
    ]
}

/// What the source says at its end that it counted.
fn counted(said: &[String]) -> BTreeMap<String, u64> {
    let line = said.iter().find_map(|line| line.strip_prefix("glouglou: suricata ")).unwrap_or_else(|| panic!("no counts in {said:#?}"));
    let (_, counts) = line.rsplit_once(": ").unwrap();
    let each = counts.split(", ").map(|count| count.split_once(' ').unwrap());
    each.map(|(n, what)| (what.to_owned(), n.parse().unwrap())).collect()
}

/// What a tag says of each flow that has it, by the port that the flow came from.
fn tagged(said: &[String], tag: &str) -> BTreeMap<u16, String> {
    let lines = said.iter().filter_map(|line| serde_json::from_str::<Value>(line).ok()).filter(|line| line["type"] == "flow");
    let of = |flow: Value| {
        let ports = [&flow["src_port"], &flow["dst_port"]].map(|port| port.as_u64().unwrap() as u16);
        Some((ports.into_iter().max()?, flow["tags"][tag].as_str()?.to_owned()))
    };
    lines.filter_map(of).collect()
}

/// A capture at one end of a cable, with records beside it.
struct Watched {
    cable: Cable,
    dir: Scratch,
}

impl Watched {
    fn new() -> Watched {
        let dir = Scratch::new();
        // Who captures is nobody by the time that it listens.
        fs::set_permissions(dir.path(""), Permissions::from_mode(0o777)).unwrap();
        Watched { cable: Cable::new(), dir }
    }

    fn path(&self) -> PathBuf {
        self.dir.path("eve")
    }

    /// Starts it; it captures, and hears records that way.
    fn start(&self, way: &str) -> Probe {
        let way = format!("{way}{}", self.path().display());
        let args = ["table", "--json", "-i", "far", "--suricata", &way];
        let watch = Probe::start(&self.cable.far, &mut program(&glouglou(), &self.dir, &args));
        // Its own, and that of who looks for owners.
        wait("a capture", || self.cable.far.captures() > 1);
        watch
    }

    /// A datagram from each port.
    fn talk(&self, ports: impl IntoIterator<Item = u16> + Send) {
        self.cable.near.enter(|| {
            for port in ports {
                let socket = UdpSocket::bind((Cable::NEAR, port)).unwrap();
                socket.send_to(b"x", (Cable::FAR, 5_000)).unwrap();
            }
        });
    }
}

fn ready() -> bool {
    able(&[NEEDS[0], NEEDS[1], Need::Program("sh")])
}

/// Who writes to the stream, as Suricata does: until all of it was read.
fn stream(path: &Path, bytes: &[u8]) {
    let mut stream = None;
    wait("somebody who listens", || {
        stream = UnixStream::connect(path).ok();
        stream.is_some()
    });
    let mut stream = stream.unwrap();
    stream.write_all(bytes).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0, "it says nothing, and lets go when it has read all");
}

#[test]
fn a_stream_is_read_whatever_is_wrong_in_it_and_whoever_comes_back() {
    if !ready() {
        return;
    }
    let watched = Watched::new();
    let watch = watched.start("unix:");
    watched.talk([6_001, 6_002, 6_003]);
    stream(&watched.path(), format!("{}\n{}\n", alert(6_001, "one"), alert(6_001, "two")).as_bytes());
    // The second time with everything that can be wrong, and what is right between.
    let lines: Vec<u8> =
        wrong(LONG).into_iter().flat_map(|(line, _)| [&line[..], b"\n", alert(6_002, "between").as_bytes(), b"\n"].concat()).collect();
    stream(&watched.path(), &lines);
    let sni = record("tls", 6_003, ("tls", json!({ "sni": "shop.example", "version": "TLS 1.3" })));
    stream(&watched.path(), format!("{sni}\n").as_bytes());
    let said = watch.finish();
    assert_eq!(tagged(&said, "suricata.alert"), [(6_001, "one, two".to_owned()), (6_002, "between".to_owned())].into(), "{said:#?}");
    assert_eq!(tagged(&said, "tls.sni"), [(6_003, "shop.example".to_owned())].into(), "{said:#?}");
    let counted = counted(&said);
    for (_, what) in wrong(0) {
        assert_eq!(counted.get(what), Some(&1), "{what}: {counted:?}");
    }
    assert_eq!((counted["records"], counted["alert"], counted["tls"]), (10, 9, 1), "{counted:?}");
    assert!(!watched.path().exists(), "what it listened at goes with it");
}

/// Who writes datagrams, as Suricata does.
struct Datagrams(UnixDatagram);

impl Datagrams {
    fn connect(path: &Path) -> Datagrams {
        let socket = UnixDatagram::unbound().unwrap();
        wait("somebody who listens", || socket.connect(path).is_ok());
        nix::sys::socket::setsockopt(&socket, nix::sys::socket::sockopt::SndBufForce, &(4 << 20)).unwrap();
        Datagrams(socket)
    }

    fn send(&self, line: &[u8]) {
        self.0.send(line).unwrap();
    }

    /// Waits until all was read: with the smallest buffer there is the kernel takes more only when nothing of such a size is on its way.
    fn are_read(self, last: &str) {
        self.send(format!("{last}{}", " ".repeat(3_000)).as_bytes());
        SockRef::from(&self.0).set_send_buffer_size(1).unwrap();
        let mut writable = [PollFd::new(self.0.as_fd(), PollFlags::POLLOUT)];
        assert_eq!(poll(&mut writable, PollTimeout::from(20_000_u16)), Ok(1), "it reads");
    }
}

#[test]
fn datagrams_are_read_whatever_is_wrong_with_them_and_whoever_sends() {
    if !ready() {
        return;
    }
    let watched = Watched::new();
    let watch = watched.start("unixgram:");
    watched.talk([6_001, 6_002]);
    let first = Datagrams::connect(&watched.path());
    first.send(alert(6_001, "one").as_bytes());
    // The longest that the kernel takes of anybody is longer than a line may be.
    wrong(3 << 19).iter().for_each(|(line, _)| first.send(line));
    first.are_read(&alert(6_001, "two"));
    Datagrams::connect(&watched.path()).are_read(&alert(6_002, "another"));
    let said = watch.finish();
    assert_eq!(tagged(&said, "suricata.alert"), [(6_001, "one, two".to_owned()), (6_002, "another".to_owned())].into(), "{said:#?}");
    let counted = counted(&said);
    for (_, what) in wrong(0) {
        assert_eq!(counted.get(what), Some(&1), "{what}: {counted:?}");
    }
    assert_eq!(counted["records"], 3);
}

/// How far a program has read a file, if it has it open: by the name that the file has now.
fn read_until(program: &Probe, file: &Path) -> Option<u64> {
    let proc = format!("/proc/{}", program.pid());
    let open = fs::read_dir(format!("{proc}/fd")).unwrap().flatten().find(|fd| fs::read_link(fd.path()).is_ok_and(|to| to == file))?;
    let info = fs::read_to_string(format!("{proc}/fdinfo/{}", open.file_name().display())).ok()?;
    info.lines().find_map(|line| line.strip_prefix("pos:")?.trim().parse().ok())
}

#[test]
fn a_file_is_read_over_its_rotation_its_truncation_and_its_absence() {
    if !ready() {
        return;
    }
    let watched = Watched::new();
    let (file, old) = (watched.path(), watched.dir.path("eve.1"));
    let append = |path: &Path, line: String| {
        let mut file = File::options().append(true).create(true).open(path).unwrap();
        file.write_all(format!("{line}\n").as_bytes()).unwrap();
    };
    append(&file, alert(6_001, "before anybody looked"));
    let watch = watched.start("");
    let read = |path: &Path| wait("all of it to be read", || read_until(&watch, path) == Some(fs::metadata(path).unwrap().len()));
    watched.talk(6_001..6_006);
    read(&file);
    append(&file, alert(6_001, "at first"));
    read(&file);
    // Suricata writes to the file that it has until it is told of the new one.
    fs::rename(&file, &old).unwrap();
    append(&old, alert(6_002, "late"));
    append(&file, alert(6_003, "anew"));
    read(&old);
    read(&file);
    File::options().write(true).open(&file).unwrap().set_len(0).unwrap();
    wait("a file that is read from its beginning", || read_until(&watch, &file) == Some(0));
    append(&file, alert(6_004, "truncated"));
    read(&file);
    fs::remove_file(&file).unwrap();
    watch.hear("glouglou: suricata: there is no such file now");
    append(&file, alert(6_005, "back"));
    watch.hear("glouglou: suricata: the file is there");
    read(&file);
    let said = watch.finish();
    let wanted = [(6_001, "at first"), (6_002, "late"), (6_003, "anew"), (6_004, "truncated"), (6_005, "back")];
    assert_eq!(tagged(&said, "suricata.alert"), wanted.map(|(port, text)| (port, text.to_owned())).into(), "{said:#?}");
    assert_eq!(counted(&said)["records"], 5);
}

/// `glouglou table` over a recording of nine hosts that ask the last of them for names.
fn recorded(dir: &Scratch, way: &str) -> (Option<i32>, Vec<String>) {
    let recording = dir.path("nine.pcap");
    nine_hosts(&recording);
    let mut command = Command::new(glouglou());
    let ran = run(command.args(["table", "--json", "--suricata", way, "-r"]).arg(&recording), Duration::from_secs(30));
    let said = String::from_utf8_lossy(&ran.stdout).lines().chain(ran.stderr.lines()).map(str::to_owned).collect();
    (ran.status.and_then(|status| status.code()), said)
}

#[test]
fn what_was_found_in_a_recording_is_read_to_its_end() {
    let dir = Scratch::new();
    let of = |line: String| line.replace("10.99.0.1", "10.0.0.3").replace("10.99.0.2", "10.0.0.9").replace("5000", "53");
    let lines = wrong(LONG).into_iter().map(|(line, _)| line).chain([of(alert(49_152 + 3, "odd")).into()]);
    // The last line has no end.
    fs::write(dir.path("eve.json"), lines.collect::<Vec<_>>().join(&b'\n')).unwrap();
    let (code, said) = recorded(&dir, dir.path("eve.json").to_str().unwrap());
    assert_eq!(code, Some(0), "{said:#?}");
    assert_eq!(tagged(&said, "suricata.alert"), [(49_155, "odd".to_owned())].into(), "{said:#?}");
    let counted = counted(&said);
    assert!(wrong(0).iter().all(|(_, what)| counted.get(*what) == Some(&1)), "{counted:?}");
    assert_eq!(said.iter().filter(|line| line.contains(r#""type":"flow""#)).count(), 8, "{said:#?}");
}

#[test]
fn what_is_no_file_is_refused_beside_a_recording() {
    let dir = Scratch::new();
    let pipe = dir.path("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let missing = dir.path("none").display().to_string();
    for (way, says) in [
        (pipe.display().to_string(), "it is no file"),
        (missing.clone(), "there is no such file"),
        (format!("unix:{missing}"), "of a recording it is read in a file"),
        (format!("unixgram:{missing}"), "of a recording it is read in a file"),
    ] {
        let (code, said) = recorded(&dir, &way);
        assert!(code == Some(1) && said.iter().any(|line| line.contains(says)), "{way}: {code:?} {said:#?}");
    }
}
