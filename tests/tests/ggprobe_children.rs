//! ggprobe's children can do nothing but what they are for, are started again when they die, and end with their supervisor.

use std::collections::BTreeSet;
use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tests::family::{Thread, descendants, is_over, threads};
use tests::hosts::{add, program};
use tests::netns::{Cable, NEEDS, Namespace};
use tests::probe::Probe;
use tests::run::run;
use tests::scratch::Scratch;
use tests::sender::{Load, send};
use tests::{Need, able, ggprobe, glouglou, wait};

const NONE: &str = "0000000000000000";
/// To look into processes, and into their descriptors' directories.
const READS_PROC: &str = "0000000000080004";
const LISTEN: &str = "127.0.0.1:4430";
const LOAD: Load = Load { to: Ipv4Addr::LOCALHOST, packets: 200, per_sec: 2_000, flows: 4, payload_bytes: 64 };
/// A user without an entry.
const SOMEBODY: u32 = 61_234;

/// What a confined process did, of all that it tried.
fn done(duty: &str) -> BTreeSet<String> {
    let ran = Command::new(env!("CARGO_BIN_EXE_confined")).args([duty, &std::process::id().to_string()]).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success() && said.lines().count() == 31, "{said}");
    said.lines().filter_map(|line| line.strip_suffix(": done")).map(str::to_owned).collect()
}

#[test]
fn who_is_confined_does_what_it_is_for_and_is_refused_all_else() {
    if !able(&[Need::Root]) {
        return;
    }
    let all = ["start a thread", "send datagrams", "list interfaces", "see whether there is a process"];
    let with = |more: &[&str]| all.iter().chain(more).map(|done| (*done).to_owned()).collect::<BTreeSet<String>>();
    assert_eq!(done("processes"), with(&["read a process's numbers"]));
    assert_eq!(done("packets"), with(&[]));
    assert_eq!(done("relay"), with(&[]));
    let names = ["read a setting of the system", "open a socket: TCP", "open a socket: TCP over IPv6", "open a socket: local"];
    assert_eq!(done("names"), with(&names));
}

/// A host with a viewer, who listens, and a home for both programs.
struct Scene<'a> {
    host: &'a Namespace,
    home: Scratch,
    viewer: Probe,
}

impl Scene<'_> {
    fn on(host: &Namespace) -> Scene<'_> {
        let home = Scratch::new();
        let viewer = Probe::start(host, &mut program(&glouglou(), &home, &["table", "--json", "--listen", LISTEN]));
        viewer.hear(&format!("glouglou: listens at {LISTEN}"));
        Scene { host, home, viewer }
    }

    /// A probe that has joined; what it is told beside that.
    fn probe(&self, arguments: &[&str]) -> Probe {
        let key = self.key();
        let arguments = [&["join", "--key", key.to_str().unwrap()], arguments].concat();
        let mut probe = Probe::start(self.host, &mut program(&ggprobe(), &self.home, &arguments));
        probe.say(&add(&self.home, "attic", "localhost"));
        probe.hear(&format!("ggprobe: connected with {LISTEN}"));
        self.viewer.hear("glouglou: the probe attic came");
        probe
    }

    fn key(&self) -> PathBuf {
        self.home.path("probe.key")
    }

    fn send(&self) {
        let _so_that_nothing_is_answered: Vec<UdpSocket> =
            self.host.enter(|| (20_000..20_004).map(|port| UdpSocket::bind((LOAD.to, port)).unwrap()).collect());
        self.host.enter(|| send(LOAD));
    }

    /// Ends both; what the viewer knew at last of the load's flows: packets.
    fn counted(self, probe: Probe) -> u64 {
        probe.finish();
        let lines: Vec<Value> = self.viewer.finish().iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let is_load = |line: &&Value| line["proto"] == "udp" && (20_000..20_004).contains(&line["dst_port"].as_u64().unwrap_or_default());
        lines.iter().filter(is_load).map(|flow| flow["packets_fwd"].as_u64().unwrap()).sum()
    }
}

fn named(pid: u32, name: &str) -> Option<u32> {
    descendants(pid).into_iter().find(|child| threads(*child).iter().any(|thread| thread.get("Name") == name))
}

fn kill_9(pid: u32) {
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGKILL).unwrap();
}

fn is_harmless(thread: &Thread, capabilities: &str) {
    for (field, expected) in
        [("CapInh", NONE), ("CapPrm", capabilities), ("CapEff", capabilities), ("CapAmb", NONE), ("NoNewPrivs", "1"), ("Seccomp", "2")]
    {
        assert_eq!(thread.get(field), expected, "{field} of {thread:?}");
    }
    for field in ["Uid", "Gid", "Groups"] {
        assert!(!thread.words(field).contains(&"0"), "{field} of {thread:?}");
    }
}

