//! The child that reads /proc for who gave his privileges up: what it may, what it may not, and what is known through it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tests::netns::{NEEDS, Namespace};
use tests::probe::Probe;
use tests::{Need, able};

const PROGRAM: &str = env!("CARGO_BIN_EXE_child");
/// A user that is neither root nor nobody, and needs no entry.
const SOMEBODY: u32 = 4242;

/// What is started by a test and ends with it.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A shell of somebody else that waits; its first line says that it is there.
fn somebodys(script: &str) -> Ended {
    let mut command = Command::new("bash");
    command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).uid(SOMEBODY).gid(SOMEBODY);
    let mut shell = Ended(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(shell.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "open\n");
    shell
}

#[test]
fn it_sees_what_runs_and_can_do_nothing_else() {
    if !able(&[Need::Root, Need::Program("bash")]) {
        return;
    }
    let shell = somebodys("echo open; read x");
    let ran = Command::new(PROGRAM).args(["confined", &shell.0.id().to_string()]).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert!(ran.status.success(), "{said}");
    // To write is refused twice: whichever the kernel looks at first.
    let said = said.replace("Permission denied", "Read-only file system");
    let (done, refused): (Vec<&str>, Vec<&str>) = said.lines().partition(|line| line.ends_with(": done"));
    assert_eq!(done, ["read its numbers: done", "see its program: done", "list its descriptors: done", "see a descriptor: done"], "{said}");
    let expected = [
        "read a file: No such file or directory",
        "read a file through its root: Too many symbolic links encountered",
        "read a file through its directory: Too many symbolic links encountered",
        "open its program: Too many symbolic links encountered",
        "open its descriptor: Too many symbolic links encountered",
        "read its memory: I/O error",
        "move within its memory: Operation not permitted",
        "write its memory: Read-only file system",
        "write a setting: Read-only file system",
        "write its own score: Read-only file system",
        "make a directory: Operation not permitted",
        "open a socket: IPv4: Operation not permitted",
        "open a socket: IPv6: Operation not permitted",
        "open a socket: packet: Operation not permitted",
        "open a socket: netlink: Operation not permitted",
        "open a socket: local: Operation not permitted",
        "signal it: Operation not permitted",
        "have somebody signalled: Operation not permitted",
        "trace it: Operation not permitted",
        "become root: Operation not permitted",
        "mount: Operation not permitted",
        "make a namespace: Operation not permitted",
        "change its root: Operation not permitted",
        "run a program: Operation not permitted",
        "start a thread: Operation not permitted",
    ];
    assert_eq!(refused, expected);
}

/// One field of `/proc/PID/status`.
fn status(pid: u32, field: &str) -> String {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(":\t")).unwrap();
    line.to_owned()
}

fn ask(probe: &mut Probe, what: &str) -> String {
    probe.say(what);
    probe.hear(what.split(' ').next().unwrap())
}

#[test]
fn what_only_root_may_know_is_known_after_the_drop_and_not_when_it_is_gone() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("bash")]) {
        return;
    }
    let namespace = Namespace::new();
    let listener = namespace.enter(|| TcpListener::bind("127.0.0.1:0").unwrap());
    let server = listener.local_addr().unwrap();
    let mut command = Command::new(PROGRAM);
    command.arg("look").env_remove("SUDO_UID").env_remove("PKEXEC_UID");
    let mut probe = Probe::start(&namespace, &mut command);
    let uid = probe.hear("ready");
    assert!(uid != "0" && uid != SOMEBODY.to_string(), "{uid}");

    let shell = namespace.enter(|| somebodys(&format!("exec 3<>/dev/tcp/{}/{}; echo open; read x", server.ip(), server.port())));
    let (_accepted, from) = listener.accept().unwrap();
    let pid = shell.0.id();
    let bash = fs::read_link(format!("/proc/{pid}/exe")).unwrap();
    assert_eq!(ask(&mut probe, &format!("exe {pid}")), format!("Ok({bash:?})"));
    let me = std::env::current_exe().unwrap();
    assert_eq!(ask(&mut probe, &format!("exe {}", std::process::id())), format!("Ok({me:?})"), "root's");
    assert_eq!(ask(&mut probe, &format!("owner {from} {server}")), format!("Some(({pid}, Exact))"));
    // The other end is root's.
    assert_eq!(ask(&mut probe, &format!("owner {server} {from}")), format!("Some(({}, Exact))", std::process::id()));

    let said = ask(&mut probe, "child");
    let child: u32 = said.strip_suffix(" there").unwrap().parse().unwrap();
    let ptrace_and_read_search = format!("{:016x}", 1 << 19 | 1 << 2);
    for (field, expected) in [
        ("CapPrm", ptrace_and_read_search.as_str()),
        ("CapEff", &ptrace_and_read_search),
        ("CapInh", "0000000000000000"),
        ("CapBnd", "0000000000000000"),
        ("CapAmb", "0000000000000000"),
        ("NoNewPrivs", "1"),
        ("Seccomp", "2"),
        ("Threads", "1"),
    ] {
        assert_eq!(status(child, field), expected, "{field}");
    }
    assert!(!status(child, "Uid").split('\t').any(|uid| uid == "0"), "{}", status(child, "Uid"));

    kill(Pid::from_raw(child as i32), Signal::SIGKILL).unwrap();
    assert_eq!(ask(&mut probe, &format!("exe {pid}")), "Err(Denied)");
    assert_eq!(ask(&mut probe, &format!("owner {from} {server}")), "None");
    assert_eq!(ask(&mut probe, "child"), format!("{child} gone"));
}

