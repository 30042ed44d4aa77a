//! Who asked for connections that nobody has shown yet.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use graph::{ProcessId, Side, Tuple};
use hashbrown::HashMap;

use super::Connect;

/// For so long a connection may be shown later than it was asked for.
const KEPT: Duration = Duration::from_secs(10);
/// As many are remembered; of more, the oldest is not.
const MAX_ASKED: usize = 16_384;

/// All of them.
#[derive(Debug, Default)]
pub(in crate::proc::attribution) struct Asked {
    processes: HashMap<(Tuple, Side), (ProcessId, Instant)>,
    /// In order of time. What was asked for again, or taken, is no longer what it was.
    order: VecDeque<(Instant, (Tuple, Side))>,
}

impl Asked {
    /// Remembers who asked; who asked before for a connection between the same ends is forgotten. Returns how many others had to go early.
    pub(in crate::proc::attribution) fn put(&mut self, connect: Connect, now: Instant) -> u64 {
        let Connect { tuple, side, process } = connect;
        self.processes.insert((tuple, side), (process, now));
        self.order.push_back((now, (tuple, side)));
        let mut early = 0;
        while let Some((asked, end)) = self.order.front().copied() {
            let old = now.saturating_duration_since(asked) >= KEPT;
            if !old && self.order.len() <= MAX_ASKED {
                break;
            }
            self.order.pop_front();
            if self.processes.get(&end).is_some_and(|(_, again)| *again == asked) {
                self.processes.remove(&end);
                early += u64::from(!old);
            }
        }
        early
    }

    /// Who asked for that connection from that end, once.
    pub(in crate::proc::attribution) fn take(&mut self, tuple: &Tuple, side: Side, now: Instant) -> Option<ProcessId> {
        let (process, asked) = self.processes.remove(&(*tuple, side))?;
        (now.saturating_duration_since(asked) < KEPT).then_some(process)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use graph::{Endpoint, Proto};

    use super::*;

    fn connect(port: u16, pid: u32) -> Connect {
        let end = |n, port| Endpoint { addr: Ipv4Addr::new(10, 0, 0, n).into(), port };
        let (tuple, side) = Tuple::new(Proto::TCP, end(1, port), end(2, 443));
        Connect { tuple, side, process: ProcessId { pid, start_ns: 1 } }
    }

    #[test]
    fn the_last_who_asked_is_named_once_for_ten_seconds_and_for_that_end() {
        let (mut asked, start) = (Asked::default(), Instant::now());
        let secs = |secs| start + Duration::from_secs(secs);
        let Connect { tuple, side, .. } = connect(1, 7);
        assert_eq!(asked.put(connect(1, 7), start) + asked.put(connect(2, 9), secs(1)) + asked.put(connect(1, 8), secs(2)), 0);
        assert_eq!(asked.take(&tuple, side.other(), secs(2)), None);
        // What was asked for first is due; what was asked for again is not.
        asked.put(connect(3, 3), secs(10));
        assert_eq!(asked.take(&tuple, side, secs(11)).map(|process| process.pid), Some(8));
        assert_eq!(asked.take(&tuple, side, secs(11)), None);
        assert_eq!(asked.take(&connect(2, 9).tuple, side, secs(11)), None, "too late");
        assert_eq!(asked.put(connect(4, 4), secs(60)), 0);
        assert_eq!((asked.processes.len(), asked.order.len()), (1, 1));
    }

    #[test]
    fn a_flood_is_bounded_and_what_goes_early_is_counted() {
        let (mut asked, start) = (Asked::default(), Instant::now());
        let early: u64 = (0..=u16::MAX).map(|port| asked.put(connect(port, 5), start + Duration::from_nanos(port.into()))).sum();
        assert_eq!((asked.processes.len(), asked.order.len()), (MAX_ASKED, MAX_ASKED));
        assert_eq!(early, 65_536 - MAX_ASKED as u64);
    }
}
