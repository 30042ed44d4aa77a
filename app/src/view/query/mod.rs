//! The field of the filter that all views obey, and what can be chosen below it.

mod list;
mod wrong;

use std::time::Duration;

use egui::text::{CCursor, CCursorRange};
use egui::text_edit::TextEditState;
use egui::{Align, Context, EventFilter, FocusDirection, Id, Key, Layout, Modifiers, Popup, PopupCloseBehavior, Response, Ui};

use graph::{Query, Totals};

use super::bits::{Field, caption, field_ui};
use super::icon::{Icon, icon_toggle};
use super::keys::{hint, key_of};
use crate::state::query::{Offers, QueryBar};
use crate::state::{Action, Overlay, Picture, State};

/// What is below the field is no narrower.
const LIST_WIDTH: f32 = 560.0;

/// Shows it.
pub fn query_ui(ui: &mut Ui, width: f32, picture: &Picture, state: &mut State) {
    let id = Id::unique(("field", NAME));
    let focused = ui.memory(|memory| memory.has_focus(id));
    let mut offers = if focused { state.offers(picture) } else { Offers::default() };
    let open = focused && !state.query.folded;
    let pressed = if open { keys(ui, &mut state.query, &offers) } else { Pressed::default() };
    if focused && !open {
        keys_of_folded(ui, id, &mut state.query);
    }
    if pressed.tab && state.query.chosen.is_none() && (state.query.text.is_empty() || offers.offers.is_empty()) {
        ui.memory_mut(|memory| memory.move_focus(FocusDirection::Next));
    }
    let focus = std::mem::take(&mut state.query.focus);
    let now = ui.input(|input| input.time);
    let before = state.query.text.clone();
    let field = Field {
        icon: Icon::Search,
        name: NAME,
        hint: "Filter:  a word,  port = 443,  bytes > 1 MB",
        width,
        wrong: state.query.error().is_some() && !focused,
        code: !before.is_empty(),
        takes_tab: open,
        focus,
    };
    let response = field_ui(ui, &mut state.query.text, &field);
    // Escape is the list's, and then the field's: nothing else is closed by it.
    let own = EventFilter { tab: open, escape: true, horizontal_arrows: true, vertical_arrows: true };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id, own));
    if state.query.text != before {
        state.query.typed(now);
    }
    if focused && response.clicked() {
        state.query.folded = false;
    }
    if focused {
        state.query.cursor = cursor(ui.ctx(), id, &state.query.text).unwrap_or(state.query.text.len());
    }
    if pressed.take || pressed.tab {
        // What was typed in this very frame counts.
        if state.query.text != before {
            offers = state.offers(picture);
        }
        if state.query.chosen.is_some() || !state.query.text.is_empty() {
            take(ui.ctx(), id, state, &offers, state.query.chosen.unwrap_or(0));
        }
    }
    if state.query.read(&picture.schema, now) {
        state.graph.fit();
    }
    if let Some(secs) = state.query.waits(now) {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(secs));
    }
    if response.lost_focus() {
        state.query.entered();
        if state.query.error().is_none() {
            state.settings.filters.used(&state.query.text);
        }
        state.query.folded = false;
    }
    // Whoever opened something above it no longer looks at it.
    if !open && state.overlay.is_some() {
        return;
    }
    if !open {
        response.on_hover_text(match state.query.error() {
            Some(error) => {
                let instead = state.query.instead().map_or(String::new(), |active| format!("\nIn force: {active}"));
                format!("Not in force: {error}{instead}")
            }
            None => hint("Only what matches is shown", &Action::Filter),
        });
        return;
    }
    let untold = untold_value(&state.query, &offers, picture).or_else(|| untold(state.query.active(), &picture.snapshot.totals));
    below_ui(ui, &response, state, &offers, pressed.moved, untold);
}

/// What is to be said where a query asks for what nobody told of so far.
pub(super) fn untold(query: &Query, totals: &Totals) -> Option<String> {
    say_untold(&query.untold(totals).join(", "))
}

/// The same where a value is to be chosen, and there is none.
fn untold_value(bar: &QueryBar, offers: &Offers, picture: &Picture) -> Option<String> {
    let field = bar.wants.as_ref().and_then(|(id, _)| picture.schema.field(*id))?;
    let untold = offers.offers.is_empty() && field.is_registered() && !picture.snapshot.totals.columns.contains(field.base());
    say_untold(if untold { field.base() } else { "" })
}

