//! How far away a host is.

use std::net::IpAddr;

use hashbrown::HashSet;

use super::{Computation, Happening, Interest, Prepared, Trouble, Updates, Words};
use crate::{Column, ColumnId, Host, Model, Realm, Registry, RegistryBuilder, RegistryError, Scope, Tag, ValueType};

/// Finds how far away each host is.
#[derive(Clone, Debug, Default)]
pub struct Scopes {
    /// The addresses of this machine.
    pub own: Vec<IpAddr>,
}

impl Prepared for Scopes {
    fn name(&self) -> &'static str {
        "scope"
    }

    fn help(&self) -> &'static str {
        "how far away each host is, by its address"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let help = "own (this machine), lan, internet, multicast (broadcast too), or elsewhere (inside another machine)";
        let column = columns.register(Column::new("scope", ValueType::Symbol, help).endpoint())?;
        let own = self.own.into_iter().map(|addr| addr.to_canonical()).collect();
        Ok(Box::new(State { column, own, words: Words::default() }))
    }
}

#[derive(Debug)]
struct State {
    column: ColumnId,
    own: HashSet<IpAddr>,
    words: Words,
}

impl Computation for State {
    fn begin(&mut self, _columns: &Registry) -> Interest {
        Interest::default().hosts()
    }

    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        if let Happening::Host(id) = happening
            && let Some(host) = model.host(id)
        {
            let word = self.of(host, model);
            updates.tag_host(id, Tag::certain(self.column, self.words.symbol(word)));
        }
        Ok(())
    }
}

impl State {
    fn of(&self, host: &Host, model: &Model) -> &'static str {
        let addr = host.key.addr.to_canonical();
        if host.key.realm != Realm::GLOBAL && model.totals().elsewhere(host.key.realm).is_some() {
            return "elsewhere";
        }
        match Scope::of(addr) {
            Scope::Multicast => "multicast",
            _ if self.own.contains(&addr) || addr.is_loopback() => "own",
            Scope::Local => "lan",
            Scope::Internet => "internet",
        }
    }
}
