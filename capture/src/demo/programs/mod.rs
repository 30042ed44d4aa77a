//! What runs on the story's machine: what is always there, what comes and goes, and what each takes.
//!
//! Chance of its own decides here, so that the network's story is the same whether anybody looks at processes or not.

mod effort;
mod numbers;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use graph::{Change, Image, Kind, ProcessId, Time, Unread};

use super::scenario::{Activity, Begins, Machine, Program, ProgramId};
use effort::Effort;
use numbers::Numbers;

/// The most processes at one time, and the most that are still to begin; what would begin beyond does not.
const MAX_LIVING: usize = 1024;
const MAX_DUE: usize = 4096;
/// The longest time from one beginning to the next while the machine starts.
const LONGEST_START: Duration = Duration::from_secs(3);

/// The processes of the machine as time goes on.
pub(super) struct Programs {
    machine: Arc<Machine>,
    rng: Rng,
    /// How long the machine was on when the story began.
    age: Duration,
    numbers: Numbers,
    /// When the latest began, after the machine did.
    latest_ns: u64,
    /// By when they began: no two begin at once.
    living: BTreeMap<u64, Process>,
    /// The first process of each program that is always there.
    standing: BTreeMap<ProgramId, ProcessId>,
    schedule: Vec<(ProgramId, Duration)>,
    due: Vec<Birth>,
}

/// A process that lives.
struct Process {
    id: ProcessId,
    program: ProgramId,
    /// What began it, or has taken it in.
    parent: Option<ProcessId>,
    image: Arc<Image>,
    /// When it may end; none: never.
    until: Option<Duration>,
    background: bool,
    effort: Effort,
}

/// A process that is to begin.
struct Birth {
    at: Duration,
    program: ProgramId,
    under: Option<ProcessId>,
}

/// Something that a process does since it began.
pub(super) struct Begun {
    /// What.
    pub(super) activity: Arc<Activity>,
    /// Who does it.
    pub(super) process: ProcessId,
}

impl Programs {
    /// The machine's processes when the story begins, so long before anybody looks.
    pub(super) fn new(machine: Arc<Machine>, before: Duration, seed: u64) -> Programs {
        /// So that its chance is another one than the network's.
        const SALT: u64 = 0x70_72_6f_63;
        let mut programs = Programs {
            rng: Rng::with_seed(seed ^ SALT),
            age: machine.up.saturating_sub(before),
            numbers: Numbers::default(),
            latest_ns: 0,
            living: BTreeMap::new(),
            standing: BTreeMap::new(),
            schedule: Vec::new(),
            due: Vec::new(),
            machine: machine.clone(),
        };
        let always = || machine.programs().filter(|(_, program)| program.begins == Begins::Always);
        let count: u32 = always().map(|(_, program)| program.times).sum();
        let longest = LONGEST_START.min(programs.age / count.saturating_add(1));
        let mut since_start = Duration::ZERO;
        for (id, program) in always() {
            for _ in 0..program.times {
                since_start += longest.mul_f64(programs.rng.f64());
                let parent = program.under.and_then(|under| programs.standing.get(&under).copied());
                let process = programs.add(id, program, parent, since_start, Duration::ZERO);
                programs.standing.entry(id).or_insert(process);
            }
        }
        for (id, program) in machine.programs() {
            if let Begins::Every { every, .. } = program.begins {
                let first = every.mul_f64(programs.rng.f64());
                programs.schedule.push((id, first));
            }
        }
        programs
    }

    /// Whether this is an address of the machine.
    pub(super) fn has(&self, addr: IpAddr) -> bool {
        self.machine.addresses.each().any(|own| own == addr)
    }

    /// Who asks for names.
    pub(super) fn resolver(&self) -> Option<ProcessId> {
        self.standing.get(&self.machine.resolver?).copied()
    }

    /// All that is there, as it is told to whoever begins to look at `now`.
    pub(super) fn inventory(&self, now: Time) -> Vec<Kind> {
        let mut told = vec![Kind::Booted { at: now.minus(self.machine.up) }];
        told.extend(self.machine.users.iter().map(|(user, name)| Kind::User { user: *user, name: name.clone() }));
        for process in self.living.values() {
            told.push(Kind::Exec { process: process.id, parent: process.parent, image: process.image.clone() });
            if self.machine.program(process.program).is_some_and(|program| program.leads_session) {
                told.push(Kind::Change { process: process.id, change: Change::Session });
            }
        }
        told
    }

    /// Begins what is due, and tells what that does in the network.
    pub(super) fn begin_due(&mut self, now: Duration, told: &mut Vec<Kind>) -> Vec<Begun> {
        let machine = self.machine.clone();
        for (id, next) in &mut self.schedule {
            let Some(Program { begins: Begins::Every { every, jitter }, under, times, gap, .. }) = machine.program(*id) else { continue };
            if *next <= now {
                *next += (*every + jitter.mul_f64(2.0 * self.rng.f64())).saturating_sub(*jitter);
                let under = under.and_then(|under| self.standing.get(&under).copied());
                let births = (0..*times).map(|nth| Birth { at: now + *gap * nth, program: *id, under });
                self.due.extend(births.take(MAX_DUE.saturating_sub(self.due.len())));
            }
        }
        let mut begun = Vec::new();
        // What begins at once with what begins now is due now, too.
        while let Some(nth) = self.due.iter().position(|birth| birth.at <= now) {
            let Birth { program, under, .. } = self.due.swap_remove(nth);
            let Some(process) = self.begin(program, under, now, told) else { continue };
            let activities = machine.program(program).map(Program::activities).unwrap_or_default();
            begun.extend(activities.iter().map(|activity| Begun { activity: activity.clone(), process }));
        }
        begun
    }

