//! The ledger of intentions: whether what clients asked for got where it was meant to get, once, and when.
//!
//! An *intention* is a client's request with all that descends from it: attempts, hedges, branches, what was sent, errands,
//! messages that wait in a queue. The ledger counts what lives of each, so that it knows, to the last one, which intentions
//! may still reach a mark and which are lost: "you were told that it is done, and nobody will ever do it". Of what was
//! promised by an answer, reached + pending + lost = all of it, at any moment. Only scenarios with marks keep a ledger.

use super::histogram::Histogram;
use super::timeline::{Timeline, Window};
use crate::units::{MarkId, Span, Time};
use std::collections::BTreeSet;

/// A scenario has at most so many marks: an intention has a bit for each.
pub const MARKS_MAX: usize = 64;

/// Names an intention for as long as something of it lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct OriginId(u32);

impl OriginId {
    /// Nobody's intention: what a component does for itself, and everything where no ledger is kept.
    pub const NONE: OriginId = OriginId(u32::MAX);
}

impl Default for OriginId {
    fn default() -> Self {
        OriginId::NONE
    }
}

/// A set of marks, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Marks(u64);

impl Marks {
    /// The set of one mark.
    pub fn of(mark: MarkId) -> Marks {
        Marks(1 << mark.0)
    }

    /// Whether a mark is in it.
    pub fn has(self, mark: MarkId) -> bool {
        self.0 & Marks::of(mark).0 != 0
    }

    /// Puts others in; whether the set has grown.
    pub fn add(&mut self, others: Marks) -> bool {
        let before = self.0;
        self.0 |= others.0;
        self.0 != before
    }

    fn without(self, others: Marks) -> Marks {
        Marks(self.0 & !others.0)
    }

    fn both(self, others: Marks) -> Marks {
        Marks(self.0 & others.0)
    }

    fn each(self) -> impl Iterator<Item = usize> {
        (0..MARKS_MAX).filter(move |index| self.0 >> index & 1 == 1)
    }
}

/// What one mark records. All of it belongs to the cell of the intention's intended arrival.
pub struct MarkRecord {
    /// First arrivals per cell.
    pub count: Vec<u64>,
    /// Further arrivals per cell.
    pub duplicates: Vec<u64>,
    /// First arrivals per cell that came too late.
    pub late: Vec<u64>,
    /// Intentions per cell that were promised and have arrived.
    pub reached: Vec<u64>,
    /// Intentions per cell that were promised and will never arrive.
    pub lost: Vec<u64>,
    /// Time from the intended arrival to the first arrivals at the mark, per segment \[ns\].
    pub delay: Vec<Histogram>,
}

/// What is known of an intention of which something lives.
#[derive(Default)]
struct Intention {
    born: Time,
    cell: u16,
    /// How many requests, messages and entries live of it; 0 in a free slot.
    living: u32,
    /// The marks that it may reach, once its client has been answered with a promise.
    expected: Marks,
    reached: Marks,
    /// What it has reached, for marks that tell several arrivals of one intention apart.
    parts: BTreeSet<(u16, u64)>,
}

/// All intentions of a run of which something lives, and what the marks recorded.
pub struct Ledger {
    /// By slot of the requests: the intention that each descends from.
    origins: Vec<OriginId>,
    intentions: Vec<Intention>,
    free: Vec<u32>,
    /// What the errand that is just being reported has brought home.
    brought: OriginId,
    /// By mark.
    pub marks: Vec<MarkRecord>,
}

impl Ledger {
    /// Nothing in the books of so many marks.
    pub fn new(marks: usize, timeline: &Timeline) -> Ledger {
        let record = || MarkRecord::new(timeline.cells(), timeline.segments());
        Ledger {
            origins: Vec::new(),
            intentions: Vec::new(),
            free: Vec::new(),
            brought: OriginId::NONE,
            marks: (0..marks).map(|_| record()).collect(),
        }
    }

    /// A client has an intention; its request lives in this slot.
    pub fn begin(&mut self, request: u32, born: Time, cell: usize) {
        let intention = Intention { born, cell: cell as u16, living: 1, ..Intention::default() };
        let origin = match self.free.pop() {
            Some(index) => {
                self.intentions[index as usize] = intention;
                OriginId(index)
            }
            None => {
                self.intentions.push(intention);
                OriginId((self.intentions.len() - 1) as u32)
            }
        };
        self.put(request, origin);
    }

    /// The intention that a request descends from.
    pub fn origin(&self, request: u32) -> OriginId {
        self.origins.get(request as usize).copied().unwrap_or_default()
    }

