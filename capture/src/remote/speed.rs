//! How fast events become contents and contents become events: `cargo test --release -p capture remote::speed -- --ignored --nocapture`.

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use graph::{Basis, Both, ConnId, Counts, Endpoint, Event, Initiator, Kind, OriginId, Proto, Registry, Side, Time, Total, Tuple};

use super::{Receiver, Sender, SenderConfig, Terms};

const CONNS: u32 = 20_000;
const ROUNDS: u64 = 100;

fn event(at: Time, kind: Kind) -> Event {
    Event { at, origin: OriginId(0), kind }
}

fn tuple(n: u32) -> Tuple {
    let end = |addr: u32, port| Endpoint { addr: Ipv4Addr::from_bits(addr).into(), port };
    Tuple::new(Proto::TCP, end(0x0A00_0000 + n, 40_000), end(0xC000_0201, 443)).0
}

#[test]
#[ignore = "a measurement, not a check"]
fn events_a_second() {
    let mut sender = Sender::new(SenderConfig {
        registry: Registry::default(),
        boot_id: 1,
        hostname: "probe".into(),
        network: true,
        processes: true,
        probe_id: 1,
        interfaces: Default::default(),
        sampling_n: 1,
    });
    let mut now = Time(1_700_000_000_000_000);
    sender.connected(now, Terms::default());
    for n in 0..CONNS {
        let initiator = Initiator { side: Side::A, basis: Basis::Handshake };
        sender.take(&event(now, Kind::Open { tuple: tuple(n), conn: ConnId(n), start: now, initiator }));
    }
    let mut contents = vec![];
    let began = Instant::now();
    for round in 1..=ROUNDS {
        now = now.plus(Duration::from_millis(250));
        let counts = Counts { packets: round, bytes: round * 1000, ip_bytes: round * 986 };
        for n in 0..CONNS {
            let total = Total(Both { ab: counts, ba: counts });
            sender.take(&event(now, Kind::Data { tuple: tuple(n), conn: ConnId(n), total, last: now }));
        }
        contents.extend(std::iter::from_fn(|| sender.next(now)));
    }
    contents.extend(std::iter::from_fn(|| sender.next(now.plus(Duration::from_millis(100)))));
    contents.extend(std::iter::from_fn(|| sender.next(now.plus(Duration::from_millis(200)))));
    let (events, took) = (sender.events(), began.elapsed());
    println!("sender: {events} events in {took:?}, {:.2} million a second", events as f64 / took.as_secs_f64() / 1e6);

    let mut receiver = Receiver::new(Arc::new(Registry::default()));
    let (mut told, mut all) = (Vec::with_capacity(256), 0);
    let began = Instant::now();
    for (content, seq) in contents.iter().zip(0..) {
        receiver.content(now, seq, content, &mut told);
        all += told.len();
        black_box(&told);
        told.clear();
    }
    let took = began.elapsed();
    let ledger = receiver.ledger();
    println!("receiver: {} events in {took:?}, {:.2} million a second", ledger.events, ledger.events as f64 / took.as_secs_f64() / 1e6);
    let bytes: usize = contents.iter().map(Vec::len).sum();
    println!("{} contents, {:.1} bytes an event", contents.len(), bytes as f64 / events as f64);
    assert_eq!((ledger.events, ledger.lost_events), (events, 0));
    assert!(all as u64 >= events);
}
