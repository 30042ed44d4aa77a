//! From nothing to a window on a display, or to a line that says why not.

use std::cell::RefCell;
use std::env;
use std::rc::Rc;

use egui::{ViewportBuilder, vec2};

use super::{Options, Window, desktop, icon};
use crate::state::settings::Placed;
use crate::state::{State, Store, store};

/// The usual size of the window, in logical pixels.
const USUAL: [f32; 2] = [1280.0, 800.0];
/// It is never smaller.
const LEAST: [f32; 2] = [720.0, 480.0];

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// No display is named.
    #[error("there is no display: set DISPLAY or WAYLAND_DISPLAY, or do without a window: glouglou table -i INTERFACE")]
    NoDisplay,
    /// There is one, and nothing can be drawn on it.
    #[error("the display {display} cannot be used: {reason}; check it, or do without a window: glouglou table -i INTERFACE")]
    Unusable {
        /// Its name.
        display: String,
        /// What the system says.
        reason: String,
    },
    /// A picture was asked for and could not be taken.
    #[error("the picture could not be saved: {0}")]
    Picture(String),
}

/// The display that would be used.
fn display() -> Option<String> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned());
    set("WAYLAND_DISPLAY").or_else(|| set("WAYLAND_SOCKET")).or_else(|| set("DISPLAY"))
}

pub(super) fn run(options: Options) -> Result<(), WindowError> {
    let display = display().ok_or(WindowError::NoDisplay)?;
    let first_time = store::path().is_some_and(|path| !path.exists());
    let (mut settings, store, notice) = Store::load(store::path());
    settings.reduced_motion |= first_time && desktop::reduced_motion();
    settings.recent.retain(|path| path.try_exists().unwrap_or(true));
    let viewport = viewport(&settings.window);
    let mut state = State { settings, ..State::default() };
    if let Some(notice) = notice {
        state.notices.push(notice, 0.0);
    }
    let failed = Rc::new(RefCell::new(None));
    let creator = {
        let failed = failed.clone();
        move |cc: &eframe::CreationContext<'_>| {
            let mut window = Window::new(&cc.egui_ctx, state, store, options);
            if let Some(shot) = &mut window.shot {
                shot.tell_failure_to(failed);
            }
            Ok(Box::new(window) as Box<dyn eframe::App>)
        }
    };
    let native = eframe::NativeOptions { viewport, ..eframe::NativeOptions::default() };
    eframe::run_native("glouglou", native, Box::new(creator)).map_err(|e| WindowError::Unusable { display, reason: e.to_string() })?;
    failed.take().map_or(Ok(()), |reason| Err(WindowError::Picture(reason)))
}

fn viewport(placed: &Placed) -> ViewportBuilder {
    let size = placed.size.unwrap_or(USUAL);
    let mut builder = ViewportBuilder::default()
        .with_title("glouglou")
        .with_app_id("glouglou")
        .with_icon(icon::icon())
        .with_min_inner_size(LEAST)
        .with_inner_size(vec2(size[0], size[1]))
        .with_maximized(placed.maximized)
        .with_drag_and_drop(true);
    if let Some(position) = placed.position {
        builder = builder.with_position(position);
    }
    builder
}
