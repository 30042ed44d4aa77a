//! One language for filters, sums and exports: see docs/query.md.

mod aggregate;
mod build;
mod check;
mod complete;
mod date;
mod error;
mod expr;
mod fast;
mod grammar;
mod live;
mod naive;
mod resolve;
mod select;
mod sums;
mod tally;
#[cfg(test)]
mod tests;
mod token;
mod units;
mod words;

use std::fmt;
use std::sync::Arc;

pub use aggregate::{Aggregate, Figure, How};
pub use complete::{Completion, Offer, OfferKind, complete, in_words as literal};
pub use error::QueryError;
use expr::Expr;
pub use expr::Op;
pub(crate) use fast::Arrays;
pub use select::Selection;
pub(crate) use select::{Wanted, slot};
pub use sums::{SumRow, Sums};
pub use token::quote;

use crate::field::{Field, FieldId};
use crate::{Schema, Table, Totals};

/// The longest text of a query, in bytes.
pub const MAX_QUERY: usize = 1 << 16;
/// So often parentheses and negations stand within one another.
const MAX_DEPTH: usize = 64;
/// So many comparisons and words a query has.
const MAX_TERMS: usize = 256;
/// With so many values they compare.
const MAX_VALUES: usize = 4_096;
/// So many of these are regular expressions: each may take a mebibyte.
const MAX_PATTERNS: usize = 32;
/// So many figures, and columns to group by, a sum has: each group has all of them.
const MAX_FIGURES: usize = 32;

/// A query: which rows, and what is made of them.
///
/// ```
/// use graph::{Query, Registry, Schema};
///
/// let schema = Schema::new(&Registry::default()).into();
/// let query = Query::parse("ip.src in 10.0.0.0/8 && !dns | sum bytes by service | top 10", &schema)?;
/// assert_eq!(query.to_string(), "src.ip in 10.0.0.0/8 and not service = dns | sum bytes by service | top 10");
/// let error = Query::parse("contry = FR", &schema).unwrap_err();
/// assert_eq!(error.at, 0..6);
/// # Ok::<(), graph::QueryError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Query {
    schema: Arc<Schema>,
    filter: Option<Expr>,
    /// How rows are summed; none where they stand for themselves.
    pub aggregate: Option<Aggregate>,
    /// By what they are sorted.
    pub sort: Option<Sort>,
    /// How many there are at most.
    pub top: Option<usize>,
    /// What is shown of them; nothing for what the table shows.
    pub columns: Vec<By>,
}

/// By what rows are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// What.
    pub by: By,
    /// Whether the largest come first.
    pub descending: bool,
}

/// A column of the rows that a query gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A field; behind a sum one that is grouped by.
    Field(FieldId),
    /// Behind a sum: which of its figures.
    Figure(usize),
}

impl PartialEq for Query {
    fn eq(&self, other: &Query) -> bool {
        let parts = |query: &Query| (query.sort, query.top);
        self.filter == other.filter && self.aggregate == other.aggregate && parts(self) == parts(other) && self.columns == other.columns
    }
}

impl Eq for Query {}

impl Query {
    /// Reads a text; an empty one asks for everything, and so does `*` alone.
    pub fn parse(text: &str, schema: &Arc<Schema>) -> Result<Query, QueryError> {
        if text.len() > MAX_QUERY {
            let at = text.floor_char_boundary(MAX_QUERY)..text.len();
            return Err(QueryError::new(at, format!("a query can have {MAX_QUERY} bytes; this one has {}", text.len())));
        }
        resolve::resolve(&grammar::read(text)?, schema)
    }

    /// The query that looks for a text in all that is words, whatever the text is.
    pub fn words(text: &str, schema: &Arc<Schema>) -> Query {
        let text = text.trim();
        let filter = (!text.is_empty()).then(|| Expr::word(text));
        Query { schema: schema.clone(), filter, ..Query::default() }
    }

