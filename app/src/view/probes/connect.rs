//! The dialog that dials a probe: where it listens, and the file of the key that it gave.

use egui::{Key, Ui};

use crate::pipeline::Way;
use crate::state::probes::Connecting;
use crate::state::start::expand;
use crate::state::{Action, Overlay};
use crate::view::bits::{Field, caption, error_ui, field_ui, plain_button, primary_button};
use crate::view::help::{modal, title_ui};
use crate::view::icon::Icon;

/// Shows it.
pub fn connect_ui(ui: &mut Ui, connecting: &mut Connecting, actions: &mut Vec<Action>) {
    let shown = modal(ui, "connect to a probe").show(ui.ctx(), |ui| {
        ui.set_width(500.0_f32.min(ui.ctx().content_rect().width() - 80.0));
        title_ui(ui, "Connect to a probe", Overlay::Connect, actions);
        fields_ui(ui, connecting, actions);
    });
    if shown.should_close() {
        actions.push(Action::Toggle(Overlay::Connect));
    }
}

fn fields_ui(ui: &mut Ui, connecting: &mut Connecting, actions: &mut Vec<Action>) {
    let field = |icon, name, hint, width, focus| Field { icon, name, hint, width, wrong: false, code: false, takes_tab: false, focus };
    let width = ui.available_width();
    ui.label("Where the probe listens");
    let host = field_ui(ui, &mut connecting.host, &field(Icon::Probe, "Host of the probe", "host or host:port", width, connecting.focus));
    // A dialog that is just being opened cannot have it yet.
    connecting.focus &= !host.has_focus();
    ui.add_space(4.0);
    ui.label("The file of the key that it gave");
    let key = ui.horizontal(|ui| {
        let key = field_ui(ui, &mut connecting.key, &field(Icon::File, "File of the key", "~/attic.key", width - 130.0, false));
        if ui.add_enabled_ui(!connecting.choosing, |ui| plain_button(ui, Icon::Folder, "Choose…")).inner.clicked() {
            actions.push(Action::ChooseKey);
        }
        key
    });
    caption(ui, "There, ggprobe key add NAME prints the key. Keep it here in a file that only you may read (mode 600).");
    if host.changed() || key.inner.changed() {
        connecting.error = None;
    }
    if let Some(error) = &connecting.error {
        error_ui(ui, error);
    }
    ui.add_space(8.0);
    let (at, file) = (connecting.host.trim(), connecting.key.trim());
    let ready = !at.is_empty() && !file.is_empty();
    let entered = (host.lost_focus() || key.inner.lost_focus()) && ui.input(|i| i.key_pressed(Key::Enter));
    let clicked = ui.add_enabled_ui(ready, |ui| primary_button(ui, Icon::Arrow, "Connect")).inner.clicked();
    if ready && (entered || clicked) {
        actions.push(Action::Hear(Way::Dials(at.to_owned(), expand(file))));
    }
}
