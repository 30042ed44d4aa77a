//! Where each node is drawn: for itself, in a group, or nowhere. Looked at once a second, so that groups stay as they are while traffic comes and goes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arcstr::ArcStr;
use slotmap::SecondaryMap;
use smallvec::SmallVec;

use super::quiet::Quiet;
use super::values::Leads;
use super::{Attribute, By, Folding, GroupId, GroupKey, Groups, Identity, MAX_LEVELS};
use crate::{Cast, Host, HostId, LinkId, Member, Model, Node, ProcessKey, Selection, ShareId, Time};

/// So often all of it is looked at; what is new at once.
const EVERY: Duration = Duration::from_secs(1);

/// Where a node is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// Nowhere: the user does not want to see it.
    Hidden,
    /// Nowhere: it does not match the filter.
    Aside,
    /// For itself.
    Itself,
    /// By that group.
    In(GroupId),
}

/// The open groups that a node is drawn in: the outermost and the innermost.
pub(super) type Around = [Option<GroupId>; 2];

/// An open group within those.
fn into([outer, _]: Around, id: GroupId) -> Around {
    [outer.or(Some(id)), Some(id)]
}

/// The groups that a node is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// By what it has in common with others, from the outermost inwards.
    pub(super) groups: SmallVec<[GroupId; 2]>,
    /// By being quiet, when there are too many.
    pub(super) quiet: Option<GroupId>,
    pub(super) hidden: bool,
    /// Whether it does not match the filter.
    pub(super) aside: bool,
    /// Whether it stands for itself though its group is closed.
    pub(super) out: bool,
    pub(super) identity: Identity,
}

/// What matches a filter.
#[derive(Debug)]
struct Selected {
    selection: Selection,
    /// The ends of links that match.
    ends: SecondaryMap<HostId, ()>,
    /// Processes that match, and what they come from.
    processes: BTreeSet<ProcessKey>,
}

impl Selected {
    fn has(&self, node: Node) -> bool {
        match node {
            Node::Host(host) => self.selection.has_host(host) || self.ends.contains_key(host),
            Node::Process(key) => self.processes.contains(&key),
            Node::Group(_) => true,
        }
    }
}

/// Where all nodes are drawn.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    pub(super) groups: Groups,
    pub(super) folding: Folding,
    pub(super) hosts: SecondaryMap<HostId, Place>,
    members: BTreeMap<ProcessKey, Place>,
    pub(super) quiet: Quiet,
    /// What matches the filter, when it was looked at; none where there is no filter.
    selected: Option<Selected>,
    looked: Option<Time>,
    /// Whether more came since than there is room for: then it is not waited.
    pub(super) crowded: bool,
    /// How often it was drawn.
    pub(super) drawn: u64,
}

impl Folder {
    /// What hosts have in common may be otherwise than it was.
    pub(crate) fn look_again(&mut self) {
        self.looked = None;
    }

    /// Takes in what is there now. `cast` is whose processes are in the graph.
    pub(super) fn look(&mut self, model: &Model, folding: &Folding, cast: Option<&Cast>) {
        let same = self.folding == *folding;
        let due = self.crowded || self.looked.is_none_or(|looked| model.now().since(looked) >= EVERY);
        if !same {
            self.folding = folding.clone();
        }
        if same && !due {
            self.take_in_new(model, cast);
            return;
        }
        self.looked = Some(model.now());
        self.select(model, cast);
        self.groups.empty();
        let leads = Leads::of(model, &self.wanted());
        let before = std::mem::take(&mut self.hosts);
        for host in model.hosts() {
            let mut place = self.place_of_host(model, host, &leads);
            place.quiet = before.get(host.id).and_then(|place| place.quiet);
            self.hosts.insert(host.id, place);
        }
        for place in self.hosts.values() {
            self.groups.join_all(place);
        }
        self.members.clear();
        self.take_in_members(model, cast);
        self.fold_quiet(model);
        self.groups.prune();
    }

    pub(super) fn identity_of_host(&self, id: HostId) -> Identity {
        self.hosts.get(id).map(|place| place.identity).unwrap_or_default()
    }

    pub(super) fn identity_of_process(&self, key: ProcessKey) -> Identity {
        self.members.get(&key).map(|place| place.identity).unwrap_or_default()
    }

    /// Where a host is drawn, and in which open groups.
    pub(super) fn spot_of_host(&self, id: HostId) -> (Spot, Around) {
        self.hosts.get(id).map_or((Spot::Itself, [None; 2]), |place| self.spot(place))
    }

    /// Where a process is drawn, and in which open groups.
    pub(super) fn spot_of_process(&self, key: ProcessKey) -> (Spot, Around) {
        self.members.get(&key).map_or((Spot::Itself, [None; 2]), |place| self.spot(place))
    }

    /// Whether a host is in a group, drawn or not.
    pub(crate) fn is_host_in(&self, host: HostId, group: GroupId) -> bool {
        self.hosts.get(host).is_some_and(|place| self.is_in(place, group))
    }

    /// Whether a process is in a group, drawn or not.
    pub(crate) fn is_process_in(&self, key: ProcessKey, group: GroupId) -> bool {
        self.members.get(&key).is_some_and(|place| self.is_in(place, group))
    }

    /// A group that has members.
    pub(crate) fn group(&self, id: GroupId) -> Option<&super::Group> {
        self.groups.get(id)
    }

    fn is_in(&self, place: &Place, group: GroupId) -> bool {
        place.groups.contains(&group)
            || place.quiet == Some(group)
            || self.quiet.others == Some(group) && place.groups.iter().any(|id| self.quiet.folded.contains(id))
    }

    pub(super) fn is_open(&self, id: GroupId) -> bool {
        self.groups.get(id).is_some_and(|group| self.folding.is_open(id, &group.key))
    }

