//! Any bytes after a section header and an interface of pcapng, in both byte orders.
#![no_main]

use capture::file::{Order, PcapNgWriter};
use libfuzzer_sys::fuzz_target;

mod read;

fuzz_target!(|data: &[u8]| {
    let Some((variant, rest)) = data.split_first() else { return };
    let order = if variant & 1 == 0 { Order::Little } else { Order::Big };
    let mut writer = PcapNgWriter::new(Vec::new(), order).expect("writing to memory");
    // A simple block of whatever type, so that not every length must be guessed; its body is cut to whole words.
    if variant & 2 == 0 {
        let kind = u32::from(variant >> 4 & 7);
        let words = rest.len() / 4 * 4;
        writer.block(1, &[&[0; 8]]).expect("writing to memory");
        for body in rest[..words].chunks(64) {
            writer.block(kind, &[body]).expect("writing to memory");
        }
        return read::read(&writer.into_inner());
    }
    let mut file = writer.into_inner();
    file.extend(rest);
    read::read(&file);
});
