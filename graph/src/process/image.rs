//! What a process runs.

use arcstr::ArcStr;

/// Why something is not known of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unread {
    /// It was gone before it could be read.
    Gone,
    /// Reading it was not allowed.
    Denied,
    /// It has none: a thread of the kernel.
    Kernel,
    /// Nobody tells.
    Untold,
}

impl Unread {
    /// What the user reads.
    pub const fn label(self) -> &'static str {
        match self {
            Unread::Gone => "gone before it could be read",
            Unread::Denied => "not allowed to read it",
            Unread::Kernel => "part of the kernel",
            Unread::Untold => "not known",
        }
    }
}

/// The container, or the unit of systemd, in which a process is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Container {
    /// Who runs it: `docker`, `containerd`, `podman`, `lxc`, `systemd`.
    pub kind: ArcStr,
    /// Its identity or name: of a container its short id, of a unit its name.
    pub id: ArcStr,
}

impl std::fmt::Display for Container {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // A unit says that it is one by its name: ssh.service.
        if &*self.kind == "systemd" { f.pad(&self.id) } else { write!(f, "{} {}", self.kind, self.id) }
    }
}

/// What a process runs since its last EXEC. All text is printable: what was not stands escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its own short name (comm).
    pub comm: ArcStr,
    /// The executable's path.
    pub exe: Result<ArcStr, Unread>,
    /// The command line, arguments apart by spaces, secrets masked, at most [`Image::MAX_COMMAND_BYTES`] of it.
    pub command: Result<ArcStr, Unread>,
    /// Whether the command line was longer.
    pub cut: bool,
    /// The effective user and group; none where that could not be read.
    pub ids: Option<(u32, u32)>,
    /// The control group's path.
    pub cgroup: Option<ArcStr>,
    /// What the control group says of a container.
    pub container: Option<Container>,
}

impl Image {
    /// As much of a command line is kept, in bytes.
    pub const MAX_COMMAND_BYTES: usize = 4096;

    /// One of which nothing but the short name is known, for that reason.
    pub fn named(comm: &str, unread: Unread) -> Image {
        Image { comm: comm.into(), exe: Err(unread), command: Err(unread), cut: false, ids: None, cgroup: None, container: None }
    }

    /// What a person calls it: of an interpreter the script that it runs, else the short name; where that is cut, the executable's.
    pub fn title(&self) -> &str {
        self.script().unwrap_or_else(|| {
            let exe = self.exe.as_deref().unwrap_or_default();
            let base = base(exe.strip_suffix(" (deleted)").unwrap_or(exe));
            // What was run by a descriptor is called by its number.
            let by_number = !base.is_empty() && self.comm.bytes().all(|byte| byte.is_ascii_digit());
            if by_number || base.starts_with(&*self.comm) { base } else { &self.comm }
        })
    }

    /// The script's file name, where an interpreter runs one.
    fn script(&self) -> Option<&str> {
        let interpreter = base(self.exe.as_deref().ok()?).trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
        if !INTERPRETERS.contains(&interpreter) {
            return None;
        }
        let first = self.command.as_deref().ok()?.split(' ').skip(1).find(|word| !word.is_empty())?;
        let name = base(first);
        // What is read from a descriptor has no name.
        let nameless = first.starts_with('-') || first.starts_with("/dev/fd/") || first.starts_with("/proc/self/fd/") || name.is_empty();
        (!nameless).then_some(name)
    }
}

/// Programs whose first argument says more than their name.
const INTERPRETERS: [&str; 16] =
    ["sh", "bash", "dash", "zsh", "ksh", "fish", "busybox", "python", "perl", "ruby", "node", "php", "lua", "tclsh", "Rscript", "guile"];

fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(comm: &str, exe: &str, command: &str) -> Image {
        Image { exe: Ok(exe.into()), command: Ok(command.into()), ..Image::named(comm, Unread::Untold) }
    }

    #[test]
    fn a_person_calls_a_script_by_its_name() {
        for (comm, exe, command, title) in [
            ("bash", "/usr/bin/bash", "bash ./deploy.sh --now", "deploy.sh"),
            ("deploy.sh", "/usr/bin/bash", "/bin/bash /srv/deploy.sh", "deploy.sh"),
            ("bash", "/usr/bin/bash", "-bash", "bash"),
            ("bash", "/usr/bin/bash", "bash -c curl", "bash"),
            ("3", "/usr/bin/bash", "bash /dev/fd/3", "bash"),
            ("python3", "/usr/bin/python3.11", "python3 -u serve.py", "python3.11"),
            ("python3", "/usr/bin/python3.11", "python3 serve.py", "serve.py"),
            ("curl", "/usr/bin/curl", "curl x", "curl"),
            ("gnome-terminal-", "/usr/libexec/gnome-terminal-server", "x", "gnome-terminal-server"),
            ("worker/1", "/usr/bin/nginx", "nginx: worker", "worker/1"),
            ("curl", "/usr/bin/curl (deleted)", "curl", "curl"),
        ] {
            assert_eq!(image(comm, exe, command).title(), title, "{command}");
        }
        assert_eq!(Image::named("kthreadd", Unread::Kernel).title(), "kthreadd");
    }
}
