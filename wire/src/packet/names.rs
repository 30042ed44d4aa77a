//! Names that packets tell of addresses.

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use domain::base::iana::{Class, Opcode};
use domain::base::name::{Label, ParsedName, ToLabelIter};
use domain::base::{Message, Record, Rtype};
use domain::rdata::{A, Aaaa, Cname, Ptr};
use smallvec::SmallVec;

use super::dns::{self, Kind};
use super::transport::Transport;

/// Answers looked at in one message; a message of 64 KiB could hold thousands.
const MAX_RECORDS: usize = 256;
/// Canonical names followed in one message.
const MAX_ALIASES: usize = 16;
/// The longest name, in bytes; escapes included.
pub const MAX_NAME_LEN: usize = 253;

/// A name learned of an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Learned {
    /// Whose name it is.
    pub addr: IpAddr,
    /// The name without the last dot, at most [`MAX_NAME_LEN`] bytes. Dots and backslashes inside a label stand after a backslash;
    /// what would not print as itself (controls, marks that turn the direction of text, bytes that are not UTF-8) is a backslash
    /// and three decimal digits a byte, as in zone files.
    pub name: String,
    /// How it was learned.
    pub origin: Origin,
    /// How long it may be believed, in seconds.
    pub ttl_secs: u32,
}

/// How a name was learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The name was asked for, and the address was in the answer.
    Dns,
    /// The same on the local link: mDNS or LLMNR.
    Mdns,
    /// The address was asked for, and the name was in the answer.
    Ptr,
}

/// What a packet's payload tells, where its ports are those of DNS, mDNS or LLMNR. Over TCP a message must begin and end
/// in the segment.
pub fn from_transport(transport: &Transport<'_>) -> SmallVec<[Learned; 4]> {
    let kind = transport.ports().and_then(|(src, dst)| Kind::of_ports(src, dst));
    match (*transport, kind) {
        (Transport::Udp { payload, .. }, Some(kind)) => from_dns(payload, kind),
        (Transport::Tcp { payload, .. }, Some(Kind::Dns)) => {
            dns::in_tcp_segment(payload).map(|message| from_dns(message, Kind::Dns)).unwrap_or_default()
        }
        _ => SmallVec::new(),
    }
}

/// What the answers in a message tell: addresses have the name that was asked for, at the head of a chain of canonical names.
/// mDNS responders put addresses into the additional section, so there that counts as well.
///
/// ```
/// use wire::packet::dns::{Kind, Response};
/// use wire::packet::names::from_dns;
///
/// let message = Response {
///     id: 1,
///     question: "www.example.com",
///     aliases: &["cdn.example.net"],
///     addrs: &[[192, 0, 2, 7].into()],
///     pointer: None,
///     ttl_secs: 300,
/// };
/// let names = from_dns(&message.emit()?, Kind::Dns);
/// assert_eq!(names[0].name, "www.example.com");
/// # Ok::<(), wire::packet::dns::EmitError>(())
/// ```
pub fn from_dns(message: &[u8], kind: Kind) -> SmallVec<[Learned; 4]> {
    let mut learned = SmallVec::new();
    let Ok(message) = Message::from_slice(message) else { return learned };
    let header = message.header();
    if !header.qr() || header.opcode() != Opcode::QUERY || message.is_error() {
        return learned;
    }
    let Ok(mut section) = message.answer() else { return learned };
    let aliases = aliases(message);
    for record in section.by_ref().take(MAX_RECORDS) {
        let Ok(record) = record else { return learned };
        learned.extend(from_record(&record, &aliases, kind));
    }
    if kind == Kind::Mdns && let Ok(additional) = message.additional() {
        let records = additional.take(MAX_RECORDS).map_while(Result::ok);
        learned.extend(records.filter_map(|record| from_record(&record, &aliases, kind)));
    }
    learned
}

type Bytes<'a> = &'a [u8];
type Parsed<'a> = domain::base::record::ParsedRecord<'a, [u8]>;

/// A canonical name and what it stands for, in that order.
type Alias<'a> = (ParsedName<Bytes<'a>>, ParsedName<Bytes<'a>>);

fn aliases(message: &Message<[u8]>) -> SmallVec<[Alias<'_>; 4]> {
    let Ok(section) = message.answer() else { return SmallVec::new() };
    let records = section.limit_to::<Cname<_>>().take(MAX_ALIASES).map_while(Result::ok);
    records.map(|record| (*record.data().cname(), *record.owner())).collect()
}

