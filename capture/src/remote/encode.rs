//! An event as a record.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use graph::{Both, Change, ConnId, Endpoint, Image, Kind, Place, ProcessId, Registry, Side, Tag, Total, Trace, Tuple, Unread, Value};
use smallvec::SmallVec;
use wire::glouglou::{
    Addr, Conn, Counts, Data, DelConn, Exec, Exit, Fork, Full, Hop, Key, Name, NewConn, Owner, Packer, ProbeInfo, Record, Tag as WireTag,
    Tags, Tlv, Trace as WireTrace,
};

use super::codes;

/// What probes call themselves.
const VERSION: &str = concat!("ggprobe ", env!("CARGO_PKG_VERSION"));

/// The longest value of a tag, in bytes: a record with it fits into a datagram for sure. Of a longer list the first values are told.
pub(super) const MAX_VALUE: usize = 800;
/// On as many interfaces a connection is said to be seen.
pub(super) const MAX_INTERFACES: usize = 4;
/// As many as records have, but for few.
type TlvRow<'a> = SmallVec<[Tlv<'a>; 4]>;

/// What an event does not say of itself, and its record must.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// What columns are called.
    pub registry: &'a Registry,
    /// Which end began the connection, as far as is known (DATA, DELCONN, TAGS).
    pub first: Side,
    /// What was reported of a connection before (DATA).
    pub before: Total,
    /// What the process runs that forks or changes (FORK, and EXEC that says a change).
    pub image: Option<&'a Image>,
    /// Who began that process, where it is known.
    pub parent: Option<ProcessId>,
    /// What its user is called.
    pub user: Option<&'a str>,
    /// On which interfaces the connection is seen (NEWCONN); no more than [`MAX_INTERFACES`] are said.
    pub interfaces: &'a [&'a str],
    /// The probe: another number each time it starts, and its machine's name.
    pub boot_id: u64,
    /// Its machine's name.
    pub hostname: &'a str,
    /// When its machine began, microseconds since the epoch; zero is not known.
    pub booted_us: u64,
    /// The record's number, within a snapshot.
    pub number: Option<u32>,
}

impl<'a> About<'a> {
    /// Of a probe; of the event there is nothing to say.
    pub const fn of(registry: &'a Registry, boot_id: u64, hostname: &'a str) -> About<'a> {
        let nothing = Total(Both { ab: graph::Counts::NONE, ba: graph::Counts::NONE });
        About {
            registry,
            first: Side::A,
            before: nothing,
            image: None,
            parent: None,
            user: None,
            interfaces: &[],
            boot_id,
            hostname,
            booted_us: 0,
            number: None,
        }
    }
}

