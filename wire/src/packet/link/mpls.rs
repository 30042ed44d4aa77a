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
        let repr = Repr {
            label: u32::from_be_bytes([0, a, b, c]) >> 4,
            traffic_class: c >> 1 & 7,
            bottom: c & 1 != 0,
            ttl,
        };
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
