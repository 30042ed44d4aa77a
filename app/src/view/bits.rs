//! Small things that every view is made of.

use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align, Color32, FontId, Frame, Galley, Id, Margin, Response, RichText, Role, Sense, Stroke, TextEdit, TextFormat, Ui, WidgetInfo, vec2,
};

use super::icon::{self, Icon, focus_ring, icon_button};
use crate::state::Action;
use crate::theme::{Palette, regular, size, strong};

/// Text that matters less, and is small.
pub fn caption(ui: &mut Ui, text: impl Into<String>) -> Response {
    let colour = Palette::of(ui.ctx()).weak;
    ui.label(RichText::new(text).font(regular(size::SMALL)).color(colour))
}

/// The heading of a group.
pub fn heading(ui: &mut Ui, text: &str) -> Response {
    let colour = Palette::of(ui.ctx()).weak;
    ui.label(RichText::new(text).font(strong(size::SMALL)).color(colour))
}

/// One line of text that ends in … where it has no room.
pub fn line(ui: &Ui, text: &str, font: FontId, colour: Color32, width: f32) -> std::sync::Arc<Galley> {
    let mut job = LayoutJob::single_section(text.to_owned(), TextFormat::simple(font, colour));
    job.wrap = TextWrapping::truncate_at_width(width.max(0.0));
    ui.painter().layout_job(job)
}

/// A label of one line that ends in … where it has no room, and says all of it in a tooltip then.
pub fn short_label(ui: &mut Ui, text: &str, font: FontId, colour: Color32, width: f32) -> Response {
    let galley = line(ui, text, font, colour, width);
    let elided = galley.elided;
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    ui.painter().galley(rect.min, galley, colour);
    if elided { response.on_hover_text(text) } else { response }
}

/// A link of one line that ends in … where it has no room.
pub fn link_label(ui: &mut Ui, text: &str, font: FontId, width: f32) -> Response {
    let colour = Palette::of(ui.ctx()).accent;
    let galley = line(ui, text, font, colour, width);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Link, true, text));
    if response.hovered() || response.has_focus() {
        ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, (1.0, colour));
    }
    ui.painter().galley(rect.min, galley, colour);
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(text)
}

/// A button in the accent colour: the one that most want.
pub fn primary_button(ui: &mut Ui, icon: Icon, text: &str) -> Response {
    let palette = Palette::of(ui.ctx());
    filled_button(ui, icon, text, palette.accent, palette.on_accent)
}

/// A button with an icon.
pub fn plain_button(ui: &mut Ui, icon: Icon, text: &str) -> Response {
    let palette = Palette::of(ui.ctx());
    filled_button(ui, icon, text, palette.raised, palette.text)
}

fn filled_button(ui: &mut Ui, icon: Icon, text: &str, fill: Color32, colour: Color32) -> Response {
    let enabled = ui.is_enabled();
    let galley = line(ui, text, strong(size::BODY), colour, ui.available_width() - 50.0);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 46.0, 34.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, text));
    let fill = if response.hovered() { fill.lerp_to_gamma(Palette::of(ui.ctx()).text, 0.12) } else { fill };
    ui.painter().rect_filled(rect, 8.0, fill);
    focus_ring(ui, rect, &response);
    let sign = egui::Rect::from_center_size(rect.left_center() + vec2(21.0, 0.0), vec2(16.0, 16.0));
    icon::paint(ui.painter(), sign, icon, 16.0, colour);
    ui.painter().galley(rect.left_center() + vec2(34.0, -galley.size().y / 2.0), galley, colour);
    response
}

/// A field for one line of text with an icon before it.
pub struct Field<'a> {
    /// Before the text.
    pub icon: Icon,
    /// What a screen reader says.
    pub name: &'a str,
    /// What stands there while it is empty.
    pub hint: &'a str,
    /// Its width in points.
    pub width: f32,
    /// Whether what stands there is wrong.
    pub wrong: bool,
    /// Whether the letters are of one width.
    pub code: bool,
    /// Whether Tab is taken by whoever shows the field, and does not go on to the next one.
    pub takes_tab: bool,
    /// Whether the keyboard goes there now; what was typed in this very frame goes there too.
    pub focus: bool,
}

