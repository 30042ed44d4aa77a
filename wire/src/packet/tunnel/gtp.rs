//! GTP version 1, user plane (3GPP TS 29.281).

use super::{Inside, plausible_ip};
use crate::packet::dissection::TunnelKind;
use crate::packet::emit::{Emit, prepend, u16_len};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;

const VERSION_1: u8 = 0x30;
const VERSION_MASK: u8 = 0xf0;
const EXTENSION: u8 = 0x04;
const OPTIONAL_FIELDS: u8 = 0x07;
/// A message that carries a user's packet.
const T_PDU: u8 = 255;
const MAX_EXTENSIONS: usize = 8;

/// The header of a message that carries a user's packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// Tunnel endpoint identifier.
    pub endpoint: u32,
}

impl Repr {
    /// Reads the header and its extensions; nothing where the message is of another type.
    ///
    /// # Errors
    /// [`Malformed::Version`] for another version or protocol type, [`Malformed::HeaderLength`] for a length that does not fit, else
    /// as [`Slice::take`].
    pub fn parse<'a>(from: Slice<'a>) -> Result<Option<(Repr, Slice<'a>)>, Fault> {
        let (&[flags, message, l0, l1, e0, e1, e2, e3], rest) = from.take::<8>()?;
        if flags & VERSION_MASK != VERSION_1 {
            return Err(Malformed::Version.into());
        }
        if message != T_PDU {
            return Ok(None);
        }
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        if !rest.holds(len) {
            return Err(Malformed::HeaderLength.into());
        }
        let mut rest = rest.limit(len);
        if flags & OPTIONAL_FIELDS != 0 {
            let (&[_, _, _, next], after) = rest.take::<4>()?;
            rest = if flags & EXTENSION != 0 { extensions(next, after)? } else { after };
        }
        Ok(Some((Repr { endpoint: u32::from_be_bytes([e0, e1, e2, e3]) }, rest)))
    }
}

/// Each begins with its length in units of four bytes and ends with the next one's type.
fn extensions<'a>(mut next: u8, mut rest: Slice<'a>) -> Result<Slice<'a>, Fault> {
    for _ in 0..MAX_EXTENSIONS {
        if next == 0 {
            return Ok(rest);
        }
        let (&[len], _) = rest.take::<1>()?;
        let (extension, after) = rest.split(usize::from(len) * 4)?;
        next = *extension.last().ok_or(Malformed::HeaderLength)?;
        rest = after;
    }
    Err(Malformed::TooDeep.into())
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        8
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let [l0, l1] = u16_len(packet.len()).to_be_bytes();
        let [e0, e1, e2, e3] = self.endpoint.to_be_bytes();
        prepend(packet, &[VERSION_1, T_PDU, l0, l1, e0, e1, e2, e3]);
    }
}

/// Version 0 (3GPP TS 09.60): a header of 20 bytes, whose flow label says what the endpoint identifier does.
pub(super) fn version_0_inside<'a>(from: Slice<'a>) -> Inside<'a> {
    const VERSION_0: u8 = 0x10;
    let (&[flags, message, l0, l1, _, _, f0, f1, ..], rest) = from.take::<20>().ok()?;
    let len = usize::from(u16::from_be_bytes([l0, l1]));
    if flags & VERSION_MASK != VERSION_0 || message != T_PDU || !rest.holds(len) {
        return None;
    }
    let flow = u16::from_be_bytes([f0, f1]);
    Some((TunnelKind::Gtp.with_id(flow.into()), plausible_ip(rest.limit(len))?))
}

pub(super) fn inside<'a>(from: Slice<'a>) -> Inside<'a> {
    let (repr, packet) = Repr::parse(from).ok()??;
    Some((TunnelKind::Gtp.with_id(repr.endpoint), plausible_ip(packet)?))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{tunnel_in_udp, v4_packet};

    const FOUND: Option<(TunnelKind, Option<u32>)> = Some((TunnelKind::Gtp, Some(7)));

    fn message(flags: u8, kind: u8, optional: &[u8]) -> Vec<u8> {
        let len = (optional.len() + v4_packet().len()) as u8;
        [&[flags, kind, 0, len, 0, 0, 0, 7][..], optional, &v4_packet()].concat()
    }

    #[test]
    fn a_users_packet_with_every_kind_of_header() {
        assert_eq!(tunnel_in_udp(2152, &message(0x30, 255, &[])), FOUND);
        assert_eq!(tunnel_in_udp(2152, &message(0x32, 255, &[0, 1, 0, 0x85])), FOUND);
        let extensions = [0, 0, 0, 0x85, 1, 0, 9, 0xc0, 2, 1, 1, 1, 1, 1, 1, 0];
        assert_eq!(tunnel_in_udp(2152, &message(0x34, 255, &extensions)), FOUND);
    }

    #[test]
    fn version_0_on_its_own_port() {
        let len = v4_packet().len() as u8;
        let header = [0x1e, 255, 0, len, 0, 0, 0, 7, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        let payload = [&header[..], &v4_packet()].concat();
        assert_eq!(tunnel_in_udp(3386, &payload), FOUND);
        assert_eq!(tunnel_in_udp(2152, &payload), None);
    }

    #[test]
    fn a_port_alone_makes_no_tunnel() {
        assert_eq!(tunnel_in_udp(2152, &message(0x30, 1, &[])), None);
        assert_eq!(tunnel_in_udp(2152, &message(0x50, 255, &[])), None);
        assert_eq!(tunnel_in_udp(2152, &message(0x34, 255, &[0, 0, 0, 0x85, 0, 0, 0, 0])), None);
        let mut too_long = message(0x30, 255, &[]);
        too_long[3] += 1;
        assert_eq!(tunnel_in_udp(2152, &too_long), None);
    }

    #[test]
    fn extensions_without_an_end_are_refused() {
        let endless = [&[0, 0, 0, 5][..], &[1, 0, 0, 5].repeat(20)].concat();
        assert_eq!(Repr::parse(Slice::whole(&message(0x34, 255, &endless))), Err(Malformed::TooDeep.into()));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(endpoint: u32, payload in vec(any::<u8>(), 0..100)) {
            let repr = Repr { endpoint };
            let bytes = stack(&[&repr], &payload);
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok(Some((repr, Slice::whole(&payload)))));
        }
    }
}
