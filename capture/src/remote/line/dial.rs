//! A line that dials: finds the other end's address, and keeps one session with it up.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use graph::Time;
use wire::glouglou::Caps;
use wire::glouglou::session::{Initiator, InitiatorConfig, Invitation, Received, Rejects};

use super::pings::Pings;
use super::{Heard, Line, Peer, State, Way};
use crate::remote::os_random;
use crate::remote::sender::Terms;
use crate::remote::socket::{From, Socket};

/// How long a name is believed where nobody answers, and how soon one that was not found is looked for again.
const RESOLVE_AGAIN: Duration = Duration::from_secs(10);
/// How often who sends is asked whether it is there.
const ASK: Duration = Duration::from_secs(2);
/// How often it is looked whether an answer came.
const LOOK: Duration = Duration::from_millis(100);

/// Who looks where a host is: it is asked by one channel and answers by the other.
#[derive(Debug)]
pub struct Lookup {
    ask: Sender<()>,
    answers: Receiver<Option<SocketAddr>>,
}

impl Lookup {
    /// Where `ask` is heard, the other end answers: none is nowhere. Both hold one at a time.
    pub const fn new(ask: Sender<()>, answers: Receiver<Option<SocketAddr>>) -> Lookup {
        Lookup { ask, answers }
    }

    /// One that asks the system, on a thread of its own: it may take long, and cannot be interrupted. An address is its own answer.
    ///
    /// # Errors
    /// Where there is no thread to be had.
    pub fn of_system(host: &str, port: u16) -> io::Result<Lookup> {
        let (ask, asked) = bounded(1);
        let (tell, answers) = bounded(1);
        let (host, mut addresses) = (host.to_owned(), Addresses::default());
        let mut find = move || match host.parse::<IpAddr>() {
            Ok(addr) => Some(SocketAddr::new(addr, port)),
            Err(_) => addresses.next(&host, port),
        };
        let work = move || while asked.recv().is_ok() && tell.send(find()).is_ok() {};
        // It ends when nobody asks any more, or when the system has answered.
        thread::Builder::new().name("lookup".into()).spawn(work)?;
        Ok(Lookup { ask, answers })
    }
}

/// The addresses of a name, one after the other: whoever asks again got no answer at the one before, such as of IPv6 where there is no way.
#[derive(Debug, Default)]
pub(in crate::remote) struct Addresses(usize);

impl Addresses {
    /// The next one, by the system's resolver; after the last the first again.
    pub(in crate::remote) fn next(&mut self, host: &str, port: u16) -> Option<SocketAddr> {
        let all: Vec<SocketAddr> = (host, port).to_socket_addrs().ok()?.collect();
        let addr = all.get(self.0.checked_rem(all.len())?).copied();
        self.0 += 1;
        addr
    }
}

/// One that dials.
#[derive(Debug)]
pub struct Dial {
    host: String,
    peer: u32,
    initiator: Initiator,
    lookup: Lookup,
    begun: Instant,
    /// Where the other end is, and the way there.
    route: Option<(SocketAddr, Socket)>,
    asked: Option<Instant>,
    state: Option<State>,
    pings: Pings,
    /// Whether what the other end sends is wanted: then it is asked now and then, so that it knows that somebody listens.
    wants: bool,
    next_ping: Instant,
    /// Whether an answer is to come.
    looks: bool,
    next: Vec<Heard>,
}

impl Dial {
    /// Dials who invited, and offers `caps`.
    pub fn new(invitation: &Invitation, caps: Caps, boot_id: u64, lookup: Lookup) -> Dial {
        let Invitation { identity, host, .. } = invitation.clone();
        let peer = identity.probe_id;
        let initiator = Initiator::new(InitiatorConfig { identity, boot_id, caps }, Duration::ZERO);
        let (begun, pings, wants) = (Instant::now(), Pings::default(), caps.has(Caps::WANTS));
        let (route, asked, state, looks, next) = (None, None, None, false, Vec::new());
        Dial { host, peer, initiator, lookup, begun, route, asked, state, pings, wants, next_ping: begun, looks, next }
    }

