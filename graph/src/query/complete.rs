//! What could stand at a place of a query that is being written.

use std::ops::Range;

use super::aggregate::How;
use super::expr::{Op, literal};
use super::grammar::in_words as op_in_words;
use super::token::{Is, Token, tokens};
use crate::field::{Field, FieldId};
use crate::{Schema, Value, ValueType};

/// What could stand at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// The bytes that an offer replaces: what of the word is there already.
    pub replace: Range<usize>,
    /// What fits there, the likeliest first.
    pub offers: Vec<Offer>,
    /// A value of this field is wanted there: live ones fit, too.
    pub values_of: Option<FieldId>,
    /// What is there of it already, without quotes.
    pub prefix: String,
}

/// One thing that could stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What is written.
    pub text: String,
    /// One line for the user.
    pub help: String,
    /// What it is.
    pub kind: OfferKind,
}

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OfferKind {
    /// The name of a field.
    Field,
    /// A comparison.
    Op,
    /// A word of the language.
    Keyword,
    /// A value.
    Value,
}

/// Where in a query a place is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Term,
    Has,
    /// Behind a word, which may be a field's name.
    Word(Option<FieldId>),
    /// Behind `not` that stands behind a field's name.
    WordNot(FieldId),
    Value(FieldId),
    Set(FieldId),
    /// Behind a value: perhaps a number without its unit.
    Behind(FieldId),
    Joint,
    Stage,
    /// More figures of a sum.
    Figure,
    OfFigure,
    BehindFigure,
    By,
    BehindBy,
    Sort,
    BehindSort,
    Number,
    Columns,
    BehindColumns,
    End,
}

/// What could stand where the cursor is, a byte of `text`.
///
/// ```
/// use graph::{Registry, Schema, complete};
///
/// let schema = Schema::new(&Registry::default());
/// let completion = complete("dns and src.p", 13, &schema);
/// assert_eq!(completion.replace, 8..13);
/// assert_eq!(completion.offers[0].text, "src.port");
/// ```
pub fn complete(text: &str, cursor: usize, schema: &Schema) -> Completion {
    let cursor = text.floor_char_boundary(cursor.min(text.len()).min(super::MAX_QUERY));
    let before = text.get(..cursor).unwrap_or_default();
    let (read, begun) = begun(before);
    let mut place = Place::Term;
    for token in &read {
        place = follow(place, &token.is, schema);
    }
    let (start, prefix) = begun.unwrap_or((cursor, String::new()));
    let rest = text.get(cursor..).unwrap_or_default();
    let more =
        if start == cursor { 0 } else { rest.find(|c: char| c.is_whitespace() || "(){},\"=!<>~&|".contains(c)).unwrap_or(rest.len()) };
    let values_of = if let Place::Value(id) | Place::Set(id) = place { Some(id) } else { None };
    let mut offers = offers(place, schema);
    let wanted = prefix.to_lowercase();
    offers.retain(|offer| offer.text.to_lowercase().contains(&wanted));
    offers.sort_by_key(|offer| !offer.text.to_lowercase().starts_with(&wanted));
    Completion { replace: start..cursor + more, offers, values_of, prefix }
}

/// The tokens that are whole, and the one that is being written: where it begins, and what there is of it.
fn begun(before: &str) -> (Vec<Token>, Option<(usize, String)>) {
    let mut read = match tokens(before) {
        Ok(read) => read,
        // Quotes that are open, or a sign that is half of one.
        Err(error) => {
            let start = error.at.start;
            let read = tokens(before.get(..start).unwrap_or_default()).unwrap_or_default();
            let part = before.get(start..).unwrap_or_default().trim_start_matches(['"', '\'']).to_owned();
            return (read, Some((start, part)));
        }
    };
    match read.pop_if(|last| last.at.end == before.len() && matches!(last.is, Is::Bare(_))) {
        Some(Token { is: Is::Bare(part), at }) => (read, Some((at.start, part))),
        _ => (read, None),
    }
}

