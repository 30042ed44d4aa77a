//! Who is dialled: many sessions, and nothing of strangers.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use super::super::{AuthPayload, AuthResPayload, Caps, Challenge, Content, Datagram, MAX_DATAGRAM};
use super::channel::Channel;
use super::cookie::Cookies;
use super::keys::{Keys, Secret};
use super::limits::{Failures, Rate};
use super::noise::{self, OVERHEAD};
use super::reject::{Reject, Rejects};
use super::window::Window;
use super::{IDLE, KEEPALIVE, Random};

/// HELLOs that are answered, in all.
const HELLOS_PER_SEC: u32 = 50_000;
/// Handshakes of one probe that are remembered, so that none is taken twice; more at a time are not taken.
const MAX_HANDSHAKES: usize = 256;
/// Probes that send plain content.
const MAX_PLAIN: usize = 1024;
const AUTH_PAYLOAD: usize = 64;
const AUTH_RES_PAYLOAD: usize = 16;

/// How it listens.
#[derive(Debug, Clone)]
pub struct ListenerConfig {
    /// Its own keys.
    pub keys: Keys,
    /// What it offers.
    pub caps: Caps,
    /// Whether content is taken that nobody sealed: never, from loopback, or from everywhere.
    pub plain: Plain,
    /// Events of one probe that it takes, a second.
    pub max_events_per_sec: u32,
}

/// From where plain content is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// From nowhere.
    Never,
    /// From this machine.
    Loopback,
    /// From everywhere.
    Anywhere,
}

impl ListenerConfig {
    /// One that takes sealed content alone.
    pub fn new(keys: Keys) -> ListenerConfig {
        ListenerConfig { keys, caps: Caps::WANTS.and(Caps::NETWORK).and(Caps::PROCESS), plain: Plain::Never, max_events_per_sec: 2_000_000 }
    }
}

/// A session of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u32);

/// Who is at the other end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The probe.
    pub probe_id: u32,
    /// Another one each time its program starts; zero where it did not say.
    pub boot_id: u64,
    /// What it offers.
    pub caps: Caps,
    /// From where it was heard last.
    pub from: SocketAddr,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// To be sent back to where it came from. Nothing is remembered of it, but of a valid handshake.
    Reply(Vec<u8>),
    /// Content of a session.
    Content {
        /// Which.
        session: SessionId,
        /// Whether it is the session's first: then the probe's session before that is over.
        is_first: bool,
        /// The number of the datagram: what is missing between is lost, or late.
        seq: u64,
        /// The content.
        content: Vec<u8>,
    },
}

/// One end that is dialled.
#[derive(Debug)]
pub struct Listener {
    config: ListenerConfig,
    cookies: Cookies,
    hellos: Rate,
    failures: Failures,
    probes: HashMap<u32, Probe>,
    sessions: HashMap<SessionId, Session>,
    /// The sessions of plain content, by probe.
    plain: HashMap<u32, SessionId>,
    /// Probes that come through relays.
    relayed: HashSet<u32>,
    rejects: Rejects,
}

/// What is known of a probe.
#[derive(Debug)]
struct Probe {
    shared: Secret,
    refused: bool,
    /// Handshakes that were taken: the listener's random number, and when.
    taken: VecDeque<(u64, Duration)>,
    live: Option<SessionId>,
    /// The next one, until it was heard.
    pending: Option<SessionId>,
}

#[derive(Debug)]
struct Session {
    peer: Peer,
    via: Via,
    heard: Duration,
    events: Rate,
}

#[derive(Debug)]
enum Via {
    Sealed(Box<Channel>),
    Plain(Window),
}

impl Listener {
    /// Begins to listen.
    pub fn new(config: ListenerConfig, now: Duration, random: &mut impl Random) -> Listener {
        Listener {
            config,
            cookies: Cookies::new(now, random),
            hellos: Rate::new(HELLOS_PER_SEC, now),
            failures: Failures::new(random),
            probes: HashMap::new(),
            sessions: HashMap::new(),
            plain: HashMap::new(),
            relayed: HashSet::new(),
            rejects: Rejects::default(),
        }
    }

    /// Lets a probe in from now on, with this key. With another key than before its session ends.
    pub fn admit(&mut self, probe_id: u32, shared: Secret) {
        let before = self.probes.get_mut(&probe_id).filter(|probe| probe.shared == shared);
        if let Some(probe) = before {
            probe.refused = false;
            return;
        }
        self.forget(probe_id);
        self.probes.insert(probe_id, Probe { shared, refused: false, taken: VecDeque::new(), live: None, pending: None });
    }

    /// Says which probes come through relays: no plain content is taken for theirs.
    pub fn relayed(&mut self, probes: impl IntoIterator<Item = u32>) {
        self.relayed = probes.into_iter().collect();
    }

    /// Tells a probe that it is not wanted now, when it comes again. Its session goes on.
    pub fn refuse(&mut self, probe_id: u32) {
        if let Some(probe) = self.probes.get_mut(&probe_id) {
            probe.refused = true;
        }
    }

