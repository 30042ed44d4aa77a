//! What else is heard beside the main source: each of those as it stands, and the form that adds one.

use std::path::{Path, PathBuf};

use capture::eve::Way;
use capture::interfaces::Remedy;
use capture::supervised::Line;

use super::start::expand;
use crate::others::Spec;

/// Where Suricata's own settings put its records.
const USUAL_RECORDS: &str = "/var/log/suricata/eve.json";

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// What it is.
    pub spec: Spec,
    /// Whether it shall be heard.
    pub on: bool,
    /// How it is; none where what is shown has none beside it, or none of its kind.
    pub line: Option<Line>,
}

/// All of them, filled once a frame while somebody looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// In the order in which they were added.
    pub rows: Vec<Row>,
    /// What lets connection tracking be heard; none where it may be.
    pub remedy: Option<Remedy>,
    /// Databases of addresses.
    pub databases: Databases,
}

/// Databases of addresses, or directories of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Databases {
    /// Those in use.
    pub places: Vec<PathBuf>,
    /// Who named them.
    pub by: NamedBy,
}

/// Who named the databases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NamedBy {
    /// Nobody: they are where they are by custom.
    #[default]
    Nobody,
    /// The user, here.
    Settings,
    /// The command line: nothing else counts.
    CommandLine,
}

/// What is being added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// Suricata's records.
    Suricata,
    /// What the pakon-guts daemon tells.
    #[cfg(feature = "guts")]
    Guts,
    /// Databases of addresses.
    Databases,
}

/// How Suricata's records come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comes {
    /// By a file.
    #[default]
    File,
    /// By a Unix socket, a datagram each.
    Datagrams,
    /// By a Unix socket, as a stream.
    Stream,
}

/// Which of a form's files the desktop is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// What stands in the first field.
    Path,
    /// The mapping of the second one.
    Map,
}

/// Why something was not added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What hinders it, and what to do.
    pub text: String,
    /// What may be added nevertheless: it may go better another time.
    pub later: Option<Spec>,
}

/// The form that adds one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adding {
    /// What it adds.
    pub what: What,
    /// How Suricata's records come.
    pub comes: Comes,
    /// The path, as it is typed.
    pub path: String,
    /// The path of the mapping, where one is needed.
    pub map: String,
    /// Whether the keyboard shall go to the path.
    pub focus: bool,
    /// Whether the desktop's file dialog is open, and for which field.
    pub choosing: Option<Chosen>,
    /// What went wrong.
    pub wrong: Option<Wrong>,
}

impl Adding {
    /// It was just opened.
    pub fn begin(what: What) -> Adding {
        let (comes, path, map) = Default::default();
        Adding { what, comes, path, map, focus: true, choosing: None, wrong: None }
    }

    /// What it describes, once it is complete; none for databases, which are no source. A path may be written as the command line has it, too.
    pub fn spec(&self) -> Option<Spec> {
        match self.what {
            What::Suricata => Some(Spec::Suricata(match (self.comes, self.path.trim().parse().ok()?) {
                (Comes::Stream, Way::File(path)) | (_, Way::Stream(path)) => Way::Stream(whole(&path)),
                (Comes::Datagrams, Way::File(path)) | (_, Way::Datagram(path)) => Way::Datagram(whole(&path)),
                (Comes::File, Way::File(path)) => Way::File(whole(&path)),
            })),
            #[cfg(feature = "guts")]
            What::Guts => Some(Spec::Guts { socket: written(&self.path)?, map: written(&self.map)? }),
            What::Databases => None,
        }
    }

    /// The path of databases, once there is one.
    pub fn databases(&self) -> Option<PathBuf> {
        (self.what == What::Databases).then(|| written(&self.path)).flatten()
    }
}

/// The list of other sources, as the user sees it.
#[derive(Debug, Default)]
pub struct Sources {
    /// The form, while it is open.
    pub adding: Option<Adding>,
    /// Suricata's records where they are by custom, if they are there: looked for when the list is opened.
    pub usual: Option<PathBuf>,
    /// What could not be added in one click.
    pub wrong: Option<Wrong>,
}

impl Sources {
    /// It was just opened.
    pub fn begin(&mut self) {
        let usual = Path::new(USUAL_RECORDS);
        *self = Sources { usual: usual.try_exists().unwrap_or_default().then(|| usual.to_owned()), ..Sources::default() };
    }

    /// Suricata's records where they are by custom, unless they are heard already.
    pub fn offered(&self, rows: &[Row]) -> Option<Spec> {
        let spec = Spec::Suricata(Way::File(self.usual.clone()?));
        (!rows.iter().any(|row| row.spec == spec)).then_some(spec)
    }
}

/// The path that somebody wrote, wherever this program is started next time.
fn written(text: &str) -> Option<PathBuf> {
    let text = text.trim();
    (!text.is_empty()).then(|| whole(Path::new(text)))
}

fn whole(path: &Path) -> PathBuf {
    let path = expand(&path.to_string_lossy());
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_form_is_a_source() {
        let mut adding = Adding::begin(What::Suricata);
        assert_eq!(adding.spec(), None);
        let spec = |adding: &Adding| adding.spec().map(|spec| spec.to_string());
        adding.path = " /var/log/eve.json ".into();
        assert_eq!(spec(&adding).as_deref(), Some("suricata=/var/log/eve.json"));
        adding.comes = Comes::Datagrams;
        assert_eq!(spec(&adding).as_deref(), Some("suricata=unixgram:/var/log/eve.json"));
        adding.comes = Comes::Stream;
        assert_eq!(spec(&adding).as_deref(), Some("suricata=unix:/var/log/eve.json"));
        (adding.comes, adding.path) = (Comes::File, "unixgram:/run/eve.sock".into());
        assert_eq!(spec(&adding).as_deref(), Some("suricata=unixgram:/run/eve.sock"), "as on the command line");
        adding.path = "eve.json".into();
        let Some(Spec::Suricata(Way::File(path))) = adding.spec() else { panic!() };
        assert!(path.is_absolute() && path.ends_with("eve.json"), "{path:?}");
        adding.what = What::Databases;
        assert_eq!((adding.spec(), adding.databases()), (None, Some(path)));
    }

    #[test]
    fn what_is_heard_already_is_not_offered() {
        let sources = Sources { usual: Some("/e".into()), ..Sources::default() };
        let spec = sources.offered(&[]).unwrap();
        assert_eq!(sources.offered(&[Row { spec, on: false, line: None }]), None);
        assert_eq!(Sources::default().offered(&[]), None);
    }
}
