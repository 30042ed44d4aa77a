//! The window: it holds the session, gives the views what they read, and does what they say.

mod desktop;
mod dialog;
mod display;
mod icon;
mod linked;
mod opening;
mod perform;
mod probes;
mod saving;
mod shot;
mod sources;

use std::path::PathBuf;
use std::time::Duration;

use egui::{Context, ThemePreference, Ui, ViewportCommand};

use self::dialog::{Dialog, Wanted};
use self::linked::Linked;
use self::probes::Known;
use self::saving::Kept;
use self::shot::Shot;
use crate::open::Hearing;
use crate::others::Others;
use crate::pipeline::{SourceKind, Start};
use crate::state::action::Open;
use crate::state::graph::Graph;
use crate::state::mode::Mode;
use crate::state::settings::Placed;
use crate::state::{Action, Picture, Screen, Speed, State, Store, View};
use crate::{theme, view};

pub use self::display::WindowError;

/// How the window begins.
#[derive(Default)]
pub struct Options {
    /// What it shows; none is the start screen.
    pub start: Option<Begin>,
    /// What may be heard beside.
    pub others: Others,
    /// Which view it shows, and of what the graph is made; none is as it was last time.
    pub view: Option<(View, Option<Mode>)>,
    /// Where to put a picture of it, and after how long; then it closes.
    pub picture: Option<(PathBuf, Duration)>,
    /// Databases of addresses, or directories of them; none are those of the settings.
    pub geoip: Vec<PathBuf>,
}

/// A source that was opened already.
pub struct Begin {
    /// What it was opened from: so it is opened again to begin again.
    pub open: Open,
    /// The source.
    pub start: Start,
    /// Probes that are listened for beside it.
    pub listening: Option<Hearing>,
    /// The filter with which it was opened; empty for none.
    pub filter: String,
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// See [`WindowError`]: there is no display, or nothing can be drawn on it.
pub fn run(options: Options) -> Result<(), WindowError> {
    display::run(options)
}

/// The program while it runs.
struct Window {
    state: State,
    picture: Picture,
    store: Store,
    others: Others,
    /// What is shown: on the start screen the demo.
    linked: Option<Linked>,
    dialog: Option<Dialog>,
    shot: Option<Shot>,
    known: Known,
    kept: Option<Kept>,
    shown: Shown,
    /// Databases of addresses that the command line names.
    geoip: Vec<PathBuf>,
}

/// How long two clicks may be apart to be one double-click, in seconds: what desktops allow, and not less because a machine draws slowly.
const DOUBLE_CLICK_SECS: f64 = 0.5;

/// What egui and the desktop were told last.
#[derive(Debug, PartialEq)]
struct Shown {
    theme: ThemePreference,
    text_size: f32,
    reduced_motion: bool,
    title: String,
}

impl Window {
    fn new(ctx: &Context, state: State, store: Store, options: Options) -> Self {
        theme::install(ctx);
        view::ordered::install(ctx);
        ctx.options_mut(|o| {
            o.zoom_with_keyboard = false;
            o.input_options.max_double_click_delay = DOUBLE_CLICK_SECS;
        });
        let shown = Shown { theme: ThemePreference::Dark, text_size: 0.0, reduced_motion: false, title: String::new() };
        let picture = Picture::new(String::new(), SourceKind::Demo, Speed::Times(1.0));
        let shot = options.picture.map(|(path, after)| Shot::new(path, after));
        let others = options.others;
        let mut window = Window {
            state,
            picture,
            store,
            others,
            linked: None,
            dialog: None,
            shot,
            known: Known::default(),
            kept: None,
            shown,
            geoip: options.geoip,
        };
        if let Some((view, mode)) = options.view {
            window.state.settings.show(view);
            window.state.settings.mode = mode.unwrap_or(window.state.settings.mode);
        }
        window.state.graph = Graph::grouped_by(&window.state.settings.group_by);
        let wrong = window.others.remember(&window.state.settings.sources, &window.state.settings.sources_off);
        wrong.into_iter().for_each(|text| window.tell(0.0, capture::Level::Warning, format!("settings: {text}")));
        match options.start {
            Some(Begin { open, start, listening, filter }) => window.begin_with(ctx, open, start, listening, filter),
            None => window.back(ctx),
        }
        window.present(ctx);
        window
    }

    /// Tells egui and the desktop what changed of theme, text size and title.
    fn present(&mut self, ctx: &Context) {
        let settings = &self.state.settings;
        let title = match self.state.screen {
            Screen::Start => "glouglou".to_owned(),
            Screen::Main => format!("{} — glouglou", self.picture.name),
        };
        let shown = Shown { theme: settings.theme, text_size: settings.text_size, reduced_motion: settings.reduced_motion, title };
        if shown == self.shown {
            return;
        }
        ctx.set_theme(shown.theme);
        ctx.set_zoom_factor(shown.text_size);
        let animation_time = if shown.reduced_motion { 0.0 } else { 0.1 };
        ctx.all_styles_mut(|style| style.animation_time = animation_time);
        if shown.title != self.shown.title {
            ctx.send_viewport_cmd(ViewportCommand::Title(shown.title.clone()));
        }
        self.shown = shown;
    }

