//! Any bytes as the deeds of somebody between two ends: sees every datagram, drops, doubles, delays, changes and makes up. Nothing is heard that was not said, and nothing
//! twice; a stranger holds no session.
#![no_main]

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use wire::glouglou::session::{Heard, Identity, Initiator, InitiatorConfig, Keys, Listener, ListenerConfig, Secret};
use wire::glouglou::{Caps, Content, ContentHead, Packer, Record};

const PROBE: u32 = 9;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut state = 1u64;
    let mut random = |bytes: &mut [u8]| {
        bytes.fill_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
    };
    let keys = Keys::new([7; 32]);
    let mut listener = Listener::new(ListenerConfig::new(keys.clone()), Duration::ZERO, &mut random);
    listener.admit(PROBE, Secret([1; 32]));
    let identity = Identity { probe_id: PROBE, shared: Secret([1; 32]), listener: keys.public() };
    let mut probe = Initiator::new(InitiatorConfig { identity, boot_id: 5, caps: Caps::SENDS }, Duration::ZERO);
    let from: SocketAddr = ([192, 0, 2, 1], 4000).into();

    let (mut now, mut said, mut heard) = (Duration::ZERO, 0, BTreeSet::new());
    // Every datagram that was ever sent, and whether it goes to the listener.
    let mut seen: Vec<(bool, Vec<u8>)> = Vec::new();
    let mut deeds = data.iter().copied();
    while let Some(deed) = deeds.next() {
        while let Some(bytes) = probe.poll(now, 0, &mut random) {
            seen.push((true, bytes));
        }
        let which = usize::from(deeds.next().unwrap_or_default());
        let chosen = seen.len().checked_sub(1 + which % seen.len().max(1)).and_then(|at| seen.get(at).cloned());
        let deliver = match deed % 8 {
            // The newest ones are the likeliest.
            0..=2 => chosen,
            3 => chosen.map(|(up, mut bytes)| {
                let at = usize::from(deeds.next().unwrap_or_default()) * 5 % bytes.len();
                bytes[at] ^= 1 << (deed / 8 % 8);
                (up, bytes)
            }),
            4 => {
                let len = which % 160;
                let kind = deeds.next().unwrap_or_default() % 0x32;
                Some((deed & 8 == 0, [3, 0xFF, kind, 0].into_iter().chain(deeds.by_ref().take(len)).collect()))
            }
            5 => chosen.map(|(up, mut bytes)| {
                bytes.truncate(which);
                (up, bytes)
            }),
            6 => {
                now += Duration::from_millis(u64::from(which as u8) * 40);
                listener.expire(now);
                None
            }
            _ => {
                if let Some(bytes) = probe.seal(now, &content(said)) {
                    said += 1;
                    seen.push((true, bytes));
                }
                None
            }
        };
        let Some((up, bytes)) = deliver else { continue };
        if !up {
            let _counted = probe.receive(now, &bytes);
            continue;
        }
        match listener.receive(now, from, &bytes, &mut random) {
            Ok(Heard::Reply(answer)) => {
                assert!(answer.len() <= bytes.len(), "more than it brought");
                seen.push((false, answer));
            }
            Ok(Heard::Content { session, content: bytes, .. }) => {
                let parsed = Content::parse(&bytes).expect("what was said");
                if let Some(Ok(Record::Unknown { .. })) = parsed.records().next().map(|one| one.map(|one| one.record)) {
                    assert!(parsed.head.first_event_seq < said && heard.insert(parsed.head.first_event_seq), "never said, or heard twice");
                }
                if let Some((_, answer)) = listener.seal(session, &content(0)) {
                    seen.push((false, answer));
                }
            }
            Err(_) => {}
        }
        assert!(listener.len() <= 2, "one that lives, and one that is new");
    }
});

fn content(number: u64) -> Vec<u8> {
    let mut packer = Packer::new(ContentHead { t_base_us: 0, first_event_seq: number, snapshot: false, sampling_n: 1 });
    packer.push(&Record::Unknown { module: 0x40, kind: 1, payload: &[] }, 0, &[]).expect("it fits");
    packer.finish()
}
