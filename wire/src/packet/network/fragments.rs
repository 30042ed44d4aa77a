//! Which flow a later fragment belongs to.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use smallvec::SmallVec;

use super::Piece;
use super::reassembly::{Reassembly, Whole};
use crate::packet::dissection::{IpPacket, Tunnel};
use crate::packet::slice::Slice;
use crate::packet::transport::Transport;

/// A fragment waits this long for the others of its packet (RFC 8200 section 4.5).
pub(super) const LIFETIME_US: u64 = 60_000_000;

/// The first fragments seen lately, so that later ones, which have no ports, are counted with them.
///
/// It holds at most as many as it was made for and forgets the oldest first. What fragments carry is put together only where that is asked for.
#[derive(Debug)]
pub struct Fragments {
    capacity: usize,
    firsts: HashMap<Key, First>,
    /// In the order of arrival, one entry per insertion.
    order: VecDeque<(Key, u64)>,
    insertions: u64,
    reassembly: Option<Reassembly>,
    whole: Option<Whole>,
}

/// What the fragments of one packet share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::packet) struct Key {
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    proto: u8,
}

impl Key {
    pub(in crate::packet) fn new(src: IpAddr, dst: IpAddr, piece: Piece) -> Self {
        Key { src, dst, id: piece.id, proto: piece.proto }
    }
}

/// What a first fragment says about the others.
#[derive(Debug, Clone)]
pub(in crate::packet) struct First {
    insertion: u64,
    at_us: u64,
    pub(in crate::packet) tunnels: SmallVec<[Tunnel; 1]>,
    pub(in crate::packet) src: IpAddr,
    pub(in crate::packet) dst: IpAddr,
    pub(in crate::packet) proto: u8,
    pub(in crate::packet) transport: Transport<'static>,
}

impl Fragments {
    /// Room for `capacity` packets under way at a time; 1,024 is plenty for one interface.
    pub fn new(capacity: usize) -> Self {
        Fragments { capacity, firsts: HashMap::new(), order: VecDeque::new(), insertions: 0, reassembly: None, whole: None }
    }

    /// The same, and what fragments of TCP and UDP carry is put together.
    pub fn reassembling(self) -> Self {
        Fragments { reassembly: Some(Reassembly::default()), ..self }
    }

    /// What the frame that was dissected last completed; it is told once.
    #[inline]
    pub fn take_whole(&mut self) -> Option<Whole> {
        self.whole.take()
    }

    #[cold]
    pub(in crate::packet) fn put_together(&mut self, key: Key, piece: Piece, carries: u8, payload: Slice<'_>, at_us: u64) {
        self.whole = self.reassembly.as_mut().and_then(|reassembly| reassembly.put(key, piece, carries, payload, at_us));
    }

    /// How many first fragments are remembered.
    pub fn len(&self) -> usize {
        self.firsts.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.firsts.is_empty()
    }

    pub(in crate::packet) fn insert(&mut self, key: Key, at_us: u64, packet: &IpPacket<'_>, tunnels: &[Tunnel]) {
        self.insertions += 1;
        let first = First {
            insertion: self.insertions,
            at_us,
            tunnels: tunnels.into(),
            src: packet.src,
            dst: packet.dst,
            proto: packet.proto,
            transport: packet.transport.without_payload(),
        };
        self.firsts.insert(key, first);
        self.order.push_back((key, self.insertions));
        while self.order.len() > self.capacity {
            self.forget_oldest();
        }
    }

    pub(in crate::packet) fn first(&self, key: &Key, at_us: u64) -> Option<&First> {
        self.firsts.get(key).filter(|first| first.at_us.abs_diff(at_us) <= LIFETIME_US)
    }

    /// A key inserted again since then stays, under its later insertion.
    fn forget_oldest(&mut self) {
        let Some((key, insertion)) = self.order.pop_front() else {
            return;
        };
        if self.firsts.get(&key).is_some_and(|first| first.insertion == insertion) {
            self.firsts.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::emit::{Emit, stack};
    use crate::packet::network::ipv4;
    use crate::packet::transport::udp;
    use crate::packet::tunnel::gre;
    use crate::packet::{Body, LinkType, TunnelKind, dissect};

    const FIRST: u16 = 0;
    const LATER: u16 = 16;

    /// One of two fragments of a datagram of 16 bytes of payload and more.
    fn fragment(id: u16, offset: u16) -> Vec<u8> {
        let ip = ipv4::Repr {
            id,
            more_fragments: offset == FIRST,
            fragment_offset: offset,
            ..ipv4::Repr::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), 17)
        };
        let udp = udp::Repr { src_port: 1000, dst_port: 2000 };
        let headers: &[&dyn Emit] = if offset == FIRST { &[&ip, &udp] } else { &[&ip] };
        stack(headers, &[0; 8])
    }

