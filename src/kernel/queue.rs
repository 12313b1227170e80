//! The event queue: what happens next, in the total order (time, sequence number) and nothing else.
//!
//! Three structures share that order. Events due now wait in a FIFO, the *current-events chain*. Delays that are constant
//! are sorted as they come: each has a *lane*, a FIFO of which only the head stands in a heap of heads. What remains goes to
//! a heap of its own. Both heaps are four-ary. Nothing is ever searched for: what was scheduled and is no longer wanted is *stale*, and the caller says
//! so when the event surfaces. Lanes drop stale events early, or timeouts that rarely fire would fill the memory with rate x
//! timeout entries.

use crate::units::{Span, Time};
use std::collections::VecDeque;

/// An event that is due.
#[derive(Clone, Copy, Debug)]
pub struct Event<W> {
    /// When it happens.
    pub at: Time,
    /// Its place among the events of the same instant: the order in which they were scheduled.
    pub sequence: u64,
    /// What happens.
    pub what: W,
}

/// Names the lane of one constant delay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LaneId(u32);

/// A lane is looked through for stale events only when it is at least this long; below, they cost less than the look.
const LANE_COMPACTION_LENGTH: usize = 64;

/// A bit above all sequence numbers that are counted.
const LAST: u64 = 1 << 63;

struct Lane<W> {
    delay: Span,
    /// In order of time; the head is a copy of this lane's entry among the heads.
    events: VecDeque<Event<W>>,
    /// At most this many of them are stale.
    stale: usize,
}

/// Pending events. Push and pop are O(log n) in the number of events with drawn delays plus O(log l) in the number of
/// lanes, O(1) for events due now; memory is proportional to what is pending.
pub struct EventQueue<W> {
    drawn: Heap<W>,
    /// The tag of an entry is its lane.
    heads: Heap<W>,
    lanes: Vec<Lane<W>>,
    chain: VecDeque<Event<W>>,
    sequence: u64,
    now: Time,
}

impl<W: Copy> Default for EventQueue<W> {
    fn default() -> Self {
        EventQueue::new()
    }
}

impl<W: Copy> EventQueue<W> {
    /// An empty queue at time zero.
    pub fn new() -> Self {
        EventQueue {
            drawn: Heap::new(),
            heads: Heap::new(),
            lanes: Vec::new(),
            chain: VecDeque::new(),
            sequence: 0,
            now: Time(0),
        }
    }

