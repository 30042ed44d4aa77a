//! The card of what is under the pointer.

use std::time::Duration;

use egui::{Frame, Grid, Rect, Response, RichText, Tooltip, Ui, Vec2};
use graph::{GroupId, Host, HostId, Link, LinkId, Member, Node, ProcessKey, Subject, Time};

use super::Scene;
use super::shorten::shorten;
use crate::state::graph::{Graph, Grip};
use crate::theme::{self, size};
use crate::units;

/// After so long on the same thing it appears, in seconds.
const PATIENCE_SECS: f64 = 0.25;
/// Free space within its edge, in points.
const MARGIN: f32 = 6.0;
/// A host's name within a line has so many characters.
const MAX_CHARS: usize = 22;
/// No more names than this.
const MAX_NAMES: usize = 4;
/// So many of those that a process comes from are named.
const MAX_LINE: usize = 8;
/// So many processes that use a link are named.
const MAX_OWNERS: usize = 5;

/// Shows it once the pointer has rested.
pub(super) fn card_ui(ui: &Ui, response: &Response, scene: &Scene<'_>, state: &Graph) {
    let Some((subject, since)) = state.hovered else { return };
    if state.grip != Grip::Nothing || response.context_menu_opened() {
        return;
    }
    let waits = PATIENCE_SECS - (ui.input(|i| i.time) - since);
    if waits > 0.0 {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(waits));
        return;
    }
    let Some(anchor) = anchor(ui, subject, state) else { return };
    let tooltip = Tooltip::always_open(ui.ctx().clone(), response.layer_id, response.id.with("card"), anchor);
    tooltip.gap(10.0).width(340.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.spacing_mut().interact_size.y = 0.0;
        Frame::new().inner_margin(MARGIN).show(ui, |ui| match subject {
            Subject::Host(id) => host_ui(ui, scene, state, id),
            Subject::Link(id) => link_ui(ui, scene, id),
            Subject::Process(key) => process_ui(ui, scene, state, key),
            Subject::Group(id) => group_ui(ui, scene, state, id),
            Subject::Flow(_) | Subject::Service(_) => {}
        });
    });
}

/// Beside what the card is about, so that it does not follow the pointer.
fn anchor(ui: &Ui, subject: Subject, state: &Graph) -> Option<Rect> {
    match Node::of(subject) {
        Some(id) => state.stage.node(id).map(|node| Rect::from_center_size(node.at, Vec2::splat(2.0 * node.radius + 12.0))),
        None => ui.input(|i| i.pointer.hover_pos()).map(|at| Rect::from_center_size(at, Vec2::splat(14.0))),
    }
}

fn group_ui(ui: &mut Ui, scene: &Scene<'_>, state: &Graph, id: GroupId) {
    let (Some(group), Some(node)) = (scene.drawn.groups.get(&id), state.stage.node(Node::Group(id))) else { return };
    title_ui(ui, group.key.label());
    let outer = group.key.parts().iter().rev().skip(1).map(|part| &*part.value).collect::<Vec<_>>().join(", ");
    let why = if group.key.is_quiet() { "the quietest, folded to make room" } else { "a group" };
    let why = if outer.is_empty() { why.to_owned() } else { format!("{why}, in {outer}") };
    ui.label(RichText::new(why).color(scene.palette.weak));
    ui.add_space(4.0);
    let members = units::count(u64::from(group.members));
    facts_ui(
        ui,
        scene,
        &[("Members", members, neighbours(node.neighbours)), ("Moves", units::rate(scene.rate(Node::Group(id))), String::new())],
    );
    ui.label(RichText::new("Double-click to open it").color(scene.palette.weak));
}

fn host_ui(ui: &mut Ui, scene: &Scene<'_>, state: &Graph, id: HostId) {
    let (Some(host), Some(node)) = (scene.snapshot.hosts.get(&id), state.stage.node(Node::Host(id))) else { return };
    title_ui(ui, &scene.label_of(host));
    let scope = scene.snapshot.totals.scope(&host.key).label();
    let addr = host.key.addr.to_string();
    ui.label(
        RichText::new(if host.names.best().is_some() { format!("{addr}  ·  {scope}") } else { scope.to_owned() }).color(scene.palette.weak),
    );
    ui.add_space(4.0);
    facts_ui(
        ui,
        scene,
        &[
            ("Sends", units::rate(host.rate_sent.at(scene.now)), units::bytes(host.sent.bytes)),
            ("Receives", units::rate(host.rate_received.at(scene.now)), units::bytes(host.received.bytes)),
            ("Flows", units::count(u64::from(host.flows)), neighbours(node.neighbours)),
            ("Seen", ago(scene.now, host.last), format!("first {}", ago(scene.now, host.first))),
        ],
    );
    other_names_ui(ui, scene, host);
    for (name, value) in host.signs(scene.registry) {
        ui.label(RichText::new(format!("{name}: {value}")).color(scene.palette.warn).size(size::SMALL));
    }
}

