//! What a record says, field by field; what is of another type than expected is passed over.

use std::net::IpAddr;

use serde_json::{Map, Value};

/// The longest text that is kept, in bytes.
const MAX_TEXT: usize = 512;
/// As many values of one kind are kept of one record.
const MAX_VALUES: usize = 32;

/// What is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// An alert's words.
    Alert,
    /// How grave it is: 1 is the gravest.
    Severity,
    /// What kind of alert it is.
    Category,
    /// What was done: allowed, blocked.
    Action,
    /// What is odd.
    Anomaly,
    /// The protocol inside, as Suricata calls it.
    AppProtocol,
    /// The Community ID.
    CommunityId,
    /// Names of files that were seen.
    File,
    /// The server's name in TLS.
    TlsSni,
    /// The version, as in `TLS 1.3`.
    TlsVersion,
    /// What the client would speak.
    TlsAlpn,
    /// Whom the certificate is for.
    TlsSubject,
    /// JA3 of the client's hello.
    Ja3,
    /// JA4 of it.
    Ja4,
    /// The server's name in QUIC.
    QuicSni,
    /// Whom the client asks.
    HttpHost,
    /// What it wants.
    HttpMethod,
    /// Of what, without the query.
    HttpPath,
    /// How it went.
    HttpStatus,
    /// What the client says it is.
    HttpUserAgent,
    /// A name that was asked for.
    DnsQuery,
    /// Of which type.
    DnsType,
    /// How it went.
    DnsRcode,
    /// An answer.
    DnsAnswer,
    /// What the client says it is.
    SshClient,
    /// What the server says it is.
    SshServer,
    /// The name that a host asks for its address with.
    DhcpHostname,
}

/// An address's name, from an answer of DNS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The address.
    pub addr: IpAddr,
    /// The name that was asked for.
    pub name: String,
    /// How long it may be believed, in seconds.
    pub ttl_secs: u32,
}

/// What a record says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Says {
    /// What of its flow; what there are many of stands there many times.
    pub fields: Vec<(Field, String)>,
    /// Which addresses have which names.
    pub names: Vec<Named>,
}

impl Says {
    fn put(&mut self, field: Field, value: &str) {
        let many = self.fields.iter().filter(|(known, _)| *known == field).count();
        let value = value.get(..value.floor_char_boundary(MAX_TEXT)).unwrap_or_default();
        if !value.is_empty() && many < MAX_VALUES && !self.fields.iter().any(|(known, other)| *known == field && other == value) {
            self.fields.push((field, value.to_owned()));
        }
    }

    /// A text or a number.
    pub(super) fn take(&mut self, field: Field, from: Option<&Value>) {
        match from {
            Some(Value::String(text)) => self.put(field, text),
            Some(Value::Number(number)) => self.put(field, &number.to_string()),
            _ => {}
        }
    }

    /// Each of several, or one.
    pub(super) fn take_all(&mut self, field: Field, from: Option<&Value>) {
        match from {
            Some(Value::Array(all)) => all.iter().for_each(|one| self.take(field, Some(one))),
            one => self.take(field, one),
        }
    }
}

/// What a record of that type says. An alert holds what its protocol's record would.
pub(super) fn read(event_type: &str, fields: &Map<String, Value>) -> Says {
    let mut says = Says::default();
    let inner = |name| fields.get(name).and_then(Value::as_object);
    // Suricata's words for: not looked at, or not found.
    let protocol = fields.get("app_proto").and_then(Value::as_str).filter(|name| !matches!(*name, "failed" | "unknown"));
    if let Some(name) = protocol {
        says.put(Field::AppProtocol, name);
    }
    says.take(Field::CommunityId, fields.get("community_id"));
    if let Some(alert) = inner("alert") {
        says.take(Field::Alert, alert.get("signature"));
        says.take(Field::Severity, alert.get("severity"));
        says.take(Field::Category, alert.get("category"));
        says.take(Field::Action, alert.get("action"));
    }
    if let Some(anomaly) = inner("anomaly") {
        says.take(Field::Anomaly, anomaly.get("event"));
    }
    for file in inner("fileinfo")
        .into_iter()
        .chain(fields.get("files").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object))
    {
        says.take(Field::File, file.get("filename").and_then(Value::as_str).map(without_query).as_ref());
    }
    if let Some(tls) = inner("tls") {
        of_tls(&mut says, tls);
    }
    if let Some(quic) = inner("quic") {
        says.take(Field::QuicSni, quic.get("sni"));
        says.take(Field::Ja3, quic.get("ja3").and_then(|ja3| ja3.get("hash")));
        says.take(Field::Ja4, quic.get("ja4"));
    }
    if let Some(http) = inner("http") {
        of_http(&mut says, http);
    }
    match fields.get("dns") {
        Some(Value::Object(dns)) => super::dns::read(&mut says, dns),
        // In alerts of version 2: lists of queries and answers.
        Some(Value::Array(all)) => {
            all.iter().filter_map(Value::as_object).for_each(|dns| super::dns::read(&mut says, dns));
        }
        _ => {}
    }
    if let Some(ssh) = inner("ssh") {
        for (field, end) in [(Field::SshClient, "client"), (Field::SshServer, "server")] {
            says.take(field, ssh.get(end).and_then(|end| end.get("software_version")));
        }
    }
    if let Some(dhcp) = inner("dhcp") {
        says.take(Field::DhcpHostname, dhcp.get("hostname"));
    }
    if inner(event_type).is_some() && protocol.is_none() && is_protocol(event_type) {
        says.put(Field::AppProtocol, event_type);
    }
    says
}

