//! What can be chosen below the field of the filter.

use graph::complete;

use super::action::View;
use super::query::{Offer, OfferKind, Offers};
use super::{Picture, State};
use crate::units::count;

/// So many of what was used are offered.
const RECENT: usize = 6;
/// Whole filters that show what can be asked.
const EXAMPLES: [(&str, &str); 10] = [
    ("bytes > 1 MB", "large flows"),
    ("service = https and not name ends \"example.com\"", "one service, without one name"),
    ("src.ip in 192.168.0.0/16", "what a network began"),
    ("process ~ \"curl|wget\"", "programs, by a regular expression"),
    ("port in 8000..8999", "a range of ports"),
    ("age < 30 s", "what is new"),
    ("| sum bytes by process", "what each program moves"),
    ("country = FR | sum bytes by process", "which programs talk to a country"),
    ("has scan or has beacon", "what tries many ports, or comes again and again"),
    ("| sum bytes by service, src.ip | top 10", "sums, the largest first"),
];

impl State {
    /// What can be chosen for what stands in the field. Live values are those that were told last.
    pub fn offers(&mut self, picture: &Picture) -> Offers {
        if self.query.text.trim().is_empty() {
            self.query.wants = None;
            return Offers { range: 0..self.query.text.len(), offers: self.whole() };
        }
        let completion = complete(&self.query.text, self.query.cursor, &picture.schema);
        let mut offers = Vec::new();
        // Of amounts nearly each row has its own.
        let field =
            completion.values_of.and_then(|id| Some((id, picture.schema.field(id)?))).filter(|(_, field)| !field.value_type.is_number());
        let is_text = field.is_some_and(|(_, field)| field.is_text());
        self.query.wants = field.map(|(id, _)| (id, completion.prefix.clone()));
        if let (Some((field, _)), Some(told)) = (&self.query.wants, &picture.values)
            && told.field == *field
        {
            let wanted = completion.prefix.to_lowercase();
            for (value, n) in told.values.iter().filter(|(value, _)| value.to_string().to_lowercase().contains(&wanted)) {
                let text = if is_text { graph::quote(&value.to_string()) } else { value.to_string() };
                offers.push(Offer {
                    label: text.clone(),
                    text: format!("{text} "),
                    help: format!("{} now", count(*n as u64)),
                    kind: OfferKind::Value,
                });
            }
        }
        let given = completion.offers.into_iter().filter(|offer| !offers.iter().any(|live| live.label == offer.text)).collect::<Vec<_>>();
        offers.extend(given.into_iter().map(|offer| {
            let kind = match offer.kind {
                graph::OfferKind::Field => OfferKind::Field,
                graph::OfferKind::Value => OfferKind::Value,
                graph::OfferKind::Op | graph::OfferKind::Keyword => OfferKind::Word,
            };
            Offer { label: offer.text.clone(), text: format!("{} ", offer.text), help: offer.help, kind }
        }));
        Offers { range: completion.replace, offers }
    }

    /// Whether what a query sums is shown in place of a table.
    pub fn shows_sums(&self) -> bool {
        self.query.active().aggregate.is_some() && matches!(self.settings.view, View::Table(_))
    }

    /// Whole filters: what is kept, what was used, and what shows what can be asked.
    fn whole(&self) -> Vec<Offer> {
        let offer = |text: &str, help: &str, kind| Offer { label: text.to_owned(), text: text.to_owned(), help: help.to_owned(), kind };
        let filters = &self.settings.filters;
        let saved = filters.saved.iter().map(|text| offer(text, "kept", OfferKind::Saved));
        let recent = filters.recent.iter().filter(|text| !filters.is_saved(text)).take(RECENT);
        let recent = recent.map(|text| offer(text, "used before", OfferKind::Recent));
        let examples = EXAMPLES.map(|(text, help)| offer(text, help, OfferKind::Example));
        saved.chain(recent).chain(examples).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use graph::{Registry, Schema, Value};

    use super::*;
    use crate::pipeline::{SourceKind, Values};
    use crate::state::Speed;

    fn picture() -> Picture {
        let schema = Arc::new(Schema::new(&Registry::default()));
        Picture { schema, ..Picture::new("x.pcap".into(), SourceKind::File, Speed::Max) }
    }

    /// What is offered where that stands in the field, and values were told of a field.
    fn offered(text: &str, told: Option<(&str, &[&str])>) -> Vec<(String, OfferKind)> {
        let mut picture = picture();
        picture.values = told.map(|(field, values)| {
            let values = values.iter().map(|value| (Value::symbol(value), 3)).collect();
            Values { field: picture.schema.find(field).unwrap(), prefix: String::new(), values }
        });
        let mut state = State::default();
        (state.query.text, state.query.cursor) = (text.to_owned(), text.len());
        state.offers(&picture).offers.into_iter().map(|offer| (offer.label, offer.kind)).collect()
    }

    #[test]
    fn values_that_are_there_come_first_and_each_once() {
        let values = |text| {
            let all = offered(text, Some(("proto", &["tcp", "udp", "icmp"])));
            assert!(all.iter().all(|(label, _)| all.iter().filter(|(other, _)| other == label).count() == 1), "{all:?}");
            all.into_iter().filter(|(_, kind)| *kind == OfferKind::Value).map(|(label, _)| label).collect::<Vec<_>>()
        };
        assert_eq!(values("proto = ")[..3], ["tcp", "udp", "icmp"]);
        assert_eq!(values("proto = ud")[0], "udp");
        assert!(!values("proto = ud").contains(&"icmp".to_owned()), "what was told of other letters");
        let mut state = State::default();
        (state.query.text, state.query.cursor) = ("bytes > 1".to_owned(), 9);
        state.offers(&picture());
        assert_eq!(state.query.wants, None, "of amounts nearly each row has its own");
    }

    #[test]
    fn every_example_is_a_query() {
        let mut columns = graph::RegistryBuilder::default();
        graph::Computations::register(crate::computing::Computing::bare().prepared, &mut columns).unwrap();
        let schema = Arc::new(Schema::new(&columns.freeze()));
        for (text, _) in EXAMPLES {
            assert!(graph::Query::parse(text, &schema).is_ok(), "{text}");
        }
    }

    #[test]
    fn an_empty_field_offers_what_is_kept_and_the_newest_of_what_was_used() {
        let mut state = State::default();
        (0..20).for_each(|n| state.settings.filters.used(&format!("port = {n}")));
        state.settings.filters.toggle_saved("port = 18");
        let offers = state.offers(&picture()).offers;
        let of = |kind| offers.iter().filter(|offer| offer.kind == kind).map(|offer| offer.text.as_str()).collect::<Vec<_>>();
        assert_eq!(of(OfferKind::Saved), ["port = 18"]);
        assert_eq!(of(OfferKind::Recent), ["port = 19", "port = 17", "port = 16", "port = 15", "port = 14", "port = 13"]);
        assert_eq!(of(OfferKind::Example).len(), EXAMPLES.len());
    }
}
