//! The overlay that lists the keys.

use egui::{Frame, Grid, Id, Modal, RichText, ScrollArea, Ui};

use super::bits::heading;
use super::icon::{Icon, icon_button};
use super::keys::{BINDINGS, GESTURES, Scope, label};
use crate::state::{Action, Overlay};
use crate::theme::{Palette, size, strong};

/// Shows every key.
pub fn help_ui(ui: &mut Ui, actions: &mut Vec<Action>) {
    let screen = ui.ctx().content_rect().size();
    let shown = modal(ui, "help").show(ui.ctx(), |ui| {
        title_ui(ui, "Keys", Overlay::Help, actions);
        let columns = columns(screen.x);
        scroll(screen.y - 170.0).auto_shrink([columns.len() > 1, true]).show(ui, |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 36.0;
                for scopes in columns {
                    ui.vertical(|ui| {
                        scopes.iter().for_each(|scope| scope_ui(ui, *scope));
                        if scopes.contains(&Scope::Table) {
                            gestures_ui(ui);
                        }
                    });
                }
                ui.add_space(0.0);
            });
        });
    });
    if shown.should_close() {
        actions.push(Action::Toggle(Overlay::Help));
    }
}

/// The columns for which there is room: one for each of these groups, or two, or one.
fn columns(width: f32) -> Vec<Vec<Scope>> {
    let [graph, others, table] = Scope::GROUPS.map(<[Scope]>::to_vec);
    if width > 1240.0 {
        vec![graph, others, table]
    } else if width > 860.0 {
        vec![graph, [others, table].concat()]
    } else {
        vec![[graph, others, table].concat()]
    }
}

/// An overlay in the middle of the window.
pub fn modal(ui: &Ui, name: &str) -> Modal {
    let palette = Palette::of(ui.ctx());
    let frame =
        Frame::new().fill(palette.panel).stroke((1.0, palette.line)).corner_radius(14).inner_margin(22).shadow(ui.visuals().window_shadow);
    Modal::new(Id::unique(("overlay", name))).frame(frame)
}

/// As high as its contents, and at most so high.
pub fn scroll(height: f32) -> ScrollArea {
    ScrollArea::vertical().max_height(height).min_scrolled_height(height)
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
    ui.spacing_mut().interact_size.y = 20.0;
    Grid::new(("keys", scope.title())).num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
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

/// What the pointer does in the graph.
fn gestures_ui(ui: &mut Ui) {
    ui.add_space(6.0);
    heading(ui, "Graph, by the pointer");
    Grid::new("gestures").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        for (what, how) in GESTURES {
            ui.label(*what);
            key_ui(ui, how);
            ui.end_row();
        }
    });
}

fn key_ui(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui.ctx());
    Frame::new().fill(palette.raised).stroke((1.0, palette.line)).corner_radius(5).inner_margin(egui::Margin::symmetric(6, 0)).show(
        ui,
        |ui| {
            ui.label(RichText::new(text).font(strong(size::SMALL)).color(palette.text));
        },
    );
}
