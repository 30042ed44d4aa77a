//! A user without privilege watches this machine through the helper: a `ggprobe` that carries capabilities, or that pkexec lets run as root.

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use capture::World;
use capture::remote::helper::{By, Config};
use capture::source::{Context, Outlet, Progress, Source};
use crossbeam_channel::bounded;
use graph::{OriginId, Realm, Time};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::sockopt::ReceiveTimeout;
use nix::sys::socket::{AddressFamily, MsgFlags, SockFlag, SockType, recv, setsockopt, socketpair};
use nix::sys::time::{TimeVal, TimeValLike};
use nix::unistd::Pid;
use serde_json::Value;
use tests::family::{descendants, is_over, threads};
use tests::netns::{NEEDS, Namespace};
use tests::probe::Probe;
use tests::run::{Ran, run};
use tests::scratch::Scratch;
use tests::sender::{Load, send};
use tests::{Need, able, ggprobe, glouglou, skip, wait};

const LOAD: Load = Load { to: Ipv4Addr::LOCALHOST, packets: 200, per_sec: 2_000, flows: 4, payload_bytes: 64 };
const NONE: &str = "0000000000000000";
/// Who may run the helper, and who may not; neither has an entry.
const MEMBER: u32 = 61_001;
const STRANGER: u32 = 61_002;

/// Both programs as a package installs them, the helper for one group alone.
struct Installed {
    folder: Scratch,
    host: Namespace,
}

impl Installed {
    /// None, which is said, where the file system keeps no capabilities.
    fn new() -> Option<Installed> {
        if !able(&[NEEDS[0], NEEDS[1], Need::Program("setpriv"), Need::Program("setcap")]) {
            return None;
        }
        let installed = Installed { folder: Scratch::new(), host: Namespace::new() };
        fs::set_permissions(installed.folder.path(""), PermissionsExt::from_mode(0o755)).unwrap();
        for (program, group, mode) in [(glouglou(), 0, 0o755), (ggprobe(), MEMBER, 0o750)] {
            let copy = installed.folder.path(program.file_name().unwrap());
            fs::copy(program, &copy).unwrap();
            chown(&copy, Some(0), Some(group)).unwrap();
            fs::set_permissions(copy, PermissionsExt::from_mode(mode)).unwrap();
        }
        let set = Command::new("setcap").arg("cap_net_raw,cap_net_admin+ep").arg(installed.helper()).output().unwrap();
        let may = set.status.success() && installed.run(MEMBER, "ggprobe", &["helper", "--check"]).status.unwrap().success();
        if !may {
            skip("this file system keeps no capabilities");
        }
        may.then_some(installed)
    }

    fn helper(&self) -> PathBuf {
        self.folder.path("ggprobe")
    }

    /// One of them, as that user, who has nothing else.
    fn command(&self, user: u32, program: &str, arguments: &[&str]) -> Command {
        let user = user.to_string();
        let mut command = Command::new("setpriv");
        command.args(["--reuid", &user, "--regid", &user, "--clear-groups", "sh", "-c", "exec \"$@\" 2>&1", "sh"]);
        command.arg(self.folder.path(program)).args(arguments).env("HOME", "/").env_remove("SUDO_UID").env_remove("PKEXEC_UID");
        command
    }

    fn run(&self, user: u32, program: &str, arguments: &[&str]) -> Ran {
        self.host.enter(|| run(&mut self.command(user, program, arguments), Duration::from_secs(20)))
    }

    /// What it says, and whether it ended well.
    fn says(&self, user: u32, program: &str, arguments: &[&str]) -> (String, bool) {
        let ran = self.run(user, program, arguments);
        (String::from_utf8(ran.stdout).unwrap(), ran.status.unwrap().success())
    }

    fn watch(&self, arguments: &[&str]) -> Probe {
        let probe = Probe::start(&self.host, &mut self.command(MEMBER, "glouglou", &[&["table", "--json"], arguments].concat()));
        wait("the helper is confined", || helper_of(&probe).is_some_and(|helper| threads(helper).len() > 4));
        probe
    }

