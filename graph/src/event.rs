//! What a source saw. Events are the protocol's records: what the window's own capture says and
//! what a probe sends is the same thing.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use arcstr::ArcStr;

use crate::{Attribution, Change, Exit, Image, Origin, ProcessId, Side, Tag, Time, Total, Trace, Tuple, Usage};

/// Which probe, source and interface an event comes from; an index into the model's origins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginId(pub u16);

/// A connection as its origin numbers it: the same tuple with another number is another connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u32);

/// One thing that one origin saw.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it was seen.
    pub at: Time,
    /// Who saw it.
    pub origin: OriginId,
    /// What was seen.
    pub kind: Kind,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A connection began to be seen (NEWCONN).
    Open {
        /// The five-tuple.
        tuple: Tuple,
        /// The origin's number for it.
        conn: ConnId,
        /// When its first packet was seen.
        start: Time,
        /// Who began it, and how that is known.
        initiator: Initiator,
    },
    /// On which of its interfaces an origin saw a connection (NEWCONN).
    Via {
        /// The five-tuple.
        tuple: Tuple,
        /// The origin's number for it.
        conn: ConnId,
        /// The interfaces, printable.
        interfaces: ArcStr,
    },
    /// The counters of a connection so far (DATA).
    Data {
        /// The five-tuple.
        tuple: Tuple,
        /// The origin's number for it.
        conn: ConnId,
        /// Totals since its beginning.
        total: Total,
        /// When the last packet counted in `total` was seen.
        last: Time,
    },
    /// A connection ended (DELCONN).
    Close {
        /// The five-tuple.
        tuple: Tuple,
        /// The origin's number for it.
        conn: ConnId,
        /// Why.
        reason: EndReason,
        /// Its totals.
        total: Total,
        /// When the last packet counted in `total` was seen.
        last: Time,
    },
    /// An address has a name (NAME).
    Name {
        /// The address.
        addr: IpAddr,
        /// Where the name was learnt.
        origin: NameOrigin,
        /// How long the name may be believed, in seconds.
        ttl_secs: u32,
        /// The name, printable, at most 253 bytes.
        name: ArcStr,
    },
    /// By way of which routers packets go to an address (TRACE).
    Trace(Arc<Trace>),
    /// What is known of a connection beside its counters (TAGS).
    Tags {
        /// The five-tuple.
        tuple: Tuple,
        /// The origin's number for it.
        conn: ConnId,
        /// The tags.
        tags: Vec<Tag>,
    },
    /// An address stood in an outer IP header, of a tunnel; it talks, but it holds no flow.
    Outer {
        /// From.
        src: IpAddr,
        /// To.
        dst: IpAddr,
        /// Packets since the last report, source to destination.
        packets: u64,
        /// Their bytes on the wire.
        bytes: u64,
    },
    /// A process began (FORK).
    Fork {
        /// Who began it.
        parent: ProcessId,
        /// The new one; until it becomes another program it is what its parent is.
        child: ProcessId,
    },
    /// A process is another program now (EXEC); one that was there before anybody looked is told so, too.
    Exec {
        /// The process.
        process: ProcessId,
        /// Who began it, where that is known.
        parent: Option<ProcessId>,
        /// What it runs.
        image: Arc<Image>,
    },
    /// Something about a process changed.
    Change {
        /// The process.
        process: ProcessId,
        /// What.
        change: Change,
    },
    /// What a process takes, so far.
    Usage {
        /// The process.
        process: ProcessId,
        /// Totals since it began.
        usage: Usage,
    },
    /// A process ended (EXIT).
    Exit {
        /// The process.
        process: ProcessId,
        /// How.
        exit: Exit,
    },
    /// When the machine began: what [`ProcessId::start_ns`] counts from.
    Booted {
        /// By the wall clock.
        at: Time,
    },
    /// A user has a name.
    User {
        /// Their number.
        user: u32,
        /// Their name, printable.
        name: ArcStr,
    },
    /// Who has one end of a connection (OWNER).
    Owner {
        /// The five-tuple.
        tuple: Tuple,
        /// The origin's number for it; zero where whoever tells does not count connections.
        conn: ConnId,
        /// The end.
        side: Side,
        /// The process.
        process: ProcessId,
        /// How that is known.
        how: Attribution,
    },
    /// What an extension tells: kept, and told on, whether or not anybody knows its module.
    Module {
        /// The module, 0x40 to 0x7F.
        module: u8,
        /// What the module calls its kind.
        kind: u8,
        /// All of it.
        payload: Arc<[u8]>,
    },
    /// Where every packet of this origin went, as totals (Lost, PROBE_INFO).
    Ledger(Ledger),
    /// From now on this origin looks at one packet in so many, and its counters are of those alone; 0 and 1 are all.
    Sampling(u32),
    /// Who this origin is, from now on: one that came while the model ran, a probe.
    Origin(Origin),
    /// Addresses of a connection are translated on the way (NAT): beyond that its packets have another tuple, and are no connection of their own.
    Translated {
        /// The five-tuple: as its first packet had it.
        tuple: Tuple,
        /// The tuple beyond.
        other: Tuple,
        /// Whether the lower end of one is the higher end of the other.
        flipped: bool,
    },
    /// This origin tells of everything at once, once a slice: it has done so, or does so no more.
    Round(Round),
}

