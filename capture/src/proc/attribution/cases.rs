//! Flows whose owners are looked for: when to ask, what was found, and whether anybody wants to know.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use graph::{Attribution, ConnId, ProcessId, Side, Tuple};
use hashbrown::HashMap;

/// When is asked, after the first word of a flow: its process may have the socket only a little later, or no longer for long.
const LOOKS: [Duration; 4] = [Duration::ZERO, Duration::from_millis(5), Duration::from_millis(25), Duration::from_millis(100)];
/// How long a flow that nobody shows is remembered.
const KEPT: Duration = Duration::from_secs(10);
/// As many are looked for at a time; of more, those that came last have no owner.
const MAX_CASES: usize = 16_384;
/// How long nothing is due where there is nothing.
const LONG: Duration = Duration::from_secs(3600);

type Found = Option<(ProcessId, Attribution)>;

#[derive(Debug)]
struct Case {
    begun: Instant,
    /// Who began it is asked for first: a client may be gone sooner than a server.
    by: Side,
    looks: usize,
    /// Its number, once it is shown.
    conn: Option<ConnId>,
    /// Of side A and side B, and what of it was told.
    found: [Found; 2],
    told: [Option<Attribution>; 2],
    /// What was found is of a connection that is not shown yet.
    early: [bool; 2],
}

/// Whose an end of a flow is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) tuple: Tuple,
    pub(super) conn: ConnId,
    pub(super) side: Side,
    pub(super) process: ProcessId,
    pub(super) how: Attribution,
}

/// At most one for each end.
pub(super) type Verdicts = std::iter::Flatten<std::array::IntoIter<Option<Verdict>, 2>>;

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Cases {
    cases: HashMap<Tuple, Case>,
    /// Who is asked for when: a queue for each look, and one for the end, each in order of time.
    due: [VecDeque<(Instant, Tuple)>; LOOKS.len() + 1],
}

impl Cases {
    /// A flow was heard of for the first time, or again. False: there are too many to look for this one.
    pub(super) fn begin(&mut self, tuple: Tuple, by: Side, now: Instant) -> bool {
        if self.cases.contains_key(&tuple) {
            return true;
        }
        if self.cases.len() >= MAX_CASES {
            return false;
        }
        self.cases.insert(tuple, Case { begun: now, by, looks: 0, conn: None, found: [None; 2], told: [None; 2], early: [false; 2] });
        self.put(tuple, now, 0);
        true
    }

    /// It is shown under that number: what was found is told. Where another connection between the same ends was shown before, that one's is not, and
    /// it is asked for anew.
    pub(super) fn know(&mut self, tuple: &Tuple, conn: ConnId, now: Instant) -> Option<Verdicts> {
        let case = self.cases.get_mut(tuple)?;
        let another = case.conn.is_some_and(|before| before != conn);
        if case.conn != Some(conn) {
            (case.conn, case.told) = (Some(conn), [None; 2]);
        }
        let early = std::mem::take(&mut case.early);
        if another {
            case.found.iter_mut().zip(early).filter(|(_, early)| !early).for_each(|(found, _)| *found = None);
        }
        let again = another && case.looks == LOOKS.len();
        if again {
            (case.begun, case.looks) = (now, 0);
        }
        let verdicts = news(tuple, case);
        if again {
            self.put(*tuple, now, 0);
        }
        Some(verdicts)
    }

    /// The next one to ask for.
    pub(super) fn next_due(&mut self, now: Instant) -> Option<Tuple> {
        for (look, queue) in self.due.iter_mut().enumerate() {
            while let Some((_, tuple)) = queue.pop_front_if(|(due, _)| *due <= now) {
                if look < LOOKS.len() {
                    return Some(tuple);
                }
                // Its connection may be another one by now.
                if self.cases.get(&tuple).is_some_and(|case| case.begun + KEPT <= now) {
                    self.cases.remove(&tuple);
                }
            }
        }
        None
    }

    /// How long until one is due.
    pub(super) fn rest(&self, now: Instant) -> Duration {
        let next = self.due.iter().filter_map(|queue| queue.front()).map(|(due, _)| *due).min();
        next.map_or(LONG, |due| due.saturating_duration_since(now))
    }

