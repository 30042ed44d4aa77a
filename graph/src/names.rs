//! Names of addresses, heard before or after the addresses themselves are seen.

use std::collections::VecDeque;

use hashbrown::HashMap;

use crate::HostKey;
use crate::host::{Name, Names};

/// Names by address, bounded: the address that was heard of first is forgotten first.
#[derive(Debug)]
pub(crate) struct NameBook {
    names: HashMap<HostKey, Names>,
    order: VecDeque<HostKey>,
    capacity: usize,
}

impl NameBook {
    pub(crate) fn new(capacity: usize) -> Self {
        NameBook { names: HashMap::new(), order: VecDeque::new(), capacity: capacity.max(1) }
    }

    /// Hears a name of an address that is no host yet.
    pub(crate) fn hear(&mut self, key: HostKey, name: Name) {
        if !self.names.contains_key(&key) {
            while self.order.len() >= self.capacity {
                match self.order.pop_front() {
                    Some(oldest) => self.names.remove(&oldest),
                    None => break,
                };
            }
            self.order.push_back(key);
        }
        self.names.entry(key).or_default().hear(name);
    }

    /// What is known of an address.
    pub(crate) fn of(&self, key: &HostKey) -> Names {
        self.names.get(key).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NameOrigin, Realm, Time};

    #[test]
    fn the_oldest_address_is_forgotten() {
        let mut book = NameBook::new(2);
        let key = |n| HostKey { realm: Realm::GLOBAL, addr: std::net::Ipv4Addr::from_bits(n).into() };
        for n in 0..3 {
            let text = format!("h{n}").into();
            book.hear(key(n), Name { text, origin: NameOrigin::Dns, heard: Time::ZERO, until: Time::ZERO });
        }
        assert_eq!(book.of(&key(0)), Names::default());
        assert!(book.of(&key(2)).best().is_some());
        assert_eq!(book.names.len(), 2);
    }
}
