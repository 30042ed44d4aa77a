//! IPv4 (RFC 791).

use std::net::Ipv4Addr;

use super::{Datagram, Parsed, Piece, extensions};
use crate::packet::checksum;
use crate::packet::emit::{Emit, prepend, u16_len};
use crate::packet::fault::{Fault, Malformed};
use crate::packet::slice::Slice;
use crate::packet::transport::proto;

const HEADER_LEN: usize = 20;
const MAX_OPTIONS: usize = 40;
const DONT_FRAGMENT: u16 = 0x4000;
const MORE_FRAGMENTS: u16 = 0x2000;

/// An IPv4 header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Repr<'a> {
    /// Source address.
    pub src: Ipv4Addr,
    /// Destination address.
    pub dst: Ipv4Addr,
    /// Protocol number of the payload.
    pub proto: u8,
    /// Time to live.
    pub ttl: u8,
    /// Differentiated services and congestion notification.
    pub traffic_class: u8,
    /// Identification.
    pub id: u16,
    /// Routers may not fragment it.
    pub dont_fragment: bool,
    /// Further fragments follow.
    pub more_fragments: bool,
    /// Where this fragment begins in the payload, in bytes; a multiple of eight.
    pub fragment_offset: u16,
    /// Options, unread. When emitting: at most 40 bytes, padded to a multiple of four.
    pub options: &'a [u8],
}

impl<'a> Repr<'a> {
    /// A plain header: no options, not a fragment, time to live 64.
    pub fn new(src: Ipv4Addr, dst: Ipv4Addr, proto: u8) -> Self {
        Repr {
            src,
            dst,
            proto,
            ttl: 64,
            traffic_class: 0,
            id: 0,
            dont_fragment: true,
            more_fragments: false,
            fragment_offset: 0,
            options: &[],
        }
    }

    /// Reads the header; what follows is the payload, without padding.
    ///
    /// # Errors
    /// [`Malformed::IpVersion`] and [`Malformed::Short`] where the addresses cannot be trusted to be there. Where only a
    /// length is a lie, the header comes with that fault beside it.
    #[inline(always)]
    pub fn parse(from: Slice<'a>) -> Result<Parsed<'a, Repr<'a>>, Fault> {
        let (header, rest) = from.take::<HEADER_LEN>()?;
        let &[vihl, traffic_class, t0, t1, i0, i1, f0, f1, ttl, proto, _, _, s0, s1, s2, s3, d0, d1, d2, d3] = header;
        if vihl >> 4 != 4 {
            return Err(Malformed::IpVersion.into());
        }
        let fragment = u16::from_be_bytes([f0, f1]);
        let mut repr = Repr {
            src: Ipv4Addr::new(s0, s1, s2, s3),
            dst: Ipv4Addr::new(d0, d1, d2, d3),
            proto,
            ttl,
            traffic_class,
            id: u16::from_be_bytes([i0, i1]),
            dont_fragment: fragment & DONT_FRAGMENT != 0,
            more_fragments: fragment & MORE_FRAGMENTS != 0,
            fragment_offset: (fragment & 0x1fff) << 3,
            options: &[],
        };
        let header_len = usize::from(vihl & 0xf) * 4;
        if header_len < HEADER_LEN {
            let fault = Some(Malformed::Ipv4HeaderLength.into());
            return Ok(Parsed { repr, payload: rest.limit(0), len: from.len(), fault });
        }
        let (total_len, fault) = total_len(u16::from_be_bytes([t0, t1]).into(), header_len, from);
        let len = total_len.min(from.len());
        match rest.limit(total_len - HEADER_LEN).split(header_len - HEADER_LEN) {
            Ok((options, payload)) => {
                repr.options = options;
                Ok(Parsed { repr, payload, len, fault })
            }
            Err(cut) => Ok(Parsed { repr, payload: rest.limit(0), len, fault: fault.or(Some(cut)) }),
        }
    }

