//! What may follow a record's fields: a tag, a length of one byte, so many bytes. What is not known is passed over.

use super::Fault;
use super::fields::{Append, Fields};

/// The interface on which a connection was seen (NEWCONN).
const INTERFACE: u8 = 1;
/// The record's number within a snapshot.
const NUMBER: u8 = 2;
/// How it is known who began a connection (NEWCONN).
const BASIS: u8 = 3;
/// Bytes from the IP header on, both ways, as totals (DATA, DELCONN).
const IP_BYTES: u8 = 4;
/// What about a process changed, of what EXEC says (EXEC).
const CHANGE: u8 = 5;
/// What the user is called (EXEC).
const USER: u8 = 6;
/// When the machine began (PROBE_INFO).
const BOOTED: u8 = 7;
/// All counters (PROBE_INFO).
const LEDGER: u8 = 8;
/// Why executable and command line are empty (EXEC).
const UNREAD: u8 = 9;
/// The probe's program and version (PROBE_INFO).
const VERSION: u8 = 10;
/// Flows that were not dissected to the end (PROBE_INFO).
const DISSECTION: u8 = 11;
/// How many counters there are.
const COUNTERS: usize = 9;

/// One of those that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tlv<'a> {
    /// The interface's name (NEWCONN).
    Interface(&'a [u8]),
    /// The record's number within its snapshot, from 0 on.
    Number(u32),
    /// How it is known who began the connection, from 0, seen first, to 3, its handshake was seen (NEWCONN).
    Basis(u8),
    /// Bytes from the IP header on, forward and back, as totals (DATA, DELCONN).
    IpBytes(u64, u64),
    /// It is no new program: 1 its name changed, 2 its user, 3 its group, 4 it leads a session, 5 its parent (EXEC).
    Change(u8),
    /// What the user of the process is called (EXEC).
    User(&'a [u8]),
    /// When the machine began, microseconds since the epoch (PROBE_INFO).
    Booted(u64),
    /// Packets, their bytes, of them without IP, malformed, filtered; lost by the interface; process events, of them lost; flows whose owner was not looked for (PROBE_INFO).
    Ledger([u64; COUNTERS]),
    /// Flows that were not dissected to the end (PROBE_INFO).
    Dissection(u64),
    /// The probe's program and version (PROBE_INFO).
    Version(&'a [u8]),
    /// Why executable and command line are empty: 0 they are not, 1 gone, 2 not allowed, 3 of the kernel, 4 not known (EXEC).
    Unread(u8, u8),
}

impl Tlv<'_> {
    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        match *self {
            Tlv::Interface(name) => to.u8(INTERFACE).short(name),
            Tlv::Number(number) => to.u8(NUMBER).u8(4).u32(number),
            Tlv::Basis(basis) => to.u8(BASIS).u8(1).u8(basis),
            Tlv::IpBytes(forward, back) => to.u8(IP_BYTES).u8(16).u64(forward).u64(back),
            Tlv::Change(change) => to.u8(CHANGE).u8(1).u8(change),
            Tlv::User(name) => to.u8(USER).short(name),
            Tlv::Version(version) => to.u8(VERSION).short(version),
            Tlv::Dissection(flows) => to.u8(DISSECTION).u8(8).u64(flows),
            Tlv::Booted(at_us) => to.u8(BOOTED).u8(8).u64(at_us),
            Tlv::Ledger(counters) => {
                to.u8(LEDGER).u8((8 * COUNTERS) as u8);
                counters.iter().fold(to, |to, counter| to.u64(*counter))
            }
            Tlv::Unread(exe, command) => to.u8(UNREAD).u8(2).u8(exe).u8(command),
        };
    }
}

/// All that follow one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tlvs<'a>(&'a [u8]);

impl<'a> Tlvs<'a> {
    /// Checks that it is a row of them.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Tlvs<'a>, Fault> {
        let mut left = Fields::new(bytes);
        while !left.rest().is_empty() {
            split(&mut left).map_err(|_| Fault::Tlv)?;
        }
        Ok(Tlvs(bytes))
    }

    /// Those that are known, in their order.
    pub fn iter(self) -> impl Iterator<Item = Tlv<'a>> {
        let mut left = Fields::new(self.0);
        std::iter::from_fn(move || split(&mut left).ok()).filter_map(|(tag, value)| {
            let mut fields = Fields::new(value);
            Some(match tag {
                INTERFACE => Tlv::Interface(value),
                NUMBER => Tlv::Number(fields.u32().ok()?),
                BASIS => Tlv::Basis(fields.u8().ok()?),
                IP_BYTES => Tlv::IpBytes(fields.u64().ok()?, fields.u64().ok()?),
                CHANGE => Tlv::Change(fields.u8().ok()?),
                USER => Tlv::User(value),
                VERSION => Tlv::Version(value),
                DISSECTION => Tlv::Dissection(fields.u64().ok()?),
                BOOTED => Tlv::Booted(fields.u64().ok()?),
                LEDGER => {
                    let mut counters = [0; COUNTERS];
                    for counter in &mut counters {
                        *counter = fields.u64().ok()?;
                    }
                    Tlv::Ledger(counters)
                }
                UNREAD => Tlv::Unread(fields.u8().ok()?, fields.u8().ok()?),
                _ => return None,
            })
        })
    }
}

fn split<'a>(fields: &mut Fields<'a>) -> Result<(u8, &'a [u8]), Fault> {
    let (tag, len) = (fields.u8()?, fields.u8()?);
    Ok((tag, fields.bytes(len.into())?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_passed_over_and_half_a_one_is_a_fault() {
        let mut bytes = vec![77, 2, 1, 1];
        let known = [
            Tlv::Interface(b"eth0"),
            Tlv::Number(5),
            Tlv::Basis(3),
            Tlv::IpBytes(1, u64::MAX),
            Tlv::Change(2),
            Tlv::User(b"bob"),
            Tlv::Booted(7),
            Tlv::Ledger([1, 2, 3, 4, 5, 6, 7, 8, 9]),
            Tlv::Unread(1, 2),
            Tlv::Dissection(8),
            Tlv::Version(b"ggprobe 1"),
        ];
        known.iter().for_each(|tlv| tlv.emit(&mut bytes));
        bytes.extend([NUMBER, 1, 9]); // too short for what it says it is
        assert_eq!(Tlvs::parse(&bytes).unwrap().iter().collect::<Vec<_>>(), known);
        bytes.extend([INTERFACE, 3, 1]);
        assert_eq!(Tlvs::parse(&bytes), Err(Fault::Tlv));
        assert_eq!(Tlvs::parse(&[1]), Err(Fault::Tlv));
    }
}
