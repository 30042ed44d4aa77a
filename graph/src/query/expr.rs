//! A filter as it is meant: which fields are compared with what.

use std::fmt;

use super::check::Check;
use super::token::{in_quotes, quote};
use super::{date, units};
use crate::field::FieldId;
use crate::{Schema, Value, ValueType};

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// `=`: is it, or in it; of words in any letter case.
    Is,
    /// `!=`: has a value, and none that is it.
    Not,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
    /// `in`: is one of them.
    In,
    /// `not in`: has a value, and none that is one of them.
    NotIn,
    /// `begins`
    Begins,
    /// `ends`
    Ends,
    /// `contains`
    Contains,
    /// `~`: a regular expression finds something in it.
    Matches,
}

impl Op {
    /// Every one, in the order in which they are offered.
    pub const ALL: [Op; 12] =
        [Op::Is, Op::Not, Op::In, Op::NotIn, Op::Less, Op::AtMost, Op::More, Op::AtLeast, Op::Contains, Op::Begins, Op::Ends, Op::Matches];

    /// How it is written.
    pub const fn sign(self) -> &'static str {
        match self {
            Op::Is => "=",
            Op::Not => "!=",
            Op::Less => "<",
            Op::AtMost => "<=",
            Op::More => ">",
            Op::AtLeast => ">=",
            Op::In => "in",
            Op::NotIn => "not in",
            Op::Begins => "begins",
            Op::Ends => "ends",
            Op::Contains => "contains",
            Op::Matches => "~",
        }
    }

    /// One line for the user.
    pub const fn help(self) -> &'static str {
        match self {
            Op::Is => "is it; of an address also: is in that network",
            Op::Not => "has a value, and none that is it",
            Op::Less => "is less",
            Op::AtMost => "is at most",
            Op::More => "is more",
            Op::AtLeast => "is at least",
            Op::In => "is one of {a, b}, between a..b, in a network",
            Op::NotIn => "has a value, and none that is one of them",
            Op::Begins => "begins with",
            Op::Ends => "ends with",
            Op::Contains => "contains",
            Op::Matches => "matches a regular expression",
        }
    }

    /// Whether it can be asked of values of a type.
    pub const fn takes(self, of: ValueType) -> bool {
        match self {
            Op::Is | Op::Not | Op::In | Op::NotIn => true,
            Op::Less | Op::AtMost | Op::More | Op::AtLeast => !matches!(of, ValueType::Bool | ValueType::Net),
            Op::Begins | Op::Ends | Op::Contains | Op::Matches => matches!(of, ValueType::Text | ValueType::Symbol),
        }
    }

    /// Whether only words can be asked it.
    pub(super) const fn takes_words_alone(self) -> bool {
        matches!(self, Op::Begins | Op::Ends | Op::Contains | Op::Matches)
    }

    /// Whether it holds where the others do not.
    pub(super) const fn is_negative(self) -> bool {
        matches!(self, Op::Not | Op::NotIn)
    }
}

/// What a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    One(Value),
    Range(Value, Value),
}

/// A comparison. The check is made from the rest.
#[derive(Clone, Debug)]
pub(super) struct Compare {
    pub(super) field: FieldId,
    pub(super) op: Op,
    pub(super) values: Vec<Literal>,
    pub(super) check: Check,
}

impl PartialEq for Compare {
    fn eq(&self, other: &Compare) -> bool {
        (self.field, self.op, &self.values) == (other.field, other.op, &other.values)
    }
}

impl Eq for Compare {}

/// A filter. No `And` stands right in an `And`, no `Or` in an `Or`, and neither has less than two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Expr {
    Or(Vec<Expr>),
    And(Vec<Expr>),
    Not(Box<Expr>),
    /// A text stands somewhere in the words of a row, in any letter case.
    Word(Words),
    Has(FieldId),
    Compare(Compare),
}

/// A text that is looked for, as it was written and in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) written: String,
    pub(super) lower: String,
}

impl Expr {
    pub(super) fn word(text: &str) -> Expr {
        Expr::Word(Words { written: text.to_owned(), lower: text.to_lowercase() })
    }

