//! What a process of ggprobe is: the supervisor, as the user started it, or one of its children, as the supervisor did.

use std::ffi::{CStr, OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::thread;

use nix::sys::prctl;
use nix::sys::signal::{SigSet, Signal};

/// The first argument of a child; its role is the second, and the user's own follow.
pub(super) const ARGUMENT: &str = "run-for-supervisor";
/// A start failed for a reason that no other start will change: EX_CONFIG of sysexits(3).
const REFUSED: u8 = 78;
/// It goes on once it is started anew, with the privilege that it gave up: EX_TEMPFAIL.
const ANEW: u8 = 75;
/// What a child says on its lifeline once it runs.
pub(super) const READY: u8 = b'R';

/// What a child is for. One more takes a line here, in [`ALL`], in [`Role::name`], and in `main`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Captures, and sends what it sees.
    Probe,
    /// Forwards what others send.
    Relay,
}

const ALL: [Role; 2] = [Role::Probe, Role::Relay];

impl Role {
    /// What it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Probe => "probe",
            Role::Relay => "relay",
        }
    }

    /// What its process is called in lists of them: 15 bytes are shown.
    fn process(self) -> &'static CStr {
        match self {
            Role::Probe => c"ggprobe-probe",
            Role::Relay => c"ggprobe-relay",
        }
    }

    /// The role that this process was started for, and the arguments that are the user's; none where the user started it.
    pub(super) fn of(arguments: impl IntoIterator<Item = OsString>) -> Option<(Role, Vec<OsString>)> {
        let mut arguments = arguments.into_iter();
        let program = arguments.next()?;
        arguments.next().filter(|first| first == ARGUMENT)?;
        let word = arguments.next()?;
        let role = ALL.into_iter().find(|role| word == OsStr::new(role.name()))?;
        Some((role, [program].into_iter().chain(arguments).collect()))
    }
}

/// How a child ended, as its exit code says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// There is nothing more to do.
    Done,
    /// It did not start, and will not: what it said is the user's to change.
    Refused,
    /// A fresh start goes on.
    Anew,
    /// Something went wrong that may go right the next time.
    Failed,
}

impl Ending {
    pub(super) fn of(code: i32) -> Ending {
        match u8::try_from(code) {
            Ok(0) => Ending::Done,
            Ok(REFUSED) => Ending::Refused,
            Ok(ANEW) => Ending::Anew,
            _ => Ending::Failed,
        }
    }

    pub(super) fn code(self) -> ExitCode {
        match self {
            Ending::Done => ExitCode::SUCCESS,
            Ending::Refused => REFUSED.into(),
            Ending::Anew => ANEW.into(),
            Ending::Failed => ExitCode::FAILURE,
        }
    }
}

/// A child's end of what ties it to its supervisor: its standard input.
#[derive(Debug)]
pub(crate) struct Lifeline(UnixStream);

impl Lifeline {
    /// First thing in a child: from here on it ends when its supervisor does, however that ends.
    pub(super) fn take(role: Role) -> io::Result<Lifeline> {
        // It was run as /proc/self/exe, and would be called so.
        prctl::set_name(role.process())?;
        // The supervisor hears signals by another way, and its children inherit that.
        SigSet::all().thread_unblock()?;
        prctl::set_pdeathsig(Signal::SIGKILL)?;
        Ok(Lifeline(UnixStream::from(nix::unistd::dup(io::stdin())?)))
    }

    /// Says that the child runs, and does `stop` once the supervisor is gone.
    pub(crate) fn ready(self, stop: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let Lifeline(mut stream) = self;
        stream.write_all(&[READY])?;
        thread::Builder::new().name("lifeline".into()).spawn(move || {
            // It says nothing; that it ends is all there is to hear.
            let _it_ended = stream.read(&mut [0]);
            stop();
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_two_words_before_the_users_own() {
        let of = |words: &[&str]| Role::of(words.iter().map(OsString::from));
        let (role, rest) = of(&["ggprobe", ARGUMENT, "probe", "-i", "eth0"]).unwrap();
        assert_eq!((role, rest), (Role::Probe, ["ggprobe", "-i", "eth0"].map(OsString::from).to_vec()));
        assert_eq!(of(&["ggprobe", "-i", ARGUMENT, "probe"]), None);
        assert_eq!(of(&["ggprobe", ARGUMENT, "cook"]), None);
        assert_eq!(of(&[]), None);
    }
}
