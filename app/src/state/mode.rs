//! What the graph is made of, and what the colours of its processes stand for.

use std::sync::Arc;

use graph::{Cast, Member};

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

/// What the colours of processes stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colouring {
    /// Who runs them.
    #[default]
    User,
    /// What holds them.
    Container,
}

impl Colouring {
    /// The other one.
    pub const fn other(self) -> Colouring {
        match self {
            Colouring::User => Colouring::Container,
            Colouring::Container => Colouring::User,
        }
    }
}

/// How many users or containers have a colour of their own.
pub const TINTS: usize = 6;

/// The colour of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tint {
    /// That of one user or container; below [`TINTS`].
    Of(u8),
    /// That of all further ones.
    Other,
    /// Its user is not known, or nothing holds it.
    None,
    /// It is a thread of the kernel.
    Kernel,
}

/// Whose colour is which.
type Names = [Option<Arc<str>>; TINTS];

/// Which user or container has which colour. Who has one keeps it, as long as it is there.
#[derive(Clone, Debug, Default)]
pub struct Tints {
    by: Colouring,
    users: Names,
    containers: Names,
}

impl Tints {
    /// Gives colours to who has none: of containers rather to them than to units of systemd, of which there are many.
    pub fn give(&mut self, cast: &Cast, by: Colouring) {
        self.by = by;
        let given = match by {
            Colouring::User => &mut self.users,
            Colouring::Container => &mut self.containers,
        };
        let mut names: Vec<(bool, Arc<str>)> = cast.members.values().filter_map(|member| name(member, by)).collect();
        names.sort_by_key(|(unit, _)| *unit);
        let here = |known: &Arc<str>| names.iter().any(|(_, name)| name == known);
        for (_, name) in &names {
            if given.iter().flatten().any(|known| known == name) {
                continue;
            }
            if let Some(free) = given.iter_mut().find(|known| known.as_ref().is_none_or(|known| !here(known))) {
                *free = Some(name.clone());
            }
        }
    }

    /// The colour of a process.
    pub fn of(&self, member: &Member) -> Tint {
        if member.kernel {
            return Tint::Kernel;
        }
        let Some((_, name)) = name(member, self.by) else { return Tint::None };
        let place = self.given().iter().position(|known| known.as_ref() == Some(&name));
        place.and_then(|place| u8::try_from(place).ok()).map_or(Tint::Other, Tint::Of)
    }

    /// Whose colour it is.
    pub fn label(&self, tint: Tint) -> String {
        match (tint, self.by) {
            (Tint::Of(place), _) => self.given().get(usize::from(place)).cloned().flatten().as_deref().unwrap_or_default().to_owned(),
            (Tint::Other, Colouring::User) => "other users".to_owned(),
            (Tint::Other, Colouring::Container) => "other units".to_owned(),
            (Tint::None, Colouring::User) => "user not known".to_owned(),
            (Tint::None, Colouring::Container) => "no container".to_owned(),
            (Tint::Kernel, _) => "kernel".to_owned(),
        }
    }

    const fn given(&self) -> &Names {
        match self.by {
            Colouring::User => &self.users,
            Colouring::Container => &self.containers,
        }
    }
}

/// The user or the container of a process, and whether that is a unit of systemd.
fn name(member: &Member, by: Colouring) -> Option<(bool, Arc<str>)> {
    match by {
        Colouring::User => member.user.clone().map(|user| (false, user)),
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
        let mut tints = Tints::default();
        tints.give(&cast(&all[2..4]), Colouring::User);
        let two = [tints.of(&all[2]), tints.of(&all[3])];
        assert_eq!(two, [Tint::Of(0), Tint::Of(1)]);
        tints.give(&cast(&all), Colouring::User);
        assert_eq!([tints.of(&all[2]), tints.of(&all[3])], two);
        assert_eq!(tints.of(all.last().unwrap()), Tint::Other, "there are more users than colours");
        tints.give(&cast(&all[3..]), Colouring::User);
        assert_eq!((tints.of(&all[3]), tints.of(&all[TINTS])), (two[1], Tint::Of(0)));
        assert_eq!(tints.label(Tint::Of(1)), "user3");
        tints.give(&cast(&all), Colouring::Container);
        tints.give(&cast(&all[3..]), Colouring::User);
        assert_eq!(tints.of(&all[3]), two[1], "what they stand for was another thing meanwhile");
    }

    #[test]
    fn containers_come_before_units_and_the_kernel_is_grey() {
        let units = (0..TINTS as u32).map(|pid| member(pid, "root", Some(("systemd", "x.service"))));
        let mut all: Vec<Member> = units.chain([member(90, "root", Some(("docker", "12ab"))), member(91, "root", None)]).collect();
        all[0].kernel = true;
        let mut tints = Tints::default();
        tints.give(&cast(&all), Colouring::Container);
        assert_eq!(tints.label(Tint::Of(0)), "docker 12ab");
        assert_eq!([&all[0], &all[1], all.last().unwrap()].map(|member| tints.of(member)), [Tint::Kernel, Tint::Of(1), Tint::None]);
        tints.give(&cast(&all), Colouring::User);
        assert_eq!((tints.of(&all[1]), tints.label(Tint::Of(0))), (Tint::Of(0), "root".to_owned()));
    }
}
