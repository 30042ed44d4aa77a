//! Notices: a few in the lower right corner, and the list of all.

use capture::Level;
use egui::{Align, Align2, Area, Color32, Frame, Id, Label, Layout, Margin, Order, RichText, Ui, vec2};

use super::bits::{caption, command_ui};
use super::help::{modal, scroll, title_ui};
use super::icon::{self, Icon, icon_button};
use crate::state::notices::Entry;
use crate::state::{Action, Notices, Overlay};
use crate::theme::{Palette, regular, size};

/// So many are on the screen at once.
const SHOWN: usize = 4;

/// Shows those that are new.
pub fn toasts_ui(ui: &mut Ui, notices: &Notices, actions: &mut Vec<Action>) {
    let now = ui.input(|i| i.time);
    let waiting = notices.shown(now).count().saturating_sub(SHOWN);
    if notices.shown(now).next().is_none() {
        return;
    }
    let width = 380.0_f32.min(ui.ctx().content_rect().width() - 32.0);
    Area::new(Id::unique("notices on the screen")).order(Order::Foreground).anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -48.0)).show(
        ui.ctx(),
        |ui| {
            ui.set_width(width);
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                if waiting > 0 && ui.link(format!("{waiting} more")).clicked() {
                    actions.push(Action::Toggle(Overlay::Notices));
                }
                let mut shown: Vec<&Entry> = notices.shown(now).take(SHOWN).collect();
                shown.reverse();
                for entry in shown {
                    toast_ui(ui, entry, actions);
                }
            });
        },
    );
}

fn toast_ui(ui: &mut Ui, entry: &Entry, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let frame = Frame::new()
        .fill(palette.panel)
        .stroke((1.0, palette.line))
        .corner_radius(10)
        .inner_margin(Margin { left: 12, right: 6, top: 8, bottom: 10 })
        .shadow(ui.visuals().popup_shadow);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        entry_ui(ui, entry, true, actions);
    });
}

/// One notice: its icon, what it says, what to do.
fn entry_ui(ui: &mut Ui, entry: &Entry, dismissable: bool, actions: &mut Vec<Action>) {
    let (icon, colour) = sign(entry.notice.level, Palette::of(ui.ctx()));
    ui.horizontal_top(|ui| {
        ui.add_space(0.0);
        ui.vertical(|ui| {
            ui.add_space(6.0);
            icon::icon_ui(ui, icon, 16.0, colour);
        });
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            if dismissable && icon_button(ui, Icon::Close, "Dismiss").clicked() {
                actions.push(Action::Dismiss(entry.id));
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.add_space(5.0);
                let text = if entry.count > 1 { format!("{} ({}×)", entry.notice.text, entry.count) } else { entry.notice.text.clone() };
                ui.add(Label::new(RichText::new(text).font(regular(size::BODY))).wrap().selectable(true));
                if let Some(remedy) = &entry.notice.remedy {
                    command_ui(ui, remedy, actions);
                }
            });
        });
    });
}

fn sign(level: Level, palette: &Palette) -> (Icon, Color32) {
    match level {
        Level::Info => (Icon::Info, palette.accent),
        Level::Warning => (Icon::Warning, palette.warn),
        Level::Error => (Icon::Error, palette.bad),
    }
}

/// Shows all of them.
pub fn list_ui(ui: &mut Ui, notices: &mut Notices, actions: &mut Vec<Action>) {
    notices.unread = 0;
    let screen = ui.ctx().content_rect().size();
    let shown = modal(ui, "notices").show(ui.ctx(), |ui| {
        ui.set_width(520.0_f32.min(screen.x - 80.0));
        title_ui(ui, "Notices", Overlay::Notices, actions);
        if notices.all().len() == 0 {
            caption(ui, "Nothing so far.");
        }
        scroll(screen.y - 190.0).show(ui, |ui| {
            let now = ui.input(|i| i.time);
            for entry in notices.all() {
                entry_ui(ui, entry, false, actions);
                let ago = std::time::Duration::from_secs_f64((now - entry.at).max(0.0));
                caption(ui, format!("{} ago", crate::units::duration(ago)));
                ui.add_space(8.0);
            }
        });
    });
    if shown.should_close() {
        actions.push(Action::Toggle(Overlay::Notices));
    }
}
