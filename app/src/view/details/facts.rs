//! Names and values of what is selected.

use egui::{Grid, Ui};
use graph::{Basis, Claim, Details, Flow, Host, Known, Link, SeenBy, Subject, Time, Value};

use super::group::of_group;
use super::process::of_process;
use super::route::of_route;
use crate::state::Action;
use crate::state::query::{Narrow, Stays};
use crate::theme::{Palette, regular, size};
use crate::units::{bytes, count, duration, rate, time};
use crate::view::bits::{heading, link_label, short_label};
use crate::view::icon::focus_ring;
use crate::view::menu::{entry, menu_ui};

/// What is known, in words.
pub(super) struct Facts {
    /// Its best name.
    pub(super) title: String,
    /// Below the title.
    pub(super) below: Option<String>,
    /// Its address, which one copies.
    pub(super) address: Option<String>,
    pub(super) groups: Vec<Group>,
}

pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) rows: Vec<Fact>,
}

pub(super) struct Fact {
    pub(super) name: String,
    pub(super) value: String,
    /// Where a click on it leads.
    pub(super) subject: Option<Subject>,
    /// Who says so, and what it means.
    pub(super) more: Option<String>,
    /// What others say instead.
    pub(super) others: Vec<String>,
    /// The field and the value by which one may filter.
    pub(super) asks: Option<(String, Value)>,
}

pub(super) fn fact(name: &str, value: String) -> Fact {
    Fact { name: name.to_owned(), value, subject: None, more: None, others: Vec::new(), asks: None }
}

impl Facts {
    /// Who saw it, and whose an address is, where `several` machines tell of things; who, too, where there is more to say of that.
    pub(super) fn of(details: &Details, several: bool) -> Facts {
        let mut facts = Facts::of_itself(details);
        if let Some(machine) = &details.elsewhere {
            facts.below = Some(facts.below.map_or_else(String::new, |below| format!("{below} · ")) + "on " + machine);
        }
        if several || details.seen_by.iter().any(SeenBy::is_special) {
            facts.groups.push(Group { title: "SEEN BY", rows: details.seen_by.iter().map(sight).collect() });
        }
        facts
    }

    fn of_itself(details: &Details) -> Facts {
        let now = details.now;
        if let Some(process) = &details.process {
            return of_process(process, details);
        }
        if let Some(members) = &details.group {
            return of_group(members, details);
        }
        match (details.subject, &details.host, &details.other, &details.link, &details.flow) {
            (Subject::Host(_), Some(host), ..) => of_host(host, details, now),
            (Subject::Link(_), Some(a), Some(b), Some(link), _) => of_link(a, b, link, now),
            (Subject::Flow(_), Some(a), Some(b), _, Some(flow)) => of_flow(a, b, flow, details, now),
            (Subject::Service(service), ..) => Facts {
                title: service.to_string(),
                below: Some(format!("{} · {}", service.family().label(), where_of(service))),
                address: None,
                groups: vec![Group { title: "NOW", rows: vec![fact("Live flows", count(details.flows.total as u64))] }],
            },
            _ => Facts { title: "gone".into(), below: None, address: None, groups: Vec::new() },
        }
    }
}

fn where_of(service: graph::Service) -> String {
    if service.port == 0 { service.proto.to_string() } else { format!("{} port {}", service.proto, service.port) }
}

fn of_host(host: &Host, details: &Details, now: Time) -> Facts {
    let address = host.key.addr.to_string();
    let title = host.label();
    let below = if title == address { kind_of(host, details.elsewhere.is_some()).to_owned() } else { address.clone() };
    let names = host.names.iter().map(|n| fact(n.origin.label(), n.text.to_string())).collect();
    let path = details.route.as_ref().map(|route| of_route(route, now));
    let mut facts = Facts {
        address: (below == address).then_some(address),
        title,
        below: Some(below),
        groups: vec![
            Group {
                title: "TOTALS",
                rows: vec![
                    fact("Sent", volume(host.sent.bytes, host.sent.packets)),
                    fact("Received", volume(host.received.bytes, host.received.packets)),
                    fact("Live flows", count(u64::from(host.flows))),
                    fact("First seen", seen(host.first, now)),
                    fact("Last seen", seen(host.last, now)),
                ],
            },
            Group { title: "NAMES", rows: names },
            Group { title: "KNOWN", rows: known(details) },
        ],
    };
    facts.groups.extend(path);
    facts
}

