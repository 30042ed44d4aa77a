//! The kernel connector's header (`struct cn_msg`; linux/connector.h), which stands between netlink's and a user's of it.

use super::Fault;
use super::fields::Fields;
use crate::packet::emit::{Emit, prepend, u16_len};

/// The length of the header, in bytes.
pub const LEN: usize = 20;

/// The header, without its length, which is that of what follows, and its flags, which are not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// Which user of the connector it is (`CN_IDX_…`); also the number of its multicast group.
    pub index: u32,
    /// Which of that user's (`CN_VAL_…`).
    pub value: u32,
    /// Number of the message; what it counts is the user's.
    pub seq: u32,
    /// In an answer, one more than the request's.
    pub ack: u32,
}

impl Repr {
    /// Reads the header; what follows is as long as the header says.
    ///
    /// # Errors
    /// [`Fault::Short`] where the header is cut, [`Fault::ConnectorLength`] where more is announced than follows.
    pub fn parse(from: &[u8]) -> Result<(Repr, &[u8]), Fault> {
        let mut fields = Fields::new(from);
        let repr = Repr { index: fields.u32()?, value: fields.u32()?, seq: fields.u32()?, ack: fields.u32()? };
        let (len, _flags) = (fields.u16()?, fields.u16()?);
        let data = fields.rest().get(..usize::from(len)).ok_or(Fault::ConnectorLength)?;
        Ok((repr, data))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let mut bytes = Vec::with_capacity(LEN);
        for field in [self.index, self.value, self.seq, self.ack] {
            bytes.extend(field.to_ne_bytes());
        }
        bytes.extend(u16_len(packet.len()).to_ne_bytes());
        bytes.extend([0, 0]);
        prepend(packet, &bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;

    #[test]
    fn a_length_above_what_follows_is_a_fault() {
        let bytes = stack(&[&Repr { index: 1, value: 2, seq: 3, ack: 4 }], &[5, 6]);
        assert_eq!(Repr::parse(&bytes[..21]), Err(Fault::ConnectorLength));
        assert_eq!(Repr::parse(&bytes[..19]), Err(Fault::Short));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(
            index: u32, value: u32, seq: u32, ack: u32, data in vec(any::<u8>(), 0..60), padding in vec(any::<u8>(), 0..4)
        ) {
            let repr = Repr { index, value, seq, ack };
            let mut bytes = stack(&[&repr], &data);
            prop_assert_eq!(bytes.len(), repr.header_len() + data.len());
            bytes.extend(padding);
            prop_assert_eq!(Repr::parse(&bytes), Ok((repr, &data[..])));
        }
    }
}
