//! Every layout there and back, against vectors that do not change, and against any bytes.

use std::collections::BTreeMap;
use std::fmt::Write;

use proptest::prelude::*;
use smallvec::smallvec;

use super::*;

/// A line each: a name, and bytes. Examples in other languages hold to it, too.
const GOLDEN: &str = include_str!("golden.txt");

const HEAD: ContentHead = ContentHead { t_base_us: 1_700_000_000_123_456, first_event_seq: 42, snapshot: true, sampling_n: 10 };

fn key4() -> Key {
    let addr = |n, port| Addr { ip: [192, 0, 2, n].into(), port };
    Key { proto: 6, src: addr(1, 40_000), dst: addr(2, 443) }
}

fn conn4() -> Conn {
    Conn { key: key4(), id: 7 }
}

fn conn6() -> Conn {
    let addr = |n, port| Addr { ip: [0x2001, 0xdb8, 0, 0, 0, 0, 0, n].into(), port };
    Conn { key: Key { proto: 17, src: addr(1, 5353), dst: addr(2, 53) }, id: u32::MAX }
}

const COUNTS: Counts = Counts { bytes_fwd: 1, bytes_rev: 2, packets_fwd: 3, packets_rev: u64::MAX };

/// One of each kind, by name.
fn samples() -> Vec<(&'static str, Record<'static>)> {
    let hop = |ttl, status, addr: [u8; 4]| Hop { ttl, status, rtt_us: 1500, addr: addr.into() };
    let tag = |column, value| Tag { source: 2, confidence: 90, column, value };
    vec![
        ("newconn", Record::NewConn(NewConn { conn: conn4(), start_us: 1_700_000_000_000_000, pid: 812 })),
        ("newconn6", Record::NewConn(NewConn { conn: conn6(), start_us: 1, pid: 0 })),
        ("delconn", Record::DelConn(DelConn { conn: conn4(), reason: 1, counts: COUNTS })),
        ("data", Record::Data(Data { conn: conn4(), size_fwd: 1, size_rev: u32::MAX, counts: COUNTS })),
        ("name", Record::Name(Name { origin: 1, ttl_secs: 300, addr: [192, 0, 2, 2].into(), name: b"example.com" })),
        (
            "trace",
            Record::Trace(Trace {
                proto: 17,
                complete: true,
                src: [192, 0, 2, 1].into(),
                dst: [192, 0, 2, 2].into(),
                hops: smallvec![hop(1, 0, [192, 0, 2, 254]), hop(2, 1, [0; 4]), hop(3, 0, [192, 0, 2, 2])],
            }),
        ),
        ("tags", Record::Tags(Tags { conn: conn4(), tags: vec![tag(b"vlan", b"7"), tag(b"src.mac", b"")] })),
        ("owner", Record::Owner(Owner { conn: conn6(), pid: 812, start_ns: 123_456_789, confidence: 3 })),
        (
            "fork",
            Record::Fork(Fork {
                parent: (1, 1),
                child: (812, 813),
                parent_start_ns: 10,
                start_ns: 20,
                ids: (1000, 1001),
                cgroup_id: 5,
                is_thread: true,
                comm: b"sshd",
            }),
        ),
        (
            "exec",
            Record::Exec(Exec {
                pid: 812,
                tid: 812,
                ppid: 1,
                parent_start_ns: 10,
                start_ns: 20,
                ids: (0, 0),
                cgroup_id: 5,
                truncated: true,
                comm: b"curl",
                exe: b"/usr/bin/curl",
                command: b"curl https://example.com/",
                cgroup: b"/user.slice",
            }),
        ),
        ("exit", Record::Exit(Exit { pid: 812, tid: 812, ppid: 1, start_ns: 20, exit_code: 256, exit_signal: 17 })),
        ("ping", Record::Ping(Ping { random: 1, t_us: 2 })),
        ("ping_res", Record::PingRes(Ping { random: u64::MAX, t_us: 3 })),
        ("notice", Record::Notice(Notice { level: 1, text: "eth0 is gone \u{2014} waiting".as_bytes() })),
        ("resync_req", Record::ResyncReq(ResyncReq { probe_id: 9, modules: 3, snapshot_id: 4, ranges: smallvec![(0, 5), (8, 8)] })),
        ("snapshot_begin", Record::SnapshotBegin(Snapshot { snapshot_id: 4, module: 0, count: 1000 })),
        ("snapshot_end", Record::SnapshotEnd(Snapshot { snapshot_id: 4, module: 1, count: 0 })),
        ("probe_info", Record::ProbeInfo(ProbeInfo { boot_id: 1, lost_kernel: 2, lost_queue: 3, malformed: 4, hostname: b"gateway" })),
        (
            "relayed",
            Record::Relayed(Relayed {
                path: smallvec![9, 11],
                flags: 1,
                boot_id: 1,
                first_event_seq: 42,
                t_base_us: 1_700_000_000_000_000,
                sampling_n: 1,
                records: &[0xFF, 0x10, 0, 0, 0, 0, 0, 0],
            }),
        ),
        ("unknown", Record::Unknown { module: 0x40, kind: 3, payload: b"a plug-in's" }),
    ]
}

