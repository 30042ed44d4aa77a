//! SSDP (UPnP): which devices say that they are there.

use graph::{Column, ColumnId, Proto, RegistryBuilder, RegistryError, ValueType};
use wire::packet::http::{Head, is_http};

use super::text::text;
use super::{Dissector, Found, Next, Payload, Session};

#[derive(Clone, Copy, Debug)]
struct Ssdp {
    server: ColumnId,
    location: ColumnId,
    user_agent: ColumnId,
}

/// Registers it.
pub(super) fn register(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let mut add = |name, help| builder.register(Column::new(name, ValueType::Text, help));
    Ok(Box::new(Ssdp {
        server: add("ssdp.server", "what a device says it is")?,
        location: add("ssdp.location", "where its description is")?,
        user_agent: add("ssdp.user_agent", "what a program says it is that looks for devices")?,
    }))
}

impl Dissector for Ssdp {
    fn name(&self) -> &'static str {
        "ssdp"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        (first.has_port(Proto::UDP, 1900) && is_http(first.bytes)).then(|| Box::new(*self) as _)
    }
}

impl Session for Ssdp {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        let Ok(Some(head)) = Head::parse(payload.bytes) else { return Next::More };
        let told = [(self.server, head.server), (self.location, head.location), (self.user_agent, head.user_agent)];
        for (column, value) in told {
            if let Some(value) = value {
                found.certain(column, text(value));
            }
        }
        if head.server.is_some() { Next::Done } else { Next::More }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::testing::Lab;

    #[test]
    fn a_device_says_what_it_is() {
        let mut lab = Lab::new(&[register]);
        lab.udp(true, (50_000, 1900), b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: ssdp:all\r\n\r\n");
        assert_eq!(lab.tags(), [""; 0]);
        lab.udp(true, (50_000, 1900), b"NOTIFY * HTTP/1.1\r\nSERVER: Linux UPnP/1.0\r\nLOCATION: http://10.0.0.9/d.xml\r\n\r\n");
        assert_eq!(lab.tags(), ["ssdp.server=Linux UPnP/1.0", "ssdp.location=http://10.0.0.9/d.xml", "app.protocol=ssdp"]);
        lab.udp(true, (50_001, 1901), b"NOTIFY * HTTP/1.1\r\nSERVER: x\r\n\r\n");
        lab.udp(true, (50_002, 1900), b"something else");
        lab.udp(true, (50_002, 1900), b"NOTIFY * HTTP/1.1\r\nSERVER: x\r\n\r\n");
        assert_eq!(lab.tags(), [""; 0], "neither at another port, nor where another protocol was spoken first");
    }
}
