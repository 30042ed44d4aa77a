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
