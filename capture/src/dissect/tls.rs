//! TLS over TCP: whom the client asks for, what was agreed, and whom the server's certificate is for, where versions send it in the clear. A handshake that begins in
//! the middle of another protocol (STARTTLS, a proxy) counts as well.

use graph::{Column, ColumnId, Proto, RegistryBuilder, RegistryError, Value, ValueType};
use wire::packet::socks::is_socks;
use wire::packet::tls::{Carrier, Flight, Message, Version, certificate_names, find_client_hello, is_handshake};

use super::hello::Columns;
use super::text::text;
use super::{Dissector, Found, Next, Payload, Session};

#[derive(Clone, Copy, Debug)]
struct Tls {
    hello: Columns,
    version: ColumnId,
    names: ColumnId,
}

/// Registers it.
pub(super) fn register(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let hello = Columns::register(builder, ["tls.sni", "tls.alpn", "tls.ja4"], &["tls.handshake.extensions_server_name"])?;
    let version = Column::new("tls.version", ValueType::Symbol, "the version that was agreed; the newest that is offered until then");
    let names = Column::new("tls.cert.names", ValueType::Text, "whom the server's certificate is for; not to be seen since TLS 1.3").many();
    Ok(Box::new(Tls { hello, version: builder.register(version)?, names: builder.register(names)? }))
}

impl Dissector for Tls {
    fn name(&self) -> &'static str {
        "tls"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        let is_tls = first.proto() == Proto::TCP && (is_handshake(first.bytes) || may_upgrade(first.bytes));
        is_tls.then(|| Box::new(Looking { tls: *self, client: None, was_answered: false }) as _)
    }
}

/// Whether a stream begins like a protocol that may turn to TLS: a greeting of mail, news or file servers, XMPP, PostgreSQL, SOCKS, a proxy's CONNECT.
fn may_upgrade(stream: &[u8]) -> bool {
    const STARTS: [&[u8]; 10] =
        [b"220 ", b"220-", b"EHLO ", b"* OK", b"+OK ", b"200 ", b"<?xml ", b"<stream:", b"CONNECT ", &[0, 0, 0, 8, 4, 210, 22, 47]];
    STARTS.iter().any(|start| stream.starts_with(start)) || is_socks(stream)
}

#[derive(Debug)]
struct Looking {
    tls: Tls,
    /// Who said hello.
    client: Option<graph::Side>,
    was_answered: bool,
}

impl Session for Looking {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        match self.client {
            None => self.hear_client(payload, found),
            Some(client) if client == payload.from => Next::More,
            Some(_) => self.hear_server(payload, found),
        }
    }
}

impl Looking {
    fn hear_client(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        let start = if is_handshake(payload.bytes) { Some(0) } else { find_client_hello(payload.bytes) };
        let Some(start) = start else { return Next::More };
        let flight = Flight::of(payload.bytes.get(start..).unwrap_or_default());
        let said = flight.messages().next();
        match said {
            Some(Message::ClientHello(hello)) => {
                self.tls.hello.tell(&hello, Carrier::Tcp, payload, found);
                found.certain(self.tls.version, Value::symbol(&hello.version().to_string()));
                self.client = Some(payload.from);
                Next::More
            }
            // The client's hello was missed.
            Some(Message::ServerHello(_)) => {
                self.client = Some(payload.from.other());
                self.hear_server(payload, found)
            }
            Some(_) => Next::Done,
            None if flight.is_over => Next::Done,
            None => Next::More,
        }
    }

    fn hear_server(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        let start = payload.bytes.windows(7).position(is_handshake);
        let Some(start) = start else { return if payload.bytes.len() > 4096 { Next::Done } else { Next::More } };
        let flight = Flight::of(payload.bytes.get(start..).unwrap_or_default());
        for message in flight.messages() {
            match message {
                Message::ServerHello(hello) if !self.was_answered => {
                    found.certain(self.tls.version, Value::symbol(&hello.version.to_string()));
                    self.was_answered = true;
                    if hello.version >= Version::TLS_1_3 {
                        return Next::Done;
                    }
                }
                Message::Certificate(der) => {
                    let names = certificate_names(der);
                    if !names.is_empty() {
                        found.certain(self.tls.names, Value::list(names.iter().map(|name| text(name.as_bytes()))));
                    }
                    return Next::Done;
                }
                Message::ServerHelloDone => return Next::Done,
                _ => {}
            }
        }
        if flight.is_over { Next::Done } else { Next::More }
    }
}

#[cfg(test)]
mod tests;
