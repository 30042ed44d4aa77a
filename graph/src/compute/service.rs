//! What a flow is for: what its two ends were seen to speak, else what its port is registered for.

use hashbrown::HashMap;

use super::{Computation, Happening, Interest, Prepared, Trouble, Updates, Words};
use crate::{
    Column, ColumnId, Confidence, Flow, Meaning, Model, Place, Proto, Registry, RegistryBuilder, RegistryError, Service, Tag, ValueType,
};

/// The longest name of a service; IANA's have at most 15 bytes.
const MAX_NAME_BYTES: usize = 32;

/// Finds what flows are for.
#[derive(Clone, Debug, Default)]
pub struct Services {
    /// Names of ports beside those that everybody knows.
    pub ports: Ports,
}

/// The registered names of ports, as the system's file of services has them.
#[derive(Clone, Debug, Default)]
pub struct Ports(HashMap<(Proto, u16), Box<str>>);

impl Ports {
    /// Reads a file of services (services(5)): a name, then a port and a protocol, on each line. What is none of that is passed over.
    pub fn read(file: &[u8]) -> Ports {
        let mut ports = HashMap::new();
        for line in file.split(|byte| *byte == b'\n').take(65_536) {
            let line = String::from_utf8_lossy(line);
            let mut words = line.split('#').next().unwrap_or_default().split_ascii_whitespace();
            let (Some(name), Some((port, proto))) = (words.next(), words.next().and_then(|word| word.split_once('/'))) else { continue };
            let proto = match proto {
                "tcp" => Proto::TCP,
                "udp" => Proto::UDP,
                "sctp" => Proto::SCTP,
                _ => continue,
            };
            if let Ok(port) = port.parse::<u16>()
                && name.len() <= MAX_NAME_BYTES
                && name.chars().all(|char| char.is_ascii_graphic())
            {
                ports.entry((proto, port)).or_insert_with(|| name.into());
            }
        }
        Ports(ports)
    }

    fn name(&self, service: Service) -> Option<&str> {
        self.0.get(&(service.proto, service.port)).map(|name| &**name)
    }
}

impl Prepared for Services {
    fn name(&self) -> &'static str {
        "service"
    }

    fn help(&self) -> &'static str {
        "what each flow is for: what it was seen to speak, else what its port is registered for"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let help = "what the flow is for, where it speaks something else than its port says, or its port is a rare one";
        let column = columns.register(Column::new("service", ValueType::Symbol, help))?;
        Ok(Box::new(State { column, ports: self.ports, spoken: Vec::new(), words: Words::default() }))
    }
}

#[derive(Debug)]
struct State {
    column: ColumnId,
    ports: Ports,
    spoken: Vec<ColumnId>,
    words: Words,
}

impl Computation for State {
    fn begin(&mut self, columns: &Registry) -> Interest {
        self.spoken = columns.of_meaning(Meaning::Protocol).collect();
        Interest::default().flows().flow_tags(self.spoken.iter().copied())
    }

    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        let tag = match happening {
            Happening::Flow(id) => model.flow(id).and_then(|flow| {
                let by_port = flow.service;
                let name = (by_port.port != 0 && by_port.name().is_none()).then(|| self.ports.name(by_port))??;
                Some((id, self.words.symbol(name), Confidence::Guess))
            }),
            Happening::FlowTagged(id, column) => model.flow(id).and_then(|flow| {
                let spoken = flow.tags.held(column, Place::Flow)?;
                Some((id, self.words.symbol(corrected(flow, spoken.words()?, &self.ports)?), Confidence::Certain))
            }),
            _ => None,
        };
        if let Some((id, name, confidence)) = tag {
            updates.tag_flow(id, Tag::certain(self.column, name).as_sure_as(confidence));
        }
        Ok(())
    }
}

/// What a flow is for that speaks this; none where that is what its port says.
fn corrected<'a>(flow: &Flow, spoken: &'a str, ports: &'a Ports) -> Option<&'a str> {
    let by_port = flow.service.name().or_else(|| ports.name(flow.service)).filter(|_| flow.service.port != 0);
    match by_port {
        Some(port) if port == spoken || carriers(port).contains(&spoken) => None,
        // Who speaks HTTP inside of TLS shows only the latter.
        Some("http") if spoken == "tls" => Some("https"),
        _ => Some(spoken),
    }
}

/// What flows of a service are seen to speak where that is not its name: the service says more.
fn carriers(service: &str) -> &'static [&'static str] {
    match service {
        "https" => &["tls", "quic", "http2"],
        "dns" | "mdns" | "llmnr" => &["dns", "mdns", "llmnr"],
        "dns-tls" | "smtp" | "pop3" | "imap" | "ftp" | "ldap" | "xmpp" | "irc" | "mqtt" | "amqp" | "sip" | "stun" | "rdp" | "postgres"
        | "mysql" | "mssql" | "redis" | "mongodb" | "kafka" | "kube-api" | "syslog" | "bittorrent" => &["tls"],
        "winrm" | "ipp" | "elastic" | "etcd" | "proxy" | "rtsp" => &["http", "tls"],
        "ssdp" | "ws-discovery" => &["http", "ssdp"],
        "dhcp" | "dhcpv6" => &["dhcp", "dhcpv6"],
        "netbios-ns" | "netbios-dgm" => &["netbios"],
        "quic" => &["quic", "tls"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_services_is_read_as_far_as_it_is_one() {
        let file = b"# comment\nfoo\t\t8123/tcp\talias # more\nbar 8123/udp\nbar2 8123/udp\n\xff\xfe 1/tcp\nx\nx 1\nx y/tcp\nx 99999/tcp\nx 5/ddp\na\x1bb 6/tcp\n";
        let ports = Ports::read(file);
        let name = |proto, port| ports.name(Service { proto, port });
        assert_eq!((name(Proto::TCP, 8123), name(Proto::UDP, 8123)), (Some("foo"), Some("bar")));
        assert_eq!(ports.0.len(), 2, "{ports:?}");
        assert_eq!(Ports::read(&[b'\n'; 1 << 20]).0.len(), 0);
    }
}
