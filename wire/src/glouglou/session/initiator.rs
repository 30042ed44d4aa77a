//! Who dials: asks for a cookie, shows a key, and keeps one session up for as long as it lives.

use std::time::Duration;

use snow::HandshakeState;

use super::super::{AuthPayload, AuthResPayload, Caps, Challenge, ContentHead, Datagram, Packer, Ping, Record};
use super::channel::Channel;
use super::keys::Identity;
use super::noise::{self, OVERHEAD};
use super::reject::{Reject, Rejects};
use super::{KEEPALIVE, MAX_UNANSWERED, REKEY, Random};

/// How long an answer to a handshake's message is waited for, the first time, and at most.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));
/// How soon the other is asked again whether it is there, once it did not answer.
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// With so many bytes AUTH's payload is emitted.
const AUTH_PAYLOAD: usize = 24;
const AUTH_RES_PAYLOAD: usize = 64;

/// Who it is.
#[derive(Debug, Clone)]
pub struct InitiatorConfig {
    /// Its number and its keys.
    pub identity: Identity,
    /// Another one each time the program starts.
    pub boot_id: u64,
    /// What it offers.
    pub caps: Caps,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// Something of the handshake: [`Initiator::poll`] may have more to send.
    Nothing,
    /// The session is up, on these terms.
    Up(AuthResPayload),
    /// Content.
    Content {
        /// The number of the datagram.
        seq: u64,
        /// The content.
        content: Vec<u8>,
    },
    /// The listener knows the key, and refuses all the same. It may be asked again.
    Refused,
}

/// One end that dials.
#[derive(Debug)]
pub struct Initiator {
    config: InitiatorConfig,
    handshake: Handshake,
    session: Option<Session>,
    /// How often nothing came of a handshake.
    failed: u32,
    rejects: Rejects,
}

/// The next session, on its way.
#[derive(Debug)]
enum Handshake {
    /// Not before then.
    Wait { until: Duration },
    /// HELLO was sent.
    Hello { random_i: u64, until: Duration },
    /// The cookie came, and is to be shown.
    Show(Challenge),
    /// AUTH was sent.
    Auth { noise: Box<HandshakeState>, index_i: u32, until: Duration },
    /// None is needed.
    Done,
}

#[derive(Debug)]
struct Session {
    channel: Channel,
    /// What the listener calls this end.
    index_i: u32,
    keepalive: Duration,
    begun: Duration,
    /// When to ask whether the other is there.
    ask: Duration,
    unanswered: u32,
}

impl Initiator {
    /// Begins to dial at once.
    pub fn new(config: InitiatorConfig, now: Duration) -> Initiator {
        Initiator { config, handshake: Handshake::Wait { until: now }, session: None, failed: 0, rejects: Rejects::default() }
    }

    /// Whether there is a session.
    pub fn is_up(&self) -> bool {
        self.session.is_some()
    }

    /// What was not taken so far.
    pub fn rejects(&self) -> Rejects {
        self.rejects
    }

    /// When [`Initiator::poll`] must be called at the latest.
    pub fn due(&self) -> Duration {
        let handshake = match &self.handshake {
            Handshake::Wait { until } | Handshake::Hello { until, .. } | Handshake::Auth { until, .. } => *until,
            Handshake::Show(_) => Duration::ZERO,
            Handshake::Done => Duration::MAX,
        };
        let session = self.session.as_ref().map_or(Duration::MAX, |session| {
            let anew = if matches!(self.handshake, Handshake::Done) { session.begun.saturating_add(REKEY) } else { Duration::MAX };
            session.ask.min(anew)
        });
        handshake.min(session)
    }

    /// The next datagram to send, if there is one now; to be called until there is none. `wall_us` is microseconds since the epoch.
    pub fn poll(&mut self, now: Duration, wall_us: u64, random: &mut impl Random) -> Option<Vec<u8>> {
        self.keep_up(now);
        match std::mem::replace(&mut self.handshake, Handshake::Done) {
            Handshake::Hello { until, .. } | Handshake::Auth { until, .. } if now >= until => {
                self.failed = self.failed.saturating_add(1);
                Some(self.hello(now, random))
            }
            Handshake::Wait { until } if now >= until => Some(self.hello(now, random)),
            Handshake::Show(challenge) => {
                let sent = self.auth(now, wall_us, challenge, random);
                if sent.is_none() {
                    self.handshake = Handshake::Wait { until: now + self.patience(random) };
                }
                sent
            }
            other => {
                self.handshake = other;
                self.ask(now, wall_us, random)
            }
        }
    }

    /// Starts a new handshake where the session has ended, or has lasted.
    fn keep_up(&mut self, now: Duration) {
        let Some(session) = &self.session else { return };
        let silent = session.unanswered >= MAX_UNANSWERED && now >= session.ask;
        if silent {
            (self.session, self.failed) = (None, 0);
        }
        let old = self.session.as_ref().is_some_and(|session| now >= session.begun + REKEY || session.channel.sent() > u64::MAX / 2);
        if matches!(self.handshake, Handshake::Done) && (silent || old) {
            self.handshake = Handshake::Wait { until: now };
        }
    }

