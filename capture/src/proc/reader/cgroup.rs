//! `/proc/PID/cgroup` (cgroups(7)): in which control group a process is, and what its name tells of a container or unit.
//!
//! A line is `NUMBER:CONTROLLERS:PATH`; version 2 has the number 0 and no controllers. The names in the path are those of the program
//! that made the group: runc, containerd, Podman, LXC, systemd.

use graph::Container;

use super::printable;

/// How much of a container's identity is kept, as its programs show it.
const SHORT_ID: usize = 12;
/// How long a container's identity is, in hexadecimal digits.
const ID: usize = 64;
/// The longest path that is kept, in bytes.
const MAX_PATH: usize = 1024;

/// The group's path, and the container or unit that it names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cgroup {
    /// The path: version 2's, or where all is in version 1, that of systemd or else the longest.
    pub path: Option<String>,
    /// What it names.
    pub container: Option<Container>,
}

/// Looks through all lines: in a mixed set-up only one of them may name the container.
pub fn parse(text: &[u8]) -> Cgroup {
    let mut lines: Vec<(u8, String)> = text.split(|byte| *byte == b'\n').filter_map(line).collect();
    // The path that says most comes last.
    lines.sort_by(|a, b| (a.1.len() > 1, a.0, a.1.len(), &a.1).cmp(&(b.1.len() > 1, b.0, b.1.len(), &b.1)));
    let told = |of: fn(&str) -> Option<Container>| lines.iter().rev().find_map(|(_, path)| of(path));
    let container = told(container).or_else(|| told(unit));
    Cgroup { path: lines.pop().map(|(_, path)| path), container }
}

/// How much a line's path counts, and the path.
fn line(line: &[u8]) -> Option<(u8, String)> {
    let mut parts = line.splitn(3, |byte| *byte == b':');
    let (number, controllers, path) = (parts.next()?, parts.next()?, parts.next()?);
    let rank = match (number, controllers) {
        (b"0", b"") => 2,
        (_, b"name=systemd") => 1,
        _ => 0,
    };
    let mut path = printable(path.get(..MAX_PATH).unwrap_or(path));
    let end = (0..=MAX_PATH.min(path.len())).rev().find(|at| path.is_char_boundary(*at)).unwrap_or_default();
    path.truncate(end);
    path.starts_with('/').then_some((rank, path))
}

/// A container's group, the innermost one.
fn container(path: &str) -> Option<Container> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    (0..parts.len()).rev().find_map(|at| {
        let part = parts.get(at)?;
        let before = at.checked_sub(1).and_then(|before| parts.get(before)).copied().unwrap_or_default();
        of_part(part, before, path)
    })
}

/// What one part of a path names, with the part before it.
fn of_part(part: &str, before: &str, path: &str) -> Option<Container> {
    // systemd as manager: KIND-ID.scope; monitors of containers have groups of their own, which are not the container.
    if let Some((kind, id)) = part.strip_suffix(".scope").and_then(|scope| scope.rsplit_once('-'))
        && is_id(id)
    {
        return match kind {
            "docker" => Some(of("docker", id)),
            "cri-containerd" | "nerdctl" | "containerd" => Some(of("containerd", id)),
            "libpod" | "libpod-payload" => Some(of("podman", id)),
            "crio" => Some(of("cri-o", id)),
            _ => None,
        };
    }
    // containerd's own manager: SLICE:cri-containerd:ID.
    if let Some((kind, id)) = part.rsplit_once(':')
        && is_id(id)
    {
        return (kind.ends_with("containerd") || kind.ends_with("nerdctl")).then(|| of("containerd", id));
    }
    // cgroupfs as manager: KIND/ID.
    if let Some(id) = part.strip_prefix("libpod-").or_else(|| part.strip_prefix("libpod-payload-")).filter(|id| is_id(id)) {
        return Some(of("podman", id));
    }
    if is_id(part) {
        return match before {
            "docker" | "buildkit" => Some(of("docker", part)),
            "libpod_parent" => Some(of("podman", part)),
            _ if before == "kubepods" || before.starts_with("pod") || path.contains("containerd") || before == "default" => {
                Some(of("containerd", part))
            }
            _ => None,
        };
    }
    let name = part.strip_prefix("lxc.payload.").or_else(|| part.strip_prefix("lxc.payload/")).or((before == "lxc").then_some(part))?;
    (!name.is_empty()).then(|| Container { kind: "lxc".into(), id: name.into() })
}