    /// Asks for both ends, unless it is known exactly whose they are. Returns what is news.
    pub(super) fn look(&mut self, tuple: &Tuple, mut owner: impl FnMut(Side) -> Found) -> Verdicts {
        let Some(case) = self.cases.get_mut(tuple) else { return [None; 2].into_iter().flatten() };
        for side in [case.by, case.by.other()] {
            let [a, b] = &mut case.found;
            let found = if side == Side::A { a } else { b };
            if found.is_some_and(|(_, how)| how == Attribution::Exact) {
                continue;
            }
            if let Some(better) = owner(side).filter(|(_, how)| found.is_none_or(|(_, known)| *how > known)) {
                *found = Some(better);
            }
        }
        case.looks += 1;
        let (begun, looks) = (case.begun, case.looks);
        let verdicts = news(tuple, case);
        self.put(*tuple, begun, looks);
        verdicts
    }

    /// It is known exactly whose one end is: who asked last, for an earlier connection between the same ends is told already. Returns what is
    /// news; none where nobody has heard of the flow.
    #[cfg(feature = "ebpf")]
    pub(super) fn settle(&mut self, tuple: &Tuple, side: Side, process: ProcessId) -> Option<Verdicts> {
        let case = self.cases.get_mut(tuple)?;
        let ends = case.found.iter_mut().zip(&mut case.early).zip(&case.told).zip([Side::A, Side::B]);
        for (((found, early), told), _) in ends.filter(|(_, of)| *of == side) {
            *early = *told == Some(Attribution::Exact) && found.is_some_and(|(known, _)| !known.is(process));
            *found = Some((process, Attribution::Exact));
        }
        Some(news(tuple, case))
    }

    fn put(&mut self, tuple: Tuple, begun: Instant, looks: usize) {
        let due = begun + LOOKS.get(looks).copied().unwrap_or(KEPT);
        if let Some(queue) = self.due.get_mut(looks) {
            queue.push_back((due, tuple));
        }
    }
}

