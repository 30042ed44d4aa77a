//! Computations in the real program: files of its user, what it remembers from run to run, what it says of files that are none.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use capture::file::PcapWriter;
use graph::Time;
use serde_json::Value;
use tests::mmdb::{country, database, owner};
use tests::run::{Ran, run};
use tests::{glouglou, scratch::Scratch};
use wire::packet::LinkType;

const LIMIT: Duration = Duration::from_secs(30);
const ETHERNET: LinkType = LinkType(1);

/// The program, with a home of its own.
fn program(scratch: &Scratch, args: &[&str]) -> Command {
    let mut command = Command::new(glouglou());
    command.args(args).env("HOME", scratch.path("")).env_remove("XDG_STATE_HOME").env_remove("SUDO_UID");
    command
}

fn ran(scratch: &Scratch, args: &[&str]) -> Ran {
    let ran = run(&mut program(scratch, args), LIMIT);
    assert!(ran.status.is_some_and(|status| status.success()), "{args:?}: {}", ran.stderr);
    ran
}

fn flows(ran: &Ran) -> Vec<Value> {
    let lines = String::from_utf8_lossy(&ran.stdout).into_owned();
    lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).filter(|line| line["type"] == "flow").collect()
}

/// One connection to an address of the Internet, from a card that nobody made.
fn recording(scratch: &Scratch) -> PathBuf {
    let path = scratch.path("small.pcap");
    let mut writer = PcapWriter::new(std::fs::File::create(&path).unwrap(), ETHERNET).unwrap();
    let mut packet = vec![0x00, 0xd0, 0xef, 0, 0, 1, 0x02, 0, 0, 0, 0, 2, 0x08, 0x00];
    packet.extend([0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 203, 0, 113, 5]);
    packet.extend(50_000_u16.to_be_bytes().iter().chain(&443_u16.to_be_bytes()));
    packet.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x20, 0, 0, 0, 0, 0]);
    writer.packet(Time::from_secs(5), &packet, packet.len() as u32).unwrap();
    path
}

fn put(scratch: &Scratch, name: &str, file: &[u8]) -> PathBuf {
    let path = scratch.path(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, file).unwrap();
    path
}

#[test]
fn databases_of_the_user_name_countries_and_owners() {
    let scratch = Scratch::new();
    let path = recording(&scratch);
    put(&scratch, "geo/Made-Country.mmdb", &database("Made-Country", 6, &[("203.0.113.0/24", country("SE"))]));
    put(&scratch, "geo/Made-City.mmdb", b"it is not looked at");
    let asn = put(&scratch, "asn.mmdb", &database("Made-ASN", 4, &[("203.0.113.0/24", owner(64_500, "Made Up"))]));
    let dir = scratch.path("geo");
    let (path, dir, asn) = (path.to_str().unwrap(), dir.to_str().unwrap(), asn.to_str().unwrap());
    let all = ran(&scratch, &["table", "--json", "-r", path, "--geoip", dir, "--geoip", asn]);
    let tags = &flows(&all)[0]["tags"];
    let said = |name: &str| tags[name].as_str().unwrap_or_default().to_owned();
    assert_eq!([said("dst.country"), said("dst.as.number"), said("dst.as.org")], ["SE", "64500", "Made Up"], "{}", all.stderr);
    assert_eq!([said("src.scope"), said("dst.scope"), said("src.vendor")], ["lan", "internet", "locally administered"]);
    assert!(all.stderr.is_empty(), "{}", all.stderr);
    for (query, found) in [("country = SE", 1), ("country not in {SE, FI}", 0), ("dst.as.org ~ made", 1), ("src.scope = lan", 1)] {
        let asked = ran(&scratch, &["table", "--json", "-r", path, "--geoip", dir, "--geoip", asn, "-q", query]);
        assert_eq!(flows(&asked).len(), found, "{query}");
    }
}

#[test]
fn a_database_that_is_none_is_named_and_nothing_else_is_lost() {
    let scratch = Scratch::new();
    let path = recording(&scratch);
    let bad = put(&scratch, "bad.mmdb", b"\xab\xcd\xefMaxMind.com and no more");
    let none = scratch.path("none.mmdb");
    let args = ["table", "--json", "-r", path.to_str().unwrap(), "--geoip", bad.to_str().unwrap(), "--geoip", none.to_str().unwrap()];
    let all = ran(&scratch, &args);
    assert_eq!(flows(&all).len(), 1);
    assert!(all.stderr.contains("bad.mmdb is no database") && all.stderr.contains("get it anew"), "{}", all.stderr);
    assert!(all.stderr.contains("none.mmdb") && all.stderr.contains("ls -l"), "{}", all.stderr);
}

#[test]
fn whom_it_met_is_forgotten_when_it_is_told_to() {
    let scratch = Scratch::new();
    let kept = put(&scratch, ".local/state/glouglou/computations/first-contact", b"whatever it is");
    ran(&scratch, &["forget"]);
    assert!(!kept.exists());
    ran(&scratch, &["forget"]);
}
