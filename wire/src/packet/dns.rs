//! DNS messages (RFC 1035), and mDNS's (RFC 6762) and LLMNR's (RFC 4795), which are DNS messages too.
//!
//! The crate `domain` reads and writes them: it looks at a record only when asked to, so one bad record does not
//! cost the others, and it follows a compressed name only backwards and for at most 255 bytes.

use std::net::IpAddr;

use domain::base::iana::{Class, Rcode};
use domain::base::message_builder::PushError;
use domain::base::name::FromStrError;
use domain::base::{MessageBuilder, Name, Rtype, Ttl};
use domain::rdata::{A, Aaaa, Cname, Ptr};
use thiserror::Error;

/// Which of the protocols a port belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Port 53.
    Dns,
    /// Port 5353.
    Mdns,
    /// Port 5355.
    Llmnr,
}

impl Kind {
    /// The protocol that a conversation between these ports speaks.
    #[inline]
    pub fn of_ports(src: u16, dst: u16) -> Option<Kind> {
        Kind::of_port(src).or(Kind::of_port(dst))
    }

    fn of_port(port: u16) -> Option<Kind> {
        match port {
            53 => Some(Kind::Dns),
            5353 => Some(Kind::Mdns),
            5355 => Some(Kind::Llmnr),
            _ => None,
        }
    }
}

/// The message in a TCP segment, where one begins and ends in it: two bytes of length come first.
#[inline]
pub fn in_tcp_segment(payload: &[u8]) -> Option<&[u8]> {
    let (len, rest) = payload.split_first_chunk::<2>()?;
    rest.get(..u16::from_be_bytes(*len).into())
}

/// A response that gives a name's addresses, or an address's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response<'a> {
    /// The question's identifier.
    pub id: u16,
    /// The name asked for.
    pub question: &'a str,
    /// The canonical names on the way to the last one, which has the addresses.
    pub aliases: &'a [&'a str],
    /// The addresses.
    pub addrs: &'a [IpAddr],
    /// The name that the question, a reverse name, points to.
    pub pointer: Option<&'a str>,
    /// How long all of it may be kept.
    pub ttl_secs: u32,
}

/// Why a message cannot be made.
#[derive(Debug, Error)]
pub enum EmitError {
    /// Not a domain name.
    #[error("not a domain name: {0}")]
    Name(#[from] FromStrError),
    /// It would be longer than any message may be.
    #[error("the message would be too long")]
    TooLong(#[from] PushError),
}

impl Response<'_> {
    /// Makes the message, as it stands in a UDP datagram.
    ///
    /// # Errors
    /// Where a name is not one, or the message would be too long.
    pub fn emit(&self) -> Result<Vec<u8>, EmitError> {
        let question: Name<Vec<u8>> = self.question.parse()?;
        let rtype = match (self.pointer, self.addrs.first()) {
            (Some(_), _) => Rtype::PTR,
            (None, Some(IpAddr::V6(_))) => Rtype::AAAA,
            (None, _) => Rtype::A,
        };
        let mut builder = MessageBuilder::new_vec();
        let header = builder.header_mut();
        header.set_id(self.id);
        header.set_qr(true);
        header.set_rd(true);
        header.set_ra(true);
        header.set_rcode(Rcode::NOERROR);
        let mut builder = builder.question();
        builder.push((&question, rtype, Class::IN))?;
        let mut builder = builder.answer();
        let (mut owner, ttl) = (question, Ttl::from_secs(self.ttl_secs));
        for alias in self.aliases {
            let target: Name<Vec<u8>> = alias.parse()?;
            builder.push((&owner, Class::IN, ttl, Cname::new(target.clone())))?;
            owner = target;
        }
        for addr in self.addrs {
            match addr {
                IpAddr::V4(addr) => builder.push((&owner, Class::IN, ttl, A::from(*addr)))?,
                IpAddr::V6(addr) => builder.push((&owner, Class::IN, ttl, Aaaa::from(*addr)))?,
            }
        }
        if let Some(pointer) = self.pointer {
            let target: Name<Vec<u8>> = pointer.parse()?;
            builder.push((&owner, Class::IN, ttl, Ptr::new(target)))?;
        }
        Ok(builder.finish())
    }
}

/// The reverse name of an address (RFC 1035 section 3.5, RFC 3596 section 2.5).
///
/// ```
/// use wire::packet::dns::reverse_name;
///
/// assert_eq!(reverse_name([192, 0, 2, 7].into()), "7.2.0.192.in-addr.arpa");
/// ```
pub fn reverse_name(addr: IpAddr) -> String {
    use std::fmt::Write;
    let mut name = String::new();
    match addr {
        IpAddr::V4(addr) => {
            for byte in addr.octets().iter().rev() {
                let _ = write!(name, "{byte}.");
            }
            name + "in-addr.arpa"
        }
        IpAddr::V6(addr) => {
            for byte in addr.octets().iter().rev() {
                let _ = write!(name, "{:x}.{:x}.", byte & 0xf, byte >> 4);
            }
            name + "ip6.arpa"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The answer to "what is the address of a.b?", with the name compressed in the answer but not here.
    const GOLDEN: [u8; 40] = [
        0x12, 0x34, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, 1, b'a', 1, b'b', 0, 0, 1, 0, 1, 1, b'a', 1, b'b', 0, 0, 1, 0, 1, 0, 0, 0, 60, 0,
        4, 192, 0, 2, 7,
    ];

    #[test]
    fn a_response_is_made_as_the_standard_says() {
        let response = Response { id: 0x1234, question: "a.b", aliases: &[], addrs: &[[192, 0, 2, 7].into()], pointer: None, ttl_secs: 60 };
        assert_eq!(response.emit().unwrap(), GOLDEN);
    }

    #[test]
    fn a_question_that_is_no_name_is_refused() {
        let long = "x".repeat(64);
        let response = Response { id: 0, question: &long, aliases: &[], addrs: &[], pointer: None, ttl_secs: 0 };
        assert!(matches!(response.emit(), Err(EmitError::Name(_))));
    }

    #[test]
    fn a_message_in_a_segment_must_be_all_there() {
        assert_eq!(in_tcp_segment(&[0, 2, 7, 8, 9]), Some(&[7, 8][..]));
        assert_eq!(in_tcp_segment(&[0, 4, 7, 8, 9]), None);
        assert_eq!(in_tcp_segment(&[0]), None);
    }

    #[test]
    fn either_port_tells_the_protocol() {
        assert_eq!(Kind::of_ports(40000, 53), Some(Kind::Dns));
        assert_eq!(Kind::of_ports(5353, 5353), Some(Kind::Mdns));
        assert_eq!(Kind::of_ports(5355, 40000), Some(Kind::Llmnr));
        assert_eq!(Kind::of_ports(54, 5354), None);
    }

    #[test]
    fn reverse_names() {
        assert_eq!(reverse_name([192, 0, 2, 7].into()), "7.2.0.192.in-addr.arpa");
        let addr: IpAddr = "2001:db8::f1".parse().unwrap();
        assert_eq!(reverse_name(addr), "1.f.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    }
}
