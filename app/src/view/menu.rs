//! Menus of what stands in tables and details: the other mouse button opens them, and so does the menu key where something has the keyboard.

use egui::containers::SetOpenCommand;
use egui::{FocusDirection, Key, Modifiers, Popup, Response, Ui, WidgetText, vec2};

/// What opened a menu.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Opened {
    /// The pointer, or nothing.
    #[default]
    ByPointer,
    /// A key, and no entry has the keyboard yet.
    ByKey,
    /// A key, and the keyboard went to its entries.
    Given,
}

/// Shows the menu of something while it is open; a table opens the one of its selected row by itself. Whether a key opened it is told to what shows it.
pub(super) fn menu_ui(response: &Response, open: bool, show: impl FnOnce(&mut Ui, bool)) {
    let ctx = &response.ctx;
    let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    let open = open || response.has_focus() && (pressed(Modifiers::NONE, Key::Menu) || pressed(Modifiers::SHIFT, Key::F10));
    let mark = response.id.with("opened");
    let is = |opened: Opened| ctx.data_mut(|data| data.insert_temp(mark, opened));
    if open || response.secondary_clicked() {
        is(if open { Opened::ByKey } else { Opened::ByPointer });
    }
    let opened: Opened = ctx.data(|data| data.get_temp(mark)).unwrap_or_default();
    let by_key = opened != Opened::ByPointer;
    let mut popup = Popup::context_menu(response);
    if open {
        popup = popup.open_memory(Some(SetOpenCommand::Bool(true)));
    }
    if by_key {
        popup = popup.at_position(response.rect.left_bottom() + vec2(24.0, 0.0));
    }
    popup.show(|ui| {
        if opened == Opened::ByKey && !ui.is_sizing_pass() {
            // Where nobody has the keyboard, the next one gets it: the first entry, whatever that is.
            ui.memory_mut(|memory| {
                memory.focused().into_iter().for_each(|id| memory.surrender_focus(id));
                memory.move_focus(FocusDirection::Next);
            });
            is(Opened::Given);
        }
        show(ui, by_key);
    });
    if by_key && !response.context_menu_opened() {
        is(Opened::ByPointer);
        response.request_focus();
    }
}

/// An entry. Returns whether it was chosen, by whatever.
pub(super) fn entry(ui: &mut Ui, label: impl Into<WidgetText>) -> bool {
    let chosen = ui.button(label.into()).clicked();
    if chosen {
        ui.close();
    }
    chosen
}
