//! A record as events.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use graph::{
    ArcStr, Basis, Both, Change, ConnId, Counts, Endpoint, Image, Initiator, Kind, Ledger, Place, ProcessId, Proto, Registry, Side, Tag,
    Time, Total, Trace, Tuple, Unread,
};
use wire::glouglou::{Addr, Conn, Counts as WireCounts, Exec, Hop, Record, Timed, Tlv, Trace as WireTrace};

use super::codes;
use super::encode::MAX_INTERFACES;
use crate::dissect::MODULES;
use crate::proc::reader::{parse_cgroup, printable};

/// No name of an interface is shown longer, in bytes.
const MAX_INTERFACE: usize = 32;
/// No list of a tag is read further, in bytes.
const MAX_LIST: usize = 4096;
/// No name is longer (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 253;

/// Hands what a record says to `tell`, with its time. Text is made printable; a column that is not known here is left out. False where it is no event
/// that the model knows.
pub fn decode(timed: &Timed<'_>, base: Time, registry: &Registry, mut tell: impl FnMut(Time, Kind)) -> bool {
    let at = Time(base.micros().saturating_add_signed(timed.dt_us.into()));
    let mut say = |kind| tell(at, kind);
    match &timed.record {
        Record::NewConn(new) => {
            let (tuple, side) = tuple(&new.conn);
            let basis = timed.tlvs.iter().find_map(|tlv| if let Tlv::Basis(basis) = tlv { codes::basis(basis) } else { None });
            let initiator = Initiator { side, basis: basis.unwrap_or(Basis::FirstSeen) };
            let conn = ConnId(new.conn.id);
            say(Kind::Open { tuple, conn, start: Time(new.start_us), initiator });
            let names =
                timed.tlvs.iter().filter_map(|tlv| if let Tlv::Interface(name) = tlv { Some(text(name, MAX_INTERFACE)) } else { None });
            let names: Vec<ArcStr> = names.filter(|name| !name.is_empty()).take(MAX_INTERFACES).collect();
            if !names.is_empty() {
                say(Kind::Via { tuple, conn, interfaces: names.join(", ").into() });
            }
        }
        Record::Data(data) => {
            let (tuple, side) = tuple(&data.conn);
            say(Kind::Data { tuple, conn: ConnId(data.conn.id), total: total(&data.counts, side, timed), last: at });
        }
        Record::DelConn(del) => {
            let (tuple, side) = tuple(&del.conn);
            let (reason, total) = (codes::reason(del.reason), total(&del.counts, side, timed));
            say(Kind::Close { tuple, conn: ConnId(del.conn.id), reason, total, last: at });
        }
        Record::Name(name) => {
            let Some(origin) = codes::origin(name.origin) else { return false };
            let text = text(name.name, MAX_NAME);
            if text.is_empty() {
                return false;
            }
            say(Kind::Name { addr: name.addr, origin, ttl_secs: name.ttl_secs, name: text });
        }
        Record::Trace(trace) => say(Kind::Trace(Arc::new(trace_of(trace)))),
        Record::Tags(tags) => {
            let (tuple, side) = tuple(&tags.conn);
            let known = tags.tags.iter().filter_map(|tag| tag_of(tag, side, registry)).collect();
            say(Kind::Tags { tuple, conn: ConnId(tags.conn.id), tags: known });
        }
        Record::Owner(owner) => {
            let Some(how) = codes::attribution(owner.confidence) else { return false };
            let (tuple, side) = tuple(&owner.conn);
            let process = ProcessId { pid: owner.pid, start_ns: owner.start_ns };
            say(Kind::Owner { tuple, conn: ConnId(owner.conn.id), side, process, how });
        }
        // A thread is part of its process.
        Record::Fork(fork) if fork.is_thread => {}
        Record::Fork(fork) => {
            let parent = ProcessId { pid: fork.parent.0, start_ns: fork.parent_start_ns };
            say(Kind::Fork { parent, child: ProcessId { pid: fork.child.0, start_ns: fork.start_ns } });
        }
        Record::Exec(exec) => exec_of(exec, timed, say),
        Record::Exit(exit) if exit.tid != exit.pid => {}
        Record::Exit(exit) => {
            let process = ProcessId { pid: exit.pid, start_ns: exit.start_ns };
            say(Kind::Exit { process, exit: codes::exit(exit.exit_code, exit.exit_signal) });
        }
        Record::ProbeInfo(info) => {
            for tlv in timed.tlvs.iter() {
                if let Tlv::Booted(at_us) = tlv {
                    say(Kind::Booted { at: Time(at_us) });
                }
            }
            say(Kind::Ledger(Ledger { lost_kernel: info.lost_kernel, lost_queue: info.lost_queue, ..loss_of(timed) }));
        }
        Record::Unknown { module, kind, payload } if MODULES.contains(module) => {
            say(Kind::Module { module: *module, kind: *kind, payload: (*payload).into() });
        }
        _ => return false,
    }
    true
}

/// The counters that come with what is told of a probe; what is not told is zero.
pub fn loss_of(timed: &Timed<'_>) -> Ledger {
    let counters = timed.tlvs.iter().find_map(|tlv| if let Tlv::Ledger(counters) = tlv { Some(counters) } else { None });
    let lost_dissection = timed.tlvs.iter().find_map(|tlv| if let Tlv::Dissection(flows) = tlv { Some(flows) } else { None }).unwrap_or(0);
    let [packets, bytes, no_ip, malformed, filtered, lost_interface, process_events, lost_process, lost_owner] =
        counters.unwrap_or_default();
    Ledger {
        packets,
        bytes,
        no_ip,
        malformed,
        filtered,
        lost_interface,
        process_events,
        lost_process,
        lost_owner,
        lost_dissection,
        ..Ledger::default()
    }
}

