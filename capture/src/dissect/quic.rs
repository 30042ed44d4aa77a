//! QUIC: whom the client asks for. Its first packets are encrypted with keys that everybody can derive.

use graph::{Column, ColumnId, Proto, RegistryBuilder, RegistryError, Value, ValueType};
use wire::packet::quic::{Client, Initial, Keys, Packet, crypto, packets};
use wire::packet::stream::Beginning;
use wire::packet::tls::{Carrier, Flight, Message};

use super::hello::Columns;
use super::{Dissector, Found, Next, Payload, Session};

/// What is kept of a handshake, in bytes.
const MAX_HELLO: usize = 16 << 10;
/// A connection that says no hello in so many packets is left alone.
const MAX_PACKETS: u32 = 64;

#[derive(Clone, Copy, Debug)]
struct Quic {
    hello: Columns,
    version: ColumnId,
}

/// Registers it.
pub(super) fn register(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let hello = Columns::register(builder, ["quic.sni", "quic.alpn", "quic.ja4"], &[])?;
    let version = builder.register(Column::new("quic.version", ValueType::Symbol, "the version of QUIC that the client speaks"))?;
    Ok(Box::new(Quic { hello, version }))
}

impl Dissector for Quic {
    fn name(&self) -> &'static str {
        "quic"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        let is_quic = first.proto() == Proto::UDP && packets(first.bytes).next().is_some();
        is_quic.then(|| {
            let hello = Beginning::new(MAX_HELLO);
            Box::new(Looking { quic: *self, keys: Vec::new(), hello, heard: 0, was_told: false }) as _
        })
    }
}

#[derive(Debug)]
struct Looking {
    quic: Quic,
    /// Of the first packet, and of the one after a Retry.
    keys: Vec<Keys>,
    hello: Beginning,
    heard: u32,
    was_told: bool,
}

impl Session for Looking {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        self.heard += 1;
        for packet in packets(payload.bytes) {
            let Packet::Initial(initial) = packet else { continue };
            let Some(opened) = self.open(&initial) else { continue };
            if !self.was_told {
                found.certain(self.quic.version, Value::symbol(&initial.version.to_string()));
                self.was_told = true;
            }
            for (at, piece) in crypto(&opened) {
                self.hello.put(at, piece);
            }
            let flight = Flight::bare(self.hello.bytes());
            if let Some(Message::ClientHello(hello)) = flight.messages().next() {
                self.quic.hello.tell(&hello, Carrier::Quic, payload, found);
                return Next::Done;
            }
        }
        if self.heard >= MAX_PACKETS { Next::Done } else { Next::More }
    }
}

impl Looking {
    /// With the keys of an earlier packet, or where they do not fit with those of this one: it may be the first, or the first after a Retry. A server's packets have
    /// keys that are not known here, and open with none.
    fn open(&mut self, initial: &Initial<'_>) -> Option<Vec<u8>> {
        if let Some(opened) = self.keys.iter().find_map(|keys| keys.open(initial)) {
            return Some(opened);
        }
        let keys = Keys::of(Client { version: initial.version, destination: initial.destination })?;
        let opened = keys.open(initial)?;
        // After a Retry the hello begins anew; it is the same.
        if self.keys.len() < 4 {
            self.keys.push(keys);
        }
        Some(opened)
    }
}

#[cfg(test)]
mod tests;
