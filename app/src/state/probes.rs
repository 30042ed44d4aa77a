//! What was typed, asked and answered about probes.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use capture::remote::board::{Line, State};

use crate::pipeline::Way;
use crate::probes::Invited;

/// About probes.
#[derive(Debug, Default)]
pub struct Probes {
    /// The dialog that adds one.
    pub adding: Adding,
    /// The dialog that dials one.
    pub connecting: Connecting,
    /// The address to listen at, while it is typed.
    pub address: Option<String>,
    /// Why it is not listened, or a probe cannot be forgotten.
    pub error: Option<String>,
    /// Who is to be forgotten, if that is meant so.
    pub forgetting: Option<u32>,
}

/// The dialog that adds a probe.
#[derive(Debug, Default)]
pub struct Adding {
    /// What the probe is called.
    pub name: String,
    /// How this machine is reached from there; none until it was guessed.
    pub place: Option<String>,
    /// Whether the keyboard shall go to the name.
    pub focus: bool,
    /// Who was added.
    pub invited: Option<Invited>,
    /// What went wrong.
    pub error: Option<String>,
}

impl Adding {
    /// It was just opened.
    pub fn begin() -> Adding {
        Adding { focus: true, ..Adding::default() }
    }
}

/// The dialog that dials a probe.
#[derive(Debug, Default)]
pub struct Connecting {
    /// Where the probe is.
    pub host: String,
    /// The file of the key that it gave.
    pub key: String,
    /// Whether the keyboard shall go to the host.
    pub focus: bool,
    /// Whether the desktop's file dialog is open.
    pub choosing: bool,
    /// What went wrong.
    pub error: Option<String>,
}

impl Connecting {
    /// It was just opened.
    pub fn begin() -> Connecting {
        Connecting { focus: true, ..Connecting::default() }
    }
}

/// What is known of probes, filled once a frame while somebody looks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// How they are heard.
    pub ways: Vec<Way>,
    /// How, where nothing else is shown.
    pub alone: Option<Way>,
    /// One line each, by name.
    pub lines: Vec<Line>,
    /// Datagrams that came and were not taken, each cause by itself; those that did not happen are left out.
    pub not_taken: Vec<(&'static str, u64)>,
    /// Whose keys are here: only they can be forgotten.
    pub known: BTreeSet<u32>,
}

impl Shown {
    /// Where they are listened for, if they are.
    pub fn at(&self) -> Option<SocketAddr> {
        self.ways.iter().find_map(|way| match way {
            Way::Listens(at) => Some(*at),
            Way::Dials(..) => None,
        })
    }

    /// The line of one probe.
    pub fn line(&self, probe_id: u32) -> Option<&Line> {
        self.lines.iter().find(|line| line.probe_id == probe_id)
    }

    /// Whether any of them is heard, so that what is shown changes by itself.
    pub fn is_live(&self) -> bool {
        self.lines.iter().any(|line| matches!(line.state, State::Live | State::Paused))
    }
}

/// One line for each who may come: what the board says of them, and of others who came; who is not on it yet is awaited. Whoever was just forgotten
/// may still stand on the board for a moment.
pub fn together(known: &[(u32, String)], board: Vec<Line>, forgotten: impl Fn(u32) -> bool) -> Vec<Line> {
    let is_new = |id: u32| board.iter().all(|line| line.probe_id != id);
    let awaited = known.iter().filter(|(id, _)| is_new(*id));
    let mut lines: Vec<Line> = awaited.map(|(id, name)| Line { probe_id: *id, name: name.clone(), ..Line::default() }).collect();
    lines.extend(board.into_iter().filter(|line| !forgotten(line.probe_id)));
    lines.sort_by(|a, b| (&a.name, a.probe_id).cmp(&(&b.name, b.probe_id)));
    lines
}

/// What came of what a probe was to tell that did not arrive, each cause by itself: what is said of it, how much, and what that means.
pub fn losses(line: &Line) -> Vec<(&'static str, u64, &'static str)> {
    let received = &line.received;
    let on_the_way = [
        ("datagrams lost", received.lost_datagrams, "Datagrams that did not arrive. Counters of connections that were in them come again."),
        (
            "events lost",
            received.lost_events,
            "Events that did not come in time, or that the probe had no room for. What lives is asked for anew.",
        ),
        ("datagrams unreadable", received.malformed, "Datagrams whose content contradicts itself."),
        ("events unreadable", received.malformed_events, "Events whose content contradicts itself."),
        ("events of unknown kinds", received.unknown, "Events that this version does not know: the probe may be a newer one."),
        ("events refused", received.refused, "Events of more connections and processes than are kept of one probe."),
        ("contents not taken", line.not_taken, "What a relay forwards of probes that it may not speak for, or that come by another way."),
    ];
    let there = line.ledger.losses().into_iter().map(|(name, n)| (name, n, "Lost on the probe's machine, before it could tell."));
    on_the_way.into_iter().chain(there).filter(|(_, n, _)| *n > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(probe_id: u32, name: &str, state: State) -> Line {
        Line { probe_id, name: name.into(), state, ..Line::default() }
    }

    #[test]
    fn who_may_come_is_awaited_until_the_board_says_otherwise() {
        let known = [(1, "attic".to_owned()), (2, "cellar".to_owned())];
        let board = vec![line(2, "cellar", State::Live), line(9, "a stranger", State::Silent)];
        let lines = together(&known, board, |_| false);
        let shown: Vec<_> = lines.iter().map(|line| (line.name.as_str(), line.state)).collect();
        assert_eq!(shown, [("a stranger", State::Silent), ("attic", State::Awaited), ("cellar", State::Live)]);
        let lines = together(&known[..1], vec![line(2, "cellar", State::Live)], |id| id == 2);
        assert_eq!(lines, [line(1, "attic", State::Awaited)], "who was forgotten does not come back");
    }

    #[test]
    fn losses_are_told_each_by_its_cause_and_only_where_there_are_any() {
        let mut attic = line(1, "attic", State::Live);
        assert!(losses(&attic).is_empty());
        attic.received.lost_events = 3;
        attic.received.late_events = 3;
        attic.ledger.lost_kernel = 7;
        let told: Vec<_> = losses(&attic).into_iter().map(|(name, n, _)| (name, n)).collect();
        assert_eq!(told, [("events lost", 3), ("dropped by kernel", 7)]);
    }
}
