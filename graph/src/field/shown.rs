//! Which fields a table offers as columns, in which order, and which it shows until the user says otherwise.

use super::{End, Field, FieldId, Schema};
use crate::Table;

/// A column of each: its field, and whether it is shown.
pub(crate) fn shown(table: Table, schema: &Schema) -> Vec<(FieldId, bool)> {
    let first: &[(&str, bool)] = match table {
        Table::Hosts => HOSTS,
        Table::Flows => FLOWS,
        Table::Services => SERVICES,
        Table::Processes => PROCESSES,
    };
    let mut all: Vec<(FieldId, bool)> = first.iter().filter_map(|(name, shown)| Some((schema.find(name)?, *shown))).collect();
    // Of what both ends have a flow shows each; a host has it for itself.
    let offered = |field: &Field| field.is_of(table) && (field.asked.end != End::Either || table != Table::Flows);
    let others: Vec<FieldId> = schema.fields().filter(|(_, field)| offered(field)).map(|(id, _)| id).collect();
    for id in others {
        if !all.iter().any(|(known, _)| *known == id) {
            all.push((id, false));
        }
    }
    all
}

const HOSTS: &[(&str, bool)] = &[
    ("name", true),
    ("ip", true),
    ("rate", true),
    ("rate.sent", true),
    ("rate.received", true),
    ("bytes.sent", true),
    ("bytes.received", true),
    ("packets", true),
    ("flows", true),
    ("peers", true),
    ("start", false),
    ("end", true),
];

const FLOWS: &[(&str, bool)] = &[
    ("source", true),
    ("destination", true),
    ("service", true),
    ("proto", false),
    ("rate", true),
    ("bytes.sent", true),
    ("bytes.received", true),
    ("packets", true),
    ("state", true),
    ("duration", true),
    ("src.ip", false),
    ("src.port", false),
    ("dst.ip", false),
    ("dst.port", false),
    ("start", false),
    ("end", false),
    ("seen_by", false),
    ("process", true),
    ("pid", false),
    ("user", false),
    ("parent", false),
];

const SERVICES: &[(&str, bool)] =
    &[("service", true), ("family", true), ("flows", true), ("rate", true), ("bytes", true), ("packets", true)];

const PROCESSES: &[(&str, bool)] = &[
    ("process", true),
    ("pid", true),
    ("user", true),
    ("cpu", true),
    ("memory", true),
    ("rate.sent", true),
    ("rate.received", true),
    ("flows", true),
    ("age", true),
    ("container", true),
    ("command", true),
    ("exe", false),
    ("parent", false),
    ("state", false),
    ("earlier", false),
    ("bytes.sent", false),
    ("bytes.received", false),
    ("rate", false),
    ("group", false),
    ("start", false),
];
