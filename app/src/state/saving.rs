//! A picture of the graph on its way to a file: what is chosen in the dialog, and what the graph is then asked for.

use std::path::PathBuf;

/// How many times as many pixels as on the screen there may be.
pub const TIMES: [u8; 3] = [1, 2, 4];

/// What is chosen in the dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saving {
    /// Where it shall go, as it is typed.
    pub path: String,
    /// So many times as many pixels as on the screen, along each side.
    pub times: u8,
    /// Whether the desktop is asked for a file.
    pub choosing: bool,
    /// Whether the keyboard goes to the path.
    pub focus: bool,
    /// What is wrong with the path.
    pub error: Option<String>,
}

impl Default for Saving {
    fn default() -> Self {
        Saving { path: "~/graph.svg".to_owned(), times: 1, choosing: false, focus: false, error: None }
    }
}

impl Saving {
    /// The dialog opens: with what was chosen last.
    pub fn begin(&mut self) {
        *self = Saving { path: std::mem::take(&mut self.path), times: self.times, focus: true, ..Saving::default() };
    }
}

/// A picture that the graph shall make of what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Where it goes.
    pub path: PathBuf,
    /// See [`Saving::times`].
    pub times: u8,
}
