//! Where keys are kept: a directory that nobody else may read, with a listener's own key and a file for each probe.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use serde::{Deserialize, Serialize};
use wire::glouglou::session::{Identity, Invitation, Keys, Random, Secret};

/// Where a service's credentials are: systemd.exec(5).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// No key file is longer.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Probes that are kept.
const MAX_PROBES: usize = 65_536;
/// No name of a probe is longer, in bytes.
const MAX_NAME: usize = 64;
const LISTENER: &str = "listener.key";
/// What the file of a probe ends with.
const PROBE: &str = "probe";

/// Why keys could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The kernel said no.
    #[error("{path}: {error}")]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Its answer.
        error: io::Error,
    },
    /// Others may read it.
    #[error("{path} holds keys, and others may read it (mode {mode:o}): run chmod {} {path}", if *is_directory { "700" } else { "600" })]
    Lax {
        /// The file or directory.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// Which of both.
        is_directory: bool,
    },
    /// It is somebody else's.
    #[error("{path} belongs to user {owner}: keys must be your own")]
    Foreign {
        /// The file or directory.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// It holds no key.
    #[error("{path} holds no key: {why}")]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A probe cannot be called that.
    #[error("a probe's name is 1 to 64 letters, digits, spaces, dots, - or _: {0:?} is not")]
    Name(String),
    /// There is one of that name.
    #[error("there is a probe named {0:?} already: give it another name, or remove that one first")]
    Taken(String),
    /// There is none of that name.
    #[error("there is no probe named {0:?}: list them with probe list")]
    Unknown(String),
    /// There are too many.
    #[error("there are {MAX_PROBES} probes already")]
    Full,
}

/// Who may come: a probe, a relay, or a viewer of a probe that listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// What the user calls it.
    pub name: String,
    /// Its number.
    pub probe_id: u32,
    /// The key that it shares with the listener.
    pub shared: Secret,
    /// For which probes it may speak, where it is a relay, and what the user calls them.
    pub speaks_for: BTreeMap<u32, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProbeFile {
    name: String,
    probe_id: u32,
    key: String,
    /// By their numbers, in hexadecimal digits.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    speaks_for: BTreeMap<String, String>,
}

/// A directory of keys.
#[derive(Clone, Debug)]
pub struct KeyDir(PathBuf);

