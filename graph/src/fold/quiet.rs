//! Too many nodes: the quietest fold, by network, into as few groups as there is room for; and where groups themselves are too many, the
//! quietest of them into one. Who is drawn stays, unless another is twice as busy.

use std::net::IpAddr;

use arcstr::ArcStr;
use hashbrown::{HashMap, HashSet};

use super::place::{Place, Spot};
use super::values::net;
use super::{By, Folder, GroupId, GroupKey};
use crate::{Host, HostId, Model, Node};

/// The bits of a network, of IPv4 and IPv6: the first that makes few enough of them.
const PREFIXES: [(u32, u32); 4] = [(24, 64), (16, 48), (8, 32), (0, 0)];
/// One part in so many of the budget is for such networks.
const NETS: usize = 8;
/// Who is drawn stays unless another moved so many times as much.
const STAYS: f64 = 2.0;
/// In this time what somebody moved counts half.
const HALF_LIFE_SECS: f64 = 60.0;

/// How the quietest are folded.
#[derive(Debug, Default)]
pub(super) struct Quiet {
    /// Which of [`PREFIXES`]; none while there is room for all.
    pub(super) level: Option<usize>,
    /// Groups that are drawn as one.
    pub(super) folded: HashSet<GroupId>,
    /// As which.
    pub(super) others: Option<GroupId>,
}

impl Folder {
    /// Folds what there is no room for. Every host has its place by attributes already.
    pub(super) fn fold_quiet(&mut self, model: &Model) {
        let (mut single, mut groups) = (Vec::new(), HashMap::<GroupId, f64>::new());
        for host in model.hosts() {
            let Some(place) = self.hosts.get(host.id) else { continue };
            let score = self.score(model, host, place);
            match self.spot_when_loud(place).0 {
                Spot::Itself => single.push((self.is_kept(host.id), score, host.id)),
                Spot::In(id) => *groups.entry(id).or_default() += score,
                Spot::Hidden | Spot::Aside => {}
            }
        }
        let budget = self.folding.budget.max(1);
        let nets = (budget / NETS).max(1);
        let drawn = self.fold_groups(&groups, budget - nets);
        if single.len() + drawn <= budget {
            self.quiet.level = None;
            single.iter().for_each(|(_, _, id)| self.set_quiet(*id, None));
            return;
        }
        let stay = budget.saturating_sub(drawn + nets);
        single.sort_unstable_by(|(a, x, i), (b, y, j)| b.cmp(a).then(y.total_cmp(x)).then(i.cmp(j)));
        let (loud, quiet) = single.split_at_checked(stay).unwrap_or((&single, &[]));
        loud.iter().for_each(|(_, _, id)| self.set_quiet(*id, None));
        let hosts: Vec<&Host> = quiet.iter().filter_map(|(_, _, id)| model.host(*id)).collect();
        let level = self.level_of(&hosts, nets);
        self.quiet.level = Some(level);
        for host in hosts {
            let Some(place) = self.hosts.get(host.id) else { continue };
            let group = self.quiet_group(host.key.addr, &place.clone(), level);
            self.set_quiet(host.id, Some(group));
        }
    }

    /// The group of a host that has just come: nobody knows yet how busy it will be.
    pub(super) fn quiet_of_new(&mut self, host: &Host, place: &Place) -> Option<GroupId> {
        let level = self.quiet.level.filter(|_| !self.is_kept(host.id))?;
        Some(self.quiet_group(host.key.addr, place, level))
    }

    fn is_kept(&self, id: HostId) -> bool {
        let node = Node::Host(id);
        self.folding.kept.contains(&node) || self.folding.out.contains(&node)
    }

    fn quiet_group(&mut self, addr: IpAddr, place: &Place, level: usize) -> GroupId {
        let value = network(addr, level);
        let within = place.groups.iter().rev().copied().find(|id| self.groups.get(*id).is_some_and(|group| group.members > 1));
        let key = match within.and_then(|id| self.groups.get(id)) {
            Some(group) => group.key.and(By::Quiet, value),
            None => GroupKey::new(By::Quiet, value),
        };
        self.groups.find_or_insert(key, within)
    }

    fn set_quiet(&mut self, host: HostId, group: Option<GroupId>) {
        let Some(place) = self.hosts.get_mut(host) else { return };
        let before = std::mem::replace(&mut place.quiet, group);
        if let Some(left) = before.filter(|_| !place.hidden && !place.aside) {
            self.groups.leave(left);
        }
        if let Some(joined) = group {
            self.groups.join(joined);
        }
    }

    /// The finest level at which these hosts are in few enough networks. A finer one than now has to be much better.
    fn level_of(&self, hosts: &[&Host], most: usize) -> usize {
        let coarsest = PREFIXES.len() - 1;
        let fits = |level: usize| {
            let most = if self.quiet.level.is_some_and(|now| level < now) { most / 2 } else { most };
            let mut nets = HashSet::new();
            hosts.iter().all(|host| {
                nets.insert(network(host.key.addr, level));
                nets.len() <= most
            })
        };
        (0..coarsest).find(|level| fits(*level)).unwrap_or(coarsest)
    }

    /// Folds the quietest closed groups into one where they are too many. Returns how many are drawn.
    fn fold_groups(&mut self, scores: &HashMap<GroupId, f64>, most: usize) -> usize {
        let before = std::mem::take(&mut self.quiet.folded);
        if scores.len() <= most.max(1) {
            self.quiet.others = None;
            return scores.len();
        }
        let stays = |id: &GroupId, score: f64| if before.contains(id) { score } else { score * STAYS };
        let mut groups: Vec<(f64, GroupId)> = scores.iter().map(|(id, score)| (stays(id, *score), *id)).collect();
        groups.sort_unstable_by(|(x, i), (y, j)| y.total_cmp(x).then(i.cmp(j)));
        self.quiet.folded = groups.iter().skip(most.saturating_sub(1)).map(|(_, id)| *id).collect();
        let others = self.groups.find_or_insert(GroupKey::new(By::Quiet, "other groups".into()), None);
        self.quiet.others = Some(others);
        for id in &self.quiet.folded {
            let members = self.groups.get(*id).map_or(0, |group| group.members);
            (0..members).for_each(|_| self.groups.join(others));
        }
        most.max(1)
    }

    /// How much a host moved, of late rather than long ago.
    fn score(&self, model: &Model, host: &Host, place: &Place) -> f64 {
        let moved = 1.0 + host.sent.bytes.saturating_add(host.received.bytes) as f64;
        let idle = model.now().since(host.last).as_secs_f64();
        let drawn = self.quiet.level.is_some() && place.quiet.is_none();
        moved * (-idle / HALF_LIFE_SECS).exp2() * if drawn { STAYS } else { 1.0 }
    }
}

/// The network of an address at a level.
fn network(addr: IpAddr, level: usize) -> ArcStr {
    match PREFIXES.get(level) {
        Some((0, _)) | None => "other hosts".into(),
        Some((v4, v6)) => net(addr, *v4, *v6).into(),
    }
}
