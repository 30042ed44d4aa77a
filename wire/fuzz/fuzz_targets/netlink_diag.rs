//! Answers about sockets and requests for them, each message given to both.
#![no_main]

use wire::netlink::messages;
use wire::netlink::sock_diag::{Answer, Request, Socket};
use wire::packet::emit::stack;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for message in messages(data).map_while(Result::ok) {
        if let Ok(Answer::Socket(socket)) = Answer::parse(&message) {
            assert_eq!(Socket::parse(&stack(&[&socket], &[])), Ok(Some(socket)));
            let id = socket.id;
            assert_eq!(id.unmapped().unmapped(), id.unmapped());
            assert_eq!(id.reversed().unmapped(), id.unmapped().reversed());
        }
        if let Ok(Some(asked)) = Request::parse(message.payload) {
            assert_eq!(Request::parse(&stack(&[&asked], &[])), Ok(Some(asked)));
        }
    }
});
