//! What this program itself sends and is answered. It is not told: telling it would be told again.

use wire::packet::Transport;
use wire::packet::transport::echo::Echo;
use wire::packet::transport::icmp::Version;

/// By what it is known, in the innermost header, whatever carries it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// The UDP port to which its reports go, or at which they are asked for.
    pub udp_port: Option<u16>,
    /// The identifier of its echo requests.
    pub echo_id: Option<u16>,
}

impl Own {
    /// Whether that is of a packet of its own, or of an answer to one.
    #[inline]
    pub(super) fn has(&self, transport: &Transport<'_>) -> bool {
        match transport {
            Transport::Udp { src, dst, .. } => self.udp_port.is_some_and(|port| port == *src || port == *dst),
            Transport::Icmp { ty, payload, .. } => self.has_echo(Version::V4, *ty, payload),
            Transport::Icmpv6 { ty, payload, .. } => self.has_echo(Version::V6, *ty, payload),
            _ => false,
        }
    }

    fn has_echo(&self, version: Version, ty: u8, rest: &[u8]) -> bool {
        self.echo_id.is_some_and(|id| Echo::find(version, ty, rest).is_some_and(|(echo, _)| echo.id == id))
    }
}
