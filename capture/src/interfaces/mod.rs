//! The network interfaces of this computer: what they are, whether this process may capture on them, how busy they are.
//!
//! ```no_run
//! for interface in capture::interfaces::list()? {
//!     println!("{} ({}), capture: {}", interface.name, interface.kind, interface.permitted);
//! }
//! # Ok::<(), std::io::Error>(())
//! ```

mod counters;
mod kind;
mod link;
mod remedy;
mod vicinity;

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use nix::ifaddrs::getifaddrs;
use nix::net::if_::InterfaceFlags;

pub use counters::{Counters, Traffic};
pub use kind::Kind;
pub use link::{Link, link};
pub use remedy::{Remedy, capture_remedy, may_capture};
pub(crate) use vicinity::ip;
pub use vicinity::{Watch, vicinity};

#[cfg(feature = "ebpf")]
pub(crate) use remedy::remedy_with;
pub(crate) use remedy::{remedy, remedy_to, remedy_with_helper};

/// The name of libpcap's pseudo-interface that captures on all others.
pub const ANY: &str = "any";

/// The interface that a user wants first: one that is connected and has an address, but for loopback. None where there is none.
pub fn usual() -> Option<String> {
    let usual =
        |interface: &Interface| interface.running && !interface.loopback && interface.name != ANY && !interface.addresses.is_empty();
    list().ok()?.into_iter().find(usual).map(|interface| interface.name)
}

/// One network interface, as it was when it was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Its name, such as `eth0`.
    pub name: String,
    /// The kernel's number for it; 0 for [`ANY`].
    pub index: u32,
    /// The alias that somebody gave it, or what [`ANY`] is.
    pub description: Option<String>,
    /// What it is, as far as that shows.
    pub kind: Kind,
    /// Its addresses, sorted.
    pub addresses: Vec<IpAddr>,
    /// Its hardware address.
    pub mac: Option<[u8; 6]>,
    /// Whether somebody set it up.
    pub up: bool,
    /// Whether it is up and connected.
    pub running: bool,
    /// Whether it leads back to this computer.
    pub loopback: bool,
    /// Whether this process may capture on it; else [`capture_remedy`] says how to.
    pub permitted: bool,
}

impl Interface {
    fn any(permitted: bool) -> Interface {
        Interface {
            name: ANY.into(),
            index: 0,
            description: Some("all interfaces together".into()),
            kind: Kind::Any,
            addresses: Vec::new(),
            mac: None,
            up: true,
            running: true,
            loopback: false,
            permitted,
        }
    }

    /// What a user wants first: what is connected and has addresses, hardware before the rest; loopback and [`ANY`] last.
    fn rank(&self) -> (bool, bool, bool, Kind) {
        (matches!(self.kind, Kind::Any), !self.running, self.addresses.is_empty() || self.loopback, self.kind)
    }
}

/// The interfaces of this thread's network namespace and [`ANY`], the likeliest first.
///
/// # Errors
/// What the kernel answered when it was asked for its interfaces.
pub fn list() -> io::Result<Vec<Interface>> {
    let permitted = may_capture();
    let mut by_name: BTreeMap<String, Interface> = BTreeMap::new();
    for entry in getifaddrs()? {
        let name = entry.interface_name;
        let interface = by_name.entry(name).or_insert_with_key(|name| Interface {
            name: name.clone(),
            description: kind::alias(name),
            kind: kind::of(name, entry.flags),
            up: entry.flags.contains(InterfaceFlags::IFF_UP),
            running: entry.flags.contains(InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING),
            loopback: entry.flags.contains(InterfaceFlags::IFF_LOOPBACK),
            ..Interface::any(permitted)
        });
        let Some(address) = entry.address else { continue };
        if let Some(link) = address.as_link_addr() {
            interface.index = u32::try_from(link.ifindex()).unwrap_or_default();
            interface.mac = link.addr().filter(|mac| *mac != [0; 6]);
        } else {
            interface.addresses.extend(ip(&address));
        }
    }
    let mut interfaces: Vec<Interface> = by_name.into_values().chain([Interface::any(permitted)]).collect();
    for interface in &mut interfaces {
        interface.addresses.sort_unstable();
    }
    interfaces.sort_by(|a, b| (a.rank(), &a.name).cmp(&(b.rank(), &b.name)));
    Ok(interfaces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn loopback_is_listed_with_its_address_and_any_is_last() {
        let interfaces = list().unwrap();
        let lo = interfaces.iter().find(|i| i.loopback).unwrap();
        assert_eq!((lo.kind, lo.up, lo.mac), (Kind::Loopback, true, None));
        assert!(lo.addresses.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)), "{lo:?}");
        assert_eq!(Link::Up { index: lo.index, loopback: true }, link(&lo.name).unwrap());
        assert_eq!(interfaces.last().unwrap().name, ANY);
    }

    #[test]
    fn what_is_connected_comes_first() {
        let base = Interface::any(true);
        let wired = Interface { kind: Kind::Ethernet, addresses: vec![Ipv4Addr::new(192, 0, 2, 1).into()], ..base.clone() };
        let unplugged = Interface { running: false, ..wired.clone() };
        let bridge = Interface { kind: Kind::Bridge, ..wired.clone() };
        assert!(wired.rank() < bridge.rank());
        assert!(bridge.rank() < unplugged.rank());
        assert!(unplugged.rank() < base.rank());
    }
}
