//! The keys of Initial packets (RFC 9001, section 5.2; RFC 9369, section 3.3).

use std::fmt;

use ring::aead::quic::{AES_128, HeaderProtectionKey};
use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac::{HMAC_SHA256, Key, sign};

use super::header::{self, Initial, Version};

const SAMPLE_LEN: usize = 16;
const SALT_V1: [u8; 20] = *b"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a";
const SALT_V2: [u8; 20] = *b"\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9";
const SALT_DRAFT_29: [u8; 20] = *b"\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99";
const SALT_DRAFT_23: [u8; 20] = *b"\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02";

/// What a client encrypts its first packets with.
pub struct Keys {
    key: LessSafeKey,
    iv: [u8; 12],
    header: HeaderProtectionKey,
}

/// Whose packets keys are of. A server's are not read: what it chooses stands in packets that nobody else can decrypt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client<'a> {
    /// The version.
    pub version: Version,
    /// The destination's identifier in its first packet.
    pub destination: &'a [u8],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// Those of a client.
    pub fn of(client: Client<'_>) -> Option<Keys> {
        let salt = match client.version {
            Version::V1 | Version::Draft(33..) => SALT_V1,
            Version::V2 => SALT_V2,
            Version::Draft(29..) => SALT_DRAFT_29,
            Version::Draft(_) => SALT_DRAFT_23,
        };
        let [key, iv, header] = match client.version {
            Version::V2 => ["quicv2 key", "quicv2 iv", "quicv2 hp"],
            _ => ["quic key", "quic iv", "quic hp"],
        };
        let initial = sign(&Key::new(HMAC_SHA256, &salt), client.destination);
        let secret: [u8; 32] = expand(initial.as_ref(), "client in")?;
        let key: [u8; 16] = expand(&secret, key)?;
        let hp: [u8; 16] = expand(&secret, header)?;
        Some(Keys {
            key: LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key).ok()?),
            iv: expand(&secret, iv)?,
            header: HeaderProtectionKey::new(&AES_128, &hp).ok()?,
        })
    }

    /// What a packet holds: frames. None where it was encrypted with other keys.
    pub fn open(&self, initial: &Initial<'_>) -> Option<Vec<u8>> {
        let Initial { packet, number_at, .. } = *initial;
        let mask = self.mask(packet, number_at)?;
        let (first, _) = packet.split_first()?;
        let first = first ^ (mask[0] & 0x0f);
        let number_len = usize::from(first & 3) + 1;
        let (header, sealed) = packet.split_at_checked(number_at + number_len)?;
        let mut header = header.to_vec();
        *header.first_mut()? = first;
        let mut number = 0_u64;
        for (byte, mask) in header.get_mut(number_at..)?.iter_mut().zip(mask.into_iter().skip(1)) {
            *byte ^= mask;
            number = number << 8 | u64::from(*byte);
        }
        let mut sealed = sealed.to_vec();
        let opened = self.key.open_in_place(self.nonce(number), Aad::from(&header), &mut sealed).ok()?.len();
        sealed.truncate(opened);
        Some(sealed)
    }

    /// An Initial packet of that client which holds these frames.
    pub fn seal(&self, client: Client<'_>, number: u32, frames: &[u8]) -> Option<Vec<u8>> {
        let mut packet = header::emit(client.version, client.destination, frames.len() + AES_128_GCM.tag_len());
        let number_at = packet.len();
        packet.extend(number.to_be_bytes());
        let mut sealed = frames.to_vec();
        self.key.seal_in_place_append_tag(self.nonce(number.into()), Aad::from(&packet), &mut sealed).ok()?;
        packet.extend(sealed);
        let mask = self.mask(&packet, number_at)?;
        *packet.first_mut()? ^= mask[0] & 0x0f;
        packet.get_mut(number_at..number_at + 4)?.iter_mut().zip(mask.into_iter().skip(1)).for_each(|(byte, mask)| *byte ^= mask);
        Some(packet)
    }

    fn mask(&self, packet: &[u8], number_at: usize) -> Option<[u8; 5]> {
        let sample = packet.get(number_at + 4..number_at + 4 + SAMPLE_LEN)?;
        self.header.new_mask(sample).ok()
    }

    fn nonce(&self, number: u64) -> Nonce {
        let mut nonce = self.iv;
        nonce.iter_mut().skip(4).zip(number.to_be_bytes()).for_each(|(byte, number)| *byte ^= number);
        Nonce::assume_unique_for_key(nonce)
    }
}

