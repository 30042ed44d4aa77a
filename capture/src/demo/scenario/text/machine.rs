//! From the text of a machine and its programs to the [`Machine`].

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use graph::{ArcStr, Container, Image, Unread};
use serde::Deserialize;
use toml::Spanned;

use super::super::machine::{Begins, Machine, Program, ProgramId};
use super::super::measures::{End, Holder, Share, Size};
use super::super::{MAX_PROGRAMS, MAX_TIMES};
use super::{ActivityText, Fault, Ids, Span, fault};

/// The most users of the machine.
const MAX_USERS: usize = 64;
/// The shortest time that the machine has been on: longer than the story goes on before anybody looks.
const SHORTEST_UP: Duration = Duration::from_secs(600);
/// What a program's own short name has at most, in bytes (TASK_COMM_LEN less its end).
const MAX_COMM_BYTES: usize = 15;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MachineText {
    host: Spanned<String>,
    up: Spanned<Span>,
    users: Spanned<BTreeMap<Spanned<String>, u32>>,
    looks_up: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProgramText {
    runs: Option<Spanned<Runs>>,
    user: Option<Spanned<String>>,
    under: Option<Spanned<String>>,
    container: Option<Holder>,
    for_each_visit: Option<Spanned<bool>>,
    every: Option<Spanned<Span>>,
    jitter: Option<Spanned<Span>>,
    after: Option<Spanned<Span>>,
    lasts: Option<Spanned<Span>>,
    times: Option<Spanned<u32>>,
    #[serde(default)]
    gap: Span,
    background: Option<Spanned<bool>>,
    #[serde(default)]
    takes_in: bool,
    #[serde(default)]
    leads_session: bool,
    #[serde(default)]
    cpu: Share,
    #[serde(default)]
    memory: Size,
    ends: Option<Spanned<End>>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a command line, or a list of those that it runs one after the other")]
enum Runs {
    One(String),
    Chain(Vec<String>),
}

/// The programs' texts, each behind the one that starts it.
pub(super) struct Programs<'a> {
    inner: Vec<(&'a Spanned<String>, &'a ProgramText)>,
    places: BTreeMap<&'a str, ProgramId>,
}

impl<'a> Programs<'a> {
    pub(super) fn sort(text: &'a BTreeMap<Spanned<String>, ProgramText>) -> Result<Self, Fault> {
        let mut inner = Vec::new();
        for (id, program) in text {
            inner.push((depth(text, id, program)?, id.span().start, id, program));
            if inner.len() > MAX_PROGRAMS {
                return Err(fault(id, format!("more than {MAX_PROGRAMS} programs")));
            }
        }
        inner.sort_by_key(|(depth, place, ..)| (*depth, *place));
        let inner: Vec<_> = inner.into_iter().map(|(_, _, id, program)| (id, program)).collect();
        let places = inner.iter().enumerate().map(|(nth, (id, _))| (id.get_ref().as_str(), ProgramId(nth))).collect();
        Ok(Programs { inner, places })
    }

    pub(super) fn find(&self, id: &Spanned<String>) -> Result<ProgramId, Fault> {
        let found = self.places.get(id.get_ref().as_str()).copied();
        found.ok_or_else(|| fault(id, format!("there is no [program.{}]", id.get_ref())))
    }
}

/// How many programs stand above one.
fn depth(all: &BTreeMap<Spanned<String>, ProgramText>, id: &Spanned<String>, program: &ProgramText) -> Result<usize, Fault> {
    let (mut depth, mut under) = (0, &program.under);
    while let Some(above) = under {
        let program = all.get(above).ok_or_else(|| fault(above, format!("there is no [program.{}]", above.get_ref())))?;
        under = &program.under;
        depth += 1;
        if depth > all.len() {
            return Err(fault(id, format!("{:?} stands in a circle of programs that start one another", id.get_ref())));
        }
    }
    Ok(depth)
}

/// The machine, where there is one; its programs' activities are still to come.
pub(super) fn machine(
    text: Option<&MachineText>,
    programs: &Programs,
    activities: &[ActivityText],
    ids: &Ids,
) -> Result<Option<Machine>, Fault> {
    let Some(text) = text else {
        return programs.inner.first().map_or(Ok(None), |(id, _)| Err(fault(id, "there is no [machine] on which it could run")));
    };
    if programs.inner.is_empty() {
        return Err(fault(&text.host, "a machine needs a [program.ID] that is there first"));
    }
    for named in activities.iter().filter_map(|activity| activity.program.as_ref()) {
        programs.find(named)?;
    }
    let addresses = ids.host(&text.host)?;
    if text.up.get_ref().0 < SHORTEST_UP {
        return Err(fault(&text.up, "at least 10 minutes"));
    }
    if text.users.get_ref().is_empty() || text.users.get_ref().len() > MAX_USERS {
        return Err(fault(&text.users, format!("1 to {MAX_USERS} users")));
    }
    let users = text.users.get_ref().iter().map(|(name, number)| (*number, name.get_ref().as_str().into())).collect();
    let mut made = Machine {
        addresses,
        up: text.up.get_ref().0,
        users,
        resolver: text.looks_up.as_ref().map(|id| programs.find(id)).transpose()?,
        programs: Vec::new(),
    };
    let mut traits: Vec<Traits> = Vec::new();
    for (id, text) in &programs.inner {
        let under = text.under.as_ref().map(|under| programs.find(under)).transpose()?;
        let above = under.and_then(|under| Some((made.program(under)?, traits.get(under.0)?)));
        let own = Traits::of(text, id, above.map(|(_, traits)| traits), &made.users)?;
        let program = program(text, id, under, above.map(|(program, _)| program), &own)?;
        let named = |activity: &&ActivityText| activity.program.as_ref().is_some_and(|named| named == *id);
        if program.begins == Begins::Visit && activities.iter().find(named).is_none() {
            return Err(fault(id, "no activity has this `program`"));
        }
        if let Some(under) = under
            && matches!(program.begins, Begins::After(_))
        {
            let id = ProgramId(made.programs.len());
            made.programs.get_mut(under.0).into_iter().for_each(|above| above.children.push(id));
        }
        made.programs.push(program);
        traits.push(own);
    }
    if let Some(resolver) = &text.looks_up
        && made.resolver.and_then(|id| made.program(id)).is_none_or(|program| program.begins != Begins::Always)
    {
        return Err(fault(resolver, "who looks names up must always be there"));
    }
    Ok(Some(made))
}

/// What a program has of the one that starts it, unless it has its own.
struct Traits {
    user: u32,
    container: Option<Container>,
}

impl Traits {
    fn of(text: &ProgramText, id: &Spanned<String>, above: Option<&Traits>, users: &[(u32, ArcStr)]) -> Result<Traits, Fault> {
        let user = match (&text.user, above) {
            (Some(name), _) => {
                let known = users.iter().find(|(_, known)| **known == **name.get_ref());
                known.map(|(number, _)| *number).ok_or_else(|| fault(name, "the machine's `users` do not name this one"))?
            }
            (None, Some(above)) => above.user,
            (None, None) => return Err(fault(id, "without `under` it needs a `user`")),
        };
        let container = text.container.as_ref().map(|holder| holder.0.clone()).or_else(|| above.and_then(|above| above.container.clone()));
        Ok(Traits { user, container })
    }
}

fn program(
    text: &ProgramText,
    id: &Spanned<String>,
    under: Option<ProgramId>,
    above: Option<&Program>,
    traits: &Traits,
) -> Result<Program, Fault> {
    let begins = begins(text, above)?;
    if begins == Begins::Always {
        let lasts = text.lasts.as_ref().map(|lasts| lasts.span()).or_else(|| text.ends.as_ref().map(|ends| ends.span()));
        if let Some(at) = lasts {
            return Err(Fault { at, problem: "it is always there and never ends: give it `every` or `for_each_visit`".to_owned() });
        }
    } else if under.is_none() {
        return Err(fault(id, "what comes and goes needs `under`: somebody must start it"));
    }
    if let Some(times) = &text.times
        && (!(1..=MAX_TIMES).contains(times.get_ref()) || begins == Begins::Visit)
    {
        return Err(fault(times, format!("1 to {MAX_TIMES} times, and not for each visit")));
    }
    if text.runs.is_none() && above.is_none() {
        return Err(fault(id, "without `under` there is nothing that it could be a copy of: give it `runs`"));
    }
    Ok(Program {
        under,
        images: text.runs.as_ref().map_or(Ok(Vec::new()), |runs| images(runs, traits))?,
        begins,
        lasts: text.lasts.as_ref().map_or(Duration::ZERO, |lasts| lasts.get_ref().0),
        times: text.times.as_ref().map_or(1, |times| *times.get_ref()),
        gap: text.gap.0,
        background: text.background.as_ref().is_some_and(|background| *background.get_ref()),
        takes_in: text.takes_in,
        leads_session: text.leads_session,
        cpu: text.cpu.0,
        memory_bytes: text.memory.0,
        ends: text.ends.as_ref().map_or_else(End::default, |ends| *ends.get_ref()).0,
        children: Vec::new(),
        activities: Vec::new(),
    })
}

fn begins(text: &ProgramText, above: Option<&Program>) -> Result<Begins, Fault> {
    let comes_and_goes = above.is_some_and(|above| above.begins != Begins::Always);
    let visit = text.for_each_visit.as_ref().filter(|visit| *visit.get_ref());
    if let Some(jitter) = &text.jitter
        && text.every.as_ref().is_none_or(|every| jitter.get_ref().0 >= every.get_ref().0)
    {
        return Err(fault(jitter, "the jitter must be shorter than `every`"));
    }
    if !comes_and_goes {
        let only = text.after.as_ref().map(|after| after.span()).or_else(|| text.background.as_ref().map(|background| background.span()));
        if let Some(at) = only {
            return Err(Fault { at, problem: "only for what is under a program that comes and goes".to_owned() });
        }
    }
    match (visit, &text.every) {
        (Some(visit), _) if comes_and_goes => Err(fault(visit, "it begins with the program that it is under, which comes and goes")),
        (_, Some(every)) if comes_and_goes => Err(fault(every, "it begins with the program that it is under, which comes and goes")),
        (Some(visit), Some(_)) => Err(fault(visit, "either `every` or `for_each_visit`")),
        (Some(_), None) => Ok(Begins::Visit),
        (None, Some(every)) if every.get_ref().0 < Duration::from_secs(1) => Err(fault(every, "at most once a second")),
        (None, Some(every)) => {
            let jitter = text.jitter.as_ref().map_or(Duration::ZERO, |jitter| jitter.get_ref().0);
            Ok(Begins::Every { every: every.get_ref().0, jitter })
        }
        (None, None) if comes_and_goes => Ok(Begins::After(text.after.as_ref().map_or(Duration::ZERO, |after| after.get_ref().0))),
        (None, None) => Ok(Begins::Always),
    }
}

fn images(runs: &Spanned<Runs>, traits: &Traits) -> Result<Vec<Arc<Image>>, Fault> {
    let commands = match runs.get_ref() {
        Runs::One(command) => std::slice::from_ref(command),
        Runs::Chain(commands) => commands,
    };
    if !(1..=graph::MAX_EARLIER).contains(&commands.len()) {
        return Err(fault(runs, format!("1 to {} command lines", graph::MAX_EARLIER)));
    }
    let images = commands.iter().map(|command| image(command, traits).map(Arc::new));
    images.collect::<Option<_>>().ok_or_else(|| {
        fault(
            runs,
            "a command line is printable, and its first word is the executable's path: \"/usr/bin/cat file\"; or it is \"[thread]\"",
        )
    })
}

/// A path and what follows it, or a thread of the kernel in brackets.
fn image(command: &str, traits: &Traits) -> Option<Image> {
    if command.len() > Image::MAX_COMMAND_BYTES || command.chars().any(char::is_control) {
        return None;
    }
    let ids = Some((traits.user, traits.user));
    let container = traits.container.clone();
    if let Some(thread) = command.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return (!thread.is_empty()).then(|| Image { ids, container, ..Image::named(comm(thread), Unread::Kernel) });
    }
    let exe = command.split(' ').next().filter(|exe| exe.starts_with('/') && !exe.ends_with('/'))?;
    let name = comm(exe.rsplit('/').next().unwrap_or(exe));
    Some(Image { exe: Ok(exe.into()), command: Ok(command.into()), ids, container, ..Image::named(name, Unread::Untold) })
}

fn comm(name: &str) -> &str {
    let end = (0..=MAX_COMM_BYTES.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    end.and_then(|end| name.get(..end)).unwrap_or(name)
}
