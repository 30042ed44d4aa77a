//! DHCP: how hosts call themselves.

use graph::{Column, ColumnId, NameOrigin, Proto, RegistryBuilder, RegistryError, Value, ValueType};
use wire::packet::dhcp::{Lease, v4, v6};

use super::collected::Collected;
use super::{Dissector, Found, Next, Payload, Session};

/// How long a name may be believed: a common length of leases, which not every message tells.
const NAME_TTL_SECS: u32 = 24 * 3600;

#[derive(Clone, Copy, Debug)]
struct Dhcp {
    host_name: ColumnId,
    vendor_class: ColumnId,
}

/// Registers it.
pub(super) fn register(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let mut add = |name, value_type, help| builder.register(Column::new(name, value_type, help).many());
    Ok(Box::new(Dhcp {
        host_name: add("dhcp.hostname", ValueType::Text, "how hosts call themselves")?,
        vendor_class: add("dhcp.vendor_class", ValueType::Symbol, "whose DHCP client asks")?,
    }))
}

impl Dissector for Dhcp {
    fn name(&self) -> &'static str {
        "dhcp"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        let has = |port| first.has_port(Proto::UDP, port);
        let read: fn(&[u8]) -> Option<Lease> = if has(67) {
            v4
        } else if has(547) {
            v6
        } else {
            return None;
        };
        Some(Box::new(Looking { dhcp: *self, read, names: Collected::default(), classes: Collected::default() }))
    }
}

#[derive(Debug)]
struct Looking {
    dhcp: Dhcp,
    read: fn(&[u8]) -> Option<Lease>,
    names: Collected,
    classes: Collected,
}

impl Session for Looking {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        let Some(lease) = (self.read)(payload.bytes) else { return Next::More };
        if let (Some(name), Some(addr)) = (&lease.host_name, lease.addr) {
            found.name(addr, NameOrigin::Dhcp, NAME_TTL_SECS, name);
        }
        self.names.tell(self.dhcp.host_name, lease.host_name.iter().map(|name| Value::text(name)), found);
        self.classes.tell(self.dhcp.vendor_class, lease.vendor_class.iter().map(|class| Value::symbol(class)), found);
        Next::More
    }

    /// Between the same two ends all hosts of a network ask.
    fn is_endless(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::testing::Lab;

    #[test]
    fn a_host_is_called_as_it_calls_itself() {
        let mut lab = Lab::new(&[register]);
        for (name, last) in [("desk", 7), ("lamp", 8)] {
            let mut message = vec![1, 1, 6, 0];
            message.resize(236, 0);
            message.extend([0x63, 0x82, 0x53, 0x63, 53, 1, 3, 50, 4, 10, 0, 0, last, 12, 4]);
            message.extend(name.bytes());
            lab.udp(true, (68, 67), &message);
        }
        let events = lab.events();
        let names = events
            .iter()
            .filter_map(|e| if let graph::Kind::Name { addr, name, .. } = &e.kind { Some(format!("{addr} {name}")) } else { None });
        assert_eq!(names.collect::<Vec<_>>(), ["10.0.0.7 desk", "10.0.0.8 lamp"]);
        assert!(lab.tags_of(&events).contains(&"dhcp.hostname=desk, lamp".to_owned()));
    }

    #[test]
    fn version_6_is_heard_at_its_port_of_udp_however_long_it_goes_on() {
        let asks = |name: &[u8; 4]| [&[3, 0, 0, 1, 0, 39, 0, 6, 0, 4][..], name].concat();
        let mut lab = Lab::new(&[register]);
        for _ in 0..1_000 {
            lab.udp(true, (546, 547), &asks(b"lamp"));
        }
        lab.udp(true, (546, 547), &asks(b"desk"));
        assert_eq!(lab.tags().into_iter().filter(|tag| tag.starts_with("dhcp.")).collect::<Vec<_>>(), ["dhcp.hostname=lamp, desk"]);
        let mut other = Lab::new(&[register]);
        other.udp(true, (546, 548), &asks(b"lamp"));
        other.connect(547);
        other.tcp(true, 547, wire::packet::TcpFlags::ACK, 101, &asks(b"lamp"));
        assert_eq!(other.tags(), [""; 0]);
    }
}