#[test]
fn every_thread_of_every_child_has_no_privilege_beyond_its_need() {
    if !able(&NEEDS) {
        return;
    }
    let host = Namespace::new();
    let scene = Scene::on(&host);
    let probe = scene.probe(&["-i", "lo"]);
    let children = descendants(probe.pid());
    let mut names = BTreeSet::new();
    for child in &children {
        let threads = threads(*child);
        let name = threads[0].get("Name").to_owned();
        let capabilities = if name == "glouglou-proc" { READS_PROC } else { NONE };
        assert!(name != "ggprobe-probe" || threads.len() > 5, "{threads:#?}");
        for thread in &threads {
            is_harmless(thread, capabilities);
            assert_eq!(thread.get("CapBnd"), NONE, "{thread:?}");
        }
        names.insert(name);
    }
    assert_eq!(names, ["ggprobe-names", "ggprobe-probe", "glouglou-proc"].map(str::to_owned).into());
    let root = |name: &str| fs::read_link(format!("/proc/{}/root", named(probe.pid(), name).unwrap())).unwrap();
    assert_eq!(root("ggprobe-probe"), PathBuf::from("/proc"));
    // And it does what it is for.
    scene.send();
    assert_eq!(scene.counted(probe), LOAD.packets);
    wait("all of them end", || children.iter().all(|pid| is_over(*pid)));
}

#[test]
fn without_processes_it_has_an_empty_root() {
    if !able(&NEEDS) {
        return;
    }
    let host = Namespace::new();
    let scene = Scene::on(&host);
    let probe = scene.probe(&["-i", "lo", "--no-proc", "--user", "daemon"]);
    let child = named(probe.pid(), "ggprobe-probe").unwrap();
    threads(child).iter().for_each(|thread| {
        is_harmless(thread, NONE);
        assert_eq!(thread.words("Uid"), ["1"; 4]);
    });
    assert_eq!(fs::read_dir(format!("/proc/{child}/root")).unwrap().count(), 0);
    assert_eq!(named(probe.pid(), "glouglou-proc"), None);
    scene.send();
    assert_eq!(scene.counted(probe), LOAD.packets);
}

#[test]
fn a_relay_and_who_traces_routes_have_no_privilege_at_all() {
    if !able(&NEEDS) {
        return;
    }
    let host = Namespace::new();
    let scene = Scene::on(&host);
    let probe = scene.probe(&["-i", "lo", "--no-proc", "--trace"]);
    let key = scene.key();
    let keys = scene.home.path("relay keys");
    let relay = ["relay", "--key", key.to_str().unwrap(), "--keys", keys.to_str().unwrap(), "--listen", "127.0.0.1:4431"];
    let relay = Probe::start(&host, &mut program(&ggprobe(), &scene.home, &relay));
    relay.hear("ggprobe: relay ");
    wait("it says that it runs", || named(relay.pid(), "ggprobe-relay").is_some_and(|pid| threads(pid).len() > 2));
    let children: Vec<u32> = descendants(probe.pid()).into_iter().chain(descendants(relay.pid())).collect();
    assert_eq!(children.len(), 5, "a probe and who traces for it, a relay, and who looks names up for both");
    for child in children {
        threads(child).iter().for_each(|thread| is_harmless(thread, NONE));
    }
    // Whoever hears servers of names has nothing of what the probe opened before.
    for pid in [probe.pid(), relay.pid()] {
        let names = named(pid, "ggprobe-names").unwrap();
        wait("nothing but its standard descriptors", || fs::read_dir(format!("/proc/{names}/fd")).unwrap().count() == 3);
    }
    let root = fs::read_dir(format!("/proc/{}/root", named(relay.pid(), "ggprobe-relay").unwrap())).unwrap();
    assert_eq!(root.count(), 0);
}

#[test]
fn a_child_that_is_killed_is_started_again_and_heard_again() {
    if !able(&NEEDS) {
        return;
    }
    let host = Namespace::new();
    let scene = Scene::on(&host);
    let probe = scene.probe(&["-i", "lo"]);
    let before = descendants(probe.pid());
    kill_9(named(probe.pid(), "ggprobe-probe").unwrap());
    probe.hear("ggprobe: the probe ended (SIGKILL): it is started again in 0.");
    probe.hear(&format!("ggprobe: connected with {LISTEN}"));
    wait("its own children go, too", || before.iter().all(|pid| is_over(*pid)));
    assert_eq!(descendants(probe.pid()).len(), before.len());
    scene.send();
    assert_eq!(scene.counted(probe), LOAD.packets);
}

