//! Who may come: `glouglou probe` on the command line, and the same in the window.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use anyhow::{Context as _, Result, bail};
use capture::remote::keys::KeyDir;
use capture::remote::os_random;
use wire::glouglou::PORT;
use wire::glouglou::session::place_or;

use crate::cli::ProbeCommand;
use crate::state::home;

/// The user's keys.
pub fn keys() -> Result<KeyDir> {
    let config = home::config().context("there is no home directory to keep keys in: set HOME")?;
    Ok(KeyDir::open(&config.join("glouglou").join("keys"))?)
}

/// A probe that may come from now on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    /// Its number.
    pub probe_id: u32,
    /// What the user calls it.
    pub name: String,
    /// What makes a machine this probe.
    pub token: String,
}

impl Invited {
    /// What is pasted into a shell of the other machine, one line.
    ///
    /// A secret is never an argument. `echo` is a part of every shell (sh, bash, dash, ash, zsh, ksh, fish, csh), so no process begins that has the
    /// token among its arguments, and a token holds nothing that a shell or an `echo` takes for anything else. `<<<` is not known to sh, and a
    /// here-document is no line. The space before it keeps it out of the history where the shell is set so (Debian's bash is).
    pub fn line(&self) -> String {
        format!(" echo {} | sudo ggprobe join", self.token)
    }
}

/// Lets another probe come; `place` is how this machine is reached from there, on `port` unless it names another.
///
/// # Errors
/// Where the place or the name cannot be one, or the key cannot be kept: then nobody may come who could not before.
pub fn invite(keys: &KeyDir, name: &str, place: &str, port: u16) -> Result<Invited> {
    let token = keys.invite(name, place_or(place.trim(), port)?, &mut os_random())?;
    Ok(Invited { probe_id: token.identity.probe_id, name: name.to_owned(), token: token.to_string() })
}

/// Does what the command line says.
pub fn run(command: &ProbeCommand) -> Result<()> {
    let keys = keys()?;
    match command {
        ProbeCommand::Add { name, host } => {
            let invited = invite(&keys, name, &host.clone().unwrap_or_else(|| reached_at(PORT)), PORT)?;
            eprintln!("Paste this line on the other machine (who has it may come as {name}):\n\n{}\n", invited.line());
            eprintln!("or run sudo ggprobe join there, and give it the token:");
            println!("{}", invited.token);
            eprintln!("Here run: glouglou --listen");
        }
        ProbeCommand::List => {
            for probe in keys.probes()? {
                println!("{:08x}  {}", probe.probe_id, probe.name);
                for (id, name) in probe.speaks_for {
                    println!("{id:08x}  {name}, via {}", probe.name);
                }
            }
        }
        ProbeCommand::Via { relay, id, name } => {
            let probe_id = u32::from_str_radix(id, 16).with_context(|| format!("{id} is no number that ggprobe key list shows"))?;
            keys.let_speak_for(relay, probe_id, name)?;
        }
        ProbeCommand::Remove { name } => match keys.probes()?.into_iter().find(|probe| probe.name == *name) {
            Some(probe) => {
                keys.remove(probe.probe_id)?;
            }
            None => bail!("there is no probe named {name:?}: glouglou probe list names them"),
        },
    }
    Ok(())
}

/// How this machine is most likely reached from others: its address on the way out, else its name. The port is said where it is not the usual one.
pub fn reached_at(port: u16) -> String {
    let name = || std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned();
    let way_out = address_towards(SocketAddr::from(([192, 0, 2, 1], 9)))
        .or_else(|| address_towards(SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9))));
    match (way_out, port) {
        (Some(addr), PORT) => addr.to_string(),
        (Some(addr), port) => SocketAddr::new(addr, port).to_string(),
        (None, PORT) => name(),
        (None, port) => format!("{}:{port}", name()),
    }
}

/// The address that the kernel would send from. Nothing is sent: the socket is only told whereto.
fn address_towards(there: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = if there.is_ipv4() { [0; 4].into() } else { [0; 16].into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(there).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|addr| !addr.is_unspecified() && !addr.is_loopback())
}

#[cfg(test)]
mod tests {
    use wire::glouglou::session::Invitation;

    use super::*;

    #[test]
    fn who_is_invited_may_come_and_the_token_says_whereto() {
        let scratch = tempfile::tempdir().unwrap();
        let keys = KeyDir::open(&scratch.path().join("keys")).unwrap();
        for (nth, (place, host, port)) in [
            ("192.0.2.7", "192.0.2.7", 4430),
            ("192.0.2.7:5000", "192.0.2.7", 5000),
            ("2001:db8::7", "2001:db8::7", 4430),
            ("[2001:db8::7]:5000", "2001:db8::7", 5000),
            (" viewer.example:5000 ", "viewer.example", 5000),
        ]
        .into_iter()
        .enumerate()
        {
            let invited = invite(&keys, &format!("attic {nth}"), place, PORT).unwrap();
            let invitation: Invitation = invited.token.parse().unwrap();
            assert_eq!((invitation.host.as_str(), invitation.port, invitation.identity.probe_id), (host, port, invited.probe_id));
            assert_eq!(invited.line(), format!(" echo {} | sudo ggprobe join", invited.token));
        }
        assert_eq!(keys.probes().unwrap().len(), 5);
    }

    #[test]
    fn where_it_cannot_be_nobody_may_come() {
        let scratch = tempfile::tempdir().unwrap();
        let keys = KeyDir::open(&scratch.path().join("keys")).unwrap();
        for place in ["", "a b", "$(reboot)", "host:port", "host:70000", "[::1]x"] {
            assert!(invite(&keys, "attic", place, PORT).is_err(), "{place:?}");
        }
        assert!(invite(&keys, "a/b", "192.0.2.7", PORT).unwrap_err().to_string().contains("a/b"));
        assert!(keys.probes().unwrap().is_empty());
    }

    #[test]
    fn a_token_is_nothing_special_to_a_shell() {
        let scratch = tempfile::tempdir().unwrap();
        let keys = KeyDir::open(&scratch.path().join("keys")).unwrap();
        let invited = invite(&keys, "attic", "fd00::1", PORT).unwrap();
        assert!(invited.token.chars().all(|c| c.is_ascii_alphanumeric() || "-_:".contains(c)), "{}", invited.token);
    }
}
