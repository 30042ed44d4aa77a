//! Records: one for each thing that was seen, of every module.

mod conn;
mod key;
mod name;
mod owner;
mod process;
mod session;
mod tags;
mod trace;

pub use conn::{Conn, Counts, Data, DelConn, NewConn};
pub use key::{Addr, Key};
pub use name::Name;
pub use owner::Owner;
pub use process::{Exec, Exit, Fork};
pub use session::{MAX_PATH, MAX_RELAYED, Notice, Ping, ProbeInfo, Relayed, ResyncReq, Snapshot};
pub use tags::{Tag, Tags};
pub use trace::{Hop, MAX_HOPS, Trace};

use super::Fault;
use super::fields::{Append, Fields};

const NETWORK: u8 = 0x00;
const PROCESS: u8 = 0x01;
pub(super) const SESSION: u8 = 0xFF;

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record<'a> {
    /// A connection began to be seen.
    NewConn(NewConn),
    /// A connection ended.
    DelConn(DelConn),
    /// The counters of a connection.
    Data(Data),
    /// An address has a name.
    Name(Name<'a>),
    /// The way to an address.
    Trace(Trace),
    /// What is known of a connection beside its counters.
    Tags(Tags<'a>),
    /// Whose one end of a connection is.
    Owner(Owner),
    /// A process or a thread began.
    Fork(Fork<'a>),
    /// A process runs another program.
    Exec(Exec<'a>),
    /// A process ended.
    Exit(Exit),
    /// Is anybody there?
    Ping(Ping),
    /// Yes.
    PingRes(Ping),
    /// Words for the user.
    Notice(Notice<'a>),
    /// Tell all again, or what is missing of it.
    ResyncReq(ResyncReq),
    /// All that lives follows.
    SnapshotBegin(Snapshot),
    /// That was all.
    SnapshotEnd(Snapshot),
    /// What the probe is, and what it lost.
    ProbeInfo(ProbeInfo<'a>),
    /// What another probe sent.
    Relayed(Relayed<'a>),
    /// What this version does not know.
    Unknown {
        /// Its module.
        module: u8,
        /// Its type there.
        kind: u8,
        /// All of it.
        payload: &'a [u8],
    },
}

impl<'a> Record<'a> {
    /// Reads the fields; what is left after them are TLVs.
    pub(super) fn parse(module: u8, kind: u8, payload: &'a [u8]) -> Result<(Record<'a>, &'a [u8]), Fault> {
        let mut f = Fields::new(payload);
        let record = match (module, kind) {
            (NETWORK, 0x01) => Record::NewConn(NewConn::parse(&mut f)?),
            (NETWORK, 0x02) => Record::DelConn(DelConn::parse(&mut f)?),
            (NETWORK, 0x03) => Record::Data(Data::parse(&mut f)?),
            (NETWORK, 0x04) => Record::Name(Name::parse(&mut f)?),
            (NETWORK, 0x05) => Record::Trace(Trace::parse(&mut f)?),
            (NETWORK, 0x06) => Record::Tags(Tags::parse(&mut f)?),
            (NETWORK, 0x07) => Record::Owner(Owner::parse(&mut f)?),
            (PROCESS, 0x01) => Record::Fork(Fork::parse(&mut f)?),
            (PROCESS, 0x02) => Record::Exec(Exec::parse(&mut f)?),
            (PROCESS, 0x03) => Record::Exit(Exit::parse(&mut f)?),
            (SESSION, 0x10) => Record::Ping(Ping::parse(&mut f)?),
            (SESSION, 0x11) => Record::PingRes(Ping::parse(&mut f)?),
            (SESSION, 0x20) => Record::Notice(Notice::parse(&mut f)?),
            // Its ranges are all that is left.
            (SESSION, 0x21) => return Ok((Record::ResyncReq(ResyncReq::parse(&mut f)?), &[])),
            (SESSION, 0x22) => Record::SnapshotBegin(Snapshot::parse(&mut f)?),
            (SESSION, 0x23) => Record::SnapshotEnd(Snapshot::parse(&mut f)?),
            (SESSION, 0x24) => Record::ProbeInfo(ProbeInfo::parse(&mut f)?),
            (SESSION, 0x26) => Record::Relayed(Relayed::parse(&mut f)?),
            _ => return Ok((Record::Unknown { module, kind, payload }, &[])),
        };
        Ok((record, f.rest()))
    }

    /// Its module and its type there.
    pub fn kind(&self) -> (u8, u8) {
        match self {
            Record::NewConn(_) => (NETWORK, 0x01),
            Record::DelConn(_) => (NETWORK, 0x02),
            Record::Data(_) => (NETWORK, 0x03),
            Record::Name(_) => (NETWORK, 0x04),
            Record::Trace(_) => (NETWORK, 0x05),
            Record::Tags(_) => (NETWORK, 0x06),
            Record::Owner(_) => (NETWORK, 0x07),
            Record::Fork(_) => (PROCESS, 0x01),
            Record::Exec(_) => (PROCESS, 0x02),
            Record::Exit(_) => (PROCESS, 0x03),
            Record::Ping(_) => (SESSION, 0x10),
            Record::PingRes(_) => (SESSION, 0x11),
            Record::Notice(_) => (SESSION, 0x20),
            Record::ResyncReq(_) => (SESSION, 0x21),
            Record::SnapshotBegin(_) => (SESSION, 0x22),
            Record::SnapshotEnd(_) => (SESSION, 0x23),
            Record::ProbeInfo(_) => (SESSION, 0x24),
            Record::Relayed(_) => (SESSION, 0x26),
            Record::Unknown { module, kind, .. } => (*module, *kind),
        }
    }

    /// Whether it has a number among the probe's events: those of the session have none.
    pub fn is_event(&self) -> bool {
        self.kind().0 != SESSION
    }

    /// Appends the fields.
    pub(super) fn emit(&self, to: &mut Vec<u8>) {
        match self {
            Record::NewConn(record) => record.emit(to),
            Record::DelConn(record) => record.emit(to),
            Record::Data(record) => record.emit(to),
            Record::Name(record) => record.emit(to),
            Record::Trace(record) => record.emit(to),
            Record::Tags(record) => record.emit(to),
            Record::Owner(record) => record.emit(to),
            Record::Fork(record) => record.emit(to),
            Record::Exec(record) => record.emit(to),
            Record::Exit(record) => record.emit(to),
            Record::Ping(record) | Record::PingRes(record) => record.emit(to),
            Record::Notice(record) => record.emit(to),
            Record::ResyncReq(record) => record.emit(to),
            Record::SnapshotBegin(record) | Record::SnapshotEnd(record) => record.emit(to),
            Record::ProbeInfo(record) => record.emit(to),
            Record::Relayed(record) => record.emit(to),
            Record::Unknown { payload, .. } => {
                to.bytes(payload);
            }
        }
    }
}
