//! The names that hosts say to DHCP servers, and the addresses they get: version 4 (RFC 2131, 2132, 4702) and 6 (RFC 8415, 4704).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::reader::Reader;

const COOKIE: u32 = 0x6382_5363;
/// What stands before the cookie.
const FIXED_LEN: usize = 236;
const REQUEST: u8 = 3;
const ACK: u8 = 5;
/// Options read of one message.
const MAX_OPTIONS: usize = 128;

/// What a message says of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lease {
    /// What it calls itself.
    pub host_name: Option<String>,
    /// The address that it has, or asks to have.
    pub addr: Option<IpAddr>,
    /// Who made the program that asks.
    pub vendor_class: Option<String>,
}

/// Reads a message of version 4. None where it is none; an address only of a request or of what confirms it.
pub fn v4(message: &[u8]) -> Option<Lease> {
    let (fixed, rest) = message.split_at_checked(FIXED_LEN)?;
    if !matches!(fixed, [1 | 2, ..]) {
        return None;
    }
    let at = |at: usize| -> Option<Ipv4Addr> {
        let octets: [u8; 4] = fixed.get(at..at + 4)?.try_into().ok()?;
        (octets != [0; 4]).then(|| octets.into())
    };
    let (client, yours) = (at(12), at(16));
    let mut read = Reader::new(rest);
    if read.u32()? != COOKIE {
        return None;
    }
    let (mut lease, mut kind, mut asked) = (Lease::default(), 0, None);
    for _ in 0..MAX_OPTIONS {
        let option = match read.u8() {
            None | Some(255) => break,
            Some(0) => continue,
            Some(option) => option,
        };
        let Some(value) = read.vec8() else { break };
        match (option, value) {
            (12, name) => lease.host_name = lease.host_name.or(plain(name)),
            (50, &[a, b, c, d]) => asked = Some(Ipv4Addr::new(a, b, c, d)),
            (53, &[what]) => kind = what,
            (60, class) => lease.vendor_class = plain(class),
            // The whole name counts more than its first part.
            (81, &[flags, _, _, ref name @ ..]) => {
                let full = if flags & 4 == 0 { plain(name) } else { labels(name) };
                lease.host_name = full.or(lease.host_name);
            }
            _ => {}
        }
    }
    lease.addr = match kind {
        REQUEST => asked.or(client),
        ACK => yours.or(client),
        _ => None,
    }
    .map(IpAddr::V4);
    Some(lease)
}

/// Reads a message of version 6, the innermost where relays passed it on. None where it is none.
pub fn v6(message: &[u8]) -> Option<Lease> {
    const RELAYED: [u8; 2] = [12, 13];
    let mut message = message;
    for _ in 0..8 {
        let mut read = Reader::new(message);
        let kind = read.u8()?;
        if !RELAYED.contains(&kind) {
            read.u24()?;
            return (1..=11).contains(&kind).then(|| of_options(read.rest(), 0));
        }
        read.take(33)?;
        message = options(read.rest()).find(|(option, _)| *option == 9)?.1;
    }
    None
}

fn of_options(bytes: &[u8], depth: u8) -> Lease {
    let mut lease = Lease::default();
    for (option, value) in options(bytes) {
        let mut read = Reader::new(value);
        match option {
            // Addresses, temporary or not, stand within what they are together.
            3 | 4 if depth == 0 => {
                let inner = value.get(if option == 3 { 12 } else { 4 }..).unwrap_or_default();
                lease.addr = lease.addr.or(of_options(inner, 1).addr);
            }
            5 => {
                let addr = read.take(16).and_then(|addr| <[u8; 16]>::try_from(addr).ok()).map(Ipv6Addr::from);
                lease.addr = lease.addr.or(addr.filter(|addr| !addr.is_unspecified()).map(IpAddr::V6));
            }
            39 => {
                read.u8();
                lease.host_name = labels(read.rest());
            }
            _ => {}
        }
    }
    lease
}

fn options(bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    let mut read = Reader::new(bytes);
    std::iter::from_fn(move || Some((read.u16()?, read.vec16()?))).take(MAX_OPTIONS)
}

