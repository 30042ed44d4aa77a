//! Conversations for tests, and what dissectors tell of them.

use std::net::{IpAddr, Ipv4Addr};

use graph::{Event, Kind, NameOrigin, OriginId, Registry, RegistryBuilder, Time};
use wire::packet::emit::stack;
use wire::packet::network::ipv4;
use wire::packet::transport::{tcp, udp};
use wire::packet::{LinkType, TcpFlags};

use super::{Dissectors, Register};
use crate::source::Offer;
use crate::{Columns, Summariser};

const RAW: LinkType = LinkType(101);
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// A summariser with some dissectors.
#[derive(Debug)]
pub(crate) struct Lab {
    pub(crate) summariser: Summariser,
    registry: Registry,
    now: u64,
}

impl Lab {
    pub(crate) fn new(registers: &[Register]) -> Lab {
        let mut builder = RegistryBuilder::default();
        let columns = Columns::register(&mut builder).unwrap();
        let dissectors = Dissectors::of(registers, &mut builder).unwrap();
        let mut summariser = Summariser::new(OriginId(0), columns, 10_000);
        summariser.dissect(dissectors);
        Lab { summariser, registry: builder.freeze(), now: 1_000_000 }
    }

    fn ip(&mut self, from_client: bool, proto: u8, packet: &[u8]) {
        let (src, dst) = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        self.frame(&stack(&[&ipv4::Repr::new(src, dst, proto)], packet));
    }

    fn frame(&mut self, frame: &[u8]) {
        self.now += 1000;
        self.summariser.packet(RAW, frame, frame.len() as u32, Time(self.now));
    }

    /// A segment between port 40000 of the client and that of the server.
    pub(crate) fn tcp(&mut self, from_client: bool, port: u16, flags: TcpFlags, seq: u32, payload: &[u8]) {
        let (src_port, dst_port) = if from_client { (40_000, port) } else { (port, 40_000) };
        let repr = tcp::Repr { src_port, dst_port, seq, ack: 0, flags, window: 1000, options: &[] };
        self.ip(from_client, 6, &stack(&[&repr], payload));
    }

    /// A handshake; the client's stream begins at 101, the server's at 501.
    pub(crate) fn connect(&mut self, port: u16) {
        self.tcp(true, port, TcpFlags::SYN, 100, &[]);
        self.tcp(false, port, TcpFlags::SYN | TcpFlags::ACK, 500, &[]);
    }

    /// A datagram between these ports of client and server.
    pub(crate) fn udp(&mut self, from_client: bool, (client, server): (u16, u16), payload: &[u8]) {
        let (src_port, dst_port) = if from_client { (client, server) } else { (server, client) };
        self.ip(from_client, 17, &stack(&[&udp::Repr { src_port, dst_port }], payload));
    }

    /// The same in three fragments, in that order.
    pub(crate) fn fragments(&mut self, from_client: bool, (client, server): (u16, u16), payload: &[u8], order: &[usize]) {
        let (src_port, dst_port) = if from_client { (client, server) } else { (server, client) };
        let (src, dst) = if from_client { (CLIENT, SERVER) } else { (SERVER, CLIENT) };
        let datagram = stack(&[&udp::Repr { src_port, dst_port }], payload);
        let size = datagram.len().div_ceil(3).next_multiple_of(8);
        let pieces: Vec<&[u8]> = datagram.chunks(size).collect();
        for &nth in order {
            let (fragment_offset, more_fragments) = ((nth * size) as u16, nth + 1 < pieces.len());
            let ip = ipv4::Repr { id: 7, more_fragments, fragment_offset, ..ipv4::Repr::new(src, dst, 17) };
            self.frame(&stack(&[&ip], pieces[nth]));
        }
    }

    /// A message of ICMP.
    pub(crate) fn icmp(&mut self, from_client: bool, message: &[u8]) {
        self.ip(from_client, 1, message);
    }

    pub(crate) fn events(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        assert!(self.summariser.flush(Time(self.now), |batch| {
            events.extend(batch.events);
            Offer::Taken
        }));
        events
    }

    /// The tags that are told, as `column=value`, and `src.` or `dst.` nowhere.
    pub(crate) fn tags(&mut self) -> Vec<String> {
        let events = self.events();
        self.tags_of(&events)
    }

    /// Those of some events.
    pub(crate) fn tags_of(&self, events: &[Event]) -> Vec<String> {
        let name = |id| self.registry.column(id).unwrap().name;
        let tags = events.iter().flat_map(|event| if let Kind::Tags { tags, .. } = &event.kind { &tags[..] } else { &[] });
        tags.map(|tag| format!("{}={}", name(tag.column), tag.value)).collect()
    }

    /// The names that are told.
    pub(crate) fn names(&mut self) -> Vec<(IpAddr, NameOrigin, String)> {
        let name = |event: Event| match event.kind {
            Kind::Name { addr, origin, name, .. } => Some((addr, origin, name.to_string())),
            _ => None,
        };
        self.events().into_iter().filter_map(name).collect()
    }
}
