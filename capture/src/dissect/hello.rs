//! What TLS and QUIC have in common: a client says hello.

use graph::{Column, ColumnId, Meaning, NameOrigin, RegistryBuilder, RegistryError, Value, ValueType};
use wire::packet::tls::{Carrier, ClientHello, ja4};

use super::text::{host_name, symbol, text};
use super::{Found, Payload};

/// How long the name of a server may be believed: it was asked for by this name, whatever it is called tomorrow.
const NAME_TTL_SECS: u32 = 24 * 3600;

/// The columns that a hello fills.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    sni: ColumnId,
    alpn: ColumnId,
    ja4: ColumnId,
}

impl Columns {
    /// `also` is what other programs call the server's name.
    pub(super) fn register(
        builder: &mut RegistryBuilder,
        [sni, alpn, ja4]: [&'static str; 3],
        also: &'static [&'static str],
    ) -> Result<Columns, RegistryError> {
        let mut add = |column| builder.register(column);
        Ok(Columns {
            sni: add(Column::new(sni, ValueType::Text, "the server's name, as the client asked for it")
                .means(Meaning::ServerName)
                .also(also))?,
            alpn: add(
                Column::new(alpn, ValueType::Symbol, "protocols that the client offers to speak inside, the preferred one first").many()
            )?,
            ja4: add(Column::new(ja4, ValueType::Symbol, "JA4 fingerprint of the client's hello: the same for the same program"))?,
        })
    }

    pub(super) fn tell(&self, hello: &ClientHello<'_>, carrier: Carrier, payload: &Payload<'_>, found: &mut Found) {
        if let Some(name) = hello.server_name {
            found.certain(self.sni, text(name));
            if let Some(name) = host_name(name) {
                found.name(payload.dst().addr, NameOrigin::Sni, NAME_TTL_SECS, &name);
            }
        }
        if !hello.alpn.is_empty() {
            found.certain(self.alpn, Value::list(hello.alpn.iter().map(|name| symbol(name))));
        }
        found.certain(self.ja4, Value::symbol(&ja4(hello, carrier)));
    }
}
