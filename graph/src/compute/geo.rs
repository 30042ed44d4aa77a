//! In which country an address is, and whose network it is in, as the user's own databases say: files of the MaxMind DB format, version 2.

use std::fmt;
use std::net::IpAddr;

use maxminddb::{MaxMindDbError, PathElement, Reader, WithinOptions};

use super::{Computation, Happening, Interest, Prepared, Trouble, Updates, Words};
use crate::{Column, ColumnId, Model, Registry, RegistryBuilder, RegistryError, Scope, Tag, Value, ValueType};

/// So many records of a file are looked at to see what it is, and so many networks to find them: a tree may have more branches than anybody can walk.
const LOOKED_AT: usize = 256;
const WALKED: usize = 65_536;
/// What is longer is no name of a country or of an owner.
const MAX_TEXT: usize = 256;

/// A database of addresses.
pub struct Database {
    name: String,
    reader: Reader<Vec<u8>>,
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub enum GeoError {
    /// It is none of this format, or damaged.
    #[error("{name} is no database of addresses, or damaged ({reason}): get it anew, as a file that ends in .mmdb")]
    Format {
        /// What the file is called.
        name: String,
        /// What was found.
        reason: String,
    },
    /// It is one, and tells nothing that is asked here.
    #[error("{name} tells neither countries nor owners of networks, but {kind:?}: use one such as GeoLite2-Country or GeoLite2-ASN")]
    Other {
        /// What the file is called.
        name: String,
        /// What it says it is.
        kind: String,
    },
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What a database says of an address.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    country: Option<String>,
    number: Option<u32>,
    owner: Option<String>,
}

impl Database {
    /// Reads a file; the name is for the user.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn read(name: &str, file: Vec<u8>) -> Result<Database, GeoError> {
        let format = |error: MaxMindDbError| GeoError::Format { name: name.to_owned(), reason: error.to_string() };
        let database = Database { name: name.to_owned(), reader: Reader::from_source(file).map_err(format)? };
        let mut told = false;
        // Each step then ends at a network, so that steps can be counted.
        let all = WithinOptions::default().include_aliased_networks().include_networks_without_data();
        let mut looked_at = 0;
        for record in database.reader.networks(all).map_err(format)?.take(WALKED) {
            let record = record.map_err(format)?;
            told |= entry(&record) != Entry::default();
            looked_at += usize::from(record.has_data());
            if looked_at == LOOKED_AT {
                break;
            }
        }
        let kind = database.reader.metadata().database_type.chars().filter(|char| !char.is_control()).take(64).collect();
        if told { Ok(database) } else { Err(GeoError::Other { name: name.to_owned(), kind }) }
    }

    fn look_up(&self, addr: IpAddr) -> Result<Entry, Trouble> {
        match self.reader.lookup(addr) {
            Ok(found) => Ok(entry(&found)),
            // It has no addresses of version 6.
            Err(MaxMindDbError::InvalidInput { .. }) => Ok(Entry::default()),
            Err(error) => Err(Trouble(format!("{} is damaged ({error}): get it anew", self.name))),
        }
    }
}

/// What a record says, in the words of those who make such files. What a record says in other words it does not say.
fn entry(record: &maxminddb::LookupResult<'_, Vec<u8>>) -> Entry {
    let text = |path: &[&str]| {
        let path: Vec<PathElement<'_>> = path.iter().map(|key| PathElement::Key(key)).collect();
        record.decode_path::<&str>(&path).ok().flatten().filter(|text| is_name(text)).map(str::to_owned)
    };
    let number = || record.decode_path::<u32>(&[PathElement::Key("autonomous_system_number")]).ok().flatten();
    let country = text(&["country", "iso_code"])
        .or_else(|| text(&["registered_country", "iso_code"]))
        .or_else(|| text(&["country_code"]))
        .or_else(|| text(&["country"]).filter(|code| code.len() == 2));
    Entry {
        country: country.map(|code| code.to_ascii_uppercase()),
        number: number().or_else(|| text(&["asn"])?.trim_start_matches("AS").parse().ok()),
        owner: text(&["autonomous_system_organization"]).or_else(|| text(&["as_name"])),
    }
}

/// Whether a text is one to show.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= MAX_TEXT && !text.contains(char::is_control)
}

/// Finds countries and owners of networks.
#[derive(Debug, Default)]
pub struct Geography {
    /// Where to look; of two that tell the same thing of an address, the first.
    pub databases: Vec<Database>,
}

impl Prepared for Geography {
    fn name(&self) -> &'static str {
        "geo"
    }

    fn help(&self) -> &'static str {
        "the country of each address, and who has its network: from databases that you have"
    }

    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError> {
        let mut add = |name, of, help| columns.register(Column::new(name, of, help).endpoint());
        Ok(Box::new(State {
            country: add("country", ValueType::Symbol, "where the address is registered: two letters (ISO 3166)")?,
            number: add("as.number", ValueType::Integer, "the number of the autonomous system that has the address")?,
            owner: add("as.org", ValueType::Symbol, "who has the network of the address")?,
            databases: self.databases,
            words: Words::default(),
        }))
    }
}

#[derive(Debug)]
struct State {
    country: ColumnId,
    number: ColumnId,
    owner: ColumnId,
    databases: Vec<Database>,
    words: Words,
}

impl Computation for State {
    fn begin(&mut self, _columns: &Registry) -> Interest {
        if self.databases.is_empty() { Interest::default() } else { Interest::default().hosts() }
    }

    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble> {
        let Happening::Host(id) = happening else { return Ok(()) };
        let Some(addr) = model.host(id).map(|host| host.key.addr.to_canonical()) else { return Ok(()) };
        if Scope::of(addr) != Scope::Internet {
            return Ok(());
        }
        let mut all = Entry::default();
        for database in &self.databases {
            let Entry { country, number, owner } = database.look_up(addr)?;
            all.country = all.country.or(country);
            all.number = all.number.or(number);
            all.owner = all.owner.or(owner);
        }
        let mut say = |column, value: Option<Value>| value.into_iter().for_each(|value| updates.tag_host(id, Tag::certain(column, value)));
        say(self.country, all.country.as_deref().map(|country| self.words.symbol(country)));
        say(self.number, all.number.map(|number| Value::Integer(number.into())));
        say(self.owner, all.owner.as_deref().map(|owner| self.words.symbol(owner)));
        Ok(())
    }
}
