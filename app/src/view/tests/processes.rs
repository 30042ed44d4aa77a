//! The tree of processes, their details, and the stories of their flows.

use std::sync::Arc;

use egui::{Key, Modifiers, Role};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use graph::{Attribution, Endpoint, Image, ProcessId, ProcessKey, Side, Unread};
use layouts::{Change, Engine, Kind, Point};

use super::*;
use crate::state::View;
use crate::state::mode::{Colouring, Mode};

fn process(pid: u32) -> ProcessId {
    ProcessId { pid, start_ns: u64::from(pid) }
}

fn subject(pid: u32) -> Subject {
    Subject::Process(ProcessKey { realm: Realm(1), process: process(pid) })
}

/// init → bash → deploy.sh → curl, and cron; curl talks with host 1.
fn machine() -> Harness<'static, Window> {
    let mut window = Window::of(3);
    for (parent, pid, comm, command) in [
        (0, 1, "init", "/sbin/init"),
        (1, 2, "bash", "-bash"),
        (2, 3, "bash", "bash ./deploy.sh"),
        (3, 4, "curl", "curl https://x.example"),
        (1, 5, "cron", "cron -f"),
    ] {
        let exe = Ok(format!("/usr/bin/{comm}").into());
        let image = Image { exe, command: Ok(command.into()), ids: Some((33, 33)), ..Image::named(comm, Unread::Untold) };
        let parent = (parent > 0).then(|| process(parent));
        window.tell(graph::Kind::Exec { process: process(pid), parent, image: Arc::new(image) });
    }
    let end = |host, port| Endpoint { addr: Window::addr(host), port };
    let (tuple, _) = Tuple::new(Proto::TCP, end(0, 50_000), end(1, 443));
    window.tell(graph::Kind::Owner { tuple, conn: ConnId(1), side: Side::A, process: process(4), how: Attribution::Exact });
    let mut harness = window.open();
    press(&mut harness, Modifiers::NONE, Key::Num5);
    assert_eq!(harness.state().state.settings.view, View::Processes);
    harness
}

/// The first word of every row: what runs.
fn rows(harness: &Harness<'_, Window>) -> Vec<String> {
    let first = |label: String| label.split(", ").next().unwrap_or_default().trim_start_matches("Process ").to_owned();
    labels(harness, Role::Row).into_iter().map(first).collect()
}

fn select(harness: &mut Harness<'_, Window>, pid: u32) {
    harness.state_mut().state.apply(Action::Select(Some(subject(pid))), 0.0);
    settle(harness);
}

#[test]
fn a_branch_folds_by_key_and_by_its_arrow() {
    let mut harness = machine();
    assert_eq!(rows(&harness), ["init", "bash", "deploy.sh", "curl", "cron"]);
    select(&mut harness, 2);
    press(&mut harness, Modifiers::NONE, Key::ArrowLeft);
    assert_eq!(rows(&harness), ["init", "bash", "cron"]);
    press(&mut harness, Modifiers::NONE, Key::ArrowRight);
    assert_eq!(rows(&harness).len(), 5);
    harness.query_all_by_label("Fold away").next().unwrap().click();
    settle(&mut harness);
    assert_eq!(rows(&harness), ["init"]);
    click(&mut harness, "Show what stands below");
    assert_eq!(rows(&harness).len(), 5);
    harness.check_accessibility();
}

#[test]
fn a_filter_keeps_what_a_row_comes_from() {
    let mut harness = machine();
    harness.state_mut().state.query.text = "x.example".into();
    settle(&mut harness);
    assert_eq!(rows(&harness), ["init", "bash", "deploy.sh", "curl"]);
}

#[test]
fn details_show_the_path_and_lead_along_it() {
    let mut harness = machine();
    select(&mut harness, 4);
    for text in ["STARTED BY", "pid 4, 33", "/usr/bin/curl"] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
    click(&mut harness, "deploy.sh");
    assert_eq!(harness.state().state.selection, Some(subject(3)));
}

