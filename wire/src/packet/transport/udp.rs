//! UDP (RFC 768) and UDP-Lite (RFC 3828) datagrams.

use super::Transport;
use crate::packet::emit::{Emit, prepend, u16_len};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;

const HEADER_LEN: usize = 8;

/// A UDP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Source port.
    pub src_port: u16,
    /// Destination port.
    pub dst_port: u16,
}

impl Repr {
    /// Reads the header; what follows is the datagram, as long as the header says. A length of zero, as in jumbograms
    /// (RFC 2675) and before segmentation offload, means all of the packet.
    ///
    /// # Errors
    /// [`Malformed::UdpLength`] where the length is less than the header's or more than the packet's.
    #[inline(always)]
    pub fn parse<'a>(from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let (&[s0, s1, d0, d1, l0, l1, _, _], rest) = from.take::<HEADER_LEN>()?;
        let len = match usize::from(u16::from_be_bytes([l0, l1])) {
            0 => from.len(),
            len => len,
        };
        if len < HEADER_LEN || len > from.len() {
            return Err(Malformed::UdpLength.into());
        }
        let repr =
            Repr { src_port: u16::from_be_bytes([s0, s1]), dst_port: u16::from_be_bytes([d0, d1]) };
        Ok((repr, rest.limit(len - HEADER_LEN)))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        HEADER_LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let [s0, s1] = self.src_port.to_be_bytes();
        let [d0, d1] = self.dst_port.to_be_bytes();
        let [l0, l1] = u16_len(HEADER_LEN + packet.len()).to_be_bytes();
        prepend(packet, &[s0, s1, d0, d1, l0, l1, 0, 0]);
    }
}

#[inline(always)]
pub(super) fn transport<'a>(from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    match Repr::parse(from) {
        Ok((Repr { src_port: src, dst_port: dst }, payload)) => {
            (Transport::Udp { src, dst, payload: payload.bytes() }, None)
        }
        Err(fault) => (partial(from), Some(fault)),
    }
}

/// The ports where four bytes are there, and what was captured beyond a header whose length is a lie.
#[cold]
fn partial<'a>(from: Slice<'a>) -> Transport<'a> {
    match (from.u16(0), from.u16(2)) {
        (Some(src), Some(dst)) => {
            Transport::Udp { src, dst, payload: from.bytes().get(HEADER_LEN..).unwrap_or(&[]) }
        }
        _ => Transport::Other { payload: from.bytes() },
    }
}

/// UDP-Lite has a checksum coverage where UDP has a length: the datagram is the rest of the packet.
#[inline]
pub(super) fn lite_transport<'a>(from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    match (from.u16(0), from.u16(2)) {
        (Some(src), Some(dst)) => {
            let fault = from.peek::<HEADER_LEN>().err();
            let payload = from.bytes().get(HEADER_LEN..).unwrap_or(&[]);
            (Transport::UdpLite { src, dst, payload }, fault)
        }
        _ => (Transport::Other { payload: from.bytes() }, from.peek::<HEADER_LEN>().err()),
    }
}