/// Adds an event to a content, `dt_us` after its time. False where the protocol has no record for it.
///
/// # Errors
/// [`Full`] where it does not fit; nothing was added.
pub fn encode(packer: &mut Packer, kind: &Kind, dt_us: i32, about: &About<'_>) -> Result<bool, Full> {
    let mut tlvs: TlvRow<'_> = about.number.map(Tlv::Number).into_iter().collect();
    match kind {
        Kind::Open { tuple, conn, start, initiator } => {
            tlvs.push(Tlv::Basis(codes::of_basis(initiator.basis)));
            tlvs.extend(about.interfaces.iter().take(MAX_INTERFACES).map(|name| Tlv::Interface(name.as_bytes())));
            let record = NewConn { conn: conn_of(tuple, *conn, initiator.side), start_us: start.micros(), pid: 0 };
            packer.push(&Record::NewConn(record), dt_us, &tlvs)?;
        }
        Kind::Data { tuple, conn, total, .. } => {
            let size = |side| {
                let more = total.0.from(side).bytes.saturating_sub(about.before.0.from(side).bytes);
                u32::try_from(more).unwrap_or(u32::MAX)
            };
            let first = about.first;
            tlvs.push(ip_bytes(total, first));
            let (size_fwd, size_rev) = (size(first), size(first.other()));
            let record = Data { conn: conn_of(tuple, *conn, first), size_fwd, size_rev, counts: counts(total, first) };
            packer.push(&Record::Data(record), dt_us, &tlvs)?;
        }
        Kind::Close { tuple, conn, reason, total, .. } => {
            let first = about.first;
            tlvs.push(ip_bytes(total, first));
            let record = DelConn { conn: conn_of(tuple, *conn, first), reason: codes::of_reason(*reason), counts: counts(total, first) };
            packer.push(&Record::DelConn(record), dt_us, &tlvs)?;
        }
        Kind::Name { addr, origin, ttl_secs, name } => {
            let record = Name { origin: codes::of_origin(*origin), ttl_secs: *ttl_secs, addr: *addr, name: name.as_bytes() };
            packer.push(&Record::Name(record), dt_us, &tlvs)?;
        }
        Kind::Trace(trace) => packer.push(&Record::Trace(trace_of(trace)), dt_us, &tlvs)?,
        Kind::Tags { tuple, conn, tags } => push_tags(packer, dt_us, conn_of(tuple, *conn, about.first), tags, about, &tlvs)?,
        Kind::Owner { tuple, conn, side, process, how } => {
            let (pid, start_ns) = (process.pid, process.start_ns);
            let record = Owner { conn: conn_of(tuple, *conn, *side), pid, start_ns, confidence: codes::of_attribution(*how) };
            packer.push(&Record::Owner(record), dt_us, &tlvs)?;
        }
        Kind::Fork { parent, child } => {
            let ids = about.image.and_then(|image| image.ids).unwrap_or_default();
            let comm = about.image.map_or(&[][..], |image| image.comm.as_bytes());
            let record = Fork {
                parent: (parent.pid, parent.pid),
                child: (child.pid, child.pid),
                parent_start_ns: parent.start_ns,
                start_ns: child.start_ns,
                ids,
                cgroup_id: 0,
                is_thread: false,
                comm,
            };
            packer.push(&Record::Fork(record), dt_us, &tlvs)?;
        }
        Kind::Exec { process, parent, image } => push_exec(packer, dt_us, *process, parent.or(about.parent), image, about, tlvs)?,
        Kind::Change { process, change } => {
            let unknown = Image::named("", Unread::Untold);
            let mut image = about.image.unwrap_or(&unknown).clone();
            let (user, group) = image.ids.unwrap_or_default();
            let mut parent = about.parent;
            let what = match change {
                Change::Name(name) => {
                    image.comm = name.clone();
                    1
                }
                Change::User(user) => {
                    image.ids = Some((*user, group));
                    2
                }
                Change::Group(group) => {
                    image.ids = Some((user, *group));
                    3
                }
                Change::Session => 4,
                Change::Parent(taken_in_by) => {
                    parent = Some(*taken_in_by);
                    5
                }
            };
            tlvs.push(Tlv::Change(what));
            push_exec(packer, dt_us, *process, parent, &image, about, tlvs)?;
        }
        Kind::Exit { process, exit } => {
            let (exit_code, exit_signal) = codes::of_exit(*exit);
            let ppid = about.parent.map_or(0, |parent| parent.pid);
            let record = Exit { pid: process.pid, tid: process.pid, ppid, start_ns: process.start_ns, exit_code, exit_signal };
            packer.push(&Record::Exit(record), dt_us, &tlvs)?;
        }
        Kind::Module { module, kind, payload } => {
            let record = Record::Unknown { module: *module, kind: *kind, payload };
            packer.push(&record, dt_us, &[])?;
        }
        Kind::Ledger(l) => {
            if about.booted_us > 0 {
                tlvs.push(Tlv::Booted(about.booted_us));
            }
            let counters =
                [l.packets, l.bytes, l.no_ip, l.malformed, l.filtered, l.lost_interface, l.process_events, l.lost_process, l.lost_owner];
            tlvs.push(Tlv::Ledger(counters));
            tlvs.push(Tlv::Dissection(l.lost_dissection));
            tlvs.push(Tlv::Version(VERSION.as_bytes()));
            let (lost_kernel, lost_queue, malformed) = (l.lost_kernel, l.lost_queue, l.malformed);
            let record = ProbeInfo { boot_id: about.boot_id, lost_kernel, lost_queue, malformed, hostname: about.hostname.as_bytes() };
            packer.push(&Record::ProbeInfo(record), dt_us, &tlvs)?;
        }
        // Users come with their processes, interfaces with their connections, and when the machine began with what is told of the probe; of how many packets
        // one is looked at every content says.
        Kind::Via { .. }
        | Kind::Sampling(_)
        | Kind::Outer { .. }
        | Kind::Usage { .. }
        | Kind::Booted { .. }
        | Kind::User { .. }
        | Kind::Origin(_)
        | Kind::Round(_)
        | Kind::Translated { .. } => return Ok(false),
    }
    Ok(true)
}

