//! What `wire::netlink` reads and makes, against the kernel that runs.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::socket::{AddressFamily, MsgFlags, NetlinkAddr, bind, recvmsg, sendto, setsockopt, sockopt};
use nix::sys::time::TimeVal;
use nix::unistd::{Uid, gettid};
use tests::{Need, able, skip};
use wire::netlink::process::{self, Event, Events, Sequences, Subscription, Task};
use wire::netlink::sock_diag::{Answer, Family, Request, Socket, SocketId, State, States, TCP, UDP};
use wire::netlink::{End, messages};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of linux/netlink.h. nix does not know the connector.
const CONNECTOR: i32 = 11;
const SOCK_DIAG: i32 = 4;

static NUMBERS: AtomicU32 = AtomicU32::new(1000);

/// A netlink socket that waits only so long.
struct Netlink(OwnedFd);

impl Netlink {
    fn open(protocol: i32, groups: u32) -> io::Result<Netlink> {
        let family = socket2::Domain::from(AddressFamily::Netlink as i32);
        let fd: OwnedFd = socket2::Socket::new(family, socket2::Type::DGRAM, Some(protocol.into()))?.into();
        bind(fd.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
        setsockopt(&fd, sockopt::ReceiveTimeout, &TimeVal::new(PATIENCE.as_secs() as i64, 0))?;
        Ok(Netlink(fd))
    }

    fn send(&self, message: &[u8]) {
        sendto(self.0.as_raw_fd(), message, &NetlinkAddr::new(0, 0), MsgFlags::empty()).expect("the kernel takes a request");
    }

    fn receive(&self, buffer: &mut [u8], flags: MsgFlags) -> Result<usize, Errno> {
        let mut room = [IoSliceMut::new(buffer)];
        let received = recvmsg::<NetlinkAddr>(self.0.as_raw_fd(), &mut room, None, flags)?;
        assert!(!received.flags.contains(MsgFlags::MSG_TRUNC), "there is room for a datagram");
        assert_eq!(received.address.map(|sender| sender.pid()), Some(0), "the kernel says it");
        Ok(received.bytes)
    }
}

/// Who hears of process events.
struct Listener {
    netlink: Netlink,
    sequences: Sequences,
    overflowed: bool,
    /// What was heard, by processor and number.
    heard: BTreeMap<(u32, u32), Event>,
}

impl Listener {
    /// None, which is said, where there are no events to be had.
    fn open(buffer_bytes: Option<usize>, asked: Subscription) -> Option<Listener> {
        if !able(&[Need::Root]) {
            return None;
        }
        let netlink = match Netlink::open(CONNECTOR, 1 << (process::INDEX - 1)) {
            Ok(netlink) => netlink,
            Err(error) => {
                skip(&format!("needs process events of the kernel: {error}"));
                return None;
            }
        };
        match buffer_bytes {
            Some(bytes) => setsockopt(&netlink.0, sockopt::RcvBufForce, &bytes).expect("a buffer"),
            None => setsockopt(&netlink.0, sockopt::RcvBuf, &1).expect("the smallest buffer there is"),
        }
        netlink.send(&asked.message());
        Some(Listener { netlink, sequences: Sequences::default(), overflowed: false, heard: BTreeMap::new() })
    }

    fn of_everything() -> Option<Listener> {
        let ack = NUMBERS.fetch_add(10, Ordering::Relaxed);
        let mut listener = Listener::open(Some(32 << 20), Subscription { ack, ..Subscription::listen(ack + 5) })?;
        let told = listener.wait(|told| told.ack == ack + 1);
        assert_eq!(told.event, Event::Acknowledged { errno: 0 });
        Some(listener)
    }

    /// The next event for which `is` holds.
    fn wait(&mut self, is: impl Fn(&process::Repr) -> bool) -> process::Repr {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            if let Some(told) = self.next(MsgFlags::empty()).filter(&is) {
                return told;
            }
        }
        panic!("it was not told; heard were {:#?}", self.heard);
    }

    /// Hears all that was told until now.
    fn drain(&mut self) {
        while self.next(MsgFlags::MSG_DONTWAIT).is_some() {}
    }

