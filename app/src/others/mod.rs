//! What else may be heard beside a source of packets: what each is called on the command line and in the settings, what it is opened from, and how a report hears them.

mod heard;
mod spec;

use std::sync::Arc;

use anyhow::{Result, ensure};
use capture::conntrack::{self, child::Asker};
use capture::eve::{self, Way};
use capture::interfaces::Remedy;
use capture::supervised::{Factory, Other};

pub use heard::Beside;
pub(crate) use heard::Heard;
pub use spec::Spec;

use crate::cli::SourceArgs;

/// So many may be named.
pub const MOST: usize = 16;

/// What they are heard beside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Main {
    /// Something that tells of flows as they are now.
    #[default]
    Live,
    /// A recording: then a file is read from its beginning to its end.
    Recording,
    /// Nothing: they alone tell of this machine.
    Nothing,
}

/// How its factory comes.
#[derive(Clone)]
enum Made {
    /// Suricata's records: how they are heard is decided by what they are heard beside.
    Records(Way),
    /// The same whatever that is.
    Kept(Arc<dyn Factory>),
}

#[derive(Clone)]
struct Entry {
    spec: Spec,
    made: Made,
    on: bool,
}

/// Those that may be heard.
#[derive(Clone, Default)]
pub struct Others {
    list: Vec<Entry>,
    /// Who asks for connections; it lives as long as this may be heard.
    asker: Option<Arc<conntrack::Config>>,
}

impl Others {
    /// Those that the arguments name, to be heard from the beginning. This is where a privilege is used. In a window connection tracking may be added
    /// later where that is permitted now.
    ///
    /// # Errors
    /// Where one of them makes no sense.
    pub fn open(args: &SourceArgs, window: bool) -> Result<Others> {
        let mut others = Others::default();
        if args.conntrack || window && conntrack::is_permitted() {
            others.asker = Some(Arc::new(conntrack::Config::new(Asker::start())));
        }
        if args.conntrack {
            others.add(Spec::Conntrack, true)?;
        }
        for way in &args.suricata {
            let is_read = args.read.is_none() || matches!(way, Way::File(_));
            ensure!(is_read, "--suricata {way}: of a recording it is read in a file: name that");
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
        if let Some(entry) = self.find(&spec) {
            entry.on |= on;
            return Ok(());
        }
        ensure!(self.list.len() < MOST, "there are {MOST} already: remove one first");
        let made = match &spec {
            Spec::Suricata(way) => Made::Records(way.clone()),
            #[cfg(feature = "guts")]
            Spec::Guts { socket, map } => Made::Kept(Arc::new(capture::guts::Config::open(socket, map).map_err(anyhow::Error::msg)?)),
            Spec::Conntrack => Made::Kept(self.asker.get_or_insert_with(|| Arc::new(conntrack::Config::new(Asker::start()))).clone()),
        };
        self.list.push(Entry { spec, made, on });
        Ok(())
    }

    /// One of them is not to be heard any more, nor next time.
    pub fn remove(&mut self, spec: &Spec) {
        self.list.retain(|entry| entry.spec != *spec);
    }

    /// Those that the settings name; those of the first list are heard from the beginning. What cannot be is said.
    pub fn remember(&mut self, on: &[String], off: &[String]) -> Vec<String> {
        let all = on.iter().map(|text| (text, true)).chain(off.iter().map(|text| (text, false)));
        let add = |(text, on): (&String, bool)| match text.parse::<Spec>() {
            Ok(spec) => self.add(spec, on).err().map(|error| format!("{text}: {error:#}")),
            Err(why) => Some(why),
        };
        all.filter_map(add).collect()
    }

    /// One of them was switched on or off: so it is next time.
    pub fn switch(&mut self, spec: &Spec, on: bool) {
        if let Some(entry) = self.find(spec) {
            entry.on = on;
        }
    }

    /// Those that are on, or off, as the settings have them.
    pub fn to_remember(&self, on: bool) -> Vec<String> {
        self.list.iter().filter(|entry| entry.on == on).map(|entry| entry.spec.to_string()).collect()
    }

    /// Each of them, and whether it is on.
    pub fn specs(&self) -> impl Iterator<Item = (&Spec, bool)> {
        self.list.iter().map(|entry| (&entry.spec, entry.on))
    }

    /// What lets connection tracking be heard; none where it may be.
    pub fn conntrack_remedy(&self) -> Option<Remedy> {
        if self.asker.is_some() { None } else { conntrack::remedy() }
    }

    /// What a session or a report is given.
    pub fn list(&self, main: Main) -> Vec<Other> {
        self.list.iter().map(|entry| self.other(entry, main)).collect()
    }

    /// One of them, for a session that runs.
    pub fn one(&self, spec: &Spec, main: Main) -> Option<Other> {
        self.list.iter().find(|entry| entry.spec == *spec).map(|entry| self.other(entry, main))
    }

    fn other(&self, entry: &Entry, main: Main) -> Other {
        let factory: Arc<dyn Factory> = match &entry.made {
            Made::Kept(factory) => factory.clone(),
            Made::Records(way) => {
                let config = eve::Config::new(way.clone());
                Arc::new(match main {
                    Main::Recording if matches!(way, Way::File(_)) => config.once(),
                    Main::Nothing if !self.list.iter().any(|entry| entry.on && entry.spec.counts()) => config.opening(),
                    _ => config,
                })
            }
        };
        Other { factory, on: entry.on }
    }

    fn find(&mut self, spec: &Spec) -> Option<&mut Entry> {
        self.list.iter_mut().find(|entry| entry.spec == *spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str) -> Spec {
        Spec::Suricata(Way::File(path.into()))
    }

    #[test]
    fn what_is_on_and_what_is_off_comes_back() {
        let mut others = Others::default();
        others.add(file("/a"), false).unwrap();
        let kept = ["suricata=/a".to_owned(), "suricata=unix:/b".to_owned()];
        assert_eq!(others.remember(&kept, &["suricata=/c".to_owned()]), [""; 0]);
        assert_eq!((others.to_remember(true), others.to_remember(false)), (kept.to_vec(), vec!["suricata=/c".to_owned()]));
        others.switch(&file("/a"), false);
        others.switch(&file("/d"), false);
        assert_eq!((others.to_remember(true), others.to_remember(false).len()), (vec![kept[1].clone()], 2));
        others.remove(&file("/a"));
        assert_eq!(others.to_remember(false), ["suricata=/c"]);
        assert_eq!(others.remember(&["nonsense".to_owned()], &[]).len(), 1);
    }

    #[test]
    fn there_are_never_too_many() {
        let mut others = Others::default();
        (0..MOST).for_each(|n| others.add(file(&format!("/{n}")), true).unwrap());
        assert!(others.add(file("/one-more"), true).is_err() && others.add(file("/3"), true).is_ok());
        assert_eq!(others.list(Main::Live).len(), MOST);
    }

    #[test]
    fn beside_a_recording_a_file_is_read_once_and_nothing_else_is_heard() {
        let mut others = Others::default();
        others.add(file("/a"), true).unwrap();
        others.add(Spec::Suricata(Way::Stream("/b".into())), true).unwrap();
        let live = |main| others.list(main).iter().map(|other| other.factory.is_live()).collect::<Vec<_>>();
        assert_eq!((live(Main::Recording), live(Main::Live), live(Main::Nothing)), (vec![false, true], vec![true; 2], vec![true; 2]));
    }
}
