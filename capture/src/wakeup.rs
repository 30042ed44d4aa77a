//! Commands come through a channel, packets through a descriptor; a thread that sleeps all day makes one wait do for both,
//! so that an idle capture need not look every few milliseconds whether it was told something.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::thread::{Builder, Scope};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::eventfd::{EfdFlags, EventFd};

use crate::source::Command;

/// How many commands may wait here; more wait in the source's own channel.
const COMMANDS_WAITING: usize = 8;

/// Commands, with a descriptor that is readable while one waits. Its thread ends with it.
pub(crate) struct Wakeup {
    event: Arc<EventFd>,
    commands: Receiver<Command>,
    _alive: Sender<()>,
}

impl Wakeup {
    /// Starts the thread that listens to `commands`, with a name of at most 15 bytes.
    pub(crate) fn start<'scope>(scope: &'scope Scope<'scope, '_>, name: &str, commands: &Receiver<Command>) -> io::Result<Wakeup> {
        let event = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
        let (forward, forwarded) = bounded(COMMANDS_WAITING);
        let (alive, ended) = bounded(0);
        let (commands, signal) = (commands.clone(), Arc::clone(&event));
        Builder::new().name(name.into()).spawn_scoped(scope, move || listen(commands, &ended, &forward, &signal))?;
        Ok(Wakeup { event, commands: forwarded, _alive: alive })
    }

    /// The next command, if one waits.
    pub(crate) fn command(&self) -> Option<Command> {
        let _nothing_to_clear = self.event.read();
        self.commands.try_recv().ok()
    }

    /// Whether one that waits stops a source without packets, as [`Command::stops`].
    pub(crate) fn stops(&self, no_filter: &str) -> bool {
        std::iter::from_fn(|| self.command()).any(|command| command.stops(no_filter))
    }

    /// Whether a command waits.
    pub(crate) fn is_told(&self) -> bool {
        !self.commands.is_empty()
    }

    /// Waits for a command, and for `packets` where there are any to come, at most `timeout`. True where `packets` has an
    /// error to tell.
    pub(crate) fn wait(&self, packets: Option<BorrowedFd<'_>>, timeout: Duration) -> io::Result<bool> {
        // Up to a whole millisecond, so that what was to be waited for is then due.
        let timeout = u16::try_from(timeout.as_micros().div_ceil(1_000)).unwrap_or(u16::MAX);
        // A descriptor that stands there twice is waited for once.
        let event = self.event.as_fd();
        let mut both = [event, packets.unwrap_or(event)].map(|descriptor| PollFd::new(descriptor, PollFlags::POLLIN));
        match poll(&mut both, PollTimeout::from(timeout)) {
            Ok(_) | Err(nix::errno::Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let [_, packets] = both;
        Ok(packets.revents().is_some_and(|r| r.intersects(PollFlags::POLLERR | PollFlags::POLLHUP)))
    }
}

fn listen(mut commands: Receiver<Command>, ended: &Receiver<()>, forward: &Sender<Command>, signal: &EventFd) {
    loop {
        select! {
            recv(ended) -> _ => return,
            recv(commands) -> command => match command {
                Ok(command) => if forward.send(command).is_err() || signal.write(1).is_err() { return },
                // Nobody can say anything any more; the source goes on for whoever reads it.
                Err(_) => commands = never(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_ends_the_wait_and_the_thread_ends_with_the_wakeup() {
        let (tell, commands) = bounded(1);
        std::thread::scope(|scope| {
            let wakeup = Wakeup::start(scope, "test commands", &commands).unwrap();
            assert!(wakeup.command().is_none());
            tell.send(Command::Stop).unwrap();
            let began = std::time::Instant::now();
            wakeup.wait(None, Duration::from_secs(30)).unwrap();
            assert!(began.elapsed() < Duration::from_secs(20));
            assert!(matches!(wakeup.command(), Some(Command::Stop)));
        });
    }
}
