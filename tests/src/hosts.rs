//! A viewer and a probe, and the cable between them.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use crate::glouglou;
use crate::netns::Namespace;
use crate::scratch::Scratch;

/// Where the viewer is.
pub const VIEWER: &str = "10.97.0.1";
/// Where the probe is.
pub const PROBE: Ipv4Addr = Ipv4Addr::new(10, 97, 0, 2);

/// A host for the viewer and one for the probe, and a cable between them: `eth0` at both.
pub fn hosts() -> (Namespace, Namespace) {
    let (viewer, probe) = (Namespace::new(), Namespace::new());
    viewer.ip(&["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", probe.name()]);
    viewer.ip(&["address", "add", &format!("{VIEWER}/24"), "dev", "eth0"]);
    probe.ip(&["address", "add", &format!("{PROBE}/24"), "dev", "eth0"]);
    viewer.ip(&["link", "set", "eth0", "up"]);
    probe.ip(&["link", "set", "eth0", "up"]);
    (viewer, probe)
}

/// A program of ours, with a home of its own; what it says to the user is heard, too.
pub fn program(path: &Path, home: &Scratch, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$@\" 2>&1", "sh"]).arg(path).args(arguments);
    command.env("HOME", home.path("")).env("XDG_CONFIG_HOME", home.path("")).env_remove("SUDO_UID").env_remove("PKEXEC_UID");
    command
}

/// Lets a probe come to `host`; the token.
///
/// # Panics
/// Where it may not.
pub fn add(home: &Scratch, name: &str, host: &str) -> String {
    let added = program(&glouglou(), home, &["probe", "add", name, "--host", host]).output().expect("glouglou runs");
    let said = String::from_utf8(added.stdout).expect("text");
    said.lines().find(|line| line.starts_with("gg3:")).unwrap_or_else(|| panic!("{said}")).to_owned()
}
