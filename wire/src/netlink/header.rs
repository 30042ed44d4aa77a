//! The header of every netlink message (`struct nlmsghdr`, `struct nlmsgerr`; linux/netlink.h), and how an exchange ends.

use std::iter::FusedIterator;

use super::fields::Fields;
use super::{Fault, after};
use crate::packet::emit::{Emit, prepend, u32_len};

/// The length of the header, in bytes.
pub const LEN: usize = 16;
/// Flag of everything that is asked (`NLM_F_REQUEST`).
pub const REQUEST: u16 = 0x1;
/// Flag of an answer in several messages, the last of which is [`Kind::Done`] (`NLM_F_MULTI`).
pub const MULTI: u16 = 0x2;
/// Flag of a dump's messages where what is dumped changed meanwhile: some may be missing, so ask again (`NLM_F_DUMP_INTR`).
pub const INTERRUPTED: u16 = 0x10;
/// Flag of a request for all there is (`NLM_F_DUMP`).
pub const DUMP: u16 = 0x300;

/// The header, without its length, which is that of what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Repr {
    /// What the message is.
    pub kind: Kind,
    /// Bits such as [`REQUEST`] and [`MULTI`]; others depend on the kind.
    pub flags: u16,
    /// The asker's number, which the kernel repeats in what it answers.
    pub seq: u32,
    /// The netlink port of the socket that asked; 0 in a request lets the kernel fill it in, and is the kernel itself.
    pub port: u32,
}

/// What a message is (`nlmsg_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing (`NLMSG_NOOP`).
    Noop,
    /// How a request ended, well or not (`NLMSG_ERROR`).
    Error,
    /// The end of a dump (`NLMSG_DONE`). The connector has it on all its messages: see [`process`](super::process).
    Done,
    /// Data were lost (`NLMSG_OVERRUN`); Linux defines it and says `ENOBUFS` on the socket instead.
    Overrun,
    /// A family's own message, by its number.
    Other(u16),
}

impl From<u16> for Kind {
    fn from(number: u16) -> Self {
        match number {
            1 => Kind::Noop,
            2 => Kind::Error,
            3 => Kind::Done,
            4 => Kind::Overrun,
            other => Kind::Other(other),
        }
    }
}

impl From<Kind> for u16 {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Noop => 1,
            Kind::Error => 2,
            Kind::Done => 3,
            Kind::Overrun => 4,
            Kind::Other(number) => number,
        }
    }
}

impl Repr {
    /// Reads the header and the length it gives, in bytes and with its own.
    fn parse(from: &[u8]) -> Result<(Repr, usize), Fault> {
        let mut fields = Fields::new(from);
        let len = usize::try_from(fields.u32()?).map_err(|_| Fault::MessageLength)?;
        let repr = Repr { kind: fields.u16()?.into(), flags: fields.u16()?, seq: fields.u32()?, port: fields.u32()? };
        Ok((repr, len))
    }
}

impl Emit for Repr {
    fn header_len(&self) -> usize {
        LEN
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        let mut bytes = Vec::with_capacity(LEN);
        bytes.extend(u32_len(LEN + packet.len()).to_ne_bytes());
        bytes.extend(u16::from(self.kind).to_ne_bytes());
        bytes.extend(self.flags.to_ne_bytes());
        bytes.extend(self.seq.to_ne_bytes());
        bytes.extend(self.port.to_ne_bytes());
        prepend(packet, &bytes);
    }
}

/// One message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// Its header.
    pub header: Repr,
    /// What follows the header, as long as the header says.
    pub payload: &'a [u8],
}

impl Message<'_> {
    /// How the exchange ended, where this message says so. Not for the connector, whose events pass for [`Kind::Done`].
    ///
    /// # Errors
    /// [`Fault::Short`] where the number or the repeated header is cut, [`Fault::ErrorNumber`] where the number is positive.
    pub fn end(&self) -> Result<Option<End>, Fault> {
        let mut fields = Fields::new(self.payload);
        match self.header.kind {
            // No number, no error.
            Kind::Done if self.payload.is_empty() => Ok(Some(End::Dump { errno: 0 })),
            Kind::Done => Ok(Some(End::Dump { errno: errno(&mut fields)? })),
            Kind::Error => {
                let errno = errno(&mut fields)?;
                let (request, _) = Repr::parse(fields.rest())?;
                Ok(Some(End::Request { errno, request }))
            }
            _ => Ok(None),
        }
    }
}

/// How an exchange ended. Numbers of errors are those of errno.h; 0 is success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// A dump is over (`NLMSG_DONE`); an error says that it is not complete.
    Dump {
        /// What went wrong, or 0.
        errno: u32,
    },
    /// A request was refused, or, where an acknowledgement was asked for, carried out (`NLMSG_ERROR`).
    Request {
        /// What went wrong, or 0.
        errno: u32,
        /// The header of the request.
        request: Repr,
    },
}

impl End {
    /// What went wrong; 0 is success.
    pub fn errno(&self) -> u32 {
        let (End::Dump { errno } | End::Request { errno, .. }) = self;
        *errno
    }

    /// The kind of the message that says so.
    pub fn kind(&self) -> Kind {
        match self {
            End::Dump { .. } => Kind::Done,
            End::Request { .. } => Kind::Error,
        }
    }
}

/// The payload of the message.
impl Emit for End {
    fn header_len(&self) -> usize {
        match self {
            End::Dump { .. } => 4,
            End::Request { .. } => 4 + LEN,
        }
    }

