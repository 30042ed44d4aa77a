//! What is said of programs, as people write it: `12 %`, `180 MB`, `exit 2`, `docker 5f0c9a1be27d`.

use graph::{Container, Exit};
use serde::Deserialize;

use super::quantity::number_and_unit;

/// Processors that are kept busy: `100 %` is one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Share(pub(super) f64);

/// No program keeps more processors busy.
const MOST_BUSY: f64 = 64.0;

impl TryFrom<String> for Share {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let share = number_and_unit(&text).filter(|(number, unit)| *unit == "%" && *number <= 100.0 * MOST_BUSY);
        share
            .map(|(number, _)| Share(number / 100.0))
            .ok_or_else(|| format!("{text:?} is not a share up to 6400 %: write it like \"2.5 %\""))
    }
}

/// Memory: a number and `kB`, `MB` or `GB`, in powers of ten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Size(pub(super) u64);

/// No program takes more memory, in bytes.
const LARGEST: f64 = 1e12;

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a size up to 1000 GB: write it like \"800 kB\", \"180 MB\" or \"1.2 GB\"");
        let (number, unit) = number_and_unit(&text).ok_or_else(wrong)?;
        let bytes = match unit {
            "kB" => number * 1e3,
            "MB" => number * 1e6,
            "GB" => number * 1e9,
            _ => return Err(wrong()),
        };
        if bytes <= LARGEST { Ok(Size(bytes as u64)) } else { Err(wrong()) }
    }
}

/// How a program ends: `well`, `exit CODE`, `signal NUMBER` or `signal NUMBER, core`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct End(pub(super) Exit);

impl Default for End {
    fn default() -> Self {
        End(Exit::Code(0))
    }
}

impl TryFrom<String> for End {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no end: write \"well\", \"exit 2\", \"signal 15\" or \"signal 11, core\"");
        let signal = |text: &str| text.parse().ok().filter(|number| (1..=64).contains(number));
        let exit = match text.split_once(' ') {
            None if text == "well" => Some(Exit::Code(0)),
            Some(("exit", code)) => code.parse().ok().map(Exit::Code),
            Some(("signal", number)) => {
                let (number, core) = number.strip_suffix(", core").map_or((number, false), |number| (number, true));
                signal(number).map(|number| Exit::Signal { number, core })
            }
            _ => None,
        };
        exit.map(End).ok_or_else(wrong)
    }
}

/// What holds a program: a container's short identity, or a unit of systemd.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Holder(pub(super) Container);

impl TryFrom<String> for Holder {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let holder = text.split_once(' ').filter(|(kind, id)| {
            matches!(*kind, "docker" | "podman" | "containerd" | "lxc" | "systemd")
                && (1..=64).contains(&id.len())
                && id.chars().all(|c| c.is_ascii_graphic())
        });
        let holder = holder.map(|(kind, id)| Holder(Container { kind: kind.into(), id: id.into() }));
        holder.ok_or_else(|| format!("{text:?} is no container: write \"docker 5f0c9a1be27d\" or \"systemd cron.service\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_sizes() {
        assert_eq!(Share::try_from("2.5 %".to_owned()), Ok(Share(0.025)));
        assert_eq!(Size::try_from("180 MB".to_owned()), Ok(Size(180_000_000)));
        for bad in ["", "5", "%", "-1 %", "6401 %"] {
            assert!(Share::try_from(bad.to_owned()).is_err(), "{bad}");
        }
        for bad in ["", "5", "5 mb", "1001 GB"] {
            assert!(Size::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn ends() {
        let end = |s: &str| End::try_from(s.to_owned()).map(|end| end.0);
        assert_eq!(end("well"), Ok(Exit::Code(0)));
        assert_eq!(end("exit 2"), Ok(Exit::Code(2)));
        assert_eq!(end("signal 15"), Ok(Exit::Signal { number: 15, core: false }));
        assert_eq!(end("signal 11, core"), Ok(Exit::Signal { number: 11, core: true }));
        for bad in ["", "badly", "exit", "exit 256", "signal 0", "signal 65", "signal 11 core"] {
            assert!(end(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn holders() {
        let holder = |s: &str| Holder::try_from(s.to_owned()).map(|holder| holder.0.to_string());
        assert_eq!(holder("docker 5f0c9a1be27d").as_deref(), Ok("docker 5f0c9a1be27d"));
        for bad in ["", "docker", "docker ", "jail 7", "systemd a b"] {
            assert!(holder(bad).is_err(), "{bad}");
        }
    }
}
