//! The graph of processes and hosts.

use graph::{Exit, Kind as Told, Node, ProcessKey, Subject};

use super::super::stage::{Figure, LineId, News};
use super::super::testing::process;
use super::*;
use crate::state::mode::{Colouring, Mode, Tint};

/// init, which began curl and ssh; curl talks from host 0 to host 1, whose else is between 0 and 2 nobody knows.
fn net() -> Net {
    let links = [(0, 1, 443, 4000), (0, 2, 443, 3000)];
    let net = Net::of(3, &links).placed(&[(0.0, 100.0), (200.0, 0.0), (0.0, 200.0)]);
    net.process(1, 0, "init", 0, (-200.0, 0.0))
        .process(2, 1, "curl", 1000, (0.0, 0.0))
        .process(3, 1, "ssh", 1000, (-100.0, 150.0))
        .owned(0, 1, 443, 2)
}

fn node(harness: &Harness<'_, Window>, key: ProcessKey) -> super::super::stage::Node {
    *harness.state().state.stage.node(Node::Process(key)).unwrap()
}

#[test]
fn flows_with_an_owner_hang_on_their_process_and_others_on_their_hosts() {
    let harness = Window::open(net());
    let Window { net, state, .. } = harness.state();
    let lines: Vec<LineId> = state.stage.edges().iter().map(|edge| edge.id).collect();
    let share = net.snapshot.shares.keys().next().unwrap();
    assert_eq!(lines, [LineId::Link(net.link(0, 2)), LineId::Share(*share), LineId::Fork(process(2))]);
    let named: Vec<Node> = state.stage.nodes().iter().map(|node| node.id).collect();
    assert_eq!(named[3..], [Node::Process(process(1)), Node::Process(process(2))], "ssh does nothing");
    let (a, b) = state.stage.ends(&state.stage.edges()[1]).unwrap();
    let mut ends = [a.id, b.id];
    ends.sort();
    assert_eq!(ends, [net.node(1), Node::Process(process(2))]);
    assert_eq!(harness.state().state.stage.edges()[2].family, None);
}

#[test]
fn a_host_whose_flows_are_all_owned_is_not_there() {
    let harness = Window::open(net().owned(0, 2, 443, 3));
    let Window { net, state, .. } = harness.state();
    let hosts: Vec<Node> = state.stage.nodes().iter().map(|node| node.id).filter(|id| id.host().is_some()).collect();
    assert_eq!(hosts, [net.node(1), net.node(2)]);
}

#[test]
fn a_click_selects_a_process_and_a_double_click_leads_to_the_tree() {
    let mut harness = Window::open(net());
    let at = node(&harness, process(2)).at;
    click(&mut harness, at);
    assert_eq!(harness.state().selection, Some(Subject::Process(process(2))));
    double_click(&mut harness, at);
    assert_eq!(harness.state().actions, [Action::ShowInTable(Subject::Process(process(2)))]);
    assert_eq!(harness.state().state.out(), None);
}

#[test]
fn a_line_of_a_process_is_its_link_and_a_fork_is_nothing() {
    let mut harness = Window::open(net());
    let [init, curl] = [1, 2].map(|pid| node(&harness, process(pid)).at);
    let host = harness.state().at(1);
    click(&mut harness, curl + (host - curl) / 2.0);
    assert_eq!(harness.state().selection, Some(Subject::Link(harness.state().net.link(0, 1))));
    click(&mut harness, init + (curl - init) / 2.0);
    assert_eq!(harness.state().selection, None);
}

#[test]
fn a_process_is_dragged_and_pinned_like_a_host() {
    let mut harness = Window::open(net());
    let from = node(&harness, process(2)).at;
    drag(&mut harness, from, vec2(40.0, 40.0), Modifiers::SHIFT);
    let who = Node::Process(process(2));
    assert!(harness.state().state.pinned.contains(&who));
    let number = who.number();
    let pins = |action: &Action| matches!(action, Action::Layout(GraphAction::Layout(Change::Pin { id, .. })) if *id == number);
    assert!(harness.state().actions.iter().any(pins));
}

#[test]
fn the_legend_says_whose_they_are_and_how_many_do_not_show() {
    let mut harness = Window::open(net());
    assert!(harness.query_by_label("1 quiet process not shown").is_some());
    let tint = |harness: &Harness<'_, Window>, pid| node(harness, process(pid)).figure.tint().unwrap();
    assert_eq!([1, 2].map(|pid| tint(&harness, pid)), [Tint::Of(0), Tint::Of(1)]);
    assert_eq!(harness.state().state.tints.label(Tint::Of(1)), "1000");
    harness.state_mut().net.colouring = Colouring::Container;
    harness.run();
    assert_eq!(tint(&harness, 2), Tint::None);
}

#[test]
fn where_nothing_happens_the_quiet_are_counted_all_the_same() {
    let harness = Window::open(Net::of(0, &[]).process(1, 0, "init", 0, (0.0, 0.0)).process(2, 1, "cron", 0, (0.0, 0.0)));
    assert!(harness.query_by_label("Waiting for traffic on eth0…").is_some());
    assert!(harness.query_by_label("2 quiet processes not shown").is_some());
}

