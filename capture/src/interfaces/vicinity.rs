//! This machine's addresses and networks, and when they change.

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use graph::Vicinity;
use ipnet::{IpNet, ip_mask_to_prefix};
use nix::errno::Errno;
use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::libc::{NETLINK_ROUTE, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR};
use nix::net::if_::InterfaceFlags;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::socket::{AddressFamily, NetlinkAddr, SockaddrStorage, bind};

use crate::netlink::{Heard, Socket};
use crate::privilege::drop_capabilities;

/// The longest message of an address.
const MESSAGE_BYTES: usize = 32 * 1024;
/// After a change so long nothing is told: what changes then changes often.
const REST: Duration = Duration::from_millis(250);

/// The addresses of this thread's network namespace, and the networks that they are on.
///
/// # Errors
/// What the kernel answered when it was asked for them.
pub fn vicinity() -> io::Result<Vicinity> {
    Ok(getifaddrs()?.filter_map(|entry| address(&entry)).collect())
}

/// An address with its network. Only where all others can be called at once they are neighbours: loopback and the near end of a tunnel are on
/// none, nor are 6to4, 6rd and others that have no certain other end, though the kernel does not call these point-to-point.
fn address(entry: &InterfaceAddress) -> Option<IpNet> {
    let addr = ip(entry.address.as_ref()?)?;
    let has_neighbours = entry.flags.contains(InterfaceFlags::IFF_BROADCAST) && !entry.flags.contains(InterfaceFlags::IFF_POINTOPOINT);
    let mask = entry.netmask.as_ref().and_then(ip).filter(|_| has_neighbours);
    let prefix = mask.and_then(|mask| ip_mask_to_prefix(mask).ok());
    prefix.and_then(|prefix| IpNet::new(addr, prefix).ok()).or_else(|| Some(IpNet::from(addr)))
}

/// The IP address of a socket's, if it has one.
pub(crate) fn ip(address: &SockaddrStorage) -> Option<IpAddr> {
    let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
}

/// Tells whenever an address of this machine came or went. Its thread sleeps until then, and ends with it.
#[derive(Debug)]
pub struct Watch {
    changed: Receiver<()>,
    stop: Arc<EventFd>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Watches the addresses of this thread's network namespace, from now on.
    ///
    /// # Errors
    /// What the kernel answered when it was asked to tell.
    pub fn start() -> io::Result<Watch> {
        let family = socket2::Domain::from(AddressFamily::Netlink as i32);
        let socket: OwnedFd = socket2::Socket::new(family, socket2::Type::DGRAM, Some(NETLINK_ROUTE.into()))?.into();
        let groups = (RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR).cast_unsigned();
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
        let socket = Socket::new(socket, MESSAGE_BYTES);
        let stop = Arc::new(EventFd::from_flags(EfdFlags::EFD_CLOEXEC)?);
        let (tell, changed) = bounded(1);
        let told_to_stop = Arc::clone(&stop);
        let thread = Builder::new().name("addresses".into()).spawn(move || {
            // Who starts it may still have interfaces to open.
            if drop_capabilities().is_ok() {
                let _useless = watch(socket, &told_to_stop, &tell);
            }
        })?;
        Ok(Watch { changed, stop, thread: Some(thread) })
    }

    /// Something comes whenever [`vicinity`] may be otherwise than it was.
    pub const fn changed(&self) -> &Receiver<()> {
        &self.changed
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _cannot_be_full = self.stop.write(1);
        if let Some(thread) = self.thread.take() {
            let _ended = thread.join();
        }
    }
}

