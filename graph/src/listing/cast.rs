//! Which processes stand in the graph of processes and hosts. Most of those that live do nothing: what shows is who talks, who works, who just
//! came or went, and all that these come from.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use arcstr::ArcStr;

use super::DEAD_SHOWN;
use crate::{Container, Model, Process, ProcessKey, Time, Unread};

/// As many stand there, at most; more than that nobody can look at.
pub const MAX_CAST: usize = 120;
/// As many of these as just died, at most.
const MAX_DYING: usize = 16;
/// One that was born stands there for so long, whatever it does.
const YOUNG: Duration = Duration::from_secs(10);
/// One that keeps so much of a processor busy stands there …
const WORKS: f32 = 0.05;
/// … until it keeps less than this.
const RESTS: f32 = 0.01;
/// For one that stands there already another makes room only if it moves so many times as much.
const STAYS: f32 = 4.0;

/// Whom the graph shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cast {
    /// The processes in it; whom they come from is in it too.
    pub members: BTreeMap<ProcessKey, Member>,
    /// How many others live: nothing is to be seen of them.
    pub quiet: u64,
    /// How many others talk, work or just came: there is no room for them.
    pub crowded: u64,
    /// How many others just went: there is no room for them either.
    pub ended: u64,
}

/// A process in the graph. What it moves is told elsewhere, all the time.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The process.
    pub key: ProcessKey,
    /// Whom it comes from, if that one is known: a member as well.
    pub parent: Option<ProcessKey>,
    /// What a person calls it.
    pub label: ArcStr,
    /// Its effective user, where that is known: a name, or a number.
    pub user: Option<ArcStr>,
    /// The container or the unit it is in.
    pub container: Option<Container>,
    /// Whether it is a thread of the kernel.
    pub kernel: bool,
    /// When it began, where that is known.
    pub began: Option<Time>,
    /// When it came, if that was seen.
    pub born: Option<Time>,
    /// When it went.
    pub died: Option<Time>,
}

/// Why a process stands there, the best reason last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Died,
    Works,
    Talks,
    Selected,
}

impl Model {
    /// Whom the graph shows now. `selected` stands there in any case; who stood there `before` rather stays.
    pub fn cast(&self, selected: Option<ProcessKey>, before: &Cast) -> Cast {
        let mut living: u64 = 0;
        let mut candidates = Vec::new();
        for process in self.processes() {
            living += u64::from(process.is_alive());
            let was = before.members.contains_key(&process.key);
            if let Some(reason) = self.reason(process, selected, was) {
                let weight = (1.0 + process.rate(self.now())) * if was { STAYS } else { 1.0 };
                candidates.push((reason, weight, process));
            }
        }
        candidates.sort_by(|(a, x, p), (b, y, q)| {
            let newest = Reverse(p.first).cmp(&Reverse(q.first));
            b.cmp(a).then(y.total_cmp(x)).then(newest).then(p.key.cmp(&q.key))
        });

        let mut cast = Cast::default();
        let (mut dying, mut left_out) = (0, Vec::new());
        for (reason, _, process) in candidates {
            if cast.members.contains_key(&process.key) {
                continue;
            }
            dying += usize::from(reason == Reason::Died);
            let line: Vec<&Process> = self.lineage(process.key).take_while(|p| !cast.members.contains_key(&p.key)).collect();
            if cast.members.len() + line.len() > MAX_CAST || dying > MAX_DYING {
                left_out.push(process);
            } else {
                cast.members.extend(line.into_iter().map(|p| (p.key, self.member(p))));
            }
        }
        left_out.retain(|process| !cast.members.contains_key(&process.key));
        let shown = cast.members.values().filter(|member| member.died.is_none()).count();
        let crowded = left_out.iter().filter(|process| process.is_alive()).count();
        cast.crowded = crowded as u64;
        cast.ended = (left_out.len() - crowded) as u64;
        cast.quiet = living.saturating_sub((shown + crowded) as u64);
        let here: Vec<ProcessKey> = cast.members.keys().copied().collect();
        for member in cast.members.values_mut() {
            member.parent = member.parent.filter(|parent| here.binary_search(parent).is_ok());
        }
        cast
    }

    fn reason(&self, process: &Process, selected: Option<ProcessKey>, was: bool) -> Option<Reason> {
        if selected == Some(process.key) {
            return Some(Reason::Selected);
        }
        if let Some((at, _)) = process.ended {
            return (self.now().since(at) < DEAD_SHOWN && !is_kernel(process)).then_some(Reason::Died);
        }
        if process.flows > 0 {
            return Some(Reason::Talks);
        }
        let young = process.born && self.now().since(process.first) < YOUNG;
        let works = process.cpu_share >= if was { RESTS } else { WORKS };
        // Threads of the kernel come and go all the time, and nobody started them.
        ((young || works) && !is_kernel(process)).then_some(Reason::Works)
    }

    fn member(&self, process: &Process) -> Member {
        Member {
            key: process.key,
            parent: self.lineage(process.key).nth(1).map(|parent| parent.key),
            label: process.label().into(),
            user: process.user.map(|user| self.user_name(process.key.realm, user)),
            container: process.image.container.clone(),
            kernel: is_kernel(process),
            began: self.began(process),
            born: process.born.then_some(process.first),
            died: process.ended.map(|(at, _)| at),
        }
    }
}

fn is_kernel(process: &Process) -> bool {
    process.image.exe == Err(Unread::Kernel)
}