#[test]
fn births_glow_and_the_dead_are_hollow_and_fade() {
    let mut net = net();
    net.tell(Told::Fork { parent: process(2).process, child: process(9).process });
    net = net.process(9, 0, "sh", 1000, (100.0, 150.0));
    let mut harness = Window::open(net);
    assert_eq!(node(&harness, process(9)).news, Some(News::Born(0.0)));
    assert_eq!(node(&harness, process(2)).news, None, "it was there before");
    harness.state_mut().net.tell(Told::Exit { process: process(9).process, exit: Exit::Code(0) });
    harness.state_mut().net.tell(Told::Exit { process: process(1).process, exit: Exit::Code(0) });
    harness.state_mut().net.now = Net::NOW.plus(std::time::Duration::from_millis(1500));
    harness.run_steps(4);
    let (shell, init) = (node(&harness, process(9)), node(&harness, process(1)));
    assert_eq!(shell.news, Some(News::Died(0.75)));
    assert!(matches!(shell.figure, Figure::Process { alive: false, .. }));
    assert!(shell.opacity < 0.4 && init.opacity > 0.6, "{} {}: others come from init", shell.opacity, init.opacity);
}

#[test]
fn the_card_tells_who_it_is_and_what_began_it() {
    let mut harness = Window::open(net());
    let at = node(&harness, process(2)).at;
    harness.hover_at(at);
    harness.run_steps(10);
    for text in ["pid 2  ·  1000", "started by init", "with 2 neighbours"] {
        assert!(harness.query_by_label(text).is_some(), "{text}");
    }
}

#[test]
fn processes_have_names_for_those_who_do_not_see_them() {
    let mut harness = Window::open(net());
    harness.get_by_label_contains("curl, ").click_accesskit();
    harness.run();
    assert_eq!(harness.state().selection, Some(Subject::Process(process(2))));
}

#[test]
fn the_tool_bar_leads_from_hosts_to_processes_and_back() {
    let mut harness = cross();
    assert!(harness.query_by_label("Colour by container").is_none(), "among hosts there is nothing to colour");
    harness.get_by_label("Processes and hosts").click();
    harness.run();
    let mut harness = Window::open(net());
    for name in ["Colour by container", "Colour by user", "Hosts"] {
        harness.get_by_label(name).click();
        harness.run();
    }
    assert_eq!(
        harness.state().actions,
        [Action::SetColouring(Colouring::Container), Action::SetMode(Mode::Hosts)],
        "by user it is already"
    );
}

#[test]
fn while_nothing_happens_no_frame_is_drawn_here_either() {
    let harness = Window::open(net());
    let delays: Vec<_> = harness.output().viewport_output.values().map(|viewport| viewport.repaint_delay).collect();
    assert!(delays.iter().all(|delay| *delay == std::time::Duration::MAX), "{delays:?}");
}

#[test]
fn a_process_that_has_no_place_yet_comes_to_the_middle_as_soon_as_it_has() {
    let mut harness = Window::open(net());
    harness.state_mut().selection = Some(Subject::Process(process(3)));
    harness.state_mut().state.centre(Node::Process(process(3)));
    harness.run();
    let still = harness.state().state.camera.sight();
    let net = std::mem::replace(&mut harness.state_mut().net, Net::of(0, &[]));
    harness.state_mut().net = net.owned(0, 2, 443, 3);
    harness.run();
    let sight = harness.state().state.camera.sight();
    assert_ne!(sight, still);
    assert!((sight.centre - Pos2::new(-100.0, 150.0)).length() < 1.0, "{sight:?}");
}

#[test]
fn the_tool_bar_and_the_legend_lie_apart_in_any_window() {
    for size in [vec2(340.0, 300.0), vec2(460.0, 460.0), vec2(720.0, 350.0), vec2(1000.0, 800.0)] {
        let harness = Window::sized(net(), size);
        let free = &harness.state().state.kept_free;
        assert_eq!(free.len(), 3);
        for (nth, one) in free.iter().enumerate() {
            assert!(egui::Rect::from_min_size(Pos2::ZERO, size).contains_rect(*one), "{size}: {free:?}");
            assert!(free[..nth].iter().all(|other| !other.intersects(*one)), "{size}: {free:?}");
        }
    }
}

#[test]
fn what_is_in_the_middle_stays_there_until_the_user_moves_the_camera() {
    let mut harness = Window::open(net());
    let middle = |harness: &Harness<'_, Window>| harness.state().state.camera.sight().centre;
    harness.state_mut().selection = Some(Subject::Process(process(2)));
    harness.state_mut().state.centre(Node::Process(process(2)));
    harness.run();
    for (x, y) in [(0.0, 0.0), (30.0, 60.0)] {
        harness.state_mut().net.put(2, (x, y));
        harness.run_steps(3);
        assert!((middle(&harness) - Pos2::new(x, y)).length() < 1.0, "{:?}", middle(&harness));
    }
    let ground = harness.state().at(1) - vec2(60.0, 60.0);
    drag(&mut harness, ground, vec2(-40.0, 0.0), Modifiers::NONE);
    let moved = middle(&harness);
    harness.state_mut().net.put(2, (0.0, 0.0));
    harness.run_steps(3);
    assert_eq!(middle(&harness), moved);
}
