//! The settings' file: read once, written soon after a change and at the end, never lost.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use capture::{Level, Notice};
use toml::Table;

use super::Settings;
use super::home;

/// So many seconds after the first change the file is written …
const DELAY_SECS: f64 = 2.0;
/// … and so many after an attempt that failed, again.
const RETRY_SECS: f64 = 60.0;

/// Where the settings are kept.
#[derive(Debug, Default)]
pub struct Store {
    /// None where nothing can be kept.
    path: Option<PathBuf>,
    /// What the file holds.
    saved: Settings,
    /// Everything in the file, so that what another version of this program wrote is not lost.
    file: Table,
    /// Since when there has been something to write, in seconds.
    changed: Option<f64>,
    /// Whether the user was told that writing fails.
    complained: bool,
}

/// Where the settings are kept: `glouglou/settings.toml` in the XDG configuration directory. None without a home.
pub fn path() -> Option<PathBuf> {
    Some(home::config()?.join("glouglou/settings.toml"))
}

impl Store {
    /// Reads the settings. A damaged file is set aside, and the notice says where it is.
    pub fn load(path: Option<PathBuf>) -> (Settings, Store, Option<Notice>) {
        let Some(path) = path else { return Default::default() };
        let usual = |path| (Settings::default(), Store { path, ..Store::default() });
        let text = match fs::read(&path) {
            Ok(bytes) => String::from_utf8(bytes).map_err(|e| e.to_string()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let (settings, store) = usual(Some(path));
                return (settings, store, None);
            }
            Err(e) => {
                let notice = warning(format!("{}: {e}. Settings are not kept.", path.display()), format!("ls -l {}", path.display()));
                let (settings, store) = usual(None);
                return (settings, store, Some(notice));
            }
        };
        let read = text.and_then(|text| {
            let file: Table = text.parse().map_err(|e: toml::de::Error| e.to_string())?;
            let settings: Settings = file.clone().try_into().map_err(|e: toml::de::Error| e.to_string())?;
            Ok((settings.sane(), file))
        });
        match read {
            Ok((settings, file)) => {
                let store = Store { path: Some(path), saved: settings.clone(), file, ..Store::default() };
                (settings, store, None)
            }
            Err(reason) => {
                let (path, notice) = match set_aside(&path) {
                    Ok(aside) => (Some(path), aside_notice(&aside, &reason)),
                    Err(e) => (None, warning(format!("{} is damaged and cannot be renamed: {e}", path.display()), "rename it".into())),
                };
                let (settings, store) = usual(path);
                (settings, store, Some(notice))
            }
        }
    }

    /// Writes the settings if they changed and [`DELAY_SECS`] have gone; `now` in seconds. The notice is what went wrong, once.
    pub fn tick(&mut self, settings: &Settings, now: f64) -> Option<Notice> {
        if *settings == self.saved {
            self.changed = None;
            return None;
        }
        let since = *self.changed.get_or_insert(now);
        (now - since >= self.delay()).then(|| self.save(settings)).flatten()
    }

    const fn delay(&self) -> f64 {
        if self.complained { RETRY_SECS } else { DELAY_SECS }
    }

    /// In how many seconds [`Store::tick`] has something to do.
    pub fn next_change(&self, now: f64) -> Option<f64> {
        self.changed.map(|since| (since + self.delay() - now).max(0.0))
    }

    /// Writes the settings now, if they changed.
    pub fn save(&mut self, settings: &Settings) -> Option<Notice> {
        if *settings == self.saved {
            return None;
        }
        let path = self.path.clone()?;
        self.changed = None;
        let error = match self.write(settings, &path) {
            Ok(()) => {
                self.saved = settings.clone();
                self.complained = false;
                return None;
            }
            Err(e) => e,
        };
        let first = !std::mem::replace(&mut self.complained, true);
        first.then(|| {
            let text = format!("Settings could not be written to {}: {error}. What was there is untouched.", path.display());
            let dir = path.parent().unwrap_or(&path).display();
            let look = if error.kind() == io::ErrorKind::StorageFull { "df -h" } else { "ls -ld" };
            warning(text, format!("{look} {dir}"))
        })
    }

    fn write(&mut self, settings: &Settings, path: &Path) -> io::Result<()> {
        let known = Table::try_from(settings).map_err(io::Error::other)?;
        self.file.extend(known);
        let text = toml::to_string(&self.file).map_err(io::Error::other)?;
        replace(path, text.as_bytes())
    }
}

