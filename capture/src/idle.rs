//! A source that tells of nothing but time: where all that is known comes from sources beside it.

use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;

use crate::source::{Batch, Context, Ended, Offer, Source, SourceError};

/// How often time passes: slices close by it.
const TICK: Duration = Duration::from_millis(50);

/// It.
#[derive(Clone, Copy, Debug, Default)]
pub struct Idle;

impl Source for Idle {
    fn name(&self) -> String {
        "this machine".to_owned()
    }

    fn run(self: Box<Self>, context: Context) -> Result<Ended, SourceError> {
        loop {
            match context.commands.recv_timeout(TICK) {
                Ok(command) => {
                    if command.stops("there are no packets to filter") {
                        return Ok(Ended::Stopped);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    if matches!(context.outlet.offer(Batch { now: (context.clock)(), events: Vec::new() }), Offer::Unheard) {
                        return Ok(Ended::Unheard);
                    }
                }
                // Nobody can say anything any more; the source goes on for whoever reads it.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(TICK),
            }
        }
    }
}
