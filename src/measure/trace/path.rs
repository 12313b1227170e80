//! What a request waited for from its birth to its answer: the chain of what had to end before the next could begin.
//!
//! The chain is walked from the end: while a strand waits for a call, the chain goes through the attempt that was answered, and
//! what came before that attempt is the price of the ones that failed; while it waits for branches, through the branch that
//! ended last, and if that one could begin only when another ended, through that. While it is parked, the chain goes through what
//! was done by who set it free. All of the latency is booked, once.

use super::actor::Cause;
use super::{Mark, NONE, Origin, Record};
use crate::kernel::request::State;
use crate::measure::recorder::Ending;
use crate::mechanism::arrange::Arrange;
use crate::units::{InstanceId, SiteId, Time};

/// What a stretch of a request's time was spent on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Blame {
    /// Waiting for a worker of an instance.
    Queue(InstanceId),
    /// Waiting for one of its cores.
    Core(InstanceId),
    /// Waiting elsewhere for one of an instance's kind to come for it: a message for a consumer.
    Awaited(InstanceId),
    /// Being served there.
    Service(InstanceId),
    /// Being kept there by its mechanism, nobody knows for whom: for a lock, a replica, its turn.
    Held(InstanceId),
    /// Standing still there, because the instance did.
    Paused(InstanceId),
    /// On the way to an instance or from there home.
    Network(InstanceId),
    /// Waiting for a connection to make this call.
    Connection(SiteId),
    /// Waiting for other calls to travel with.
    Batch(SiteId),
    /// Attempts at this call that failed, and the pauses between them.
    Retry(SiteId),
}

impl Blame {
    /// Nothing comes before it in their order.
    pub const FIRST: Blame = Blame::Queue(InstanceId(0));
}

/// A request's time, piece by piece.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Path {
    /// The pieces \[ns\]; they add up to its latency.
    pub(super) pieces: Vec<(Blame, u64)>,
    /// For how long an instance that it visited kept a worker for it meanwhile, if workers are kept there, piece by piece
    /// \[ns\].
    pub(super) held: Vec<((InstanceId, Blame), u64)>,
}

/// Of visits within visits so many of the innermost ones are noted.
const HOLDERS_MAX: usize = 16;

/// What a record that has ended spent its time on.
pub(super) fn path(record: &Record, pauses: &[Vec<(Time, Time)>]) -> Path {
    let mut walk = Walk { record, since: Time(0), pauses, path: Path::default(), holders: Vec::new() };
    walk.strand(0, record.strands[0].ended);
    debug_assert_eq!(
        walk.path.pieces.iter().map(|piece| piece.1).sum::<u64>(),
        record.strands[0].ended.since(record.strands[0].born).0,
        "all of the latency is booked once"
    );
    merge(&mut walk.path.pieces);
    merge(&mut walk.path.held);
    walk.path
}

/// Sorts pieces, and adds up those that have the same name.
fn merge<N: Ord + Copy>(pieces: &mut Vec<(N, u64)>) {
    pieces.arrange();
    pieces.dedup_by(|piece, kept| {
        let is_same = piece.0 == kept.0;
        kept.1 += if is_same { piece.1 } else { 0 };
        is_same
    });
}

struct Walk<'r> {
    record: &'r Record,
    /// Nothing before this instant is booked.
    since: Time,
    pauses: &'r [Vec<(Time, Time)>],
    path: Path,
    /// Whom the work visits that is being looked at: the outermost first.
    holders: Vec<InstanceId>,
}

impl<'r> Walk<'r> {
    /// Since when what a mark says is of interest.
    fn begin(&self, mark: &Mark) -> Time {
        mark.at.max(self.since)
    }

    /// Books what a strand did until an instant; since when.
    fn strand(&mut self, strand: u32, until: Time) -> Time {
        let known = self.record.strands[strand as usize];
        let (mut end, mut index) = (until, known.last);
        let outer = self.holders.len();
        let mut visits = self.visits(known.last);
        while let Some(mark) = self.record.marks.get(index as usize) {
            let visits = visits.pop().expect("each mark stands in some visits");
            if end <= self.since {
                break;
            }
            if mark.at < end {
                self.holders.truncate(outer);
                self.holders.extend(visits);
                match mark.state {
                    State::Calling => self.call(strand, mark, end),
                    State::Joining => self.join(strand, mark, end),
                    _ => self.stretch(mark, end),
                }
                end = self.begin(mark);
            }
            index = mark.previous;
        }
        self.holders.truncate(outer);
        match known.origin {
            // Before the answer left there was the handler that gave it.
            Origin::Answer(handler) => self.strand(handler, end),
            _ => end,
        }
    }

    /// The visits that go on at each mark of a strand, up to the one whose index is given. Who waits for a worker has none.
    fn visits(&self, last: u32) -> Vec<Vec<InstanceId>> {
        let previous = |mark: &&Mark| self.record.marks.get(mark.previous as usize);
        let mut marks: Vec<&Mark> =
            std::iter::successors(self.record.marks.get(last as usize), previous).collect();
        marks.reverse();
        let mut open: Vec<InstanceId> = Vec::new();
        let visits = marks.into_iter().map(|mark| {
            let level = usize::from(mark.level);
            let (count, at) = match mark.state {
                // Its level is that of the visit to which the message goes.
                State::Arriving => (level.saturating_sub(1), mark.from),
                _ => (level, mark.instance),
            };
            open.resize(count, at);
            let held = if mark.state == State::Queued { count.saturating_sub(1) } else { count };
            open[..held].to_vec()
        });
        visits.collect()
    }

    /// Books a piece of time.
    fn book(&mut self, blame: Blame, time: u64) {
        self.path.pieces.push((blame, time));
        let innermost = self.holders.len().saturating_sub(HOLDERS_MAX);
        self.path.held.extend(self.holders[innermost..].iter().map(|holder| ((*holder, blame), time)));
    }

