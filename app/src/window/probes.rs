//! What is done about probes: listened for, let come, paused, forgotten.

use std::collections::BTreeSet;
use std::time::SystemTime;

use capture::remote::board::Line;
use capture::remote::keys::KeyDir;
use capture::{Command, Level};
use egui::Context;

use super::Window;
use super::opening::{Refused, open};
use crate::open::{Hearing, connect, listener};
use crate::pipeline::{Heard, Session, SourceKind, Way};
use crate::probes::{invite, keys};
use crate::state::action::View;
use crate::state::probes::{Adding, together};
use crate::state::{Overlay, Screen};

/// Who may come, as the directory of keys says.
#[derive(Debug, Default)]
pub(super) struct Known {
    keys: Option<KeyDir>,
    /// When the directory was what is known of it.
    seen: Option<SystemTime>,
    probes: Vec<(u32, String)>,
    /// Who was forgotten, and may still stand on the board.
    forgotten: BTreeSet<u32>,
}

impl Known {
    /// Looks again, if anything changed.
    fn look(&mut self) -> anyhow::Result<()> {
        let keys = match &mut self.keys {
            Some(keys) => keys,
            none => none.insert(keys()?),
        };
        let changed = keys.changed();
        if changed.is_none() || changed != self.seen {
            self.probes = keys.probes()?.into_iter().map(|probe| (probe.probe_id, probe.name)).collect();
            self.seen = changed;
        }
        Ok(())
    }
}

impl Window {
    /// Whether anybody looks at probes.
    fn shows_probes(&self) -> bool {
        let view = self.state.screen == Screen::Main && self.state.settings.view == View::Probes;
        // Where there is nothing to see yet it is said for whom one waits.
        let waits = self.picture.probes.alone.is_some() && self.picture.snapshot.hosts.is_empty();
        view || waits || self.state.overlay == Some(Overlay::AddProbe)
    }

    /// Reads what is known of probes, if anybody looks.
    pub(super) fn look_at_probes(&mut self) {
        let session = self.linked.as_ref().map(|linked| &linked.session);
        let heard: Vec<&Heard> = session.into_iter().flat_map(Session::heard).collect();
        self.picture.probes.ways = heard.iter().map(|heard| heard.way.clone()).collect();
        self.picture.probes.alone = session.and_then(Session::only_hears).cloned();
        if !self.shows_probes() {
            self.picture.probes.lines.clear();
            return;
        }
        if let Err(error) = self.known.look() {
            self.state.probes.error = Some(format!("{error:#}"));
        }
        let Known { probes, forgotten, .. } = &mut self.known;
        let causes = heard.iter().flat_map(|heard| heard.board.not_taken().causes());
        self.picture.probes.not_taken = causes.filter(|(_, count)| *count > 0).collect();
        let board: Vec<Line> = heard.iter().flat_map(|heard| heard.board.read()).collect();
        forgotten.retain(|id| board.iter().any(|line| line.probe_id == *id));
        self.picture.probes.known = probes.iter().map(|(id, _)| *id).collect();
        self.picture.probes.lines = together(probes, board, |id| forgotten.contains(&id));
    }

    /// Whether what is shown of probes changes by itself.
    pub(super) fn is_waiting_for_probes(&self) -> bool {
        self.shows_probes() && self.picture.probes.is_live()
    }

    /// Hears probes no more in that way, and remembers that where it is listening.
    pub(super) fn stop_hearing(&mut self, ctx: &Context, way: &Way) {
        self.state.probes.error = None;
        self.state.settings.listen &= !matches!(way, Way::Listens(_));
        match &mut self.linked {
            Some(linked) if linked.session.only_hears() == Some(way) => self.back(ctx),
            Some(linked) => linked.session.stop_hearing(way),
            None => {}
        }
    }

    /// Hears probes in that way; what goes wrong is said where it was asked for.
    pub(super) fn hear_or_say(&mut self, ctx: &Context, way: &Way) {
        let error = self.hear(ctx, way).err();
        match (way, self.state.overlay) {
            (Way::Dials(..), Some(Overlay::Connect)) if error.is_none() => self.state.overlay = None,
            (Way::Dials(..), Some(Overlay::Connect)) => {
                // What is typed next puts it right.
                let connecting = &mut self.state.probes.connecting;
                (connecting.error, connecting.focus) = (error, true);
            }
            _ => self.state.probes.error = error,
        }
    }

