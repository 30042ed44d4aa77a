//! What the desktop was told before, and is cheap to know.

use std::path::Path;

use crate::state::home;

/// Whether the user wants nothing to glide: GTK's setting, which GNOME and others keep in a file.
pub(super) fn reduced_motion() -> bool {
    let Some(config) = home::config() else { return false };
    ["gtk-4.0", "gtk-3.0"].iter().any(|gtk| says_still(&config.join(gtk).join("settings.ini")))
}

fn says_still(settings: &Path) -> bool {
    let text = std::fs::read_to_string(settings).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once('='))
        .any(|(name, value)| name.trim() == "gtk-enable-animations" && matches!(value.trim(), "0" | "false"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn animations_that_are_off_are_seen() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.ini");
        assert!(!says_still(&path));
        for (text, still) in [("[Settings]\ngtk-enable-animations = false\n", true), ("gtk-enable-animations=1\n", false)] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(says_still(&path), still);
        }
    }
}
