//! The story's machine, as its events tell it.

use graph::{Exit, Limits, Model, Origin, OriginId, Realm, Realms, RegistryBuilder};

use super::super::books::Books;
use super::super::scenario::Scenario;
use super::super::story::Story;
use super::super::ticker::Tell;
use super::*;
use crate::Columns;

const START: Time = Time::from_secs(1_700_000_000);

fn story(scenario: Scenario, seed: u64) -> Story {
    let columns = Columns::register(&mut RegistryBuilder::default()).unwrap();
    Story::new(scenario.into(), OriginId(1), columns, seed, START)
}

fn told(story: &mut Story, ticks: usize) -> Vec<Kind> {
    let mut events = Vec::new();
    for _ in 0..ticks {
        story.tick(&mut events);
    }
    events.into_iter().map(|event| event.kind).collect()
}

fn entered(story: &mut Story, books: &mut Books, ticks: usize) {
    for _ in 0..ticks {
        let mut events = Vec::new();
        story.tick(&mut events);
        events.iter().for_each(|event| books.enter(event));
        books.balance();
    }
}

#[test]
fn whoever_begins_to_look_is_told_of_all_that_is_there() {
    for seed in 0..5 {
        let (mut story, mut books) = (story(Scenario::built_in().unwrap(), seed), Books::default());
        entered(&mut story, &mut books, 1);
        let census = &books.census;
        assert!(census.booted && census.users.len() >= 5);
        assert!((35..=75).contains(&census.living.len()), "{} processes", census.living.len());
        assert_eq!(census.living.values().filter(|known| known.parent.is_none()).count(), 2, "the first one, and the kernel's");
        let (first, init) = census.living.first_key_value().unwrap();
        assert_eq!((first.pid, init.images.last().unwrap().title()), (1, "systemd"));
    }
}

#[test]
fn all_that_a_view_can_show_comes_within_the_first_minute() {
    for seed in 0..8 {
        let (mut story, mut books) = (story(Scenario::built_in().unwrap(), seed), Books::default());
        entered(&mut story, &mut books, 20 * 60);
        let census = &books.census;
        assert!(census.births > 40 && census.orphans > 0, "{} births, {} orphans", census.births, census.orphans);
        assert!(census.longest_chain >= 3, "a copy that becomes one and then another");
        let code = |exit: &Exit| matches!(exit, Exit::Code(1..));
        let signal = |exit: &Exit| matches!(exit, Exit::Signal { .. });
        assert!(census.ends.contains(&Exit::Code(0)) && census.ends.iter().any(code) && census.ends.iter().any(signal));
        for title in ["backup.sh", "rsync", "curl", "deploy.sh", "ssh", "make", "cc1", "apt-get", "https", "sshd-session", "serve.py"] {
            assert!(census.ever.contains(title), "seed {seed}: no {title} among {:?}", census.ever);
        }
        for kind in ["docker ", "podman "] {
            assert!(census.containers.iter().any(|container| container.starts_with(kind)), "{kind}");
        }
        assert!(census.containers.iter().any(|container| container.ends_with(".service")), "a unit of systemd");
        assert!(books.owned_ever[0] > 10 && books.owned_ever[1] > 0, "{:?}", books.owned_ever);
    }
}

#[test]
fn each_is_measured_once_a_second() {
    let (mut story, mut books) = (story(Scenario::built_in().unwrap(), 3), Books::default());
    entered(&mut story, &mut books, 20 * 30);
    let always = books.census.living.values().filter(|known| known.measured >= 29).count();
    assert!(always >= 35, "{always}");
    assert!(books.census.living.values().all(|known| known.measured <= 30));
    let busy = |known: &&super::super::books::Known| known.images.last().unwrap().title() == "gnome-shell";
    let desktop = books.census.living.values().find(busy).unwrap();
    assert!(desktop.cpu > Duration::from_secs(9 * 36), "6 % of nine hours are {:?}", desktop.cpu);
}

