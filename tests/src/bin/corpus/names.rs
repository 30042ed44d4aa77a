//! The names that are dissected, against the folder's `names.tsv`: `file`, `kind` (`sni`, `host` or `dns`) and `name`, tab-separated, a name between apostrophes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

/// The share of files in which all names of a kind must be the truth's.
const REACH: f64 = 0.98;
/// As long as a text may be, and as many as a list may hold.
const MAX_BYTES: usize = graph::MAX_TEXT_BYTES;
const MAX_LIST: usize = graph::MAX_LIST;
/// Where the names of each kind are.
const COLUMNS: [(&str, &[&str]); 3] = [("sni", &["tls.sni", "quic.sni"]), ("host", &["http.host"]), ("dns", &["dns.query"])];

type ByKind = BTreeMap<&'static str, BTreeSet<String>>;

/// The names of one file, as it is read.
#[derive(Default)]
pub(crate) struct Names {
    seen: ByKind,
    /// Kinds of which a flow has as many names as are kept.
    full: BTreeSet<&'static str>,
}

impl Names {
    /// Takes in a line of a flow.
    pub(crate) fn take(&mut self, line: &Value) {
        for (kind, columns) in COLUMNS {
            for text in columns.iter().filter_map(|column| line["tags"][*column].as_str()) {
                let names = if kind == "sni" { vec![text.to_owned()] } else { split(text) };
                if names.len() == MAX_LIST {
                    self.full.insert(kind);
                }
                self.seen.entry(kind).or_default().extend(names);
            }
        }
    }
}

/// What stands in a list.
fn split(text: &str) -> Vec<String> {
    let list = graph::ValueType::Text.parse_list(text).expect("a list");
    list.each().iter().map(ToString::to_string).collect()
}

/// How many files have names of each kind, and in how many they are those of the truth.
pub(crate) struct Tally {
    truth: BTreeMap<String, ByKind>,
    counts: BTreeMap<&'static str, (u64, u64)>,
}

impl Tally {
    /// Reads the truth; none where there is none.
    pub(crate) fn of(dir: &Path) -> Option<Tally> {
        let table = std::fs::read_to_string(dir.join("names.tsv")).ok()?;
        let mut truth: BTreeMap<String, ByKind> = BTreeMap::new();
        for line in table.lines().skip(1) {
            let [file, kind, name] = line.splitn(3, '\t').collect::<Vec<_>>()[..] else { continue };
            let name = name.trim_matches('\'');
            let (kind, _) = COLUMNS.into_iter().find(|(known, _)| *known == kind).expect("a kind");
            // What Wireshark writes between angles is no name but what is wrong with one; the root alone has none.
            let name = if name == "<Root>" { "." } else { name };
            let names = truth.entry(file.to_owned()).or_default().entry(kind).or_default();
            if !(kind == "dns" && name.starts_with('<')) {
                names.insert(name.get(..name.floor_char_boundary(MAX_BYTES)).unwrap_or(name).to_owned());
            }
        }
        Some(Tally { truth, counts: BTreeMap::new() })
    }

    /// Compares those of a file.
    pub(crate) fn file(&mut self, file: &str, found: &Names) {
        let none = BTreeSet::new();
        for (kind, wanted) in self.truth.get(file).into_iter().flatten() {
            let seen = found.seen.get(kind).unwrap_or(&none);
            let is_equal = seen == wanted || (found.full.contains(kind) && seen.is_subset(wanted));
            let (files, equal) = self.counts.entry(kind).or_default();
            *files += 1;
            *equal += u64::from(is_equal);
            if !is_equal {
                let few =
                    |names: BTreeSet<&String>| names.into_iter().take(3).map(|name| format!("{name:.40}")).collect::<Vec<_>>().join(", ");
                let (missing, other) = (few(wanted.difference(seen).collect()), few(seen.difference(wanted).collect()));
                println!("NAMES\t{file}\t{kind}: missing [{missing}], not there [{other}]");
            }
        }
    }

    /// Says what it came to; whether that is enough.
    pub(crate) fn report(&self) -> bool {
        self.counts.iter().fold(true, |enough, (kind, (files, equal))| {
            let share = *equal as f64 / (*files).max(1) as f64;
            println!("names, {kind}: {equal} of {files} files equal ({:.2} %)", share * 100.0);
            enough && share >= REACH
        })
    }
}
