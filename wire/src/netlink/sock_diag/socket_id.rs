//! What makes a socket the one it is (`struct inet_diag_sockid`).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::netlink::Fault;
use crate::netlink::fields::Fields;

/// The length of the structure, in bytes.
pub(super) const LEN: usize = 48;
/// `INET_DIAG_NOCOOKIE`, twice.
const NO_COOKIE: u64 = u64::MAX;

/// The family of a socket's addresses. A socket of IPv6 may well speak IPv4: see [`SocketId::unmapped`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4 (`AF_INET`).
    V4,
    /// IPv6 (`AF_INET6`).
    V6,
}

impl Family {
    /// None of a family other than IP.
    pub(super) fn from_number(number: u8) -> Option<Family> {
        match number {
            2 => Some(Family::V4),
            10 => Some(Family::V6),
            _ => None,
        }
    }

    pub(super) fn number(self) -> u8 {
        match self {
            Family::V4 => 2,
            Family::V6 => 10,
        }
    }
}

/// Both ends of a socket, its interface and its cookie. Ports and addresses are big-endian in the message, the rest is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SocketId {
    /// The local address; of a socket of IPv6 always one of IPv6, IPv4-mapped where it speaks IPv4.
    pub local: IpAddr,
    /// The local port.
    pub local_port: u16,
    /// The remote address; unspecified where there is none.
    pub remote: IpAddr,
    /// The remote port, 0 where there is none.
    pub remote_port: u16,
    /// The index of the interface to which the socket is bound, or 0. A link-local address binds it to its own.
    pub interface: u32,
    /// The kernel's number of the socket (`SO_COOKIE`), of which it never gives out one twice; none in a request means any.
    pub cookie: Option<u64>,
}

impl SocketId {
    /// Of two ends; the interface is the one that either end's scope names.
    pub fn new(local: SocketAddr, remote: SocketAddr) -> SocketId {
        let scope = |end: SocketAddr| match end {
            SocketAddr::V4(_) => None,
            SocketAddr::V6(end) => Some(end.scope_id()).filter(|scope| *scope != 0),
        };
        SocketId {
            local: local.ip(),
            local_port: local.port(),
            remote: remote.ip(),
            remote_port: remote.port(),
            interface: scope(local).or(scope(remote)).unwrap_or(0),
            cookie: None,
        }
    }

    /// Of no end: unspecified addresses of a family.
    pub fn any(family: Family) -> SocketId {
        let addr = match family {
            Family::V4 => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
            Family::V6 => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
        };
        SocketId::new((addr, 0).into(), (addr, 0).into())
    }

    /// The family: IPv4 where both addresses are. Should they differ, the other one is written IPv4-mapped.
    pub fn family(&self) -> Family {
        if self.local.is_ipv4() && self.remote.is_ipv4() { Family::V4 } else { Family::V6 }
    }

    /// The same with IPv4 addresses where they were IPv4-mapped, as packets have them. No change where only one end is mapped and
    /// the other one is specified.
    #[must_use]
    pub fn unmapped(self) -> SocketId {
        let (local, remote) = match (self.local.to_canonical(), self.remote.to_canonical()) {
            (IpAddr::V4(local), IpAddr::V6(remote)) if remote.is_unspecified() => (local, Ipv4Addr::UNSPECIFIED),
            (IpAddr::V6(local), IpAddr::V4(remote)) if local.is_unspecified() => (Ipv4Addr::UNSPECIFIED, remote),
            (IpAddr::V4(local), IpAddr::V4(remote)) => (local, remote),
            _ => return self,
        };
        SocketId { local: local.into(), remote: remote.into(), ..self }
    }

    /// The same seen from the other end.
    #[must_use]
    pub fn reversed(self) -> SocketId {
        let SocketId { local, local_port, remote, remote_port, .. } = self;
        SocketId { local: remote, local_port: remote_port, remote: local, remote_port: local_port, ..self }
    }

    pub(super) fn parse(family: Family, fields: &mut Fields<'_>) -> Result<SocketId, Fault> {
        let (local_port, remote_port) = (u16::from_be_bytes(fields.array()?), u16::from_be_bytes(fields.array()?));
        let (local, remote) = (address(family, fields.array()?), address(family, fields.array()?));
        let interface = fields.u32()?;
        // Two halves, the lower one first on every machine.
        let (low, high) = (fields.u32()?, fields.u32()?);
        let cookie = Some(u64::from(high) << 32 | u64::from(low)).filter(|cookie| *cookie != NO_COOKIE);
        Ok(SocketId { local, local_port, remote, remote_port, interface, cookie })
    }

