//! The source `remote`: listens for probes, and tells of their machines as if they were here.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use graph::{Event, Kind, Origin, OriginId, Realm, Realms, Time};
use wire::glouglou::session::{Heard, Keys, Listener, ListenerConfig, Plain, SessionId};
use wire::glouglou::{Content, ContentHead, Packer, Ping, Record};

use super::board::Board;
use super::keys::KeyDir;
use super::os_random;
use super::receiver::Receiver;
use super::socket::Socket;
use crate::source::{BATCH_EVENTS, Batch, Command, Context, Ended, Level, Notice, Offer, Source, SourceError};
use crate::wakeup::Wakeup;

/// The longest that something new waits to be told.
const TICK: Duration = Duration::from_millis(50);
/// How often it is told that nothing happened, and who is gone is looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How long a model that is behind is waited for at the very end.
const LAST_WORDS: Duration = Duration::from_millis(20);
/// Datagrams that are taken before anything else is done.
const AT_ONCE: usize = 1024;
/// Events that wait for a model that is behind. Beyond it datagrams wait in the kernel, and what finds no room there is lost and counted as such.
const MAX_WAITING: usize = 65_536;
/// The realm of the first probe's own addresses; each has one of its own.
const FIRST_REALM: u32 = 1_000;

/// How a listener is opened.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its own keys.
    pub keys: Keys,
    /// Where those are kept who may come: it is looked at again when it changes.
    pub probes: KeyDir,
    /// Whether content is taken that nobody sealed.
    pub plain: Plain,
    /// The realm of private addresses: those of all probes are of one site.
    pub site: Realm,
    /// Where it is written how each probe is.
    pub board: Board,
}

/// Why it did not open.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot listen at {addr} (UDP): {error}; another program may listen there: ss -lunp shows which, or choose another port with --listen ADDRESS:PORT"
)]
pub struct ListenError {
    addr: SocketAddr,
    error: std::io::Error,
}

impl Config {
    /// Opens it.
    ///
    /// # Errors
    /// Where the address is not to be had.
    pub fn open(self) -> Result<Remote, ListenError> {
        let socket = Socket::bind(self.addr).map_err(|error| ListenError { addr: self.addr, error })?;
        Ok(Remote { config: self, socket })
    }
}

/// A listener that is open.
#[derive(Debug)]
pub struct Remote {
    config: Config,
    socket: Socket,
}

impl Remote {
    /// Where it listens.
    ///
    /// # Errors
    /// Where the kernel does not say.
    pub fn addr(&self) -> std::io::Result<SocketAddr> {
        self.socket.addr()
    }
}

impl Source for Remote {
    fn name(&self) -> String {
        "probes".to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let Remote { config, socket } = *self;
        let mut random = os_random();
        let mut listener_config = ListenerConfig::new(config.keys);
        listener_config.plain = config.plain;
        let listener = Listener::new(listener_config, Duration::ZERO, &mut random);
        let now = Instant::now();
        let mut work = Work {
            context: &context,
            socket,
            listener,
            keys: config.probes,
            keys_seen: None,
            names: BTreeMap::new(),
            site: config.site,
            probes: BTreeMap::new(),
            waiting: Vec::new(),
            begun: now,
            told: now,
            looked: now,
        };
        work.admit();
        if let Ok(addr) = work.socket.addr() {
            let (text, remedy) =
                (format!("listens at {addr}, UDP"), work.names.is_empty().then(|| "glouglou probe add NAME lets a probe come".to_owned()));
            context.notice(Notice { level: Level::Info, text, remedy });
        }
        thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "remote commands", &context.commands).map_err(|error| failed(&error))?;
            work.run(&wakeup, &mut random)
        })
    }
}

fn failed(error: &dyn std::fmt::Display) -> SourceError {
    SourceError(format!("probes: {error}"))
}

/// A probe that came.
struct Heardof {
    origin: OriginId,
    receiver: Receiver,
    session: SessionId,
}

struct Work<'a> {
    context: &'a Context,
    socket: Socket,
    listener: Listener,
    keys: KeyDir,
    keys_seen: Option<SystemTime>,
    /// Who may come, and what they are called.
    names: BTreeMap<u32, String>,
    site: Realm,
    /// By number.
    probes: BTreeMap<u32, Heardof>,
    waiting: Vec<Event>,
    begun: Instant,
    told: Instant,
    looked: Instant,
}

