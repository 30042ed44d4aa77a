//! What the user was told: a few notices on the screen, and the last ones to look up.

use std::collections::VecDeque;

use capture::{Level, Notice};

/// How many are kept.
pub const KEPT: usize = 200;
/// How long a notice stays on the screen, in seconds; an error stays until it is dismissed.
const INFO_SECS: f64 = 6.0;
const WARNING_SECS: f64 = 15.0;

/// One notice.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Counts up.
    pub id: u64,
    /// What was said.
    pub notice: Notice,
    /// When it was said last, in egui's seconds.
    pub at: f64,
    /// How often it was said.
    pub count: u32,
    /// Until when it is on the screen; none is until it is dismissed.
    until: Option<f64>,
}

impl Entry {
    fn is_shown(&self, now: f64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// All of them, oldest first.
#[derive(Debug, Default)]
pub struct Notices {
    entries: VecDeque<Entry>,
    next: u64,
    /// How many warnings and errors came since the list was last open.
    pub unread: usize,
}

impl Notices {
    /// Adds a notice at `now`, in seconds. What stands on the screen already is counted, not repeated.
    pub fn push(&mut self, notice: Notice, now: f64) {
        let until = match notice.level {
            Level::Info => Some(now + INFO_SECS),
            Level::Warning => Some(now + WARNING_SECS),
            Level::Error => None,
        };
        let again = self.entries.iter().position(|e| e.notice == notice && e.is_shown(now)).and_then(|at| self.entries.remove(at));
        let (id, count) = match again {
            Some(entry) => (entry.id, entry.count.saturating_add(1)),
            None => {
                self.next += 1;
                self.unread += usize::from(notice.level > Level::Info);
                (self.next, 1)
            }
        };
        self.entries.push_back(Entry { id, notice, at: now, count, until });
        while self.entries.len() > KEPT {
            self.entries.pop_front();
        }
    }

    /// Takes a notice off the screen; it stays in the list.
    pub fn dismiss(&mut self, id: u64) {
        if let Some(entry) = self.entries.iter_mut().find(|e| e.id == id) {
            entry.until = Some(f64::NEG_INFINITY);
        }
    }

    /// What is on the screen, newest first.
    pub fn shown(&self, now: f64) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev().filter(move |e| e.is_shown(now))
    }

    /// Everything that is kept, newest first.
    pub fn all(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    /// In how many seconds the next notice leaves the screen by itself.
    pub fn next_change(&self, now: f64) -> Option<f64> {
        self.shown(now).filter_map(|e| e.until).map(|until| until - now).min_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(level: Level, text: &str) -> Notice {
        Notice { level, text: text.into(), remedy: None }
    }

    #[test]
    fn errors_stay_until_dismissed_and_the_rest_goes() {
        let mut notices = Notices::default();
        notices.push(notice(Level::Info, "hello"), 0.0);
        notices.push(notice(Level::Error, "broken"), 0.0);
        assert_eq!(notices.shown(1.0).count(), 2);
        assert_eq!(notices.next_change(1.0), Some(INFO_SECS - 1.0));
        let left: Vec<_> = notices.shown(1e9).map(|e| (e.id, e.notice.text.clone())).collect();
        assert_eq!(left, [(2, "broken".to_owned())]);
        notices.dismiss(2);
        assert_eq!(notices.shown(1e9).count(), 0);
        assert_eq!(notices.all().count(), 2);
    }

    #[test]
    fn the_same_is_counted_and_the_list_is_bounded() {
        let mut notices = Notices::default();
        for _ in 0..3 {
            notices.push(notice(Level::Error, "again"), 0.0);
        }
        assert_eq!(notices.all().map(|e| e.count).collect::<Vec<_>>(), [3]);
        assert_eq!(notices.unread, 1);
        for i in 0..1000 {
            notices.push(notice(Level::Info, &i.to_string()), 0.0);
        }
        assert_eq!(notices.all().len(), KEPT);
        assert_eq!(notices.all().next().map(|e| e.notice.text.clone()), Some("999".into()));
    }
}
