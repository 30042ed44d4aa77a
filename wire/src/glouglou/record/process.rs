//! FORK, EXEC and EXIT. A process is its number and its beginning together: numbers are used again.

use super::super::Fault;
use super::super::fields::{Append, Fields, cut};

const MAX_COMM: usize = 16;
const MAX_EXE: usize = 256;
const MAX_COMMAND: usize = 512;
const MAX_CGROUP: usize = 256;

/// A process or a thread began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fork<'a> {
    /// The process that began it, and the thread of it that did.
    pub parent: (u32, u32),
    /// The new process and its first thread; of a thread its process and itself.
    pub child: (u32, u32),
    /// When the parent began, nanoseconds since its machine did.
    pub parent_start_ns: u64,
    /// When the child did.
    pub start_ns: u64,
    /// The effective user and group.
    pub ids: (u32, u32),
    /// The control group's number.
    pub cgroup_id: u64,
    /// Whether it is a thread.
    pub is_thread: bool,
    /// Its short name, at most 16 bytes.
    pub comm: &'a [u8],
}

impl<'a> Fork<'a> {
    pub(super) fn parse(f: &mut Fields<'a>) -> Result<Fork<'a>, Fault> {
        let (ppid, parent_tid, pid, tid) = (f.u32()?, f.u32()?, f.u32()?, f.u32()?);
        let (parent_start_ns, start_ns, ids, cgroup_id) = (f.u64()?, f.u64()?, (f.u32()?, f.u32()?), f.u64()?);
        let (flags, len) = (f.u8()?, f.u8()?);
        let comm = f.bytes(at_most(len, MAX_COMM)?)?;
        Ok(Fork {
            parent: (ppid, parent_tid),
            child: (pid, tid),
            parent_start_ns,
            start_ns,
            ids,
            cgroup_id,
            is_thread: flags & 1 != 0,
            comm,
        })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        to.u32(self.parent.0).u32(self.parent.1).u32(self.child.0).u32(self.child.1).u64(self.parent_start_ns).u64(self.start_ns);
        to.u32(self.ids.0).u32(self.ids.1).u64(self.cgroup_id).u8(self.is_thread.into()).short(cut(self.comm, MAX_COMM));
    }
}

/// A process runs another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exec<'a> {
    /// The process.
    pub pid: u32,
    /// The thread that did it.
    pub tid: u32,
    /// Its parent.
    pub ppid: u32,
    /// When the parent began, nanoseconds since its machine did.
    pub parent_start_ns: u64,
    /// When the process did.
    pub start_ns: u64,
    /// The effective user and group.
    pub ids: (u32, u32),
    /// The control group's number.
    pub cgroup_id: u64,
    /// Whether the command line was longer.
    pub truncated: bool,
    /// Its short name, at most 16 bytes.
    pub comm: &'a [u8],
    /// The executable's path, at most 256 bytes.
    pub exe: &'a [u8],
    /// The command line, at most 512 bytes.
    pub command: &'a [u8],
    /// The control group's path, at most 256 bytes.
    pub cgroup: &'a [u8],
}

impl<'a> Exec<'a> {
    pub(super) fn parse(f: &mut Fields<'a>) -> Result<Exec<'a>, Fault> {
        let (pid, tid, ppid, parent_start_ns, start_ns) = (f.u32()?, f.u32()?, f.u32()?, f.u64()?, f.u64()?);
        let (ids, cgroup_id, flags) = ((f.u32()?, f.u32()?), f.u64()?, f.u8()?);
        let (comm, exe, command, cgroup) = (f.u8()?, f.u16()?, f.u16()?, f.u16()?);
        Ok(Exec {
            pid,
            tid,
            ppid,
            parent_start_ns,
            start_ns,
            ids,
            cgroup_id,
            truncated: flags & 1 != 0,
            comm: f.bytes(at_most(comm, MAX_COMM)?)?,
            exe: f.bytes(at_most(exe, MAX_EXE)?)?,
            command: f.bytes(at_most(command, MAX_COMMAND)?)?,
            cgroup: f.bytes(at_most(cgroup, MAX_CGROUP)?)?,
        })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        let (comm, exe) = (cut(self.comm, MAX_COMM), cut(self.exe, MAX_EXE));
        let (command, cgroup) = (cut(self.command, MAX_COMMAND), cut(self.cgroup, MAX_CGROUP));
        let truncated = self.truncated || command.len() < self.command.len();
        to.u32(self.pid).u32(self.tid).u32(self.ppid).u64(self.parent_start_ns).u64(self.start_ns);
        to.u32(self.ids.0).u32(self.ids.1).u64(self.cgroup_id).u8(truncated.into());
        to.u8(comm.len() as u8).u16(exe.len() as u16).u16(command.len() as u16).u16(cgroup.len() as u16);
        to.bytes(comm).bytes(exe).bytes(command).bytes(cgroup);
    }
}

/// A process or a thread ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// The process.
    pub pid: u32,
    /// The thread; of a process that is over the same number.
    pub tid: u32,
    /// Its parent.
    pub ppid: u32,
    /// When the process began, nanoseconds since its machine did.
    pub start_ns: u64,
    /// As wait(2) gives it: the code in the second byte, the signal in the lowest seven bits.
    pub exit_code: u32,
    /// The signal that its parent got; `u32::MAX` where nobody saw how it ended.
    pub exit_signal: u32,
}

impl Exit {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<Exit, Fault> {
        Ok(Exit { pid: f.u32()?, tid: f.u32()?, ppid: f.u32()?, start_ns: f.u64()?, exit_code: f.u32()?, exit_signal: f.u32()? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        to.u32(self.pid).u32(self.tid).u32(self.ppid).u64(self.start_ns).u32(self.exit_code).u32(self.exit_signal);
    }
}

fn at_most(len: impl Into<usize>, max: usize) -> Result<usize, Fault> {
    let len = len.into();
    if len <= max { Ok(len) } else { Err(Fault::Value) }
}
