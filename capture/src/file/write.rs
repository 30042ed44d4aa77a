//! Writing recordings, in every variant that is read.

use std::io::{self, Write};

use graph::Time;
use wire::packet::LinkType;

use super::bytes::Order;

/// Writes pcap.
pub struct PcapWriter<W> {
    out: W,
    order: Order,
    nanos: bool,
}

impl<W: Write> PcapWriter<W> {
    /// Begins a file of microseconds, least significant byte first.
    pub fn new(out: W, link: LinkType) -> io::Result<Self> {
        PcapWriter::with(out, link, Order::Little, false)
    }

    /// Begins a file of either byte order, of microseconds or nanoseconds.
    pub fn with(mut out: W, link: LinkType, order: Order, nanos: bool) -> io::Result<Self> {
        out.write_all(&order.put_u32(if nanos { 0xa1b2_3c4d } else { 0xa1b2_c3d4 }))?;
        out.write_all(&order.put_u16(2))?;
        out.write_all(&order.put_u16(4))?;
        for word in [0, 0, 262_144, link.0] {
            out.write_all(&order.put_u32(word))?;
        }
        Ok(PcapWriter { out, order, nanos })
    }

    /// Writes one packet of which `data` was kept.
    pub fn packet(&mut self, at: Time, data: &[u8], wire_len: u32) -> io::Result<()> {
        let secs = u32::try_from(at.micros() / 1_000_000).map_err(io::Error::other)?;
        let micros = (at.micros() % 1_000_000) as u32;
        let len = u32::try_from(data.len()).map_err(io::Error::other)?;
        for word in [secs, if self.nanos { micros * 1_000 } else { micros }, len, wire_len] {
            self.out.write_all(&self.order.put_u32(word))?;
        }
        self.out.write_all(data)
    }

    /// Where it was written to.
    pub fn into_inner(self) -> W {
        self.out
    }
}

/// Writes pcapng, block by block.
pub struct PcapNgWriter<W> {
    out: W,
    order: Order,
}

impl<W: Write> PcapNgWriter<W> {
    /// Begins a file, and its first section, in a byte order.
    pub fn new(out: W, order: Order) -> io::Result<Self> {
        let mut writer = PcapNgWriter { out, order };
        writer.section(order)?;
        Ok(writer)
    }

    /// Begins another section; interfaces count from 0 again.
    pub fn section(&mut self, order: Order) -> io::Result<()> {
        self.order = order;
        let version = [order.put_u16(1), order.put_u16(0)].concat();
        let unknown_len = [0xff; 8];
        self.block(0x0a0d_0d0a, &[&order.put_u32(0x1a2b_3c4d), &version, &unknown_len])
    }

    /// Describes the section's next interface. `resolution` is what `if_tsresol` holds (6 is microseconds), `offset_secs`
    /// what `if_tsoffset` does.
    pub fn interface(&mut self, link: LinkType, snaplen: u32, resolution: u8, offset_secs: i64) -> io::Result<()> {
        let order = self.order;
        let link = u16::try_from(link.0).map_err(io::Error::other)?;
        let first = [order.put_u16(link), [0; 2]].concat();
        let resolution = self.option(9, &[resolution])?;
        let offset = self.option(14, &order.put_u64(offset_secs.cast_unsigned()))?;
        self.block(1, &[&first, &order.put_u32(snaplen), &resolution, &offset, &[0; 4]])
    }

    /// Writes one packet in an enhanced packet block; `ticks` counts in the interface's resolution.
    pub fn packet(&mut self, interface: u32, ticks: u64, data: &[u8], wire_len: u32) -> io::Result<()> {
        let fixed = self.words(&[interface, (ticks >> 32) as u32, ticks as u32, data.len() as u32, wire_len]);
        self.block(6, &[&fixed, data, padding(data)])
    }

    /// Writes one packet of interface 0 in a simple packet block, without a time.
    pub fn simple_packet(&mut self, data: &[u8], wire_len: u32) -> io::Result<()> {
        self.block(3, &[&self.order.put_u32(wire_len), data, padding(data)])
    }

    /// Writes one name resolution block with one record: the address, of 4 or 16 bytes, and its name.
    pub fn name(&mut self, addr: std::net::IpAddr, name: &str) -> io::Result<()> {
        let record = match addr {
            std::net::IpAddr::V4(a) => self.option(1, &[&a.octets(), name.as_bytes(), &[0]].concat())?,
            std::net::IpAddr::V6(a) => self.option(2, &[&a.octets(), name.as_bytes(), &[0]].concat())?,
        };
        self.block(4, &[&record, &[0; 4]])
    }

    /// Writes the statistics of an interface: what it dropped, and the kernel for it.
    pub fn statistics(&mut self, interface: u32, dropped_interface: u64, dropped_kernel: u64) -> io::Result<()> {
        let fixed = self.words(&[interface, 0, 0]);
        let by_interface = self.option(5, &self.order.put_u64(dropped_interface))?;
        let by_kernel = self.option(7, &self.order.put_u64(dropped_kernel))?;
        self.block(5, &[&fixed, &by_interface, &by_kernel, &[0; 4]])
    }

    /// Writes a block of any type; its parts must add up to a multiple of 4 bytes.
    pub fn block(&mut self, kind: u32, parts: &[&[u8]]) -> io::Result<()> {
        let len: usize = 12 + parts.iter().map(|p| p.len()).sum::<usize>();
        let len = u32::try_from(len).map_err(io::Error::other)?;
        self.out.write_all(&self.order.put_u32(kind))?;
        self.out.write_all(&self.order.put_u32(len))?;
        for part in parts {
            self.out.write_all(part)?;
        }
        self.out.write_all(&self.order.put_u32(len))
    }

    /// Where it was written to.
    pub fn into_inner(self) -> W {
        self.out
    }

    fn words(&self, words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|w| self.order.put_u32(*w)).collect()
    }

    fn option(&self, code: u16, value: &[u8]) -> io::Result<Vec<u8>> {
        let len = u16::try_from(value.len()).map_err(io::Error::other)?;
        Ok([&self.order.put_u16(code)[..], &self.order.put_u16(len), value, padding(value)].concat())
    }
}

/// What fills up to a multiple of 4 bytes.
fn padding(data: &[u8]) -> &'static [u8] {
    match data.len() % 4 {
        1 => &[0; 3],
        2 => &[0; 2],
        3 => &[0; 1],
        _ => &[],
    }
}
