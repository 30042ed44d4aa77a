//! DNS, over UDP and TCP, and mDNS and LLMNR: what is asked, what is answered, and the names of addresses.

use graph::{Column, ColumnId, Meaning, NameOrigin, Proto, RegistryBuilder, RegistryError, Side, Value, ValueType};
use wire::packet::dns::{Kind, in_tcp_segment};
use wire::packet::names::{Origin, from_dns};
use wire::packet::questions::{is_dns, summary};
use wire::packet::{Fragments, LinkType, Transport, dissect};

use super::collected::Collected;
use super::{Dissector, Found, Next, Payload, Session};

#[derive(Clone, Copy, Debug)]
struct Dns {
    query: ColumnId,
    kind: ColumnId,
    rcode: ColumnId,
    answers: ColumnId,
}

/// Registers it.
pub(super) fn register(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let mut add = |column: Column| builder.register(column.many());
    Ok(Box::new(Dns {
        query: add(Column::new("dns.query", ValueType::Text, "names asked for").means(Meaning::Question).also(&["dns.qry.name"]))?,
        kind: add(Column::new("dns.type", ValueType::Symbol, "types of records asked for"))?,
        rcode: add(Column::new("dns.rcode", ValueType::Symbol, "how answers went: NOERROR, NXDOMAIN, …"))?,
        answers: add(Column::new("dns.answers", ValueType::Text, "addresses and names that were the answer"))?,
    }))
}

impl Dissector for Dns {
    fn name(&self) -> &'static str {
        "dns"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        let by_port = Kind::of_ports(first.src().port, first.dst().port);
        let is_dns = match first.proto() {
            Proto::TCP => by_port.is_some(),
            // Questions of NetBIOS look alike.
            Proto::UDP => by_port.is_some() || (!first.has_port(Proto::UDP, 137) && is_dns(first.bytes)),
            proto => undelivered(proto, first.bytes).is_some(),
        };
        let kind = by_port.unwrap_or(Kind::Dns);
        is_dns.then(|| Box::new(Looking { dns: *self, kind, heard: [0; 2], lists: Default::default() }) as _)
    }
}

/// The message that an error of ICMP sends back.
fn undelivered(proto: Proto, bytes: &[u8]) -> Option<&[u8]> {
    /// What stands before the packet that is sent back, and how a packet alone is captured.
    const UNUSED: usize = 4;
    const RAW: LinkType = LinkType(101);
    if ![Proto::ICMP, Proto::ICMPV6].contains(&proto) {
        return None;
    }
    let packet = bytes.get(UNUSED..)?;
    let seen = dissect(RAW, packet, u32::try_from(packet.len()).ok()?, 0, &mut Fragments::new(1));
    match seen.ip()?.transport {
        Transport::Udp { src, dst, payload } if Kind::of_ports(src, dst) == Some(Kind::Dns) => Some(payload),
        _ => None,
    }
}

#[derive(Debug)]
struct Looking {
    dns: Dns,
    kind: Kind,
    /// How much of the streams was read, of TCP.
    heard: [usize; 2],
    /// Names, types, codes and answers.
    lists: [Collected; 4],
}

impl Session for Looking {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        if payload.proto() != Proto::TCP {
            let message = if payload.proto() == Proto::UDP { Some(payload.bytes) } else { undelivered(payload.proto(), payload.bytes) };
            message.into_iter().for_each(|message| self.message(message, found));
            return Next::More;
        }
        let [a, b] = self.heard;
        let mut at = if payload.from == Side::A { a } else { b };
        while let Some(message) = payload.bytes.get(at..).and_then(in_tcp_segment) {
            self.message(message, found);
            at += message.len() + 2;
        }
        self.heard = if payload.from == Side::A { [at, b] } else { [a, at] };
        Next::More
    }

    fn is_endless(&self) -> bool {
        true
    }
}

impl Looking {
    fn message(&mut self, message: &[u8], found: &mut Found) {
        for learned in from_dns(message, self.kind) {
            let origin = match learned.origin {
                Origin::Dns => NameOrigin::Dns,
                Origin::Mdns => NameOrigin::Mdns,
                Origin::Ptr => NameOrigin::Ptr,
            };
            found.name(learned.addr, origin, learned.ttl_secs, &learned.name);
        }
        let Some(summary) = summary(message) else { return };
        let (dns, [names, kinds, codes, answers]) = (self.dns, &mut self.lists);
        names.tell(dns.query, summary.questions.iter().map(|(name, _)| Value::text(name)), found);
        kinds.tell(dns.kind, summary.questions.iter().map(|(_, kind)| Value::symbol(kind)), found);
        codes.tell(dns.rcode, summary.rcode.iter().map(|code| Value::symbol(code)), found);
        answers.tell(dns.answers, summary.answers.iter().map(|answer| Value::text(answer)), found);
    }
}

