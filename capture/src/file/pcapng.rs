//! The pcapng format: sections of blocks (draft-ietf-opsawg-pcapng).

use graph::Time;
use wire::packet::LinkType;

use super::bytes::{Order, words};
use super::error::Fault;
use super::interface::Interface;
use super::pcap::{ended, max_packet};
use super::record::{Lost, Names, Packet, Record};
use super::window::{Have, MAX_BLOCK_BYTES, Window};

/// The types of block that say anything here.
pub(super) mod block {
    pub(crate) const SECTION: u32 = 0x0a0d_0d0a;
    pub(crate) const INTERFACE: u32 = 1;
    /// Obsolete, of before 2009.
    pub(crate) const PACKET: u32 = 2;
    pub(crate) const SIMPLE_PACKET: u32 = 3;
    pub(crate) const NAME_RESOLUTION: u32 = 4;
    pub(crate) const STATISTICS: u32 = 5;
    pub(crate) const ENHANCED_PACKET: u32 = 6;
}

/// A section begins with this word in its own byte order.
pub(super) const BYTE_ORDER_MARK: u32 = 0x1a2b_3c4d;
/// Interfaces kept of one section.
const MAX_INTERFACES: usize = 65_536;
/// Of an enhanced packet block: packets lost since the one before, of the same interface.
const EPB_DROPCOUNT: u16 = 4;

/// A pcapng file as far as it has been read.
pub(super) struct PcapNg {
    order: Order,
    interfaces: Vec<Interface>,
    /// Where the last block begins, in bytes.
    block_at: u64,
    /// The time of the packet before.
    at: Time,
    /// What earlier sections lacked.
    lost_before: Lost,
    /// A block told of a loss that has not been passed on.
    lost_news: bool,
}

/// A block of which all bytes are in the window.
struct Block {
    kind: u32,
    len: usize,
}

enum Framed {
    Block(Block),
    Not(Record<'static>),
}

impl PcapNg {
    pub(super) fn new() -> PcapNg {
        PcapNg { order: Order::Little, interfaces: Vec::new(), block_at: 0, at: Time::ZERO, lost_before: Lost::default(), lost_news: false }
    }

    /// Where the block begins at which the last call stopped, in bytes.
    pub(super) fn block_at(&self) -> u64 {
        self.block_at
    }

