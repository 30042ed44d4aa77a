//! What DNS messages ask and are answered.
#![no_main]

use wire::packet::questions::{is_dns, summary};

libfuzzer_sys::fuzz_target!(|message: &[u8]| {
    let Some(summary) = summary(message) else { return };
    if is_dns(message) {
        assert_eq!(summary.questions.len(), 1);
    }
    let names = summary.questions.iter().map(|(name, _)| name).chain(&summary.answers);
    for name in names {
        assert!(!name.is_empty() && name.len() <= 253 && !name.contains(char::is_control));
    }
});