fn push_exec<'a>(
    packer: &mut Packer,
    dt_us: i32,
    process: ProcessId,
    parent: Option<ProcessId>,
    image: &Image,
    about: &About<'a>,
    mut tlvs: TlvRow<'a>,
) -> Result<(), Full> {
    let (exe, command) = (codes::of_unread(&image.exe), codes::of_unread(&image.command));
    if (exe, command) != (0, 0) {
        tlvs.push(Tlv::Unread(exe, command));
    }
    tlvs.extend(about.user.map(|name| Tlv::User(name.as_bytes())));
    let parent = parent.unwrap_or(ProcessId { pid: 0, start_ns: 0 });
    let record = Exec {
        pid: process.pid,
        tid: process.pid,
        ppid: parent.pid,
        parent_start_ns: parent.start_ns,
        start_ns: process.start_ns,
        // Those of nobody at all say that they are not known.
        ids: image.ids.unwrap_or((u32::MAX, u32::MAX)),
        cgroup_id: 0,
        truncated: image.cut,
        comm: image.comm.as_bytes(),
        exe: image.exe.as_deref().unwrap_or_default().as_bytes(),
        command: image.command.as_deref().unwrap_or_default().as_bytes(),
        cgroup: image.cgroup.as_deref().unwrap_or_default().as_bytes(),
    };
    packer.push(&Record::Exec(record), dt_us, &tlvs)
}

fn push_tags(packer: &mut Packer, dt_us: i32, conn: Conn, tags: &[Tag], about: &About<'_>, tlvs: &[Tlv<'_>]) -> Result<(), Full> {
    // Names and values as text, kept until the record is written.
    let texts: Vec<(String, String, u8)> = tags
        .iter()
        .filter_map(|tag| {
            let name = about.registry.column(tag.column)?.name;
            let column = match tag.place {
                Place::Flow => name.to_owned(),
                Place::End(side) if side == about.first => format!("src.{name}"),
                Place::End(_) => format!("dst.{name}"),
            };
            Some((column, text_of(&tag.value), codes::of_confidence(tag.confidence)))
        })
        .collect();
    let tags = texts
        .iter()
        .map(|(column, value, confidence)| WireTag {
            source: 0,
            confidence: *confidence,
            column: column.as_bytes(),
            value: value.as_bytes(),
        })
        .collect();
    packer.push(&Record::Tags(Tags { conn, tags }), dt_us, tlvs)
}

/// A value as records say it: of a list as many values as fit.
pub(super) fn text_of(value: &Value) -> String {
    let text = value.to_string();
    if text.len() <= MAX_VALUE {
        return text;
    }
    let mut len = 0;
    let fits = |one: &&Value| {
        // As it stands in a list, and what stands before the next one.
        len += Value::list([(*one).clone()]).to_string().len() + 2;
        len <= MAX_VALUE
    };
    Value::list(value.each().iter().take_while(fits).cloned()).to_string()
}

fn trace_of(trace: &Trace) -> WireTrace {
    // Nobody's address, of the family that all of a record's addresses have.
    let nobody = if trace.src.is_ipv4() { IpAddr::V4(Ipv4Addr::UNSPECIFIED) } else { IpAddr::V6(Ipv6Addr::UNSPECIFIED) };
    let hop = |hop: &graph::Hop| {
        let silent = Hop { ttl: hop.ttl, status: codes::SILENT, rtt_us: 0, addr: nobody };
        hop.answer.map_or(silent, |answer| Hop {
            status: codes::ANSWERED,
            rtt_us: u32::try_from(answer.rtt.as_micros()).unwrap_or(u32::MAX),
            addr: answer.addr,
            ..silent
        })
    };
    let hops = trace.hops.iter().map(hop).collect();
    WireTrace { proto: trace.proto.0, complete: trace.complete, src: trace.src, dst: trace.dst, hops }
}

fn counts(total: &Total, first: Side) -> Counts {
    let (fwd, rev) = (total.0.from(first), total.0.from(first.other()));
    Counts { bytes_fwd: fwd.bytes, bytes_rev: rev.bytes, packets_fwd: fwd.packets, packets_rev: rev.packets }
}

fn ip_bytes(total: &Total, first: Side) -> Tlv<'static> {
    Tlv::IpBytes(total.0.from(first).ip_bytes, total.0.from(first.other()).ip_bytes)
}

/// A connection whose first end is that side.
fn conn_of(tuple: &Tuple, conn: ConnId, first: Side) -> Conn {
    let addr = |end: Endpoint| Addr { ip: end.addr, port: end.port };
    let key = Key { proto: tuple.proto().0, src: addr(tuple.end(first)), dst: addr(tuple.end(first.other())) };
    Conn { key, id: conn.0 }
}
