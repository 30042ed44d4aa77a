//! When this program gives its privileges up: before anything is parsed, on the main thread, before the first other one.

use anyhow::Result;
use capture::privilege::{drop_capabilities, drop_privileges};

use crate::open::Opened;

/// Gives up everything: whatever was to be opened is open, and only text is written from now on.
pub fn give_up_all() -> Result<()> {
    if is_lent() {
        drop_privileges().map(drop)?
    } else {
        drop_capabilities()?
    }
    Ok(())
}

fn is_lent() -> bool {
    ["SUDO_UID", "PKEXEC_UID"].iter().any(|name| std::env::var_os(name).is_some())
}

/// Gives up what is no longer needed once `opened` is open.
///
/// - Who came through sudo or pkexec becomes that user again, whatever is shown.
/// - Who opened an interface needs nothing more.
/// - Who has opened nothing yet may still choose an interface in the window: its main thread keeps what the program was given, and every
///   thread that parses gives it up when it starts.
/// - Root, at home, stays root without a capability for reading a recording: the recordings and settings are its own.
pub fn give_up(opened: Option<&Opened>) -> Result<()> {
    match opened {
        Some(Opened::Live(..) | Opened::Machine(_)) => drop_privileges().map(drop)?,
        _ if is_lent() => drop_privileges().map(drop)?,
        Some(Opened::File(..) | Opened::Demo(_) | Opened::Remote(..)) => drop_capabilities()?,
        None => {}
    }
    Ok(())
}
