//! Quantities as people write them: `90s`, `350 kB/s`, `tcp/443`, `02:00:5e:00:53:17`.

use std::ops::RangeInclusive;
use std::time::Duration;

use graph::{Proto, Value, ValueType};
use serde::Deserialize;

/// A length of time: a number and `ms`, `s`, `m` or `h`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Span(pub(super) Duration);

/// No span in a scenario is longer.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a length of time up to 24 h: write it like \"200ms\", \"90s\", \"4m\" or \"1h\"");
        let (number, unit) = number_and_unit(&text).ok_or_else(wrong)?;
        let secs = match unit {
            "ms" => number / 1e3,
            "s" => number,
            "m" => number * 60.0,
            "h" => number * 3600.0,
            _ => return Err(wrong()),
        };
        Duration::try_from_secs_f64(secs).ok().filter(|d| *d <= LONGEST).map(Span).ok_or_else(wrong)
    }
}

/// Bytes a second: a number and `B/s`, `kB/s`, `MB/s`, `kbit/s` or `Mbit/s`, in powers of ten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Speed(pub(super) f64);

/// No rate in a scenario is higher, in bytes a second.
const FASTEST: f64 = 125e6;

impl TryFrom<String> for Speed {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a rate up to 125 MB/s: write it like \"800 B/s\", \"350 kB/s\" or \"2 Mbit/s\"");
        let (number, unit) = number_and_unit(&text).ok_or_else(wrong)?;
        let bytes = match unit {
            "B/s" => number,
            "kB/s" => number * 1e3,
            "MB/s" => number * 1e6,
            "kbit/s" => number * 125.0,
            "Mbit/s" => number * 125e3,
            _ => return Err(wrong()),
        };
        if bytes <= FASTEST { Ok(Speed(bytes)) } else { Err(wrong()) }
    }
}

/// A number that is not negative, and what stands behind it.
pub(super) fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, unit.trim_start()))
}

/// What is asked of whom: a transport protocol and the ports of those who serve.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Service {
    /// TCP, UDP or ICMP (which stands for ICMPv6 between IPv6 addresses).
    pub(crate) proto: Proto,
    /// One port, or those that are tried one after the other; 0 for ICMP.
    pub(crate) ports: RangeInclusive<u16>,
}

impl TryFrom<String> for Service {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a service: write it like \"tcp/443\", \"udp/53\", \"tcp/1-1024\" or \"icmp\"");
        if text == "icmp" {
            return Ok(Service { proto: Proto::ICMP, ports: 0..=0 });
        }
        let (proto, ports) = text.split_once('/').ok_or_else(wrong)?;
        let proto = match proto {
            "tcp" => Proto::TCP,
            "udp" => Proto::UDP,
            _ => return Err(wrong()),
        };
        let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
        let port = |text: &str| text.parse::<u16>().ok().filter(|p| *p > 0);
        match (port(first), port(last)) {
            (Some(first), Some(last)) if first <= last => Ok(Service { proto, ports: first..=last }),
            _ => Err(wrong()),
        }
    }
}

/// A hardware address, `02:00:5e:00:53:17`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Mac(pub(super) [u8; 6]);

impl TryFrom<String> for Mac {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match ValueType::Mac.parse(&text) {
            Some(Value::Mac(mac)) => Ok(Mac(mac)),
            _ => Err(format!("{text:?} is not a hardware address: write it like \"02:00:5e:00:53:17\"")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans() {
        let span = |s: &str| Span::try_from(s.to_owned()).map(|s| s.0);
        assert_eq!(span("200ms"), Ok(Duration::from_millis(200)));
        assert_eq!(span("1.5 m"), Ok(Duration::from_secs(90)));
        assert_eq!(span("24h"), Ok(LONGEST));
        for bad in ["", "90", "s", "-1s", "25h", "1.2.3s", "9 days", "99999999999999999999h"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn speeds() {
        let speed = |s: &str| Speed::try_from(s.to_owned()).map(|s| s.0);
        assert_eq!(speed("350 kB/s"), Ok(350e3));
        assert_eq!(speed("2 Mbit/s"), Ok(250e3));
        for bad in ["", "10", "10 mb/s", "1000 MB/s", "NaN B/s"] {
            assert!(speed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn services() {
        let service = |s: &str| Service::try_from(s.to_owned()).map(|s| (s.proto, s.ports));
        assert_eq!(service("tcp/443"), Ok((Proto::TCP, 443..=443)));
        assert_eq!(service("udp/1-1024"), Ok((Proto::UDP, 1..=1024)));
        assert_eq!(service("icmp"), Ok((Proto::ICMP, 0..=0)));
        for bad in ["", "tcp", "tcp/", "tcp/0", "tcp/70000", "tcp/9-1", "sctp/1", "icmp/8"] {
            assert!(service(bad).is_err(), "{bad}");
        }
    }
}
