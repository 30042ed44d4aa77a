//! VLAN tags (IEEE 802.1Q), any number of them.

use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;

const LEN: usize = 4;

/// What follows a VLAN EtherType.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// VLAN identifier, 12 bits.
    pub id: u16,
    /// Priority, 3 bits.
    pub priority: u8,
    /// Frames that may be dropped first.
    pub drop_eligible: bool,
    /// The EtherType of what is tagged.
    pub ethertype: u16,
}

impl Repr {
    /// Reads a tag.
    ///
    /// # Errors
    /// As [`Slice::take`].
    #[inline]
    pub fn parse<'a>(from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let (&[c0, c1, t0, t1], rest) = from.take::<LEN>()?;
        let control = u16::from_be_bytes([c0, c1]);
        let repr = Repr {
            id: control & 0xfff,
            priority: (control >> 13) as u8,
            drop_eligible: control & 0x1000 != 0,
            ethertype: u16::from_be_bytes([t0, t1]),
        };
        Ok((repr, rest))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let control = self.id & 0xfff | u16::from(self.priority & 7) << 13 | if self.drop_eligible { 0x1000 } else { 0 };
        let [c0, c1] = control.to_be_bytes();
        let [t0, t1] = self.ethertype.to_be_bytes();
        prepend(packet, &[c0, c1, t0, t1]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{read, v4_packet};

    #[test]
    fn the_fields_stand_where_the_standard_says() {
        let (repr, _) = Repr::parse(Slice::whole(&[0xb0, 0x64, 0x08, 0x00])).unwrap();
        assert_eq!(repr, Repr { id: 100, priority: 5, drop_eligible: true, ethertype: 0x0800 });
    }

    #[test]
    fn every_tag_is_told_outermost_first_up_to_the_bound() {
        let mut frame = vec![0; 12];
        for (ethertype, id) in [[0x88, 0xa8], [0x91, 0x00], [0x81, 0x00]].iter().cycle().zip(1..=10) {
            frame.extend(ethertype);
            frame.extend([0, id]);
        }
        frame.extend([8, 0]);
        frame.extend(v4_packet());
        let found = read(1, &frame);
        assert_eq!(found.vlans[..], [1, 2, 3, 4, 5, 6, 7, 8]);
        assert!(found.ip().is_some());
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(id in 0_u16..4096, priority in 0_u8..8, drop_eligible: bool, ethertype: u16) {
            let repr = Repr { id, priority, drop_eligible, ethertype };
            let bytes = stack(&[&repr], b"x");
            prop_assert_eq!(bytes.len(), repr.header_len() + 1);
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((repr, Slice::whole(b"x"))));
        }
    }
}
