//! OWNER.

use super::super::Fault;
use super::super::fields::{Append, Fields};
use super::conn::Conn;

/// Whose the first end of a connection is. Of the second end it is said with the ends exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner {
    /// Which connection.
    pub conn: Conn,
    /// The process.
    pub pid: u32,
    /// When it began, nanoseconds since its machine did.
    pub start_ns: u64,
    /// How that is known: 1 by listening socket, 2 by port, 3 exact.
    pub confidence: u8,
}

impl Owner {
    pub(super) fn parse(f: &mut Fields<'_>) -> Result<Owner, Fault> {
        let (conn, pid, start_ns) = (Conn::parse(f)?, f.u32()?, f.u64()?);
        let [confidence, _, _, _] = f.array()?;
        Ok(Owner { conn, pid, start_ns, confidence })
    }

    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        self.conn.emit(to);
        to.u32(self.pid).u64(self.start_ns).bytes(&[self.confidence, 0, 0, 0]);
    }
}
