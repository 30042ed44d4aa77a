//! Questions and answers: whole messages of a socket that keeps their bounds, all of one size.
//!
//! ```text
//! question  0 number of the question (4)   4 echo id (2)   6 ttl (1)       7 zero (1)   8 destination (16)
//! answer    0 number of the question (4)   4 outcome (1)   5 zero (3)      8 round trip in µs (4)   12 zero (4)   16 who answered (16)   32 from where it was sent (16)
//!           or, where it cannot serve at all: 5 length (1)  16 why, as text (64)
//! ```
//! In the byte order of the machine, which both share. IPv4 stands in IPv6 (RFC 4291, 2.5.5.2); the unspecified address is none. A question with ttl 0 asks
//! nothing but whether it answers.

use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use graph::Answer;

use super::{Outcome, Probe, Probed};

/// A question takes as many bytes.
pub(super) const QUESTION_BYTES: usize = 24;
/// An answer takes as many.
pub(super) const ANSWER_BYTES: usize = 80;
const ADDR: usize = 16;
const SRC: usize = 32;
/// The outcome that says that it cannot serve.
const FAILED: u8 = 0xFF;
/// And that it can.
const READY: u8 = 0xFE;

/// A question; none is: are you there?
pub(super) fn question(number: u32, probe: Option<Probe>) -> [u8; QUESTION_BYTES] {
    let mut bytes = [0; QUESTION_BYTES];
    put(&mut bytes, 0, &number.to_ne_bytes());
    if let Some(Probe { dst, ttl, echo_id }) = probe {
        put(&mut bytes, 4, &echo_id.to_ne_bytes());
        put(&mut bytes, 6, &[ttl]);
        put(&mut bytes, 8, &packed(Some(dst)));
    }
    bytes
}

/// Its number, and the question; none where it is no question.
pub(super) fn parse_question(bytes: &[u8]) -> Option<(u32, Option<Probe>)> {
    let bytes: &[u8; QUESTION_BYTES] = bytes.try_into().ok()?;
    let (number, ttl) = (u32_at(bytes, 0)?, *bytes.get(6)?);
    if ttl == 0 {
        return Some((number, None));
    }
    let echo_id = u16::from_ne_bytes(*bytes.get(4..)?.first_chunk()?);
    Some((number, Some(Probe { dst: addr_at(bytes, 8)?, ttl, echo_id })))
}

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// That it is there.
    Ready,
    /// Why it is not.
    Failed(String),
    /// What came of a request.
    Probed(Probed),
}

/// An answer. What is too long of a text is cut off, between two letters.
pub(super) fn answer(number: u32, said: &Said) -> [u8; ANSWER_BYTES] {
    let mut bytes = [0; ANSWER_BYTES];
    put(&mut bytes, 0, &number.to_ne_bytes());
    match said {
        Said::Ready => put(&mut bytes, 4, &[READY]),
        Said::Failed(why) => {
            let why = cut(why);
            put(&mut bytes, 4, &[FAILED, why.len() as u8]);
            put(&mut bytes, ADDR, why.as_bytes());
        }
        Said::Probed(Probed { outcome, src }) => {
            let (code, answer) = match outcome {
                Outcome::Passed(answer) => (0, Some(answer)),
                Outcome::Reached(answer) => (1, Some(answer)),
                Outcome::Unreachable(answer) => (2, Some(answer)),
                Outcome::Silent => (3, None),
                Outcome::Refused => (4, None),
            };
            put(&mut bytes, 4, &[code]);
            if let Some(Answer { addr, rtt }) = answer {
                put(&mut bytes, 8, &u32::try_from(rtt.as_micros()).unwrap_or(u32::MAX).to_ne_bytes());
                put(&mut bytes, ADDR, &packed(Some(*addr)));
            }
            put(&mut bytes, SRC, &packed(*src));
        }
    }
    bytes
}

