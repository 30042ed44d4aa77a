//! ICMP (RFC 792) and ICMPv6 (RFC 4443) messages.

use super::Transport;
use crate::packet::checksum;
use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;

const HEADER_LEN: usize = 4;

/// The two versions, whose types are numbered apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// ICMP, IP protocol 1.
    V4,
    /// ICMPv6, IP protocol 58.
    V6,
}

/// The type of the request that a message of type `ty` answers, or `ty` itself where it answers none. With it a
/// reply gets its request's flow key.
///
/// ```
/// use wire::packet::transport::icmp::{Version, request_type};
///
/// assert_eq!(request_type(Version::V4, 0), 8); // an echo reply answers an echo request
/// assert_eq!(request_type(Version::V6, 129), 128);
/// assert_eq!(request_type(Version::V4, 3), 3); // unreachable answers nothing
/// ```
pub fn request_type(version: Version, ty: u8) -> u8 {
    match (version, ty) {
        (Version::V4, 0) => 8,     // echo
        (Version::V4, 9) => 10,    // router advertisement answers a solicitation (RFC 1256)
        (Version::V4, 14) => 13,   // timestamp
        (Version::V4, 16) => 15,   // information
        (Version::V4, 18) => 17,   // address mask (RFC 950)
        (Version::V4, 43) => 42,   // extended echo (RFC 8335)
        (Version::V6, 129) => 128, // echo
        (Version::V6, 134) => 133, // router advertisement answers a solicitation (RFC 4861)
        (Version::V6, 136) => 135, // neighbour advertisement answers a solicitation
        (Version::V6, 140) => 139, // node information (RFC 4620)
        (Version::V6, 145) => 144, // home agent address discovery (RFC 6275)
        (Version::V6, 147) => 146, // mobile prefix
        (Version::V6, 161) => 160, // extended echo
        (_, ty) => ty,
    }
}

/// Whether messages of this type carry an identifier in the two bytes after the checksum.
fn has_id(version: Version, ty: u8) -> bool {
    match version {
        Version::V4 => matches!(ty, 0 | 8 | 13..=18 | 42 | 43),
        Version::V6 => matches!(ty, 128 | 129 | 144..=147 | 160 | 161),
    }
}

/// A message's first four bytes and its identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr {
    /// Which of the two.
    pub version: Version,
    /// Type.
    pub ty: u8,
    /// Code.
    pub code: u8,
}

impl Repr {
    /// Reads type and code; what follows begins after the checksum.
    ///
    /// # Errors
    /// As [`Slice::take`].
    #[inline]
    pub fn parse<'a>(version: Version, from: Slice<'a>) -> Result<(Repr, Slice<'a>), Fault> {
        let (&[ty, code, _, _], rest) = from.take::<HEADER_LEN>()?;
        Ok((Repr { version, ty, code }, rest))
    }

    /// The identifier, given what follows the checksum.
    #[inline]
    pub fn id(&self, rest: Slice<'_>) -> Option<u16> {
        if has_id(self.version, self.ty) { rest.u16(0) } else { None }
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        HEADER_LEN
    }

    /// ICMPv6's checksum needs the addresses: the IP header fills it in.
    fn emit(&self, packet: &mut Vec<u8>) {
        prepend(packet, &[self.ty, self.code, 0, 0]);
        if self.version == Version::V4 {
            let checksum = checksum::internet(packet).to_be_bytes();
            if let Some(field) = packet.get_mut(2..4) {
                field.copy_from_slice(&checksum);
            }
        }
    }
}

pub(super) fn transport<'a>(version: Version, from: Slice<'a>) -> (Transport<'a>, Option<Fault>) {
    match Repr::parse(version, from) {
        Ok((repr, rest)) => {
            let (Repr { ty, code, .. }, id, payload) = (repr, repr.id(rest), rest.bytes());
            match version {
                Version::V4 => (Transport::Icmp { ty, code, id, payload }, None),
                Version::V6 => (Transport::Icmpv6 { ty, code, id, payload }, None),
            }
        }
        Err(fault) => (Transport::Other { payload: from.bytes() }, Some(fault)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;

    #[test]
    fn an_echo_has_an_identifier() {
        let bytes = [8, 0, 0, 0, 0x12, 0x34, 0, 1];
        let expected = Transport::Icmp { ty: 8, code: 0, id: Some(0x1234), payload: &[0x12, 0x34, 0, 1] };
        assert_eq!(transport(Version::V4, Slice::whole(&bytes)), (expected, None));
        let bytes = [129, 0, 0, 0, 0x12, 0x34, 0, 1];
        let expected = Transport::Icmpv6 { ty: 129, code: 0, id: Some(0x1234), payload: &[0x12, 0x34, 0, 1] };
        assert_eq!(transport(Version::V6, Slice::whole(&bytes)), (expected, None));
    }

    #[test]
    fn an_error_has_none() {
        let bytes = [3, 1, 0, 0, 0x12, 0x34, 0, 1];
        let (transport, _) = transport(Version::V4, Slice::whole(&bytes));
        assert!(matches!(transport, Transport::Icmp { ty: 3, code: 1, id: None, .. }));
    }

    #[test]
    fn a_reply_answers_a_request_that_answers_nothing() {
        for version in [Version::V4, Version::V6] {
            for ty in 0..=255 {
                let request = request_type(version, ty);
                assert_eq!(request_type(version, request), request, "{version:?} {ty}");
                assert!(!has_id(version, ty) || has_id(version, request), "{version:?} {ty}");
            }
        }
        assert_eq!(request_type(Version::V4, 14), 13);
        assert_eq!(request_type(Version::V6, 136), 135);
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(ty: u8, code: u8, payload in vec(any::<u8>(), 0..100)) {
            for version in [Version::V4, Version::V6] {
                let repr = Repr { version, ty, code };
                let bytes = stack(&[&repr], &payload);
                prop_assert_eq!(Repr::parse(version, Slice::whole(&bytes)), Ok((repr, Slice::whole(&payload))));
                prop_assert!(version == Version::V6 || checksum::internet(&bytes) == 0);
            }
        }
    }
}
