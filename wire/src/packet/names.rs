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
    let Ok(message) = Message::from_slice(message) else {
        return learned;
    };
    let header = message.header();
    if !header.qr() || header.opcode() != Opcode::QUERY || message.is_error() {
        return learned;
    }
    let Ok(mut section) = message.answer() else {
        return learned;
    };
    let aliases = aliases(message);
    for record in section.by_ref().take(MAX_RECORDS) {
        let Ok(record) = record else { return learned };
        learned.extend(from_record(&record, &aliases, kind));
    }
    if kind == Kind::Mdns
        && let Ok(additional) = message.additional()
    {
        let records = additional.take(MAX_RECORDS).map_while(Result::ok);
        learned.extend(records.filter_map(|record| from_record(&record, &aliases, kind)));
    }
    learned
}

/// The name of these labels, without the root, as [`Learned::name`] is; none where it is the root's or would be too long.
///
/// ```
/// use wire::packet::names::printable;
///
/// assert_eq!(printable([&b"www"[..], b"ex\x1bample"]).as_deref(), Some("www.ex\\027ample"));
/// assert_eq!(printable([]), None);
/// ```
pub fn printable<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Option<String> {
    let mut text = String::with_capacity(64);
    for label in labels {
        if !text.is_empty() {
            text.push('.');
        }
        for chunk in label.utf8_chunks() {
            chunk.valid().chars().for_each(|char| push(&mut text, char));
            chunk.invalid().iter().for_each(|byte| escape(&mut text, *byte));
        }
    }
    (!text.is_empty() && text.len() <= MAX_NAME_LEN).then_some(text)
}

type Bytes<'a> = &'a [u8];
type Parsed<'a> = domain::base::record::ParsedRecord<'a, [u8]>;

/// A canonical name and what it stands for, in that order.
type Alias<'a> = (ParsedName<Bytes<'a>>, ParsedName<Bytes<'a>>);

