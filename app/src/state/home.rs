//! Where the user's own files are (the XDG base directories).

use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy, Xdg};

/// The user's home; none where neither `HOME` nor the user database tells.
pub fn home() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.home_dir().to_owned())
}

/// Where programs keep their settings: `XDG_CONFIG_HOME`, else `~/.config`.
pub fn config() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.config_dir())
}
