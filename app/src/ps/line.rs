//! What happens to processes, a line each, for people.

use std::io::{self, Write};

use graph::{Change, Event, Kind, Model, ProcessId};

use crate::pipeline::REALMS;
use crate::units::{duration, time};

/// Writes a line about what happened; `model` knows it already.
pub(super) fn write(out: &mut impl Write, model: &Model, event: &Event) -> io::Result<()> {
    let clock = time(event.at);
    let clock = clock.split(' ').nth(1).unwrap_or(&clock);
    let mut line = |process: &ProcessId, what: &str, text: &str| writeln!(out, "{clock} {:>7} {what:<7} {text}", process.pid);
    match &event.kind {
        Kind::Fork { parent, child } => line(child, "fork", &format!("by {}", name(model, *parent))),
        Kind::Exec { process, image, .. } => {
            let command = match &image.command {
                Ok(command) if !command.is_empty() => command.to_string(),
                Ok(_) => image.title().to_owned(),
                Err(why) if image.title().is_empty() => format!("a program: {}", why.label()),
                Err(why) => format!("{} ({})", image.title(), why.label()),
            };
            line(process, "exec", &format!("{command}{}", if image.cut { " …" } else { "" }))
        }
        Kind::Exit { process, exit } => {
            let known = model.process(model.process_key(REALMS.local, *process).unwrap_or_default());
            let age = known.and_then(|known| model.age(known)).map(|age| format!(", lived {}", duration(age))).unwrap_or_default();
            line(process, "exit", &format!("{}: {exit}{age}", name(model, *process)))
        }
        Kind::Change { process, change } => {
            let text = match change {
                Change::Name(name) => format!("calls itself {name}"),
                Change::User(user) => format!("runs as {}", model.user_name(REALMS.local, *user)),
                Change::Group(group) => format!("group {group}"),
                Change::Session => "leads a session".to_owned(),
                Change::Parent(parent) => format!("taken in by {}", name(model, *parent)),
            };
            line(process, "change", &text)
        }
        Kind::Ledger(ledger) if ledger.lost_process > 0 => writeln!(out, "{clock}         lost    {} events so far", ledger.lost_process),
        _ => Ok(()),
    }
}

fn name(model: &Model, process: ProcessId) -> String {
    let key = model.process_key(REALMS.local, process);
    match key.and_then(|key| model.process(key)) {
        Some(known) if !known.image.title().is_empty() => format!("{} ({})", known.label(), process.pid),
        _ => process.pid.to_string(),
    }
}
