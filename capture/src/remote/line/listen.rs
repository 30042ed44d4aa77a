//! A line that others dial: one socket, a session with each that has a key.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant, SystemTime};

use graph::Time;
use wire::glouglou::session::{Heard as Taken, Listener, ListenerConfig, Rejects, SessionId};

use super::pings::Pings;
use super::{Heard, Line, Peer, State, Way};
use crate::remote::keys::{KeyDir, Known};
use crate::remote::os_random;
use crate::remote::sender::Terms;
use crate::remote::socket::{From, Socket};

/// How often those are looked for who are silent.
const LOOK: Duration = Duration::from_secs(1);

/// Who may come.
#[derive(Clone, Debug)]
pub enum Guests {
    /// Those who have a key in that directory; it is looked at again when it changes.
    Of(KeyDir),
    /// These.
    These(Vec<Known>),
}

/// Why it did not open.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen at {addr} (UDP): {error}; another program may listen there: ss -lunp shows which, or choose another port with --listen ADDRESS:PORT"
)]
pub struct ListenError {
    addr: SocketAddr,
    error: io::Error,
}

/// One that listens.
#[derive(Debug)]
pub struct Listen {
    socket: Socket,
    listener: Listener,
    guests: Guests,
    keys_seen: Option<SystemTime>,
    /// Who may come.
    known: BTreeMap<u32, Known>,
    peers: BTreeMap<u32, Session>,
    begun: Instant,
    looked: Duration,
    /// What was heard and not given out yet.
    next: Vec<Heard>,
}

#[derive(Debug)]
struct Session {
    id: SessionId,
    pings: Pings,
}

impl Listen {
    /// Listens at that address for those who may come.
    ///
    /// # Errors
    /// Where the address is not to be had.
    pub fn open(addr: SocketAddr, config: ListenerConfig, guests: Guests) -> Result<Listen, ListenError> {
        let socket = Socket::bind(addr, From::Many).map_err(|error| ListenError { addr, error })?;
        let listener = Listener::new(config, Duration::ZERO, &mut os_random());
        let (known, peers, next) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let (begun, looked) = (Instant::now(), Duration::ZERO);
        let mut listen = Listen { socket, listener, guests, keys_seen: None, known, peers, begun, looked, next };
        listen.admit();
        Ok(listen)
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Where the kernel does not say.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.socket.addr()
    }

    /// Lets those come who may now, and nobody else.
    fn admit(&mut self) {
        let keys = match &mut self.guests {
            Guests::Of(keys) => keys,
            Guests::These(guests) => {
                let guests = std::mem::take(guests);
                if !guests.is_empty() {
                    self.admit_these(guests);
                }
                return;
            }
        };
        let changed = keys.changed();
        if changed.is_some() && changed == self.keys_seen {
            return;
        }
        match keys.probes() {
            Ok(probes) => {
                self.keys_seen = changed;
                self.admit_these(probes);
            }
            // Said once for each change.
            Err(error) if self.keys_seen != changed => {
                self.keys_seen = changed;
                self.next.insert(0, Heard::Changed(State::KeysUnread(error.to_string())));
            }
            Err(_) => {}
        }
    }

    fn admit_these(&mut self, guests: Vec<Known>) {
        let known: BTreeMap<u32, Known> = guests.into_iter().map(|guest| (guest.probe_id, guest)).collect();
        let gone: Vec<u32> = self.known.keys().filter(|id| !known.contains_key(id)).copied().collect();
        for id in gone {
            self.listener.forget(id);
            self.peers.remove(&id);
            self.next.insert(0, Heard::Gone(id));
        }
        known.values().for_each(|guest| self.listener.admit(guest.probe_id, guest.shared.clone()));
        self.listener.relayed(known.values().flat_map(|relay| relay.speaks_for.keys().copied()));
        self.known = known;
    }