fn exec_of(exec: &Exec<'_>, timed: &Timed<'_>, mut say: impl FnMut(Kind)) {
    let process = ProcessId { pid: exec.pid, start_ns: exec.start_ns };
    let parent = (exec.ppid > 0).then_some(ProcessId { pid: exec.ppid, start_ns: exec.parent_start_ns });
    let ids = Some(exec.ids).filter(|ids| *ids != (u32::MAX, u32::MAX));
    let (mut change, mut unread) = (None, (None, None));
    for tlv in timed.tlvs.iter() {
        match tlv {
            Tlv::User(name) => {
                let name = text(name, MAX_NAME);
                ids.iter().for_each(|(user, _)| say(Kind::User { user: *user, name: name.clone() }));
            }
            Tlv::Change(what) => change = Some(what),
            Tlv::Unread(exe, command) => unread = (codes::unread(exe), codes::unread(command)),
            _ => {}
        }
    }
    let comm = text(exec.comm, Image::MAX_COMMAND_BYTES);
    if let Some(what) = change {
        let change = match (what, ids, parent) {
            (1, _, _) => Some(Change::Name(comm)),
            (2, Some((user, _)), _) => Some(Change::User(user)),
            (3, Some((_, group)), _) => Some(Change::Group(group)),
            (4, _, _) => Some(Change::Session),
            (5, _, Some(parent)) => Some(Change::Parent(parent)),
            _ => None,
        };
        return change.into_iter().for_each(|change| say(Kind::Change { process, change }));
    }
    let read = |bytes: &[u8], unread: Option<Unread>| unread.map_or_else(|| Ok(text(bytes, Image::MAX_COMMAND_BYTES)), Err);
    let (exe, command) = (read(exec.exe, unread.0), read(exec.command, unread.1));
    let cgroup = parse_cgroup(&[b"0::", exec.cgroup].concat());
    let image = Image { comm, exe, command, cut: exec.truncated, ids, cgroup: cgroup.path.map(Into::into), container: cgroup.container };
    say(Kind::Exec { process, parent, image: image.into() });
}

fn trace_of(trace: &WireTrace) -> Trace {
    let answer = |hop: &Hop| graph::Answer { addr: plain(hop.addr), rtt: Duration::from_micros(hop.rtt_us.into()) };
    // Whatever else a hop may be one day, it did not answer.
    let hop = |hop: &Hop| graph::Hop { ttl: hop.ttl, answer: (hop.status == codes::ANSWERED).then(|| answer(hop)) };
    Trace {
        src: plain(trace.src),
        dst: plain(trace.dst),
        proto: Proto(trace.proto),
        complete: trace.complete,
        hops: trace.hops.iter().map(hop).collect(),
    }
}

fn tag_of(tag: &wire::glouglou::Tag<'_>, first: Side, registry: &Registry) -> Option<Tag> {
    let column = std::str::from_utf8(tag.column).ok()?;
    let (place, name) = match (column.strip_prefix("src."), column.strip_prefix("dst.")) {
        (Some(name), _) => (Place::End(first), name),
        (_, Some(name)) => (Place::End(first.other()), name),
        _ => (Place::Flow, column),
    };
    let id = registry.find(name)?;
    let column = registry.column(id).filter(|column| column.endpoint == matches!(place, Place::End(_)))?;
    let value = column.parse(&text(tag.value, if column.many { MAX_LIST } else { graph::MAX_TEXT_BYTES }))?;
    Some(Tag { column: id, place, value, confidence: codes::confidence(tag.confidence) })
}

/// Totals by side, of totals from the key's first end on.
fn total(counts: &WireCounts, first: Side, timed: &Timed<'_>) -> Total {
    // Who does not tell them apart counts the same for both.
    let ip = timed.tlvs.iter().find_map(|tlv| if let Tlv::IpBytes(fwd, rev) = tlv { Some((fwd, rev)) } else { None });
    let (ip_fwd, ip_rev) = ip.unwrap_or((counts.bytes_fwd, counts.bytes_rev));
    let mut both = Both::default();
    *both.from_mut(first) = Counts { packets: counts.packets_fwd, bytes: counts.bytes_fwd, ip_bytes: ip_fwd };
    *both.from_mut(first.other()) = Counts { packets: counts.packets_rev, bytes: counts.bytes_rev, ip_bytes: ip_rev };
    Total(both)
}

fn tuple(conn: &Conn) -> (Tuple, Side) {
    let end = |addr: Addr| Endpoint { addr: plain(addr.ip), port: addr.port };
    Tuple::new(Proto(conn.key.proto), end(conn.key.src), end(conn.key.dst))
}

/// An IPv4 address that IPv6 wraps is that IPv4 address.
fn plain(addr: IpAddr) -> IpAddr {
    addr.to_canonical()
}

fn text(bytes: &[u8], max: usize) -> ArcStr {
    let text = printable(bytes);
    text.get(..text.floor_char_boundary(max.min(text.len()))).unwrap_or_default().into()
}
