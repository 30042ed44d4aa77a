//! The grammar: from tokens to a tree of words, which nobody has compared with the columns yet.

use std::ops::Range;

use winnow::Stateful;
use winnow::error::ParserError;
use winnow::prelude::*;
use winnow::stream::{Stream, TokenSlice};
use winnow::token::any;

use super::expr::Op;
use super::token::{Is, Token, tokens};
use super::{MAX_DEPTH, MAX_FIGURES, MAX_PATTERNS, MAX_TERMS, MAX_VALUES, QueryError};

/// A word, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) quoted: bool,
    pub(super) at: Range<usize>,
}

/// One value, or all from one to another.
#[derive(Clone, Debug)]
pub(super) struct RawValue {
    pub(super) from: Word,
    pub(super) to: Option<Word>,
}

/// A filter.
#[derive(Clone, Debug)]
pub(super) enum Raw {
    Or(Vec<Raw>),
    And(Vec<Raw>),
    Not(Box<Raw>),
    Has(Word),
    /// A word, and where another one stands right behind it.
    Word(Word, Option<Range<usize>>),
    Compare {
        field: Word,
        op: Op,
        values: Vec<RawValue>,
    },
}

/// What is done with what the filter leaves.
#[derive(Clone, Debug)]
pub(super) enum RawStage {
    Aggregate { figures: Vec<RawFigure>, by: Vec<Word>, at: Range<usize> },
    Sort { what: RawFigure, ascending: Option<bool> },
    Top { count: usize, at: Range<usize> },
    Columns { names: Vec<RawFigure>, at: Range<usize> },
}

impl RawStage {
    /// What could stand behind it.
    const fn behind(&self) -> &'static str {
        match self {
            RawStage::Aggregate { by, .. } if by.is_empty() => "a comma, by, | or the end",
            RawStage::Aggregate { .. } | RawStage::Columns { .. } => "a comma, | or the end",
            RawStage::Sort { ascending: None, .. } => "asc, desc, | or the end",
            RawStage::Sort { .. } | RawStage::Top { .. } => "| or the end",
        }
    }
}

/// A field, or what its values come to; or how many rows there are.
#[derive(Clone, Debug)]
pub(super) struct RawFigure {
    /// `sum` and its like.
    pub(super) how: Option<Word>,
    pub(super) field: Option<Word>,
}

/// A whole query.
#[derive(Clone, Debug)]
pub(super) struct RawQuery {
    pub(super) filter: Option<Raw>,
    pub(super) stages: Vec<RawStage>,
}

/// Words that mean something to the grammar: as words to be looked for they stand in quotes.
pub(super) const KEYWORDS: [&str; 8] = ["and", "or", "not", "in", "has", "begins", "ends", "contains"];
/// What many values can come to.
pub(super) const FIGURES: [&str; 6] = ["sum", "count", "min", "max", "mean", "distinct"];
/// What others call what stands behind a bar.
const ALIKE: [(&str, &str); 16] = [
    ("avg", "mean"),
    ("average", "mean"),
    ("total", "sum"),
    ("minimum", "min"),
    ("maximum", "max"),
    ("uniq", "distinct"),
    ("unique", "distinct"),
    ("dcount", "distinct"),
    ("group", "by"),
    ("order", "sort"),
    ("limit", "top"),
    ("head", "top"),
    ("first", "top"),
    ("select", "columns"),
    ("fields", "columns"),
    ("show", "columns"),
];

pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word)) || word.eq_ignore_ascii_case("matches")
}

/// Reads a text.
pub(super) fn read(text: &str) -> Result<RawQuery, QueryError> {
    let tokens = tokens(text)?;
    let state = State { end: text.trim_end().len(), depth: 0, terms: 0, values: 0, patterns: 0 };
    let mut input = Stateful { input: TokenSlice::new(&tokens), state };
    let query = query(&mut input).map_err(|wrong| wrong.0)?;
    Ok(query)
}

/// What bounds a query.
#[derive(Clone, Copy, Debug)]
struct State {
    /// Where the text ends.
    end: usize,
    depth: usize,
    terms: usize,
    values: usize,
    patterns: usize,
}

type Input<'a> = Stateful<TokenSlice<'a, Token>, State>;
type Parsed<T> = Result<T, Wrong>;

/// A query error, as winnow's parsers return it.
#[derive(Debug)]
struct Wrong(QueryError);

impl<'a> ParserError<Input<'a>> for Wrong {
    type Inner = Wrong;

    fn from_input(input: &Input<'a>) -> Wrong {
        Wrong(QueryError::expected(here(input), "something else"))
    }

