//! The table of processes, flat or as a tree.

use super::select::{Kind, window};
use super::tree::forest;
use super::{Cell, ListColumn, Request, Rows, Subject};
use crate::{Exit, Model, Process};

pub(super) fn columns() -> Vec<ListColumn> {
    let c = ListColumn::new;
    vec![
        c("name", "Process", "what it runs: of an interpreter, the script"),
        c("pid", "PID", "its number").number(),
        c("user", "User", "its effective user"),
        c("cpu", "CPU", "processors that it keeps busy: 100 % is one of them").number(),
        c("memory", "Memory", "resident memory").number(),
        c("rate_sent", "Rate out", "bytes a second sent").number(),
        c("rate_received", "Rate in", "bytes a second received").number(),
        c("flows", "Flows", "live flows").number(),
        c("age", "Age", "since it began; of a dead one, how long it lived").number(),
        c("container", "Container", "the container or the unit it is in"),
        c("command", "Command", "its command line, secrets masked"),
        c("exe", "Executable", "path of its executable").hidden(),
        c("parent", "Parent", "what began it").hidden(),
        c("state", "State", "alive, or how it ended").hidden(),
        c("earlier", "Before", "what it ran before").hidden(),
        c("bytes_sent", "Sent", "bytes sent in its flows").number().hidden(),
        c("bytes_received", "Received", "bytes received in its flows").number().hidden(),
        c("rate", "Rate", "bytes a second, both ways").number().hidden(),
        c("group", "Group", "its effective group, as a number").number().hidden(),
        c("first", "First seen", "when it was first heard of").number().hidden(),
    ]
}

pub(super) fn rows(model: &Model, request: &Request) -> Rows {
    let kind = Processes(model);
    match &request.tree {
        Some(tree) => forest(&kind, model, tree, request),
        None => window(&kind, model.processes().filter(|process| wanted(process, request)), request, model.now()),
    }
}

/// Of one process: those that it began.
fn wanted(process: &Process, request: &Request) -> bool {
    match request.of {
        Some(Subject::Process(key)) => process.parent == Some(key) || process.guardian == Some(key),
        _ => true,
    }
}

pub(super) struct Processes<'a>(&'a Model);

impl<'a> Kind for Processes<'a> {
    type Item = &'a Process;

    fn columns(&self) -> Vec<ListColumn> {
        columns()
    }

    fn subject(&self, process: &'a Process) -> Subject {
        Subject::Process(process.key)
    }

    fn cell(&self, process: &'a Process, column: usize) -> Cell {
        let now = self.0.now();
        let text = |text: &str| if text.is_empty() { Cell::Empty } else { Cell::Text(text.into()) };
        match column {
            0 => Cell::Text(process.label().into()),
            1 => Cell::Number(process.key.process.pid.into()),
            2 => process.user.map_or(Cell::Empty, |user| Cell::Text(self.0.user_name(process.key.realm, user))),
            3 if process.usage.is_some() && process.is_alive() => Cell::Share(process.cpu_share),
            4 => process.usage.filter(|_| process.is_alive()).map_or(Cell::Empty, |usage| Cell::Bytes(usage.rss_bytes)),
            5 => Cell::Rate(process.rate_sent.at(now)),
            6 => Cell::Rate(process.rate_received.at(now)),
            7 => Cell::Count(process.flows.into()),
            8 => self.0.age(process).map_or(Cell::Empty, Cell::Duration),
            9 => process.image.container.as_ref().map_or(Cell::Empty, |container| Cell::Text(container.to_string().into())),
            10 => process.image.command.as_ref().map_or_else(|_| text(&process.image.comm), |command| Cell::Text(command.clone())),
            11 => process.image.exe.as_ref().map_or_else(|why| Cell::Text(why.label().into()), |exe| Cell::Text(exe.clone())),
            12 => self.0.lineage(process.key).nth(1).map_or(Cell::Empty, |parent| Cell::Text(parent.label().into())),
            13 => Cell::Text(state(process).into()),
            14 => text(&process.earlier.iter().map(|image| image.title()).collect::<Vec<_>>().join(" → ")),
            15 => Cell::Bytes(process.sent.bytes),
            16 => Cell::Bytes(process.received.bytes),
            17 => Cell::Rate(process.rate(now)),
            18 => process.group.map_or(Cell::Empty, |group| Cell::Number(group.into())),
            19 => Cell::Time(process.first),
            _ => Cell::Empty,
        }
    }

    fn words(&self, process: &'a Process, word: &mut dyn FnMut(&str) -> bool) -> bool {
        word(&process.label())
            || word(&process.key.process.pid.to_string())
            || word(&process.image.comm)
            || process.image.command.as_deref().is_ok_and(&mut *word)
            || process.image.exe.as_deref().is_ok_and(&mut *word)
            || process.user.is_some_and(|user| word(&self.0.user_name(process.key.realm, user)))
            || process.image.container.as_ref().is_some_and(|container| word(&container.to_string()))
    }
}

/// Alive, or how it ended, in words.
fn state(process: &Process) -> String {
    match process.ended {
        None => "alive".to_owned(),
        Some((_, exit)) => exit.to_string(),
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Exit::Code(code) => write!(f, "exit {code}"),
            Exit::Signal { number, core: false } => write!(f, "signal {number}"),
            Exit::Signal { number, core: true } => write!(f, "signal {number}, core"),
            Exit::Unseen => f.write_str("gone"),
        }
    }
}
