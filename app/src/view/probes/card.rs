//! One probe: how it is, and what became of what it sent.

use std::sync::Arc;
use std::time::Duration;

use capture::remote::board::{Line, State};
use egui::{Align, Color32, Frame, Galley, Layout, Margin, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::light::{colour, light_ui, meaning, word};
use crate::state::Action;
use crate::state::probes::{Shown, losses};
use crate::theme::{Palette, regular, size, strong};
use crate::units::{count, duration};
use crate::view::bits::{caption, line as line_of, short_label};
use crate::view::icon::{Icon, icon_button, icon_ui, paint};

/// The height of a line of facts, and the space between a name and its value, in points.
const HEIGHT: f32 = 20.0;
const BETWEEN: f32 = 6.0;
/// The room of the sign before a loss, in points.
const SIGN: f32 = 18.0;
/// Clocks that differ by less go together, in microseconds.
const IN_STEP_US: u64 = 1_000;
/// Clocks that differ by more are wrong, in microseconds: what such a probe tells is put right.
const WRONG_US: u64 = 5_000_000;

/// Shows it; `asked` is whether the user was asked if it shall be forgotten.
pub(super) fn card_ui(ui: &mut Ui, line: &Line, shown: &Shown, asked: bool, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let frame = Frame::new().fill(palette.panel).stroke((1.0, palette.line)).corner_radius(10);
    frame.inner_margin(Margin { left: 14, right: 10, top: 8, bottom: 10 }).show(ui, |ui| {
        ui.set_width(ui.available_width());
        title_ui(ui, line, shown, actions);
        if asked {
            forget_ui(ui, line, actions);
        }
        if line.origin.is_some() || line.state != State::Awaited {
            ui.spacing_mut().interact_size.y = HEIGHT;
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing = vec2(22.0, 2.0);
                facts(line).into_iter().for_each(|fact| fact_ui(ui, &fact, palette));
            });
            losses_ui(ui, line, palette);
        }
    });
}

fn title_ui(ui: &mut Ui, line: &Line, shown: &Shown, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        let (light, state, tip) = match line.state {
            State::Awaited if shown.at().is_none() => (palette.faint, "Not listened for", "Nobody listens for probes just now."),
            state => (colour(state, palette), word(state), meaning(state)),
        };
        light_ui(ui, light, 9.0);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            if shown.known.contains(&line.probe_id)
                && icon_button(ui, Icon::Close, &format!("Forget {}", line.name)).on_hover_text("Forget: it may come no more").clicked()
            {
                actions.push(Action::AskToForget(Some(line.probe_id)));
            }
            pause_button(ui, line, actions);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                let room = ui.available_width();
                short_label(ui, &line.name, strong(size::BODY + 1.5), palette.text, room * 0.45);
                let text = if light == palette.faint { palette.weak } else { light };
                ui.label(RichText::new(state).font(strong(size::SMALL + 0.5)).color(text)).on_hover_text(tip);
                if !line.hostname.is_empty() {
                    let room = ui.available_width();
                    short_label(ui, &format!("on {}", line.hostname), regular(size::BODY), palette.weak, room);
                }
            });
        });
    });
}

fn pause_button(ui: &mut Ui, line: &Line, actions: &mut Vec<Action>) {
    let (icon, name, tip, paused) = match line.state {
        State::Live => (Icon::Pause, format!("Pause {}", line.name), "Pass over what it says", true),
        State::Paused => (Icon::Play, format!("Hear {} again", line.name), "Hear it again", false),
        State::Awaited | State::Silent => return,
    };
    if icon_button(ui, icon, &name).on_hover_text(tip).clicked() {
        actions.push(Action::PauseProbe { probe_id: line.probe_id, paused });
    }
}

/// Asks once.
fn forget_ui(ui: &mut Ui, line: &Line, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    ui.horizontal_wrapped(|ui| {
        icon_ui(ui, Icon::Warning, 15.0, palette.warn);
        ui.label(format!("Forget {}? Its key is deleted: it may come no more until it is added anew.", line.name));
        if ui.button(RichText::new("Forget it").color(palette.bad)).clicked() {
            actions.push(Action::ForgetProbe(line.probe_id));
        }
        if ui.button("Keep it").clicked() {
            actions.push(Action::AskToForget(None));
        }
    });
}

/// A word, a value, and what a tooltip says.
struct Fact {
    name: &'static str,
    value: String,
    tip: &'static str,
    wrong: bool,
}