    fn into_inner(self) -> Result<Wrong, Wrong> {
        Ok(self)
    }
}

/// Where the next token stands.
fn here(input: &Input<'_>) -> Range<usize> {
    input.input.first().map_or(input.state.end..input.state.end, |token| token.at.clone())
}

fn wrong<T>(input: &Input<'_>, expected: &str) -> Parsed<T> {
    Err(Wrong(QueryError::expected(here(input), expected)))
}

fn next<'a>(input: &Input<'a>) -> Option<&'a Is> {
    input.input.peek_token().map(|token| &token.is)
}

fn take<'a>(input: &mut Input<'a>) -> Parsed<&'a Token> {
    any.parse_next(input)
}

/// Takes the next token if it is that one.
fn sign(input: &mut Input<'_>, is: &Is) -> bool {
    let found = next(input) == Some(is);
    if found {
        input.next_token();
    }
    found
}

/// Takes the next token if it is that keyword.
fn keyword(input: &mut Input<'_>, word: &str) -> bool {
    let found = is_next(input, word);
    if found {
        input.next_token();
    }
    found
}

fn is_next(input: &Input<'_>, word: &str) -> bool {
    matches!(next(input), Some(Is::Bare(bare)) if bare.eq_ignore_ascii_case(word))
}

fn query(input: &mut Input<'_>) -> Parsed<RawQuery> {
    let filter = match next(input) {
        None | Some(Is::Pipe) => None,
        Some(Is::Bare(word)) if word == "*" && matches!(input.input.get(1).map(|token| &token.is), None | Some(Is::Pipe)) => {
            input.input.next_token();
            None
        }
        Some(_) => Some(any_of(input)?),
    };
    let mut stages = Vec::new();
    while sign(input, &Is::Pipe) {
        stages.push(stage(input)?);
    }
    match next(input) {
        None => Ok(RawQuery { filter, stages }),
        Some(Is::Sign(')')) => wrong(input, "no parenthesis here: none is open"),
        Some(Is::Sign(',')) if stages.is_empty() => wrong(input, "and, or, | or the end; several values stand between { and }"),
        Some(_) => wrong(input, stages.last().map_or("and, or, | or the end", RawStage::behind)),
    }
}

fn any_of(input: &mut Input<'_>) -> Parsed<Raw> {
    let mut parts = vec![all_of(input)?];
    while sign(input, &Is::Or) || keyword(input, "or") {
        parts.push(all_of(input)?);
    }
    Ok(one_or(parts, Raw::Or))
}

/// Terms that stand beside one another must all hold, with `and` between them or not.
fn all_of(input: &mut Input<'_>) -> Parsed<Raw> {
    let mut parts = vec![negation(input)?];
    loop {
        let joined = sign(input, &Is::And) || keyword(input, "and");
        let more = match next(input) {
            Some(Is::Bare(_)) => !is_next(input, "or"),
            Some(Is::Quoted(_) | Is::Bang | Is::Sign('(')) => true,
            _ => false,
        };
        if !joined && !more {
            return Ok(one_or(parts, Raw::And));
        }
        parts.push(negation(input)?);
    }
}

fn one_or(mut parts: Vec<Raw>, many: impl FnOnce(Vec<Raw>) -> Raw) -> Raw {
    match parts.pop() {
        Some(one) if parts.is_empty() => one,
        last => many(parts.into_iter().chain(last).collect()),
    }
}

fn negation(input: &mut Input<'_>) -> Parsed<Raw> {
    if sign(input, &Is::Bang) || keyword(input, "not") {
        return deeper(input, |input| Ok(Raw::Not(negation(input)?.into())));
    }
    if !sign(input, &Is::Sign('(')) {
        return term(input);
    }
    deeper(input, |input| {
        let inner = any_of(input)?;
        if sign(input, &Is::Sign(')')) {
            return Ok(inner);
        }
        wrong(input, ") or another term")
    })
}

fn deeper<T>(input: &mut Input<'_>, parse: impl FnOnce(&mut Input<'_>) -> Parsed<T>) -> Parsed<T> {
    input.state.depth += 1;
    if input.state.depth > MAX_DEPTH {
        let message = format!("parentheses and negations can stand within one another {MAX_DEPTH} times");
        return Err(Wrong(QueryError::new(here(input), message)));
    }
    let parsed = parse(input);
    input.state.depth -= 1;
    parsed
}

