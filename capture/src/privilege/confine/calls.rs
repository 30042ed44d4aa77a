//! Which system calls are left (seccomp(2)). All others are refused with EPERM: a library that tries for something it can do without, such as glibc for
//! the number of processors, goes on without it, and an attacker gains nothing by the error.

use std::collections::BTreeMap;
use std::io;

use nix::libc;
use nix::unistd::getpid;
use seccompiler::{BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule};

use super::super::{PrivilegeError, call};
use super::Duty;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;
type Made<T> = Result<T, seccompiler::Error>;

/// Memory, threads, time, waiting, and what is open already.
const BASE: &[i64] = &[
    libc::SYS_brk,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_madvise,
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_clone3,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_sigaltstack,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_restart_syscall,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_wait4,
    libc::SYS_waitid,
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getppid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_uname,
    libc::SYS_getrandom,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    libc::SYS_ppoll,
    libc::SYS_eventfd2,
    libc::SYS_pipe2,
    libc::SYS_read,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_sendto,
    libc::SYS_recvfrom,
    libc::SYS_sendmsg,
    libc::SYS_recvmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvmmsg,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    libc::SYS_getsockname,
    libc::SYS_bind,
];
/// What the C library still calls there.
#[cfg(target_arch = "x86_64")]
const OF_MACHINE: &[i64] = &[libc::SYS_poll, libc::SYS_time];
#[cfg(not(target_arch = "x86_64"))]
const OF_MACHINE: &[i64] = &[];
/// To read files, as far as there are any.
const FILES: &[i64] = &[libc::SYS_readlinkat, libc::SYS_getdents64];
/// What the system's resolver calls beside that.
const RESOLVER: &[i64] = &[
    libc::SYS_readlinkat,
    libc::SYS_getdents64,
    libc::SYS_lseek,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_connect,
    libc::SYS_getpeername,
    libc::SYS_shutdown,
    libc::SYS_sysinfo,
];
#[cfg(target_arch = "x86_64")]
const RESOLVER_OF_MACHINE: &[i64] = &[libc::SYS_access, libc::SYS_stat, libc::SYS_readlink];
#[cfg(not(target_arch = "x86_64"))]
const RESOLVER_OF_MACHINE: &[i64] = &[];

/// Allows what the duty takes, and nothing else, to this thread and every one that comes of it.
pub(super) fn allow(duty: Duty) -> Result<(), PrivilegeError> {
    apply(duty).map_err(|e| call("allow a few system calls alone", io::Error::other(e)))
}

fn apply(duty: Duty) -> Made<()> {
    let machine = std::env::consts::ARCH.try_into()?;
    let refused = |errno: i32| SeccompAction::Errno(errno.unsigned_abs());
    // What it is to make cannot be seen of clone3(2): who is told that there is none takes clone(2).
    let none: Rules = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let clone3: BpfProgram = SeccompFilter::new(none, SeccompAction::Allow, refused(libc::ENOSYS), machine)?.try_into()?;
    let allowed: BpfProgram = SeccompFilter::new(rules(duty)?, refused(libc::EPERM), SeccompAction::Allow, machine)?.try_into()?;
    // The second lets clone3(2) pass, and then the first has its say; after the second no filter can be added.
    seccompiler::apply_filter(&clone3)?;
    seccompiler::apply_filter(&allowed)
}

fn rules(duty: Duty) -> Made<Rules> {
    let mut rules: Rules = BASE.iter().chain(OF_MACHINE).map(|call| (*call, Vec::new())).collect();
    // Threads, not processes; a name for them.
    rules.insert(libc::SYS_clone, vec![rule(&[bits(0, libc::CLONE_THREAD, libc::CLONE_THREAD)?])?]);
    rules.insert(libc::SYS_prctl, vec![rule(&[is(0, libc::PR_SET_NAME)?])?]);
    // Whether there is a process, and to end oneself.
    rules.insert(libc::SYS_kill, vec![rule(&[is(1, 0)?])?]);
    rules.insert(libc::SYS_tgkill, vec![rule(&[is(0, getpid().as_raw())?])?]);
    // Nothing new is run.
    for memory in [libc::SYS_mmap, libc::SYS_mprotect] {
        rules.insert(memory, vec![rule(&[bits(2, libc::PROT_EXEC, 0)?])?]);
    }
    let mut fcntl = vec![rule(&[is(1, libc::F_SETFL)?, bits(2, libc::O_ASYNC, 0)?])?];
    for what in [libc::F_GETFD, libc::F_SETFD, libc::F_GETFL, libc::F_DUPFD_CLOEXEC] {
        fcntl.push(rule(&[is(1, what)?])?);
    }
    rules.insert(libc::SYS_fcntl, fcntl);
    rules.insert(libc::SYS_ioctl, vec![rule(&[is(1, ioctl(libc::FIONBIO))?])?, rule(&[is(1, ioctl(libc::FIONREAD))?])?]);
    let mut sockets = vec![socket(libc::AF_INET, libc::SOCK_DGRAM)?, socket(libc::AF_INET6, libc::SOCK_DGRAM)?];
    // Which interfaces and addresses there are.
    sockets.push(rule(&[is(0, libc::AF_NETLINK)?, is(2, libc::NETLINK_ROUTE)?])?);
    let open = || Ok::<_, seccompiler::Error>(vec![rule(&[bits(2, libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC, libc::O_RDONLY)?])?]);
    match duty {
        Duty::Relay | Duty::Probe { processes: false } => {}
        Duty::Probe { processes: true } => {
            rules.extend(FILES.iter().map(|call| (*call, Vec::new())));
            rules.insert(libc::SYS_openat, open()?);
        }
        Duty::LookUp => {
            rules.extend(RESOLVER.iter().chain(RESOLVER_OF_MACHINE).map(|call| (*call, Vec::new())));
            rules.insert(libc::SYS_openat, open()?);
            // Its modules are, as they stand in their files: no memory that may be written.
            rules.entry(libc::SYS_mmap).or_default().push(rule(&[bits(2, libc::PROT_EXEC | libc::PROT_WRITE, libc::PROT_EXEC)?])?);
            sockets.extend([socket(libc::AF_INET, libc::SOCK_STREAM)?, socket(libc::AF_INET6, libc::SOCK_STREAM)?]);
            sockets.push(rule(&[is(0, libc::AF_UNIX)?])?);
        }
    }
    rules.insert(libc::SYS_socket, sockets);
    Ok(rules)
}

/// A socket of that family and type, however it is marked.
fn socket(family: i32, kind: i32) -> Made<SeccompRule> {
    rule(&[is(0, family)?, bits(1, !(libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK), kind)?])
}

fn rule(conditions: &[SeccompCondition]) -> Made<SeccompRule> {
    Ok(SeccompRule::new(conditions.to_vec())?)
}

/// An argument is that.
fn is(argument: u8, value: i32) -> Made<SeccompCondition> {
    Ok(SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, low(value))?)
}

/// Of an argument, those bits are that.
fn bits(argument: u8, mask: i32, value: i32) -> Made<SeccompCondition> {
    Ok(SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::MaskedEq(low(mask)), low(value))?)
}

/// As the kernel compares it: 32 bits.
fn low(value: i32) -> u64 {
    value.cast_unsigned().into()
}

/// Requests have one type in one C library and another in the next.
#[allow(clippy::unnecessary_cast, reason = "a u64 there, an i32 in musl")]
fn ioctl(request: libc::Ioctl) -> i32 {
    request as i32
}
