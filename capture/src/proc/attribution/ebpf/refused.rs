//! Why the kernel does not run the program, and what to do about it.

use std::error::Error;
use std::io;
use std::iter::successors;

use aya::EbpfError;
use aya::maps::MapError;
use aya::programs::ProgramError;

use crate::interfaces;
use crate::source::{Level, Notice};

/// Longer reasons are cut.
const MAX_REASON: usize = 300;

/// Why nobody hears who asks for connections.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The process may not load programs.
    #[error("not permitted to load an eBPF program")]
    NotPermitted,
    /// It would be told of other processes than those that it sees.
    #[error("the kernel tells by numbers and clocks that do not hold in this container")]
    Namespace,
    /// The kernel does not say how its structures are laid out.
    #[error("the kernel does not tell its own types (/sys/kernel/btf/vmlinux)")]
    Types,
    /// The program was built without what belongs to it.
    #[error("the eBPF program is not whole")]
    Object,
    /// The kernel is too old for it, or forbids something in it.
    #[error("the kernel does not take the eBPF program: {0}")]
    Rejected(String),
}

impl Refused {
    /// What the user is told.
    pub(in crate::proc::attribution) fn notice(&self) -> Notice {
        let remedy = match self {
            Refused::NotPermitted => interfaces::remedy_with(",cap_bpf,cap_perfmon"),
            Refused::Namespace => "start glouglou outside of the container".to_owned(),
            Refused::Types => "a kernel with CONFIG_DEBUG_INFO_BTF tells them, where /sys is mounted".to_owned(),
            Refused::Object | Refused::Rejected(_) => {
                "Linux 5.12 or later takes it; a build without the feature ebpf does not ask".to_owned()
            }
        };
        let text = format!("some clients that live only milliseconds have no process: {self}");
        Notice { level: Level::Warning, text, remedy: Some(remedy) }
    }
}

impl From<EbpfError> for Refused {
    fn from(error: EbpfError) -> Refused {
        of(&error)
    }
}

impl From<MapError> for Refused {
    fn from(error: MapError) -> Refused {
        of(&error)
    }
}

impl From<ProgramError> for Refused {
    fn from(error: ProgramError) -> Refused {
        match &error {
            ProgramError::LoadError { io_error, verifier_log } => of_verifier(io_error, &verifier_log.to_string()),
            _ => of(&error),
        }
    }
}

/// Who is not permitted is told nothing; who is, is told last what is wrong with the program, before what it cost to find out.
fn of_verifier(error: &io::Error, log: &str) -> Refused {
    let reason = log.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with("processed "));
    reason.map_or_else(|| of(error), rejected)
}

/// What the kernel answered is at the bottom.
fn of(error: &(dyn Error + 'static)) -> Refused {
    let chain = || successors(Some(error), |error: &&(dyn Error + 'static)| (*error).source());
    let denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    if chain().any(|error| error.downcast_ref().is_some_and(denied)) {
        return Refused::NotPermitted;
    }
    rejected(&chain().map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

fn rejected(reason: &str) -> Refused {
    Refused::Rejected(reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REASON).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(errno: i32, log: &str) -> Refused {
        of_verifier(&io::Error::from_raw_os_error(errno), log)
    }

    #[test]
    fn who_is_not_permitted_is_told_from_what_is_wrong_with_the_program() {
        let (eperm, eacces, einval) = (1, 13, 22);
        assert_eq!(load(eperm, ""), Refused::NotPermitted);
        assert_eq!(load(eacces, ""), Refused::NotPermitted);
        let log = "0: (79) r6 = *(u64 *)(r1 +0)\nR6 invalid mem access\nprocessed 1 insns (limit 1000000)\n\n";
        assert_eq!(load(eacces, log), Refused::Rejected("R6 invalid mem access".to_owned()));
        let Refused::Rejected(reason) = load(einval, "") else { panic!() };
        assert!(reason.contains("Invalid argument"), "{reason}");
        let Refused::Rejected(reason) = load(einval, &"\u{7}x".repeat(1000)) else { panic!() };
        assert_eq!((reason.chars().count(), reason.contains('\u{7}')), (MAX_REASON, false));
    }
}
