//! The story that the demo tells: hosts, and what they do with one another. Its text is TOML; the built-in one is
//! `assets/demo.toml`, whose head explains every word.

mod machine;
mod measures;
mod quantity;
mod text;

use graph::ArcStr;
use std::fs::File;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use graph::NameOrigin;
use hashbrown::HashMap;

pub(crate) use machine::{Begins, Machine, Program, ProgramId};
pub(crate) use quantity::Service;

/// The scenario that is built in.
const BUILT_IN: &str = include_str!("../../../../assets/demo.toml");
/// The largest scenario file, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// The most hosts.
const MAX_HOSTS: usize = 512;
/// The most activities, each counted once for every host that does it.
const MAX_SLOTS: usize = 4096;
/// The most programs of the machine.
const MAX_PROGRAMS: usize = 256;
/// The most of one program that begin at one time.
const MAX_TIMES: u32 = 100;
/// The most flows of one activity at one time.
const MAX_FLOWS: u32 = 1000;

/// A story: who there is, and who does what.
#[derive(Clone, Debug)]
pub struct Scenario {
    hosts: HashMap<IpAddr, Host>,
    activities: Vec<Arc<Activity>>,
    machine: Option<Arc<Machine>>,
}

/// Why a scenario cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read the scenario {path}: {error}", path = .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The file is too large to be a scenario.
    #[error("the scenario {path} has more than {MAX_FILE_BYTES} bytes: is it the right file?", path = .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// A line of it is wrong.
    #[error("{name}, line {line}, `{text}`: {problem}")]
    Line {
        /// The file's name, or that it is the built-in one.
        name: String,
        /// The line, from 1.
        line: usize,
        /// What stands there.
        text: String,
        /// What is wrong with it and how to write it.
        problem: String,
    },
}

impl Scenario {
    /// The built-in home and office.
    pub fn built_in() -> Result<Scenario, ScenarioError> {
        text::parse("the built-in scenario", BUILT_IN)
    }

    /// Reads a scenario from a file.
    pub fn read(path: &Path) -> Result<Scenario, ScenarioError> {
        let failed = |error| ScenarioError::Read { path: path.to_owned(), error };
        let mut text = String::new();
        File::open(path).map_err(failed)?.take(MAX_FILE_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(ScenarioError::TooLarge { path: path.to_owned() });
        }
        text::parse(&path.display().to_string(), &text)
    }

    /// Parses the text of the scenario called `name`.
    #[cfg(test)]
    pub(crate) fn parse(name: &str, text: &str) -> Result<Scenario, ScenarioError> {
        text::parse(name, text)
    }

    /// The same, but for what programs do whenever they begin.
    #[cfg(test)]
    pub(crate) fn without_own_activities(mut self) -> Scenario {
        if let Some(machine) = self.machine.as_mut().map(Arc::make_mut) {
            machine.programs.iter_mut().for_each(|program| program.activities.clear());
        }
        self
    }

    /// The same, but for the machine.
    #[cfg(test)]
    pub(crate) fn without_machine(self) -> Scenario {
        Scenario { machine: None, ..self }
    }

    /// The host that has this address.
    pub(crate) fn host(&self, addr: IpAddr) -> Option<&Host> {
        self.hosts.get(&addr)
    }

    /// The machine whose processes are seen, if there is one.
    pub(crate) fn machine(&self) -> Option<&Arc<Machine>> {
        self.machine.as_ref()
    }

    /// What is done at times of its own, in the order of the text.
    pub(crate) fn activities(&self) -> &[Arc<Activity>] {
        &self.activities
    }
}

/// A host of the story.
#[derive(Clone, Debug)]
pub(crate) struct Host {
    /// What it is called, if anybody says.
    pub(crate) name: Option<ArcStr>,
    /// How its name becomes known.
    pub(crate) known_by: NameOrigin,
    /// Its hardware address, if it is near enough to be seen.
    pub(crate) mac: Option<[u8; 6]>,
    /// The VLAN in which it is seen.
    pub(crate) vlan: Option<u16>,
    /// Whom it asks for names.
    pub(crate) resolver: Option<Addresses>,
}

/// The addresses of one host: at least one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Addresses {
    v4: Option<Ipv4Addr>,
    v6: Option<Ipv6Addr>,
}

impl Addresses {
    /// Those by which this host and another reach one another; IPv6 where both have it. None for itself.
    pub(crate) fn with(&self, other: &Addresses) -> Option<(IpAddr, IpAddr)> {
        match (self.v6.zip(other.v6), self.v4.zip(other.v4)) {
            _ if self == other => None,
            (Some((here, there)), _) => Some((here.into(), there.into())),
            (None, Some((here, there))) => Some((here.into(), there.into())),
            (None, None) => None,
        }
    }

    /// Each of them.
    pub(crate) fn each(&self) -> impl Iterator<Item = IpAddr> {
        self.v4.map(IpAddr::from).into_iter().chain(self.v6.map(IpAddr::from))
    }
}

/// Something that hosts do again and again.
#[derive(Clone, Debug)]
pub(crate) struct Activity {
    /// Who does it, each on a schedule of its own.
    pub(crate) who: Vec<Addresses>,
    /// Who is contacted: one of them for each flow.
    pub(crate) to: Vec<Addresses>,
    /// What is asked for.
    pub(crate) service: Service,
    /// From one beginning to the next; not for what a program does whenever it begins.
    pub(crate) every: Duration,
    /// By how much earlier or later that may be.
    pub(crate) jitter: Duration,
    /// How long one flow talks.
    pub(crate) lasts: Duration,
    /// How many flows there are each time.
    pub(crate) flows: u32,
    /// From one of these flows to the next.
    pub(crate) gap: Duration,
    /// Bytes a second to the one who is contacted.
    pub(crate) up: f64,
    /// Bytes a second back.
    pub(crate) down: f64,
    /// How the rates go over time.
    pub(crate) shape: Shape,
    /// How it ends.
    pub(crate) ends: Ending,
    /// Whether a name is looked up before.
    pub(crate) looks_up: bool,
    /// The program that does it, or is contacted, on the machine.
    pub(crate) program: Option<ProgramId>,
}

/// How a flow's rates go over time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    /// Much the same all the time.
    #[default]
    Steady,
    /// A few seconds at once, then nothing for a while.
    Bursts,
    /// Most of it at the beginning.
    Fading,
}

/// How a flow ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Ending {
    /// Orderly: TCP says FIN, others fall silent.
    #[default]
    Well,
    /// TCP is reset.
    Reset,
    /// The one who is contacted answers the first packet with a reset.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_and_named_where_it_cannot_be() {
        let folder = std::env::temp_dir().join(format!("scenario-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        let file = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let (good, bad, huge) = (file("good", BUILT_IN), file("bad", "host = 1"), file("huge", &"#".repeat(1 << 21)));
        let results = [&good, &bad, &huge, &folder.join("none")].map(|path| Scenario::read(path));
        std::fs::remove_dir_all(&folder).unwrap();
        let [good, bad, huge, none] = results;
        assert_eq!(good.unwrap().activities.len(), Scenario::built_in().unwrap().activities.len());
        assert!(matches!(huge, Err(ScenarioError::TooLarge { .. })));
        assert!(matches!(none, Err(ScenarioError::Read { .. })));
        assert!(bad.unwrap_err().to_string().contains("bad, line 1, `host = 1`"));
    }
}
