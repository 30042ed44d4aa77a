//! Privileges are gone after the drop, all of them and for good, and what was open goes on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use nix::unistd::{Uid, User};
use tests::netns::{Cable, NEEDS};
use tests::probe::Probe;
use tests::sender::{Load, send};
use tests::{Need, able, skip};

const NONE: &str = "0000000000000000";

fn live(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_live"));
    command.args(arguments).env_remove("SUDO_UID").env_remove("SUDO_GID").env_remove("PKEXEC_UID");
    command.env_remove("DISPLAY").env_remove("XAUTHORITY");
    command
}

/// No capability in any set, no way to gain one, and packets still come.
fn is_harmless_and_captures(cable: &Cable, probe: Probe, sets: &[&str]) {
    for set in sets {
        assert_eq!(probe.status(set), NONE, "{set}");
    }
    assert_eq!(probe.status("NoNewPrivs"), "1");
    cable.near.enter(|| send(Load { to: Cable::FAR, packets: 10, per_sec: 1_000, flows: 1, payload_bytes: 64 }));
    probe.hear("packets 10");
    assert_eq!(probe.stop().get("packets"), 10);
}

const SETS: [&str; 5] = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];

#[test]
fn root_becomes_nobody() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("setpriv")]) {
        return;
    }
    let cable = Cable::new();
    let mut command = Command::new("setpriv");
    command.args(["--groups", "0,7", env!("CARGO_BIN_EXE_live"), "far", "drop"]);
    let probe = Probe::start(&cable.far, command.env_remove("SUDO_UID").env_remove("PKEXEC_UID"));
    let Ok(Some(nobody)) = User::from_name("nobody") else { return skip("no user nobody") };
    let (uid, gid) = (nobody.uid, nobody.gid);
    assert_eq!(probe.hear("dropped"), format!("nobody {uid} {gid} {}", nobody.dir.display()));
    assert_eq!(probe.status("Uid"), format!("{uid}\t{uid}\t{uid}\t{uid}"));
    assert_eq!(probe.status("Gid"), format!("{gid}\t{gid}\t{gid}\t{gid}"));
    assert!(!probe.status("Groups").split(' ').any(|group| ["0", "7"].contains(&group)), "{}", probe.status("Groups"));
    is_harmless_and_captures(&cable, probe, &SETS);
}

#[test]
fn under_sudo_it_becomes_the_user_who_called() {
    if !able(&NEEDS) {
        return;
    }
    // Some user that every system has and that is neither root nor nobody.
    let Ok(Some(user)) = User::from_uid(Uid::from_raw(1)) else { return skip("no user of number 1") };
    let cable = Cable::new();
    let sudo = |variable: &str| {
        let mut command = live(&["far", "drop"]);
        command.env(variable, user.uid.to_string()).env("HOME", "/home/bob");
        Probe::start(&cable.far, &mut command)
    };
    for variable in ["SUDO_UID", "PKEXEC_UID"] {
        let probe = sudo(variable);
        let expected = format!("{} {} {} {}", user.name, user.uid, user.gid, user.dir.display());
        assert_eq!(probe.hear("dropped"), expected, "{variable}");
        is_harmless_and_captures(&cable, probe, &SETS);
    }
}

#[test]
fn the_display_of_root_is_still_open_to_nobody() {
    if !able(&NEEDS) {
        return;
    }
    let cable = Cable::new();
    let file = std::env::temp_dir().join(format!("glouglou-cookies-{}", std::process::id()));
    fs::write(&file, "a cookie").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let probe = Probe::start(&cable.far, live(&["far", "drop"]).env("DISPLAY", ":99").env("XAUTHORITY", &file));
    let cookies = probe.hear("cookies");
    fs::remove_file(&file).unwrap();
    assert_eq!(cookies, "a cookie");
}

#[test]
fn with_file_capabilities_the_user_stays_and_they_go() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("setcap")]) {
        return;
    }
    let program = Copied::new();
    let set = Command::new("setcap").arg("cap_net_raw,cap_net_admin+ep").arg(&program.0).output().unwrap();
    if !set.status.success() {
        return skip("this file system keeps no capabilities");
    }
    let cable = Cable::new();
    let mut command = Command::new(&program.0);
    command.args(["far", "drop"]).uid(4242).gid(4243);
    let probe = Probe::start(&cable.far, &mut command);
    assert!(probe.hear("dropped").starts_with("4242 4242 4243 "));
    // The bounding set takes a capability to clear that such a program has not; no_new_privs bars that way.
    is_harmless_and_captures(&cable, probe, &["CapInh", "CapPrm", "CapEff", "CapAmb"]);
}

#[test]
fn what_cannot_be_dropped_ends_the_program() {
    if !able(&NEEDS) {
        return;
    }
    let cable = Cable::new();
    let threads = Probe::start(&cable.far, &mut live(&["far", "thread", "drop"]));
    assert!(threads.hear("error:").starts_with("privileges must be dropped before the first thread is started; 2 run"));
    let strange = Probe::start(&cable.far, live(&["far", "drop"]).env("SUDO_UID", "-1"));
    assert_eq!(strange.hear("error:"), r#"SUDO_UID is no user or group number: "-1""#);
}

/// A copy of the program that others may run, where nothing else is; it goes when this is dropped.
struct Copied(PathBuf);

impl Copied {
    fn new() -> Copied {
        let copy = Copied(std::env::temp_dir().join(format!("glouglou-live-{}", std::process::id())));
        fs::copy(env!("CARGO_BIN_EXE_live"), &copy.0).unwrap();
        fs::set_permissions(&copy.0, fs::Permissions::from_mode(0o755)).unwrap();
        copy
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _gone = fs::remove_file(&self.0);
    }
}