    /// The process that does something, begun for it if its program does not stay.
    pub(super) fn doing(&mut self, program: ProgramId, now: Duration, told: &mut Vec<Kind>) -> Option<ProcessId> {
        if let Some(standing) = self.standing.get(&program) {
            return Some(*standing);
        }
        let under = self.machine.program(program)?.under.and_then(|under| self.standing.get(&under).copied());
        self.begin(program, under, now, told)
    }

    /// Ends what has nothing more to do: no time left, none that it waits for, and nothing in the network.
    pub(super) fn end_due(&mut self, now: Duration, busy: impl Iterator<Item = ProcessId>, told: &mut Vec<Kind>) {
        let mut held: BTreeSet<ProcessId> = busy.collect();
        held.extend(self.due.iter().filter_map(|birth| birth.under));
        held.extend(self.living.values().filter(|process| !process.background).filter_map(|process| process.parent));
        let over = |process: &&Process| process.until.is_some_and(|until| until <= now) && !held.contains(&process.id);
        let ending: Vec<ProcessId> = self.living.values().filter(over).map(|process| process.id).collect();
        for id in ending {
            let Some(dead) = self.living.remove(&id.start_ns) else { continue };
            let Some(program) = self.machine.program(dead.program) else { continue };
            told.push(Kind::Exit { process: id, exit: program.ends });
            self.leave(&dead, told);
        }
    }

    /// What each takes that has not been measured for a second.
    pub(super) fn measure(&mut self, now: Duration, told: &mut Vec<Kind>) {
        for process in self.living.values_mut() {
            let Some(program) = self.machine.program(process.program) else { continue };
            if let Some(usage) = process.effort.measure(program, now, &mut self.rng) {
                told.push(Kind::Usage { process: process.id, usage });
            }
        }
    }

    /// A process is born, and what begins with it becomes due. Who begins it lives: nobody ends before what it has yet to begin.
    fn begin(&mut self, id: ProgramId, under: Option<ProcessId>, now: Duration, told: &mut Vec<Kind>) -> Option<ProcessId> {
        let machine = self.machine.clone();
        let (program, parent) = (machine.program(id)?, under?);
        if self.living.len() >= MAX_LIVING {
            return None;
        }
        let process = self.add(id, program, under, self.age + now, now);
        told.push(Kind::Fork { parent, child: process });
        if program.leads_session {
            told.push(Kind::Change { process, change: Change::Session });
        }
        told.extend(program.images.iter().map(|image| Kind::Exec { process, parent: None, image: image.clone() }));
        for child in program.children() {
            let Some(Program { begins: Begins::After(after), times, gap, .. }) = machine.program(*child) else { continue };
            let births = (0..*times).map(|nth| Birth { at: now + *after + *gap * nth, program: *child, under: Some(process) });
            self.due.extend(births.take(MAX_DUE.saturating_sub(self.due.len())));
        }
        Some(process)
    }

    /// One process more, which begins so long after its machine.
    fn add(&mut self, id: ProgramId, program: &Program, parent: Option<ProcessId>, age: Duration, now: Duration) -> ProcessId {
        /// From one beginning to the next, at least.
        const APART_NS: u64 = 100_000;
        let start_ns = u64::try_from(age.as_nanos()).unwrap_or(u64::MAX).max(self.latest_ns.saturating_add(APART_NS));
        self.latest_ns = start_ns;
        let pid = self.numbers.next(&mut self.rng, |pid| self.living.values().any(|process| process.id.pid == pid));
        let above = parent.and_then(|parent| self.living.get(&parent.start_ns)).map(|parent| parent.image.clone());
        let image = program.images.last().cloned().or(above).unwrap_or_else(|| Image::named("", Unread::Untold).into());
        let always = program.begins == Begins::Always;
        let effort = if always { Effort::long(program, self.age, &mut self.rng) } else { Effort::new(now) };
        let until = (!always).then(|| now + program.lasts.mul_f64(0.7 + 0.6 * self.rng.f64()));
        let process = ProcessId { pid, start_ns };
        let background = program.background;
        self.living.insert(start_ns, Process { id: process, program: id, parent, image, until, background, effort });
        process
    }

    /// Those that a dead one began are taken in by the nearest above it that does so, else by the first of all.
    fn leave(&mut self, dead: &Process, told: &mut Vec<Kind>) {
        let mut above = dead.parent;
        while let Some(id) = above
            && let Some(process) = self.living.get(&id.start_ns)
            && !self.machine.program(process.program).is_some_and(|program| program.takes_in)
        {
            above = process.parent;
        }
        let Some(guardian) = above.or_else(|| self.living.values().next().map(|first| first.id)) else { return };
        for orphan in self.living.values_mut().filter(|process| process.parent == Some(dead.id)) {
            orphan.parent = Some(guardian);
            told.push(Kind::Change { process: orphan.id, change: Change::Parent(guardian) });
        }
    }

    /// How many processes there are, or will be.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.living.len() + self.due.len()
    }
}
