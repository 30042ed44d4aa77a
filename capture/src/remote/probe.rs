//! What a probe does with what its sources tell: says it to whoever is at the other end of its line.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use graph::Time;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};
use wire::glouglou::{Content, Notice as Words, Packer, Record};

use super::line::{Heard, Line, Peer, State, head};
use super::sender::{Sender, SenderConfig};
use crate::proc::reader::printable;
use crate::source::{BATCHES_WAITING, Batch, Level, Notice};

/// The longest that nothing is looked at.
const LONGEST: Duration = Duration::from_secs(1);
/// Contents that are taken, or sent, before anything else is done.
const AT_ONCE: usize = 256;
/// How long the last words may take.
const LAST_WORDS: Duration = Duration::from_millis(50);
/// As many may watch one probe at a time.
const MAX_VIEWERS: usize = 8;
/// What one more is told.
const FULL: &str = "as many watch this probe as may at a time: it tells nothing until one of them leaves";
/// Notices that are said to who comes later, too.
const MAX_NOTICES: usize = 16;
/// No notice is longer, in bytes.
const MAX_WORDS: usize = 1_000;

/// What a probe has to say.
#[derive(Debug)]
pub struct Told {
    /// What its sources saw, until they end.
    pub batches: Receiver<Batch>,
    /// What a user should know.
    pub notices: Receiver<Notice>,
}

