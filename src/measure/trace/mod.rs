//! Where the time of single requests goes: what each was doing when, noted while it lives and kept of a few that have ended.
//!
//! A *record* is a client's request with all that is done for it. Its *strands* are the requests of the run that do it: the
//! client's own, one for each attempt at a call, one for each branch. A *mark* says what a strand does from an instant on. The
//! record of a request that ended is read, perhaps kept, and its room used again: memory grows with what is in flight only, and
//! where too much is, only some of the newborn are noted, by their fates. Nobody is drawn: chance would change the run.

mod actor;
mod path;
mod sample;

pub use actor::Follows;
use actor::{Acting, Cause, Wait};
pub use path::Blame;
pub use sample::{Kept, Sample, Shares};

use crate::kernel::random::mix;
use crate::kernel::request::State;
use crate::measure::recorder::Ending;
use crate::units::{EntryId, InstanceId, OutcomeId, SiteId, Time};
use std::sync::Arc;

/// In place of an index: there is none.
pub const NONE: u32 = u32::MAX;

/// With so many marks of requests in flight only every other newborn is noted, with twice as many every fourth, and so on.
const MARKS_FULL: u64 = 1 << 18;

/// Where no request is kept whole, this many of a client tell enough: of those that follow, every other one is noted, after
/// twice as many every fourth, and so on. Those that come first in the order of choice are noted in any case, and they are the
/// ones that are remembered: an even sample of all.
const NOTED_FULL: u64 = 1 << 15;

/// A request with more marks than this is not noted further, and not read.
const MARKS_MAX: usize = 1 << 15;

/// The name of the order in which requests are chosen by their fates.
const CHOICE: u64 = 0x6368_6f69_6365_2d6f;

/// What a strand does from an instant on.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// Since when.
    pub at: Time,
    /// The strand's mark before this one.
    pub previous: u32,
    /// Whose.
    pub strand: u32,
    /// Where it is; of a message, where that goes.
    pub instance: InstanceId,
    /// Of a message, where that comes from.
    pub from: InstanceId,
    /// The call whose answer a message brings home.
    pub site: SiteId,
    /// The operation that it visits.
    pub entry: EntryId,
    /// The answer that a message brings home.
    pub outcome: OutcomeId,
    /// Whether that is a failure.
    pub ending: Ending,
    /// What it does.
    pub state: State,
    /// In how many visits.
    pub level: u8,
}

/// How a strand came about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A client asked.
    Client,
    /// An attempt at a call, by its number from 1.
    Attempt(u32),
    /// A branch.
    Branch,
    /// The early answer of this strand.
    Answer(u32),
    /// Sent by somebody who does not wait for it.
    Sent,
}

/// One of the requests that a client's request consists of.
#[derive(Clone, Copy, Debug)]
pub struct Strand {
    /// Since when it is there.
    pub born: Time,
    /// Since when it is not; [`Time::NEVER`] before.
    pub ended: Time,
    /// Who made it; [`NONE`] of the first.
    pub parent: u32,
    /// How.
    pub origin: Origin,
    /// The call that it is an attempt at.
    pub site: SiteId,
    /// Its last mark.
    pub last: u32,
    /// How it ended.
    pub outcome: OutcomeId,
    /// Whether that was a failure.
    pub ending: Ending,
}

/// A client's request with all that was done for it.
#[derive(Clone, Debug, Default)]
pub struct Record {
    /// Which client.
    pub client: usize,
    /// Its number among those of its client.
    pub serial: u64,
    /// Its place in the order of choice.
    pub rank: u64,
    /// It stands for so many.
    pub weight: u64,
    /// Whether it was born in the measured time.
    pub is_measured: bool,
    /// The first is the client's own.
    pub strands: Vec<Strand>,
    /// What they did, in the order of time.
    pub marks: Vec<Mark>,
    /// When others let go of those of them that were parked.
    waits: Vec<Wait>,
    /// Of a component's errand, who had it set out, if that is known.
    cause: Option<Cause>,
    /// Of a component's errand, whose it is; of a client's request nobody.
    errand_of: Option<InstanceId>,
    /// How many in a row acted because of another one until this.
    row: u8,
    generation: u32,
    is_open: bool,
}

/// Where a slot of the requests is noted.
#[derive(Clone, Copy)]
struct Spot {
    record: u32,
    record_generation: u32,
    strand: u32,
    request_generation: u32,
}

const NOWHERE: Spot = Spot { record: NONE, record_generation: 0, strand: 0, request_generation: 0 };