    pub(super) fn compare(field: FieldId, op: Op, values: Vec<Literal>, check: Check) -> Expr {
        Expr::Compare(Compare { field, op, values, check })
    }

    /// All of these.
    pub(super) fn and(parts: Vec<Expr>) -> Expr {
        let flat = parts.into_iter().flat_map(|part| if let Expr::And(parts) = part { parts } else { vec![part] });
        one_or(flat.collect(), Expr::And)
    }

    /// Any of these.
    pub(super) fn or(parts: Vec<Expr>) -> Expr {
        let flat = parts.into_iter().flat_map(|part| if let Expr::Or(parts) = part { parts } else { vec![part] });
        one_or(flat.collect(), Expr::Or)
    }

    /// Calls `see` with every field that is asked.
    pub(super) fn fields(&self, see: &mut dyn FnMut(FieldId)) {
        match self {
            Expr::Or(parts) | Expr::And(parts) => parts.iter().for_each(|part| part.fields(see)),
            Expr::Not(part) => part.fields(see),
            Expr::Word(_) => {}
            Expr::Has(field) | Expr::Compare(Compare { field, .. }) => see(*field),
        }
    }

    /// Writes it so that it reads as itself.
    pub(super) fn print(&self, schema: &Schema, f: &mut dyn fmt::Write) -> fmt::Result {
        let name = |id: &FieldId| schema.field(*id).map_or("", |field| &field.name);
        match self {
            Expr::Or(parts) => print_all(parts, " or ", schema, f, |part| matches!(part, Expr::Or(_))),
            Expr::And(parts) => print_all(parts, " and ", schema, f, |part| matches!(part, Expr::Or(_) | Expr::And(_))),
            Expr::Not(part) => {
                f.write_str("not ")?;
                print_part(part, schema, f, matches!(**part, Expr::Or(_) | Expr::And(_)))
            }
            Expr::Word(words) => f.write_str(&in_quotes(&words.written)),
            Expr::Has(field) => write!(f, "has {}", name(field)),
            Expr::Compare(compare) => {
                write!(f, "{} {} ", name(&compare.field), compare.op.sign())?;
                match compare.values.as_slice() {
                    [one] => one.print(f),
                    several => {
                        for (n, value) in several.iter().enumerate() {
                            f.write_str(if n == 0 { "{" } else { ", " })?;
                            value.print(f)?;
                        }
                        f.write_str("}")
                    }
                }
            }
        }
    }
}

fn one_or(mut parts: Vec<Expr>, many: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(one) if parts.is_empty() => one,
        last => many(parts.into_iter().chain(last).collect()),
    }
}

fn print_all(parts: &[Expr], between: &str, schema: &Schema, f: &mut dyn fmt::Write, apart: impl Fn(&Expr) -> bool) -> fmt::Result {
    for (n, part) in parts.iter().enumerate() {
        f.write_str(if n == 0 { "" } else { between })?;
        print_part(part, schema, f, apart(part))?;
    }
    Ok(())
}

fn print_part(part: &Expr, schema: &Schema, f: &mut dyn fmt::Write, apart: bool) -> fmt::Result {
    f.write_str(if apart { "(" } else { "" })?;
    part.print(schema, f)?;
    f.write_str(if apart { ")" } else { "" })
}

impl Literal {
    fn print(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        match self {
            Literal::One(value) => f.write_str(&literal(value)),
            Literal::Range(from, to) => write!(f, "{}..{}", literal(from), literal(to)),
        }
    }
}

/// A value as a query writes it.
pub(super) fn literal(value: &Value) -> String {
    match value {
        Value::Text(words) | Value::Symbol(words) => quote(words),
        Value::Bytes(n) => units::print(ValueType::Bytes, *n),
        Value::Rate(n) => units::print(ValueType::Rate, *n),
        Value::Duration(length) => units::print(ValueType::Duration, u64::try_from(length.as_micros()).unwrap_or(u64::MAX)),
        Value::Time(time) => date::print(*time),
        other => other.to_string(),
    }
}
