//! What the kernel says of one connection.

use super::{DELETE, FIXED_LEN, NEW, Tuple, number};
use crate::netlink::header::{Message, Repr};
use crate::netlink::{Attribute, End, Fault, attributes};

const TUPLE_ORIG: u16 = 1;
const TUPLE_REPLY: u16 = 2;
const PROTOINFO: u16 = 4;
const COUNTERS_ORIG: u16 = 9;
const COUNTERS_REPLY: u16 = 10;
const ID: u16 = 12;
const ZONE: u16 = 18;
const TIMESTAMP: u16 = 20;
/// In counters.
const PACKETS: u16 = 1;
const BYTES: u16 = 2;
/// In times.
const START: u16 = 1;
const STOP: u16 = 2;
/// In protocol information, and in that of TCP.
const TCP: u16 = 1;
const TCP_STATE: u16 = 1;
/// Beyond the protocols' own groups these are of IP.
const FAMILIES: [u8; 2] = [2, 10];

/// Packets and bytes of one direction, from the IP header on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Counters {
    /// Packets.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
}

/// When it began, and ended if it did, in nanoseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Times {
    /// Its beginning.
    pub start_ns: u64,
    /// Its end.
    pub stop_ns: Option<u64>,
}

/// What TCP is at, as far as it says whether the connection is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TcpState {
    /// Both ends said FIN (`TIME_WAIT`).
    Finished,
    /// One end reset it (`CLOSE`).
    Reset,
    /// Anything else, by the kernel's number.
    Other(u8),
}

impl From<u8> for TcpState {
    fn from(number: u8) -> Self {
        match number {
            7 => TcpState::Finished,
            8 => TcpState::Reset,
            other => TcpState::Other(other),
        }
    }
}

impl From<TcpState> for u8 {
    fn from(state: TcpState) -> Self {
        match state {
            TcpState::Finished => 7,
            TcpState::Reset => 8,
            TcpState::Other(number) => number,
        }
    }
}

/// One connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// As its first packet had it.
    pub original: Tuple,
    /// As the answers come: where nothing is translated, the reverse.
    pub reply: Tuple,
    /// The kernel's number for it; used again, later, for others.
    pub id: Option<u32>,
    /// Its zone, where it is not 0.
    pub zone: u16,
    /// What went as `original` and as `reply`; none where nothing counts, or it has just come.
    pub counters: Option<[Counters; 2]>,
    /// When it began, where that is noted.
    pub times: Option<Times>,
    /// What TCP is at.
    pub tcp: Option<TcpState>,
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It is there, or it came.
    Is(Entry),
    /// It went.
    Gone(Entry),
    /// That was all, or the question was refused.
    End(End),
    /// Something else.
    Other,
}

impl Said {
    /// Reads a message.
    ///
    /// # Errors
    /// Where it does not hold together.
    pub fn parse(message: &Message<'_>) -> Result<Said, Fault> {
        if let Some(end) = message.end()? {
            return Ok(Said::End(end));
        }
        let say = match message.header.kind {
            NEW => Said::Is,
            DELETE => Said::Gone,
            _ => return Ok(Said::Other),
        };
        Ok(Entry::parse(message.payload)?.map_or(Said::Other, say))
    }
}

impl Entry {
    /// Reads the payload of a message; none where it is not of IP.
    ///
    /// # Errors
    /// Where it does not hold together.
    pub fn parse(payload: &[u8]) -> Result<Option<Entry>, Fault> {
        let (fixed, rest) = payload.split_first_chunk::<FIXED_LEN>().ok_or(Fault::Short)?;
        let [family, ..] = fixed;
        if !FAMILIES.contains(family) {
            return Ok(None);
        }
        let (mut tuples, mut counters, mut id, mut zone, mut times, mut tcp) = ([None; 2], [None; 2], None, 0, None, None);
        for attribute in attributes(rest) {
            let Attribute { kind, value, .. } = attribute?;
            let ([original, reply], [sent, received]) = (&mut tuples, &mut counters);
            match kind {
                TUPLE_ORIG => *original = Tuple::parse(value)?,
                TUPLE_REPLY => *reply = Tuple::parse(value)?,
                PROTOINFO => tcp = tcp_state(value)?,
                COUNTERS_ORIG => *sent = Counters::parse(value)?,
                COUNTERS_REPLY => *received = Counters::parse(value)?,
                ID => id = Some(u32::from_be_bytes(number(value)?)),
                ZONE => zone = u16::from_be_bytes(number(value)?),
                TIMESTAMP => times = Times::parse(value)?,
                _ => {}
            }
        }
        let [Some(original), Some(reply)] = tuples else { return Ok(None) };
        let counters = if let [Some(sent), Some(received)] = counters { Some([sent, received]) } else { None };
        Ok(Some(Entry { original, reply, id, zone, counters, times, tcp }))
    }

