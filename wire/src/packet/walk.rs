//! From layer to layer, outside in.

use smallvec::SmallVec;

use super::dissection::{Body, Dissection, IpPacket, MAX_TUNNELS, MAX_VLANS, Mac, Tunnel};
use super::fault::{Fault, Malformed};
use super::link::{self, LinkType, ethernet, ethertype, llc, ppp, vlan, wlan};
use super::network::fragments::{Fragments, Key};
use super::network::{self, Datagram, arp, ipv4, ipv6};
use super::slice::Slice;
use super::transport::{self, Transport};
use super::tunnel::{self, Via};

/// Headers looked at in one frame. Eight tunnels with four headers between two of them stay below it.
const MAX_LAYERS: usize = 64;

/// The layer to read next.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next<'a> {
    Link(LinkType, Slice<'a>),
    Ethernet(Slice<'a>),
    EtherType(u16, Slice<'a>),
    Vlan(vlan::Repr, Slice<'a>),
    Llc(Slice<'a>),
    Ppp(Slice<'a>),
    Wlan { frame: Slice<'a>, padded: bool },
    Arp(Slice<'a>),
    /// Either version: the first nibble tells.
    Ip(Slice<'a>),
    Ipv4(Slice<'a>),
    Ipv6(Slice<'a>),
}

/// Dissects one frame: `frame` is what was captured of `wire_len` bytes, at `at_us` (microseconds of any clock that
/// `fragments` is always used with).
///
/// It never fails: what cannot be read is said in [`Dissection::fault`], beside all that could.
#[inline]
pub fn dissect<'a>(
    link: LinkType,
    frame: &'a [u8],
    wire_len: u32,
    at_us: u64,
    fragments: &mut Fragments,
) -> Dissection<'a> {
    let mut walk = Walk::new(at_us, fragments);
    let mut next = Next::Link(link, Slice::new(frame, wire_len as usize));
    for _ in 0..MAX_LAYERS {
        match walk.step(next) {
            Ok(Some(inner)) => next = inner,
            Ok(None) => return walk.finish(),
            Err(fault) => {
                walk.note(Some(fault));
                return walk.finish();
            }
        }
    }
    walk.note(Some(Malformed::TooDeep.into()));
    walk.finish()
}

struct Walk<'a, 'f> {
    at_us: u64,
    fragments: &'f mut Fragments,
    macs: Option<[Mac; 2]>,
    vlans: SmallVec<[u16; 2]>,
    tunnels: SmallVec<[Tunnel; 1]>,
    /// The innermost packet so far, and how it carries the next one.
    packet: Option<IpPacket<'a>>,
    via: Option<Via>,
    arp: Option<arp::Repr>,
    ethertype: Option<u16>,
    fault: Option<Fault>,
    /// The outermost packet that is a first fragment.
    first: Option<Key>,
}

impl<'a, 'f> Walk<'a, 'f> {
    #[inline]
    fn new(at_us: u64, fragments: &'f mut Fragments) -> Self {
        Walk {
            at_us,
            fragments,
            macs: None,
            vlans: SmallVec::new(),
            tunnels: SmallVec::new(),
            packet: None,
            via: None,
            arp: None,
            ethertype: None,
            fault: None,
            first: None,
        }
    }

    /// Reads one layer; `None` when it was the last one.
    #[inline]
    fn step(&mut self, next: Next<'a>) -> Result<Option<Next<'a>>, Fault> {
        match next {
            Next::Link(link, frame) => link::start(link, frame),
            Next::Ethernet(frame) => {
                let (repr, payload) = ethernet::Repr::parse(frame)?;
                self.macs.get_or_insert([repr.src, repr.dst]);
                Ok(Some(ethernet::next(repr.ethertype, payload)))
            }
            Next::EtherType(ethertype, payload) => {
                self.ethertype = Some(ethertype);
                ethertype::next(ethertype, payload)
            }
            Next::Vlan(tag, payload) => {
                if self.vlans.len() < MAX_VLANS {
                    self.vlans.push(tag.id);
                }
                Ok(Some(ethernet::next(tag.ethertype, payload)))
            }
            Next::Llc(payload) => {
                self.ethertype = Some(ethertype::LLC);
                llc::next(payload)
            }
            Next::Ppp(payload) => {
                self.ethertype = Some(ethertype::PPP);
                ppp::next(payload)
            }
            Next::Wlan { frame, padded } => match wlan::Repr::parse(frame, padded)? {
                Some((repr, payload)) => {
                    self.macs.get_or_insert([repr.src, repr.dst]);
                    wlan::payload(&repr, payload)
                }
                None => Ok(None),
            },
            Next::Arp(payload) => {
                self.arp = arp::Repr::parse(payload)?;
                Ok(None)
            }
            Next::Ip(packet) => match network::version(packet) {
                Some(4) => Ok(Some(Next::Ipv4(packet))),
                Some(6) => Ok(Some(Next::Ipv6(packet))),
                Some(_) => Err(Malformed::IpVersion.into()),
                None => packet.skip(1).map(|_| None),
            },
            Next::Ipv4(packet) => ipv4::datagram(packet).map(|datagram| self.ip(datagram)),
            Next::Ipv6(packet) => ipv6::datagram(packet).map(|datagram| self.ip(datagram)),
        }
    }

    /// Takes an IP packet, which makes a tunnel of the one it came in, and looks for another inside.
    #[inline]
    fn ip(&mut self, datagram: Datagram<'a>) -> Option<Next<'a>> {
        if let Some(outer) = self.packet.take()
            && let Some(outer) = self.enter(outer)
        {
            self.packet = Some(outer);
            self.note(Some(Malformed::TooDeep.into()));
            return None;
        }
        self.note(datagram.fault);
        let mut packet = IpPacket {
            src: datagram.src,
            dst: datagram.dst,
            proto: datagram.proto,
            ip_len: u32::try_from(datagram.len).unwrap_or(u32::MAX),
            ttl: datagram.ttl,
            later_fragment: false,
            transport: Transport::Other { payload: datagram.payload.bytes() },
        };
        let mut payload = datagram.payload;
        if let Some(piece) = datagram.piece {
            let key = Key::new(datagram.src, datagram.dst, piece, datagram.proto);
            if piece.offset != 0 {
                self.later_fragment(key, packet);
                return None;
            }
            self.first.get_or_insert(key);
            payload = payload.open_ended();
        }
        if datagram.fault.is_some() && payload.is_empty() {
            self.packet = Some(packet);
            return None;
        }
        let (transport, fault) = transport::parse(datagram.proto, payload);
        self.note(fault);
        packet.transport = transport;
        self.packet = Some(packet);
        match tunnel::inside(datagram.proto, &transport, payload) {
            Ok(inside) => inside.map(|(via, next)| {
                self.via = Some(via);
                next
            }),
            Err(fault) => {
                self.note(Some(fault));
                None
            }
        }
    }

    /// Makes a tunnel of `outer`, or gives it back when there are too many.
    #[cold]
    fn enter(&mut self, outer: IpPacket<'a>) -> Option<IpPacket<'a>> {
        if self.tunnels.len() >= MAX_TUNNELS {
            return Some(outer);
        }
        let Via { kind, id } = self.via.take()?;
        let ports = outer.transport.ports();
        self.tunnels.push(Tunnel { kind, src: outer.src, dst: outer.dst, ports, id });
        None
    }

    #[cold]
    fn later_fragment(&mut self, key: Key, mut packet: IpPacket<'a>) {
        packet.later_fragment = true;
        packet.transport = Transport::Fragment;
        if let Some(first) = self.fragments.first(&key, self.at_us) {
            (packet.src, packet.dst, packet.proto) = (first.src, first.dst, first.proto);
            packet.transport = first.transport;
            self.tunnels.clone_from(&first.tunnels);
        }
        self.packet = Some(packet);
    }

    /// The first fault is the one that is told.
    #[inline]
    fn note(&mut self, fault: Option<Fault>) {
        if self.fault.is_none() {
            self.fault = fault;
        }
    }

    #[inline]
    fn finish(self) -> Dissection<'a> {
        if let (Some(key), Some(packet)) = (self.first, &self.packet) {
            self.fragments.insert(key, self.at_us, packet, &self.tunnels);
        }
        let body = match (self.packet, self.arp, self.ethertype) {
            (Some(packet), _, _) => Body::Ip(packet),
            (None, Some(arp), _) => Body::Arp(arp),
            (None, None, Some(ethertype)) => Body::Other { ethertype },
            (None, None, None) => Body::None,
        };
        Dissection { macs: self.macs, vlans: self.vlans, tunnels: self.tunnels, body, fault: self.fault }
    }
}