    /// A request was made by another one, and descends from the same intention.
    pub fn inherit(&mut self, request: u32, maker: u32) {
        let origin = self.origin(maker);
        self.hold(origin);
        self.put(request, origin);
    }

    /// A request takes over what was held of an intention.
    pub fn hand_over(&mut self, request: u32, origin: OriginId) {
        self.put(request, origin);
    }

    /// A request that was nobody's intention lives of one from now on, as others do.
    pub fn adopt(&mut self, request: u32, origin: OriginId) {
        self.hold(origin);
        let before = self.origin(request);
        self.put(request, origin);
        self.let_go(before);
    }

    /// An errand ends that has brought home something of an intention, which outlives it.
    pub fn bring(&mut self, errand: u32) {
        self.brought = self.origin(errand);
        self.put(errand, OriginId::NONE);
    }

    /// What was brought; whoever takes it holds it.
    pub fn take_brought(&mut self) -> OriginId {
        std::mem::take(&mut self.brought)
    }

    /// A request has ended.
    pub fn end(&mut self, request: u32) {
        let origin = self.origin(request);
        self.put(request, OriginId::NONE);
        self.let_go(origin);
    }

    /// Something more of an intention lives.
    pub fn hold(&mut self, origin: OriginId) {
        if origin != OriginId::NONE {
            let intention = &mut self.intentions[origin.0 as usize];
            assert!(intention.living > 0, "nothing comes of what has died");
            intention.living += 1;
        }
    }

    /// Something of an intention has died: what it has not reached when it was the last is lost.
    pub fn let_go(&mut self, origin: OriginId) {
        if origin == OriginId::NONE {
            return;
        }
        let intention = &mut self.intentions[origin.0 as usize];
        intention.living = intention.living.checked_sub(1).expect("only what lives can die");
        if intention.living > 0 {
            return;
        }
        intention.parts = BTreeSet::new();
        let cell = usize::from(intention.cell);
        for mark in intention.expected.without(intention.reached).each() {
            self.marks[mark].lost[cell] += 1;
        }
        self.free.push(origin.0);
    }

    /// The client's request in this slot is being answered with a promise, and may have set out for these marks.
    pub fn answered(&mut self, request: u32, expected: Marks) {
        let origin = self.origin(request);
        let intention = &mut self.intentions[origin.0 as usize];
        intention.expected = expected;
        for mark in expected.both(intention.reached).each() {
            self.marks[mark].reached[usize::from(intention.cell)] += 1;
        }
    }

    /// A request has got to a mark, for this part of its intention if the mark tells parts apart.
    pub fn arrive(&mut self, request: u32, arrival: &Arrival, timeline: &Timeline) {
        let origin = self.origin(request);
        if origin == OriginId::NONE {
            return;
        }
        let Arrival { mark, part, now, late_after } = *arrival;
        let intention = &mut self.intentions[origin.0 as usize];
        let record = &mut self.marks[mark.index()];
        let cell = usize::from(intention.cell);
        let is_first_of_all = intention.reached.add(Marks::of(mark));
        let is_first = match part {
            Some(part) => intention.parts.insert((mark.0, part)),
            None => is_first_of_all,
        };
        if is_first_of_all && intention.expected.has(mark) {
            record.reached[cell] += 1;
        }
        if !is_first {
            record.duplicates[cell] += 1;
            return;
        }
        let delay = now.since(intention.born);
        record.count[cell] += 1;
        record.late[cell] += u64::from(late_after.is_some_and(|limit| delay > limit));
        record.delay[timeline.segment_of(cell)].record(delay.0);
    }

    /// How many intentions of a window were promised, have not got to a mark, and still may.
    pub fn pending(&self, mark: MarkId, window: Window) -> u64 {
        let is_pending = |intention: &&Intention| {
            intention.living > 0
                && (window.first..window.end).contains(&usize::from(intention.cell))
                && intention.expected.without(intention.reached).has(mark)
        };
        self.intentions.iter().filter(is_pending).count() as u64
    }

    /// Whether nothing lives of any intention.
    pub fn is_settled(&self) -> bool {
        self.free.len() == self.intentions.len()
    }

    /// Bytes held.
    pub fn memory(&self) -> u64 {
        (self.origins.capacity() * size_of::<OriginId>()
            + self.intentions.capacity() * size_of::<Intention>()
            + self.free.capacity() * size_of::<u32>()) as u64
    }

    fn put(&mut self, request: u32, origin: OriginId) {
        let index = request as usize;
        if index >= self.origins.len() {
            self.origins.resize(index + 1, OriginId::NONE);
        }
        self.origins[index] = origin;
    }
}

