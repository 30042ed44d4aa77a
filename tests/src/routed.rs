//! Three hosts and a router between them: one is watched, one watches, one serves what the first asks for.

use std::fs;

use crate::netns::Namespace;

/// The hosts, of IPv4 and IPv6.
#[derive(Debug)]
pub struct Routed {
    /// Who is watched: `eth0` has [`Routed::PROBE`].
    pub probe: Namespace,
    /// Who is between: it forwards, and has the first address of each network.
    pub router: Namespace,
    /// Who watches.
    pub viewer: Namespace,
    /// Who serves.
    pub server: Namespace,
}

/// An address of each family.
pub type Both = [&'static str; 2];

impl Routed {
    /// Of who is watched.
    pub const PROBE: Both = ["10.97.1.2", "fd97:1::2"];
    /// Of the router, where the probe finds it.
    pub const ROUTER: Both = ["10.97.1.1", "fd97:1::1"];
    /// Of the viewer.
    pub const VIEWER: Both = ["10.97.2.2", "fd97:2::2"];
    /// Of the server.
    pub const SERVER: Both = ["10.97.3.2", "fd97:3::2"];

    /// Lays the cables, and waits until addresses are usable.
    pub fn new() -> Routed {
        let routed = Routed { probe: Namespace::new(), router: Namespace::new(), viewer: Namespace::new(), server: Namespace::new() };
        for host in [&routed.probe, &routed.router, &routed.viewer, &routed.server] {
            host.enter(|| {
                for scope in ["all", "default"] {
                    fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"), "0").expect("IPv6");
                    // An address is used at once.
                    fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/accept_dad"), "0").expect("no waiting for duplicates");
                }
            });
        }
        routed.router.enter(|| {
            fs::write("/proc/sys/net/ipv4/ip_forward", "1").expect("forward IPv4");
            fs::write("/proc/sys/net/ipv6/conf/all/forwarding", "1").expect("forward IPv6");
        });
        for (n, host) in (1..).zip([&routed.probe, &routed.viewer, &routed.server]) {
            let (near, router) = (format!("net{n}"), &routed.router);
            router.ip(&["link", "add", &near, "type", "veth", "peer", "name", "eth0", "netns", host.name()]);
            router.ip(&["address", "add", &format!("10.97.{n}.1/24"), "dev", &near]);
            router.ip(&["address", "add", &format!("fd97:{n}::1/64"), "nodad", "dev", &near]);
            router.ip(&["link", "set", &near, "up"]);
            host.ip(&["address", "add", &format!("10.97.{n}.2/24"), "dev", "eth0"]);
            host.ip(&["address", "add", &format!("fd97:{n}::2/64"), "nodad", "dev", "eth0"]);
            host.ip(&["link", "set", "eth0", "up"]);
            host.ip(&["route", "add", "default", "via", &format!("10.97.{n}.1")]);
            host.ip(&["-6", "route", "add", "default", "via", &format!("fd97:{n}::1")]);
        }
        routed
    }
}

impl Default for Routed {
    fn default() -> Self {
        Routed::new()
    }
}
