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
        let repr = Repr {
            network: u32::from_be_bytes([0, n0, n1, n2]),
            protocol: (flags & PROTOCOL_VALID != 0).then_some(protocol),
        };
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
