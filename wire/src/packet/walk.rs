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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next<'a> {
    Link(LinkType, Slice<'a>),
    Ethernet(Slice<'a>),
    EtherType(u16, Slice<'a>),
    /// What a type or length field announces, in a frame with these source and destination addresses.
    Addressed {
        macs: [Mac; 2],
        ethertype: u16,
        payload: Slice<'a>,
    },
    Llc(Slice<'a>),
    Ppp(Slice<'a>),
    Wlan {
        frame: Slice<'a>,
        padded: bool,
    },
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
pub fn dissect<'a>(link: LinkType, frame: &'a [u8], wire_len: u32, at_us: u64, fragments: &mut Fragments) -> Dissection<'a> {
    let mut out = Dissection { macs: None, vlans: SmallVec::new(), tunnels: SmallVec::new(), body: Body::None, fault: None };
    let walk = Walk { at_us, fragments, out: &mut out, via: None, ethertype: None, first: None };
    walk.run(link, Slice::new(frame, wire_len as usize));
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
    fn run(mut self, link: LinkType, frame: Slice<'a>) {
        let fault = self.layers(link, frame).err();
        self.note(fault);
        self.finish();
    }

    #[inline(always)]
    fn layers(&mut self, link: LinkType, frame: Slice<'a>) -> Result<(), Fault> {
        let mut read = match link {
            LinkType::ETHERNET => self.ethernet(frame)?,
            _ => link::start(link, frame)?,
        };
        for _ in 0..MAX_LAYERS {
            match read {
                Some(next) => read = self.step(next)?,
                None => return Ok(()),
            }
        }
        Err(Malformed::TooDeep.into())
    }

    /// Reads one layer; `None` when it was the last one.
    fn step(&mut self, next: Next<'a>) -> Result<Option<Next<'a>>, Fault> {
        match next {
            Next::Ethernet(frame) => self.ethernet(frame),
            Next::Link(link, frame) => link::start(link, frame),
            Next::EtherType(ethertype, payload) => self.typed(ethertype, payload),
            Next::Addressed { macs, ethertype, payload } => {
                self.addressed(macs);
                self.typed(ethertype, payload)
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
                    self.addressed([repr.src, repr.dst]);
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
            Next::Ipv4(packet) => self.ipv4(packet),
            Next::Ipv6(packet) => self.ipv6(packet),
        }
    }

    #[inline(always)]
    fn ethernet(&mut self, frame: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
        let (repr, payload) = ethernet::Repr::parse(frame)?;
        self.addressed([repr.src, repr.dst]);
        self.typed(repr.ethertype, payload)
    }

    /// The outermost addresses are the ones that are told.
    #[inline(always)]
    fn addressed(&mut self, macs: [Mac; 2]) {
        if self.out.macs.is_none() {
            self.out.macs = Some(macs);
        }
    }

    /// Reads what a type or length field announces, VLAN tags and IP at once: most frames have nothing else.
    #[inline(always)]
    fn typed(&mut self, mut ethertype: u16, mut payload: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
        while ethertype::is_vlan(ethertype) {
            let (tag, rest) = vlan::Repr::parse(payload)?;
            if self.out.vlans.len() < MAX_VLANS {
                self.out.vlans.push(tag.id);
            }
            (ethertype, payload) = (tag.ethertype, rest);
        }
        match ethertype {
            ethertype::IPV4 => self.ipv4(payload),
            ethertype::IPV6 => self.ipv6(payload),
            0..=ethernet::MAX_LENGTH => Ok(Some(Next::Llc(payload))),
            _ => {
                self.ethertype = Some(ethertype);
                ethertype::next(ethertype, payload)
            }
        }
    }

    #[inline(always)]
    fn ipv4(&mut self, packet: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
        self.ethertype = Some(ethertype::IPV4);
        Ok(self.ip(ipv4::datagram(packet)?))
    }

    #[inline(always)]
    fn ipv6(&mut self, packet: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
        self.ethertype = Some(ethertype::IPV6);
        Ok(self.ip(ipv6::datagram(packet)?))
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
            let key = Key::new(datagram.src, datagram.dst, piece);
            self.fragments.put_together(key, piece, datagram.proto, payload, self.at_us);
            if piece.offset != 0 {
                self.later_fragment(key, datagram);
                return None;
            }
            self.first.get_or_insert(key);
            payload = payload.first_fragment();
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
        let (Body::Ip(outer), Some(Via { kind, id })) = (&self.out.body, self.via.take()) else {
            return false;
        };
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

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{ethernet_frame, in_udp, read, v4_packet, v6_packet};
    use crate::packet::transport::{TcpFlags, tcp};
    use crate::packet::tunnel::{geneve, gre};

    /// Frames that use most layers, by their link type.
    fn frames() -> Vec<(u32, Vec<u8>)> {
        let v4 = |proto| ipv4::Repr::new([10, 0, 0, 1].into(), [10, 0, 0, 2].into(), proto);
        let gre = gre::Repr { protocol: 0x6558, key: Some(1), sequence: None, acknowledgment: None, version: 0 };
        let geneve = geneve::Repr { protocol: 0x6558, network: 1, options: &[1; 8] };
        let tcp = tcp::Repr { src_port: 1, dst_port: 2, seq: 3, ack: 4, flags: TcpFlags::PSH, window: 5, options: &[1; 12] };
        let hop_by_hop = [&[17, 0, 1, 4, 0, 0, 0, 0][..], &v6_packet()[40..]].concat();
        vec![
            (1, [&[0; 12][..], &[8, 0], &stack(&[&v4(6), &tcp], b"payload")].concat()),
            (101, v6_packet()),
            (101, stack(&[&ipv6::Repr::new([1; 16].into(), [2; 16].into(), 0)], &hop_by_hop)),
            (101, stack(&[&v4(47), &gre], &ethernet_frame())),
            (101, in_udp(6081, &stack(&[&geneve], &ethernet_frame()))),
            (9, [&[0xff, 3, 0, 0x21][..], &v4_packet()].concat()),
            (1, [&[0; 12][..], &[0x81, 0, 0, 7, 0x88, 0x64, 0x11, 0, 0, 1, 0, 36, 0, 0x21], &v4_packet()].concat()),
        ]
    }

    #[test]
    fn a_frame_cut_anywhere_is_not_malformed() {
        for (link, frame) in frames() {
            for kept in 0..=frame.len() {
                let mut fragments = Fragments::new(0);
                let found = dissect(LinkType(link), &frame[..kept], frame.len() as u32, 0, &mut fragments);
                assert!(!found.is_malformed(), "{link} {kept} {found:?}");
            }
            assert_eq!(read(link, &frame).fault, None, "{link}");
        }
    }

    #[test]
    fn a_cut_frame_never_tells_what_the_whole_one_does_not() {
        for (link, frame) in frames() {
            let whole = read(link, &frame);
            for kept in 0..frame.len() {
                let mut fragments = Fragments::new(0);
                let cut = dissect(LinkType(link), &frame[..kept], frame.len() as u32, 0, &mut fragments);
                assert!(whole.tunnels.starts_with(&cut.tunnels), "{link} {kept}");
                let Some(ip) = cut.ip().filter(|_| cut.tunnels.len() == whole.tunnels.len()) else {
                    continue;
                };
                let all = whole.ip().unwrap();
                assert_eq!((ip.src, ip.dst, ip.ip_len), (all.src, all.dst, all.ip_len), "{link} {kept}");
                let ports = ip.transport.ports();
                assert!(ports.is_none() || ports == all.transport.ports(), "{link} {kept}");
            }
        }
    }

    #[test]
    fn the_innermost_packet_is_the_body_and_arp_inside_a_tunnel_is_none() {
        let arp = [&[0; 12][..], &[8, 6], &crate::packet::testing::arp_packet()].concat();
        let packet = in_udp(4789, &[&[8, 0, 0, 0, 0, 0, 1, 0][..], &arp].concat());
        let found = read(101, &packet);
        assert!(found.tunnels.is_empty());
        assert_eq!(found.ip().unwrap().transport.ports(), Some((5000, 4789)));
    }

    #[test]
    fn frames_in_frames_without_an_end_are_refused() {
        let frame = [&[0; 12][..], &[0x65, 0x58]].concat().repeat(100);
        assert_eq!(read(1, &frame).fault, Some(Malformed::TooDeep.into()));
    }

    #[test]
    fn the_first_fault_is_told() {
        let mut packet = v4_packet();
        packet[3] = 255;
        packet[25] = 3;
        assert_eq!(read(101, &packet).fault, Some(Malformed::Ipv4TotalLength.into()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn any_bytes_are_dissected(link in 0_u32..300, bytes in vec(any::<u8>(), 0..200), wire_len: u32) {
            let mut fragments = Fragments::new(2);
            let found = dissect(LinkType(link), &bytes, wire_len, 0, &mut fragments);
            prop_assert!(found.tunnels.len() <= MAX_TUNNELS && found.vlans.len() <= MAX_VLANS);
        }

        #[test]
        fn a_flipped_bit_is_survived(which in 0_usize..7, at: prop::sample::Index, bit in 0_u8..8) {
            let (link, mut frame) = frames().swap_remove(which);
            let at = at.index(frame.len());
            frame[at] ^= 1 << bit;
            let found = read(link, &frame);
            prop_assert!(found.ip().is_none_or(|ip| ip.ip_len as usize <= frame.len()));
        }
    }
}
