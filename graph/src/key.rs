//! What identifies a flow and a host.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The IP protocol number of a flow's innermost transport (IANA protocol-numbers).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proto(pub u8);

impl Proto {
    /// ICMP for IPv4.
    pub const ICMP: Proto = Proto(1);
    /// TCP.
    pub const TCP: Proto = Proto(6);
    /// UDP.
    pub const UDP: Proto = Proto(17);
    /// ICMP for IPv6.
    pub const ICMPV6: Proto = Proto(58);
    /// SCTP.
    pub const SCTP: Proto = Proto(132);

    /// The protocol's short lower-case name, where it has a common one.
    pub const fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "hopopt",
            1 => "icmp",
            2 => "igmp",
            4 => "ipip",
            6 => "tcp",
            8 => "egp",
            9 => "igp",
            17 => "udp",
            33 => "dccp",
            41 => "ipv6",
            46 => "rsvp",
            47 => "gre",
            50 => "esp",
            51 => "ah",
            58 => "icmpv6",
            88 => "eigrp",
            89 => "ospf",
            103 => "pim",
            108 => "ipcomp",
            112 => "vrrp",
            115 => "l2tp",
            132 => "sctp",
            136 => "udplite",
            137 => "mpls",
            _ => return None,
        })
    }

    /// The protocol of a name, in any letter case.
    pub fn named(name: &str) -> Option<Proto> {
        (0..=u8::MAX).map(Proto).find(|proto| proto.name().is_some_and(|known| known.eq_ignore_ascii_case(name)))
    }

    /// Whether its endpoints have port numbers.
    pub const fn has_ports(self) -> bool {
        matches!(self.0, 6 | 17 | 33 | 132 | 136)
    }
}

impl fmt::Display for Proto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => f.pad(&self.0.to_string()),
        }
    }
}

/// One end of a flow: an address and a port. ICMP puts its identifier in the requester's port and
/// `type << 8 | code` in the other's; protocols without ports have 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Endpoint {
    /// The IP address.
    pub addr: IpAddr,
    /// The port number, or what stands in for it.
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.addr {
            IpAddr::V4(a) => write!(f, "{a}:{}", self.port),
            IpAddr::V6(a) => write!(f, "[{a}]:{}", self.port),
        }
    }
}

/// One of the two ends of a sorted pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The lower endpoint.
    A,
    /// The higher endpoint.
    B,
}

impl Side {
    /// The opposite end.
    pub const fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }
}

/// The five-tuple as it stands on the wire, sorted so that two observers agree: `a <= b`.
///
/// Numbers instead of two [`Endpoint`]s: one is made, hashed and compared for every packet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tuple {
    a: Packed,
    b: Packed,
    ports: [u16; 2],
    v6: [bool; 2],
    proto: Proto,
}

/// The upper and the lower half of an IPv6 address; an IPv4 address stands in the lower.
type Packed = [u64; 2];

impl Tuple {
    /// Sorts the two ends of a packet from `src` to `dst`; the side says where `src` came to stand.
    #[inline]
    pub fn new(proto: Proto, src: Endpoint, dst: Endpoint) -> (Tuple, Side) {
        let ((x, x_v6), (y, y_v6)) = (pack(src.addr), pack(dst.addr));
        if (x_v6, x, src.port) <= (y_v6, y, dst.port) {
            (Tuple { a: x, b: y, ports: [src.port, dst.port], v6: [x_v6, y_v6], proto }, Side::A)
        } else {
            (Tuple { a: y, b: x, ports: [dst.port, src.port], v6: [y_v6, x_v6], proto }, Side::B)
        }
    }

    /// The transport protocol.
    #[inline]
    pub const fn proto(&self) -> Proto {
        self.proto
    }

    /// The lower endpoint.
    #[inline]
    pub const fn a(&self) -> Endpoint {
        let ([v6, _], [port, _]) = (self.v6, self.ports);
        Endpoint { addr: unpack(self.a, v6), port }
    }

    /// The higher endpoint.
    #[inline]
    pub const fn b(&self) -> Endpoint {
        let ([_, v6], [_, port]) = (self.v6, self.ports);
        Endpoint { addr: unpack(self.b, v6), port }
    }

    /// The endpoint on that side.
    #[inline]
    pub const fn end(&self, side: Side) -> Endpoint {
        match side {
            Side::A => self.a(),
            Side::B => self.b(),
        }
    }
}

#[inline]
const fn pack(addr: IpAddr) -> (Packed, bool) {
    match addr {
        IpAddr::V4(addr) => ([0, addr.to_bits() as u64], false),
        IpAddr::V6(addr) => ([(addr.to_bits() >> 64) as u64, addr.to_bits() as u64], true),
    }
}

#[inline]
const fn unpack([upper, lower]: Packed, v6: bool) -> IpAddr {
    if v6 { IpAddr::V6(Ipv6Addr::from_bits((upper as u128) << 64 | lower as u128)) } else { IpAddr::V4(Ipv4Addr::from_bits(lower as u32)) }
}

impl fmt::Debug for Tuple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.proto, self.a(), self.b())
    }
}

impl Ord for Tuple {
    fn cmp(&self, o: &Tuple) -> Ordering {
        (self.proto, self.a(), self.b()).cmp(&(o.proto, o.a(), o.b()))
    }
}

impl PartialOrd for Tuple {
    fn partial_cmp(&self, o: &Tuple) -> Option<Ordering> {
        Some(self.cmp(o))
    }
}

