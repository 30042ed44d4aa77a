//! Process events and subscriptions to them, each message given to both, and the numbers of events.
#![no_main]

use wire::netlink::messages;
use wire::netlink::process::{Repr, Sequences, Subscription};
use wire::packet::emit::stack;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut sequences = Sequences::default();
    let (mut events, mut lost) = (0_u64, 0_u64);
    for message in messages(data).map_while(Result::ok) {
        if let Ok(Some(told)) = Repr::parse(message.payload) {
            assert_eq!(Repr::parse(&stack(&[&told], &[])), Ok(Some(told)));
            assert!(!told.event.is_of_thread() || told.event.task().is_some());
            events += 1;
            lost += u64::from(sequences.lost_before(told.cpu, told.seq));
            assert_eq!(sequences.lost_before(told.cpu, told.seq), 0);
        }
        if let Ok(Some(asked)) = Subscription::parse(message.payload) {
            assert_eq!(Subscription::parse(&stack(&[&asked], &[])), Ok(Some(asked)));
        }
    }
    assert_eq!((sequences.seen(), sequences.lost()), (2 * events, lost));
});