    /// The fields that it is about.
    pub const fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    /// Whether it leaves no row out.
    pub const fn is_all(&self) -> bool {
        self.filter.is_none()
    }

    /// Whether all it asks can be asked of a table's rows themselves; else its rows match if one of their live flows does.
    pub fn is_of(&self, table: Table) -> bool {
        let mut is_of = true;
        if let Some(filter) = &self.filter {
            filter.fields(&mut |id| is_of &= self.schema.field(id).is_some_and(|field| field.is_of(table)));
        }
        is_of
    }

    /// The registered columns that it asks for and of which nothing had a value so far, each once: whoever fills them may be switched off, or lack something.
    pub fn untold(&self, totals: &Totals) -> Vec<Arc<str>> {
        let mut asked = Vec::new();
        if let Some(filter) = &self.filter {
            filter.fields(&mut |id| asked.push(id));
        }
        if let Some(aggregate) = &self.aggregate {
            asked.extend(aggregate.by.iter().copied());
            asked.extend(aggregate.asked().iter().filter_map(|figure| figure.field));
        }
        let is_untold = |field: &&Field| field.is_registered() && !totals.columns.contains(field.base());
        let mut untold: Vec<Arc<str>> =
            asked.iter().filter_map(|id| self.schema.field(*id)).filter(is_untold).map(|field| field.base().into()).collect();
        untold.sort_unstable();
        untold.dedup();
        untold
    }

    /// What the filter asks for that no flow has: asked of flows it leaves nothing.
    pub fn never_of_flows(&self) -> Vec<&str> {
        let mut never = Vec::new();
        if let Some(filter) = &self.filter {
            filter
                .fields(&mut |id| never.extend(self.schema.field(id).filter(|field| !field.is_of(Table::Flows)).map(|field| &*field.name)));
        }
        never.sort_unstable();
        never.dedup();
        never
    }

    /// The filter alone, without what is made of the rows.
    pub fn filter(&self) -> Query {
        Query { schema: self.schema.clone(), filter: self.filter.clone(), ..Query::default() }
    }
}

impl fmt::Display for Query {
    /// The text in its plainest form: it reads as the same query.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(filter) = &self.filter {
            filter.print(&self.schema, f)?;
        }
        let name = |id: FieldId| self.schema.field(id).map_or("", |field| &*field.name);
        let figure = |figure: &Figure| match figure.field {
            Some(field) => format!("{} {}", figure.how.name(), name(field)),
            None => figure.how.name().to_owned(),
        };
        let by = |by: &By| match by {
            By::Field(field) => name(*field).to_owned(),
            By::Figure(at) => {
                let figures = self.aggregate.as_ref().map(|aggregate| aggregate.figures(&self.schema)).unwrap_or_default();
                figures.get(*at).map(figure).unwrap_or_default()
            }
        };
        let mut bar = if self.filter.is_some() { " | " } else { "| " };
        let mut stage = |text: String| {
            write!(f, "{bar}{text}")?;
            bar = " | ";
            Ok(())
        };
        let list = |parts: Vec<String>| parts.join(", ");
        if let Some(aggregate) = &self.aggregate {
            let figures = list(aggregate.asked().iter().map(figure).collect());
            let groups = list(aggregate.by.iter().map(|id| name(*id).to_owned()).collect());
            stage(match (figures.is_empty(), groups.is_empty()) {
                (false, true) => figures,
                (true, _) => format!("by {groups}"),
                (false, false) => format!("{figures} by {groups}"),
            })?;
        }
        if let Some(sort) = &self.sort {
            stage(format!("sort {} {}", by(&sort.by), if sort.descending { "desc" } else { "asc" }))?;
        }
        if let Some(top) = self.top {
            stage(format!("top {top}"))?;
        }
        if !self.columns.is_empty() {
            stage(format!("columns {}", list(self.columns.iter().map(by).collect())))?;
        }
        Ok(())
    }
}