/// HKDF-Expand-Label (RFC 8446, section 7.1), of at most one block.
fn expand<const N: usize>(secret: &[u8], label: &str) -> Option<[u8; N]> {
    let mut info = u16::try_from(N).ok()?.to_be_bytes().to_vec();
    info.push(u8::try_from(label.len() + 6).ok()?);
    info.extend(b"tls13 ");
    info.extend(label.bytes());
    info.extend([0, 1]); // no context; the number of the block
    sign(&Key::new(HMAC_SHA256, secret), &info).as_ref().get(..N)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::quic::{Packet, crypto, packets};
    use crate::packet::tls::{Flight, Message};

    const DESTINATION: [u8; 8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08];
    /// The ClientHello of RFC 9001, appendix A.2, in its CRYPTO frame.
    const FRAME: &str = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00000b\
        6578616d706c652e636f6dff01000100000a00080006001d0017001800100007000504616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fed\
        ba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c00024001003900320408ffffffffffffff\
        ff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff";

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn secrets(version: Version) -> (Vec<u8>, [u8; 12]) {
        let keys = Keys::of(Client { version, destination: &DESTINATION }).unwrap();
        (keys.header.new_mask(&bytes("d1b1c98dd7689fb8ec11d242b123dc9b")).unwrap().to_vec(), keys.iv)
    }

    #[test]
    fn keys_are_those_of_the_standards() {
        let (mask, iv) = secrets(Version::V1);
        assert_eq!((mask, iv.to_vec()), (bytes("437b9aec36"), bytes("fa044b2f42a3fd3b46fb255c")), "RFC 9001, appendix A");
        assert_eq!(secrets(Version::Draft(29)).1.to_vec(), bytes("6b26114b9cba2b63a9e8dd4f"), "the draft's own");
        assert_eq!(secrets(Version::V2).1.to_vec(), bytes("91f73e2351d8fa91660e909f"), "RFC 9369, appendix A");
    }

    #[test]
    fn the_packet_of_the_standard_is_made_and_read() {
        let client = Client { version: Version::V1, destination: &DESTINATION };
        let keys = Keys::of(client).unwrap();
        let mut frames = bytes(FRAME);
        frames.resize(1162, 0);
        let packet = keys.seal(client, 2, &frames).unwrap();
        assert_eq!(packet.len(), 1200);
        assert!(packet.starts_with(&bytes("c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9b")));
        assert!(packet.ends_with(&bytes("e221af44860018ab0856972e194cd934")), "every byte of it is the standard's");
        let Some(Packet::Initial(initial)) = packets(&packet).next() else { panic!() };
        assert_eq!(keys.open(&initial), Some(frames.clone()));
        let opened = keys.open(&initial).unwrap();
        let (at, hello) = crypto(&opened).next().unwrap();
        let flight = Flight::bare(hello);
        let Some(Message::ClientHello(hello)) = flight.messages().next() else { panic!() };
        assert_eq!((at, hello.server_name), (0, Some(&b"example.com"[..])));
    }

    #[test]
    fn other_keys_and_changed_packets_open_nothing() {
        for version in [Version::V1, Version::V2, Version::Draft(29), Version::Draft(27)] {
            let client = Client { version, destination: &DESTINATION };
            let keys = Keys::of(client).unwrap();
            let packet = keys.seal(client, 0, &[6, 0, 1, 9, 0, 0]).unwrap();
            let initial = |packet| match packets(packet).next() {
                Some(Packet::Initial(initial)) => initial,
                other => panic!("{other:?}"),
            };
            assert!(keys.open(&initial(&packet)).is_some());
            assert!(Keys::of(Client { version, destination: &[1] }).unwrap().open(&initial(&packet)).is_none());
            let mut changed = packet.clone();
            *changed.last_mut().unwrap() ^= 1;
            assert!(keys.open(&initial(&changed)).is_none());
        }
    }
}
