//! Echo requests (RFC 792, 4443), and the messages that answer one: its reply, or an error of whoever did not pass it on.

use std::net::IpAddr;

use super::icmp::Version;
use super::proto;
use crate::packet::checksum;
use crate::packet::network::{ipv4, ipv6};
use crate::packet::slice::Slice;

/// What an error quotes may be the beginning of a packet as long as this: how long it was nobody says.
const LONGEST: usize = 65_535;

/// What an echo request is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo {
    /// Its sender's identifier.
    pub id: u16,
    /// Its number.
    pub seq: u16,
}

/// What a message is to an echo request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is the request itself.
    Request,
    /// Its destination answers.
    Reply,
    /// A router says that the request to that address has passed as many as it may.
    Exceeded(IpAddr),
    /// Somebody says that the request does not reach that address.
    Unreachable(IpAddr),
}

impl Echo {
    /// How long a request without data is.
    pub const LEN: usize = 8;

    /// The request as bytes. ICMPv6's checksum is left to the kernel, which knows both addresses.
    pub fn request(self, version: Version) -> [u8; Self::LEN] {
        let ([id0, id1], [seq0, seq1]) = (self.id.to_be_bytes(), self.seq.to_be_bytes());
        let ty = match version {
            Version::V4 => 8,
            Version::V6 => 128,
        };
        let [sum0, sum1] = match version {
            Version::V4 => checksum::internet(&[ty, 0, 0, 0, id0, id1, seq0, seq1]).to_be_bytes(),
            Version::V6 => [0, 0],
        };
        [ty, 0, sum0, sum1, id0, id1, seq0, seq1]
    }

    /// Which request a message of type `ty` is or is about, given what follows its checksum; none where it is about none.
    pub fn find(version: Version, ty: u8, rest: &[u8]) -> Option<(Echo, Role)> {
        match (version, ty) {
            (Version::V4, 8) | (Version::V6, 128) => Some((Echo::read(rest)?, Role::Request)),
            (Version::V4, 0) | (Version::V6, 129) => Some((Echo::read(rest)?, Role::Reply)),
            (Version::V4, 11) | (Version::V6, 3) => quoted(version, rest).map(|(echo, to)| (echo, Role::Exceeded(to))),
            (Version::V4, 3) | (Version::V6, 1) => quoted(version, rest).map(|(echo, to)| (echo, Role::Unreachable(to))),
            _ => None,
        }
    }

    fn read(rest: &[u8]) -> Option<Echo> {
        let [id0, id1, seq0, seq1] = *rest.first_chunk()?;
        Some(Echo { id: u16::from_be_bytes([id0, id1]), seq: u16::from_be_bytes([seq0, seq1]) })
    }
}

/// The request whose beginning an error quotes, and where it was to go.
fn quoted(version: Version, rest: &[u8]) -> Option<(Echo, IpAddr)> {
    // Four bytes of the error stand before what it quotes.
    let packet = rest.get(4..)?;
    let packet = Slice::new(packet, LONGEST);
    let (dst, payload, request) = match version {
        Version::V4 => {
            let ip = ipv4::Repr::parse(packet).ok()?;
            let whole = ip.repr.proto == proto::ICMP && ip.repr.fragment_offset == 0;
            (IpAddr::V4(ip.repr.dst), whole.then_some(ip.payload)?, 8)
        }
        Version::V6 => {
            let ip = ipv6::Repr::parse(packet).ok()?;
            (IpAddr::V6(ip.repr.dst), (ip.repr.next_header == proto::ICMPV6).then_some(ip.payload)?, 128)
        }
    };
    match payload.bytes() {
        [ty, _, _, _, rest @ ..] if *ty == request => Some((Echo::read(rest)?, dst)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::emit::stack;

    const ECHO: Echo = Echo { id: 0xBEEF, seq: 7 };

    fn find(version: Version, message: &[u8]) -> Option<(Echo, Role)> {
        Echo::find(version, message[0], &message[4..])
    }

    /// What a router sends back: an error's first bytes, then the packet.
    fn error(ty: u8, packet: &[u8]) -> Vec<u8> {
        [&[ty, 0, 0, 0, 0, 0, 0, 0], packet].concat()
    }

    #[test]
    fn a_request_is_found_again_in_whatever_answers_it() {
        let (v4, v6): (IpAddr, IpAddr) = ("192.0.2.9".parse().unwrap(), "2001:db8::9".parse().unwrap());
        let ping = ECHO.request(Version::V4);
        assert_eq!(checksum::internet(&ping), 0, "its checksum is right");
        let packet4 = stack(&[&ipv4::Repr::new([192, 0, 2, 1].into(), [192, 0, 2, 9].into(), proto::ICMP)], &ping);
        let ping6 = ECHO.request(Version::V6);
        let packet6 = stack(&[&ipv6::Repr::new("2001:db8::1".parse().unwrap(), "2001:db8::9".parse().unwrap(), proto::ICMPV6)], &ping6);
        let reply = |request: &[u8], ty: u8| [&[ty], &request[1..]].concat();
        for (version, message, role) in [
            (Version::V4, ping.to_vec(), Role::Request),
            (Version::V6, ping6.to_vec(), Role::Request),
            (Version::V4, reply(&ping, 0), Role::Reply),
            (Version::V6, reply(&ping6, 129), Role::Reply),
            (Version::V4, error(11, &packet4), Role::Exceeded(v4)),
            (Version::V6, error(3, &packet6), Role::Exceeded(v6)),
            (Version::V4, error(3, &packet4), Role::Unreachable(v4)),
            (Version::V6, error(1, &packet6), Role::Unreachable(v6)),
        ] {
            assert_eq!(find(version, &message), Some((ECHO, role)));
        }
        // As little of it as a router must quote (RFC 792), and less.
        assert_eq!(find(Version::V4, &error(11, &packet4[..28])), Some((ECHO, Role::Exceeded(v4))));
        assert_eq!(find(Version::V4, &error(11, &packet4[..27])), None);
    }

    #[test]
    fn what_is_about_something_else_is_none() {
        let udp = stack(&[&ipv4::Repr::new([192, 0, 2, 1].into(), [192, 0, 2, 9].into(), 17)], &ECHO.request(Version::V4));
        let reply = stack(&[&ipv4::Repr::new([192, 0, 2, 1].into(), [192, 0, 2, 9].into(), 1)], &[0; 8]);
        for message in
            [error(11, &udp), error(11, &reply), error(5, &udp), error(11, &[]), vec![13, 0, 0, 0, 1, 1, 1, 1], vec![8, 0, 0, 0, 1]]
        {
            assert_eq!(find(Version::V4, &message), None, "{message:?}");
        }
        // A later fragment does not begin with a header.
        let mut later = stack(&[&ipv4::Repr::new([192, 0, 2, 1].into(), [192, 0, 2, 9].into(), 1)], &ECHO.request(Version::V4));
        later[7] = 1;
        assert_eq!(find(Version::V4, &error(11, &later)), None);
    }
}
