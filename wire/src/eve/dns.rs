//! Questions and answers of DNS, in the three ways in which Suricata has written them: flat; `query` and `answer`, with `answers`; `request` and
//! `response`, with `queries`.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::says::{Field, Named, Says};

/// As many names are learnt from one answer.
const MAX_NAMES: usize = 64;
/// Of what says nothing else.
const TTL_SECS: u32 = 300;

/// Reads the record's `dns`.
pub(super) fn read(says: &mut Says, dns: &Map<String, Value>) {
    let list = |name: &str| dns.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let (queries, answers) = (list("queries"), list("answers"));
    // Flat in the first two versions.
    let mut asked = dns.get("rrname").and_then(Value::as_str);
    says.take(Field::DnsQuery, dns.get("rrname"));
    says.take(Field::DnsType, dns.get("rrtype"));
    for query in queries.iter().filter_map(Value::as_object) {
        asked = asked.or_else(|| query.get("rrname").and_then(Value::as_str));
        says.take(Field::DnsQuery, query.get("rrname"));
        says.take(Field::DnsType, query.get("rrtype"));
    }
    says.take_all(Field::DnsRcode, dns.get("rcode"));
    let flat = dns.contains_key("rdata").then_some(dns);
    for answer in flat.into_iter().chain(answers.iter().filter_map(Value::as_object)).take(MAX_NAMES) {
        says.take(Field::DnsAnswer, answer.get("rdata"));
        let addr = answer.get("rdata").and_then(Value::as_str).and_then(|data| data.parse::<IpAddr>().ok());
        let is_address = matches!(answer.get("rrtype").and_then(Value::as_str), Some("A" | "AAAA"));
        if let (Some(addr), Some(name), true) = (addr, asked.filter(|name| !name.is_empty()), is_address) {
            let ttl_secs = answer.get("ttl").and_then(Value::as_u64).map_or(TTL_SECS, |ttl| u32::try_from(ttl).unwrap_or(u32::MAX));
            says.names.push(Named { addr, name: name.to_owned(), ttl_secs });
        }
    }
}
