//! Link layers: everything below IP.

pub mod cooked;
pub mod ethernet;
pub mod ethertype;
pub mod llc;
pub mod mpls;
pub mod null;
pub mod ppp;
pub mod pppoe;
pub mod radio;
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
    /// IPv4.
    pub const IPV4: LinkType = LinkType(228);
    /// IPv6.
    pub const IPV6: LinkType = LinkType(229);
    /// Linux cooked, version 2.
    pub const LINUX_SLL2: LinkType = LinkType(276);
}

/// The first layer of a frame captured as `link`, where this crate reads that.
#[inline]
pub(super) fn start<'a>(link: LinkType, frame: Slice<'a>) -> Result<Option<Next<'a>>, Fault> {
    Ok(match link {
        LinkType::ETHERNET => Some(Next::Ethernet(frame)),
        LinkType::NULL | LinkType::LOOP => null::next(frame)?,
        LinkType::RAW | LinkType(12) | LinkType(14) => Some(Next::Ip(frame)),
        LinkType::IPV4 => Some(Next::Ipv4(frame)),
        LinkType::IPV6 => Some(Next::Ipv6(frame)),
        LinkType::PPP | LinkType::PPP_HDLC => Some(ppp::serial(frame)?),
        LinkType::PPP_ETHER => Some(pppoe::next(frame)?),
        LinkType::C_HDLC => Some(ppp::serial(frame)?),
        LinkType::IEEE802_11 => Some(Next::Wlan { frame, padded: false }),
        LinkType::IEEE802_11_RADIOTAP => Some(radio::radiotap(frame)?),
        LinkType::IEEE802_11_PRISM => Some(radio::prism(frame)?),
        LinkType::IEEE802_11_AVS => Some(radio::avs(frame)?),
        LinkType::PPI => Some(radio::ppi(frame)?),
        LinkType::LINUX_SLL => cooked::v1(frame)?,
        LinkType::LINUX_SLL2 => cooked::v2(frame)?,
        _ => None,
    })
}