    /// The time of the last event popped.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// The number of events pending, stale ones included.
    pub fn len(&self) -> usize {
        let in_lanes: usize = self.lanes.iter().map(|lane| lane.events.len()).sum();
        self.drawn.len() + self.chain.len() + in_lanes
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The lane of a constant delay; equal delays share one.
    pub fn lane(&mut self, delay: Span) -> LaneId {
        let index = self.lanes.iter().position(|lane| lane.delay == delay).unwrap_or_else(|| {
            self.lanes.push(Lane { delay, events: VecDeque::new(), stale: 0 });
            self.lanes.len() - 1
        });
        LaneId(index as u32)
    }

    /// Schedules an event for now: it happens after everything that was scheduled for this instant before.
    #[inline]
    pub fn push_now(&mut self, what: W) {
        let event = Event { at: self.now, sequence: self.next_sequence(), what };
        self.chain.push_back(event);
    }

    /// Schedules an event for now, behind all that happens in this instant, also what is scheduled for it later.
    pub fn push_last(&mut self, what: W) {
        let sequence = LAST | self.next_sequence();
        self.drawn.insert(Entry { at: self.now.0, sequence, what, tag: 0 });
    }

    /// Schedules an event after a delay that differs from event to event.
    #[inline]
    pub fn push_after(&mut self, delay: Span, what: W) {
        self.push_at(self.now + delay, what);
    }

    /// Schedules an event at an instant, which must not have passed.
    #[inline]
    pub fn push_at(&mut self, at: Time, what: W) {
        assert!(at >= self.now, "scheduled at {} ns, now is {} ns", at.0, self.now.0);
        if at == self.now {
            return self.push_now(what);
        }
        let sequence = self.next_sequence();
        self.drawn.insert(Entry { at: at.0, sequence, what, tag: 0 });
    }

    /// Schedules an event after a lane's constant delay. Stale events at the front of the lane are dropped on the way.
    #[inline]
    pub fn push_lane(&mut self, lane: LaneId, what: W, live: impl Fn(W) -> bool) {
        let delay = self.lanes[lane.0 as usize].delay;
        if delay == Span::ZERO {
            return self.push_now(what);
        }
        let event = Event { at: self.now + delay, sequence: self.next_sequence(), what };
        let queue = &mut self.lanes[lane.0 as usize];
        queue.events.push_back(event);
        if queue.events.len() == 1 {
            self.heads.insert(Entry::head(event, lane));
        } else if queue.stale * 2 > queue.events.len() && queue.events.len() >= LANE_COMPACTION_LENGTH {
            queue.compact(live);
        }
    }

    /// Tells a lane that one of its events became stale.
    #[inline]
    pub fn became_stale(&mut self, lane: LaneId) {
        self.lanes[lane.0 as usize].stale += 1;
    }

    /// The next event that is live, if it happens before `end`; time moves on to it. Stale events on the way are dropped.
    #[inline]
    pub fn pop_before(&mut self, end: Time, live: impl Fn(W) -> bool) -> Option<Event<W>> {
        loop {
            let event = self.pop_any(end, &live)?;
            if live(event.what) {
                self.now = event.at;
                return Some(event);
            }
        }
    }

    /// Time moves on to an instant before which nothing is pending.
    pub fn pass_to(&mut self, at: Time) {
        assert!(at >= self.now, "time went back to {} ns from {} ns", at.0, self.now.0);
        self.now = at;
    }

    #[inline]
    fn pop_any(&mut self, end: Time, live: &impl Fn(W) -> bool) -> Option<Event<W>> {
        self.drawn.settle();
        self.heads.settle();
        let (drawn, head) = (self.drawn.top_key(), self.heads.top_key());
        // The chain holds events of this very instant, but the heaps may hold some that were scheduled for it earlier.
        if let Some(first) = self.chain.front()
            && key(first.at.0, first.sequence) < drawn.min(head)
        {
            return if first.at < end { self.chain.pop_front() } else { None };
        }
        let from_lane = head < drawn;
        let heap = if from_lane { &mut self.heads } else { &mut self.drawn };
        let top = heap.top().filter(|top| top.at < end.0)?;
        let next = if from_lane { self.lanes[top.tag as usize].advance(live) } else { None };
        match next {
            Some(event) => heap.replace_top(Entry::head(event, LaneId(top.tag))),
            None => heap.vacate_top(),
        }
        Some(Event { at: Time(top.at), sequence: top.sequence, what: top.what })
    }

    #[inline]
    fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// Bytes held, by capacity of the containers.
    pub fn memory(&self) -> u64 {
        let lanes: usize = self.lanes.iter().map(|lane| lane.events.capacity()).sum();
        let events = (lanes + self.chain.capacity()) * size_of::<Event<W>>();
        self.drawn.memory() + self.heads.memory() + events as u64
    }
}

impl<W: Copy> Lane<W> {
    /// Drops the head, which is being popped, and the stale events behind it; the new head.
    #[inline]
    fn advance(&mut self, live: &impl Fn(W) -> bool) -> Option<Event<W>> {
        self.events.pop_front();
        while let Some(&head) = self.events.front() {
            if self.stale == 0 || live(head.what) {
                return Some(head);
            }
            self.events.pop_front();
            self.stale -= 1;
        }
        None
    }

