//! What is done about other sources: added, switched, removed, remembered.

use std::path::{Path, PathBuf};

use capture::Level;
use egui::Context;

use super::Window;
use super::dialog::{Dialog, Wanted};
use crate::computing::{check_databases, geography, usual_databases};
use crate::others::{Main, Spec};
use crate::pipeline::SourceKind;
use crate::state::Overlay;
use crate::state::action::Open;
use crate::state::settings::GEOIP;
use crate::state::sources::{Chosen, Databases, NamedBy, Row, Shown, What, Wrong};

/// What other sources are heard beside.
pub(super) const fn beside(open: &Open) -> Main {
    match open {
        Open::File(_) => Main::Recording,
        Open::Machine => Main::Nothing,
        Open::Interface(_) | Open::Demo | Open::Listen(_) | Open::Connect(..) => Main::Live,
    }
}

impl Window {
    /// Reads how they are, if anybody looks.
    pub(super) fn look_at_sources(&mut self) {
        if self.state.overlay != Some(Overlay::Sources) {
            return;
        }
        let lines: Vec<_> = self.linked.iter().flat_map(|linked| linked.session.sources()).collect();
        let line = |spec: &Spec| lines.iter().find(|line| line.name == spec.name() && line.from == spec.from()).cloned();
        let rows = self.others.specs().map(|(spec, on)| Row { spec: spec.clone(), on, line: line(spec) }).collect();
        let (places, by) = match (self.geoip.is_empty(), self.state.settings.geoip.is_empty()) {
            (false, _) => (self.geoip.clone(), NamedBy::CommandLine),
            (true, false) => (self.state.settings.geoip.clone(), NamedBy::Settings),
            (true, true) => (usual_databases(), NamedBy::Nobody),
        };
        self.picture.sources = Shown { rows, remedy: self.others.conntrack_remedy(), databases: Databases { places, by } };
    }

    /// Hears another one, from now on and next time; what hinders it is said where it was asked for.
    pub(super) fn add_source(&mut self, now: f64, spec: Spec, checked: bool) {
        let checked = if checked { spec.check() } else { Ok(()) };
        let wrong = match checked {
            Err(refused) => Some(Wrong { later: (!refused.for_good).then(|| spec.clone()), text: refused.text }),
            Ok(()) => self.others.add(spec.clone(), true).err().map(|error| Wrong { text: format!("{error:#}"), later: None }),
        };
        if wrong.is_some() {
            match &mut self.state.sources.adding {
                Some(adding) => (adding.wrong, adding.focus) = (wrong, true),
                None => self.state.sources.wrong = wrong,
            }
            return;
        }
        self.state.sources.adding = None;
        self.state.sources.wrong = None;
        self.switch_source(now, &spec, true);
    }

    /// Switches one on or off, now and next time.
    pub(super) fn switch_source(&mut self, now: f64, spec: &Spec, on: bool) {
        self.others.switch(spec, on);
        self.remember_sources();
        let nth = self.nth(spec);
        let Some(linked) = self.linked.as_mut().filter(|linked| linked.session.kind() != SourceKind::Demo) else { return };
        let switched = match (nth, self.others.one(spec, beside(&linked.open))) {
            (Some(nth), _) => linked.session.switch_source(nth, on),
            (None, Some(other)) => linked.session.add_source(other),
            (None, None) => Ok(()),
        };
        if let Err(error) = switched {
            self.tell(now, Level::Error, format!("{}: {error:#}", spec.name()));
        }
    }

    /// One of them is not heard any more, nor next time. What it told stays until it is idle.
    pub(super) fn remove_source(&mut self, spec: &Spec) {
        if let (Some(nth), Some(linked)) = (self.nth(spec), &mut self.linked) {
            linked.session.remove_source(nth);
        }
        self.others.remove(spec);
        self.remember_sources();
    }

    /// Which of the session's it is.
    fn nth(&self, spec: &Spec) -> Option<usize> {
        let mut lines = self.linked.as_ref()?.session.sources();
        lines.position(|line| line.name == spec.name() && line.from == spec.from())
    }

    fn remember_sources(&mut self) {
        self.state.settings.sources = self.others.to_remember(true);
        self.state.settings.sources_off = self.others.to_remember(false);
    }

    /// Asks the desktop for what is missing in the form.
    pub(super) fn choose_source(&mut self, ctx: &Context, chosen: Chosen) {
        let Some(adding) = &mut self.state.sources.adding else { return };
        let wanted = match (adding.what, chosen) {
            (What::Databases, _) => Wanted::Databases,
            (_, Chosen::Path) => Wanted::Records,
            (_, Chosen::Map) => Wanted::Map,
        };
        adding.choosing = Some(chosen);
        self.dialog.get_or_insert_with(|| Dialog::open(ctx, wanted));
    }

    /// The desktop's dialog is closed.
    pub(super) fn take_source_path(&mut self, wanted: Wanted, path: Option<PathBuf>) {
        let Some(adding) = &mut self.state.sources.adding else { return };
        adding.choosing = None;
        let Some(path) = path else { return };
        let field = if wanted == Wanted::Map { &mut adding.map } else { &mut adding.path };
        *field = path.display().to_string();
        adding.wrong = None;
    }

    /// Looks countries and owners of networks up there too, from now on and next time.
    pub(super) fn add_databases(&mut self, now: f64, path: PathBuf) {
        let places = &mut self.state.settings.geoip;
        let full = || format!("there are {GEOIP} already: remove one first");
        let wrong = if places.len() >= GEOIP { Err(full()) } else { check_databases(&path) };
        match (wrong, &mut self.state.sources.adding) {
            (Err(text), Some(adding)) => (adding.wrong, adding.focus) = (Some(Wrong { text, later: None }), true),
            (Err(_), None) => {}
            (Ok(()), _) => {
                self.state.sources.adding = None;
                if !places.contains(&path) {
                    places.push(path);
                    self.look_up_again(now);
                }
            }
        }
    }

    /// Does so no more.
    pub(super) fn remove_databases(&mut self, now: f64, path: &Path) {
        self.state.settings.geoip.retain(|known| known != path);
        self.look_up_again(now);
    }

    /// Looks up whatever is known, in the databases as they are now. The demo's hosts are made up.
    fn look_up_again(&mut self, now: f64) {
        if self.picture.kind == SourceKind::Demo {
            return;
        }
        let (geography, notices) = geography(&self.state.settings.geoip);
        notices.into_iter().for_each(|notice| self.state.notices.push(notice, now));
        self.tell_source(now, "Databases", |linked| linked.session.recompute(Box::new(geography)));
    }
}
