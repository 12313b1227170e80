//! What a crash leaves of what an instance keeps, if it leaves the disk.

use super::{Context, Reading, Wakes};
use crate::units::{Span, Time};

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

    /// The clock of an instance's checkpoints, if any are made.
    pub(super) fn clock(self) -> Option<Clock> {
        match self {
            Durable::Every(every) => Some(Clock { every, since: Time(0), is_set: false }),
            Durable::Always | Durable::Never => None,
        }
    }
}

/// When the checkpoints of an instance are due: at multiples of a time since it came up. Where nothing has changed none is made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    every: Span,
    /// When the instance came up.
    since: Time,
    /// Whether a timer is set for the next one.
    is_set: bool,
}

impl Clock {
    /// The instance has come up; a crash has taken its timers.
    pub(super) fn start(&mut self, now: Time) {
        (self.since, self.is_set) = (now, false);
    }

    /// Something has changed: there will be a checkpoint, whose timer has this token.
    pub(super) fn changed(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        if !std::mem::replace(&mut self.is_set, true) {
            let passed = context.now.since(self.since).0 % self.every.0;
            context.wake_after(at, Span(self.every.0 - passed), token, Wakes::Duty);
        }
    }

    /// It is time for the checkpoint.
    pub(super) fn strikes(&mut self) {
        self.is_set = false;
    }
}
