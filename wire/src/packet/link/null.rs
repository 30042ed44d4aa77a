//! BSD loopback encapsulation: a socket address family before the packet, in the byte order of whoever captured it
//! (LINKTYPE_NULL) or of the network (LINKTYPE_LOOP).

use super::ethernet;
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// The packet that the family announces; IPv6 has another number on every system.
pub(super) fn next<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let (bytes, rest) = from.take::<4>()?;
    let big = u32::from_be_bytes(*bytes);
    // A family is small: the order in which it is small is the right one.
    let family = if big > 0xffff { big.swap_bytes() } else { big };
    Ok(match family {
        2 => Some(Next::Ip(rest)),
        10 | 23 | 24 | 28 | 30 => Some(Next::Ipv6(rest)),
        ethertype @ 0x0600..=0xffff => Some(ethernet::next(ethertype as u16, rest)),
        _ => None,
    })
}
