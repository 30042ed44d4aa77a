//! Whom a text that is looked for matches.

use std::collections::{BTreeMap, BTreeSet};

use graph::{HostId, Node, ProcessKey};

use super::Scene;
use super::stage::Stage;
use crate::state::graph::Found;

/// No more hosts than this are taken out of their groups because they match.
const TAKEN_OUT: usize = 200;

/// Whom it matches in whose label, address, names or processes `needle` stands, which is in lower case.
pub(super) fn matches(scene: &Scene<'_>, stage: &Stage, needle: &str) -> Found {
    let seeker = Seeker::new(scene, needle);
    let drawn = stage.nodes().iter().map(|node| node.id).filter(|id| seeker.finds(*id)).collect();
    let hosts: Vec<Node> = scene.snapshot.hosts.keys().map(|id| Node::Host(*id)).filter(|id| seeker.finds(*id)).collect();
    let away = hosts.iter().filter(|id| stage.node(**id).is_none()).count();
    Found { drawn, away, hosts: hosts.into_iter().take(TAKEN_OUT).collect() }
}

struct Seeker<'a> {
    scene: &'a Scene<'a>,
    needle: &'a str,
    /// Hosts that talk with a process that matches.
    users: BTreeSet<HostId>,
}

impl<'a> Seeker<'a> {
    fn new(scene: &'a Scene<'a>, needle: &'a str) -> Self {
        let mut seeker = Seeker { scene, needle, users: BTreeSet::new() };
        let mut known: BTreeMap<ProcessKey, bool> = BTreeMap::new();
        for share in scene.snapshot.shares.values() {
            let mut owners = share.owners.iter().flatten();
            if owners.any(|owner| *known.entry(*owner).or_insert_with(|| seeker.is_in_process(*owner)))
                && let Some(link) = scene.snapshot.links.get(&share.link)
            {
                seeker.users.extend([link.a, link.b]);
            }
        }
        seeker
    }

    fn finds(&self, node: Node) -> bool {
        let label = || self.scene.label(node).is_some_and(|label| self.is_in(&label));
        match node {
            Node::Host(id) => self.users.contains(&id) || self.is_in_host(id) || label(),
            Node::Process(key) => self.is_in_process(key) || label(),
            Node::Group(_) => label(),
        }
    }

    fn is_in_host(&self, id: HostId) -> bool {
        self.scene
            .snapshot
            .hosts
            .get(&id)
            .is_some_and(|host| self.is_in(&host.key.addr.to_string()) || host.names.iter().any(|name| self.is_in(&name.text)))
    }

    fn is_in_process(&self, key: ProcessKey) -> bool {
        self.scene.snapshot.processes.get(&key).is_some_and(|process| self.is_in(&process.label()))
    }

    fn is_in(&self, text: &str) -> bool {
        text.to_lowercase().contains(self.needle)
    }
}
