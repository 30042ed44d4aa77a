//! The graph of processes and hosts: what of the graph of hosts is still seen where processes stand for their own flows.

use hashbrown::{HashMap, HashSet};

use crate::{Cast, HostId, LinkId, Share};

/// What the processes take the place of.
#[derive(Clone, Debug, Default)]
pub struct Mixed {
    links: HashSet<LinkId>,
    hosts: HashSet<HostId>,
}

impl Mixed {
    /// With `cast` in the graph. A link is told by its hosts and how many live flows it has.
    pub fn of<'a>(
        cast: &Cast,
        links: impl IntoIterator<Item = (LinkId, [HostId; 2], u32)>,
        shares: impl IntoIterator<Item = &'a Share>,
    ) -> Mixed {
        let mut mixed = Mixed::default();
        let mut taken: HashMap<LinkId, u32> = HashMap::new();
        let mut seen: HashSet<HostId> = HashSet::new();
        for share in shares {
            let Some(ends) = share.ends(cast) else { continue };
            *taken.entry(share.link).or_default() += share.flows;
            seen.extend(ends.iter().filter_map(|node| node.host()));
        }
        if taken.is_empty() {
            return mixed;
        }
        for (link, hosts, flows) in links {
            if flows > 0 && taken.get(&link).is_some_and(|taken| *taken >= flows) {
                mixed.links.insert(link);
                mixed.hosts.extend(hosts);
            } else {
                seen.extend(hosts);
            }
        }
        mixed.hosts.retain(|host| !seen.contains(host));
        mixed
    }

    /// Whether a link is seen between its hosts: some of its flows are nobody's who is in the graph.
    pub fn shows_link(&self, link: LinkId) -> bool {
        !self.links.contains(&link)
    }

    /// Whether a host is seen: all it does may be done by processes that are.
    pub fn shows_host(&self, host: HostId) -> bool {
        !self.hosts.contains(&host)
    }
}