/// The place behind a token.
fn follow(place: Place, is: &Is, schema: &Schema) -> Place {
    let bare = if let Is::Bare(bare) = is { bare.to_ascii_lowercase() } else { String::new() };
    match (place, is) {
        (_, Is::Pipe) => Place::Stage,
        (Place::Has, Is::Bare(_)) => Place::Joint,
        (Place::Word(Some(id)) | Place::WordNot(id), Is::Op(_)) => Place::Value(id),
        (Place::Word(Some(id)), Is::Bang) => Place::WordNot(id),
        (Place::Word(Some(id)), Is::Bare(_)) if bare == "not" => Place::WordNot(id),
        (Place::Word(Some(id)) | Place::WordNot(id), Is::Bare(_)) if op_in_words(&bare).is_some() => Place::Value(id),
        (Place::Word(_) | Place::WordNot(_), Is::Bare(_)) => follow(Place::Joint, is, schema),
        (Place::Value(id) | Place::Set(id), Is::Sign('{' | '(')) => Place::Set(id),
        (Place::Set(_), Is::Sign('}' | ')')) => Place::Joint,
        (Place::Set(_), _) => place,
        (Place::Value(id), Is::Bare(_) | Is::Quoted(_)) => Place::Behind(id),
        (Place::Behind(id), Is::Dots) => Place::Value(id),
        (Place::Behind(_), Is::Bare(_)) if super::units::is_unit(&bare) => Place::Joint,
        (Place::Stage | Place::Figure, Is::Bare(_)) => match bare.as_str() {
            "count" => Place::BehindFigure,
            "by" => Place::By,
            "sort" => Place::Sort,
            "top" => Place::Number,
            "columns" => Place::Columns,
            _ => Place::OfFigure,
        },
        (Place::OfFigure, Is::Bare(_)) => Place::BehindFigure,
        (Place::BehindFigure, Is::Sign(',')) => Place::Figure,
        (Place::BehindFigure, Is::Bare(_)) if bare == "by" => Place::By,
        (Place::By, Is::Bare(_)) => Place::BehindBy,
        (Place::BehindBy, Is::Sign(',')) => Place::By,
        (Place::Sort, Is::Bare(_)) if bare == "by" => place,
        (Place::Sort, Is::Bare(_)) if How::named(&bare).is_some_and(|how| how != How::Count) => place,
        (Place::Sort, Is::Bare(_)) => Place::BehindSort,
        (Place::Columns, Is::Bare(_)) if How::named(&bare).is_some_and(|how| how != How::Count) => place,
        (Place::Columns, Is::Bare(_)) => Place::BehindColumns,
        (Place::BehindColumns, Is::Sign(',')) => Place::Columns,
        (Place::Number | Place::BehindSort, Is::Bare(_)) => Place::End,
        (_, Is::And | Is::Or | Is::Bang | Is::Sign('(')) => Place::Term,
        (_, Is::Sign(')') | Is::Quoted(_)) => Place::Joint,
        (Place::Term | Place::Joint | Place::Behind(_), Is::Bare(word)) => match bare.as_str() {
            "and" | "or" | "not" => Place::Term,
            "has" => Place::Has,
            _ => Place::Word(super::words::with_transport(word, schema).map(|(_, id)| id).or_else(|| schema.find(word))),
        },
        _ => place,
    }
}

fn offers(place: Place, schema: &Schema) -> Vec<Offer> {
    let keyword = |text: &str, help: &str| Offer { text: text.to_owned(), help: help.to_owned(), kind: OfferKind::Keyword };
    let fields = |wanted: &dyn Fn(&Field) -> bool| -> Vec<Offer> {
        let offer = |field: &Field| Offer { text: field.name.to_string(), help: field.help.to_string(), kind: OfferKind::Field };
        schema.fields().map(|(_, field)| field).filter(|field| wanted(field)).map(offer).collect()
    };
    let joints = || {
        vec![
            keyword("and", "and also"),
            keyword("or", "or else"),
            keyword("|", "make something of them: sum, count, by, sort, top, columns"),
        ]
    };
    let figures = || How::ALL.map(|how| keyword(how.name(), how.help()));
    let type_of = |id: FieldId| schema.field(id).map(|field| field.value_type);
    match place {
        Place::Term => {
            let mut offers = fields(&|_| true);
            offers.extend([keyword("not", "the opposite"), keyword("has", "is known at all")]);
            offers
        }
        Place::Has | Place::By | Place::Columns => fields(&|_| true),
        Place::OfFigure => fields(&|field| field.value_type.is_number()),
        Place::Word(Some(id)) => {
            let takes = |op: &Op| type_of(id).is_some_and(|of| op.takes(of));
            let op = |op: Op| Offer { text: op.sign().to_owned(), help: op.help().to_owned(), kind: OfferKind::Op };
            Op::ALL.into_iter().filter(takes).map(op).chain(joints()).collect()
        }
        Place::WordNot(id) => {
            let takes = |op: &Op| type_of(id).is_some_and(|of| op.takes(of) && (*op == Op::In || op.takes_words_alone()));
            let op = |op: Op| Offer { text: op.sign().to_owned(), help: format!("not: {}", op.help()), kind: OfferKind::Op };
            Op::ALL.into_iter().filter(takes).map(op).collect()
        }
        Place::Value(id) | Place::Set(id) => match type_of(id) {
            Some(ValueType::Bool) => {
                ["true", "false"].map(|text| Offer { text: text.to_owned(), help: String::new(), kind: OfferKind::Value }).into()
            }
            _ => Vec::new(),
        },
        Place::Behind(id) => {
            let units: &[&str] = match type_of(id) {
                Some(ValueType::Bytes) => &["kB", "MB", "GB", "KiB", "MiB", "GiB"],
                Some(ValueType::Rate) => &["kB/s", "MB/s", "GB/s", "kbit/s", "Mbit/s", "Gbit/s"],
                Some(ValueType::Duration) => &["ms", "s", "min", "h", "d"],
                _ => &[],
            };
            units.iter().map(|unit| keyword(unit, "a unit")).chain(joints()).collect()
        }
        Place::Word(None) | Place::Joint => joints(),
        Place::Stage => {
            let mut offers: Vec<Offer> = figures().into();
            offers.extend([
                keyword("by", "all that can be summed, by columns"),
                keyword("sort", "by a column; asc or desc behind it"),
                keyword("top", "so many rows"),
                keyword("columns", "which columns"),
            ]);
            offers
        }
        Place::Figure => figures().into(),
        Place::BehindFigure => vec![keyword("by", "for each value of columns")],
        Place::Sort => fields(&|_| true).into_iter().chain(figures()).collect(),
        Place::BehindSort => vec![keyword("desc", "largest first"), keyword("asc", "smallest first")],
        Place::BehindBy | Place::BehindColumns | Place::Number | Place::End => Vec::new(),
    }
}

