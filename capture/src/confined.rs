//! What children that keep a privilege for their parent, or parse what others say, are confined with: each takes from itself what it is not for.

use std::collections::BTreeMap;
use std::io;

use caps::{CapSet, Capability, CapsHashSet};
use nix::libc;
use nix::sys::prctl;
use nix::unistd::{close, geteuid, setgroups, setresgid, setresuid};
use seccompiler::{SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

use crate::privilege::Identity;

/// What could not be done. The process must end.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what}: {why}")]
pub struct ConfineError {
    what: &'static str,
    why: String,
}

/// Whatever else the parent had open.
pub(crate) fn close_inherited() -> Result<(), ConfineError> {
    let open = std::fs::read_dir("/proc/self/fd").map_err(|e| failed("list what is open", e))?;
    let open: Vec<i32> = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter(|fd| *fd > 2).collect();
    for descriptor in open {
        let _it_was_the_directory = close(descriptor);
    }
    Ok(())
}

/// Root becomes nobody, with those capabilities alone; who is somebody stays so, with those of them that it has.
pub(crate) fn keep_only(kept: &[Capability]) -> Result<(), ConfineError> {
    if geteuid().is_root() { become_nobody(kept) } else { stay_with(kept) }
}

fn stay_with(kept: &[Capability]) -> Result<(), ConfineError> {
    let may = caps::read(None, CapSet::Permitted).map_err(|e| failed("read capabilities", e))?;
    let kept: CapsHashSet = kept.iter().copied().filter(|capability| may.contains(capability)).collect();
    for set in [CapSet::Ambient, CapSet::Inheritable] {
        caps::clear(None, set).map_err(|e| failed("clear capabilities", e))?;
    }
    for set in [CapSet::Effective, CapSet::Permitted] {
        caps::set(None, set, &kept).map_err(|e| failed("keep few capabilities alone", e))?;
    }
    Ok(())
}

fn become_nobody(kept: &[Capability]) -> Result<(), ConfineError> {
    let nobody = Identity::nobody();
    for capability in caps::all() {
        let _not_known_to_this_kernel = caps::drop(None, CapSet::Bounding, capability);
    }
    prctl::set_keepcaps(true).map_err(|e| failed("keep capabilities", e))?;
    setgroups(&[nobody.gid]).map_err(|e| failed("set groups", e))?;
    setresgid(nobody.gid, nobody.gid, nobody.gid).map_err(|e| failed("change group", e))?;
    setresuid(nobody.uid, nobody.uid, nobody.uid).map_err(|e| failed("change user", e))?;
    let kept = kept.iter().copied().collect();
    for (set, left) in [(CapSet::Inheritable, None), (CapSet::Effective, Some(&kept)), (CapSet::Permitted, Some(&kept))] {
        match left {
            Some(left) => caps::set(None, set, left),
            None => caps::clear(None, set),
        }
        .map_err(|e| failed("keep few capabilities alone", e))?;
    }
    Ok(())
}

/// The place of an argument of a call, and what it must be.
type Argument = (u8, u64);

/// What each child may, whatever it is for: to have memory, to close what it has, to end.
const EACH: [i64; 12] = [
    libc::SYS_close,
    libc::SYS_brk,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_rt_sigreturn,
    libc::SYS_rt_sigprocmask,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Nothing but what each child may and those calls, from now on, without a way to be given more; the latter where their arguments are one of the rows.
pub(crate) fn allow_only(as_is: &[i64], where_so: impl IntoIterator<Item = (i64, Vec<Vec<Argument>>)>) -> Result<(), ConfineError> {
    prctl::set_no_new_privs().map_err(|e| failed("set no_new_privs", e))?;
    prctl::set_dumpable(false).map_err(|e| failed("forbid tracing", e))?;
    // Memory of its own; words on standard error.
    let each = [(libc::SYS_mmap, vec![vec![(4, u64::from(u32::MAX))]]), (libc::SYS_write, vec![vec![(0, 2)]])];
    let is = |(argument, value): &Argument| SeccompCondition::new(*argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, *value);
    let row =
        |row: &Vec<Argument>| -> Result<_, seccompiler::Error> { Ok(SeccompRule::new(row.iter().map(is).collect::<Result<_, _>>()?)?) };
    let filter = || -> Result<_, seccompiler::Error> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = EACH.iter().chain(as_is).map(|call| (*call, Vec::new())).collect();
        for (call, rows) in each.into_iter().chain(where_so) {
            rules.insert(call, rows.iter().map(row).collect::<Result<_, _>>()?);
        }
        let architecture = std::env::consts::ARCH.try_into()?;
        let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
        let filter: seccompiler::BpfProgram = SeccompFilter::new(rules, denied, SeccompAction::Allow, architecture)?.try_into()?;
        seccompiler::apply_filter(&filter)
    };
    filter().map_err(|e| failed("allow nothing but what it is for", io::Error::other(e)))
}

pub(crate) fn failed(what: &'static str, why: impl ToString) -> ConfineError {
    ConfineError { what, why: why.to_string() }
}
