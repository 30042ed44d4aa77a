//! From words to fields and values: what the grammar read, compared with what can be asked.

use std::ops::Range;
use std::sync::Arc;

use super::aggregate::{Aggregate, Figure, How, each_once};
use super::check::{Check, pattern};
use super::expr::{Expr, Literal, Op};
use super::grammar::{Raw, RawFigure, RawQuery, RawStage, RawValue, Word};
use super::{By, Query, QueryError, Sort, date, units, words};
use crate::field::{Field, FieldId, What};
use crate::{Proto, Schema, Table, Value, ValueType};

type Resolved<T> = Result<T, QueryError>;

pub(super) fn resolve(raw: &RawQuery, schema: &Arc<Schema>) -> Resolved<Query> {
    let mut query = Query { schema: schema.clone(), ..Query::default() };
    query.filter = raw.filter.as_ref().map(|filter| expr(filter, schema)).transpose()?;
    for one in &raw.stages {
        stage(one, &mut query, schema)?;
    }
    Ok(query)
}

fn expr(raw: &Raw, schema: &Schema) -> Resolved<Expr> {
    let all = |parts: &[Raw]| parts.iter().map(|part| expr(part, schema)).collect::<Resolved<Vec<_>>>();
    Ok(match raw {
        Raw::Or(parts) => Expr::or(all(parts)?),
        Raw::And(parts) => Expr::and(all(parts)?),
        Raw::Not(part) => Expr::Not(expr(part, schema)?.into()),
        Raw::Has(name) => match words::with_transport(&name.text, schema) {
            Some((proto, _)) => proto,
            None => Expr::Has(find(name, schema)?.0),
        },
        Raw::Word(word, beside) => words::alone(word, beside.as_ref(), schema)?,
        Raw::Compare { field: name, op, values } => {
            if let Some((proto, id)) = words::with_transport(&name.text, schema)
                && let Some(field) = schema.field(id)
            {
                return Ok(Expr::and(vec![proto, compare(name, id, field, *op, values)?]));
            }
            let (id, field) = find(name, schema)?;
            compare(name, id, field, *op, values)?
        }
    })
}

/// The field of that name.
fn find<'a>(name: &Word, schema: &'a Schema) -> Resolved<(FieldId, &'a Field)> {
    let found = schema.find(&name.text).and_then(|id| Some((id, schema.field(id)?)));
    found.ok_or_else(|| QueryError {
        at: name.at.clone(),
        message: format!("no column is called {}", name.text.chars().take(60).collect::<String>()),
        nearest: schema.nearest(&name.text),
    })
}

fn compare(name: &Word, id: FieldId, field: &Field, op: Op, values: &[RawValue]) -> Resolved<Expr> {
    let of = field.value_type;
    if !op.takes(of) {
        let takes: Vec<&str> = Op::ALL.into_iter().filter(|op| op.takes(of)).map(Op::sign).collect();
        let message = format!("{} is {}, which {} cannot ask of: it takes {}", field.name, described(of), op.sign(), takes.join(", "));
        return Err(QueryError::new(name.at.clone(), message));
    }
    let mut op = op;
    let mut literals = Vec::new();
    for value in values {
        let (literal, is_span) = literal(value, field, op)?;
        // A day is all of its instants.
        if is_span {
            op = match op {
                Op::Is => Op::In,
                Op::Not => Op::NotIn,
                other => other,
            };
        }
        literals.push(literal);
    }
    if literals.len() > 1 {
        op = match op {
            Op::Is => Op::In,
            Op::Not => Op::NotIn,
            Op::Less | Op::AtMost | Op::More | Op::AtLeast => {
                return Err(QueryError::expected(span(values), &format!("one value behind {}", op.sign())));
            }
            other => other,
        };
    }
    let takes_ranges = matches!(op, Op::In | Op::NotIn | Op::Is | Op::Not);
    if !takes_ranges && literals.iter().any(|literal| matches!(literal, Literal::Range(..))) {
        return Err(QueryError::expected(span(values), &format!("one value behind {}; a range stands behind in", op.sign())));
    }
    if op == Op::Is && literals.iter().any(|literal| matches!(literal, Literal::Range(..))) {
        op = Op::In;
    }
    if op == Op::Not && literals.iter().any(|literal| matches!(literal, Literal::Range(..))) {
        op = Op::NotIn;
    }
    let check = match op {
        Op::Matches => Some(Check::Match(values.iter().map(regex).collect::<Resolved<_>>()?)),
        _ => Check::new(of, op, &literals),
    };
    match check {
        Some(check) => Ok(Expr::compare(id, op, literals, check)),
        None => Err(QueryError::expected(span(values), &format!("{} behind {}", described(of), op.sign()))),
    }
}

fn regex(value: &RawValue) -> Resolved<regex::Regex> {
    pattern(&value.from.text).map_err(|why| QueryError::new(value.from.at.clone(), why))
}