/// Text of printable characters, without what ends it.
fn plain(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?.trim_end_matches('\0').trim_end_matches('.');
    (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// A name as DNS writes it, which may end before its last part.
fn labels(bytes: &[u8]) -> Option<String> {
    let mut read = Reader::new(bytes);
    let labels = std::iter::from_fn(|| read.vec8().filter(|label| !label.is_empty() && label.len() < 64));
    super::names::printable(labels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(options: &[&[u8]]) -> Vec<u8> {
        let mut message = vec![1, 1, 6, 0];
        message.resize(FIXED_LEN, 0);
        message[12..16].copy_from_slice(&[10, 0, 0, 7]);
        message[16..20].copy_from_slice(&[10, 0, 0, 8]);
        message.extend(COOKIE.to_be_bytes());
        message.extend(options.concat());
        message.push(255);
        message
    }

    fn name_and_addr(lease: Option<Lease>) -> (Option<String>, Option<String>) {
        let lease = lease.unwrap();
        (lease.host_name, lease.addr.map(|addr| addr.to_string()))
    }

    #[test]
    fn a_host_says_its_name_and_gets_an_address() {
        let asks = message(&[&[53, 1, 3], &[0], &[12, 6], b"laptop", &[50, 4, 10, 0, 0, 9]]);
        assert_eq!(name_and_addr(v4(&asks)), (Some("laptop".into()), Some("10.0.0.9".into())));
        let renews = message(&[&[53, 1, 3], &[12, 7], b"laptop\0", &[60, 8], b"MSFT 5.0"]);
        assert_eq!(name_and_addr(v4(&renews)), (Some("laptop".into()), Some("10.0.0.7".into())));
        assert_eq!(v4(&renews).unwrap().vendor_class.as_deref(), Some("MSFT 5.0"));
        let confirmed = message(&[&[53, 1, 5], &[81, 3 + 5 + 7 + 1, 4, 0, 0, 4], b"desk\x07example\0"]);
        assert_eq!(name_and_addr(v4(&confirmed)), (Some("desk.example".into()), Some("10.0.0.8".into())));
        let discovers = message(&[&[53, 1, 1], &[12, 6], b"laptop", &[50, 4, 10, 0, 0, 9]]);
        assert_eq!(name_and_addr(v4(&discovers)), (Some("laptop".into()), None), "nothing is confirmed");
        assert_eq!(v4(&message(&[&[12, 3], b"a\x1bb"])).unwrap().host_name, None);
        let mut informed = message(&[&[53, 1, 5]]);
        informed[16..20].fill(0);
        assert_eq!(v4(&informed).unwrap().addr, Some([10, 0, 0, 7].into()), "who has an address already is given none");
        assert_eq!(v4(&message(&[&[1, 1, 0].repeat(MAX_OPTIONS), &[12, 1, b'a']])).unwrap().host_name, None, "there is an end to options");
        assert_eq!(v4(&[1; 300]), None);
    }

    #[test]
    fn version_6_says_it_within_others_and_through_relays() {
        let addr: Ipv6Addr = "2001:db8::9".parse().unwrap();
        let sized = |option: u16, value: &[u8]| [&option.to_be_bytes()[..], &(value.len() as u16).to_be_bytes(), value].concat();
        let within = sized(5, &[&addr.octets()[..], &[0; 8]].concat());
        let options = [sized(3, &[&[0; 12][..], &within].concat()), sized(39, b"\0\x06laptop")].concat();
        let request = [&[3, 0, 0, 1][..], &options].concat();
        assert_eq!(name_and_addr(v6(&request)), (Some("laptop".into()), Some("2001:db8::9".into())));
        let relayed = [&[12][..], &[0; 33], &sized(9, &request)].concat();
        assert_eq!(v6(&relayed), v6(&request));
        assert_eq!(v6(&[99, 0, 0, 1]), None);
        let read = |option: &[u8]| v6(&[&[3, 0, 0, 1][..], option].concat()).unwrap();
        let association = |inner: &[u8]| sized(3, &[&[0; 12][..], inner].concat());
        assert_eq!(read(&association(&association(&within))).addr, None, "none stands within another");
        assert_eq!(read(&association(&sized(5, &[0; 24]))).addr, None, "nobody has it");
        let far = [sized(99, b"").repeat(MAX_OPTIONS), sized(39, b"\0\x06laptop")].concat();
        assert_eq!(read(&far).host_name, None, "there is an end to options");
        let named = |labels: &[u8]| read(&sized(39, &[&[0][..], labels].concat())).host_name;
        assert_eq!(named(&[&b"\x04desk"[..], &[64], &[b'x'; 64]].concat()).as_deref(), Some("desk"), "no label is as long as that");
        assert_eq!(named(b"\x04desk\0\x02no").as_deref(), Some("desk"), "an empty one is the end");
    }

    proptest! {
        #[test]
        fn anything_is_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = (v4(&bytes), v4(&message(&[&bytes])), v6(&bytes));
        }
    }
}