    fn asks(&self) -> bool {
        self.wants && self.initiator.is_up()
    }

    fn change(&mut self, state: State) {
        if self.state.as_ref() != Some(&state) {
            self.next.insert(0, Heard::Changed(state.clone()));
            self.state = Some(state);
        }
    }

    /// Looks where the other end is, where that is not known or it does not answer there.
    fn resolve(&mut self) -> io::Result<()> {
        let answer = self.lookup.answers.try_recv();
        self.looks &= answer.is_err();
        match answer {
            // Where it answers it is: a name may have several addresses.
            Ok(Some(_)) if self.initiator.is_up() => {}
            Ok(Some(addr)) if self.route.as_ref().is_some_and(|(known, _)| *known == addr) => {}
            Ok(Some(addr)) => {
                let any = if addr.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                self.route = Some((addr, Socket::bind(any.parse().map_err(io::Error::other)?, From::One)?));
                self.change(State::Dialling(addr));
            }
            Ok(None) if self.route.is_none() => self.change(State::Unresolved(self.host.clone())),
            Ok(None) => {}
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return Err(io::Error::other("nobody looks up names any more")),
        }
        if !self.initiator.is_up() && self.asked.is_none_or(|at| at.elapsed() >= RESOLVE_AGAIN) {
            (self.asked, self.looks) = (Some(Instant::now()), true);
            let _asked_already = self.lookup.ask.try_send(());
        }
        Ok(())
    }

    fn poll(&mut self, wall: Time) {
        let Some((to, socket)) = &self.route else { return };
        while let Some(datagram) = self.initiator.poll(self.begun.elapsed(), wall.micros(), &mut os_random()) {
            socket.send(*to, &datagram);
        }
        let (to, is_up) = (*to, self.initiator.is_up());
        if self.asks() && self.next_ping <= Instant::now() {
            self.next_ping = Instant::now() + ASK;
            let question = self.pings.ask(wall, &mut os_random());
            self.send(wall, self.peer, &question);
        }
        if let (false, Some(State::Connected(_))) = (is_up, &self.state) {
            self.change(State::Dialling(to));
            self.next.insert(0, Heard::Gone(self.peer));
        }
    }

    /// What a datagram leads to, the last first.
    fn take(&mut self, wall: Time, received: Received) {
        match received {
            Received::Up(terms) => {
                if let Some(to) = self.route.as_ref().map(|(to, _)| *to) {
                    self.change(State::Connected(to));
                }
                self.next.push(Heard::Up(Peer { id: self.peer, boot_id: None, caps: terms.caps, terms: Terms::from(&terms) }));
            }
            Received::Content { seq, content } => {
                let answer = self.pings.hear(wall, &content, false, &mut os_random());
                if let Some(answer) = answer {
                    self.send(wall, self.peer, &answer);
                }
                self.next.push(Heard::Content { peer: self.peer, seq, content });
            }
            Received::Refused if !self.initiator.is_up() => self.change(State::Refused),
            Received::Refused | Received::Nothing => {}
        }
    }
}

