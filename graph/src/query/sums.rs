//! Sums: what the live flows that match come to, for each value of some fields.

use std::cmp::Ordering;
use std::sync::Arc;

use super::aggregate::{Aggregate, Figure, How};
use super::tally::{Tally, Values};
use super::{By, Query};
use crate::field::{Field, FieldId};
use crate::listing::value_cell;
use crate::{Cell, Flow, ListColumn, Model, Time, Value, ValueType, order};

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
        self.sums_of(query, |tally| {
            tally.add_live(query);
            ended.iter().filter(|flow| self.matches(query, flow)).for_each(|flow| tally.add(flow));
        })
    }

    /// The same of the live flows, found by asking each of them for everything: slow, and plain.
    pub fn sums_one_by_one(&self, query: &Query) -> Option<Sums> {
        self.sums_of(query, |tally| self.flows().filter(|flow| self.matches(query, flow)).for_each(|flow| tally.add(flow)))
    }

    fn sums_of(&self, query: &Query, fill: impl FnOnce(&mut Tally<'_>)) -> Option<Sums> {
        let aggregate = query.aggregate.as_ref()?;
        let schema = self.schema();
        let figures = aggregate.figures(schema);
        let by: Vec<Option<&Field>> = aggregate.by.iter().map(|id| schema.field(*id)).collect();
        let of: Vec<Option<&Field>> = figures.iter().map(|figure| schema.field(figure.field?)).collect();

        let mut tally = Tally::new(self, &by, &figures, &of);
        fill(&mut tally);
        let (flows, groups) = tally.end();

        let shown = Shown { aggregate, columns: self.columns_of(aggregate, &figures), by: &by };
        let sort = query.sort.and_then(|sort| shown.place(sort.by)).unwrap_or(by.len());
        let descending = query.sort.is_none_or(|sort| sort.descending);
        let total = groups.len();
        let mut rows: Vec<(Values, Values)> = groups
            .into_iter()
            .map(|(key, figures)| {
                let values = key.iter().cloned().chain(figures).collect();
                (key, values)
            })
            .collect();
        let order = |(a_key, a): &(Values, Values), (b_key, b): &(Values, Values)| {
            by_value(at(a, sort), at(b, sort), descending).then_with(|| a_key.cmp(b_key))
        };
        if let Some(top) = query.top.filter(|top| *top < rows.len()) {
            rows.select_nth_unstable_by(top, order);
            rows.truncate(top);
        }
        rows.sort_by(order);

        let wanted: Vec<usize> = match query.columns.as_slice() {
            // A registered column that nobody asked for by name is shown where something is known in it.
            [] => (0..shown.columns.len())
                .filter(|place| {
                    let of = place.checked_sub(by.len()).filter(|_| aggregate.asked().is_empty()).and_then(|figure| *of.get(figure)?);
                    of.is_none_or(|field| !field.is_registered() || rows.iter().any(|(_, values)| at(values, *place).is_some()))
                })
                .collect(),
            some => some.iter().filter_map(|by| shown.place(*by)).collect(),
        };
        let rows = rows.into_iter().map(|(key, values)| shown.row(key, &values, &wanted)).collect();
        let columns = wanted.iter().filter_map(|at| shown.columns.get(*at)).cloned().collect();
        Some(Sums { now: self.now(), columns, rows, total, flows })
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