    /// Books the time from a mark to an instant at which a call was decided.
    fn call(&mut self, strand: u32, mark: &Mark, until: Time) {
        let strands = &self.record.strands;
        let is_answer = |index: &u32| {
            let one = &strands[*index as usize];
            let attempt = match one.origin {
                Origin::Attempt(_) => one,
                Origin::Answer(handler) => &strands[handler as usize],
                _ => return false,
            };
            // An abandoned attempt of the call before may come home at the same instant.
            let is_of_call = attempt.born >= mark.at;
            is_of_call && one.parent == strand && one.ended == until && one.ending == Ending::Completed
        };
        let strands = self.record.strands.len() as u32;
        let answer = (0..strands).rev().find(is_answer);
        let begin = answer.map_or(until, |answer| self.strand(answer, until));
        if begin > self.begin(mark) {
            let attempts = self.record.strands.iter().rev();
            let mut of_call = attempts.filter(|one| one.parent == strand && one.born < until);
            let site = of_call.next().map_or(mark.site, |one| one.site);
            self.book(Blame::Retry(site), begin.since(self.begin(mark)).0);
        }
    }

    /// Books the time from a mark to an instant at which branches had come together.
    fn join(&mut self, strand: u32, mark: &Mark, until: Time) {
        let mut end = until;
        let begin = self.begin(mark);
        while end > begin {
            let is_last = |index: &u32| {
                let one = &self.record.strands[*index as usize];
                let is_of_fork = one.born >= mark.at && one.born < end;
                one.origin == Origin::Branch && one.parent == strand && one.ended == end && is_of_fork
            };
            let Some(last) = (0..self.record.strands.len() as u32).rev().find(is_last) else { break };
            end = self.strand(last, end);
        }
        if end > begin {
            self.book(Blame::Held(mark.instance), end.since(begin).0);
        }
    }

    /// Books the time from a mark to an instant.
    fn stretch(&mut self, mark: &Mark, until: Time) {
        let at = mark.instance;
        let blame = match mark.state {
            State::Queued => Blame::Queue(at),
            State::WaitingForCore => Blame::Core(at),
            State::Working | State::Sharing | State::Waiting => Blame::Service(at),
            State::Arriving => Blame::Network(at),
            State::Returning if mark.from != InstanceId::NONE => Blame::Network(mark.from),
            State::Returning => Blame::Paused(at),
            State::Connecting => Blame::Connection(mark.site),
            State::Gathering => Blame::Batch(mark.site),
            State::Lost => Blame::Retry(mark.site),
            State::Parked => return self.parked(mark, until),
            _ => Blame::Paused(at),
        };
        let begin = self.begin(mark);
        let length = until.since(begin).0;
        let paused = match blame {
            Blame::Queue(_) | Blame::Core(_) | Blame::Service(_) => self.paused(at, begin, until),
            // An answer that comes to who stands still is read when that goes on.
            Blame::Network(_) if self.goes_on(at, until) => self.paused(at, begin, until),
            _ => 0,
        };
        self.book(blame, length - paused);
        if paused > 0 {
            self.book(Blame::Paused(at), paused);
        }
    }

    /// Books the time for which a component kept a request, from a mark to an instant.
    fn parked(&mut self, mark: &Mark, until: Time) {
        let (at, begin) = (mark.instance, self.begin(mark));
        let (record, strand) = (self.record, mark.strand);
        let mut waits = record.waits.iter().rev();
        let of_it = waits.find(|wait| wait.strand == strand && wait.at > begin && wait.at <= until);
        let Some(wait) = of_it else { return self.book(Blame::Held(at), until.since(begin).0) };
        if until > wait.at {
            self.book(Blame::Paused(at), until.since(wait.at).0);
        }
        let (first, end) = self.doings(&wait.cause, begin, wait.at);
        // Who comes from elsewhere to set it free was waited for until it set out.
        let blame = match first.errand_of {
            Some(other) if other != at => Blame::Awaited(other),
            _ => Blame::Held(at),
        };
        if end > begin {
            self.book(blame, end.since(begin).0);
        }
    }

    /// Books what somebody did between two instants who then acted, and those did who had that one act; who of them was the
    /// first, and since when.
    fn doings(&mut self, cause: &'r Cause, since: Time, until: Time) -> (&'r Record, Time) {
        let outer = (self.record, self.since);
        (self.record, self.since) = (&cause.record, since);
        let (mut strand, mut end) = (cause.strand, until);
        loop {
            end = self.strand(strand, end);
            strand = self.record.strands[strand as usize].parent;
            if strand == NONE || end <= since {
                break;
            }
        }
        let mut first: &'r Record = &cause.record;
        if let Some(before) = cause.record.cause.as_ref().filter(|_| end > since) {
            (first, end) = self.doings(before, since, end);
        }
        (self.record, self.since) = outer;
        (first, end)
    }

    /// Whether an instance that stood still went on at this instant.
    fn goes_on(&self, at: InstanceId, when: Time) -> bool {
        let pauses = self.pauses.get(at.index());
        pauses.is_some_and(|pauses| pauses.binary_search_by_key(&when, |(_, end)| *end).is_ok())
    }

    /// For how long an instance stood still between two instants.
    fn paused(&self, at: InstanceId, from: Time, until: Time) -> u64 {
        let Some(pauses) = self.pauses.get(at.index()) else { return 0 };
        let last = pauses.partition_point(|(begin, _)| *begin < until);
        let before = pauses[..last].iter().rev().take_while(|(_, end)| *end > from);
        before.map(|(begin, end)| (*end).min(until).since((*begin).max(from)).0).sum()
    }
}
