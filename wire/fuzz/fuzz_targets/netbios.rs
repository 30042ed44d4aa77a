//! Messages of the name service of NetBIOS.
#![no_main]

libfuzzer_sys::fuzz_target!(|message: &[u8]| {
    let Some(found) = wire::packet::netbios::parse(message) else { return };
    let owners = found.owners.iter().map(|(name, _)| name);
    for name in found.questions.iter().chain(owners).chain(&found.own) {
        assert!(!name.name.is_empty() && name.name.len() <= 15 && !name.name.contains(char::is_control));
    }
});
