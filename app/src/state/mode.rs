//! What the graph is made of, and what the colours of its processes stand for.

use std::collections::BTreeSet;

use graph::{ArcStr, Cast, Member, OriginId, Realm, Snapshot};

/// What the graph is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Hosts.
    #[default]
    Hosts,
    /// Processes and hosts.
    Mixed,
}

impl Mode {
    /// The other one.
    pub const fn other(self) -> Mode {
        match self {
            Mode::Hosts => Mode::Mixed,
            Mode::Mixed => Mode::Hosts,
        }
    }
}

/// What the colours of processes stand for, or of all there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colouring {
    /// Who runs them.
    #[default]
    User,
    /// What holds them.
    Container,
    /// Of all there is: which machine's probe counted the most of it.
    Probe,
}

impl Colouring {
    /// The next one that makes a difference: without processes there are no users, and one machine has one colour.
    pub const fn next(self, mode: Mode, several: bool) -> Colouring {
        match (self, mode) {
            (Colouring::User, Mode::Mixed) => Colouring::Container,
            (Colouring::User | Colouring::Container, _) if several => Colouring::Probe,
            _ => Colouring::User,
        }
    }
}

/// How many users, containers or probes have a colour of their own.
pub const TINTS: usize = 6;

/// The colour of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tint {
    /// That of one user, container or probe; below [`TINTS`].
    Of(u8),
    /// That of all further ones.
    Other,
    /// Its user is not known, or nothing holds it.
    None,
    /// It is a thread of the kernel.
    Kernel,
}

/// Whose colour is which.
type Names = [Option<ArcStr>; TINTS];

/// Which user or container has which colour. Who has one keeps it, as long as it is there.
#[derive(Clone, Debug, Default)]
pub struct Tints {
    by: Colouring,
    users: Names,
    containers: Names,
    probes: Names,
    /// The colours of origins by their numbers, and of machines by their realms.
    origins: Vec<Tint>,
    machines: Vec<(Realm, Tint)>,
}

impl Tints {
    /// Gives colours to who has none.
    pub fn give(&mut self, snapshot: &Snapshot, cast: Option<&Cast>, by: Colouring) {
        self.by = by;
        match (by, cast) {
            (Colouring::Probe, _) => self.give_probes(snapshot),
            (Colouring::User | Colouring::Container, Some(cast)) => self.give_processes(cast),
            (Colouring::User | Colouring::Container, None) => {}
        }
    }

    /// Of containers rather to them than to units of systemd, of which there are many.
    fn give_processes(&mut self, cast: &Cast) {
        let by = self.by;
        let mut names: Vec<(bool, ArcStr)> = cast.members.values().filter_map(|member| name(member, by)).collect();
        names.sort_by_key(|(unit, _)| *unit);
        let names: Vec<ArcStr> = names.into_iter().map(|(_, name)| name).collect();
        give(self.given_mut(), &names);
    }

    /// To the origins that counted the most of any host, this machine's first.
    fn give_probes(&mut self, snapshot: &Snapshot) {
        let totals = &snapshot.totals;
        let leading: BTreeSet<OriginId> = snapshot.hosts.values().filter_map(|host| host.observers.most()).collect();
        let names: Vec<ArcStr> = leading.into_iter().filter_map(|origin| totals.origin(origin)).map(ArcStr::from).collect();
        give(&mut self.probes, &names);
        self.origins = totals.origins.iter().map(|(_, name, _)| tint(&self.probes, name)).collect();
        self.machines = totals.machines.iter().map(|(realm, name)| (*realm, tint(&self.probes, name))).collect();
    }

    /// The colour of a process.
    pub fn of(&self, member: &Member) -> Tint {
        if self.by == Colouring::Probe {
            let machine = self.machines.iter().find(|(realm, _)| *realm == member.key.realm);
            return machine.map_or(Tint::None, |(_, tint)| *tint);
        }
        if member.kernel {
            return Tint::Kernel;
        }
        name(member, self.by).map_or(Tint::None, |(_, name)| tint(self.given(), &name))
    }

    /// The colour of what these counted; none where colours do not stand for them.
    pub fn of_probe(&self, observer: Option<OriginId>) -> Option<Tint> {
        let tint = || observer.and_then(|origin| self.origins.get(usize::from(origin.0)).copied());
        (self.by == Colouring::Probe).then(|| tint().unwrap_or(Tint::None))
    }

    /// Whose colour it is.
    pub fn label(&self, tint: Tint) -> String {
        match (tint, self.by) {
            (Tint::Of(place), _) => self.given().get(usize::from(place)).cloned().flatten().as_deref().unwrap_or_default().to_owned(),
            (Tint::Other, Colouring::User) => "other users".to_owned(),
            (Tint::Other, Colouring::Container) => "other units".to_owned(),
            (Tint::Other, Colouring::Probe) => "other probes".to_owned(),
            (Tint::None, Colouring::User) => "user not known".to_owned(),
            (Tint::None, Colouring::Container) => "no container".to_owned(),
            (Tint::None, Colouring::Probe) => "probe not known".to_owned(),
            (Tint::Kernel, _) => "kernel".to_owned(),
        }
    }

    const fn given(&self) -> &Names {
        match self.by {
            Colouring::User => &self.users,
            Colouring::Container => &self.containers,
            Colouring::Probe => &self.probes,
        }
    }