fn warning(text: String, remedy: String) -> Notice {
    Notice { level: Level::Warning, text, remedy: Some(remedy) }
}

fn aside_notice(aside: &Path, reason: &str) -> Notice {
    let reason = reason.lines().next().unwrap_or_default();
    Notice {
        level: Level::Warning,
        text: format!("The settings' file was damaged ({reason}). It is kept as {}, and everything is as at first.", aside.display()),
        remedy: None,
    }
}

/// Renames a damaged file to the first free `NAME.damaged-N`.
fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let free = (1..=999).map(|n| path.with_file_name(format!("{name}.damaged-{n}"))).find(|aside| !aside.exists());
    let aside = free.ok_or_else(|| io::Error::other("too many damaged files beside it"))?;
    fs::rename(path, &aside)?;
    Ok(aside)
}

/// Puts `bytes` into a file so that at any moment it is either the old one or the new one.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link that the user made to keep the file elsewhere stays one.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let new = path.with_extension(format!("new-{}", std::process::id()));
    let written = File::create(&new).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let replaced = written.and_then(|()| fs::rename(&new, &path));
    if replaced.is_err() {
        let _best_effort = fs::remove_file(&new);
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::settings::tests::changed;

    fn load(path: &Path) -> (Settings, Store, Option<Notice>) {
        Store::load(Some(path.to_owned()))
    }

    #[test]
    fn settings_come_back_and_what_another_version_wrote_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er/settings.toml");
        let (_, mut store, notice) = load(&path);
        assert_eq!(notice, None);
        assert_eq!(store.save(&changed()), None);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("from_the_future = 7\n{text}")).unwrap();

        let (mut settings, mut store, notice) = load(&path);
        assert_eq!((&settings, notice), (&changed(), None));
        settings.text_size = 1.1;
        store.save(&settings);
        assert_eq!(load(&path).0, settings);
        assert!(fs::read_to_string(&path).unwrap().contains("from_the_future = 7"));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_damaged_file_is_set_aside_under_a_free_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        for (n, damage) in [&b"text_size = \"big\""[..], b"[[[", b"\xff\xfe"].into_iter().enumerate() {
            fs::write(&path, damage).unwrap();
            let (settings, mut store, notice) = load(&path);
            assert_eq!(settings, Settings::default());
            let aside = dir.path().join(format!("settings.toml.damaged-{}", n + 1));
            assert!(notice.unwrap().text.contains(&*aside.to_string_lossy()));
            assert_eq!(fs::read(&aside).unwrap(), damage);
            assert_eq!(store.save(&changed()), None);
            assert_eq!(load(&path).0, changed());
        }
    }

    #[test]
    fn a_failed_write_is_said_once_and_leaves_the_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        let (mut settings, mut store, _) = load(&path);
        store.save(&changed());
        // The name of the new file is taken by a directory: nobody can write there, not even root.
        fs::create_dir(dir.path().join(format!("settings.new-{}", std::process::id()))).unwrap();
        let text = store.save(&settings).unwrap().text;
        assert!(text.contains("settings.toml") && text.contains("untouched"), "{text}");
        settings.text_size = 1.2;
        assert_eq!(store.save(&settings), None, "said once");
        assert_eq!(load(&path).0, changed());
        fs::remove_dir(dir.path().join(format!("settings.new-{}", std::process::id()))).unwrap();
        assert_eq!(store.save(&settings), None);
        assert_eq!(load(&path).0, settings, "nothing is lost once it can be written");
    }

    #[test]
    fn a_full_disk_leaves_the_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        let (settings, mut store, _) = load(&path);
        store.save(&changed());
        // Every write to this device fails with ENOSPC.
        std::os::unix::fs::symlink("/dev/full", dir.path().join(format!("settings.new-{}", std::process::id()))).unwrap();
        let notice = store.save(&settings).unwrap();
        assert!(notice.text.contains("space") && notice.remedy.unwrap().starts_with("df "), "{}", notice.text);
        assert_eq!(load(&path).0, changed());
    }

    #[test]
    fn changes_are_gathered_before_they_are_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        let (_, mut store, _) = load(&path);
        assert_eq!((store.tick(&changed(), 10.0), store.next_change(10.5)), (None, Some(DELAY_SECS - 0.5)));
        assert!(!path.exists());
        store.tick(&changed(), 10.0 + DELAY_SECS);
        assert!(path.exists());
        assert_eq!(store.next_change(20.0), None);
    }
}