    fn padded_options_len(&self) -> usize {
        self.options.len().min(MAX_OPTIONS).next_multiple_of(4)
    }
}

/// The total length to believe: the field's, unless it is zero (left to segmentation offload) or cannot be.
#[inline(always)]
fn total_len(field: usize, header_len: usize, from: Slice<'_>) -> (usize, Option<Fault>) {
    match field {
        0 => (from.len(), None),
        len if len < header_len || !from.holds(len) => (from.len(), Some(Malformed::Ipv4TotalLength.into())),
        len => (len, None),
    }
}

impl Emit for Repr<'_> {
    fn header_len(&self) -> usize {
        HEADER_LEN + self.padded_options_len()
    }

    /// Fills in the checksum of the transport that it carries, too, unless it is a fragment.
    fn emit(&self, packet: &mut Vec<u8>) {
        let is_fragment = self.more_fragments || self.fragment_offset != 0;
        if !is_fragment {
            checksum::fill_transport(packet, self.src.into(), self.dst.into(), self.proto);
        }
        let flags = if self.dont_fragment { DONT_FRAGMENT } else { 0 } | if self.more_fragments { MORE_FRAGMENTS } else { 0 };
        let mut header = Vec::with_capacity(self.header_len());
        header.extend([0x40 | (self.header_len() / 4) as u8, self.traffic_class]);
        header.extend(u16_len(self.header_len() + packet.len()).to_be_bytes());
        header.extend(self.id.to_be_bytes());
        header.extend((flags | self.fragment_offset >> 3).to_be_bytes());
        header.extend([self.ttl, self.proto, 0, 0]);
        header.extend(self.src.octets());
        header.extend(self.dst.octets());
        header.extend(self.options.iter().take(MAX_OPTIONS));
        header.resize(self.header_len(), 0);
        let checksum = checksum::internet(&header).to_be_bytes();
        if let Some(field) = header.get_mut(10..12) {
            field.copy_from_slice(&checksum);
        }
        prepend(packet, &header);
    }
}

/// The packet as far as its transport.
#[inline(always)]
pub(in crate::packet) fn datagram<'a>(from: Slice<'a>) -> Result<Datagram<'a>, Fault> {
    let Parsed { repr, payload, len, fault } = Repr::parse(from)?;
    let is_fragment = repr.more_fragments || repr.fragment_offset != 0;
    let piece = Piece { id: repr.id.into(), proto: repr.proto, offset: repr.fragment_offset.into(), more: repr.more_fragments };
    let (proto, payload, fault) = if repr.proto == proto::AH && repr.fragment_offset == 0 {
        let chain = extensions::skip(repr.proto, payload);
        (chain.proto, chain.payload, fault.or(chain.fault))
    } else {
        (repr.proto, payload, fault)
    };
    let dst = if repr.options.is_empty() { None } else { end_of_route(repr.options) };
    Ok(Datagram {
        src: repr.src.into(),
        dst: dst.unwrap_or(repr.dst).into(),
        ttl: repr.ttl,
        len,
        proto,
        payload,
        piece: is_fragment.then_some(piece),
        fault,
    })
}

/// Where a packet goes whose header names only the next stop: the last address of a source route that is not used up
/// (RFC 791 section 3.1).
#[cold]
fn end_of_route(options: &[u8]) -> Option<Ipv4Addr> {
    const END: u8 = 0;
    const NO_OPERATION: u8 = 1;
    const LOOSE_ROUTE: u8 = 131;
    const STRICT_ROUTE: u8 = 137;
    let mut rest = options;
    loop {
        match *rest {
            [] | [END, ..] => return None,
            [NO_OPERATION, ref after @ ..] => rest = after,
            [kind, len, ..] => {
                let (option, after) = rest.split_at_checked(len.max(2).into())?;
                if let ([_, _, pointer, .., a, b, c, d], LOOSE_ROUTE | STRICT_ROUTE) = (option, kind) {
                    return (*pointer <= len).then(|| Ipv4Addr::new(*a, *b, *c, *d));
                }
                rest = after;
            }
            [_] => return None,
        }
    }
}

