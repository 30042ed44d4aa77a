//! Whether what changed in the model changes anything on the screen: a frame is drawn for nothing else.

use graph::{Delta, Totals};

/// The totals that are on the screen, without the count of what happened to processes.
#[derive(Debug, Default)]
pub(super) struct Seen(Totals);

impl Seen {
    /// Whether a delta shows. Processes come and go all the time, and show only in rows, in details and among those of the graph, which are
    /// told apart; whose flows are whose shows where the graph is `mixed`.
    pub(super) fn shows(&mut self, delta: &Delta, mixed: bool) -> bool {
        let hosts = !(delta.hosts.is_empty() && delta.gone_hosts.is_empty());
        let links = !(delta.links.is_empty() && delta.gone_links.is_empty());
        let shares = mixed && !(delta.shares.is_empty() && delta.gone_shares.is_empty());
        let graph = hosts || links || shares;
        let Some(mut totals) = delta.totals.clone() else { return graph };
        totals.origins.iter_mut().for_each(|(_, _, ledger)| ledger.process_events = 0);
        let other = totals != self.0;
        self.0 = totals;
        graph || other
    }
}

#[cfg(test)]
mod tests {
    use graph::{Attribution, ConnId, Endpoint, Event, Kind, Ledger, Limits, OriginId, ProcessId, Proto, Time, Total, Tuple};

    use super::*;
    use crate::pipeline::new_model;

    #[test]
    fn what_happens_to_processes_alone_draws_no_frame() {
        let (mut model, ..) = new_model(&["x"], Limits::default()).unwrap();
        let mut seen = Seen::default();
        let mut tell = |kind| {
            model.apply(Time::from_secs(1), &Event { at: Time::ZERO, origin: OriginId(0), kind }, &mut ());
            let delta = model.delta();
            assert!(!delta.is_empty());
            seen.shows(&delta, false)
        };
        let process = |pid| ProcessId { pid, start_ns: 1 };
        let ledger = |process_events, lost_process| Kind::Ledger(Ledger { process_events, lost_process, ..Ledger::default() });
        assert!(tell(Kind::Outer { src: [10, 0, 0, 1].into(), dst: [10, 0, 0, 2].into(), packets: 1, bytes: 60 }));
        assert!(!tell(Kind::Fork { parent: process(1), child: process(2) }));
        assert!(!tell(ledger(5, 0)));
        assert!(tell(ledger(6, 1)), "a loss is shown");
        assert!(!tell(ledger(7, 1)));
    }

    #[test]
    fn whose_a_flow_is_shows_only_where_processes_are_in_the_graph() {
        let (mut model, ..) = new_model(&["x"], Limits::default()).unwrap();
        let mut seen = Seen::default();
        let end = |n, port| Endpoint { addr: [10, 0, 0, n].into(), port };
        let mut tell = |mixed, port, owner: Option<u32>| {
            let (tuple, side) = Tuple::new(Proto::TCP, end(1, port), end(2, 443));
            let kind = match owner {
                None => Kind::Data { tuple, conn: ConnId(1), total: Total::default(), last: Time::ZERO },
                Some(pid) => Kind::Owner { tuple, conn: ConnId(1), side, process: ProcessId { pid, start_ns: 1 }, how: Attribution::Exact },
            };
            model.apply(Time::from_secs(1), &Event { at: Time::ZERO, origin: OriginId(0), kind }, &mut ());
            let delta = model.delta();
            assert!(!delta.is_empty());
            seen.shows(&delta, mixed)
        };
        for (mixed, port) in [(false, 1000), (true, 1001)] {
            assert!(tell(mixed, port, None));
            assert_eq!(tell(mixed, port, Some(7)), mixed);
        }
    }
}
