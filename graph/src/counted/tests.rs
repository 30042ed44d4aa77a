use super::*;
use proptest::prelude::*;

fn total(n: u64) -> Total {
    Total(Both { ab: Counts { packets: n, bytes: n * 10, ip_bytes: n * 10 }, ba: Counts::default() })
}

fn by(origin: u16) -> Observer {
    Observer { origin: OriginId(origin), translated: false }
}

#[test]
fn both_faces_of_a_translated_flow_are_not_two_flows() {
    let mut f = Counted::default();
    let (one, beyond) = (by(1), Observer { translated: true, ..by(1) });
    f.count(one, ConnId(1), &total(5), 1);
    f.count(beyond, ConnId(2), &total(5), 1);
    f.count(one, ConnId(1), &total(6), 1);
    assert_eq!(f.total(), total(6));
}

#[test]
fn the_largest_observer_is_shown_and_a_new_connection_adds() {
    let mut f = Counted::default();
    let (one, two) = (by(1), by(2));
    assert_eq!(f.count(one, ConnId(1), &total(5), 1).0.0.ab.packets, 5);
    assert_eq!(f.count(two, ConnId(9), &total(4), 1).0.0.ab.packets, 0);
    assert_eq!(f.count(two, ConnId(9), &total(7), 1).0.0.ab.packets, 2);
    assert_eq!(f.count(one, ConnId(1), &total(3), 1).0.0.ab.packets, 0, "a late report changes nothing");
    assert_eq!(f.count(one, ConnId(2), &total(4), 1).0.0.ab.packets, 2, "5 closed and 4 are 9, not 7");
    assert_eq!(f.total(), total(9));
    assert_eq!(f.count(two, ConnId(9), &total(8), 1), (Difference::default(), Difference(total(1).0)), "what it counted itself");
}

#[test]
fn exact_beats_sampled() {
    let mut f = Counted::default();
    let (sampled, exact, other) = (by(1), by(2), by(3));
    f.see_via(exact, ConnId(9), "eth0".into());
    f.count(sampled, ConnId(1), &total(5), 10);
    f.count(other, ConnId(1), &total(6), 4);
    assert_eq!((f.total(), f.sampling()), (total(6), 4), "who has only been seen to see it counts nothing");
    f.count(exact, ConnId(9), &total(40), 1);
    // What looks at one in ten cannot have seen more, unless it counts something else.
    f.count(sampled, ConnId(1), &total(70), 10);
    assert_eq!((f.total(), f.sampling()), (total(40), 1));
    assert_eq!(f.seen().next().unwrap().via.as_deref(), Some("eth0"));
}

/// The same without a thought of space: every observer has a sum of its earlier connections and the total of the one that goes on.
#[derive(Default)]
struct Plain {
    all: Vec<(Observer, ConnId, Total, Total, u32)>,
    shown: Total,
}

impl Plain {
    fn sum((_, _, closed, current, _): &(Observer, ConnId, Total, Total, u32)) -> Total {
        closed.plus(&Difference(current.0))
    }

    fn sampling(&self) -> u32 {
        self.all.iter().filter(|seen| !Plain::sum(seen).0.is_zero()).map(|seen| seen.4).min().unwrap_or(1)
    }

    fn count(&mut self, who: Observer, conn: ConnId, total: &Total, sampling: u32) -> (Difference, Difference) {
        if !self.all.iter().any(|seen| seen.0 == who) {
            self.all.push((who, conn, Total::default(), Total::default(), 1));
        }
        let seen = self.all.iter_mut().find(|seen| seen.0 == who).unwrap();
        let before = Plain::sum(seen);
        if seen.1 == conn {
            seen.3 = seen.3.plus(&total.since(&seen.3));
        } else {
            (seen.2, seen.1, seen.3) = (before, conn, *total);
        }
        seen.4 = seen.4.max(sampling);
        let own = Plain::sum(seen).since(&before);
        let exact = self.sampling() == 1;
        let shown = self.all.iter().filter(|seen| !exact || seen.4 == 1).fold(Total::default(), |most, seen| most.max(&Plain::sum(seen)));
        let more = shown.since(&self.shown);
        self.shown = self.shown.plus(&more);
        (more, own)
    }
}

/// Small ones, ones about as large as is kept in little space, and ones that fill their counters.
fn counter() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..200_u64, 1 => u64::from(u32::MAX) - 3..u64::from(u32::MAX) + 3, 1 => u64::MAX - 3..=u64::MAX]
}

fn totals() -> impl Strategy<Value = Total> {
    let counts = || (counter(), counter(), counter()).prop_map(|(packets, bytes, ip_bytes)| Counts { packets, bytes, ip_bytes });
    (counts(), counts()).prop_map(|(ab, ba)| Total(Both { ab, ba }))
}

proptest! {
    #[test]
    fn little_space_counts_like_much(
        reports in proptest::collection::vec(((0..3_u16, any::<bool>()), 0..3_u32, totals(), prop_oneof![Just(1_u32), Just(1), 2..9_u32]), 1..40),
        alone in any::<bool>(),
    ) {
        let (mut little, mut much) = (Counted::default(), Plain::default());
        for ((origin, translated), conn, total, sampling) in reports {
            let who = if alone { by(0) } else { Observer { origin: OriginId(origin), translated } };
            prop_assert_eq!(little.count(who, ConnId(conn), &total, sampling), much.count(who, ConnId(conn), &total, sampling));
            prop_assert_eq!((little.total(), little.sampling()), (much.shown, much.sampling()));
            let each: Vec<_> = little.seen().map(|seen| (seen.origin, seen.translated, seen.conn, seen.total, seen.sampling)).collect();
            let plain: Vec<_> = much.all.iter().map(|seen| (seen.0.origin, seen.0.translated, seen.1, Plain::sum(seen), seen.4)).collect();
            prop_assert_eq!(each, plain);
        }
    }
}

#[test]
fn one_observer_of_little_takes_little() {
    assert_eq!(size_of::<Counted>(), 64);
}