fn kind_of(host: &Host, elsewhere: bool) -> &'static str {
    match host.key.addr {
        addr if addr.is_multicast() => "multicast group",
        addr if addr.is_loopback() && elsewhere => "itself",
        addr if addr.is_loopback() => "this computer",
        _ => "no name was seen",
    }
}

fn of_link(a: &Host, b: &Host, link: &Link, now: Time) -> Facts {
    Facts {
        title: format!("{} – {}", a.label(), b.label()),
        below: Some(format!("mostly {}", link.service)),
        address: None,
        groups: vec![
            Group { title: "BETWEEN", rows: vec![end("One end", a), end("Other end", b)] },
            Group {
                title: "TOTALS",
                rows: vec![
                    fact("One to other", volume(link.total.ab.bytes, link.total.ab.packets)),
                    fact("Other to one", volume(link.total.ba.bytes, link.total.ba.packets)),
                    fact("Live flows", count(u64::from(link.flows))),
                    fact("First seen", seen(link.first, now)),
                    fact("Last seen", seen(link.last, now)),
                ],
            },
        ],
    }
}

fn of_flow(a: &Host, b: &Host, flow: &Flow, details: &Details, now: Time) -> Facts {
    let (from, to) = if flow.src().addr == a.key.addr { (a, b) } else { (b, a) };
    let (sent, received) = (flow.forward().ab, flow.forward().ba);
    let proto = flow.key.tuple.proto();
    let ports = if proto.has_ports() { format!("{} → {}", flow.src().port, flow.dst().port) } else { "none".into() };
    Facts {
        title: format!("{} → {}", from.label(), to.label()),
        below: Some(format!("{} over {proto}", flow.service)),
        address: None,
        groups: vec![
            Group {
                title: "BETWEEN",
                rows: vec![end("From", from), end("To", to), fact("Ports", ports), fact("Begun by", began(flow.initiator.basis).into())],
            },
            Group {
                title: "TOTALS",
                rows: vec![
                    fact("Sent", volume(sent.bytes, sent.packets)),
                    fact("Received", volume(received.bytes, received.packets)),
                    fact("State", flow.state.name().into()),
                    fact("Duration", duration(flow.last.since(flow.first))),
                    fact("First seen", seen(flow.first, now)),
                    fact("Last seen", seen(flow.last, now)),
                ],
            },
            Group { title: "KNOWN", rows: known(details) },
        ],
    }
}

/// Who saw it, where, and how much of it; what comes of sampling is not exact.
fn sight(seen: &SeenBy) -> Fact {
    let mut value = String::new();
    if !seen.interfaces.is_empty() {
        value += &format!("{}  ·  ", seen.interfaces.join(", "));
    }
    value += &match seen.sampling {
        n @ 2.. => format!("≈ {}, 1 in {n}", bytes(seen.bytes)),
        _ => bytes(seen.bytes),
    };
    fact(&seen.name, value)
}

fn end(name: &str, host: &Host) -> Fact {
    Fact { subject: Some(Subject::Host(host.id)), ..fact(name, host.label()) }
}

/// What is known of it in columns; what others say stands below what holds.
fn known(details: &Details) -> Vec<Fact> {
    let said = |claim: &Claim| format!("{}, {}", claim.origin, claim.confidence.label());
    let row = |known: &Known| Fact {
        more: Some(format!("{}\n{}", known.help, said(&known.holds))),
        others: known.others.iter().map(|claim| format!("not {}  ·  {}", value(&claim.value), said(claim))).collect(),
        asks: Some((known.name.clone(), known.holds.value.clone())),
        ..fact(&known.name, value(&known.holds.value))
    };
    details.known.iter().map(row).collect()
}

