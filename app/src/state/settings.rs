//! What is kept from run to run.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

use egui::ThemePreference;
use graph::{Attribute, Table};
use serde::{Deserialize, Serialize};
use wire::glouglou::PORT;

use super::mode::{Colouring, Mode};
use super::query::Filters;
use super::{Speed, View};
use crate::others;

/// The version of the file that this program writes.
pub const VERSION: u32 = 1;
/// Where probes are listened for until the user says otherwise: at every address, IPv6 and IPv4.
pub const LISTEN_AT: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), PORT);
/// How many recent files are kept.
pub const RECENT: usize = 10;
/// As many databases of addresses are named, at most.
pub const GEOIP: usize = 16;
/// As many computations are switched off, at most.
const COMPUTATIONS: usize = 256;
/// The bounds of the text size: times the usual one.
const TEXT_SIZES: std::ops::RangeInclusive<f32> = 0.6..=2.5;
/// The bounds of how many nodes are drawn.
pub const BUDGETS: std::ops::RangeInclusive<usize> = 50..=100_000;
/// The bounds of the width of the details, in points.
pub const DETAILS_WIDTHS: std::ops::RangeInclusive<f32> = 280.0..=640.0;

/// The settings. What makes no sense in a file is brought into range by [`Settings::sane`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The version of the file.
    pub version: u32,
    /// Dark, light, or as the desktop is.
    #[serde(with = "theme")]
    pub theme: ThemePreference,
    /// Times the usual size.
    pub text_size: f32,
    /// Nothing moves that need not.
    pub reduced_motion: bool,
    /// Captures what is not for this computer too.
    pub promiscuous: bool,
    /// Asks the system's name server for names.
    pub look_up_names: bool,
    /// How fast recordings are played.
    #[serde(with = "speed")]
    pub speed: Speed,
    /// What is shown.
    #[serde(with = "view")]
    pub view: View,
    /// What the graph is made of.
    #[serde(with = "mode")]
    pub mode: Mode,
    /// By what the graph is grouped, the outer groups first.
    #[serde(with = "attributes")]
    pub group_by: Vec<Attribute>,
    /// As many nodes are drawn before the quietest fold.
    pub node_budget: usize,
    /// What the colours of processes stand for.
    #[serde(with = "colouring")]
    pub colouring: Colouring,
    /// The names of computations that are switched off.
    pub computations_off: BTreeSet<String>,
    /// Databases of addresses, or directories of them; none are those of the system.
    pub geoip: Vec<PathBuf>,
    /// Listens for probes beside an interface.
    pub listen: bool,
    /// Where.
    #[serde(with = "address")]
    pub listen_at: SocketAddr,
    /// The table that was shown last.
    #[serde(with = "table")]
    pub table: Table,
    /// Whether the details are open.
    pub details_open: bool,
    /// Their width, in points.
    pub details_width: f32,
    /// Filters of what is shown.
    pub filters: Filters,
    /// Recordings that were opened, newest first.
    pub recent: VecDeque<PathBuf>,
    /// What else is heard, as `conntrack` or `suricata=FILE`.
    pub sources: Vec<String>,
    /// What else may be heard, and is switched off.
    pub sources_off: Vec<String>,
    /// The window.
    pub window: Placed,
    /// Columns and order of each table, by its name.
    pub tables: BTreeMap<String, Columns>,
}

/// Where the window was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Placed {
    /// Its left upper corner, where the desktop tells it; logical pixels.
    pub position: Option<[f32; 2]>,
    /// Its inner size; logical pixels.
    pub size: Option<[f32; 2]>,
    /// Whether it filled the screen.
    pub maximized: bool,
}

/// The columns and the order of one table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Columns {
    /// The name of the column to sort by; none is the table's own choice.
    pub sort: Option<String>,
    /// Whether the largest come first.
    pub descending: bool,
    /// What the user changed, in the user's order; others follow in the table's order.
    pub columns: Vec<Column>,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Whether it is shown.
    pub shown: bool,
    /// Its width in points; none is by its contents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<f32>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            version: VERSION,
            theme: ThemePreference::System,
            text_size: 1.0,
            reduced_motion: false,
            group_by: Vec::new(),
            node_budget: graph::BUDGET,
            promiscuous: true,
            look_up_names: false,
            speed: Speed::Max,
            view: View::Graph,
            mode: Mode::Hosts,
            colouring: Colouring::User,
            computations_off: BTreeSet::new(),
            geoip: Vec::new(),
            listen: false,
            listen_at: LISTEN_AT,
            table: Table::Hosts,
            details_open: true,
            details_width: 340.0,
            filters: Filters::default(),
            recent: VecDeque::new(),
            sources: Vec::new(),
            sources_off: Vec::new(),
            window: Placed::default(),
            tables: BTreeMap::new(),
        }
    }
}

