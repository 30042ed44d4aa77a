//! Lines of Suricata's, however they are cut.
#![no_main]

use wire::eve::{Lines, Record, micros};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let read = |pieces: &[&[u8]]| {
        let (mut lines, mut found) = (Lines::default(), Vec::new());
        pieces.iter().for_each(|piece| lines.take(piece, |line| found.push(line.map(<[u8]>::to_vec))));
        lines.end(|line| found.push(line.map(<[u8]>::to_vec)));
        found
    };
    let whole = read(&[data]);
    let (head, tail) = data.split_at(data.len() / 2);
    assert_eq!(whole, read(&[head, tail]));
    for line in whole.into_iter().flatten() {
        if let Ok(record) = Record::parse(&line) {
            assert!(record.says.fields.iter().all(|(_, value)| !value.is_empty() && value.len() <= 512));
        }
        let _any = std::str::from_utf8(&line).ok().and_then(micros);
    }
});
