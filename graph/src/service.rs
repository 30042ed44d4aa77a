//! What a flow is for, as far as its protocol and the server's port tell.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::LazyLock;

use crate::{Basis, Proto};

/// A protocol and the port that serves it; port 0 where no port says anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Service {
    /// The transport.
    pub proto: Proto,
    /// The server's port; 0 for transports without ports, and where neither port is a server's.
    pub port: u16,
}

/// What kind of thing a service is; the graph colours links by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// HTTP and its relatives.
    Web,
    /// Names and addresses: DNS, DHCP, mDNS.
    Names,
    /// Mail.
    Mail,
    /// Files, printing and backup.
    Files,
    /// Shells and screens from afar.
    Remote,
    /// Voice, video, streams and games.
    Media,
    /// Databases and messages between programs.
    Data,
    /// Keeping machines and networks going: time, routing, monitoring, ICMP.
    Control,
    /// Tunnels and virtual private networks.
    Tunnel,
    /// All else.
    Other,
}

impl Family {
    /// Every family, in the order of a legend.
    pub const ALL: [Family; 10] = [
        Family::Web,
        Family::Names,
        Family::Mail,
        Family::Files,
        Family::Remote,
        Family::Media,
        Family::Data,
        Family::Control,
        Family::Tunnel,
        Family::Other,
    ];

    /// What the user reads.
    pub const fn label(self) -> &'static str {
        match self {
            Family::Web => "Web",
            Family::Names => "Names",
            Family::Mail => "Mail",
            Family::Files => "Files",
            Family::Remote => "Remote",
            Family::Media => "Media",
            Family::Data => "Data",
            Family::Control => "Control",
            Family::Tunnel => "Tunnel",
            Family::Other => "Other",
        }
    }
}

/// Above this, ports are the kernel's to give out: neither end is plainly a server's (Linux's default range begins here).
const FIRST_EPHEMERAL: u16 = 32768;

impl Service {
    /// The service of a flow from a port of the initiator to one of the responder.
    pub fn of(proto: Proto, initiator: u16, responder: u16, basis: Basis) -> Service {
        let port = if !proto.has_ports() {
            0
        } else if known(proto, responder).is_some() {
            responder
        } else if known(proto, initiator).is_some() && basis < Basis::Handshake {
            initiator
        } else if responder < FIRST_EPHEMERAL || basis == Basis::Handshake {
            responder
        } else {
            0
        };
        Service { proto, port }
    }

    /// Its usual name, where it has one.
    pub fn name(self) -> Option<&'static str> {
        match known(self.proto, self.port) {
            Some((name, _)) => Some(name),
            None if self.port == 0 => self.proto.name(),
            None => None,
        }
    }

    /// Whether a service is called so, in any letter case.
    pub fn is_name(name: &str) -> bool {
        static NAMES: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
            let known = [Proto::TCP, Proto::UDP].into_iter().flat_map(|proto| (0..=u16::MAX).filter_map(move |port| known(proto, port)));
            known.map(|(name, _)| name).collect()
        });
        NAMES.contains(&*name.to_ascii_lowercase())
    }

    /// Its family.
    pub fn family(self) -> Family {
        if let Some((_, family)) = known(self.proto, self.port) {
            return family;
        }
        match self.proto.0 {
            1 | 2 | 46 | 58 | 88 | 89 | 103 | 112 => Family::Control,
            4 | 41 | 47 | 50 | 51 | 115 | 137 => Family::Tunnel,
            _ => Family::Other,
        }
    }

    /// Whether a port is one that servers are known to use.
    pub fn is_known(proto: Proto, port: u16) -> bool {
        known(proto, port).is_some()
    }
}

impl fmt::Display for Service {
    /// `https`, `tcp/8123`, `icmp`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None if self.port == 0 => write!(f, "{}", self.proto),
            None => write!(f, "{}/{}", self.proto, self.port),
        }
    }
}

