//! What else may be heard beside a source of packets: what each is called on the command line and in the settings, and how a report hears them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use capture::conntrack::{self, child::Asker};
use capture::eve::{self, Way};
use capture::supervised::{Common, Factory, Line, Other, State, Supervised, plain_thread};
use capture::{Level, Notice, Outlet, World};
use crossbeam_channel::Sender;
use graph::Time;

use crate::cli::SourceArgs;
use crate::pipeline::{REALMS, clock};
use crate::report::tell;

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

/// Those that may be heard.
#[derive(Clone, Default)]
pub struct Others {
    list: Vec<(Spec, Other)>,
    /// Who asks for connections; it lives as long as this may be heard.
    asker: Option<Arc<conntrack::Config>>,
    /// Whether they are heard beside a recording.
    recorded: bool,
    /// Whether nothing but they tell of flows, and none of them counts.
    alone: bool,
}

impl Others {
    /// Those that the arguments name, to be heard from the beginning. This is where a privilege is used. In a window connection tracking may be switched on
    /// later where that is permitted now.
    ///
    /// # Errors
    /// Where one of them makes no sense.
    pub fn open(args: &SourceArgs, window: bool) -> Result<Others> {
        let mut others = Others::default();
        if args.conntrack || window && conntrack::is_permitted() {
            others.asker = Some(Arc::new(conntrack::Config::new(Asker::start())));
            others.add(Spec::Conntrack, args.conntrack)?;
        }
        others.recorded = args.read.is_some();
        others.alone = args.others_alone() && !args.conntrack && args.guts.named().is_none();
        for way in &args.suricata {
            ensure!(!others.recorded || matches!(way, Way::File(_)), "--suricata {way}: of a recording it is read in a file: name that");
            others.add(Spec::Suricata(way.clone()), true)?;
        }
        #[cfg(feature = "guts")]
        if let Some((socket, map)) = args.guts.named() {
            others.add(Spec::Guts { socket: socket.to_owned(), map: map.to_owned() }, true)?;
        }
        Ok(others)
    }

    /// One more; or the one that is there is heard from the beginning.
    ///
    /// # Errors
    /// Where it makes no sense.
    pub fn add(&mut self, spec: Spec, on: bool) -> Result<()> {
        if let Some((_, other)) = self.list.iter_mut().find(|(known, _)| *known == spec) {
            other.on |= on;
            return Ok(());
        }
        let factory: Arc<dyn Factory> = match &spec {
            Spec::Suricata(way) => {
                let config = eve::Config::new(way.clone());
                let config = if self.recorded && matches!(way, Way::File(_)) { config.once() } else { config };
                Arc::new(if self.alone { config.opening() } else { config })
            }
            #[cfg(feature = "guts")]
            Spec::Guts { socket, map } => Arc::new(capture::guts::Config::open(socket, map).map_err(anyhow::Error::msg)?),
            Spec::Conntrack => self.asker.get_or_insert_with(|| Arc::new(conntrack::Config::new(Asker::start()))).clone(),
        };
        self.list.push((spec, Other { factory, on }));
        Ok(())
    }

    /// Those that the settings name are heard from the beginning, too; what cannot be is said.
    pub fn remember(&mut self, specs: &[String]) -> Vec<String> {
        let add = |text: &String| match text.parse::<Spec>() {
            Ok(spec) => self.add(spec, true).err().map(|error| format!("{text}: {error:#}")),
            Err(why) => Some(why),
        };
        specs.iter().filter_map(add).collect()
    }

    /// One of them was switched on or off: so it is next time.
    pub fn switched(&mut self, line: &Line, on: bool) {
        let is = |other: &Other| (other.factory.name(), other.factory.from()) == (line.name.clone(), line.from.clone());
        if let Some((_, other)) = self.list.iter_mut().find(|(_, other)| is(other)) {
            other.on = on;
        }
    }

    /// Those that are on, as the settings have them.
    pub fn to_remember(&self) -> Vec<String> {
        self.list.iter().filter(|(_, other)| other.on).map(|(spec, _)| spec.to_string()).collect()
    }

    /// What a session or a report is given.
    pub fn list(&self) -> Vec<Other> {
        self.list.iter().map(|(_, other)| other.clone()).collect()
    }
}

/// What a report hears beside its source.
#[derive(Clone, Default)]
pub struct Beside {
    /// Them.
    pub list: Vec<Other>,
    /// Whether its source is a recording: then what is not of a machine as it is now is heard to its end before that.
    pub recorded: bool,
    /// Whether nothing else tells of anything: then it ends with them.
    pub alone: bool,
}

/// Those that a report hears.
#[derive(Default)]
pub(crate) struct Heard(Vec<Supervised>);

impl Heard {
    /// Starts them.
    pub(crate) fn start(beside: Beside, world: &Arc<World>, outlet: &Outlet, notices: &Sender<Notice>) -> Result<Heard> {
        let Beside { list, recorded, .. } = beside;
        let mut heard = Heard::default();
        for Other { factory, .. } in list.into_iter().filter(|other| other.on && !(recorded && other.factory.is_live())) {
            let clock = if recorded { || Time::ZERO } else { clock };
            let (world, outlet, notices) = (world.clone(), outlet.clone(), notices.clone());
            let common = Common { world, outlet, notices, realms: REALMS, clock, changed: Arc::new(|| {}) };
            let mut one = Supervised::new(factory, common).context("too many sources")?;
            one.switch(true, &plain_thread)?;
            heard.0.push(one);
        }
        Ok(heard)
    }

    /// Whether one of them still tells what it has, or will.
    pub(crate) fn goes_on(&self) -> bool {
        self.0.iter().any(Supervised::is_running)
    }

    /// Tells them to end.
    pub(crate) fn stop(&mut self) {
        self.0.iter_mut().for_each(Supervised::stop);
    }

    /// Lets go of them, once none goes on, and says what each counted; what could not be opened at all is an error.
    pub(crate) fn end(&mut self) -> Result<()> {
        for Line { name, from, counts, .. } in self.0.iter().map(Supervised::line).filter(|line| !line.counts.is_empty()) {
            let counts: Vec<String> = counts.iter().map(|(what, n)| format!("{n} {what}")).collect();
            let source = [name, from].join(" ");
            tell(Notice { level: Level::Info, text: format!("{}: {}", source.trim_end(), counts.join(", ")), remedy: None });
        }
        let failed = self.0.iter().find_map(|one| match one.line().state {
            State::Failed(why) => Some(format!("{}: {why}", one.line().name)),
            _ => None,
        });
        self.0.clear();
        failed.map_or(Ok(()), |why| Err(anyhow::Error::msg(why)))
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

    #[test]
    fn what_was_on_comes_back() {
        let mut others = Others::default();
        others.add(Spec::Suricata(Way::File("/a".into())), false).unwrap();
        let kept = ["suricata=/a".to_owned(), "suricata=unix:/b".to_owned()];
        assert_eq!(others.remember(&kept), [""; 0]);
        assert_eq!((others.list().len(), others.to_remember()), (2, kept.to_vec()));
        let line = |from: &str| Line {
            origin: graph::OriginId(0),
            name: "suricata".into(),
            from: from.into(),
            state: State::Off,
            restarts: 0,
            counts: Vec::new(),
        };
        others.switched(&line("/a"), false);
        others.switched(&line("/c"), false);
        assert_eq!(others.to_remember(), [kept[1].clone()]);
        assert_eq!(others.remember(&["nonsense".to_owned()]).len(), 1);
    }
}