    /// Remembers where the window is.
    fn locate(&mut self, ctx: &Context) {
        let zoom = ctx.zoom_factor();
        let (maximized, inner, outer) = ctx.input(|i| {
            let v = i.viewport();
            (v.maximized.unwrap_or(false) || v.fullscreen.unwrap_or(false), v.inner_rect, v.outer_rect)
        });
        let window = &mut self.state.settings.window;
        window.maximized = maximized;
        if !maximized {
            let placed = Placed {
                position: outer.map(|r| [r.min.x * zoom, r.min.y * zoom].map(f32::round)),
                size: inner.map(|r| [r.width() * zoom, r.height() * zoom].map(f32::round)),
                maximized,
            };
            *window = Placed { position: placed.position.or(window.position), size: placed.size.or(window.size), maximized };
        }
    }

    /// Takes in what came since the last frame. No frame is drawn for it.
    fn take_in(&mut self, ctx: &Context) {
        let now = ctx.input(|i| i.time);
        if let Some(linked) = &mut self.linked {
            linked.fill(&mut self.picture, &mut self.state, now);
        }
        self.look_at_probes();
        self.look_at_sources();
        self.state.filter.listen();
        if let Some((purpose, rows)) = self.state.table.listen() {
            self.answer(ctx, purpose, &rows, now);
        }
        if let Some((wanted, chosen)) = self.dialog.as_mut().and_then(|dialog| Some((dialog.wanted, dialog.poll()?))) {
            self.dialog = None;
            self.take_chosen(ctx, wanted, chosen);
        }
        let dropped: Vec<PathBuf> = ctx.input(|i| i.raw.dropped_files.iter().map(|f| f.path().to_owned()).collect());
        if let Some(path) = dropped.into_iter().next() {
            self.perform(ctx, Action::Open(Open::File(path)));
        }
    }

    /// A file was chosen, or none.
    fn take_chosen(&mut self, ctx: &Context, wanted: Wanted, chosen: Option<PathBuf>) {
        match wanted {
            Wanted::Capture => {
                self.state.start.choosing = false;
                self.state.start.nothing_chosen = chosen.is_none();
                if let Some(path) = chosen {
                    self.perform(ctx, Action::Open(Open::File(path)));
                }
            }
            Wanted::Picture => {
                self.state.saving.choosing = false;
                if let Some(path) = chosen {
                    self.state.saving.path = path.display().to_string();
                }
            }
            Wanted::Records | Wanted::Map | Wanted::Databases => self.take_source_path(wanted, chosen),
            Wanted::Key => {
                self.state.probes.connecting.choosing = false;
                if let Some(path) = chosen {
                    self.state.probes.connecting.key = path.display().to_string();
                }
            }
        }
    }

    /// Asks for the next frame where something changes by itself.
    fn keep_going(&self, ctx: &Context, now: f64) {
        let after = |secs: f64| ctx.request_repaint_after(Duration::from_secs_f64(secs.max(0.01)));
        match self.state.screen {
            Screen::Start => after(1.0),
            Screen::Main if self.picture.is_moving() && self.state.settings.view != View::Probes => after(0.25),
            Screen::Main => {}
        }
        if self.is_waiting_for_probes() {
            after(1.0);
        }
        let changes = [self.state.notices.next_change(now), self.store.next_change(now)];
        changes.into_iter().flatten().for_each(after);
        if self.linked.as_ref().is_some_and(Linked::is_behind) || self.state.filter.is_waiting() {
            after(0.05);
        }
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.take_in(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let now = ctx.input(|i| i.time);
        if self.state.screen == Screen::Start {
            self.state.start.interfaces.poll(now);
        }
        for action in view::root_ui(ui, &self.picture, &mut self.state) {
            if let Some(rest) = self.state.apply(action, now) {
                self.perform(&ctx, rest);
            }
        }
        if let Some(linked) = &mut self.linked {
            linked.ask(&mut self.state);
        }
        self.locate(&ctx);
        self.present(&ctx);
        if let Some(notice) = self.store.tick(&self.state.settings, now) {
            self.state.notices.push(notice, now);
        }
        self.look_at_picture(now);
        if let Some(shot) = &mut self.shot {
            shot.tick(&ctx, now);
        }
        self.keep_going(&ctx, now);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if let Some(notice) = self.store.save(&self.state.settings) {
            eprintln!("{}", notice.text);
        }
        self.end_picture(0.0);
        self.linked = None;
    }
}
