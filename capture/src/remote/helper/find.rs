//! Where a helper is, and whether it may capture.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{ARGUMENT, By};

/// What it is called.
const NAME: &str = "ggprobe";
/// Where packages and administrators put programs. Only what is there is run as root.
const FIXED: [&str; 2] = ["/usr/bin", "/usr/local/bin"];
const PKEXEC: &str = "/usr/bin/pkexec";

/// The helper that there is: one that may capture by itself, beside this program or where programs are, else one that pkexec may run; none where there is neither.
pub fn find() -> Option<By> {
    let beside = env::current_exe().ok().and_then(|program| Some(program.parent()?.join(NAME)));
    let fixed = || FIXED.iter().map(|folder| Path::new(folder).join(NAME)).filter(|program| program.is_file());
    let mut all = beside.into_iter().filter(|program| program.is_file()).chain(fixed());
    if let Some(program) = all.find(|program| may_capture(program)) {
        return Some(By::File(program));
    }
    let pkexec = PathBuf::from(PKEXEC);
    let program = fixed().next().filter(|_| pkexec.is_file())?;
    Some(By::Pkexec { pkexec, program })
}

/// Asks it: a file system may ignore what a file carries, and so may the kernel.
fn may_capture(program: &Path) -> bool {
    let mut command = Command::new(program);
    command.args([ARGUMENT, "--check"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}