    fn emit(&self, packet: &mut Vec<u8>) {
        if let End::Request { request, .. } = self {
            request.emit(packet);
        }
        prepend(packet, &self.errno().wrapping_neg().to_ne_bytes());
    }
}

fn errno(fields: &mut Fields<'_>) -> Result<u32, Fault> {
    let number = i32::from_ne_bytes(fields.array()?);
    if number > 0 { Err(Fault::ErrorNumber) } else { Ok(number.unsigned_abs()) }
}

/// The messages in what one read from a netlink socket brought.
///
/// An item is an error where a message does not hold together: [`Fault::Short`] or [`Fault::MessageLength`]. It is the last
/// item then: where the next message begins is not known.
pub fn messages(received: &[u8]) -> Messages<'_> {
    Messages { rest: received }
}

/// See [`messages`].
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    fn first(from: &'a [u8]) -> Result<(Message<'a>, &'a [u8]), Fault> {
        let (header, len) = Repr::parse(from)?;
        let payload = from.get(LEN..len).ok_or(Fault::MessageLength)?;
        Ok((Message { header, payload }, after(from, len)))
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<Message<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let first = Messages::first(self.rest);
        self.rest = first.map_or(&[], |(_, rest)| rest);
        Some(first.map(|(message, _)| message))
    }
}

impl FusedIterator for Messages<'_> {}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;

    fn header(kind: u16) -> Repr {
        Repr { kind: kind.into(), flags: MULTI, seq: 5, port: 77 }
    }

    /// What the kernel says of a dump of sockets of the protocol 99: `ENOENT`.
    #[cfg(target_endian = "little")]
    #[test]
    fn a_kernels_end_of_a_dump() {
        let received = [20, 0, 0, 0, 3, 0, 2, 0, 5, 0, 0, 0, 77, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff];
        let found: Vec<_> = messages(&received).collect();
        assert_eq!(found, [Ok(Message { header: header(3), payload: &[0xfe, 0xff, 0xff, 0xff] })]);
        assert_eq!(found[0].unwrap().end(), Ok(Some(End::Dump { errno: 2 })));
    }

    #[test]
    fn messages_begin_at_multiples_of_four() {
        let mut received = stack(&[&header(20)], &[1, 2, 3, 4, 5]);
        received.extend([0xaa; 3]);
        received.extend(stack(&[&header(21)], &[6]));
        let found: Vec<_> = messages(&received).map(|message| message.map(|message| message.payload)).collect();
        assert_eq!(found, [Ok(&[1, 2, 3, 4, 5][..]), Ok(&[6])]);
    }

    #[test]
    fn a_length_that_cannot_be_ends_the_buffer() {
        let good = stack(&[&header(20)], &[1, 2, 3, 4]);
        for len in [0_u32, 15, 21, 24, u32::MAX] {
            let mut bad = good.clone();
            bad[..4].copy_from_slice(&len.to_ne_bytes());
            let found: Vec<_> = messages(&[&good[..], &bad[..]].concat()).map(|message| message.map(|_| ())).collect();
            assert_eq!(found, [Ok(()), Err(Fault::MessageLength)], "{len}");
        }
        let found: Vec<_> = messages(&[&good[..], &good[..15]].concat()).map(|message| message.map(|_| ())).collect();
        assert_eq!(found, [Ok(()), Err(Fault::Short)]);
    }

    #[test]
    fn an_end_that_is_cut_or_positive_is_a_fault() {
        let end = |kind: u16, payload: &[u8]| Message { header: header(kind), payload }.end();
        assert_eq!(end(2, &[0; 19]), Err(Fault::Short));
        assert_eq!(end(3, &[0; 3]), Err(Fault::Short));
        assert_eq!(end(3, &[]), Ok(Some(End::Dump { errno: 0 })));
        assert_eq!(end(3, &1_i32.to_ne_bytes()), Err(Fault::ErrorNumber));
        assert_eq!(end(3, &i32::MIN.to_ne_bytes()), Ok(Some(End::Dump { errno: 1 << 31 })));
        assert_eq!(end(1, &[]), Ok(None));
        assert_eq!(end(4, &[]), Ok(None));
        assert_eq!(end(20, &[1, 0, 0, 0]), Ok(None));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(kind: u16, flags: u16, seq: u32, port: u32, payload in vec(any::<u8>(), 0..100)) {
            let header = Repr { kind: kind.into(), flags, seq, port };
            let bytes = stack(&[&header], &payload);
            prop_assert_eq!(bytes.len(), header.header_len() + payload.len());
            let found: Vec<_> = messages(&bytes).collect();
            prop_assert_eq!(found, [Ok(Message { header, payload: &payload })]);
        }

        #[test]
        fn an_end_that_is_emitted_is_parsed(errno in 0..=1_u32 << 31, kind: u16, seq: u32, of_a_dump: bool) {
            let request = Repr { seq, ..header(kind) };
            let end = if of_a_dump { End::Dump { errno } } else { End::Request { errno, request } };
            let bytes = stack(&[&end], &[]);
            prop_assert_eq!(bytes.len(), end.header_len());
            let message = Message { header: Repr { kind: end.kind(), ..request }, payload: &bytes };
            prop_assert_eq!(message.end(), Ok(Some(end)));
        }

        #[test]
        fn bytes_of_no_sense_end(bytes in vec(any::<u8>(), 0..200)) {
            let found: Vec<_> = messages(&bytes).collect();
            prop_assert!(found.len() <= bytes.len() / LEN + 1);
            prop_assert!(found.iter().rev().skip(1).all(Result::is_ok));
        }
    }
}
