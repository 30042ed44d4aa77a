//! The computations of the program: which there are, which are switched off, the files they need, and what they remember from run to run.

mod files;
mod memories;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use anyhow::{Context as _, Result};
use capture::interfaces::{self, Watch};
use capture::{Level, Notice};
use graph::{
    Acquaintances, Beacons, Database, DomainNames, FirstContacts, Geography, Prepared, Scans, Scopes, Services, Vendors, Vicinity,
};

use crate::state::home;

pub use memories::Memories;

/// Computations that are prepared, for one model.
#[derive(Default)]
pub struct Computing {
    /// In the order in which they are told.
    pub prepared: Vec<Box<dyn Prepared>>,
    /// The names of those that are switched off.
    pub off: Vec<String>,
    /// Where what they remember is kept.
    pub memories: Memories,
    /// This machine's addresses and networks, where the source is of it.
    pub vicinity: Vicinity,
    /// What tells that these changed.
    pub watch: Option<Watch>,
}

/// Prepares a computation that is not of this program, for one model.
pub type Prepare = fn() -> Box<dyn Prepared>;

/// What was added to those of this program.
static INSTALLED: OnceLock<Vec<Prepare>> = OnceLock::new();

/// Adds computations to those of this program, before anything is opened. False where that was done already: then nothing is added.
pub fn install(more: impl IntoIterator<Item = Prepare>) -> bool {
    INSTALLED.set(more.into_iter().collect()).is_ok()
}

/// What there is to be computed with.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Whether the source is live: only then it is of this machine's networks, and there are first contacts.
    pub live: bool,
    /// Databases of addresses, or directories of them; none are those of the system.
    pub geoip: Vec<PathBuf>,
    /// The names of computations that are switched off.
    pub off: Vec<String>,
}

impl Computing {
    /// All computations of the program, with the files of this machine. The notices are what is wrong with these.
    pub fn of(given: Given) -> (Computing, Vec<Notice>) {
        let (databases, mut notices) = files::databases(&given.geoip);
        let memories = home::computations().map(Memories::in_dir).unwrap_or_default();
        let memory = given.live.then(|| remembered(&memories, &mut notices));
        let all: Vec<Box<dyn Prepared>> = vec![
            Box::new(DomainNames),
            Box::new(Services { ports: files::ports() }),
            Box::new(Scopes),
            Box::new(Geography { databases }),
            Box::new(Vendors { lists: files::vendors() }),
            Box::new(FirstContacts { memory }),
            Box::new(Scans),
            Box::new(Beacons),
        ];
        let (vicinity, watch) = if given.live { vicinity(&mut notices) } else { Default::default() };
        (Computing { prepared: with_installed(all), off: given.off, memories, vicinity, watch }, notices)
    }

    /// The same without any file: they have the same columns.
    pub fn bare() -> Computing {
        Computing::bare_with(Vec::new())
    }

    /// The same with no file but databases of addresses, if any are named: so the same is computed on every machine. The notices are what is wrong with these.
    pub fn with_databases(geoip: &[PathBuf]) -> (Computing, Vec<Notice>) {
        let (databases, notices) = if geoip.is_empty() { Default::default() } else { files::databases(geoip) };
        (Computing::bare_with(databases), notices)
    }

    fn bare_with(databases: Vec<Database>) -> Computing {
        let all: Vec<Box<dyn Prepared>> = vec![
            Box::new(DomainNames),
            Box::new(Services::default()),
            Box::new(Scopes),
            Box::new(Geography { databases }),
            Box::new(Vendors::default()),
            Box::new(FirstContacts::default()),
            Box::new(Scans),
            Box::new(Beacons),
        ];
        Computing { prepared: with_installed(all), ..Computing::default() }
    }
}

/// What looks countries and owners of networks up, with the databases at these places or, where there are none, those of the system. The notices are what is wrong with them.
pub(crate) fn geography(geoip: &[PathBuf]) -> (Geography, Vec<Notice>) {
    let (databases, notices) = files::databases(geoip);
    (Geography { databases }, notices)
}

/// Those, and what was added to them.
fn with_installed(mut all: Vec<Box<dyn Prepared>>) -> Vec<Box<dyn Prepared>> {
    all.extend(INSTALLED.get().into_iter().flatten().map(|prepare| prepare()));
    all
}

/// Looks whether there is a database of addresses at a place, or in that directory.
///
/// # Errors
/// What is wrong with it, and what to do.
pub(crate) fn check_databases(place: &Path) -> Result<(), String> {
    files::check_databases(place)
}

/// Where databases of addresses are looked for while nobody says otherwise.
pub(crate) fn usual_databases() -> Vec<PathBuf> {
    files::usual_databases()
}

/// This machine's addresses and networks, and what tells that they changed: watched first, so that no change is missed.
fn vicinity(notices: &mut Vec<Notice>) -> (Vicinity, Option<Watch>) {
    let watch = Watch::start();
    let vicinity = interfaces::vicinity();
    if let Some(error) = watch.as_ref().err().or(vicinity.as_ref().err()) {
        let text = format!("which addresses and networks this machine has, or gets from now on, is not known: {error}");
        notices.push(Notice { level: Level::Warning, text, remedy: None });
    }
    (vicinity.unwrap_or_default(), watch.ok())
}

/// Forgets whom this user's programs have met.
///
/// # Errors
/// Where that is kept and cannot be removed.
pub fn forget() -> Result<()> {
    let name = FirstContacts::default().name();
    let memories = home::computations().map(Memories::in_dir).unwrap_or_default();
    memories.remove(name).with_context(|| format!("what {name} remembers cannot be forgotten"))
}

/// Whom this user's programs have met.
fn remembered(memories: &Memories, notices: &mut Vec<Notice>) -> Acquaintances {
    let name = FirstContacts::default().name();
    let read = memories.read(name).map_err(|error| error.to_string());
    read.and_then(|bytes| Acquaintances::read(&bytes).map_err(|error| error.to_string())).unwrap_or_else(|error| {
        let text = format!("what {name} remembers from earlier runs cannot be read, and everybody is met for the first time: {error}");
        notices.push(Notice { level: Level::Warning, text, remedy: None });
        Acquaintances::default()
    })
}

#[cfg(test)]
mod tests {
    use graph::{Computations, RegistryBuilder};

    use super::*;

    #[test]
    fn with_files_and_without_the_columns_are_the_same() {
        let columns = |computing: Computing| {
            let mut builder = RegistryBuilder::default();
            let computations = Computations::register(computing.prepared, &mut builder).unwrap();
            let names: Vec<&str> = computations.list().map(|listed| listed.name).collect();
            let columns: Vec<_> = builder.freeze().columns().map(|(_, column)| column.clone()).collect();
            (names, columns)
        };
        assert_eq!(columns(Computing::of(Given::default()).0), columns(Computing::bare()));
    }
}
