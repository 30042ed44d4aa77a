//! The source of traced routes: by way of which routers packets go to the hosts that flows talk with.
//!
//! It sends packets of its own, and so it is never on unless somebody asks for it. They are echo requests, one in 100 ms at most, to one address after the
//! other, to each at most every ten minutes, and to none with which no flow was told to be ([`Feed`]). A child of its own sends and receives them
//! ([`child`]); whoever captures knows them by their identifier and leaves them out ([`Tracer::echo_id`]).

mod agenda;
pub mod child;
mod feed;
mod session;
mod way;

use std::net::IpAddr;

use crate::source::{Context, Ended, Source, SourceError};

use child::{TraceChild, TraceError};
pub use feed::Feed;

/// Whether an address is one that routes lead to: neither this machine's alone, nor its link's, nor many's.
pub fn is_traceable(addr: IpAddr) -> bool {
    let nobodys = addr.is_unspecified() || addr.is_loopback() || addr.is_multicast();
    let links = match addr {
        IpAddr::V4(addr) => addr.is_broadcast() || addr.is_link_local() || addr.octets().first() == Some(&0),
        IpAddr::V6(addr) => addr.is_unicast_link_local() || addr.to_ipv4_mapped().is_some(),
    };
    !nobodys && !links
}

/// The source, with its child started.
#[derive(Debug)]
pub struct Tracer {
    child: TraceChild,
    echo_id: u16,
    fed: crossbeam_channel::Receiver<feed::Fed>,
    feed: Feed,
}

impl Tracer {
    /// Starts the child that sends; this is to be called before privileges are dropped.
    ///
    /// # Errors
    /// Where it does not start, or may not send.
    pub fn start() -> Result<(Tracer, Feed), TraceError> {
        let child = TraceChild::start()?;
        let mut id = [0; 2];
        getrandom::fill(&mut id).map_err(|error| TraceError::Start(error.to_string()))?;
        let (fed_in, fed) = crossbeam_channel::bounded(feed::WAITING);
        let feed = Feed::new(fed_in);
        Ok((Tracer { child, echo_id: u16::from_ne_bytes(id), fed, feed: feed.clone() }, feed))
    }

    /// The identifier of all its echo requests.
    pub fn echo_id(&self) -> u16 {
        self.echo_id
    }
}

impl Source for Tracer {
    fn name(&self) -> String {
        "routes".to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let Tracer { child, echo_id, fed, feed } = *self;
        session::Session::new(&context, child, echo_id, fed, feed).run()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_leads_to_what_is_not_one_hosts_elsewhere() {
        for no in [
            "0.0.0.0",
            "0.1.2.3",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.1.1",
            "224.0.0.251",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "ff02::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(!is_traceable(no.parse().unwrap()), "{no}");
        }
        for yes in ["10.0.0.1", "192.0.2.1", "8.8.8.8", "fd00::1", "2001:db8::1"] {
            assert!(is_traceable(yes.parse().unwrap()), "{yes}");
        }
    }
}
