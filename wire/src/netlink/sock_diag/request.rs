//! What is asked of the kernel (`struct inet_diag_req_v2`).

use super::socket_id::{self, Family, SocketId};
use super::{BY_FAMILY, States};
use crate::netlink::Fault;
use crate::netlink::fields::Fields;
use crate::netlink::header::{self, DUMP, REQUEST};
use crate::packet::emit::{Emit, prepend, stack};

/// The protocol number of TCP.
pub const TCP: u8 = 6;
/// The protocol number of UDP.
pub const UDP: u8 = 17;
/// The protocol number of UDP-Lite.
pub const UDP_LITE: u8 = 136;

/// A request: the payload of a netlink message, whose header says whether it is a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Request {
    /// The protocol, by IANA's number.
    pub protocol: u8,
    /// What else is asked for: bit n - 1 is the attribute `INET_DIAG_…` with the number n. What [`Socket`](super::Socket) has needs
    /// none.
    pub extensions: u8,
    /// The states that a dump is of. A look-up ignores them.
    pub states: States,
    /// The socket of a look-up, as the kernel reads it: see [`look_up`](Request::look_up). Of a dump the family, and the ports
    /// where they are not 0.
    pub id: SocketId,
}

impl Request {
    /// The message that asks for all sockets of a family and a protocol in any of these states. The answers are one
    /// [`Answer::Socket`](super::Answer::Socket) each, and an [`Answer::End`](super::Answer::End).
    pub fn dump(family: Family, protocol: u8, states: States, seq: u32) -> Vec<u8> {
        let request = Request { protocol, extensions: 0, states, id: SocketId::any(family) };
        request.message(REQUEST | DUMP, seq)
    }

    /// The message that asks for the one socket at the local end of `id`. The answer is one [`Answer::Socket`](super::Answer::Socket),
    /// or an [`Answer::End`](super::Answer::End): `ENOENT` where there is none. Where it has another cookie,
    /// it is `ENOENT` of TCP and `ESTALE` of UDP.
    ///
    /// The kernel looks as it would for a packet that comes in. So where nothing is connected, a socket that listens or is bound to
    /// the local port answers: compare its [`id`](super::Socket::id). Addresses of IPv4 find a socket of IPv6 that speaks IPv4, too,
    /// whose answer has mapped ones. Of UDP, the kernel takes the remote end for the local one (net/ipv4/udp_diag.c), so the ends
    /// stand reversed in the message, not in the answer.
    pub fn look_up(protocol: u8, id: SocketId, seq: u32) -> Vec<u8> {
        let id = if matches!(protocol, UDP | UDP_LITE) { id.reversed() } else { id };
        let request = Request { protocol, extensions: 0, states: States::ALL, id };
        request.message(REQUEST, seq)
    }

    fn message(&self, flags: u16, seq: u32) -> Vec<u8> {
        stack(&[&header::Repr { kind: BY_FAMILY, flags, seq, port: 0 }, self], &[])
    }

    /// Reads the payload of a message of the kind [`BY_FAMILY`]; nothing where the family is not IP.
    ///
    /// # Errors
    /// [`Fault::Short`] where it is cut.
    pub fn parse(payload: &[u8]) -> Result<Option<Request>, Fault> {
        let mut fields = Fields::new(payload);
        let [family, protocol, extensions, _] = fields.array()?;
        let Some(family) = Family::from_number(family) else { return Ok(None) };
        let states = States(fields.u32()?);
        Ok(Some(Request { protocol, extensions, states, id: SocketId::parse(family, &mut fields)? }))
    }
}

impl Emit for Request {
    fn header_len(&self) -> usize {
        8 + socket_id::LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let mut bytes = vec![self.id.family().number(), self.protocol, self.extensions, 0];
        bytes.extend(self.states.0.to_ne_bytes());
        self.id.emit(&mut bytes);
        prepend(packet, &bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::State;
    use super::super::socket_id::tests::ids;
    use super::*;
    #[cfg(target_endian = "little")]
    use crate::netlink::testing::hex;
    use crate::netlink::{messages, testing::damaged};

    /// Both were answered by Linux 6.18.
    #[cfg(target_endian = "little")]
    #[test]
    fn the_fields_stand_where_the_kernel_reads_them() {
        let header = "48000000 1400 0100 05000000 00000000";
        let ends = "b57c e1eb 7f000001000000000000000000000000 7f000002000000000000000000000000 00000000 ffffffffffffffff";
        let id = SocketId::new("127.0.0.1:46460".parse().unwrap(), "127.0.0.2:57835".parse().unwrap());
        assert_eq!(Request::look_up(TCP, id, 5), hex(&[header, "02060000 ffffffff", ends].concat()));

        let header = "48000000 1400 0103 05000000 00000000";
        let none = "0".repeat(80) + "ffffffffffffffff";
        assert_eq!(Request::dump(Family::V6, UDP, State::Listen.into(), 5), hex(&[header, "0a110000 00040000", &none].concat()));
    }

    #[test]
    fn a_look_up_of_udp_has_its_ends_reversed() {
        let id = SocketId::new("192.0.2.1:1".parse().unwrap(), "192.0.2.2:2".parse().unwrap());
        for (protocol, expected) in [(TCP, id), (UDP, id.reversed()), (UDP_LITE, id.reversed())] {
            let bytes = Request::look_up(protocol, id, 1);
            let message = messages(&bytes).next().unwrap().unwrap();
            assert_eq!(Request::parse(message.payload).unwrap().unwrap().id, expected);
        }
    }

    #[test]
    fn a_family_other_than_ip_is_not_read() {
        assert_eq!(Request::parse(&[1; 56]), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(protocol: u8, extensions: u8, states: u32, id in ids()) {
            let request = Request { protocol, extensions, states: States(states), id };
            let bytes = stack(&[&request], &[]);
            prop_assert_eq!(bytes.len(), request.header_len());
            prop_assert_eq!(Request::parse(&bytes), Ok(Some(request)));
            damaged(&bytes, |bytes| {
                if let Ok(Some(read)) = Request::parse(bytes) {
                    assert_eq!(Request::parse(&stack(&[&read], &[])), Ok(Some(read)));
                }
            });
        }
    }
}
