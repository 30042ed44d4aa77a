//! The hands on the graph, in a window that nobody sees.

mod mixed;
mod news;
mod saved;
mod seek;
mod select;

use egui::{Event, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use graph::{Family, Subject};
use layouts::{Change, Kind};

use super::testing::Net;
use super::{GraphAction, Out, Steps, graph_ui};
use crate::state::Action;
use crate::state::action::GraphCommand;
use crate::state::graph::Graph;

/// After so many steps, a click is not a third one of a double click before.
const LONG_AFTER: usize = 8;

/// A window on a network.
struct Window {
    net: Net,
    state: Graph,
    selection: Option<Subject>,
    actions: Vec<Action>,
}

impl Window {
    fn open(net: Net) -> Harness<'static, Window> {
        Window::sized(net, Net::SCREEN.size())
    }

    fn sized(net: Net, size: Vec2) -> Harness<'static, Window> {
        let window = Window { net, state: Graph::default(), selection: None, actions: Vec::new() };
        let app = |ui: &mut egui::Ui, window: &mut Window| {
            let actions = graph_ui(ui, window.net.scene(), &mut window.state, &mut window.selection);
            window.actions.extend(actions);
            if window.net.folding.hidden != *window.state.hidden.nodes() {
                window.net.folding.hidden.clone_from(window.state.hidden.nodes());
                window.net.look();
                ui.ctx().request_repaint();
            }
        };
        let mut harness = Harness::builder()
            .with_size(size)
            .with_step_dt(0.05)
            .with_max_steps(60)
            .with_context_setup(crate::theme::install)
            .build_ui_state(app, window);
        harness.run();
        harness
    }

    /// Where a host is on the screen.
    fn at(&self, host: usize) -> Pos2 {
        self.state.stage.node(self.net.node(host)).unwrap().at
    }

    fn subject(&self, host: usize) -> Subject {
        Subject::Host(self.net.host(host))
    }
}

/// Host 0 in the middle, hosts 1 to 4 around it, and far from them 5, who talks to 1 by DNS.
fn cross() -> Harness<'static, Window> {
    let links = [(0, 1, 443, 4000), (0, 2, 443, 3000), (0, 3, 443, 2000), (0, 4, 22, 1000), (5, 1, 53, 90)];
    let places = [(0.0, 0.0), (200.0, 0.0), (0.0, 200.0), (-200.0, 0.0), (0.0, -200.0), (300.0, 150.0)];
    Window::open(Net::of(6, &links).placed(&places).named(0, "router.home"))
}

fn button(harness: &Harness<'_, Window>, at: Pos2, pressed: bool, modifiers: Modifiers) {
    let event = Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers };
    if modifiers.is_none() { harness.event(event) } else { harness.event_modifiers(event, modifiers) }
}

fn click(harness: &mut Harness<'_, Window>, at: Pos2) {
    harness.hover_at(at);
    button(harness, at, true, Modifiers::NONE);
    button(harness, at, false, Modifiers::NONE);
    harness.run();
}

fn double_click(harness: &mut Harness<'_, Window>, at: Pos2) {
    harness.hover_at(at);
    harness.run_steps(LONG_AFTER);
    for _ in 0..2 {
        button(harness, at, true, Modifiers::NONE);
        button(harness, at, false, Modifiers::NONE);
    }
    harness.run();
}

fn drag(harness: &mut Harness<'_, Window>, from: Pos2, way: Vec2, modifiers: Modifiers) {
    harness.hover_at(from);
    harness.run();
    button(harness, from, true, modifiers);
    for part in [0.3, 0.6, 1.0] {
        harness.hover_at(from + way * part);
        harness.step();
    }
    button(harness, from + way, false, modifiers);
    harness.run();
}

fn pins(harness: &Harness<'_, Window>, host: usize) -> Vec<Pos2> {
    let number = harness.state().net.node(host).number();
    let pin = |action: &Action| match action {
        Action::Layout(GraphAction::Layout(Change::Pin { id, at })) if *id == number => Some(Pos2::new(at.x, at.y)),
        _ => None,
    };
    harness.state().actions.iter().filter_map(pin).collect()
}

