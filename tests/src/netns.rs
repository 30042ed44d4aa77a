//! Network namespaces of a test's own, and virtual cables between them. They go when they are dropped.

use std::fs::{self, File};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use nix::sched::{CloneFlags, setns};

use crate::skip::Need;

/// What a test that makes namespaces needs.
pub const NEEDS: [Need; 2] = [Need::Root, Need::Program("ip")];

static MADE: AtomicU32 = AtomicU32::new(0);

/// A network namespace with its loopback interface up and no IPv6, so that nothing is sent but what a test sends.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// Makes one of a name that no other process or test has.
    pub fn new() -> Namespace {
        let name = format!("glouglou-{}-{}", process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        ip(&["netns", "add", &name]);
        let namespace = Namespace { name };
        namespace.enter(|| {
            for scope in ["all", "default"] {
                let _no_ipv6_at_all = fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"), "1");
            }
        });
        namespace.ip(&["link", "set", "lo", "up"]);
        namespace
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Runs `ip` in it.
    ///
    /// # Panics
    /// Where it fails.
    pub fn ip(&self, arguments: &[&str]) {
        ip(&[&["-n", self.name.as_str()], arguments].concat());
    }

    /// Runs `work` on a thread inside the namespace; a process that it starts is inside too.
    ///
    /// # Panics
    /// Where the namespace cannot be entered, or the work panics.
    pub fn enter<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let inside = || {
            let namespace = File::open(format!("/run/netns/{}", self.name)).expect("the namespace's file");
            setns(namespace, CloneFlags::CLONE_NEWNET).expect("enter the namespace");
            work()
        };
        thread::scope(|scope| scope.spawn(inside).join()).unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

impl Namespace {
    /// How many sockets capture packets there.
    ///
    /// # Panics
    /// Where the kernel does not say.
    pub fn captures(&self) -> usize {
        self.enter(|| std::fs::read_to_string("/proc/thread-self/net/packet").expect("sockets").lines().skip(1).count())
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Namespace::new()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _gone = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

/// Two namespaces and a cable: what is sent to [`Cable::FAR`] from `near` arrives at the interface `far`, where nobody answers.
#[derive(Debug)]
pub struct Cable {
    /// Where the interface `near` is, with [`Cable::NEAR`].
    pub near: Namespace,
    /// Where the interface `far` is, without an address.
    pub far: Namespace,
}

impl Cable {
    /// The sender's address.
    pub const NEAR: std::net::Ipv4Addr = std::net::Ipv4Addr::new(10, 99, 0, 1);
    /// The address that the sender believes to be at the other end.
    pub const FAR: std::net::Ipv4Addr = std::net::Ipv4Addr::new(10, 99, 0, 2);

    /// Lays one.
    pub fn new() -> Cable {
        let cable = Cable { near: Namespace::new(), far: Namespace::new() };
        cable.lay();
        cable
    }

    /// Lays one with somebody at the far end: [`Cable::FAR`] answers.
    pub fn answered() -> Cable {
        let cable = Cable::new();
        cable.far.ip(&["address", "add", "10.99.0.2/24", "dev", "far"]);
        for (namespace, end) in [(&cable.near, "near"), (&cable.far, "far")] {
            namespace.ip(&["link", "set", end, "arp", "on"]);
        }
        cable
    }

    /// Lays it again after it was cut.
    pub fn lay(&self) {
        let far = self.far.name.as_str();
        self.near.ip(&["link", "add", "near", "type", "veth", "peer", "name", "far", "netns", far]);
        self.near.ip(&["address", "add", "10.99.0.1/24", "dev", "near"]);
        self.far.ip(&["link", "set", "far", "address", "02:00:00:00:00:02", "arp", "off", "up"]);
        self.near.ip(&["link", "set", "near", "arp", "off", "up"]);
        self.near.ip(&["neighbour", "replace", "10.99.0.2", "lladdr", "02:00:00:00:00:02", "dev", "near"]);
    }

    /// Removes both its interfaces.
    pub fn cut(&self) {
        self.far.ip(&["link", "del", "far"]);
    }
}

impl Default for Cable {
    fn default() -> Self {
        Cable::new()
    }
}

fn ip(arguments: &[&str]) {
    let output = Command::new("ip").args(arguments).output().expect("run ip");
    assert!(output.status.success(), "ip {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr));
}