impl Line for Dial {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.route.as_ref().map(|(_, socket)| socket.as_fd())
    }

    fn receive(&mut self, wall: Time) -> io::Result<Option<Heard>> {
        loop {
            if let Some(heard) = self.next.pop() {
                return Ok(Some(heard));
            }
            self.resolve()?;
            self.poll(wall);
            let Some((addr, socket)) = &mut self.route else { return Ok(self.next.pop()) };
            let Some((from, bytes)) = socket.receive()? else { return Ok(self.next.pop()) };
            if from != *addr {
                continue;
            }
            // What is not taken is counted there.
            if let Ok(received) = self.initiator.receive(self.begun.elapsed(), bytes) {
                self.take(wall, received);
            }
        }
    }

    fn send(&mut self, _wall: Time, _peer: u32, content: &[u8]) -> bool {
        let Some((to, socket)) = &self.route else { return false };
        let Some(datagram) = self.initiator.seal(self.begun.elapsed(), content) else { return false };
        socket.send(*to, &datagram);
        true
    }

    fn send_all(&mut self, _wall: Time, _peer: u32, contents: &mut dyn Iterator<Item = Vec<u8>>) -> usize {
        let Some((to, socket)) = &mut self.route else { return 0 };
        let (initiator, now) = (&mut self.initiator, self.begun.elapsed());
        socket.send_all(*to, contents.map_while(|content| initiator.seal(now, &content)))
    }

    fn keep(&mut self, wall: Time) {
        self.poll(wall);
    }

    fn due(&self) -> Duration {
        if !self.next.is_empty() {
            return Duration::ZERO;
        }
        let session = if self.route.is_some() { self.initiator.due().saturating_sub(self.begun.elapsed()) } else { Duration::MAX };
        let lookup = if self.looks { LOOK } else { RESOLVE_AGAIN };
        let question = if self.asks() { self.next_ping.saturating_duration_since(Instant::now()) } else { Duration::MAX };
        session.min(lookup).min(question)
    }

    fn way(&self, _peer: u32) -> Way {
        Way { from: self.route.as_ref().map(|(to, _)| *to), ..self.pings.way() }
    }

    fn only_peer(&self) -> Option<u32> {
        Some(self.peer)
    }

    fn rejects(&self) -> Rejects {
        self.initiator.rejects()
    }

    fn name(&self, _id: u32) -> String {
        self.host.clone()
    }

    fn invited(&self) -> Vec<(u32, String)> {
        vec![(self.peer, self.host.clone())]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::net::{Ipv4Addr, UdpSocket};

    use wire::glouglou::session::{Identity, Keys, ListenerConfig, Secret};

    use super::super::{Guests, Listen};
    use super::*;
    use crate::remote::keys::Known;

    #[test]
    fn the_addresses_of_a_name_are_tried_in_turn() {
        let (mut addresses, mut again) = (Addresses::default(), Addresses(1));
        let all: Vec<SocketAddr> = ("localhost", 7).to_socket_addrs().unwrap().collect();
        let tried: Vec<SocketAddr> = (0..2 * all.len()).map(|_| addresses.next("localhost", 7).unwrap()).collect();
        assert_eq!(tried, [all.clone(), all.clone()].concat());
        assert_eq!(again.next("localhost", 7), all.get(1).or(all.first()).copied());
        assert_eq!(addresses.next("no such host.invalid", 7), None);
    }

    #[test]
    fn another_address_of_the_same_name_ends_no_session() {
        let (keys, shared, loopback) = (Keys::new([7; 32]), Secret([9; 32]), Ipv4Addr::LOCALHOST.into());
        let guest = Known { name: "attic".to_owned(), probe_id: 1, shared: shared.clone(), speaks_for: BTreeMap::new() };
        let identity = Identity { probe_id: 1, shared, listener: keys.public() };
        let mut listen = Listen::open(SocketAddr::new(loopback, 0), ListenerConfig::new(keys), Guests::These(vec![guest])).unwrap();
        let elsewhere = UdpSocket::bind((loopback, 0)).unwrap();
        let (ask, asked) = bounded(1);
        let (tell, answers) = bounded(1);
        let invitation = Invitation { identity, host: "viewer.example".to_owned(), port: 1 };
        let mut dial = Dial::new(&invitation, Caps::SENDS, 5, Lookup::new(ask, answers));
        let here = listen.addr().unwrap();
        tell.send(Some(here)).unwrap();
        let begun = Instant::now();
        while !dial.initiator.is_up() && begun.elapsed() < Duration::from_secs(20) {
            while dial.receive(Time::ZERO).unwrap().is_some() {}
            while listen.receive(Time::ZERO).unwrap().is_some() {}
        }
        assert!(dial.initiator.is_up() && asked.try_recv().is_ok());
        // What was asked for before it answered.
        tell.send(Some(elsewhere.local_addr().unwrap())).unwrap();
        while dial.receive(Time::ZERO).unwrap().is_some() {}
        assert!(tell.is_empty());
        assert_eq!((dial.way(1).from, dial.state.clone()), (Some(here), Some(State::Connected(here))));
    }
}