/// A value as it is written behind a comparison.
///
/// ```
/// use graph::{Value, literal};
///
/// assert_eq!(literal(&Value::Bytes(1_000_000)), "1 MB");
/// assert_eq!(literal(&Value::text("a b")), "\"a b\"");
/// ```
pub fn in_words(value: &Value) -> String {
    match value {
        Value::List(values) => format!("{{{}}}", values.iter().map(literal).collect::<Vec<_>>().join(", ")),
        one => literal(one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;

    fn offered(text: &str) -> (Vec<String>, Option<String>, Range<usize>) {
        let schema = Schema::new(&Registry::default());
        let cursor = text.find('^').unwrap_or(text.len());
        let completion = complete(&text.replace('^', ""), cursor, &schema);
        let field = completion.values_of.and_then(|id| schema.field(id)).map(|field| field.name.to_string());
        (completion.offers.into_iter().map(|offer| offer.text).collect(), field, completion.replace)
    }

    #[test]
    fn every_place_has_its_own() {
        for (text, first, values_of, replace) in [
            ("", "ip", None, 0..0),
            ("by^", "bytes", None, 0..2),
            ("dns and by^tes > 1", "bytes", None, 8..13),
            ("not ", "ip", None, 4..4),
            ("has tl", "", None, 4..6),
            ("has pr", "proto", None, 4..6),
            ("bytes ", "=", None, 6..6),
            ("name b", "begins", None, 5..6),
            ("name not ", "in", None, 9..9),
            ("name not be", "begins", None, 9..11),
            ("name eq ", "", Some("name"), 8..8),
            ("name !~ 'git", "", Some("name"), 8..12),
            ("service in (dns, ht", "", Some("service"), 17..19),
            ("| by service | sort by by", "bytes", None, 23..25),
            ("name = ", "", Some("name"), 7..7),
            ("name = \"git", "", Some("name"), 7..11),
            ("tcp.port in {80, 4", "", Some("port"), 17..18),
            ("port in 80..", "", Some("port"), 12..12),
            ("bytes > 1 M", "MB", None, 10..11),
            ("bytes > 1 MB ", "and", None, 13..13),
            ("name = x ", "and", None, 9..9),
            ("(dns) | ", "sum", None, 8..8),
            ("dns | sum ra", "rate", None, 10..12),
            ("| sum bytes ", "by", None, 12..12),
            ("| sum bytes, co", "count", None, 13..15),
            ("| by serv", "service", None, 5..9),
            ("| count by service, src.i", "src.ip", None, 20..25),
            ("| by service | sort bytes ", "desc", None, 26..26),
            ("| columns src.", "src.ip", None, 10..14),
        ] {
            let (offers, field, at) = offered(text);
            assert_eq!(offers.first().map_or("", String::as_str), first, "{text}: {offers:?}");
            assert_eq!((field.as_deref(), at), (values_of, replace), "{text}");
        }
    }

    #[test]
    fn only_what_fits_is_offered() {
        let (offers, ..) = offered("bytes ");
        assert!(!offers.contains(&"~".to_owned()) && offers.contains(&">".to_owned()), "{offers:?}");
        assert!(offered("| sum ").0.iter().all(|name| name != "service"));
    }

    #[test]
    fn no_text_and_no_place_is_too_much() {
        for text in ["\"é", "a & b", "((((", "| | |", "name = \"a\\", "..", "é".repeat(50_000).as_str()] {
            for cursor in [0, 1, 2, 3, text.len(), text.len() + 9] {
                let completion = complete(text, cursor, &Schema::new(&Registry::default()));
                assert!(text.get(completion.replace).is_some());
            }
        }
    }
}
