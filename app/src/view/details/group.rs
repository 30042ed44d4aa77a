//! What is known of a group.

use graph::{Details, HostId, Members, Subject};

use super::facts::{Fact, Facts, Group, fact, volume};
use crate::units::{bytes, count};

/// A group: how many are in it, what they moved, and who of them the most.
pub(super) fn of_group(members: &Members, details: &Details) -> Facts {
    let key = &members.group.key;
    let outer: Vec<&str> = key.parts().iter().rev().skip(1).map(|part| &*part.value).collect();
    let why = if key.is_quiet() { "the quietest, folded to make room" } else { "a group" };
    let below = if outer.is_empty() { why.to_owned() } else { format!("{why}, in {}", outer.join(", ")) };
    let busy = |(moved, host, name): &(u64, HostId, String)| Fact { subject: Some(Subject::Host(*host)), ..fact(name, bytes(*moved)) };
    let busiest = members.busiest.iter().map(busy).collect();
    Facts {
        title: key.label().to_owned(),
        below: Some(below),
        address: None,
        groups: vec![
            Group {
                title: "TOTALS",
                rows: vec![
                    fact("Hosts", count(members.hosts as u64)),
                    fact("Sent", volume(members.sent.bytes, members.sent.packets)),
                    fact("Received", volume(members.received.bytes, members.received.packets)),
                    fact("Live flows", count(details.flows.total as u64)),
                ],
            },
            Group { title: "BUSIEST", rows: busiest },
        ],
    }
}
