//! What a crash leaves of what an instance keeps, if it leaves the disk.

use super::{Context, Reading, Wakes};
use crate::units::Span;

/// What is left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Durable {
    /// All that there was: every change was written at once.
    Always,
    /// What there was at the last checkpoint, which is made so often.
    Every(Span),
    /// Nothing.
    Never,
}

impl Durable {
    /// Reads the keys `durable` and `checkpoint`.
    pub(super) fn read(reading: &mut Reading<'_, '_>) -> Option<Durable> {
        let is_durable = match reading.get("durable") {
            Some(node) => reading.reader.boolean(node)?,
            None => true,
        };
        if !is_durable {
            return reading
                .only_with("checkpoint", "`durable`: what is not is never written")
                .map(|()| Durable::Never);
        }
        match reading.time("checkpoint")? {
            None => Some(Durable::Always),
            Some(Span::ZERO) => {
                let place = reading.place_of("checkpoint");
                let help = "without `checkpoint` every change is written at once";
                reading.reader.error(place, "some time passes from one checkpoint to the next").help(help);
                None
            }
            Some(time) => Some(Durable::Every(time)),
        }
    }

    /// Sets the timer of an instance's next checkpoint, if any is made.
    pub(super) fn await_checkpoint(self, at: u32, token: u32, context: &mut Context<'_>) {
        if let Durable::Every(time) = self {
            context.wake_after(at, time, token, Wakes::Routine);
        }
    }
}
