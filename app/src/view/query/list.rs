//! What can be chosen below the field: one row each, with a line of help.

use egui::{FontId, Rect, Response, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::state::query::{Offer, OfferKind};
use crate::theme::{Palette, regular, size};
use crate::view::bits::line;
use crate::view::icon::{self, Icon};

const ROW: f32 = 26.0;
/// No more rows are in sight at a time.
const ROWS: f32 = 10.0;

/// Shows them. Returns which one was clicked.
pub(super) fn offers_ui(ui: &mut Ui, offers: &[Offer], chosen: Option<usize>, moved: bool) -> Option<usize> {
    let mut clicked = None;
    let height = ROW * (offers.len() as f32).min(ROWS);
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let texts =
            offers.iter().map(|offer| line(ui, &offer.label, FontId::monospace(size::BODY - 1.0), ui.visuals().text_color(), 420.0));
        let indent = texts.map(|galley| galley.size().x).fold(60.0, f32::max).min(ui.available_width() * 0.62);
        for (at, offer) in offers.iter().enumerate() {
            let on = chosen == Some(at);
            let response = offer_ui(ui, offer, on, indent);
            if on && moved {
                response.scroll_to_me(None);
            }
            if response.clicked() {
                clicked = Some(at);
            }
        }
    });
    clicked
}

fn offer_ui(ui: &mut Ui, offer: &Offer, on: bool, indent: f32) -> Response {
    let palette = Palette::of(ui.ctx());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
    response.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, on, &offer.label));
    let fill = match (on, response.hovered()) {
        (true, _) => palette.hover,
        (false, true) => palette.raised,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, 5.0, fill);
    let (sign, colour) = match offer.kind {
        OfferKind::Field => (Some(Icon::Columns), palette.accent),
        OfferKind::Value => (Some(Icon::Dot), palette.good),
        OfferKind::Recent => (Some(Icon::Restart), palette.weak),
        OfferKind::Saved => (Some(Icon::Star), palette.warn),
        OfferKind::Word | OfferKind::Example => (None, palette.weak),
    };
    if let Some(sign) = sign {
        let at = Rect::from_center_size(pos2(rect.left() + 15.0, rect.center().y), vec2(13.0, 13.0));
        icon::paint(ui.painter(), at, sign, 13.0, colour);
    }
    let text = line(ui, &offer.label, FontId::monospace(size::BODY - 1.0), palette.text, indent + 2.0);
    let left = rect.left() + 30.0;
    ui.painter().galley(pos2(left, rect.center().y - text.size().y / 2.0), text, palette.text);
    let help_at = left + indent + 16.0;
    let help = line(ui, &offer.help, regular(size::SMALL), palette.weak, rect.right() - 8.0 - help_at);
    ui.painter().galley(pos2(help_at, rect.center().y - help.size().y / 2.0), help, palette.weak);
    response
}
