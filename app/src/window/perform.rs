//! What concerns the source or the system is done here.

use capture::{Command, Level, Notice};
use egui::{Context, ViewportCommand};
use graph::Rows;

use super::Window;
use super::dialog::{Dialog, Wanted};
use super::linked::{Linked, Repaint};
use super::opening::{Refused, open};
use super::sources::beside;
use crate::computing::{Computing, Given};
use crate::open::Hearing;
use crate::pipeline::{Session, SourceKind, Start};
use crate::state::action::Open;
use crate::state::columns::arrange;
use crate::state::settings::table_name;
use crate::state::table::Purpose;
use crate::state::tsv::tsv;
use crate::state::{Action, Picture, Screen, Speed};

impl Window {
    /// Does one thing.
    pub(super) fn perform(&mut self, ctx: &Context, action: Action) {
        let now = ctx.input(|i| i.time);
        match action {
            Action::ChooseFile => {
                self.dialog.get_or_insert_with(|| Dialog::open(ctx, Wanted::Capture));
                self.state.start.choosing = true;
            }
            Action::ChooseKey => {
                self.dialog.get_or_insert_with(|| Dialog::open(ctx, Wanted::Key));
                self.state.probes.connecting.choosing = true;
            }
            Action::ChoosePicture => {
                self.dialog.get_or_insert_with(|| Dialog::open(ctx, Wanted::Picture));
                self.state.saving.choosing = true;
            }
            Action::SavePicture(wanted) => {
                self.state.overlay = None;
                self.state.graph.wanted = Some(wanted);
                ctx.request_repaint();
            }
            Action::KeepPicture { path, svg } => self.keep_picture(ctx, path, svg),
            Action::Open(open) => self.open(ctx, open),
            Action::Back => self.back(ctx),
            Action::Restart => {
                if let Some(open) = self.linked.as_ref().map(|linked| linked.open.clone()) {
                    self.open(ctx, open);
                }
            }
            Action::TogglePause => self.tell_source(now, "Pause", |linked| linked.session.pause(!linked.session.is_paused())),
            Action::Step => self.tell_source(now, "Step", |linked| linked.session.command(Command::Step)),
            Action::Slower => self.set_speed(now, self.picture.speed.slower()),
            Action::Faster => self.set_speed(now, self.picture.speed.faster()),
            Action::SetSpeed(speed) => self.set_speed(now, speed),
            Action::SetFilter(text) => self.set_filter(ctx, now, text),
            Action::Fullscreen => {
                let full = ctx.input(|i| i.viewport().fullscreen.unwrap_or(false));
                ctx.send_viewport_cmd(ViewportCommand::Fullscreen(!full));
            }
            Action::Copy(text) => {
                ctx.copy_text(text);
                self.tell(now, Level::Info, "Copied".into());
            }
            Action::Layout(action) => self.tell_source(now, "Layout", |linked| linked.lay_out(action)),
            Action::SwitchSource { spec, on } => self.switch_source(now, &spec, on),
            Action::AddSource { spec, checked } => self.add_source(now, spec, checked),
            Action::RemoveSource(spec) => self.remove_source(&spec),
            Action::ChooseSource(chosen) => self.choose_source(ctx, chosen),
            Action::AddDatabases(path) => self.add_databases(now, path),
            Action::RemoveDatabases(path) => self.remove_databases(now, &path),
            Action::Compute { name, on } => self.tell_source(now, "Computation", |linked| linked.session.compute(name, on)),
            Action::ForgetComputed(name) => self.tell_source(now, "Computation", |linked| linked.session.forget(name)),
            Action::Hear(way) => self.hear_or_say(ctx, &way),
            Action::StopHearing(way) => self.stop_hearing(ctx, &way),
            Action::Invite { name, place } => self.invite(ctx, &name, &place),
            Action::PauseProbe { probe_id, paused } => self.pause_probe(now, probe_id, paused),
            Action::ForgetProbe(probe_id) => self.forget_probe(probe_id),
            Action::Forget(path) => self.state.settings.recent.retain(|p| *p != path),
            Action::Quit => ctx.send_viewport_cmd(ViewportCommand::Close),
            // What is left concerns only what is shown, and was done by the state.
            _ => {}
        }
    }

    pub(super) fn tell(&mut self, now: f64, level: Level, text: String) {
        self.state.notices.push(Notice { level, text, remedy: None }, now);
    }

    pub(super) fn tell_source(&mut self, now: f64, what: &str, tell: impl FnOnce(&mut Linked) -> bool) {
        if self.linked.as_mut().is_some_and(|linked| !tell(linked)) {
            self.tell(now, Level::Warning, format!("{what}: the source is busy and did not take it. Try again."));
        }
    }

    fn set_speed(&mut self, now: f64, speed: Speed) {
        self.tell_source(now, "Speed", |linked| linked.session.set_speed(speed.times()));
        self.picture.speed = speed;
        self.state.settings.speed = speed;
    }

    /// A source that runs is told; a recording that has been read is read again.
    fn set_filter(&mut self, ctx: &Context, now: f64, text: String) {
        if let (Some(linked), Some(_)) = (&self.linked, &self.picture.outcome) {
            self.open_with(ctx, linked.open.clone(), text);
            return;
        }
        let (answer, answers) = crossbeam_channel::bounded(1);
        self.state.filter.asked(text.clone(), answers);
        self.tell_source(now, "Filter", |linked| linked.session.command(Command::Filter { text, answer }));
    }

