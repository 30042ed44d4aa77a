//! What is pressed within one frame takes effect in the order in which it was pressed, however long the frame was.
//!
//! Who has the keyboard is decided once a frame. So what comes after something that may give it to another one waits for the next frame: a letter that
//! follows the key of a field is typed into the field, and is no key itself.

use std::collections::VecDeque;

use egui::{Context, Event, Key, Modifiers, Plugin, RawInput, Ui};

use super::keys::leads_to_field;
use crate::state::{Overlay, State};

/// A field that is being opened has the keyboard after two frames. One that never gets it does not stop the rest: so many frames it is waited for.
const PATIENCE: u8 = 10;
/// If more waits than this, its order is of no use to anybody any more.
const MOST: usize = 4_096;

/// Sees to it in that window from now on.
pub fn install(ctx: &Context) {
    ctx.add_plugin(Ordered::default());
}

/// While a field is being opened that shall have the keyboard, what is typed waits for it.
pub(super) fn await_field(ctx: &Context, state: &State) {
    let awaited = match state.overlay {
        Some(Overlay::AddProbe) => state.probes.adding.focus,
        Some(Overlay::Connect) => state.probes.connecting.focus,
        Some(Overlay::SavePicture) => state.saving.focus,
        Some(Overlay::Sources) => state.sources.adding.as_ref().is_some_and(|adding| adding.focus),
        _ => state.filter.focus,
    };
    ctx.with_plugin(|ordered: &mut Ordered| {
        ordered.waited = if awaited { ordered.waited.saturating_add(1) } else { 0 };
        if awaited && ordered.waited <= PATIENCE {
            ctx.input_mut(|input| {
                let (typed, rest) = std::mem::take(&mut input.events).into_iter().partition(is_of_keyboard);
                input.events = rest;
                let later = std::mem::replace(&mut ordered.held, Vec::into(typed));
                ordered.held.extend(later);
            });
        }
    });
}

/// What waits for a later frame.
#[derive(Default)]
struct Ordered {
    held: VecDeque<Event>,
    /// For how many frames a field has been awaited.
    waited: u8,
}

/// What a key may do to who has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// It may go from where it is, once what was typed before is there.
    Leaves,
    /// It may go elsewhere before anything else of the frame is looked at: nothing is typed in the same frame.
    Leads,
}

impl Plugin for Ordered {
    fn debug_name(&self) -> &'static str {
        "what is pressed, in its order"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        self.held.extend(std::mem::take(&mut input.events));
        if self.held.len() > MOST {
            input.events = self.held.drain(..).collect();
            return;
        }
        let typing = ctx.text_edit_focused();
        let (mut typed, mut clicked) = (false, false);
        while let Some(event) = self.held.pop_front() {
            let turn = turn(&event, typing);
            if clicked && is_typed(&event) || typed && turn == Some(Turn::Leads) {
                self.held.push_front(event);
                return;
            }
            typed |= is_typed(&event);
            clicked |= matches!(event, Event::PointerButton { pressed: false, .. });
            input.events.push(event);
            if turn.is_some() {
                // What the key writes belongs to it.
                let own = self.held.pop_front_if(|next| matches!(next, Event::Text(_)));
                return input.events.extend(own);
            }
        }
    }

    fn on_end_pass(&mut self, ui: &mut Ui) {
        if !self.held.is_empty() {
            ui.ctx().request_repaint();
        }
    }
}

/// Whether it comes from a keyboard: a key that is released is not released before it was pressed.
const fn is_of_keyboard(event: &Event) -> bool {
    is_typed(event) || matches!(event, Event::Key { .. } | Event::ModifiersChanged(_))
}

/// Whether it goes to who has the keyboard.
const fn is_typed(event: &Event) -> bool {
    matches!(event, Event::Text(_) | Event::Key { pressed: true, .. } | Event::Paste(_) | Event::Cut | Event::Copy | Event::Ime(_))
}

/// What it may do to who has the keyboard; `typing` is whether a field has it.
fn turn(event: &Event, typing: bool) -> Option<Turn> {
    let Event::Key { key, modifiers, pressed: true, .. } = event else { return None };
    match key {
        Key::Enter | Key::Escape => Some(Turn::Leaves),
        Key::Tab => Some(Turn::Leads),
        key if (!typing || modifiers.command) && leads(*key, *modifiers) => Some(Turn::Leads),
        _ => None,
    }
}

fn leads(key: Key, modifiers: Modifiers) -> bool {
    let fields = super::keys::BINDINGS.iter().filter(|binding| leads_to_field(&binding.action)).flat_map(|binding| binding.keys);
    fields.into_iter().any(|shortcut| shortcut.logical_key == key && modifiers.matches_logically(shortcut.modifiers))
}
