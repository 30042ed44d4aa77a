//! NEWCONN, DELCONN and DATA.

use super::super::Fault;
use super::super::fields::{Append, Fields};
use super::key::Key;

/// A connection as its probe numbers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conn {
    /// Its two ends.
    pub key: Key,
    /// The probe's number for it: the same ends with another number are another connection.
    pub id: u32,
}

impl Conn {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<Conn, Fault> {
        Ok(Conn { key: Key::parse(f)?, id: f.u32()? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        self.key.emit(to);
        to.u32(self.id);
    }
}

/// Totals since a connection began, from its first end on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Bytes on the wire, from first to second.
    pub bytes_fwd: u64,
    /// And back.
    pub bytes_rev: u64,
    /// Packets from first to second.
    pub packets_fwd: u64,
    /// And back.
    pub packets_rev: u64,
}

impl Counts {
    fn parse(f: &mut Fields<'_>) -> Result<Counts, Fault> {
        Ok(Counts { bytes_fwd: f.u64()?, bytes_rev: f.u64()?, packets_fwd: f.u64()?, packets_rev: f.u64()? })
    }

    fn emit(&self, to: &mut Vec<u8>) {
        to.u64(self.bytes_fwd).u64(self.bytes_rev).u64(self.packets_fwd).u64(self.packets_rev);
    }
}

/// A connection began to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewConn {
    /// Which.
    pub conn: Conn,
    /// Its first packet, microseconds since the epoch.
    pub start_us: u64,
    /// The process that has its first end; 0 is not known yet.
    pub pid: u32,
}

impl NewConn {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<NewConn, Fault> {
        Ok(NewConn { conn: Conn::parse(f)?, start_us: f.u64()?, pid: f.u32()? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        self.conn.emit(to);
        to.u64(self.start_us).u32(self.pid);
    }
}

/// A connection ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DelConn {
    /// Which.
    pub conn: Conn,
    /// Why: 0 FIN, 1 RST, 2 idle, 3 evicted, 4 the probe ended.
    pub reason: u8,
    /// Its totals.
    pub counts: Counts,
}

impl DelConn {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<DelConn, Fault> {
        let conn = Conn::parse(f)?;
        let [reason, _, _, _] = f.array()?;
        Ok(DelConn { conn, reason, counts: Counts::parse(f)? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        self.conn.emit(to);
        to.bytes(&[self.reason, 0, 0, 0]);
        self.counts.emit(to);
    }
}

/// The counters of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data {
    /// Which.
    pub conn: Conn,
    /// Bytes since the last report from first to second, as many as fit.
    pub size_fwd: u32,
    /// And back.
    pub size_rev: u32,
    /// Its totals: they make a lost report harmless.
    pub counts: Counts,
}

impl Data {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<Data, Fault> {
        Ok(Data { conn: Conn::parse(f)?, size_fwd: f.u32()?, size_rev: f.u32()?, counts: Counts::parse(f)? })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        self.conn.emit(to);
        to.u32(self.size_fwd).u32(self.size_rev);
        self.counts.emit(to);
    }
}
