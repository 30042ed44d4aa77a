//! The environment of the user that a root process became: settings go to that user's folders, and the window finds that
//! user's session. Display variables stay as they are.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::user::Identity;

/// A variable and its new value; none removes it.
type Change = (&'static str, Option<OsString>);

/// Makes the environment the user's own.
pub(super) fn adopt(identity: &Identity) {
    let session = Path::new("/run/user").join(identity.uid.to_string());
    let session = fs::metadata(&session).is_ok_and(|m| m.uid() == identity.uid.as_raw()).then_some(session);
    for (name, value) in changes(identity, session.as_deref(), |name| env::var_os(name)) {
        set(name, value);
    }
}

/// What must change, given the user's session folder, if there is one.
fn changes(identity: &Identity, session: Option<&Path>, variable: impl Fn(&str) -> Option<OsString>) -> Vec<Change> {
    let home = identity.user.as_ref().map_or(Path::new("/"), |user| user.dir.as_path());
    let name = OsString::from(identity.name());
    let mut changes: Vec<Change> = vec![("HOME", Some(home.into())), ("USER", Some(name.clone())), ("LOGNAME", Some(name))];
    for folder in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"] {
        let foreign = |path: &OsString| home == Path::new("/") || !Path::new(path).starts_with(home);
        if variable(folder).as_ref().is_some_and(foreign) {
            changes.push((folder, None));
        }
    }
    changes.push(("XDG_RUNTIME_DIR", session.map(Into::into)));
    match session {
        Some(session) => {
            if variable("DBUS_SESSION_BUS_ADDRESS").is_none() && session.join("bus").exists() {
                let mut address = OsString::from("unix:path=");
                address.push(session.join("bus"));
                changes.push(("DBUS_SESSION_BUS_ADDRESS", Some(address)));
            }
            // sudo keeps DISPLAY alone: where there is no X server the compositor's usual name is tried.
            let displayless = variable("DISPLAY").is_none() && variable("WAYLAND_DISPLAY").is_none();
            if displayless && session.join("wayland-0").exists() {
                changes.push(("WAYLAND_DISPLAY", Some("wayland-0".into())));
            }
        }
        // Root's compositor is out of reach now: only an X server can show the window.
        None => changes.push(("WAYLAND_DISPLAY", None)),
    }
    changes
}

/// Removes all of it.
pub(super) fn forget() -> io::Result<()> {
    // SAFETY: as below.
    #[allow(unsafe_code, reason = "the standard library has no safe way, and the process is single-threaded here")]
    unsafe { nix::env::clearenv() }.map_err(io::Error::other)
}

/// Sets or removes an environment variable.
pub(super) fn set(name: &str, value: Option<OsString>) {
    // SAFETY: the environment may only be changed while no other thread reads it; the one caller of this module has seen
    // that this is the only thread.
    #[allow(unsafe_code, reason = "the standard library has no safe way, and the process is single-threaded here")]
    unsafe {
        match value {
            Some(value) => env::set_var(name, value),
            None => env::remove_var(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::unistd::{Gid, Uid, User};
    use std::path::PathBuf;

    fn alice() -> Identity {
        let mut user = User::from_uid(Uid::from_raw(0)).unwrap().unwrap();
        user.name = "alice".into();
        user.dir = PathBuf::from("/home/alice");
        Identity { uid: Uid::from_raw(4242), gid: Gid::from_raw(4242), user: Some(user) }
    }

    #[test]
    fn folders_of_others_are_left_and_the_users_own_kept() {
        let variable = |name: &str| match name {
            "XDG_CONFIG_HOME" => Some("/home/bob/.config".into()),
            "XDG_CACHE_HOME" => Some("/home/alice/cache".into()),
            _ => None,
        };
        let changes = changes(&alice(), None, variable);
        assert!(changes.contains(&("HOME", Some("/home/alice".into()))));
        assert!(changes.contains(&("USER", Some("alice".into()))));
        assert!(changes.contains(&("XDG_CONFIG_HOME", None)));
        assert!(!changes.iter().any(|(name, _)| *name == "XDG_CACHE_HOME"));
        assert!(changes.contains(&("XDG_RUNTIME_DIR", None)));
    }

    #[test]
    fn the_users_session_is_found() {
        let session = env::temp_dir().join(format!("glouglou-session-{}", std::process::id()));
        fs::create_dir_all(session.join("bus")).unwrap();
        fs::create_dir_all(session.join("wayland-0")).unwrap();
        let without = changes(&alice(), Some(&session), |_| None);
        let with_display = changes(&alice(), Some(&session), |name| (name == "DISPLAY").then(|| ":0".into()));
        fs::remove_dir_all(&session).unwrap();
        let bus = format!("unix:path={}", session.join("bus").display());
        assert!(without.contains(&("DBUS_SESSION_BUS_ADDRESS", Some(bus.into()))));
        assert!(without.contains(&("XDG_RUNTIME_DIR", Some(session.into()))));
        assert!(without.contains(&("WAYLAND_DISPLAY", Some("wayland-0".into()))));
        assert!(!with_display.iter().any(|(name, _)| *name == "WAYLAND_DISPLAY"));
    }
}
