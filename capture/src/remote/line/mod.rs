//! Lines: ways to carry contents to other programs and back, whoever dialled, sealed or plain. A probe, a viewer and a relay differ in what they say on them, not in
//! how.

mod dial;
mod inherited;
mod listen;
mod pings;

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use graph::Time;
use wire::glouglou::Caps;
use wire::glouglou::session::Rejects;

use super::sender::Terms;

pub(super) use self::dial::Addresses;
pub use self::dial::{Dial, Lookup};
pub use self::inherited::Inherited;
pub use self::listen::{Guests, Listen, ListenError};
pub(in crate::remote) use self::pings::head;

/// Contents to and from others, each of which has a number. Wall-clock time is an argument; time that never goes back is the line's own.
pub trait Line: Send {
    /// What to wait on for something to come; none while there is nothing.
    fn fd(&self) -> Option<BorrowedFd<'_>>;

    /// The next thing that came, if there is one.
    ///
    /// # Errors
    /// Where nothing will ever come any more.
    fn receive(&mut self, wall: Time) -> io::Result<Option<Heard>>;

    /// Carries content to that peer. What finds no room on the way is lost as on the way; false where there is no session with it.
    fn send(&mut self, wall: Time, peer: u32, content: &[u8]) -> bool;

    /// Carries contents to that peer as long as there are any; how many there were.
    fn send_all(&mut self, wall: Time, peer: u32, contents: &mut dyn Iterator<Item = Vec<u8>>) -> usize {
        let mut sent = 0;
        for content in contents {
            self.send(wall, peer, &content);
            sent += 1;
        }
        sent
    }

    /// Keeps sessions up, and ends those that are silent: to be called when [`Line::due`] says so.
    fn keep(&mut self, wall: Time);

    /// How long nothing is to be kept.
    fn due(&self) -> Duration;

    /// What is known of the way to that peer.
    fn way(&self, peer: u32) -> Way;

    /// The one peer that there ever is; none where there may be many.
    fn only_peer(&self) -> Option<u32>;

    /// What came and was not taken so far.
    fn rejects(&self) -> Rejects {
        Rejects::default()
    }

    /// What the user calls it, or its number.
    fn name(&self, id: u32) -> String;

    /// Whether this peer, a relay, may speak for that probe, and what the user calls it then.
    fn speaks_for(&self, _peer: u32, _probe: u32) -> Option<String> {
        None
    }

    /// Who may come, and what the user calls them.
    fn invited(&self) -> Vec<(u32, String)> {
        Vec::new()
    }
}

/// What came on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A session is up, another one than before.
    Up(Peer),
    /// Content of a session.
    Content {
        /// Whose.
        peer: u32,
        /// The number of its datagram in the session.
        seq: u64,
        /// The content.
        content: Vec<u8>,
    },
    /// Nothing is heard of that peer any more.
    Gone(u32),
    /// What a user may want to know.
    Changed(State),
}

/// Who is at the other end of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Its number: the probe's for who listens, its own for who dialled.
    pub id: u32,
    /// Another one each time its program starts; none where it did not say.
    pub boot_id: Option<u64>,
    /// What it offers.
    pub caps: Caps,
    /// What it takes, as far as it said.
    pub terms: Terms,
}

/// How a line is that has one other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It asks for the other end at that address.
    Dialling(SocketAddr),
    /// The other end's name leads nowhere.
    Unresolved(String),
    /// The session is up.
    Connected(SocketAddr),
    /// The other end knows this one and does not want it.
    Refused,
    /// Who may come could not be read, and why: it is who might before.
    KeysUnread(String),
}

/// What is known of the way to a peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// From where it was heard last.
    pub from: Option<SocketAddr>,
    /// How long a question and its answer take.
    pub round_trip: Option<Duration>,
    /// How many microseconds its clock is ahead.
    pub clock_offset_us: Option<i64>,
}