    fn found(packet: &[u8], at_us: u64, fragments: &mut Fragments) -> (Option<(u16, u16)>, bool) {
        let found = dissect(LinkType::RAW, packet, packet.len() as u32, at_us, fragments);
        let Body::Ip(packet) = found.body else {
            return (None, false);
        };
        (packet.transport.ports(), packet.later_fragment)
    }

    #[test]
    fn a_later_fragment_has_its_firsts_ports() {
        let mut fragments = Fragments::new(4);
        assert_eq!(found(&fragment(7, FIRST), 0, &mut fragments), (Some((1000, 2000)), false));
        assert_eq!(found(&fragment(7, LATER), 1, &mut fragments), (Some((1000, 2000)), true));
        assert_eq!(found(&fragment(8, LATER), 1, &mut fragments), (None, true));
    }

    #[test]
    fn a_first_fragment_is_believed_for_a_minute() {
        let mut fragments = Fragments::new(4);
        found(&fragment(7, FIRST), 5, &mut fragments);
        assert_eq!(found(&fragment(7, LATER), 60_000_005, &mut fragments), (Some((1000, 2000)), true));
        assert_eq!(found(&fragment(7, LATER), 60_000_006, &mut fragments), (None, true));
    }

    #[test]
    fn the_oldest_is_forgotten_first() {
        let mut fragments = Fragments::new(2);
        for id in [1, 2, 1, 3] {
            found(&fragment(id, FIRST), 0, &mut fragments);
        }
        assert!(fragments.len() <= 2);
        let known = [1, 2, 3].map(|id| found(&fragment(id, LATER), 0, &mut fragments).0.is_some());
        assert_eq!(known, [true, false, true]);
    }

    #[test]
    fn it_never_outgrows_its_capacity() {
        let mut fragments = Fragments::new(10);
        for id in (0..1000).map(|id| id % 37) {
            found(&fragment(id, FIRST), 0, &mut fragments);
            assert!(fragments.len() <= 10 && fragments.order.len() <= 10);
        }
        let mut none = Fragments::new(0);
        found(&fragment(1, FIRST), 0, &mut none);
        assert!(none.is_empty());
    }

    #[test]
    fn a_later_fragment_of_a_tunnel_belongs_to_the_inner_flow() {
        let outer = |offset| ipv4::Repr {
            more_fragments: offset == 0,
            fragment_offset: offset,
            ..ipv4::Repr::new([1; 4].into(), [2; 4].into(), 47)
        };
        let gre = gre::Repr { protocol: 0x0800, key: Some(5), sequence: None, acknowledgment: None, version: 0 };
        let inner = ipv4::Repr::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), 17);
        let udp = udp::Repr { src_port: 1000, dst_port: 2000 };
        let whole = stack(&[&gre, &inner, &udp], &[0; 24]);
        let (head, tail) = whole.split_at(40);
        let (first, later) = (stack(&[&outer(0)], head), stack(&[&outer(40)], tail));
        let mut fragments = Fragments::new(1);
        let found = dissect(LinkType::RAW, &first, first.len() as u32, 0, &mut fragments);
        assert_eq!((found.fault, found.ip().unwrap().ip_len), (None, 32));
        let found = dissect(LinkType::RAW, &later, later.len() as u32, 0, &mut fragments);
        assert_eq!(found.tunnels.iter().map(|tunnel| tunnel.kind).collect::<Vec<_>>(), [TunnelKind::Gre]);
        let ip = found.ip().unwrap();
        assert_eq!((ip.src.to_string(), ip.ip_len), ("10.0.0.1".into(), later.len() as u32));
        assert_eq!(ip.transport.ports(), Some((1000, 2000)));
    }
}
