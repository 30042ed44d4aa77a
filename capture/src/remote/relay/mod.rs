//! A relay: hears probes, and says what they say to somebody who is nearer to the viewer. It opens what it forwards and seals it anew: it could forge it.

mod router;

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use graph::{Kind, Ledger, Registry, Time};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::EventFd;
use wire::glouglou::{Content, Packer, Record};

use self::router::Router;
use super::encode::{About, encode};
use super::line::{Heard, Line, State, head};
use crate::proc::reader::printable;

/// How often it says that it is there, and what it lost.
const INFO: Duration = Duration::from_secs(2);
/// The longest that nothing is looked at.
const LONGEST: Duration = Duration::from_secs(1);
/// Contents that are taken before anything else is done.
const AT_ONCE: usize = 1_024;
/// What goes wrong is said no more often.
const WORDS_APART: Duration = Duration::from_secs(10);

/// Who a relay is.
#[derive(Debug)]
pub struct Config {
    /// Its number where it forwards to.
    pub relay_id: u32,
    /// Another number each time it starts.
    pub boot_id: u64,
    /// What its machine is called.
    pub hostname: String,
}

/// What a relay lets its user know.
#[derive(Debug)]
pub enum Said<'a> {
    /// The line to whom it forwards, or to whom it hears, is another.
    State(&'a State),
    /// Who it is called so came.
    Came(&'a str),
    /// They are gone.
    Gone(&'a str),
    /// What one of them sends is not forwarded, and why.
    Refused(&'a str, &'a str),
    /// The other end says so.
    Words(&'a str),
}

/// Forwards what is heard on `down` to whoever is at the other end of `up`, until `stop` rings: a descriptor that does not block.
///
/// # Errors
/// Where one of the lines is no more.
pub fn run(
    config: Config,
    down: Box<dyn Line>,
    up: Box<dyn Line>,
    stop: &EventFd,
    clock: fn() -> Time,
    say: impl FnMut(Said<'_>),
) -> io::Result<()> {
    let registry = Registry::default();
    let router = Router::new(config.relay_id);
    let mut work = Work { config, down, up, to: None, router, registry, lost: 0, refused: 0, told: None, complained: None, clock, say };
    loop {
        work.hear_down()?;
        work.hear_up()?;
        let wall = clock();
        work.down.keep(wall);
        work.up.keep(wall);
        work.tell(wall);
        if stop.read().is_ok() {
            return Ok(());
        }
        let rest = work.down.due().min(work.up.due()).min(LONGEST);
        let mut all = vec![PollFd::new(stop.as_fd(), PollFlags::POLLIN)];
        all.extend([work.down.fd(), work.up.fd()].into_iter().flatten().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        let rest = u16::try_from(rest.as_micros().div_ceil(1_000)).unwrap_or(u16::MAX);
        match poll(&mut all, PollTimeout::from(rest)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

struct Work<S> {
    config: Config,
    down: Box<dyn Line>,
    up: Box<dyn Line>,
    /// Who is at the other end of `up`, while somebody is.
    to: Option<u32>,
    router: Router,
    registry: Registry,
    /// Contents that came while nobody was there to hear them.
    lost: u64,
    /// Contents that it may not forward.
    refused: u64,
    told: Option<Instant>,
    complained: Option<Instant>,
    clock: fn() -> Time,
    say: S,
}

impl<S: FnMut(Said<'_>)> Work<S> {
    fn hear_down(&mut self) -> io::Result<()> {
        for _ in 0..AT_ONCE {
            let wall = (self.clock)();
            match self.down.receive(wall)? {
                Some(Heard::Up(peer)) => {
                    self.router.met(peer.id, peer.boot_id.unwrap_or_default());
                    (self.say)(Said::Came(&self.down.name(peer.id)));
                }
                Some(Heard::Content { peer, content, .. }) => self.forward(wall, peer, &content),
                Some(Heard::Gone(peer)) => {
                    self.router.gone(peer);
                    (self.say)(Said::Gone(&self.down.name(peer)));
                }
                Some(Heard::Changed(state)) => (self.say)(Said::State(&state)),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn forward(&mut self, wall: Time, peer: u32, content: &[u8]) {
        let down = &self.down;
        for sent in self.router.forward(peer, content, |probe| down.speaks_for(peer, probe).is_some()) {
            match sent {
                Ok(content) if self.to.is_some_and(|to| self.up.send(wall, to, &content)) => {}
                // Who hears the next one sees by its number that this is missing.
                Ok(_) => self.lost = self.lost.saturating_add(1),
                Err(refused) => {
                    self.refused = self.refused.saturating_add(1);
                    if self.complained.is_none_or(|at| at.elapsed() >= WORDS_APART) {
                        self.complained = Some(Instant::now());
                        (self.say)(Said::Refused(&self.down.name(peer), &refused.to_string()));
                    }
                }
            }
        }
    }

    fn hear_up(&mut self) -> io::Result<()> {
        for _ in 0..AT_ONCE {
            let wall = (self.clock)();
            match self.up.receive(wall)? {
                Some(Heard::Up(peer)) => (self.to, self.told) = (Some(peer.id), None),
                Some(Heard::Content { content, .. }) => self.obey(wall, &content),
                Some(Heard::Gone(_)) => self.to = None,
                Some(Heard::Changed(state)) => (self.say)(Said::State(&state)),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn obey(&mut self, wall: Time, content: &[u8]) {
        let Ok(content) = Content::parse(content) else { return };
        for timed in content.records().flatten() {
            match &timed.record {
                Record::ResyncReq(request) => {
                    for (peer, request) in self.router.ask(request) {
                        let mut packer = Packer::new(head(wall));
                        if packer.push(&Record::ResyncReq(request), 0, &[]).is_ok() {
                            self.down.send(wall, peer, &packer.finish());
                        }
                    }
                }
                Record::Notice(notice) => (self.say)(Said::Words(&printable(notice.text))),
                _ => {}
            }
        }
    }

    /// Says that it is there, and what it could not forward.
    fn tell(&mut self, wall: Time) {
        let Some(to) = self.to.filter(|_| self.told.is_none_or(|at| at.elapsed() >= INFO)) else { return };
        self.told = Some(Instant::now());
        let about = About::of(&self.registry, self.config.boot_id, &self.config.hostname);
        let mut packer = Packer::new(head(wall));
        let ledger = Ledger { lost_queue: self.lost, malformed: self.refused, ..Ledger::default() };
        if encode(&mut packer, &Kind::Ledger(ledger), 0, &about).is_ok() {
            self.up.send(wall, to, &packer.finish());
        }
    }
}