    fn hello(&mut self, now: Duration, random: &mut impl Random) -> Vec<u8> {
        let random_i = random.number();
        self.handshake = Handshake::Hello { random_i, until: now + self.patience(random) };
        Datagram::Hello { probe_id: self.config.identity.probe_id, random_i }.to_bytes()
    }

    /// Longer each time, and never the same: many that lost one listener do not come back at once.
    fn patience(&self, random: &mut impl Random) -> Duration {
        let (first, most) = PATIENCE;
        let whole = first.saturating_mul(1 << self.failed.min(16)).min(most);
        let spread = (random.number() % 1024) as f64 / 1024.0;
        whole.mul_f64(0.75 + spread / 2.0)
    }

    fn auth(&mut self, now: Duration, wall_us: u64, challenge: Challenge, random: &mut impl Random) -> Option<Vec<u8>> {
        let InitiatorConfig { identity, boot_id, caps } = &self.config;
        let prologue = challenge.prologue();
        let index_i = random.number() as u32;
        let mut noise = noise::initiator(&identity.listener, &identity.shared, &prologue, random.key()).ok()?;
        let payload = AuthPayload { boot_id: *boot_id, t_us: wall_us, index_i, caps: *caps }.to_bytes();
        let mut message = [0; OVERHEAD + AUTH_PAYLOAD];
        let len = noise.write_message(&payload, &mut message).ok()?;
        let datagram = Datagram::Auth { challenge, prologue: &prologue, noise: message.get(..len)? }.to_bytes();
        self.handshake = Handshake::Auth { noise: Box::new(noise), index_i, until: now + self.patience(random) };
        Some(datagram)
    }

    /// Asks whether the other is there, after a silence.
    fn ask(&mut self, now: Duration, wall_us: u64, random: &mut impl Random) -> Option<Vec<u8>> {
        let session = self.session.as_mut()?;
        if now < session.ask {
            return None;
        }
        session.ask = now + session.keepalive.min(ASK_AGAIN);
        session.unanswered += 1;
        let mut packer = Packer::new(ContentHead { t_base_us: wall_us, first_event_seq: 0, snapshot: false, sampling_n: 0 });
        packer.push(&Record::Ping(Ping { random: random.number(), t_us: wall_us }), 0, &[]).ok()?;
        session.channel.seal(&packer.finish())
    }

    /// Takes a datagram from the listener.
    ///
    /// # Errors
    /// Why it was not taken; it was counted, and nothing changed.
    pub fn receive(&mut self, now: Duration, bytes: &[u8]) -> Result<Received, Reject> {
        self.take(now, bytes).inspect_err(|why| self.rejects.count(*why))
    }

    fn take(&mut self, now: Duration, bytes: &[u8]) -> Result<Received, Reject> {
        match Datagram::parse(bytes)? {
            Datagram::HelloRes(challenge) => {
                let Handshake::Hello { random_i, .. } = self.handshake else { return Err(Reject::Unknown) };
                if (challenge.probe_id, challenge.random_i) != (self.config.identity.probe_id, random_i) {
                    return Err(Reject::Unknown);
                }
                self.handshake = Handshake::Show(challenge);
                Ok(Received::Nothing)
            }
            Datagram::AuthRes { status, index_i, noise } => self.answered(now, status, index_i, noise),
            Datagram::Sealed { receiver_index, seq, sealed } => {
                let session = self.session.as_mut().filter(|session| session.index_i == receiver_index).ok_or(Reject::Unknown)?;
                let content = session.channel.open(seq, sealed)?;
                (session.ask, session.unanswered) = (now + session.keepalive, 0);
                Ok(Received::Content { seq, content })
            }
            Datagram::Hello { .. } | Datagram::Auth { .. } | Datagram::Plain { .. } => Err(Reject::Unknown),
        }
    }

    fn answered(&mut self, now: Duration, status: u8, index: u32, message: &[u8]) -> Result<Received, Reject> {
        let Handshake::Auth { noise, index_i, until } = &mut self.handshake else { return Err(Reject::Unknown) };
        if *index_i != index {
            return Err(Reject::Unknown);
        }
        // Anybody may have sent that: it is a hint, and the handshake goes on.
        if status != 0 {
            return if *until > now { Ok(Received::Refused) } else { Err(Reject::Unknown) };
        }
        let mut payload = [0; AUTH_RES_PAYLOAD];
        let len = noise.read_message(message, &mut payload).map_err(|_| Reject::Seal)?;
        let terms = AuthResPayload::parse(payload.get(..len).unwrap_or_default())?;
        let Handshake::Auth { noise, index_i, .. } = std::mem::replace(&mut self.handshake, Handshake::Done) else {
            return Err(Reject::Unknown);
        };
        let channel = Channel::new(noise.into_stateless_transport_mode().map_err(|_| Reject::Seal)?, terms.index_r);
        let keepalive = Duration::from_secs(terms.keepalive_secs.into()).clamp(Duration::from_secs(1), KEEPALIVE * 10);
        // The first question makes the session valid for the listener: it is asked at once.
        self.session = Some(Session { channel, index_i, keepalive, begun: now, ask: now, unanswered: 0 });
        self.failed = 0;
        Ok(Received::Up(terms))
    }

    /// The datagram that carries content; none where there is no session.
    pub fn seal(&mut self, _now: Duration, content: &[u8]) -> Option<Vec<u8>> {
        self.session.as_mut()?.channel.seal(content)
    }
}
