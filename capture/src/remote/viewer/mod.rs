//! The source `remote`: hears probes, and tells of their machines as if they were here.

mod probes;
mod skew;
#[cfg(test)]
mod tests;
mod way;

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::thread;
use std::time::{Duration, Instant};

use graph::{Event, Realm, Time};
use wire::glouglou::Caps;
use wire::glouglou::session::{Invitation, Keys, ListenerConfig, Plain};

use self::probes::Probes;
use super::board::Board;
use super::keys::KeyDir;
use super::line::{Dial, Guests, Heard, Inherited, Line, Listen, ListenError, Lookup, State};
use crate::source::{BATCH_EVENTS, Batch, Command, Context, Ended, Level, Notice, Offer, Source, SourceError};
use crate::wakeup::Wakeup;

/// The longest that something new waits to be told.
const TICK: Duration = Duration::from_millis(50);
/// How often it is told that nothing happened, and how each probe is.
const LOOK: Duration = Duration::from_secs(1);
/// How long a model that is behind is waited for at the very end.
const LAST_WORDS: Duration = Duration::from_millis(20);
/// How soon a model that was behind is told again.
const AGAIN: Duration = Duration::from_millis(5);
/// Contents that are taken before anything else is done.
const AT_ONCE: usize = 1024;
/// Events that wait for a model that is behind. Beyond it datagrams wait in the kernel, and what finds no room there is lost and counted as such.
const MAX_WAITING: usize = 65_536;

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

impl Config {
    /// Opens it.
    ///
    /// # Errors
    /// Where the address is not to be had.
    pub fn open(self) -> Result<Remote, ListenError> {
        let mut config = ListenerConfig::new(self.keys);
        config.plain = self.plain;
        let line = Listen::open(self.addr, config, Guests::Of(self.probes))?;
        let addr = line.addr().ok();
        Ok(Remote { line: Box::new(line), name: "probes".to_owned(), addr, site: self.site, is_here: false, board: self.board })
    }
}

/// Probes that are heard, by whatever line.
pub struct Remote {
    line: Box<dyn Line>,
    name: String,
    addr: Option<SocketAddr>,
    site: Realm,
    /// Whether it is this very machine that is heard of: then events have the source's own origin.
    is_here: bool,
    board: Board,
}

impl Remote {
    /// Dials a probe that listens. What it is called is where it is.
    ///
    /// # Errors
    /// Where there is no thread to be had that looks the name up.
    pub fn dial(invitation: &Invitation, boot_id: u64, site: Realm, board: Board) -> io::Result<Remote> {
        let lookup = Lookup::of_system(&invitation.host, invitation.port)?;
        let caps = Caps::WANTS.and(Caps::NETWORK).and(Caps::PROCESS);
        let line = Dial::new(invitation, caps, boot_id, lookup);
        Ok(Remote { line: Box::new(line), name: invitation.host.clone(), addr: None, site, is_here: false, board })
    }

    /// Hears the probe at the other end of a socketpair, of this very machine.
    ///
    /// # Errors
    /// Where it is no such socket.
    pub fn inherited(socket: OwnedFd, name: &str, site: Realm, board: Board) -> io::Result<Remote> {
        let line = Inherited::new(socket, name, Caps::SENDS.and(Caps::NETWORK).and(Caps::PROCESS))?;
        Ok(Remote { line: Box::new(line), name: name.to_owned(), addr: None, site, is_here: true, board })
    }

    /// Where it listens, if it does.
    pub fn addr(&self) -> Option<SocketAddr> {
        self.addr
    }
}

impl Source for Remote {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let Remote { line, name, addr, site, is_here, board } = *self;
        if let Some(addr) = addr {
            let remedy = line.invited().is_empty().then(|| "glouglou probe add NAME lets a probe come".to_owned());
            context.notice(Notice { level: Level::Info, text: format!("listens at {addr}, UDP"), remedy });
        }
        let now = Instant::now();
        let probes = Probes::new(context.world.registry().clone(), site, is_here.then_some(context.origin));
        let mut work = Work { context: &context, line, name, probes, board, waiting: Vec::new(), is_behind: false, told: now, looked: now };
        work.board.write(work.probes.lines(&*work.line), work.line.rejects());
        thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "remote commands", &context.commands).map_err(|error| work.failed(&error))?;
            work.run(&wakeup)
        })
    }
}

struct Work<'a> {
    context: &'a Context,
    line: Box<dyn Line>,
    name: String,
    probes: Probes,
    board: Board,
    waiting: Vec<Event>,
    /// Whether the model had no room for the last that was told.
    is_behind: bool,
    told: Instant,
    looked: Instant,
}

