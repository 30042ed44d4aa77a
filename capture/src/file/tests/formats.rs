//! Every format is read as it was written.

use std::net::IpAddr;

use graph::Time;
use proptest::prelude::*;
use wire::packet::LinkType;

use super::support::{Kept, gzip, packets, pcap, pcapng, read, zstd};
use crate::file::{Lost, Order, PcapNgWriter, Record, Recording};

const ORDERS: [Order; 2] = [Order::Little, Order::Big];

fn reads(bytes: &[u8], expected: &[Kept], what: &str) {
    let (read, error) = read(bytes);
    assert!(error.is_none(), "{what}: {error:?}");
    assert_eq!(read, expected, "{what}");
}

#[test]
fn pcap_of_both_byte_orders_and_resolutions_plain_and_compressed() {
    for order in ORDERS {
        for nanos in [false, true] {
            let what = format!("{order:?}, nanoseconds {nanos}");
            let file = pcap(order, nanos, &packets());
            reads(&file, &packets(), &what);
            reads(&gzip(&file), &packets(), &format!("{what}, gzip"));
            reads(&zstd(&file), &packets(), &format!("{what}, zstd"));
        }
    }
}

#[test]
fn kuznetzovs_pcap_has_longer_record_headers() {
    for order in ORDERS {
        let plain = pcap(order, false, &packets());
        let mut file = [&order.put_u32(0xa1b2_cd34)[..], &plain[4..24]].concat();
        let mut rest = &plain[24..];
        for packet in packets() {
            let (record, next) = rest.split_at(16 + packet.data.len());
            file.extend([&record[..16], &[0, 0, 0, 2, 8, 0, 4, 0], &record[16..]].concat());
            rest = next;
        }
        reads(&file, &packets(), &format!("{order:?}"));
    }
}

#[test]
fn the_frame_check_sequence_is_no_part_of_the_link_type() {
    let mut file = pcap(Order::Little, false, &packets());
    file[23] = 0x44;
    reads(&file, &packets(), "with its length");
}

#[test]
fn pcapng_of_both_byte_orders_plain_and_compressed() {
    for order in ORDERS {
        let file = pcapng(order, &packets());
        reads(&file, &packets(), &format!("{order:?}"));
        reads(&gzip(&file), &packets(), &format!("{order:?}, gzip"));
        reads(&zstd(&file), &packets(), &format!("{order:?}, zstd"));
    }
}

#[test]
fn each_interface_has_its_own_link_type_resolution_and_offset() {
    for order in ORDERS {
        let mut writer = PcapNgWriter::new(Vec::new(), order).unwrap();
        writer.interface(LinkType::ETHERNET, 65_535, 9, 0).unwrap();
        writer.interface(LinkType::RAW, 0, 3, 1_000).unwrap();
        writer.interface(LinkType::LINUX_SLL, 0, 0x80 | 20, -1).unwrap();
        writer.packet(0, 5_000_001_999, b"nano", 4).unwrap();
        writer.packet(1, 2_500, b"milli", 5).unwrap();
        writer.packet(2, 3 << 19, b"binary", 6).unwrap();
        let packet = |micros, link: LinkType, data: &[u8], interface| {
            let wire_len = data.len() as u32;
            Kept { at: Time(micros), link: link.0, data: data.to_vec(), wire_len, interface }
        };
        let expected = [
            packet(5_000_001, LinkType::ETHERNET, b"nano", 0),
            packet(1_002_500_000, LinkType::RAW, b"milli", 1),
            packet(500_000, LinkType::LINUX_SLL, b"binary", 2),
        ];
        reads(&writer.into_inner(), &expected, &format!("{order:?}"));
    }
}

#[test]
fn sections_have_their_own_byte_order_and_interfaces() {
    let mut writer = PcapNgWriter::new(Vec::new(), Order::Big).unwrap();
    writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
    writer.packet(0, 1, b"one", 3).unwrap();
    writer.section(Order::Little).unwrap();
    writer.interface(LinkType::RAW, 0, 6, 0).unwrap();
    writer.packet(0, 2, b"two", 3).unwrap();
    let (packets, error) = read(&writer.into_inner());
    assert!(error.is_none(), "{error:?}");
    let links: Vec<_> = packets.iter().map(|p| (p.at, p.link)).collect();
    assert_eq!(links, [(Time(1), 1), (Time(2), 101)]);
}

