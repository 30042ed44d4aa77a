//! The one line that makes a machine a probe: everything that it must know, to be pasted where nobody looks over one's shoulder.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::super::PORT;
use super::super::fields::{Append, Fields};
use super::keys::{Identity, PublicKey, Secret};

const PREFIX: &str = "gg3:";
/// No name of a host is longer (RFC 1035, section 2.3.4).
const MAX_HOST: usize = 253;

/// Who a probe is, and where its listener is. As text it is `gg3:` and base64url of public key, shared key, number of the probe, port and host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The probe's number and keys.
    pub identity: Identity,
    /// The listener's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
}

/// Why a text is no invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvitationError {
    /// It does not begin as one.
    #[error("a token begins with gg3: and is one line; copy it whole from where the probe was added")]
    Prefix,
    /// It is cut, or was changed.
    #[error("the token is not whole; copy it again from where the probe was added")]
    Cut,
    /// Its host is none.
    #[error("the token names no host")]
    Host,
}

/// A text names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no place: write HOST or HOST:PORT, an IPv6 address with a port as [ADDRESS]:PORT")]
pub struct NoPlace(String);

/// A host, and its port or the usual one, as users write them: an IPv6 address may stand without brackets where no port follows.
///
/// # Errors
/// Where it is no such text.
pub fn place(text: &str) -> Result<(String, u16), NoPlace> {
    place_or(text, PORT)
}

/// The same, where another port is the usual one.
///
/// # Errors
/// Where it is no such text.
pub fn place_or(text: &str, usual: u16) -> Result<(String, u16), NoPlace> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, port)) => (host, Some(port.strip_prefix(':').unwrap_or(port))),
        None if text.matches(':').count() == 1 => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        None => (text, None),
    };
    let port = port.map_or(Ok(usual), str::parse);
    match port {
        Ok(port) if is_host(host) => Ok((host.to_owned(), port)),
        _ => Err(NoPlace(text.to_owned())),
    }
}

fn is_host(host: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-._:%".contains(c);
    !host.is_empty() && host.len() <= MAX_HOST && host.chars().all(is_name)
}

impl Invitation {
    /// The same listener at another place.
    ///
    /// # Errors
    /// Where the text is no place.
    pub fn at(&self, text: &str) -> Result<Invitation, NoPlace> {
        let (host, port) = place(text)?;
        Ok(Invitation { identity: self.identity.clone(), host, port })
    }
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        let Identity { probe_id, shared, listener } = &self.identity;
        bytes.bytes(&listener.0).bytes(&shared.0).u32(*probe_id).u16(self.port).bytes(self.host.as_bytes());
        write!(f, "{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }
}

impl FromStr for Invitation {
    type Err = InvitationError;

    fn from_str(text: &str) -> Result<Invitation, InvitationError> {
        let text = text.trim().strip_prefix(PREFIX).ok_or(InvitationError::Prefix)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvitationError::Cut)?;
        let mut fields = Fields::new(&bytes);
        let mut read = || Ok::<_, super::super::Fault>((fields.array()?, fields.array()?, fields.u32()?, fields.u16()?));
        let (public, shared, probe_id, port) = read().map_err(|_| InvitationError::Cut)?;
        let host = std::str::from_utf8(fields.rest()).map_err(|_| InvitationError::Host)?;
        if !is_host(host) {
            return Err(InvitationError::Host);
        }
        let identity = Identity { probe_id, shared: Secret(shared), listener: PublicKey(public) };
        Ok(Invitation { identity, host: host.to_owned(), port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation(host: &str) -> Invitation {
        let identity = Identity { probe_id: 9, shared: Secret([2; 32]), listener: PublicKey([1; 32]) };
        Invitation { identity, host: host.to_owned(), port: 4430 }
    }

    #[test]
    fn a_place_is_a_host_and_perhaps_a_port() {
        for (text, host, port) in [
            ("viewer", "viewer", 4430),
            ("viewer:5000", "viewer", 5000),
            ("192.0.2.1:5000", "192.0.2.1", 5000),
            ("2001:db8::1", "2001:db8::1", 4430),
            ("[2001:db8::1]:5000", "2001:db8::1", 5000),
            ("[2001:db8::1]", "2001:db8::1", 4430),
        ] {
            assert_eq!(place(text), Ok((host.to_owned(), port)), "{text}");
            assert_eq!(invitation("x").at(text), Ok(Invitation { port, ..invitation(host) }));
        }
        for text in ["", "viewer:x", "viewer:70000", ":5000", "[::1]x", "a b", "viewer:"] {
            assert_eq!(place(text), Err(NoPlace(text.to_owned())));
        }
    }

    #[test]
    fn it_comes_back_and_a_part_of_it_does_not() {
        for host in ["viewer.example", "192.0.2.1", "2001:db8::1", "fe80::1%eth0"] {
            let text = invitation(host).to_string();
            assert_eq!(format!(" {text}\n").parse(), Ok(invitation(host)));
            for (cut, expected) in [(3, InvitationError::Prefix), (60, InvitationError::Cut), (98, InvitationError::Cut)] {
                assert_eq!(text[..cut].parse::<Invitation>(), Err(expected), "{cut}");
            }
        }
        for host in ["", "a b", "\u{1b}[2J", &"x".repeat(254)] {
            assert_eq!(invitation(host).to_string().parse::<Invitation>(), Err(InvitationError::Host), "{host:?}");
        }
    }
}
