//! The name service of NetBIOS over TCP/IP (RFC 1002, section 4.2): a format like that of DNS, with names in sixteen bytes.

use std::net::Ipv4Addr;

use super::reader::Reader;

const NB: u16 = 0x20;
const NBSTAT: u16 = 0x21;
/// A pointer to a name that was there before.
const POINTER: u8 = 0xc0;
/// Names and records read of one message.
const MAX: usize = 32;

/// A name and the service it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name, without the spaces behind it.
    pub name: String,
    /// The service: 0x00 a workstation, 0x20 a file server, 0x1b to 0x1e a domain or its browsers.
    pub suffix: u8,
}

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Names asked for.
    pub questions: Vec<Name>,
    /// Who has a name, or is about to: not of groups.
    pub owners: Vec<(Name, Ipv4Addr)>,
    /// Names that whoever answers has, and no group with it.
    pub own: Vec<Name>,
}

/// Reads a message; none where it is none.
pub fn parse(message: &[u8]) -> Option<Message> {
    let mut read = Reader::new(message);
    let (_id, flags, questions, answers) = (read.u16()?, read.u16()?, read.u16()?, read.u16()?);
    let (_authority, additional) = (read.u16()?, read.u16()?);
    let (is_answer, opcode, is_error) = (flags >> 15 == 1, flags >> 11 & 0xf, flags & 0xf != 0);
    if !matches!(opcode, 0 | 5..=9 | 15) || questions.saturating_add(answers) == 0 || questions > 1 {
        return None;
    }
    let mut found = Message::default();
    let mut asked = None;
    for _ in 0..questions {
        let name = name(&mut read)?;
        let (_kind, _class) = (read.u16()?, read.u16()?);
        asked.clone_from(&name);
        found.questions.extend(name);
    }
    for _ in 0..usize::from(answers.saturating_add(additional)).min(MAX) {
        let named = match read.rest() {
            [POINTER..=0xff, _, ..] => read.take(2).and(asked.clone()),
            _ => name(&mut read)?,
        };
        let (kind, _class, _ttl) = (read.u16()?, read.u16()?, read.u32()?);
        let value = read.vec16()?;
        match (kind, named) {
            (NB, Some(name)) if !is_error => {
                let entries = value.chunks_exact(6).take(MAX);
                let owner = |entry: &[u8]| {
                    if let &[flags, _, a, b, c, d] = entry { (flags & 0x80 == 0).then(|| Ipv4Addr::new(a, b, c, d)) } else { None }
                };
                found.owners.extend(entries.filter_map(owner).map(|addr| (name.clone(), addr)));
            }
            (NBSTAT, _) if is_answer => found.own.extend(own_names(value)),
            _ => {}
        }
    }
    Some(found)
}

/// The names in an answer to a question for the status of a node.
fn own_names(value: &[u8]) -> impl Iterator<Item = Name> + '_ {
    let mut read = Reader::new(value);
    let count = read.u8().unwrap_or(0);
    (0..usize::from(count).min(MAX))
        .map_while(move |_| {
            let (name, flags) = (read.take(16)?, read.u16()?);
            Some((flags >> 15 == 0).then(|| plain(name)).flatten())
        })
        .flatten()
}

/// A name in its first-level encoding: two letters from A to P for each byte. The scope behind it is read over.
fn name(read: &mut Reader<'_>) -> Option<Option<Name>> {
    let encoded = read.vec8()?;
    for _ in 0..MAX {
        match read.u8()? {
            0 => break,
            len @ 1..POINTER => {
                read.take(len.into())?;
            }
            _ => {
                read.u8()?;
                break;
            }
        }
    }
    let byte =
        |pair: &[u8]| if let &[high @ b'A'..=b'P', low @ b'A'..=b'P'] = pair { Some((high - b'A') << 4 | (low - b'A')) } else { None };
    let bytes: Option<Vec<u8>> = encoded.chunks(2).map(byte).collect();
    Some(bytes.as_deref().and_then(plain))
}

