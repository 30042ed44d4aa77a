//! Protocols of which the ports are read: SCTP (RFC 9260) and DCCP (RFC 4340).

use super::Transport;
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;

/// The common header: ports, verification tag, checksum.
#[inline]
pub(super) fn sctp_transport<'a>(from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    match from.take::<12>() {
        Ok((&[s0, s1, d0, d1, t0, t1, t2, t3, ..], rest)) => {
            let transport = Transport::Sctp {
                src: u16::from_be_bytes([s0, s1]),
                dst: u16::from_be_bytes([d0, d1]),
                tag: u32::from_be_bytes([t0, t1, t2, t3]),
                payload: rest.bytes(),
            };
            (transport, None)
        }
        Err(fault) => match (from.u16(0), from.u16(2)) {
            (Some(src), Some(dst)) => (Transport::Sctp { src, dst, tag: 0, payload: &[] }, Some(fault)),
            _ => (Transport::Other { payload: from.bytes() }, Some(fault)),
        },
    }
}

/// The generic header begins with the ports and is at least twelve bytes long.
#[inline]
pub(super) fn dccp_transport<'a>(from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    let fault = from.peek::<12>().err();
    match (from.u16(0), from.u16(2)) {
        (Some(src), Some(dst)) => (Transport::Dccp { src, dst }, fault),
        _ => (Transport::Other { payload: from.bytes() }, fault),
    }
}
