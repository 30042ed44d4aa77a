//! Damaged recordings yield what stands before the damage, and say where it is. What is none says so.

use std::path::Path;

use wire::packet::LinkType;

use super::support::{Scratch, gzip, packets, pcap, pcapng, read, zstd};
use crate::file::{Damage, Fault, FileError, Order, PcapNgWriter, Recording};

fn damage(error: Option<FileError>) -> Damage {
    match error {
        Some(FileError::Damaged { damage, .. }) => damage,
        other => panic!("not damaged: {other:?}"),
    }
}

#[test]
fn cut_anywhere_it_yields_what_is_whole() {
    for file in [pcap(Order::Little, false, &packets()), pcap(Order::Big, true, &packets()), pcapng(Order::Big, &packets())] {
        let mut whole = 0;
        for len in 0..=file.len() {
            let (read, error) = read(&file[..len]);
            assert!(packets().starts_with(&read), "cut after {len}");
            assert!(read.len() >= whole, "cut after {len}: fewer than before");
            whole = read.len();
            match error {
                None => {}
                Some(FileError::Empty { .. }) => assert_eq!(len, 0),
                Some(FileError::NotACapture { .. }) => assert!(len < 4),
                error => {
                    let damage = damage(error);
                    assert!(matches!(damage.fault, Fault::CutShort { have, want } if have < want), "{damage}");
                    assert!(damage.at_byte < len as u64);
                    assert_eq!(damage.packet, read.len() as u64 + 1);
                }
            }
        }
        assert_eq!(whole, packets().len());
    }
}

#[test]
fn cut_anywhere_compressed_it_yields_a_beginning() {
    let file = pcap(Order::Little, false, &packets());
    for packed in [gzip(&file), zstd(&file)] {
        for len in 0..packed.len() {
            let (read, error) = read(&packed[..len]);
            assert!(packets().starts_with(&read), "cut after {len}");
            assert!(error.is_some(), "cut after {len}");
        }
    }
}

#[test]
fn any_byte_may_be_wrong() {
    let plain = [pcap(Order::Little, false, &packets()), pcapng(Order::Little, &packets())];
    for file in plain.iter().cloned().chain([gzip(&plain[0]), zstd(&plain[1])]) {
        for at in 0..file.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut file = file.clone();
                file[at] ^= flip;
                let (read, _) = read(&file);
                assert!(read.len() <= packets().len() * 2, "byte {at}");
            }
        }
    }
}

#[test]
fn an_absurd_packet_is_refused_where_it_stands() {
    let mut file = pcap(Order::Little, false, &packets());
    let third = 24 + 16 + (16 + 1);
    file[third + 8..third + 12].copy_from_slice(&u32::MAX.to_le_bytes());
    let (read, error) = read(&file);
    assert_eq!(read, packets()[..2]);
    let damage = damage(error);
    assert_eq!((damage.at_byte, damage.packet), (third as u64, 3));
    assert!(matches!(damage.fault, Fault::PacketTooLong { len: u32::MAX, .. }), "{damage}");
}

#[test]
fn an_absurd_block_is_refused_where_it_stands() {
    let file = pcapng(Order::Little, &packets()[..2]);
    let end = file.len() as u64;
    for (len, behind) in [(0xffff_fffc, 0xffff_fffc), (8, 8), (15, 15), (64, 60)] {
        let block = [&6_u32.to_le_bytes()[..], &u32::to_le_bytes(len), &[0; 52], &u32::to_le_bytes(behind)].concat();
        let (read, error) = read(&[&file[..], &block].concat());
        assert_eq!(read, packets()[..2]);
        let damage = damage(error);
        assert_eq!((damage.at_byte, damage.packet), (end, 3));
        match len {
            64 => assert!(matches!(damage.fault, Fault::BlockLengths { before: 64, behind: 60 }), "{damage}"),
            _ => assert!(matches!(damage.fault, Fault::BlockLength { .. }), "{damage}"),
        }
    }
}