fn aliases(message: &Message<[u8]>) -> SmallVec<[Alias<'_>; 4]> {
    let Ok(section) = message.answer() else {
        return SmallVec::new();
    };
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
    let labels = name.iter_labels().filter(|label| !label.is_root()).map(bytes);
    printable(labels).filter(|_| is_told).map(|name| Learned { addr, name, origin, ttl_secs })
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
pub fn is_deceptive(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::packet::dns::{Response, reverse_name};

    fn response<'a>(question: &'a str, addrs: &'a [IpAddr]) -> Response<'a> {
        Response { id: 1, question, aliases: &[], addrs, pointer: None, ttl_secs: 300 }
    }

    fn names(message: &Response<'_>, kind: Kind) -> Vec<String> {
        from_dns(&message.emit().unwrap(), kind).iter().map(|learned| learned.name.clone()).collect()
    }

    /// A response of one address record whose owner has these labels.
    fn of_labels(labels: &[&[u8]]) -> Vec<u8> {
        let mut message = vec![0, 1, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        for label in labels {
            message.push(label.len() as u8);
            message.extend(*label);
        }
        message.extend([0, 0, 1, 0x80, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
        message
    }

    #[test]
    fn an_address_has_the_name_that_was_asked_for() {
        let addrs = [[192, 0, 2, 7].into(), "2001:db8::7".parse().unwrap()];
        let message = Response { aliases: &["b.example", "c.example"], ..response("a.example", &addrs) };
        let learned = from_dns(&message.emit().unwrap(), Kind::Dns);
        assert_eq!(learned.iter().map(|learned| learned.addr).collect::<Vec<_>>(), addrs);
        assert!(learned.iter().all(|learned| learned.name == "a.example"));
        assert!(learned.iter().all(|learned| (learned.origin, learned.ttl_secs) == (Origin::Dns, 300)));
    }

    #[test]
    fn names_are_compared_without_case() {
        // The record's owner is the question spelled otherwise, as resolvers do that guard against forgery.
        let addrs = [[192, 0, 2, 7].into()];
        let mut bytes = Response { aliases: &["b.example"], ..response("a.example", &addrs) }.emit().unwrap();
        let at = bytes.windows(8).rposition(|name| name == b"\x01b\x07examp").unwrap();
        bytes[at + 1] = b'B';
        assert_eq!(from_dns(&bytes, Kind::Dns)[0].name, "a.example");
    }

    #[test]
    fn canonical_names_in_a_circle_end() {
        let addrs = [[192, 0, 2, 7].into()];
        let message = Response { aliases: &["b.example", "a.example"], ..response("a.example", &addrs) };
        assert_eq!(names(&message, Kind::Dns).len(), 1);
    }

    #[test]
    fn a_reverse_lookup_names_the_address_of_its_question() {
        for addr in [IpAddr::from([192, 0, 2, 7]), "2001:db8::abcd".parse().unwrap()] {
            let question = reverse_name(addr);
            let message = Response { pointer: Some("host.example"), ..response(&question, &[]) };
            let expected = Learned { addr, name: "host.example".into(), origin: Origin::Ptr, ttl_secs: 300 };
            assert_eq!(from_dns(&message.emit().unwrap(), Kind::Dns)[..], [expected]);
        }
    }

    #[test]
    fn names_that_only_look_reversed_are_none() {
        for question in ["_http._tcp.local", "1.2.3.in-addr.arpa", "1.2.3.4.5.in-addr.arpa", "1.2.3.400.in-addr.arpa"] {
            let message = Response { pointer: Some("host.example"), ..response(question, &[]) };
            assert!(names(&message, Kind::Mdns).is_empty(), "{question}");
        }
    }

    #[test]
    fn questions_and_errors_tell_nothing() {
        let bytes = response("a.example", &[[192, 0, 2, 7].into()]).emit().unwrap();
        for (at, bits) in [(2, 0x80), (3, 0x03), (2, 0x20)] {
            let mut bytes = bytes.clone();
            bytes[at] ^= bits;
            assert!(from_dns(&bytes, Kind::Dns).is_empty());
        }
        assert_eq!(from_dns(&bytes, Kind::Dns).len(), 1);
    }

    #[test]
    fn the_local_link_has_an_origin_of_its_own_and_cache_flush_bits() {
        let learned = from_dns(&of_labels(&[b"printer", b"local"]), Kind::Mdns);
        assert_eq!((learned[0].name.as_str(), learned[0].origin), ("printer.local", Origin::Mdns));
    }

    #[test]
    fn addresses_of_nobody_are_not_named() {
        let addrs = [[0, 0, 0, 0].into(), [224, 0, 0, 251].into()];
        assert!(names(&response("blocked.example", &addrs), Kind::Dns).is_empty());
    }

    #[test]
    fn what_does_not_print_as_itself_is_escaped() {
        for (label, text) in [
            (&b"a.b"[..], "a\\.b"),
            (b"a\\b", "a\\\\b"),
            (b"a\x1bb", "a\\027b"),
            (b"a\xffb", "a\\255b"),
            ("a\u{202e}b".as_bytes(), "a\\226\\128\\174b"),
            ("Büro 2".as_bytes(), "Büro 2"),
        ] {
            assert_eq!(from_dns(&of_labels(&[label]), Kind::Mdns)[0].name, text);
        }
    }

    #[test]
    fn the_root_and_names_too_long_to_show_are_left_out() {
        assert!(from_dns(&of_labels(&[]), Kind::Mdns).is_empty());
        let escaped = [b'\x01'; 63];
        assert!(from_dns(&of_labels(&[&escaped, &escaped]), Kind::Mdns).is_empty());
        let longest = [b'x'; 62];
        let labels = [&longest[..]; 4];
        assert_eq!(from_dns(&of_labels(&labels), Kind::Mdns)[0].name.len(), 4 * 62 + 3);
    }

    #[test]
    fn the_transport_says_where_the_message_is() {
        let message = response("a.example", &[[192, 0, 2, 7].into()]).emit().unwrap();
        let udp = Transport::Udp { src: 53, dst: 40000, payload: &message };
        assert_eq!(from_transport(&udp).len(), 1);
        let elsewhere = Transport::Udp { src: 54, dst: 40000, payload: &message };
        assert!(from_transport(&elsewhere).is_empty());
        let segment = [&(message.len() as u16).to_be_bytes()[..], &message].concat();
        let flags = crate::packet::TcpFlags::ACK;
        let tcp = Transport::Tcp { src: 53, dst: 40000, seq: 0, ack: 0, flags, window: 0, payload: &segment };
        assert_eq!(from_transport(&tcp).len(), 1);
    }

    proptest! {
        #[test]
        fn what_is_emitted_is_learned(label in "[a-z0-9-]{1,63}", addr: [u8; 4], ttl_secs in 0..=i32::MAX as u32) {
            let addr = IpAddr::from(addr);
            prop_assume!(!addr.is_multicast() && !addr.is_unspecified());
            let name = format!("{label}.example");
            let message = Response { ttl_secs, ..response(&name, &[addr]) }.emit().unwrap();
            let expected = Learned { addr, name, origin: Origin::Dns, ttl_secs };
            prop_assert_eq!(&from_dns(&message, Kind::Dns)[..], &[expected]);
        }

        #[test]
        fn any_label_gives_a_name_that_shows(label in proptest::collection::vec(any::<u8>(), 1..=63)) {
            for learned in from_dns(&of_labels(&[&label]), Kind::Mdns) {
                prop_assert!(learned.name.len() <= MAX_NAME_LEN);
                prop_assert!(!learned.name.chars().any(is_deceptive));
            }
        }
    }
}
