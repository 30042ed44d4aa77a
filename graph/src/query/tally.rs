//! What flows come to, group by group.
//!
//! A million flows have few things between them, so what follows from these is asked of the first flow that has them, and remembered.

use hashbrown::{HashMap, HashSet};

use super::Query;
use super::aggregate::{Figure, How};
use super::check::{amount, number as number_of};
use super::fast::{Passed, Reading, Source};
use crate::field::Field;
use crate::{Flow, Model, Value, ValueType};

/// A flow that has several values in what is grouped by stands in so many groups at most.
const MAX_GROUPS_OF_ONE: usize = 64;

/// What tells groups apart, and the values of a row.
pub(super) type Values = Vec<Option<Value>>;

/// Sums that grow flow by flow.
pub(super) struct Tally<'a> {
    model: &'a Model,
    by: &'a [Option<&'a Field>],
    figures: &'a [Figure],
    /// Of what each figure is.
    of: &'a [Option<&'a Field>],
    groups: HashMap<Values, usize>,
    sums: Vec<Vec<Sum>>,
    flows: usize,
}

impl<'a> Tally<'a> {
    pub(super) fn new(model: &'a Model, by: &'a [Option<&'a Field>], figures: &'a [Figure], of: &'a [Option<&'a Field>]) -> Tally<'a> {
        let mut tally = Tally { model, by, figures, of, groups: HashMap::new(), sums: Vec::new(), flows: 0 };
        // Without groups there is one, though nothing be in it.
        if by.is_empty() {
            tally.group(Vec::new());
        }
        tally
    }

    /// Takes a flow, asking it for everything.
    pub(super) fn add(&mut self, flow: &Flow) {
        self.flows += 1;
        for group in self.groups_of(flow) {
            for (figure, field) in self.of.iter().enumerate() {
                let value = field.and_then(|field| self.model.ask_flow(flow, field));
                self.put(group, figure, value.as_ref());
            }
        }
    }

    /// Takes the live flows that match.
    pub(super) fn add_live(&mut self, query: &Query) {
        let (model, now) = (self.model, self.model.now());
        let wanted = model.wanted_flows(query);
        let mut sources = Vec::new();
        let mut groups = Groups::new(model, self.by, &mut sources);
        let mut amounts: Vec<Option<Amount<'_>>> =
            self.of.iter().map(|field| field.map(|field| Amount::new(model, field, &mut sources))).collect();
        model.walk(&wanted, &sources, |flow| {
            self.flows += 1;
            for group in groups.of(flow, self) {
                for (figure, amount) in amounts.iter_mut().enumerate() {
                    match amount {
                        None => self.put(*group, figure, None),
                        Some(amount) => amount.with(flow, model, now, |value| self.put(*group, figure, value)),
                    }
                }
            }
        });
    }

    /// How many flows there were, and of each group its values and its figures.
    pub(super) fn end(self) -> (usize, Vec<(Values, Values)>) {
        let mut keys: Vec<(usize, Values)> = self.groups.into_iter().map(|(key, at)| (at, key)).collect();
        keys.sort_unstable_by_key(|(at, _)| *at);
        let types: Vec<Option<ValueType>> = self.of.iter().map(|field| field.map(|field| field.value_type)).collect();
        let figures = |sums: Vec<Sum>| sums.into_iter().zip(&types).map(|(sum, of)| sum.value(*of)).collect();
        (self.flows, keys.into_iter().zip(self.sums).map(|((_, key), sums)| (key, figures(sums))).collect())
    }

    /// Every group in which a flow stands.
    fn groups_of(&mut self, flow: &Flow) -> Vec<usize> {
        let mut keys: Vec<Values> = vec![Vec::with_capacity(self.by.len())];
        for field in self.by {
            let value = field.and_then(|field| self.model.ask_flow(flow, field));
            match value.as_ref().map_or(&[][..], Value::each) {
                [] => keys.iter_mut().for_each(|key| key.push(None)),
                [one] => keys.iter_mut().for_each(|key| key.push(Some(one.clone()))),
                several => {
                    let with = |key: &Values, one: &Value| key.iter().cloned().chain([Some(one.clone())]).collect();
                    keys = keys.iter().flat_map(|key| several.iter().map(move |one| with(key, one))).take(MAX_GROUPS_OF_ONE).collect();
                }
            }
        }
        keys.into_iter().map(|key| self.group(key)).collect()
    }

    fn group(&mut self, key: Values) -> usize {
        *self.groups.entry(key).or_insert_with(|| {
            self.sums.push(self.figures.iter().map(|figure| Sum::new(figure.how)).collect());
            self.sums.len() - 1
        })
    }

    fn put(&mut self, group: usize, figure: usize, value: Option<&Value>) {
        let asked = self.of.get(figure).is_some_and(Option::is_some);
        if let Some(sum) = self.sums.get_mut(group).and_then(|sums| sums.get_mut(figure)) {
            sum.add(value, asked);
        }
    }
}

