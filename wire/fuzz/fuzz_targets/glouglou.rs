//! Any bytes as what comes from the network to a listener: datagrams, contents, and datagrams of a session of plain content.
#![no_main]

use std::net::SocketAddr;
use std::time::Duration;

use wire::glouglou::session::{Heard, Keys, Listener, ListenerConfig, Plain};
use wire::glouglou::{Content, ContentHead, Datagram, HELLO_LEN, Packer, Records};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(datagram) = Datagram::parse(data) {
        assert_eq!(Datagram::parse(&datagram.to_bytes()), Ok(datagram));
    }
    if let Ok(content) = Content::parse(data) {
        read(content.records(), data.len());
    }
    read(Records::of(data), data.len());

    let mut random = |bytes: &mut [u8]| bytes.fill(7);
    let config = ListenerConfig { plain: Plain::Anywhere, ..ListenerConfig::new(Keys::new([7; 32])) };
    let mut listener = Listener::new(config, Duration::ZERO, &mut random);
    let from: SocketAddr = ([192, 0, 2, 1], 4000).into();
    match listener.receive(Duration::ZERO, from, data, &mut random) {
        Ok(Heard::Reply(answer)) => assert!(data.len() >= HELLO_LEN && answer.len() <= data.len() && listener.is_empty()),
        Ok(Heard::Content { content, .. }) => assert!(content.len() < data.len() && listener.len() == 1),
        Err(_) => assert!(listener.is_empty()),
    }
});

/// What is read is written and read again, and is the same.
fn read(records: Records<'_>, len: usize) {
    let mut count = 0;
    for timed in records.flatten() {
        count += 1;
        let mut packer = Packer::new(ContentHead { t_base_us: 0, first_event_seq: 0, snapshot: false, sampling_n: 1 });
        let known: Vec<_> = timed.tlvs.iter().collect();
        if packer.push(&timed.record, timed.dt_us, &known).is_ok() {
            let bytes = packer.finish();
            let again = Content::parse(&bytes).expect("what was written").records().next();
            assert_eq!(again.map(|again| again.map(|again| again.record)), Some(Ok(timed.record.clone())));
        }
    }
    assert!(count * 8 <= len);
}
