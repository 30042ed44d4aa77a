//! The helper: a `ggprobe` that captures for a program without privilege, and says what it sees on the socket that is its standard input.
//!
//! It is started by its user with nothing but an interface, a filter and what it is to tell of; it opens, is confined, and ends when the socket does. What it is allowed it has
//! of its file (capabilities, for those who may run it), or of pkexec(1), which asks who sits there.

mod find;
mod source;

use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use graph::Realm;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, socketpair};

pub use self::find::find;
pub use self::source::Helped;
use super::board::Board;
use super::viewer::Remote;
use crate::dissect::looks_at_headers_only;

/// The first argument that makes a `ggprobe` a helper.
pub const ARGUMENT: &str = "helper";
/// Of what it says last, as much is kept.
const WORDS_BYTES: usize = 16 << 10;
/// How long it may take to end once its socket is gone.
const END_WITHIN: Duration = Duration::from_secs(1);

/// How a helper gets what it is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The program's file carries capabilities.
    File(PathBuf),
    /// pkexec(1) asks for a password, or does not.
    Pkexec {
        /// Where pkexec is.
        pkexec: PathBuf,
        /// The program that it runs.
        program: PathBuf,
    },
}

impl By {
    /// Whether somebody is asked first.
    pub const fn asks(&self) -> bool {
        matches!(self, By::Pkexec { .. })
    }
}

/// What a helper is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// How it gets what it is allowed.
    pub by: By,
    /// The interface.
    pub interface: String,
    /// A BPF filter (pcap-filter(7)); empty takes everything.
    pub filter: String,
    /// Whether to take packets that are for others, too.
    pub promiscuous: bool,
    /// The realm of private addresses.
    pub site: Realm,
}

impl Config {
    /// Starts it. What it refuses is said by the source once that runs: somebody may have to be asked first. To be called on a thread without `no_new_privs`.
    ///
    /// Who starts as root tells of processes, too; who carries capabilities does not: they do not reach to what others run, and what this user runs this program sees itself.
    ///
    /// # Errors
    /// Where it cannot be started at all.
    pub fn open(self) -> io::Result<Helped> {
        let (ours, theirs) = socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)?;
        let mut command = match &self.by {
            By::File(program) => Command::new(program),
            By::Pkexec { pkexec, program } => {
                let mut command = Command::new(pkexec);
                command.arg(program);
                command
            }
        };
        command.args([ARGUMENT, &format!("--interface={}", self.interface), &format!("--filter={}", self.filter)]);
        if !self.promiscuous {
            command.arg("--no-promiscuous");
        }
        if looks_at_headers_only() {
            command.arg("--headers-only");
        }
        if !self.by.asks() {
            command.arg("--no-proc");
        }
        // Its own group: a Ctrl-C is for this program, which tells it by its socket.
        command.process_group(0).stdin(theirs).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn()?;
        let remote = Remote::inherited(ours.try_clone()?, &self.interface, self.site, Board::default())?;
        Ok(Helped { remote, running: Running { child, words: None, socket: ours }, config: self })
    }
}

/// A helper that runs.
#[derive(Debug)]
struct Running {
    child: Child,
    words: Option<Receiver<String>>,
    socket: OwnedFd,
}

impl Running {
    /// Hears what it says, from now on. No thread is started before: whoever opened may have privileges to give up first.
    fn listen(&mut self) {
        self.words = self.child.stderr.take().map(keep_words);
    }

    /// Leaves it, waits until it has ended, and says how: its exit code, if it has one by then, and its last words.
    fn end(self) -> (Option<i32>, String) {
        let Running { mut child, words, socket } = self;
        drop(socket);
        let until = Instant::now() + END_WITHIN;
        let mut status = child.try_wait();
        while matches!(status, Ok(None)) && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
            status = child.try_wait();
        }
        if matches!(status, Ok(None)) {
            // Root's cannot be ended by its user; it ends by itself.
            let _not_ours_to_end = child.kill();
            status = child.try_wait();
        }
        let words = words.and_then(|words| words.recv_timeout(until.saturating_duration_since(Instant::now())).ok());
        (status.ok().flatten().and_then(|status| status.code()), words.unwrap_or_default())
    }
}

/// Reads what it says on standard error, so that it never waits to say it; what it said last, once it has ended.
fn keep_words(mut from: impl Read + Send + 'static) -> Receiver<String> {
    let (tell, words) = mpsc::channel();
    let read = move || {
        let (mut kept, mut piece) = (Vec::new(), [0; 1024]);
        while let Ok(len @ 1..) = from.read(&mut piece) {
            kept.extend_from_slice(piece.get(..len).unwrap_or_default());
            let over = kept.len().saturating_sub(WORDS_BYTES);
            kept.drain(..over);
        }
        let _nobody_asks = tell.send(String::from_utf8_lossy(&kept).into_owned());
    };
    // Where there is no thread for it, its words are not known.
    let _none = thread::Builder::new().name("helper words".into()).spawn(read);
    words
}