    /// Drops all stale events but the head, whose copy stands among the heads.
    fn compact(&mut self, live: impl Fn(W) -> bool) {
        let head = self.events.pop_front();
        self.events.retain(|event| live(event.what));
        self.events.extend(head);
        self.events.rotate_right(usize::from(head.is_some()));
        self.stale = 0;
    }
}

/// The order of events as one number.
#[inline]
fn key(at: u64, sequence: u64) -> u128 {
    u128::from(at) << 64 | u128::from(sequence)
}

#[derive(Clone, Copy)]
struct Entry<W> {
    at: u64,
    sequence: u64,
    what: W,
    tag: u32,
}

impl<W> Entry<W> {
    #[inline]
    fn head(event: Event<W>, lane: LaneId) -> Entry<W> {
        Entry { at: event.at.0, sequence: event.sequence, what: event.what, tag: lane.0 }
    }

    #[inline]
    fn key(&self) -> u128 {
        key(self.at, self.sequence)
    }
}

/// A four-ary heap: half as deep as a binary one, and the four children of an entry lie side by side.
struct Heap<W> {
    entries: Vec<Entry<W>>,
    /// Whether the top has been popped and its place not been filled yet: an entry that comes next goes there, which spares
    /// one of the two walks through the heap.
    vacant: bool,
}

impl<W: Copy> Heap<W> {
    fn new() -> Heap<W> {
        Heap { entries: Vec::new(), vacant: false }
    }

    fn len(&self) -> usize {
        self.entries.len() - usize::from(self.vacant)
    }

    /// The first entry; the heap must be settled.
    #[inline]
    fn top(&self) -> Option<Entry<W>> {
        debug_assert!(!self.vacant, "a heap is settled before its top is read");
        self.entries.first().copied()
    }

    /// The key of the first entry, or one that is above all; the heap must be settled.
    #[inline]
    fn top_key(&self) -> u128 {
        self.entries.first().map_or(u128::MAX, Entry::key)
    }

    #[inline]
    fn insert(&mut self, entry: Entry<W>) {
        if self.vacant {
            self.vacant = false;
            self.sift_down(entry);
        } else {
            self.entries.push(entry);
            self.sift_up(self.entries.len() - 1);
        }
    }

    #[inline]
    fn replace_top(&mut self, entry: Entry<W>) {
        self.sift_down(entry);
    }

    #[inline]
    fn vacate_top(&mut self) {
        self.vacant = true;
    }

    /// Fills the place of a top that has been popped.
    #[inline]
    fn settle(&mut self) {
        if self.vacant {
            self.vacant = false;
            let last = self.entries.pop().expect("the heap had a top");
            if !self.entries.is_empty() {
                self.sift_down(last);
            }
        }
    }

    /// Moves the entry at `index` up to its place.
    #[inline]
    fn sift_up(&mut self, mut index: usize) {
        let entries = &mut self.entries[..];
        let entry = entries[index];
        let key = entry.key();
        while index > 0 {
            let parent = (index - 1) / 4;
            if entries[parent].key() <= key {
                break;
            }
            entries[index] = entries[parent];
            index = parent;
        }
        entries[index] = entry;
    }

    /// Puts an entry in place of the top and moves it down to its place.
    #[inline]
    fn sift_down(&mut self, entry: Entry<W>) {
        let entries = &mut self.entries[..];
        let key = entry.key();
        let mut index = 0;
        loop {
            let first = index * 4 + 1;
            let (offset, smallest_key) = match entries.get(first..).and_then(|rest| rest.first_chunk::<4>()) {
                Some([a, b, c, d]) => {
                    let left = if b.key() < a.key() { (1, b.key()) } else { (0, a.key()) };
                    let right = if d.key() < c.key() { (3, d.key()) } else { (2, c.key()) };
                    if right.1 < left.1 { right } else { left }
                }
                None if first >= entries.len() => break,
                None => {
                    let last = entries[first..].iter().map(Entry::key).enumerate();
                    last.min_by_key(|(_, key)| *key).expect("there is a child")
                }
            };
            if smallest_key >= key {
                break;
            }
            entries[index] = entries[first + offset];
            index = first + offset;
        }
        entries[index] = entry;
    }

