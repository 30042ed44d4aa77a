//! SSH: which programs speak.

use graph::{Column, ColumnId, Proto, RegistryBuilder, RegistryError, ValueType};
use wire::packet::ssh::Banner;

use super::text::text;
use super::{Dissector, Found, Next, Payload, Session};

#[derive(Clone, Copy, Debug)]
struct Ssh {
    client: ColumnId,
    server: ColumnId,
}

/// Registers it.
pub(super) fn register(builder: &mut RegistryBuilder) -> Result<Box<dyn Dissector>, RegistryError> {
    let client = builder.register(Column::new("ssh.client", ValueType::Text, "what the client says it is"))?;
    let server = builder.register(Column::new("ssh.server", ValueType::Text, "what the server says it is"))?;
    Ok(Box::new(Ssh { client, server }))
}

impl Dissector for Ssh {
    fn name(&self) -> &'static str {
        "ssh"
    }

    fn begin(&self, first: &Payload<'_>) -> Option<Box<dyn Session>> {
        let is_ssh = first.proto() == Proto::TCP && Banner::parse(first.bytes) != Banner::None;
        is_ssh.then(|| Box::new(Looking { ssh: *self, heard: [false; 2] }) as _)
    }
}

#[derive(Debug)]
struct Looking {
    ssh: Ssh,
    /// Whether the client's and the server's lines were heard.
    heard: [bool; 2],
}

impl Session for Looking {
    fn hear(&mut self, payload: &Payload<'_>, found: &mut Found) -> Next {
        let [client, server] = &mut self.heard;
        let (heard, column) = if payload.is_from_client() { (client, self.ssh.client) } else { (server, self.ssh.server) };
        if !*heard {
            match Banner::parse(payload.bytes) {
                Banner::Software(software) => {
                    found.certain(column, text(software));
                    *heard = true;
                }
                Banner::Partial => {}
                Banner::None => return Next::Done,
            }
        }
        if self.heard == [true; 2] { Next::Done } else { Next::More }
    }
}

#[cfg(test)]
mod tests {
    use wire::packet::TcpFlags;

    use super::*;
    use crate::dissect::testing::Lab;

    #[test]
    fn both_ends_say_what_they_are_whoever_speaks_first() {
        let mut lab = Lab::new(&[register]);
        lab.connect(2222);
        lab.tcp(false, 2222, TcpFlags::ACK, 501, b"SSH-2.0-Open");
        lab.tcp(false, 2222, TcpFlags::ACK, 513, b"SSH_9.2p1\r\n\0\0");
        assert_eq!(lab.tags(), ["ssh.server=OpenSSH_9.2p1", "app.protocol=ssh"]);
        lab.tcp(true, 2222, TcpFlags::ACK, 101, b"SSH-2.0-PuTTY\r\n");
        assert_eq!(lab.tags(), ["ssh.client=PuTTY", "app.protocol=ssh"]);
    }

    #[test]
    fn a_greeting_of_another_protocol_is_none() {
        let mut lab = Lab::new(&[register]);
        lab.connect(21);
        lab.tcp(false, 21, TcpFlags::ACK, 501, b"220 welcome\r\n");
        lab.tcp(true, 21, TcpFlags::ACK, 101, b"SSH-2.0-late\r\n");
        assert_eq!(lab.tags(), [""; 0]);
    }
}