/// In which groups flows stand, by what they have in common; none where each is to be asked.
struct Groups {
    arrays: Option<Vec<usize>>,
    known: Memo<Vec<usize>>,
    each: Vec<usize>,
}

impl Groups {
    fn new(model: &Model, by: &[Option<&Field>], sources: &mut Vec<Source>) -> Groups {
        let mut arrays = Some(Vec::new());
        for field in by.iter().flatten() {
            match (Reading::of(model, field, sources), &mut arrays) {
                (Reading::Codes(codes), Some(arrays)) => arrays.extend(codes),
                _ => arrays = None,
            }
        }
        Groups { arrays, known: Memo::default(), each: Vec::new() }
    }

    fn of(&mut self, passed: &Passed<'_>, tally: &mut Tally<'_>) -> &[usize] {
        let mut ask = || tally.model.flow(passed.id).map(|flow| tally.groups_of(flow)).unwrap_or_default();
        match &self.arrays {
            Some(arrays) => self.known.of(passed, arrays, ask),
            None => {
                self.each = ask();
                &self.each
            }
        }
    }
}

/// What flows have in a field.
struct Amount<'a> {
    field: &'a Field,
    reading: Reading,
    known: Memo<Option<Value>>,
}

impl<'a> Amount<'a> {
    fn new(model: &Model, field: &'a Field, sources: &mut Vec<Source>) -> Amount<'a> {
        Amount { field, reading: Reading::of(model, field, sources), known: Memo::default() }
    }

    fn with(&mut self, passed: &Passed<'_>, model: &Model, now: crate::Time, take: impl FnOnce(Option<&Value>)) {
        let ask = || model.flow(passed.id).and_then(|flow| model.ask_flow(flow, self.field));
        match &self.reading {
            Reading::Codes(arrays) => take(self.known.of(passed, arrays, ask).as_ref()),
            Reading::Each => take(ask().as_ref()),
            reading => take(passed.amount(reading, now).as_ref()),
        }
    }
}

/// What was found for things that flows have in common.
struct Memo<T> {
    known: HashMap<Vec<u32>, T>,
    codes: Vec<u32>,
}

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Memo { known: HashMap::new(), codes: Vec::new() }
    }
}

impl<T> Memo<T> {
    fn of(&mut self, passed: &Passed<'_>, arrays: &[usize], ask: impl FnOnce() -> T) -> &T {
        self.codes.clear();
        self.codes.extend(arrays.iter().map(|array| passed.code(*array)));
        self.known.entry_ref(self.codes.as_slice()).or_insert_with(ask)
    }
}

/// One figure of one group.
enum Sum {
    Total(Option<u64>),
    Count(u64),
    Least(Option<Value>),
    Most(Option<Value>),
    Mean(u128, u64),
    Distinct(HashSet<Value>),
}

impl Sum {
    fn new(how: How) -> Sum {
        match how {
            How::Sum => Sum::Total(None),
            How::Count => Sum::Count(0),
            How::Min => Sum::Least(None),
            How::Max => Sum::Most(None),
            How::Mean => Sum::Mean(0, 0),
            How::Distinct => Sum::Distinct(HashSet::new()),
        }
    }

    /// Takes what one flow has; `asked`: something is asked of it, and flows without it do not count.
    fn add(&mut self, value: Option<&Value>, asked: bool) {
        let each = value.map_or(&[][..], Value::each);
        match self {
            Sum::Count(count) => *count += u64::from(!asked || !each.is_empty()),
            Sum::Total(sum) => {
                for n in each.iter().filter_map(number_of) {
                    *sum = Some(sum.unwrap_or(0).saturating_add(n));
                }
            }
            Sum::Mean(sum, count) => {
                for n in each.iter().filter_map(number_of) {
                    (*sum, *count) = (sum.saturating_add(n.into()), *count + 1);
                }
            }
            Sum::Least(least) => {
                if let Some(one) = each.iter().min()
                    && least.as_ref().is_none_or(|least| one < least)
                {
                    *least = Some(one.clone());
                }
            }
            Sum::Most(most) => {
                if let Some(one) = each.iter().max()
                    && most.as_ref().is_none_or(|most| one > most)
                {
                    *most = Some(one.clone());
                }
            }
            Sum::Distinct(different) => different.extend(each.iter().cloned()),
        }
    }

    fn value(self, of: Option<ValueType>) -> Option<Value> {
        let number = |n: u64| Some(amount(of?, n));
        match self {
            Sum::Count(count) => Some(Value::Integer(count)),
            Sum::Total(sum) => number(sum?),
            Sum::Mean(sum, count) => number(u64::try_from(sum.checked_div(count.into())?).unwrap_or(u64::MAX)),
            Sum::Least(value) | Sum::Most(value) => value,
            Sum::Distinct(different) => Some(Value::Integer(different.len() as u64)),
        }
    }
}
