//! A walk over flows, with what arrays have of each.

use super::array::{Array, Source};
use super::arrays::{Arrays, places};
use super::kept::{Kept, is_told};
use super::kernel::{Of, Which, rate};
use crate::field::{End, Field};
use crate::query::check::amount;
use crate::{FlowId, Model, Time, Value, ValueType};

/// How a field is read off arrays; these are meant by their places among the sources of a walk.
#[derive(Debug)]
pub(in crate::query) enum Reading {
    /// Flows that have the same numbers of things in these have the same in the field.
    Codes(Vec<usize>),
    /// It is a number.
    Number { arrays: [usize; 2], of: Of, value_type: ValueType },
    /// It is how long that is ago.
    Since(usize),
    /// It is a rate.
    Rate(usize, Which),
    /// It is not: each flow is to be asked.
    Each,
}

impl Reading {
    /// How a field is read; the arrays that this needs are put to the sources.
    pub(in crate::query) fn of(model: &Model, field: &Field, sources: &mut Vec<Source>) -> Reading {
        let mut want = |source| {
            sources.push(source);
            sources.len() - 1
        };
        let ends: &[End] = match field.asked.end {
            End::Either => &[End::Src, End::Dst],
            End::Whole => &[End::Whole],
            End::Src => &[End::Src],
            End::Dst => &[End::Dst],
        };
        let column = field.tag.filter(|_| is_told(model, field));
        let mut codes = Vec::new();
        for end in ends {
            if let Some(column) = column {
                codes.push(want(Source::Tag(column, *end)));
                codes.extend((*end != End::Whole).then(|| want(Source::Host(*end))));
            }
            match Kept::of(field.asked.what, *end) {
                Kept::Nothing => {}
                Kept::Code(source) => codes.push(want(source)),
                _ if column.is_some() => return Reading::Each,
                Kept::Numbers(of_flow, of) => return Reading::Number { arrays: of_flow.map(&mut want), of, value_type: field.value_type },
                Kept::Since(source) => return Reading::Since(want(source)),
                Kept::Rates(which) => return Reading::Rate(want(Source::Rates), which),
            }
        }
        Reading::Codes(codes)
    }
}

/// A flow on the way.
pub(in crate::query) struct Passed<'a> {
    /// Which.
    pub(in crate::query) id: FlowId,
    at: usize,
    arrays: &'a [Option<&'a Array>],
}

impl Passed<'_> {
    /// The number of the thing that it has.
    pub(in crate::query) fn code(&self, array: usize) -> u32 {
        match self.arrays.get(array) {
            Some(Some(Array::Codes(codes, _))) => codes.get(self.at).copied().unwrap_or(0),
            _ => 0,
        }
    }

    /// What a reading finds without asking the flow.
    pub(in crate::query) fn amount(&self, reading: &Reading, now: Time) -> Option<Value> {
        Some(match reading {
            Reading::Number { arrays: [one, other], of, value_type } => {
                let (one, other) = (self.number(*one)?, self.number(*other)?);
                let n = match of {
                    Of::One => one,
                    Of::Sum => one.saturating_add(other),
                    Of::Difference => one.saturating_sub(other),
                };
                amount(*value_type, n)
            }
            Reading::Since(array) => Value::Duration(now.since(Time(self.number(*array)?))),
            Reading::Rate(array, which) => {
                let Some(Some(Array::Rates(rates))) = self.arrays.get(*array) else { return None };
                let [sent, received] = rates.get(self.at)?;
                Value::Rate(rate(*which, sent, received, now))
            }
            Reading::Codes(_) | Reading::Each => return None,
        })
    }

    fn number(&self, array: usize) -> Option<u64> {
        match self.arrays.get(array) {
            Some(Some(Array::Numbers(numbers))) => numbers.get(self.at).copied(),
            _ => None,
        }
    }
}

impl Arrays {
    /// Goes over the live flows whose bits are set, or all, in the order of their places.
    pub(in crate::query) fn walk(&mut self, model: &Model, matched: Option<&[u64]>, sources: &[Source], mut see: impl FnMut(&Passed<'_>)) {
        self.ready(model, sources);
        let arrays: Vec<Option<&Array>> = sources.iter().map(|source| self.array(self.place(*source)?)).collect();
        let (ids, live) = self.flows();
        for at in places(matched.unwrap_or(live)) {
            if let Some(id) = ids.get(at) {
                see(&Passed { id: *id, at, arrays: &arrays });
            }
        }
    }
}
