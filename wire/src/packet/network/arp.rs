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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::arp_packet;

    #[test]
    fn the_fields_stand_where_the_standard_says() {
        let expected = Repr {
            operation: Operation::Request,
            sender_mac: Mac([2, 0, 0, 0, 0, 1]),
            sender: [192, 0, 2, 1].into(),
            target_mac: Mac([0; 6]),
            target: [192, 0, 2, 2].into(),
        };
        assert_eq!(Repr::parse(Slice::whole(&arp_packet())), Ok(Some(expected)));
    }

    #[test]
    fn addresses_of_other_lengths_are_not_read() {
        let mut bytes = arp_packet();
        bytes[4] = 16;
        assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(
            operation: u16, sender_mac: [u8; 6], sender: [u8; 4], target_mac: [u8; 6], target: [u8; 4]
        ) {
            let repr = Repr {
                operation: operation.into(),
                sender_mac: Mac(sender_mac),
                sender: sender.into(),
                target_mac: Mac(target_mac),
                target: target.into(),
            };
            let bytes = stack(&[&repr], &[]);
            prop_assert_eq!(bytes.len(), repr.header_len());
            prop_assert_eq!(Repr::parse(Slice::whole(&bytes)), Ok(Some(repr)));
        }
    }
}