    /// The payload of a message that says it.
    ///
    /// # Errors
    /// None that an entry can cause.
    pub fn payload(&self) -> Result<Vec<u8>, Fault> {
        let [v4, v6] = FAMILIES;
        let mut bytes = vec![if self.original.src.is_ipv6() { v6 } else { v4 }, 0, 0, 0];
        let nested = |kind, value: &[u8], bytes: &mut Vec<u8>| Attribute { nested: true, ..Attribute::new(kind, value) }.emit(bytes);
        nested(TUPLE_ORIG, &self.original.emit()?, &mut bytes)?;
        nested(TUPLE_REPLY, &self.reply.emit()?, &mut bytes)?;
        if let Some(state) = self.tcp {
            let (mut of_tcp, mut of_any) = (Vec::new(), Vec::new());
            Attribute::new(TCP_STATE, &[state.into()]).emit(&mut of_tcp)?;
            nested(TCP, &of_tcp, &mut of_any)?;
            nested(PROTOINFO, &of_any, &mut bytes)?;
        }
        for (kind, counters) in [COUNTERS_ORIG, COUNTERS_REPLY].into_iter().zip(self.counters.into_iter().flatten()) {
            let mut value = Vec::new();
            Attribute::new(PACKETS, &counters.packets.to_be_bytes()).emit(&mut value)?;
            Attribute::new(BYTES, &counters.bytes.to_be_bytes()).emit(&mut value)?;
            nested(kind, &value, &mut bytes)?;
        }
        if let Some(id) = self.id {
            Attribute::new(ID, &id.to_be_bytes()).emit(&mut bytes)?;
        }
        if self.zone != 0 {
            Attribute::new(ZONE, &self.zone.to_be_bytes()).emit(&mut bytes)?;
        }
        if let Some(times) = self.times {
            let mut value = Vec::new();
            Attribute::new(START, &times.start_ns.to_be_bytes()).emit(&mut value)?;
            if let Some(stop) = times.stop_ns {
                Attribute::new(STOP, &stop.to_be_bytes()).emit(&mut value)?;
            }
            nested(TIMESTAMP, &value, &mut bytes)?;
        }
        Ok(bytes)
    }

    /// The whole message, in a dump or as it comes; or as it goes.
    ///
    /// # Errors
    /// None that an entry can cause.
    pub fn message(&self, kind: crate::netlink::Kind, flags: u16, seq: u32) -> Result<Vec<u8>, Fault> {
        Ok(crate::packet::emit::stack(&[&Repr { kind, flags, seq, port: 0 }], &self.payload()?))
    }

    /// Whether addresses or ports are translated on the way: the answers do not come as they would.
    pub fn is_translated(&self) -> bool {
        let (there, back) = (self.original, self.reply);
        (there.src, there.dst) != (back.dst, back.src) || there.ports != back.ports.map(|(from, to)| (to, from))
    }
}

impl Counters {
    fn parse(value: &[u8]) -> Result<Option<Counters>, Fault> {
        let (mut packets, mut bytes) = (None, None);
        for attribute in attributes(value) {
            let Attribute { kind, value, .. } = attribute?;
            match kind {
                PACKETS => packets = Some(u64::from_be_bytes(number(value)?)),
                BYTES => bytes = Some(u64::from_be_bytes(number(value)?)),
                _ => {}
            }
        }
        Ok(packets.zip(bytes).map(|(packets, bytes)| Counters { packets, bytes }))
    }
}