    /// Without those that are folded for being quiet.
    pub(super) fn spot_when_loud(&self, place: &Place) -> (Spot, Around) {
        let mut around = [None; 2];
        if place.hidden {
            return (Spot::Hidden, around);
        }
        if place.aside {
            return (Spot::Aside, around);
        }
        for &id in &place.groups {
            // What nobody shares is no group.
            if self.groups.get(id).is_none_or(|group| group.members < 2) {
                continue;
            }
            if !self.is_open(id) {
                if place.out {
                    break;
                }
                return (Spot::In(id), around);
            }
            around = into(around, id);
        }
        (Spot::Itself, around)
    }

    fn spot(&self, place: &Place) -> (Spot, Around) {
        if place.groups.iter().chain(&place.quiet).any(|id| self.folding.hidden.contains(&Node::Group(*id))) {
            return (Spot::Hidden, [None; 2]);
        }
        let closed = |id: &GroupId| self.groups.get(*id).is_some_and(|group| group.members > 1) && !self.is_open(*id);
        match self.spot_when_loud(place) {
            (Spot::Itself, around) => match place.quiet {
                Some(id) if closed(&id) => (Spot::In(id), around),
                Some(id) if self.is_open(id) => (Spot::Itself, into(around, id)),
                Some(_) | None => (Spot::Itself, around),
            },
            (Spot::In(id), around) if self.quiet.folded.contains(&id) => (Spot::In(self.quiet.others.filter(closed).unwrap_or(id)), around),
            spot => spot,
        }
    }

    /// What came since all was looked at.
    fn take_in_new(&mut self, model: &Model, cast: Option<&Cast>) {
        let new: Vec<&Host> = model.hosts().filter(|host| !self.hosts.contains_key(host.id)).collect();
        let leads = Leads::default();
        for host in new {
            let mut place = self.place_of_host(model, host, &leads);
            place.quiet = self.quiet_of_new(host, &place);
            self.groups.join_all(&place);
            self.hosts.insert(host.id, place);
        }
        self.take_in_members(model, cast);
    }

    fn take_in_members(&mut self, model: &Model, cast: Option<&Cast>) {
        for member in cast.into_iter().flat_map(|cast| cast.members.values()) {
            if !self.members.contains_key(&member.key) {
                let place = self.place_of_member(model, member);
                self.groups.join_all(&place);
                self.members.insert(member.key, place);
            }
        }
    }

    /// What matches the filter, where there is one.
    fn select(&mut self, model: &Model, cast: Option<&Cast>) {
        if self.folding.filter.is_all() {
            self.selected = None;
            return;
        }
        let selection = model.select(&self.folding.filter);
        let members = cast.into_iter().flat_map(|cast| cast.members.values().map(move |member| (cast, member)));
        let mut processes = BTreeSet::new();
        for (cast, member) in members.filter(|(_, member)| selection.has_process(member.key)) {
            // What a process comes from is drawn with it.
            let mut line = std::iter::successors(Some(member), |member| cast.members.get(&member.parent?));
            while line.next().is_some_and(|member| processes.insert(member.key)) {}
        }
        // Whom a flow is with is drawn with it.
        let links = model.links().filter(|link| selection.has_link(link.id));
        let ends = links.flat_map(|link| [link.a, link.b]).map(|host| (host, ())).collect();
        self.selected = Some(Selected { selection, ends, processes });
    }

    /// Whether a link is drawn.
    pub(super) fn draws_link(&self, link: LinkId) -> bool {
        self.selected.as_ref().is_none_or(|selected| selected.selection.has_link(link))
    }

    /// Whether a share is drawn.
    pub(super) fn draws_share(&self, share: ShareId) -> bool {
        self.selected.as_ref().is_none_or(|selected| selected.selection.has_share(share))
    }

    fn place_of_host(&mut self, model: &Model, host: &Host, leads: &Leads) -> Place {
        let identity = Identity::of_host(model, host);
        self.place(Node::Host(host.id), identity, |attribute| model.host_value(host, attribute, leads))
    }

    fn place_of_member(&mut self, model: &Model, member: &Member) -> Place {
        let identity = model.process(member.key).map(|process| Identity::of_process(model, process)).unwrap_or_default();
        self.place(Node::Process(member.key), identity, |attribute| model.member_value(member, attribute))
    }

    fn place(&mut self, node: Node, identity: Identity, value: impl Fn(&Attribute) -> Option<ArcStr>) -> Place {
        let Folder { folding, groups, selected, .. } = self;
        let mut place = Place { identity, out: folding.out.contains(&node), ..Place::default() };
        let mut outer: Option<(GroupId, GroupKey)> = None;
        for level in folding.levels.iter().take(MAX_LEVELS) {
            let Some(value) = value(level) else { continue };
            let by = By::Attribute(level.clone());
            let key = match &outer {
                Some((_, key)) => key.and(by, value),
                None => GroupKey::new(by, value),
            };
            let id = groups.find_or_insert(key.clone(), outer.map(|(id, _)| id));
            place.groups.push(id);
            outer = Some((id, key));
        }
        let is_like = |(attribute, hidden): &(Attribute, ArcStr)| value(attribute).is_some_and(|value| value == *hidden);
        place.aside = selected.as_ref().is_some_and(|selected| !selected.has(node));
        place.hidden = folding.hidden.contains(&node) || folding.hidden_like.iter().any(is_like);
        place
    }

    /// What has to be known of hosts.
    fn wanted(&self) -> Vec<Attribute> {
        let hidden = self.folding.hidden_like.iter().map(|(attribute, _)| attribute.clone());
        self.folding.levels.iter().cloned().chain(hidden).collect()
    }
}
