//! The way to a host, hop by hop.

use graph::{Answer, Route, Stop, Subject, Time};

use super::facts::{Fact, Group, fact, seen};

/// Each hop with its name, its address and how long its answer took; `*` for one that is silent.
pub(super) fn of_route(route: &Route, now: Time) -> Group {
    let mut rows = vec![fact("Traced", seen(route.at, now))];
    for (hop, stop) in route.trace.hops.iter().zip(&route.stops) {
        let value = hop.answer.map_or_else(|| "*".to_owned(), |answer| in_words(&answer, stop));
        rows.push(Fact { subject: stop.host.map(Subject::Host), ..fact(&format!("Hop {}", hop.ttl), value) });
    }
    if !route.trace.complete {
        rows.push(fact("Then", "no answer from the host itself".to_owned()));
    }
    Group { title: "PATH", rows }
}

fn in_words(Answer { addr, rtt }: &Answer, stop: &Stop) -> String {
    let took = format!("{:.1} ms", rtt.as_secs_f64() * 1_000.0);
    match &stop.name {
        Some(name) => format!("{name}  ·  {addr}  ·  {took}"),
        None => format!("{addr}  ·  {took}"),
    }
}
