//! What stands in the directory of one process, before it is put together.

use graph::{Image, Unread};

use super::file::Bytes;
use super::{Command, Details, Stat, parse_cgroup, parse_cmdline, parse_stat, parse_status, printable};
use crate::proc::child::What;

/// Each as it was read, or why not.
pub(super) struct Parts {
    command: Result<Bytes, Unread>,
    exe: Result<Bytes, Unread>,
    pub(super) stat: Result<Stat, Unread>,
    status: Result<Bytes, Unread>,
    cgroup: Result<Bytes, Unread>,
}

impl Parts {
    /// Reads the rest of what lives shortest: command line and executable are gone as soon as a process ends, its numbers only when its parent has
    /// asked for them.
    pub(super) fn read(command: Result<Bytes, Unread>, exe: Result<Bytes, Unread>, read: impl Fn(What) -> Result<Bytes, Unread>) -> Parts {
        let stat = read(What::Stat).and_then(|line| parse_stat(&line).ok_or(Unread::Untold));
        // Where there is not even that, nothing was read.
        if stat == Err(Unread::Gone) && exe == Err(Unread::Gone) && !command.as_ref().is_ok_and(|bytes| !bytes.is_empty()) {
            return Parts::none(Unread::Gone);
        }
        Parts { command, exe, stat, status: read(What::Status), cgroup: read(What::Cgroup) }
    }

    /// Nothing was read, and why.
    pub(super) fn none(why: Unread) -> Parts {
        Parts { command: Err(why), exe: Err(why), stat: Err(why), status: Err(why), cgroup: Err(why) }
    }

    /// What they say.
    pub(super) fn into_details(self) -> Details {
        let Parts { command, exe, stat, status, cgroup } = self;
        let status = status.map(|text| parse_status(&text)).unwrap_or_default();
        let cgroup = cgroup.map(|text| parse_cgroup(&text)).unwrap_or_default();
        let kernel = stat.as_ref().is_ok_and(|stat| stat.kernel);
        let over = exe == Err(Unread::Gone) || stat.as_ref().is_ok_and(Stat::is_zombie);
        let Command { text, cut } = command.as_ref().map(|bytes| parse_cmdline(bytes)).unwrap_or_default();
        let image = Image {
            comm: stat.as_ref().map_or_else(|_| "".into(), |stat| stat.comm.as_str().into()),
            exe: if kernel { Err(Unread::Kernel) } else { exe.map(|path| printable(&path).into()) },
            // Without its memory it has no command line: that is not the same as an empty one.
            command: match command {
                _ if kernel => Err(Unread::Kernel),
                Ok(bytes) if bytes.is_empty() && over => Err(Unread::Gone),
                Ok(_) => Ok(text.into()),
                Err(unread) => Err(unread),
            },
            cut,
            ids: status.ids,
            cgroup: cgroup.path.map(Into::into),
            container: cgroup.container,
        };
        Details { stat, image }
    }
}