fn process_ui(ui: &mut Ui, scene: &Scene<'_>, state: &Graph, key: ProcessKey) {
    let (Some(cast), Some(node)) = (scene.cast(), state.stage.node(Node::Process(key))) else { return };
    let (Some(member), Some(process)) = (cast.members.get(&key), scene.snapshot.processes.get(&key)) else { return };
    title_ui(ui, &member.label);
    let user = member.user.as_deref().map(|user| format!("  ·  {user}")).unwrap_or_default();
    let container = member.container.as_ref().map(|container| format!("  ·  {container}")).unwrap_or_default();
    ui.label(RichText::new(format!("pid {}{user}{container}", key.process.pid)).color(scene.palette.weak));
    let parents = || std::iter::successors(Some(member), |member| cast.members.get(&member.parent?));
    let line: Vec<&str> = parents().skip(1).take(MAX_LINE).map(|member| &*member.label).collect();
    if !line.is_empty() {
        let more = if parents().nth(MAX_LINE + 1).is_some() { " ← …" } else { "" };
        ui.label(RichText::new(format!("started by {}{more}", line.join(" ← "))).color(scene.palette.weak));
    }
    ui.add_space(4.0);
    let used = process.usage.filter(|_| process.is_alive());
    let facts = [
        ("Sends", units::rate(process.rate_sent.at(scene.now)), units::bytes(process.sent.bytes)),
        ("Receives", units::rate(process.rate_received.at(scene.now)), units::bytes(process.received.bytes)),
        ("Flows", units::count(u64::from(process.flows)), neighbours(node.neighbours)),
        (
            "Processor",
            used.map_or("–".to_owned(), |_| units::percent(process.cpu_share)),
            used.map_or(String::new(), |used| units::bytes(used.rss_bytes)),
        ),
        life(member, scene.now),
    ];
    facts_ui(ui, scene, &facts);
}

/// How old it is, or how old it became.
fn life(member: &Member, now: Time) -> (&'static str, String, String) {
    let until = member.died.unwrap_or(now);
    let age = member.began.map_or("not known".to_owned(), |began| units::duration(until.since(began)));
    match member.died {
        None => ("Age", age, String::new()),
        Some(died) => ("Lived", age, format!("ended {}", ago(now, died))),
    }
}

fn link_ui(ui: &mut Ui, scene: &Scene<'_>, id: LinkId) {
    let Some(link) = scene.snapshot.links.get(&id) else { return };
    let name = |id: &HostId| scene.snapshot.hosts.get(id).map(|host| scene.label_of(host)).unwrap_or_default();
    let (a, b) = (name(&link.a), name(&link.b));
    let to = |name: &str| format!("To {}", shorten(name, MAX_CHARS));
    title_ui(ui, &format!("{a} ↔ {b}"));
    ui.label(RichText::new(service(link)).color(scene.palette.weak));
    ui.add_space(4.0);
    facts_ui(
        ui,
        scene,
        &[
            (&to(&b), units::rate(link.rate_ab.at(scene.now)), units::bytes(link.total.ab.bytes)),
            (&to(&a), units::rate(link.rate_ba.at(scene.now)), units::bytes(link.total.ba.bytes)),
            ("Flows", units::count(u64::from(link.flows)), String::new()),
            ("Seen", ago(scene.now, link.last), format!("first {}", ago(scene.now, link.first))),
        ],
    );
    owners_ui(ui, scene, link);
}

/// Whose flows they are, the busiest first.
fn owners_ui(ui: &mut Ui, scene: &Scene<'_>, link: &Link) {
    let mut shares: Vec<_> = scene.snapshot.shares.values().filter(|share| share.link == link.id).collect();
    shares.sort_by(|a, b| b.rate(scene.now).total_cmp(&a.rate(scene.now)).then(a.id.cmp(&b.id)));
    let label = |key: &ProcessKey| scene.snapshot.processes.get(key).map(|process| process.label());
    for share in shares.iter().take(MAX_OWNERS) {
        let owners: Vec<String> = share.owners.iter().flatten().filter_map(label).collect();
        let text = format!("{}  {}", owners.join(" ↔ "), units::rate(share.rate(scene.now)));
        ui.label(RichText::new(text).color(scene.palette.weak).size(size::SMALL));
    }
    if shares.len() > MAX_OWNERS {
        let more = format!("and {} more processes", shares.len() - MAX_OWNERS);
        ui.label(RichText::new(more).color(scene.palette.faint).size(size::SMALL));
    }
}

fn title_ui(ui: &mut Ui, text: &str) {
    ui.label(RichText::new(text).font(theme::strong(size::BODY + 1.0)));
}

/// Lines of a word, a value and a weaker one.
fn facts_ui(ui: &mut Ui, scene: &Scene<'_>, facts: &[(&str, String, String)]) {
    Grid::new("facts").num_columns(3).spacing(Vec2::new(18.0, 4.0)).show(ui, |ui| {
        for (word, value, weaker) in facts {
            ui.label(RichText::new(*word).color(scene.palette.weak));
            ui.label(value);
            ui.label(RichText::new(weaker).color(scene.palette.weak));
            ui.end_row();
        }
    });
}

fn other_names_ui(ui: &mut Ui, scene: &Scene<'_>, host: &Host) {
    let mut names: Vec<&str> =
        host.names.iter().skip(1).map(|name| &*name.text).filter(|name| host.names.best().is_none_or(|best| **best != **name)).collect();
    names.dedup();
    if names.is_empty() {
        return;
    }
    ui.add_space(4.0);
    let more = names.len().saturating_sub(MAX_NAMES);
    for name in names.iter().take(MAX_NAMES) {
        ui.label(RichText::new(*name).color(scene.palette.weak).size(size::SMALL));
    }
    if more > 0 {
        ui.label(RichText::new(format!("and {more} more names")).color(scene.palette.faint).size(size::SMALL));
    }
}

fn service(link: &Link) -> String {
    format!("{}  ·  {}", link.service, link.service.family().label())
}

fn neighbours(n: u32) -> String {
    if n == 1 { "with 1 neighbour".to_owned() } else { format!("with {n} neighbours") }
}

fn ago(now: Time, then: Time) -> String {
    match now.since(then).as_secs() {
        0 | 1 => "just now".to_owned(),
        secs @ 2..60 => format!("{secs} s ago"),
        secs => format!("{} ago", units::duration(Duration::from_secs(secs))),
    }
}