fn from_record(record: &Parsed<'_>, aliases: &[Alias<'_>], kind: Kind) -> Option<Learned> {
    // The top bit of the class is not part of it in mDNS (RFC 6762 section 10.2).
    if Class::from_int(record.class().to_int() & 0x7fff) != Class::IN {
        return None;
    }
    let ttl_secs = record.ttl().as_secs();
    let origin = if kind == Kind::Dns { Origin::Dns } else { Origin::Mdns };
    let (addr, name, origin) = match record.rtype() {
        Rtype::A => {
            let record: Record<_, A> = record.to_record().ok()??;
            (IpAddr::V4(record.data().addr()), asked_for(*record.owner(), aliases), origin)
        }
        Rtype::AAAA => {
            let record: Record<_, Aaaa> = record.to_record().ok()??;
            (IpAddr::V6(record.data().addr()), asked_for(*record.owner(), aliases), origin)
        }
        Rtype::PTR => {
            let record: Record<_, Ptr<_>> = record.to_record().ok()??;
            let owner = asked_for(*record.owner(), aliases);
            (address_of_reverse_name(&owner)?, *record.data().ptrdname(), Origin::Ptr)
        }
        _ => return None,
    };
    let is_told = !addr.is_unspecified() && !addr.is_multicast();
    printable(&name).filter(|_| is_told).map(|name| Learned { addr, name, origin, ttl_secs })
}

/// The head of the chain of canonical names that ends in `name`.
fn asked_for<'a>(mut name: ParsedName<Bytes<'a>>, aliases: &[Alias<'a>]) -> ParsedName<Bytes<'a>> {
    for _ in 0..aliases.len() {
        match aliases.iter().find(|(canonical, _)| *canonical == name) {
            Some((_, alias)) => name = *alias,
            None => break,
        }
    }
    name
}

/// The address that a name under in-addr.arpa or ip6.arpa stands for.
fn address_of_reverse_name(name: &ParsedName<Bytes<'_>>) -> Option<IpAddr> {
    let mut labels = name.iter_labels().rev().skip(1).map(bytes); // past the root
    if !labels.next()?.eq_ignore_ascii_case(b"arpa") {
        return None;
    }
    let family = labels.next()?;
    if family.eq_ignore_ascii_case(b"in-addr") {
        let mut octets = [0; 4];
        for octet in &mut octets {
            *octet = std::str::from_utf8(labels.next()?).ok()?.parse().ok()?;
        }
        return labels.next().is_none().then_some(Ipv4Addr::from(octets).into());
    }
    if family.eq_ignore_ascii_case(b"ip6") {
        let mut bits = 0_u128;
        for _ in 0..32 {
            bits = bits << 4 | u128::from(nibble(labels.next()?)?);
        }
        return labels.next().is_none().then_some(Ipv6Addr::from(bits).into());
    }
    None
}

fn bytes(label: &Label) -> &[u8] {
    label.as_ref()
}

fn nibble(label: &[u8]) -> Option<u8> {
    match label {
        [digit] => char::from(*digit).to_digit(16).map(|digit| digit as u8),
        _ => None,
    }
}

/// The name as text, unless it is the root or would be too long.
fn printable(name: &ParsedName<Bytes<'_>>) -> Option<String> {
    let mut text = String::with_capacity(64);
    for label in name.iter_labels().filter(|label| !label.is_root()) {
        if !text.is_empty() {
            text.push('.');
        }
        for chunk in bytes(label).utf8_chunks() {
            chunk.valid().chars().for_each(|char| push(&mut text, char));
            chunk.invalid().iter().for_each(|byte| escape(&mut text, *byte));
        }
    }
    (!text.is_empty() && text.len() <= MAX_NAME_LEN).then_some(text)
}

fn push(text: &mut String, char: char) {
    if matches!(char, '.' | '\\') {
        text.push('\\');
        text.push(char);
    } else if is_deceptive(char) {
        char.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| escape(text, byte));
    } else {
        text.push(char);
    }
}

fn escape(text: &mut String, byte: u8) {
    let _ = write!(text, "\\{byte:03}"); // writing to a String does not fail
}

/// Characters that do not show, or that change how others do: controls, direction marks and overrides, separators,
/// joiners, tags (Unicode's Bidi_Control, Cf, Zl, Zp).
pub(crate) fn is_deceptive(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