    fn next(&mut self, flags: MsgFlags) -> Option<process::Repr> {
        let mut buffer = [0; 8192];
        let len = match self.netlink.receive(&mut buffer, flags) {
            Ok(len) => len,
            Err(Errno::ENOBUFS) => {
                self.overflowed = true;
                return self.next(flags);
            }
            Err(Errno::EAGAIN) => return None,
            Err(error) => panic!("{error}"),
        };
        let found: Vec<_> = messages(&buffer[..len]).collect();
        let [Ok(message)] = found[..] else { panic!("one message: {found:?}") };
        let told = process::Repr::parse(message.payload).expect("it holds together").expect("a process event");
        self.sequences.lost_before(told.cpu, told.seq);
        assert_eq!(self.heard.insert((told.cpu, told.seq), told.event), None, "a number stands once");
        Some(told)
    }
}

fn myself() -> Task {
    Task { tid: gettid().as_raw().cast_unsigned(), pid: std::process::id() }
}

#[test]
fn a_childs_life_is_told() {
    let Some(mut listener) = Listener::of_everything() else { return };
    let mut child = Command::new("sh").args(["-c", "exit 3"]).spawn().expect("sh runs");
    let task = Task { tid: child.id(), pid: child.id() };
    child.wait().expect("sh ends");

    let fork = listener.wait(|told| told.event.task() == Some(task));
    assert_eq!(fork.event, Event::Fork { parent: myself(), child: task });
    let exec = listener.wait(|told| told.event.task() == Some(task));
    assert_eq!(exec.event, Event::Exec { task });
    let exit = listener.wait(|told| told.event.task() == Some(task));
    assert_eq!(exit.event, Event::Exit { task, code: 3 << 8, signal: 17, parent: Some(myself()) });

    let times = [fork.timestamp_ns, exec.timestamp_ns, exit.timestamp_ns];
    assert!(times.is_sorted(), "{times:?}");
    listener.drain();
    println!("{:?}", listener.sequences);
    assert_eq!((listener.sequences.lost(), listener.sequences.untracked()), (0, 0));
    assert_eq!(listener.sequences.seen(), listener.heard.len() as u64);
}

#[test]
fn a_threads_life_is_told_as_a_threads() {
    let Some(mut listener) = Listener::of_everything() else { return };
    let named = thread::spawn(|| {
        prctl::set_name(c"its own name").expect("a thread names itself");
        myself()
    });
    let task = named.join().expect("it ends");

    let fork = listener.wait(|told| told.event.task() == Some(task)).event;
    assert!(matches!(fork, Event::Fork { child, .. } if child == task) && fork.is_of_thread(), "{fork:?}");
    let is_ours = |event: &Event| matches!(event, Event::Comm { comm, .. } if comm.as_bytes() == b"its own name");
    let comm = listener.wait(|told| told.event.task() == Some(task) && is_ours(&told.event)).event;
    assert!(comm.is_of_thread());
    let exit = listener.wait(|told| told.event.task() == Some(task)).event;
    assert_eq!(exit, Event::Exit { task, code: 0, signal: u32::MAX, parent: None });
    assert_eq!(listener.sequences.lost(), 0);
}

/// One with hardly any room beside one with plenty: what the first counts as lost, the second has.
#[test]
fn what_is_counted_as_lost_was_told_to_another() {
    let Some(mut all) = Listener::of_everything() else { return };
    let Some(mut some) = Listener::open(None, Subscription::listen(1)) else { return };
    let until = Instant::now() + PATIENCE;
    while some.sequences.lost() == 0 && Instant::now() < until {
        for _ in 0..10 {
            Command::new("true").status().expect("true runs");
        }
        some.drain();
    }
    all.drain();

    assert!(some.overflowed && !all.overflowed);
    assert_eq!(all.sequences.lost(), 0);
    let heard = |cpu| some.heard.range((cpu, 0)..=(cpu, u32::MAX)).map(|(key, _)| *key);
    let between = |cpu| all.heard.range(heard(cpu).next()?..=heard(cpu).next_back()?).count().into();
    let told: usize = (0..process::MAX_CPUS).filter_map(between).sum();
    println!("heard {} of {told}, {} counted as lost", some.heard.len(), some.sequences.lost());
    assert!(some.sequences.lost() > 0);
    assert_eq!(some.heard.len() as u64 + some.sequences.lost(), told as u64);
    assert!(some.heard.iter().all(|(key, event)| all.heard.get(key) == Some(event)));
}