    fn send(&self) {
        let _so_that_nothing_is_answered: Vec<UdpSocket> =
            self.host.enter(|| (20_000..20_004).map(|port| UdpSocket::bind((LOAD.to, port)).unwrap()).collect());
        self.host.enter(|| send(LOAD));
    }
}

fn helper_of(probe: &Probe) -> Option<u32> {
    descendants(probe.pid()).into_iter().find(|pid| threads(*pid).iter().any(|thread| thread.get("Name") == "ggprobe-helper"))
}

#[test]
fn who_may_run_the_helper_counts_what_was_sent() {
    let Some(installed) = Installed::new() else { return };
    let probe = installed.watch(&["-i", "lo", "-f", "udp dst portrange 20000-20001"]);
    let helper = helper_of(&probe).unwrap();
    for thread in threads(helper).iter().chain(&threads(probe.pid())) {
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
            assert_eq!(thread.get(set), NONE, "{set} of {thread:?}");
        }
        assert_eq!((thread.words("Uid"), thread.get("NoNewPrivs")), (vec![MEMBER.to_string().as_str(); 4], "1"), "{thread:?}");
    }
    threads(helper).iter().for_each(|thread| assert_eq!(thread.get("Seccomp"), "2", "{thread:?}"));
    installed.send();
    let lines: Vec<Value> = probe.finish().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let flows: Vec<&Value> = lines.iter().filter(|line| line["type"] == "flow").collect();
    let sum: u64 = flows.iter().map(|flow| flow["packets_fwd"].as_u64().unwrap()).sum();
    assert_eq!((flows.len(), sum), (2, LOAD.packets / 2), "{lines:#?}");
    assert!(flows.iter().all(|flow| flow["process_end"] == "dst" || flow["process_end"].is_null()), "{flows:#?}");
    let summary = lines.iter().find(|line| line["type"] == "summary").unwrap();
    assert_eq!(summary["packets"], LOAD.packets / 2);
    assert!(is_over(helper));
}

#[test]
fn what_is_refused_is_said() {
    let Some(installed) = Installed::new() else { return };
    let table = |user, arguments: &[&str]| installed.says(user, "glouglou", &[&["table", "--json"], arguments].concat());
    for (arguments, expected) in [
        (&["-i", "lo", "-f", "udp and and"] as &[&str], "lo: the helper that captures says: a filter takes numbers here"),
        (&["-i", "nowhere"], "no interface is called nowhere"),
    ] {
        let (said, well) = table(MEMBER, arguments);
        assert!(said.contains(expected) && !well, "{said}");
    }
    let (said, well) = table(STRANGER, &["-i", "lo"]);
    assert!(said.contains("not permitted to capture on lo: run sudo ") && !well, "{said}");
    let program = installed.helper().display().to_string();
    assert!(installed.says(MEMBER, "glouglou", &["interfaces"]).0.contains(&format!("{program} captures for you\n")));
    assert!(installed.says(STRANGER, "glouglou", &["interfaces"]).0.contains("No permission to capture: sudo "));
}

#[test]
fn the_helper_takes_nothing_else_from_its_caller() {
    let Some(installed) = Installed::new() else { return };
    let helper = |arguments: &[&str]| installed.says(MEMBER, "ggprobe", &[&["helper"], arguments].concat());
    let (said, well) = helper(&["--interface=lo"]);
    assert!(said.contains("its standard input is no socket of one") && !well, "{said}");
    for other in ["--key=/etc/passwd", "--to=192.0.2.1", "--keys=/tmp", "--user=daemon", "relay", "/bin/sh"] {
        let (said, well) = helper(&["--interface=lo", other]);
        assert!(said.contains("unexpected argument") && !well, "{other}: {said}");
    }
}

