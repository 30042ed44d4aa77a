//! One direction of a connection: where its packets come from and go to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::number;
use crate::netlink::{Attribute, Fault, attributes};

const IP: u16 = 1;
const PROTO: u16 = 2;
const ZONE: u16 = 3;
const V4_SRC: u16 = 1;
const V4_DST: u16 = 2;
const V6_SRC: u16 = 3;
const V6_DST: u16 = 4;
const NUMBER: u16 = 1;
const SRC_PORT: u16 = 2;
const DST_PORT: u16 = 3;
const ICMP_ID: [u16; 2] = [4, 7];
const ICMP_TYPE: [u16; 2] = [5, 8];
const ICMP_CODE: [u16; 2] = [6, 9];

/// The addresses of one direction. What ICMP has instead of ports stands in `icmp`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tuple {
    /// From.
    pub src: IpAddr,
    /// To; of the same family.
    pub dst: IpAddr,
    /// The protocol, by IANA's number.
    pub protocol: u8,
    /// The ports, source first, where the protocol has them.
    pub ports: Option<(u16, u16)>,
    /// Identifier, type and code, of ICMP.
    pub icmp: Option<(u16, u8, u8)>,
    /// The zone of this direction alone, where it has one.
    pub zone: Option<u16>,
}

impl Tuple {
    /// Reads the attributes of a tuple; none where it is not of IP, or says no protocol.
    pub(super) fn parse(value: &[u8]) -> Result<Option<Tuple>, Fault> {
        let (mut src, mut dst): (Option<IpAddr>, Option<IpAddr>) = (None, None);
        let (mut protocol, mut from, mut to, mut zone) = (None, None, None, None);
        let (mut id, mut ty, mut code) = (None, None, None);
        for attribute in attributes(value) {
            let attribute = attribute?;
            match attribute.kind {
                IP => {
                    for attribute in attributes(attribute.value) {
                        let Attribute { kind, value, .. } = attribute?;
                        match kind {
                            V4_SRC => src = Some(Ipv4Addr::from(number::<4>(value)?).into()),
                            V4_DST => dst = Some(Ipv4Addr::from(number::<4>(value)?).into()),
                            V6_SRC => src = Some(Ipv6Addr::from(number::<16>(value)?).into()),
                            V6_DST => dst = Some(Ipv6Addr::from(number::<16>(value)?).into()),
                            _ => {}
                        }
                    }
                }
                PROTO => {
                    for attribute in attributes(attribute.value) {
                        let Attribute { kind, value, .. } = attribute?;
                        match kind {
                            NUMBER => protocol = Some(u8::from_be_bytes(number(value)?)),
                            SRC_PORT => from = Some(u16::from_be_bytes(number(value)?)),
                            DST_PORT => to = Some(u16::from_be_bytes(number(value)?)),
                            kind if ICMP_ID.contains(&kind) => id = Some(u16::from_be_bytes(number(value)?)),
                            kind if ICMP_TYPE.contains(&kind) => ty = Some(u8::from_be_bytes(number(value)?)),
                            kind if ICMP_CODE.contains(&kind) => code = Some(u8::from_be_bytes(number(value)?)),
                            _ => {}
                        }
                    }
                }
                ZONE => zone = Some(u16::from_be_bytes(number(attribute.value)?)),
                _ => {}
            }
        }
        let (Some(src), Some(dst), Some(protocol)) = (src, dst, protocol) else { return Ok(None) };
        let icmp = id.zip(ty).zip(code).map(|((id, ty), code)| (id, ty, code));
        Ok((src.is_ipv4() == dst.is_ipv4()).then_some(Tuple { src, dst, protocol, ports: from.zip(to), icmp, zone }))
    }

    /// Its attributes.
    pub(super) fn emit(&self) -> Result<Vec<u8>, Fault> {
        let (mut ip, mut proto, mut whole) = (Vec::new(), Vec::new(), Vec::new());
        let v6 = matches!(self.src, IpAddr::V6(_));
        let [src, dst] = if v6 { [V6_SRC, V6_DST] } else { [V4_SRC, V4_DST] };
        for (kind, addr) in [(src, self.src), (dst, self.dst)] {
            match addr {
                IpAddr::V4(addr) => Attribute::new(kind, &addr.octets()).emit(&mut ip)?,
                IpAddr::V6(addr) => Attribute::new(kind, &addr.octets()).emit(&mut ip)?,
            }
        }
        Attribute::new(NUMBER, &[self.protocol]).emit(&mut proto)?;
        if let Some((from, to)) = self.ports {
            Attribute::new(SRC_PORT, &from.to_be_bytes()).emit(&mut proto)?;
            Attribute::new(DST_PORT, &to.to_be_bytes()).emit(&mut proto)?;
        }
        if let Some((id, ty, code)) = self.icmp {
            let of = |[of_v4, of_v6]: [u16; 2]| if v6 { of_v6 } else { of_v4 };
            Attribute::new(of(ICMP_ID), &id.to_be_bytes()).emit(&mut proto)?;
            Attribute::new(of(ICMP_TYPE), &[ty]).emit(&mut proto)?;
            Attribute::new(of(ICMP_CODE), &[code]).emit(&mut proto)?;
        }
        for (kind, value) in [(IP, &ip), (PROTO, &proto)] {
            Attribute { nested: true, ..Attribute::new(kind, value) }.emit(&mut whole)?;
        }
        if let Some(zone) = self.zone {
            Attribute::new(ZONE, &zone.to_be_bytes()).emit(&mut whole)?;
        }
        Ok(whole)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Any tuple that the kernel may tell.
    pub(in crate::netlink::conntrack) fn tuples() -> impl Strategy<Value = Tuple> {
        let v4 = (any::<Ipv4Addr>(), any::<Ipv4Addr>()).prop_map(|(src, dst)| (src.into(), dst.into()));
        let v6 = (any::<Ipv6Addr>(), any::<Ipv6Addr>()).prop_map(|(src, dst)| (src.into(), dst.into()));
        (prop_oneof![v4, v6], any::<u8>(), any::<Option<(u16, u16)>>(), any::<Option<(u16, u8, u8)>>(), any::<Option<u16>>())
            .prop_map(|((src, dst), protocol, ports, icmp, zone)| Tuple { src, dst, protocol, ports, icmp, zone })
    }

    #[test]
    fn what_is_of_two_families_is_none_and_what_is_not_known_is_passed_over() {
        let addr = IpAddr::from([10, 0, 0, 1]);
        let tuple = Tuple { src: addr, dst: addr, protocol: 1, ports: None, icmp: Some((7, 8, 0)), zone: None };
        // The tuple, and then more of what it says.
        let with = |within: u16, kind: u16, value: &[u8]| {
            let (mut more, mut whole) = (Vec::new(), tuple.emit().unwrap());
            Attribute::new(kind, value).emit(&mut more).unwrap();
            Attribute { nested: true, ..Attribute::new(within, &more) }.emit(&mut whole).unwrap();
            Tuple::parse(&whole)
        };
        assert_eq!(with(IP, V6_SRC, &[9; 16]), Ok(None));
        assert_eq!(with(PROTO, 99, &[5]), Ok(Some(tuple)));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(tuple in tuples()) {
            prop_assert_eq!(Tuple::parse(&tuple.emit().unwrap()), Ok(Some(tuple)));
        }
    }
}
