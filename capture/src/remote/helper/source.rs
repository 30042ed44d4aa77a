//! The source of what a helper tells.

use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};
use nix::sys::socket::{Shutdown, shutdown};

use super::{By, Config, Running};
use crate::interfaces;
use crate::proc::reader::printable;
use crate::remote::viewer::Remote;
use crate::source::{Command, Context, Ended, Source, SourceError};

/// How long a helper that was told to stop may still tell what it knows.
const LAST_WORDS: Duration = Duration::from_millis(500);
const COMMANDS_WAITING: usize = 8;
/// As pkexec(1) ends: who sits there said no; and there was nobody to ask, or the right was not given.
const DISMISSED: i32 = 126;
const NOT_AUTHORIZED: i32 = 127;

/// What a helper tells, with the helper: it ends with this.
pub struct Helped {
    pub(super) remote: Remote,
    pub(super) running: Running,
    pub(super) config: Config,
}

impl Source for Helped {
    fn name(&self) -> String {
        self.config.interface.clone()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        let Helped { remote, mut running, config } = *self;
        running.listen();
        let is_told = Arc::new(AtomicBool::new(false));
        let (tell, inbox) = bounded(COMMANDS_WAITING);
        let (over, ended) = bounded::<()>(0);
        let commands = context.commands.clone();
        let told = thread::scope(|scope| {
            let listen = {
                let (is_told, socket) = (is_told.clone(), &running.socket);
                move || {
                    pass_on(commands, &tell, &ended, || {
                        is_told.store(true, Ordering::Relaxed);
                        // It hears that nobody says anything any more, says the rest, and ends.
                        let _it_ended_already = shutdown(socket.as_raw_fd(), Shutdown::Write);
                    });
                }
            };
            let listening = thread::Builder::new().name("helper commands".into()).spawn_scoped(scope, listen);
            let told = match listening {
                Ok(_) => Box::new(remote).run(Context { commands: inbox, ..context }),
                Err(error) => Err(SourceError(format!("{}: {error}", config.interface))),
            };
            drop(over);
            told
        });
        let (code, words) = running.end();
        match told {
            Ok(ended) => Ok(ended),
            Err(_) if is_told.load(Ordering::Relaxed) => Ok(Ended::Stopped),
            Err(_) => Err(why(&config, code, &words)),
        }
    }
}

/// Passes commands on; to stop is first told to the helper, and only then to who hears it.
fn pass_on(mut commands: Receiver<Command>, tell: &Sender<Command>, ended: &Receiver<()>, stop: impl FnOnce()) {
    loop {
        select! {
            recv(ended) -> _ => return,
            recv(commands) -> command => match command {
                Ok(Command::Stop) => break,
                Ok(Command::Filter { answer, .. }) => {
                    let _asker_gone = answer.try_send(Err("a helper captures here: choose the interface again, with that filter".to_owned()));
                }
                Ok(command) => {
                    let _full_or_gone = tell.try_send(command);
                }
                Err(_) => commands = never(),
            },
        }
    }
    stop();
    select! {
        recv(ended) -> _ => {}
        recv(after(LAST_WORDS)) -> _ => {
            let _full_or_gone = tell.try_send(Command::Stop);
        }
    }
}

/// Why it ended, and what to do.
fn why(config: &Config, code: Option<i32>, words: &str) -> SourceError {
    let interface = &config.interface;
    let said = words.lines().rev().map(str::trim).find(|line| !line.is_empty()).map(|line| printable(line.as_bytes()));
    if let (By::Pkexec { program, .. }, Some(DISMISSED | NOT_AUTHORIZED)) = (&config.by, code) {
        return SourceError(format!(
            "{interface}: a helper was not allowed to capture: run {}",
            interfaces::remedy_with_helper(program, interface)
        ));
    }
    match (said, code) {
        (Some(said), _) => {
            SourceError(format!("{interface}: the helper that captures says: {}", said.strip_prefix("ggprobe: ").unwrap_or(&said)))
        }
        (None, Some(code)) => SourceError(format!("{interface}: the helper that captures ended with exit code {code}")),
        (None, None) => SourceError(format!("{interface}: the helper that captures was ended")),
    }
}
