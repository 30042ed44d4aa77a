//! What is on the stage: of the snapshot, and of the processes where they are in the graph.

use std::collections::BTreeMap;

use graph::{Cast, Host, Link, LinkId, Member, Mixed, Node as Who, ProcessKey, Service, Share, ShareId, Snapshot, Time};

use super::super::Scene;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineId {
    /// A link between two hosts, or what no process takes of it.
    Link(LinkId),
    /// What of a link is certain processes'.
    Share(ShareId),
    /// What leads to a process from the one it comes from.
    Fork(ProcessKey),
}

/// A line of the graph, and what it carries.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) id: LineId,
    pub(super) ends: [Who; 2],
    pub(super) carries: Carries<'a>,
}

/// What a line carries.
#[derive(Clone, Copy)]
pub(super) enum Carries<'a> {
    Link(&'a Link),
    Share(&'a Share),
    Nothing,
}

/// Which hosts, processes and lines are on the stage, in the order of their identities.
pub(super) struct Shown<'a> {
    snapshot: &'a Snapshot,
    cast: Option<&'a Cast>,
    mixed: Mixed,
    /// What processes take of the rates of links.
    taken: BTreeMap<LinkId, [f32; 2]>,
}

impl<'a> Shown<'a> {
    pub(super) fn of(scene: &Scene<'a>) -> Shown<'a> {
        let mut shown = Shown { snapshot: scene.snapshot, cast: scene.cast, mixed: Mixed::default(), taken: BTreeMap::new() };
        let Some(cast) = scene.cast else { return shown };
        let links = scene.snapshot.links.values().map(|link| (link.id, [link.a, link.b], link.flows));
        shown.mixed = Mixed::of(cast, links, scene.snapshot.shares.values());
        for (share, _) in shown.shares() {
            let [ab, ba] = shown.taken.entry(share.link).or_default();
            *ab += share.rate_ab.at(scene.now);
            *ba += share.rate_ba.at(scene.now);
        }
        shown
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = &'a Host> {
        self.snapshot.hosts.values().filter(|host| self.mixed.shows_host(host.id))
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &'a Member> + use<'a> {
        self.cast.into_iter().flat_map(|cast| cast.members.values())
    }

    /// Whoever is there.
    pub(super) fn everyone(&self) -> impl Iterator<Item = Who> {
        self.hosts().map(|host| Who::Host(host.id)).chain(self.members().map(|member| Who::Process(member.key)))
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'a>> {
        let links = self.snapshot.links.values().filter(|link| self.mixed.shows_link(link.id));
        let links = links.map(|link| {
            let ends = [link.a, link.b].map(Who::Host);
            Line { id: LineId::Link(link.id), ends, carries: Carries::Link(link) }
        });
        let shares = self.shares().map(|(share, ends)| Line { id: LineId::Share(share.id), ends, carries: Carries::Share(share) });
        let forks = self.members().filter_map(|member| {
            let ends = [member.parent?, member.key].map(Who::Process);
            Some(Line { id: LineId::Fork(member.key), ends, carries: Carries::Nothing })
        });
        links.chain(shares).chain(forks)
    }

    /// The bytes a second that a line carries from its first end to its second, and back.
    pub(super) fn rates(&self, line: &Line<'_>, now: Time) -> [f32; 2] {
        match line.carries {
            Carries::Link(link) => {
                let [ab, ba] = self.taken.get(&link.id).copied().unwrap_or_default();
                [(link.rate_ab.at(now) - ab).max(0.0), (link.rate_ba.at(now) - ba).max(0.0)]
            }
            Carries::Share(share) => [share.rate_ab.at(now), share.rate_ba.at(now)],
            Carries::Nothing => [0.0; 2],
        }
    }

    fn shares(&self) -> impl Iterator<Item = (&'a Share, [Who; 2])> + use<'a> {
        let snapshot = self.snapshot;
        let ends = move |cast: &'a Cast| snapshot.shares.values().filter_map(|share| Some((share, share.ends(cast)?)));
        self.cast.into_iter().flat_map(ends)
    }
}

impl Line<'_> {
    /// What it is for, if it carries anything.
    pub(super) fn service(&self) -> Option<Service> {
        match self.carries {
            Carries::Link(link) => Some(link.service),
            Carries::Share(share) => Some(share.service),
            Carries::Nothing => None,
        }
    }

    /// The link that it is, or is part of.
    pub(super) fn link(&self) -> Option<LinkId> {
        match self.carries {
            Carries::Link(link) => Some(link.id),
            Carries::Share(share) => Some(share.link),
            Carries::Nothing => None,
        }
    }
}
