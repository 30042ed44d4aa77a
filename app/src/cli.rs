//! The command line.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};

use capture::eve::Way;
use graph::{Attribute, Layering};
use layouts::Kind;
use wire::glouglou::session::Plain;

use crate::shot::Size;
use crate::state::{self, mode::Mode};

/// Shows what this machine is doing right now: who talks to whom.
///
/// Without arguments the window opens on a start screen.
#[derive(Debug, Parser)]
#[command(name = "glouglou", version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to show.
    #[command(flatten)]
    pub source: SourceArgs,
    /// Play a made-up home and office
    #[arg(long, conflicts_with_all = ["interface", "read", "listen"])]
    pub demo: bool,
    /// Which view to open with
    #[arg(long, value_enum)]
    pub view: Option<View>,
    /// Save a picture of the window as PNG, then quit
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// How many seconds to wait before the picture is taken
    #[arg(long, value_name = "SECONDS", default_value_t = 8.0, requires = "picture", value_parser = seconds)]
    pub after: f64,
    /// A command that needs no window.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Where packets come from.
#[derive(Clone, Debug, Args)]
pub struct SourceArgs {
    /// Capture on this interface; `any` is all of them
    #[arg(short = 'i', long, value_name = "INTERFACE", conflicts_with = "read")]
    pub interface: Option<String>,
    /// Read this recording: pcap or pcapng, plain, .gz or .zst; `-` is standard input
    #[arg(short = 'r', long, value_name = "FILE")]
    pub read: Option<PathBuf>,
    /// Listen for probes at this address and port, alone or beside an interface: see `glouglou probe add`
    #[arg(long, value_name = "ADDRESS:PORT", conflicts_with = "read", num_args = 0..=1, default_missing_value = "[::]:4430")]
    pub listen: Option<std::net::SocketAddr>,
    /// Take what nobody sealed, too, as examples/probe.py sends it: from this machine, or from anywhere. Whoever can send it can make it up
    #[arg(long, value_name = "FROM", requires = "listen", num_args = 0..=1, default_missing_value = "loopback")]
    pub plain: Option<From>,
    /// Dial a probe that listens: see `ggprobe key`
    #[arg(long, value_name = "HOST[:PORT]", conflicts_with_all = ["interface", "read", "filter", "listen"], requires = "key")]
    pub connect: Option<String>,
    /// The file of the key that the probe gave
    #[arg(long, value_name = "FILE", requires = "connect")]
    pub key: Option<PathBuf>,
    /// Take only packets that match (pcap-filter(7)), such as `tcp port 443`
    #[arg(short = 'f', long, value_name = "BPF")]
    pub filter: Option<String>,
    /// Look at headers alone: nothing of what packets carry is read, and no name, address asked for or program is learnt from it
    #[arg(long)]
    pub headers_only: bool,
    /// Hear the kernel's connection tracking too, beside anything live or alone
    #[arg(long, conflicts_with_all = ["read", "connect"])]
    pub conntrack: bool,
    /// Databases of addresses.
    #[command(flatten)]
    pub databases: DatabaseArgs,
    /// Hear what Suricata finds: its eve.json, or a Unix socket at which this program then listens (stream or datagrams)
    #[arg(long, value_name = "FILE|unix:PATH|unixgram:PATH", conflicts_with = "connect")]
    pub suricata: Vec<Way>,
    /// What the daemon of another project tells.
    #[command(flatten)]
    pub guts: GutsArgs,
    /// Do not put the interface into promiscuous mode
    #[arg(short = 'p', long)]
    pub no_promiscuous: bool,
}

/// Databases of addresses.
#[derive(Clone, Debug, Default, Args)]
pub struct DatabaseArgs {
    /// Countries and owners of networks by this database (MaxMind DB, .mmdb), or those in this directory; may be given again
    #[arg(long, value_name = "FILE|DIR")]
    pub geoip: Vec<PathBuf>,
}

/// What the pakon-guts daemon tells.
#[cfg(feature = "guts")]
#[derive(Clone, Debug, Default, Args)]
pub struct GutsArgs {
    /// Hear what the pakon-guts daemon tells at its Unix socket. Unverified: nobody has tried it with the daemon itself
    #[arg(long, value_name = "SOCKET", conflicts_with_all = ["read", "connect"], requires = "guts_map")]
    guts: Option<PathBuf>,
    /// The file that says where what stands in the daemon's records: see docs/sources.md
    #[arg(long, value_name = "FILE", requires = "guts")]
    guts_map: Option<PathBuf>,
}

#[cfg(feature = "guts")]
impl GutsArgs {
    /// The daemon's socket, and the mapping of what it tells.
    pub fn named(&self) -> Option<(&Path, &Path)> {
        self.guts.as_deref().zip(self.guts_map.as_deref())
    }
}

/// What the pakon-guts daemon tells: this program is built without.
#[cfg(not(feature = "guts"))]
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct GutsArgs {}

