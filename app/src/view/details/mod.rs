//! All that is known of what is selected.

mod facts;
mod flows;
mod group;
mod lineage;
mod process;
mod route;

use egui::{Frame, Margin, RichText, ScrollArea, Ui};
use graph::{Details, Subject, Time};

use self::facts::Facts;
use super::bits::{caption, heading, short_label};
use super::icon::{Icon, icon_button, icon_ui};
use super::keys::hint;
use super::plot::plot_ui;
use crate::state::{Action, Picture};
use crate::theme::{Palette, regular, size, strong};
use crate::units::rate;

/// Shows it.
pub fn details_ui(ui: &mut Ui, picture: &Picture, selection: Option<Subject>, actions: &mut Vec<Action>) {
    let Some(subject) = selection else { return };
    let details = picture.details.as_ref().filter(|d| d.subject == subject);
    ScrollArea::vertical().id_salt(("details", subject)).auto_shrink(false).show(ui, |ui| {
        Frame::new().inner_margin(Margin { left: 18, right: 16, top: 12, bottom: 16 }).show(ui, |ui| {
            let Some(details) = details else {
                bar_ui(ui, subject, "", actions);
                caption(ui, "Nothing is known of it any more, or not yet.");
                return;
            };
            let facts = Facts::of(details, picture.snapshot.totals.machines.len() > 1);
            bar_ui(ui, subject, &facts.title, actions);
            title_ui(ui, &facts, actions);
            ui.add_space(8.0);
            rates_ui(ui, details, picture.now);
            plot_ui(ui, &history(details));
            ui.add_space(12.0);
            lineage::lineage_ui(ui, details, actions);
            if let Some(story) = &details.story {
                lineage::story_ui(ui, story, actions);
            }
            facts::facts_ui(ui, &facts, actions);
            flows::flows_ui(ui, details, &facts.title, actions);
        });
    });
}

fn bar_ui(ui: &mut Ui, subject: Subject, title: &str, actions: &mut Vec<Action>) {
    let (icon, kind) = match subject {
        Subject::Host(_) => (Icon::Globe, "HOST"),
        Subject::Link(_) => (Icon::Arrow, "LINK"),
        Subject::Flow(_) => (Icon::Arrow, "FLOW"),
        Subject::Service(_) => (Icon::Cube, "SERVICE"),
        Subject::Process(_) => (Icon::Tree, "PROCESS"),
        Subject::Group(_) => (Icon::Cube, "GROUP"),
    };
    ui.horizontal(|ui| {
        icon_ui(ui, icon, 13.0, Palette::of(ui.ctx()).weak);
        heading(ui, kind);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            let mut button = |ui: &mut Ui, icon, name: &str, action: Action| {
                if icon_button(ui, icon, name).on_hover_text(hint(name, &action)).clicked() {
                    actions.push(action);
                }
            };
            button(ui, Icon::Close, "Select nothing", Action::Select(None));
            match subject {
                Subject::Process(_) => button(ui, Icon::Tree, "Show in the tree", Action::ShowInTable(subject)),
                _ => button(ui, Icon::Table, "Show in the table", Action::ShowInTable(subject)),
            }
            if !matches!(subject, Subject::Service(_)) {
                button(ui, Icon::Target, "Show in the graph", Action::ShowInGraph(subject));
            }
            if !title.is_empty() {
                button(ui, Icon::Copy, "Copy the name", Action::Copy(title.to_owned()));
            }
        });
    });
}

fn title_ui(ui: &mut Ui, facts: &Facts, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let width = ui.available_width();
    short_label(ui, &facts.title, strong(size::HEADING + 1.0), palette.text, width);
    if let Some(below) = &facts.below {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            short_label(ui, below, regular(size::BODY), palette.weak, width - 40.0);
            if let Some(address) = &facts.address
                && icon_button(ui, Icon::Copy, "Copy the address").on_hover_text("Copy the address").clicked()
            {
                actions.push(Action::Copy(address.clone()));
            }
        });
    }
}

/// What went out and in; of a flow, out is what its initiator sent.
fn history(details: &Details) -> Vec<[u64; 2]> {
    let turned = details.flow.as_ref().is_some_and(|flow| flow.initiator.side == graph::Side::B);
    details.history.iter().map(|[a, b]| if turned { [*b, *a] } else { [*a, *b] }).collect()
}

/// The two rates, in the colours of the plot.
fn rates_ui(ui: &mut Ui, details: &Details, now: Time) {
    let palette = Palette::of(ui.ctx());
    let (out, inn) = match (&details.host, &details.link, &details.flow) {
        _ if details.process.is_some() => {
            let both = details.process.as_ref().map(|p| (p.rate_sent.at(now), p.rate_received.at(now)));
            both.unwrap_or_default()
        }
        (_, _, Some(flow)) => {
            let [ab, ba] = flow.rates().map(|r| r.at(now));
            if flow.initiator.side == graph::Side::A { (ab, ba) } else { (ba, ab) }
        }
        (_, Some(link), None) => (link.rate_ab.at(now), link.rate_ba.at(now)),
        (Some(host), None, None) => (host.rate_sent.at(now), host.rate_received.at(now)),
        _ if details.group.is_some() => {
            let [out, inn] = details.group.as_ref().map(|members| members.rates).unwrap_or_default();
            (out, inn)
        }
        (None, None, None) => {
            let [out, inn] = details.history.last().copied().unwrap_or_default();
            (out as f32, inn as f32)
        }
    };
    ui.horizontal(|ui| {
        for (name, value, colour) in [("Out", out, palette.warn), ("In", inn, palette.accent)] {
            ui.allocate_ui(egui::vec2(130.0, 36.0), |ui| {
                ui.set_min_width(130.0);
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 0.0;
                    ui.label(RichText::new(name).font(regular(size::SMALL)).color(colour));
                    ui.label(RichText::new(rate(value)).font(strong(size::HEADING)));
                });
            });
        }
    });
    ui.add_space(2.0);
}
