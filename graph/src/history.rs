//! The last two minutes, second by second, for the plots of what is selected.

use std::collections::VecDeque;

use crate::slice::{Sink, Slice};
use crate::{FlowId, LinkId, Model, ProcessKey, Service, Side, Subject, Time};

/// How many seconds are kept.
pub const HISTORY_SECS: usize = 120;
/// How many rows are kept in all; beyond it the oldest seconds go first.
const MAX_ROWS: usize = 300_000;

#[derive(Clone, Copy, Debug)]
struct Row {
    flow: FlowId,
    link: LinkId,
    service: Service,
    owners: [Option<ProcessKey>; 2],
    ab: u64,
    ba: u64,
}

/// What each flow moved in each of the last seconds.
#[derive(Clone, Debug, Default)]
pub struct History {
    seconds: VecDeque<(Time, Vec<Row>)>,
    rows: usize,
}

impl Sink for History {
    fn slice(&mut self, slice: &Slice) {
        let rows: Vec<Row> = slice
            .rows
            .iter()
            .map(|r| {
                let owners = [Side::A, Side::B].map(|side| r.owners.at(side).map(|owner| owner.process));
                Row { flow: r.flow, link: r.link, service: r.service, owners, ab: r.moved.0.ab.bytes, ba: r.moved.0.ba.bytes }
            })
            .take(MAX_ROWS)
            .collect();
        self.rows += rows.len();
        self.seconds.push_back((slice.start, rows));
        while self.seconds.len() > HISTORY_SECS || (self.rows > MAX_ROWS && self.seconds.len() > 1) {
            let Some((_, old)) = self.seconds.pop_front() else { break };
            self.rows -= old.len();
        }
    }
}

impl History {
    /// Bytes that a subject sent and received in each of the last seconds before `model.now()`, oldest first. What a link, flow or
    /// service sends is what goes from side A to side B.
    pub fn of(&self, subject: Subject, model: &Model) -> Vec<[u64; 2]> {
        let mut out = vec![[0_u64; 2]; HISTORY_SECS];
        let newest = model.now().micros() / 1_000_000;
        for (start, rows) in &self.seconds {
            let age = newest.saturating_sub(start.micros() / 1_000_000);
            // The second that is still going on is not in the history: age 1 is the newest.
            let Some(place) = (HISTORY_SECS as u64).checked_sub(age).and_then(|p| out.get_mut(p as usize)) else { continue };
            for row in rows {
                let [sent, received] = moved(row, subject, model);
                let [s, r] = place;
                *s = s.saturating_add(sent);
                *r = r.saturating_add(received);
            }
        }
        out
    }
}

fn moved(row: &Row, subject: Subject, model: &Model) -> [u64; 2] {
    match subject {
        Subject::Flow(id) if row.flow == id => [row.ab, row.ba],
        Subject::Link(id) if row.link == id => [row.ab, row.ba],
        Subject::Service(service) if row.service == service => [row.ab, row.ba],
        Subject::Process(key) => match row.owners.map(|owner| owner == Some(key)) {
            [true, true] => [row.ab + row.ba, row.ab + row.ba],
            [true, false] => [row.ab, row.ba],
            [false, true] => [row.ba, row.ab],
            [false, false] => [0, 0],
        },
        Subject::Host(id) => match model.link(row.link) {
            Some(link) if link.a == id && link.b == id => [row.ab + row.ba, row.ab + row.ba],
            Some(link) if link.a == id => [row.ab, row.ba],
            Some(link) if link.b == id => [row.ba, row.ab],
            _ => [0, 0],
        },
        Subject::Group(id) => match model.link(row.link).map(|link| [link.a, link.b].map(|host| model.is_in(host, id))) {
            Some([true, true]) => [row.ab + row.ba, row.ab + row.ba],
            Some([true, false]) => [row.ab, row.ba],
            Some([false, true]) => [row.ba, row.ab],
            _ => [0, 0],
        },
        _ => [0, 0],
    }
}
