//! MPLS label stacks (RFC 3032) and what is guessed to lie below them.

use super::ethernet;
use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::Fault;
use crate::packet::network::{self, ipv4, ipv6};
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

/// One label stack entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// The label, 20 bits.
    pub label: u32,
    /// Traffic class, 3 bits.
    pub traffic_class: u8,
    /// Whether it is the last entry.
    pub bottom: bool,
    /// Time to live.
    pub ttl: u8,
}

impl Repr {
    /// Reads one entry.
    ///
    /// # Errors
    /// As [`Slice::take`].
    pub fn parse<'a>(from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let (&[a, b, c, ttl], rest) = from.take::<4>()?;
        let repr = Repr { label: u32::from_be_bytes([0, a, b, c]) >> 4, traffic_class: c >> 1 & 7, bottom: c & 1 != 0, ttl };
        Ok((repr, rest))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        4
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let label = (self.label & 0xf_ffff) << 4;
        let word = label | u32::from(self.traffic_class & 7) << 1 | u32::from(self.bottom);
        let [_, a, b, c] = word.to_be_bytes();
        prepend(packet, &[a, b, c, self.ttl]);
    }
}

/// The layer below the stack. MPLS does not say: IP is told by its version, Ethernet by looking like it, with or
/// without the pseudo-wire control word (RFC 4385).
pub(in crate::packet) fn next<'a>(from: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    let mut rest = from;
    loop {
        let (entry, below) = Repr::parse(rest)?;
        rest = below;
        if entry.bottom {
            return Ok(payload(rest));
        }
    }
}

fn payload<'a>(from: Slice<'a>) -> Option<Next<'a>> {
    match network::version(from) {
        Some(4) if ipv4::is_plausible(from) => return Some(Next::Ipv4(from)),
        Some(6) if ipv6::is_plausible(from) => return Some(Next::Ipv6(from)),
        Some(0) => {
            let below = from.skip(4).ok().filter(|below| ethernet::is_plausible(*below));
            if let Some(below) = below {
                return Some(Next::Ethernet(below));
            }
        }
        _ => {}
    }
    ethernet::is_plausible(from).then_some(Next::Ethernet(from))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{finds, read, v4_packet, v6_packet};

    const MPLS_LINK: u32 = 219;
    const LABEL: [u8; 4] = [0x00, 0x01, 0x20, 0xff];
    const LAST: [u8; 4] = [0x00, 0x01, 0x3b, 0x40];

    #[test]
    fn the_fields_stand_where_the_standard_says() {
        let (repr, _) = Repr::parse(Slice::whole(&LAST)).unwrap();
        assert_eq!(repr, Repr { label: 19, traffic_class: 5, bottom: true, ttl: 64 });
    }

    #[test]
    fn ip_below_a_stack_is_told_by_its_version() {
        assert!(finds(MPLS_LINK, &[&LABEL, &LAST, &v4_packet()]));
        assert!(finds(MPLS_LINK, &[&LAST, &v6_packet()]));
    }

    #[test]
    fn an_ethernet_pseudo_wire_is_recognised_with_and_without_control_word() {
        let ethernet = [&[0; 12][..], &[8, 0]].concat();
        assert!(finds(MPLS_LINK, &[&LAST, &ethernet, &v4_packet()]));
        assert!(finds(MPLS_LINK, &[&LAST, &[0, 0, 0, 9], &ethernet, &v4_packet()]));
    }

    #[test]
    fn junk_below_a_stack_is_no_packet() {
        assert!(read(MPLS_LINK, &[&LAST[..], &[0x45; 60]].concat()).ip().is_none());
    }

    #[test]
    fn a_stack_without_an_end_ends_with_the_frame() {
        assert!(read(MPLS_LINK, &LABEL.repeat(100)).is_malformed());
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(label in 0_u32..1 << 20, traffic_class in 0_u8..8, bottom: bool, ttl: u8) {
            let repr = Repr { label, traffic_class, bottom, ttl };
            let bytes = stack(&[&repr], b"x");
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((repr, Slice::whole(b"x"))));
        }
    }
}
