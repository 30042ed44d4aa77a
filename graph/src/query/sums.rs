//! Sums: what the live flows that match come to, for each value of some fields.

use std::cmp::Ordering;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::aggregate::{Aggregate, Figure, How};
use super::{By, Query};
use crate::field::{Field, FieldId};
use crate::listing::value_cell;
use crate::{Cell, Flow, ListColumn, Model, Time, Value, ValueType, order};

/// A flow that has several values in what is grouped by stands in so many groups at most.
const MAX_GROUPS_OF_ONE: usize = 64;

/// What flows come to: a row a group, a column for each field that is grouped by and each figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Sums {
    /// The model's time.
    pub now: Time,
    /// The fields that are grouped by, then the figures; or what was asked for of them.
    pub columns: Arc<[ListColumn]>,
    /// The groups, in order.
    pub rows: Vec<SumRow>,
    /// How many groups there are in all.
    pub total: usize,
    /// How many flows match.
    pub flows: usize,
}

/// One group.
#[derive(Clone, Debug, PartialEq)]
pub struct SumRow {
    /// What its flows have in the fields that are grouped by; none where they have nothing there. [`Query::and`] finds them.
    pub group: Vec<(FieldId, Option<Value>)>,
    /// The value of each column.
    pub values: Vec<Option<Value>>,
    /// The same, as tables show it.
    pub cells: Vec<Cell>,
}

impl Model {
    /// What the flows that match a query come to; none where it sums nothing.
    pub fn sums(&self, query: &Query) -> Option<Sums> {
        self.sums_with(query, &[])
    }

    /// The same with flows that have ended.
    pub fn sums_with(&self, query: &Query, ended: &[Flow]) -> Option<Sums> {
        let aggregate = query.aggregate.as_ref()?;
        let schema = self.schema();
        let figures = aggregate.figures(schema);
        let by: Vec<Option<&Field>> = aggregate.by.iter().map(|id| schema.field(*id)).collect();
        let of: Vec<Option<&Field>> = figures.iter().map(|figure| schema.field(figure.field?)).collect();

        let wanted = self.wanted_flows(query);
        let mut groups: HashMap<Values, Vec<Sum>> = HashMap::new();
        let mut flows = 0;
        for flow in self.flows_in(&wanted).chain(ended.iter().filter(|flow| self.matches(query, flow))) {
            flows += 1;
            let values: Vec<Option<Value>> = of.iter().map(|field| self.ask_flow(flow, (*field)?)).collect();
            for key in self.groups_of(flow, &by) {
                let sums = groups.entry(key).or_insert_with(|| figures.iter().map(|figure| Sum::new(figure.how)).collect());
                sums.iter_mut()
                    .zip(&values)
                    .zip(&figures)
                    .for_each(|((sum, value), figure)| sum.add(value.as_ref(), figure.field.is_some()));
            }
        }
        // Without groups there is one, though nothing be in it.
        if by.is_empty() && groups.is_empty() {
            groups.insert(Vec::new(), figures.iter().map(|figure| Sum::new(figure.how)).collect());
        }

        let shown = Shown { aggregate, columns: self.columns_of(aggregate, &figures), by: &by };
        let sort = query.sort.and_then(|sort| shown.place(sort.by)).unwrap_or(by.len());
        let descending = query.sort.is_none_or(|sort| sort.descending);
        let total = groups.len();
        let mut rows: Vec<(Values, Values)> = groups
            .into_iter()
            .map(|(key, sums)| {
                let figures = sums.into_iter().zip(&of).map(|(sum, field)| sum.value(field.map(|field| field.value_type)));
                let values = key.iter().cloned().chain(figures).collect();
                (key, values)
            })
            .collect();
        rows.sort_by(|(a_key, a), (b_key, b)| by_value(at(a, sort), at(b, sort), descending).then_with(|| a_key.cmp(b_key)));
        rows.truncate(query.top.unwrap_or(usize::MAX));

        let wanted: Vec<usize> = match query.columns.as_slice() {
            [] => (0..shown.columns.len()).collect(),
            some => some.iter().filter_map(|by| shown.place(*by)).collect(),
        };
        let rows = rows.into_iter().map(|(key, values)| shown.row(key, &values, &wanted)).collect();
        let columns = wanted.iter().filter_map(|at| shown.columns.get(*at)).cloned().collect();
        Some(Sums { now: self.now(), columns, rows, total, flows })
    }

