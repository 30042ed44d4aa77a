//! Where the daemon's records say what: a file that the user writes, since what they look like is not published.
//!
//! ```toml
//! [flow]
//! src = "flow.local.ip"
//! src_port = "flow.local.port"
//! dst = "flow.remote.ip"
//! dst_port = "flow.remote.port"
//! proto = "flow.protocol"       # a name, or IANA's number
//!
//! [counters]                    # may be left out
//! are = "totals"                # or "differences" to the last record
//! packets_sent = "out.packets"
//! bytes_sent = "out.bytes"
//! packets_received = "in.packets"
//! bytes_received = "in.bytes"
//!
//! [end]                         # may be left out: then flows end when they are idle
//! field = "event"
//! is = "closed"
//!
//! [columns]                     # names as `glouglou columns` lists them
//! "tls.sni" = "names.server"
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;
use wire::json::Path;

use crate::World;

/// What the file says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mapping {
    pub(super) flow: Flow,
    pub(super) counters: Option<Counters>,
    pub(super) end: Option<End>,
    /// By the column's name.
    pub(super) columns: Vec<(String, Path)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Flow {
    pub(super) src: Path,
    pub(super) src_port: Path,
    pub(super) dst: Path,
    pub(super) dst_port: Path,
    pub(super) proto: Path,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counters {
    pub(super) are: Are,
    /// Packets and bytes that were sent, then those that were received.
    pub(super) paths: [Path; 4],
}

/// What counters count from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Are {
    /// The flow's beginning.
    Totals,
    /// The last record of it.
    Differences,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct End {
    pub(super) field: Path,
    pub(super) is: String,
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    flow: FlowPaths,
    counters: Option<CounterPaths>,
    end: Option<EndPath>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowPaths {
    src: String,
    src_port: String,
    dst: String,
    dst_port: String,
    proto: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CounterPaths {
    are: Are,
    packets_sent: String,
    bytes_sent: String,
    packets_received: String,
    bytes_received: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndPath {
    field: String,
    is: String,
}

impl Mapping {
    /// Reads it.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub(super) fn parse(text: &str) -> Result<Mapping, String> {
        let File { flow, counters, end, columns } = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let path = |text: &String| text.parse::<Path>().map_err(|error| error.to_string());
        let world = World::alone().map_err(|error| error.to_string())?;
        let unknown: Vec<&str> = columns.keys().filter(|name| world.registry().find(name).is_none()).map(String::as_str).collect();
        if !unknown.is_empty() {
            return Err(format!("no columns are named {}: `glouglou columns` lists those that there are", unknown.join(", ")));
        }
        Ok(Mapping {
            flow: Flow {
                src: path(&flow.src)?,
                src_port: path(&flow.src_port)?,
                dst: path(&flow.dst)?,
                dst_port: path(&flow.dst_port)?,
                proto: path(&flow.proto)?,
            },
            counters: match counters {
                Some(c) => Some(Counters {
                    are: c.are,
                    paths: [path(&c.packets_sent)?, path(&c.bytes_sent)?, path(&c.packets_received)?, path(&c.bytes_received)?],
                }),
                None => None,
            },
            end: match end {
                Some(end) => Some(End { field: path(&end.field)?, is: end.is }),
                None => None,
            },
            columns: columns.iter().map(|(name, at)| Ok((name.clone(), path(at)?))).collect::<Result<_, String>>()?,
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One that says everything.
    pub(in crate::guts) const WHOLE: &str = r#"
        [flow]
        src = "a.ip"
        src_port = "a.port"
        dst = "b.ip"
        dst_port = "b.port"
        proto = "proto"
        [counters]
        are = "totals"
        packets_sent = "out.packets"
        bytes_sent = "out.bytes"
        packets_received = "in.packets"
        bytes_received = "in.bytes"
        [end]
        field = "event"
        is = "closed"
        [columns]
        "suricata.alert" = "warnings"
        vlan = "vlan"
    "#;

    #[test]
    fn what_is_wrong_is_said_with_where() {
        assert!(Mapping::parse(WHOLE).is_ok());
        let wrong = |from: &str, to: &str| Mapping::parse(&WHOLE.replace(from, to)).unwrap_err();
        assert!(wrong("src_port", "source_port").contains("source_port"), "{}", wrong("src_port", "source_port"));
        assert!(wrong("[end]", "[ending]").contains("ending"));
        assert!(wrong("\"totals\"", "\"sums\"").contains("sums"));
        assert!(wrong("\"a.ip\"", "\"a..ip\"").contains("a..ip"));
        let columns = wrong("vlan =", "vlam =");
        assert!(columns.contains("vlam") && columns.contains("glouglou columns"), "{columns}");
        assert!(wrong("proto =", "# ").contains("proto"));
        assert!(Mapping::parse("[flow").is_err());
    }
}