/// What happens to requests within an event, for whoever notes it when the event is over.
#[derive(Clone, Copy, Debug)]
pub enum Touch {
    /// A client asked.
    Born(u32),
    /// A request made another one.
    Made {
        /// The new one.
        request: u32,
        /// Who made it.
        parent: u32,
        /// How; the strand of an early answer is told later.
        origin: Origin,
    },
    /// It does something else.
    Changed(u32),
    /// A client has its answer.
    Ended(u32, OutcomeId, Ending),
    /// What a component does from here on it does because of this visitor.
    Visits(u32),
    /// What it does from here on it does because of this errand, which has come home.
    Reports(u32),
    /// And no longer.
    Rests,
    /// A component has sent out an errand.
    Sent {
        /// The errand.
        request: u32,
        /// Whose it is.
        at: InstanceId,
        /// Whether it is the doing of who acts.
        follows: Follows,
    },
    /// A component lets go of a request that it has parked.
    LetGo(u32),
}

/// A request that a client makes.
#[derive(Clone, Copy, Debug)]
pub struct Birth {
    /// Which client.
    pub client: usize,
    /// Its number among those of its client.
    pub serial: u64,
    /// Its fate.
    pub fate: u64,
    /// Whether it counts.
    pub is_measured: bool,
}

/// What can be seen of a slot of the requests after an event.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Which of the slot's requests is or was there.
    pub generation: u32,
    /// What it does.
    pub state: State,
    /// Where.
    pub instance: InstanceId,
    /// Where its message comes from.
    pub from: InstanceId,
    /// The call whose answer it brings home, or that it is an attempt at.
    pub site: SiteId,
    /// The operation that it visits.
    pub entry: EntryId,
    /// In how many visits.
    pub level: u8,
    /// How it ended, or the reply that it brings home.
    pub outcome: OutcomeId,
    /// Whether that is a failure.
    pub ending: Ending,
}

/// Notes what requests do.
pub struct Tracer {
    /// What happened within the event that is on.
    pub touched: Vec<Touch>,
    /// By client.
    pub samples: Vec<Sample>,
    /// Whole records, for whoever wants to see them.
    pub kept: Kept,
    records: Vec<Record>,
    free: Vec<u32>,
    /// Because of whom a component acts within the event that is being noted.
    acting: Acting,
    spots: Vec<Spot>,
    /// Marks of records in flight.
    marks: u64,
    /// How many requests were noted, by client.
    noted: Vec<u64>,
    /// When each instance stood still, by instance: begin and end.
    pauses: Vec<Vec<(Time, Time)>>,
}

impl Tracer {
    /// Nothing noted yet, for so many clients and instances; so many records of each sort are kept whole.
    pub fn new(clients: usize, instances: usize, kept: usize) -> Tracer {
        Tracer {
            touched: Vec::new(),
            samples: (0..clients).map(|_| Sample::default()).collect(),
            kept: Kept::new(kept),
            records: Vec::new(),
            free: Vec::new(),
            acting: Acting::Nobody,
            spots: Vec::new(),
            marks: 0,
            noted: vec![0; clients],
            pauses: vec![Vec::new(); instances],
        }
    }

    /// The record and the strand of a slot, if they are noted and the strand is open.
    fn find(&self, request: u32) -> Option<(u32, u32, u32)> {
        let spot = *self.spots.get(request as usize)?;
        let record = self.records.get(spot.record as usize)?;
        let is_noted = record.is_open
            && record.generation == spot.record_generation
            && record.strands[spot.strand as usize].ended == Time::NEVER;
        is_noted.then_some((spot.record, spot.strand, spot.request_generation))
    }

    /// Whether anything is noted of a slot.
    pub fn follows(&self, request: u32) -> bool {
        self.find(request).is_some()
    }

    /// A client's request is born in a slot.
    pub fn begin(&mut self, request: u32, seen: Seen, birth: Birth, now: Time) {
        self.vacate(request, seen, now);
        let rank = mix(birth.fate, CHOICE);
        self.place(request, NOWHERE);
        let mut thinning = halvings(self.marks, MARKS_FULL);
        if !self.kept.is_asked_for() {
            thinning = thinning.max(halvings(self.noted[birth.client], NOTED_FULL));
        }
        if rank.leading_zeros() < thinning {
            return;
        }
        self.noted[birth.client] += 1;
        let index = self.room();
        let record = &mut self.records[index as usize];
        let Birth { client, serial, is_measured, .. } = birth;
        (record.client, record.serial, record.is_measured, record.is_open) =
            (client, serial, is_measured, true);
        (record.rank, record.weight) = (rank, 1 << thinning);
        self.add(index, request, NONE, Origin::Client, seen, now);
    }