impl Hash for Tuple {
    #[inline]
    fn hash<H: Hasher>(&self, h: &mut H) {
        let ([p, q], [v, w]) = (self.ports, self.v6);
        let rest = u64::from(p) << 16 | u64::from(q) | u64::from(self.proto.0) << 32 | u64::from(v) << 40 | u64::from(w) << 41;
        let ([a, a_low], [b, b_low]) = (self.a, self.b);
        if v || w {
            h.write_u64(a);
            h.write_u64(b);
            h.write_u64(a_low);
            h.write_u64(b_low);
        } else {
            h.write_u64(a_low << 32 | b_low);
        }
        h.write_u64(rest);
    }
}

/// Where an address has its meaning: loopback and link-local addresses belong to one probe and
/// namespace, private ones to a site, all others are global.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Realm(pub u32);

impl Realm {
    /// The realm of global addresses.
    pub const GLOBAL: Realm = Realm(0);
}

/// The realms in which one origin's addresses stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Realms {
    /// Of loopback and link-local addresses: one probe and one network namespace.
    pub local: Realm,
    /// Of private addresses: a site.
    pub site: Realm,
}

impl Realms {
    /// The realm in which `addr` stands for this origin.
    pub fn of(&self, addr: IpAddr) -> Realm {
        match scope(addr) {
            Scope::Local => self.local,
            Scope::Site => self.site,
            Scope::Global => Realm::GLOBAL,
        }
    }
}

enum Scope {
    Local,
    Site,
    Global,
}

/// RFC 6890 scopes, as far as they decide whether two observers mean the same host.
fn scope(addr: IpAddr) -> Scope {
    match addr {
        IpAddr::V4(a) => {
            let [x, y, ..] = a.octets();
            if a.is_loopback() || a.is_link_local() || a.is_unspecified() {
                Scope::Local
            } else if a.is_private() || a.is_broadcast() || a.is_multicast() || (x == 100 && y & 0xc0 == 64) {
                Scope::Site
            } else {
                Scope::Global
            }
        }
        IpAddr::V6(a) => {
            let [x, y, ..] = a.octets();
            if a.is_loopback() || a.is_unspecified() || (x == 0xfe && y & 0xc0 == 0x80) {
                Scope::Local
            } else if x & 0xfe == 0xfc || a.is_multicast() {
                Scope::Site
            } else {
                Scope::Global
            }
        }
    }
}

/// A host: an address in its realm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostKey {
    /// Where the address has its meaning.
    pub realm: Realm,
    /// The IP address.
    pub addr: IpAddr,
}

/// A flow: a sorted tuple, and the realm of each end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlowKey {
    /// The sorted five-tuple.
    pub tuple: Tuple,
    /// The realm of the lower and of the higher endpoint.
    pub realms: [Realm; 2],
}

impl Hash for FlowKey {
    fn hash<H: Hasher>(&self, h: &mut H) {
        self.tuple.hash(h);
        let [a, b] = self.realms;
        h.write_u64(u64::from(a.0) << 32 | u64::from(b.0));
    }
}

impl FlowKey {
    /// The key of a tuple as one origin saw it.
    pub fn new(tuple: Tuple, realms: &Realms) -> Self {
        FlowKey { tuple, realms: [realms.of(tuple.a().addr), realms.of(tuple.b().addr)] }
    }

    /// The host on that side.
    pub const fn host(&self, side: Side) -> HostKey {
        let [a, b] = self.realms;
        match side {
            Side::A => HostKey { realm: a, addr: self.tuple.a().addr },
            Side::B => HostKey { realm: b, addr: self.tuple.b().addr },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(addr: &str, port: u16) -> Endpoint {
        Endpoint { addr: addr.parse().unwrap(), port }
    }

    #[test]
    fn two_observers_agree() {
        let (x, y) = (end("10.0.0.9", 443), end("10.0.0.1", 50000));
        let (there, s) = Tuple::new(Proto::TCP, x, y);
        let (back, t) = Tuple::new(Proto::TCP, y, x);
        assert_eq!(there, back);
        assert_eq!(s, t.other());
        assert_eq!(there.end(s), x);
    }

    #[test]
    fn both_ends_come_out_as_they_went_in() {
        for (x, y) in [("10.0.0.1", "255.0.0.9"), ("::ffff:10.0.0.1", "10.0.0.1"), ("2001:db8::1", "2001:db8:0:1::"), ("::", "0.0.0.0")] {
            let (x, y) = (end(x, 443), end(y, 7));
            let (tuple, side) = Tuple::new(Proto::TCP, x, y);
            assert_eq!((tuple.end(side), tuple.end(side.other())), (x, y));
            assert_eq!((tuple.a(), tuple.b()), (x.min(y), x.max(y)));
        }
    }

    #[test]
    fn an_address_and_its_mapped_form_are_two() {
        let to = end("10.0.0.2", 2);
        let (v4, _) = Tuple::new(Proto::UDP, end("10.0.0.1", 1), to);
        let (mapped, _) = Tuple::new(Proto::UDP, end("::10.0.0.1", 1), to);
        assert_ne!(v4, mapped);
    }

    #[test]
    fn loopback_of_two_probes_never_merges() {
        let (lo, _) = Tuple::new(Proto::UDP, end("127.0.0.1", 1), end("127.0.0.1", 2));
        let (net, _) = Tuple::new(Proto::UDP, end("1.1.1.1", 1), end("8.8.8.8", 2));
        let (lan, _) = Tuple::new(Proto::UDP, end("10.1.1.1", 1), end("fe80::1", 2));
        let one = Realms { local: Realm(1), site: Realm(7) };
        let two = Realms { local: Realm(2), site: Realm(7) };
        assert_ne!(FlowKey::new(lo, &one), FlowKey::new(lo, &two));
        assert_eq!(FlowKey::new(net, &one), FlowKey::new(net, &two));
        assert_eq!(FlowKey::new(lan, &one).realms, [Realm(7), Realm(1)]);
    }
}