/// Whether a type of record is the name of a protocol, and not of what Suricata does.
fn is_protocol(event_type: &str) -> bool {
    !matches!(
        event_type,
        "alert" | "anomaly" | "fileinfo" | "flow" | "netflow" | "stats" | "drop" | "metadata" | "pgsql_error" | "engine" | "email"
    )
}

fn of_tls(says: &mut Says, tls: &Map<String, Value>) {
    says.take(Field::TlsSni, tls.get("sni"));
    if let Some(version) = tls.get("version").and_then(Value::as_str).and_then(tls_version) {
        says.put(Field::TlsVersion, &version);
    }
    says.take_all(Field::TlsAlpn, tls.get("client_alpns"));
    says.take(Field::TlsSubject, tls.get("subject"));
    says.take(Field::Ja3, tls.get("ja3").and_then(|ja3| ja3.get("hash")));
    says.take(Field::Ja4, tls.get("ja4"));
}

/// `TLSv1` is called `TLS 1.0` elsewhere; what is not determined is not said.
fn tls_version(name: &str) -> Option<String> {
    match name {
        "UNDETERMINED" | "" => None,
        "TLSv1" => Some("TLS 1.0".to_owned()),
        "SSLv2" => Some("SSL 2.0".to_owned()),
        "SSLv3" => Some("SSL 3.0".to_owned()),
        other => Some(other.replacen("TLSv", "TLS ", 1)),
    }
}

fn of_http(says: &mut Says, http: &Map<String, Value>) {
    says.take(Field::HttpHost, http.get("hostname"));
    says.take(Field::HttpMethod, http.get("http_method"));
    says.take(Field::HttpPath, http.get("url").and_then(Value::as_str).map(without_query).as_ref());
    says.take(Field::HttpStatus, http.get("status"));
    says.take(Field::HttpUserAgent, http.get("http_user_agent"));
}