fn span(values: &[RawValue]) -> Range<usize> {
    let end = |value: &RawValue| value.to.as_ref().unwrap_or(&value.from).at.end;
    values.first().map_or(0, |value| value.from.at.start)..values.last().map_or(0, end)
}

/// What is compared with, and whether it is all of a stretch of time that was named as one.
fn literal(raw: &RawValue, field: &Field, op: Op) -> Resolved<(Literal, bool)> {
    let (from, last) = value(&raw.from, field)?;
    let Some(to) = &raw.to else {
        let is_span = last != from && matches!(op, Op::Is | Op::Not | Op::In | Op::NotIn);
        // After a day is after its last instant, and until it with that.
        let bound = if matches!(op, Op::More | Op::AtMost) { last.clone() } else { from.clone() };
        return Ok(if is_span { (Literal::Range(from, last), true) } else { (Literal::One(bound), false) });
    };
    let (_, to) = value(to, field)?;
    if !is_range(&from, &to) {
        return Err(QueryError::expected(span(std::slice::from_ref(raw)), "a range from the less to the more"));
    }
    Ok((Literal::Range(from, to), false))
}

/// Whether there is something between two values, or they are the same.
pub(super) fn is_range(from: &Value, to: &Value) -> bool {
    match (from, to) {
        (Value::Ip(a), Value::Ip(b)) => a.is_ipv4() == b.is_ipv4() && a <= b,
        (Value::Bool(_) | Value::Net(_), _) | (_, Value::Net(_)) => false,
        (Value::Text(a) | Value::Symbol(a), Value::Text(b) | Value::Symbol(b)) => a.to_lowercase() <= b.to_lowercase(),
        (from, to) => from <= to,
    }
}

/// The value that a word is for a field; of a stretch of time its first and its last instant.
fn value(word: &Word, field: &Field) -> Resolved<(Value, Value)> {
    let text = word.text.as_str();
    let of = field.value_type;
    let read = match of {
        ValueType::Text => Some(Value::Text(text.into())),
        ValueType::Symbol if field.asked.what == What::Proto => {
            // As a number it is meant by its name, if it has one.
            let name = text.parse().map_or_else(|_| text.into(), |number| Proto(number).to_string().into());
            Some(Value::Symbol(name))
        }
        ValueType::Symbol => Some(Value::Symbol(text.into())),
        ValueType::Ip => {
            let net = || text.parse().ok().map(|net: ipnet::IpNet| Value::Net(net.trunc()));
            of.parse(text).or_else(net)
        }
        ValueType::Net => of.parse(text).or_else(|| Some(Value::Net(text.parse::<std::net::IpAddr>().ok()?.into()))),
        ValueType::Bytes => units::amount(of, text).map(Value::Bytes),
        ValueType::Rate => units::amount(of, text).map(Value::Rate),
        ValueType::Integer => units::amount(of, text).map(Value::Integer),
        ValueType::Duration => units::amount(of, text).map(|us| Value::Duration(std::time::Duration::from_micros(us))),
        ValueType::Time => {
            let span = date::parse(text).map(|(from, to)| (Value::Time(from), Value::Time(to)));
            return span.ok_or_else(|| not_of(word, field));
        }
        ValueType::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(Value::Bool(true)),
            "false" | "no" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
        ValueType::Mac => of.parse(&text.replace('-', ":").to_ascii_lowercase()),
        ValueType::Port => of.parse(text),
    };
    match read {
        Some(value) => Ok((value.clone(), value)),
        None => Err(not_of(word, field)),
    }
}

/// What a field takes, where a word is nothing of the kind; and how what it looks like is written.
fn not_of(word: &Word, field: &Field) -> QueryError {
    let mut message = format!("{} takes {}", field.name, described(field.value_type));
    let parse = |text: &str| value(&Word { text: text.to_owned(), ..word.clone() }, field).is_ok();
    if let Some((from, to)) = word.text.split_once('-')
        && !from.is_empty()
        && parse(from)
        && parse(to)
    {
        message += &format!("; a range is written {from}..{to}");
    }
    QueryError::new(word.at.clone(), message)
}

/// What values of a type are, with an example.
pub(super) const fn described(of: ValueType) -> &'static str {
    match of {
        ValueType::Text | ValueType::Symbol => "words, such as \"github.com\"",
        ValueType::Integer => "a whole number, such as 10 or 10k",
        ValueType::Bytes => "a size, such as 10 kB or 1.5 MiB",
        ValueType::Rate => "a rate, such as 10 kB/s or 8 Mbit/s",
        ValueType::Port => "the number of a port, such as 443",
        ValueType::Ip => "an address or a network, such as 10.0.0.1 or 10.0.0.0/8",
        ValueType::Net => "a network, such as 10.0.0.0/8",
        ValueType::Duration => "a length of time, such as 30 s or 5 min",
        ValueType::Time => "a point in time in UTC, such as 2026-11-22T10:00",
        ValueType::Bool => "true or false",
        ValueType::Mac => "a hardware address, such as 02:00:00:00:00:01",
    }
}

