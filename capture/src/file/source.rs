//! The source `file`.

use std::path::PathBuf;

use super::controls::Controls;
use super::error::FileError;
use super::filters::Filters;
use super::pace::Pace;
use super::player::Player;
use super::recording::Recording;
use super::teller::Detail;
use crate::source::{Context, Ended, Source, SourceError};

/// What a recording is opened with.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file; `-` is standard input.
    pub path: PathBuf,
    /// A BPF filter (pcap-filter(7)); none and empty take everything.
    pub filter: Option<String>,
    /// How fast it is played.
    pub pace: Pace,
    /// How much is told of what is read as fast as possible.
    pub detail: Detail,
}

impl Config {
    /// A whole recording, as fast as possible.
    pub fn new(path: impl Into<PathBuf>) -> Config {
        Config { path: path.into(), filter: None, pace: Pace::AsFastAsPossible, detail: Detail::Slices }
    }

    /// Opens the recording. A pipe need not have a writer yet.
    ///
    /// # Errors
    /// See [`FileError`]: each says what to do.
    pub fn open(self) -> Result<File, FileError> {
        let mut recording = Recording::open(&self.path)?;
        let first = recording.first_link()?;
        let filters = Filters::new(self.filter.as_deref().unwrap_or_default(), first)?;
        Ok(File { recording, filters, pace: self.pace, detail: self.detail })
    }
}

/// An open recording. It obeys every [`Command`](crate::Command). One that is damaged is read up to there; then it has
/// finished, with a notice that says where.
pub struct File {
    recording: Recording,
    filters: Filters,
    pace: Pace,
    detail: Detail,
}

impl Source for File {
    fn name(&self) -> String {
        let name = self.recording.name();
        name.rsplit('/').next().filter(|base| !base.is_empty()).unwrap_or(name).to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let controls = Controls::new(&context, self.filters, self.pace);
        Player::new(&context, controls, self.detail).run(self.recording).map_err(|error| SourceError(error.to_string()))
    }
}
