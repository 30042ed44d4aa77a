//! What many rows come to.

use crate::field::{End, Field, FieldId};
use crate::{Rule, Schema, Table, ValueType};

/// What the values of many rows come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// Their sum.
    Sum,
    /// How many rows there are; of no field.
    Count,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// Their mean.
    Mean,
    /// How many different ones there are.
    Distinct,
}

impl How {
    /// Every one, in the order in which they are offered.
    pub const ALL: [How; 6] = [How::Sum, How::Count, How::Min, How::Max, How::Mean, How::Distinct];

    /// How it is written.
    pub const fn name(self) -> &'static str {
        match self {
            How::Sum => "sum",
            How::Count => "count",
            How::Min => "min",
            How::Max => "max",
            How::Mean => "mean",
            How::Distinct => "distinct",
        }
    }

    /// One line for the user.
    pub const fn help(self) -> &'static str {
        match self {
            How::Sum => "their sum",
            How::Count => "how many rows",
            How::Min => "the least",
            How::Max => "the greatest",
            How::Mean => "their mean",
            How::Distinct => "how many different ones",
        }
    }

    pub(super) fn named(name: &str) -> Option<How> {
        How::ALL.into_iter().find(|how| how.name().eq_ignore_ascii_case(name))
    }

    pub(super) const fn needs_numbers(self) -> bool {
        matches!(self, How::Sum | How::Mean)
    }

    const fn of(rule: Rule) -> How {
        match rule {
            Rule::Sum => How::Sum,
            Rule::Least => How::Min,
            Rule::Greatest => How::Max,
            Rule::Distinct => How::Distinct,
        }
    }
}

/// One figure of a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Figure {
    /// What the values come to.
    pub how: How,
    /// Whose; none where rows are counted.
    pub field: Option<FieldId>,
}

/// How rows are summed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aggregate {
    figures: Vec<Figure>,
    /// Rows that have the same values in these are one.
    pub by: Vec<FieldId>,
}

/// The first of those that are equal.
pub(super) fn each_once<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    all.into_iter().fold(Vec::new(), |mut once, one| {
        if !once.contains(&one) {
            once.push(one);
        }
        once
    })
}

impl Aggregate {
    /// Each figure once, and each field.
    pub(super) fn new(figures: Vec<Figure>, by: Vec<FieldId>) -> Aggregate {
        Aggregate { figures: each_once(figures), by: each_once(by) }
    }

    /// Those that were asked for.
    pub(super) fn asked(&self) -> &[Figure] {
        &self.figures
    }

    /// What is shown of each group: what was asked for, or else how many rows, and each amount by its own rule: bytes, packets and rate, and
    /// registered columns that come to a sum, the least or the greatest.
    pub fn figures(&self, schema: &Schema) -> Vec<Figure> {
        if !self.figures.is_empty() {
            return self.figures.clone();
        }
        let is_amount = |of: ValueType| matches!(of, ValueType::Integer | ValueType::Bytes | ValueType::Rate);
        let is_summed = |field: &Field| match field.is_registered() {
            true => field.rule != Rule::Distinct && field.value_type.is_number() && matches!(field.asked.end, End::Whole | End::Either),
            false => field.is_of(Table::Services) && is_amount(field.value_type) && field.is_of(Table::Flows),
        };
        let amounts = schema.fields().filter(|(_, field)| is_summed(field));
        let mut figures = vec![Figure { how: How::Count, field: None }];
        figures.extend(amounts.map(|(id, field)| Figure { how: How::of(field.rule), field: Some(id) }));
        figures
    }
}