    /// Opens something. What is shown stays if that fails.
    fn open(&mut self, ctx: &Context, what: Open) {
        let filter = match self.state.screen {
            Screen::Start => self.state.start.filter.trim().to_owned(),
            Screen::Main => self.state.filter.active.clone(),
        };
        self.open_with(ctx, what, filter);
    }

    fn open_with(&mut self, ctx: &Context, what: Open, filter: String) {
        match open(&what, &filter, &self.state.settings) {
            Ok(start) => self.begin(ctx, what, start, filter),
            Err(refused) => self.refuse(ctx, what, refused),
        }
    }

    fn refuse(&mut self, ctx: &Context, what: Open, refused: Refused) {
        let now = ctx.input(|i| i.time);
        if let Open::File(path) = &what
            && !path.try_exists().unwrap_or(true)
        {
            self.state.settings.recent.retain(|p| p != path);
        }
        match (refused, self.state.screen) {
            (Refused::Filter(message), Screen::Start) => self.state.start.filter_error = Some(message),
            (Refused::Source(text), Screen::Start) => self.state.start.error = Some((what, text)),
            (Refused::Filter(message), Screen::Main) => self.state.filter.error = Some(message),
            (Refused::Source(text), Screen::Main) => self.tell(now, Level::Error, text),
        }
    }

    /// Shows a source that is open.
    pub(super) fn begin(&mut self, ctx: &Context, open: Open, start: Start, filter: String) {
        self.begin_with(ctx, open, start, None, filter);
    }

    /// The same, and probes beside it that are listened for already.
    pub(super) fn begin_with(&mut self, ctx: &Context, open: Open, start: Start, listening: Option<Hearing>, filter: String) {
        if let Open::File(path) = &open {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            self.state.settings.remember(&path);
        }
        if self.link(ctx, open, start) {
            self.state.start.error = None;
            self.state.start.filter_error = None;
            self.state.filter.begin(filter);
            self.state.screen = Screen::Main;
            self.listen_beside(ctx.input(|i| i.time), listening);
        }
    }

    /// Shows the start screen, and the demo beside it.
    pub(super) fn back(&mut self, ctx: &Context) {
        self.state.screen = Screen::Start;
        self.state.settings.recent.retain(|path| path.try_exists().unwrap_or(true));
        match open(&Open::Demo, "", &self.state.settings) {
            Ok(start) => {
                self.link(ctx, Open::Demo, start);
            }
            Err(Refused::Filter(text) | Refused::Source(text)) => {
                let now = ctx.input(|i| i.time);
                self.tell(now, Level::Error, format!("The demo does not play: {text}"));
            }
        }
    }

    /// What is computed of a source; of the demo's made-up hosts only what needs no file that was not named.
    fn computing(&mut self, kind: SourceKind, now: f64) -> Computing {
        let settings = &self.state.settings;
        let off: Vec<String> = settings.computations_off.iter().cloned().collect();
        if kind == SourceKind::Demo && self.geoip.is_empty() {
            return Computing { off, ..Computing::bare() };
        }
        let geoip = if self.geoip.is_empty() { settings.geoip.clone() } else { self.geoip.clone() };
        let (computing, notices) = Computing::of(Given { live: kind == SourceKind::Live, geoip, off });
        notices.into_iter().for_each(|notice| self.state.notices.push(notice, now));
        computing
    }

    /// Starts the threads of a source and takes it in place of the one that is shown.
    fn link(&mut self, ctx: &Context, open: Open, mut start: Start) -> bool {
        if start.kind != SourceKind::Demo {
            start.others = self.others.list(beside(&open));
        }
        let repaint = Repaint::new(ctx);
        let asks = repaint.clone();
        let speed = start.speed.map_or(Speed::Max, Speed::Times);
        let computing = self.computing(start.kind, ctx.input(|i| i.time));
        match Session::start(start, computing, move || asks.ask()) {
            Ok(session) => {
                let schema = session.schema().clone();
                self.picture = Picture { schema, ..Picture::new(session.name().to_owned(), session.kind(), speed) };
                self.state.begin_source();
                self.linked = Some(Linked::new(session, open, repaint));
                true
            }
            Err(error) => {
                let now = ctx.input(|i| i.time);
                self.tell(now, Level::Error, format!("{error:#}"));
                false
            }
        }
    }

    /// Rows that were asked for once are there.
    pub(super) fn answer(&mut self, ctx: &Context, purpose: Purpose, rows: &Rows, now: f64) {
        self.state.table.take(purpose, rows);
        let selected = &self.state.table.selected;
        let chosen: Vec<_> = match purpose {
            Purpose::CopyAll => rows.rows.iter().collect(),
            Purpose::CopySelected => rows.rows.iter().filter(|r| selected.contains(&r.subject)).collect(),
            Purpose::Select | Purpose::Find(_) => return,
        };
        let columns = self.state.settings.tables.get(table_name(rows.table)).cloned().unwrap_or_default();
        if !chosen.is_empty() {
            ctx.copy_text(tsv(&rows.columns, &arrange(&rows.columns, &columns), chosen.iter().copied()));
        }
        let copied = match chosen.len() {
            0 => "No row is selected".to_owned(),
            1 => "Copied one row".to_owned(),
            n if purpose == Purpose::CopyAll && rows.total > n => format!("Copied the first {n} of {} rows", rows.total),
            n => format!("Copied {n} rows"),
        };
        self.tell(now, Level::Info, copied);
    }
}
