//! What the kernel answers (`struct inet_diag_msg`).

use super::socket_id::{self, Family};
use super::{BY_FAMILY, SocketId, State};
use crate::netlink::fields::Fields;
use crate::netlink::{Attribute, End, Fault, Message, attributes};
use crate::packet::emit::{Emit, prepend};

const LEN: usize = 4 + socket_id::LEN + 20;
/// `INET_DIAG_SKV6ONLY`.
const V6_ONLY: u16 = 11;
/// `INET_DIAG_CGROUP_ID`.
const CGROUP_ID: u16 = 21;

/// One message that answers a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answer {
    /// A socket.
    Socket(Socket),
    /// No more comes.
    End(End),
    /// Something else, to be passed over.
    Other,
}

impl Answer {
    /// Reads a message. Whose request it answers says its header's number, and with
    /// [`INTERRUPTED`](crate::netlink::header::INTERRUPTED) that sockets may be missing.
    ///
    /// # Errors
    /// As [`Message::end`], and as [`Socket::parse`].
    pub fn parse(message: &Message<'_>) -> Result<Answer, Fault> {
        if let Some(end) = message.end()? {
            return Ok(Answer::End(end));
        }
        let socket = if message.header.kind == BY_FAMILY { Socket::parse(message.payload)? } else { None };
        Ok(socket.map_or(Answer::Other, Answer::Socket))
    }
}

/// A socket: the payload of a netlink message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Socket {
    /// Its state.
    pub state: State,
    /// Which timer runs: 0 none, 1 retransmission, 2 keep-alive, 3 time-wait, 4 zero window probe.
    pub timer: u8,
    /// How often the timer fired in vain.
    pub retransmits: u8,
    /// Its ends and its cookie.
    pub id: SocketId,
    /// When the timer fires, in milliseconds from now.
    pub expires_ms: u32,
    /// What came and was not read yet, in bytes; of one that listens, connections not yet accepted.
    pub receive_queue: u32,
    /// What was written and not acknowledged yet, in bytes; of one that listens, how many connections may wait.
    pub send_queue: u32,
    /// The user whose it is, as the reader's user namespace has it.
    pub uid: u32,
    /// The inode by which /proc/PID/fd shows it; 0 where no process has it.
    pub inode: u32,
    /// Of a socket of IPv6 that listens or is not connected: whether it refuses IPv4.
    pub v6_only: Option<bool>,
    /// The cgroup (version 2) in which it was made, by the inode of its folder; from Linux 5.8 on.
    pub cgroup_id: Option<u64>,
}

impl Socket {
    /// Reads the payload of a message of the kind [`BY_FAMILY`]; nothing where the family is not IP. Attributes besides those that
    /// have a field are passed over.
    ///
    /// # Errors
    /// [`Fault::Short`] where it, or one of these attributes, is cut, and [`Fault::AttributeLength`].
    pub fn parse(payload: &[u8]) -> Result<Option<Socket>, Fault> {
        let mut fields = Fields::new(payload);
        let [family, state, timer, retransmits] = fields.array()?;
        let Some(family) = Family::from_number(family) else { return Ok(None) };
        let mut socket = Socket {
            state: state.into(),
            timer,
            retransmits,
            id: SocketId::parse(family, &mut fields)?,
            expires_ms: fields.u32()?,
            receive_queue: fields.u32()?,
            send_queue: fields.u32()?,
            uid: fields.u32()?,
            inode: fields.u32()?,
            v6_only: None,
            cgroup_id: None,
        };
        for attribute in attributes(fields.rest()) {
            let Attribute { kind, value, .. } = attribute?;
            let mut value = Fields::new(value);
            match kind {
                V6_ONLY => socket.v6_only = Some(value.array::<1>()? != [0]),
                CGROUP_ID => socket.cgroup_id = Some(value.u64()?),
                _ => {}
            }
        }
        Ok(Some(socket))
    }