#[test]
fn simple_and_obsolete_packet_blocks() {
    for order in ORDERS {
        let mut writer = PcapNgWriter::new(Vec::new(), order).unwrap();
        writer.interface(LinkType::ETHERNET, 4, 6, 0).unwrap();
        writer.packet(0, 77, b"time", 4).unwrap();
        writer.simple_packet(b"cut.", 1500).unwrap();
        writer.simple_packet(b"abc", 3).unwrap();
        let fixed: Vec<u8> = [[0, 0, 0, 0], order.put_u32(0), order.put_u32(99), order.put_u32(3), order.put_u32(60)].concat();
        writer.block(2, &[&fixed, b"old\0"]).unwrap();
        let (packets, error) = read(&writer.into_inner());
        assert!(error.is_none(), "{error:?}");
        let told: Vec<_> = packets.iter().map(|p| (p.at.micros(), &p.data[..], p.wire_len)).collect();
        assert_eq!(told, [(77, &b"time"[..], 4), (77, b"cut.", 1500), (77, b"abc", 3), (99, b"old", 60)], "{order:?}");
    }
}

#[test]
fn names_and_losses_are_told() {
    for order in ORDERS {
        let mut writer = PcapNgWriter::new(Vec::new(), order).unwrap();
        writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
        writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
        let (v4, v6): (IpAddr, IpAddr) = ("192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
        writer.name(v4, "router.example").unwrap();
        writer.name(v4, "not\nprintable").unwrap();
        writer.name(v6, "six.example").unwrap();
        // A packet of interface 0 before which 3 were lost, one of interface 1 before which 5 were.
        for (interface, lost) in [(0_u32, 3_u64), (1, 5)] {
            let fixed: Vec<u8> = [interface, 0, 0, 4, 4].into_iter().flat_map(|w| order.put_u32(w)).collect();
            let dropped = [&order.put_u16(4)[..], &order.put_u16(8), &order.put_u64(lost), &[0; 4]].concat();
            writer.block(6, &[&fixed, b"data", &dropped]).unwrap();
        }
        writer.statistics(1, 20, 100).unwrap();
        writer.section(order).unwrap();
        writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
        writer.statistics(0, 1, 1).unwrap();

        let mut recording = Recording::from_bytes(writer.into_inner());
        let (mut names, mut losses) = (Vec::new(), Vec::new());
        loop {
            match recording.next_record().unwrap() {
                Record::Names(told) => names.extend(told.map(|(addr, name)| (addr, name.to_owned()))),
                Record::Lost(lost) => losses.push((lost.kernel, lost.interface)),
                Record::End => break,
                Record::Packet(_) | Record::Other | Record::Waiting => {}
            }
        }
        assert_eq!(names, [(v4, "router.example".to_owned()), (v6, "six.example".to_owned())]);
        // Statistics say more than the packets do; a new section adds to those before.
        assert_eq!(losses, [(3, 0), (8, 0), (103, 20), (104, 21)], "{order:?}");
        assert_eq!(Lost::default(), Lost { kernel: 0, interface: 0 });
    }
}

#[test]
fn an_obsolete_packet_block_may_not_know_what_was_lost() {
    for order in ORDERS {
        let mut writer = PcapNgWriter::new(Vec::new(), order).unwrap();
        writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
        for lost in [7, u16::MAX, 2] {
            writer.block(2, &[&[0, 0], &order.put_u16(lost), &[0; 16]]).unwrap();
        }
        let mut recording = Recording::from_bytes(writer.into_inner());
        let mut losses = Vec::new();
        loop {
            match recording.next_record().unwrap() {
                Record::Lost(lost) => losses.push(lost.kernel),
                Record::End => break,
                _ => {}
            }
        }
        assert_eq!(losses, [7, 9], "{order:?}");
    }
}

#[test]
fn compressed_files_may_have_several_members() {
    let file = pcap(Order::Little, false, &packets());
    let (a, b) = file.split_at(file.len() / 2);
    reads(&[gzip(a), gzip(b), gzip(&[])].concat(), &packets(), "gzip");
    let skipped = [0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 7, 7];
    reads(&[&skipped[..], &zstd(a), &skipped, &zstd(b)].concat(), &packets(), "zstd");
}

#[test]
fn a_block_far_larger_than_the_window_is_read_over() {
    let mut writer = PcapNgWriter::new(Vec::new(), Order::Little).unwrap();
    writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
    writer.packet(0, 1, b"before", 6).unwrap();
    writer.block(0x4000_0bad, &[&vec![7; 5 << 20]]).unwrap();
    writer.packet(0, 2, b"after", 5).unwrap();
    let file = writer.into_inner();
    for bytes in [file.clone(), zstd(&file)] {
        let (packets, error) = read(&bytes);
        assert!(error.is_none(), "{error:?}");
        assert_eq!(packets.iter().map(|p| &p.data[..]).collect::<Vec<_>>(), [&b"before"[..], b"after"]);
    }
}

#[test]
fn it_can_begin_again_from_anywhere() {
    let file = pcap(Order::Little, false, &packets());
    for bytes in [file.clone(), gzip(&file), zstd(&file)] {
        let mut recording = Recording::from_bytes(bytes);
        assert_eq!(recording.first_link().unwrap(), Some(LinkType::ETHERNET));
        for stop in 0..packets().len() {
            for packet in packets().iter().take(stop) {
                let Ok(Record::Packet(read)) = recording.next_record() else { panic!("no packet") };
                assert_eq!(read.data, packet.data);
            }
            assert!(recording.rewind().unwrap());
        }
    }
}

#[test]
fn the_position_grows_to_the_size() {
    let file = pcap(Order::Little, false, &packets());
    for bytes in [file.clone(), gzip(&file), zstd(&file)] {
        let mut recording = Recording::from_bytes(bytes.clone());
        let mut before = 0;
        while !matches!(recording.next_record().unwrap(), Record::End) {
            assert!(recording.position() >= before);
            before = recording.position();
        }
        assert_eq!((recording.position(), recording.size()), (bytes.len() as u64, bytes.len() as u64));
    }
}

/// What another reader makes of a file.
fn read_by_pcap_parser(bytes: &[u8]) -> Vec<(Vec<u8>, u32)> {
    use pcap_parser::traits::PcapNGPacketBlock;
    use pcap_parser::{Block, PcapBlockOwned, PcapError, create_reader};
    let mut reader = create_reader(1 << 16, bytes).unwrap();
    let mut packets = Vec::new();
    loop {
        match reader.next() {
            Ok((len, block)) => {
                match block {
                    PcapBlockOwned::Legacy(b) => packets.push((b.data.to_vec(), b.origlen)),
                    PcapBlockOwned::NG(Block::EnhancedPacket(b)) => packets.push((b.packet_data().to_vec(), b.origlen)),
                    _ => {}
                }
                reader.consume(len);
            }
            Err(PcapError::Eof) => return packets,
            Err(PcapError::Incomplete(_)) => reader.refill().unwrap(),
            Err(error) => panic!("{error}"),
        }
    }
}

proptest! {
    #[test]
    fn another_reader_agrees(
        lens in prop::collection::vec((0_usize..400, 0_u32..3000), 0..30),
        big in any::<bool>(),
        nanos in any::<bool>(),
    ) {
        let order = if big { Order::Big } else { Order::Little };
        let packets: Vec<Kept> = lens
            .iter()
            .zip(0..)
            .map(|((len, more), i)| {
                Kept { at: Time(i * 997), link: 1, data: vec![i as u8; *len], wire_len: *len as u32 + more, interface: 0 }
            })
            .collect();
        for file in [pcap(order, nanos, &packets), pcapng(order, &packets)] {
            let ours: Vec<_> = read(&file).0.into_iter().map(|p| (p.data, p.wire_len)).collect();
            prop_assert_eq!(ours, read_by_pcap_parser(&file));
            prop_assert_eq!(&read(&file).0, &packets);
        }
    }
}
