//! What happens to processes as JSON lines.

use std::io::{self, Write};

use graph::{Change, Event, Exit, Kind, ProcessId};
use serde::Serialize;

/// One line. Text is printable; what could not be read is null, and `unread` says why.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line<'a> {
    Fork {
        at_us: u64,
        #[serde(flatten)]
        process: Who,
        parent: Who,
    },
    Exec {
        at_us: u64,
        #[serde(flatten)]
        process: Who,
        parent: Option<Who>,
        name: &'a str,
        comm: &'a str,
        exe: Option<&'a str>,
        command: Option<&'a str>,
        command_cut: bool,
        unread: Option<&'static str>,
        uid: Option<u32>,
        gid: Option<u32>,
        cgroup: Option<&'a str>,
        container: Option<String>,
    },
    Change {
        at_us: u64,
        #[serde(flatten)]
        process: Who,
        #[serde(flatten)]
        what: What<'a>,
    },
    Exit {
        at_us: u64,
        #[serde(flatten)]
        process: Who,
        code: Option<u8>,
        signal: Option<u8>,
        core: bool,
    },
    Lost {
        at_us: u64,
        events: u64,
        lost: u64,
    },
}

/// A process: its number, and when it began in nanoseconds since the machine did.
#[derive(Serialize)]
struct Who {
    pid: u32,
    start_ns: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum What<'a> {
    Comm(&'a str),
    Uid(u32),
    Gid(u32),
    LeadsSession(bool),
    AdoptedBy(Who),
}

impl From<ProcessId> for Who {
    fn from(ProcessId { pid, start_ns }: ProcessId) -> Who {
        Who { pid, start_ns }
    }
}

/// Writes what an event says of processes; of anything else nothing. A ledger is written where events were lost.
pub(super) fn write(out: &mut impl Write, event: &Event) -> io::Result<()> {
    let Some(line) = line(event) else { return Ok(()) };
    serde_json::to_writer(&mut *out, &line)?;
    out.write_all(b"\n")
}

fn line(event: &Event) -> Option<Line<'_>> {
    let at_us = event.at.micros();
    Some(match &event.kind {
        Kind::Fork { parent, child } => Line::Fork { at_us, process: (*child).into(), parent: (*parent).into() },
        Kind::Exec { process, parent, image } => Line::Exec {
            at_us,
            process: (*process).into(),
            parent: parent.map(Who::from),
            name: image.title(),
            comm: &image.comm,
            exe: image.exe.as_deref().ok(),
            command: image.command.as_deref().ok(),
            command_cut: image.cut,
            unread: image.exe.as_ref().err().or(image.command.as_ref().err()).map(|why| why.label()),
            uid: image.ids.map(|(uid, _)| uid),
            gid: image.ids.map(|(_, gid)| gid),
            cgroup: image.cgroup.as_deref(),
            container: image.container.as_ref().map(ToString::to_string),
        },
        Kind::Change { process, change } => Line::Change { at_us, process: (*process).into(), what: what(change) },
        Kind::Exit { process, exit } => {
            let (code, signal, core) = match *exit {
                Exit::Code(code) => (Some(code), None, false),
                Exit::Signal { number, core } => (None, Some(number), core),
                Exit::Unseen => (None, None, false),
            };
            Line::Exit { at_us, process: (*process).into(), code, signal, core }
        }
        Kind::Ledger(ledger) if ledger.lost_process > 0 => Line::Lost { at_us, events: ledger.process_events, lost: ledger.lost_process },
        _ => return None,
    })
}

fn what(change: &Change) -> What<'_> {
    match change {
        Change::Name(name) => What::Comm(name),
        Change::User(user) => What::Uid(*user),
        Change::Group(group) => What::Gid(*group),
        Change::Session => What::LeadsSession(true),
        Change::Parent(parent) => What::AdoptedBy((*parent).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graph::{Image, OriginId, Time, Unread};

    fn written(kind: Kind) -> String {
        let mut out = Vec::new();
        write(&mut out, &Event { at: Time(7), origin: OriginId(0), kind }).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn each_happening_is_a_line() {
        let (parent, child) = (ProcessId { pid: 1, start_ns: 10 }, ProcessId { pid: 2, start_ns: 20 });
        assert_eq!(
            written(Kind::Fork { parent, child }),
            "{\"type\":\"fork\",\"at_us\":7,\"pid\":2,\"start_ns\":20,\"parent\":{\"pid\":1,\"start_ns\":10}}\n"
        );
        assert_eq!(
            written(Kind::Exit { process: child, exit: Exit::Signal { number: 9, core: false } }),
            "{\"type\":\"exit\",\"at_us\":7,\"pid\":2,\"start_ns\":20,\"code\":null,\"signal\":9,\"core\":false}\n"
        );
        assert_eq!(
            written(Kind::Change { process: child, change: Change::Parent(parent) }),
            "{\"type\":\"change\",\"at_us\":7,\"pid\":2,\"start_ns\":20,\"adopted_by\":{\"pid\":1,\"start_ns\":10}}\n"
        );
        let image = Image { ids: Some((33, 34)), ..Image::named("sh", Unread::Denied) };
        let line: serde_json::Value =
            serde_json::from_str(&written(Kind::Exec { process: child, parent: Some(parent), image: image.into() })).unwrap();
        assert_eq!((&line["comm"], &line["exe"], &line["uid"]), (&"sh".into(), &serde_json::Value::Null, &33.into()));
        assert_eq!(line["unread"], "not allowed to read it");
        assert_eq!(written(Kind::Ledger(graph::Ledger::default())), "");
    }
}
