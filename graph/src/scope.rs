//! How far an address reaches: as far as it tells by itself, and as far as this machine's own addresses and networks tell.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv4Addr};

use hashbrown::HashSet;
use ipnet::IpNet;

/// How far an address reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// This machine.
    Own,
    /// The local network: private or link-local, or on a network that this machine is on.
    Local,
    /// Anywhere.
    Internet,
    /// Many at once: multicast and broadcast.
    Multicast,
}

impl Scope {
    /// All, in the order of a legend.
    pub const ALL: [Scope; 4] = [Scope::Own, Scope::Local, Scope::Internet, Scope::Multicast];

    /// What an address tells by itself: never that it is this machine's, for even loopback may be another's.
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
            Scope::Own => "This machine",
            Scope::Local => "Local network",
            Scope::Internet => "Internet",
            Scope::Multicast => "Multicast",
        }
    }
}

/// This machine's addresses and the networks that it is on. The default has none: of a recording.
///
/// ```
/// use graph::{Scope, Vicinity};
///
/// let vicinity: Vicinity = ["2001:db8::7/64".parse()?, "203.0.113.7/25".parse()?].into_iter().collect();
/// assert_eq!(vicinity.scope("2001:db8::7".parse()?), Scope::Own);
/// assert_eq!(vicinity.scope("2001:db8::8".parse()?), Scope::Local);
/// assert_eq!(vicinity.scope("203.0.113.127".parse()?), Scope::Multicast);
/// assert_eq!(vicinity.scope("203.0.113.128".parse()?), Scope::Internet);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vicinity {
    own: HashSet<IpAddr>,
    /// Those that more than two addresses fit in, the smallest first.
    networks: Vec<IpNet>,
}

impl FromIterator<IpNet> for Vicinity {
    /// Each is an address of an interface with the network that it is on; an address that is on none comes with all its bits.
    fn from_iter<I: IntoIterator<Item = IpNet>>(addresses: I) -> Vicinity {
        let mut vicinity = Vicinity::default();
        for address in addresses {
            vicinity.own.insert(address.addr().to_canonical());
            if address.max_prefix_len() - address.prefix_len() > 1 && address.prefix_len() > 0 {
                vicinity.networks.push(address.trunc());
            }
        }
        vicinity.networks.sort_unstable_by_key(|network| (Reverse(network.prefix_len()), *network));
        vicinity.networks.dedup();
        vicinity
    }
}

impl Vicinity {
    /// How far an address reaches from this machine.
    pub fn scope(&self, addr: IpAddr) -> Scope {
        let addr = addr.to_canonical();
        match (Scope::of(addr), self.network(addr)) {
            _ if addr.is_loopback() || self.own.contains(&addr) => Scope::Own,
            (_, Some(network)) if addr.is_ipv4() && network.broadcast() == addr => Scope::Multicast,
            (_, Some(_)) => Scope::Local,
            (scope, None) => scope,
        }
    }

    /// The network of this machine's that an address is on.
    pub fn network(&self, addr: IpAddr) -> Option<IpNet> {
        let addr = addr.to_canonical();
        self.networks.iter().find(|network| network.contains(&addr)).copied()
    }
}

/// Private addresses, and those of RFC 6598 that carriers use in the same way.
fn is_site(a: Ipv4Addr) -> bool {
    let [x, y, ..] = a.octets();
    a.is_private() || a.is_loopback() || a.is_link_local() || a.is_unspecified() || (x == 100 && y & 0xc0 == 64)
}

/// The broadcast address of all, or of what is most likely a private /24: by itself nothing tells the netmask.
fn is_broadcast(a: Ipv4Addr) -> bool {
    a.is_broadcast() || (is_site(a) && a.octets().last() == Some(&255))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_scopes(vicinity: &Vicinity, expected: &[(&str, Scope)]) {
        for (addr, scope) in expected {
            assert_eq!(vicinity.scope(addr.parse().unwrap()), *scope, "{addr}");
        }
    }

    fn vicinity(addresses: &[&str]) -> Vicinity {
        addresses.iter().map(|address| address.parse::<IpNet>().unwrap()).collect()
    }

    #[test]
    fn addresses_tell_their_scope() {
        assert_scopes(
            &vicinity(&["192.168.1.7/32"]),
            &[
                ("192.168.1.7", Scope::Own),
                ("::ffff:192.168.1.7", Scope::Own),
                ("127.0.0.53", Scope::Own),
                ("::1", Scope::Own),
                ("192.168.1.8", Scope::Local),
                ("::ffff:10.0.0.1", Scope::Local),
                ("100.64.3.3", Scope::Local),
                ("fe80::1", Scope::Local),
                ("fd00::1", Scope::Local),
                ("1.1.1.1", Scope::Internet),
                ("172.32.0.1", Scope::Internet),
                ("2001:db8::1", Scope::Internet),
                ("192.168.1.255", Scope::Multicast),
                ("255.255.255.255", Scope::Multicast),
                ("8.8.8.255", Scope::Internet),
                ("224.0.0.251", Scope::Multicast),
                ("ff02::fb", Scope::Multicast),
            ],
        );
        assert_eq!(Scope::of("127.0.0.1".parse().unwrap()), Scope::Local);
    }

    #[test]
    fn what_is_on_a_network_of_this_machine_is_local() {
        assert_scopes(
            &vicinity(&["2001:db8:1:2::7/64", "203.0.113.10/28", "10.0.4.9/22"]),
            &[
                ("2001:db8:1:2::7", Scope::Own),
                ("2001:db8:1:2:aaaa::1", Scope::Local),
                ("2001:db8:1:3::1", Scope::Internet),
                ("203.0.113.1", Scope::Local),
                ("203.0.113.15", Scope::Multicast),
                ("203.0.113.16", Scope::Internet),
                ("10.0.5.255", Scope::Local),
                ("10.0.7.255", Scope::Multicast),
                ("10.0.8.255", Scope::Multicast),
            ],
        );
    }

    #[test]
    fn the_ends_of_a_link_and_everything_are_no_network() {
        assert_scopes(
            &vicinity(&["203.0.113.1/31", "2001:db8::1/127", "198.51.100.1/32", "198.51.100.2/0"]),
            &[
                ("203.0.113.0", Scope::Internet),
                ("2001:db8::", Scope::Internet),
                ("192.0.2.1", Scope::Internet),
                ("198.51.100.2", Scope::Own),
            ],
        );
    }
}
