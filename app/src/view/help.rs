//! The overlay that lists the keys.

use egui::{Frame, Grid, Id, Modal, RichText, ScrollArea, Ui};

use super::bits::heading;
use super::icon::{Icon, icon_button};
use super::keys::{BINDINGS, Scope, label};
use crate::state::{Action, Overlay};
use crate::theme::{Palette, size, strong};

/// Shows every key.
pub fn help_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    let screen = ui.ctx().content_rect().size();
    let wide = screen.x > 860.0;
    let shown = Modal::new(Id::unique("help")).show(ui.ctx(), |ui| {
        title_ui(ui, "Keys", Overlay::Help, actions);
        ScrollArea::vertical().max_height(screen.y - 160.0).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 36.0;
                let (first, second): (&[Scope], &[Scope]) = Scope::ALL.split_at(if wide { 3 } else { Scope::ALL.len() });
                for scopes in [first, second].into_iter().filter(|s| !s.is_empty()) {
                    ui.vertical(|ui| scopes.iter().for_each(|scope| scope_ui(ui, *scope)));
                }
            });
        });
    });
    if shown.should_close() {
        actions.push(Action::Toggle(Overlay::Help));
    }
}

/// The title of an overlay, and a button that closes it.
pub fn title_ui(ui: &mut Ui, title: &str, overlay: Overlay, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).font(strong(size::HEADING)));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if icon_button(ui, Icon::Close, &format!("Close {title}")).clicked() {
                actions.push(Action::Toggle(overlay));
            }
        });
    });
    ui.add_space(6.0);
}

fn scope_ui(ui: &mut Ui, scope: Scope) {
    ui.add_space(6.0);
    heading(ui, scope.title());
    Grid::new(("keys", scope.title())).num_columns(2).spacing([16.0, 5.0]).show(ui, |ui| {
        for binding in BINDINGS.iter().filter(|b| b.scope == scope) {
            ui.label(binding.what);
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                for shortcut in binding.keys {
                    key_ui(ui, &label(shortcut));
                }
            });
            ui.end_row();
        }
    });
    ui.add_space(8.0);
}

fn key_ui(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui.ctx());
    Frame::new().fill(palette.raised).stroke((1.0, palette.line)).corner_radius(5).inner_margin(egui::Margin::symmetric(7, 1)).show(ui, |ui| {
        ui.label(RichText::new(text).font(strong(size::SMALL)).color(palette.text));
    });
}
