//! Scenarios that are right, and mistakes.

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

const MACHINE: &str = r#"
program = "reader"
[machine]
host = "laptop"
up = "1h"
users = { root = 0, guest = 7 }
looks_up = "resolved"
[program.init]
runs = "/sbin/init"
user = "root"
[program.resolved]
runs = "/sbin/resolved"
under = "init"
[program.reader]
runs = ["/bin/sh x", "/bin/reader"]
under = "init"
for_each_visit = true
lasts = "2s"
[program.helper]
under = "reader"
after = "1s"
times = 2
ends = "exit 2"
[program.timer]
runs = "/bin/timer"
user = "guest"
under = "init"
every = "9s"
jitter = "3s"
"#;

#[test]
fn programs_stand_behind_the_one_that_starts_them() {
    let machine = read(&format!("{HOSTS}{ACTIVITY}{MACHINE}")).unwrap().machine.unwrap();
    let begins: Vec<_> = machine.programs().map(|(_, program)| program.begins).collect();
    let second = Duration::from_secs(1);
    let every = Begins::Every { every: 9 * second, jitter: 3 * second };
    assert_eq!(begins, [Begins::Always, Begins::Always, Begins::Visit, every, Begins::After(second)]);
    assert!(machine.programs().all(|(id, program)| program.under.is_none_or(|under| under < id)));
    let ids: Vec<_> = machine.programs().map(|(_, program)| program.images.last().and_then(|image| image.ids)).collect();
    assert_eq!(ids, [Some((0, 0)), Some((0, 0)), Some((0, 0)), Some((7, 7)), None]);
    let own = ACTIVITY.replace("every = \"10s\"\njitter = \"2s\"\n", "") + &MACHINE.replacen("\"reader\"", "\"timer\"", 1);
    let mistake = read(&format!("{HOSTS}{own}")).unwrap_err().to_string();
    assert!(mistake.contains("[program.reader]") && mistake.contains("no activity has this `program`"), "{mistake}");
    let own = own.replace("for_each_visit = true\nlasts = \"2s\"", "every = \"5s\"");
    let scenario = read(&format!("{HOSTS}{own}")).unwrap();
    assert!(scenario.activities.is_empty());
    assert_eq!(scenario.machine.unwrap().programs().map(|(_, program)| program.activities().len()).collect::<Vec<_>>(), [0, 0, 0, 1, 0]);
}

#[test]
fn a_mistake_about_the_machine_is_told_with_its_line() {
    for (good, bad, said) in [
        ("program = \"reader\"", "program = \"raeder\"", "there is no [program.raeder]"),
        ("program = \"reader\"", "program = \"timer\"", "no activity has this `program`"),
        ("host = \"laptop\"", "host = \"nobody\"", "there is no [host.nobody]"),
        ("host = \"laptop\"", "host = \"other\"", "neither among those who do this"),
        ("up = \"1h\"", "up = \"5m\"", "at least 10 minutes"),
        ("users = { root = 0, guest = 7 }", "users = {}", "1 to 64 users"),
        ("looks_up = \"resolved\"", "looks_up = \"timer\"", "must always be there"),
        ("looks_up = \"resolved\"", "looks_up = \"nobody\"", "there is no [program.nobody]"),
        ("[program.init]", "[program.intit]", "there is no [program.init]"),
        ("user = \"root\"", "user = \"rot\"", "do not name this one"),
        ("user = \"root\"", "under = \"resolved\"", "in a circle"),
        ("user = \"root\"", "every = \"9s\"", "needs a `user`"),
        ("user = \"root\"", "user = \"root\"\nlasts = \"9s\"", "never ends"),
        ("user = \"root\"", "user = \"root\"\nafter = \"9s\"", "comes and goes"),
        ("user = \"root\"", "user = \"root\"\ncontainer = \"jail 1\"", "is no container"),
        ("under = \"init\"\nevery", "every", "somebody must start it"),
        ("\"/sbin/resolved\"", "\"resolved\"", "the executable's path"),
        ("\"/sbin/resolved\"", "[]", "command lines"),
        ("\"/sbin/resolved\"", "7", "a command line, or a list"),
        ("after = \"1s\"", "for_each_visit = true", "begins with the program that it is under"),
        ("after = \"1s\"", "every = \"3s\"", "begins with the program that it is under"),
        ("for_each_visit = true", "for_each_visit = true\nevery = \"3s\"", "either `every`"),
        ("every = \"9s\"\njitter = \"3s\"", "every = \"1ms\"", "at most once a second"),
        ("jitter = \"3s\"", "jitter = \"9s\"", "shorter than `every`"),
        ("times = 2", "times = 0", "1 to 100 times"),
        ("times = 2", "cpu = \"5\"", "is not a share"),
        ("times = 2", "time = 2", "unknown field `time`"),
        ("\"exit 2\"", "\"exit 256\"", "is no end"),
    ] {
        assert!(MACHINE.contains(good), "{good}");
        let changed = format!("{HOSTS}{ACTIVITY}{}", MACHINE.replacen(good, bad, 1));
        let error = read(&changed).map(|_| ()).expect_err(bad);
        let ScenarioError::Line { line, text, problem, .. } = &error else { panic!("{error}") };
        assert!(problem.contains(said), "{bad}: {problem}");
        let before = format!("{HOSTS}{ACTIVITY}{}", MACHINE.split_once(good).unwrap().0);
        let at = before.matches('\n').count() + 1;
        // A mistake in how two things fit together may be told where the other stands.
        let other = ["[program.", "program = ", "under = "].iter().any(|start| text.starts_with(start));
        assert!((at..=at + bad.matches('\n').count()).contains(line) || other, "{bad}: line {line}, not {at}");
        assert_eq!(changed.lines().nth(line - 1).map(str::trim), Some(text.as_str()));
    }
    let program = "[program.alone]\nruns = \"/bin/alone\"";
    let alone = read(&format!("{HOSTS}{ACTIVITY}{program}")).unwrap_err().to_string();
    assert!(alone.contains("[program.alone]") && alone.contains("no [machine]"), "{alone}");
    let idle = read(&format!("{HOSTS}{}", ACTIVITY.replace("every = \"10s\"\njitter = \"2s\"\n", ""))).unwrap_err().to_string();
    assert!(idle.contains("missing field `every`"), "{idle}");
}

#[test]
fn a_missing_key_is_told_with_the_table() {
    let error = read(&format!("{HOSTS}{}", ACTIVITY.replace("service = \"tcp/443\"", ""))).unwrap_err();
    assert_eq!(error.to_string(), "test, line 17, `[[activity]]`: missing field `service`");
}