#[test]
fn a_mask_leaves_out_the_rest() {
    if !since_linux(6, 6) {
        return skip("needs Linux 6.6");
    }
    let asked = Subscription { events: Some(Events::EXEC | Events::EXIT), ..Subscription::listen(1) };
    let Some(mut listener) = Listener::open(Some(1 << 20), asked) else { return };
    let mut child = Command::new("true").spawn().expect("true runs");
    child.wait().expect("true ends");
    listener.wait(|told| matches!(told.event, Event::Exit { task, .. } if task.pid == child.id()));
    let event_of_child: Vec<_> = listener.heard.values().filter(|event| event.task().is_some_and(|task| task.pid == child.id())).collect();
    assert_eq!(event_of_child.len(), 2);
    assert!(listener.heard.values().all(|event| matches!(event, Event::Exec { .. } | Event::Exit { .. })), "{:?}", listener.heard);
}

#[test]
fn an_operation_that_is_none_is_refused() {
    let Some(mut listener) = Listener::of_everything() else { return };
    let ack = NUMBERS.fetch_add(10, Ordering::Relaxed);
    let asked = Subscription { ack, operation: process::Operation::Other(99), ..Subscription::listen(1) };
    listener.netlink.send(&asked.message());
    let told = listener.wait(|told| told.ack == ack + 1);
    assert_eq!(told.event, Event::Acknowledged { errno: Errno::EINVAL as u32 });
}

/// Asks, and reads all that is answered.
fn ask(request: &[u8]) -> Vec<Answer> {
    let netlink = Netlink::open(SOCK_DIAG, 0).expect("a netlink socket");
    netlink.send(request);
    let is_dump = request[6..8] == 0x301_u16.to_ne_bytes();
    let mut answers = Vec::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let len = netlink.receive(&mut buffer, MsgFlags::empty()).expect("an answer");
        for message in messages(&buffer[..len]) {
            answers.push(Answer::parse(&message.expect("a message")).expect("an answer"));
        }
        if !is_dump || matches!(answers.last(), Some(Answer::End(_))) {
            return answers;
        }
    }
}

fn look_up(protocol: u8, id: SocketId) -> Result<Socket, u32> {
    match ask(&Request::look_up(protocol, id, 7))[..] {
        [Answer::Socket(socket)] => Ok(socket),
        [Answer::End(end @ End::Request { request, .. })] if request.seq == 7 => Err(end.errno()),
        ref other => panic!("one socket: {other:?}"),
    }
}

/// The inode that /proc shows of a socket.
fn inode(socket: &impl AsRawFd) -> u32 {
    let link = fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).expect("it is open");
    let link = link.to_str().expect("it is text");
    link.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')?.parse().ok()).expect("a socket")
}

fn connection(listener: &TcpListener, to: SocketAddr) -> (TcpStream, TcpStream) {
    let begun = TcpStream::connect(to).expect("it connects");
    let (accepted, _) = listener.accept().expect("it is accepted");
    (begun, accepted)
}

fn id_of(stream: &TcpStream) -> SocketId {
    SocketId::new(stream.local_addr().unwrap(), stream.peer_addr().unwrap())
}

