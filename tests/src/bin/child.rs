//! The child that reads /proc, and what a parent sees through it.
//!
//! `child confined PID` confines itself as the child does and tries what it should not be able to do, and what it should, with a process; on
//! standard error it prints `NAME: done`, or `NAME: ERROR`.
//!
//! `child traces PID` does so as the child that traces routes, then prints `ready` and waits for a line of standard input.
//!
//! `child look` starts the child, gives its privileges up, prints `ready UID`, and answers lines of standard input: `exe PID`,
//! `owner LOCAL REMOTE` (two ends of a TCP connection), `sees PID`, `child` (its number);
//! `began PID` is answered with nothing. At `end` it prints `ended`, once it has nothing to do with the child any more.

use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use capture::privilege;
use capture::proc::Owners;
use capture::proc::child::{ProcChild, confine, serve_if_asked};
use capture::proc::reader::Reader;
use capture::trace::child::Sockets;
use graph::{Endpoint, Proto, Tuple};
use nix::fcntl::{AT_FDCWD, FcntlArg, OFlag, fcntl, open, readlinkat};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, Uid, Whence, chroot, execv, lseek, mkdir, read, setuid};

fn main() -> ExitCode {
    if let Some(code) = serve_if_asked() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["confined", pid] => confined(pid.parse().expect("a number")),
        ["traces", pid] => traces(pid.parse().expect("a number")),
        ["look"] => look(),
        other => Err(format!("{other:?}?").into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn confined(pid: i32) -> Result<(), Box<dyn std::error::Error>> {
    let own_score = format!("/{}/oom_score_adj", std::process::id());
    confine::confine()?;
    let at = |name: &str| format!("/{pid}/{name}");
    let reads = |path: &str| open(path, OFlag::O_RDONLY, Mode::empty());
    let read_some = |path: &str| reads(path).and_then(|file| read(&file, &mut [0; 16])).map(drop);
    let writes = |path: &str| open(path, OFlag::O_WRONLY, Mode::empty()).map(drop);
    let opens = |family| socket(family, SockType::Datagram, SockFlag::empty(), None).map(drop);
    let none: Option<&str> = None;

    say("read its numbers", read_some(&at("stat")));
    say("see its program", readlinkat(AT_FDCWD, at("exe").as_str()).map(drop));
    say("list its descriptors", reads(&at("fd")).map(drop));
    say("see a descriptor", readlinkat(AT_FDCWD, at("fd/0").as_str()).map(drop));

    say("read a file", read_some("/etc/passwd"));
    say("read a file through its root", read_some(&at("root/etc/passwd")));
    say("read a file through its directory", reads(&at("cwd/.")).map(drop));
    say("open its program", reads(&at("exe")).map(drop));
    say("open its descriptor", reads(&at("fd/0")).map(drop));
    say("read its memory", read_some(&at("mem")));
    say("move within its memory", reads(&at("mem")).and_then(|file| lseek(&file, 4096, Whence::SeekSet)).map(drop));
    say("write its memory", writes(&at("mem")));
    say("write a setting", writes("/sys/kernel/hostname"));
    say("write its own score", writes(&own_score));
    say("make a directory", mkdir("/made", Mode::S_IRWXU));
    for (name, family) in [
        ("IPv4", AddressFamily::Inet),
        ("IPv6", AddressFamily::Inet6),
        ("packet", AddressFamily::Packet),
        ("netlink", AddressFamily::Netlink),
        ("local", AddressFamily::Unix),
    ] {
        say(&format!("open a socket: {name}"), opens(family));
    }
    say("signal it", kill(Pid::from_raw(pid), Signal::SIGCONT));
    say("have somebody signalled", fcntl(std::io::stderr(), FcntlArg::F_SETFL(OFlag::O_ASYNC)).map(drop));
    say("trace it", nix::sys::ptrace::attach(Pid::from_raw(pid)));
    say("become root", setuid(Uid::from_raw(0)));
    say("mount", mount(none, "/", none, MsFlags::MS_REMOUNT | MsFlags::MS_BIND, none));
    say("make a namespace", unshare(CloneFlags::CLONE_NEWUSER));
    say("change its root", chroot("/"));
    say("run a program", execv(c"/self/exe", &[c"x"]).map(drop));
    let started = std::thread::Builder::new().spawn(|| ()).map(drop);
    say("start a thread", started.map_err(|error| nix::errno::Errno::from_raw(error.raw_os_error().unwrap_or_default())));
    Ok(())
}

/// As the child that traces routes.
fn traces(pid: i32) -> Result<(), Box<dyn std::error::Error>> {
    let sockets = capture::trace::child::confine::confine(Sockets::open)?;
    say("read a file", open("/etc/passwd", OFlag::O_RDONLY, Mode::empty()).map(drop));
    say("make a directory", mkdir("/made", Mode::S_IRWXU));
    for (name, family, kind) in [
        ("raw", AddressFamily::Inet, SockType::Raw),
        ("UDP", AddressFamily::Inet, SockType::Datagram),
        ("TCP", AddressFamily::Inet6, SockType::Stream),
        ("packet", AddressFamily::Packet, SockType::Raw),
        ("local", AddressFamily::Unix, SockType::Datagram),
    ] {
        say(&format!("open a socket: {name}"), socket(family, kind, SockFlag::empty(), None).map(drop));
    }
    say("signal somebody", kill(Pid::from_raw(pid), Signal::SIGCONT));
    say("trace somebody", nix::sys::ptrace::attach(Pid::from_raw(pid)));
    say("become root", setuid(Uid::from_raw(0)));
    say("make a namespace", unshare(CloneFlags::CLONE_NEWUSER));
    say("change its root", chroot("/"));
    say("run a program", execv(c"/proc/self/exe", &[c"x"]).map(drop));
    let started = std::thread::Builder::new().spawn(|| ()).map(drop);
    say("start a thread", started.map_err(|error| nix::errno::Errno::from_raw(error.raw_os_error().unwrap_or_default())));
    eprintln!("ready");
    std::io::stdin().read_line(&mut String::new())?;
    drop(sockets);
    Ok(())
}

fn say(what: &str, tried: nix::Result<()>) {
    match tried {
        Ok(()) => eprintln!("{what}: done"),
        Err(errno) => eprintln!("{what}: {}", errno.desc()),
    }
}

fn look() -> Result<(), Box<dyn std::error::Error>> {
    let child = ProcChild::start()?.ok_or("it takes root")?;
    let number = child.pid();
    let proc = Path::new("/proc");
    let reader = Reader::open(proc, Some(child.clone()))?;
    let mut owners = Owners::open(proc, Some(child.clone()))?;
    let dropped = privilege::drop_privileges()?;
    println!("ready {}", dropped.uid);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["exe", pid] => println!("exe {:?}", reader.details(pid.parse()?).image.exe),
            ["sees", pid] => println!("sees {}", reader.pids()?.contains(&pid.parse()?)),
            ["owner", local, remote] => {
                let end = |text: &str| text.parse::<SocketAddr>().map(|addr| Endpoint { addr: addr.ip(), port: addr.port() });
                let (tuple, side) = Tuple::new(Proto::TCP, end(local)?, end(remote)?);
                println!("owner {:?}", owners.owner(&tuple, side).map(|(process, how)| (process.pid, how)));
            }
            ["began", pid] => owners.began(pid.parse()?),
            ["end"] => break,
            ["child"] => println!("child {number} {}", if child.is_gone() { "gone" } else { "there" }),
            other => println!("error: {other:?}?"),
        }
        std::io::stdout().flush()?;
    }
    drop((reader, owners, child));
    println!("ended");
    Ok(())
}
