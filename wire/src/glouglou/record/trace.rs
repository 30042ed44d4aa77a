//! TRACE.

use std::net::{IpAddr, Ipv4Addr};

use smallvec::SmallVec;

use super::super::Fault;
use super::super::fields::{Append, Fields, family};

/// A way has no more hops.
pub const MAX_HOPS: usize = 32;

/// One hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    /// How many hops it is away.
    pub ttl: u8,
    /// 0 answered, 1 silent.
    pub status: u8,
    /// How long the answer took, in microseconds.
    pub rtt_us: u32,
    /// Who answered; unspecified where nobody did.
    pub addr: IpAddr,
}

/// The way from one address to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The IP protocol's number that it was traced with.
    pub proto: u8,
    /// Whether the last hop is the destination.
    pub complete: bool,
    /// From.
    pub src: IpAddr,
    /// To.
    pub dst: IpAddr,
    /// By way of: at most [`MAX_HOPS`], all of one family.
    pub hops: SmallVec<[Hop; 8]>,
}

impl Trace {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<Trace, Fault> {
        let (family, count, proto, complete) = (f.u8()?, f.u8()?, f.u8()?, f.u8()?);
        let (src, dst) = (f.addr(family)?, f.addr(family)?);
        if usize::from(count) > MAX_HOPS {
            return Err(Fault::Value);
        }
        let mut hop = || {
            let (ttl, status, _, rtt_us) = (f.u8()?, f.u8()?, f.u16()?, f.u32()?);
            Ok(Hop { ttl, status, rtt_us, addr: f.addr(family)? })
        };
        let hops = (0..count).map(|_| hop()).collect::<Result<_, Fault>>()?;
        Ok(Trace { proto, complete: complete != 0, src, dst, hops })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        let hops = self.hops.get(..MAX_HOPS).unwrap_or(&self.hops);
        to.u8(family(self.src)).u8(hops.len() as u8).u8(self.proto).u8(self.complete.into()).addr(self.src).addr(self.dst);
        for hop in hops {
            to.u8(hop.ttl).u8(hop.status).u16(0).u32(hop.rtt_us);
            match (self.src, hop.addr) {
                (IpAddr::V4(_), IpAddr::V6(_)) => to.addr(Ipv4Addr::UNSPECIFIED.into()),
                (IpAddr::V6(_), IpAddr::V4(addr)) => to.addr(addr.to_ipv6_mapped().into()),
                (_, addr) => to.addr(addr),
            };
        }
    }
}
