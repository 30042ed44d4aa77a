//! Names and values of a process.

use graph::{ArcStr, Details, Process};

use super::facts::{Facts, Group, fact, seen, volume};
use crate::units::{bytes, count, duration, percent};

pub(super) fn of_process(process: &Process, details: &Details) -> Facts {
    let image = &process.image;
    let unread = |text: &Result<ArcStr, graph::Unread>| match text {
        Ok(text) => text.to_string(),
        Err(why) => why.label().to_owned(),
    };
    let mut program = vec![fact("Command", format!("{}{}", unread(&image.command), if image.cut { " …" } else { "" }))];
    program.push(fact("Executable", unread(&image.exe)));
    if !process.earlier.is_empty() {
        let earlier: Vec<&str> = process.earlier.iter().map(|image| image.title()).collect();
        program.push(fact("Before", earlier.join(" → ")));
    }
    if let Some(container) = &image.container {
        program.push(fact("Container", container.to_string()));
    } else if let Some(cgroup) = &image.cgroup {
        program.push(fact("Control group", cgroup.to_string()));
    }

    let mut life = vec![fact("First seen", seen(process.first, details.now))];
    if let Some(age) = details.age {
        life.push(fact(if process.is_alive() { "Age" } else { "Lived" }, duration(age)));
    }
    if let Some((at, exit)) = process.ended {
        life.push(fact("Ended", format!("{exit}  ·  {}", seen(at, details.now))));
    }
    if let Some(usage) = process.usage.filter(|_| process.is_alive()) {
        life.push(fact("Processor", percent(process.cpu_share)));
        life.push(fact("Memory", bytes(usage.rss_bytes)));
    }

    let family = &details.family;
    let mut below = Vec::new();
    if family.members > 0 {
        below.push(fact("Processes", count(family.members)));
        below.push(fact("Processor", percent(family.cpu_share)));
        below.push(fact("Memory", bytes(family.rss_bytes)));
        below.push(fact("Live flows", count(family.flows)));
        below.push(fact("Bytes", bytes(family.bytes)));
    }
    let flows = vec![
        fact("Sent", volume(process.sent.bytes, process.sent.packets)),
        fact("Received", volume(process.received.bytes, process.received.packets)),
        fact("Flows", format!("{} live, {} in all", count(process.flows.into()), count(process.flows_ever))),
    ];
    let user = details.user.as_deref().map(|user| format!(", {user}")).unwrap_or_default();
    Facts {
        title: process.label(),
        below: Some(format!("pid {}{user}", process.key.process.pid)),
        address: None,
        groups: vec![
            Group { title: "PROGRAM", rows: program },
            Group { title: "LIFE", rows: life },
            Group { title: "TOTALS", rows: flows },
            Group { title: "BELOW IT", rows: below },
        ],
    }
}