impl Settings {
    /// The same with every number in range and every list within its bounds.
    pub fn sane(mut self) -> Self {
        let within = |x: f32, range: &std::ops::RangeInclusive<f32>, usual: f32| {
            if x.is_finite() { x.clamp(*range.start(), *range.end()) } else { usual }
        };
        self.version = VERSION;
        self.text_size = within(self.text_size, &TEXT_SIZES, 1.0);
        self.group_by.truncate(graph::MAX_LEVELS);
        self.node_budget = self.node_budget.clamp(*BUDGETS.start(), *BUDGETS.end());
        self.details_width = within(self.details_width, &DETAILS_WIDTHS, 340.0);
        self.recent.truncate(RECENT);
        self.sources.truncate(others::MOST);
        self.sources_off.truncate(others::MOST);
        self.filters = self.filters.sane();
        self.geoip.truncate(GEOIP);
        self.computations_off = self.computations_off.into_iter().take(COMPUTATIONS).collect();
        self.window.size = self.window.size.map(|size| size.map(|x| within(x, &(200.0..=20_000.0), 800.0)));
        self.window.position = self.window.position.filter(|at| at.iter().all(|x| x.abs() < 50_000.0));
        for columns in self.tables.values_mut() {
            columns.columns.truncate(256);
            for column in &mut columns.columns {
                column.width = column.width.map(|w| within(w, &(24.0..=2_000.0), 100.0));
            }
        }
        self
    }

    /// Shows a view, and remembers which table it was.
    pub fn show(&mut self, view: View) {
        self.view = view;
        if let View::Table(table) = view {
            self.table = table;
        }
    }

    /// Makes the text larger or smaller, in steps of a tenth.
    pub fn resize_text(&mut self, by: f32) {
        let size = ((self.text_size + by) * 10.0).round() / 10.0;
        self.text_size = size.clamp(*TEXT_SIZES.start(), *TEXT_SIZES.end());
    }

    /// Puts a file at the head of the recent ones.
    pub fn remember(&mut self, path: &Path) {
        self.recent.retain(|p| p != path);
        self.recent.push_front(path.to_owned());
        self.recent.truncate(RECENT);
    }
}

/// The name of a table in the file.
pub const fn table_name(table: Table) -> &'static str {
    match table {
        Table::Hosts => "hosts",
        Table::Flows => "flows",
        Table::Services => "services",
        Table::Processes => "processes",
    }
}

/// Writes and reads a value as a word; a word that nobody knows is the usual value.
macro_rules! word {
    ($module:ident, $type:ty, $print:expr, $parse:expr, $usual:expr) => {
        mod $module {
            use super::*;

            pub(super) fn serialize<S: serde::Serializer>(value: &$type, s: S) -> Result<S::Ok, S::Error> {
                let print: fn(&$type) -> String = $print;
                s.serialize_str(&print(value))
            }

            pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(d: D) -> Result<$type, D::Error> {
                let parse: fn(&str) -> Option<$type> = $parse;
                Ok(parse(&String::deserialize(d)?).unwrap_or($usual))
            }
        }
    };
}

word!(speed, Speed, |speed| speed.to_string(), Speed::parse, Speed::Max);
word!(address, SocketAddr, |addr| addr.to_string(), |word| word.parse().ok(), LISTEN_AT);
word!(table, Table, |table| table_name(*table).to_owned(), read_table, Table::Hosts);
word!(
    view,
    View,
    |view| match view {
        View::Graph => "graph".to_owned(),
        View::Processes => "tree".to_owned(),
        View::Probes => "probes".to_owned(),
        View::Table(table) => table_name(*table).to_owned(),
    },
    |word| match word {
        "graph" => Some(View::Graph),
        "tree" => Some(View::Processes),
        "probes" => Some(View::Probes),
        table => read_table(table).map(View::Table),
    },
    View::Graph
);
word!(
    mode,
    Mode,
    |mode| match mode {
        Mode::Hosts => "hosts".to_owned(),
        Mode::Mixed => "mixed".to_owned(),
    },
    |word| (word == "mixed").then_some(Mode::Mixed),
    Mode::Hosts
);
word!(
    colouring,
    Colouring,
    |colouring| match colouring {
        Colouring::User => "user".to_owned(),
        Colouring::Container => "container".to_owned(),
        Colouring::Probe => "probe".to_owned(),
    },
    |word| match word {
        "container" => Some(Colouring::Container),
        "probe" => Some(Colouring::Probe),
        _ => None,
    },
    Colouring::User
);
word!(
    theme,
    ThemePreference,
    |theme| match theme {
        ThemePreference::Dark => "dark".to_owned(),
        ThemePreference::Light => "light".to_owned(),
        ThemePreference::System => "system".to_owned(),
    },
    |word| match word {
        "dark" => Some(ThemePreference::Dark),
        "light" => Some(ThemePreference::Light),
        _ => None,
    },
    ThemePreference::System
);

