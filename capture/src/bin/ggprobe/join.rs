//! `ggprobe join`: takes the token, and keeps it where only this user reads it.

use std::fs::DirBuilder;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use wire::glouglou::session::Invitation;

use capture::remote::keys::{keep_invitation, read_invitation};

/// No token is longer.
const MAX_TOKEN: u64 = 1024;

/// Asks for the token, or reads it, and keeps it.
pub(super) fn join(path: &Path) -> Result<Invitation> {
    let token = token().context("cannot read the token")?;
    let invitation: Invitation = token.parse()?;
    if path.exists() {
        if read_invitation(path).is_ok_and(|known| known == invitation) {
            return Ok(invitation);
        }
        bail!("{} holds another token: remove it first, or name another file with --key", path.display());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.with_context(|| format!("cannot make {}; name another file with --key", folder.display()))?;
    }
    keep_invitation(path, &invitation)?;
    eprintln!("ggprobe: the token is kept in {}", path.display());
    Ok(invitation)
}

/// One line of standard input; on a terminal it is asked for and not shown.
fn token() -> io::Result<String> {
    let stdin = io::stdin();
    let mut token = String::new();
    if !stdin.is_terminal() {
        stdin.lock().take(MAX_TOKEN).read_line(&mut token)?;
        return Ok(token);
    }
    eprint!("Token (gg3:…, it is not shown): ");
    io::stderr().flush()?;
    let before = tcgetattr(&stdin)?;
    let mut silent = before.clone();
    silent.local_flags.remove(LocalFlags::ECHO);
    tcsetattr(&stdin, SetArg::TCSAFLUSH, &silent)?;
    let read = stdin.lock().take(MAX_TOKEN).read_line(&mut token);
    // Whatever came, the terminal is as it was.
    tcsetattr(&stdin, SetArg::TCSAFLUSH, &before)?;
    eprintln!();
    read.map(|_| token)
}
