//! What is drawn of what was read: all of it.

use std::io;

use graph::{Model, Sink, Snapshot};

use crate::report::Report;

/// Keeps what the model holds when its source has ended.
pub(super) struct Reader<'a>(pub(super) &'a mut Option<Snapshot>);

impl Sink for Reader<'_> {}

impl Report for Reader<'_> {
    fn before_the_end(&mut self, model: &Model) -> io::Result<()> {
        *self.0 = Some(model.snapshot());
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
