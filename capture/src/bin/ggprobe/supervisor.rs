//! The process that the user started: it starts a child for each role, and again where one dies, and ends them all when it is told to end.
//!
//! It keeps what privilege it was given, for the next child to open an interface with, and reads nothing: neither from the network nor from its children,
//! of whom it knows how they ended and whether they ever ran.

use std::env;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal, kill};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::unistd::Pid;

use super::pauses::Pauses;
use super::role::{ARGUMENT, Ending, READY, Role};

/// The program that runs, even where its file was replaced meanwhile.
const THIS_PROGRAM: &str = "/proc/self/exe";
/// How long a child may take to end once it was told to.
const END_WITHIN: Duration = Duration::from_secs(5);
/// The longest that nothing is looked at.
const LONGEST: Duration = Duration::from_secs(60);
/// Who ends sooner than that to be started anew is taken for one that died.
const TOO_SOON: Duration = Duration::from_secs(1);

/// Runs a child for each role until told to end, or until none has anything to do any more.
///
/// # Errors
/// Where a child refuses to start: it has said why.
pub(super) fn supervise(roles: &[Role]) -> Result<()> {
    let signals = Signals::listen().context("cannot watch for signals")?;
    let mut all = roles.iter().map(|role| Supervised::start(*role)).collect::<Result<Vec<_>>>()?;
    loop {
        let now = Instant::now();
        for one in &mut all {
            one.look(now)?;
        }
        all.retain(|one| !matches!(one.state, State::Done));
        if all.is_empty() {
            return Ok(());
        }
        let rest = all.iter().filter_map(|one| one.due(now)).min().unwrap_or(LONGEST);
        if signals.wait(rest)? {
            break;
        }
    }
    all.iter().for_each(Supervised::tell_to_end);
    let until = Instant::now() + END_WITHIN;
    for one in &mut all {
        one.end(until, &signals)?;
    }
    Ok(())
}

/// The signals that are heard: that a child ended, and that all is to end.
struct Signals(SignalFd);

impl Signals {
    fn listen() -> nix::Result<Signals> {
        let heard = SigSet::from_iter([Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP]);
        heard.thread_block()?;
        Ok(Signals(SignalFd::with_flags(&heard, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?))
    }

    /// Waits for one, at most so long. Returns whether all is to end.
    fn wait(&self, rest: Duration) -> Result<bool> {
        let rest = u16::try_from(rest.as_micros().div_ceil(1_000)).unwrap_or(u16::MAX);
        match poll(&mut [PollFd::new(self.0.as_fd(), PollFlags::POLLIN)], PollTimeout::from(rest)) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        let mut end = false;
        while let Some(signal) = self.0.read_signal()? {
            end |= i32::try_from(signal.ssi_signo).is_ok_and(|signal| signal != Signal::SIGCHLD as i32);
        }
        Ok(end)
    }
}

/// One role and whoever has it now.
struct Supervised {
    role: Role,
    state: State,
    pauses: Pauses,
    /// Whether a child of this role ever ran: then what its start needs was there once, and may be there again.
    has_run: bool,
}

enum State {
    Runs(Running),
    /// It is started at that time.
    Waits(Instant),
    Done,
}

struct Running {
    child: Child,
    /// The child ends when this does; it says on it that it runs.
    lifeline: UnixStream,
    since: Instant,
}

impl Supervised {
    fn start(role: Role) -> Result<Supervised> {
        Ok(Supervised { role, state: State::Runs(start(role)?), pauses: Pauses::default(), has_run: false })
    }

    /// When to look next, if that is known.
    fn due(&self, now: Instant) -> Option<Duration> {
        match &self.state {
            State::Waits(at) => Some(at.saturating_duration_since(now)),
            State::Runs(_) | State::Done => None,
        }
    }

    /// Looks whether it ended, or is to be started.
    fn look(&mut self, now: Instant) -> Result<()> {
        match &mut self.state {
            State::Waits(at) if *at <= now => self.state = State::Runs(start(self.role)?),
            State::Runs(running) => {
                if let Some(status) = running.child.try_wait()? {
                    let lived = now.saturating_duration_since(running.since);
                    self.has_run |= running.has_run();
                    self.state = self.after(status, lived, now)?;
                }
            }
            State::Waits(_) | State::Done => {}
        }
        Ok(())
    }

    /// What comes after a child that ended so.
    fn after(&mut self, status: ExitStatus, lived: Duration, now: Instant) -> Result<State> {
        let name = self.role.name();
        match status.code().map(Ending::of) {
            Some(Ending::Done) => return Ok(State::Done),
            Some(Ending::Refused) if !self.has_run => bail!("the {name} does not start"),
            Some(Ending::Anew) if lived >= TOO_SOON => {
                eprintln!("ggprobe: the {name} is started anew");
                return Ok(State::Waits(now));
            }
            _ => {}
        }
        let pause = self.pauses.after(lived, fastrand::f64());
        eprintln!("ggprobe: the {name} ended ({}): it is started again in {:.1} s", how(status), pause.as_secs_f64());
        Ok(State::Waits(now + pause))
    }

    fn tell_to_end(&self) {
        if let State::Runs(Running { child, .. }) = &self.state {
            let _ended_already = kill(pid(child), Signal::SIGTERM);
        }
    }

    /// Waits until it has ended; whoever has not by then is ended.
    fn end(&mut self, until: Instant, signals: &Signals) -> Result<()> {
        let State::Runs(Running { child, .. }) = &mut self.state else { return Ok(()) };
        while child.try_wait()?.is_none() {
            let rest = until.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                let _ended_already = child.kill();
                child.wait()?;
                bail!("the {} did not end by itself", self.role.name());
            }
            signals.wait(rest)?;
        }
        Ok(())
    }
}

impl Running {
    /// Whether the child ever said that it runs.
    fn has_run(&mut self) -> bool {
        let mut byte = [0];
        self.lifeline.set_nonblocking(true).is_ok() && matches!(self.lifeline.read(&mut byte), Ok(1)) && byte == [READY]
    }
}

fn start(role: Role) -> Result<Running> {
    let begin = || -> io::Result<Running> {
        let (lifeline, theirs) = UnixStream::pair()?;
        // Its own group: a Ctrl-C is for this process, which tells the others.
        let mut command = Command::new(THIS_PROGRAM);
        command.arg0("ggprobe").args([ARGUMENT, role.name()]).args(env::args_os().skip(1));
        let child = command.process_group(0).stdin(Stdio::from(OwnedFd::from(theirs))).spawn()?;
        Ok(Running { child, lifeline, since: Instant::now() })
    };
    begin().with_context(|| format!("cannot start the {}", role.name()))
}

fn how(status: ExitStatus) -> String {
    match (status.signal().map(Signal::try_from), status.code()) {
        (Some(Ok(signal)), _) => signal.to_string(),
        (_, Some(code)) => format!("exit code {code}"),
        _ => status.to_string(),
    }
}

fn pid(child: &Child) -> Pid {
    // No process has a number that large.
    Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX))
}
