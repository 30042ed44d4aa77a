//! What a computation is.

use std::fmt;

use super::{Happening, Interest, Updates};
use crate::{Model, Registry, RegistryBuilder, RegistryError};

/// A computation with its own parameters, before there is a model: a source's configuration is the like of it.
pub trait Prepared: Send {
    /// One lower-case word, or words joined by `-`: in settings, in lists, and as the origin of what it says.
    fn name(&self) -> &'static str;

    /// One line for the user.
    fn help(&self) -> &'static str;

    /// Registers the columns that it fills.
    ///
    /// # Errors
    /// Where a column of that name is there already.
    fn register(self: Box<Self>, columns: &mut RegistryBuilder) -> Result<Box<dyn Computation>, RegistryError>;
}

impl fmt::Debug for dyn Prepared + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A computation at work. It is called on the model's thread: it takes little time, and keeps no more than its own bounds allow.
pub trait Computation: Send {
    /// What it wants to be told of, now that all columns are known. For the rest it costs nothing.
    fn begin(&mut self, columns: &Registry) -> Interest;

    /// Something happened that it wants to be told of. Of what is gone meanwhile the model knows nothing any more.
    ///
    /// # Errors
    /// What hinders it for good: it is switched off, and the user reads the text.
    fn hear(&mut self, happening: Happening, model: &Model, updates: &mut Updates) -> Result<(), Trouble>;

    /// Time passed: a slice is over.
    ///
    /// # Errors
    /// As [`Computation::hear`].
    fn pass(&mut self, _model: &Model, _updates: &mut Updates) -> Result<(), Trouble> {
        Ok(())
    }

    /// Whether there is anything that it would know again when it is next prepared, and can forget.
    fn remembers(&self) -> bool {
        false
    }

    /// What it would know again when it is next prepared; none where that is what it was told, or nothing.
    fn memory(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Forgets all that it remembers from earlier runs and this one.
    fn forget(&mut self) {}
}

/// What hinders a computation, in words that name the thing and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Trouble(pub String);
