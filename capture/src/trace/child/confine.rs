//! What takes everything from the child but its sockets.
//!
//! It is nobody, without any capability: what it opened goes on working. It opens no file and no other socket, and starts nothing: seccomp lets only those calls
//! through that requests and their answers take. Where the kernel has Landlock, it denies every file once more.

use landlock::{ABI, Access, AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
use nix::libc;

use crate::confined::{ConfineError, allow_only, close_inherited, failed, keep_only};

/// Confines this process, for good; it must have one thread. What it has open but standard input, output and error is closed: its sockets are
/// opened by `open`, which is the last thing that it may open.
///
/// # Errors
/// Any step that fails. The process must end.
pub fn confine<T>(open: impl FnOnce() -> std::io::Result<T>) -> Result<T, ConfineError> {
    close_inherited()?;
    let opened = open().map_err(|e| failed("open a raw socket", e))?;
    keep_only(&[])?;
    see_no_file()?;
    allow_only_asking()?;
    Ok(opened)
}

/// As far as the kernel can; seccomp does it on all.
fn see_no_file() -> Result<(), ConfineError> {
    let deny = || {
        Ruleset::default().set_compatibility(CompatLevel::BestEffort).handle_access(AccessFs::from_all(ABI::V5))?.create()?.restrict_self()
    };
    deny().map(drop).map_err(|e| failed("see no file", e))
}

/// To receive, send and wait on the sockets that it has, to say how far a packet may go and to where it would.
fn allow_only_asking() -> Result<(), ConfineError> {
    let as_is = [
        libc::SYS_recvfrom,
        libc::SYS_sendto,
        libc::SYS_connect,
        libc::SYS_getsockname,
        libc::SYS_ppoll,
        libc::SYS_clock_gettime,
        libc::SYS_clock_nanosleep,
        libc::SYS_read,
    ];
    let is = |value: i32| u64::from(value.unsigned_abs());
    let ttl = vec![(1, is(libc::IPPROTO_IP)), (2, is(libc::IP_TTL))];
    let hops = vec![(1, is(libc::IPPROTO_IPV6)), (2, is(libc::IPV6_UNICAST_HOPS))];
    allow_only(&as_is, [(libc::SYS_setsockopt, vec![ttl, hops])])
}
