//! Connections that come again and again.

use std::time::Duration;

use graph::{Beacons, Proto};
use proptest::prelude::*;

use crate::network::Network;

/// What is said of the last of connections to that end, after each of these times in milliseconds.
fn said(proto: Proto, to: &str, gaps: &[u64]) -> String {
    let mut network = Network::new(&[], vec![Box::new(Beacons)]);
    let mut last = network.open(proto, "10.0.0.1:20000", to);
    for (gap, port) in gaps.iter().zip(20_001..) {
        network.wait(Duration::from_millis(*gap));
        last = network.open(proto, &format!("10.0.0.1:{port}"), to);
    }
    network.compute();
    network.of_flow(last, "beacon")
}

#[test]
fn a_period_with_little_jitter_is_said_with_its_evidence() {
    let minutes = [60_000, 60_100, 59_900, 60_000, 60_400, 59_600, 60_000, 60_000, 60_000];
    assert_eq!(said(Proto::TCP, "192.0.2.1:443", &minutes[..7]), "", "seven times may be chance");
    assert_eq!(said(Proto::TCP, "192.0.2.1:443", &minutes), "every 60.0 s ± 0.1 s, 9 times");
    assert_eq!(said(Proto::UDP, "192.0.2.1:4000", &[5_000; 8]), "every 5.0 s ± 0.0 s, 8 times");
    let twice: Vec<u64> = [30_000, 20].repeat(9);
    assert_eq!(said(Proto::TCP, "192.0.2.1:443", &twice[..17]), "every 30.0 s ± 0.0 s, 9 times", "several at once are one beat");
}

#[test]
fn what_is_no_beacon_is_not_said_to_be_one() {
    let reading = [1_200, 35_000, 4_000, 90_000, 2_500, 61_000, 17_000, 8_000, 45_000, 3_000, 20_000, 70_000];
    assert_eq!(said(Proto::TCP, "192.0.2.1:443", &reading), "", "somebody who reads pages");
    assert_eq!(said(Proto::UDP, "192.0.2.1:123", &[64_000; 12]), "", "time is asked for again and again");
    assert_eq!(said(Proto::UDP, "10.0.0.53:53", &[30_000; 12]), "", "and so are names");
    assert_eq!(said(Proto::UDP, "224.0.0.251:4000", &[30_000; 12]), "", "what goes to many goes to nobody");
    assert_eq!(said(Proto::TCP, "192.0.2.1:443", &[1_500; 30]), "", "a program at work");
    let broken = [&[60_000; 7][..], &[200_000], &[60_000; 7]].concat();
    assert_eq!(said(Proto::TCP, "192.0.2.1:443", &broken), "", "it was interrupted");
    let anew = [&[60_000; 9][..], &[200_000], &[60_000; 8]].concat();
    assert_eq!(said(Proto::TCP, "192.0.2.1:443", &anew), "every 60.0 s ± 0.0 s, 8 times", "it is counted from its new beginning");
}

#[test]
fn as_many_ways_as_there_may_be_are_kept_apart_and_no_more() {
    let mut network = Network::new(&[], vec![Box::new(Beacons)]);
    let mut last = network.open(Proto::TCP, "10.0.0.1:1", "192.0.2.1:443");
    for n in 0..9_u16 {
        network.wait(Duration::from_secs(10));
        for other in 0..200_u16 {
            network.open(Proto::TCP, &format!("10.0.{other}.9:{}", 1_000 + n), "192.0.2.1:444");
        }
        last = network.open(Proto::TCP, &format!("10.0.0.1:{}", 100 + n), "192.0.2.1:443");
    }
    network.compute();
    assert_eq!(network.of_flow(last, "beacon"), "every 10.0 s ± 0.0 s, 9 times");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn jitter_decides(jitter in proptest::collection::vec(0.0..1.0_f64, 12), period in 10_000..600_000_u64) {
        let gaps = |part: f64| jitter.iter().map(|x| (period as f64 * (1.0 + part * (2.0 * x - 1.0))) as u64).collect::<Vec<_>>();
        prop_assert!(!said(Proto::TCP, "192.0.2.1:443", &gaps(0.02)).is_empty());
        let wild = gaps(0.9);
        let mean = wild.iter().rev().take(8).sum::<u64>() / 8;
        let off = wild.iter().rev().take(8).map(|gap| gap.abs_diff(mean)).sum::<u64>() / 8;
        prop_assume!(off * 5 > mean);
        prop_assert_eq!(said(Proto::TCP, "192.0.2.1:443", &wild), "");
    }

    #[test]
    fn what_is_said_is_what_all_beats_together_say(
        load in proptest::collection::vec((0..5_usize, prop_oneof![4 => 9_900..10_100_u64, 2 => 100..3_000_u64, 1 => 20_000..40_000_u64]), 20..140),
    ) {
        let mut network = Network::new(&[], vec![Box::new(Beacons)]);
        let mut naive: [Vec<u64>; 5] = Default::default();
        let mut millis = 0;
        let mut ports = 1_024..;
        for (way, gap) in load {
            // One way is taken by itself as well: regularly among whatever else there is.
            for (way, gap) in [(0, gap / 2), (way, gap - gap / 2)] {
                network.wait(Duration::from_millis(gap));
                millis += gap;
                let tuple = network.open(Proto::TCP, &format!("10.0.0.{}:{}", way / 2, ports.next().unwrap()), &format!("192.0.2.1:{}", 440 + way % 2));
                network.compute();
                let beats = &mut naive[way];
                let said = if beats.last().is_none_or(|last| millis - last >= 1_000) {
                    beats.push(millis);
                    naive_evidence(beats)
                } else {
                    None
                };
                prop_assert_eq!(network.of_flow(tuple, "beacon"), said.unwrap_or_default());
            }
        }
    }
}

/// What all beats say, in milliseconds, the last of which is now.
fn naive_evidence(beats: &[u64]) -> Option<String> {
    let is_one = |beats: &[u64]| {
        let intervals: Vec<u64> = beats.windows(2).map(|pair| (pair[1] - pair[0]) * 1_000).rev().take(8).collect();
        let mut sorted = intervals.clone();
        sorted.sort();
        let period = *sorted.get(4)?;
        let off: Vec<u64> = intervals.iter().map(|interval| interval.abs_diff(period)).collect();
        let (nanos, most, allowed) = (off.iter().sum::<u64>() * 1_000 / 8, off.iter().max()?, (period / 20).max(250_000));
        let is_one =
            intervals.len() == 8 && (2_000_000..=7_200_000_000).contains(&period) && nanos <= allowed * 1_000 && *most <= 3 * allowed;
        is_one.then_some((Duration::from_micros(period).as_secs_f64(), Duration::from_nanos(nanos).as_secs_f64()))
    };
    let (period, mean) = is_one(beats)?;
    let times = (0..beats.len()).take_while(|less| is_one(&beats[..beats.len() - less]).is_some()).count() + 7;
    Some(format!("every {period:.1} s ± {mean:.1} s, {times} times"))
}
