//! Whether probes are listened for, and where.

use std::net::SocketAddr;

use egui::{Key, RichText, Ui};

use super::light::light_ui;
use crate::pipeline::{SourceKind, Way};
use crate::state::{Action, Picture, State};
use crate::theme::{Palette, size, strong};
use crate::view::bits::{Field, caption, field_ui, plain_button};
use crate::view::icon::Icon;

/// One way in which probes are heard, and what ends it.
pub(super) fn way_ui(ui: &mut Ui, picture: &Picture, way: &Way, actions: &mut Vec<Action>) {
    light_ui(ui, Palette::of(ui.ctx()).good, 8.0);
    ui.label(RichText::new(way.to_string()).font(strong(size::BODY)));
    let alone = picture.probes.alone.as_ref() == Some(way);
    let tip = if alone { "nothing else is shown, so this leads back to the start" } else { "what was seen stays until it is idle" };
    let (icon, name) = match way {
        Way::Listens(_) => (Icon::Pause, "Stop listening".to_owned()),
        Way::Dials(host, _) => (Icon::Close, format!("Leave {host}")),
    };
    if plain_button(ui, icon, &name).on_hover_text(format!("{name}: {tip}")).clicked() {
        actions.push(Action::StopHearing(way.clone()));
    }
}

/// Where to listen, while nobody does.
pub(super) fn address_ui(ui: &mut Ui, picture: &Picture, state: &mut State, actions: &mut Vec<Action>) {
    if picture.probes.at().is_some() {
        return;
    }
    let palette = Palette::of(ui.ctx());
    light_ui(ui, palette.faint, 8.0);
    caption(ui, "Not listening");
    let text = state.probes.address.get_or_insert_with(|| state.settings.listen_at.to_string());
    let address = text.trim().parse::<SocketAddr>();
    let field = Field {
        icon: Icon::Wired,
        name: "Address to listen at",
        hint: "[::]:4430",
        width: 190.0,
        wrong: address.is_err(),
        code: true,
        takes_tab: false,
        focus: false,
    };
    let response = field_ui(ui, text, &field);
    let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    response.on_hover_text("An address of this machine and a UDP port; [::] is every address");
    let (name, tip) = match picture.kind {
        SourceKind::Live if picture.outcome.is_none() => ("Listen", "Hears probes, beside what is shown"),
        _ => ("Listen instead", "Probes tell what happens now: they take the place of what is shown"),
    };
    let clicked = ui.add_enabled_ui(address.is_ok(), |ui| plain_button(ui, Icon::Play, name)).inner.on_hover_text(tip).clicked();
    if let (true, Ok(address)) = (entered || clicked, address) {
        actions.push(Action::Hear(Way::Listens(address)));
    }
}
