//! The screens, in a window that nobody sees.

mod hands;
mod main;
mod ordered;
mod probes;
mod processes;
mod query;
mod signs;
mod sources;
mod start;

use std::sync::Arc;

use egui::{Key, Modifiers, Vec2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use graph::{
    Both, ConnId, Counts, Endpoint, Event, History, Kind, Limits, Model, NameOrigin, Node, Origin, OriginId, Proto, Realm, Realms,
    Registry, RegistryBuilder, Subject, Time, Total, Tuple,
};

use super::root_ui;
use crate::pipeline::SourceKind;
use crate::state::mode::Mode;
use crate::state::table::Purpose;
use crate::state::{Action, Picture, Screen, Speed, State};

/// A window, the model behind it, and what was asked of the source.
struct Window {
    model: Model,
    origin: OriginId,
    picture: Picture,
    state: State,
    asked: Vec<Action>,
    /// For what rows were asked for once.
    once: Vec<Purpose>,
}

const NOW: Time = Time::from_secs(1_700_000_000);

impl Window {
    /// A recording called `x.pcap` in which so many hosts were seen: each was sent as many kilobytes as its number by host 0.
    fn of(hosts: u32) -> Window {
        Window::with(hosts, RegistryBuilder::default().freeze())
    }

    /// The same, of which those columns may be known.
    fn with(hosts: u32, columns: Registry) -> Window {
        let mut model = Model::new(columns, Limits::default());
        let realms = Realms { local: Realm(1), site: Realm(2) };
        let origin = model.add_origin(Origin { name: "x.pcap".into(), realms }).unwrap();
        let (schema, registry) = (model.schema().clone(), Arc::new(model.registry().clone()));
        let picture = Picture { now: NOW, schema, registry, ..Picture::new("x.pcap".into(), SourceKind::File, Speed::Times(1.0)) };
        let state = State { screen: Screen::Main, ..State::default() };
        let mut window = Window { model, origin, picture, state, asked: Vec::new(), once: Vec::new() };
        for host in 1..hosts {
            window.talk(0, host, 443, u64::from(host) * 1000);
            window.name(host, &format!("host{host}.example"));
        }
        window.name(0, "router.example");
        window
    }

    fn addr(host: u32) -> std::net::IpAddr {
        std::net::Ipv4Addr::from_bits(0x0a00_0001 + host).into()
    }

    fn tell(&mut self, kind: Kind) {
        self.model.apply(NOW, &Event { at: NOW, origin: self.origin, kind }, &mut ());
        self.picture.snapshot = self.model.snapshot();
    }

    fn talk(&mut self, from: u32, to: u32, port: u16, bytes: u64) {
        let end = |host, port| Endpoint { addr: Window::addr(host), port };
        let (tuple, side) = Tuple::new(Proto::TCP, end(from, 50_000), end(to, port));
        let mut both = Both::default();
        *both.from_mut(side) = Counts { packets: 1, bytes, ip_bytes: bytes };
        self.tell(Kind::Data { tuple, conn: ConnId(1), total: Total(both), last: NOW });
    }

    fn name(&mut self, host: u32, name: &str) {
        self.tell(Kind::Name { addr: Window::addr(host), origin: NameOrigin::Dns, ttl_secs: 60, name: name.into() });
    }

    fn host(&self, host: u32) -> Subject {
        Subject::Host(self.model.hosts().find(|h| h.key.addr == Window::addr(host)).unwrap().id)
    }

    /// Draws a frame, and answers as a session would.
    fn ui(&mut self, ui: &mut egui::Ui) {
        let now = ui.input(|i| i.time);
        for action in root_ui(ui, &self.picture, &mut self.state) {
            self.asked.extend(self.state.apply(action, now));
        }
        if let Some(request) = &self.state.table.request {
            let rows = self.model.rows(request);
            if self.picture.rows.get(&rows.table) != Some(&rows) {
                self.picture.rows.insert(rows.table, rows);
                ui.ctx().request_repaint();
            }
        }
        let sums = self.model.sums(self.state.query.active());
        if self.picture.sums != sums {
            self.picture.sums = sums;
            ui.ctx().request_repaint();
        }
        let mut cast = None;
        if self.state.settings.mode == Mode::Mixed {
            let selected = self.state.selection.and_then(Node::of).and_then(Node::process);
            let before = self.picture.drawn.cast.clone().unwrap_or_default();
            cast = Some(self.model.cast(selected, &before).into());
        }
        let folding = self.state.wanted().folding;
        self.picture.drawn = self.model.draw(&folding, cast).into();
        if let Some((request, purpose)) = self.state.table.wanted.take() {
            let rows = self.model.rows(&request);
            self.state.table.take(purpose, &rows);
            self.once.push(purpose);
        }
        self.picture.details = self.state.selection.and_then(|subject| self.model.details(subject, &History::default()));
    }

    fn open(self) -> Harness<'static, Window> {
        self.sized(vec2(1280.0, 800.0))
    }

    fn sized(self, size: Vec2) -> Harness<'static, Window> {
        let app = |ui: &mut egui::Ui, window: &mut Window| window.ui(ui);
        let setup = |ctx: &egui::Context| {
            crate::theme::install(ctx);
            crate::view::ordered::install(ctx);
            ctx.set_theme(egui::Theme::Dark);
            ctx.options_mut(|o| o.zoom_with_keyboard = false);
        };
        let mut harness = Harness::builder().with_size(size).with_max_steps(40).with_context_setup(setup).build_ui_state(app, self);
        settle(&mut harness);
        harness
    }
}

/// Some frames: traffic moves, so that there is no last one.
fn settle(harness: &mut Harness<'_, Window>) {
    harness.run_steps(6);
}

fn click(harness: &mut Harness<'_, Window>, name: &str) {
    harness.get_by_label(name).click();
    settle(harness);
}

fn press(harness: &mut Harness<'_, Window>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    settle(harness);
}

/// The labels of everything of that role.
fn labels(harness: &Harness<'_, Window>, role: egui::Role) -> Vec<String> {
    harness.query_all_by_role(role).filter_map(|node| node.accesskit_node().label()).collect()
}