/// A name of sixteen bytes, the last of which is its service.
fn plain(bytes: &[u8]) -> Option<Name> {
    let (suffix, name) = bytes.split_last().filter(|_| bytes.len() == 16)?;
    let name = std::str::from_utf8(name).ok()?.trim_end_matches(['\0', ' ']);
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    is_name.then(|| Name { name: name.to_owned(), suffix: *suffix })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encoded(name: &str, suffix: u8) -> Vec<u8> {
        let padded = format!("{name:15}");
        let bytes = padded.bytes().chain([suffix]);
        [&[32][..], &bytes.flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect::<Vec<u8>>(), &[0]].concat()
    }

    fn name(name: &str, suffix: u8) -> Name {
        Name { name: name.into(), suffix }
    }

    #[test]
    fn the_standard_s_own_name_is_read() {
        // RFC 1001, section 14.1.
        let message =
            [&[0, 1, 1, 0x10, 0, 1, 0, 0, 0, 0, 0, 0][..], &[32], b"EGFCEFEECACACACACACACACACACACACA", &[0, 0, 0x20, 0, 1]].concat();
        assert_eq!(parse(&message).unwrap().questions, [name("FRED", 0x20)]);
    }

    #[test]
    fn who_registers_a_name_has_it_and_a_group_has_none() {
        for (flags, owners) in [(0, 1), (0x80, 0)] {
            let head = [0, 1, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1];
            let record = [0xc0, 12, 0, 0x20, 0, 1, 0, 0, 0, 60, 0, 6, flags, 0, 10, 0, 0, 7];
            let message = [&head[..], &encoded("DESK", 0), &[0, 0x20, 0, 1], &record].concat();
            let found = parse(&message).unwrap();
            assert_eq!(found.owners.len(), owners);
            assert!(found.owners.iter().all(|owner| *owner == (name("DESK", 0), Ipv4Addr::new(10, 0, 0, 7))));
        }
    }

    #[test]
    fn a_node_says_its_own_names() {
        let names: Vec<u8> = [("DESK", 0_u8, 0x04), ("WORKGROUP", 0, 0x84)]
            .iter()
            .flat_map(|(name, suffix, flags)| [format!("{name:15}").into_bytes(), vec![*suffix, *flags, 0]].concat())
            .collect();
        let value = [&[2][..], &names, &[0; 46]].concat();
        let record = [&[0, 0x21, 0, 1, 0, 0, 0, 0][..], &(value.len() as u16).to_be_bytes(), &value].concat();
        let message = [&[0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0][..], &encoded("*", 0), &record].concat();
        assert_eq!(parse(&message).unwrap().own, [name("DESK", 0)]);
    }

    /// An answer with those flags that gives a record of that type for a name.
    fn answer(flags: u8, error: u8, named: &[u8], kind: u8, value: &[u8]) -> Vec<u8> {
        let record = [&[0, kind, 0, 1, 0, 0, 0, 0][..], &(value.len() as u16).to_be_bytes(), value].concat();
        [&[0, 1, flags, error, 0, 0, 0, 1, 0, 0, 0, 0][..], named, &record].concat()
    }

    #[test]
    fn who_answers_no_says_nothing_and_only_answers_say_what_is_their_own() {
        let owner = [0, 0, 10, 0, 0, 7];
        let owners = |error, value: &[u8]| parse(&answer(0x85, error, &encoded("DESK", 0), 0x20, value)).unwrap().owners.len();
        assert_eq!((owners(0, &owner), owners(3, &owner), owners(0, &owner.repeat(80))), (1, 0, MAX));
        let own = [&[1][..], format!("{:15}", "DESK").as_bytes(), &[0, 0x04, 0]].concat();
        let names = |flags| parse(&answer(flags, 0, &encoded("*", 0), 0x21, &own)).unwrap().own.len();
        assert_eq!((names(0x84), names(0)), (1, 0));
        let short = [&[30][..], &[b'E'; 30], &[0]].concat();
        assert_eq!(parse(&answer(0x85, 0, &short, 0x20, &owner)).unwrap().owners, [], "a name has sixteen bytes");
    }

    proptest! {
        #[test]
        fn anything_is_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
            let _ = parse(&[&[0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0], &bytes[..]].concat());
        }
    }
}
