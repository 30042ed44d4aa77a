//! Giving privileges up, for good.
//!
//! Called on the main thread once everything that needs a privilege is open and before the first thread is spawned: Linux
//! keeps privileges per thread. What is open goes on working. A failed drop is an error that ends the program.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let capture = capture::live::Config::new("eth0").open()?;
//! let dropped = capture::privilege::drop_privileges()?;
//! println!("now {}", dropped.user);
//! # drop(capture);
//! # Ok(())
//! # }
//! ```

mod capabilities;
pub mod confine;
mod display;
mod environment;
mod user;

use std::fs;
use std::io;

use nix::sys::prctl;
use nix::unistd::{Gid, ResGid, ResUid, Uid, getresgid, getresuid, initgroups, setgroups, setresgid, setresuid};

use display::Display;
pub(crate) use user::Identity;

/// What the process is after it gave its privileges up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The user's name, or number where it has none.
    pub user: String,
    /// The user's number, never 0.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
    /// Whether the process was root and became that user; else it was that user already.
    pub changed: bool,
}

/// Why the privileges are not all gone. The process must end.
#[derive(Debug, thiserror::Error)]
pub enum PrivilegeError {
    /// Other threads would keep theirs.
    #[error("privileges must be dropped before the first thread is started; {0} run already")]
    Threads(usize),
    /// Whom to become is said, but not by a number.
    #[error("{variable} is no user or group number: {value:?}")]
    Variable {
        /// The environment variable.
        variable: &'static str,
        /// What it held.
        value: String,
    },
    /// Whom to become is said, and there is no such user, or it is root.
    #[error("no user but root is called {0:?}")]
    User(String),
    /// A call failed.
    #[error("cannot {what}: {error}")]
    Call {
        /// What was tried.
        what: &'static str,
        /// The kernel's answer.
        error: io::Error,
    },
    /// Everything was done and still something is left.
    #[error("after privileges were dropped the process still {0}")]
    Left(&'static str),
}

/// Gives every privilege up, for good, and looks afterwards whether they are gone.
///
/// As root the process becomes the user who started it: the real user of a set-user-ID program, else who called `sudo` or
/// `pkexec`, else `nobody`; with that user's groups and, in the environment, home and session. Capabilities are cleared
/// whoever runs it, `no_new_privs` is set, and the process can neither be traced by the user nor dump its memory.
///
/// # Errors
/// Any step that fails, and a second thread. The program must not go on.
pub fn drop_privileges() -> Result<Dropped, PrivilegeError> {
    only_thread()?;
    let before = getresuid().map_err(|e| call("read user", e))?;
    let root = before.real.is_root() || before.effective.is_root() || before.saved.is_root();
    capabilities::clear_bounding();
    let identity = if root {
        let identity = Identity::choose(before.real, |name| std::env::var(name).ok())?;
        let display = Display::hold();
        become_user(&identity)?;
        environment::adopt(&identity);
        display.hand_over();
        identity
    } else {
        Identity::current()
    };
    capabilities::clear()?;
    prctl::set_no_new_privs().map_err(|e| call("set no_new_privs", e))?;
    prctl::set_dumpable(false).map_err(|e| call("forbid tracing", e))?;
    verify(&identity)?;
    Ok(Dropped { user: identity.name(), uid: identity.uid.as_raw(), gid: identity.gid.as_raw(), changed: root })
}

/// Gives up the calling thread's capabilities, for good, and those of every thread that it spawns later. The user stays: this is for
/// threads that parse while another one still has to open interfaces.
///
/// # Errors
/// Any step that fails. The thread must not go on.
pub fn drop_capabilities() -> Result<(), PrivilegeError> {
    capabilities::clear_bounding();
    capabilities::clear()?;
    prctl::set_no_new_privs().map_err(|e| call("set no_new_privs", e))?;
    if capabilities::none()? { Ok(()) } else { Err(PrivilegeError::Left("has capabilities")) }
}

/// Forgets every variable of the environment: for a program that somebody starts who has less privilege than it has.
///
/// # Errors
/// Where another thread may be reading it.
pub fn forget_environment() -> Result<(), PrivilegeError> {
    only_thread()?;
    environment::forget().map_err(|e| call("forget the environment", e))
}

/// Linux keeps privileges per thread: another one would keep its own.
fn only_thread() -> Result<(), PrivilegeError> {
    let threads = fs::read_dir("/proc/self/task").map_err(|error| call("count threads", error))?.count();
    if threads == 1 { Ok(()) } else { Err(PrivilegeError::Threads(threads)) }
}

/// Groups first: who is no longer root may not change them.
fn become_user(identity: &Identity) -> Result<(), PrivilegeError> {
    match identity.c_name() {
        Some(name) => initgroups(&name, identity.gid),
        None => setgroups(&[identity.gid]),
    }
    .map_err(|e| call("set groups", e))?;
    setresgid(identity.gid, identity.gid, identity.gid).map_err(|e| call("change group", e))?;
    setresuid(identity.uid, identity.uid, identity.uid).map_err(|e| call("change user", e))
}

/// Asks the kernel, rather than trusting the calls.
fn verify(identity: &Identity) -> Result<(), PrivilegeError> {
    let ResUid { real, effective, saved } = getresuid().map_err(|e| call("read user", e))?;
    if [real, effective, saved].iter().any(|uid| uid.is_root()) || effective != identity.uid {
        return Err(PrivilegeError::Left("has its user"));
    }
    let ResGid { effective, .. } = getresgid().map_err(|e| call("read group", e))?;
    if effective != identity.gid {
        return Err(PrivilegeError::Left("has its group"));
    }
    let root = Uid::from_raw(0);
    if setresuid(root, root, root).is_ok() {
        return Err(PrivilegeError::Left("can become root"));
    }
    let group = Gid::from_raw(0);
    if identity.gid != group && setresgid(group, group, group).is_ok() {
        return Err(PrivilegeError::Left("can become group 0"));
    }
    if !capabilities::none()? {
        return Err(PrivilegeError::Left("has capabilities"));
    }
    if prctl::get_no_new_privs() != Ok(true) {
        return Err(PrivilegeError::Left("can gain privileges by running a program"));
    }
    Ok(())
}

fn call(what: &'static str, error: impl Into<io::Error>) -> PrivilegeError {
    PrivilegeError::Call { what, error: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_thread_forbids_it() {
        // The test harness runs every test beside its main thread.
        let threads = drop_privileges().unwrap_err();
        assert!(matches!(threads, PrivilegeError::Threads(n) if n > 1), "{threads}");
    }

    #[test]
    fn a_thread_gives_its_capabilities_up_and_the_others_keep_theirs() {
        let before = capabilities::none().unwrap();
        let after = std::thread::spawn(|| {
            drop_capabilities().unwrap();
            (capabilities::none().unwrap(), prctl::get_no_new_privs())
        });
        assert_eq!(after.join().unwrap(), (true, Ok(true)));
        assert_eq!(capabilities::none().unwrap(), before);
    }
}