/// Shows a field, with a button that empties it.
pub fn field_ui(ui: &mut Ui, text: &mut String, field: &Field<'_>) -> Response {
    let palette = Palette::of(ui.ctx());
    let stroke = if field.wrong { Stroke::new(1.0, palette.bad) } else { Stroke::new(1.0, palette.line) };
    let frame =
        Frame::new().fill(palette.raised).stroke(stroke).corner_radius(7).inner_margin(Margin { left: 8, right: 2, top: 0, bottom: 0 });
    let show = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.set_height(28.0);
        icon::icon_ui(ui, field.icon, 14.0, palette.weak);
        let font = if field.code { FontId::monospace(size::BODY - 1.0) } else { regular(size::BODY) };
        let edit = TextEdit::singleline(text)
            .frame(Frame::NONE)
            .font(font.clone())
            .hint_text(RichText::new(field.hint).font(font).color(palette.weak.gamma_multiply(0.75)))
            .desired_width((field.width - 61.0).max(40.0))
            .lock_focus(field.takes_tab)
            .align(egui::Align2::LEFT_CENTER);
        let id = Id::unique(("field", field.name));
        if field.focus {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let mut response = ui.add(edit.id(id));
        let name = field.name.to_owned();
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
        if text.is_empty() {
            ui.add_space(24.0);
        } else if clear_button(ui, field.name).clicked() {
            text.clear();
            response.mark_changed();
            response.request_focus();
        }
        response
    };
    let layout = egui::Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(vec2(field.width, 30.0), layout, |ui| frame.show(ui, |ui| ui.horizontal(show).inner).inner).inner
}

fn clear_button(ui: &mut Ui, name: &str) -> Response {
    let palette = Palette::of(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(24.0, 24.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Empty: {name}")));
    let colour = if response.hovered() { palette.text } else { palette.weak };
    focus_ring(ui, rect, &response);
    icon::paint(ui.painter(), rect, Icon::Close, 12.0, colour);
    response
}

/// A command that can be pasted into a terminal, and a button that copies it.
pub fn command_ui(ui: &mut Ui, command: &str, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    Frame::new().fill(palette.background).corner_radius(6).inner_margin(Margin { left: 8, right: 2, top: 1, bottom: 1 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 40.0).max(60.0);
            short_label(ui, command, FontId::monospace(size::SMALL), palette.text, width);
            ui.with_layout(egui::Layout::right_to_left(Align::Center), |ui| {
                if icon_button(ui, Icon::Copy, &format!("Copy: {command}")).on_hover_text("Copy").clicked() {
                    actions.push(Action::Copy(command.to_owned()));
                }
            });
        });
    });
}

/// What went wrong, where it went wrong.
pub fn error_ui(ui: &mut Ui, text: &str) {
    let palette = Palette::of(ui.ctx());
    ui.horizontal_top(|ui| {
        icon::icon_ui(ui, Icon::Error, 16.0, palette.bad);
        ui.add(egui::Label::new(RichText::new(text).color(palette.bad)).wrap());
    });
}

/// Buttons of which one is pressed. Returns the one that was clicked.
pub fn choice_ui<T: Copy + PartialEq>(ui: &mut Ui, now: T, choices: &[(T, &str, String)]) -> Option<T> {
    let palette = Palette::of(ui.ctx());
    let mut clicked = None;
    Frame::new().fill(palette.raised).corner_radius(8).inner_margin(2).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            for (value, name, tip) in choices {
                let on = *value == now;
                let colour = if on { palette.text } else { palette.weak };
                let font = if on { strong(size::BODY) } else { regular(size::BODY) };
                // As wide as the bold face, so that nothing moves when another one is pressed.
                let width = line(ui, name, strong(size::BODY), colour, f32::INFINITY).size().x;
                let galley = line(ui, name, font, colour, f32::INFINITY);
                let (rect, response) = ui.allocate_exact_size(vec2(width + 22.0, 26.0), Sense::click());
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, name));
                if on || response.hovered() {
                    let fill = if on { palette.panel } else { palette.hover };
                    ui.painter().rect_filled(rect, 6.0, fill);
                }
                focus_ring(ui, rect, &response);
                ui.painter().galley(rect.center() - galley.size() / 2.0, galley, colour);
                if response.on_hover_text(tip).clicked() {
                    clicked = Some(*value);
                }
            }
        });
    });
    clicked
}
