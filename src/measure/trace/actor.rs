//! Because of whom a component lets go of what it has parked: the errand that has come home, the visitor that has brought what
//! was waited for. What that one did meanwhile is what the parked request has really waited for.

use super::{MARKS_FULL, NONE, NOWHERE, Origin, Record, Seen, Tracer, halvings};
use crate::units::{InstanceId, Time};
use std::sync::Arc;

/// One acts because of another, that because of a third, and so on: more of them in a row are not remembered.
const ROW_MAX: u8 = 12;

/// Whether an errand is the doing of who acts when it is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follows {
    /// It goes on with what that one has brought.
    Actor,
    /// A worker that looks for its next message begins anew.
    Nobody,
}

/// Somebody because of whom another one went on.
#[derive(Clone, Debug)]
pub(super) struct Cause {
    /// What that one had done until then, with all that was done for it.
    pub(super) record: Arc<Record>,
    /// Which of the strands acted.
    pub(super) strand: u32,
}

/// The end of a stretch of being parked.
#[derive(Clone, Debug)]
pub(super) struct Wait {
    /// Of which strand.
    pub(super) strand: u32,
    /// When it came.
    pub(super) at: Time,
    /// Because of whom.
    pub(super) cause: Cause,
}

/// Because of whom a component acts just now.
#[derive(Debug)]
pub(super) enum Acting {
    /// Nobody: a timer, a letter.
    Nobody,
    /// Somebody of whom nothing is noted.
    Somebody,
    /// A strand of a record.
    Noted(u32, u32),
    /// Somebody of whom has been told already.
    Told(Cause),
}

impl Record {
    /// Cuts a row of causes that has become too long, and counts it.
    fn shorten(&mut self) {
        let causes = self.waits.iter().map(|wait| &wait.cause).chain(&self.cause);
        self.row = causes.map(|cause| cause.record.row + 1).max().unwrap_or(0);
        if self.row > ROW_MAX {
            self.waits.clear();
            (self.cause, self.row) = (None, 0);
        }
    }
}

impl Tracer {
    /// What a component does from here on it does because of a visitor.
    pub fn visit(&mut self, request: u32) {
        let found = self.find(request);
        self.acting = found.map_or(Acting::Somebody, |(record, strand, _)| Acting::Noted(record, strand));
    }

    /// What a component does from here on it does because of an errand that has come home: nothing else will be noted of that.
    pub fn report(&mut self, request: u32, now: Time) {
        self.acting = Acting::Somebody;
        let Some((index, 0, _)) = self.find(request) else { return };
        let mut record = self.records[index as usize].clone();
        self.forget(index);
        record.strands[0].ended = now;
        record.shorten();
        self.acting = Acting::Told(Cause { record: Arc::new(record), strand: 0 });
    }

    /// And no longer.
    pub fn rest(&mut self) {
        self.acting = Acting::Nobody;
    }

    /// Because of whom a component acts.
    fn cause(&mut self) -> Option<Cause> {
        if let Acting::Noted(index, strand) = self.acting {
            let mut record = self.records[index as usize].clone();
            record.shorten();
            self.acting = Acting::Told(Cause { record: Arc::new(record), strand });
        }
        match &self.acting {
            Acting::Told(cause) => Some(cause.clone()),
            _ => None,
        }
    }

    /// A component has sent out an errand: it is noted if it can be what others will have waited for.
    pub fn send(&mut self, request: u32, seen: Seen, at: InstanceId, follows: Follows, now: Time) {
        let cause = match follows {
            Follows::Actor => self.cause(),
            Follows::Nobody => None,
        };
        self.vacate(request, seen, now);
        self.place(request, NOWHERE);
        let is_crowded = halvings(self.marks, MARKS_FULL) > 0;
        let is_routine = follows == Follows::Actor && matches!(self.acting, Acting::Nobody);
        if is_routine || (is_crowded && cause.is_none()) {
            return;
        }
        let index = self.room();
        let record = &mut self.records[index as usize];
        record.is_open = true;
        (record.cause, record.errand_of) = (cause, Some(at));
        self.add(index, request, NONE, Origin::Sent, seen, now);
    }

    /// A component lets go of a request that it has parked.
    pub fn let_go(&mut self, request: u32, now: Time) {
        let Some((record, strand, _)) = self.find(request) else { return };
        if let Some(cause) = self.cause() {
            self.records[record as usize].waits.push(Wait { strand, at: now, cause });
        }
    }
}
