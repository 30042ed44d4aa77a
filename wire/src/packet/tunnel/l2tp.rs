//! L2TP version 2 over UDP with PPP inside (RFC 2661), and version 3 over IP with Ethernet inside (RFC 3931).

use super::{Inside, plausible_ethernet, plausible_ip};
use crate::packet::dissection::TunnelKind;
use crate::packet::fault::{Fault, Malformed};
use crate::packet::link::ppp;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

const CONTROL: u16 = 0x8000;
const LENGTH: u16 = 0x4000;
const SEQUENCE: u16 = 0x0800;
const OFFSET: u16 = 0x0200;
const RESERVED: u16 = 0x34f0;
const VERSION: u16 = 0x000f;

/// The header of a version 2 data message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// Tunnel.
    pub tunnel: u16,
    /// Session.
    pub session: u16,
}

impl Repr {
    /// Reads the header; nothing where it is a control message. What follows is PPP.
    ///
    /// # Errors
    /// [`Malformed::Version`] for another version, [`Malformed::HeaderLength`] for a length that does not fit, else as
    /// [`Slice::take`].
    pub fn parse<'a>(from: Slice<'a>) -> Result<Option<(Repr, Slice<'a>)>, Fault> {
        let (&[f0, f1], mut rest) = from.take::<2>()?;
        let flags = u16::from_be_bytes([f0, f1]);
        if flags & (VERSION | RESERVED) != 2 {
            return Err(Malformed::Version.into());
        }
        if flags & CONTROL != 0 {
            return Ok(None);
        }
        if flags & LENGTH != 0 {
            let (&[l0, l1], after) = rest.take::<2>()?;
            let len = usize::from(u16::from_be_bytes([l0, l1]));
            if len < 4 || !from.holds(len) {
                return Err(Malformed::HeaderLength.into());
            }
            rest = after.limit(len - 4);
        }
        let (&[t0, t1, s0, s1], mut rest) = rest.take::<4>()?;
        if flags & SEQUENCE != 0 {
            rest = rest.skip(4)?;
        }
        if flags & OFFSET != 0 {
            let (&[o0, o1], after) = rest.take::<2>()?;
            rest = after.skip(usize::from(u16::from_be_bytes([o0, o1])))?;
        }
        let repr = Repr { tunnel: u16::from_be_bytes([t0, t1]), session: u16::from_be_bytes([s0, s1]) };
        Ok(Some((repr, rest)))
    }
}

pub(super) fn over_udp<'a>(from: Slice<'a>) -> Inside<'a> {
    let (repr, frame) = Repr::parse(from).ok()??;
    let (protocol, packet) = ppp::Repr::parse(frame).ok()?;
    let is_ip = matches!(protocol.protocol, ppp::IPV4 | ppp::IPV6) && plausible_ip(packet).is_some();
    is_ip.then_some((TunnelKind::L2tp.with_id(repr.session.into()), Next::Ppp(frame)))
}

/// A session of zero is control. Cookie and sublayer are agreed on out of band, so every length they may have together
/// is tried.
pub(super) fn over_ip<'a>(from: Slice<'a>) -> Inside<'a> {
    let (session, rest) = from.take::<4>().ok()?;
    let session = Some(u32::from_be_bytes(*session)).filter(|session| *session != 0)?;
    let next = [0, 4, 8, 12].into_iter().find_map(|len| plausible_ethernet(rest.skip(len).ok()?))?;
    Some((TunnelKind::L2tp.with_id(session), next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::network::ipv4;
    use crate::packet::testing::{ethernet_frame, finds, read, tunnel_in_udp, v4_packet};

    const PPP: [u8; 4] = [0xff, 0x03, 0x00, 0x21];
    const FOUND: Option<(TunnelKind, Option<u32>)> = Some((TunnelKind::L2tp, Some(9)));

    fn message(header: &[u8]) -> Vec<u8> {
        [header, &PPP, &v4_packet()].concat()
    }

    #[test]
    fn a_data_message_with_every_kind_of_header() {
        assert_eq!(tunnel_in_udp(1701, &message(&[0x00, 0x02, 0, 5, 0, 9])), FOUND);
        assert_eq!(tunnel_in_udp(1701, &message(&[0x08, 0x02, 0, 5, 0, 9, 0, 1, 0, 2])), FOUND);
        assert_eq!(tunnel_in_udp(1701, &message(&[0x02, 0x02, 0, 5, 0, 9, 0, 2, 7, 7])), FOUND);
        let len = (8 + PPP.len() + v4_packet().len()) as u8;
        assert_eq!(tunnel_in_udp(1701, &message(&[0x40, 0x02, 0, len, 0, 5, 0, 9])), FOUND);
        assert_eq!(tunnel_in_udp(1701, &message(&[0x40, 0x02, 0, len + 1, 0, 5, 0, 9])), None);
    }

    #[test]
    fn a_port_alone_makes_no_tunnel() {
        assert_eq!(tunnel_in_udp(1701, &message(&[0x80, 0x02, 0, 5, 0, 9])), None);
        assert_eq!(tunnel_in_udp(1701, &message(&[0x00, 0x03, 0, 5, 0, 9])), None);
        assert_eq!(tunnel_in_udp(1701, &[0x00, 0x02, 0, 5, 0, 9, 0xc0, 0x21, 1, 1, 0, 4]), None);
    }

    #[test]
    fn version_3_over_ip_with_cookies_of_every_length() {
        let carrier = |payload: &[u8]| stack(&[&ipv4::Repr::new([1; 4].into(), [2; 4].into(), 115)], payload);
        for cookie in [&[][..], &[1; 4], &[1; 8], &[1; 12]] {
            let packet = carrier(&[&[0, 0, 0, 9][..], cookie, &ethernet_frame()].concat());
            assert!(finds(101, &[&packet]), "{cookie:?}");
            assert_eq!(read(101, &packet).tunnels[0].id, Some(9));
        }
        let control = carrier(&[&[0, 0, 0, 0][..], &ethernet_frame()].concat());
        assert!(read(101, &control).tunnels.is_empty());
    }

    #[test]
    fn the_fields_stand_where_the_standard_says() {
        let (repr, rest) = Repr::parse(Slice::whole(&[0x00, 0x02, 0, 5, 0, 9, 1])).unwrap().unwrap();
        assert_eq!((repr, rest.bytes()), (Repr { tunnel: 5, session: 9 }, &[1][..]));
        assert_eq!(Repr::parse(Slice::whole(&[0x40, 0x02, 0, 3, 0, 5, 0, 9])), Err(Malformed::HeaderLength.into()));
    }
}
