//! From the text of a scenario to the [`Scenario`]: every reference is looked up and every bound checked here.

mod machine;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use graph::NameOrigin;
use hashbrown::HashMap;
use serde::Deserialize;
use toml::Spanned;

use super::machine::{Begins, Machine};
use super::quantity::{Mac, Service, Span, Speed};
use super::{Activity, Addresses, Ending, Host, MAX_FLOWS, MAX_HOSTS, MAX_SLOTS, Scenario, ScenarioError, Shape};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(default)]
    network: BTreeMap<Spanned<String>, NetworkText>,
    host: BTreeMap<Spanned<String>, HostText>,
    activity: Vec<ActivityText>,
    machine: Option<machine::MachineText>,
    #[serde(default)]
    program: BTreeMap<Spanned<String>, machine::ProgramText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NetworkText {
    resolver: Spanned<String>,
    vlan: Option<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HostText {
    name: Option<Spanned<String>>,
    known_by: Option<KnownBy>,
    network: Option<Spanned<String>>,
    addresses: Spanned<Vec<IpAddr>>,
    mac: Option<Mac>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KnownBy {
    Reverse,
    Dns,
    Mdns,
    Dhcp,
    Http,
    Tls,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActivityText {
    #[serde(rename = "what")]
    _what: String,
    who: Spanned<Vec<Spanned<String>>>,
    to: Spanned<Vec<Spanned<String>>>,
    service: Service,
    every: Option<Spanned<Span>>,
    jitter: Option<Spanned<Span>>,
    lasts: Span,
    flows: Option<Spanned<u32>>,
    #[serde(default)]
    gap: Span,
    #[serde(default)]
    up: Speed,
    #[serde(default)]
    down: Speed,
    #[serde(default)]
    shape: Shape,
    #[serde(default)]
    ends: Ending,
    looks_up: Option<Spanned<bool>>,
    program: Option<Spanned<String>>,
}

/// Something that is wrong, and where in the text.
struct Fault {
    at: Range<usize>,
    problem: String,
}

fn fault<T>(at: &Spanned<T>, problem: impl Into<String>) -> Fault {
    Fault { at: at.span(), problem: problem.into() }
}

/// Parses the text of the scenario called `name`.
pub(super) fn parse(name: &str, text: &str) -> Result<Scenario, ScenarioError> {
    let parsed = toml::from_str::<Text>(text)
        .map_err(|e| Fault { at: e.span().unwrap_or(0..0), problem: e.message().to_owned() })
        .and_then(scenario);
    parsed.map_err(|fault| {
        let before = text.get(..fault.at.start.min(text.len())).unwrap_or(text);
        let line = before.matches('\n').count();
        let written = text.lines().nth(line).unwrap_or_default().trim();
        ScenarioError::Line { name: name.to_owned(), line: line + 1, text: written.to_owned(), problem: fault.problem }
    })
}

fn scenario(text: Text) -> Result<Scenario, Fault> {
    let ids = Ids::collect(&text)?;
    let mut hosts = HashMap::new();
    for host in text.host.values() {
        let addresses = addresses(&host.addresses)?;
        let made = self::host(host, &text.network, &ids)?;
        for addr in addresses.each() {
            if hosts.insert(addr, made.clone()).is_some() {
                return Err(fault(&host.addresses, format!("another host has the address {addr}")));
            }
        }
    }
    let programs = machine::Programs::sort(&text.program)?;
    let mut machine = machine::machine(text.machine.as_ref(), &programs, &text.activity, &ids)?;
    let mut slots = 0;
    let mut activities = Vec::new();
    for text in &text.activity {
        let mut made = activity(text, &ids, &hosts)?;
        made.program = text.program.as_ref().map(|id| programs.find(id)).transpose()?;
        let begins = program_of(text, &made, machine.as_ref())?;
        slots += made.who.len();
        if slots > MAX_SLOTS {
            return Err(fault(&text.who, format!("more than {MAX_SLOTS} activities, each counted once for every host that does it")));
        }
        let made = Arc::new(made);
        match machine.as_mut().zip(made.program).and_then(|(machine, id)| machine.programs.get_mut(id.0)) {
            Some(program) if begins.is_some_and(is_own) => program.activities.push(made),
            _ => activities.push(made),
        }
    }
    Ok(Scenario { hosts, activities, machine: machine.map(Arc::new) })
}

/// Whether what a program that begins so does is done whenever it begins.
fn is_own(begins: Begins) -> bool {
    matches!(begins, Begins::Every { .. } | Begins::After(_))
}

/// When the program begins that does an activity, if there is one; and whether the two fit together.
fn program_of(text: &ActivityText, activity: &Activity, machine: Option<&Machine>) -> Result<Option<Begins>, Fault> {
    let begins = activity.program.zip(machine).and_then(|(id, machine)| Some((machine.program(id)?.begins, machine.addresses)));
    if let (Some(id), Some((begins, here))) = (&text.program, begins) {
        if !activity.who.contains(&here) && !activity.to.contains(&here) {
            return Err(fault(id, "the machine is neither among those who do this nor among those who are contacted"));
        }
        if is_own(begins) {
            if let Some(every) = &text.every {
                return Err(fault(every, "this is done whenever its program begins: leave out `every`"));
            }
            if activity.who != [here] {
                return Err(fault(&text.who, "what a program does whenever it begins is done by its machine alone"));
            }
        }
    }
    match (&text.every, begins) {
        (None, Some((begins, _))) if is_own(begins) => {}
        (None, _) => return Err(fault(&text.who, "missing field `every`: only what a program that comes and goes does can be without")),
        (Some(_), _) => {}
    }
    Ok(begins.map(|(begins, _)| begins))
}

/// What can be named in `who` and `to`: a host, or a network for all of its hosts.
struct Ids<'a> {
    hosts: BTreeMap<&'a str, Addresses>,
    networks: BTreeMap<&'a str, Vec<Addresses>>,
}

impl<'a> Ids<'a> {
    fn collect(text: &'a Text) -> Result<Self, Fault> {
        let mut hosts = BTreeMap::new();
        let mut networks: BTreeMap<&str, Vec<_>> = text.network.keys().map(|id| (id.get_ref().as_str(), Vec::new())).collect();
        for (id, host) in &text.host {
            if hosts.len() == MAX_HOSTS {
                return Err(fault(id, format!("more than {MAX_HOSTS} hosts")));
            }
            if networks.contains_key(id.get_ref().as_str()) {
                return Err(fault(id, format!("{:?} is a network already: call the host otherwise", id.get_ref())));
            }
            let addresses = addresses(&host.addresses)?;
            hosts.insert(id.get_ref().as_str(), addresses);
            if let Some(network) = &host.network {
                let all = networks.get_mut(network.get_ref().as_str());
                all.ok_or_else(|| fault(network, format!("there is no [network.{}]", network.get_ref())))?.push(addresses);
            }
        }
        Ok(Ids { hosts, networks })
    }

    fn host(&self, id: &Spanned<String>) -> Result<Addresses, Fault> {
        let found = self.hosts.get(id.get_ref().as_str()).copied();
        found.ok_or_else(|| fault(id, format!("there is no [host.{}]", id.get_ref())))
    }

    fn all(&self, ids: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<Addresses>, Fault> {
        let mut all = Vec::new();
        for id in ids.get_ref() {
            match self.networks.get(id.get_ref().as_str()) {
                Some(hosts) => all.extend(hosts),
                None => all.push(self.host(id)?),
            }
        }
        if all.is_empty() { Err(fault(ids, "name at least one host")) } else { Ok(all) }
    }
}

fn addresses(text: &Spanned<Vec<IpAddr>>) -> Result<Addresses, Fault> {
    let mut found = Addresses::default();
    for addr in text.get_ref() {
        let second = match addr {
            IpAddr::V4(addr) => found.v4.replace(*addr).is_some(),
            IpAddr::V6(addr) => found.v6.replace(*addr).is_some(),
        };
        if second {
            return Err(fault(text, "a host has at most one IPv4 and one IPv6 address"));
        }
    }
    if found == Addresses::default() { Err(fault(text, "a host needs an address")) } else { Ok(found) }
}

fn host(text: &HostText, networks: &BTreeMap<Spanned<String>, NetworkText>, ids: &Ids) -> Result<Host, Fault> {
    let network = text.network.as_ref().and_then(|id| networks.get(id));
    if let Some(name) = &text.name
        && (name.get_ref().is_empty() || name.get_ref().len() > 253 || name.get_ref().chars().any(char::is_control))
    {
        return Err(fault(name, "a name has 1 to 253 bytes and no control characters"));
    }
    let origin = match text.known_by {
        Some(KnownBy::Reverse) => NameOrigin::Ptr,
        Some(KnownBy::Dns) => NameOrigin::Dns,
        Some(KnownBy::Mdns) => NameOrigin::Mdns,
        Some(KnownBy::Dhcp) => NameOrigin::Dhcp,
        Some(KnownBy::Http) => NameOrigin::HttpHost,
        Some(KnownBy::Tls) => NameOrigin::Sni,
        None if network.is_some() => NameOrigin::Dhcp,
        None => NameOrigin::Dns,
    };
    Ok(Host {
        name: text.name.as_ref().map(|name| name.get_ref().as_str().into()),
        known_by: origin,
        mac: text.mac.map(|mac| mac.0),
        vlan: network.and_then(|network| network.vlan),
        resolver: network.map(|network| ids.host(&network.resolver)).transpose()?,
    })
}

fn activity(text: &ActivityText, ids: &Ids, hosts: &HashMap<IpAddr, Host>) -> Result<Activity, Fault> {
    let (who, to) = (ids.all(&text.who)?, ids.all(&text.to)?);
    for one in &who {
        if !to.iter().any(|other| one.with(other).is_some()) {
            return Err(fault(
                &text.to,
                "none of these can be reached by everyone in `who`: give them an IPv4 or an IPv6 address in common",
            ));
        }
    }
    if let Some(looks_up) = &text.looks_up
        && *looks_up.get_ref()
        && who.iter().flat_map(Addresses::each).any(|addr| hosts.get(&addr).is_none_or(|host| host.resolver.is_none()))
    {
        return Err(fault(looks_up, "only hosts of a network can look up a name: its resolver is asked"));
    }
    let every = text.every.as_ref().map_or(Duration::ZERO, |every| every.get_ref().0);
    if let Some(text) = &text.every
        && every < Duration::from_secs(1)
    {
        return Err(fault(text, "at most once a second"));
    }
    if let Some(jitter) = &text.jitter
        && jitter.get_ref().0 >= every
    {
        return Err(fault(jitter, "the jitter must be shorter than `every`"));
    }
    if let Some(flows) = &text.flows
        && !(1..=MAX_FLOWS).contains(flows.get_ref())
    {
        return Err(fault(flows, format!("1 to {MAX_FLOWS} flows")));
    }
    Ok(Activity {
        who,
        to,
        service: text.service.clone(),
        every,
        jitter: text.jitter.as_ref().map_or(Duration::ZERO, |jitter| jitter.get_ref().0),
        lasts: text.lasts.0,
        flows: text.flows.as_ref().map_or(1, |flows| *flows.get_ref()),
        gap: text.gap.0,
        up: text.up.0,
        down: text.down.0,
        shape: text.shape,
        ends: text.ends,
        looks_up: text.looks_up.as_ref().is_some_and(|looks_up| *looks_up.get_ref()),
        program: None,
    })
}