#[test]
fn each_ends_with_the_other() {
    let Some(installed) = Installed::new() else { return };
    let kill_9 = |pid: u32| kill(Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGKILL).unwrap();
    let probe = installed.watch(&["-i", "lo"]);
    let helper = helper_of(&probe).unwrap();
    kill_9(helper);
    probe.hear("glouglou: lo: the helper that captures was ended");
    let probe = installed.watch(&["-i", "lo"]);
    let helper = helper_of(&probe).unwrap();
    kill_9(probe.pid());
    wait("the helper ends", || is_over(helper));
}

/// What a source of a helper that pkexec starts says, where `pkexec` is that script.
fn by_pkexec(script: &str) -> String {
    let scratch = Scratch::new();
    let pkexec = scratch.path("pkexec");
    fs::write(&pkexec, script).unwrap();
    fs::set_permissions(&pkexec, PermissionsExt::from_mode(0o755)).unwrap();
    let by = By::Pkexec { pkexec, program: "/usr/bin/ggprobe".into() };
    let config = Config { by, interface: "lo".to_owned(), filter: String::new(), promiscuous: true, site: Realm(2) };
    let (_commands, commands) = bounded(1);
    let context = Context {
        origin: OriginId(0),
        world: World::alone().unwrap().into(),
        outlet: Outlet(bounded(64).0),
        commands,
        notices: bounded(64).0,
        progress: Progress::default().into(),
        clock: || Time::from_secs(1_700_000_000),
    };
    Box::new(config.open().unwrap()).run(context).unwrap_err().to_string()
}

#[test]
fn where_nobody_allows_it_the_other_ways_are_named() {
    if !able(&[Need::Program("sh")]) {
        return;
    }
    for code in [126, 127] {
        let said = by_pkexec(&format!("#!/bin/sh\nexit {code}\n"));
        assert!(
            said.starts_with("lo: a helper was not allowed to capture: run sudo ") && said.contains(" -i lo, or once and for all "),
            "{said}"
        );
        assert!(said.contains("sudo chown root:glouglou /usr/bin/ggprobe && sudo chmod 750 /usr/bin/ggprobe && sudo setcap "), "{said}");
    }
    assert_eq!(
        by_pkexec("#!/bin/sh\necho \"$*\" >&2\nexit 3\n"),
        "lo: the helper that captures says: /usr/bin/ggprobe helper --interface=lo --filter="
    );
    assert_eq!(by_pkexec("#!/bin/sh\nexit 3\n"), "lo: the helper that captures ended with exit code 3");
}

/// As pkexec runs it: as root, with its standard input and the user's number; it tells of processes, too.
#[test]
fn as_root_it_becomes_nobody_and_tells_of_processes() {
    if !able(&NEEDS) {
        return;
    }
    let (ours, theirs) = UnixStream::pair().unwrap();
    drop(ours);
    let host = Namespace::new();
    let mut command = Command::new(ggprobe());
    command.args(["helper", "--interface=lo"]).env("PKEXEC_UID", "1").stderr(Stdio::piped());
    let refused = host.enter(|| command.stdin(OwnedFd::from(theirs)).output().unwrap());
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("it is no socket of whole datagrams"), "{said}");

    let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).unwrap();
    setsockopt(&ours, ReceiveTimeout, &TimeVal::seconds(20)).unwrap();
    let mut helper = host.enter(|| command.stdin(theirs).stderr(Stdio::inherit()).spawn().unwrap());
    drop(command);
    // Something comes: PLAIN datagrams of the protocol.
    let mut bytes = [0; 2048];
    assert!(recv(ours.as_raw_fd(), &mut bytes, MsgFlags::empty()).unwrap() > 16 && bytes[..2] == [3, 0xff]);
    let children = descendants(helper.id());
    assert_eq!(children.len(), 1, "the child that reads /proc");
    for thread in threads(helper.id()) {
        assert_eq!((thread.get("CapPrm"), thread.get("Seccomp"), thread.words("Uid")[0]), (NONE, "2", "65534"), "{thread:?}");
    }
    drop(ours);
    assert!(helper.wait().unwrap().success());
    wait("its child ends", || children.iter().all(|pid| is_over(*pid)));
}
