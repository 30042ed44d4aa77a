//! The foot: how much there is, and what was lost on the way, each by its own cause.

use egui::{Frame, Margin, Panel, RichText, Ui};
use graph::Totals;

use super::icon::{self, Icon};
use crate::state::Picture;
use crate::theme::{Palette, regular, size, strong};
use crate::units::{bytes, count};

/// A counter: what stands there, how many, and what a tooltip says.
struct Counter {
    name: &'static str,
    n: u64,
    help: &'static str,
}

/// What is no loss, but explains why two numbers differ; shown where it is not zero.
fn asides(totals: &Totals) -> [Counter; 2] {
    let ledger = totals.ledger();
    [
        Counter {
            name: "without IP",
            n: ledger.no_ip,
            help: "Packets without an IP header, such as ARP and LLDP: counted, but part of no flow.",
        },
        Counter { name: "filtered out", n: ledger.filtered, help: "Packets of the recording that the capture filter left out." },
    ]
}

/// What was lost, each cause apart: sums would hide where.
fn losses(totals: &Totals) -> [Counter; 7] {
    let ledger = totals.ledger();
    [
        Counter {
            name: "dropped by kernel",
            n: ledger.lost_kernel,
            help: "Packets that the kernel dropped because the capture buffer was full. A capture filter lessens the load.",
        },
        Counter {
            name: "dropped by interface",
            n: ledger.lost_interface,
            help: "Packets that the network interface or its driver dropped before anybody could see them.",
        },
        Counter {
            name: "lost in queue",
            n: ledger.lost_queue,
            help: "Packets that were captured and not counted in a flow, because this program did not keep up.",
        },
        Counter {
            name: "malformed",
            n: ledger.malformed,
            help: "Packets whose headers contradict themselves. They are counted as packets.",
        },
        Counter {
            name: "flows evicted",
            n: totals.flows_evicted,
            help: "Flows that ended early here to make room for others: the flow table was full. What they moved stays in the hosts' counters.",
        },
        Counter {
            name: "hosts evicted",
            n: totals.hosts_evicted,
            help: "Silent hosts that went early to make room for others: the table of hosts was full.",
        },
        Counter { name: "events refused", n: totals.events_refused, help: "Reports that made no sense, such as from an unknown origin." },
    ]
}

/// Shows the foot.
pub fn foot_ui(ui: &mut Ui, picture: &Picture) {
    let palette = Palette::of(ui.ctx());
    let frame = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(16, 6));
    Panel::bottom("foot").frame(frame).resizable(false).show(ui, |ui| {
        let totals = &picture.snapshot.totals;
        let ledger = totals.ledger();
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 18.0;
            let volume = format!("{} on the wire, headers included.", bytes(ledger.bytes));
            figure(ui, ledger.packets, "packets", &volume);
            let ever = format!("Live flows. {} ever since the beginning.", count(totals.flows_ever));
            figure(ui, totals.flows, "flows", &ever);
            figure(ui, picture.snapshot.hosts.len() as u64, "hosts", "Addresses that were heard of lately.");
            for aside in asides(totals).iter().filter(|c| c.n > 0) {
                figure(ui, aside.n, aside.name, aside.help);
            }
            let losses = losses(totals);
            if losses.iter().all(|c| c.n == 0) {
                let all: Vec<&str> = losses.iter().map(|c| c.name).collect();
                sign(ui, Icon::Check, "nothing lost", palette.good, &format!("These counters are all zero: {}.", all.join(", ")));
            }
            for loss in losses.iter().filter(|c| c.n > 0) {
                sign(ui, Icon::Warning, &format!("{} {}", count(loss.n), loss.name), palette.warn, loss.help);
            }
        });
    });
}

fn figure(ui: &mut Ui, n: u64, name: &str, help: &str) {
    let palette = Palette::of(ui.ctx());
    let shown = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        ui.label(RichText::new(count(n)).font(strong(size::SMALL + 0.5)).color(palette.text));
        ui.label(RichText::new(name).font(regular(size::SMALL)).color(palette.weak));
    });
    shown.response.on_hover_text(help);
}

fn sign(ui: &mut Ui, icon: Icon, text: &str, colour: egui::Color32, help: &str) {
    let shown = ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        icon::icon_ui(ui, icon, 13.0, colour);
        ui.label(RichText::new(text).font(regular(size::SMALL)).color(colour));
    });
    shown.response.on_hover_text(help);
}
