//! The command line of `ggprobe`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Captures on this machine, and tells a glouglou elsewhere of its flows and processes.
#[derive(Debug, Parser)]
#[command(name = "ggprobe", version, args_conflicts_with_subcommands = false, subcommand_precedence_over_arg = true)]
pub(crate) struct Cli {
    /// What else to do first.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    /// How to run.
    #[command(flatten)]
    pub(crate) run: RunArgs,
}

/// What else can be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Ask for the token that `glouglou probe add` printed (or read it from standard input), keep it, and run
    Join,
}

/// How to run.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The listener, where it is not the token's: HOST or HOST:PORT
    #[arg(long, value_name = "HOST[:PORT]", global = true)]
    pub(crate) to: Option<String>,
    /// Where the token is kept
    #[arg(long, value_name = "FILE", default_value = "/etc/glouglou/probe.key", global = true)]
    pub(crate) key: PathBuf,
    /// Capture on this interface; else on that of the default route
    #[arg(short = 'i', long, value_name = "INTERFACE", global = true)]
    pub(crate) interface: Option<String>,
    /// Take only packets that match (pcap-filter(7)), such as `not port 22`
    #[arg(short = 'f', long, value_name = "BPF", global = true)]
    pub(crate) filter: Option<String>,
    /// Tell of no connections
    #[arg(long, global = true, conflicts_with = "no_proc")]
    pub(crate) no_net: bool,
    /// Tell of no processes
    #[arg(long, global = true)]
    pub(crate) no_proc: bool,
    /// Whom to become where it is started as root; else nobody
    #[arg(long, value_name = "USER", global = true)]
    pub(crate) user: Option<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
        let cli = Cli::try_parse_from(["ggprobe", "join", "--key", "x", "-i", "eth0"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Join)) && cli.run.interface.as_deref() == Some("eth0"));
        assert!(Cli::try_parse_from(["ggprobe", "--no-net", "--no-proc"]).is_err());
    }
}
