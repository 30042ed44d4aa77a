//! `confined DUTY PID` confines itself to a duty as ggprobe's children do, and tries, on another thread, what it should not be able to do, some of it to a process, and
//! what it should. On standard error it prints `NAME: done`, or `NAME: ERROR`.

use std::ffi::c_int;
use std::fs::File;
use std::io::Read;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::thread;

use capture::privilege::confine::{Confined, Duty, confine};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl, open, openat};
use nix::libc;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{AddressFamily, SockFlag, SockProtocol, SockType, socket};
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Pid, Uid, chroot, execv, mkdir, setgid, setuid};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [duty, pid] = arguments.as_slice() else { return ExitCode::FAILURE };
    let duty = match duty.as_str() {
        "processes" => Duty::Probe { processes: true },
        "packets" => Duty::Probe { processes: false },
        "relay" => Duty::Relay,
        "names" => Duty::LookUp,
        _ => return ExitCode::FAILURE,
    };
    let pid = Pid::from_raw(pid.parse().expect("a number"));
    let folder =
        std::env::current_exe().and_then(|program| File::open(program.parent().expect("a folder"))).expect("a directory that is held open");
    let proc = File::open("/proc").expect("/proc");
    match confine(duty, None) {
        Ok(Confined { landlock: true, .. }) => {}
        other => {
            eprintln!("error: {other:?}");
            return ExitCode::FAILURE;
        }
    }
    // Not on the thread that was confined, but on one that came of it.
    thread::spawn(move || tries(pid, &folder, &proc)).join().expect("a thread can be started");
    ExitCode::SUCCESS
}

fn tries(pid: Pid, folder: &File, proc: &File) {
    let reads = |path: &str| open(path, OFlag::O_RDONLY, Mode::empty()).map(drop);
    let below = |at: &File, path: &str| {
        let file = openat(at.as_fd(), path, OFlag::O_RDONLY, Mode::empty())?;
        File::from(file).read(&mut [0; 16]).map(drop).map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or_default()))
    };
    let opens = |family, kind| socket(family, kind, SockFlag::empty(), None).map(drop);
    let none: Option<&str> = None;

    say("start a thread", Ok(()));
    say("send datagrams", UdpSocket::bind("127.0.0.1:0").map(drop).map_err(|e| Errno::from_raw(e.raw_os_error().unwrap_or_default())));
    say("list interfaces", nix::ifaddrs::getifaddrs().map(drop));
    say("see whether there is a process", kill(Pid::this(), None));
    say("read a process's numbers", below(proc, &format!("{pid}/stat")));

    say("read a setting of the system", reads("/etc/hosts"));
    say("read a secret", reads("/etc/shadow").or_else(|_| reads("/var/log")));
    say("read a file from an open directory", below(folder, "confined"));
    say("read a file above /proc", below(proc, "../var/log"));
    say("read a file through a process's root", below(proc, &format!("{pid}/root/var/log")));
    say("look into a process", nix::fcntl::readlinkat(proc.as_fd(), format!("{pid}/exe").as_str()).map(drop));
    say("write a file", open("/tmp/made", OFlag::O_WRONLY | OFlag::O_CREAT, Mode::S_IRWXU).map(drop));
    say("write a setting", openat(proc.as_fd(), "sys/kernel/hostname", OFlag::O_WRONLY, Mode::empty()).map(drop));
    say("make a directory", mkdir("/tmp/made", Mode::S_IRWXU));
    say("open a socket: TCP", opens(AddressFamily::Inet, SockType::Stream));
    say("open a socket: TCP over IPv6", opens(AddressFamily::Inet6, SockType::Stream));
    say("open a socket: raw", opens(AddressFamily::Inet, SockType::Raw));
    say("open a socket: packets", opens(AddressFamily::Packet, SockType::Raw));
    say("open a socket: local", opens(AddressFamily::Unix, SockType::Stream));
    let events = socket(AddressFamily::Netlink, SockType::Datagram, SockFlag::empty(), SockProtocol::NetlinkKObjectUEvent);
    say("open a socket: the kernel's events", events.map(drop));
    say("signal a process", kill(pid, Signal::SIGCONT));
    say("have somebody signalled", fcntl(std::io::stderr(), FcntlArg::F_SETFL(OFlag::O_ASYNC)).map(drop));
    say("trace a process", nix::sys::ptrace::attach(pid));
    say("become root", setuid(Uid::from_raw(0)));
    say("become another group", setgid(Gid::from_raw(0)));
    say("mount", mount(none, "/", none, MsFlags::MS_REMOUNT | MsFlags::MS_BIND, none));
    say("make a namespace", unshare(CloneFlags::CLONE_NEWUSER));
    say("change its root", chroot("/"));
    say("run a program", execv(c"/proc/self/exe", &[c"x"]).map(drop));
    say("make a process", forks());
    say("run what it wrote", runs_memory());
}

/// clone(2) as fork(2) does it, and clone3(2). A child would end at once.
#[allow(unsafe_code, reason = "no safe call makes a process and nothing else")]
fn forks() -> nix::Result<()> {
    // SAFETY: no pointer is given but of a structure that outlives the call; a child does nothing but end.
    let made =
        unsafe { [libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0), libc::syscall(libc::SYS_clone3, [0_u64; 8].as_ptr(), 64)] };
    if made.contains(&0) {
        std::process::exit(0);
    }
    if made == [-1, -1] { Err(Errno::last()) } else { Ok(()) }
}

/// Memory that may be written and run.
#[allow(unsafe_code, reason = "no safe call maps memory of one's own")]
fn runs_memory() -> nix::Result<()> {
    let (rights, own): (c_int, c_int) = (libc::PROT_WRITE | libc::PROT_EXEC, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    // SAFETY: new memory is asked for, anywhere; nothing uses it.
    let mapped = unsafe { libc::mmap(std::ptr::null_mut(), 4096, rights, own, -1, 0) };
    if mapped == libc::MAP_FAILED { Err(Errno::last()) } else { Ok(()) }
}

fn say(what: &str, tried: nix::Result<()>) {
    match tried {
        Ok(()) => eprintln!("{what}: done"),
        Err(errno) => eprintln!("{what}: {}", errno.desc()),
    }
}