/// What a source says that tells of everything at once, once a slice. A slice that closes before it has is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// It has told of everything as it was at the event's time.
    Told,
    /// It does so no more.
    Over,
}

/// Who began a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Initiator {
    /// The end that began it.
    pub side: Side,
    /// How that is known; the larger wins.
    pub basis: Basis,
}

/// How the initiator is known, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// It sent the first packet that was seen.
    FirstSeen,
    /// The other end has a port that servers use and it has not.
    Port,
    /// The kernel's connection tracking says so.
    Conntrack,
    /// It sent the SYN, the INIT or the request.
    Handshake,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndReason {
    /// Both ends said FIN.
    Fin,
    /// One end reset it.
    Reset,
    /// Nothing was seen for its idle time.
    Idle,
    /// It made room for others.
    Evicted,
    /// The source ended.
    Finished,
}

impl EndReason {
    /// A short lower-case word.
    pub const fn name(self) -> &'static str {
        match self {
            EndReason::Fin => "fin",
            EndReason::Reset => "reset",
            EndReason::Idle => "idle",
            EndReason::Evicted => "evicted",
            EndReason::Finished => "finished",
        }
    }
}

/// Where a name was learnt, the least telling first: of two names the one whose origin is larger is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameOrigin {
    /// A reverse look-up's answer, seen or asked.
    Ptr,
    /// An answer to a DNS question for this name.
    Dns,
    /// Multicast DNS or LLMNR.
    Mdns,
    /// The host's own NetBIOS name.
    Netbios,
    /// The host's own DHCP host name.
    Dhcp,
    /// An HTTP request's Host.
    HttpHost,
    /// The server name of a TLS or QUIC handshake.
    Sni,
    /// Given by the user.
    Manual,
}

impl NameOrigin {
    /// What the user reads.
    pub const fn label(self) -> &'static str {
        match self {
            NameOrigin::Ptr => "reverse DNS",
            NameOrigin::Dns => "DNS answer",
            NameOrigin::Mdns => "mDNS",
            NameOrigin::Netbios => "NetBIOS",
            NameOrigin::Dhcp => "DHCP",
            NameOrigin::HttpHost => "HTTP host",
            NameOrigin::Sni => "TLS server name",
            NameOrigin::Manual => "yours",
        }
    }
}

impl fmt::Display for NameOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// Where every packet offered to one origin went. All are totals since it began.
///
/// `packets` were delivered to the source. Each is in a flow, in `no_ip` or in `filtered`; `malformed` tells how many of them
/// were bad, wherever they were counted. The `lost_*` never reached it: they are apart, by cause, and never summed with one another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Packets delivered to the source.
    pub packets: u64,
    /// Their bytes on the wire.
    pub bytes: u64,
    /// Of these, packets without an IP header (ARP, LLDP, …).
    pub no_ip: u64,
    /// Of all these, packets whose headers contradict themselves; where there was an IP header they are in a flow all the same.
    pub malformed: u64,
    /// Of these, packets that the filter left out (a recording's; the kernel does not deliver them).
    pub filtered: u64,
    /// Dropped by the kernel because the capture buffer was full.
    pub lost_kernel: u64,
    /// Dropped by the network interface or its driver.
    pub lost_interface: u64,
    /// Packets not summarised because the summariser was full and the model did not keep up.
    pub lost_queue: u64,
    /// Process events that were taken in: births, programs, deaths and changes.
    pub process_events: u64,
    /// Process events that the kernel could not deliver.
    pub lost_process: u64,
    /// Flows whose process was not looked for, or not told, because too many began at a time.
    pub lost_owner: u64,
    /// Flows of which nothing was found because too many were dissected at a time, or one told too much.
    pub lost_dissection: u64,
    /// When the first of the packets was captured.
    pub first: Option<Time>,
    /// When the last of them was.
    pub last: Option<Time>,
}

impl Ledger {
    /// The sum of two origins' ledgers, field by field.
    pub fn plus(&self, o: &Ledger) -> Ledger {
        Ledger {
            packets: self.packets.saturating_add(o.packets),
            bytes: self.bytes.saturating_add(o.bytes),
            no_ip: self.no_ip.saturating_add(o.no_ip),
            malformed: self.malformed.saturating_add(o.malformed),
            filtered: self.filtered.saturating_add(o.filtered),
            lost_kernel: self.lost_kernel.saturating_add(o.lost_kernel),
            lost_interface: self.lost_interface.saturating_add(o.lost_interface),
            lost_queue: self.lost_queue.saturating_add(o.lost_queue),
            process_events: self.process_events.saturating_add(o.process_events),
            lost_process: self.lost_process.saturating_add(o.lost_process),
            lost_owner: self.lost_owner.saturating_add(o.lost_owner),
            lost_dissection: self.lost_dissection.saturating_add(o.lost_dissection),
            first: [self.first, o.first].into_iter().flatten().min(),
            last: self.last.max(o.last),
        }
    }

    /// The losses by cause, with the words the user reads; those that are zero too.
    pub const fn losses(&self) -> [(&'static str, u64); 6] {
        [
            ("dropped by kernel", self.lost_kernel),
            ("dropped by interface", self.lost_interface),
            ("lost in queue", self.lost_queue),
            ("process events lost", self.lost_process),
            ("flows not looked up", self.lost_owner),
            ("flows not dissected", self.lost_dissection),
        ]
    }
}