#[test]
fn blocks_that_contradict_themselves() {
    let begun = || {
        let mut writer = PcapNgWriter::new(Vec::new(), Order::Little).unwrap();
        writer.interface(LinkType::ETHERNET, 0, 6, 0).unwrap();
        writer
    };
    let words = |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
    let fault = |kind, body: &[u8]| {
        let mut writer = begun();
        writer.block(kind, &[body]).unwrap();
        damage(read(&writer.into_inner()).1).fault
    };
    assert!(matches!(fault(6, &words(&[1, 0, 0, 0, 0])), Fault::Interface { interface: 1, described: 1 }));
    assert!(matches!(fault(6, &words(&[0, 0, 0, 5, 5, 0])), Fault::PacketOutsideBlock { len: 5, room: 4 }));
    assert!(matches!(fault(6, &words(&[0, 0, 0, 300_000, 5, 0])), Fault::PacketTooLong { len: 300_000, .. }));
    for (kind, shortest) in [(1, 8), (2, 20), (3, 4), (5, 12), (6, 20)] {
        assert!(matches!(fault(kind, &vec![0; shortest - 4]), Fault::BlockTooShort { kind: k } if k == kind), "type {kind}");
    }
    assert!(matches!(fault(0x0a0d_0d0a, &words(&[0x1111_1111, 1, 0, 0])), Fault::ByteOrder(_)));
    assert!(matches!(fault(0x0a0d_0d0a, &words(&[0x1a2b_3c4d, 2, 0, 0])), Fault::Version { major: 2, minor: 0 }));
}

#[test]
fn a_pcap_header_that_makes_no_sense() {
    let mut file = pcap(Order::Little, false, &packets());
    file[4] = 9;
    assert!(matches!(damage(read(&file).1).fault, Fault::Version { major: 9, minor: 4 }));
    file[4] = 2;
    file[22] = 0x30;
    assert!(matches!(damage(read(&file).1).fault, Fault::LinkType(0x0030_0001)));
}

#[test]
fn compressed_data_that_are_damaged_yield_what_stands_before() {
    // Incompressible, so that the damage is as far into the packets as it is into the file.
    let mut seed = 1_u32;
    let mut noise = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 24) as u8
    };
    let template = packets().pop().unwrap();
    let many: Vec<_> = (0..4000)
        .map(|_| {
            let mut p = template.clone();
            p.data = (0..96).map(|_| noise()).collect();
            p
        })
        .collect();
    let file = pcap(Order::Little, false, &many);
    for mut packed in [gzip(&file), zstd(&file)] {
        let middle = packed.len() / 2;
        packed[middle..middle + 600].fill(0xff);
        let (read, error) = read(&packed);
        assert!(error.is_some());
        assert!(read.len() > 500, "only {}", read.len());
        // What lies in the compressed block that is damaged cannot be told from what is sound.
        assert_eq!(read[..500], many[..500]);
    }
}

fn refused(path: &Path) -> FileError {
    match Recording::open(path) {
        Err(error) => {
            let (name, text) = (path.display().to_string(), error.to_string());
            assert!(text.contains(&name), "{text:?} does not name {name}");
            error
        }
        Ok(_) => panic!("it was opened"),
    }
}

#[test]
fn what_is_no_recording_is_refused_with_a_remedy() {
    let refused_bytes = |bytes: &[u8]| refused(Scratch::file(bytes).as_ref());
    assert!(matches!(refused(Scratch::path().as_ref()), FileError::Missing { .. }));
    assert!(matches!(refused(&std::env::temp_dir()), FileError::Directory { .. }));
    assert!(matches!(refused_bytes(b""), FileError::Empty { .. }));
    assert!(matches!(refused_bytes(&gzip(b"")), FileError::Empty { .. }));
    assert!(matches!(refused_bytes(b"a letter to nobody"), FileError::NotACapture { .. }));
    assert!(matches!(refused_bytes(&gzip(b"a letter to nobody")), FileError::NotACapture { .. }));
    assert!(matches!(refused_bytes(b"\xfd7zXZ\0\0\0"), FileError::Compressed { with: "xz", .. }));
    let snoop = refused_bytes(b"snoop\0\0\0\0\0\0\x02\0\0\0\x04");
    assert!(snoop.to_string().contains("editcap"), "{snoop}");
}
