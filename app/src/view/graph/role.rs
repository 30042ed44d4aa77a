//! What part an address plays, as far as it tells by itself.

use std::net::{IpAddr, Ipv4Addr};

/// What part a host plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The machine that looks.
    Own,
    /// On the local network: a private, link-local or loopback address.
    Lan,
    /// Anywhere else.
    Internet,
    /// Many at once: multicast and broadcast.
    Group,
}

impl Role {
    /// Every role, in the order of a legend.
    pub const ALL: [Role; 4] = [Role::Own, Role::Lan, Role::Internet, Role::Group];

    /// The role of an address; `own` are this machine's.
    pub fn of(addr: IpAddr, own: &[IpAddr]) -> Role {
        if own.contains(&addr) {
            return Role::Own;
        }
        match addr.to_canonical() {
            IpAddr::V4(a) if a.is_multicast() || is_broadcast(a) => Role::Group,
            IpAddr::V4(a) if is_site(a) => Role::Lan,
            IpAddr::V6(a) if a.is_multicast() => Role::Group,
            IpAddr::V6(a) if a.is_loopback() || a.is_unspecified() || a.is_unique_local() || a.is_unicast_link_local() => Role::Lan,
            IpAddr::V4(_) | IpAddr::V6(_) => Role::Internet,
        }
    }

    /// What the user reads.
    pub const fn label(self) -> &'static str {
        match self {
            Role::Own => "This machine",
            Role::Lan => "Local network",
            Role::Internet => "Internet",
            Role::Group => "Multicast",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_tell_their_role() {
        let own: Vec<IpAddr> = vec!["192.168.1.7".parse().unwrap()];
        for (addr, role) in [
            ("192.168.1.7", Role::Own),
            ("192.168.1.8", Role::Lan),
            ("::ffff:10.0.0.1", Role::Lan),
            ("127.0.0.1", Role::Lan),
            ("100.64.3.3", Role::Lan),
            ("fe80::1", Role::Lan),
            ("fd00::1", Role::Lan),
            ("1.1.1.1", Role::Internet),
            ("172.32.0.1", Role::Internet),
            ("2001:db8::1", Role::Internet),
            ("192.168.1.255", Role::Group),
            ("255.255.255.255", Role::Group),
            ("8.8.8.255", Role::Internet),
            ("224.0.0.251", Role::Group),
            ("ff02::fb", Role::Group),
        ] {
            assert_eq!(Role::of(addr.parse().unwrap(), &own), role, "{addr}");
        }
    }
}
