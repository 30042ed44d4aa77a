//! What can be chosen below the field of the filter.

use graph::complete;

use super::action::View;
use super::query::{Offer, OfferKind, Offers};
use super::{Picture, State};
use crate::units::count;

/// So many of what was used are offered.
const RECENT: usize = 6;
/// Whole filters that show what can be asked.
const EXAMPLES: [(&str, &str); 8] = [
    ("bytes > 1 MB", "large flows"),
    ("service = https and not name ends \"example.com\"", "one service, without one name"),
    ("src.ip in 192.168.0.0/16", "what a network began"),
    ("process ~ \"curl|wget\"", "programs, by a regular expression"),
    ("port in 8000..8999", "a range of ports"),
    ("age < 30 s", "what is new"),
    ("| sum bytes by process", "what each program moves"),
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
