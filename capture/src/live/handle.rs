//! One opened interface: libpcap's handle and what goes with it.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;
use std::time::Duration;

use graph::Time;
use pcap::{Active, Capture, PacketHeader, Stat};
use wire::packet::LinkType;

use super::drops::Drops;
use super::{Config, LiveError, linktype, sampling};
use crate::bpf;
use crate::interfaces::{self, ANY, Link};

/// The kernel's buffer for packets that wait: 72,000 small ones, a second and a half at 50,000 a second.
const BUFFER_BYTES: i32 = 16 << 20;
/// How much of a packet is kept: all headers, and the names in a handshake.
const SNAP_BYTES: i32 = 4096;
/// Where the kernel tells of interfaces.
const SYSFS: &str = "/sys/class/net";
/// How long the kernel may hold a packet back to hand over many at once.
pub(super) const HOLD_MS: i32 = 45;

/// An interface that is being captured on.
pub(super) struct Handle {
    capture: Capture<Active>,
    /// How its frames begin.
    pub(super) link_type: LinkType,
    /// Which interface of that name it is.
    pub(super) index: u32,
    /// Packets read, modulo 2³².
    delivered: u32,
    /// Whether libpcap delivers every packet that the kernel has for us.
    exact: bool,
    /// One packet in so many is taken.
    sample: u32,
    drops: Drops,
}

impl Handle {
    /// Opens the interface and sets the filter.
    pub(super) fn open(config: &Config) -> Result<Handle, LiveError> {
        let name = config.interface.as_str();
        let refused = |message: String| LiveError::Refused { interface: name.to_owned(), message };
        let (index, loopback) = match interfaces::link(name).map_err(|e| refused(e.to_string()))? {
            Link::Absent => return Err(LiveError::NoSuchInterface { name: name.to_owned(), known: known() }),
            _ if !interfaces::may_capture() => {
                return Err(LiveError::NotPermitted { interface: name.to_owned(), remedy: interfaces::remedy(name) });
            }
            Link::Down { .. } => return Err(LiveError::Down { interface: name.to_owned() }),
            Link::Up { index, loopback } => (index, loopback),
        };
        let capture = activate(name, config.promiscuous && name != ANY).map_err(|e| refused(message(e)))?;
        let capture = capture.setnonblock().map_err(|e| refused(message(e)))?;
        if loopback {
            super::loopback::once(capture.as_fd());
        }
        let link_type = linktype::of_dlt(capture.get_datalink().0);
        let drops = Drops::open(Path::new(SYSFS), name);
        let mut handle = Handle { capture, link_type, index, delivered: 0, exact: false, sample: config.sample, drops };
        handle.filter(&config.filter).map_err(|message| LiveError::Filter { filter: config.filter.clone(), message })?;
        handle.exact = name != ANY && config.filter.is_empty();
        Ok(handle)
    }

    /// Sets another filter; the old one stays where this one does not compile. The error is libpcap's message, or that it may go round.
    /// An empty filter is set too: it is what tells the kernel how much of a packet to keep.
    pub(super) fn filter(&mut self, filter: &str) -> Result<(), String> {
        if bpf::loops(&self.capture.compile(filter, true).map_err(message)?) {
            return Err("protochain is for recordings: live, a packet may be made to keep it going for ever; write proto".to_owned());
        }
        self.capture.filter(filter, true).map_err(message)?;
        self.exact = false;
        sampling::take_one_in(self.capture.as_fd(), self.sample).map_err(|error| format!("one packet in {}: {error}", self.sample))
    }

    /// Reads what the kernel has handed over, at most `limit` packets: link-layer frame, length on the wire,
    /// and when. Returns how many.
    pub(super) fn read(&mut self, limit: usize, mut packet: impl FnMut(&[u8], u32, Time)) -> Result<usize, String> {
        let delivered = self.capture.dispatch(Some(limit), |p| packet(p.data, p.header.len, time(p.header))).map_err(message)?;
        self.delivered = self.delivered.wrapping_add(delivered as u32);
        Ok(delivered)
    }

    /// How many packets the kernel has for us that were not read yet. None where libpcap itself skips some of them, so that
    /// what is left cannot be told: after a change of filter, and on all interfaces together, where loopback shows twice.
    pub(super) fn waiting(&self, stat: &Stat) -> Option<u32> {
        self.exact.then(|| stat.received.wrapping_sub(stat.dropped).wrapping_sub(self.delivered))
    }

    /// Counters since the interface was opened, modulo 2³².
    pub(super) fn stats(&mut self) -> Result<Stat, String> {
        let stat = self.capture.stats().map_err(message)?;
        Ok(Stat { if_dropped: self.drops.since(), ..stat })
    }

    /// What poll(2) waits for.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.capture.as_fd()
    }
}

/// libpcap calls an interface that cannot be promiscuous a warning, which the binding takes for an error: then without.
fn activate(name: &str, promiscuous: bool) -> Result<Capture<Active>, pcap::Error> {
    let open = |promiscuous: bool| {
        Capture::from_device(name)?.snaplen(SNAP_BYTES).buffer_size(BUFFER_BYTES).timeout(HOLD_MS).promisc(promiscuous).open()
    };
    match open(promiscuous) {
        Err(first) if promiscuous => open(false).map_err(|_| first),
        result => result,
    }
}

/// When the kernel saw the packet.
fn time(header: &PacketHeader) -> Time {
    let secs = u64::try_from(header.ts.tv_sec).unwrap_or_default();
    let micros = u64::try_from(header.ts.tv_usec).unwrap_or_default();
    Time::from_secs(secs).plus(Duration::from_micros(micros))
}

fn known() -> Vec<String> {
    interfaces::list().unwrap_or_default().into_iter().map(|interface| interface.name).collect()
}

/// libpcap's own words, without the binding's.
fn message(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(message) => message,
        other => other.to_string(),
    }
}
