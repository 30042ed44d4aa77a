//! One record: of what it is, of which packets, and what it says of them.

use std::net::IpAddr;

use serde_json::{Map, Value};

use super::says::{self, Says};
use super::{Fault, micros};

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Of what it is: `flow`, `alert`, ….
    pub event_type: String,
    /// When, in microseconds since 1970, where it says so.
    pub at_us: Option<u64>,
    /// The number of Suricata's flow.
    pub flow_id: Option<u64>,
    /// The ends of the flow; none where it is of no packets, such as `stats`.
    pub ends: Option<Ends>,
    /// What it says of it.
    pub says: Says,
}

/// The ends of a flow, in the direction of the packet that it is of: whoever is first need not have begun it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ends {
    /// From.
    pub src: IpAddr,
    /// To.
    pub dst: IpAddr,
    /// The protocol, by IANA's number.
    pub protocol: u8,
    /// The ports, source first; only TCP, UDP and SCTP have them.
    pub ports: Option<(u16, u16)>,
}

impl Record {
    /// Reads a line.
    ///
    /// # Errors
    /// What is untrue of it.
    pub fn parse(line: &[u8]) -> Result<Record, Fault> {
        let text = std::str::from_utf8(line).map_err(|_| Fault::Utf8)?;
        let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return Err(Fault::Json) };
        let text = |name| fields.get(name).and_then(Value::as_str);
        let event_type = text("event_type").filter(|name| !name.is_empty()).ok_or(Fault::NoType)?;
        Ok(Record {
            event_type: event_type.to_owned(),
            at_us: text("timestamp").and_then(micros),
            flow_id: fields.get("flow_id").and_then(Value::as_u64),
            ends: Ends::parse(&fields)?,
            says: says::read(event_type, &fields),
        })
    }
}

impl Ends {
    fn parse(fields: &Map<String, Value>) -> Result<Option<Ends>, Fault> {
        let (Some(src), Some(dst), Some(protocol)) = (fields.get("src_ip"), fields.get("dest_ip"), fields.get("proto")) else {
            return Ok(None);
        };
        let addr = |value: &Value| value.as_str().and_then(|text| text.parse::<IpAddr>().ok()).ok_or(Fault::Address);
        let port = |name| match fields.get(name) {
            None => Ok(None),
            Some(value) => value.as_u64().and_then(|port| u16::try_from(port).ok()).map(Some).ok_or(Fault::Port),
        };
        let protocol = protocol.as_str().and_then(number).ok_or(Fault::Protocol)?;
        let ports = port("src_port")?.zip(port("dest_port")?).filter(|_| has_ports(protocol));
        Ok(Some(Ends { src: addr(src)?, dst: addr(dst)?, protocol, ports }))
    }
}

const fn has_ports(protocol: u8) -> bool {
    matches!(protocol, 6 | 17 | 132)
}

/// A protocol's number, by the name that Suricata has for it: that of /etc/protocols, or the number itself.
fn number(name: &str) -> Option<u8> {
    const NAMES: [(&str, u8); 24] = [
        ("HOPOPT", 0),
        ("ICMP", 1),
        ("IGMP", 2),
        ("IPv4", 4),
        ("IPIP", 4),
        ("TCP", 6),
        ("EGP", 8),
        ("UDP", 17),
        ("DCCP", 33),
        ("IPv6", 41),
        ("IPv6-Route", 43),
        ("IPv6-Frag", 44),
        ("RSVP", 46),
        ("GRE", 47),
        ("ESP", 50),
        ("AH", 51),
        ("IPv6-ICMP", 58),
        ("ICMPv6", 58),
        ("EIGRP", 88),
        ("OSPFIGP", 89),
        ("PIM", 103),
        ("VRRP", 112),
        ("L2TP", 115),
        ("SCTP", 132),
    ];
    let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let digits = || name.strip_prefix("PROTO:").unwrap_or(name).trim_start_matches('0');
    known.map(|(_, number)| *number).or_else(|| digits().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: &str) -> Option<Fault> {
        Record::parse(line.as_bytes()).err()
    }

    #[test]
    fn a_record_says_of_what_it_is() {
        let line = br#"{"timestamp":"2019-08-07T21:08:34.743443+0000","flow_id":657079540719511,"event_type":"tls","src_ip":"2001:0db8:0000:0000:0000:0000:0000:0003","src_port":46638,"dest_ip":"2001:0db8::1","dest_port":443,"proto":"TCP","tls":{"sni":"enabled.tls13.com","version":"TLS 1.3"}}"#;
        let record = Record::parse(line).unwrap();
        assert_eq!(
            (record.event_type.as_str(), record.at_us, record.flow_id),
            ("tls", Some(1_565_212_114_743_443), Some(657_079_540_719_511))
        );
        let ends = record.ends.unwrap();
        assert_eq!((ends.src.to_string().as_str(), ends.dst.to_string().as_str()), ("2001:db8::3", "2001:db8::1"));
        assert_eq!((ends.protocol, ends.ports), (6, Some((46_638, 443))));
    }

    #[test]
    fn what_is_no_record_is_told_apart() {
        assert_eq!(Record::parse(b"{\"event_type\":\"\xff\"}").err(), Some(Fault::Utf8));
        assert_eq!(fault("{\"event_type\":\"flow\""), Some(Fault::Json));
        assert_eq!(fault("[]"), Some(Fault::Json));
        assert_eq!(fault(&"[".repeat(100_000)), Some(Fault::Json), "however deep");
        assert_eq!(fault(r#"{"a":1}"#), Some(Fault::NoType));
        assert_eq!(fault(r#"{"event_type":""}"#), Some(Fault::NoType));
        let of = |src: &str, port: &str, proto: &str| {
            fault(&format!(
                r#"{{"event_type":"flow","src_ip":{src},"dest_ip":"10.0.0.1","src_port":{port},"dest_port":80,"proto":{proto}}}"#
            ))
        };
        assert_eq!(of(r#""10.0.0.300""#, "1", r#""TCP""#), Some(Fault::Address));
        assert_eq!(of("7", "1", r#""TCP""#), Some(Fault::Address));
        assert_eq!(of(r#""10.0.0.3""#, "65536", r#""TCP""#), Some(Fault::Port));
        assert_eq!(of(r#""10.0.0.3""#, "1", r#""NONSENSE""#), Some(Fault::Protocol));
        assert_eq!(of(r#""10.0.0.3""#, "1", r#""PROTO:132""#), None);
        assert_eq!(fault(r#"{"event_type":"stats","stats":{}}"#), None);
        let icmp = br#"{"event_type":"flow","src_ip":"10.0.0.3","dest_ip":"10.0.0.1","src_port":8,"dest_port":0,"proto":"ICMP"}"#;
        assert_eq!(Record::parse(icmp).unwrap().ends.unwrap().ports, None, "it has none, whatever stands there");
    }
}
