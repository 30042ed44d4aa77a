//! Every byte from outside is parsed here, and nothing here does I/O or reads a clock: bytes and time are arguments.
//!
//! [`packet`] takes captured frames apart:
//!
//! ```
//! use wire::packet::emit::stack;
//! use wire::packet::link::ethernet;
//! use wire::packet::network::ipv4;
//! use wire::packet::transport::udp;
//! use wire::packet::{Body, Fragments, LinkType, Mac, Transport, dissect};
//!
//! // A frame, as a capture would hold it.
//! let ethernet = ethernet::Repr { dst: Mac([2, 0, 0, 0, 0, 2]), src: Mac([2, 0, 0, 0, 0, 1]), ethertype: 0x0800 };
//! let ip = ipv4::Repr::new([192, 0, 2, 1].into(), [192, 0, 2, 2].into(), 17);
//! let udp = udp::Repr { src_port: 40_000, dst_port: 443 };
//! let frame = stack(&[&ethernet, &ip, &udp], b"hello");
//!
//! // One cache of fragments for each capture; the time is the frame's, in microseconds.
//! let mut fragments = Fragments::new(1024);
//! let found = dissect(LinkType::ETHERNET, &frame, frame.len() as u32, 0, &mut fragments);
//!
//! let Body::Ip(packet) = &found.body else { unreachable!() };
//! assert_eq!(packet.src.to_string(), "192.0.2.1");
//! assert_eq!(packet.ip_len, 33);
//! assert_eq!(packet.transport, Transport::Udp { src: 40_000, dst: 443, payload: b"hello" });
//! assert_eq!(found.fault, None);
//! ```
//!
//! [`netlink`] reads what a Linux kernel tells of processes and sockets, and makes what it is asked; [`connect`] reads what our eBPF program tells;
//! [`glouglou`] is the protocol of probes; [`eve`] reads what Suricata writes, [`json`] what others do.

pub mod connect;
pub mod eve;
pub mod glouglou;
pub mod json;
pub mod netlink;
pub mod packet;