#[cfg(not(feature = "guts"))]
impl GutsArgs {
    /// Nothing.
    pub fn named(&self) -> Option<(&Path, &Path)> {
        None
    }
}

/// From where content is taken that nobody sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum From {
    /// This machine.
    Loopback,
    /// Everywhere.
    Anywhere,
}

impl SourceArgs {
    /// Those that name a recording and nothing else.
    pub fn reading(path: &Path) -> SourceArgs {
        let read = Some(path.to_owned());
        let (interface, listen, plain, connect, key, filter) = Default::default();
        let (headers_only, conntrack, suricata, guts, databases, no_promiscuous) = Default::default();
        SourceArgs {
            interface,
            read,
            listen,
            plain,
            connect,
            key,
            filter,
            headers_only,
            conntrack,
            suricata,
            guts,
            databases,
            no_promiscuous,
        }
    }

    /// From where content is taken that nobody sealed.
    pub const fn plain(&self) -> Plain {
        match self.plain {
            None => Plain::Never,
            Some(From::Loopback) => Plain::Loopback,
            Some(From::Anywhere) => Plain::Anywhere,
        }
    }

    /// Whether something else than packets and probes is to be heard.
    pub fn hears_others(&self) -> bool {
        self.conntrack || !self.suricata.is_empty() || self.guts.named().is_some()
    }

    /// Whether nothing else is.
    pub fn others_alone(&self) -> bool {
        self.hears_others() && self.interface.is_none() && self.read.is_none() && self.listen.is_none() && self.connect.is_none()
    }

    /// Whether probes are all that is listened to.
    pub fn listens_alone(&self) -> bool {
        self.listen.is_some() && self.interface.is_none() && !self.hears_others()
    }
}

/// A view of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum View {
    /// Hosts and links.
    #[default]
    Graph,
    /// The graph of processes and hosts.
    Mixed,
    /// The tree of processes.
    Processes,
    /// Rows and columns.
    Table,
}

impl View {
    /// What is shown, and of what the graph is made then.
    pub const fn shown(self) -> (state::View, Option<Mode>) {
        match self {
            View::Graph => (state::View::Graph, Some(Mode::Hosts)),
            View::Mixed => (state::View::Graph, Some(Mode::Mixed)),
            View::Processes => (state::View::Processes, None),
            View::Table => (state::View::Table(graph::Table::Hosts), None),
        }
    }
}

/// What can be done without a window.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the interfaces on which one can capture
    Interfaces,
    /// Show flows as text: refreshed on a terminal, once when piped
    Table(Box<TableArgs>),
    /// List what can be asked of flows, hosts, processes and services
    Columns(ColumnsArgs),
    /// Show the processes of this machine as a tree, or what happens to them
    Ps(PsArgs),
    /// Save a picture of the graph of a recording or of the demo, as SVG or PNG
    Shot(ShotArgs),
    /// Forget which hosts, programs and domains were seen before: all are met for the first time again
    Forget,
    /// Let probes of other machines come
    #[command(subcommand)]
    Probe(ProbeCommand),
}

/// What can be done with probes.
#[derive(Debug, Subcommand)]
pub enum ProbeCommand {
    /// Let another one come: prints the line to run on its machine, and the token to paste there
    Add {
        /// What it is called here
        name: String,
        /// How this machine is reached from there: HOST or HOST:PORT
        #[arg(long, value_name = "HOST[:PORT]")]
        host: Option<String>,
    },
    /// List those that may come
    List,
    /// Let a relay speak for a probe that comes to it
    Via {
        /// What the relay is called here
        relay: String,
        /// The probe's number, as `ggprobe key list` shows it on the relay's machine
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

/// What is shown of processes.
#[derive(Clone, Copy, Debug, Args)]
pub struct PsArgs {
    /// JSON lines: exec for what lives, then fork, exec, change and exit as they happen
    #[arg(long)]
    pub json: bool,
    /// Go on until Ctrl-C: what begins, what it runs, how it ends
    #[arg(long, short = 'f')]
    pub follow: bool,
}

/// What a picture of the graph shows, and how.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true))]
pub struct ShotArgs {
    /// Draw this recording: pcap or pcapng, plain, .gz or .zst; `-` is standard input
    #[arg(short = 'r', long, value_name = "FILE", group = "what")]
    pub read: Option<PathBuf>,
    /// Draw the first minute of the made-up home and office
    #[arg(long, group = "what")]
    pub demo: bool,
    /// Where the picture goes: FILE.svg or FILE.png
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: PathBuf,
    /// Take only packets that match (pcap-filter(7)), such as `tcp port 443`
    #[arg(short = 'f', long, value_name = "BPF", requires = "read")]
    pub filter: Option<String>,
    /// Databases of addresses: no other file of this machine makes the picture.
    #[command(flatten)]
    pub databases: DatabaseArgs,
    /// Where the nodes go
    #[arg(long, value_enum, default_value_t)]
    pub layout: Layout,
    /// Fold what has that in common into groups; a second one within the first
    ///
    /// One of subnet, scope, domain, service, probe, executable, user, container, or any column (see `glouglou columns`)
    #[arg(long, value_name = "ATTRIBUTE", value_delimiter = ',', value_parser = attribute, num_args = 1..=graph::MAX_LEVELS)]
    pub group: Vec<Attribute>,
    /// Draw groups by their members
    #[arg(long, requires = "group")]
    pub open: bool,
    /// As many nodes at most; beyond it the quietest are folded into networks
    #[arg(long, value_name = "NUMBER", default_value_t = graph::BUDGET)]
    pub nodes: usize,
    /// How large it is, in points
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1600x1000")]
    pub size: Size,
    /// Pixels a point, from 0.25 to 8: 2 makes a PNG twice as large and as sharp
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = scale)]
    pub scale: f32,
    /// Which of many pictures: the same number draws the same one
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// Which colours
    #[arg(long, value_enum, default_value_t)]
    pub theme: Theme,
}