fn say_untold(untold: &str) -> Option<String> {
    let by = key_of(&Action::Toggle(Overlay::Sources)).map_or(String::new(), |key| format!(" ({key})"));
    (!untold.is_empty()).then(|| format!("Nobody told of {untold} yet: sources and computations{by} say who can"))
}

/// What a screen reader says.
const NAME: &str = "Filter";

/// What is wrong, what can be chosen, and how to go on.
fn below_ui(ui: &Ui, field: &Response, state: &mut State, offers: &Offers, moved: bool, untold: Option<String>) {
    let width = field.rect.width().max(LIST_WIDTH).min(ui.ctx().content_rect().width() - 24.0);
    let popup = Popup::from_response(field).id(Id::unique("query")).open(true).gap(6.0).close_behavior(PopupCloseBehavior::IgnoreClicks);
    popup.show(|ui| {
        ui.set_width(width);
        if let Some(error) = state.query.error() {
            wrong::wrong_ui(ui, &state.query.text, error);
            if !offers.offers.is_empty() {
                ui.separator();
            }
        }
        if let Some(untold) = untold {
            caption(ui, untold);
        }
        if let Some(at) = list::offers_ui(ui, &offers.offers, state.query.chosen, moved) {
            take(ui.ctx(), field.id, state, offers, at);
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            caption(ui, "↓ ↑ choose  ·  Tab takes  ·  Esc closes  ·  and, or, not, ( )  ·  | sum bytes by service");
            if !state.query.text.trim().is_empty() && state.query.error().is_none() {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| keep_ui(ui, state));
            }
        });
    });
}

/// Keeps the filter for other days, or no longer.
fn keep_ui(ui: &mut Ui, state: &mut State) {
    let kept = state.settings.filters.is_saved(&state.query.text);
    let name = if kept { "Keep it no longer" } else { "Keep it" };
    if icon_toggle(ui, Icon::Star, name, kept).on_hover_text(name).clicked() {
        state.settings.filters.toggle_saved(&state.query.text);
        state.query.focus = true;
    }
}

/// What was pressed for the list, and not for the text.
#[derive(Clone, Copy, Default)]
struct Pressed {
    /// What is chosen shall be taken.
    take: bool,
    /// What is chosen, or else the first; where there is none, the keyboard goes on.
    tab: bool,
    /// Another is chosen.
    moved: bool,
}

fn keys(ui: &Ui, bar: &mut QueryBar, offers: &Offers) -> Pressed {
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let (down, up) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp));
    if down || up {
        bar.choose(down, offers.offers.len());
    }
    if pressed(Key::Escape) {
        bar.folded = true;
    }
    Pressed { take: bar.chosen.is_some() && pressed(Key::Enter), tab: pressed(Key::Tab), moved: down || up }
}

/// The list is closed: Escape leaves the field, and an arrow opens it again.
fn keys_of_folded(ui: &Ui, id: Id, bar: &mut QueryBar) {
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    if pressed(Key::Escape) {
        ui.memory_mut(|memory| memory.surrender_focus(id));
    }
    bar.folded = !pressed(Key::ArrowDown);
}

/// Puts an offer into the text, and the cursor behind it.
fn take(ctx: &Context, id: Id, state: &mut State, offers: &Offers, at: usize) {
    let Some((text, cursor)) = offers.take(at, &state.query.text) else { return };
    let behind = CCursor::new(text.get(..cursor).unwrap_or_default().chars().count());
    let mut edit = TextEditState::load(ctx, id).unwrap_or_default();
    edit.cursor.set_char_range(Some(CCursorRange::one(behind)));
    edit.store(ctx, id);
    state.query.set(text);
    state.query.cursor = cursor;
    state.query.focus = true;
}

/// Where the cursor is, in bytes.
fn cursor(ctx: &Context, id: Id, text: &str) -> Option<usize> {
    let chars = TextEditState::load(ctx, id)?.cursor.char_range()?.primary.index;
    Some(text.char_indices().nth(chars.0).map_or(text.len(), |(at, _)| at))
}