#[cfg(test)]
mod tests {
    use wire::packet::TcpFlags;
    use wire::packet::dns::Response;
    use wire::packet::emit::stack;
    use wire::packet::network::ipv4;
    use wire::packet::transport::udp;

    use super::*;
    use crate::dissect::testing::{CLIENT, Lab, SERVER};

    fn response(name: &str, last: u8) -> Vec<u8> {
        let addrs = [[192, 0, 2, last].into()];
        Response { id: 1, question: name, aliases: &[], addrs: &addrs, pointer: None, ttl_secs: 60 }.emit().unwrap()
    }

    #[test]
    fn what_is_asked_and_answered_is_told_however_often() {
        let mut lab = Lab::new(&[register]);
        for n in 0..300_u32 {
            lab.udp(false, (5000, 53), &response(&format!("host{n}.example"), (n % 200) as u8 + 1));
        }
        let events = lab.events();
        let names = events.iter().filter(|e| matches!(e.kind, graph::Kind::Name { .. })).count();
        assert_eq!(names, 300, "a resolver asks from one port for ever");
        let tags = lab.tags_of(&events);
        let queries = tags.iter().find_map(|tag| tag.strip_prefix("dns.query=")).unwrap();
        assert_eq!(queries.split(", ").count(), graph::MAX_LIST);
        assert!(queries.starts_with("host0.example, host1.example"));
        for tag in ["dns.type=A", "dns.rcode=NOERROR", "app.protocol=dns"] {
            assert!(tags.iter().any(|told| told == tag), "{tag}: {tags:?}");
        }
    }

    #[test]
    fn an_answer_that_nobody_took_is_heard_in_what_sends_it_back() {
        let sent_back = |port| {
            let dns = response("late.example", 7);
            let udp = stack(&[&udp::Repr { src_port: port, dst_port: 5000 }], &dns);
            let answer = stack(&[&ipv4::Repr::new(SERVER, CLIENT, 17)], &udp);
            // Destination unreachable: the port is (RFC 792).
            let mut lab = Lab::new(&[register]);
            lab.icmp(true, &[&[3, 3, 0, 0, 0, 0, 0, 0][..], &answer].concat());
            lab.names().into_iter().map(|(_, _, name)| name).collect::<Vec<_>>()
        };
        assert_eq!((sent_back(53), sent_back(54)), (vec!["late.example".to_owned()], Vec::new()));
    }

    #[test]
    fn messages_over_tcp_are_split_as_they_come() {
        let mut lab = Lab::new(&[register]);
        lab.connect(53);
        let stream: Vec<u8> = ["one.example", "two.example"]
            .iter()
            .zip(1..)
            .flat_map(|(name, last)| {
                let message = response(name, last);
                [&(message.len() as u16).to_be_bytes()[..], &message].concat()
            })
            .collect();
        for (at, bytes) in (0..).step_by(50).zip(stream.chunks(50)) {
            lab.tcp(false, 53, TcpFlags::ACK, 501 + at, bytes);
        }
        let names: Vec<String> = lab.names().into_iter().map(|(addr, _, name)| format!("{addr} {name}")).collect();
        assert_eq!(names, ["192.0.2.1 one.example", "192.0.2.2 two.example"]);
    }

    #[test]
    fn an_answer_in_fragments_is_heard_in_whatever_order_they_come() {
        let addrs: Vec<_> = (1..=20).map(|last| [192, 0, 2, last].into()).collect();
        let response =
            Response { id: 1, question: "many.example", aliases: &[], addrs: &addrs, pointer: None, ttl_secs: 60 }.emit().unwrap();
        let heard = |order: &[usize]| {
            let mut lab = Lab::new(&[register]);
            lab.fragments(false, (5000, 53), &response, order);
            lab.names().into_iter().map(|(addr, ..)| addr).collect::<std::collections::BTreeSet<_>>().len()
        };
        assert_eq!([&[0, 1, 2][..], &[2, 1, 0], &[1, 0, 1, 2]].map(heard), [20; 3]);
        assert!(heard(&[0, 2]) < 20 && heard(&[1, 2]) == 0, "what is missing is missing");
    }

    #[test]
    fn a_message_at_another_port_is_known_and_what_is_none_is_not() {
        let mut lab = Lab::new(&[register]);
        lab.udp(false, (5000, 9953), &response("odd.example", 9));
        assert!(lab.tags().contains(&"dns.query=odd.example".to_owned()));
        lab.udp(true, (5001, 9953), b"something else that is long enough");
        assert_eq!(lab.tags(), [""; 0]);
    }
}