#[test]
fn of_more_sockets_than_an_answer_takes_all_are_told() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("python3")]) {
        return;
    }
    let namespace = Namespace::new();
    // Three answers, and what comes last stands in the last.
    let script = "import resource, socket, sys; most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n\
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))\n\
        all = [socket.socket(socket.AF_UNIX) for _ in range(1500)]\n\
        last = socket.create_server(('127.0.0.1', 0)); print(last.getsockname()[1], flush=True); sys.stdin.read()";
    let mut command = Command::new("python3");
    command.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::piped()).uid(SOMEBODY).gid(SOMEBODY);
    let mut somebody = Ended(namespace.enter(|| command.spawn().unwrap()));
    let mut port = String::new();
    BufReader::new(somebody.0.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
    let mut command = Command::new(PROGRAM);
    let mut probe = Probe::start(&namespace, command.arg("look").env_remove("SUDO_UID").env_remove("PKEXEC_UID"));
    probe.hear("ready");
    let owner = ask(&mut probe, &format!("owner 127.0.0.1:{} 127.0.0.1:9", port.trim()));
    assert_eq!(owner, format!("Some(({}, Listener))", somebody.0.id()));
}

#[test]
fn it_ends_with_its_parent() {
    if !able(&NEEDS) {
        return;
    }
    let namespace = Namespace::new();
    let mut probe = Probe::start(&namespace, Command::new(PROGRAM).arg("look"));
    probe.hear("ready");
    let said = ask(&mut probe, "child");
    let child = said.strip_suffix(" there").unwrap().parse::<i32>().unwrap();
    drop(probe); // killed
    let over = || fs::read_to_string(format!("/proc/{child}/stat")).map_or(true, |stat| stat.contains(") Z "));
    tests::wait("its end", over);
}

#[test]
fn one_that_stands_still_holds_nobody_up() {
    if !able(&NEEDS) {
        return;
    }
    let namespace = Namespace::new();
    let mut probe = Probe::start(&namespace, Command::new(PROGRAM).arg("look"));
    probe.hear("ready");
    let said = ask(&mut probe, "child");
    let child = Pid::from_raw(said.strip_suffix(" there").unwrap().parse().unwrap());
    kill(child, Signal::SIGSTOP).unwrap();
    probe.say("end");
    probe.hear("ended");
    // It may be gone: who asked may be its own user, and then may end it.
    let _ends_by_itself = kill(child, Signal::SIGCONT);
}

#[test]
fn what_proc_hides_shows_through_it() {
    if !able(&[NEEDS[0], NEEDS[1], Need::Program("bash"), Need::Program("unshare"), Need::Program("mount")]) {
        return;
    }
    let namespace = Namespace::new();
    let shell = somebodys("echo open; read x");
    let pid = shell.0.id();
    let bash = fs::read_link(format!("/proc/{pid}/exe")).unwrap();
    let hidden = |how: &str| {
        let mut command = Command::new("unshare");
        let script = format!("mount -t proc -o hidepid={how} proc /proc && exec \"$1\" look");
        command.args(["--mount", "sh", "-c", &script, "sh", PROGRAM]).env_remove("SUDO_UID").env_remove("PKEXEC_UID");
        let probe = Probe::start(&namespace, &mut command);
        probe.hear("ready");
        probe
    };
    for how in ["noaccess", "invisible"] {
        let mut probe = hidden(how);
        assert_eq!(ask(&mut probe, &format!("sees {pid}")), "true", "{how}");
        assert_eq!(ask(&mut probe, &format!("exe {pid}")), format!("Ok({bash:?})"), "{how}");
        let said = ask(&mut probe, "child");
        kill(Pid::from_raw(said.strip_suffix(" there").unwrap().parse().unwrap()), Signal::SIGKILL).unwrap();
        assert_eq!(ask(&mut probe, &format!("exe {pid}")), "Err(Denied)", "{how}");
        assert_eq!(ask(&mut probe, &format!("sees {pid}")), (how == "noaccess").to_string());
    }
}