    pub(super) fn next<'w>(&mut self, window: &'w mut Window) -> Result<Record<'w>, Fault> {
        if std::mem::take(&mut self.lost_news) {
            return Ok(Record::Lost(self.lost()));
        }
        let Block { kind, len } = match self.frame(window)? {
            Framed::Block(block) => block,
            Framed::Not(record) => return Ok(record),
        };
        let body = body(window.take(len));
        match kind {
            block::ENHANCED_PACKET => return self.enhanced(body),
            block::SIMPLE_PACKET => return self.simple(body),
            block::PACKET => return self.obsolete(body),
            block::NAME_RESOLUTION => return Ok(Record::Names(Names { records: body, order: self.order })),
            block::SECTION => self.section(body)?,
            block::INTERFACE => self.interface(body)?,
            block::STATISTICS => self.statistics(body)?,
            _ => {}
        }
        Ok(Record::Other)
    }

    /// Sees to it that a whole block is in the window, with lengths that are true.
    #[inline]
    fn frame(&mut self, window: &mut Window) -> Result<Framed, Fault> {
        self.block_at = window.taken();
        match window.have(12).map_err(Fault::Unreadable)? {
            Have::Enough => {}
            Have::NotYet => return Ok(Framed::Not(Record::Waiting)),
            Have::Ended => return ended(window, 12).map(Framed::Not),
        }
        let ([kind, _, mark], []) = window.bytes().first_chunk::<12>().unwrap_or(&[0; 12]).as_chunks::<4>() else {
            return ended(window, 12).map(Framed::Not);
        };
        // The type of a section reads the same in both byte orders, which it changes.
        if Order::Big.u32(*kind) == block::SECTION {
            self.order = byte_order(*mark)?;
        }
        let Some(([kind, announced], _)) = words(self.order, window.bytes()) else {
            return ended(window, 12).map(Framed::Not);
        };
        let len = announced as usize;
        if !(12..=MAX_BLOCK_BYTES).contains(&len) || !len.is_multiple_of(4) {
            return Err(Fault::BlockLength { len: announced, max: MAX_BLOCK_BYTES });
        }
        match window.have(len).map_err(Fault::Unreadable)? {
            Have::Enough => {}
            Have::NotYet => return Ok(Framed::Not(Record::Waiting)),
            Have::Ended => return ended(window, len).map(Framed::Not),
        }
        let behind = window.bytes().get(..len).and_then(<[u8]>::last_chunk::<4>).map_or(0, |w| self.order.u32(*w));
        if behind != announced {
            return Err(Fault::BlockLengths { before: announced, behind });
        }
        Ok(Framed::Block(Block { kind, len }))
    }

    #[inline]
    fn enhanced<'w>(&mut self, body: &'w [u8]) -> Result<Record<'w>, Fault> {
        let short = Fault::BlockTooShort { kind: block::ENHANCED_PACKET };
        let ([interface, high, low, len, wire_len], rest) = words(self.order, body).ok_or(short)?;
        let (packet, options) = self.packet(interface, (high, low), len, wire_len, rest)?;
        if !options.is_empty() {
            self.enhanced_options(interface, options);
        }
        Ok(Record::Packet(packet))
    }

    fn simple<'w>(&mut self, body: &'w [u8]) -> Result<Record<'w>, Fault> {
        let short = Fault::BlockTooShort { kind: block::SIMPLE_PACKET };
        let ([wire_len], rest) = words(self.order, body).ok_or(short)?;
        let seen_by = self.interfaces.first().ok_or(Fault::Interface { interface: 0, described: 0 })?;
        // Its kept length is not told: it is what the interface's limit leaves of it.
        let limit = if seen_by.snaplen == 0 { u32::MAX } else { seen_by.snaplen };
        let link = seen_by.link;
        let data = part(rest, wire_len.min(limit), link)?;
        Ok(Record::Packet(Packet { at: self.at, link, data, wire_len, interface: 0 }))
    }

    fn obsolete<'w>(&mut self, body: &'w [u8]) -> Result<Record<'w>, Fault> {
        let short = || Fault::BlockTooShort { kind: block::PACKET };
        let (first, rest) = body.split_first_chunk::<4>().ok_or_else(short)?;
        let (interface, dropped) = self.order.halves(*first);
        let ([high, low, len, wire_len], rest) = words(self.order, rest).ok_or_else(short)?;
        let (packet, _) = self.packet(interface.into(), (high, low), len, wire_len, rest)?;
        // All ones: not known.
        if dropped != u16::MAX {
            self.dropped(interface.into(), dropped.into());
        }
        Ok(Record::Packet(packet))
    }

    /// A packet and the options behind it.
    #[inline]
    fn packet<'w>(
        &mut self,
        interface: u32,
        ticks: (u32, u32),
        len: u32,
        wire_len: u32,
        rest: &'w [u8],
    ) -> Result<(Packet<'w>, &'w [u8]), Fault> {
        let Some(seen_by) = self.interfaces.get(interface as usize) else {
            return Err(Fault::Interface { interface, described: self.interfaces.len() });
        };
        let data = part(rest, len, seen_by.link)?;
        let options = rest.get((len as usize).next_multiple_of(4)..).unwrap_or_default();
        self.at = seen_by.time(ticks.0, ticks.1);
        Ok((Packet { at: self.at, link: seen_by.link, data, wire_len, interface }, options))
    }

    fn enhanced_options(&mut self, interface: u32, options: &[u8]) {
        let dropped = options_of(self.order, options).find(|(code, _)| *code == EPB_DROPCOUNT);
        if let Some(count) = dropped.and_then(|(_, value)| value.first_chunk::<8>()) {
            self.dropped(interface, self.order.u64(*count));
        }
    }

    fn dropped(&mut self, interface: u32, count: u64) {
        if let Some(seen_by) = self.interfaces.get_mut(interface as usize).filter(|_| count > 0) {
            seen_by.dropped_between = seen_by.dropped_between.saturating_add(count);
            self.lost_news = true;
        }
    }

    fn section(&mut self, body: &[u8]) -> Result<(), Fault> {
        let short = Fault::BlockTooShort { kind: block::SECTION };
        let version = body.get(4..).and_then(<[u8]>::first_chunk::<4>).ok_or(short)?;
        // Some wrote 1.2 for what is 1.0.
        let (1, 0 | 2) = self.order.halves(*version) else {
            let (major, minor) = self.order.halves(*version);
            return Err(Fault::Version { major, minor });
        };
        self.lost_before = self.lost();
        self.interfaces.clear();
        Ok(())
    }

    fn interface(&mut self, body: &[u8]) -> Result<(), Fault> {
        if self.interfaces.len() >= MAX_INTERFACES {
            return Err(Fault::Interfaces { max: MAX_INTERFACES });
        }
        let interface = Interface::parse(self.order, body).ok_or(Fault::BlockTooShort { kind: block::INTERFACE })?;
        self.interfaces.push(interface);
        Ok(())
    }

    fn statistics(&mut self, body: &[u8]) -> Result<(), Fault> {
        let short = Fault::BlockTooShort { kind: block::STATISTICS };
        let ([interface, _, _], options) = words(self.order, body).ok_or(short)?;
        let Some(of) = self.interfaces.get_mut(interface as usize) else {
            return Err(Fault::Interface { interface, described: self.interfaces.len() });
        };
        self.lost_news |= of.count(self.order, options);
        Ok(())
    }

    fn lost(&self) -> Lost {
        self.interfaces.iter().map(Interface::lost).fold(self.lost_before, Lost::plus)
    }
}

/// A block without what frames it.
#[inline]
fn body(block: &[u8]) -> &[u8] {
    block.len().checked_sub(4).and_then(|end| block.get(8..end)).unwrap_or_default()
}

/// The bytes of a packet.
#[inline]
fn part(rest: &[u8], len: u32, link: LinkType) -> Result<&[u8], Fault> {
    let max = max_packet(link);
    if len as usize > max {
        return Err(Fault::PacketTooLong { len, max });
    }
    rest.get(..len as usize).ok_or(Fault::PacketOutsideBlock { len, room: rest.len() })
}

fn byte_order(mark: [u8; 4]) -> Result<Order, Fault> {
    [Order::Little, Order::Big].into_iter().find(|order| order.u32(mark) == BYTE_ORDER_MARK).ok_or(Fault::ByteOrder(Order::Big.u32(mark)))
}

/// Options up to the one that ends them, or to one that does not fit.
pub(super) fn options_of(order: Order, mut options: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (code, value, rest) = order.field(options)?;
        options = rest;
        (code != 0).then_some((code, value))
    })
}
