//! UDP (RFC 768) and UDP-Lite (RFC 3828) datagrams.

use super::{Transport, ports};
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
        if len < HEADER_LEN || !from.holds(len) {
            return Err(Malformed::UdpLength.into());
        }
        let repr = Repr { src_port: u16::from_be_bytes([s0, s1]), dst_port: u16::from_be_bytes([d0, d1]) };
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
        Ok((Repr { src_port: src, dst_port: dst }, payload)) => (Transport::Udp { src, dst, payload: payload.bytes() }, None),
        Err(fault) => (faulty(from, fault), Some(fault)),
    }
}

/// The ports of a header that the capture cut, or whose length alone is a lie.
#[cold]
fn faulty<'a>(from: Slice<'a>, fault: Fault) -> Transport<'a> {
    match ports::readable(from) {
        Some((src, dst)) if fault != Malformed::Short.into() => {
            Transport::Udp { src, dst, payload: from.bytes().get(HEADER_LEN..).unwrap_or(&[]) }
        }
        _ => Transport::Other { payload: from.bytes() },
    }
}

/// UDP-Lite has a checksum coverage where UDP has a length: the datagram is the rest of the packet.
pub(super) fn lite_transport<'a>(from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    ports::transport::<HEADER_LEN>(from, |src, dst, _, payload| Transport::UdpLite { src, dst, payload })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;

    #[test]
    fn the_fields_stand_where_the_standard_says() {
        let bytes = [0xc0, 0x00, 0x00, 0x35, 0x00, 0x0a, 0xab, 0xcd, 1, 2, 0, 0];
        let (repr, payload) = Repr::parse(Slice::whole(&bytes)).unwrap();
        assert_eq!((repr.src_port, repr.dst_port, payload.bytes()), (49152, 53, &[1, 2][..]));
    }

    #[test]
    fn a_length_of_zero_means_all_of_the_packet() {
        let (_, payload) = Repr::parse(Slice::whole(&[0, 1, 0, 2, 0, 0, 0, 0, 9, 9])).unwrap();
        assert_eq!(payload.len(), 2);
    }

    #[test]
    fn a_length_that_cannot_be_does_not_cost_the_ports() {
        for len in [7, 11] {
            let bytes = [0, 1, 0, 2, 0, len, 0, 0, 9, 9];
            let (transport, fault) = transport(Slice::whole(&bytes));
            assert_eq!(transport, Transport::Udp { src: 1, dst: 2, payload: &[9, 9] });
            assert_eq!(fault, Some(Malformed::UdpLength.into()));
        }
    }

    #[test]
    fn a_cut_header_keeps_the_ports_and_a_short_one_does_not() {
        let bytes = [0, 1, 0, 2, 0, 10];
        let (cut, fault) = transport(Slice::new(&bytes, 20));
        assert_eq!((cut.ports(), fault), (Some((1, 2)), Some(Fault::Truncated)));
        let (short, fault) = transport(Slice::whole(&bytes));
        assert_eq!((short.ports(), fault), (None, Some(Malformed::Short.into())));
    }

    #[test]
    fn udp_lite_has_no_length() {
        let bytes = [0, 1, 0, 2, 0, 8, 0, 0, 9, 9];
        let (transport, fault) = lite_transport(Slice::whole(&bytes));
        assert_eq!((transport, fault), (Transport::UdpLite { src: 1, dst: 2, payload: &[9, 9] }, None));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(src_port: u16, dst_port: u16, payload in vec(any::<u8>(), 0..100)) {
            let repr = Repr { src_port, dst_port };
            let bytes = stack(&[&repr], &payload);
            prop_assert_eq!(bytes.len(), repr.header_len() + payload.len());
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((repr, Slice::whole(&payload))));
        }
    }
}
