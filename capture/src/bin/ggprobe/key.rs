//! `ggprobe key`: who may come to a probe or a relay that listens.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use capture::remote::keys::KeyDir;
use capture::remote::os_random;
use wire::glouglou::PORT;
use wire::glouglou::session::place;

use super::cli::KeyCommand;
use super::watch::hostname;

/// Does what the command line says.
pub(super) fn run(command: &KeyCommand, keys: &Path) -> Result<()> {
    let keys = KeyDir::open(keys)?;
    match command {
        KeyCommand::Add { name, host } => {
            let place = host.as_deref().map_or_else(|| Ok((hostname(), PORT)), place)?;
            let token = keys.invite(name, place, &mut os_random())?;
            eprintln!(
                "For {name} alone, {:08x} here: a viewer keeps it in a file and runs glouglou --connect HOST --key FILE,",
                token.identity.probe_id
            );
            eprintln!("a probe or a relay takes it by sudo ggprobe join.");
            println!("{token}");
        }
        KeyCommand::List => {
            for known in keys.probes()? {
                println!("{:08x}  {}", known.probe_id, known.name);
                for (id, name) in known.speaks_for {
                    println!("{id:08x}  {name}, via {}", known.name);
                }
            }
        }
        KeyCommand::Via { relay, id, name } => {
            let probe_id = u32::from_str_radix(id, 16).with_context(|| format!("{id} is no number that ggprobe key list shows"))?;
            keys.let_speak_for(relay, probe_id, name)?;
        }
        KeyCommand::Remove { name } => match keys.probes()?.into_iter().find(|known| known.name == *name) {
            Some(known) => {
                keys.remove(known.probe_id)?;
            }
            None => bail!("nobody named {name:?} may come: ggprobe key list names them"),
        },
    }
    Ok(())
}
