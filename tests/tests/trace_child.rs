//! The child that traces routes: what it may not, and what is left of it.

use std::process::Command;

use tests::netns::{NEEDS, Namespace};
use tests::probe::Probe;
use tests::{Need, able};

const PROGRAM: &str = env!("CARGO_BIN_EXE_child");

#[test]
fn it_has_its_sockets_and_can_do_nothing_else() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("sh")]) {
        return;
    }
    let here = Namespace::new();
    let pid = std::process::id().to_string();
    let mut child = Probe::start(&here, Command::new("sh").args(["-c", "exec \"$@\" 2>&1", "sh", PROGRAM, "traces", &pid]));
    let tried = [
        "read a file",
        "make a directory",
        "open a socket: raw",
        "open a socket: UDP",
        "open a socket: TCP",
        "open a socket: packet",
        "open a socket: local",
        "signal somebody",
        "trace somebody",
        "become root",
        "make a namespace",
        "change its root",
        "run a program",
        "start a thread",
    ];
    for what in tried {
        assert_eq!(child.hear(what), ": Operation not permitted", "{what}");
    }
    child.hear("ready");
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(child.status(set), "0000000000000000", "{set}");
    }
    assert!(child.status("Uid").split_whitespace().all(|uid| uid == "65534"), "{}", child.status("Uid"));
    assert_eq!((child.status("NoNewPrivs"), child.status("Seccomp"), child.status("Threads")), ("1".into(), "2".into(), "1".into()));
    child.say("");
}

#[test]
fn without_a_privilege_it_says_so() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("setpriv")]) {
        return;
    }
    let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", PROGRAM, "traces", "1"];
    let ran = Command::new("setpriv").args(nobody).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stderr), "error: cannot open a raw socket: Operation not permitted (os error 1)\n");
    // With the one that it takes, whoever one is.
    let able = ["--inh-caps", "-all,+net_raw", "--ambient-caps", "-all,+net_raw"];
    let here = Namespace::new();
    let mut command = Command::new("setpriv");
    command.args(&nobody[..5]).args(able).args(["sh", "-c", "exec \"$@\" 2>&1", "sh"]).args(&nobody[5..]);
    let mut child = Probe::start(&here, &mut command);
    child.hear("ready");
    assert_eq!((child.status("CapPrm"), child.status("Seccomp")), ("0000000000000000".into(), "2".into()));
    child.say("");
}