    /// Room for a record.
    fn room(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.records.push(Record::default());
            (self.records.len() - 1) as u32
        })
    }

    /// A request that is noted makes another one.
    pub fn make(&mut self, request: u32, seen: Seen, parent: u32, origin: Origin, now: Time) {
        self.vacate(request, seen, now);
        self.place(request, NOWHERE);
        let Some((index, strand, _)) = self.find(parent) else { return };
        let made = self.records[index as usize].strands[strand as usize];
        // The early answer stands for its handler with whoever waits for it.
        let (parent, origin) = match origin {
            Origin::Answer(_) => (made.parent, Origin::Answer(strand)),
            origin => (strand, origin),
        };
        self.add(index, request, parent, origin, seen, now);
    }

    fn add(&mut self, index: u32, request: u32, parent: u32, origin: Origin, seen: Seen, now: Time) {
        let record = &mut self.records[index as usize];
        let strand = record.strands.len() as u32;
        record.strands.push(Strand {
            born: now,
            ended: Time::NEVER,
            parent,
            origin,
            site: seen.site,
            last: NONE,
            outcome: seen.outcome,
            ending: Ending::Completed,
        });
        let spot = Spot {
            record: index,
            record_generation: record.generation,
            strand,
            request_generation: seen.generation,
        };
        self.place(request, spot);
        self.look(request, seen, now);
    }

    fn place(&mut self, request: u32, spot: Spot) {
        if self.spots.len() <= request as usize {
            self.spots.resize(request as usize + 1, NOWHERE);
        }
        self.spots[request as usize] = spot;
    }

    /// What a slot shows after an event that had to do with it.
    pub fn look(&mut self, request: u32, seen: Seen, now: Time) {
        let Some((index, strand, generation)) = self.find(request) else { return };
        if seen.generation != generation || seen.state == State::Free {
            return self.close(request, seen, now);
        }
        let record = &mut self.records[index as usize];
        let last = record.strands[strand as usize].last;
        if let Some(mark) = record.marks.get(last as usize)
            && (mark.state, mark.instance, mark.level) == (seen.state, seen.instance, seen.level)
            && mark.entry == seen.entry
            // Who is looked at and waits for somebody waits for somebody else than before.
            && !matches!(seen.state, State::Calling | State::Joining)
        {
            return;
        }
        let next = record.marks.len() as u32;
        record.marks.push(Mark {
            at: now,
            previous: last,
            strand,
            instance: seen.instance,
            from: seen.from,
            site: seen.site,
            entry: seen.entry,
            outcome: seen.outcome,
            ending: seen.ending,
            state: seen.state,
            level: seen.level,
        });
        record.strands[strand as usize].last = next;
        self.marks += 1;
        if record.marks.len() > MARKS_MAX {
            self.forget(index);
        }
    }

    /// A slot has another request.
    fn vacate(&mut self, request: u32, seen: Seen, now: Time) {
        match self.find(request) {
            // Nobody could answer it any more: its message was lost, or who sent the errand has crashed.
            Some((index, 0, _)) => self.forget(index),
            _ => self.close(request, seen, now),
        }
    }

    /// The request of a slot is no more. Of a client's own, and of an errand, the end is told.
    fn close(&mut self, request: u32, seen: Seen, now: Time) {
        let Some((index, strand @ 1.., generation)) = self.find(request) else { return };
        let closed = &mut self.records[index as usize].strands[strand as usize];
        closed.ended = now;
        // The slot has another request already, or still shows how this one ended.
        if seen.generation == generation.wrapping_add(1) && seen.state == State::Free {
            (closed.outcome, closed.ending) = (seen.outcome, seen.ending);
        }
    }

    /// The request of a client has ended.
    pub fn end(&mut self, request: u32, outcome: OutcomeId, ending: Ending, now: Time) {
        let Some((index, 0, _)) = self.find(request) else { return };
        let record = &mut self.records[index as usize];
        let root = &mut record.strands[0];
        (root.ended, root.outcome, root.ending) = (now, outcome, ending);
        let latency = now.since(root.born).0;
        if record.is_measured && latency > 0 {
            if ending == Ending::Completed {
                let (record, pauses) = (&self.records[index as usize], &self.pauses);
                self.samples[record.client].offer(latency, record, || path::path(record, pauses));
            }
            let record = &self.records[index as usize];
            if self.kept.wants(latency, record.rank, ending) {
                self.kept.keep(latency, Arc::new(record.clone()), ending);
            }
        }
        self.forget(index);
    }

    /// Uses the room of a record again.
    fn forget(&mut self, index: u32) {
        let record = &mut self.records[index as usize];
        self.marks -= record.marks.len() as u64;
        record.strands.clear();
        record.marks.clear();
        record.waits.clear();
        (record.cause, record.errand_of) = (None, None);
        record.is_open = false;
        record.generation = record.generation.wrapping_add(1);
        self.free.push(index);
    }

    /// An instance stands still from now on, or no longer.
    pub fn pause(&mut self, at: InstanceId, is_paused: IsPaused, now: Time) {
        let pauses = &mut self.pauses[at.index()];
        match (is_paused, pauses.last_mut()) {
            (IsPaused::Yes, _) => pauses.push((now, Time::NEVER)),
            (IsPaused::No, Some(last)) => last.1 = now,
            (IsPaused::No, None) => {}
        }
    }
}

/// How often what is noted has to be halved.
fn halvings(count: u64, full: u64) -> u32 {
    (count / full).checked_ilog2().map_or(0, |log| log + 1)
}

/// Whether an instance stands still.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IsPaused {
    /// It does.
    Yes,
    /// It does not.
    No,
}