/// A unit of systemd, the innermost one that is not a mere slice.
fn unit(path: &str) -> Option<Container> {
    let suffixes = [".service", ".scope", ".socket", ".mount", ".swap"];
    let named = |part: &&str| suffixes.iter().any(|suffix| part.len() > suffix.len() && part.ends_with(suffix));
    // The manager of a user's units stands around each of them.
    let part = path.split('/').rev().find(named)?;
    Some(Container { kind: "systemd".into(), id: part.into() })
}

fn of(kind: &str, id: &str) -> Container {
    Container { kind: kind.into(), id: id.get(..SHORT_ID).unwrap_or(id).into() }
}

fn is_id(text: &str) -> bool {
    text.len() == ID && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONG: &str = "4f1c2b3a5d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f70a";

    fn named(text: &str) -> Option<(String, String)> {
        let container = parse(text.replace("ID", LONG).as_bytes()).container?;
        Some((container.kind.to_string(), container.id.to_string()))
    }

    #[test]
    fn containers_and_units_have_their_names() {
        let short = &LONG[..12];
        for (text, kind, id) in [
            ("0::/system.slice/docker-ID.scope\n", "docker", short),
            ("0::/docker/ID\n", "docker", short),
            ("12:pids:/docker/ID\n11:cpu,cpuacct:/docker/ID\n1:name=systemd:/docker/ID\n0::/\n", "docker", short),
            ("0::/docker/ID/init.scope\n", "docker", short),
            ("0::/system.slice/docker-ID.scope/system.slice/nginx.service", "docker", short),
            ("0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12.slice/cri-containerd-ID.scope", "containerd", short),
            ("0::/kubepods/besteffort/pod0c2d/ID", "containerd", short),
            ("0::/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:ID", "containerd", short),
            ("0::/default/ID", "containerd", short),
            ("0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-ID.scope/container", "podman", short),
            ("0::/machine.slice/libpod-payload-ID.scope", "podman", short),
            ("0::/libpod_parent/libpod-ID", "podman", short),
            ("0::/kubepods.slice/crio-ID.scope", "cri-o", short),
            ("0::/lxc.payload.web01/system.slice/ssh.service", "lxc", "web01"),
            ("5:devices:/lxc/old\n0::/\n", "lxc", "old"),
            ("0::/system.slice/ssh.service\n", "systemd", "ssh.service"),
            ("0::/user.slice/user-1000.slice/session-3.scope", "systemd", "session-3.scope"),
            ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-firefox-12.scope", "systemd", "app-firefox-12.scope"),
            ("0::/init.scope", "systemd", "init.scope"),
            ("4:memory:/\n1:name=systemd:/system.slice/cron.service\n", "systemd", "cron.service"),
            ("0::/system.slice/system-getty.slice/getty@tty1.service", "systemd", "getty@tty1.service"),
        ] {
            assert_eq!(named(text), Some((kind.into(), id.into())), "{text}");
        }
    }

    #[test]
    fn what_only_looks_so_has_none() {
        for text in [
            "0::/\n",
            "",
            "0::/user.slice",
            "0::/docker/short",
            "0::/build/ID",
            "0::/system.slice/docker-ID0.scope:",
            "4:memory:/process_api/c2b60194e6603b2de9790cbde85ce441",
        ] {
            assert_eq!(named(text), None, "{text}");
        }
        assert_eq!(named("0::/libpod-conmon-ID.scope").map(|(kind, _)| kind).as_deref(), Some("systemd"), "its monitor is not in it");
    }

    #[test]
    fn the_path_that_says_most_is_kept() {
        let path = |text: &str| parse(text.as_bytes()).path;
        assert_eq!(path("9:name=systemd:/\n4:memory:/process_api/1\n0::/\n").as_deref(), Some("/process_api/1"));
        assert_eq!(path("9:name=systemd:/a\n4:memory:/b/longer\n0::/\n").as_deref(), Some("/a"));
        assert_eq!(path("9:name=systemd:/a\n0::/v2\n").as_deref(), Some("/v2"));
        assert_eq!(path("0::/a:b\n").as_deref(), Some("/a:b"));
        assert_eq!(path("0::/x\x1b\u{202e}\n").as_deref(), Some("/x\\x1b\\xe2\\x80\\xae"));
        assert_eq!(path("nonsense"), None);
        assert!(path(&format!("0::/{}", "ü".repeat(5000))).unwrap().len() <= MAX_PATH);
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            parse(&bytes);
        }

        #[test]
        fn any_path(path in "/[a-z/.:-]{0,60}") {
            prop_assert_eq!(parse(format!("0::{path}\n").as_bytes()).path, Some(path));
        }
    }
}
