//! Big-endian fields, one after the other: read from a slice, and appended to a vector.

use std::net::IpAddr;

use super::Fault;

/// What is left to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Fields(bytes)
    }

    /// The next `N` bytes. Errors, here and below: [`Fault::Short`] where there are fewer.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(Fault::Short)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Fault> {
        self.array().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn i32(&mut self) -> Result<i32, Fault> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_be_bytes)
    }

    pub(super) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Fault> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Fault::Short)?;
        self.0 = rest;
        Ok(head)
    }

    /// An address of a family, 4 or 6.
    pub(super) fn addr(&mut self, family: u8) -> Result<IpAddr, Fault> {
        match family {
            4 => self.array::<4>().map(IpAddr::from),
            6 => self.array::<16>().map(IpAddr::from),
            _ => Err(Fault::Value),
        }
    }

    /// What was not read yet.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// Appends fields.
pub(super) trait Append {
    fn u8(&mut self, value: u8) -> &mut Self;
    fn u16(&mut self, value: u16) -> &mut Self;
    fn u32(&mut self, value: u32) -> &mut Self;
    fn u64(&mut self, value: u64) -> &mut Self;
    fn bytes(&mut self, value: &[u8]) -> &mut Self;
    fn addr(&mut self, value: IpAddr) -> &mut Self;
    /// At most 255 bytes, their number first.
    fn short(&mut self, value: &[u8]) -> &mut Self;
}

impl Append for Vec<u8> {
    fn u8(&mut self, value: u8) -> &mut Self {
        self.push(value);
        self
    }

    fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    fn bytes(&mut self, value: &[u8]) -> &mut Self {
        self.extend_from_slice(value);
        self
    }

    fn addr(&mut self, value: IpAddr) -> &mut Self {
        match value {
            IpAddr::V4(addr) => self.bytes(&addr.octets()),
            IpAddr::V6(addr) => self.bytes(&addr.octets()),
        }
    }

    fn short(&mut self, value: &[u8]) -> &mut Self {
        let value = cut(value, u8::MAX.into());
        self.u8(value.len() as u8).bytes(value)
    }
}

/// At most so many bytes of it.
pub(super) fn cut(bytes: &[u8], max: usize) -> &[u8] {
    bytes.get(..max).unwrap_or(bytes)
}

/// 4 or 6.
pub(super) fn family(addr: IpAddr) -> u8 {
    if addr.is_ipv4() { 4 } else { 6 }
}
