//! The flows at which somebody looks.

use std::collections::VecDeque;
use std::hash::Hash;

use graph::{ColumnId, Proto, Side, Tag, Value};
use hashbrown::HashMap;
use smallvec::SmallVec;
use wire::packet::stream::Beginning;

use super::{Dissectors, Found, Next, Payload, Session};

/// Flows looked at, or to be looked at, at a time; the oldest makes room.
const MAX_FLOWS: usize = 4096;
/// What is kept of all streams, in bytes.
const MAX_HELD: usize = 16 << 20;
/// What is kept of one end's stream, in bytes: a handshake with long certificates.
const MAX_STREAM: usize = 32 << 10;
/// Payloads of one flow that are looked at.
const MAX_PACKETS: u32 = 256;
/// So many bytes of a stream tell whose it is.
const TELLING: usize = 8;

/// Which flows are looked at, by keys of whoever holds them.
#[derive(Debug)]
pub(crate) struct Watch<K> {
    dissectors: Dissectors,
    flows: HashMap<K, Flow>,
    /// Those flows, the oldest first, and some that are no more.
    order: VecDeque<K>,
    held: usize,
    /// Flows that were given up although somebody wanted more of them and nothing was found yet.
    cut: u64,
}

impl<K: Copy + Eq + Hash> Watch<K> {
    pub(crate) fn new(dissectors: Dissectors) -> Watch<K> {
        Watch { dissectors, flows: HashMap::new(), order: VecDeque::new(), held: 0, cut: 0 }
    }

    /// Whether there is anybody who looks.
    pub(crate) fn is_idle(&self) -> bool {
        self.dissectors.is_empty()
    }

    /// Flows that were given up although somebody wanted more of them and nothing was found yet.
    pub(crate) const fn cut(&self) -> u64 {
        self.cut
    }

    /// Looks at a payload: what one packet holds. Of TCP `at` says how far from the beginning of its stream it stands. Returns whether more is wanted
    /// of its flow.
    pub(crate) fn hear(&mut self, key: K, packet: &Payload<'_>, at: i32, found: &mut Found) -> bool {
        let is_new = !self.flows.contains_key(&key);
        let mut flow = self.flows.remove(&key).unwrap_or_default();
        self.held -= flow.held();
        let wanted = match flow.hear(packet, at, &self.dissectors, found) {
            Wanted::No => false,
            Wanted::Cut => {
                self.cut += u64::from(flow.is_cut());
                false
            }
            Wanted::Yes => true,
        };
        if wanted {
            self.held += flow.held();
            self.flows.insert(key, flow);
            if is_new {
                self.order.push_back(key);
            }
        }
        wanted
    }

    /// The next flow that has to make room. It is not looked at any more.
    pub(crate) fn give_up(&mut self) -> Option<K> {
        if self.order.len() > 2 * self.flows.len() + MAX_FLOWS {
            let flows = &self.flows;
            self.order.retain(|key| flows.contains_key(key));
        }
        while self.flows.len() > MAX_FLOWS || self.held > MAX_HELD {
            let key = self.order.pop_front()?;
            if let Some(flow) = self.flows.remove(&key) {
                self.held -= flow.held();
                // Whoever hears all begins anew at the next packet.
                if !flow.is_endless() {
                    self.cut += u64::from(flow.is_cut());
                    return Some(key);
                }
            }
        }
        None
    }

    /// A flow is no more.
    pub(crate) fn forget(&mut self, key: K) {
        if let Some(flow) = self.flows.remove(&key) {
            self.held -= flow.held();
        }
    }
}

/// Whether more of a flow is wanted.
enum Wanted {
    Yes,
    No,
    /// It is, and will not be heard.
    Cut,
}

