//! Which files are left: another root directory (chroot(2)), and Landlock (landlock(7)), which bars the way out of it by what is open, too.

use std::fs;
use std::io;
use std::path::PathBuf;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, PathBeneath, PathFd, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, Scope,
};
use nix::unistd::{chdir, chroot, mkdtemp};

use super::super::{PrivilegeError, call};
use super::Duty;

/// The newest of Landlock that is asked for; an older kernel gives what it has.
const NEWEST: ABI = ABI::V6;
/// Where an empty directory is made, for a moment.
const FOR_A_MOMENT: [&str; 2] = ["/run", "/tmp"];
/// What the system's resolver reads: its settings, its modules, and what other programs tell it.
const RESOLVER: [&str; 6] = ["/etc", "/usr", "/lib", "/lib64", "/run", "/var/lib/sss"];

/// What is left of the file system for a duty.
pub(super) struct Files {
    duty: Duty,
    /// What may be read, with all below it.
    readable: Vec<PathFd>,
}

impl Files {
    /// Opens what will be left.
    pub(super) fn of(duty: Duty) -> Result<Files, PrivilegeError> {
        let readable = match duty {
            Duty::Probe { processes: true } => vec![PathFd::new("/proc").map_err(|e| call("open /proc", io::Error::other(e)))?],
            Duty::Probe { processes: false } | Duty::Relay => Vec::new(),
            // Not every system has all of them.
            Duty::LookUp => RESOLVER.iter().filter_map(|path| PathFd::new(path).ok()).collect(),
        };
        Ok(Files { duty, readable })
    }

    /// As root: makes the root directory one that holds nothing else. A directory that is held open is below it, or gone: there is no way up out of it.
    pub(super) fn enter(&self) -> Result<(), PrivilegeError> {
        match self.duty {
            Duty::LookUp => return Ok(()),
            Duty::Probe { processes: true } => chdir("/proc").map_err(|e| call("enter /proc", e))?,
            Duty::Probe { processes: false } | Duty::Relay => {
                let empty = empty()?;
                let entered = chdir(&empty);
                // In what is removed nothing can be made.
                fs::remove_dir(&empty).map_err(|e| call("remove the empty directory", e))?;
                entered.map_err(|e| call("enter an empty directory", e))?;
            }
        }
        chroot(".").map_err(|e| call("change the root directory", e))?;
        chdir("/").map_err(|e| call("enter the root directory", e))
    }

    /// Bars all other files, and what else Landlock knows: TCP, signals to others, abstract sockets of others. Their processes cannot be looked into from then
    /// on (`/proc/PID/exe`): that is asked of the child that reads /proc. False where the kernel has no Landlock.
    pub(super) fn bar(self) -> Result<bool, PrivilegeError> {
        let read = AccessFs::ReadFile | AccessFs::ReadDir;
        let bar = || -> Result<RulesetStatus, landlock::RulesetError> {
            let mut rules = Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(AccessFs::from_all(NEWEST))?;
            // A resolver asks over TCP what is too long for UDP, and perhaps another program of this machine.
            if self.duty != Duty::LookUp {
                rules = rules.handle_access(AccessNet::from_all(NEWEST))?.scope(Scope::from_all(NEWEST))?;
            }
            let rules = self.readable.into_iter().try_fold(rules.create()?, |rules, path| rules.add_rule(PathBeneath::new(path, read)))?;
            Ok(rules.restrict_self()?.ruleset)
        };
        bar().map(|status| status != RulesetStatus::NotEnforced).map_err(|e| call("bar files with Landlock", io::Error::other(e)))
    }
}

fn empty() -> Result<PathBuf, PrivilegeError> {
    let mut made = Err(nix::errno::Errno::ENOENT);
    for folder in FOR_A_MOMENT {
        made = mkdtemp(&PathBuf::from(folder).join("ggprobe-XXXXXX"));
        if made.is_ok() {
            break;
        }
    }
    made.map_err(|e| call("make an empty directory", e))
}
