//! Teredo, IPv6 over UDP through NATs (RFC 4380).

use super::Inside;
use crate::packet::dissection::TunnelKind;
use crate::packet::network::{self, ipv6};
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// The packet after its indicators: authentication, then origin, each at most once.
pub(super) fn inside<'a>(from: Slice<'a>) -> Inside<'a> {
    let packet = origin(authentication(from)?)?;
    let is_ipv6 = network::version(packet) == Some(6) && ipv6::is_plausible(packet);
    is_ipv6.then_some((TunnelKind::Teredo.without_id(), Next::Ipv6(packet)))
}

/// Type, lengths of client identifier and authentication value, both, nonce, confirmation.
fn authentication<'a>(from: Slice<'a>) -> Option<Slice<'a>> {
    match from.peek::<4>() {
        Ok(&[0, 1, client, value]) => from.skip(4 + usize::from(client) + usize::from(value) + 9).ok(),
        _ => Some(from),
    }
}

/// Type, port, address.
fn origin<'a>(from: Slice<'a>) -> Option<Slice<'a>> {
    match from.peek::<2>() {
        Ok([0, 0]) => from.skip(8).ok(),
        _ => Some(from),
    }
}

#[cfg(test)]
mod tests {
    use crate::packet::TunnelKind;
    use crate::packet::testing::{tunnel_in_udp, v4_packet, v6_packet};

    const FOUND: Option<(TunnelKind, Option<u32>)> = Some((TunnelKind::Teredo, None));

    #[test]
    fn a_packet_with_and_without_indicators() {
        let authentication = [0, 1, 1, 2, 9, 9, 9, 8, 8, 8, 8, 8, 8, 8, 8, 0];
        let origin = [0, 0, 0x0d, 0xd8, 1, 2, 3, 4];
        assert_eq!(tunnel_in_udp(3544, &v6_packet()), FOUND);
        assert_eq!(tunnel_in_udp(3544, &[&origin[..], &v6_packet()].concat()), FOUND);
        assert_eq!(tunnel_in_udp(3544, &[&authentication[..], &origin, &v6_packet()].concat()), FOUND);
    }

    #[test]
    fn a_port_alone_makes_no_tunnel() {
        assert_eq!(tunnel_in_udp(3544, &v4_packet()), None);
        assert_eq!(tunnel_in_udp(3544, &v6_packet()[..45]), None);
        assert_eq!(tunnel_in_udp(3544, &[0, 1, 255, 255]), None);
    }
}
