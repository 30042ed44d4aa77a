//! NAME.

use std::net::IpAddr;

use super::super::Fault;
use super::super::fields::{Append, Fields, family};

/// An address has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    /// Where it was learnt: 0 PTR, 1 DNS, 2 mDNS, 3 DHCP, 4 SNI, 5 HTTP host, 6 manual.
    pub origin: u8,
    /// How long it may be believed, in seconds.
    pub ttl_secs: u32,
    /// The address.
    pub addr: IpAddr,
    /// The name, at most 255 bytes, as it came.
    pub name: &'a [u8],
}

impl<'a> Name<'a> {
    pub(super) fn parse(f: &mut Fields<'a>) -> Result<Name<'a>, Fault> {
        let (family, origin, _, ttl_secs) = (f.u8()?, f.u8()?, f.u16()?, f.u32()?);
        let addr = f.addr(family)?;
        let len = f.u8()?;
        Ok(Name { origin, ttl_secs, addr, name: f.bytes(len.into())? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        to.u8(family(self.addr)).u8(self.origin).u16(0).u32(self.ttl_secs).addr(self.addr).short(self.name);
    }
}
