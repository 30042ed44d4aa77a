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
    /// LLC of a frame with these source and destination addresses.
    Addressed { macs: [Mac; 2], payload: Slice<'a> },
    /// An EtherType's payload of a frame with these addresses.
    Typed { macs: [Mac; 2], ethertype: u16, payload: Slice<'a> },
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
    let mut out = Dissection {
        macs: None,
        vlans: SmallVec::new(),
        tunnels: SmallVec::new(),
        body: Body::None,
        fault: None,
    };
    let walk = Walk { at_us, fragments, out: &mut out, via: None, ethertype: None, first: None };
    walk.run(Next::Link(link, Slice::new(frame, wire_len as usize)));
    out
}

struct Walk<'a, 'w> {
    at_us: u64,
    fragments: &'w mut Fragments,
    out: &'w mut Dissection<'a>,
    /// How the innermost packet so far carries the next one.
    via: Option<Via>,
    ethertype: Option<u16>,
    /// The outermost packet that is a first fragment.
    first: Option<Key>,
}

impl<'a> Walk<'a, '_> {
    fn run(mut self, mut next: Next<'a>) {
        let mut layers = 0..MAX_LAYERS;
        let fault = loop {
            match self.step(next) {
                Ok(Some(_)) if layers.next().is_none() => break Some(Malformed::TooDeep.into()),
                Ok(Some(inner)) => next = inner,
                Ok(None) => break None,
                Err(fault) => break Some(fault),
            }
        };
        self.note(fault);
        self.finish();
    }

    /// Reads one layer; `None` when it was the last one.
    #[inline(always)]
    fn step(&mut self, next: Next<'a>) -> Result<Option<Next<'a>>, Fault> {
        match next {
            Next::Link(LinkType::ETHERNET, frame) | Next::Ethernet(frame) => {
                let (repr, payload) = ethernet::Repr::parse(frame)?;
                self.out.macs.get_or_insert([repr.src, repr.dst]);
                Ok(Some(ethernet::next(repr.ethertype, payload)))
            }
            Next::Link(link, frame) => link::start(link, frame),
            Next::EtherType(ethertype, payload) => {
                self.ethertype = Some(ethertype);
                ethertype::next(ethertype, payload)
            }
            Next::Addressed { macs, payload } => {
                self.out.macs.get_or_insert(macs);
                Ok(Some(Next::Llc(payload)))
            }
            Next::Typed { macs, ethertype, payload } => {
                self.out.macs.get_or_insert(macs);
                Ok(Some(Next::EtherType(ethertype, payload)))
            }
            Next::Vlan(tag, payload) => {
                if self.out.vlans.len() < MAX_VLANS {
                    self.out.vlans.push(tag.id);
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
                    self.out.macs.get_or_insert([repr.src, repr.dst]);
                    wlan::payload(&repr, payload)
                }
                None => Ok(None),
            },
            Next::Arp(payload) => {
                if let (Some(repr), Body::None) = (arp::Repr::parse(payload)?, &self.out.body) {
                    self.out.body = Body::Arp(repr);
                }
                Ok(None)
            }
            Next::Ip(packet) => match network::version(packet) {
                Some(4) => Ok(Some(Next::Ipv4(packet))),
                Some(6) => Ok(Some(Next::Ipv6(packet))),
                Some(_) => Err(Malformed::IpVersion.into()),
                None => packet.skip(1).map(|_| None),
            },
            Next::Ipv4(packet) => {
                self.ethertype = Some(ethertype::IPV4);
                Ok(self.ip(ipv4::datagram(packet)?))
            }
            Next::Ipv6(packet) => {
                self.ethertype = Some(ethertype::IPV6);
                Ok(self.ip(ipv6::datagram(packet)?))
            }
        }
    }

    /// Takes an IP packet, which makes a tunnel of the one it came in, and looks for another inside.
    #[inline(always)]
    fn ip(&mut self, datagram: Datagram<'a>) -> Option<Next<'a>> {
        self.note(datagram.fault);
        if matches!(self.out.body, Body::Ip(_)) && !self.enter(datagram.fault) {
            return None;
        }
        let mut payload = datagram.payload;
        if let Some(piece) = datagram.piece {
            let key = Key::new(datagram.src, datagram.dst, piece, datagram.proto);
            if piece.offset != 0 {
                self.later_fragment(key, datagram);
                return None;
            }
            self.first.get_or_insert(key);
            payload = payload.open_ended();
        }
        let (transport, fault) = if datagram.is_readable() {
            transport::parse(datagram.proto, payload)
        } else {
            (Transport::Other { payload: payload.bytes() }, None)
        };
        self.note(fault);
        self.out.body = Body::Ip(packet(&datagram, transport));
        if !tunnel::may_be(datagram.proto, &transport) {
            return None;
        }
        match tunnel::inside(datagram.proto, &transport, payload) {
            Ok(Some((via, next))) => {
                self.via = Some(via);
                Some(next)
            }
            Ok(None) => None,
            Err(fault) => {
                self.note(Some(fault));
                None
            }
        }
    }

    /// Makes a tunnel of the packet at hand; not where there are too many or the inner header is not to be believed.
    #[cold]
    fn enter(&mut self, inner: Option<Fault>) -> bool {
        if self.out.tunnels.len() >= MAX_TUNNELS {
            self.note(Some(Malformed::TooDeep.into()));
            return false;
        }
        if matches!(inner, Some(Fault::Malformed(Malformed::Ipv4HeaderLength | Malformed::Ipv4TotalLength))) {
            return false;
        }
        let (Body::Ip(outer), Some(Via { kind, id })) = (&self.out.body, self.via.take()) else { return false };
        let ports = outer.transport.ports();
        self.out.tunnels.push(Tunnel { kind, src: outer.src, dst: outer.dst, ports, id });
        true
    }

    #[cold]
    fn later_fragment(&mut self, key: Key, datagram: Datagram<'a>) {
        let mut packet = packet(&datagram, Transport::Fragment);
        packet.later_fragment = true;
        if let Some(first) = self.fragments.first(&key, self.at_us) {
            (packet.src, packet.dst, packet.proto) = (first.src, first.dst, first.proto);
            packet.transport = first.transport;
            self.out.tunnels.clone_from(&first.tunnels);
        }
        self.out.body = Body::Ip(packet);
    }

    /// The first fault is the one that is told.
    #[inline(always)]
    fn note(&mut self, fault: Option<Fault>) {
        if self.out.fault.is_none() {
            self.out.fault = fault;
        }
    }

    /// Names what has no packet, and remembers a first fragment.
    #[inline(always)]
    fn finish(&mut self) {
        if let (Body::None, Some(ethertype)) = (&self.out.body, self.ethertype) {
            self.out.body = Body::Other { ethertype };
        }
        if let (Some(key), Body::Ip(packet)) = (self.first, &self.out.body) {
            self.fragments.insert(key, self.at_us, packet, &self.out.tunnels);
        }
    }
}

#[inline(always)]
fn packet<'a>(datagram: &Datagram<'a>, transport: Transport<'a>) -> IpPacket<'a> {
    IpPacket {
        src: datagram.src,
        dst: datagram.dst,
        proto: datagram.proto,
        ip_len: u32::try_from(datagram.len).unwrap_or(u32::MAX),
        ttl: datagram.ttl,
        later_fragment: false,
        transport,
    }
}
