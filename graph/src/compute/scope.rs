//! How far away a host is.

use super::{Computation, Happening, Interest, Prepared, Trouble, Updates, Words};
use crate::{Column, ColumnId, Host, Model, Registry, RegistryBuilder, RegistryError, Scope, Tag, ValueType};

/// Finds how far away each host is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scopes;

impl Prepared for Scopes {
    fn name(&self) -> &'static str {
        "scope"
    }

    fn help(&self) -> &'static str {
        "how far away each host is, by its address and this machine's networks"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let help = "own (this machine), lan, internet, multicast (broadcast too), or elsewhere (inside another machine)";
        let column = columns.register(Column::new("scope", ValueType::Symbol, help).endpoint())?;
        Ok(Box::new(State { column, words: Words::default() }))
    }
}

#[derive(Debug)]
struct State {
    column: ColumnId,
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
            let word = word(host, model);
            updates.tag_host(id, Tag::certain(self.column, self.words.symbol(word)));
        }
        Ok(())
    }
}

fn word(host: &Host, model: &Model) -> &'static str {
    let totals = model.totals();
    if totals.elsewhere(host.key.realm).is_some() {
        return "elsewhere";
    }
    match totals.scope(&host.key) {
        Scope::Own => "own",
        Scope::Local => "lan",
        Scope::Internet => "internet",
        Scope::Multicast => "multicast",
    }
}