fn facts(line: &Line) -> Vec<Fact> {
    let fact = |name, value: String, tip| Fact { name, value, tip, wrong: false };
    let unknown = || "–".to_owned();
    let mut facts = vec![
        fact(
            "Round trip",
            line.round_trip.map_or_else(unknown, round_trip),
            "How long a question and its answer take; of one behind a relay, to the relay",
        ),
        Fact {
            wrong: line.clock_offset_us.is_some_and(|us| us.unsigned_abs() > WRONG_US),
            ..fact(
                "Clock",
                line.clock_offset_us.map_or_else(unknown, clock),
                "How its clock differs from the one here. What it tells is put right by that where it is more than a few seconds",
            )
        },
        fact("Events", format!("{}/s", count(line.events_per_sec)), "What it told in the last second"),
        fact("Packets", count(line.ledger.packets), "What it captured"),
    ];
    if let Some(from) = line.from {
        facts.push(fact("From", from.to_string(), "Where it was heard last"));
    }
    if !line.path.is_empty() {
        facts.push(fact(
            "Relays",
            line.path.join(" → "),
            "What it passed on its way, nearest to it first. A relay can forge what it passes on",
        ));
    }
    if !line.version.is_empty() {
        facts.push(fact("Version", line.version.clone(), "Its program"));
    }
    facts
}

fn fact_ui(ui: &mut Ui, fact: &Fact, palette: &Palette) {
    let colour = if fact.wrong { palette.warn } else { palette.text };
    let name = line_of(ui, fact.name, regular(size::SMALL), palette.weak, f32::INFINITY);
    let room = ui.max_rect().width() - name.size().x - BETWEEN;
    let value = line_of(ui, &fact.value, regular(size::BODY), colour, room);
    word_ui(ui, &format!("{} {}", fact.name, fact.value), fact.tip, 0.0, &[name, value]);
}

/// Words of different looks in a row after an `indent`, which stand together where lines break.
fn word_ui(ui: &mut Ui, label: &str, tip: &str, indent: f32, words: &[Arc<Galley>]) -> Rect {
    let width = indent + words.iter().map(|word| word.size().x + BETWEEN).sum::<f32>() - BETWEEN;
    let (rect, response) = ui.allocate_exact_size(vec2(width, HEIGHT), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, label));
    let mut left = rect.left() + indent;
    for word in words {
        ui.painter().galley(pos2(left, rect.center().y - word.size().y / 2.0), word.clone(), Color32::PLACEHOLDER);
        left += word.size().x + BETWEEN;
    }
    response.on_hover_text(tip);
    rect
}

/// What was lost, each cause by itself.
fn losses_ui(ui: &mut Ui, line: &Line, palette: &Palette) {
    let losses = losses(line);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(16.0, 2.0);
        if losses.is_empty() {
            sign_ui(ui, Icon::Check, "nothing lost", palette.good, "Neither on the way nor on its machine.");
        }
        for (name, n, tip) in losses {
            sign_ui(ui, Icon::Warning, &format!("{} {name}", count(n)), palette.warn, tip);
        }
        if line.received.unheard > 0 {
            caption(ui, format!("{} events before it was listened", count(line.received.unheard)))
                .on_hover_text("What lived then was asked for and told.");
        }
    });
}

fn sign_ui(ui: &mut Ui, icon: Icon, text: &str, colour: Color32, tip: &str) {
    let words = line_of(ui, text, regular(size::SMALL), colour, ui.max_rect().width() - SIGN);
    let rect = word_ui(ui, text, tip, SIGN, &[words]);
    paint(ui.painter(), Rect::from_min_size(rect.min, vec2(SIGN - 5.0, rect.height())), icon, 13.0, colour);
}

fn round_trip(time: Duration) -> String {
    let millis = time.as_secs_f64() * 1000.0;
    match millis {
        ..0.05 => "below 0.1 ms".to_owned(),
        ..9.95 => format!("{millis:.1} ms"),
        ..999.5 => format!("{millis:.0} ms"),
        _ => format!("{:.1} s", millis / 1000.0),
    }
}

/// How a clock differs, in words.
fn clock(offset_us: i64) -> String {
    let way = if offset_us > 0 { "ahead" } else { "behind" };
    match offset_us.unsigned_abs() {
        ..IN_STEP_US => "in step".to_owned(),
        us => format!("{} {way}", duration(Duration::from_micros(us))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_do() {
        assert_eq!(
            [20_u64, 400, 9_940, 12_300, 2_500_000].map(|us| round_trip(Duration::from_micros(us))),
            ["below 0.1 ms", "0.4 ms", "9.9 ms", "12 ms", "2.5 s"]
        );
        let year = 365 * 86_400 * 1_000_000;
        assert_eq!([-300, 12_000, -3_200_000, year].map(clock), ["in step", "12 ms ahead", "3.2 s behind", "365 d 00 h ahead"]);
    }
}
