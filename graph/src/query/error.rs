//! What is wrong with a query, and where.

use std::fmt;
use std::ops::Range;

use arcstr::ArcStr;

/// Why a text is no query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct QueryError {
    /// The bytes of the text that it is about; empty at its end where something is missing.
    pub at: Range<usize>,
    /// What is wrong, or was expected.
    pub message: String,
    /// Names that may have been meant, the nearest first.
    pub nearest: Vec<ArcStr>,
}

impl QueryError {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> QueryError {
        QueryError { at, message: message.into(), nearest: Vec::new() }
    }

    pub(super) fn expected(at: Range<usize>, what: &str) -> QueryError {
        QueryError::new(at, format!("expected {what}"))
    }

    /// The line of the text that it is about, and below it carets under the place.
    ///
    /// ```
    /// use graph::{Query, Registry, Schema};
    ///
    /// let text = "port = many";
    /// let error = Query::parse(text, &Schema::new(&Registry::default()).into()).unwrap_err();
    /// assert_eq!(error.caret(text), "port = many\n       ^^^^");
    /// ```
    pub fn caret(&self, text: &str) -> String {
        let start = text.floor_char_boundary(self.at.start.min(text.len()));
        let before = text.get(..start).unwrap_or_default();
        let from = before.rfind('\n').map_or(0, |n| n + 1);
        let line = text.get(from..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let column = text.get(from..start).map_or(0, |s| s.chars().count());
        // Of a line that is too long to be read, the part around the place.
        let skip = column.saturating_sub(AROUND);
        let shown: String = line.chars().skip(skip).take(AROUND * 2).map(|c| if c.is_control() { ' ' } else { c }).collect();
        let marked = text.get(start..self.at.end.min(text.len())).map_or(1, |s| s.lines().next().map_or(0, |s| s.chars().count()));
        let room = shown.chars().count().saturating_sub(column - skip).max(1);
        format!("{shown}\n{}{}", " ".repeat(column - skip), "^".repeat(marked.clamp(1, room)))
    }
}

/// So many characters are shown before a place, and after it.
const AROUND: usize = 60;

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.nearest.as_slice() {
            [] => Ok(()),
            [one] => write!(f, "; did you mean {one}?"),
            several => write!(f, "; did you mean one of {}?", several.join(", ")),
        }
    }
}