#[test]
fn nothing_stays_of_a_supervisor_that_is_killed() {
    if !able(&NEEDS) {
        return;
    }
    let host = Namespace::new();
    let scene = Scene::on(&host);
    let probe = scene.probe(&["-i", "lo"]);
    let children = descendants(probe.pid());
    assert_eq!(children.len(), 3);
    kill_9(probe.pid());
    wait("all of them end", || children.iter().all(|pid| is_over(*pid)));
}

#[test]
fn an_interface_that_is_gone_and_back_is_opened_by_a_fresh_child() {
    if !able(&NEEDS) {
        return;
    }
    let cable = Cable::new();
    let scene = Scene::on(&cable.far);
    let probe = scene.probe(&["-i", "far", "--no-proc"]);
    let load = Load { to: Cable::FAR, ..LOAD };
    cable.cut();
    probe.hear("ggprobe: far is gone: capture goes on when it is back");
    cable.lay();
    probe.hear("ggprobe: the probe is started anew");
    probe.hear(&format!("ggprobe: connected with {LISTEN}"));
    cable.near.enter(|| send(load));
    assert_eq!(scene.counted(probe), load.packets);
}

#[test]
fn what_no_other_start_would_change_ends_it_and_says_so() {
    if !able(&NEEDS) {
        return;
    }
    let host = Namespace::new();
    let home = Scratch::new();
    let key = home.path("probe.key");
    fs::write(&key, add(&home, "attic", "localhost")).unwrap();
    fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
    let key = key.to_str().unwrap();
    for (arguments, expected) in [
        (&["--key", "/no/such/key", "-i", "lo"] as &[&str], "no key to show: run ggprobe join, or name its file with --key (/no/such/key)"),
        (&["--key", key, "-i", "nowhere"], "no interface is called nowhere; there are: "),
        (&["--key", key, "-i", "lo", "-f", "udp and and"], "the filter \"(udp and and) and not (udp port 4430)\" does not compile: "),
        (&["--key", key, "-i", "lo", "-f", "port http"], "a filter takes numbers here, no names of ports or hosts"),
        (&["--key", key, "-i", "lo", "--user", "root"], "no user but root is called \"root\""),
        (&["--key", key, "-i", "lo", "--to", "x:y"], "\"x:y\" is no place"),
    ] {
        let mut command = Command::new(ggprobe());
        command.args(arguments).stdin(Stdio::null()).env_remove("CREDENTIALS_DIRECTORY");
        let ran = host.enter(|| run(&mut command, Duration::from_secs(20)));
        assert!(ran.stderr.contains(expected) && ran.stderr.contains("ggprobe: the probe does not start"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("again") && ran.status.is_some_and(|status| !status.success()), "{}", ran.stderr);
    }
}

/// As a service with a user of its own: two capabilities, none but these, and a key that the service manager lends.
#[test]
fn with_two_capabilities_and_a_user_of_its_own_it_captures_and_is_confined() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("setpriv")]) {
        return;
    }
    let host = Namespace::new();
    let scene = Scene::on(&host);
    let (key, credentials) = (scene.home.path("credentials/probe.key"), scene.home.path("credentials"));
    fs::create_dir(&credentials).unwrap();
    fs::write(&key, add(&scene.home, "attic", "localhost")).unwrap();
    // Root's, readable to one more, as an access control list shows itself.
    chown(&key, Some(0), Some(SOMEBODY)).unwrap();
    fs::set_permissions(&key, PermissionsExt::from_mode(0o440)).unwrap();
    let copy = scene.home.path("ggprobe");
    fs::copy(ggprobe(), &copy).unwrap();
    for path in [scene.home.path(""), credentials.clone(), copy.clone()] {
        fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    }
    let somebody = SOMEBODY.to_string();
    let mut command = Command::new("setpriv");
    command.args(["--reuid", &somebody, "--regid", &somebody, "--clear-groups", "--no-new-privs"]);
    command.args(["--bounding-set", "-all,+net_raw,+net_admin", "--inh-caps", "-all,+net_raw,+net_admin"]);
    command.args(["--ambient-caps", "-all,+net_raw,+net_admin", "sh", "-c", "exec \"$@\" 2>&1", "sh"]);
    command.arg(copy).args(["--key", key.to_str().unwrap(), "-i", "lo"]).env("CREDENTIALS_DIRECTORY", &credentials);
    let probe = Probe::start(scene.host, &mut command);
    probe.hear(&format!("ggprobe: connected with {LISTEN}"));
    scene.viewer.hear("glouglou: the probe attic came");
    for child in descendants(probe.pid()) {
        for thread in threads(child) {
            is_harmless(&thread, NONE);
            assert_eq!(thread.words("Uid"), [somebody.as_str(); 4]);
        }
    }
    scene.send();
    assert_eq!(scene.counted(probe), LOAD.packets);
}