    fn attributes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let v6_only = self.v6_only.map(|only| [u8::from(only)]);
        let cgroup_id = self.cgroup_id.map(u64::to_ne_bytes);
        let values = [(V6_ONLY, v6_only.as_ref().map(<[u8; 1]>::as_slice)), (CGROUP_ID, cgroup_id.as_ref().map(<[u8; 8]>::as_slice))];
        for (kind, value) in values {
            // A value of eight bytes always fits.
            let _fits = value.map(|value| Attribute::new(kind, value).emit(&mut bytes));
        }
        bytes
    }
}

impl Emit for Socket {
    fn header_len(&self) -> usize {
        LEN + if self.v6_only.is_some() { 8 } else { 0 } + if self.cgroup_id.is_some() { 12 } else { 0 }
    }

    /// More attributes may be in the packet already.
    fn emit(&self, packet: &mut Vec<u8>) {
        let mut bytes = vec![self.id.family().number(), self.state.into(), self.timer, self.retransmits];
        self.id.emit(&mut bytes);
        for field in [self.expires_ms, self.receive_queue, self.send_queue, self.uid, self.inode] {
            bytes.extend(field.to_ne_bytes());
        }
        bytes.extend(self.attributes());
        prepend(packet, &bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::socket_id::tests::ids;
    use super::*;
    #[cfg(target_endian = "little")]
    use crate::netlink::testing::hex;
    use crate::netlink::{header, messages, testing::damaged};
    use crate::packet::emit::stack;

    fn sample() -> Socket {
        Socket {
            state: State::Established,
            timer: 0,
            retransmits: 0,
            id: SocketId { cookie: Some(4097), ..SocketId::new("127.0.0.1:46460".parse().unwrap(), "127.0.0.1:57835".parse().unwrap()) },
            expires_ms: 0,
            receive_queue: 0,
            send_queue: 0,
            uid: 0,
            inode: 537_758,
            v6_only: None,
            cgroup_id: Some(1),
        }
    }

    #[cfg(target_endian = "little")]
    fn answers(received: &str) -> Vec<Answer> {
        let received = hex(received);
        messages(&received).map(|message| Answer::parse(&message.unwrap()).unwrap()).collect()
    }

    /// What Linux 6.18 answered to a look-up of a connection, when /proc/self/fd showed this inode and `SO_COOKIE` this cookie.
    #[cfg(target_endian = "little")]
    #[test]
    fn a_kernels_connection() {
        let received = "7c00000014000000050000009d340000 02010000 b57ce1eb7f0000010000000000000000000000007f000001000000000000000000000000
            00000000 0110000000000000 00000000 00000000 00000000 00000000 9e340800
            0500080000000000 08000f0000000000 0c0015000100000000000000 0600160052000000";
        assert_eq!(answers(received), [Answer::Socket(sample())]);
    }

    /// What it answered to a dump of listening sockets of IPv6.
    #[cfg(target_endian = "little")]
    #[test]
    fn a_kernels_dump() {
        let received = "8400000014000200050000009d340000 0a0a0000 e43300000000000000000000000000000000000000000000000000000000000000000000
            00000000 0510000000000000 00000000 00000000 80000000 00000000 a0340800
            0500080000000000 05000b0000000000 08000f0000000000 0c0015000100000000000000 0600160012000000
            1400000003000200050000009d340000 00000000";
        let id = SocketId { cookie: Some(4101), ..SocketId::new("[::]:58419".parse().unwrap(), "[::]:0".parse().unwrap()) };
        let listening = Socket { state: State::Listen, id, send_queue: 128, inode: 537_760, v6_only: Some(false), ..sample() };
        assert_eq!(answers(received), [Answer::Socket(listening), Answer::End(End::Dump { errno: 0 })]);
    }

    /// What it answered to a look-up by IPv4 addresses of a socket of IPv6.
    #[cfg(target_endian = "little")]
    #[test]
    fn a_kernels_mapped_addresses() {
        let received = "7c00000014000000050000009d340000 0a010000 e433d54600000000000000000000ffff7f00000100000000000000000000ffff7f000001
            00000000 0210000000000000 00000000 00000000 00000000 00000000 a2340800
            0500080000000000 08000f0000000000 0c0015000100000000000000 0600160012000000";
        let [Answer::Socket(socket)] = answers(received)[..] else { panic!("a socket") };
        assert_eq!(socket.id.local.to_string(), "::ffff:127.0.0.1");
        let expected = SocketId::new("127.0.0.1:58419".parse().unwrap(), "127.0.0.1:54598".parse().unwrap());
        assert_eq!(socket.id.unmapped(), SocketId { cookie: Some(4098), ..expected });
    }

    /// What it answered to a look-up of nothing (`ENOENT`), to one of a family that is none, and to a dump of the protocol 99.
    #[cfg(target_endian = "little")]
    #[test]
    fn a_kernels_errors() {
        let nothing = "5c00000002000000050000009d340000 feffffff 48000000140001000500000000000000
            02060000ffffffff000100027f0000010000000000000000000000007f00000100000000000000000000000000000000ffffffffffffffff";
        let request = header::Repr { kind: BY_FAMILY, flags: header::REQUEST, seq: 5, port: 0 };
        assert_eq!(answers(nothing), [Answer::End(End::Request { errno: 2, request })]);
        let no_family =
            "5c00000002000000050000009d340000 eaffffff 48000000140001030500000000000000 6306000001000000".to_owned() + &"00".repeat(48);
        let request = header::Repr { flags: header::REQUEST | header::DUMP, ..request };
        assert_eq!(answers(&no_family), [Answer::End(End::Request { errno: 22, request })]);
        let no_protocol = "1400000003000200050000009d340000 feffffff";
        assert_eq!(answers(no_protocol), [Answer::End(End::Dump { errno: 2 })]);
    }

    #[test]
    fn what_is_not_a_socket_is_passed_over() {
        let header = header::Repr { kind: BY_FAMILY, flags: 0, seq: 1, port: 0 };
        let unix = Message { header, payload: &[1; 72] };
        assert_eq!(Answer::parse(&unix), Ok(Answer::Other));
        let noop = Message { header: header::Repr { kind: header::Kind::Noop, ..header }, payload: &[2; 72] };
        assert_eq!(Answer::parse(&noop), Ok(Answer::Other));
    }

    #[test]
    fn an_attribute_that_is_cut_is_a_fault() {
        for (kind, value, expected) in [(V6_ONLY, &[][..], Fault::Short), (CGROUP_ID, &[0; 7], Fault::Short)] {
            let mut more = Vec::new();
            Attribute::new(kind, value).emit(&mut more).unwrap();
            assert_eq!(Socket::parse(&stack(&[&sample()], &more)), Err(expected));
        }
        assert_eq!(Socket::parse(&stack(&[&sample()], &[3, 0, 7, 0])), Err(Fault::AttributeLength));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(
            state: u8, timer: u8, retransmits: u8, id in ids(), numbers: [u32; 5], v6_only: Option<bool>, cgroup_id: Option<u64>
        ) {
            let [expires_ms, receive_queue, send_queue, uid, inode] = numbers;
            let state = state.into();
            let socket =
                Socket { state, timer, retransmits, id, expires_ms, receive_queue, send_queue, uid, inode, v6_only, cgroup_id };
            let mut more = Vec::new();
            Attribute::new(8, &[7]).emit(&mut more).unwrap();
            let bytes = stack(&[&socket], &more);
            prop_assert_eq!(bytes.len(), socket.header_len() + more.len());
            prop_assert_eq!(Socket::parse(&bytes), Ok(Some(socket)));
            damaged(&bytes, |bytes| {
                if let Ok(Some(read)) = Socket::parse(bytes) {
                    assert_eq!(Socket::parse(&stack(&[&read], &[])), Ok(Some(read)));
                }
            });
        }
    }
}
