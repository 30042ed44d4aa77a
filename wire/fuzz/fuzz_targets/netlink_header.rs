//! What a read from a netlink socket brought: its messages, how an exchange ended, and any payload as attributes.
#![no_main]

use wire::netlink::{Attribute, Message, attributes, messages};
use wire::packet::emit::stack;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let found: Vec<_> = messages(data).collect();
    assert!(found.len() <= data.len() / 16 + 1);
    for message in found.iter().flatten() {
        check(message);
    }
    assert!(found.iter().rev().skip(1).all(Result::is_ok));
});

fn check(message: &Message<'_>) {
    let again = stack(&[&message.header], message.payload);
    assert_eq!(messages(&again).collect::<Vec<_>>(), [Ok(*message)]);
    if let Ok(Some(end)) = message.end() {
        let payload = stack(&[&end], &[]);
        assert_eq!(Message { payload: &payload, ..*message }.end(), Ok(Some(end)));
    }
    let found: Vec<_> = attributes(message.payload).collect();
    assert!(found.len() <= message.payload.len() / 4 + 1);
    assert!(found.iter().rev().skip(1).all(Result::is_ok));
    let good: Vec<Attribute<'_>> = found.into_iter().flatten().collect();
    let mut bytes = Vec::new();
    for attribute in &good {
        assert_eq!(attribute.emit(&mut bytes), Ok(()));
    }
    assert_eq!(attributes(&bytes).collect::<Result<Vec<_>, _>>(), Ok(good));
}
