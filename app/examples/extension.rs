//! glouglou with an extension, all of it in this file: the addresses of telephone networks.
//!
//! SIGTRAN carries the signalling of telephone networks over IP: M3UA (RFC 4666) in SCTP (RFC 9260). Between two IP addresses talk many point codes, which no IP header
//! shows. The extension registers columns for them and a dissector that fills these, and tells each pair of point codes that talks once as an event of a module of its
//! own. The columns are filtered, grouped, shown and exported like all others, and the events travel from probes and are kept, though nothing else knows of either:
//!
//! ```text
//! cargo run -p app --example extension -- table -r FILE --json
//! ```

use std::process::ExitCode;

use capture::dissect::{Dissector, Found, Next, Payload, Session, install};
use graph::{Column, ColumnId, Confidence, Proto, RegistryBuilder, RegistryError, Tag, Value, ValueType};

/// The module of its events: 0x40 to 0x7F are for extensions.
const MODULE: u8 = 0x57;
/// Two point codes began to talk: who says so first, then the other, four bytes each, and the number of the service.
const TALKS: u8 = 1;

fn main() -> ExitCode {
    install([register as _]);
    app::program::main()
}

/// The columns that it fills.
#[derive(Clone, Copy, Debug)]
struct M3ua {
    point_code: ColumnId,
    service: ColumnId,
}

pub(crate) fn register(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let point_code =
        Column::new("m3ua.point_code", ValueType::Symbol, "address in the telephone network, as the last message had it").endpoint();
    let service = Column::new("m3ua.service", ValueType::Symbol, "what telephone networks say: SCCP, ISUP, …").many();
    Ok(Box::new(M3ua { point_code: builder.register(point_code)?, service: builder.register(service)? }))
}

impl Dissector for M3ua {
    fn name(&self) -> &'static str {
        "m3ua"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        (first.proto() == Proto(132)).then(|| Box::new(Association { columns: *self, services: Vec::new(), told: Vec::new() }) as _)
    }
}

/// One association of SCTP.
#[derive(Debug)]
struct Association {
    columns: M3ua,
    services: Vec<u8>,
    /// Pairs that were told.
    told: Vec<(u32, u32)>,
}

/// Pairs of one association that are remembered.
const MAX_PAIRS: usize = 256;

impl Session for Association {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        for message in data_chunks(payload.bytes).filter_map(protocol_data) {
            let code = |code| Tag::certain(self.columns.point_code, Value::symbol(&itu(code))).as_sure_as(Confidence::Likely);
            found.tag(code(message.from).at(payload.from));
            found.tag(code(message.to).at(payload.from.other()));
            if !self.services.contains(&message.service) {
                self.services.push(message.service);
                found.certain(self.columns.service, Value::list(self.services.iter().map(|service| Value::symbol(name_of(*service)))));
            }
            let pair = (message.from, message.to);
            if !self.told.contains(&pair) && self.told.len() < MAX_PAIRS {
                self.told.push(pair);
                found.event(MODULE, TALKS, &[&pair.0.to_be_bytes()[..], &pair.1.to_be_bytes(), &[message.service]].concat());
            }
        }
        Next::More
    }

    /// Associations live for months, and new point codes come.
    fn is_endless(&self) -> bool {
        true
    }
}

/// What M3UA says of a message that it carries.
struct ProtocolData {
    from: u32,
    to: u32,
    service: u8,
}

/// The user's data in the chunks of a packet, where it is M3UA's: payload protocol 3.
fn data_chunks(mut chunks: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        loop {
            let &[kind, _flags, high, low, ..] = chunks else { return None };
            let len = usize::from(u16::from_be_bytes([high, low])).max(4);
            let chunk = chunks.get(..len.min(chunks.len()))?;
            chunks = chunks.get(len.next_multiple_of(4)..).unwrap_or_default();
            if kind == 0 && chunk.get(12..16) == Some(&[0, 0, 0, 3]) {
                return chunk.get(16..);
            }
        }
    })
}

/// The parameter Protocol Data of a Payload Data message.
fn protocol_data(message: &[u8]) -> Option<ProtocolData> {
    let [1, _, 1, 1, ..] = message else { return None };
    let mut parameters = message.get(8..)?;
    loop {
        let &[tag_high, tag_low, high, low, ..] = parameters else { return None };
        let len = usize::from(u16::from_be_bytes([high, low])).max(4);
        if (tag_high, tag_low) == (0x02, 0x10) {
            let &[f0, f1, f2, f3, t0, t1, t2, t3, service, ..] = parameters.get(4..)? else { return None };
            return Some(ProtocolData { from: u32::from_be_bytes([f0, f1, f2, f3]), to: u32::from_be_bytes([t0, t1, t2, t3]), service });
        }
        parameters = parameters.get(len.next_multiple_of(4)..)?;
    }
}

/// A point code as the ITU writes it: three, eight and three bits.
fn itu(code: u32) -> String {
    format!("{}-{}-{}", code >> 11 & 7, code >> 3 & 0xff, code & 7)
}

/// The service indicator.
const fn name_of(service: u8) -> &'static str {
    match service {
        0 => "SNM",
        1 => "MTN",
        3 => "SCCP",
        4 => "TUP",
        5 => "ISUP",
        13 => "BICC",
        _ => "other",
    }
}