    /// A probe's key is not valid any more; its session ends.
    pub fn forget(&mut self, probe_id: u32) {
        let Some(probe) = self.probes.remove(&probe_id) else { return };
        for session in [probe.live, probe.pending].into_iter().flatten() {
            self.sessions.remove(&session);
        }
    }

    /// How many sessions there are, those included that were not heard yet.
    pub fn len(&self) -> usize {
        self.sessions.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sessions.is_empty()
    }

    /// All sessions, in the order of their numbers.
    pub fn sessions(&self) -> Vec<SessionId> {
        let mut all: Vec<SessionId> = self.sessions.keys().copied().collect();
        all.sort_unstable();
        all
    }

    /// Who is at the other end of a session.
    pub fn peer(&self, session: SessionId) -> Option<&Peer> {
        self.sessions.get(&session).map(|session| &session.peer)
    }

    /// What was not taken so far.
    pub fn rejects(&self) -> Rejects {
        self.rejects
    }

    /// The datagram that carries content to the other end of a session, and where to.
    pub fn seal(&mut self, session: SessionId, content: &[u8]) -> Option<(SocketAddr, Vec<u8>)> {
        let session = self.sessions.get_mut(&session)?;
        match &mut session.via {
            Via::Sealed(channel) => Some((session.peer.from, channel.seal(content)?)),
            Via::Plain(_) => None,
        }
    }

    /// Ends the sessions that were not heard of for too long, and says which.
    pub fn expire(&mut self, now: Duration) -> Vec<(SessionId, Peer)> {
        let mut ended: Vec<(SessionId, Peer)> = self
            .sessions
            .extract_if(|_, session| now.saturating_sub(session.heard) >= IDLE)
            .map(|(id, session)| (id, session.peer))
            .collect();
        ended.sort_unstable_by_key(|(id, _)| *id);
        for (id, peer) in &ended {
            if let Some(probe) = self.probes.get_mut(&peer.probe_id) {
                probe.live.take_if(|live| live == id);
                probe.pending.take_if(|pending| pending == id);
            }
            if self.plain.get(&peer.probe_id) == Some(id) {
                self.plain.remove(&peer.probe_id);
            }
        }
        ended
    }

    /// Takes a datagram.
    ///
    /// # Errors
    /// Why it was not taken; it was counted, and nothing is to be answered.
    pub fn receive(&mut self, now: Duration, from: SocketAddr, bytes: &[u8], random: &mut impl Random) -> Result<Heard, Reject> {
        self.take(now, from, bytes, random).inspect_err(|why| self.rejects.count(*why))
    }

    fn take(&mut self, now: Duration, from: SocketAddr, bytes: &[u8], random: &mut impl Random) -> Result<Heard, Reject> {
        match Datagram::parse(bytes)? {
            Datagram::Hello { probe_id, random_i } => {
                if !self.hellos.take(now, 1) {
                    return Err(Reject::Limited);
                }
                let random_r = random.number();
                let cookie = self.cookies.make(now, random, from, probe_id, [random_i, random_r]);
                Ok(Heard::Reply(Datagram::HelloRes(Challenge { probe_id, random_i, random_r, cookie }).to_bytes()))
            }
            Datagram::Auth { challenge, prologue, noise } => self.auth(now, from, challenge, prologue, noise, random),
            Datagram::Sealed { receiver_index, seq, sealed } => self.sealed(now, from, SessionId(receiver_index), seq, sealed),
            Datagram::Plain { probe_id, seq, content } => self.plain(now, from, probe_id, seq, content, random),
            Datagram::HelloRes(_) | Datagram::AuthRes { .. } => Err(Reject::Unknown),
        }
    }