/// Until it is told to stop.
fn watch(mut socket: Socket, stop: &EventFd, tell: &Sender<()>) -> nix::Result<()> {
    while !wait(&[socket.descriptor(), stop.as_fd()], PollTimeout::NONE)? {
        let mut is_news = false;
        loop {
            match socket.hear()? {
                Heard::Nothing => break,
                Heard::Messages(_) | Heard::Overflow => is_news = true,
                Heard::Other => {}
            }
        }
        // One that waits to be looked at stands for this one too.
        if is_news && matches!(tell.try_send(()), Err(TrySendError::Disconnected(()))) {
            return Ok(());
        }
        if is_news && wait(&[stop.as_fd()], PollTimeout::try_from(REST).unwrap_or(PollTimeout::MAX))? {
            return Ok(());
        }
    }
    Ok(())
}

/// Waits for any of them; whether the last, which ends all, is readable.
fn wait(descriptors: &[std::os::fd::BorrowedFd<'_>], timeout: PollTimeout) -> nix::Result<bool> {
    let mut waited: Vec<PollFd<'_>> = descriptors.iter().map(|descriptor| PollFd::new(*descriptor, PollFlags::POLLIN)).collect();
    match poll(&mut waited, timeout) {
        Ok(_) | Err(Errno::EINTR) => Ok(waited.last().and_then(PollFd::any).unwrap_or_default()),
        Err(errno) => Err(errno),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::net::SocketAddr;
    use std::time::Instant;

    use graph::Scope;

    use super::*;

    #[test]
    fn a_network_is_where_one_can_call_all() {
        let told = |addr: &str, mask: &str, flags| {
            let [address, netmask] = [addr, mask].map(|addr| Some(SocketAddr::new(addr.parse().unwrap(), 0).into()));
            let entry = InterfaceAddress { interface_name: "x".into(), flags, address, netmask, broadcast: None, destination: None };
            super::address(&entry).unwrap().to_string()
        };
        let (cable, tunnel) = (InterfaceFlags::IFF_BROADCAST, InterfaceFlags::IFF_POINTOPOINT | InterfaceFlags::IFF_NOARP);
        assert_eq!(told("2001:db8::7", "ffff:ffff:ffff:ffff::", cable), "2001:db8::7/64");
        assert_eq!(told("203.0.113.7", "255.255.255.128", cable | InterfaceFlags::IFF_NOARP), "203.0.113.7/25");
        assert_eq!(told("203.0.113.7", "255.255.255.0", tunnel), "203.0.113.7/32");
        assert_eq!(told("127.0.0.1", "255.0.0.0", InterfaceFlags::IFF_LOOPBACK), "127.0.0.1/32");
        // 6to4: its other end is whoever has such an address.
        assert_eq!(told("2002:cb00:7107::1", "ffff::", InterfaceFlags::IFF_NOARP), "2002:cb00:7107::1/128");
    }

    #[test]
    fn the_thread_of_a_watch_has_no_privilege() {
        let _watch = Watch::start().unwrap();
        let late = Instant::now() + Duration::from_secs(20);
        let has_none = |status: String| status.contains("CapPrm:\t0000000000000000\n") && status.contains("NoNewPrivs:\t1\n");
        let of = |what: &str, task: &fs::DirEntry| fs::read_to_string(task.path().join(what)).unwrap_or_default();
        while !fs::read_dir("/proc/self/task")
            .unwrap()
            .flatten()
            .any(|task| of("comm", &task) == "addresses\n" && has_none(of("status", &task)))
        {
            assert!(Instant::now() < late, "it keeps what this thread has");
            std::thread::yield_now();
        }
    }

    #[test]
    fn loopback_is_this_machine_and_no_network() {
        let vicinity = vicinity().unwrap();
        assert_eq!(vicinity.scope("127.0.0.1".parse().unwrap()), Scope::Own);
        assert_eq!(vicinity.network("127.0.0.1".parse().unwrap()), None);
    }

    #[test]
    fn a_watch_ends_with_its_owner() {
        let watch = Watch::start().unwrap();
        let changed = watch.changed().clone();
        drop(watch);
        assert_eq!(changed.recv(), Err(crossbeam_channel::RecvError));
    }
}