/// A query may hold secrets.
fn without_query(url: &str) -> Value {
    Value::String(url.split(['?', '#']).next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eve::Record;

    fn says(line: &str) -> Says {
        Record::parse(line.as_bytes()).unwrap().says
    }

    fn of(line: &str, field: Field) -> Vec<String> {
        says(line).fields.into_iter().filter(|(known, _)| *known == field).map(|(_, value)| value).collect()
    }

    #[test]
    fn an_alert_says_what_it_is_and_what_its_protocol_would() {
        let line = r#"{"event_type":"alert","alert":{"signature":"ET CHAT","severity":1,"category":"Privacy","action":"allowed"},
            "http":{"hostname":"ui.skype.com","url":"/ui?uhash=secret","http_method":"GET","status":200},"app_proto":"http"}"#;
        let values: Vec<_> = says(line).fields.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, ["http", "ET CHAT", "1", "Privacy", "allowed", "ui.skype.com", "GET", "/ui", "200"]);
    }

    #[test]
    fn protocols_say_their_own() {
        let tls = r#"{"event_type":"tls","tls":{"sni":"a.example","version":"TLSv1","client_alpns":["h2","http/1.1"],"ja3":{"hash":"e7"},"ja4":"t13"}}"#;
        assert_eq!(
            (of(tls, Field::TlsVersion), of(tls, Field::TlsAlpn)),
            (vec!["TLS 1.0".to_owned()], vec!["h2".into(), "http/1.1".into()])
        );
        assert_eq!((of(tls, Field::Ja3), of(tls, Field::AppProtocol)), (vec!["e7".to_owned()], vec!["tls".to_owned()]));
        assert_eq!(of(r#"{"event_type":"tls","tls":{"version":"UNDETERMINED"}}"#, Field::TlsVersion), Vec::<String>::new());
        let ssh = r#"{"event_type":"ssh","ssh":{"client":{"software_version":"OpenSSH_5.3"},"server":7}}"#;
        assert_eq!((of(ssh, Field::SshClient).len(), of(ssh, Field::SshServer).len()), (1, 0));
        let flow = r#"{"event_type":"flow","app_proto":"failed","flow":{"bytes_toserver":5}}"#;
        assert_eq!(says(flow), Says::default(), "what it counted is not ours to say");
    }

    #[test]
    fn all_three_versions_of_dns_are_read() {
        let v1 = r#"{"event_type":"dns","dns":{"type":"answer","rrname":"a.example","rrtype":"A","rcode":"NOERROR","ttl":60,"rdata":"192.0.2.1"}}"#;
        let v2 = r#"{"event_type":"dns","dns":{"version":2,"type":"answer","rrname":"a.example","rrtype":"A","rcode":"NOERROR",
            "answers":[{"rrname":"a.example","rrtype":"A","ttl":60,"rdata":"192.0.2.1"}],"grouped":{"A":["192.0.2.1"]}}}"#;
        let v3 = r#"{"event_type":"dns","dns":{"version":3,"type":"response","rcode":"NOERROR","queries":[{"rrname":"a.example","rrtype":"A"}],
            "answers":[{"rrname":"a.example","rrtype":"A","ttl":60,"rdata":"192.0.2.1"}]}}"#;
        for line in [v1, v2, v3] {
            let said = says(line);
            let named = Named { addr: "192.0.2.1".parse().unwrap(), name: "a.example".into(), ttl_secs: 60 };
            assert_eq!(said.names, [named], "{line}");
            let values: Vec<_> = said.fields.iter().map(|(field, value)| (*field, value.as_str())).collect();
            for expected in
                [(Field::DnsQuery, "a.example"), (Field::DnsType, "A"), (Field::DnsRcode, "NOERROR"), (Field::DnsAnswer, "192.0.2.1")]
            {
                assert!(values.contains(&expected), "{expected:?} in {values:?}");
            }
            assert_eq!(values.len(), 5);
        }
        let alias = r#"{"event_type":"dns","dns":{"version":3,"type":"response","queries":[{"rrname":"w.example","rrtype":"A"}],"answers":[
            {"rrname":"w.example","rrtype":"CNAME","ttl":9,"rdata":"cdn.example"},{"rrname":"cdn.example","rrtype":"A","ttl":60,"rdata":"192.0.2.1"}]}}"#;
        assert_eq!(says(alias).names[0].name, "w.example", "whom it was asked for");
        let query = r#"{"event_type":"dns","dns":{"version":3,"type":"request","queries":[{"rrname":"a.example","rrtype":"AAAA"}]}}"#;
        assert_eq!((of(query, Field::DnsQuery), of(query, Field::DnsType)), (vec!["a.example".to_owned()], vec!["AAAA".to_owned()]));
    }

    #[test]
    fn what_is_said_is_bounded() {
        let many: Vec<String> = (0..500).map(|n| format!(r#"{{"rrname":"{n}{}","rrtype":"TXT","rdata":"x"}}"#, "é".repeat(900))).collect();
        let line = format!(r#"{{"event_type":"dns","dns":{{"version":3,"type":"request","queries":[{}]}}}}"#, many.join(","));
        let queries = of(&line, Field::DnsQuery);
        assert_eq!((queries.len(), queries.iter().map(String::len).max()), (MAX_VALUES, Some(MAX_TEXT)));
        let names = |asked: &str| {
            let all: Vec<String> = (0..200).map(|n| format!(r#"{{"rrtype":"A","rdata":"10.0.0.{n}"}}"#)).collect();
            let line = format!(r#"{{"event_type":"dns","dns":{{"rrname":"{asked}","rrtype":"A","answers":[{}]}}}}"#, all.join(","));
            says(&line).names.len()
        };
        assert_eq!((names("a.example"), names("")), (64, 0));
    }
}