/// A value in words that a person reads.
fn value(value: &Value) -> String {
    match value {
        Value::Bytes(n) => bytes(*n),
        Value::Rate(n) => rate(*n as f32),
        Value::Duration(d) => duration(*d),
        Value::Time(at) => format!("{} UTC", time(*at)),
        Value::Bool(yes) => if *yes { "yes" } else { "no" }.to_owned(),
        _ => value.to_string(),
    }
}

/// How it is known who began a flow.
const fn began(basis: Basis) -> &'static str {
    match basis {
        Basis::FirstSeen => "whose packet was seen first",
        Basis::Port => "the end without a server's port",
        Basis::Conntrack => "whom the kernel tracks as such",
        Basis::Handshake => "who sent the first request",
    }
}

pub(super) fn volume(volume: u64, packets: u64) -> String {
    format!("{}  ·  {} packets", bytes(volume), count(packets))
}

/// A point in time: how long ago, and the time of day in UTC.
pub(super) fn seen(at: Time, now: Time) -> String {
    let text = time(at);
    let clock = text.split(' ').nth(1).unwrap_or(&text);
    match now.since(at).as_secs() {
        0..2 => format!("now  ·  {clock} UTC"),
        2..86_400 => format!("{} ago  ·  {clock} UTC", short(now.since(at))),
        _ => format!("{text} UTC"),
    }
}

/// Without the smaller unit.
fn short(d: std::time::Duration) -> String {
    match d.as_secs() {
        secs @ 0..60 => format!("{secs} s"),
        secs @ 60..3600 => format!("{} min", secs / 60),
        secs => format!("{} h", secs / 3600),
    }
}

/// Steps to a narrower filter: what has that value, or all others. Of a list, by each of its values.
fn narrow_ui(ui: &mut Ui, field: &str, value: &Value, actions: &mut Vec<Action>) {
    for one in value.each() {
        for (stays, words) in [(Stays::This, "Filter to"), (Stays::Others, "Filter out")] {
            if entry(ui, format!("{words} {field} {one}")) {
                actions.push(Action::Narrow(Narrow { field: field.to_owned(), value: graph::quote(&one.to_string()), stays }));
            }
        }
    }
    ui.separator();
}

/// Shows them.
pub(super) fn facts_ui(ui: &mut Ui, facts: &Facts, actions: &mut Vec<Action>) {
    let palette = Palette::of(ui.ctx());
    for group in facts.groups.iter().filter(|g| !g.rows.is_empty()) {
        heading(ui, group.title);
        let width = ui.available_width();
        ui.spacing_mut().interact_size.y = 18.0;
        Grid::new(("facts", group.title)).num_columns(2).spacing([12.0, 6.0]).min_col_width(92.0).show(ui, |ui| {
            for row in &group.rows {
                short_label(ui, &row.name, regular(size::BODY), palette.weak, 100.0);
                match row.subject {
                    Some(subject) => {
                        if link_label(ui, &row.value, regular(size::BODY), width - 116.0).clicked() {
                            actions.push(Action::Select(Some(subject)));
                        }
                    }
                    None => {
                        let mut shown = short_label(ui, &row.value, regular(size::BODY), palette.text, width - 116.0);
                        if let Some(more) = &row.more {
                            shown = shown.on_hover_text(more);
                        }
                        let menu = shown.interact(egui::Sense::click());
                        focus_ring(ui, menu.rect.expand(2.0), &menu);
                        menu_ui(&menu, menu.clicked() && menu.has_focus(), |ui, _| {
                            if let Some((field, value)) = &row.asks {
                                narrow_ui(ui, field, value, actions);
                            }
                            if entry(ui, "Copy") {
                                actions.push(Action::Copy(row.value.clone()));
                            }
                        });
                    }
                }
                ui.end_row();
                for other in &row.others {
                    ui.label("");
                    short_label(ui, other, regular(size::SMALL), palette.weak, width - 116.0);
                    ui.end_row();
                }
            }
        });
        ui.add_space(12.0);
    }
}