/// Whether these bytes look like an IPv4 packet. Asked before a guess is believed. A length of zero is believed where the packet
/// is too long for the field.
pub(in crate::packet) fn is_plausible(packet: Slice<'_>) -> bool {
    let Ok(&[vihl, _, t0, t1, ..]) = packet.peek::<HEADER_LEN>() else {
        return false;
    };
    let header_len = usize::from(vihl & 0xf) * 4;
    let is_length_plausible = match usize::from(u16::from_be_bytes([t0, t1])) {
        0 => packet.len() > usize::from(u16::MAX),
        len => len >= header_len && packet.holds(len),
    };
    vihl >> 4 == 4 && header_len >= HEADER_LEN && is_length_plausible
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::packet::emit::stack;
    use crate::packet::testing::{read, v4_packet};
    use crate::packet::transport::{Transport, udp};

    /// A header with known checksum, of a packet of 115 bytes.
    const GOLDEN: [u8; 20] =
        [0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11, 0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7];

    fn golden() -> Repr<'static> {
        Repr::new([192, 168, 0, 1].into(), [192, 168, 0, 199].into(), 17)
    }

    /// The sample packet with one header byte replaced.
    fn with(at: usize, byte: u8) -> Vec<u8> {
        let mut packet = v4_packet();
        packet[at] = byte;
        packet
    }

    #[test]
    fn the_fields_stand_where_the_standard_says() {
        let bytes = [&GOLDEN[..], &[0; 95]].concat();
        let Parsed { repr, payload, len, fault } = Repr::parse(Slice::whole(&bytes)).unwrap();
        assert_eq!((repr, payload.len(), len, fault), (golden(), 95, 115, None));
    }

    #[test]
    fn the_checksum_is_right() {
        assert_eq!(stack(&[&golden()], &[0; 95])[..20], GOLDEN);
    }

    #[test]
    fn the_transports_checksum_is_right() {
        let udp = udp::Repr { src_port: 0x0102, dst_port: 0x0304 };
        let packet = stack(&[&Repr::new([1, 2, 3, 4].into(), [5, 6, 7, 8].into(), 17), &udp], &[]);
        // 0102+0304+0506+0708, 0011, 0008, 0102+0304+0008
        assert_eq!(packet[26..28], (!0x143b_u16).to_be_bytes());
    }

    #[test]
    fn a_length_of_zero_is_what_offload_leaves() {
        let mut packet = v4_packet();
        packet[2..4].fill(0);
        let found = read(101, &packet);
        assert_eq!((found.fault, found.ip().unwrap().ip_len), (None, packet.len() as u32));
    }

    #[test]
    fn lies_keep_the_addresses() {
        for (at, byte, reason) in [
            (0, 0x44, Malformed::Ipv4HeaderLength),
            (3, 19, Malformed::Ipv4TotalLength),
            (3, 255, Malformed::Ipv4TotalLength),
            (0, 0x4f, Malformed::Ipv4TotalLength),
        ] {
            let packet = with(at, byte);
            let found = read(101, &packet);
            assert_eq!(found.fault, Some(reason.into()), "{at} {byte}");
            let ip = found.ip().unwrap();
            assert_eq!(ip.src.to_string(), "192.0.2.1");
            assert_eq!(ip.ip_len, packet.len() as u32);
        }
    }

    #[test]
    fn a_total_length_beyond_the_frame_does_not_cost_the_ports() {
        assert!(matches!(read(101, &with(3, 255)).body, crate::packet::Body::Ip(ip) if ip.transport.ports() == Some((1000, 2000))));
    }

    #[test]
    fn another_version_is_not_read() {
        let read = Repr::parse(Slice::whole(&[0x65; 20]));
        assert_eq!(read, Err(Malformed::IpVersion.into()));
    }

    #[test]
    fn a_source_route_that_is_not_used_up_says_where_the_packet_goes() {
        let dst = |options: &[u8]| {
            let packet = stack(&[&Repr { options, ..golden() }], b"x");
            datagram(Slice::whole(&packet)).unwrap().dst.to_string()
        };
        assert_eq!(dst(&[1, 131, 11, 4, 1, 1, 1, 1, 2, 2, 2, 2]), "2.2.2.2");
        assert_eq!(dst(&[148, 4, 0, 0, 137, 7, 4, 3, 3, 3, 3, 0]), "3.3.3.3");
        assert_eq!(dst(&[131, 7, 8, 3, 3, 3, 3, 0]), "192.168.0.199");
        assert_eq!(dst(&[0, 131, 7, 4, 3, 3, 3, 3]), "192.168.0.199");
        assert_eq!(dst(&[131, 90, 4, 3, 3, 3, 3, 0]), "192.168.0.199");
        assert_eq!(dst(&[7, 0, 7, 1]), "192.168.0.199");
    }

    #[test]
    fn an_authentication_header_is_stepped_over() {
        let authentication = [17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9];
        let inner = [&authentication[..], &v4_packet()[20..]].concat();
        let packet = stack(&[&Repr::new([1; 4].into(), [2; 4].into(), 51)], &inner);
        let found = read(101, &packet);
        let ip = found.ip().unwrap();
        assert_eq!((ip.proto, ip.transport.ports()), (17, Some((1000, 2000))));
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_parsed(
            (src, dst, proto, ttl, traffic_class, id) in any::<([u8; 4], [u8; 4], u8, u8, u8, u16)>(),
            (dont_fragment, more_fragments) in any::<(bool, bool)>(),
            offset in 0_u16..8192,
            option_words in vec(any::<[u8; 4]>(), 0..=10),
            payload in vec(any::<u8>(), 0..100),
        ) {
            let options = option_words.concat();
            let repr = Repr {
                src: src.into(),
                dst: dst.into(),
                proto,
                ttl,
                traffic_class,
                id,
                dont_fragment,
                more_fragments,
                fragment_offset: offset << 3,
                options: &options,
            };
            let bytes = stack(&[&repr], &payload);
            prop_assert_eq!(bytes.len(), repr.header_len() + payload.len());
            prop_assert_eq!(checksum::internet(&bytes[..repr.header_len()]), 0);
            let Parsed { repr: parsed, payload: rest, fault, .. } = Repr::parse(Slice::whole(&bytes)).unwrap();
            prop_assert_eq!((parsed, rest.len(), fault), (repr, payload.len(), None));
        }

        #[test]
        fn any_bytes_have_a_length_that_was_sent(bytes in vec(any::<u8>(), 0..80)) {
            if let Ok(datagram) = datagram(Slice::whole(&bytes)) {
                prop_assert!(datagram.len <= bytes.len());
                prop_assert!(datagram.payload.len() <= bytes.len() - 20);
            }
        }
    }

    #[test]
    fn a_cut_option_is_truncated_and_no_port_is_guessed() {
        let repr = Repr { options: &[1; 8], ..golden() };
        let packet = stack(&[&repr, &udp::Repr { src_port: 1, dst_port: 2 }], &[]);
        let cut = Repr::parse(Slice::new(&packet[..24], packet.len())).unwrap();
        assert_eq!((cut.len, cut.fault), (packet.len(), Some(Fault::Truncated)));
        let found = crate::packet::dissect(
            crate::packet::LinkType::RAW,
            &packet[..24],
            packet.len() as u32,
            0,
            &mut crate::packet::Fragments::new(0),
        );
        assert!(matches!(found.ip().unwrap().transport, Transport::Other { .. }));
    }
}
