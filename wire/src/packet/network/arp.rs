//! ARP for IPv4 over Ethernet-like links (RFC 826).

use std::net::Ipv4Addr;

use crate::packet::dissection::Mac;
use crate::packet::emit::{Emit, prepend};
use crate::packet::fault::Fault;
use crate::packet::slice::Slice;

const LEN: usize = 28;

/// What an ARP packet asks or says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// What it is for.
    pub operation: Operation,
    /// The sender's hardware address.
    pub sender_mac: Mac,
    /// The sender's address; 0.0.0.0 in a probe.
    pub sender: Ipv4Addr,
    /// The target's hardware address; zero where it is asked for.
    pub target_mac: Mac,
    /// The target's address.
    pub target: Ipv4Addr,
}

/// What an ARP packet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Who has the target address?
    Request,
    /// The sender has the sender address.
    Reply,
    /// Another operation, by its number (IANA ARP parameters).
    Other(u16),
}

impl From<u16> for Operation {
    fn from(number: u16) -> Self {
        match number {
            1 => Operation::Request,
            2 => Operation::Reply,
            other => Operation::Other(other),
        }
    }
}

impl From<Operation> for u16 {
    fn from(operation: Operation) -> Self {
        match operation {
            Operation::Request => 1,
            Operation::Reply => 2,
            Operation::Other(number) => number,
        }
    }
}

impl Repr {
    /// Reads an ARP packet for IPv4; nothing where it is for other address lengths.
    ///
    /// # Errors
    /// As [`Slice::take`].
    pub fn parse(from: Slice<'_>) -> Result<Option<Repr>, Fault> {
        let (&[_, _, p0, p1, hardware_len, protocol_len, o0, o1], rest) = from.take::<8>()?;
        if (u16::from_be_bytes([p0, p1]), hardware_len, protocol_len) != (0x0800, 6, 4) {
            return Ok(None);
        }
        let (sender_mac, rest) = rest.take::<6>()?;
        let (sender, rest) = rest.take::<4>()?;
        let (target_mac, rest) = rest.take::<6>()?;
        let (target, _) = rest.take::<4>()?;
        Ok(Some(Repr {
            operation: u16::from_be_bytes([o0, o1]).into(),
            sender_mac: Mac(*sender_mac),
            sender: (*sender).into(),
            target_mac: Mac(*target_mac),
            target: (*target).into(),
        }))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let mut bytes = vec![0, 1, 8, 0, 6, 4];
        bytes.extend(u16::from(self.operation).to_be_bytes());
        bytes.extend(self.sender_mac.0);
        bytes.extend(self.sender.octets());
        bytes.extend(self.target_mac.0);
        bytes.extend(self.target.octets());
        prepend(packet, &bytes);
    }
}