    /// Hears probes beside what happens now on this machine; where nothing of that is shown, alone. That it listens is remembered.
    pub(super) fn hear(&mut self, ctx: &Context, way: &Way) -> Result<(), String> {
        let is_live = self.picture.kind == SourceKind::Live && self.picture.outcome.is_none() && self.state.screen == Screen::Main;
        match &mut self.linked {
            Some(linked) if is_live => {
                // The same port again is free only once nobody listens there.
                linked.session.stop_hearing(way);
                open_way(way).and_then(|hearing| linked.session.hear(hearing)).map_err(|error| format!("{error:#}"))?;
            }
            _ => self.hear_alone(ctx, way)?,
        }
        if let Way::Listens(at) = way {
            self.state.settings.listen_at = *at;
            self.state.settings.listen = true;
            self.state.probes.address = None;
        }
        self.look_at_probes();
        Ok(())
    }

    fn hear_alone(&mut self, ctx: &Context, way: &Way) -> Result<(), String> {
        let what = way.what();
        match open(&what, "", &self.state.settings) {
            Ok(start) => {
                self.begin(ctx, what, start, String::new());
                Ok(())
            }
            Err(Refused::Filter(text) | Refused::Source(text)) => {
                if self.state.screen == Screen::Start {
                    self.state.start.error = Some((what, text.clone()));
                }
                Err(text)
            }
        }
    }

    /// Something is shown from now on. Beside what happens now probes are listened for, where that was asked for.
    pub(super) fn listen_beside(&mut self, now: f64, hearing: Option<Hearing>) {
        let Some(linked) = self.linked.as_mut().filter(|linked| linked.session.kind() == SourceKind::Live) else { return };
        let settings = &self.state.settings;
        let wanted = settings.listen && !matches!(linked.session.only_hears(), Some(Way::Listens(_)));
        let hearing = match hearing {
            Some(hearing) => Ok(hearing),
            None if wanted => listener(settings.listen_at),
            None => return,
        };
        if let Err(error) = hearing.and_then(|hearing| linked.session.hear(hearing)) {
            self.tell(now, Level::Error, format!("{error:#}"));
        }
    }

    /// Lets another probe come, and listens for it.
    pub(super) fn invite(&mut self, ctx: &Context, name: &str, place: &str) {
        let at = self.picture.probes.at();
        let port = at.unwrap_or(self.state.settings.listen_at).port();
        let invited = match keys().and_then(|keys| invite(&keys, name, place, port)) {
            Ok(invited) => invited,
            Err(error) => {
                let adding = &mut self.state.probes.adding;
                (adding.error, adding.focus) = (Some(format!("{error:#}")), true);
                return;
            }
        };
        let unheard = match at {
            Some(_) => None,
            None => self.hear(ctx, &Way::Listens(self.state.settings.listen_at)).err(),
        };
        self.state.probes.adding = Adding { invited: Some(invited), error: unheard, ..Adding::default() };
        self.look_at_probes();
    }

    /// Passes over what a probe says, or hears it again.
    pub(super) fn pause_probe(&mut self, now: f64, probe_id: u32, paused: bool) {
        let command = Command::PauseProbe { probe_id, paused };
        if !self.linked.as_ref().is_some_and(|linked| linked.session.tell_probes(&command)) {
            self.tell(now, Level::Warning, "The listener is busy and did not take it. Try again.".into());
        }
    }

    /// A probe may come no more; who listens looks at the keys each second.
    pub(super) fn forget_probe(&mut self, probe_id: u32) {
        self.state.probes.forgetting = None;
        let gone = keys().and_then(|keys| Ok(keys.remove(probe_id)?));
        match gone {
            Ok(_) => {
                self.known.forgotten.insert(probe_id);
                self.state.probes.error = None;
            }
            Err(error) => self.state.probes.error = Some(format!("{error:#}")),
        }
        self.look_at_probes();
    }
}

fn open_way(way: &Way) -> anyhow::Result<Hearing> {
    match way {
        Way::Listens(at) => listener(*at),
        Way::Dials(host, key) => connect(host, key),
    }
}
