//! What is wrong with a filter, and where.

use egui::{FontId, Label, RichText, Ui};
use graph::QueryError;

use crate::theme::{Palette, size};
use crate::view::bits::caption;

/// Shows the place with a caret under it, and what was expected.
pub(super) fn wrong_ui(ui: &mut Ui, text: &str, error: &QueryError) {
    let palette = Palette::of(ui.ctx());
    if error.at.start >= text.trim_end().len() {
        // What is not there yet is not wrong.
        caption(ui, error.to_string());
        return;
    }
    let font = FontId::monospace(size::BODY - 1.0);
    ui.spacing_mut().item_spacing.y = 1.0;
    ui.add_space(4.0);
    for (line, colour) in error.caret(text).lines().zip([palette.text, palette.bad]) {
        ui.label(RichText::new(line).font(font.clone()).color(colour));
    }
    ui.add_space(4.0);
    ui.add(Label::new(RichText::new(error.to_string()).color(palette.bad)).wrap());
    ui.add_space(2.0);
}