word!(
    attributes,
    Vec<Attribute>,
    |attributes| attributes.iter().map(Attribute::name).collect::<Vec<_>>().join(","),
    |words| Some(words.split(',').filter(|word| !word.is_empty()).map(Attribute::named).collect()),
    Vec::new()
);

fn read_table(word: &str) -> Option<Table> {
    [Table::Hosts, Table::Flows, Table::Services, Table::Processes].into_iter().find(|t| table_name(*t) == word)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Settings of which nothing is as it is by itself.
    pub(crate) fn changed() -> Settings {
        let column = |name: &str, width: Option<f32>| Column { name: name.into(), shown: width.is_some(), width };
        Settings {
            filters: Filters { recent: ["port = 53".to_owned()].into(), saved: vec!["service = \"dns\"".into()] },
            group_by: vec![Attribute::Scope, Attribute::Column("vlan".into())],
            node_budget: 3_000,
            version: VERSION,
            theme: ThemePreference::Light,
            text_size: 1.3,
            reduced_motion: true,
            promiscuous: false,
            look_up_names: true,
            speed: Speed::Times(20.0),
            view: View::Table(Table::Flows),
            mode: Mode::Mixed,
            colouring: Colouring::Container,
            computations_off: ["scan".to_owned()].into(),
            geoip: vec![PathBuf::from("/a/countries.mmdb")],
            listen: true,
            listen_at: SocketAddr::from(([127, 0, 0, 1], 5000)),
            table: Table::Flows,
            details_open: false,
            details_width: 400.0,
            sources: vec!["conntrack".into()],
            sources_off: vec!["suricata=/e".into()],
            recent: [PathBuf::from("/a b/ü.pcap"), PathBuf::from("c.pcapng")].into(),
            window: Placed { position: Some([-5.0, 7.0]), size: Some([1234.0, 777.0]), maximized: true },
            tables: [(
                "flows".to_owned(),
                Columns { sort: Some("rate".into()), descending: true, columns: vec![column("rate", Some(90.0)), column("state", None)] },
            )]
            .into(),
        }
    }

    #[test]
    fn every_setting_goes_through_the_file_and_back() {
        let text = toml::to_string(&changed()).unwrap();
        assert_eq!(toml::from_str::<Settings>(&text).unwrap(), changed());
        assert_eq!(changed().sane(), changed());
        assert_eq!(toml::from_str::<Settings>("").unwrap(), Settings::default());
    }

    #[test]
    fn what_makes_no_sense_is_brought_into_range() {
        let text = "text_size = 900\ndetails_width = nan\nspeed = \"×0\"\ntheme = \"pink\"\nview = \"?\"\n[window]\nsize = [1.0, inf]\n";
        let settings = toml::from_str::<Settings>(text).unwrap().sane();
        assert_eq!((settings.text_size, settings.details_width), (2.5, 340.0));
        assert_eq!((settings.speed, settings.theme, settings.view), (Speed::Max, ThemePreference::System, View::Graph));
        assert_eq!(settings.window.size, Some([200.0, 800.0]));
    }

    #[test]
    fn recent_files_are_few_and_the_newest_is_first() {
        let mut settings = Settings::default();
        for i in 0..20 {
            settings.remember(Path::new(&format!("{i}")));
        }
        settings.remember(Path::new("15"));
        assert_eq!(settings.recent.len(), RECENT);
        assert_eq!(settings.recent.iter().take(3).map(|p| p.to_str().unwrap()).collect::<Vec<_>>(), ["15", "19", "18"]);
    }

    #[test]
    fn text_grows_in_tenths_and_not_for_ever() {
        let mut settings = Settings::default();
        for _ in 0..3 {
            settings.resize_text(0.1);
        }
        assert_eq!(settings.text_size, 1.3);
        for _ in 0..100 {
            settings.resize_text(-0.1);
        }
        assert_eq!(settings.text_size, 0.6);
    }
}
