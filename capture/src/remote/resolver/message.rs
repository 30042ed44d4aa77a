//! Questions and answers: whole messages of a socket that keeps their bounds, each of one size.
//!
//! ```text
//! question  0 its number (4)
//! answer    0 the question's number (4)   4 family: 0 none, 4, 6 (1)   5 zeros (3)   8 scope (4)   12 address (16)
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

pub(super) const QUESTION_BYTES: usize = 4;
pub(super) const ANSWER_BYTES: usize = 28;

pub(super) type Question = [u8; QUESTION_BYTES];
pub(super) type Answer = [u8; ANSWER_BYTES];

pub(super) fn question(number: u32) -> Question {
    number.to_ne_bytes()
}

pub(super) fn number(question: Question) -> u32 {
    u32::from_ne_bytes(question)
}

/// The answer to a question; the port is the asker's own affair.
pub(super) fn answer(number: u32, found: Option<SocketAddr>) -> Answer {
    let (family, scope, address) = match found {
        None => (0, 0, [0; 16]),
        Some(SocketAddr::V4(addr)) => (4, 0, addr.ip().to_ipv6_mapped().octets()),
        Some(SocketAddr::V6(addr)) => (6, addr.scope_id(), addr.ip().octets()),
    };
    let mut bytes = [0; ANSWER_BYTES];
    let fields = number.to_ne_bytes().into_iter().chain([family, 0, 0, 0]).chain(u32::to_ne_bytes(scope)).chain(address);
    bytes.iter_mut().zip(fields).for_each(|(byte, field)| *byte = field);
    bytes
}

/// Which question it answers, and the address with that port; none of another size, or of no family.
pub(super) fn found(bytes: &[u8], port: u16) -> Option<(u32, Option<SocketAddr>)> {
    let bytes: &Answer = bytes.try_into().ok()?;
    let (number, rest) = bytes.split_first_chunk()?;
    let ([family, ..], rest) = rest.split_first_chunk::<4>()?;
    let (scope, rest) = rest.split_first_chunk()?;
    let address: [u8; 16] = rest.try_into().ok()?;
    let v6 = Ipv6Addr::from(address);
    let addr = match family {
        0 => None,
        4 => Some(SocketAddr::new(IpAddr::V4(v6.to_ipv4_mapped().unwrap_or(Ipv4Addr::UNSPECIFIED)), port)),
        6 => Some(SocketAddr::V6(SocketAddrV6::new(v6, port, 0, u32::from_ne_bytes(*scope)))),
        _ => return None,
    };
    Some((u32::from_ne_bytes(*number), addr))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_comes_back_and_another_size_or_family_is_none() {
        let scoped = SocketAddr::V6(SocketAddrV6::new("fe80::1".parse().unwrap(), 7, 0, 3));
        for addr in [None, Some("192.0.2.1:7".parse().unwrap()), Some("[2001:db8::1]:7".parse().unwrap()), Some(scoped)] {
            assert_eq!(found(&answer(9, addr), 7), Some((9, addr)));
        }
        assert_eq!(number(question(812)), 812);
        let mut bytes = answer(9, None);
        assert_eq!(found(&bytes[1..], 7), None);
        bytes[4] = 5;
        assert_eq!(found(&bytes, 7), None);
    }

    proptest! {
        #[test]
        fn whatever_is_answered_is_an_address_or_none(bytes: [u8; ANSWER_BYTES]) {
            if let Some((_, Some(addr))) = found(&bytes, 443) {
                prop_assert_eq!(addr.port(), 443);
            }
        }
    }
}
