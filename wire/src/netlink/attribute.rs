//! Attributes, which may follow a message's fixed fields (`struct nlattr`, `struct rtattr`; linux/netlink.h).

use std::iter::FusedIterator;

use super::fields::Fields;
use super::{Fault, after, padding};

const HEADER_LEN: usize = 4;
/// `NLA_F_NESTED`.
const NESTED: u16 = 1 << 15;
/// `NLA_F_NET_BYTEORDER`.
const BIG_ENDIAN: u16 = 1 << 14;
const KIND: u16 = !(NESTED | BIG_ENDIAN);

/// One attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Attribute<'a> {
    /// Which it is, of those that its message may have: 14 bits.
    pub kind: u16,
    /// Whether the value is marked as attributes in turn.
    pub nested: bool,
    /// Whether the value is marked as big-endian.
    pub big_endian: bool,
    /// The value, in the machine's byte order unless marked otherwise or an address or port.
    pub value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// An attribute without a mark.
    pub fn new(kind: u16, value: &'a [u8]) -> Self {
        Attribute { kind, nested: false, big_endian: false, value }
    }

    /// Puts it, and its padding, after what `body` holds.
    ///
    /// # Errors
    /// [`Fault::AttributeLength`] where the value is longer than 65,531 bytes; `body` is unchanged then.
    pub fn emit(&self, body: &mut Vec<u8>) -> Result<(), Fault> {
        let len = u16::try_from(HEADER_LEN + self.value.len()).map_err(|_| Fault::AttributeLength)?;
        let nested = if self.nested { NESTED } else { 0 };
        let big_endian = if self.big_endian { BIG_ENDIAN } else { 0 };
        body.extend(len.to_ne_bytes());
        body.extend((self.kind & KIND | nested | big_endian).to_ne_bytes());
        body.extend(self.value);
        body.extend(std::iter::repeat_n(0, padding(self.value.len())));
        Ok(())
    }

    fn parse(from: &'a [u8]) -> Result<(Attribute<'a>, &'a [u8]), Fault> {
        let mut fields = Fields::new(from);
        let (len, kind) = (usize::from(fields.u16()?), fields.u16()?);
        let value = from.get(HEADER_LEN..len).ok_or(Fault::AttributeLength)?;
        let attribute = Attribute { kind: kind & KIND, nested: kind & NESTED != 0, big_endian: kind & BIG_ENDIAN != 0, value };
        Ok((attribute, after(from, len)))
    }
}

/// The attributes in what follows a message's fixed fields.
///
/// An item is an error where an attribute does not hold together: [`Fault::Short`] or [`Fault::AttributeLength`]. It is the
/// last item then.
pub fn attributes(bytes: &[u8]) -> Attributes<'_> {
    Attributes { rest: bytes }
}

/// See [`attributes`].
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Attributes<'a> {
    type Item = Result<Attribute<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let first = Attribute::parse(self.rest);
        self.rest = first.map_or(&[], |(_, rest)| rest);
        Some(first.map(|(attribute, _)| attribute))
    }
}

impl FusedIterator for Attributes<'_> {}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// The attributes of a TCP socket, as Linux 6.18 told them.
    #[cfg(target_endian = "little")]
    #[test]
    fn a_kernels_attributes() {
        let bytes = [5, 0, 8, 0, 0, 0, 0, 0, 8, 0, 15, 0, 0, 0, 0, 0, 12, 0, 21, 0, 1, 0, 0, 0, 0, 0, 0, 0, 6, 0, 22, 0, 0x52, 0, 0, 0];
        let found: Vec<_> = attributes(&bytes).collect();
        let expected: [(u16, &[u8]); 4] = [(8, &[0]), (15, &[0; 4]), (21, &[1, 0, 0, 0, 0, 0, 0, 0]), (22, &[0x52, 0])];
        assert_eq!(found, expected.map(|(kind, value)| Ok(Attribute::new(kind, value))));
    }

    #[test]
    fn a_length_that_cannot_be_ends_the_attributes() {
        let mut good = Vec::new();
        Attribute::new(7, &[1, 2, 3, 4]).emit(&mut good).unwrap();
        for len in [0_u16, 3, 9, u16::MAX] {
            let mut bad = good.clone();
            bad[..2].copy_from_slice(&len.to_ne_bytes());
            let found: Vec<_> = attributes(&[&good[..], &bad[..]].concat()).map(|found| found.map(|a| a.kind)).collect();
            assert_eq!(found, [Ok(7), Err(Fault::AttributeLength)], "{len}");
        }
        let found: Vec<_> = attributes(&[&good[..], &good[..3]].concat()).map(|found| found.map(|a| a.kind)).collect();
        assert_eq!(found, [Ok(7), Err(Fault::Short)]);
    }

    #[test]
    fn the_last_may_lack_its_padding() {
        let mut bytes = Vec::new();
        Attribute::new(7, &[1]).emit(&mut bytes).unwrap();
        assert_eq!(bytes.len(), 8);
        assert_eq!(attributes(&bytes[..5]).collect::<Vec<_>>(), [Ok(Attribute::new(7, &[1]))]);
    }

    #[test]
    fn a_value_that_no_length_can_say_is_refused() {
        let mut bytes = Vec::new();
        assert_eq!(Attribute::new(7, &[0; 65_532]).emit(&mut bytes), Err(Fault::AttributeLength));
        assert!(bytes.is_empty());
        Attribute::new(7, &[0; 65_531]).emit(&mut bytes).unwrap();
        assert!(attributes(&bytes).all(|found| found.is_ok_and(|attribute| attribute.value.len() == 65_531)));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(
            written in vec((0..=KIND, any::<bool>(), any::<bool>(), vec(any::<u8>(), 0..20)), 0..10)
        ) {
            let written: Vec<_> = written.iter()
                .map(|(kind, nested, big_endian, value)| {
                    Attribute { kind: *kind, nested: *nested, big_endian: *big_endian, value }
                })
                .collect();
            let mut bytes = Vec::new();
            for attribute in &written {
                prop_assert_eq!(attribute.emit(&mut bytes), Ok(()));
                prop_assert_eq!(bytes.len() % 4, 0);
            }
            let found: Result<Vec<_>, _> = attributes(&bytes).collect();
            prop_assert_eq!(found, Ok(written));
        }

        #[test]
        fn bytes_of_no_sense_end(bytes in vec(any::<u8>(), 0..200)) {
            let found: Vec<_> = attributes(&bytes).collect();
            prop_assert!(found.len() <= bytes.len() / HEADER_LEN + 1);
            prop_assert!(found.iter().rev().skip(1).all(Result::is_ok));
        }
    }
}
