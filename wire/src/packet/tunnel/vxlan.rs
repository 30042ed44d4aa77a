//! VXLAN (RFC 7348) and its generic protocol extension.

use super::{Inside, plausible_ethernet, plausible_ip};
use crate::packet::dissection::TunnelKind;
use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::link::ethertype;
use crate::packet::slice::Slice;

const NETWORK_VALID: u8 = 0x08;
const PROTOCOL_VALID: u8 = 0x04;

/// A VXLAN header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// Network identifier, 24 bits.
    pub network: u32,
    /// What is inside, in the generic protocol extension: 1 IPv4, 2 IPv6, 3 Ethernet, 4 a service header.
    pub protocol: Option<u8>,
}

impl Repr {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Malformed::Version`] where the network is not valid or a reserved byte not zero, else as [`Slice::take`].
    pub fn parse<'a>(from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let (&[flags, _, _, protocol, n0, n1, n2, reserved], rest) = from.take::<8>()?;
        if flags & NETWORK_VALID == 0 || reserved != 0 {
            return Err(Malformed::Version.into());
        }
        let repr = Repr { network: u32::from_be_bytes([0, n0, n1, n2]), protocol: (flags & PROTOCOL_VALID != 0).then_some(protocol) };
        Ok((repr, rest))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        8
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let flags = NETWORK_VALID | if self.protocol.is_some() { PROTOCOL_VALID } else { 0 };
        let [_, n0, n1, n2] = self.network.to_be_bytes();
        prepend(packet, &[flags, 0, 0, self.protocol.unwrap_or(0), n0, n1, n2, 0]);
    }
}

pub(super) fn inside<'a>(from: Slice<'a>) -> Inside<'a> {
    let (repr, frame) = Repr::parse(from).ok()?;
    Some((TunnelKind::Vxlan.with_id(repr.network), plausible_ethernet(frame)?))
}

pub(super) fn generic_inside<'a>(from: Slice<'a>) -> Inside<'a> {
    let (repr, payload) = Repr::parse(from).ok()?;
    let next = match repr.protocol {
        Some(1 | 2) => plausible_ip(payload),
        Some(4) => ethertype::service_header(payload).ok()?,
        None | Some(3) => plausible_ethernet(payload),
        Some(_) => None,
    };
    Some((TunnelKind::Vxlan.with_id(repr.network), next?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{ethernet_frame, in_udp, tunnel_in_udp, v4_packet, v6_packet};

    const HEADER: [u8; 8] = [0x08, 0, 0, 0, 0x12, 0x34, 0x56, 0];

    #[test]
    fn the_network_is_read_on_both_ports_in_both_directions() {
        let payload = [&HEADER[..], &ethernet_frame()].concat();
        for port in [4789, 8472] {
            assert_eq!(tunnel_in_udp(port, &payload), Some((TunnelKind::Vxlan, Some(0x0012_3456))));
        }
        let mut reversed = in_udp(9, &payload);
        reversed[20..22].copy_from_slice(&4789_u16.to_be_bytes());
        assert_eq!(crate::packet::testing::read(101, &reversed).tunnels.len(), 1);
    }

    #[test]
    fn the_generic_extension_names_what_is_inside() {
        let header = |protocol| [0x0c, 0, 0, protocol, 0, 0, 9, 0];
        let service = [0, 2, 2, 1, 0, 0, 1, 2];
        for payload in [
            [&header(1)[..], &v4_packet()].concat(),
            [&header(2)[..], &v6_packet()].concat(),
            [&header(3)[..], &ethernet_frame()].concat(),
            [&header(4)[..], &service, &v4_packet()].concat(),
        ] {
            assert_eq!(tunnel_in_udp(4790, &payload), Some((TunnelKind::Vxlan, Some(9))));
        }
        assert_eq!(tunnel_in_udp(4790, &[&header(7)[..], &v4_packet()].concat()), None);
    }

    #[test]
    fn a_port_alone_makes_no_tunnel() {
        let mut invalid = [&HEADER[..], &ethernet_frame()].concat();
        invalid[0] = 0;
        assert_eq!(tunnel_in_udp(4789, &invalid), None);
        assert_eq!(tunnel_in_udp(4789, &[&HEADER[..], &v4_packet()].concat()), None);
        assert_eq!(tunnel_in_udp(4789, b"some other protocol altogether, on the same port"), None);
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(network in 0_u32..1 << 24, protocol: Option<u8>) {
            let repr = Repr { network, protocol };
            let bytes = stack(&[&repr], b"x");
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((repr, Slice::whole(b"x"))));
        }
    }
}
