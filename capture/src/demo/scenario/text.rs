//! From the text of a scenario to the [`Scenario`]: every reference is looked up and every bound checked here.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::Range;
use std::time::Duration;

use graph::NameOrigin;
use hashbrown::HashMap;
use serde::Deserialize;
use toml::Spanned;

use super::quantity::{Mac, Service, Span, Speed};
use super::{Activity, Addresses, Ending, Host, MAX_FLOWS, MAX_HOSTS, MAX_SLOTS, Scenario, ScenarioError, Shape};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(default)]
    network: BTreeMap<Spanned<String>, NetworkText>,
    host: BTreeMap<Spanned<String>, HostText>,
    activity: Vec<ActivityText>,
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
    every: Spanned<Span>,
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
    let mut slots = 0;
    let mut activities = Vec::new();
    for text in &text.activity {
        let made = activity(text, &ids, &hosts)?;
        slots += made.who.len();
        if slots > MAX_SLOTS {
            return Err(fault(&text.who, format!("more than {MAX_SLOTS} activities, each counted once for every host that does it")));
        }
        activities.push(made.into());
    }
    Ok(Scenario { hosts, activities })
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
    let every = text.every.get_ref().0;
    if every < Duration::from_secs(1) {
        return Err(fault(&text.every, "at most once a second"));
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
    })
}

#[cfg(test)]
mod tests {
    use super::super::BUILT_IN;
    use super::*;

    const HOSTS: &str = r#"
[network.home]
resolver = "router"
[host.router]
network = "home"
addresses = ["192.168.1.1"]
[host.laptop]
network = "home"
addresses = ["192.168.1.2", "2001:db8::2"]
[host.site]
addresses = ["192.0.2.1"]
[host.other]
addresses = ["192.0.2.2"]
[host.far]
addresses = ["2001:db8::9"]
"#;

    const ACTIVITY: &str = r#"
[[activity]]
what = "reads"
who = ["laptop"]
to = ["site"]
service = "tcp/443"
every = "10s"
jitter = "2s"
lasts = "3s"
flows = 2
looks_up = true
"#;

    fn read(text: &str) -> Result<Scenario, ScenarioError> {
        parse("test", text)
    }

    #[test]
    fn the_built_in_one_parses_and_everybody_in_it_does_something() {
        let scenario = parse("built-in", BUILT_IN).unwrap();
        let busy: Vec<_> = scenario.activities.iter().flat_map(|a| a.who.iter().chain(&a.to)).flat_map(Addresses::each).collect();
        let idle: Vec<_> = scenario.hosts.keys().filter(|addr| !busy.contains(addr)).collect();
        assert_eq!(idle, Vec::<&IpAddr>::new());
        assert!(scenario.hosts.len() > 40);
    }

    #[test]
    fn only_documentation_and_private_addresses_and_names_are_built_in() {
        let scenario = parse("built-in", BUILT_IN).unwrap();
        for (addr, host) in &scenario.hosts {
            let kept = match addr {
                IpAddr::V4(addr) => addr.is_documentation() || addr.is_private() || addr.is_multicast(),
                IpAddr::V6(addr) => addr.to_bits() >> 96 == 0x2001_0db8 || addr.is_multicast(),
            };
            assert!(kept, "{addr}");
            assert!(host.name.as_ref().is_none_or(|name| name.ends_with(".example") || name.ends_with(".local")), "{:?}", host.name);
        }
    }

    #[test]
    fn a_network_stands_for_its_hosts() {
        let scenario = read(&format!("{HOSTS}{}", ACTIVITY.replace("\"laptop\"", "\"home\""))).unwrap();
        assert_eq!(scenario.activities[0].who.len(), 2);
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_key() {
        for (good, bad, said) in [
            ("[\"laptop\"]", "[\"laptpo\"]", "there is no [host.laptpo]"),
            ("[\"site\"]", "[]", "at least one host"),
            ("[\"site\"]", "[\"far\", \"router\"]", ""),
            ("\"tcp/443\"", "\"tcp/443x\"", "not a service"),
            ("\"10s\"", "\"10\"", "not a length of time"),
            ("\"10s\"", "\"0s\"", "once a second"),
            ("\"2s\"", "\"11s\"", "shorter than"),
            ("flows = 2", "flows = 0", "1 to 1000"),
            ("flows = 2", "flow = 2", "unknown field `flow`"),
            ("looks_up = true", "shape = \"round\"", "unknown variant `round`"),
            ("[\"laptop\"]", "[\"other\"]", "only hosts of a network"),
            ("resolver = \"router\"", "resolver = \"nobody\"", "there is no [host.nobody]"),
            ("network = \"home\"", "network = \"work\"", "there is no [network.work]"),
            ("[\"2001:db8::9\"]", "[\"2001:db8::g\"]", "invalid IP address"),
            ("[\"2001:db8::9\"]", "[\"192.0.2.1\"]", "another host has the address 192.0.2.1"),
            ("[\"2001:db8::9\"]", "[]", "needs an address"),
            ("[\"2001:db8::9\"]", "[\"::1\", \"::2\"]", "at most one IPv4 and one IPv6"),
            ("[host.far]", "[host.home]", "is a network already"),
        ] {
            let text = format!("{HOSTS}{ACTIVITY}");
            assert!(text.contains(good), "{good}");
            let changed = text.replacen(good, bad, 1);
            let Err(ScenarioError::Line { line, text, problem, .. }) = read(&changed) else {
                assert_eq!(said, "", "{bad} was taken");
                continue;
            };
            assert!(!said.is_empty() && problem.contains(said), "{bad}: {problem}");
            assert_eq!(changed.lines().nth(line - 1).map(str::trim), Some(text.as_str()));
            let at = changed.lines().position(|line| line.contains(bad)).unwrap() + 1;
            // A mistake in how two things fit together may be told where the other stands.
            assert!(line == at || text.starts_with("looks_up"), "{bad}: line {line}, not {at}");
        }
    }

    #[test]
    fn a_missing_key_is_told_with_the_table() {
        let error = read(&format!("{HOSTS}{}", ACTIVITY.replace("service = \"tcp/443\"", ""))).unwrap_err();
        assert_eq!(error.to_string(), "test, line 17, `[[activity]]`: missing field `service`");
    }
}
