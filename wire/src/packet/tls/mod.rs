//! Transport layer security (RFC 8446, 5246): what its handshake says in the clear.

mod certificate;
mod hello;
mod ja4;

pub use certificate::{MAX_CERTIFICATE_NAMES, certificate_names};
pub use hello::{ClientHello, ServerHello, Version};
pub use ja4::{Carrier, ja4};

use super::reader::Reader;

const HANDSHAKE: u8 = 22;
const RECORD_HEADER: usize = 5;
/// The longest record (RFC 8446, section 5.1), and what old versions add to it.
const MAX_RECORD: usize = (1 << 14) + 2048;
/// The longest handshake message that is put together.
const MAX_MESSAGE: usize = 1 << 16;

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;

/// A handshake message that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message<'a> {
    /// What a client offers.
    ClientHello(Box<ClientHello<'a>>),
    /// What a server chooses.
    ServerHello(ServerHello),
    /// A server's own certificate, in DER; the first of its chain.
    Certificate(&'a [u8]),
    /// A server has said all of its part that is not encrypted.
    ServerHelloDone,
    /// Another one, or one that cannot be read.
    Other,
}

/// The handshake messages at the beginning of a stream, out of their records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flight {
    bytes: Vec<u8>,
    /// Whether no more of it can come: what follows is encrypted, or is not TLS.
    pub is_over: bool,
}

/// Whether a stream begins like a handshake of TLS or SSL 3.
///
/// ```
/// assert!(wire::packet::tls::is_handshake(&[22, 3, 1, 2, 0, 1, 0, 1, 0xfc]));
/// assert!(!wire::packet::tls::is_handshake(b"GET / HTTP/1.1"));
/// ```
pub fn is_handshake(stream: &[u8]) -> bool {
    matches!(stream, [HANDSHAKE, 3, 0..=4, high, _, CLIENT_HELLO | SERVER_HELLO, 0, ..] if usize::from(*high) << 8 <= MAX_RECORD)
}

/// Where in a stream that began as something else a client begins a handshake: after STARTTLS, or behind a proxy's greeting.
pub fn find_client_hello(stream: &[u8]) -> Option<usize> {
    let at = stream.windows(7).position(|start| is_handshake(start) && start.get(5) == Some(&CLIENT_HELLO))?;
    // The message says how long it is, too, and fills at least a part of the record.
    let mut read = Reader::new(stream.get(at + 3..)?);
    let record = u32::from(read.u16()?);
    read.u8()?;
    let message = read.u24()?;
    (message + 4 >= record && record > 40).then_some(at)
}

impl Flight {
    /// The messages of the records at the beginning of `stream`, the last of which may not be whole.
    pub fn of(stream: &[u8]) -> Flight {
        let mut flight = Flight::default();
        let mut left = stream;
        while let Some((header, rest)) = left.split_at_checked(RECORD_HEADER) {
            let &[kind, major, _, high, low] = header else { break };
            let len = usize::from(u16::from_be_bytes([high, low]));
            if kind != HANDSHAKE || major != 3 || len > MAX_RECORD || flight.bytes.len() > MAX_MESSAGE {
                flight.is_over = true;
                break;
            }
            flight.bytes.extend_from_slice(rest.get(..len.min(rest.len())).unwrap_or_default());
            left = rest.get(len..).unwrap_or_default();
        }
        flight
    }

    /// The same of what no records are around: what QUIC's CRYPTO frames hold.
    pub fn bare(bytes: &[u8]) -> Flight {
        Flight { bytes: bytes.get(..bytes.len().min(MAX_MESSAGE)).unwrap_or_default().into(), is_over: bytes.len() > MAX_MESSAGE }
    }

    /// Its messages that are whole, in their order.
    pub fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        let mut left = Reader::new(&self.bytes);
        std::iter::from_fn(move || {
            let kind = left.u8()?;
            let body = left.vec24()?;
            Some(Message::parse(kind, body))
        })
    }
}

impl<'a> Message<'a> {
    fn parse(kind: u8, body: &'a [u8]) -> Message<'a> {
        let read = match kind {
            CLIENT_HELLO => ClientHello::parse(body).map(|hello| Message::ClientHello(hello.into())),
            SERVER_HELLO => ServerHello::parse(body).map(Message::ServerHello),
            CERTIFICATE => certificate::first(body).map(Message::Certificate),
            SERVER_HELLO_DONE => Some(Message::ServerHelloDone),
            _ => None,
        };
        read.unwrap_or(Message::Other)
    }
}

/// Puts a record around handshake messages, or a part of them.
pub fn record(messages: &[u8]) -> Vec<u8> {
    let len = u16::try_from(messages.len()).unwrap_or(u16::MAX);
    let mut record = vec![HANDSHAKE, 3, 1];
    record.extend(len.to_be_bytes());
    record.extend(messages.iter().take(len.into()));
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_split_over_records_and_stop_at_what_is_no_handshake() {
        let hello = ClientHello { server_name: Some(b"a.example"), ..ClientHello::default() };
        let message = hello.emit();
        let stream: Vec<u8> = message.chunks(7).flat_map(record).collect();
        for cut in 0..stream.len() {
            let flight = Flight::of(&stream[..cut]);
            assert_eq!((flight.messages().count(), flight.is_over), (0, false), "{cut}");
        }
        let mut whole = stream.clone();
        whole.extend([20, 3, 3, 0, 1, 1]);
        let flight = Flight::of(&whole);
        let expected = ClientHello::parse(&message[4..]).unwrap();
        assert_eq!(expected.server_name, hello.server_name);
        assert_eq!(flight.messages().collect::<Vec<_>>(), [Message::ClientHello(expected.into())]);
        assert!(flight.is_over);
    }

    #[test]
    fn a_handshake_is_found_behind_another_protocol() {
        let hello = record(&ClientHello { server_name: Some(b"a.example"), ..ClientHello::default() }.emit());
        let stream = [b"EHLO me\r\nSTARTTLS\r\n", &hello[..]].concat();
        assert_eq!(find_client_hello(&stream), Some(19));
        assert_eq!(find_client_hello(&[&[22, 3, 1, 0, 5, 1, 0][..], &[0; 90]].concat()), None, "too short for one");
        assert_eq!(find_client_hello(b"EHLO me\r\n"), None);
    }
}