impl KeyDir {
    /// Opens it, and makes it where there is none.
    ///
    /// # Errors
    /// Where it is not the user's own and nobody else's to read.
    pub fn open(path: &Path) -> Result<KeyDir, KeyError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(|error| KeyError::Io { path: path.to_owned(), error })?;
        let metadata = fs::metadata(path).map_err(|error| KeyError::Io { path: path.to_owned(), error })?;
        check(path, &metadata)?;
        Ok(KeyDir(path.to_owned()))
    }

    /// The listener's own keys; new ones where there are none yet.
    ///
    /// # Errors
    /// Where they cannot be read or written.
    pub fn listener(&self, random: &mut impl Random) -> Result<Keys, KeyError> {
        let path = self.0.join(LISTENER);
        if path.exists() {
            return read_key(&path);
        }
        let secret = random.key();
        match write_new(&path, &format!("{}\n", URL_SAFE_NO_PAD.encode(secret))) {
            // Another one made them at the same moment.
            Err(KeyError::Io { error, .. }) if error.kind() == io::ErrorKind::AlreadyExists => read_key(&path),
            written => written.map(|()| Keys::new(secret)),
        }
    }

    /// All probes, by their names.
    ///
    /// # Errors
    /// The first file that is none of a probe.
    pub fn probes(&self) -> Result<Vec<Known>, KeyError> {
        let io = |error| KeyError::Io { path: self.0.clone(), error };
        let mut probes = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(io)? {
            let path = entry.map_err(io)?.path();
            if path.extension().is_some_and(|extension| extension == PROBE) {
                probes.push(read_probe(&path)?);
            }
        }
        probes.sort_by(|a, b| (&a.name, a.probe_id).cmp(&(&b.name, b.probe_id)));
        Ok(probes)
    }

    /// When a probe was last added or removed, as far as the file system tells.
    pub fn changed(&self) -> Option<SystemTime> {
        fs::metadata(&self.0).ok()?.modified().ok()
    }

    /// Lets another one come, with a key of its own.
    ///
    /// # Errors
    /// Where it cannot be called that, or not be written.
    pub fn add(&self, name: &str, random: &mut impl Random) -> Result<Known, KeyError> {
        check_name(name)?;
        let known = self.probes()?;
        if known.iter().any(|probe| probe.name == name) {
            return Err(KeyError::Taken(name.to_owned()));
        }
        if known.len() >= MAX_PROBES {
            return Err(KeyError::Full);
        }
        let probe_id = loop {
            let id = random.number() as u32;
            if id > 0 && known.iter().all(|probe| probe.probe_id != id) {
                break id;
            }
        };
        let probe = Known { name: name.to_owned(), probe_id, shared: Secret(random.key()), speaks_for: BTreeMap::new() };
        let path = self.path(probe_id);
        write_new(&path, &text_of(&path, &probe)?)?;
        Ok(probe)
    }

    /// The same, as what the other end must be told: that it finds this one at `place`.
    ///
    /// # Errors
    /// As [`KeyDir::add`].
    pub fn invite(&self, name: &str, (host, port): (String, u16), random: &mut impl Random) -> Result<Invitation, KeyError> {
        let listener = self.listener(random)?.public();
        let Known { probe_id, shared, .. } = self.add(name, random)?;
        Ok(Invitation { identity: Identity { probe_id, shared, listener }, host, port })
    }

    /// A descriptor that is readable once somebody may come who might not, or may not come any more.
    ///
    /// # Errors
    /// Where the kernel does not watch it.
    pub fn watch(&self) -> Result<Inotify, KeyError> {
        let io = |error: nix::Error| KeyError::Io { path: self.0.clone(), error: error.into() };
        let watch = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).map_err(io)?;
        let what = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_DELETE | AddWatchFlags::IN_MOVED_TO;
        watch.add_watch(&self.0, what).map_err(io)?;
        Ok(watch)
    }

    /// Lets a relay speak for that probe, which is called `name` here.
    ///
    /// # Errors
    /// Where there is no such relay, the probe cannot be called that, or it cannot be written.
    pub fn let_speak_for(&self, relay: &str, probe_id: u32, name: &str) -> Result<(), KeyError> {
        check_name(name)?;
        let mut known = self.probes()?;
        let taken = |probe: &Known| probe.name == name || probe.speaks_for.iter().any(|(id, other)| *id != probe_id && other == name);
        if known.iter().any(taken) {
            return Err(KeyError::Taken(name.to_owned()));
        }
        let relay = known.iter_mut().find(|probe| probe.name == relay).ok_or_else(|| KeyError::Unknown(relay.to_owned()))?;
        relay.speaks_for.insert(probe_id, name.to_owned());
        let path = self.path(relay.probe_id);
        replace(&path, &text_of(&path, relay)?)
    }

    /// A probe may not come any more. False where there is none of that number.
    ///
    /// # Errors
    /// Where its file cannot be removed.
    pub fn remove(&self, probe_id: u32) -> Result<bool, KeyError> {
        let path = self.path(probe_id);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(KeyError::Io { path, error }),
        }
    }

    fn path(&self, probe_id: u32) -> PathBuf {
        self.0.join(format!("{probe_id:08x}.{PROBE}"))
    }
}

/// Keeps an invitation, for the probe that got it.
///
/// # Errors
/// Where there is such a file already, or it cannot be written.
pub fn keep_invitation(path: &Path, invitation: &Invitation) -> Result<(), KeyError> {
    write_new(path, &format!("{invitation}\n"))
}

/// Reads a kept invitation.
///
/// # Errors
/// Where others may read it, or it is none.
pub fn read_invitation(path: &Path) -> Result<Invitation, KeyError> {
    read(path)?
        .parse()
        .map_err(|error: wire::glouglou::session::InvitationError| KeyError::Content { path: path.to_owned(), why: error.to_string() })
}

