//! The whole chain: what takes everything from a process but the one thing it is for.
//!
//! As root: another root directory, groups, group and user, capabilities, `no_new_privs`, Landlock, seccomp. Started as another user (with file
//! capabilities, or as a service with a user of its own) the first three fall away, and Landlock alone bars files. What is open goes on working, so a
//! process opens first, is confined then, and only then reads what others sent.
//!
//! ```no_run
//! use capture::privilege::confine::{Duty, confine};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let capture = capture::live::Config::new("eth0").open()?;
//! let confined = confine(Duty::Probe { processes: false }, None)?;
//! println!("now {}", confined.user);
//! # drop(capture);
//! # Ok(())
//! # }
//! ```

mod calls;
mod files;

use nix::sys::prctl;
use nix::unistd::{getresuid, setgroups, setresgid, setresuid};

use self::files::Files;
use super::{Identity, PrivilegeError, call, capabilities, only_thread, verify};

/// What a process is for, once it is confined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duty {
    /// To capture on what is open, and to send what it sees.
    Probe {
        /// Whether it reads /proc, too.
        processes: bool,
    },
    /// To take datagrams and to pass them on.
    Relay,
    /// To say what address a name has. It reads what the system's resolver reads, and asks whom that asks.
    LookUp,
}

/// What a process is after it was confined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confined {
    /// The user's name, or number where it has none.
    pub user: String,
    /// Whether Landlock bars files; a kernel without it leaves that to the root directory and the user.
    pub landlock: bool,
}

/// Confines this process to its duty, for good. Root becomes `user`, or nobody; who is another user already stays that one.
///
/// # Errors
/// Any step that fails, a second thread, and a `user` that is none or root. The process must end.
pub fn confine(duty: Duty, user: Option<&str>) -> Result<Confined, PrivilegeError> {
    only_thread()?;
    let before = getresuid().map_err(|e| call("read user", e))?;
    let root = before.real.is_root() || before.effective.is_root() || before.saved.is_root();
    // Whoever asked to end with its parent still does: the kernel forgets it with the user.
    let with_parent = prctl::get_pdeathsig().map_err(|e| call("read what it ends with", e))?;
    // While there is a user database, and files to be named.
    let identity = match (root, user) {
        (false, _) => Identity::current(),
        (true, None) => Identity::nobody(),
        (true, Some(name)) => Identity::named(name)?,
    };
    let files = Files::of(duty)?;
    capabilities::clear_bounding();
    if root {
        files.enter()?;
        setgroups(&[identity.gid]).map_err(|e| call("set groups", e))?;
        setresgid(identity.gid, identity.gid, identity.gid).map_err(|e| call("change group", e))?;
        setresuid(identity.uid, identity.uid, identity.uid).map_err(|e| call("change user", e))?;
    }
    capabilities::clear()?;
    prctl::set_no_new_privs().map_err(|e| call("set no_new_privs", e))?;
    prctl::set_dumpable(false).map_err(|e| call("forbid tracing", e))?;
    prctl::set_pdeathsig(with_parent).map_err(|e| call("end with its parent", e))?;
    verify(&identity)?;
    let landlock = files.bar()?;
    calls::allow(duty)?;
    Ok(Confined { user: identity.name(), landlock })
}
