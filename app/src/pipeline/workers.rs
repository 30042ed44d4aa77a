//! Worker threads: each gives up its privileges first, and a panic of one is shown.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use anyhow::{Context as _, Result};
use capture::{Level, Notice};
use crossbeam_channel::Sender;

use super::session::{Outcome, Repaint, Shared};

static WORKER_PANICKED: AtomicBool = AtomicBool::new(false);

/// Whether any worker of this process panicked: then its exit code is not zero.
pub fn worker_panicked() -> bool {
    WORKER_PANICKED.load(Ordering::Relaxed)
}

/// One did.
pub(super) fn note_panic() {
    WORKER_PANICKED.store(true, Ordering::Relaxed);
}

/// What every worker thread needs so that its panic is shown.
pub(super) struct Workers {
    shared: Arc<Shared>,
    notices: Sender<Notice>,
    repaint: Repaint,
}

impl Workers {
    pub(super) fn new(shared: Arc<Shared>, notices: Sender<Notice>, repaint: Repaint) -> Workers {
        Workers { shared, notices, repaint }
    }

    /// What tells the user something; if nobody listens it is dropped.
    pub(super) fn teller(&self) -> impl Fn(Notice) + Send + 'static {
        let (notices, repaint) = (self.notices.clone(), self.repaint.clone());
        move |notice| {
            let _full_or_gone = notices.try_send(notice);
            repaint();
        }
    }

    /// What asks for a repaint.
    pub(super) fn repaint(&self) -> Repaint {
        self.repaint.clone()
    }

    /// Where a source's own notices go.
    pub(super) fn notices(&self) -> Sender<Notice> {
        self.notices.clone()
    }

    pub(super) fn spawn(&self, name: impl Into<String>, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
        let name = name.into();
        let (shared, notices, repaint) = (self.shared.clone(), self.notices.clone(), self.repaint.clone());
        let thread = std::thread::Builder::new().name(name.clone());
        let error = format!("cannot start the {name} thread");
        let guarded = move || {
            if let Err(error) = capture::privilege::drop_capabilities() {
                let text = format!("the {name} thread does not start with privileges: {error}");
                let _first_wins = shared.outcome.set(Outcome::Failed(text));
            } else if catch_unwind(AssertUnwindSafe(work)).is_err() {
                note_panic();
                let text = format!("the {name} thread of glouglou failed: what you see stands still");
                let remedy = Some("start glouglou again, and report what stands in the terminal".to_owned());
                let _full_or_gone = notices.try_send(Notice { level: Level::Error, text: text.clone(), remedy });
                let _first_wins = shared.outcome.set(Outcome::Failed(text));
            }
            repaint();
        };
        thread.spawn(guarded).context(error)
    }
}
