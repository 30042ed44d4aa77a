//! The words and signs of a query.

use std::ops::Range;

use winnow::LocatingSlice;
use winnow::ascii::multispace0;
use winnow::combinator::{alt, dispatch, fail, not, opt, peek, preceded, repeat, terminated};
use winnow::prelude::*;
use winnow::token::{any, one_of, take_while};

use super::QueryError;
use super::expr::Op;

/// One word or sign, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) is: Is,
    pub(super) at: Range<usize>,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Is {
    /// A word without quotes: a name, a number, a keyword.
    Bare(String),
    /// A word in quotes.
    Quoted(String),
    /// A comparison.
    Op(Op),
    /// `&&`
    And,
    /// `||`
    Or,
    /// `!`
    Bang,
    /// `..`
    Dots,
    /// `|`
    Pipe,
    /// One of `(){},`.
    Sign(char),
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, QueryError> {
    let mut input = LocatingSlice::new(text);
    let one = preceded(multispace0, token.with_span()).map(|(is, at)| Token { is, at });
    let all: Result<Vec<Token>, winnow::error::EmptyError> = repeat(0.., one).parse_next(&mut input);
    let rest = text.len() - input.trim_start().len();
    match (all, text.get(rest..).and_then(|rest| rest.chars().next())) {
        (Ok(all), None) => Ok(all),
        (_, Some('"' | '\'')) => Err(QueryError::new(rest..text.len(), "these quotes are not closed")),
        (_, Some(sign)) => {
            Err(QueryError::new(rest..rest + sign.len_utf8(), format!("{sign} means nothing here; put words with it into \"quotes\"")))
        }
        (Err(_), None) => Err(QueryError::new(rest..rest, "this cannot be read")),
    }
}

type Input<'a> = LocatingSlice<&'a str>;
type Parsed<T> = Result<T, winnow::error::EmptyError>;

fn token(input: &mut Input<'_>) -> Parsed<Is> {
    dispatch! { peek(any);
        '"' | '\'' => quoted.map(Is::Quoted),
        '(' | ')' | '{' | '}' | ',' => any.map(Is::Sign),
        '=' => ("=", opt(one_of(['=', '~']))).map(|(_, second)| Is::Op(if second == Some('~') { Op::Matches } else { Op::Is })),
        '~' => "~".value(Is::Op(Op::Matches)),
        '<' => alt(("<=".value(Op::AtMost), "<>".value(Op::Not), "<".value(Op::Less))).map(Is::Op),
        '>' => alt((">=".value(Op::AtLeast), ">".value(Op::More))).map(Is::Op),
        '!' => alt(("!=".value(Is::Op(Op::Not)), "!".value(Is::Bang))),
        '&' => "&&".value(Is::And),
        '|' => alt(("||".value(Is::Or), "|".value(Is::Pipe))),
        '.' => alt(("..".value(Is::Dots), bare.map(Is::Bare))),
        c if is_bare(c) => bare.map(Is::Bare),
        _ => fail,
    }
    .parse_next(input)
}

/// A word without quotes ends before two points: they make a range.
fn bare(input: &mut Input<'_>) -> Parsed<String> {
    let part = alt((take_while(1.., |c| is_bare(c) && c != '.'), (".", not('.')).take()));
    repeat::<_, _, String, _, _>(1.., part).parse_next(input)
}

fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !r#"(){},"=!<>~&|"#.contains(c)
}

/// Between two of the quotes it begins with: a backslash stands before these and before itself; before all else it is one, so that patterns need no
/// second.
fn quoted(input: &mut Input<'_>) -> Parsed<String> {
    let mark = any.parse_next(input)?;
    let part = alt((
        take_while(1.., |c| c != mark && c != '\\').map(str::to_owned),
        preceded('\\', one_of([mark, '\\'])).map(String::from),
        preceded('\\', any).map(|c: char| format!("\\{c}")),
    ));
    terminated(repeat::<_, _, String, _, _>(0.., part), mark).parse_next(input)
}

/// A word that reads as itself: bare where it can be, else in quotes.
///
/// ```
/// assert_eq!(graph::quote("dns"), "dns");
/// assert_eq!(graph::quote("and"), r#""and""#);
/// assert_eq!(graph::quote("a."), r#""a.""#); // two points that follow would make a range
/// assert_eq!(graph::quote(r#"a "b" \d"#), r#""a \"b\" \\d""#);
/// ```
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_plain = word.starts_with(char::is_alphabetic) && word.chars().all(plain) && !word.contains("..") && !word.ends_with('.');
    if is_plain && !super::grammar::is_keyword(word) { word.to_owned() } else { in_quotes(word) }
}

/// A word in quotes, whatever it is.
pub(super) fn in_quotes(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}