impl Times {
    fn parse(value: &[u8]) -> Result<Option<Times>, Fault> {
        let (mut start_ns, mut stop_ns) = (None, None);
        for attribute in attributes(value) {
            let Attribute { kind, value, .. } = attribute?;
            match kind {
                START => start_ns = Some(u64::from_be_bytes(number(value)?)),
                STOP => stop_ns = Some(u64::from_be_bytes(number(value)?)),
                _ => {}
            }
        }
        Ok(start_ns.map(|start_ns| Times { start_ns, stop_ns }))
    }
}

fn tcp_state(value: &[u8]) -> Result<Option<TcpState>, Fault> {
    for attribute in attributes(value) {
        let attribute = attribute?;
        if attribute.kind == TCP {
            for attribute in attributes(attribute.value) {
                let Attribute { kind, value, .. } = attribute?;
                if kind == TCP_STATE {
                    return Ok(Some(u8::from_be_bytes(number(value)?).into()));
                }
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tuple::tests::tuples;
    use super::*;
    use crate::netlink::{header, messages, testing::damaged};
    use crate::packet::emit::stack;

    fn entries() -> impl Strategy<Value = Entry> {
        let counters =
            any::<Option<[(u64, u64); 2]>>().prop_map(|both| both.map(|both| both.map(|(packets, bytes)| Counters { packets, bytes })));
        let times = any::<Option<(u64, Option<u64>)>>().prop_map(|times| times.map(|(start_ns, stop_ns)| Times { start_ns, stop_ns }));
        let tcp = any::<Option<u8>>().prop_map(|state| state.map(TcpState::from));
        (tuples(), tuples(), any::<Option<u32>>(), any::<u16>(), counters, times, tcp)
            .prop_map(|(original, reply, id, zone, counters, times, tcp)| Entry { original, reply, id, zone, counters, times, tcp })
    }

    #[test]
    fn what_is_not_of_ip_or_not_an_entry_is_passed_over() {
        assert_eq!(Entry::parse(&[0, 0, 0, 0]), Ok(None));
        assert_eq!(Entry::parse(&[2, 0, 0]), Err(Fault::Short));
        assert_eq!(Entry::parse(&[2, 0, 0, 0]), Ok(None), "no tuple, no entry");
        let other = stack(&[&header::Repr { kind: header::Kind::Other(0x103), flags: 0, seq: 1, port: 0 }], &[2, 0, 0, 0]);
        assert_eq!(Said::parse(&messages(&other).next().unwrap().unwrap()), Ok(Said::Other));
    }

    #[test]
    fn what_is_translated_is_no_mirror() {
        let to = |src: &str, dst: &str, ports| Tuple {
            src: src.parse().unwrap(),
            dst: dst.parse().unwrap(),
            protocol: 6,
            ports: Some(ports),
            icmp: None,
            zone: None,
        };
        let original = to("10.0.0.2", "192.0.2.9", (4000, 80));
        let entry = |reply| Entry { original, reply, id: None, zone: 0, counters: None, times: None, tcp: None };
        assert!(!entry(to("192.0.2.9", "10.0.0.2", (80, 4000))).is_translated());
        assert!(entry(to("192.0.2.9", "198.51.100.1", (80, 4000))).is_translated());
        assert!(entry(to("192.0.2.9", "10.0.0.2", (80, 4001))).is_translated());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_emitted_is_parsed(entry in entries(), is_new: bool) {
            let kind = if is_new { NEW } else { DELETE };
            let bytes = entry.message(kind, 0, 9).unwrap();
            let said = Said::parse(&messages(&bytes).next().unwrap().unwrap());
            prop_assert_eq!(said, Ok(if is_new { Said::Is(entry) } else { Said::Gone(entry) }));
        }

        #[test]
        fn what_is_damaged_does_no_harm(entry in entries()) {
            damaged(&entry.payload().unwrap(), |bytes| {
                if let Ok(Some(read)) = Entry::parse(bytes) {
                    assert_eq!(Entry::parse(&read.payload().unwrap()), Ok(Some(read)));
                }
            });
        }
    }
}