/// What was found and not told yet.
fn news(tuple: &Tuple, case: &mut Case) -> Verdicts {
    let mut news = [None; 2];
    let Some(conn) = case.conn else { return news.into_iter().flatten() };
    let ends = case.found.iter().zip(&mut case.told).zip([Side::A, Side::B]);
    for (news, ((found, told), side)) in news.iter_mut().zip(ends) {
        let Some((process, how)) = *found else { continue };
        if told.is_none_or(|told| how > told) {
            *told = Some(how);
            *news = Some(Verdict { tuple: *tuple, conn, side, process, how });
        }
    }
    news.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use graph::{Endpoint, Proto};

    use super::*;

    fn tuple(port: u16) -> Tuple {
        let end = |n, port| Endpoint { addr: Ipv4Addr::new(10, 0, 0, n).into(), port };
        Tuple::new(Proto::TCP, end(1, port), end(2, 443)).0
    }

    const CURL: ProcessId = ProcessId { pid: 5, start_ns: 1 };

    #[test]
    fn it_is_asked_at_its_times_and_told_once_the_flow_is_shown() {
        let (mut cases, start) = (Cases::default(), Instant::now());
        let ms = |ms| start + Duration::from_millis(ms);
        cases.begin(tuple(1), Side::A, start);
        let mut asked = Vec::new();
        for now in 0..11_000 {
            while let Some(due) = cases.next_due(ms(now)) {
                asked.push(now);
                let found = (now >= 5).then_some((CURL, Attribution::Exact));
                assert_eq!(cases.look(&due, |side| found.filter(|_| side == Side::A)).count(), 0, "nobody wants to know");
            }
            if now == 60 {
                let told: Vec<_> = cases.know(&tuple(1), ConnId(7), ms(60)).unwrap().collect();
                let expected = Verdict { tuple: tuple(1), conn: ConnId(7), side: Side::A, process: CURL, how: Attribution::Exact };
                assert_eq!(told, [expected]);
                assert_eq!(cases.know(&tuple(1), ConnId(7), ms(60)).unwrap().count(), 0, "once");
            }
        }
        assert_eq!(asked, [0, 5, 25, 100]);
        assert!(cases.cases.is_empty() && cases.rest(ms(11_000)) == LONG);
    }

    #[test]
    fn a_better_answer_is_told_and_a_worse_one_is_not() {
        let (mut cases, start) = (Cases::default(), Instant::now());
        cases.begin(tuple(1), Side::A, start);
        cases.know(&tuple(1), ConnId(7), start);
        let mut look = |how| {
            let due = cases.next_due(start + Duration::from_millis(100)).unwrap();
            cases.look(&due, |side| (side == Side::B).then_some((CURL, how))).map(|verdict| verdict.how).collect::<Vec<_>>()
        };
        assert_eq!(look(Attribution::Port), [Attribution::Port]);
        assert_eq!(look(Attribution::Listener), []);
        assert_eq!(look(Attribution::Exact), [Attribution::Exact]);
        assert_eq!(look(Attribution::Exact), []);
    }

    #[test]
    fn who_had_a_connection_has_not_the_next_one_between_the_same_ends() {
        let (mut cases, start) = (Cases::default(), Instant::now());
        let ms = |ms| start + Duration::from_millis(ms);
        let wget = ProcessId { pid: 6, start_ns: 1 };
        let mut told = Vec::new();
        let mut asked = Vec::new();
        for now in 0..20_000 {
            let shown = match now {
                0 => Some(ConnId(7)),
                9_950 => Some(ConnId(8)),
                _ => None,
            };
            if let Some(conn) = shown {
                cases.begin(tuple(1), Side::A, ms(now));
                told.extend(cases.know(&tuple(1), conn, ms(now)).unwrap());
            }
            while let Some(due) = cases.next_due(ms(now)) {
                asked.push(now);
                // Its client lives only a little later.
                let found = if now < 9_000 { Some(CURL) } else { Some(wget).filter(|_| now > 9_950) };
                told.extend(cases.look(&due, |side| found.filter(|_| side == Side::A).map(|found| (found, Attribution::Exact))));
            }
        }
        let told: Vec<_> = told.iter().map(|told| (told.conn.0, told.process.pid)).collect();
        assert_eq!(told, [(7, 5), (8, 6)]);
        assert_eq!(asked, [0, 5, 25, 100, 9_950, 9_955, 9_975, 10_050]);
        assert!(cases.cases.is_empty());
    }

    #[cfg(feature = "ebpf")]
    #[test]
    fn who_asked_is_told_at_once_and_who_asked_before_never_again() {
        let (mut cases, start) = (Cases::default(), Instant::now());
        assert!(cases.settle(&tuple(1), Side::A, CURL).is_none(), "nobody has heard of that flow");
        cases.begin(tuple(1), Side::A, start);
        cases.know(&tuple(1), ConnId(7), start);
        let due = cases.next_due(start).unwrap();
        assert_eq!(cases.look(&due, |side| (side == Side::A).then_some((CURL, Attribution::Port))).count(), 1);
        let told = |verdicts: Option<Verdicts>| verdicts.unwrap().map(|told| (told.conn.0, told.process.pid, told.how)).collect::<Vec<_>>();
        assert_eq!(told(cases.settle(&tuple(1), Side::A, CURL)), [(7, 5, Attribution::Exact)]);
        assert_eq!(told(cases.settle(&tuple(1), Side::A, CURL)), [], "once");
        assert_eq!(told(cases.know(&tuple(1), ConnId(7), start)), [], "once");
        // Another process uses the same ends.
        let wget = ProcessId { pid: 6, start_ns: 1 };
        assert_eq!(told(cases.settle(&tuple(1), Side::A, wget)), []);
        assert_eq!(told(cases.know(&tuple(1), ConnId(8), start)), [(8, 6, Attribution::Exact)]);
        assert_eq!(told(cases.settle(&tuple(1), Side::A, wget)), [], "it is known");
        assert_eq!(told(cases.know(&tuple(1), ConnId(9), start)), [], "who asked for the one before");
    }

    #[test]
    fn who_began_it_is_asked_for_first() {
        let start = Instant::now();
        for by in [Side::A, Side::B] {
            let mut cases = Cases::default();
            cases.begin(tuple(1), by, start);
            let due = cases.next_due(start).unwrap();
            let mut asked = Vec::new();
            let _nobody_wants_to_know = cases.look(&due, |side| {
                asked.push(side);
                None
            });
            assert_eq!(asked, [by, by.other()]);
        }
    }

    #[test]
    fn a_flood_is_bounded() {
        let (mut cases, start) = (Cases::default(), Instant::now());
        let taken = (0..=u16::MAX).filter(|port| cases.begin(tuple(*port), Side::A, start)).count();
        assert_eq!((taken, cases.cases.len()), (MAX_CASES, MAX_CASES));
        while let Some(due) = cases.next_due(start + Duration::from_secs(11)) {
            assert_eq!(cases.look(&due, |_| None).count(), 0);
        }
        assert!(cases.cases.is_empty());
    }
}
