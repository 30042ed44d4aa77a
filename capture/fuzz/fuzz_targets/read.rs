//! What holds of any recording.

use capture::file::{FileError, Record, Recording};

/// Reads a recording to its end, at once and after a look at its first packet, and checks that it is no more than what is in the file.
pub fn read(file: &[u8]) {
    let compressed = file.starts_with(&[0x1f, 0x8b]) || file.get(1..4).is_some_and(|m| m == [0xb5, 0x2f, 0xfd] || m == [0x2a, 0x4d, 0x18]);
    let size = if compressed { usize::MAX } else { file.len() };
    let at_once = records(&mut Recording::from_bytes(file), size);
    let mut recording = Recording::from_bytes(file);
    recording.first_link().expect("memory can be read again");
    assert_eq!(at_once, records(&mut recording, size), "it reads the same again");
}

/// How many packets and names there are, and what stopped it.
fn records(recording: &mut Recording, size: usize) -> (usize, usize, Option<String>) {
    let (mut packets, mut names, mut bytes) = (0, 0, 0);
    loop {
        match recording.next_record() {
            Ok(Record::Packet(packet)) => {
                packets += 1;
                bytes += packet.data.len();
            }
            Ok(Record::Names(told)) => {
                for (_, name) in told {
                    names += 1;
                    bytes += name.len();
                }
            }
            Ok(Record::Lost(_) | Record::Other) => {}
            Ok(Record::Waiting) => panic!("memory never has to be waited for"),
            Ok(Record::End) => return (packets, names, None),
            Err(error) => {
                if let FileError::Damaged { damage, .. } = &error {
                    assert!(damage.packet == packets as u64 + 1 && damage.at_byte <= size as u64, "{damage}");
                }
                assert!(matches!(recording.next_record(), Ok(Record::End)));
                return (packets, names, Some(error.to_string()));
            }
        }
        assert!(bytes <= size, "{bytes} bytes of {size}");
    }
}