    fn memory(&self) -> u64 {
        (self.entries.capacity() * size_of::<Entry<W>>()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::{below, stream};
    use rand::Rng;
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    /// Random pushes, pops and cancellations against a plain binary heap.
    #[test]
    fn what_comes_last_in_an_instant_waits_for_all_that_is_scheduled_meanwhile() {
        let mut queue = EventQueue::new();
        queue.push_last(8);
        queue.push_now(1);
        queue.push_last(9);
        let mut order = Vec::new();
        while let Some(event) = queue.pop_before(Time::NEVER, |_| true) {
            order.push(event.what);
            match event.what {
                1 => queue.push_now(2),
                8 => queue.push_now(3),
                2 => queue.push_after(Span(1), 10),
                _ => {}
            }
        }
        assert_eq!(order, [1, 2, 8, 3, 9, 10]);
    }

    #[test]
    fn the_order_is_that_of_a_binary_heap() {
        for seed in 0..50 {
            let mut random = stream(seed, "queue");
            let mut queue = EventQueue::new();
            let lanes = [0, 3, 70, 500].map(|delay| queue.lane(Span(delay)));
            let mut oracle = BinaryHeap::new();
            let mut dead = std::collections::BTreeSet::new();
            let mut serial = 0u32;
            let mut sequence = 0;
            let mut lane_of = Vec::new();
            for _ in 0..2000 {
                let choice = below(random.next_u64(), 10);
                let live = |what: u32| !dead.contains(&what);
                match choice {
                    0..4 => {
                        let delay = below(random.next_u64(), 40);
                        queue.push_after(Span(delay), serial);
                        lane_of.push(None);
                        sequence += 1;
                        oracle.push(Reverse((queue.now().0 + delay, sequence, serial)));
                        serial += 1;
                    }
                    4..7 => {
                        let lane = below(random.next_u64(), 4) as usize;
                        queue.push_lane(lanes[lane], serial, live);
                        lane_of.push(Some(lanes[lane]));
                        sequence += 1;
                        oracle.push(Reverse((queue.now().0 + [0, 3, 70, 500][lane], sequence, serial)));
                        serial += 1;
                    }
                    7 if serial > 0 => {
                        let victim = below(random.next_u64(), u64::from(serial)) as u32;
                        let pending = oracle.iter().any(|Reverse((_, _, what))| *what == victim);
                        if pending
                            && dead.insert(victim)
                            && let Some(lane) = lane_of[victim as usize]
                        {
                            queue.became_stale(lane);
                        }
                    }
                    _ => {
                        let expected = loop {
                            match oracle.pop() {
                                Some(Reverse((_, _, what))) if dead.contains(&what) => {}
                                other => break other.map(|Reverse(event)| event),
                            }
                        };
                        let event = queue.pop_before(Time::NEVER, |what| !dead.contains(&what));
                        assert_eq!(event.map(|e| (e.at.0, e.sequence, e.what)), expected, "seed {seed}");
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_scheduled_for_an_instant_first_happens_first() {
        let mut queue = EventQueue::new();
        let lane = queue.lane(Span(10));
        queue.push_after(Span(10), 'a');
        queue.push_lane(lane, 'b', |_| true);
        queue.push_after(Span(10), 'c');
        let mut order = String::new();
        while let Some(event) = queue.pop_before(Time(11), |_| true) {
            order.push(event.what);
            if event.what == 'a' {
                queue.push_now('d');
            }
        }
        assert_eq!(order, "abcd");
    }

    #[test]
    fn an_event_at_the_end_stays() {
        let mut queue = EventQueue::new();
        queue.push_after(Span(10), ());
        assert!(queue.pop_before(Time(10), |()| true).is_none());
        assert!(queue.pop_before(Time(11), |()| true).is_some());
    }

    /// A timeout that never fires must not be kept until it is due.
    #[test]
    fn a_lane_forgets_what_became_stale() {
        let mut queue = EventQueue::new();
        let lane = queue.lane(Span(1 << 40));
        for serial in 0..100_000u32 {
            queue.push_lane(lane, serial, |what| what + 1 >= serial);
            if serial > 0 {
                queue.became_stale(lane);
            }
        }
        assert!(queue.len() < 4 * LANE_COMPACTION_LENGTH, "{} events are pending", queue.len());
    }
}