impl Work<'_> {
    fn run(mut self, wakeup: &Wakeup, random: &mut impl FnMut(&mut [u8])) -> Result<Ended, SourceError> {
        loop {
            let since = self.told.elapsed();
            let rest = if self.waiting.is_empty() { LOOK } else { TICK }.saturating_sub(since).min(self.due());
            wakeup.wait(Some(std::os::fd::AsFd::as_fd(&self.socket)), rest).map_err(|error| failed(&error))?;
            while let Some(command) = wakeup.command() {
                match command {
                    Command::Stop => {
                        self.finish(random);
                        return Ok(Ended::Stopped);
                    }
                    Command::Filter { answer, .. } => {
                        let _asker_gone = answer.try_send(Err("probes have filters of their own: ggprobe -f".to_owned()));
                    }
                    Command::Pause(_) | Command::Step | Command::Speed(_) | Command::PauseProbe { .. } => {}
                }
            }
            self.hear(random)?;
            self.tick(random);
            if !self.tell() {
                return Ok(Ended::Unheard);
            }
        }
    }

    /// Lets those come who may now, and nobody else.
    fn admit(&mut self) {
        let changed = self.keys.changed();
        if changed.is_some() && changed == self.keys_seen {
            return;
        }
        match self.keys.probes() {
            Ok(probes) => {
                self.keys_seen = changed;
                let names: BTreeMap<u32, String> = probes.iter().map(|probe| (probe.probe_id, probe.name.clone())).collect();
                let gone: Vec<u32> = self.names.keys().filter(|id| !names.contains_key(id)).copied().collect();
                for id in gone {
                    self.listener.forget(id);
                    self.end(id);
                }
                probes.into_iter().for_each(|probe| self.listener.admit(probe.probe_id, probe.shared));
                self.names = names;
            }
            // Said once for each change.
            Err(error) if self.keys_seen != changed => {
                self.keys_seen = changed;
                let text = format!("who may come is what it was: {error}");
                self.context.notice(Notice { level: Level::Warning, text, remedy: None });
            }
            Err(_) => {}
        }
    }

    /// How long no probe needs anything.
    fn due(&self) -> Duration {
        let now = (self.context.clock)();
        self.probes.values().filter_map(|probe| probe.receiver.due()).map(|due| due.since(now)).min().unwrap_or(LOOK)
    }

    fn hear(&mut self, random: &mut impl FnMut(&mut [u8])) -> Result<(), SourceError> {
        for _ in 0..AT_ONCE {
            if self.waiting.len() >= MAX_WAITING {
                return Ok(());
            }
            let now = self.begun.elapsed();
            let Some((from, bytes)) = self.socket.receive().map_err(|error| failed(&error))? else { return Ok(()) };
            // What is not taken is counted there.
            match self.listener.receive(now, from, bytes, random) {
                Ok(Heard::Reply(answer)) => self.socket.send(from, &answer),
                Ok(Heard::Content { session, is_first, seq, content }) => self.content(session, is_first, seq, &content),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn content(&mut self, session: SessionId, is_first: bool, seq: u64, content: &[u8]) {
        let Some(peer) = self.listener.peer(session).copied() else { return };
        let now = (self.context.clock)();
        if !self.probes.contains_key(&peer.probe_id) {
            let Some(origin) = self.context.world.new_origin() else { return };
            let name = self.names.get(&peer.probe_id).cloned().unwrap_or_else(|| format!("probe {}", peer.probe_id));
            let text = format!("the probe {name} came, from {}", peer.from.ip());
            self.context.notice(Notice { level: Level::Info, text, remedy: None });
            let realms = Realms { local: Realm(FIRST_REALM + u32::from(origin.0)), site: self.site };
            self.waiting.push(Event { at: now, origin, kind: Kind::Origin(Origin { name, realms }) });
            let receiver = Receiver::new(self.context.world.registry().clone());
            self.probes.insert(peer.probe_id, Heardof { origin, receiver, session });
        }
        let Some(probe) = self.probes.get_mut(&peer.probe_id) else { return };
        if is_first || probe.session != session {
            probe.session = session;
            probe.receiver.reset(now, peer.boot_id);
        }
        let mut told = Vec::new();
        probe.receiver.content(now, seq, content, &mut told);
        let origin = probe.origin;
        self.waiting.extend(told.into_iter().map(|(at, kind)| Event { at, origin, kind }));
        answer_pings(&mut self.listener, &self.socket, session, now, content);
    }

    /// Tells what has come until now, even to a model that is behind, for a moment.
    fn finish(&mut self, random: &mut impl FnMut(&mut [u8])) {
        let until = Instant::now() + LAST_WORDS;
        let _what_came_counts = self.hear(random);
        let now = (self.context.clock)();
        // What is missing does not come any more.
        let mut told = Vec::new();
        for probe in self.probes.values_mut() {
            probe.receiver.tick(now.plus(LOOK), &mut told);
            let origin = probe.origin;
            self.waiting.extend(told.drain(..).map(|(at, kind)| Event { at, origin, kind }));
        }
        while !self.waiting.is_empty() {
            let events = self.waiting.drain(..self.waiting.len().min(BATCH_EVENTS)).collect();
            if !self.context.outlet.send(Batch { now, events }, || Instant::now() >= until) {
                return;
            }
        }
    }

    /// Gives up what is late, asks for what is missing, and forgets who is gone.
    fn tick(&mut self, _random: &mut impl FnMut(&mut [u8])) {
        let now = (self.context.clock)();
        let mut told = Vec::new();
        for probe in self.probes.values_mut() {
            probe.receiver.tick(now, &mut told);
            let origin = probe.origin;
            self.waiting.extend(told.drain(..).map(|(at, kind)| Event { at, origin, kind }));
            if let Some(request) = probe.receiver.ask(now) {
                let mut packer = Packer::new(head(now));
                if packer.push(&Record::ResyncReq(request), 0, &[]).is_ok()
                    && let Some((to, sealed)) = self.listener.seal(probe.session, &packer.finish())
                {
                    self.socket.send(to, &sealed);
                }
            }
        }
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.looked = Instant::now();
        self.admit();
        for (session, peer) in self.listener.expire(self.begun.elapsed()) {
            if self.probes.get(&peer.probe_id).is_none_or(|probe| probe.session != session) {
                continue;
            }
            self.end(peer.probe_id);
            let name = self.names.get(&peer.probe_id).cloned().unwrap_or_else(|| format!("probe {}", peer.probe_id));
            let text = format!("the probe {name} is silent: its machine, or the way to it, is down");
            self.context.notice(Notice { level: Level::Warning, text, remedy: None });
        }
    }

    /// A probe is gone: what it told of ends.
    fn end(&mut self, probe_id: u32) {
        let Some(probe) = self.probes.get_mut(&probe_id) else { return };
        let mut told = Vec::new();
        probe.receiver.end((self.context.clock)(), &mut told);
        let origin = probe.origin;
        self.waiting.extend(told.into_iter().map(|(at, kind)| Event { at, origin, kind }));
    }

    /// Hands over what was heard. What finds no room waits. False once nobody listens.
    fn tell(&mut self) -> bool {
        let due = if self.waiting.is_empty() { LOOK } else { TICK };
        if self.told.elapsed() < due && self.waiting.len() < BATCH_EVENTS {
            return true;
        }
        self.told = Instant::now();
        let now: Time = (self.context.clock)();
        loop {
            let events = self.waiting.drain(..self.waiting.len().min(BATCH_EVENTS)).collect();
            match self.context.outlet.offer(Batch { now, events }) {
                Offer::Taken if self.waiting.is_empty() => return true,
                Offer::Taken => {}
                Offer::Full(batch) => {
                    self.waiting.splice(..0, batch.events);
                    return true;
                }
                Offer::Unheard => return false,
            }
        }
    }
}

fn head(now: Time) -> ContentHead {
    ContentHead { t_base_us: now.micros(), first_event_seq: 0, snapshot: false, sampling_n: 0 }
}

/// Who asks whether somebody is there is told so.
fn answer_pings(listener: &mut Listener, socket: &Socket, session: SessionId, now: Time, content: &[u8]) {
    let Ok(content) = Content::parse(content) else { return };
    for timed in content.records().flatten() {
        let Record::Ping(Ping { random, t_us }) = timed.record else { continue };
        let mut packer = Packer::new(head(now));
        if packer.push(&Record::PingRes(Ping { random, t_us }), 0, &[]).is_ok()
            && let Some((to, sealed)) = listener.seal(session, &packer.finish())
        {
            socket.send(to, &sealed);
        }
    }
}