#[test]
fn a_flow_tells_its_story_and_leads_to_its_process() {
    let mut harness = machine();
    let model = &harness.state().model;
    let flow = model.flows().find(|flow| model.owners(flow).at(Side::A).is_some()).unwrap().id;
    harness.state_mut().state.apply(Action::Select(Some(Subject::Flow(flow))), 0.0);
    settle(&mut harness);
    let story = "curl (pid 4), started by deploy.sh ← bash ← init, sent 1.0 kB to host1.example, received 0 B";
    assert!(harness.query_by_label(story).is_some());
    click(&mut harness, "Show the process");
    assert_eq!(harness.state().state.selection, Some(subject(4)));
}

#[test]
fn a_process_leads_to_its_flows_and_the_tree_stays_whole() {
    let mut harness = machine();
    select(&mut harness, 4);
    click(&mut harness, "All of them in the table");
    assert_eq!(harness.state().state.settings.view, View::Table(graph::Table::Flows));
    assert_eq!(rows(&harness).len(), 1);
    press(&mut harness, Modifiers::NONE, Key::Num5);
    assert_eq!(rows(&harness).len(), 5, "what the table of flows is narrowed to does not narrow the tree");
}

/// Every node that is known has a place, all on one line.
fn lay_out(harness: &mut Harness<'_, Window>) {
    let window = harness.state_mut();
    let processes = window.model.processes().map(|process| Node::Process(process.key));
    let nodes: Vec<Node> = window.model.hosts().map(|host| Node::Host(host.id)).chain(processes).collect();
    let mut engine = Engine::new(Kind::Force, 1);
    for (nth, node) in nodes.iter().enumerate() {
        let at = Point { x: 300.0 * nth as f32, y: 0.0 };
        engine.apply([Change::AddNode { id: node.number(), radius: 8.0, at: None }, Change::Pin { id: node.number(), at }]);
    }
    window.picture.placed.positions = engine.positions().clone();
}

#[test]
fn a_process_is_followed_from_the_tree_to_the_graph_and_back() {
    let mut harness = machine();
    lay_out(&mut harness);
    select(&mut harness, 5);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    settle(&mut harness);
    let State { settings, graph, .. } = &harness.state().state;
    assert_eq!((settings.view, settings.mode), (View::Graph, Mode::Mixed));
    let cron = Node::of(subject(5)).unwrap();
    let place = graph.stage.node(cron).expect("it does nothing, and is shown since it is selected").place.unwrap();
    assert!((graph.camera.sight().centre - place).length() < 1.0, "{:?}", graph.camera.sight());

    // In the tree, all that it stands below is folded away, and a filter leaves it out.
    let folded = (1..=3).map(|pid| Node::of(subject(pid)).and_then(Node::process).unwrap());
    folded.for_each(|key| harness.state_mut().state.table.fold(key, true));
    harness.state_mut().state.query.text = "bash".into();
    click(&mut harness, "Show in the tree");
    assert_eq!(harness.state().state.settings.view, View::Processes);
    assert_eq!(rows(&harness), ["init", "bash", "cron"], "bash is not what it stands below");
    assert_eq!(harness.state().state.selection, Some(subject(5)));
    assert!(harness.state().once.contains(&Purpose::Find(subject(5))), "and it is scrolled to");
    click(&mut harness, "Show in the graph");
    assert_eq!(harness.state().state.settings.view, View::Graph);
}

#[test]
fn the_graph_is_of_processes_by_a_key_and_stays_so() {
    let mut harness = machine();
    press(&mut harness, Modifiers::NONE, Key::Num1);
    let processes =
        |harness: &Harness<'_, Window>| harness.state().state.graph.stage.nodes().iter().filter(|n| n.id.process().is_some()).count();
    assert_eq!(processes(&harness), 0);
    press(&mut harness, Modifiers::NONE, Key::H);
    settle(&mut harness);
    assert_eq!(processes(&harness), 4, "curl talks, and comes from three others");
    press(&mut harness, Modifiers::NONE, Key::U);
    assert_eq!(harness.state().state.settings.colouring, Colouring::Container);
    harness.check_accessibility();
    harness.state_mut().state.begin_source();
    assert_eq!(harness.state().state.settings.mode, Mode::Mixed, "another source is looked at in the same way");
    press(&mut harness, Modifiers::NONE, Key::H);
    assert_eq!(processes(&harness), 0);
}
