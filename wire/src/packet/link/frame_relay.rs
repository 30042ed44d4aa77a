//! Frame relay (ITU-T Q.922 Annex A) with RFC 2427 or Cisco encapsulation.

use super::llc;
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// The longest address field.
const MAX_ADDRESS: usize = 4;
const UNNUMBERED: u8 = 0x03;
const PAD: u8 = 0x00;

/// The packet after an address whose last byte is odd, and either an unnumbered frame's network layer protocol
/// identifier or Cisco's EtherType.
pub(super) fn next<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let rest = address(from)?;
    let (&[control], after) = rest.take::<1>()?;
    if control != UNNUMBERED {
        let (&[t0, t1], payload) = rest.take::<2>()?;
        return Ok(Some(Next::EtherType(u16::from_be_bytes([t0, t1]), payload)));
    }
    let unpadded = if after.u8(0) == Some(PAD) { after.skip(1)? } else { after };
    let (&[identifier], rest) = unpadded.take::<1>()?;
    network_layer(identifier, rest)
}

fn address<'a>(from: Slice<'a>) -> Result<Slice<'a>, Fault> {
    let mut rest = from;
    for _ in 0..MAX_ADDRESS {
        let (&[byte], after) = rest.take::<1>()?;
        rest = after;
        if byte & 1 == 1 {
            return Ok(rest);
        }
    }
    Err(Malformed::HeaderLength.into())
}

/// A network layer protocol identifier (ISO/IEC TR 9577).
pub(super) fn network_layer<'a>(identifier: u8, rest: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    Ok(match identifier {
        0xcc => Some(Next::Ipv4(rest)),
        0x8e => Some(Next::Ipv6(rest)),
        0xcf => Some(Next::Ppp(rest)),
        0x80 => llc::snap(rest)?,
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::packet::testing::{finds, read, v4_packet, v6_packet};

    #[test]
    fn ciscos_ethertype_follows_the_address() {
        assert!(finds(107, &[&[0x18, 0x61, 0x08, 0x00], &v4_packet()]));
        assert!(finds(107, &[&[0x48, 0xe1, 0x86, 0xdd], &v6_packet()]));
    }

    #[test]
    fn rfc_2427_names_the_network_layer() {
        assert!(finds(107, &[&[0x18, 0x41, 0x03, 0xcc], &v4_packet()]));
        assert!(finds(107, &[&[0x18, 0x41, 0x03, 0x8e], &v6_packet()]));
        assert!(finds(107, &[&[0x18, 0x41, 0x03, 0x00, 0x80, 0, 0, 0, 8, 0], &v4_packet()]));
        assert!(finds(107, &[&[0x18, 0x40, 0x00, 0x01, 0x03, 0xcf, 0x00, 0x21], &v4_packet()]));
    }

    #[test]
    fn an_address_without_an_end_is_malformed() {
        assert!(read(107, &[0; 64]).is_malformed());
    }

    #[test]
    fn a_direction_may_come_first() {
        assert!(finds(206, &[&[1, 0x18, 0x61, 0x08, 0x00], &v4_packet()]));
    }
}
