//! What a DNS message asks, and what it is answered.

use domain::base::iana::{Class, Opcode};
use domain::base::name::{Label, ParsedName, ToLabelIter};
use domain::base::{Message, Rtype};
use domain::rdata::{A, Aaaa, Cname, Mx, Ns, Ptr, Srv};

use super::names::printable;

/// Questions read of one message; nearly all have one.
const MAX_QUESTIONS: usize = 64;
/// Answers read of one message.
const MAX_ANSWERS: usize = 32;

/// What a message says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Names asked for, the root as a dot, and the types of what is wanted of them.
    pub questions: Vec<(String, String)>,
    /// How it went, of an answer.
    pub rcode: Option<String>,
    /// Addresses and names that are the answer, in its order.
    pub answers: Vec<String>,
}

/// Reads a message of DNS, mDNS or LLMNR; none where it is none.
///
/// ```
/// use wire::packet::dns::Response;
/// use wire::packet::questions::summary;
///
/// let addr = [192, 0, 2, 7].into();
/// let message = Response { id: 1, question: "www.example.com", aliases: &[], addrs: &[addr], pointer: None, ttl_secs: 300 };
/// let summary = summary(&message.emit()?).unwrap();
/// assert_eq!(summary.questions, [("www.example.com".to_owned(), "A".to_owned())]);
/// assert_eq!((summary.rcode.as_deref(), &summary.answers[..]), (Some("NOERROR"), &["192.0.2.7".to_owned()][..]));
/// # Ok::<(), wire::packet::dns::EmitError>(())
/// ```
pub fn summary(message: &[u8]) -> Option<Summary> {
    let message = Message::from_slice(message).ok()?;
    let (header, counts) = (message.header(), message.header_counts());
    if usize::from(counts.qdcount()) > MAX_QUESTIONS {
        return None;
    }
    let mut summary = Summary::default();
    for question in message.question() {
        // What the capture cut, or IP fragmented, is told as far as it is there.
        let Ok(question) = question else { return (!summary.questions.is_empty()).then_some(summary) };
        summary.questions.push((name(question.qname()), question.qtype().to_string()));
    }
    if header.qr() {
        summary.rcode = Some(header.rcode().to_string());
        let records = message.answer().ok()?.take(MAX_ANSWERS).map_while(Result::ok);
        summary.answers.extend(records.filter_map(|record| answer(&record)));
    }
    Some(summary)
}

/// Whether bytes are a message of DNS for sure, at whatever port: one question, of a class and a type that are asked for, and nothing that contradicts it.
pub fn is_dns(bytes: &[u8]) -> bool {
    let Ok(message) = Message::from_slice(bytes) else { return false };
    let (header, counts) = (message.header(), message.header_counts());
    let answers = [counts.ancount(), counts.nscount(), counts.arcount()];
    let is_plain = header.opcode() == Opcode::QUERY && !header.z() && counts.qdcount() == 1 && answers.iter().all(|count| *count < 64);
    let fits = if header.qr() { u16::from(header.rcode().to_int()) <= 10 } else { matches!(answers, [0, 0, 0..=1]) };
    let Some(Ok(question)) = message.question().next() else { return false };
    let is_asked = question.qclass() == Class::IN && (1..=65).contains(&question.qtype().to_int()) || question.qtype() == Rtype::ANY;
    let len = 12 + usize::from(question.qname().compose_len()) + 4;
    is_plain && fits && is_asked && !question.qname().is_root() && (answers != [0; 3] || len == bytes.len())
}

fn answer(record: &domain::base::record::ParsedRecord<'_, [u8]>) -> Option<String> {
    macro_rules! data {
        ($data:ty) => {
            record.to_record::<$data>().ok()??
        };
    }
    Some(match record.rtype() {
        Rtype::A => data!(A).data().addr().to_string(),
        Rtype::AAAA => data!(Aaaa).data().addr().to_string(),
        Rtype::CNAME => name(data!(Cname<_>).data().cname()),
        Rtype::PTR => name(data!(Ptr<_>).data().ptrdname()),
        Rtype::NS => name(data!(Ns<_>).data().nsdname()),
        Rtype::MX => name(data!(Mx<_>).data().exchange()),
        Rtype::SRV => name(data!(Srv<_>).data().target()),
        _ => return None,
    })
}

/// As names are shown; one that is too long as well.
fn name(name: &ParsedName<&[u8]>) -> String {
    let labels = name.iter().filter(|label| !label.is_root()).map(Label::as_slice);
    printable(labels).unwrap_or_else(|| if name.is_root() { ".".to_owned() } else { "?".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_asked_is_told_with_its_type() {
        let head = [0, 1, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0];
        let message = [&head[..], b"\x03www\x07example\0", &[0, 65, 0, 1], b"\0", &[0, 2, 0, 1]].concat();
        let summary = summary(&message).unwrap();
        let told: Vec<String> = summary.questions.iter().map(|(name, kind)| format!("{name} {kind}")).collect();
        assert_eq!(told, ["www.example HTTPS", ". NS"]);
        assert_eq!((summary.rcode, summary.answers.len()), (None, 0));
    }

    #[test]
    fn answers_of_every_kind_are_told() {
        let head = [0, 1, 0x81, 0x83, 0, 0, 0, 4, 0, 0, 0, 0];
        let record = |kind: u8, data: &[u8]| [&[1, b'a', 0, 0, kind, 0, 1, 0, 0, 0, 9, 0, data.len() as u8][..], data].concat();
        let records = [record(5, b"\x01b\0"), record(1, &[192, 0, 2, 1]), record(33, b"\0\0\0\0\0\x50\x01c\0"), record(16, b"\x03txt")];
        let summary = summary(&[&head[..], &records.concat()].concat()).unwrap();
        assert_eq!(summary.answers, ["b", "192.0.2.1", "c"]);
        assert_eq!(summary.rcode.as_deref(), Some("NXDOMAIN"));
    }

    #[test]
    fn a_message_is_known_at_any_port() {
        let question = |head: [u8; 12]| [&head[..], b"\x03www\x07example\0", &[0, 1, 0, 1]].concat();
        assert!(is_dns(&question([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])));
        assert!(!is_dns(&question([0, 1, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0])), "two questions");
        assert!(!is_dns(&question([0, 1, 1, 0x40, 0, 1, 0, 0, 0, 0, 0, 0])), "a bit that nobody sets");
        assert!(!is_dns(&question([0, 1, 1, 0, 0, 1, 0, 3, 0, 0, 0, 0])), "a question with answers");
        assert!(!is_dns(&[question([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]), vec![0]].concat()), "more than it says");
        assert!(!is_dns(&[0; 40]));
    }

    proptest! {
        #[test]
        fn anything_is_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = summary(&bytes);
            let _ = summary(&[&[0, 1, 0x81, 0x80, 0, 1, 0, 3, 0, 0, 0, 0], &bytes[..]].concat());
        }
    }
}
