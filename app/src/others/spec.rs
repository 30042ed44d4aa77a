//! One source as it is written on the command line and in the settings, and what hinders it before it is added.

use std::fmt;
use std::str::FromStr;

use capture::conntrack;
use capture::eve::{self, Way};
use capture::supervised::Refused;

/// One of them, as it is written: `conntrack`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spec {
    /// The kernel's connection tracking.
    Conntrack,
    /// Suricata's records, and how they come.
    Suricata(Way),
    /// What the pakon-guts daemon tells: its socket, and the mapping.
    #[cfg(feature = "guts")]
    Guts {
        /// Where it listens.
        socket: std::path::PathBuf,
        /// The file that says where what stands.
        map: std::path::PathBuf,
    },
}

impl Spec {
    /// Its name, as its source says it.
    pub const fn name(&self) -> &'static str {
        match self {
            Spec::Conntrack => conntrack::NAME,
            Spec::Suricata(_) => eve::NAME,
            #[cfg(feature = "guts")]
            Spec::Guts { .. } => capture::guts::NAME,
        }
    }

    /// From what it is opened, as its source says it; empty where the name says it all.
    pub fn from(&self) -> String {
        match self {
            Spec::Conntrack => String::new(),
            Spec::Suricata(way) => way.to_string(),
            #[cfg(feature = "guts")]
            Spec::Guts { socket, .. } => socket.display().to_string(),
        }
    }

    /// Whether it tells that flows are there by itself, and what they move.
    pub(super) const fn counts(&self) -> bool {
        !matches!(self, Spec::Suricata(_))
    }

    /// Looks whether it could be heard now.
    ///
    /// # Errors
    /// What hinders it, naming the thing and the remedy; and whether it may go better another time.
    pub fn check(&self) -> Result<(), Refused> {
        match self {
            Spec::Conntrack => Ok(()),
            Spec::Suricata(way) => eve::Config::new(way.clone()).check(),
            #[cfg(feature = "guts")]
            Spec::Guts { socket, map } => {
                let config = capture::guts::Config::open(socket, map).map_err(Refused::for_good)?;
                capture::supervised::Factory::open(&config).map(drop)
            }
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spec::Conntrack => f.write_str(conntrack::NAME),
            Spec::Suricata(way) => write!(f, "{}={way}", eve::NAME),
            #[cfg(feature = "guts")]
            Spec::Guts { socket, map } => write!(f, "{}={}={}", capture::guts::NAME, socket.display(), map.display()),
        }
    }
}

impl FromStr for Spec {
    type Err = String;

    fn from_str(text: &str) -> Result<Spec, String> {
        match text.split_once('=') {
            None if text == conntrack::NAME => Ok(Spec::Conntrack),
            Some((eve::NAME, way)) => way.parse().map(Spec::Suricata),
            #[cfg(feature = "guts")]
            Some((capture::guts::NAME, rest)) => {
                let (socket, map) = rest.split_once('=').ok_or("the mapping is missing")?;
                Ok(Spec::Guts { socket: socket.into(), map: map.into() })
            }
            _ => Err(format!("no source is written {text:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for spec in [Spec::Conntrack, Spec::Suricata(Way::File("/a=b".into())), Spec::Suricata(Way::Datagram("/c".into()))] {
            assert_eq!(spec.to_string().parse(), Ok(spec));
        }
        assert!("nonsense".parse::<Spec>().is_err());
    }
}