    /// Every group in which a flow stands.
    fn groups_of(&self, flow: &Flow, by: &[Option<&Field>]) -> Vec<Values> {
        let mut keys: Vec<Values> = vec![Vec::with_capacity(by.len())];
        for field in by {
            let value = field.and_then(|field| self.ask_flow(flow, field));
            match value.as_ref().map_or(&[][..], Value::each) {
                [] => keys.iter_mut().for_each(|key| key.push(None)),
                [one] => keys.iter_mut().for_each(|key| key.push(Some(one.clone()))),
                several => {
                    let with = |key: &Values, one: &Value| key.iter().cloned().chain([Some(one.clone())]).collect();
                    keys = keys.iter().flat_map(|key| several.iter().map(move |one| with(key, one))).take(MAX_GROUPS_OF_ONE).collect();
                }
            }
        }
        keys
    }

    fn columns_of(&self, aggregate: &Aggregate, figures: &[Figure]) -> Vec<ListColumn> {
        let group = |id: &FieldId| self.schema().field(*id).map(|field| ListColumn::of_field(*id, field, true));
        let figure = |figure: &Figure| {
            let Some(field) = figure.field.and_then(|id| self.schema().field(id)) else {
                return ListColumn::of_figure("count", "Count", "how many flows", ValueType::Integer);
            };
            let name = format!("{} {}", figure.how.name(), field.name);
            let title = if figure.how == How::Sum { field.title.to_string() } else { format!("{} {}", title(figure.how), field.title) };
            let of = match figure.how {
                How::Count | How::Distinct => ValueType::Integer,
                How::Sum | How::Min | How::Max | How::Mean => field.value_type,
            };
            ListColumn::of_figure(&name, &title, &format!("{}: {}", figure.how.help(), field.help), of)
        };
        aggregate.by.iter().filter_map(group).chain(figures.iter().map(figure)).collect()
    }
}

struct Shown<'a> {
    aggregate: &'a Aggregate,
    columns: Vec<ListColumn>,
    by: &'a [Option<&'a Field>],
}

impl Shown<'_> {
    /// The place of a column among all.
    fn place(&self, by: By) -> Option<usize> {
        match by {
            By::Field(id) => self.aggregate.by.iter().position(|known| *known == id),
            By::Figure(at) => Some(self.by.len() + at),
        }
    }

    fn row(&self, key: Values, values: &[Option<Value>], wanted: &[usize]) -> SumRow {
        let cell = |place: &usize| match self.by.get(*place) {
            Some(Some(field)) => value_cell(field, at(values, *place)),
            _ => at(values, *place).map_or(Cell::Empty, Cell::from),
        };
        SumRow {
            cells: wanted.iter().map(cell).collect(),
            values: wanted.iter().map(|place| at(values, *place).cloned()).collect(),
            group: self.aggregate.by.iter().copied().zip(key).collect(),
        }
    }
}

const fn title(how: How) -> &'static str {
    match how {
        How::Sum => "Sum of",
        How::Count => "With",
        How::Min => "Least",
        How::Max => "Greatest",
        How::Mean => "Mean",
        How::Distinct => "Different",
    }
}

fn at(values: &[Option<Value>], place: usize) -> Option<&Value> {
    values.get(place)?.as_ref()
}

/// What is absent comes last in either direction.
fn by_value(a: Option<&Value>, b: Option<&Value>, descending: bool) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) if descending => b.cmp(a),
        _ => order(a, b),
    }
}

/// What tells groups apart, and the values of a row.
type Values = Vec<Option<Value>>;

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
                for n in each.iter().filter_map(super::check::number) {
                    *sum = Some(sum.unwrap_or(0).saturating_add(n));
                }
            }
            Sum::Mean(sum, count) => {
                for n in each.iter().filter_map(super::check::number) {
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
        let number = |n: u64| {
            Some(match of? {
                ValueType::Bytes => Value::Bytes(n),
                ValueType::Rate => Value::Rate(n),
                ValueType::Duration => Value::Duration(std::time::Duration::from_micros(n)),
                ValueType::Time => Value::Time(Time(n)),
                _ => Value::Integer(n),
            })
        };
        match self {
            Sum::Count(count) => Some(Value::Integer(count)),
            Sum::Total(sum) => number(sum?),
            Sum::Mean(sum, count) => number(u64::try_from(sum.checked_div(count.into())?).unwrap_or(u64::MAX)),
            Sum::Least(value) | Sum::Most(value) => value,
            Sum::Distinct(different) => Some(Value::Integer(different.len() as u64)),
        }
    }
}
