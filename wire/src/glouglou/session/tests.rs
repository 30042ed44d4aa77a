//! Two ends, a clock that is stepped, and whoever is between them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::{Caps, Content, ContentHead, Datagram, HELLO_LEN, Packer, Ping, Record};
use super::*;

const FROM: ([u8; 4], u16) = ([192, 0, 2, 1], 4000);
const PROBE: u32 = 9;

/// Numbers that look random and are the same each time.
fn dice(seed: u64) -> impl FnMut(&mut [u8]) {
    let mut state = seed;
    move |bytes| {
        bytes.fill_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
    }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn from() -> std::net::SocketAddr {
    FROM.into()
}

fn config(secret: u8) -> InitiatorConfig {
    let identity = Identity { probe_id: PROBE, shared: Secret([secret; 32]), listener: Keys::new([7; 32]).public() };
    InitiatorConfig { identity, boot_id: 5, caps: Caps::SENDS }
}

fn listener(random: &mut impl Random) -> Listener {
    let mut listener = Listener::new(ListenerConfig::new(Keys::new([7; 32])), Duration::ZERO, random);
    listener.admit(PROBE, Secret([1; 32]));
    listener
}

/// Lets both talk until neither has more to say; what the listener heard comes back.
fn talk(now: Duration, probe: &mut Initiator, listener: &mut Listener, random: &mut impl Random) -> Vec<Heard> {
    let mut heard = Vec::new();
    while let Some(sent) = probe.poll(now, 0, random) {
        match listener.receive(now, from(), &sent, random) {
            Ok(Heard::Reply(answer)) => {
                let _counted = probe.receive(now, &answer);
            }
            Ok(other) => heard.push(other),
            Err(_) => {}
        }
    }
    heard
}

fn content(number: u64) -> Vec<u8> {
    let mut packer = Packer::new(ContentHead { t_base_us: 0, first_event_seq: number, snapshot: false, sampling_n: 1 });
    packer.push(&Record::Unknown { module: 0x40, kind: 1, payload: &[] }, 0, &[]).unwrap();
    packer.finish()
}

/// Both ends of a session that was just made.
fn up(random: &mut impl Random) -> (Initiator, Listener) {
    let (mut probe, mut listener) = (Initiator::new(config(1), Duration::ZERO), listener(random));
    let heard = talk(Duration::ZERO, &mut probe, &mut listener, random);
    assert!(probe.is_up());
    assert!(matches!(heard.as_slice(), [Heard::Content { is_first: true, .. }]), "the first question makes it valid: {heard:?}");
    (probe, listener)
}

#[test]
fn two_ends_agree_and_both_can_be_heard() {
    let mut random = dice(1);
    let (mut probe, mut listener) = up(&mut random);
    let sealed = probe.seal(ms(1), &content(1)).unwrap();
    let Ok(Heard::Content { session, is_first: false, content: heard, .. }) = listener.receive(ms(1), from(), &sealed, &mut random) else {
        panic!()
    };
    assert_eq!(heard, content(1));
    let peer = listener.peer(session).unwrap();
    assert_eq!((peer.probe_id, peer.boot_id, peer.from), (PROBE, 5, from()));
    let (to, sealed) = listener.seal(session, &content(2)).unwrap();
    assert_eq!((to, probe.receive(ms(1), &sealed)), (from(), Ok(Received::Content { seq: 0, content: content(2) })));
    assert!(!sealed.windows(8).any(|bytes| bytes == &content(2)[8..16]), "nobody else reads it");
}

#[test]
fn a_stranger_leaves_nothing_and_gets_no_more_than_it_gave() {
    let mut random = dice(2);
    let mut listener = listener(&mut random);
    let (mut sent, mut drawn) = (0, 0);
    for number in 0..100_000u64 {
        let spoofed = (std::net::Ipv4Addr::from(number as u32), 1000).into();
        let hello = Datagram::Hello { probe_id: PROBE, random_i: number }.to_bytes();
        assert_eq!(hello.len(), HELLO_LEN);
        sent += hello.len();
        if let Ok(Heard::Reply(answer)) = listener.receive(ms(number / 100), spoofed, &hello, &mut random) {
            drawn += answer.len();
        }
    }
    assert!(drawn > 0 && drawn <= sent, "{drawn} of {sent}");
    assert!(listener.is_empty());
    // More than are answered, at one moment.
    let answered = (0..60_000u64).filter(|random_i| {
        let hello = Datagram::Hello { probe_id: 1, random_i: *random_i }.to_bytes();
        listener.receive(Duration::from_secs(100), from(), &hello, &mut random).is_ok()
    });
    assert_eq!(answered.count(), 50_000);
}

#[test]
fn a_wrong_key_gets_silence_and_after_five_nothing_is_computed() {
    let mut random = dice(3);
    let mut listener = listener(&mut random);
    let mut now = Duration::ZERO;
    for attempt in 0..7 {
        let mut probe = Initiator::new(config(2), now);
        talk(now, &mut probe, &mut listener, &mut random);
        assert!(!probe.is_up());
        let rejects = listener.rejects();
        assert_eq!((rejects.key, rejects.limited), (5.min(attempt + 1), (attempt + 1u64).saturating_sub(5)));
        now += ms(10);
    }
    let mut right = Initiator::new(config(1), now + Duration::from_secs(61));
    talk(now + Duration::from_secs(61), &mut right, &mut listener, &mut random);
    assert!(right.is_up());
    // One whose listener is another one cannot be answered either.
    let mut elsewhere = config(1);
    elsewhere.identity.listener = Keys::new([8; 32]).public();
    let mut probe = Initiator::new(elsewhere, now);
    talk(now + Duration::from_secs(62), &mut probe, &mut listener, &mut random);
    assert!(!probe.is_up());
}

#[test]
fn a_cookie_is_of_one_address_and_of_its_time() {
    let mut random = dice(4);
    let mut listener = listener(&mut random);
    let auth = |listener: &mut Listener, random: &mut dyn FnMut(&mut [u8])| {
        let mut random = |bytes: &mut [u8]| random(bytes);
        let mut probe = Initiator::new(config(1), Duration::ZERO);
        let hello = probe.poll(Duration::ZERO, 0, &mut random).unwrap();
        let Ok(Heard::Reply(answer)) = listener.receive(Duration::ZERO, from(), &hello, &mut random) else { panic!() };
        probe.receive(Duration::ZERO, &answer).unwrap();
        probe.poll(Duration::ZERO, 0, &mut random).unwrap()
    };
    let shown = auth(&mut listener, &mut random);
    let elsewhere = ([192, 0, 2, 1], 4001).into();
    assert_eq!(listener.receive(ms(1), elsewhere, &shown, &mut random), Err(Reject::Cookie));
    let mut changed = shown.clone();
    changed[39] ^= 1;
    assert_eq!(listener.receive(ms(1), from(), &changed, &mut random), Err(Reject::Cookie));
    let late = auth(&mut listener, &mut random);
    assert!(matches!(listener.receive(ms(1), from(), &shown, &mut random), Ok(Heard::Reply(_))));
    assert_eq!(listener.receive(ms(1), from(), &shown, &mut random), Err(Reject::Replayed));
    assert!(matches!(listener.receive(Duration::from_secs(200), from(), &late, &mut random), Ok(Heard::Reply(_))), "the secret before");
    let later = auth(&mut listener, &mut random);
    assert_eq!(listener.receive(Duration::from_secs(500), from(), &later, &mut random), Err(Reject::Cookie));
}

#[test]
fn nothing_of_a_session_is_heard_twice() {
    let mut random = dice(5);
    let (mut probe, mut listener) = up(&mut random);
    let sent: Vec<Vec<u8>> = (0..10_000).map(|number| probe.seal(ms(1), &content(number)).unwrap()).collect();
    let mut hear = |listener: &mut Listener| {
        sent.iter().filter(|datagram| matches!(listener.receive(ms(2), from(), datagram, &mut random), Ok(Heard::Content { .. }))).count()
    };
    assert_eq!((hear(&mut listener), hear(&mut listener)), (10_000, 0));
    assert_eq!(listener.rejects().repeated, 10_000);
}

#[test]
fn a_session_lives_until_the_next_one_was_heard() {
    let mut random = dice(6);
    let (mut first, mut listener) = up(&mut random);
    // The same probe again, from the same key: agreed, but nothing of it heard yet.
    let mut second = Initiator::new(config(1), ms(10));
    while !second.is_up() {
        let sent = second.poll(ms(10), 0, &mut random).unwrap();
        let Ok(Heard::Reply(answer)) = listener.receive(ms(10), from(), &sent, &mut random) else { panic!() };
        second.receive(ms(10), &answer).unwrap();
    }
    let sealed = first.seal(ms(11), &content(1)).unwrap();
    assert!(matches!(listener.receive(ms(11), from(), &sealed, &mut random), Ok(Heard::Content { is_first: false, .. })));
    let sealed = second.seal(ms(12), &content(1)).unwrap();
    assert!(matches!(listener.receive(ms(12), from(), &sealed, &mut random), Ok(Heard::Content { is_first: true, .. })));
    let sealed = first.seal(ms(13), &content(2)).unwrap();
    assert_eq!(listener.receive(ms(13), from(), &sealed, &mut random), Err(Reject::Unknown));
    assert_eq!(listener.len(), 1);
}

#[test]
fn refusal_is_a_hint_and_ends_nothing() {
    let mut random = dice(7);
    let (mut probe, mut listener) = up(&mut random);
    listener.refuse(PROBE);
    let mut again = Initiator::new(config(1), ms(10));
    let mut hints = Vec::new();
    while let Some(sent) = again.poll(ms(10), 0, &mut random) {
        if let Ok(Heard::Reply(answer)) = listener.receive(ms(10), from(), &sent, &mut random) {
            hints.push(again.receive(ms(10), &answer));
        }
    }
    assert_eq!(hints, [Ok(Received::Nothing), Ok(Received::Refused)]);
    let sealed = probe.seal(ms(11), &content(1)).unwrap();
    assert!(listener.receive(ms(11), from(), &sealed, &mut random).is_ok());
    // Who is not in a handshake takes no hint at all.
    let forged = Datagram::AuthRes { status: 1, index_i: 0, noise: &[] }.to_bytes();
    assert_eq!((probe.receive(ms(11), &forged), probe.is_up()), (Err(Reject::Unknown), true));
    listener.forget(PROBE);
    let sealed = probe.seal(ms(12), &content(2)).unwrap();
    assert_eq!(listener.receive(ms(12), from(), &sealed, &mut random), Err(Reject::Unknown));
}

#[test]
fn silence_is_noticed_and_ended_on_both_sides() {
    let mut random = dice(8);
    let (mut probe, mut listener) = up(&mut random);
    // The listener is gone: three questions, then a handshake, later and later.
    let (mut asked, mut hellos) = (0, Vec::new());
    for step in 1..600 {
        let now = ms(step * 100);
        while let Some(sent) = probe.poll(now, 0, &mut random) {
            match Datagram::parse(&sent).unwrap() {
                Datagram::Sealed { .. } => asked += 1,
                Datagram::Hello { .. } => hellos.push(now),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(asked, 3 - 1, "one was asked when it began");
    assert!(!probe.is_up());
    let gaps: Vec<Duration> = hellos.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(gaps.first() < Some(&ms(800)) && gaps.last() > Some(&ms(8_000)) && hellos.len() < 12, "{gaps:?}");
    assert_eq!(listener.expire(ms(44_000)), []);
    let ended = listener.expire(ms(60_000));
    assert!(matches!(ended.as_slice(), [(_, Peer { probe_id: PROBE, .. })]) && listener.is_empty());
}

#[test]
fn a_session_is_made_anew_each_hour_without_a_gap() {
    let mut random = dice(9);
    let (mut probe, mut listener) = up(&mut random);
    let mut firsts = 0;
    for secs in 1..=8_000 {
        let now = Duration::from_secs(secs);
        let heard = talk(now, &mut probe, &mut listener, &mut random);
        firsts += heard.iter().filter(|heard| matches!(heard, Heard::Content { is_first: true, .. })).count();
        let sealed = probe.seal(now, &content(secs)).unwrap();
        assert!(listener.receive(now, from(), &sealed, &mut random).is_ok(), "{secs}");
        // The listener answers, so that nobody believes it gone.
        let session = *listener.sessions().last().unwrap();
        let (_, sealed) = listener.seal(session, &content(secs)).unwrap();
        let _of_the_one_before = probe.receive(now, &sealed);
        listener.expire(now);
    }
    assert_eq!((firsts, listener.len()), (2, 1));
}

#[test]
fn plain_content_is_taken_where_it_is_allowed() {
    let mut random = dice(10);
    let datagram = |seq| Datagram::Plain { probe_id: 3, seq, content: &content(seq) }.to_bytes();
    let (loopback, outside) = (([127, 0, 0, 1], 5000).into(), ([192, 0, 2, 1], 5000).into());
    for (plain, from_loopback, from_outside) in [(Plain::Never, 0, 0), (Plain::Loopback, 1, 0), (Plain::Anywhere, 1, 1)] {
        let config = ListenerConfig { plain, ..ListenerConfig::new(Keys::new([7; 32])) };
        let mut listener = Listener::new(config, Duration::ZERO, &mut random);
        for (from, expected) in [(loopback, from_loopback), (outside, from_outside)] {
            let heard = [0, 0].iter().filter(|seq| listener.receive(ms(1), from, &datagram(**seq), &mut random).is_ok());
            assert_eq!(heard.count(), expected, "{plain:?} {from}");
        }
    }
    let config = ListenerConfig { plain: Plain::Anywhere, ..ListenerConfig::new(Keys::new([7; 32])) };
    let mut listener = Listener::new(config, Duration::ZERO, &mut random);
    let last = Datagram::Plain { probe_id: 3, seq: u64::MAX, content: &content(0) }.to_bytes();
    assert_eq!((listener.receive(ms(1), loopback, &last, &mut random), listener.len()), (Err(Reject::Repeated), 0));
    for probe_id in 0..5_000 {
        let datagram = Datagram::Plain { probe_id, seq: 0, content: &content(0) }.to_bytes();
        let _bounded = listener.receive(ms(1), loopback, &datagram, &mut random);
    }
    assert_eq!(listener.len(), 1024);
}

#[test]
fn who_has_a_key_or_a_relay_is_nobody_without() {
    let mut random = dice(12);
    let config = ListenerConfig { plain: Plain::Anywhere, ..ListenerConfig::new(Keys::new([7; 32])) };
    let mut listener = Listener::new(config, Duration::ZERO, &mut random);
    listener.admit(PROBE, Secret([1; 32]));
    listener.relayed([5, 6]);
    let mut hears = |listener: &mut Listener, probe_id| {
        let datagram = Datagram::Plain { probe_id, seq: 0, content: &content(0) }.to_bytes();
        listener.receive(ms(1), from(), &datagram, &mut random).map(drop)
    };
    for probe_id in [PROBE, 5, 6] {
        assert_eq!(hears(&mut listener, probe_id), Err(Reject::Plain), "{probe_id}");
    }
    assert_eq!((hears(&mut listener, 77), listener.rejects().plain), (Ok(()), 3));
    listener.relayed([6]);
    assert_eq!(hears(&mut listener, 5), Ok(()));
}

#[test]
fn more_events_than_agreed_are_not_taken() {
    let mut random = dice(11);
    let config_ = ListenerConfig { max_events_per_sec: 10, ..ListenerConfig::new(Keys::new([7; 32])) };
    let mut listener = Listener::new(config_, Duration::ZERO, &mut random);
    listener.admit(PROBE, Secret([1; 32]));
    let mut probe = Initiator::new(config(1), Duration::ZERO);
    talk(Duration::ZERO, &mut probe, &mut listener, &mut random);
    let taken = (0..100).filter(|number| {
        let sealed = probe.seal(ms(1), &content(*number)).unwrap();
        listener.receive(ms(1), from(), &sealed, &mut random).is_ok()
    });
    assert_eq!(taken.count(), 9, "the first question was one");
}

#[test]
#[ignore = "a measurement, not a check"]
fn datagrams_a_second() {
    let mut random = dice(1);
    let (mut probe, mut listener) = up(&mut random);
    let content = [0; 1_150];
    let begun = std::time::Instant::now();
    let sealed: Vec<_> = (0..200_000).map(|_| probe.seal(ms(1), &content).unwrap()).collect();
    let sealing = begun.elapsed();
    let begun = std::time::Instant::now();
    assert!(sealed.iter().all(|sealed| listener.receive(ms(1), from(), sealed, &mut random).is_ok()));
    let each = |took: Duration| took.as_secs_f64() * 1e6 / sealed.len() as f64;
    println!("{:.2} µs to seal, {:.2} µs to open 1,150 bytes", each(sealing), each(begun.elapsed()));
}

/// What somebody between them does with a datagram.
#[derive(Debug, Clone)]
enum Deed {
    Pass,
    Drop,
    Twice,
    Later,
    Flip(usize),
    Forge(Vec<u8>),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => Just(Deed::Pass),
        1 => Just(Deed::Drop),
        1 => Just(Deed::Twice),
        1 => Just(Deed::Later),
        1 => (0usize..1300).prop_map(Deed::Flip),
        1 => proptest::collection::vec(any::<u8>(), 0..200).prop_map(|mut bytes| {
            bytes.splice(..bytes.len().min(4), [3, 0xFF, bytes.first().copied().unwrap_or_default() % 0x32, 0]);
            Deed::Forge(bytes)
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whoever_is_between_them_can_only_delay(deeds in proptest::collection::vec(deed(), 1..200), seed: u64) {
        let mut random = dice(seed);
        let (mut probe, mut listener) = (Initiator::new(config(1), Duration::ZERO), listener(&mut random));
        let (mut later, mut sent, mut heard) = (Vec::new(), 0u64, BTreeSet::new());
        let mut deeds = deeds.into_iter();
        let mut now = Duration::ZERO;
        let mut quiet = 0;
        while quiet < 60 {
            now += ms(100);
            let mut wire: Vec<(bool, Vec<u8>)> = Vec::new();
            while let Some(bytes) = probe.poll(now, 0, &mut random) {
                wire.push((true, bytes));
            }
            if let Some(bytes) = probe.seal(now, &content(sent)) {
                sent += 1;
                wire.push((true, bytes));
            }
            while let Some((up, mut bytes)) = wire.pop() {
                let deed = deeds.next();
                quiet += usize::from(deed.is_none());
                let mut pass = vec![];
                match deed.unwrap_or(Deed::Pass) {
                    Deed::Pass => pass.push((up, bytes)),
                    Deed::Drop => {}
                    Deed::Twice => pass.extend([(up, bytes.clone()), (up, bytes)]),
                    Deed::Later => later.push((up, bytes)),
                    Deed::Flip(at) => {
                        let at = at % bytes.len();
                        bytes[at] ^= 0x10;
                        pass.push((up, bytes));
                    }
                    Deed::Forge(forged) => pass.extend([(true, forged.clone()), (false, forged), (up, bytes)]),
                }
                pass.extend(later.pop().filter(|_| sent % 3 == 0));
                for (up, bytes) in pass {
                    if !up {
                        let _counted = probe.receive(now, &bytes);
                        continue;
                    }
                    match listener.receive(now, from(), &bytes, &mut random) {
                        Ok(Heard::Reply(answer)) => wire.push((false, answer)),
                        Ok(Heard::Content { session, content: bytes, .. }) => {
                            let parsed = Content::parse(&bytes).expect("nothing but what was sent");
                            let Some(Ok(one)) = parsed.records().next() else { panic!("{bytes:?}") };
                            if matches!(one.record, Record::Unknown { .. }) {
                                prop_assert!(heard.insert(parsed.head.first_event_seq), "heard twice");
                                prop_assert!(parsed.head.first_event_seq < sent, "never sent");
                            } else {
                                prop_assert!(matches!(one.record, Record::Ping(Ping { .. })), "never sent");
                            }
                            let answer = listener.seal(session, &content(0)).expect("a session").1;
                            wire.push((false, answer));
                        }
                        Err(_) => {}
                    }
                }
            }
            prop_assert!(listener.len() <= 2, "one that lives and one that is new");
        }
        prop_assert!(probe.is_up(), "after it is quiet they are together again");
        prop_assert!(heard.contains(&(sent - 1)));
    }
}
