//! Where a process comes from, as a path from the first to itself; and the story of a flow.

use egui::{RichText, Ui};
use graph::{Details, Process, Story, Subject};

use crate::state::Action;
use crate::theme::{Palette, regular, size};
use crate::units::{bytes, duration};
use crate::view::bits::heading;

/// Shows the path; a click on a part selects it.
pub(super) fn lineage_ui(ui: &mut Ui, details: &Details, actions: &mut Vec<Action>) {
    let Some(process) = &details.process else { return };
    if details.lineage.is_empty() {
        return;
    }
    heading(ui, "STARTED BY");
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        for ancestor in details.lineage.iter().rev() {
            part_ui(ui, ancestor, actions);
            ui.label(RichText::new("→").color(Palette::of(ui.ctx()).weak));
        }
        ui.label(RichText::new(process.label()).font(regular(size::BODY)));
    });
    ui.add_space(12.0);
}

fn part_ui(ui: &mut Ui, process: &Process, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    let colour = if process.is_alive() { palette.accent } else { palette.weak };
    let link = ui.link(RichText::new(process.label()).font(regular(size::BODY)).color(colour));
    let hover = format!("pid {}{}", process.key.process.pid, if process.is_alive() { "" } else { ", gone" });
    if link.on_hover_text(hover).clicked() {
        actions.push(Action::Select(Some(Subject::Process(process.key))));
    }
}

/// Shows which program talks here, and what started it.
pub(super) fn story_ui(ui: &mut Ui, story: &Story, actions: &mut Vec<Action>) {
    heading(ui, "STORY");
    let text = in_words(story);
    let width = ui.available_width();
    ui.scope(|ui| {
        ui.set_max_width(width);
        let label = ui.add(egui::Label::new(RichText::new(text).font(regular(size::BODY))).wrap());
        label.on_hover_text(format!("The process is known {}", story.how.label()));
    });
    if ui.link("Show the process").clicked() {
        actions.push(Action::Select(Some(Subject::Process(story.process))));
    }
    ui.add_space(12.0);
}

/// The story as a sentence.
fn in_words(story: &Story) -> String {
    let mut lineage = story.lineage.iter();
    let program = lineage.next().map(String::as_str).unwrap_or_default();
    let mut text = format!("{program} (pid {})", story.process.process.pid);
    let before: Vec<&str> = lineage.map(String::as_str).collect();
    if !before.is_empty() {
        text.push_str(&format!(", started by {}", before.join(" ← ")));
    }
    if let Some(age) = story.age {
        let lived = if story.alive { "old" } else { "until it ended" };
        text.push_str(&format!(", {} {lived}", duration(age)));
    }
    text.push_str(&format!(", sent {} to {}, received {}", bytes(story.sent), story.peer, bytes(story.received)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use graph::{Attribution, ProcessId, ProcessKey, Realm, Side};
    use std::time::Duration;

    #[test]
    fn a_story_reads_as_a_sentence() {
        let process = ProcessKey { realm: Realm(1), process: ProcessId { pid: 812, start_ns: 1 } };
        let lineage = ["curl", "deploy.sh", "bash", "sshd"].map(str::to_owned).to_vec();
        let age = Some(Duration::from_millis(140));
        let peer = "api.example".to_owned();
        let story =
            Story { process, side: Side::A, how: Attribution::Exact, lineage, age, alive: true, sent: 2_000, received: 31_000, peer };
        assert_eq!(
            in_words(&story),
            "curl (pid 812), started by deploy.sh ← bash ← sshd, 140 ms old, sent 2.0 kB to api.example, received 31 kB"
        );
        let alone = Story { lineage: vec!["curl".into()], age: None, ..story };
        assert_eq!(in_words(&alone), "curl (pid 812), sent 2.0 kB to api.example, received 31 kB");
    }
}
