//! Link layers: everything below IP.

mod cooked;
pub mod ethernet;
pub mod ethertype;
mod firewall;
mod frame_relay;
pub(super) mod llc;
pub mod mpls;
mod null;
pub mod ppp;
pub mod pppoe;
mod radio;
mod rings;
mod vendor;
pub mod vlan;
pub mod wlan;

use super::fault::Fault;
use super::slice::Slice;
use super::walk::Next;

/// A capture's link type: a LINKTYPE_ number of tcpdump.org/linktypes.html, which capture files hold. Where a live
/// capture's DLT_ number differs (raw IP is 12 or 14), that is read as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkType(pub u32);

impl LinkType {
    /// BSD loopback.
    pub const NULL: LinkType = LinkType(0);
    /// Ethernet.
    pub const ETHERNET: LinkType = LinkType(1);
    /// PPP, with or without address and control.
    pub const PPP: LinkType = LinkType(9);
    /// PPP or Cisco HDLC on a serial line.
    pub const PPP_HDLC: LinkType = LinkType(50);
    /// PPPoE session, without its Ethernet header.
    pub const PPP_ETHER: LinkType = LinkType(51);
    /// IPv4 or IPv6.
    pub const RAW: LinkType = LinkType(101);
    /// Cisco HDLC.
    pub const C_HDLC: LinkType = LinkType(104);
    /// IEEE 802.11.
    pub const IEEE802_11: LinkType = LinkType(105);
    /// OpenBSD loopback.
    pub const LOOP: LinkType = LinkType(108);
    /// Linux cooked, version 1.
    pub const LINUX_SLL: LinkType = LinkType(113);
    /// IEEE 802.11 after a Prism header.
    pub const IEEE802_11_PRISM: LinkType = LinkType(119);
    /// IEEE 802.11 after a radiotap header.
    pub const IEEE802_11_RADIOTAP: LinkType = LinkType(127);
    /// IEEE 802.11 after an AVS header.
    pub const IEEE802_11_AVS: LinkType = LinkType(163);
    /// Any link type, after a per-packet information header.
    pub const PPI: LinkType = LinkType(192);
    /// IPv4; a packet that says it is IPv6 is believed.
    pub const IPV4: LinkType = LinkType(228);
    /// IPv6.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux cooked, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);
}

/// The first layer of a frame captured as `link`, where this crate reads that.
pub(super) fn start<'a>(link: LinkType, frame: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    Ok(match link {
        LinkType::ETHERNET => Some(Next::Ethernet(frame)),
        LinkType::NULL | LinkType::LOOP => null::next(frame)?,
        LinkType::RAW | LinkType::IPV4 | LinkType(12) | LinkType(14) => Some(Next::Ip(frame)),
        LinkType::IPV6 => Some(Next::Ipv6(frame)),

        LinkType::PPP | LinkType::PPP_HDLC => Some(ppp::serial(frame)?),
        LinkType::PPP_ETHER => Some(pppoe::next(frame)?),
        LinkType::C_HDLC => Some(ppp::serial(frame)?),
        LinkType::IEEE802_11 => Some(Next::Wlan { frame, padded: false }),
        LinkType::IEEE802_11_RADIOTAP => Some(radio::radiotap(frame)?),
        LinkType::IEEE802_11_PRISM | LinkType::IEEE802_11_AVS => Some(radio::prism(frame)?),
        LinkType::PPI => Some(radio::ppi(frame)?),
        LinkType::LINUX_SLL => cooked::v1(frame)?,
        LinkType::LINUX_SLL2 => cooked::v2(frame)?,
        LinkType(number) => return rare(number, frame),
    })
}

/// The link types that hardly anyone captures any more, or yet.
#[cold]
fn rare<'a>(number: u32, frame: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    Ok(match number {
        6 => rings::token_ring(frame)?,
        7 => rings::arcnet(frame)?,
        10 => rings::fddi(frame)?,
        11 | 100 => vendor::atm(frame)?,
        // Fibre Channel: addresses of eight bytes before the LLC header (RFC 2625).
        122 => Some(Next::Llc(frame.skip(16)?)),
        107 => frame_relay::next(frame)?,
        109 => firewall::enc(frame)?,
        117 => firewall::pflog(frame)?,
        123 => vendor::sun_atm(frame)?,
        129 => rings::arcnet_linux(frame)?,
        // IEEE 1394: addresses of eight bytes before the EtherType (RFC 2734).
        138 => Some(ethertype::after(frame, 16)?),
        // A direction byte stands before the frame.
        166 | 204 => Some(ppp::serial(frame.skip(1)?)?),
        205 => Some(ppp::cisco_hdlc(frame.skip(1)?)?),
        206 => frame_relay::next(frame.skip(1)?)?,
        149 | 258 => vendor::pktap(frame)?,
        178 => vendor::juniper(frame, LinkType::ETHERNET)?,
        179 => vendor::juniper(frame, LinkType::PPP)?,
        180 => vendor::juniper(frame, LinkType(107))?,
        181 => vendor::juniper(frame, LinkType::C_HDLC)?,
        219 => mpls::next(frame)?,
        239 => firewall::nflog(frame)?,
        // Hilscher's analysers: a header of four bytes, and in the second format the preamble of eight.
        240 => Some(Next::Ethernet(frame.skip(4)?.without_trailer(4))),
        241 => Some(Next::Ethernet(frame.skip(12)?.without_trailer(4))),
        // Switch tags: Broadcom's after the addresses and before the frame, Marvell's with and without its EtherType.
        281 | 284 => Some(vendor::switch_tagged(frame, 4)?),
        282 => Some(Next::Ethernet(frame.skip(4)?)),
        285 => Some(vendor::switch_tagged(frame, 8)?),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use crate::packet::Body;
    use crate::packet::testing::{finds, packet_without_length, read, v4_packet, v6_packet};

    #[test]
    fn raw_ip_has_many_numbers() {
        for link in [12, 14, 101] {
            assert!(finds(link, &[&v4_packet()]), "{link}");
            assert!(finds(link, &[&v6_packet()]), "{link}");
        }
        assert!(finds(228, &[&v4_packet()]));
        assert!(finds(229, &[&v6_packet()]));
        assert!(read(229, &v4_packet()).is_malformed());
    }

    #[test]
    fn addresses_of_other_sizes_before_the_type() {
        assert!(finds(138, &[&[0; 16], &[8, 0], &v4_packet()]));
        assert!(finds(122, &[&[0; 16], &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], &v4_packet()]));
    }

    #[test]
    fn a_direction_before_serial_frames() {
        assert!(finds(204, &[&[0], &[0xff, 3, 0, 0x21], &v4_packet()]));
        assert!(finds(166, &[&[1], &[0xff, 3, 0, 0x21], &v4_packet()]));
        assert!(finds(205, &[&[0], &[0x0f, 0, 8, 0], &v4_packet()]));
    }

    #[test]
    fn analysers_add_a_header_and_keep_the_check_sequence() {
        let frame = [&[0; 12][..], &[8, 0], &packet_without_length(), &[9; 4]].concat();
        assert!(finds(240, &[&[0; 4], &frame]));
        assert!(finds(241, &[&[0; 4], &[0x55; 8], &frame]));
    }

    #[test]
    fn an_unknown_link_type_is_no_fault() {
        let packet = v4_packet();
        let found = read(9999, &packet);
        assert_eq!((found.body, found.fault), (Body::None, None));
    }
}