#[test]
fn a_script_is_gone_before_what_it_left_in_the_background() {
    let mut story = story(Scenario::built_in().unwrap(), 1);
    let (mut books, mut seen) = (Books::default(), 0);
    for _ in 0..20 * 120 {
        entered(&mut story, &mut books, 1);
        let title = |id: &ProcessId| books.census.living.get(id).and_then(|known| Some(known.images.last()?.title().to_owned()));
        for (_, owner) in books.owned.values().filter(|(_, owner)| title(owner).as_deref() == Some("curl")) {
            let shell = books.census.living[owner].parent.unwrap();
            let above = books.census.living[&shell].parent.unwrap();
            seen += usize::from(title(&shell).as_deref() == Some("deploy.sh") && title(&above).as_deref() == Some("systemd"));
        }
    }
    assert!(seen > 20 * 5, "{seen} ticks");
}

#[test]
fn the_network_is_the_same_whether_anybody_looks_at_processes_or_not() {
    let network = |scenario: Scenario| {
        let mut events = told(&mut story(scenario, 4), 20 * 90);
        events.retain_mut(|kind| match kind {
            Kind::Ledger(ledger) => {
                ledger.process_events = 0;
                true
            }
            Kind::Open { .. } | Kind::Data { .. } | Kind::Close { .. } | Kind::Name { .. } | Kind::Tags { .. } => true,
            _ => false,
        });
        events
    };
    let with = Scenario::built_in().unwrap().without_own_activities();
    let without = with.clone().without_machine();
    assert!(told(&mut story(with.clone(), 4), 200).iter().any(|kind| matches!(kind, Kind::Owner { .. })));
    assert!(network(with) == network(without));
}

#[test]
fn a_machine_with_too_much_to_begin_stays_within_its_bounds() {
    let text = r#"
host.one.addresses = ["192.0.2.1"]
host.two.addresses = ["192.0.2.2"]
activity = [{ what = "talks", who = ["one"], to = ["two"], service = "tcp/80", every = "9s", lasts = "1s" }]
machine = { host = "one", up = "1h", users = { root = 0 } }
[program]
first = { runs = "/sbin/init", user = "root" }
many = { under = "first", every = "1s", times = 100, lasts = "1h" }
more = { under = "many", times = 100, after = "1s", lasts = "1h" }
"#;
    let scenario = Scenario::parse("test", text).unwrap();
    let (machine, mut told) = (scenario.machine().unwrap().clone(), Vec::new());
    let mut programs = Programs::new(machine, Duration::ZERO, 1);
    for now in (1..60).map(Duration::from_secs) {
        programs.begin_due(now, &mut told);
        programs.end_due(now, std::iter::empty(), &mut told);
        assert!(programs.living.len() <= MAX_LIVING && programs.due.len() <= MAX_DUE);
    }
    assert_eq!(programs.living.len(), MAX_LIVING);
}

#[test]
fn a_model_takes_all_of_it_in_and_tells_the_story_of_its_flows() {
    let mut columns = RegistryBuilder::default();
    let own = Columns::register(&mut columns).unwrap();
    let mut model = Model::new(columns.freeze(), Limits::default());
    let origin = model.add_origin(Origin { name: "demo".into(), realms: Realms { local: Realm(1), site: Realm(2) } }).unwrap();
    let mut story = Story::new(Scenario::built_in().unwrap().into(), origin, own, 1, START);
    let mut stories = BTreeSet::new();
    for _ in 0..20 * 90 {
        let mut events = Vec::new();
        let now = story.tick(&mut events);
        events.iter().for_each(|event| model.apply(now, event, &mut ()));
        model.advance(now, &mut ());
        stories.extend(model.flows().filter_map(|flow| model.story(flow)).map(|story| (story.lineage.join(" < "), story.peer)));
        assert!(model.processes().filter(|process| process.is_alive()).all(|process| model.began(process).is_some()));
    }
    for (lineage, peer) in [
        ("curl < deploy.sh < deploy.sh < bash < gnome-terminal-server < systemd < systemd", "things.example"),
        ("rsync < backup.sh < sh < cron < systemd", "nas.home.example"),
        ("sshd-session < sshd < systemd", "desktop.home.example"),
        ("systemd-resolved < systemd", "router.home.example"),
    ] {
        assert!(stories.contains(&(lineage.to_owned(), peer.to_owned())), "{lineage}: {stories:#?}");
    }
    assert_eq!(model.totals().processes_refused, 0);
    let served = model.processes().find(|process| process.label() == "serve.py").unwrap();
    assert_eq!(served.user, Some(1000));
    let busiest = model.processes().map(|process| process.cpu_share).fold(0.0, f32::max);
    assert!(busiest > 0.5 && busiest < 4.0, "{busiest}");
}
