//! Whether this process may capture, and the command that lets it.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};

use nix::sys::socket::{AddressFamily, SockFlag, SockType, socket};

/// Whether this process may open a packet socket in its network namespace. Linux grants this for all interfaces or none.
pub fn may_capture() -> bool {
    // A socket without a protocol receives nothing; making it asks for the very permission (packet(7): CAP_NET_RAW).
    socket(AddressFamily::Packet, SockType::Raw, SockFlag::SOCK_CLOEXEC, None).is_ok()
}

/// What capturing takes (capabilities(7)).
const CAPTURE: &str = "cap_net_raw,cap_net_admin";

/// How to be permitted to capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The command that does it once: captures on that interface, say.
    pub command: String,
    /// The command that permits it from then on to whoever may run the program.
    pub lasting: String,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, or once and for all {}", self.command, self.lasting)
    }
}

/// The commands that let the running program capture on `interface`; none where it already may.
pub fn capture_remedy(interface: &str) -> Option<Remedy> {
    (!may_capture()).then(|| remedy(interface))
}

/// The same without asking whether it may.
pub(crate) fn remedy(interface: &str) -> Remedy {
    remedy_of(&program(), interface)
}

/// The commands where a helper is there that may not capture: with the last it may, for who is of its group.
pub(crate) fn remedy_with_helper(helper: &Path, interface: &str) -> Remedy {
    let program = quoted(&helper.to_string_lossy());
    // Another owner takes the capabilities from a file: they come last.
    let lasting = format!(
        "sudo groupadd -f glouglou && sudo chown root:glouglou {program} && sudo chmod 750 {program} && {} && sudo usermod -aG glouglou \"$USER\"",
        permit(helper, CAPTURE)
    );
    Remedy { lasting, ..remedy(interface) }
}

/// The command that permits capturing and `more` to whoever may run the program: capabilities, a comma before each.
#[cfg(feature = "ebpf")]
pub(crate) fn remedy_with(more: &str) -> String {
    permit(&program(), &format!("{CAPTURE}{more}"))
}

/// The commands that start the program so, once, and permit the same from then on.
pub(crate) fn remedy_to(argument: &str) -> Remedy {
    remedy_of_words(&program(), argument)
}

fn remedy_of(program: &Path, interface: &str) -> Remedy {
    remedy_of_words(program, &format!("-i {}", quoted(interface)))
}

fn remedy_of_words(program: &Path, arguments: &str) -> Remedy {
    let on_path = ["/bin", "/usr/bin", "/usr/local/bin"].iter().any(|dir| program.parent() == Some(Path::new(dir)));
    let full = program.to_string_lossy();
    let short = program.file_name().filter(|_| on_path).map(|name| name.to_string_lossy());
    Remedy { command: format!("sudo {} {arguments}", quoted(short.as_deref().unwrap_or(&full))), lasting: permit(program, CAPTURE) }
}

fn program() -> PathBuf {
    env::current_exe().unwrap_or_else(|_| "glouglou".into())
}

fn permit(program: &Path, capabilities: &str) -> String {
    format!("sudo setcap {capabilities}+ep {}", quoted(&program.to_string_lossy()))
}

/// A word that a shell reads as it stands.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./@%+=:,".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_pasted() {
        let remedy = remedy_of(Path::new("/usr/bin/glouglou"), "eth0");
        assert_eq!(remedy.command, "sudo glouglou -i eth0");
        assert_eq!(remedy.lasting, "sudo setcap cap_net_raw,cap_net_admin+ep /usr/bin/glouglou");
        let helped = remedy_with_helper(Path::new("/usr/bin/ggprobe"), "eth0");
        let lasting = "sudo groupadd -f glouglou && sudo chown root:glouglou /usr/bin/ggprobe && sudo chmod 750 /usr/bin/ggprobe && \
            sudo setcap cap_net_raw,cap_net_admin+ep /usr/bin/ggprobe && sudo usermod -aG glouglou \"$USER\"";
        assert_eq!(helped.lasting, lasting);
        let remedy = remedy_of(Path::new("/home/me/it's here/glouglou"), "a b");
        assert_eq!(remedy.command, r"sudo '/home/me/it'\''s here/glouglou' -i 'a b'");
    }
}