    const fn given_mut(&mut self) -> &mut Names {
        match self.by {
            Colouring::User => &mut self.users,
            Colouring::Container => &mut self.containers,
            Colouring::Probe => &mut self.probes,
        }
    }
}

/// Gives a colour to each of these that has none, as long as there are any; who is not among them makes room.
fn give(given: &mut Names, names: &[ArcStr]) {
    for name in names {
        if given.iter().flatten().any(|known| known == name) {
            continue;
        }
        if let Some(free) = given.iter_mut().find(|known| known.as_ref().is_none_or(|known| !names.contains(known))) {
            *free = Some(name.clone());
        }
    }
}

/// The colour of a name.
fn tint(given: &Names, name: &str) -> Tint {
    let place = given.iter().position(|known| known.as_deref() == Some(name));
    place.and_then(|place| u8::try_from(place).ok()).map_or(Tint::Other, Tint::Of)
}

/// The user or the container of a process, and whether that is a unit of systemd.
fn name(member: &Member, by: Colouring) -> Option<(bool, ArcStr)> {
    match by {
        Colouring::User => member.user.clone().map(|user| (false, user)),
        Colouring::Probe => None,
        Colouring::Container => {
            let container = member.container.as_ref()?;
            Some((&*container.kind == "systemd", container.to_string().into()))
        }
    }
}

#[cfg(test)]
mod tests {
    use graph::{Container, ProcessId, ProcessKey, Realm};

    use super::*;

    fn member(pid: u32, user: &str, container: Option<(&str, &str)>) -> Member {
        let process = ProcessId { pid, start_ns: 1 };
        Member {
            key: ProcessKey { realm: Realm(1), process },
            parent: None,
            label: "x".into(),
            user: Some(user.into()),
            container: container.map(|(kind, id)| Container { kind: kind.into(), id: id.into() }),
            kernel: false,
            began: None,
            born: None,
            died: None,
        }
    }

    fn cast(members: &[Member]) -> Cast {
        Cast { members: members.iter().map(|member| (member.key, member.clone())).collect(), ..Cast::default() }
    }

    #[test]
    fn who_has_a_colour_keeps_it_and_who_went_leaves_it() {
        let all: Vec<Member> = (0..TINTS as u32 + 2).map(|pid| member(pid, &format!("user{pid}"), None)).collect();
        let (mut tints, nobody) = (Tints::default(), Snapshot::default());
        tints.give(&nobody, Some(&cast(&all[2..4])), Colouring::User);
        let two = [tints.of(&all[2]), tints.of(&all[3])];
        assert_eq!(two, [Tint::Of(0), Tint::Of(1)]);
        tints.give(&nobody, Some(&cast(&all)), Colouring::User);
        assert_eq!([tints.of(&all[2]), tints.of(&all[3])], two);
        assert_eq!(tints.of(all.last().unwrap()), Tint::Other, "there are more users than colours");
        tints.give(&nobody, Some(&cast(&all[3..])), Colouring::User);
        assert_eq!((tints.of(&all[3]), tints.of(&all[TINTS])), (two[1], Tint::Of(0)));
        assert_eq!(tints.label(Tint::Of(1)), "user3");
        tints.give(&nobody, Some(&cast(&all)), Colouring::Container);
        tints.give(&nobody, Some(&cast(&all[3..])), Colouring::User);
        assert_eq!(tints.of(&all[3]), two[1], "what they stand for was another thing meanwhile");
    }

    #[test]
    fn containers_come_before_units_and_the_kernel_is_grey() {
        let units = (0..TINTS as u32).map(|pid| member(pid, "root", Some(("systemd", "x.service"))));
        let mut all: Vec<Member> = units.chain([member(90, "root", Some(("docker", "12ab"))), member(91, "root", None)]).collect();
        all[0].kernel = true;
        let (mut tints, nobody) = (Tints::default(), Snapshot::default());
        tints.give(&nobody, Some(&cast(&all)), Colouring::Container);
        assert_eq!(tints.label(Tint::Of(0)), "docker 12ab");
        assert_eq!([&all[0], &all[1], all.last().unwrap()].map(|member| tints.of(member)), [Tint::Kernel, Tint::Of(1), Tint::None]);
        tints.give(&nobody, Some(&cast(&all)), Colouring::User);
        assert_eq!((tints.of(&all[1]), tints.label(Tint::Of(0))), (Tint::Of(0), "root".to_owned()));
    }

    #[test]
    fn only_what_makes_a_difference_comes_next() {
        let cycle = |mode, several| {
            let mut colourings = vec![Colouring::User];
            while let next @ (Colouring::Container | Colouring::Probe) = colourings[colourings.len() - 1].next(mode, several) {
                colourings.push(next);
            }
            colourings
        };
        assert_eq!(cycle(Mode::Hosts, false), [Colouring::User]);
        assert_eq!(cycle(Mode::Hosts, true), [Colouring::User, Colouring::Probe]);
        assert_eq!(cycle(Mode::Mixed, false), [Colouring::User, Colouring::Container]);
        assert_eq!(cycle(Mode::Mixed, true), [Colouring::User, Colouring::Container, Colouring::Probe]);
    }
}
