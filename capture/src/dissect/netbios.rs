//! The name service of NetBIOS: how hosts call themselves, and whom they look for.

use graph::{Column, ColumnId, NameOrigin, Proto, RegistryBuilder, RegistryError, Value, ValueType};
use wire::packet::netbios::{Name, parse};

use super::collected::Collected;
use super::{Dissector, Found, Next, Payload, Session};

/// How long a name may be believed: hosts register theirs anew more often.
const NAME_TTL_SECS: u32 = 24 * 3600;
/// The services of a host itself: a workstation, a file server.
const OF_HOSTS: [u8; 2] = [0x00, 0x20];

#[derive(Clone, Copy, Debug)]
struct Netbios {
    name: ColumnId,
}

/// Registers it.
pub(super) fn register(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let name = builder.register(Column::new("netbios.name", ValueType::Text, "names that are looked for, or that hosts have").many())?;
    Ok(Box::new(Netbios { name }))
}

impl Dissector for Netbios {
    fn name(&self) -> &'static str {
        "netbios"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        first.has_port(Proto::UDP, 137).then(|| Box::new(Looking { column: self.name, names: Collected::default() }) as _)
    }
}

#[derive(Debug)]
struct Looking {
    column: ColumnId,
    names: Collected,
}

impl Session for Looking {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        let Some(message) = parse(payload.bytes) else { return Next::More };
        let is_host = |name: &Name| OF_HOSTS.contains(&name.suffix) && name.name != "*";
        for (name, addr) in message.owners.iter().filter(|(name, _)| is_host(name)) {
            found.name((*addr).into(), NameOrigin::Netbios, NAME_TTL_SECS, &name.name);
        }
        if let Some(name) = message.own.iter().find(|name| is_host(name)) {
            found.name(payload.src().addr, NameOrigin::Netbios, NAME_TTL_SECS, &name.name);
        }
        let names = message.questions.iter().chain(message.owners.iter().map(|(name, _)| name)).chain(&message.own);
        self.names.tell(self.column, names.filter(|name| name.name != "*").map(|name| Value::text(&name.name)), found);
        Next::More
    }

    /// Between the same two ends all hosts of a network say their names.
    fn is_endless(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::testing::Lab;

    #[test]
    fn whoever_registers_a_name_is_called_by_it() {
        let mut lab = Lab::new(&[register]);
        let encoded: Vec<u8> = "DESK           \0".bytes().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect();
        let head = [0, 1, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, 32];
        let record = [0xc0, 12, 0, 0x20, 0, 1, 0, 0, 0, 60, 0, 6, 0, 0, 10, 0, 0, 7];
        lab.udp(true, (137, 137), &[&head[..], &encoded, &[0, 0, 0x20, 0, 1], &record].concat());
        lab.udp(true, (137, 137), b"not a message");
        assert_eq!(lab.names(), [([10, 0, 0, 7].into(), NameOrigin::Netbios, "DESK".to_owned())]);
    }

    /// Somebody registers a name of a service at 10.0.0.7.
    fn registers(name: &str, service: u8) -> Vec<u8> {
        let bytes = format!("{name:15}").into_bytes().into_iter().chain([service]);
        let encoded: Vec<u8> = bytes.flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect();
        let record = [0xc0, 12, 0, 0x20, 0, 1, 0, 0, 0, 60, 0, 6, 0, 0, 10, 0, 0, 7];
        [&[0, 1, 0x29, 0x10, 0, 1, 0, 0, 0, 0, 0, 1, 32][..], &encoded, &[0, 0, 0x20, 0, 1], &record].concat()
    }

    #[test]
    fn what_is_no_host_is_none_and_nobody_is_given_up() {
        let mut lab = Lab::new(&[register]);
        for _ in 0..1_000 {
            lab.udp(true, (137, 137), &registers("OFFICE", 0x1b));
        }
        lab.udp(true, (137, 137), &registers("*", 0));
        lab.udp(true, (137, 137), &registers("DESK", 0x20));
        let events = lab.events();
        let names = events.iter().filter_map(|e| if let graph::Kind::Name { name, .. } = &e.kind { Some(&**name) } else { None });
        assert_eq!(names.collect::<Vec<_>>(), ["DESK"], "a domain is no host, and nobody is called *");
        let tags = lab.tags_of(&events);
        assert!(tags.contains(&"netbios.name=OFFICE, DESK".to_owned()) && !tags.iter().any(|tag| tag.contains('*')), "{tags:?}");
    }
}