impl Work<'_> {
    fn run(&mut self, wakeup: &Wakeup) -> Result<Ended, SourceError> {
        loop {
            // What comes while there is no room would not let it rest.
            let (fd, rest) = if self.waiting.len() >= MAX_WAITING { (None, AGAIN) } else { (self.line.fd(), self.rest()) };
            wakeup.wait(fd, rest).map_err(|error| self.failed(&error))?;
            while let Some(command) = wakeup.command() {
                match command {
                    Command::Stop => {
                        self.finish();
                        return Ok(Ended::Stopped);
                    }
                    Command::Filter { answer, .. } => {
                        let _asker_gone = answer.try_send(Err("probes have filters of their own: ggprobe -f".to_owned()));
                    }
                    Command::PauseProbe { probe_id, paused } => self.probes.pause(probe_id, paused),
                    Command::Pause(_) | Command::Step | Command::Speed(_) => {}
                }
            }
            if let Err(error) = self.hear() {
                // What came before is told.
                self.finish();
                return Err(self.failed(&error));
            }
            self.tick();
            if !self.tell() {
                return Ok(Ended::Unheard);
            }
        }
    }

    /// How long nothing is to be done, unless something comes.
    fn rest(&self) -> Duration {
        let told = self.tells_each().saturating_sub(self.told.elapsed());
        told.min(self.line.due()).min(self.probes.due(self.now()))
    }

    /// How long what is new waits to be told; nothing new is told, too.
    fn tells_each(&self) -> Duration {
        match (self.is_behind, self.waiting.is_empty()) {
            (true, _) => AGAIN,
            (false, true) => LOOK,
            (false, false) => TICK,
        }
    }

    fn now(&self) -> Time {
        (self.context.clock)()
    }

    fn failed(&self, error: &dyn std::fmt::Display) -> SourceError {
        SourceError(format!("{}: {error}", self.name))
    }

    fn hear(&mut self) -> io::Result<()> {
        for _ in 0..AT_ONCE {
            if self.waiting.len() >= MAX_WAITING {
                return Ok(());
            }
            let now = self.now();
            match self.line.receive(now)? {
                Some(Heard::Up(peer)) => self.probes.up(now, &*self.line, self.context, &peer),
                Some(Heard::Content { peer, seq, content }) => {
                    self.probes.content(now, &*self.line, self.context, (peer, seq), &content, &mut self.waiting);
                }
                Some(Heard::Gone(peer)) => {
                    let silent = self.probes.gone(now, &*self.line, peer, &mut self.waiting);
                    self.say_silent(&silent);
                }
                Some(Heard::Changed(state)) => self.say(&state),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn say_silent(&self, names: &[String]) {
        for name in names {
            let text = format!("the probe {name} is silent: its machine, or the way to it, is down");
            self.context.notice(Notice { level: Level::Warning, text, remedy: None });
        }
    }

    fn say(&self, state: &State) {
        let (level, text) = match state {
            State::Dialling(addr) => (Level::Info, format!("dials {addr}")),
            State::Connected(addr) => (Level::Info, format!("connected with {addr}")),
            State::Unresolved(host) => {
                (Level::Warning, format!("{host} is not found: is its name right, and is there a way to it? It is looked for again"))
            }
            State::Refused => (Level::Warning, "the probe knows this key and does not want it now; it is asked again".to_owned()),
            State::KeysUnread(why) => (Level::Warning, format!("who may come is what it was: {why}")),
        };
        self.context.notice(Notice { level, text, remedy: None });
    }

    /// Tells what has come until now, even to a model that is behind, for a moment.
    fn finish(&mut self) {
        let until = Instant::now() + LAST_WORDS;
        let _what_came_counts = self.hear();
        // What is missing does not come any more.
        let now = self.now();
        self.probes.tick(now.plus(LOOK), &mut self.waiting);
        self.board.write(self.probes.lines(&*self.line), self.line.rejects());
        while !self.waiting.is_empty() {
            let events = self.waiting.drain(..self.waiting.len().min(BATCH_EVENTS)).collect();
            if !self.context.outlet.send(Batch { now, events }, || Instant::now() >= until) {
                return;
            }
        }
    }

    /// Gives up what is late, asks for what is missing, forgets who is gone, and writes down how each is.
    fn tick(&mut self) {
        let now = self.now();
        self.line.keep(now);
        self.probes.tick(now, &mut self.waiting);
        for (peer, request) in self.probes.requests(now) {
            self.line.send(now, peer, &request);
        }
        if self.looked.elapsed() < LOOK {
            return;
        }
        self.probes.count(self.looked.elapsed());
        self.looked = Instant::now();
        let silent = self.probes.expire(now, &*self.line, &mut self.waiting);
        self.say_silent(&silent);
        self.board.write(self.probes.lines(&*self.line), self.line.rejects());
    }

    /// Hands over what was heard. What finds no room waits. False once nobody listens.
    fn tell(&mut self) -> bool {
        let is_much = self.waiting.len() >= BATCH_EVENTS && !self.is_behind;
        if self.told.elapsed() < self.tells_each() && !is_much {
            return true;
        }
        (self.told, self.is_behind) = (Instant::now(), false);
        let now = self.now();
        let mut waiting = std::mem::take(&mut self.waiting).into_iter();
        loop {
            let events: Vec<Event> = waiting.by_ref().take(BATCH_EVENTS).collect();
            match self.context.outlet.offer(Batch { now, events }) {
                Offer::Taken if waiting.as_slice().is_empty() => return true,
                Offer::Taken => {}
                Offer::Full(batch) => {
                    self.waiting = batch.events.into_iter().chain(waiting).collect();
                    self.is_behind = true;
                    return true;
                }
                Offer::Unheard => return false,
            }
        }
    }
}
