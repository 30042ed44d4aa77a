//! The light of a probe: what colour and which word it has.

use capture::remote::board::State;
use egui::{Color32, Sense, Ui, vec2};

use crate::theme::Palette;

/// The colour of its light.
pub(super) const fn colour(state: State, palette: &Palette) -> Color32 {
    match state {
        State::Awaited => palette.faint,
        State::Live => palette.good,
        State::Paused => palette.warn,
        State::Silent => palette.bad,
    }
}

/// The same in a word.
pub(super) const fn word(state: State) -> &'static str {
    match state {
        State::Awaited => "Awaited",
        State::Live => "Live",
        State::Paused => "Paused",
        State::Silent => "Silent",
    }
}

/// What that means.
pub(super) const fn meaning(state: State) -> &'static str {
    match state {
        State::Awaited => "It may come, and has not come yet. It comes once ggprobe runs on its machine and reaches this one.",
        State::Live => "It tells what it sees.",
        State::Paused => "It is heard, and what it says is passed over.",
        State::Silent => "It was here, and is not heard any more: its machine, or the way to it, is down.",
    }
}

/// Shows the light. It is said in words, too, beside it.
pub(super) fn light_ui(ui: &mut Ui, colour: Color32, size: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(size + 6.0, size + 6.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), size / 2.0 + 3.0, colour.gamma_multiply(0.2));
    ui.painter().circle_filled(rect.center(), size / 2.0, colour);
}