fn is_unpinned(harness: &Harness<'_, Window>, host: usize) -> bool {
    harness.state().actions.contains(&Action::Layout(GraphAction::Layout(Change::Unpin(harness.state().net.node(host).number()))))
}

#[test]
fn a_click_selects_a_host_a_link_or_nothing() {
    let mut harness = cross();
    let (hub, leaf) = (harness.state().at(0), harness.state().at(1));
    click(&mut harness, hub);
    assert_eq!(harness.state().selection, Some(harness.state().subject(0)));
    click(&mut harness, hub + (leaf - hub) / 2.0);
    assert_eq!(harness.state().selection, Some(Subject::Link(harness.state().net.link(0, 1))));
    click(&mut harness, hub + vec2(60.0, 60.0));
    assert_eq!(harness.state().selection, None);
}

#[test]
fn a_double_click_brings_out_a_neighbourhood_and_another_ends_it() {
    let mut harness = cross();
    let hub = harness.state().at(0);
    double_click(&mut harness, hub);
    let opacity = |harness: &Harness<'_, Window>, host| harness.state().state.stage.node(harness.state().net.node(host)).unwrap().opacity;
    let focus = Out::Around { centres: [harness.state().net.node(0)].into(), steps: Steps::One };
    assert_eq!(harness.state().state.out(), Some(&focus));
    assert_eq!(opacity(&harness, 3), 1.0);
    assert!(opacity(&harness, 5) < 0.3, "{}", opacity(&harness, 5));

    let hub = harness.state().at(0);
    double_click(&mut harness, hub + vec2(60.0, 60.0));
    assert_eq!(harness.state().state.out(), None);
    assert_eq!(opacity(&harness, 5), 1.0);
}

#[test]
fn a_host_that_is_dragged_is_where_the_hand_is_and_free_again_after() {
    let mut harness = cross();
    let (from, zoom) = (harness.state().at(2), harness.state().state.camera.sight().zoom);
    drag(&mut harness, from + vec2(3.0, -4.0), vec2(80.0, 40.0), Modifiers::NONE);
    let last = *pins(&harness, 2).last().unwrap();
    assert!((last - (Pos2::new(0.0, 200.0) + vec2(80.0, 40.0) / zoom)).length() < 0.5, "{last}");
    assert!(is_unpinned(&harness, 2));
    assert!(harness.state().state.pinned.is_empty());
}

#[test]
fn with_shift_it_stays_where_it_is_put() {
    let mut harness = cross();
    let from = harness.state().at(2);
    drag(&mut harness, from, vec2(80.0, 40.0), Modifiers::SHIFT);
    assert!(!pins(&harness, 2).is_empty());
    assert!(!is_unpinned(&harness, 2));
    assert!(harness.state().state.pinned.contains(&harness.state().net.node(2)));
}

#[test]
fn a_command_pins_what_is_selected_and_lets_it_go() {
    let mut harness = cross();
    let subject = harness.state().subject(2);
    for pinned in [true, false] {
        harness.state_mut().selection = Some(subject);
        harness.run();
        harness.state_mut().state.command(GraphCommand::Pin);
        harness.run();
        assert_eq!(harness.state().state.pinned.contains(&harness.state().net.node(2)), pinned);
        assert_eq!(is_unpinned(&harness, 2), !pinned);
    }
    assert_eq!(pins(&harness, 2), [Pos2::new(0.0, 200.0)]);
}

#[test]
fn dragging_the_ground_moves_everything_and_pins_nothing() {
    let mut harness = cross();
    let (hub, leaf) = (harness.state().at(0), harness.state().at(4));
    drag(&mut harness, hub + vec2(60.0, 60.0), vec2(-50.0, 30.0), Modifiers::NONE);
    assert_eq!(harness.state().actions, []);
    assert!((harness.state().at(4) - (leaf + vec2(-50.0, 30.0))).length() < 0.5);
}

