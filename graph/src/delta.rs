//! What a viewer holds, and what changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{
    Host, HostId, HostKey, Ledger, Link, LinkId, OriginId, Process, ProcessKey, Rate, Realm, Scope, Share, ShareId, Time, Vicinity,
};

/// The state of the whole, apart from hosts and links.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// Each origin's name and where its packets went.
    pub origins: Vec<(OriginId, String, Ledger)>,
    /// Each machine that is told of, by the realm of its own addresses, and what it is called: as an origin there. The first is this one.
    pub machines: Vec<(Realm, String)>,
    /// This machine's addresses and networks.
    pub vicinity: Arc<Vicinity>,
    /// Live flows.
    pub flows: u64,
    /// Every flow that ever lived.
    pub flows_ever: u64,
    /// Flows that had to go to make room for others.
    pub flows_evicted: u64,
    /// Hosts that had to go to make room for others.
    pub hosts_evicted: u64,
    /// Events of processes that were too many to know another.
    pub processes_refused: u64,
    /// Events that made no sense: of an unknown origin, say.
    pub events_refused: u64,
    /// Tags of flows that nobody told of.
    pub tags_unmatched: u64,
    /// Slices that closed before everybody had told of them.
    pub slices_incomplete: u64,
    /// Bytes a second, all origins together.
    pub rate_bytes: Rate,
    /// Packets a second, all origins together.
    pub rate_packets: Rate,
    /// The names of the columns of which anything ever had a value.
    pub columns: Arc<BTreeSet<&'static str>>,
}

impl Totals {
    /// An origin of that name tells of the machine of that realm. This machine, the first, is not called anew.
    pub(crate) fn meet_machine(&mut self, realm: Realm, name: &str) {
        match self.machines.iter().position(|(known, _)| *known == realm) {
            None => self.machines.push((realm, name.to_owned())),
            Some(0) => {}
            Some(nth) => self.machines.iter_mut().skip(nth).take(1).for_each(|(_, known)| name.clone_into(known)),
        }
    }

    /// The other machine that an address of this realm belongs to; none where it is this one's, or means the same to many.
    pub fn elsewhere(&self, realm: Realm) -> Option<&str> {
        self.machines.iter().skip(1).find(|(known, _)| *known == realm).map(|(_, name)| name.as_str())
    }

    /// How far a host is from this machine. What another machine tells of its own addresses says nothing of this one.
    pub fn scope(&self, host: &HostKey) -> Scope {
        match self.elsewhere(host.realm) {
            Some(_) => Scope::of(host.addr),
            None => self.vicinity.scope(host.addr),
        }
    }

    /// What an origin is called.
    pub fn origin(&self, origin: OriginId) -> Option<&str> {
        self.origins.get(usize::from(origin.0)).map(|(_, name, _)| name.as_str())
    }

    /// The sum of all ledgers.
    pub fn ledger(&self) -> Ledger {
        self.origins.iter().fold(Ledger::default(), |sum, (_, _, l)| sum.plus(l))
    }
}

/// What changed since a viewer last looked. Of a host or link that changed it holds the whole new state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delta {
    /// The model's time.
    pub now: Time,
    /// Hosts, new or changed.
    pub hosts: BTreeMap<HostId, Host>,
    /// Hosts that are gone; their links went before.
    pub gone_hosts: Vec<HostId>,
    /// Links, new or changed.
    pub links: BTreeMap<LinkId, Link>,
    /// Links that are gone.
    pub gone_links: Vec<LinkId>,
    /// Shares of links, new or changed.
    pub shares: BTreeMap<ShareId, Share>,
    /// Shares that are gone: no flow of theirs lives any more.
    pub gone_shares: Vec<ShareId>,
    /// Processes, new or changed.
    pub processes: BTreeMap<ProcessKey, Process>,
    /// Processes that are forgotten.
    pub gone_processes: Vec<ProcessKey>,
    /// The totals, if they changed.
    pub totals: Option<Totals>,
}

impl Delta {
    /// Whether nothing changed but the time.
    pub fn is_empty(&self) -> bool {
        let hosts = self.hosts.is_empty() && self.gone_hosts.is_empty();
        let links = self.links.is_empty() && self.gone_links.is_empty();
        let shares = self.shares.is_empty() && self.gone_shares.is_empty();
        let processes = self.processes.is_empty() && self.gone_processes.is_empty();
        hosts && links && shares && processes && self.totals.is_none()
    }

    /// Puts a later delta behind this one: applying the result is applying both.
    pub fn merge(&mut self, later: Delta) {
        for id in &later.gone_hosts {
            self.hosts.remove(id);
        }
        for id in &later.gone_links {
            self.links.remove(id);
        }
        for id in &later.gone_shares {
            self.shares.remove(id);
        }
        for key in &later.gone_processes {
            self.processes.remove(key);
        }
        self.now = self.now.max(later.now);
        self.processes.extend(later.processes);
        self.gone_processes.extend(later.gone_processes);
        self.hosts.extend(later.hosts);
        self.gone_hosts.extend(later.gone_hosts);
        self.links.extend(later.links);
        self.gone_links.extend(later.gone_links);
        self.shares.extend(later.shares);
        self.gone_shares.extend(later.gone_shares);
        self.totals = later.totals.or(self.totals.take());
    }
}

/// The graph as a viewer sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The model's time.
    pub now: Time,
    /// Every host.
    pub hosts: BTreeMap<HostId, Host>,
    /// Every link.
    pub links: BTreeMap<LinkId, Link>,
    /// Every share of a link.
    pub shares: BTreeMap<ShareId, Share>,
    /// Every process that is remembered.
    pub processes: BTreeMap<ProcessKey, Process>,
    /// The state of the whole.
    pub totals: Totals,
}

impl Snapshot {
    /// Brings it up to date.
    pub fn apply(&mut self, delta: Delta) {
        self.now = self.now.max(delta.now);
        for id in &delta.gone_shares {
            self.shares.remove(id);
        }
        for id in &delta.gone_links {
            self.links.remove(id);
        }
        for id in &delta.gone_hosts {
            self.hosts.remove(id);
        }
        for key in &delta.gone_processes {
            self.processes.remove(key);
        }
        self.processes.extend(delta.processes);
        self.hosts.extend(delta.hosts);
        self.links.extend(delta.links);
        self.shares.extend(delta.shares);
        if let Some(totals) = delta.totals {
            self.totals = totals;
        }
    }
}
