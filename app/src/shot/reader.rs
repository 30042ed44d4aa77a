//! What is drawn of what was read: all of it.

use std::io;

use graph::{Drawn, Folding, Model, Registry, Sink, Snapshot};

use crate::report::Report;

/// What was read.
pub(super) struct Read {
    /// The columns.
    pub(super) registry: Registry,
    pub(super) snapshot: Snapshot,
    pub(super) drawn: Drawn,
}

/// Keeps what the model holds when its source has ended.
pub(super) struct Reader<'a> {
    pub(super) folding: Folding,
    pub(super) read: &'a mut Option<Read>,
}

impl Sink for Reader<'_> {}

impl Report for Reader<'_> {
    fn before_the_end(&mut self, model: &mut Model) -> io::Result<()> {
        *self.read = Some(Read { registry: model.registry().clone(), snapshot: model.snapshot(), drawn: model.draw(&self.folding, None) });
        Ok(())
    }

    fn wants_every_flow(&self) -> bool {
        false
    }

    fn end(&mut self, _model: &Model) -> io::Result<()> {
        Ok(())
    }

    fn error(&mut self) -> Option<io::Error> {
        None
    }
}
