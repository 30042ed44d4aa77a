//! Where the user's own files are (the XDG base directories).

use std::path::PathBuf;

use etcetera::base_strategy::{BaseStrategy, Xdg};

/// The user's home; none where neither `HOME` nor the user database tells.
pub fn home() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.home_dir().to_owned())
}

/// Where the places of nodes are kept from run to run: `glouglou/places` in `XDG_STATE_HOME`, else in `~/.local/state`.
pub fn places() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.state_dir()?.join("glouglou/places"))
}

/// Where what computations remember is kept from run to run: `glouglou/computations` in `XDG_STATE_HOME`, else in `~/.local/state`. None for a user whose
/// home is not there, as that of `nobody` is not.
pub fn computations() -> Option<PathBuf> {
    let (xdg, named) = (Xdg::new().ok()?, std::env::var_os("XDG_STATE_HOME").is_some());
    (named || xdg.home_dir().is_dir()).then(|| xdg.state_dir())?.map(|dir| dir.join("glouglou/computations"))
}

/// Where programs keep their settings: `XDG_CONFIG_HOME`, else `~/.config`.
pub fn config() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.config_dir())
}