/// What got to a mark.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// Which mark.
    pub mark: MarkId,
    /// Which of the things that one intention may bring there; none if it brings one.
    pub part: Option<u64>,
    /// When.
    pub now: Time,
    /// After how long it is late.
    pub late_after: Option<Span>,
}

impl MarkRecord {
    fn new(cells: usize, segments: usize) -> MarkRecord {
        MarkRecord {
            count: vec![0; cells],
            duplicates: vec![0; cells],
            late: vec![0; cells],
            reached: vec![0; cells],
            lost: vec![0; cells],
            delay: vec![Histogram::default(); segments],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::SECOND;

    const MARK: MarkId = MarkId(3);
    const WHOLE: Window = Window { first: 0, end: 1 };

    fn ledger() -> (Ledger, Timeline) {
        let timeline = Timeline::new(Span(0), Span(10 * SECOND), 1, &[]);
        (Ledger::new(4, &timeline), timeline)
    }

    fn arrival(at: u64, part: Option<u64>) -> Arrival {
        Arrival { mark: MARK, part, now: Time(at * SECOND), late_after: Some(Span(2 * SECOND)) }
    }

    /// Count, duplicates, late, reached, lost, pending.
    fn books(ledger: &Ledger) -> [u64; 6] {
        let record = &ledger.marks[MARK.index()];
        let sum = |cells: &Vec<u64>| cells.iter().sum();
        [
            sum(&record.count),
            sum(&record.duplicates),
            sum(&record.late),
            sum(&record.reached),
            sum(&record.lost),
            ledger.pending(MARK, WHOLE),
        ]
    }

    #[test]
    fn an_intention_lives_as_long_as_anything_of_it() {
        let (mut ledger, timeline) = ledger();
        ledger.begin(7, Time(0), 0);
        ledger.inherit(2, 7);
        let message = ledger.origin(2);
        ledger.hold(message);
        ledger.answered(7, Marks::of(MARK));
        ledger.end(7);
        assert_eq!(books(&ledger), [0, 0, 0, 0, 0, 1], "a request and a message live");
        ledger.end(2);
        assert_eq!(books(&ledger), [0, 0, 0, 0, 0, 1], "the message lives");
        // A new request is made of the message; the slot of another is used again.
        ledger.hand_over(7, message);
        ledger.arrive(7, &arrival(3, None), &timeline);
        assert_eq!(books(&ledger), [1, 0, 1, 1, 0, 0], "later than 2 s");
        ledger.arrive(7, &arrival(4, None), &timeline);
        assert_eq!(books(&ledger), [1, 1, 1, 1, 0, 0]);
        assert!(!ledger.is_settled());
        ledger.end(7);
        assert!(ledger.is_settled());
        assert_eq!(books(&ledger), [1, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn only_what_was_answered_well_can_be_lost() {
        // Whether it was answered, whether it arrived before that; the books at its end.
        for (is_answered, has_arrived, expected) in [
            (true, false, [0, 0, 0, 0, 1, 0]),
            (false, false, [0, 0, 0, 0, 0, 0]),
            (true, true, [1, 0, 0, 1, 0, 0]),
            (false, true, [1, 0, 0, 0, 0, 0]),
        ] {
            let (mut ledger, timeline) = ledger();
            ledger.begin(0, Time(0), 0);
            if has_arrived {
                ledger.arrive(0, &arrival(2, None), &timeline);
            }
            if is_answered {
                ledger.answered(0, Marks::of(MARK));
            }
            ledger.end(0);
            assert_eq!(books(&ledger), expected, "{is_answered} {has_arrived}");
        }
    }

    #[test]
    fn parts_arrive_once_each() {
        let (mut ledger, timeline) = ledger();
        ledger.begin(0, Time(0), 0);
        for part in [5, 6, 5, 9, 6, 6] {
            ledger.arrive(0, &arrival(1, Some(part)), &timeline);
        }
        ledger.answered(0, Marks::of(MARK));
        ledger.end(0);
        assert_eq!(books(&ledger), [3, 3, 0, 1, 0, 0]);
    }

    #[test]
    fn what_nobody_intended_is_not_in_the_books() {
        let (mut ledger, timeline) = ledger();
        ledger.hand_over(4, OriginId::NONE);
        ledger.arrive(4, &arrival(1, None), &timeline);
        ledger.inherit(5, 4);
        ledger.end(4);
        ledger.end(5);
        assert_eq!(books(&ledger), [0; 6]);
        assert!(ledger.is_settled());
    }
}