/// What it lets its user know.
#[derive(Debug)]
pub enum Said<'a> {
    /// Its line is another.
    State(&'a State),
    /// The other end says so.
    Words(&'a str),
    /// All is said: so many events were numbered for an end.
    Over(u64),
}

/// Says what comes to whoever is at the other end, until it ends. `say` is told what changes.
///
/// # Errors
/// Where there is no line any more. That nobody is at its other end is none: somebody may come.
pub fn run(line: Box<dyn Line>, config: SenderConfig, told: Told, clock: fn() -> Time, say: impl FnMut(Said<'_>)) -> io::Result<()> {
    let bell = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
    let (forward, batches) = bounded(BATCHES_WAITING);
    let ring = bell.clone();
    // Where the line is no more, nobody waits for what its sources still say.
    thread::Builder::new().name("probe batches".into()).spawn(move || {
        for batch in told.batches {
            if forward.send(batch).is_err() {
                return;
            }
            let _it_rings_already = ring.write(1);
        }
        drop(forward);
        let _it_rings_already = ring.write(1);
    })?;
    let only = line.only_peer();
    let mut work = Work { line, viewers: Viewers::new(config, only), clock, say, words: Vec::new() };
    loop {
        work.send();
        let _nothing_to_clear = bell.read();
        let mut over = false;
        for _ in 0..BATCHES_WAITING {
            match batches.try_recv() {
                Ok(batch) => work.viewers.take(&batch),
                Err(error) => {
                    over = error == TryRecvError::Disconnected;
                    break;
                }
            }
        }
        told.notices.try_iter().for_each(|notice| work.notice(&notice));
        work.hear()?;
        if over {
            work.finish();
            return Ok(());
        }
        let rest = if batches.is_empty() { work.rest() } else { Duration::ZERO };
        let mut both = vec![PollFd::new(bell.as_fd(), PollFlags::POLLIN)];
        both.extend(work.line.fd().map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
        let rest = u16::try_from(rest.as_micros().div_ceil(1_000)).unwrap_or(u16::MAX);
        match poll(&mut both, PollTimeout::from(rest)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// The content that says so to a user.
fn words_of(wall: Time, level: Level, text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes().get(..text.floor_char_boundary(MAX_WORDS.min(text.len()))).unwrap_or_default();
    let level = match level {
        Level::Info => 0,
        Level::Warning => 1,
        Level::Error => 2,
    };
    let mut packer = Packer::new(head(wall));
    packer.push(&Record::Notice(Words { level, text }), 0, &[]).ok()?;
    Some(packer.finish())
}

/// What each end that listens was told, and what is to be told.
struct Viewers {
    /// By peer, and whether there is a session with it.
    senders: BTreeMap<u32, (Sender, bool)>,
    /// What somebody is told who comes later; none where there is one other end alone.
    spare: Option<Sender>,
}

impl Viewers {
    fn new(config: SenderConfig, only: Option<u32>) -> Viewers {
        let sender = Sender::new(config);
        match only {
            Some(peer) => Viewers { senders: [(peer, (sender, false))].into(), spare: None },
            None => Viewers { senders: BTreeMap::new(), spare: Some(sender) },
        }
    }

    fn take(&mut self, batch: &Batch) {
        let all = self.senders.values_mut().map(|(sender, _)| sender).chain(&mut self.spare);
        all.for_each(|sender| batch.events.iter().for_each(|event| sender.take(event)));
    }

    /// A session is up. False where as many as may be watch already: it is told nothing.
    fn up(&mut self, wall: Time, Peer { id: peer, terms, .. }: Peer) -> bool {
        if self.senders.len() < MAX_VIEWERS
            && let Some(spare) = &self.spare
        {
            self.senders.entry(peer).or_insert_with(|| (spare.clone(), false));
        }
        let Some((sender, is_up)) = self.senders.get_mut(&peer) else { return false };
        sender.connected(wall, terms);
        *is_up = true;
        true
    }

    fn gone(&mut self, peer: u32) {
        if self.spare.is_some() {
            self.senders.remove(&peer);
        } else if let Some((_, is_up)) = self.senders.get_mut(&peer) {
            *is_up = false;
        }
    }
}

struct Work<S> {
    line: Box<dyn Line>,
    viewers: Viewers,
    clock: fn() -> Time,
    say: S,
    /// The last notices, as contents.
    words: Vec<Vec<u8>>,
}

impl<S: FnMut(Said<'_>)> Work<S> {
    /// Sends what is due. True where something was.
    fn send(&mut self) -> bool {
        let wall = (self.clock)();
        self.line.keep(wall);
        let mut sent = false;
        for (peer, (sender, _)) in self.viewers.senders.iter_mut().filter(|(_, (_, is_up))| *is_up) {
            let mut due = std::iter::from_fn(|| sender.next(wall)).take(AT_ONCE);
            sent |= self.line.send_all(wall, *peer, &mut due) > 0;
        }
        // It forgets in time, too.
        if let Some(spare) = &mut self.viewers.spare {
            let _nobody_hears_it = spare.next(wall);
        }
        sent
    }

    fn hear(&mut self) -> io::Result<()> {
        for _ in 0..AT_ONCE {
            let wall = (self.clock)();
            match self.line.receive(wall)? {
                Some(Heard::Up(peer)) => {
                    if !self.viewers.up(wall, peer)
                        && let Some(words) = words_of(wall, Level::Warning, FULL)
                    {
                        self.line.send(wall, peer.id, &words);
                        continue;
                    }
                    for words in &self.words {
                        self.line.send(wall, peer.id, words);
                    }
                }
                Some(Heard::Content { peer, content, .. }) => self.obey(wall, peer, &content),
                Some(Heard::Gone(peer)) => self.viewers.gone(peer),
                Some(Heard::Changed(state)) => (self.say)(Said::State(&state)),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    fn obey(&mut self, wall: Time, peer: u32, content: &[u8]) {
        let Ok(content) = Content::parse(content) else { return };
        for timed in content.records().flatten() {
            match &timed.record {
                Record::ResyncReq(request) => {
                    if let Some((sender, _)) = self.viewers.senders.get_mut(&peer) {
                        sender.asked(wall, request);
                    }
                }
                Record::Notice(notice) => (self.say)(Said::Words(&printable(notice.text))),
                _ => {}
            }
        }
    }

    /// What a user should know is said to all who listen, and to who comes.
    fn notice(&mut self, notice: &Notice) {
        let wall = (self.clock)();
        let text = match &notice.remedy {
            Some(remedy) => format!("{}: {remedy}", notice.text),
            None => notice.text.clone(),
        };
        let Some(content) = words_of(wall, notice.level, &text) else { return };
        for peer in self.viewers.senders.keys() {
            self.line.send(wall, *peer, &content);
        }
        if self.words.len() >= MAX_NOTICES {
            self.words.remove(0);
        }
        self.words.push(content);
    }

    /// What waits for its time is said now.
    fn finish(&mut self) {
        self.viewers.senders.values_mut().for_each(|(sender, _)| sender.finish((self.clock)()));
        let until = Instant::now() + LAST_WORDS;
        while Instant::now() < until && self.send() {}
        for (sender, _) in self.viewers.senders.values() {
            (self.say)(Said::Over(sender.events()));
        }
    }

    /// How long nothing is due.
    fn rest(&self) -> Duration {
        let wall = (self.clock)();
        let live = self.viewers.senders.values().filter(|(_, is_up)| *is_up);
        let events = live.filter_map(|(sender, _)| sender.due()).min().map_or(LONGEST, |due| due.since(wall));
        events.min(self.line.due()).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use graph::Registry;
    use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};
    use wire::glouglou::Caps;

    use super::super::line::Inherited;
    use super::*;

    #[test]
    fn without_a_line_it_ends_though_its_sources_go_on() {
        let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC).unwrap();
        drop(theirs);
        let line = Inherited::new(ours, "nobody", Caps::WANTS).unwrap();
        let (_source, batches) = bounded(1);
        let (_speaker, notices) = bounded(1);
        let (tell, ended) = bounded(1);
        thread::spawn(move || {
            let config = SenderConfig {
                registry: Registry::default(),
                boot_id: 1,
                hostname: String::new(),
                network: true,
                processes: false,
                probe_id: 0,
                interfaces: BTreeMap::new(),
                sampling_n: 0,
            };
            tell.send(run(Box::new(line), config, Told { batches, notices }, || Time::ZERO, |_| ())).unwrap();
        });
        let ended = ended.recv_timeout(Duration::from_secs(20)).expect("it ends");
        assert_eq!(ended.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