    fn auth(
        &mut self,
        now: Duration,
        from: SocketAddr,
        challenge: Challenge,
        prologue: &[u8],
        message: &[u8],
        random: &mut impl Random,
    ) -> Result<Heard, Reject> {
        let Challenge { probe_id, random_i, random_r, cookie } = challenge;
        if !self.cookies.is_valid(now, random, from, probe_id, [random_i, random_r], &cookie) {
            return Err(Reject::Cookie);
        }
        let who = (from.ip(), probe_id);
        if self.failures.is_barred(now, who) {
            return Err(Reject::Limited);
        }
        // Before anything is computed for it.
        if let Some(probe) = self.probes.get_mut(&probe_id) {
            while probe.taken.pop_front_if(|(_, at)| now.saturating_sub(*at) > Cookies::LIFE).is_some() {}
            if probe.taken.iter().any(|(taken, _)| *taken == random_r) {
                return Err(Reject::Replayed);
            }
            if probe.taken.len() >= MAX_HANDSHAKES {
                return Err(Reject::Limited);
            }
        }
        let opened = self.probes.get(&probe_id).and_then(|probe| {
            let mut noise = noise::responder(&self.config.keys, &probe.shared, prologue, random.key()).ok()?;
            let mut payload = [0; AUTH_PAYLOAD];
            let len = noise.read_message(message, &mut payload).ok()?;
            Some((noise, AuthPayload::parse(payload.get(..len)?).ok()?))
        });
        let Some((mut noise, AuthPayload { boot_id, index_i, caps, .. })) = opened else {
            self.failures.fail(now, who);
            return Err(Reject::Key);
        };
        let probe = self.probes.get_mut(&probe_id).ok_or(Reject::Key)?;
        probe.taken.push_back((random_r, now));
        if probe.refused {
            return Ok(Heard::Reply(Datagram::AuthRes { status: 1, index_i, noise: &[] }.to_bytes()));
        }
        let id = free(&self.sessions, random);
        let terms = AuthResPayload {
            index_r: id.0,
            keepalive_secs: KEEPALIVE.as_secs() as u16,
            max_datagram: MAX_DATAGRAM as u16,
            max_events_per_sec: self.config.max_events_per_sec,
            caps: self.config.caps,
        };
        let mut answer = [0; OVERHEAD + AUTH_RES_PAYLOAD];
        let len = noise.write_message(&terms.to_bytes(), &mut answer).map_err(|_| Reject::Key)?;
        let channel = Channel::new(noise.into_stateless_transport_mode().map_err(|_| Reject::Key)?, index_i);
        let peer = Peer { probe_id, boot_id, caps, from };
        let events = Rate::new(self.config.max_events_per_sec, now);
        if let Some(given_up) = probe.pending.replace(id) {
            self.sessions.remove(&given_up);
        }
        self.sessions.insert(id, Session { peer, via: Via::Sealed(Box::new(channel)), heard: now, events });
        Ok(Heard::Reply(Datagram::AuthRes { status: 0, index_i, noise: answer.get(..len).unwrap_or_default() }.to_bytes()))
    }

    fn sealed(&mut self, now: Duration, from: SocketAddr, id: SessionId, seq: u64, sealed: &[u8]) -> Result<Heard, Reject> {
        let session = self.sessions.get_mut(&id).ok_or(Reject::Unknown)?;
        let Via::Sealed(channel) = &mut session.via else { return Err(Reject::Unknown) };
        let content = channel.open(seq, sealed)?;
        (session.heard, session.peer.from) = (now, from);
        let allowed = session.events.take(now, Content::parse(&content).map_or(1, |content| content.count().into()));
        let probe_id = session.peer.probe_id;
        let is_first = self.confirm(probe_id, id);
        if allowed { Ok(Heard::Content { session: id, is_first, seq, content }) } else { Err(Reject::Limited) }
    }

    /// The first that is heard of a session ends the one before. True where this was the first.
    fn confirm(&mut self, probe_id: u32, id: SessionId) -> bool {
        let Some(probe) = self.probes.get_mut(&probe_id).filter(|probe| probe.pending == Some(id)) else { return false };
        probe.pending = None;
        if let Some(before) = probe.live.replace(id) {
            self.sessions.remove(&before);
        }
        true
    }

    /// Plain content has no handshake: whoever says that it is a probe is, but for those who have a key, or a relay that has one. From another place it is
    /// another session.
    fn plain(
        &mut self,
        now: Duration,
        from: SocketAddr,
        probe_id: u32,
        seq: u64,
        content: &[u8],
        random: &mut impl Random,
    ) -> Result<Heard, Reject> {
        let allowed = match self.config.plain {
            Plain::Never => false,
            Plain::Loopback => from.ip().to_canonical().is_loopback(),
            Plain::Anywhere => true,
        };
        if !allowed || self.probes.contains_key(&probe_id) || self.relayed.contains(&probe_id) {
            return Err(Reject::Plain);
        }
        let before = self.plain.get(&probe_id).copied();
        let known = before.filter(|id| self.sessions.get(id).is_some_and(|session| session.peer.from == from));
        let id = match known {
            Some(id) => id,
            None if before.is_none() && self.plain.len() >= MAX_PLAIN => return Err(Reject::Limited),
            // What is not taken begins nothing.
            None if !Window::default().is_new(seq) => return Err(Reject::Repeated),
            None => {
                let id = free(&self.sessions, random);
                let peer = Peer { probe_id, boot_id: 0, caps: Caps::SENDS, from };
                let events = Rate::new(self.config.max_events_per_sec, now);
                self.sessions.insert(id, Session { peer, via: Via::Plain(Window::default()), heard: now, events });
                if let Some(before) = self.plain.insert(probe_id, id) {
                    self.sessions.remove(&before);
                }
                id
            }
        };
        let session = self.sessions.get_mut(&id).ok_or(Reject::Unknown)?;
        let Via::Plain(window) = &mut session.via else { return Err(Reject::Unknown) };
        if !window.is_new(seq) {
            return Err(Reject::Repeated);
        }
        window.hear(seq);
        session.heard = now;
        if session.events.take(now, Content::parse(content).map_or(1, |content| content.count().into())) {
            Ok(Heard::Content { session: id, is_first: known.is_none(), seq, content: content.to_vec() })
        } else {
            Err(Reject::Limited)
        }
    }
}

/// A number that no session has.
fn free(sessions: &HashMap<SessionId, Session>, random: &mut impl Random) -> SessionId {
    loop {
        let id = SessionId(random.number() as u32);
        if !sessions.contains_key(&id) {
            return id;
        }
    }
}