fn term(input: &mut Input<'_>) -> Parsed<Raw> {
    input.state.terms += 1;
    if input.state.terms > MAX_TERMS {
        return Err(Wrong(QueryError::new(here(input), format!("a query can have {MAX_TERMS} terms"))));
    }
    if is_next(input, "has") {
        input.next_token();
        return Ok(Raw::Has(name(input, "the name of a column")?));
    }
    if let Some(Is::Bare(bare)) = next(input)
        && is_keyword(bare)
    {
        return wrong(input, &format!("a column or a word before {bare}; to look for it put it into \"quotes\""));
    }
    let field = match next(input) {
        Some(Is::Bare(_) | Is::Quoted(_)) => word(input)?,
        _ => return wrong(input, "a column, a word, has, not or ("),
    };
    let Some((op, negated)) = operator(input) else {
        let is_beside = matches!(next(input), Some(Is::Bare(word)) if !is_keyword(word)) || matches!(next(input), Some(Is::Quoted(_)));
        return Ok(Raw::Word(field, is_beside.then(|| here(input))));
    };
    if field.quoted {
        return Err(Wrong(QueryError::expected(field.at, "the name of a column before a comparison, without quotes")));
    }
    let values = values(input)?;
    if op == Op::Matches {
        input.state.patterns += values.len();
        if input.state.patterns > MAX_PATTERNS {
            let at = values.first().map_or(0..0, |value| value.from.at.clone());
            return Err(Wrong(QueryError::new(at, format!("a query can have {MAX_PATTERNS} regular expressions"))));
        }
    }
    let has = negated.then(|| Raw::Has(field.clone()));
    let compare = Raw::Compare { field, op, values };
    Ok(match has {
        Some(has) => Raw::And(vec![has, Raw::Not(compare.into())]),
        None => compare,
    })
}

/// A comparison, and whether it is to hold for none.
fn operator(input: &mut Input<'_>) -> Option<(Op, bool)> {
    let behind = input.input.get(1).map(|token| &token.is);
    let (op, negated) = match (next(input)?, behind) {
        (Is::Op(op), _) => (*op, false),
        (Is::Bang, Some(Is::Op(Op::Matches))) => (Op::Matches, true),
        (Is::Bare(not), Some(Is::Op(Op::Matches))) if not.eq_ignore_ascii_case("not") => (Op::Matches, true),
        (Is::Bare(not), Some(Is::Bare(word))) if not.eq_ignore_ascii_case("not") => match in_words(word)? {
            Op::In => (Op::NotIn, true),
            op if op.takes_words_alone() => (op, true),
            _ => return None,
        },
        (Is::Bare(word), _) => (in_words(word)?, false),
        _ => return None,
    };
    input.next_token();
    if negated {
        input.next_token();
    }
    Some((op, negated && op != Op::NotIn))
}

/// The comparison that a word is: ours, and those of Wireshark.
pub(super) fn in_words(word: &str) -> Option<Op> {
    Some(match word.to_ascii_lowercase().as_str() {
        "in" => Op::In,
        "begins" => Op::Begins,
        "ends" => Op::Ends,
        "contains" => Op::Contains,
        "matches" => Op::Matches,
        "eq" => Op::Is,
        "ne" => Op::Not,
        "lt" => Op::Less,
        "le" => Op::AtMost,
        "gt" => Op::More,
        "ge" => Op::AtLeast,
        _ => return None,
    })
}

fn values(input: &mut Input<'_>) -> Parsed<Vec<RawValue>> {
    let (begin, end) = match next(input) {
        Some(Is::Sign('{')) => ('{', '}'),
        Some(Is::Sign('(')) => ('(', ')'),
        _ => return Ok(vec![value(input, false)?]),
    };
    input.next_token();
    let mut values = Vec::new();
    loop {
        if values.is_empty() && next(input) == Some(&Is::Sign(end)) {
            return wrong(input, &format!("values between {begin} and {end}"));
        }
        if sign(input, &Is::Sign(end)) {
            return Ok(values);
        }
        values.push(value(input, true)?);
        if !sign(input, &Is::Sign(',')) && next(input).is_none() {
            return wrong(input, &end.to_string());
        }
    }
}

/// One value, alone or of a set.
fn value(input: &mut Input<'_>, of_set: bool) -> Parsed<RawValue> {
    input.state.values += 1;
    if input.state.values > MAX_VALUES {
        return Err(Wrong(QueryError::new(here(input), format!("a query can have {MAX_VALUES} values"))));
    }
    let from = amount(input, of_set)?;
    let to = if sign(input, &Is::Dots) { Some(amount(input, of_set)?) } else { None };
    Ok(RawValue { from, to })
}

