//! The form that adds a source.

use egui::{Key, Response, Ui};

use super::wrong_ui;
use crate::pipeline::SourceKind;
use crate::state::Action;
use crate::state::sources::{Adding, Chosen, Comes, What};
use crate::view::bits::{Field, caption, choice_ui, field_ui, plain_button, primary_button};
use crate::view::icon::Icon;

/// The room of the button beside a field, in points.
const BUTTON: f32 = 130.0;

/// Shows it, beside something of that kind.
pub(super) fn add_ui(ui: &mut Ui, kind: SourceKind, adding: &mut Adding, actions: &mut Vec<Action>) {
    let entered = match adding.what {
        What::Suricata => suricata_ui(ui, kind, adding, actions),
        #[cfg(feature = "guts")]
        What::Guts => guts_ui(ui, adding, actions),
        What::Databases => databases_ui(ui, adding, actions),
    };
    if let Some(wrong) = &adding.wrong {
        wrong_ui(ui, wrong, actions);
    }
    ui.add_space(6.0);
    let (spec, databases) = (adding.spec(), adding.databases());
    let ready = spec.is_some() || databases.is_some();
    ui.horizontal(|ui| {
        let clicked = ui.add_enabled_ui(ready, |ui| primary_button(ui, Icon::Plus, "Add")).inner.clicked();
        if entered || clicked {
            actions.extend(spec.map(|spec| Action::AddSource { spec, checked: true }));
            actions.extend(databases.map(Action::AddDatabases));
        }
        if plain_button(ui, Icon::Close, "Cancel").clicked() {
            actions.push(Action::Cancel);
        }
    });
}

/// Returns whether Enter was pressed.
fn suricata_ui(ui: &mut Ui, kind: SourceKind, adding: &mut Adding, actions: &mut Vec<Action>) -> bool {
    ui.label("How Suricata's records come");
    let ways = [
        (Comes::File, "A file", "filetype: regular".to_owned()),
        (Comes::Datagrams, "A socket, datagrams", "filetype: unix_dgram".to_owned()),
        (Comes::Stream, "A socket, a stream", "filetype: unix_stream".to_owned()),
    ];
    if let Some(comes) = choice_ui(ui, adding.comes, &ways) {
        (adding.comes, adding.wrong, adding.focus) = (comes, None, true);
    }
    ui.add_space(4.0);
    let file = adding.comes == Comes::File;
    let (name, hint) =
        if file { ("Path of Suricata's records", "/var/log/suricata/eve.json") } else { ("Path of the socket", "/run/user/1000/eve.sock") };
    let help = match (file, kind) {
        (true, SourceKind::File) => {
            "Beside a recording it is read once, from its beginning to its end; else it is followed from now on, over its rotation."
        }
        (true, _) => "It is followed from now on, over its rotation. What stands in it already is not read.",
        (false, _) => "This program listens there, and Suricata connects: its eve-log has to name the same path and kind.",
    };
    let response = path_ui(ui, adding, name, hint, file.then_some(Chosen::Path), actions);
    caption(ui, help);
    entered(ui, &response)
}

/// Returns whether Enter was pressed.
#[cfg(feature = "guts")]
fn guts_ui(ui: &mut Ui, adding: &mut Adding, actions: &mut Vec<Action>) -> bool {
    ui.label("The socket of the pakon-guts daemon, and the file that says where what stands in its records");
    let socket = path_ui(ui, adding, "Socket of the daemon", "/run/guts.sock", None, actions);
    let map = map_ui(ui, adding, actions);
    caption(ui, "Unverified: nobody has tried this with the daemon itself. The mapping is described in docs/sources.md.");
    entered(ui, &socket) || entered(ui, &map)
}

/// Returns whether Enter was pressed.
fn databases_ui(ui: &mut Ui, adding: &mut Adding, actions: &mut Vec<Action>) -> bool {
    let response = path_ui(ui, adding, "Path of the databases", "~/GeoLite2 or ~/GeoLite2-Country.mmdb", Some(Chosen::Path), actions);
    caption(ui, "A file of the MaxMind format (.mmdb), or a folder of such files.");
    entered(ui, &response)
}

fn entered(ui: &Ui, field: &Response) -> bool {
    field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter))
}

/// The field of the path, and a button where the desktop can be asked for it.
fn path_ui(ui: &mut Ui, adding: &mut Adding, name: &str, hint: &str, choose: Option<Chosen>, actions: &mut Vec<Action>) -> Response {
    let width = ui.available_width() - if choose.is_some() { BUTTON } else { 0.0 };
    let wrong = adding.wrong.is_some();
    let field = Field { icon: Icon::File, name, hint, width, wrong, code: false, takes_tab: false, focus: adding.focus };
    let response = ui.horizontal(|ui| {
        ui.set_height(34.0);
        let response = field_ui(ui, &mut adding.path, &field);
        choose_ui(ui, adding, choose, actions);
        response
    });
    let response = response.inner;
    // A form that is just being opened cannot have it yet.
    adding.focus &= !response.has_focus();
    if response.changed() {
        adding.wrong = None;
    }
    response
}

#[cfg(feature = "guts")]
fn map_ui(ui: &mut Ui, adding: &mut Adding, actions: &mut Vec<Action>) -> Response {
    let width = ui.available_width() - BUTTON;
    let wrong = adding.wrong.is_some();
    let field =
        Field { icon: Icon::File, name: "The mapping", hint: "~/guts.toml", width, wrong, code: false, takes_tab: false, focus: false };
    let response = ui.horizontal(|ui| {
        ui.set_height(34.0);
        let response = field_ui(ui, &mut adding.map, &field);
        choose_ui(ui, adding, Some(Chosen::Map), actions);
        response
    });
    if response.inner.changed() {
        adding.wrong = None;
    }
    response.inner
}

fn choose_ui(ui: &mut Ui, adding: &Adding, choose: Option<Chosen>, actions: &mut Vec<Action>) {
    let Some(chosen) = choose else { return };
    if ui.add_enabled_ui(adding.choosing.is_none(), |ui| plain_button(ui, Icon::Folder, "Choose…")).inner.clicked() {
        actions.push(Action::ChooseSource(chosen));
    }
}
