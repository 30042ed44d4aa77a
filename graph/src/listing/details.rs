//! All that is known of one thing.

use super::{Details, Family, Members, Request, Subject, Table};
use crate::{Counts, GroupId, History, HostId, Model, ProcessKey};

/// How many of a group's hosts are told.
const MEMBERS_SHOWN: usize = 12;
/// How many of its flows are shown.
const FLOWS_SHOWN: usize = 200;

impl Model {
    /// All that is known of a subject; none once it is gone.
    pub fn details(&self, subject: Subject, history: &History) -> Option<Details> {
        let (mut host, mut other, mut link, mut flow, mut process, mut group) = (None, None, None, None, None, None);
        match subject {
            Subject::Host(id) => host = Some(self.host(id)?.clone()),
            Subject::Link(id) => link = Some(self.link(id)?.clone()),
            Subject::Flow(id) => {
                flow = Some(self.flow(id)?.clone());
                link = self.flow(id).and_then(|f| self.link(f.link)).cloned();
            }
            Subject::Process(key) => process = Some(self.process(key)?.clone()),
            Subject::Service(_) => {}
            Subject::Group(id) => group = Some(self.members_of(id)?),
        }
        if let Some(link) = &link {
            host = self.host(link.a).cloned();
            other = self.host(link.b).cloned();
        }
        let request = Request {
            table: Table::Flows,
            sort: "rate".into(),
            descending: true,
            filter: Default::default(),
            of: Some(subject),
            tree: None,
            offset: 0,
            len: FLOWS_SHOWN,
        };
        let realms = process.iter().map(|p| p.key.realm).chain(host.iter().chain(&other).map(|host| host.key.realm));
        let elsewhere = realms.into_iter().find_map(|realm| self.totals().elsewhere(realm)).map(str::to_owned);
        Some(Details {
            subject,
            seen_by: self.seen_by(self.flows_of(subject)),
            elsewhere,
            now: self.now(),
            lineage: process.as_ref().map(|p| self.lineage(p.key).skip(1).cloned().collect()).unwrap_or_default(),
            family: process.as_ref().map(|p| self.family(p.key)).unwrap_or_default(),
            age: process.as_ref().and_then(|p| self.age(p)),
            user: process.as_ref().and_then(|p| Some(self.user_name(p.key.realm, p.user?))),
            story: flow.as_ref().and_then(|flow| self.story(flow)),
            alike: self.values_of(subject),
            process,
            group,
            route: if let Subject::Host(id) = subject { self.host(id).and_then(|host| self.route(&host.key)) } else { None },
            known: match (&flow, &host, subject) {
                (Some(flow), ..) => self.known_of_flow(flow),
                (None, Some(host), Subject::Host(_)) => self.known_of_host(host),
                _ => Vec::new(),
            },
            host,
            other,
            link,
            flow,
            flows: self.rows(&request),
            history: history.of(subject, self),
        })
    }

    /// What is in a group, and what it comes to.
    fn members_of(&self, id: GroupId) -> Option<Members> {
        let group = self.group(id)?.clone();
        let mut members =
            Members { group, hosts: 0, sent: Counts::default(), received: Counts::default(), rates: [0.0; 2], busiest: Vec::new() };
        let mut busiest: Vec<(u64, HostId)> = Vec::new();
        for host in self.hosts().filter(|host| self.is_in(host.id, id)) {
            members.hosts += 1;
            members.sent = members.sent.plus(&host.sent);
            members.received = members.received.plus(&host.received);
            let [sent, received] = &mut members.rates;
            *sent += host.rate_sent.at(self.now());
            *received += host.rate_received.at(self.now());
            busiest.push((host.sent.bytes.saturating_add(host.received.bytes), host.id));
        }
        busiest.sort_unstable_by(|a, b| b.cmp(a));
        let name = |(moved, id)| Some((moved, id, self.host(id)?.label()));
        members.busiest = busiest.into_iter().take(MEMBERS_SHOWN).filter_map(name).collect();
        Some(members)
    }

    /// What all descendants of a process come to.
    fn family(&self, key: ProcessKey) -> Family {
        let mut sum = Family::default();
        for process in self.processes().filter(|p| p.key != key && p.is_alive() && self.lineage(p.key).any(|a| a.key == key)) {
            sum.members += 1;
            sum.cpu_share += process.cpu_share;
            sum.rss_bytes += process.usage.map_or(0, |usage| usage.rss_bytes);
            sum.flows += u64::from(process.flows);
            sum.bytes = sum.bytes.saturating_add(process.sent.bytes).saturating_add(process.received.bytes);
        }
        sum
    }
}
