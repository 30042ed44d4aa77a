//! KEY: the two ends of a connection, as who began it stands first.

use std::net::IpAddr;

use super::super::Fault;
use super::super::fields::{Append, Fields, family};

/// An address and a port, or what stands in for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addr {
    /// The address.
    pub ip: IpAddr,
    /// The port; of ICMP the source has the identifier, and the destination `type << 8 | code`.
    pub port: u16,
}

/// A connection: 16 bytes for IPv4, 40 for IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The IP protocol's number.
    pub proto: u8,
    /// Who began it, as far as is known.
    pub src: Addr,
    /// With whom. Of the same family.
    pub dst: Addr,
}

impl Key {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<Key, Fault> {
        let (family, proto, src_port, dst_port, _flags) = (f.u8()?, f.u8()?, f.u16()?, f.u16()?, f.u16()?);
        let src = Addr { ip: f.addr(family)?, port: src_port };
        Ok(Key { proto, src, dst: Addr { ip: f.addr(family)?, port: dst_port } })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        to.u8(family(self.src.ip)).u8(self.proto).u16(self.src.port).u16(self.dst.port).u16(0).addr(self.src.ip).addr(self.dst.ip);
    }
}
