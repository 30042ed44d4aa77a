//! The filter of what is shown: one for the graph, the tree and every table.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use graph::{Attribute, Cell, FieldId, MAX_LEVELS, Query, QueryError, Schema};
use serde::{Deserialize, Serialize};

/// So long nothing was typed before what was typed is in force, in seconds.
const CALM_SECS: f64 = 0.4;
/// How many filters are remembered, and as many are kept.
pub const REMEMBERED: usize = 50;
/// A filter that is longer is used, and not remembered; bytes.
const LONGEST: usize = 4_096;

/// Filters that are kept from run to run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// Those that were used, newest first.
    pub recent: VecDeque<String>,
    /// Those that the user keeps, in the order in which they were kept.
    pub saved: Vec<String>,
}

impl Filters {
    /// One was used.
    pub fn used(&mut self, text: &str) {
        let text = text.trim();
        if text.is_empty() || text.len() > LONGEST {
            return;
        }
        self.recent.retain(|known| known != text);
        self.recent.push_front(text.to_owned());
        self.recent.truncate(REMEMBERED);
    }

    /// Keeps one, or no longer.
    pub fn toggle_saved(&mut self, text: &str) {
        let text = text.trim();
        match self.saved.iter().position(|known| known == text) {
            Some(at) => {
                self.saved.remove(at);
            }
            None if text.is_empty() || text.len() > LONGEST || self.saved.len() >= REMEMBERED => {}
            None => self.saved.push(text.to_owned()),
        }
    }

    /// Whether one is kept.
    pub fn is_saved(&self, text: &str) -> bool {
        self.saved.iter().any(|known| known == text.trim())
    }

    /// The same within its bounds.
    pub fn sane(mut self) -> Self {
        self.recent.truncate(REMEMBERED);
        self.saved.truncate(REMEMBERED);
        self
    }
}

/// Which rows stay at a step to a narrower filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stays {
    /// Those that have the value.
    This,
    /// All others.
    Others,
    /// Those that have as much, or more.
    AtLeast,
}

/// A step to a narrower filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrow {
    /// By which field.
    pub field: String,
    /// The value, as a query has it.
    pub value: String,
    /// What stays.
    pub stays: Stays,
}

impl Narrow {
    /// To nodes that have that in common, or to all others.
    pub fn to_like(attribute: &Attribute, value: &str, stays: Stays) -> Narrow {
        let field = match attribute {
            Attribute::Subnet => "ip",
            Attribute::Probe => "seen_by",
            Attribute::Executable => "process",
            other => other.name(),
        };
        // A network of another machine is followed by whose it is.
        let value = if *attribute == Attribute::Subnet { value.split(' ').next().unwrap_or(value) } else { value };
        Narrow { field: field.to_owned(), value: graph::quote(value), stays }
    }

    /// By a cell of a column of that name: to what is the same or to all others, of amounts to what is as much.
    pub fn by_cell(field: &str, cell: &Cell, stays: Stays) -> Option<Narrow> {
        let (value, amount) = match cell {
            Cell::Text(words) => (graph::quote(words), false),
            Cell::Addr(addr) => (addr.to_string(), false),
            Cell::Number(n) => (n.to_string(), false),
            Cell::Count(n) | Cell::Bytes(n) => (n.to_string(), true),
            Cell::Rate(rate) => (format!("{rate:.0}"), true),
            Cell::Duration(duration) => (format!("{} s", duration.as_secs_f64()), true),
            Cell::Empty | Cell::Share(_) | Cell::Time(_) => return None,
        };
        (amount == (stays == Stays::AtLeast)).then(|| Narrow { field: field.to_owned(), value, stays })
    }

    /// The comparison.
    pub fn term(&self) -> String {
        let Narrow { field, value, stays } = self;
        match stays {
            Stays::This => format!("{field} = {value}"),
            Stays::Others => format!("not {field} = {value}"),
            Stays::AtLeast => format!("{field} >= {value}"),
        }
    }
}

/// Something that can be chosen below the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What the user reads.
    pub label: String,
    /// What is put into the text.
    pub text: String,
    /// One line about it.
    pub help: String,
    /// What it is.
    pub kind: OfferKind,
}

/// What an offer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// The name of something that can be asked.
    Field,
    /// A comparison, or a word that joins them.
    Word,
    /// A value that is there now.
    Value,
    /// A whole filter that was used.
    Recent,
    /// A whole filter that is kept.
    Saved,
    /// A whole filter that shows what can be asked.
    Example,
}

/// What can be chosen, and what of the text it takes the place of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offers {
    /// In bytes.
    pub range: Range<usize>,
    /// What.
    pub offers: Vec<Offer>,
}

impl Offers {
    /// The text with one of them in it, and where the cursor is then.
    pub fn take(&self, at: usize, text: &str) -> Option<(String, usize)> {
        let offer = self.offers.get(at)?;
        let start = text.floor_char_boundary(self.range.start.min(text.len()));
        let end = text.floor_char_boundary(self.range.end.min(text.len())).max(start);
        let (before, after) = (text.get(..start)?, text.get(end..)?);
        Some((format!("{before}{}{after}", offer.text), start + offer.text.len()))
    }
}