/// The ports that everybody uses (IANA service names, shortened to what people say).
fn known(proto: Proto, port: u16) -> Option<(&'static str, Family)> {
    use Family::*;
    let tcp = proto == Proto::TCP;
    let udp = proto == Proto::UDP;
    if proto == Proto::SCTP {
        return Some(match port {
            2905 => ("m3ua", Control),
            3868 => ("diameter", Control),
            36412 => ("s1ap", Control),
            38412 => ("ngap", Control),
            _ => return None,
        });
    }
    if !tcp && !udp {
        return None;
    }
    Some(match port {
        80 | 8080 | 8000 | 8008 | 8888 if tcp => ("http", Web),
        80 if udp => ("quic", Web),
        443 if udp => ("quic", Web),
        443 | 8443 => ("https", Web),
        3128 if tcp => ("proxy", Web),
        1900 if udp => ("ssdp", Names),
        53 => ("dns", Names),
        853 => ("dns-tls", Names),
        67 | 68 if udp => ("dhcp", Names),
        546 | 547 if udp => ("dhcpv6", Names),
        5353 if udp => ("mdns", Names),
        5355 => ("llmnr", Names),
        137 if udp => ("netbios-ns", Names),
        389 | 636 => ("ldap", Names),
        88 | 464 => ("kerberos", Names),
        3702 if udp => ("ws-discovery", Names),
        25 | 465 | 587 if tcp => ("smtp", Mail),
        110 | 995 if tcp => ("pop3", Mail),
        143 | 993 if tcp => ("imap", Mail),
        20 | 21 | 990 if tcp => ("ftp", Files),
        69 if udp => ("tftp", Files),
        139 | 445 if tcp => ("smb", Files),
        138 if udp => ("netbios-dgm", Files),
        548 if tcp => ("afp", Files),
        2049 => ("nfs", Files),
        111 => ("rpcbind", Files),
        873 if tcp => ("rsync", Files),
        515 if tcp => ("lpd", Files),
        631 => ("ipp", Files),
        9100 if tcp => ("print", Files),
        3260 if tcp => ("iscsi", Files),
        6881..=6889 | 51413 => ("bittorrent", Files),
        22 if tcp => ("ssh", Remote),
        23 if tcp => ("telnet", Remote),
        3389 => ("rdp", Remote),
        5900..=5903 if tcp => ("vnc", Remote),
        5985 | 5986 if tcp => ("winrm", Remote),
        554 => ("rtsp", Media),
        1935 if tcp => ("rtmp", Media),
        3478..=3481 | 5349 => ("stun", Media),
        5060 | 5061 => ("sip", Media),
        5004 | 5005 if udp => ("rtp", Media),
        5222 | 5223 | 5269 if tcp => ("xmpp", Media),
        6667 | 6697 if tcp => ("irc", Media),
        1433 => ("mssql", Data),
        1521 if tcp => ("oracle", Data),
        3306 if tcp => ("mysql", Data),
        5432 if tcp => ("postgres", Data),
        6379 if tcp => ("redis", Data),
        27017 if tcp => ("mongodb", Data),
        27015..=27030 if udp => ("game", Media),
        9200 | 9300 if tcp => ("elastic", Data),
        9092 if tcp => ("kafka", Data),
        5671 | 5672 if tcp => ("amqp", Data),
        1883 | 8883 if tcp => ("mqtt", Data),
        11211 => ("memcached", Data),
        2379 | 2380 if tcp => ("etcd", Data),
        6443 if tcp => ("kube-api", Control),
        123 if udp => ("ntp", Control),
        161 | 162 => ("snmp", Control),
        514 => ("syslog", Control),
        179 if tcp => ("bgp", Control),
        520 if udp => ("rip", Control),
        502 if tcp => ("modbus", Control),
        102 if tcp => ("s7", Control),
        20000 => ("dnp3", Control),
        47808 if udp => ("bacnet", Control),
        135 if tcp => ("msrpc", Control),
        2055 | 9995 if udp => ("netflow", Control),
        6343 if udp => ("sflow", Control),
        500 | 4500 if udp => ("ipsec", Tunnel),
        1194 => ("openvpn", Tunnel),
        51820 if udp => ("wireguard", Tunnel),
        1701 if udp => ("l2tp", Tunnel),
        1723 if tcp => ("pptp", Tunnel),
        4789 | 8472 if udp => ("vxlan", Tunnel),
        6081 if udp => ("geneve", Tunnel),
        2152 if udp => ("gtp-u", Tunnel),
        3544 if udp => ("teredo", Tunnel),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_port_names_the_service() {
        let of = |i, r, basis| Service::of(Proto::TCP, i, r, basis).to_string();
        assert_eq!(of(50123, 443, Basis::Handshake), "https");
        assert_eq!(of(443, 50123, Basis::FirstSeen), "https");
        assert_eq!(of(443, 50123, Basis::Handshake), "tcp/50123");
        assert_eq!(of(50123, 8123, Basis::FirstSeen), "tcp/8123");
        assert_eq!(of(50123, 50124, Basis::FirstSeen), "tcp");
        assert_eq!(Service::of(Proto::ICMP, 7, 0x0800, Basis::Handshake).to_string(), "icmp");
        assert_eq!(Service { proto: Proto(200), port: 0 }.to_string(), "200");
    }
}
