//! The first packets of TCP connections, captured alone and handed over at once.

use std::os::fd::AsFd;
use std::thread;
use std::time::Duration;

use crossbeam_channel::Receiver;
use graph::{Endpoint, Proto, Side, Tuple};
use pcap::{Active, Capture};
use wire::packet::{Fragments, LinkType, TcpFlags, Transport, dissect};

use super::Feed;
use crate::live::linktype;
use crate::source::Command;
use crate::wakeup::Wakeup;

/// SYN, of either version of IP: libpcap's `tcp[…]` knows only the first.
const FILTER: &str = "(tcp[tcpflags] & tcp-syn != 0) or (ip6 and ip6[6] == 6 and ip6[53] & 2 != 0)";
/// As much of a packet as its headers need.
const SNAP_BYTES: i32 = 192;
const BUFFER_BYTES: i32 = 1 << 20;
/// Read in one go.
const AT_ONCE: usize = 256;

/// An open capture of first packets.
pub(super) struct Syns {
    capture: Capture<Active>,
    link: LinkType,
}

impl Syns {
    /// Opens it on an interface; none where that is not permitted: then flows are looked for when they are told.
    pub(super) fn open(interface: &str) -> Option<Syns> {
        let capture =
            Capture::from_device(interface).ok()?.snaplen(SNAP_BYTES).buffer_size(BUFFER_BYTES).immediate_mode(true).open().ok()?;
        let mut capture = capture.setnonblock().ok()?;
        let link = linktype::of_dlt(capture.get_datalink().0);
        capture.filter(FILTER, true).ok()?;
        Some(Syns { capture, link })
    }

    /// Feeds every connection that begins until told to stop. The error is libpcap's message: the interface is gone, say.
    pub(super) fn run(mut self, commands: &Receiver<Command>, feed: &Feed) -> Result<(), String> {
        thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "syn commands", commands).map_err(|error| error.to_string())?;
            let mut fragments = Fragments::new(1);
            loop {
                wakeup.wait(Some(self.capture.as_fd()), Duration::from_secs(60)).map_err(|error| error.to_string())?;
                if let Some(Command::Stop) = wakeup.command() {
                    return Ok(());
                }
                let link = self.link;
                let read = self.capture.dispatch(Some(AT_ONCE), |packet| {
                    if let Some((tuple, by)) = begins(link, packet.data, packet.header.len, &mut fragments) {
                        feed.begins(tuple, by);
                    }
                });
                read.map_err(|error| error.to_string())?;
            }
        })
    }
}

/// The connection that a packet begins, if it begins one, and whose packet it is.
fn begins(link: LinkType, frame: &[u8], wire_len: u32, fragments: &mut Fragments) -> Option<(Tuple, Side)> {
    let seen = dissect(link, frame, wire_len, 0, fragments);
    let ip = seen.ip()?;
    let Transport::Tcp { src, dst, flags, .. } = ip.transport else { return None };
    flags.contains(TcpFlags::SYN).then(|| {
        let end = |addr, port| Endpoint { addr, port };
        Tuple::new(Proto(ip.proto), end(ip.src, src), end(ip.dst, dst))
    })
}
