//! What a host or a process has in common with others.

use std::collections::BTreeMap;
use std::net::IpAddr;

use arcstr::ArcStr;
use slotmap::SecondaryMap;

use super::Attribute;
use crate::{
    ColumnId, Flow, Host, HostId, HostKey, Link, Member, Model, Place, Process, ProcessKey, Scope, Service, Share, Side, Subject, Totals,
    Value,
};

/// What most of a host's traffic is for, and which process of another host moves it. Found in one pass for all hosts.
#[derive(Debug, Default)]
pub(super) struct Leads {
    services: SecondaryMap<HostId, (u64, Service)>,
    processes: SecondaryMap<HostId, (u64, ProcessKey)>,
    columns: BTreeMap<ColumnId, SecondaryMap<HostId, (u64, ArcStr)>>,
}

impl Leads {
    /// As far as these attributes need it.
    pub(super) fn of(model: &Model, attributes: &[Attribute]) -> Leads {
        let mut leads = Leads::default();
        if attributes.contains(&Attribute::Service) {
            model.links().for_each(|link| leads.take_link(link));
        }
        if attributes.iter().any(|attribute| matches!(attribute, Attribute::Executable | Attribute::User | Attribute::Container)) {
            model.shares().for_each(|share| leads.take_share(share));
        }
        let columns: Vec<_> = attributes.iter().filter_map(|attribute| column(model, attribute)).collect();
        if !columns.is_empty() {
            model.flows().for_each(|flow| leads.take_flow(model, flow, &columns));
        }
        leads
    }

    /// All of one host.
    fn of_host(model: &Model, host: &Host) -> Leads {
        let mut leads = Leads::default();
        model.links_of(host.id).for_each(|link| leads.take_link(link));
        model.shares().filter(|share| share.hosts.contains(&host.id)).for_each(|share| leads.take_share(share));
        leads
    }

    fn take_link(&mut self, link: &Link) {
        let bytes = link.total.sum().bytes;
        [link.a, link.b].into_iter().for_each(|host| lead(&mut self.services, host, bytes, link.service));
    }

    /// What is said of an end of a flow is said of the host there; what is said of the whole, of both.
    fn take_flow(&mut self, model: &Model, flow: &Flow, columns: &[(ColumnId, bool)]) {
        if flow.tags.is_empty() {
            return;
        }
        let bytes = flow.total().0.sum().bytes;
        for &(id, endpoint) in columns {
            for side in [Side::A, Side::B] {
                let place = if endpoint { Place::End(side) } else { Place::Flow };
                if let Some(value) = flow.tags.get(id, place)
                    && let Some(host) = model.host_at(flow, side)
                {
                    lead(self.columns.entry(id).or_default(), host.id, bytes, words(&value));
                }
            }
        }
    }

    /// A process says something of whom it talks with; where it runs there are many.
    fn take_share(&mut self, share: &Share) {
        let bytes = share.total.sum().bytes;
        let ([a, b], [at_a, at_b]) = (share.hosts, share.owners);
        for (host, owner) in [(b, at_a), (a, at_b)] {
            if let Some(owner) = owner {
                lead(&mut self.processes, host, bytes, owner);
            }
        }
    }
}

/// One that moved more leads; of two that moved the same, the first in their order.
fn lead<T: Ord + Clone>(leads: &mut SecondaryMap<HostId, (u64, T)>, host: HostId, bytes: u64, what: T) {
    match leads.get(host) {
        Some((most, leader)) if (*most, std::cmp::Reverse(leader)) >= (bytes, std::cmp::Reverse(&what)) => {}
        _ => {
            leads.insert(host, (bytes, what));
        }
    }
}

/// What something has in common with others, by an attribute.
type ValueOf<'a> = Box<dyn Fn(&Attribute) -> Option<ArcStr> + 'a>;

impl Model {
    /// What a host has in common with others by that attribute.
    pub(super) fn host_value(&self, host: &Host, attribute: &Attribute, leads: &Leads) -> Option<ArcStr> {
        let of_process = || self.process(leads.processes.get(host.id)?.1);
        match attribute {
            Attribute::Subnet => subnet(&host.key, self.totals()).map(|net| match self.totals().elsewhere(host.key.realm) {
                Some(machine) => format!("{net} of {machine}").into(),
                None => net.into(),
            }),
            Attribute::Scope => Some(match self.totals().elsewhere(host.key.realm) {
                Some(machine) => machine.into(),
                None => self.totals().scope(&host.key).label().into(),
            }),
            Attribute::Domain => host.names.best().and_then(|name| domain(name)),
            Attribute::Service => leads.services.get(host.id).map(|(_, service)| service.to_string().into()),
            Attribute::Probe => host.observers.most().and_then(|origin| self.totals().origin(origin)).map(ArcStr::from),
            Attribute::Executable | Attribute::User | Attribute::Container => self.process_value(of_process()?, attribute),
            Attribute::Column(name) => {
                let id = self.registry().find(name)?;
                match host.tags.get(id, Place::Flow) {
                    Some(value) => Some(words(&value)),
                    None => leads.columns.get(&id)?.get(host.id).map(|(_, words)| words.clone()),
                }
            }
        }
    }