/// What stands in its field, and what of that is in force.
#[derive(Debug, Default)]
pub struct QueryBar {
    /// What stands in the field.
    pub text: String,
    /// Whether the keyboard shall go there.
    pub focus: bool,
    /// Whether what can be chosen is not shown, until something is typed.
    pub folded: bool,
    /// Which of what can be chosen would be taken.
    pub chosen: Option<usize>,
    /// Where the cursor is, in bytes.
    pub cursor: usize,
    /// Of which field live values are offered, and what they have in them.
    pub wants: Option<(FieldId, String)>,
    /// When what stands in the field is taken, where it was typed of late, in seconds of the window's clock.
    due: Option<f64>,
    /// The text that was read last, and what it is.
    read: Option<(String, Result<Arc<Query>, QueryError>)>,
    /// What is in force.
    active: Arc<Query>,
}

impl QueryBar {
    /// Another text, from elsewhere than its field. It is in force at once.
    pub fn set(&mut self, text: String) {
        self.cursor = text.len();
        self.text = text;
        (self.chosen, self.due) = (None, None);
    }

    /// Takes a step to a narrower filter, from what is in force.
    pub fn narrow(&mut self, narrow: &Narrow) {
        let before = self.active.filter();
        let text = if before.is_all() { narrow.term() } else { format!("({before}) and {}", narrow.term()) };
        let text = match Query::parse(&text, self.active.schema()) {
            // What is made of the rows stays; needless parentheses go.
            Ok(mut narrower) => {
                narrower.aggregate.clone_from(&self.active.aggregate);
                narrower.columns.clone_from(&self.active.columns);
                (narrower.sort, narrower.top) = (self.active.sort, self.active.top);
                narrower.to_string()
            }
            Err(_) => text,
        };
        self.set(text);
    }

    /// What the graph is grouped by, where what is in force sums by something.
    pub fn groups(&self) -> Vec<Attribute> {
        let by = self.active.aggregate.iter().flat_map(|aggregate| aggregate.by.iter());
        by.filter_map(|id| Attribute::of_field(self.active.schema().field(*id)?)).take(MAX_LEVELS).collect()
    }

    /// Something was typed: it is in force once nothing was typed for a while, so that what is shown does not follow half a word.
    pub fn typed(&mut self, now: f64) {
        (self.chosen, self.folded) = (None, false);
        self.due = Some(now + CALM_SECS);
    }

    /// It was typed to its end.
    pub fn entered(&mut self) {
        self.due = None;
    }

    /// In how many seconds what was typed will be in force; none where nothing waits for the time.
    pub fn waits(&self, now: f64) -> Option<f64> {
        self.due.map(|due| due - now).filter(|left| *left > 0.0)
    }

    /// Reads what stands in the field. What is right and has waited is in force from now on; what is wrong leaves what is. Returns whether something
    /// else is in force now.
    pub fn read(&mut self, schema: &Arc<Schema>, now: f64) -> bool {
        if self.read.as_ref().is_none_or(|(text, _)| *text != self.text) {
            self.read = Some((self.text.clone(), Query::parse(&self.text, schema).map(Arc::new)));
        }
        if self.due.is_some_and(|due| now < due || is_begun(&self.text, schema)) {
            return false;
        }
        self.due = None;
        match &self.read {
            Some((_, Ok(query))) if *query != self.active => {
                self.active.clone_from(query);
                true
            }
            _ => false,
        }
    }

    /// What is in force.
    pub const fn active(&self) -> &Arc<Query> {
        &self.active
    }

    /// What is in force though something else stands in the field, which is wrong.
    pub fn instead(&self) -> Option<String> {
        self.error().map(|_| self.active.to_string()).filter(|active| !active.is_empty())
    }

    /// What is wrong with what stands in the field.
    pub fn error(&self) -> Option<&QueryError> {
        self.read.as_ref().and_then(|(_, read)| read.as_ref().err())
    }

    /// The choice goes up or down among so many, and past either end to none.
    pub fn choose(&mut self, down: bool, among: usize) {
        self.chosen = match (self.chosen, down) {
            _ if among == 0 => None,
            (None, true) => Some(0),
            (None, false) => Some(among - 1),
            (Some(at), true) => Some(at + 1).filter(|at| *at < among),
            (Some(at), false) => at.checked_sub(1),
        };
    }
}

