//! Geneve (RFC 8926).

use super::{Inside, plausible_ethernet, plausible_ip};
use crate::packet::dissection::TunnelKind;
use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::link::ethertype;
use crate::packet::slice::Slice;

const MAX_OPTIONS: usize = 252;

/// A Geneve header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr<'a> {
    /// EtherType of the payload.
    pub protocol: u16,
    /// Network identifier, 24 bits.
    pub network: u32,
    /// Options, unread. When emitting: at most 252 bytes, padded to a multiple of four.
    pub options: &'a [u8],
}

impl<'a> Repr<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// [`Malformed::Version`] above version 0, else as [`Slice::take`].
    pub fn parse(from: Slice<'a>) -> Result<(Repr<'a>, Slice<'a>), Fault> {
        let (&[version_len, _, p0, p1, n0, n1, n2, _], rest) = from.take::<8>()?;
        if version_len >> 6 != 0 {
            return Err(Malformed::Version.into());
        }
        let (options, payload) = rest.split(usize::from(version_len & 0x3f) * 4)?;
        let repr = Repr { protocol: u16::from_be_bytes([p0, p1]), network: u32::from_be_bytes([0, n0, n1, n2]), options };
        Ok((repr, payload))
    }

    fn padded_options_len(&self) -> usize {
        self.options.len().min(MAX_OPTIONS).next_multiple_of(4)
    }
}

impl Emit for Repr<'_> {
    fn header_len(&self) -> usize {
        8 + self.padded_options_len()
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let [p0, p1] = self.protocol.to_be_bytes();
        let [_, n0, n1, n2] = self.network.to_be_bytes();
        let words = (self.padded_options_len() / 4) as u8;
        let mut header = vec![words, 0, p0, p1, n0, n1, n2, 0];
        header.extend(self.options.iter().take(MAX_OPTIONS));
        header.resize(self.header_len(), 0);
        prepend(packet, &header);
    }
}

pub(super) fn inside<'a>(from: Slice<'a>) -> Inside<'a> {
    let (repr, payload) = Repr::parse(from).ok()?;
    let next = match repr.protocol {
        ethertype::BRIDGED_ETHERNET => plausible_ethernet(payload),
        ethertype::IPV4 | ethertype::IPV6 => plausible_ip(payload),
        _ => None,
    };
    Some((TunnelKind::Geneve.with_id(repr.network), next?))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{ethernet_frame, tunnel_in_udp, v4_packet, v6_packet};

    #[test]
    fn frames_and_packets_with_and_without_options() {
        let ethernet = [0, 0, 0x65, 0x58, 0, 0, 7, 0];
        let v4 = [0x02, 0, 0x08, 0x00, 0, 0, 7, 0, 1, 1, 1, 1, 2, 2, 2, 2];
        let v6 = [0, 0, 0x86, 0xdd, 0, 0, 7, 0];
        for payload in [[&ethernet[..], &ethernet_frame()].concat(), [&v4[..], &v4_packet()].concat(), [&v6[..], &v6_packet()].concat()] {
            assert_eq!(tunnel_in_udp(6081, &payload), Some((TunnelKind::Geneve, Some(7))));
        }
    }

    #[test]
    fn a_port_alone_makes_no_tunnel() {
        let unknown = [0x40, 0, 0x08, 0x00, 0, 0, 7, 0];
        assert_eq!(tunnel_in_udp(6081, &[&unknown[..], &v4_packet()].concat()), None);
        let other = [0, 0, 0x88, 0xcc, 0, 0, 7, 0];
        assert_eq!(tunnel_in_udp(6081, &[&other[..], &v4_packet()].concat()), None);
        assert_eq!(tunnel_in_udp(6081, &[0, 0, 8, 0, 0, 0, 7, 0, 0x45, 0]), None);
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(
            protocol: u16, network in 0_u32..1 << 24, option_words in vec(any::<[u8; 4]>(), 0..=63)
        ) {
            let options = option_words.concat();
            let repr = Repr { protocol, network, options: &options };
            let bytes = stack(&[&repr], b"x");
            prop_assert_eq!(bytes.len(), repr.header_len() + 1);
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((repr, Slice::whole(b"x"))));
        }
    }
}