/// Where the nodes of a picture go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Layout {
    /// Hubs apart from one another, leaves around them.
    #[default]
    Force,
    /// All on one circle.
    Circle,
    /// By how far they are: the local network, then by traced routes, or the Internet at once.
    Layers,
    /// Every group that is open in a disc of its own.
    Grouped,
}

/// Reads what nodes have in common.
fn attribute(text: &str) -> Result<Attribute, std::convert::Infallible> {
    Ok(Attribute::named(text))
}

impl Layout {
    /// What its layers mean.
    pub fn layering(self) -> Option<Layering> {
        (self == Layout::Layers).then(Layering::default)
    }

    /// As the engine calls it.
    pub const fn kind(self) -> Kind {
        match self {
            Layout::Force => Kind::Force,
            Layout::Circle => Kind::Circle,
            Layout::Layers => Kind::Layers,
            Layout::Grouped => Kind::Grouped,
        }
    }
}

/// The colours of a picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Theme {
    /// On deep blue-grey.
    #[default]
    Dark,
    /// On white paper.
    Light,
}

impl Theme {
    /// As egui calls it.
    pub const fn theme(self) -> egui::Theme {
        match self {
            Theme::Dark => egui::Theme::Dark,
            Theme::Light => egui::Theme::Light,
        }
    }
}

/// How columns are listed.
#[derive(Clone, Copy, Debug, Args)]
pub struct ColumnsArgs {
    /// JSON lines: a column each
    #[arg(long)]
    pub json: bool,
}

/// How the text table looks.
#[derive(Debug, Args)]
pub struct TableArgs {
    /// Where packets come from.
    #[command(flatten)]
    pub source: SourceArgs,
    /// JSON lines: a flow each as it ends, at the end a host each and a summary
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Comma-separated values: a flow each as it ends
    #[arg(long)]
    pub csv: bool,
    /// Only what matches, and what it comes to: `service = dns | sum bytes by src.ip | top 10`; see docs/query.md and `glouglou columns`
    #[arg(short = 'q', long, value_name = "QUERY")]
    pub query: Option<String>,
    /// The same as JSON, as the Pakon aggregator takes it; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "query")]
    pub query_json: Option<PathBuf>,
    /// Which rows
    #[arg(long, value_enum, default_value_t = Rows::Flows, conflicts_with_all = ["json", "csv"])]
    pub by: Rows,
    /// The column to sort by, largest first; `?` lists them
    #[arg(long, value_name = "COLUMN", conflicts_with_all = ["json", "csv"])]
    pub sort: Option<String>,
    /// How many rows; 0 is all. As many as fit on a terminal, 50 when piped
    #[arg(long, value_name = "N", conflicts_with_all = ["json", "csv"])]
    pub top: Option<usize>,
}

/// The rows of the text table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Rows {
    /// A row a flow.
    Flows,
    /// A row a host.
    Hosts,
    /// A row a service.
    Services,
    /// A row a process.
    Processes,
}

fn scale(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(scale) if (0.25..=8.0).contains(&scale) => Ok(scale),
        _ => Err("a number from 0.25 to 8".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(secs) if secs.is_finite() && (0.0..=3600.0).contains(&secs) => Ok(secs),
        _ => Err("a number of seconds from 0 to 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn one_source_at_a_time() {
        assert!(Cli::try_parse_from(["glouglou", "-i", "lo", "-r", "x"]).is_err());
        assert!(Cli::try_parse_from(["glouglou", "--demo", "-i", "lo"]).is_err());
        assert!(Cli::try_parse_from(["glouglou", "--listen", "-r", "x"]).is_err());
        let alone = |args: &[&str]| Cli::try_parse_from(args).unwrap().source.listens_alone();
        assert!(alone(&["glouglou", "--listen"]) && !alone(&["glouglou", "--listen", "-i", "lo"]));
        let cli = Cli::try_parse_from(["glouglou", "table", "-r", "x", "--json"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Table(args)) if args.json));
    }
}