    /// What a host or a process has in common with others, by each attribute that it has.
    pub(crate) fn values_of(&self, subject: Subject) -> Vec<(Attribute, ArcStr)> {
        let value: ValueOf<'_> = match (subject, self.host_of_subject(subject)) {
            (_, Some(host)) => {
                let leads = Leads::of_host(self, host);
                Box::new(move |attribute| self.host_value(host, attribute, &leads))
            }
            (Subject::Process(key), None) => match self.process(key) {
                Some(process) => Box::new(move |attribute| self.process_value(process, attribute)),
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let columns =
            self.registry().columns().filter(|(_, column)| column.endpoint).map(|(_, column)| Attribute::Column(column.name.into()));
        Attribute::ALL
            .into_iter()
            .chain(columns)
            .filter_map(|attribute| Some((value(&attribute)?, attribute)))
            .map(|(value, of)| (of, value))
            .collect()
    }

    fn host_of_subject(&self, subject: Subject) -> Option<&Host> {
        if let Subject::Host(id) = subject { self.host(id) } else { None }
    }

    /// What a process in the graph has in common with others by that attribute.
    pub(super) fn member_value(&self, member: &Member, attribute: &Attribute) -> Option<ArcStr> {
        self.process_value(self.process(member.key)?, attribute)
    }

    fn process_value(&self, process: &Process, attribute: &Attribute) -> Option<ArcStr> {
        match attribute {
            Attribute::Executable => Some(process.label().into()),
            Attribute::User => process.user.map(|user| self.user_name(process.key.realm, user)),
            Attribute::Container => process.image.container.as_ref().map(|container| container.to_string().into()),
            Attribute::Probe => {
                self.totals().machines.iter().find(|(realm, _)| *realm == process.key.realm).map(|(_, name)| name.as_str().into())
            }
            Attribute::Subnet | Attribute::Scope | Attribute::Domain | Attribute::Service | Attribute::Column(_) => None,
        }
    }
}

/// The column that an attribute is, if there is one, and whether each end of a flow has its own value.
fn column(model: &Model, attribute: &Attribute) -> Option<(ColumnId, bool)> {
    let Attribute::Column(name) = attribute else { return None };
    let id = model.registry().find(name)?;
    Some((id, model.registry().column(id)?.endpoint))
}

fn words(value: &Value) -> ArcStr {
    value.words().cloned().unwrap_or_else(|| value.to_string().into())
}

/// The network of a host: one that this machine is on, or what is most likely its own where nobody tells the mask; an address of many has none.
fn subnet(host: &HostKey, totals: &Totals) -> Option<String> {
    if totals.scope(host) == Scope::Multicast {
        return None;
    }
    let known = totals.vicinity.network(host.addr).filter(|_| totals.elsewhere(host.realm).is_none());
    Some(known.map_or_else(|| net(host.addr, 24, 64), |known| known.to_string()))
}

/// The first bits of an address, as a prefix.
pub(super) fn net(addr: IpAddr, bits_v4: u32, bits_v6: u32) -> String {
    match addr.to_canonical() {
        IpAddr::V4(a) => {
            let kept = u32::MAX.checked_shl(32 - bits_v4).unwrap_or(0);
            format!("{}/{bits_v4}", std::net::Ipv4Addr::from_bits(a.to_bits() & kept))
        }
        IpAddr::V6(a) => {
            let kept = u128::MAX.checked_shl(128 - bits_v6).unwrap_or(0);
            format!("{}/{bits_v6}", std::net::Ipv6Addr::from_bits(a.to_bits() & kept))
        }
    }
}

/// The domain that somebody registered for a name; of names that only a network at home has, their last label.
pub(crate) fn domain(name: &str) -> Option<ArcStr> {
    let name = name.trim_end_matches('.');
    let (_, last) = name.rsplit_once('.')?;
    if matches!(last, "local" | "lan" | "home" | "internal" | "arpa") {
        return Some(last.into());
    }
    psl::domain_str(name).map(ArcStr::from)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use ipnet::IpNet;

    use super::*;
    use crate::Realm;

    #[test]
    fn networks_and_domains_are_those_that_people_know() {
        let vicinity = ["172.16.5.1/20", "2001:db8:5::1/56"].iter().map(|address| address.parse::<IpNet>().unwrap()).collect();
        let totals = Totals { vicinity: Arc::new(vicinity), ..Totals::default() };
        let subnet = |addr: &str| subnet(&HostKey { realm: Realm::GLOBAL, addr: addr.parse().unwrap() }, &totals);
        assert_eq!(subnet("172.16.9.255").as_deref(), Some("172.16.0.0/20"));
        assert_eq!(subnet("172.16.15.255"), None);
        assert_eq!(subnet("2001:db8:5:77::1").as_deref(), Some("2001:db8:5::/56"));
        assert_eq!(subnet("192.168.7.9").as_deref(), Some("192.168.7.0/24"));
        assert_eq!(subnet("2001:db8:1:2:3::4").as_deref(), Some("2001:db8:1:2::/64"));
        assert_eq!(subnet("::ffff:10.1.2.3").as_deref(), Some("10.1.2.0/24"));
        assert_eq!(subnet("224.0.0.251"), None);
        assert_eq!(net("10.1.2.3".parse().unwrap(), 0, 0), "0.0.0.0/0");
        assert_eq!(net("2001:db8::1".parse().unwrap(), 0, 0), "::/0");
        for (name, registered) in [
            ("a.b.example.co.uk", Some("example.co.uk")),
            ("example.com.", Some("example.com")),
            ("cdn.user.github.io", Some("user.github.io")),
            ("printer.local", Some("local")),
            ("9.1.168.192.in-addr.arpa", Some("arpa")),
            ("router", None),
            ("", None),
        ] {
            assert_eq!(domain(name).as_deref(), registered, "{name}");
        }
    }
}