fn challenge() -> Challenge {
    Challenge { probe_id: 9, random_i: 0x0102_0304_0506_0708, random_r: 0x1112_1314_1516_1718, cookie: *b"sixteen bytes ok" }
}

fn datagrams() -> Vec<(&'static str, Vec<u8>)> {
    let prologue = challenge().prologue();
    [
        ("hello", Datagram::Hello { probe_id: 9, random_i: 0x0102_0304_0506_0708 }),
        ("hello_res", Datagram::HelloRes(challenge())),
        ("auth", Datagram::Auth { challenge: challenge(), prologue: &prologue, noise: b"noise 1" }),
        ("auth_res", Datagram::AuthRes { status: 1, index_i: 77, noise: b"" }),
        ("sealed", Datagram::Sealed { receiver_index: 77, seq: 1, sealed: b"sealed" }),
        ("plain", Datagram::Plain { probe_id: 9, seq: 2, content: b"content" }),
    ]
    .map(|(name, datagram)| {
        let bytes = datagram.to_bytes();
        assert_eq!(Datagram::parse(&bytes), Ok(datagram), "{name}");
        (name, bytes)
    })
    .into()
}

/// What follows each: nothing where the fields take all of a payload.
fn tlvs(record: &Record<'_>) -> &'static [Tlv<'static>] {
    if matches!(record, Record::Unknown { .. } | Record::ResyncReq(_)) { &[] } else { &[Tlv::Number(3)] }
}

/// A content of one record.
fn packed(record: &Record<'_>) -> Vec<u8> {
    let mut packer = Packer::new(HEAD);
    packer.push(record, -1500, tlvs(record)).unwrap();
    packer.finish()
}

#[test]
fn the_layouts_are_those_of_the_vectors() {
    let mut made = BTreeMap::new();
    for (name, record) in samples() {
        made.insert(name, packed(&record));
    }
    made.extend(datagrams());
    let mut text = String::new();
    for (name, bytes) in &made {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(text, "{name} {hex}").unwrap();
    }
    assert_eq!(text, GOLDEN, "the layouts are version 3; another layout is another version");
}

#[test]
fn every_record_comes_back() {
    for (name, record) in samples() {
        let bytes = packed(&record);
        let content = Content::parse(&bytes).unwrap();
        assert_eq!((content.head, content.count()), (HEAD, 1));
        let all: Vec<_> = content.records().collect();
        let [Ok(timed)] = all.as_slice() else { panic!("{name}: {all:?}") };
        assert_eq!((timed.dt_us, &timed.record), (-1500, &record), "{name}");
        assert_eq!(timed.tlvs.iter().collect::<Vec<_>>(), tlvs(&record), "{name}");
        assert_eq!(record.is_event(), record.kind().0 != 0xFF);
        // Cut anywhere it is a fault, and nothing else.
        for len in 0..bytes.len() {
            let cut = Content::parse(&bytes[..len]).map(|content| content.records().filter(Result::is_err).count());
            assert!(cut.is_err() || cut == Ok(1), "{name} of {len}");
        }
    }
}

#[test]
fn what_is_too_short_or_too_long_or_of_another_version_is_told_apart() {
    let hello = Datagram::Hello { probe_id: 1, random_i: 2 }.to_bytes();
    assert_eq!(hello.len(), HELLO_LEN);
    assert_eq!(Datagram::parse(&hello[..HELLO_LEN - 1]), Err(Fault::Short), "whoever is answered sent more");
    assert_eq!(Datagram::HelloRes(challenge()).to_bytes().len(), 40);
    let changed = |at: usize, byte| {
        let mut bytes = hello.clone();
        bytes[at] = byte;
        Datagram::parse(&bytes).unwrap_err()
    };
    assert_eq!((changed(0, 2), changed(1, 0), changed(2, 9)), (Fault::Version, Fault::Type, Fault::Type));
    assert_eq!(Datagram::parse(&[0; MAX_DATAGRAM + 1]), Err(Fault::Long));
    assert_eq!(Content::parse(&[0; MAX_CONTENT + 1]), Err(Fault::Long));
    assert_eq!(Datagram::parse(&[]), Err(Fault::Short));
}

#[test]
fn content_takes_what_fits_and_says_when_it_is_full() {
    let mut packer = Packer::new(HEAD);
    assert!(packer.is_empty());
    let record = Record::NewConn(NewConn { conn: conn6(), start_us: 1, pid: 0 });
    let taken = (0..100).take_while(|_| packer.push(&record, 0, &[Tlv::Interface(b"eth0")]).is_ok()).count();
    let bytes = packer.finish();
    assert!(bytes.len() <= MAX_CONTENT && bytes.len() + 8 + 56 + 6 > MAX_CONTENT, "{}", bytes.len());
    assert_eq!(Content::parse(&bytes).unwrap().records().filter(Result::is_ok).count(), taken);
}

#[test]
fn one_bad_record_does_not_hide_the_next_and_missing_ones_are_told() {
    let mut packer = Packer::new(HEAD);
    packer.push(&Record::Unknown { module: 0, kind: 1, payload: b"short" }, 0, &[]).unwrap();
    packer.push(&Record::Ping(Ping { random: 1, t_us: 2 }), 0, &[]).unwrap();
    let mut bytes = packer.finish();
    let kinds = |bytes: &[u8]| Content::parse(bytes).unwrap().records().map(|one| one.map(|timed| timed.record.kind())).collect::<Vec<_>>();
    assert_eq!(kinds(&bytes), [Err(Fault::Short), Ok((0xFF, 0x10))]);
    bytes[17] = 3;
    assert_eq!(kinds(&bytes), [Err(Fault::Short), Ok((0xFF, 0x10)), Err(Fault::Count)]);
    bytes[17] = 1;
    assert_eq!(kinds(&bytes), [Err(Fault::Short)], "no more than it says");
    bytes[17] = 2;
    bytes[27] = 200;
    assert_eq!(kinds(&bytes), [Err(Fault::RecordLength)], "nobody knows where the next one begins");
}

#[test]
fn impossible_values_are_faults() {
    let fault = |record: Record<'_>, at: usize, byte: u8| {
        let mut bytes = packed(&record);
        bytes[24 + 8 + at] = byte;
        Content::parse(&bytes).unwrap().records().next().unwrap().unwrap_err()
    };
    let sample = |name: &str| samples().into_iter().find(|(known, _)| *known == name).unwrap().1;
    assert_eq!(fault(sample("newconn"), 0, 5), Fault::Value, "a family");
    assert_eq!(fault(sample("trace"), 1, 33), Fault::Value, "hops");
    assert_eq!(fault(sample("fork"), 49, 17), Fault::Value, "a short name");
    assert_eq!(fault(sample("relayed"), 0, 9), Fault::Value, "a path");
    assert_eq!(fault(sample("relayed"), 11, 9), Fault::Value, "a circle");
    assert_eq!(fault(sample("resync_req"), 12, 1), Fault::Value, "a range that goes back");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_not_and_what_is_read_comes_back(bytes in proptest::collection::vec(any::<u8>(), 0..MAX_DATAGRAM)) {
        let _fault_or_not = Datagram::parse(&bytes).map(|datagram| {
            let again = datagram.to_bytes();
            assert_eq!(Datagram::parse(&again), Ok(datagram));
        });
        if let Ok(content) = Content::parse(&bytes) {
            prop_assert!(content.records().count() <= bytes.len());
        }
    }

    #[test]
    fn any_payload_of_any_kind_comes_back(module in prop_oneof![Just(0u8), Just(1), Just(0xFF)], kind in 0u8..0x28, payload: Vec<u8>) {
        let payload = &payload[..payload.len().min(1000)];
        let mut packer = Packer::new(HEAD);
        packer.push(&Record::Unknown { module, kind, payload }, 5, &[]).unwrap();
        let bytes = packer.finish();
        let Some(Ok(timed)) = Content::parse(&bytes).unwrap().records().next() else { return Ok(()) };
        let mut packer = Packer::new(HEAD);
        let known: Vec<_> = timed.tlvs.iter().collect();
        packer.push(&timed.record, 5, &known).unwrap();
        let bytes = packer.finish();
        let again = Content::parse(&bytes).unwrap().records().next().unwrap().unwrap();
        prop_assert_eq!(&again.record, &timed.record);
        prop_assert_eq!(again.tlvs.iter().collect::<Vec<_>>(), known);
    }
}
