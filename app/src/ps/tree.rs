//! The tree of what lives, as text.

use std::io::{self, Write};

use graph::{Model, Process, Request, Row, Subject, Table, Tree};

use crate::units::duration;

/// Writes a line a process, below the one that it comes from; cut at `width` characters where there is one.
pub(super) fn write(out: &mut impl Write, model: &Model, width: Option<usize>) -> io::Result<()> {
    let request = Request {
        table: Table::Processes,
        sort: "pid".to_owned(),
        descending: false,
        filter: Default::default(),
        of: None,
        tree: Some(Tree::default()),
        offset: 0,
        len: usize::MAX,
    };
    let rows = model.rows(&request).rows;
    writeln!(out, "{}", cut("    PID USER       AGE         COMMAND", width))?;
    let mut last = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let (Some(branch), Subject::Process(key)) = (row.branch, row.subject) else { continue };
        let Some(process) = model.process(key) else { continue };
        last.truncate(branch.depth.into());
        last.push(is_last(&rows, at));
        writeln!(out, "{}", cut(&line(model, process, &last), width))?;
    }
    Ok(())
}

/// Whether no sibling follows.
fn is_last(rows: &[Row], at: usize) -> bool {
    let depth = |row: &Row| row.branch.map_or(0, |branch| branch.depth);
    let own = rows.get(at).map_or(0, depth);
    rows.iter().skip(at + 1).map(depth).find(|other| *other <= own).is_none_or(|other| other < own)
}

fn line(model: &Model, process: &Process, last: &[bool]) -> String {
    let user = process.user.map(|user| model.user_name(process.key.realm, user)).unwrap_or_default();
    let age = model.age(process).map(duration).unwrap_or_default();
    let guides: String = match last.get(1..).and_then(<[bool]>::split_last) {
        None => String::new(),
        Some((own, above)) => {
            let above: String = above.iter().map(|last| if *last { "   " } else { "│  " }).collect();
            format!("{above}{}", if *own { "└─ " } else { "├─ " })
        }
    };
    let image = &process.image;
    let command = match &image.command {
        Ok(command) if !command.is_empty() => format!("{command}{}", if image.cut { " …" } else { "" }),
        _ => format!("[{}]", process.label()),
    };
    format!("{:>7} {:<10} {age:<11} {guides}{command}", process.key.process.pid, short(&user, 10))
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most { text.to_owned() } else { text.chars().take(most - 1).chain(['+']).collect() }
}

fn cut(line: &str, width: Option<usize>) -> String {
    width.map_or_else(|| line.to_owned(), |width| line.chars().take(width).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use graph::{Event, Image, Kind, Limits, OriginId, ProcessId, Time, Unread};

    use super::*;
    use crate::pipeline::new_model;

    #[test]
    fn children_stand_below_their_parents() {
        let (mut model, ..) = new_model(&["x"], Limits::default()).unwrap();
        let process = |pid: u32| ProcessId { pid, start_ns: u64::from(pid) };
        for (parent, pid, command) in [(0, 1, "/sbin/init"), (1, 2, "sshd"), (2, 3, "bash"), (2, 4, "ls -l"), (1, 5, "cron"), (0, 6, "")] {
            let image = Image { command: Ok(command.into()), ..Image::named("kthreadd", Unread::Kernel) };
            let parent = (parent > 0).then(|| process(parent));
            let kind = Kind::Exec { process: process(pid), parent, image: Arc::new(image) };
            model.apply(Time::from_secs(9), &Event { at: Time(0), origin: OriginId(0), kind }, &mut ());
        }
        let mut out = Vec::new();
        write(&mut out, &model, Some(60)).unwrap();
        let text = String::from_utf8(out).unwrap();
        let commands: Vec<String> = text.lines().skip(1).map(|line| line.chars().skip(31).collect()).collect();
        assert_eq!(commands, ["/sbin/init", "├─ sshd", "│  ├─ bash", "│  └─ ls -l", "└─ cron", "[kthreadd]"]);
    }
}