#[derive(Debug, Default)]
struct Flow {
    sessions: SmallVec<[(&'static str, Box<dyn Session>); 1]>,
    /// What both ends of TCP have said.
    streams: [Option<Beginning>; 2],
    packets: u32,
    /// Whether dissectors were asked if it is theirs.
    was_asked: bool,
    /// Whether anything was found.
    was_told: bool,
}

impl Flow {
    fn stream(&mut self, of: Side) -> &mut Option<Beginning> {
        let [a, b] = &mut self.streams;
        match of {
            Side::A => a,
            Side::B => b,
        }
    }

    fn held(&self) -> usize {
        self.streams.iter().flatten().map(Beginning::held).sum()
    }

    fn hear(&mut self, packet: &Payload<'_>, at: i32, dissectors: &Dissectors, found: &mut Found) -> Wanted {
        self.packets += 1;
        if packet.proto() == Proto::TCP {
            let first = !self.was_asked && self.packets == 1 && at == 0 && packet.bytes.len() >= TELLING;
            // Nothing is copied of what nobody wants.
            if first && matches!(self.ask(packet, dissectors, found), Wanted::No) {
                return Wanted::No;
            }
            // What stands before the beginning is no part of it: a sign of life, or a stream that was joined in the middle.
            let Ok(at) = usize::try_from(at) else { return Wanted::Yes };
            let mut stream = self.stream(packet.from).take().unwrap_or(Beginning::new(MAX_STREAM));
            let is_news = stream.put(at, packet.bytes) && !first;
            let wanted = if is_news { self.tell(&Payload { bytes: stream.bytes(), ..*packet }, dissectors, found) } else { Wanted::Yes };
            *self.stream(packet.from) = Some(stream);
            if !matches!(wanted, Wanted::Yes) {
                return wanted;
            }
        } else if !matches!(self.tell(packet, dissectors, found), Wanted::Yes) {
            return Wanted::No;
        }
        if self.packets >= MAX_PACKETS && !self.is_endless() { Wanted::Cut } else { Wanted::Yes }
    }

    /// Whether somebody hears it to the end. Nobody does of a stream.
    fn is_endless(&self) -> bool {
        self.streams == [None, None] && self.sessions.iter().any(|(_, session)| session.is_endless())
    }

    /// Whether somebody wants more of it, and nothing was found.
    const fn is_cut(&self) -> bool {
        self.was_asked && !self.was_told
    }

    /// Tells whoever looks, or asks who does.
    fn tell(&mut self, payload: &Payload<'_>, dissectors: &Dissectors, found: &mut Found) -> Wanted {
        if self.was_asked {
            return self.go_on(payload, dissectors.protocol, found);
        }
        if payload.proto() == Proto::TCP && payload.bytes.len() < TELLING {
            return Wanted::Yes;
        }
        self.ask(payload, dissectors, found)
    }

    fn ask(&mut self, first: &Payload<'_>, dissectors: &Dissectors, found: &mut Found) -> Wanted {
        self.was_asked = true;
        self.sessions = dissectors.all.iter().filter_map(|one| Some((one.name(), one.begin(first)?))).collect();
        self.go_on(first, dissectors.protocol, found)
    }

    fn go_on(&mut self, payload: &Payload<'_>, protocol: Option<ColumnId>, found: &mut Found) -> Wanted {
        self.sessions.retain(|(name, session)| {
            let before = found.tags.len();
            let next = session.hear(payload, found);
            if let Some(protocol) = protocol.filter(|_| found.tags.len() > before) {
                found.tag(Tag::certain(protocol, Value::symbol(name)));
            }
            self.was_told |= !found.is_empty();
            next == Next::More
        });
        if self.sessions.is_empty() { Wanted::No } else { Wanted::Yes }
    }
}

#[cfg(test)]
mod tests {
    use graph::{Endpoint, RegistryBuilder, RegistryError, Time, Tuple};

    use super::super::{Dissector, Register};
    use super::*;

    /// Wants ever more of all flows, but for those that say that it is enough.
    #[derive(Debug)]
    struct Greedy;

    fn greedy(_: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
        Ok(Box::new(Greedy))
    }

    impl Dissector for Greedy {
        fn name(&self) -> &'static str {
            "greedy"
        }

        fn begin(&self, _: &Payload<'_>) -> Option<Box<dyn Session>> {
            Some(Box::new(Greedy))
        }
    }

    impl Session for Greedy {
        fn hear(&mut self, payload: &Payload<'_>, _: &mut Found) -> Next {
            if payload.bytes.ends_with(b"enough") { Next::Done } else { Next::More }
        }

        fn is_endless(&self) -> bool {
            true
        }
    }

    fn watch() -> Watch<u32> {
        let registers: [Register; 1] = [greedy];
        Watch::new(Dissectors::of(&registers, &mut RegistryBuilder::default()).unwrap())
    }

    /// One payload of a flow of that protocol, and room is made.
    fn hear(watch: &mut Watch<u32>, key: u32, proto: Proto, at: i32, bytes: &[u8]) -> bool {
        let end = |port| Endpoint { addr: [127, 0, 0, 1].into(), port };
        let (tuple, from) = Tuple::new(proto, end(40_000), end(80));
        let wanted = watch.hear(key, &Payload { at: Time(1), tuple, from, client: from, bytes }, at, &mut Found::default());
        while watch.give_up().is_some() {}
        wanted
    }

    #[test]
    fn streams_take_no_more_memory_than_they_may() {
        let mut watch = watch();
        for key in 0..2_000 {
            hear(&mut watch, key, Proto::TCP, 0, &vec![b'x'; MAX_STREAM]);
            let held: usize = watch.flows.values().map(Flow::held).sum();
            assert!(held <= MAX_HELD && watch.held == held, "{key}: {held}");
        }
        let streams = MAX_HELD / MAX_STREAM;
        assert!((streams / 2..=streams).contains(&watch.flows.len()), "{}", watch.flows.len());
        (0..2_000).for_each(|key| watch.forget(key));
        assert_eq!((watch.held, watch.flows.len()), (0, 0), "what is no more takes nothing");
    }

    #[test]
    fn flows_that_come_and_go_leave_nothing_behind() {
        let mut watch = watch();
        for key in 0..50_000 {
            assert!(hear(&mut watch, key, Proto::UDP, 0, b"something"));
            if key % 2 == 0 {
                assert!(!hear(&mut watch, key, Proto::UDP, 0, b"enough"));
            } else {
                watch.forget(key);
            }
            assert!(watch.order.len() <= 2 * watch.flows.len() + MAX_FLOWS + 1);
        }
        assert!(watch.flows.is_empty());
    }

    #[test]
    fn a_stream_has_an_end_even_for_whoever_hears_all() {
        let (mut watch, mut datagrams) = (watch(), 0);
        let segments = (0..1_000).take_while(|at| hear(&mut watch, 1, Proto::TCP, 8 * at, b"segments")).count();
        assert!(segments < MAX_PACKETS as usize, "{segments}");
        while datagrams < 1_000 && hear(&mut watch, 2, Proto::UDP, 0, b"datagram") {
            datagrams += 1;
        }
        assert_eq!(datagrams, 1_000);
    }
}
