//! Which flow a later fragment belongs to.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;

use smallvec::SmallVec;

use super::Piece;
use crate::packet::dissection::{IpPacket, Tunnel};
use crate::packet::transport::Transport;

/// A fragment waits this long for the others of its packet (RFC 8200 section 4.5).
const LIFETIME_US: u64 = 60_000_000;

/// The first fragments seen lately, so that later ones, which have no ports, are counted with them.
///
/// It holds at most as many as it was made for and forgets the oldest first. Nothing is reassembled.
#[derive(Debug)]
pub struct Fragments {
    capacity: usize,
    firsts: HashMap<Key, First>,
    /// In the order of arrival, one entry per insertion.
    order: VecDeque<(Key, u64)>,
    insertions: u64,
}

/// What the fragments of one packet share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::packet) struct Key {
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    /// Zero in IPv6, where the identification alone counts.
    proto: u8,
}

impl Key {
    pub(in crate::packet) fn new(src: IpAddr, dst: IpAddr, piece: Piece, proto: u8) -> Self {
        Key { src, dst, id: piece.id, proto: if src.is_ipv4() { proto } else { 0 } }
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
        Fragments { capacity, firsts: HashMap::new(), order: VecDeque::new(), insertions: 0 }
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
        if self.capacity == 0 {
            return;
        }
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
        let Some((key, insertion)) = self.order.pop_front() else { return };
        if self.firsts.get(&key).is_some_and(|first| first.insertion == insertion) {
            self.firsts.remove(&key);
        }
    }
}