    /// A datagram of a session. What it leads to, the last first.
    fn content(&mut self, wall: Time, id: SessionId, is_first: bool, seq: u64, content: Vec<u8>) {
        let Some(known) = self.listener.peer(id).copied() else { return };
        let peer = known.probe_id;
        let session = self.peers.entry(peer).or_insert_with(|| Session { id, pings: Pings::default() });
        if let Some(answer) = session.pings.hear(wall, &content, true, &mut os_random())
            && let Some((to, sealed)) = self.listener.seal(id, &answer)
        {
            self.socket.send(to, &sealed);
        }
        let is_new = is_first || session.id != id;
        session.id = id;
        self.next.push(Heard::Content { peer, seq, content });
        if is_new {
            let boot_id = Some(known.boot_id).filter(|id| *id != 0);
            self.next.push(Heard::Up(Peer { id: peer, boot_id, caps: known.caps, terms: Terms::default() }));
        }
    }
}

impl Line for Listen {
    fn fd(&self) -> Option<BorrowedFd<'_>> {
        Some(self.socket.as_fd())
    }

    fn receive(&mut self, wall: Time) -> io::Result<Option<Heard>> {
        loop {
            if let Some(heard) = self.next.pop() {
                return Ok(Some(heard));
            }
            let now = self.begun.elapsed();
            let Some((from, bytes)) = self.socket.receive()? else { return Ok(None) };
            // What is not taken is counted there.
            match self.listener.receive(now, from, bytes, &mut os_random()) {
                Ok(Taken::Reply(answer)) => self.socket.send(from, &answer),
                Ok(Taken::Content { session, is_first, seq, content }) => self.content(wall, session, is_first, seq, content),
                Err(_) => {}
            }
        }
    }

    fn send(&mut self, _wall: Time, peer: u32, content: &[u8]) -> bool {
        let Some(session) = self.peers.get(&peer) else { return false };
        let Some((to, sealed)) = self.listener.seal(session.id, content) else { return false };
        self.socket.send(to, &sealed);
        true
    }

    fn send_all(&mut self, _wall: Time, peer: u32, contents: &mut dyn Iterator<Item = Vec<u8>>) -> usize {
        let Some(id) = self.peers.get(&peer).map(|session| session.id) else { return 0 };
        let Some(to) = self.listener.peer(id).map(|peer| peer.from) else { return 0 };
        let listener = &mut self.listener;
        self.socket.send_all(to, contents.map_while(|content| Some(listener.seal(id, &content)?.1)))
    }

    fn keep(&mut self, _wall: Time) {
        let now = self.begun.elapsed();
        if now.saturating_sub(self.looked) < LOOK {
            return;
        }
        self.looked = now;
        self.admit();
        for (id, peer) in self.listener.expire(now) {
            if self.peers.get(&peer.probe_id).is_some_and(|session| session.id == id) {
                self.peers.remove(&peer.probe_id);
                self.next.insert(0, Heard::Gone(peer.probe_id));
            }
        }
    }

    fn due(&self) -> Duration {
        if self.next.is_empty() { LOOK.saturating_sub(self.begun.elapsed().saturating_sub(self.looked)) } else { Duration::ZERO }
    }

    fn way(&self, peer: u32) -> Way {
        let Some(session) = self.peers.get(&peer) else { return Way::default() };
        Way { from: self.listener.peer(session.id).map(|peer| peer.from), ..session.pings.way() }
    }

    fn only_peer(&self) -> Option<u32> {
        None
    }

    fn rejects(&self) -> Rejects {
        self.listener.rejects()
    }

    fn name(&self, id: u32) -> String {
        let behind = || self.known.values().find_map(|relay| relay.speaks_for.get(&id).cloned());
        self.known.get(&id).map(|probe| probe.name.clone()).or_else(behind).unwrap_or_else(|| format!("{id:08x}"))
    }

    fn speaks_for(&self, peer: u32, probe: u32) -> Option<String> {
        self.known.get(&peer)?.speaks_for.get(&probe).cloned()
    }

    fn invited(&self) -> Vec<(u32, String)> {
        let behind = self.known.values().flat_map(|relay| relay.speaks_for.iter().map(|(id, name)| (*id, name.clone())));
        self.known.iter().map(|(id, probe)| (*id, probe.name.clone())).chain(behind).collect()
    }
}
