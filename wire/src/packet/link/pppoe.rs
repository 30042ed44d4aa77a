//! PPP over Ethernet sessions (RFC 2516).

use crate::packet::emit::{Emit, prepend, u16_len};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;
use crate::packet::walk::Next;

const HEADER_LEN: usize = 6;

/// A PPPoE session header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// Session.
    pub session: u16,
}

impl Repr {
    /// Reads the header; what follows is PPP without padding.
    ///
    /// # Errors
    /// [`Malformed::Version`] where version and type are not 1, else as [`Slice::take`].
    pub fn parse<'a>(from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let (&[version_type, _, s0, s1, l0, l1], rest) = from.take::<HEADER_LEN>()?;
        if version_type != 0x11 {
            return Err(Malformed::Version.into());
        }
        let len = usize::from(u16::from_be_bytes([l0, l1]));
        Ok((Repr { session: u16::from_be_bytes([s0, s1]) }, rest.limit(len)))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        HEADER_LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let [s0, s1] = self.session.to_be_bytes();
        let [l0, l1] = u16_len(packet.len()).to_be_bytes();
        prepend(packet, &[0x11, 0, s0, s1, l0, l1]);
    }
}

pub(super) fn next<'a>(from: Slice<'a>) -> Result<Next<'a>, Fault> {
    Repr::parse(from).map(|(_, rest)| Next::Ppp(rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{finds, v4_packet};

    #[test]
    fn the_session_and_the_length_are_read() {
        let bytes = [0x11, 0, 0, 9, 0, 2, 0xc0, 0x21, 0, 0, 0];
        let (repr, rest) = Repr::parse(Slice::whole(&bytes)).unwrap();
        assert_eq!((repr.session, rest.bytes()), (9, &[0xc0, 0x21][..]));
    }

    #[test]
    fn a_packet_is_found_inside() {
        let len = v4_packet().len() as u8 + 2;
        let header = [0x11, 0, 0, 9, 0, len, 0, 0x21];
        assert!(finds(51, &[&header, &v4_packet()]));
        assert!(finds(1, &[&[0; 12], &[0x88, 0x64], &header, &v4_packet(), &[0; 9]]));
    }

    #[test]
    fn another_version_is_refused() {
        let read = Repr::parse(Slice::whole(&[0x21, 0, 0, 9, 0, 0]));
        assert_eq!(read, Err(Malformed::Version.into()));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(session: u16, payload: Vec<u8>) {
            let bytes = stack(&[&Repr { session }], &payload);
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok((Repr { session }, Slice::whole(&payload))));
        }
    }
}
