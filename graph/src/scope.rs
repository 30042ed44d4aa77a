//! How far an address reaches, as far as it tells by itself.

use std::net::{IpAddr, Ipv4Addr};

/// How far an address reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The local network: private, link-local or loopback.
    Local,
    /// Anywhere.
    Internet,
    /// Many at once: multicast and broadcast.
    Multicast,
}

impl Scope {
    /// That of an address.
    pub fn of(addr: IpAddr) -> Scope {
        match addr.to_canonical() {
            IpAddr::V4(a) if a.is_multicast() || is_broadcast(a) => Scope::Multicast,
            IpAddr::V4(a) if is_site(a) => Scope::Local,
            IpAddr::V6(a) if a.is_multicast() => Scope::Multicast,
            IpAddr::V6(a) if a.is_loopback() || a.is_unspecified() || a.is_unique_local() || a.is_unicast_link_local() => Scope::Local,
            IpAddr::V4(_) | IpAddr::V6(_) => Scope::Internet,
        }
    }

    /// What the user reads.
    pub const fn label(self) -> &'static str {
        match self {
            Scope::Local => "Local network",
            Scope::Internet => "Internet",
            Scope::Multicast => "Multicast",
        }
    }
}

/// Private addresses, and those of RFC 6598 that carriers use in the same way.
fn is_site(a: Ipv4Addr) -> bool {
    let [x, y, ..] = a.octets();
    a.is_private() || a.is_loopback() || a.is_link_local() || a.is_unspecified() || (x == 100 && y & 0xc0 == 64)
}

/// The broadcast address of all, or of what is most likely a private /24: nothing tells the netmask.
fn is_broadcast(a: Ipv4Addr) -> bool {
    a.is_broadcast() || (is_site(a) && a.octets().last() == Some(&255))
}