fn read_key(path: &Path) -> Result<Keys, KeyError> {
    let bytes = URL_SAFE_NO_PAD.decode(read(path)?.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    bytes.map(Keys::new).ok_or_else(|| KeyError::Content { path: path.to_owned(), why: "it is not 32 bytes in base64url".to_owned() })
}

fn read_probe(path: &Path) -> Result<Known, KeyError> {
    let content = |why: String| KeyError::Content { path: path.to_owned(), why };
    let ProbeFile { name, probe_id, key, speaks_for } =
        toml::from_str(&read(path)?).map_err(|error| content(error.message().to_owned()))?;
    let key = URL_SAFE_NO_PAD.decode(key).ok().and_then(|bytes| bytes.try_into().ok());
    let shared = Secret(key.ok_or_else(|| content("its key is not 32 bytes in base64url".to_owned()))?);
    let speaks_for = speaks_for.into_iter().map(|(id, name)| u32::from_str_radix(&id, 16).map(|id| (id, name)));
    let speaks_for = speaks_for.collect::<Result<_, _>>().map_err(|_| content("it speaks for what is no probe's number".to_owned()))?;
    Ok(Known { name, probe_id, shared, speaks_for })
}

fn text_of(path: &Path, probe: &Known) -> Result<String, KeyError> {
    let Known { name, probe_id, shared, speaks_for } = probe;
    let speaks_for = speaks_for.iter().map(|(id, name)| (format!("{id:08x}"), name.clone())).collect();
    let file = ProbeFile { name: name.clone(), probe_id: *probe_id, key: URL_SAFE_NO_PAD.encode(shared.0), speaks_for };
    toml::to_string(&file).map_err(|error| KeyError::Content { path: path.to_owned(), why: error.to_string() })
}

fn check_name(name: &str) -> Result<(), KeyError> {
    let is_plain = |c: char| c.is_alphanumeric() || " .-_".contains(c);
    if name.trim() != name || name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_plain) {
        return Err(KeyError::Name(name.to_owned()));
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, KeyError> {
    let io = |error| KeyError::Io { path: path.to_owned(), error };
    let file = File::open(path).map_err(io)?;
    // Of what was opened, not of what is there now.
    check(path, &file.metadata().map_err(io)?)?;
    let mut text = String::new();
    file.take(MAX_FILE_BYTES).read_to_string(&mut text).map_err(io)?;
    Ok(text)
}

/// Writes a file that is not there yet: whoever reads it reads all of it.
fn write_new(path: &Path, text: &str) -> Result<(), KeyError> {
    write_beside(path, text, |beside| fs::hard_link(beside, path))
}

/// Writes a file in the place of the one that is there.
fn replace(path: &Path, text: &str) -> Result<(), KeyError> {
    write_beside(path, text, |beside| fs::rename(beside, path))
}

fn write_beside(path: &Path, text: &str, place: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), KeyError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    let placed = written.and_then(|()| place(&beside));
    let _it_was_not_made_or_moved = fs::remove_file(&beside);
    placed.map_err(|error| KeyError::Io { path: path.to_owned(), error })
}

fn check(path: &Path, metadata: &fs::Metadata) -> Result<(), KeyError> {
    let (mode, owner) = (metadata.mode() & 0o777, metadata.uid());
    let credential = is_credential(path, env::var_os(CREDENTIALS).as_deref());
    if mode & if credential { 0o037 } else { 0o077 } != 0 {
        return Err(KeyError::Lax { path: path.to_owned(), mode, is_directory: metadata.is_dir() });
    }
    if credential && owner == 0 {
        return Ok(());
    }
    if owner != nix::unistd::geteuid().as_raw() {
        return Err(KeyError::Foreign { path: path.to_owned(), owner });
    }
    Ok(())
}

/// Whether a service manager put it there for this service alone: root's, and readable to the service's user by an access control list, of which the mode shows the most
/// that it allows as the group's.
fn is_credential(path: &Path, folder: Option<&OsStr>) -> bool {
    folder.is_some_and(|folder| Path::new(folder).is_absolute() && path.parent() == Some(Path::new(folder)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use wire::glouglou::session::PublicKey;

    use super::*;

    fn dice() -> impl FnMut(&mut [u8]) {
        let mut random = fastrand::Rng::with_seed(7);
        move |bytes| random.fill(bytes)
    }

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_kept_is_there_again() {
        let scratch = tempfile::tempdir().unwrap();
        let (path, mut random) = (scratch.path().join("keys"), dice());
        let keys = KeyDir::open(&path).unwrap();
        let listener = keys.listener(&mut random).unwrap();
        assert_eq!(keys.listener(&mut random).unwrap().public(), listener.public());
        let (b, a) = (keys.add("office b", &mut random).unwrap(), keys.add("attic", &mut random).unwrap());
        assert_eq!(KeyDir::open(&path).unwrap().probes().unwrap(), [a.clone(), b.clone()]);
        assert!(a.shared != b.shared && a.probe_id != b.probe_id);
        for name in ["attic", "", " x", "a/b", "\u{1b}[2J", &"x".repeat(65)] {
            assert!(matches!(keys.add(name, &mut random), Err(KeyError::Taken(_) | KeyError::Name(_))), "{name:?}");
        }
        assert_eq!((keys.remove(a.probe_id).unwrap(), keys.remove(a.probe_id).unwrap()), (true, false));
        assert_eq!(keys.probes().unwrap(), [b]);
    }

    #[test]
    fn whom_a_relay_speaks_for_is_kept_with_it() {
        let scratch = tempfile::tempdir().unwrap();
        let (keys, mut random) = (KeyDir::open(&scratch.path().join("keys")).unwrap(), dice());
        let (relay, _) = (keys.add("relay", &mut random).unwrap(), keys.add("attic", &mut random).unwrap());
        keys.let_speak_for("relay", 7, "cellar").unwrap();
        keys.let_speak_for("relay", 9, "shed").unwrap();
        let known = keys.probes().unwrap().into_iter().find(|known| known.probe_id == relay.probe_id).unwrap();
        assert_eq!(known, Known { speaks_for: [(7, "cellar".to_owned()), (9, "shed".to_owned())].into(), ..relay });
        assert!(matches!(keys.let_speak_for("relay", 8, "attic"), Err(KeyError::Taken(_))));
        assert!(matches!(keys.let_speak_for("relay", 8, "shed"), Err(KeyError::Taken(_))));
        assert!(matches!(keys.let_speak_for("nobody", 8, "x"), Err(KeyError::Unknown(_))));
    }

    #[test]
    fn what_others_may_read_is_not_used() {
        let scratch = tempfile::tempdir().unwrap();
        let (path, mut random) = (scratch.path().join("keys"), dice());
        let keys = KeyDir::open(&path).unwrap();
        keys.listener(&mut random).unwrap();
        let file = path.join(LISTENER);
        assert_eq!((fs::metadata(&path).unwrap().mode() & 0o777, fs::metadata(&file).unwrap().mode() & 0o777), (0o700, 0o600));
        set_mode(&file, 0o640);
        let refused = keys.listener(&mut random).unwrap_err().to_string();
        assert_eq!(refused, format!("{0} holds keys, and others may read it (mode 640): run chmod 600 {0}", file.display()));
        set_mode(&path, 0o755);
        let refused = KeyDir::open(&path).unwrap_err().to_string();
        assert!(refused.ends_with(&format!("run chmod 700 {}", path.display())), "{refused}");
    }

    #[test]
    fn a_credential_is_one_of_the_folder_that_the_service_manager_names() {
        let is = |path: &str, folder: &str| is_credential(Path::new(path), Some(OsStr::new(folder)));
        assert!(is("/run/credentials/x/probe.key", "/run/credentials/x"));
        assert!(!is("/run/credentials/x/../y", "/run/credentials/x") && !is("/etc/probe.key", "/run/credentials/x"));
        assert!(!is("probe.key", "") && !is_credential(Path::new("/probe.key"), None));
    }

    #[test]
    fn what_is_no_key_says_so() {
        let scratch = tempfile::tempdir().unwrap();
        let mut random = dice();
        let keys = KeyDir::open(&scratch.path().join("keys")).unwrap();
        let file = scratch.path().join("keys").join("00000001.probe");
        for text in ["", "name = \"x\"\nprobe_id = 1\nkey = \"short\"\n", "\u{0}", "name = 1"] {
            fs::write(&file, text).unwrap();
            set_mode(&file, 0o600);
            assert!(matches!(keys.probes(), Err(KeyError::Content { .. })), "{text:?}");
        }
        fs::write(scratch.path().join("keys").join(LISTENER), "AAAA").unwrap();
        set_mode(&scratch.path().join("keys").join(LISTENER), 0o600);
        assert!(matches!(keys.listener(&mut random), Err(KeyError::Content { .. })));
    }

    #[test]
    fn an_invitation_is_kept_once() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("probe.key");
        let identity = Identity { probe_id: 9, shared: Secret([2; 32]), listener: PublicKey([1; 32]) };
        let invitation = Invitation { identity, host: "viewer.example".to_owned(), port: 4430 };
        keep_invitation(&path, &invitation).unwrap();
        assert_eq!(read_invitation(&path).unwrap(), invitation);
        assert!(keep_invitation(&path, &invitation).is_err(), "it is not written over");
    }
}