#[test]
fn a_wheel_zooms_about_the_pointer_and_two_fingers_move() {
    let mut harness = cross();
    let leaf = harness.state().at(1);
    let zoom = harness.state().state.camera.sight().zoom;
    let scroll = |harness: &mut Harness<'_, Window>, unit, delta| {
        harness.hover_at(leaf);
        harness.event(Event::MouseWheel {
            unit,
            delta,
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
        harness.run();
    };
    scroll(&mut harness, MouseWheelUnit::Line, vec2(0.0, 2.0));
    assert!(harness.state().state.camera.sight().zoom > zoom * 1.1);
    assert!((harness.state().at(1) - leaf).length() < 0.5);

    let zoom = harness.state().state.camera.sight().zoom;
    scroll(&mut harness, MouseWheelUnit::Point, vec2(15.0, -20.0));
    assert_eq!(harness.state().state.camera.sight().zoom, zoom);
    assert!((harness.state().at(1) - (leaf + vec2(15.0, -20.0))).length() < 0.5);
}

#[test]
fn hosts_have_names_for_those_who_do_not_see_them() {
    let mut harness = cross();
    let router = harness.get_by_label_contains("router.home, ");
    let name = router.accesskit_node().label().unwrap();
    assert!(name.ends_with(", 4 neighbours"), "{name}");
    router.click_accesskit();
    harness.run();
    assert_eq!(harness.state().selection, Some(harness.state().subject(0)));
}

#[test]
fn the_legend_shows_what_is_there_and_brings_it_out() {
    let mut harness = cross();
    assert!(harness.query_by_label("Show only Mail").is_none());
    harness.get_by_label("Show only Remote").click();
    harness.run();
    assert_eq!(harness.state().state.lens.family, Some(Family::Remote));
    let ssh = harness.state().state.stage.edges().iter().find(|edge| edge.family == Some(Family::Remote)).unwrap();
    let dns = harness.state().state.stage.edges().iter().find(|edge| edge.family == Some(Family::Names)).unwrap();
    assert!(ssh.opacity > 0.9 && dns.opacity < 0.2);
}

#[test]
fn the_tool_bar_asks_for_what_it_says() {
    let mut harness = cross();
    for name in ["Freeze the layout", "Layout", "Circle layout"] {
        harness.get_by_label(name).click();
        harness.run();
    }
    assert_eq!(harness.state().actions, [GraphAction::Freeze(true), GraphAction::SetKind(Kind::Circle)].map(Action::Layout));
}

#[test]
fn next_goes_from_the_busiest_host_to_the_idlest_and_round() {
    let mut harness = cross();
    let mut selected = Vec::new();
    for _ in 0..7 {
        harness.state_mut().state.command(GraphCommand::Next);
        harness.run();
        selected.push(harness.state().selection.unwrap());
    }
    assert_eq!(selected[0], harness.state().subject(0));
    assert_eq!(selected[1], harness.state().subject(1));
    assert_eq!(selected[5], harness.state().subject(5));
    assert_eq!(selected[6], selected[0]);
}

#[test]
fn while_nothing_happens_nothing_is_drawn() {
    let harness = cross();
    let delays: Vec<_> = harness.output().viewport_output.values().map(|viewport| viewport.repaint_delay).collect();
    assert!(delays.iter().all(|delay| *delay == std::time::Duration::MAX), "{delays:?}");
}

#[test]
fn before_the_first_packet_it_says_what_it_waits_for() {
    let harness = Window::open(Net::of(0, &[]));
    harness.get_by_label("Waiting for traffic on eth0…");
}

#[test]
fn who_is_lost_is_shown_the_way_back() {
    let mut harness = cross();
    assert!(harness.query_by_label("Nothing in view: show all").is_none());
    harness.state_mut().state.camera.fly_to(super::Sight { centre: Pos2::new(300.0, -200.0), zoom: 6.0 });
    harness.run();
    harness.get_by_label("Nothing in view: show all").click();
    harness.run();
    assert!(harness.query_by_label("Nothing in view: show all").is_none());
}

#[test]
fn who_points_into_the_map_goes_there() {
    let mut harness = cross();
    assert!(harness.query_by_label("Map of all nodes").is_none(), "all is in view");
    harness.state_mut().state.camera.fly_to(super::Sight { centre: Pos2::new(0.0, 0.0), zoom: 4.0 });
    harness.run();
    let map = harness.get_by_label("Map of all nodes").rect();
    assert!(harness.state().state.kept_free.iter().any(|free| free.contains_rect(map)), "no label is under it");
    // Host 5 is the rightmost of all, host 3 the leftmost.
    click(&mut harness, map.right_center() - vec2(3.0, 0.0));
    let centre = harness.state().state.camera.sight().centre;
    assert!((centre.x - 300.0).abs() < 8.0, "{centre}");
    drag(&mut harness, map.center(), vec2(-map.width(), 0.0), Modifiers::NONE);
    let centre = harness.state().state.camera.sight().centre;
    assert!((centre.x + 200.0).abs() < 8.0, "{centre}");
    assert_eq!(harness.state().state.camera.sight().zoom, 4.0);
    assert_eq!(harness.state().selection, None, "it was not the graph that was clicked");
}

#[test]
fn how_long_things_take_is_shown_and_hidden() {
    let mut harness = cross();
    assert!(harness.query_by_label("Vertices").is_none());
    harness.state_mut().state.command(GraphCommand::Times);
    harness.step();
    harness.step();
    for name in ["Frame", "Model", "6 of 6", "Vertices"] {
        assert!(harness.query_by_label_contains(name).is_some(), "{name}");
    }
    harness.state_mut().state.command(GraphCommand::Times);
    harness.step();
    assert!(harness.query_by_label("Vertices").is_none());
}

#[test]
fn no_label_is_under_the_legend_or_the_tool_bar() {
    let mut harness = cross();
    let mut shown = 0;
    for y in 0..40 {
        let sight = super::Sight { centre: Pos2::new(160.0, -200.0 + y as f32), zoom: 1.8 };
        harness.state_mut().state.camera.fly_to(sight);
        harness.run();
        let state = &harness.state().state;
        shown += state.labels.shown().len();
        assert_eq!(state.kept_free.len(), 4, "the legend, two bars of tools, and the map");
        for label in state.labels.shown() {
            assert!(
                state.kept_free.iter().all(|rect| !super::occupancy::overlap(*rect, label.rect)),
                "{:?} {:?}",
                label.rect,
                state.kept_free
            );
        }
    }
    assert!(shown > 40, "{shown}");
}

#[test]
#[ignore = "measures: run it alone, with optimisation, and with --nocapture"]
fn ten_thousand_hosts() {
    let net = Net::huge();
    let mut state = Graph::default();
    let mut selection = None;
    let context = egui::Context::default();
    crate::theme::install(&context);
    let mut spent = Vec::new();
    for _ in 0..200 {
        let input = egui::RawInput { screen_rect: Some(egui::Rect::from_min_size(Pos2::ZERO, vec2(1920.0, 1080.0))), ..Default::default() };
        let mut output = context.run_ui(input, |ui| {
            let scene = super::Scene { reduced_motion: false, ..net.scene() };
            let begun = std::time::Instant::now();
            graph_ui(ui, scene, &mut state, &mut selection);
            spent.push(begun.elapsed());
        });
        output.textures_delta.clear();
    }
    spent.sort();
    println!("{} hosts, {} links: a frame takes {:?}", state.stage.nodes().len(), state.stage.edges().len(), spent[spent.len() / 2]);
    assert_eq!(state.stage.nodes().iter().filter(|node| node.visible).count(), 10_000);
}
