//! What can be chosen below the field of the filter.

use super::query::{Offer, OfferKind, Offers};
use super::{Picture, State};

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
    /// What can be chosen for what stands in the field.
    pub fn offers(&self, _picture: &Picture) -> Offers {
        if self.query.text.trim().is_empty() {
            return Offers { range: 0..self.query.text.len(), offers: self.whole() };
        }
        Offers::default()
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
