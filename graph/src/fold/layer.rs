//! Layers: how far a host is, or which part it plays.

use slotmap::SecondaryMap;

use super::Folding;
use crate::{HostId, Model, Scope, Side};

/// What layers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Layering {
    /// How many steps it is away: this machine, its network, then by traced routes, or the Internet at once.
    #[default]
    Hops,
    /// Who asks, who does both, who answers.
    Roles,
}

/// The layer of each host, from the top.
pub(super) fn layers(model: &Model, folding: &Folding) -> SecondaryMap<HostId, u16> {
    match folding.layering {
        None => SecondaryMap::new(),
        Some(Layering::Hops) => model.hosts().map(|host| (host.id, hops(model, host))).collect(),
        Some(Layering::Roles) => roles(model),
    }
}

fn hops(model: &Model, host: &crate::Host) -> u16 {
    let traced = model.route(&host.key).map(|route| route.trace.hops.len());
    match (traced, model.totals().scope(&host.key)) {
        (_, Scope::Own) => 0,
        (Some(hops), _) => u16::try_from(hops).unwrap_or(u16::MAX).max(1),
        (None, Scope::Local | Scope::Multicast) => 1,
        (None, Scope::Internet) => 2,
    }
}

fn roles(model: &Model) -> SecondaryMap<HostId, u16> {
    let mut parts: SecondaryMap<HostId, [bool; 2]> = SecondaryMap::new();
    let mut plays = |host: HostId, part: usize| {
        let mut known = parts.get(host).copied().unwrap_or_default();
        known.iter_mut().skip(part).take(1).for_each(|plays| *plays = true);
        parts.insert(host, known);
    };
    for flow in model.flows() {
        let Some(link) = model.link(flow.link) else { continue };
        let [asks, answers] = if flow.initiator.side == Side::A { [link.a, link.b] } else { [link.b, link.a] };
        plays(asks, 0);
        plays(answers, 1);
    }
    let layer = |[asks, answers]: [bool; 2]| match (asks, answers) {
        (true, false) => 0,
        (true, true) | (false, false) => 1,
        (false, true) => 2,
    };
    model.hosts().map(|host| (host.id, layer(parts.get(host.id).copied().unwrap_or_default()))).collect()
}