/// Which question it answers, and how; none where it is no answer.
pub(super) fn parse_answer(bytes: &[u8]) -> Option<(u32, Said)> {
    let bytes: &[u8; ANSWER_BYTES] = bytes.try_into().ok()?;
    let number = u32_at(bytes, 0)?;
    let answer = || Some(Answer { addr: addr_at(bytes, ADDR)?, rtt: Duration::from_micros(u32_at(bytes, 8)?.into()) });
    let outcome = match *bytes.get(4)? {
        READY => return Some((number, Said::Ready)),
        FAILED => {
            let why = bytes.get(ADDR..)?.get(..usize::from(*bytes.get(5)?))?;
            return Some((number, Said::Failed(String::from_utf8_lossy(why).into_owned())));
        }
        0 => Outcome::Passed(answer()?),
        1 => Outcome::Reached(answer()?),
        2 => Outcome::Unreachable(answer()?),
        3 => Outcome::Silent,
        4 => Outcome::Refused,
        _ => return None,
    };
    Some((number, Said::Probed(Probed { outcome, src: addr_at(bytes, SRC) })))
}

/// As much of a text as an answer has room for.
fn cut(why: &str) -> &str {
    why.get(..why.floor_char_boundary(ANSWER_BYTES - ADDR)).unwrap_or(why)
}

fn packed(addr: Option<IpAddr>) -> [u8; 16] {
    match addr {
        Some(IpAddr::V4(addr)) => addr.to_ipv6_mapped().octets(),
        Some(IpAddr::V6(addr)) => addr.octets(),
        None => [0; 16],
    }
}

fn addr_at(bytes: &[u8], at: usize) -> Option<IpAddr> {
    let addr = Ipv6Addr::from(*bytes.get(at..)?.first_chunk()?);
    (!addr.is_unspecified()).then(|| addr.to_canonical())
}

fn put(to: &mut [u8], at: usize, bytes: &[u8]) {
    if let Some(place) = to.get_mut(at..at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn questions_and_answers_come_back() {
        let [v4, v6] = ["192.0.2.1", "2001:db8::1"].map(|addr| addr.parse::<IpAddr>().unwrap());
        for asked in [None, Some(Probe { dst: v4, ttl: 1, echo_id: 0xBEEF }), Some(Probe { dst: v6, ttl: 30, echo_id: 1 })] {
            assert_eq!(parse_question(&question(7, asked)), Some((7, asked)));
        }
        let heard = |addr| Answer { addr, rtt: Duration::from_micros(1234) };
        let outcomes =
            [Outcome::Passed(heard(v4)), Outcome::Reached(heard(v6)), Outcome::Unreachable(heard(v4)), Outcome::Silent, Outcome::Refused];
        let probed = outcomes.into_iter().flat_map(|outcome| [None, Some(v4)].map(|src| Said::Probed(Probed { outcome, src })));
        for said in probed.chain([Said::Ready, Said::Failed("cannot change user: EPERM".into())]) {
            assert_eq!(parse_answer(&answer(9, &said)), Some((9, said)));
        }
        assert_eq!(parse_answer(&answer(9, &Said::Failed("x".repeat(999)))), Some((9, Said::Failed("x".repeat(64)))));
        assert_eq!(
            parse_answer(&answer(9, &Said::Failed("€".repeat(30)))),
            Some((9, Said::Failed("€".repeat(21)))),
            "64 bytes are 21 and a third"
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_is_a_message_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(bytes.len() == QUESTION_BYTES || parse_question(&bytes).is_none());
            prop_assert!(bytes.len() == ANSWER_BYTES || parse_answer(&bytes).is_none());
        }

        #[test]
        fn whatever_is_as_long_as_an_answer_does_no_harm(bytes in proptest::array::uniform32(any::<u8>())) {
            let mut whole = [0; ANSWER_BYTES];
            whole[..32].copy_from_slice(&bytes);
            if let Some((number, said)) = parse_answer(&whole) {
                // What is no text becomes a longer one.
                let said = if let Said::Failed(why) = said { Said::Failed(cut(&why).to_owned()) } else { said };
                prop_assert_eq!(parse_answer(&answer(number, &said)), Some((number, said)));
            }
        }
    }
}
