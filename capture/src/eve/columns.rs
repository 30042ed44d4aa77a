//! What Suricata says of a flow. What it knows by the packets' protocols stands in the columns of whoever else knows it.

use graph::{Column, ColumnId, Confidence, Registry, RegistryBuilder, RegistryError, Rule, Tag, Value, ValueType};
use hashbrown::HashMap;
use wire::eve::Field;

use crate::proc::reader::printable;

/// Whether others may tell of it, too: then theirs is the column's type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shared {
    No,
    Yes,
}

const fn text(name: &'static str, help: &'static str) -> Column {
    Column::new(name, ValueType::Text, help)
}

const fn symbol(name: &'static str, help: &'static str) -> Column {
    Column::new(name, ValueType::Symbol, help)
}

const COLUMNS: [(Field, Shared, Column); 27] = [
    (Field::Alert, Shared::No, text("suricata.alert", "what Suricata warns of").many()),
    (
        Field::Severity,
        Shared::No,
        Column::new("suricata.severity", ValueType::Integer, "how grave its alerts are; 1 is the gravest").comes_to(Rule::Least),
    ),
    (Field::Category, Shared::No, symbol("suricata.category", "what kinds of alerts these are").many()),
    (Field::Action, Shared::No, symbol("suricata.action", "what Suricata did: allowed, blocked").many()),
    (Field::Anomaly, Shared::No, symbol("suricata.anomaly", "what is odd about it").many()),
    (Field::AppProtocol, Shared::No, symbol("suricata.protocol", "the protocol inside, as Suricata calls it")),
    (Field::CommunityId, Shared::Yes, text("community_id", "the flow's Community ID")),
    (Field::File, Shared::No, text("suricata.file", "names of files that were seen").many()),
    (Field::TlsSubject, Shared::No, text("suricata.tls_subject", "whom the server's certificate is for")),
    (Field::Ja3, Shared::No, symbol("suricata.ja3", "JA3 fingerprint of the client's hello")),
    (Field::TlsSni, Shared::Yes, text("tls.sni", "the server's name, as the client asked for it")),
    (Field::TlsVersion, Shared::Yes, symbol("tls.version", "the version of TLS")),
    (Field::TlsAlpn, Shared::Yes, symbol("tls.alpn", "protocols that the client offers to speak inside").many()),
    (Field::Ja4, Shared::Yes, symbol("tls.ja4", "JA4 fingerprint of the client's hello")),
    (Field::QuicSni, Shared::Yes, text("quic.sni", "the server's name, as the client asked for it")),
    (Field::HttpHost, Shared::Yes, text("http.host", "whom the client asks").many()),
    (Field::HttpMethod, Shared::Yes, symbol("http.method", "what is to be done").many()),
    (Field::HttpPath, Shared::Yes, text("http.path", "with what; without the query, which may hold secrets").many()),
    (Field::HttpStatus, Shared::Yes, Column::new("http.status", ValueType::Integer, "how it went").many()),
    (Field::HttpUserAgent, Shared::Yes, text("http.user_agent", "what the client says it is")),
    (Field::DnsQuery, Shared::Yes, text("dns.query", "names asked for").many()),
    (Field::DnsType, Shared::Yes, symbol("dns.type", "types of records asked for").many()),
    (Field::DnsRcode, Shared::Yes, symbol("dns.rcode", "how answers went").many()),
    (Field::DnsAnswer, Shared::Yes, text("dns.answers", "addresses and names that were the answer").many()),
    (Field::SshClient, Shared::Yes, text("ssh.client", "what the client says it is")),
    (Field::SshServer, Shared::Yes, text("ssh.server", "what the server says it is")),
    (Field::DhcpHostname, Shared::No, text("suricata.dhcp_name", "the name that a host asks for its address with")),
];

/// Registers those that nobody else has.
pub(crate) fn register(builder: &mut RegistryBuilder) -> Result<(), RegistryError> {
    COLUMNS.into_iter().try_for_each(|(_, shared, column)| match builder.register_or_find(column) {
        Err(RegistryError::Duplicate(_)) if shared == Shared::Yes => Ok(()),
        registered => registered.map(drop),
    })
}

/// Those that a registry has, as it has them.
#[derive(Clone, Debug)]
pub(super) struct Columns(HashMap<Field, (ColumnId, Column)>);

impl Columns {
    pub(super) fn of(registry: &Registry) -> Columns {
        let find = |(field, _, column): (Field, Shared, Column)| {
            let id = registry.find(column.name)?;
            Some((field, (id, registry.column(id)?.clone())))
        };
        Columns(COLUMNS.into_iter().filter_map(find).collect())
    }

    /// Whether there are many values of it in one flow.
    pub(super) fn is_many(&self, field: Field) -> bool {
        self.0.get(&field).is_some_and(|(_, column)| column.many)
    }

    /// What is said; nothing where there is no such column, or these are no such values.
    pub(super) fn tag(&self, field: Field, values: &[String]) -> Option<Tag> {
        let (id, column) = self.0.get(&field)?;
        let value = |text: &String| match column.value_type {
            ValueType::Text => Some(Value::text(&printable(text.as_bytes()))),
            ValueType::Symbol => Some(Value::symbol(&printable(text.as_bytes()))),
            other => other.parse(text),
        };
        let mut values = values.iter().filter_map(value);
        let value = if column.many { Value::list(values) } else { values.next_back()? };
        (!value.each().is_empty()).then(|| Tag::certain(*id, value).as_sure_as(Confidence::Certain))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_tell_of_too_stays_as_they_have_it() {
        let mut builder = RegistryBuilder::default();
        builder.register(symbol("ssh.client", "another type")).unwrap();
        builder.register(text("tls.sni", "the same")).unwrap();
        register(&mut builder).unwrap();
        let registry = builder.freeze();
        let columns = Columns::of(&registry);
        assert_eq!(columns.0.len(), COLUMNS.len());
        let said = |field, text: &str| columns.tag(field, &[text.to_owned(), text.to_owned()]).map(|tag| tag.value);
        assert_eq!(said(Field::SshClient, "x"), Some(Value::symbol("x")));
        assert_eq!(said(Field::TlsSni, "a\u{1b}[2Jb"), Some(Value::text("a\\x1b[2Jb")), "a terminal shows it");
        assert_eq!(said(Field::Severity, "3"), Some(Value::Integer(3)));
        assert_eq!(said(Field::Severity, "grave"), None);
        assert_eq!(said(Field::Alert, "x").map(|value| value.each().len()), Some(2));
        let every = COLUMNS.iter().all(|(field, _, _)| {
            columns
                .tag(*field, &["7".to_owned()])
                .is_some_and(|tag| registry.column(tag.column).is_some_and(|column| column.takes(&tag.value)))
        });
        assert!(every);
        let mut builder = RegistryBuilder::default();
        builder.register(symbol("suricata.alert", "")).unwrap();
        assert_eq!(register(&mut builder), Err(RegistryError::Duplicate("suricata.alert")), "what is its own is not another's");
    }
}
