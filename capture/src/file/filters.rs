//! One filter, compiled for each link type of a recording.

use wire::packet::LinkType;

use super::record::Packet;
use crate::bpf::{BpfError, Filter};

/// Link types that are kept apart; a filter lets nothing of further ones through.
const MAX_LINKS: usize = 64;

/// A filter and the link types it has met.
pub(super) struct Filters {
    /// Empty is none.
    text: String,
    /// For each link type met; none where it does not compile: then it matches nothing of it.
    met: Vec<(LinkType, Option<Filter>)>,
    /// Where in `met` the last packet's link type is.
    last: usize,
}

impl Filters {
    /// A filter for a recording that, as far as is known, begins with this link type.
    pub(super) fn new(text: &str, first: Option<LinkType>) -> Result<Filters, BpfError> {
        let mut filters = Filters { text: text.trim().to_owned(), met: Vec::new(), last: 0 };
        if let Some(link) = first {
            filters.meet(link)?;
        }
        Ok(filters)
    }

    /// Whether any link type has been met.
    pub(super) fn is_new(&self) -> bool {
        self.met.is_empty()
    }

    /// Exchanges the filter for one that compiles for at least one link type met.
    pub(super) fn set(&mut self, text: &str) -> Result<(), BpfError> {
        let text = text.trim();
        let links: Vec<LinkType> = self.met.iter().map(|(link, _)| *link).collect();
        if links.is_empty() {
            compile(text, LinkType::ETHERNET)?;
        }
        let compiled: Vec<_> = links.iter().map(|link| compile(text, *link)).collect();
        if let Some(Err(error)) = compiled.first()
            && compiled.iter().all(Result::is_err)
        {
            return Err(error.clone());
        }
        self.met = links.into_iter().zip(compiled.into_iter().map(|c| c.unwrap_or_default())).collect();
        self.text = text.to_owned();
        Ok(())
    }

    /// Whether a packet is let through. The first of a link type for which the filter does not compile is an error; it and
    /// those after it are not.
    #[inline]
    pub(super) fn pass(&mut self, packet: &Packet<'_>) -> Result<bool, BpfError> {
        match self.met.get(self.last) {
            Some((link, filter)) if *link == packet.link => Ok(self.judge(filter.as_ref(), packet)),
            _ => self.pass_other(packet),
        }
    }

    fn pass_other(&mut self, packet: &Packet<'_>) -> Result<bool, BpfError> {
        match self.met.iter().position(|(link, _)| *link == packet.link) {
            Some(at) => self.last = at,
            None if self.met.len() >= MAX_LINKS => return Ok(self.text.is_empty()),
            None => self.meet(packet.link)?,
        }
        let filter = self.met.get(self.last).and_then(|(_, filter)| filter.as_ref());
        Ok(self.judge(filter, packet))
    }

    #[inline]
    fn judge(&self, filter: Option<&Filter>, packet: &Packet<'_>) -> bool {
        self.text.is_empty() || filter.is_some_and(|f| f.matches(packet.data, packet.wire_len))
    }

    fn meet(&mut self, link: LinkType) -> Result<(), BpfError> {
        let compiled = compile(&self.text, link);
        self.last = self.met.len();
        let (filter, met) = match compiled {
            Ok(filter) => (filter, Ok(())),
            Err(error) => (None, Err(error)),
        };
        self.met.push((link, filter));
        met
    }
}

/// None for no filter.
fn compile(text: &str, link: LinkType) -> Result<Option<Filter>, BpfError> {
    if text.is_empty() { Ok(None) } else { Filter::compile(text, link).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use graph::Time;

    fn packet(link: LinkType, data: &[u8]) -> Packet<'_> {
        Packet { at: Time::ZERO, link, data, wire_len: data.len() as u32, interface: 0 }
    }

    #[test]
    fn each_link_type_has_its_own_program() {
        let mut filters = Filters::new("ip", Some(LinkType::ETHERNET)).unwrap();
        let mut ethernet = [0; 34];
        ethernet[12..15].copy_from_slice(&[8, 0, 0x45]);
        let raw = &ethernet[14..];
        assert_eq!(filters.pass(&packet(LinkType::ETHERNET, &ethernet)), Ok(true));
        assert_eq!(filters.pass(&packet(LinkType::RAW, raw)), Ok(true));
        assert_eq!(filters.pass(&packet(LinkType::ETHERNET, raw)), Ok(false));
    }

    #[test]
    fn a_link_type_it_does_not_compile_for_is_told_once() {
        let mut filters = Filters::new("wlan type mgt", Some(LinkType::IEEE802_11)).unwrap();
        assert!(filters.pass(&packet(LinkType::ETHERNET, &[0; 60])).is_err());
        assert_eq!(filters.pass(&packet(LinkType::ETHERNET, &[0; 60])), Ok(false));
        assert_eq!(filters.pass(&packet(LinkType::IEEE802_11, &[0; 60])), Ok(true));
    }

    #[test]
    fn a_bad_one_changes_nothing() {
        let mut filters = Filters::new("", Some(LinkType::ETHERNET)).unwrap();
        assert!(filters.set("not a filter at all").is_err());
        assert_eq!(filters.pass(&packet(LinkType::ETHERNET, &[0; 60])), Ok(true));
        filters.set(" arp ").unwrap();
        assert_eq!(filters.pass(&packet(LinkType::ETHERNET, &[0; 60])), Ok(false));
        filters.set("").unwrap();
        assert_eq!(filters.pass(&packet(LinkType::ETHERNET, &[0; 60])), Ok(true));
    }
}
