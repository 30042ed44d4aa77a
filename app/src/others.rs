//! What else may be heard beside a source of packets: what each is called on the command line and in the settings, and how a report hears them.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use capture::conntrack::{self, child::Asker};
use capture::eve::{self, Way};
use capture::supervised::{Common, Factory, Other, State, Supervised, plain_thread};
use capture::{Notice, Outlet, World};
use crossbeam_channel::Sender;
use graph::Time;

use crate::cli::SourceArgs;
use crate::pipeline::{REALMS, clock};

/// One of them, as it is written: `conntrack`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spec {
    /// The kernel's connection tracking.
    Conntrack,
    /// Suricata's records, and how they come.
    Suricata(Way),
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Spec::Conntrack => f.write_str(conntrack::NAME),
            Spec::Suricata(way) => write!(f, "{}={way}", eve::NAME),
        }
    }
}

impl FromStr for Spec {
    type Err = String;

    fn from_str(text: &str) -> Result<Spec, String> {
        match text.split_once('=') {
            None if text == conntrack::NAME => Ok(Spec::Conntrack),
            Some((eve::NAME, way)) => way.parse().map(Spec::Suricata),
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
    pub fn open(args: &SourceArgs, window: bool) -> Others {
        let mut others = Others::default();
        if args.conntrack || window && conntrack::is_permitted() {
            others.asker = Some(Arc::new(conntrack::Config::new(Asker::start())));
            others.add(Spec::Conntrack, args.conntrack);
        }
        others.recorded = args.read.is_some();
        others.alone = args.others_alone() && !args.conntrack;
        args.suricata.iter().for_each(|way| others.add(Spec::Suricata(way.clone()), true));
        others
    }

    /// One more; or the one that is there is heard from the beginning.
    pub fn add(&mut self, spec: Spec, on: bool) {
        if let Some((_, other)) = self.list.iter_mut().find(|(known, _)| *known == spec) {
            other.on |= on;
            return;
        }
        let factory: Arc<dyn Factory> = match &spec {
            Spec::Suricata(way) => {
                let config = eve::Config::new(way.clone());
                let config = if self.recorded { config.once() } else { config };
                Arc::new(if self.alone { config.opening() } else { config })
            }
            Spec::Conntrack => self.asker.get_or_insert_with(|| Arc::new(conntrack::Config::new(Asker::start()))).clone(),
        };
        self.list.push((spec, Other { factory, on }));
    }

    /// What a session or a report is given.
    pub fn list(&self) -> Vec<Other> {
        self.list.iter().map(|(_, other)| other.clone()).collect()
    }

    /// Which they are.
    pub fn specs(&self) -> impl Iterator<Item = &Spec> {
        self.list.iter().map(|(spec, _)| spec)
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

    /// Lets go of them, once none goes on; what could not be opened at all is an error.
    pub(crate) fn end(&mut self) -> Result<()> {
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
}