/// Whether a text ends with what looks like a field that will be compared, or like its beginning: then nobody looks for that word, unless it is entered so.
fn is_begun(text: &str, schema: &Schema) -> bool {
    let last = text.trim_end().rsplit(|c: char| c.is_whitespace() || "(!&|".contains(c)).next().unwrap_or_default().to_ascii_lowercase();
    let begins = |name: &str| match name.strip_prefix(&*last) {
        // `dns` is a word of its own, and the first of `dns.query`; `src` is none.
        Some(rest) => rest.strip_prefix('.').is_none_or(|rest| schema.find(rest).is_some()),
        None => false,
    };
    !last.is_empty() && schema.fields().any(|(_, field)| begins(&field.name) || field.also.iter().any(|also| begins(also)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_comes_first_and_what_is_kept_stays() {
        let mut filters = Filters::default();
        (0..99).for_each(|n| filters.used(&format!("port = {n}")));
        filters.used(" port = 90 ");
        filters.used("");
        assert_eq!((filters.recent.len(), filters.recent[0].as_str()), (REMEMBERED, "port = 90"));
        filters.toggle_saved("dns");
        assert!(filters.is_saved(" dns"));
        filters.toggle_saved("dns");
        assert!(filters.saved.is_empty());
    }

    #[test]
    fn a_choice_takes_the_place_of_what_was_begun() {
        let offer = Offer { label: "service".into(), text: "service ".into(), help: String::new(), kind: OfferKind::Field };
        let offers = Offers { range: 4..7, offers: vec![offer] };
        assert_eq!(offers.take(0, "not serx"), Some(("not service x".into(), 12)));
        assert_eq!(offers.take(1, "not ser"), None);
        assert_eq!(offers.take(0, "ü"), Some(("üservice ".into(), 10)), "a range that is no longer there ends at the end");
    }

    #[test]
    fn the_choice_goes_round_by_way_of_none() {
        let mut bar = QueryBar::default();
        let mut went = Vec::new();
        for down in [true, true, true, true, false] {
            bar.choose(down, 2);
            went.push(bar.chosen);
        }
        assert_eq!(went, [Some(0), Some(1), None, Some(0), None]);
        bar.choose(true, 0);
        assert_eq!(bar.chosen, None);
    }

    #[test]
    fn the_graph_is_grouped_by_what_is_summed_by_as_deep_as_it_may() {
        let schema = Arc::new(Schema::new(&graph::Registry::default()));
        let groups = |text: &str| {
            let mut bar = QueryBar { text: text.into(), ..QueryBar::default() };
            bar.read(&schema, 0.0);
            bar.groups()
        };
        assert_eq!(groups("tcp"), []);
        assert_eq!(groups("| sum bytes by service"), [Attribute::Service]);
        assert_eq!(groups("| sum bytes by service, process, user").len(), MAX_LEVELS);
    }

    #[test]
    fn amounts_are_stepped_up_to_and_all_else_is_the_same_or_not() {
        let steps = |cell: &Cell| {
            [Stays::This, Stays::Others, Stays::AtLeast].map(|stays| Narrow::by_cell("x", cell, stays).map(|narrow| narrow.term()))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(steps(&Cell::Bytes(5)), [None, None, some("x >= 5")]);
        assert_eq!(steps(&Cell::Number(5)), [some("x = 5"), some("not x = 5"), None]);
        assert_eq!(steps(&Cell::Empty), [None, None, None]);
    }

    #[test]
    fn what_is_typed_is_in_force_after_a_while_and_what_is_wrong_never() {
        let schema = Arc::new(Schema::new(&graph::Registry::default()));
        let mut bar = QueryBar { text: "port = 53".into(), ..QueryBar::default() };
        bar.typed(10.0);
        bar.read(&schema, 10.1);
        assert!(bar.active().is_all() && bar.waits(10.1).is_some());
        bar.read(&schema, 10.5);
        assert_eq!((bar.active().to_string().as_str(), bar.waits(10.5)), ("port = 53", None));
        bar.text = "port = 53 and service".into();
        bar.typed(10.5);
        bar.read(&schema, 20.0);
        assert_eq!(bar.active().to_string(), "port = 53", "a comparison is to come");
        assert_eq!(bar.waits(20.0), None, "and no time brings it");
        bar.entered();
        bar.read(&schema, 20.0);
        assert_eq!(bar.active().to_string(), "port = 53 and \"service\"");
        for (text, taken) in
            [("serv", false), ("src", false), ("src.", false), ("tcp and SERV", false), ("tcp", true), ("github", true), ("serv ing", true)]
        {
            bar.set("port = 53".into());
            bar.read(&schema, 20.0);
            bar.text = text.into();
            bar.typed(20.0);
            assert_eq!(bar.read(&schema, 30.0), taken, "{text}");
        }
        bar.set("port = 53".into());
        bar.read(&schema, 20.0);
        bar.text = "port = ".into();
        bar.read(&schema, 11.0);
        assert_eq!(bar.error().map(|error| error.at.start), Some(6));
        assert_eq!((bar.active().to_string().as_str(), bar.instead().as_deref()), ("port = 53", Some("port = 53")));
        bar.set(String::new());
        bar.read(&schema, 11.0);
        assert!(bar.active().is_all() && bar.error().is_none());
    }
}
