//! Pictures of the graph become files on a thread of their own: pixels take longer than a frame.

use std::path::PathBuf;
use std::thread::JoinHandle;

use capture::{Level, Notice};
use egui::Context;

use super::Window;
use crate::state::start::shown;
use crate::view::graph::picture::keep;

/// A picture that is being written.
pub(super) struct Kept {
    path: PathBuf,
    thread: JoinHandle<Result<(), String>>,
}

impl Kept {
    fn begin(ctx: &Context, path: PathBuf, svg: String) -> Result<Kept, String> {
        let (ctx, to) = (ctx.clone(), path.clone());
        let work = move || {
            let kept = capture::privilege::drop_capabilities().map_err(|error| error.to_string());
            let kept = kept.and_then(|()| keep(&to, svg).map_err(|error| error.to_string()));
            ctx.request_repaint();
            kept
        };
        let thread = std::thread::Builder::new().name("picture".to_owned()).spawn(work);
        thread.map(|thread| Kept { path, thread }).map_err(|error| format!("cannot start the picture thread: {error}"))
    }

    fn end(self) -> Notice {
        let kept = self.thread.join().unwrap_or_else(|_| Err("the picture could not be drawn: its thread failed".to_owned()));
        match kept {
            Ok(()) => Notice { level: Level::Info, text: format!("The picture is in {}", shown(&self.path)), remedy: None },
            Err(text) => Notice { level: Level::Error, text, remedy: None },
        }
    }
}

impl Window {
    /// Writes a picture. One at a time: the next waits for it.
    pub(super) fn keep_picture(&mut self, ctx: &Context, path: PathBuf, svg: String) {
        let now = ctx.input(|i| i.time);
        self.end_picture(now);
        match Kept::begin(ctx, path, svg) {
            Ok(kept) => self.kept = Some(kept),
            Err(text) => self.tell(now, Level::Error, text),
        }
    }

    /// Says where the picture is, once it is written.
    pub(super) fn look_at_picture(&mut self, now: f64) {
        if self.kept.as_ref().is_some_and(|kept| kept.thread.is_finished()) {
            self.end_picture(now);
        }
    }

    /// Waits for the picture that is being written.
    pub(super) fn end_picture(&mut self, now: f64) {
        if let Some(kept) = self.kept.take() {
            self.state.notices.push(kept.end(), now);
        }
    }
}
