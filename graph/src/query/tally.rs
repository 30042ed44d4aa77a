//! What flows come to, group by group.
//!
//! A million flows have few things between them, so what follows from these is asked of the first flow that has them, and remembered.

use hashbrown::{HashMap, HashSet};
use smallvec::SmallVec;

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
    /// Of each group all its figures.
    sums: Vec<Sum>,
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
        let ask = |field: &Option<&Field>| field.and_then(|field| self.model.ask_flow(flow, field));
        let (by, of): (Values, Values) = (self.by.iter().map(ask).collect(), self.of.iter().map(ask).collect());
        for group in self.groups_of(by.iter().map(Option::as_ref)) {
            of.iter().enumerate().for_each(|(figure, value)| self.put(group, figure, value.as_ref(), None));
        }
    }

    /// Takes the live flows that match.
    pub(super) fn add_live(&mut self, query: &Query) {
        let wanted = self.model.wanted_flows(query);
        let mut sources = Vec::new();
        let mut reader = |field: &Option<&'a Field>| field.map(|field| Reader::new(self.model, field, &mut sources));
        let mut by: Vec<Option<Reader<'_>>> = self.by.iter().map(&mut reader).collect();
        let mut of: Vec<Option<Reader<'_>>> = self.of.iter().map(&mut reader).collect();
        let mut known: HashMap<SmallVec<[u32; 4]>, SmallVec<[usize; 2]>> = HashMap::new();
        self.model.walk(&wanted, &sources, |flow| {
            self.flows += 1;
            let key: SmallVec<[u32; 4]> = by.iter_mut().map(|field| field.as_mut().map_or(0, |field| field.number(flow))).collect();
            let groups = known
                .entry(key)
                .or_insert_with_key(|key| self.groups_of(by.iter().zip(key).map(|(field, number)| field.as_ref()?.value(*number))));
            for (figure, field) in of.iter_mut().enumerate() {
                let Some(field) = field else {
                    groups.iter().for_each(|group| self.put(*group, figure, None, None));
                    continue;
                };
                match field.amount(flow) {
                    Some(amount) => groups.iter().for_each(|group| self.put(*group, figure, Some(&amount), None)),
                    None => {
                        let number = field.number(flow);
                        groups.iter().for_each(|group| self.put(*group, figure, field.value(number), Some(number)));
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
        let mut sums = self.sums.into_iter();
        let mut figures = || types.iter().zip(&mut sums).map(|(of, sum)| sum.value(*of)).collect();
        (self.flows, keys.into_iter().map(|(_, key)| (key, figures())).collect())
    }

    /// Every group in which a flow stands that has these values.
    fn groups_of<'v>(&mut self, by: impl Iterator<Item = Option<&'v Value>>) -> SmallVec<[usize; 2]> {
        let mut keys: Vec<Values> = vec![Vec::with_capacity(self.by.len())];
        for value in by {
            match value.map_or(&[][..], Value::each) {
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
        let next = self.groups.len();
        *self.groups.entry(key).or_insert_with(|| {
            self.sums.extend(self.figures.iter().map(|figure| Sum::new(figure.how)));
            next
        })
    }

    /// Takes a value into a figure; `number` is always that of the same value of the same field.
    fn put(&mut self, group: usize, figure: usize, value: Option<&Value>, number: Option<u32>) {
        if let Some(sum) = self.sums.get_mut(group * self.figures.len() + figure) {
            sum.add(value, number);
        }
    }
}

/// Reads what flows have in a field; each value has a number.
struct Reader<'a> {
    model: &'a Model,
    field: &'a Field,
    reading: Reading,
    /// The numbers by what flows have in common: one more than the number, 0 where nobody asked yet.
    by_code: Vec<u32>,
    by_codes: HashMap<SmallVec<[u32; 4]>, u32>,
    numbers: HashMap<Option<Value>, u32>,
    values: Vec<Option<Value>>,
}

impl<'a> Reader<'a> {
    fn new(model: &'a Model, field: &'a Field, sources: &mut Vec<Source>) -> Reader<'a> {
        let reading = Reading::of(model, field, sources);
        Reader { model, field, reading, by_code: Vec::new(), by_codes: HashMap::new(), numbers: HashMap::new(), values: Vec::new() }
    }

    /// What needs no question.
    fn amount(&self, flow: &Passed<'_>) -> Option<Value> {
        flow.amount(&self.reading, self.model.now())
    }

    /// The number of what a flow has.
    fn number(&mut self, flow: &Passed<'_>) -> u32 {
        let Reading::Codes(arrays) = &self.reading else {
            let value = self.amount(flow).or_else(|| self.ask(flow));
            return self.number_of(value);
        };
        if let [array] = arrays.as_slice() {
            let code = flow.code(*array) as usize;
            if let Some(number) = self.by_code.get(code).and_then(|next| next.checked_sub(1)) {
                return number;
            }
            let number = self.number_of(self.ask(flow));
            if self.by_code.len() <= code {
                self.by_code.resize(code + 1, 0);
            }
            self.by_code.get_mut(code).into_iter().for_each(|next| *next = number + 1);
            return number;
        }
        let codes: SmallVec<[u32; 4]> = arrays.iter().map(|array| flow.code(*array)).collect();
        if let Some(number) = self.by_codes.get(&codes) {
            return *number;
        }
        let number = self.number_of(self.ask(flow));
        self.by_codes.insert(codes, number);
        number
    }

    /// The value of that number.
    fn value(&self, number: u32) -> Option<&Value> {
        self.values.get(number as usize)?.as_ref()
    }

    fn ask(&self, flow: &Passed<'_>) -> Option<Value> {
        self.model.ask_flow(self.model.flow(flow.id)?, self.field)
    }

    fn number_of(&mut self, value: Option<Value>) -> u32 {
        let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            next
        })
    }
}

/// One figure of one group.
enum Sum {
    Total(Option<u64>),
    Count(u64),
    Least(Option<Value>),
    Most(Option<Value>),
    Mean(u128, u64),
    /// The different ones, and the numbers of those that are among them.
    Distinct(Box<(HashSet<Value>, HashSet<u32>)>),
}

impl Sum {
    fn new(how: How) -> Sum {
        match how {
            How::Sum => Sum::Total(None),
            How::Count => Sum::Count(0),
            How::Min => Sum::Least(None),
            How::Max => Sum::Most(None),
            How::Mean => Sum::Mean(0, 0),
            How::Distinct => Sum::Distinct(Box::default()),
        }
    }

    /// Takes what one flow has.
    fn add(&mut self, value: Option<&Value>, number: Option<u32>) {
        let each = value.map_or(&[][..], Value::each);
        match self {
            Sum::Count(count) => *count += 1,
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
            Sum::Distinct(seen) => {
                let (different, numbers) = &mut **seen;
                if number.is_none_or(|number| numbers.insert(number)) {
                    different.extend(each.iter().cloned());
                }
            }
        }
    }

    fn value(self, of: Option<ValueType>) -> Option<Value> {
        let number = |n: u64| Some(amount(of?, n));
        match self {
            Sum::Count(count) => Some(Value::Integer(count)),
            Sum::Total(sum) => number(sum?),
            Sum::Mean(sum, count) => number(u64::try_from(sum.checked_div(count.into())?).unwrap_or(u64::MAX)),
            Sum::Least(value) | Sum::Most(value) => value,
            Sum::Distinct(seen) => Some(Value::Integer(seen.0.len() as u64)),
        }
    }
}
