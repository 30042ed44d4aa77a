//! What a probe does with what its sources tell: keeps a session with its listener up, and sends it there.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use graph::Time;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use wire::glouglou::session::{Initiator, InitiatorConfig, Invitation, Received};
use wire::glouglou::{Caps, Content, Record};

use super::os_random;
use super::sender::{Sender, SenderConfig};
use super::socket::Socket;
use crate::source::{BATCHES_WAITING, Batch};

/// How long a name is believed, and how soon one that was not found is looked for again.
const RESOLVE_AGAIN: Duration = Duration::from_secs(30);
/// The longest that nothing is looked at.
const LONGEST: Duration = Duration::from_secs(1);
/// Datagrams that are taken, or sent, before anything else is done.
const AT_ONCE: usize = 256;
/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_millis(50);

/// What it says of itself while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It asks for its listener at that address.
    Dialling(SocketAddr),
    /// Its listener's name leads nowhere.
    Unresolved(String),
    /// The session is up.
    Connected(SocketAddr),
    /// The listener knows it and does not want it.
    Refused,
}

/// Sends what comes in `batches` to the listener of the invitation, until they end. `say` is told what changes.
///
/// # Errors
/// Where there is no socket to be had. That a listener is not there is none: it may come.
pub fn run(
    invitation: &Invitation,
    config: SenderConfig,
    batches: Receiver<Batch>,
    clock: fn() -> Time,
    mut say: impl FnMut(&State),
) -> io::Result<()> {
    let boot_id = config.boot_id;
    let caps =
        Caps::SENDS.and(if config.network { Caps::NETWORK } else { Caps(0) }).and(if config.processes { Caps::PROCESS } else { Caps(0) });
    let bell = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
    let (forward, told) = bounded(BATCHES_WAITING);
    let ring = bell.clone();
    thread::scope(|scope| {
        thread::Builder::new().name("probe batches".into()).spawn_scoped(scope, move || {
            for batch in batches {
                if forward.send(batch).is_err() {
                    return;
                }
                let _it_rings_already = ring.write(1);
            }
            drop(forward);
            let _it_rings_already = ring.write(1);
        })?;
        let now = Instant::now();
        let initiator = Initiator::new(InitiatorConfig { identity: invitation.identity.clone(), boot_id, caps }, Duration::ZERO);
        let mut work =
            Work { invitation, sender: Sender::new(config), initiator, clock, begun: now, route: None, resolved: None, state: None };
        let mut random = os_random();
        loop {
            work.resolve(&mut say)?;
            work.send(&mut random);
            let _nothing_to_clear = bell.read();
            let mut over = false;
            loop {
                match told.try_recv() {
                    Ok(batch) => batch.events.iter().for_each(|event| work.sender.take(event)),
                    Err(crossbeam_channel::TryRecvError::Empty) => break,
                    Err(crossbeam_channel::TryRecvError::Disconnected) => {
                        over = true;
                        break;
                    }
                }
            }
            work.hear(&mut say)?;
            if over {
                // What waits for its time is said now.
                work.sender.finish(clock());
                let until = Instant::now() + LAST_WORDS;
                while Instant::now() < until && work.send(&mut random) {}
                return Ok(());
            }
            let rest = work.rest();
            let mut both = vec![PollFd::new(bell.as_fd(), PollFlags::POLLIN)];
            if let Some((_, socket)) = &work.route {
                both.push(PollFd::new(socket.as_fd(), PollFlags::POLLIN));
            }
            let rest = u16::try_from(rest.as_micros().div_ceil(1_000)).unwrap_or(u16::MAX);
            match poll(&mut both, PollTimeout::from(rest)) {
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    })
}

struct Work<'a> {
    invitation: &'a Invitation,
    sender: Sender,
    initiator: Initiator,
    clock: fn() -> Time,
    begun: Instant,
    /// Where the listener is, and the way there.
    route: Option<(SocketAddr, Socket)>,
    resolved: Option<Instant>,
    state: Option<State>,
}

impl Work<'_> {
    fn change(&mut self, state: State, say: &mut impl FnMut(&State)) {
        if self.state.as_ref() != Some(&state) {
            say(&state);
            self.state = Some(state);
        }
    }

    /// Looks where the listener is, where that is not known or it does not answer there.
    fn resolve(&mut self, say: &mut impl FnMut(&State)) -> io::Result<()> {
        if self.initiator.is_up() || self.resolved.is_some_and(|at| at.elapsed() < RESOLVE_AGAIN) {
            return Ok(());
        }
        self.resolved = Some(Instant::now());
        let Invitation { host, port, .. } = self.invitation;
        let found = (host.as_str(), *port).to_socket_addrs().ok().and_then(|mut all| all.next());
        match (found, &self.route) {
            (Some(addr), Some((known, _))) if *known == addr => {}
            (Some(addr), _) => {
                let any = if addr.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let any = any.parse().map_err(io::Error::other)?;
                self.route = Some((addr, Socket::bind(any)?));
                self.change(State::Dialling(addr), say);
            }
            (None, Some(_)) => {}
            (None, None) => self.change(State::Unresolved(host.clone()), say),
        }
        Ok(())
    }

    /// Sends what is due. True where something was.
    fn send(&mut self, random: &mut impl FnMut(&mut [u8])) -> bool {
        let Some((to, socket)) = &self.route else { return false };
        let (wall, now) = ((self.clock)(), self.begun.elapsed());
        let mut sent = false;
        while let Some(datagram) = self.initiator.poll(now, wall.micros(), random) {
            socket.send(*to, &datagram);
            sent = true;
        }
        for _ in 0..AT_ONCE {
            if !self.initiator.is_up() {
                break;
            }
            let Some(content) = self.sender.next(wall) else { break };
            let Some(datagram) = self.initiator.seal(now, &content) else { break };
            socket.send(*to, &datagram);
            sent = true;
        }
        sent
    }

    fn hear(&mut self, say: &mut impl FnMut(&State)) -> io::Result<()> {
        for _ in 0..AT_ONCE {
            let Some((addr, socket)) = &mut self.route else { return Ok(()) };
            let addr = *addr;
            let Some((from, bytes)) = socket.receive()? else { break };
            if from != addr {
                continue;
            }
            let (wall, now) = ((self.clock)(), self.begun.elapsed());
            // What is not taken is counted there.
            match self.initiator.receive(now, bytes) {
                Ok(Received::Up(_)) => {
                    self.sender.connected(wall);
                    self.change(State::Connected(addr), say);
                }
                Ok(Received::Refused) => self.change(State::Refused, say),
                Ok(Received::Content(content)) => self.obey(wall, &content),
                Ok(Received::Nothing) | Err(_) => {}
            }
        }
        if let (false, Some((addr, _)), Some(State::Connected(_))) = (self.initiator.is_up(), &self.route, &self.state) {
            let addr = *addr;
            self.change(State::Dialling(addr), say);
        }
        Ok(())
    }

    fn obey(&mut self, wall: Time, content: &[u8]) {
        let Ok(content) = Content::parse(content) else { return };
        for timed in content.records().flatten() {
            if let Record::ResyncReq(request) = &timed.record {
                self.sender.asked(wall, request);
            }
        }
    }

    /// How long nothing is due.
    fn rest(&self) -> Duration {
        if self.route.is_none() {
            return LONGEST;
        }
        let session = self.initiator.due().saturating_sub(self.begun.elapsed());
        let events = if self.initiator.is_up() { self.sender.due().map(|due| due.since((self.clock)())) } else { None };
        events.unwrap_or(LONGEST).min(session).min(LONGEST)
    }
}
