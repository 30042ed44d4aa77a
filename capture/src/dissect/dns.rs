//! DNS, over UDP and TCP, and mDNS and LLMNR: what is asked, what is answered, and the names of addresses.

use graph::{Column, ColumnId, NameOrigin, Proto, RegistryBuilder, RegistryError, Side, Value, ValueType};
use wire::packet::dns::{Kind, in_tcp_segment};
use wire::packet::names::{Origin, from_dns};
use wire::packet::questions::summary;

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
        query: add(Column::new("dns.query", ValueType::Text, "names asked for"))?,
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
        let kind = Kind::of_ports(first.src().port, first.dst().port)?;
        let is_dns = first.proto() == Proto::UDP || (first.proto() == Proto::TCP && kind == Kind::Dns);
        is_dns.then(|| Box::new(Looking { dns: *self, kind, heard: [0; 2], lists: Default::default() }) as _)
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
            self.message(payload.bytes, found);
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