    pub(super) fn emit(&self, into: &mut Vec<u8>) {
        into.extend(self.local_port.to_be_bytes());
        into.extend(self.remote_port.to_be_bytes());
        for addr in [self.local, self.remote] {
            into.extend(octets(self.family(), addr));
        }
        into.extend(self.interface.to_ne_bytes());
        let cookie = self.cookie.unwrap_or(NO_COOKIE);
        for half in [cookie & u64::from(u32::MAX), cookie >> 32] {
            into.extend(u32::try_from(half).unwrap_or(u32::MAX).to_ne_bytes());
        }
    }
}

/// An IPv4 address stands in the first four of sixteen bytes.
fn address(family: Family, bytes: [u8; 16]) -> IpAddr {
    match (family, bytes) {
        (Family::V4, [a, b, c, d, ..]) => Ipv4Addr::from([a, b, c, d]).into(),
        (Family::V6, bytes) => Ipv6Addr::from(bytes).into(),
    }
}

fn octets(family: Family, addr: IpAddr) -> [u8; 16] {
    match (family, addr) {
        (Family::V4, IpAddr::V4(addr)) => {
            let [a, b, c, d] = addr.octets();
            [a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        }
        (_, IpAddr::V4(addr)) => addr.to_ipv6_mapped().octets(),
        (_, IpAddr::V6(addr)) => addr.octets(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(local: &str, remote: &str) -> SocketId {
        SocketId::new(local.parse().unwrap(), remote.parse().unwrap())
    }

    pub(crate) fn ids() -> impl Strategy<Value = SocketId> {
        let ends = prop_oneof![
            any::<([u8; 4], [u8; 4])>().prop_map(|(local, remote)| (IpAddr::from(local), IpAddr::from(remote))),
            any::<([u8; 16], [u8; 16])>().prop_map(|(local, remote)| (IpAddr::from(local), IpAddr::from(remote))),
        ];
        (ends, any::<(u16, u16, u32)>(), proptest::option::of(0..u64::MAX)).prop_map(
            |((local, remote), (local_port, remote_port, interface), cookie)| SocketId {
                local,
                local_port,
                remote,
                remote_port,
                interface,
                cookie,
            },
        )
    }

    #[test]
    fn the_fields_stand_where_the_kernel_reads_them() {
        let mut bytes = Vec::new();
        SocketId { interface: 3, cookie: Some(1 << 32 | 2), ..id("192.0.2.1:258", "192.0.2.2:772") }.emit(&mut bytes);
        let mut expected = vec![1, 2, 3, 4, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2];
        expected.resize(36, 0);
        expected.extend([3_u32, 2, 1].iter().flat_map(|field| field.to_ne_bytes()));
        assert_eq!(bytes, expected);
        bytes.clear();
        SocketId::any(Family::V6).emit(&mut bytes);
        assert_eq!(bytes, [&[0; 40][..], &[0xff; 8]].concat());
    }

    #[test]
    fn mapped_addresses_are_what_packets_have() {
        assert_eq!(id("[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.2]:2").unmapped(), id("192.0.2.1:1", "192.0.2.2:2"));
        assert_eq!(id("[::ffff:192.0.2.1]:1", "[::]:0").unmapped(), id("192.0.2.1:1", "0.0.0.0:0"));
        assert_eq!(id("[::]:1", "[::ffff:192.0.2.2]:2").unmapped(), id("0.0.0.0:1", "192.0.2.2:2"));
        for same in [id("[::]:1", "[::]:0"), id("192.0.2.1:1", "192.0.2.2:2"), id("[::ffff:192.0.2.1]:1", "[2001:db8::1]:2")] {
            assert_eq!(same.unmapped(), same);
        }
    }

    #[test]
    fn an_address_of_either_kind_is_written_as_ipv6() {
        let (mixed, mapped) = (id("192.0.2.1:1", "[::1]:2"), id("[::ffff:192.0.2.1]:1", "[::1]:2"));
        let (mut first, mut second) = (Vec::new(), Vec::new());
        mixed.emit(&mut first);
        mapped.emit(&mut second);
        assert_eq!((mixed.family(), first), (Family::V6, second));
    }

    #[test]
    fn a_scope_is_an_interface() {
        assert_eq!(id("[fe80::1%5]:1", "[fe80::2%5]:2").interface, 5);
        assert_eq!(id("[::]:1", "[fe80::2%6]:2").interface, 6);
        assert_eq!(id("[::1]:1", "[::1]:2").interface, 0);
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(id in ids()) {
            let mut bytes = Vec::new();
            id.emit(&mut bytes);
            prop_assert_eq!(bytes.len(), LEN);
            let mut fields = Fields::new(&bytes);
            prop_assert_eq!(SocketId::parse(id.family(), &mut fields), Ok(id));
            prop_assert!(fields.rest().is_empty());
            prop_assert_eq!(SocketId::parse(id.family(), &mut Fields::new(&bytes[..LEN - 1])), Err(Fault::Short));
            prop_assert_eq!(id.reversed().reversed(), id);
        }
    }
}