/// A word, a number and its unit, or a date and a time of day.
fn amount(input: &mut Input<'_>, of_set: bool) -> Parsed<Word> {
    let mut amount = match next(input) {
        Some(Is::Bare(_) | Is::Quoted(_)) => word(input)?,
        _ => return wrong(input, "a value"),
    };
    let Some(Is::Bare(behind)) = next(input) else { return Ok(amount) };
    let is_number = !amount.quoted && amount.text.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '_');
    let is_date = !amount.quoted && super::date::is_day(&amount.text);
    if (is_number && super::units::is_unit(behind)) || (is_date && super::date::is_of_day(behind)) {
        let more = word(input)?;
        amount.text = format!("{} {}", amount.text, more.text);
        amount.at.end = more.at.end;
    } else if is_number && !of_set && !is_keyword(behind) {
        // It would be looked for as a word, and that is hardly ever meant.
        return wrong(input, "a unit such as kB, MB, s or min, or else \"and\" or \"or\"");
    }
    Ok(amount)
}

fn word(input: &mut Input<'_>) -> Parsed<Word> {
    let token = take(input)?;
    match &token.is {
        Is::Bare(text) => Ok(Word { text: text.clone(), quoted: false, at: token.at.clone() }),
        Is::Quoted(text) => Ok(Word { text: text.clone(), quoted: true, at: token.at.clone() }),
        _ => Err(Wrong(QueryError::expected(token.at.clone(), "a word"))),
    }
}

fn name(input: &mut Input<'_>, expected: &str) -> Parsed<Word> {
    match next(input) {
        Some(Is::Bare(_)) => word(input),
        _ => wrong(input, expected),
    }
}

fn names(input: &mut Input<'_>) -> Parsed<Vec<Word>> {
    let mut names = vec![name(input, "the name of a column")?];
    while sign(input, &Is::Sign(',')) {
        names.push(name(input, "the name of a column")?);
    }
    Ok(names)
}

fn stage(input: &mut Input<'_>) -> Parsed<RawStage> {
    let at = here(input);
    if keyword(input, "sort") {
        let _by = keyword(input, "by");
        let what = figure(input)?;
        let ascending = match (keyword(input, "asc"), keyword(input, "desc")) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        };
        return Ok(RawStage::Sort { what, ascending });
    }
    if keyword(input, "top") {
        let count = name(input, "how many")?;
        return match count.text.parse() {
            Ok(n) if n > 0 => Ok(RawStage::Top { count: n, at }),
            _ => Err(Wrong(QueryError::expected(count.at, "a number from 1 on"))),
        };
    }
    if keyword(input, "columns") {
        let mut names = vec![figure(input)?];
        while sign(input, &Is::Sign(',')) {
            names.push(figure(input)?);
        }
        return Ok(RawStage::Columns { names, at });
    }
    let mut figures = Vec::new();
    if !is_next(input, "by") {
        figures.push(figure_of_aggregate(input)?);
        while sign(input, &Is::Sign(',')) {
            figures.push(figure_of_aggregate(input)?);
        }
    }
    let by = if keyword(input, "by") { names(input)? } else { Vec::new() };
    if figures.len() + by.len() > MAX_FIGURES {
        return Err(Wrong(QueryError::new(at, format!("a sum can have {MAX_FIGURES} figures and columns to group by"))));
    }
    Ok(RawStage::Aggregate { figures, by, at })
}

fn figure_of_aggregate(input: &mut Input<'_>) -> Parsed<RawFigure> {
    if FIGURES.iter().any(|how| is_next(input, how)) {
        return figure(input);
    }
    let mut error = QueryError::expected(here(input), "sum, count, min, max, mean, distinct, by, sort, top or columns");
    let meant = ALIKE.into_iter().find(|(other, _)| is_next(input, other));
    error.nearest.extend(meant.map(|(_, ours)| ours.into()));
    Err(Wrong(error))
}

/// `count`, `sum FIELD` and its like, or a field alone.
fn figure(input: &mut Input<'_>) -> Parsed<RawFigure> {
    let first = name(input, "the name of a column")?;
    if first.text.eq_ignore_ascii_case("count") {
        return Ok(RawFigure { how: Some(first), field: None });
    }
    if FIGURES.iter().any(|how| how.eq_ignore_ascii_case(&first.text)) {
        let field = name(input, &format!("the name of a column, as in {} bytes", first.text.to_ascii_lowercase()))?;
        return Ok(RawFigure { how: Some(first), field: Some(field) });
    }
    Ok(RawFigure { how: None, field: Some(first) })
}
