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