#[test]
fn a_connection_is_found_by_its_ends() {
    for local in ["127.0.0.1:0", "[::1]:0"] {
        let listener = match TcpListener::bind(local) {
            Ok(listener) => listener,
            Err(error) => {
                skip(&format!("needs {local}: {error}"));
                continue;
            }
        };
        let (begun, accepted) = connection(&listener, listener.local_addr().unwrap());
        for stream in [&begun, &accepted] {
            let found = look_up(TCP, id_of(stream)).expect("it is there");
            println!("{found:?}");
            assert_eq!((found.inode, found.uid), (inode(stream), Uid::current().as_raw()));
            assert_eq!((found.state, SocketId { cookie: None, ..found.id }), (State::Established, id_of(stream)));

            // The cookie names the same one, and another one none.
            assert_eq!(look_up(TCP, found.id).map(|found| found.inode), Ok(inode(stream)));
            let stale = SocketId { cookie: found.id.cookie.map(|cookie| cookie ^ 1 << 40), ..found.id };
            assert_eq!(look_up(TCP, stale), Err(Errno::ENOENT as u32));
        }
        // Where nobody is connected, who listens answers.
        let id = SocketId { remote_port: 1, ..id_of(&accepted) };
        let found = look_up(TCP, id).expect("who listens");
        assert_eq!((found.state, found.inode), (State::Listen, inode(&listener)));
        assert_eq!(look_up(TCP, SocketId { local_port: 1, ..id }), Err(Errno::ENOENT as u32));
    }
}

#[test]
fn a_socket_of_ipv6_is_found_by_its_ipv4_ends() {
    let Ok(listener) = TcpListener::bind("[::]:0") else { return skip("needs IPv6") };
    let port = listener.local_addr().unwrap().port();
    let (begun, accepted) = connection(&listener, ([127, 0, 0, 1], port).into());
    let id = id_of(&begun).reversed();
    let found = look_up(TCP, id).expect("it is there");
    assert_eq!(found.inode, inode(&accepted));
    assert_eq!(found.id.local.to_string(), "::ffff:127.0.0.1");
    assert_eq!(SocketId { cookie: None, ..found.id.unmapped() }, id);
}

#[test]
fn a_socket_of_udp_is_found_by_its_ends_and_not_its_peer() {
    let (one, other) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.2:0").unwrap());
    one.connect(other.local_addr().unwrap()).expect("it connects");
    let id = SocketId::new(one.local_addr().unwrap(), other.local_addr().unwrap());
    let found = look_up(UDP, id).expect("it is there");
    assert_eq!((found.inode, found.state, SocketId { cookie: None, ..found.id }), (inode(&one), State::Established, id));
    let stale = SocketId { cookie: found.id.cookie.map(|cookie| cookie ^ 1 << 40), ..found.id };
    assert_eq!(look_up(UDP, stale), Err(Errno::ESTALE as u32));
    // The other one is bound and not connected.
    let found = look_up(UDP, id.reversed()).expect("it is there");
    assert_eq!((found.inode, found.state), (inode(&other), State::Close));
}

#[test]
fn a_dump_has_all_of_a_state_and_an_end() {
    let listeners: Vec<_> = (0..300).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let (begun, _accepted) = connection(&listeners[0], listeners[0].local_addr().unwrap());
    let answers = ask(&Request::dump(Family::V4, TCP, State::Listen.into(), 7));
    let Some((Answer::End(End::Dump { errno: 0 }), sockets)) = answers.split_last() else { panic!("it ends: {answers:?}") };
    let mut inodes = BTreeMap::new();
    for answer in sockets {
        let Answer::Socket(socket) = answer else { panic!("a socket: {answer:?}") };
        assert_eq!((socket.state, socket.id.family()), (State::Listen, Family::V4));
        inodes.insert(socket.inode, socket.id.local_port);
    }
    for listener in &listeners {
        assert_eq!(inodes.get(&inode(listener)), Some(&listener.local_addr().unwrap().port()));
    }
    assert!(!inodes.contains_key(&inode(&begun)));
}

#[test]
fn a_dump_of_no_protocol_ends_with_an_error() {
    let answers = ask(&Request::dump(Family::V4, 99, States::ALL, 7));
    assert_eq!(answers, [Answer::End(End::Dump { errno: Errno::ENOENT as u32 })]);
}

fn since_linux(major: u32, minor: u32) -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("a release");
    let mut numbers = release.split('.').map(|number| number.parse::<u32>().unwrap_or(0));
    (numbers.next(), numbers.next()) >= (Some(major), Some(minor))
}
