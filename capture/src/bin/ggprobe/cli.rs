//! The command line of `ggprobe`.

use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use wire::glouglou::PORT;

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
    Join {
        /// Keep it, and do nothing else: for a relay
        #[arg(long)]
        keep: bool,
    },
    /// Hear probes, and forward what they say to a listener that is nearer to the viewer; where it listens is --listen
    Relay,
    /// Make a load up instead of watching, to measure what hears it
    Dummy {
        /// Hosts that talk
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        hosts: u32,
        /// Events a second
        #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
        rate: u32,
    },
    /// Let others come to a probe or a relay that listens
    #[command(subcommand)]
    Key(KeyCommand),
}

/// What can be done with keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Let another one come: prints the token that it needs
    Add {
        /// What it is called here
        name: String,
        /// How this machine is reached from there: HOST or HOST:PORT
        #[arg(long, value_name = "HOST[:PORT]")]
        host: Option<String>,
    },
    /// List those that may come, and for whom they may speak
    List,
    /// Let a relay speak for a probe that comes to it
    Via {
        /// What the relay is called here
        relay: String,
        /// The probe's number, as the relay lists it
        #[arg(value_name = "NUMBER")]
        id: String,
        /// What the probe is called here
        name: String,
    },
    /// Let one come no more
    Remove {
        /// What it is called here
        name: String,
    },
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
    /// Be dialled instead, at this address and port: see `ggprobe key`
    #[arg(long, value_name = "ADDRESS:PORT", global = true, num_args = 0..=1, default_missing_value = "[::]:4430")]
    pub(crate) listen: Option<SocketAddr>,
    /// Where the keys are kept of those who may come
    #[arg(long, value_name = "FOLDER", default_value = "/etc/glouglou/keys", global = true)]
    pub(crate) keys: PathBuf,
    /// Capture on this interface, and on every other that is named so; else on that of the default route
    #[arg(short = 'i', long = "interface", value_name = "INTERFACE", global = true)]
    pub(crate) interfaces: Vec<String>,
    /// Take only packets that match (pcap-filter(7)), such as `not port 22`
    #[arg(short = 'f', long, value_name = "BPF", global = true)]
    pub(crate) filter: Option<String>,
    /// Look at one packet in so many; counters are of those alone
    #[arg(long, value_name = "N", global = true, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) sample: u32,
    /// Look at headers alone: nothing of what packets carry is read or told
    #[arg(long, global = true)]
    pub(crate) headers_only: bool,
    /// Trace the routes to the hosts that flows talk with: this sends packets, ten a second at most
    #[arg(long, global = true, conflicts_with = "no_net")]
    pub(crate) trace: bool,
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

impl RunArgs {
    /// Where a relay listens.
    pub(crate) fn listens_at(&self) -> SocketAddr {
        self.listen.unwrap_or(SocketAddr::new(Ipv6Addr::UNSPECIFIED.into(), PORT))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
        let cli = Cli::try_parse_from(["ggprobe", "-i", "eth1", "join", "--key", "x"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Join { keep: false })) && cli.run.interfaces == ["eth1"]);
        let cli = Cli::try_parse_from(["ggprobe", "join", "-i", "eth0", "-i", "eth1", "--sample", "10"]).unwrap();
        assert_eq!((cli.run.interfaces, cli.run.sample), (vec!["eth0".to_owned(), "eth1".to_owned()], 10));
        assert!(Cli::try_parse_from(["ggprobe", "--no-net", "--no-proc"]).is_err());
        let cli = Cli::try_parse_from(["ggprobe", "relay", "--to", "viewer", "--listen"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Relay)) && cli.run.listens_at().port() == 4430);
    }
}
