//! `glouglou probe`: who may come.

use anyhow::{Context as _, Result, bail};
use capture::remote::keys::KeyDir;
use capture::remote::os_random;
use wire::glouglou::PORT;
use wire::glouglou::session::place;

use crate::cli::ProbeCommand;
use crate::state::home;

/// The user's keys.
pub fn keys() -> Result<KeyDir> {
    let config = home::config().context("there is no home directory to keep keys in: set HOME")?;
    Ok(KeyDir::open(&config.join("glouglou").join("keys"))?)
}

/// Does what the command line says.
pub fn run(command: &ProbeCommand) -> Result<()> {
    let keys = keys()?;
    match command {
        ProbeCommand::Add { name, host } => {
            let (host, port) = host.as_deref().map_or_else(|| Ok((this_host(), PORT)), place)?;
            let token = keys.invite(name, (host, port), &mut os_random())?;
            eprintln!("On the other machine run: sudo ggprobe join\nand give it this token (who has it may come as {name}):");
            println!("{token}");
            eprintln!("Here run: glouglou --listen");
        }
        ProbeCommand::List => {
            for probe in keys.probes()? {
                println!("{:08x}  {}", probe.probe_id, probe.name);
            }
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

/// What this machine calls itself.
fn this_host() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}