fn stage(raw: &RawStage, query: &mut Query, schema: &Schema) -> Resolved<()> {
    match raw {
        RawStage::Aggregate { figures, by, at } => {
            if query.aggregate.is_some() || query.sort.is_some() || query.top.is_some() || !query.columns.is_empty() {
                return Err(QueryError::new(at.clone(), "sums stand once, right behind the filter"));
            }
            let mut figure = |raw: &RawFigure| figure_of(raw, schema);
            let figures = figures.iter().map(&mut figure).collect::<Resolved<Vec<_>>>()?;
            let by = by.iter().map(|name| Ok(of_flows(name, schema)?.0)).collect::<Resolved<Vec<_>>>()?;
            query.aggregate = Some(Aggregate::new(figures, by));
        }
        RawStage::Sort { what, ascending } => {
            let by = column_of(what, query, schema)?;
            let is_number = match by {
                By::Field(id) => schema.field(id).is_some_and(|field| field.value_type.is_number()),
                By::Figure(_) => true,
            };
            once(query.sort.replace(Sort { by, descending: ascending.map_or(is_number, |ascending| !ascending) }), "sort", at_of(what))?;
        }
        RawStage::Top { count, at } => once(query.top.replace(*count), "top", at.clone())?,
        RawStage::Columns { names, at } => {
            if !query.columns.is_empty() {
                once(Some(()), "columns", at.clone())?;
            }
            let columns = names.iter().map(|name| column_of(name, query, schema)).collect::<Resolved<_>>()?;
            query.columns = each_once(columns);
        }
    }
    Ok(())
}

fn once<T>(before: Option<T>, what: &str, at: Range<usize>) -> Resolved<()> {
    before.map_or(Ok(()), |_| Err(QueryError::new(at, format!("{what} stands here a second time"))))
}

fn at_of(figure: &RawFigure) -> Range<usize> {
    let start = figure.how.as_ref().or(figure.field.as_ref()).map_or(0, |word| word.at.start);
    start..figure.field.as_ref().or(figure.how.as_ref()).map_or(start, |word| word.at.end)
}

fn figure_of(raw: &RawFigure, schema: &Schema) -> Resolved<Figure> {
    let how = raw.how.as_ref().and_then(|word| How::named(&word.text)).unwrap_or(How::Count);
    let Some(name) = &raw.field else { return Ok(Figure { how, field: None }) };
    let (id, field) = of_flows(name, schema)?;
    if how.needs_numbers() && !field.value_type.is_number() {
        let message = format!("{} is {}, which has no {}: count or distinct", field.name, described(field.value_type), how.name());
        return Err(QueryError::new(name.at.clone(), message));
    }
    if how == How::Sum && field.value_type == ValueType::Time {
        return Err(QueryError::new(name.at.clone(), "points in time have no sum: min or max"));
    }
    Ok(Figure { how, field: Some(id) })
}

/// The field of that name, if flows have it: sums are of them.
fn of_flows<'a>(name: &Word, schema: &'a Schema) -> Resolved<(FieldId, &'a Field)> {
    let (id, field) = find(name, schema)?;
    if field.is_of(Table::Flows) {
        return Ok((id, field));
    }
    let message = format!("sums are of flows, and no flow has {}: count says how many flows there are", field.name);
    Err(QueryError::new(name.at.clone(), message))
}

/// What is sorted by or shown: a field, or behind an aggregate one of its groups and figures.
fn column_of(raw: &RawFigure, query: &Query, schema: &Schema) -> Resolved<By> {
    let Some(aggregate) = &query.aggregate else {
        let name = raw.field.as_ref().filter(|_| raw.how.is_none());
        let name = name.ok_or_else(|| QueryError::new(at_of(raw), "nothing is summed here: the name of a column is expected"))?;
        return Ok(By::Field(find(name, schema)?.0));
    };
    let figures = aggregate.figures(schema);
    if raw.how.is_some() {
        let wanted = figure_of(raw, schema)?;
        if let Some(at) = figures.iter().position(|figure| *figure == wanted) {
            return Ok(By::Figure(at));
        }
    } else if let Some(name) = &raw.field {
        let (id, _) = find(name, schema)?;
        if aggregate.by.contains(&id) {
            return Ok(By::Field(id));
        }
        if let Some(at) = figures.iter().position(|figure| figure.field == Some(id)) {
            return Ok(By::Figure(at));
        }
    }
    Err(QueryError::new(at_of(raw), "it is neither grouped by nor summed"))
}
