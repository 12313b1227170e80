//! Who waits at a station, and who is next.
//!
//! An entry names a request and the stamp it had when it began to wait. A request that leaves the queue by itself
//! (patience, cancellation) takes a new stamp and its entry is dropped when it surfaces, so nothing is ever searched for.

use super::fair::Lines;
use crate::kernel::random::{Stream, below};
use rand::Rng;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// In which order those who wait are served.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Discipline {
    /// First come, first served.
    Fifo,
    /// Last come, first served, without preemption.
    Lifo,
    /// In random order.
    Random,
    /// The most urgent priority first (0 is the most urgent), within it first come, first served.
    Priority,
    /// The same, and an arrival interrupts the least urgent running work that is less urgent; it resumes later.
    PriorityPreemptive,
    /// Everyone present is served at once and shares the workers.
    ProcessorSharing,
    /// The shortest first `work` first, without preemption.
    ShortestFirst,
    /// First come, first served as long as few wait; last come, first served when more do (Maurer 2015).
    AdaptiveLifo,
    /// Everybody who asks gets the same share of the work ([`Lines`]).
    Fair,
}

impl Discipline {
    /// All disciplines with the word of the language and one sentence.
    pub const ALL: [(&'static str, Discipline, &'static str); 9] = [
        ("fifo", Discipline::Fifo, "first come, first served"),
        ("lifo", Discipline::Lifo, "last come, first served, without preemption"),
        ("random", Discipline::Random, "whoever waits is equally likely to be next"),
        (
            "priority",
            Discipline::Priority,
            "the most urgent priority first (0 is the most urgent), without preemption",
        ),
        (
            "priority_preemptive",
            Discipline::PriorityPreemptive,
            "the same; an arrival interrupts less urgent work, which resumes later where it stopped, and waits beyond the bound of a full queue unless `overflow` has somebody make room",
        ),
        (
            "processor_sharing",
            Discipline::ProcessorSharing,
            "everyone present is served at once and shares the workers, each at most one core's speed",
        ),
        ("shortest_first", Discipline::ShortestFirst, "the shortest first `work` first, without preemption"),
        (
            "adaptive_lifo",
            Discipline::AdaptiveLifo,
            "first come, first served; last come, first served while more wait than `lifo_threshold`",
        ),
        ("fair", Discipline::Fair, "everybody who asks (`fair_by`) gets the same share of the first `work`"),
    ];
}

/// Someone who waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Waiting {
    /// Index of the request.
    pub request: u32,
    /// The stamp it had when it began to wait.
    pub stamp: u32,
}

/// What a discipline may look at.
#[derive(Clone, Copy, Debug)]
pub struct Rank {
    /// 0 is the most urgent.
    pub priority: u8,
    /// The first work of the handler \[ns\].
    pub work: u64,
    /// Whose line it joins under fair queueing.
    pub owner: u64,
}

/// The queue of a station. Push and pop are O(1), for `shortest_first` O(log n).
pub enum Queue {
    /// FIFO, from the front; LIFO, from the back.
    Line(VecDeque<Waiting>, Discipline),
    /// Any order; the stream says who is next.
    Crowd(Vec<Waiting>, Box<Stream>),
    /// One line per priority.
    Classes(Vec<VecDeque<Waiting>>),
    /// By length of the first work, then by arrival.
    Shortest(BinaryHeap<Reverse<(u64, u64, Waiting)>>, u64),
    /// From the front; from the back while more than so many wait.
    Adaptive(VecDeque<Waiting>, u32),
    /// One line for everybody who asks.
    Fair(Box<Lines>),
}

impl Queue {
    /// An empty queue; the threshold is that of `adaptive_lifo`, `stream` decides for `random`.
    pub fn new(discipline: Discipline, lifo_threshold: u32, stream: impl FnOnce() -> Stream) -> Queue {
        match discipline {
            Discipline::Fifo | Discipline::Lifo | Discipline::ProcessorSharing => {
                Queue::Line(VecDeque::new(), discipline)
            }
            Discipline::Random => Queue::Crowd(Vec::new(), Box::new(stream())),
            Discipline::Priority | Discipline::PriorityPreemptive => Queue::Classes(Vec::new()),
            Discipline::ShortestFirst => Queue::Shortest(BinaryHeap::new(), 0),
            Discipline::AdaptiveLifo => Queue::Adaptive(VecDeque::new(), lifo_threshold),
            Discipline::Fair => Queue::Fair(Box::default()),
        }
    }

    /// Someone begins to wait.
    #[inline]
    pub fn push(&mut self, waiting: Waiting, rank: Rank) {
        match self {
            Queue::Line(line, _) => line.push_back(waiting),
            Queue::Crowd(crowd, _) => crowd.push(waiting),
            Queue::Classes(classes) => class(classes, rank.priority).push_back(waiting),
            Queue::Shortest(heap, sequence) => {
                *sequence += 1;
                heap.push(Reverse((rank.work, *sequence, waiting)));
            }
            Queue::Adaptive(line, _) => line.push_back(waiting),
            Queue::Fair(lines) => lines.push(rank.owner, waiting, rank.work),
        }
    }

    /// Someone whose work was interrupted waits at the head of their class.
    pub fn push_front(&mut self, waiting: Waiting, rank: Rank) {
        match self {
            Queue::Classes(classes) => class(classes, rank.priority).push_front(waiting),
            _ => self.push(waiting, rank),
        }
    }

    /// Who is next, of those so many who still wait.
    #[inline]
    pub fn pop(&mut self, queued: u32, waits: impl Fn(Waiting) -> bool) -> Option<Waiting> {
        loop {
            let next = match self {
                Queue::Line(line, Discipline::Lifo) => line.pop_back(),
                Queue::Line(line, _) => line.pop_front(),
                Queue::Crowd(crowd, _) if crowd.is_empty() => None,
                Queue::Crowd(crowd, stream) => {
                    let index = below(stream.next_u64(), crowd.len() as u64) as usize;
                    Some(crowd.swap_remove(index))
                }
                Queue::Classes(classes) => classes.iter_mut().find_map(VecDeque::pop_front),
                Queue::Shortest(heap, _) => heap.pop().map(|Reverse((_, _, waiting))| waiting),
                Queue::Adaptive(line, threshold) if queued > *threshold => line.pop_back(),
                Queue::Adaptive(line, _) => line.pop_front(),
                Queue::Fair(lines) => lines.pop(),
            }?;
            if waits(next) {
                return Some(next);
            }
        }
    }

    /// Drops the entries of those who no longer wait.
    pub fn compact(&mut self, waits: impl Fn(Waiting) -> bool) {
        match self {
            Queue::Line(line, _) => line.retain(|waiting| waits(*waiting)),
            Queue::Crowd(crowd, _) => crowd.retain(|waiting| waits(*waiting)),
            Queue::Classes(classes) => {
                classes.iter_mut().for_each(|line| line.retain(|waiting| waits(*waiting)))
            }
            Queue::Shortest(heap, _) => heap.retain(|Reverse((_, _, waiting))| waits(*waiting)),
            Queue::Adaptive(line, _) => line.retain(|waiting| waits(*waiting)),
            Queue::Fair(lines) => lines.compact(waits),
        }
    }

    /// Entries held, of those included who no longer wait.
    pub fn len(&self) -> usize {
        match self {
            Queue::Line(line, _) => line.len(),
            Queue::Crowd(crowd, _) => crowd.len(),
            Queue::Classes(classes) => classes.iter().map(VecDeque::len).sum(),
            Queue::Shortest(heap, _) => heap.len(),
            Queue::Adaptive(line, _) => line.len(),
            Queue::Fair(lines) => lines.len(),
        }
    }

    /// Whether it holds no entry.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn class(classes: &mut Vec<VecDeque<Waiting>>, priority: u8) -> &mut VecDeque<Waiting> {
    let index = usize::from(priority);
    if classes.len() <= index {
        classes.resize_with(index + 1, VecDeque::new);
    }
    &mut classes[index]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::stream;

    #[test]
    fn each_discipline_has_its_order() {
        // Priorities 1 0 1 0, work 4 3 2 1, request 2 has left.
        let table: [(Discipline, &[u32]); 7] = [
            (Discipline::Fifo, &[0, 1, 3]),
            (Discipline::Lifo, &[3, 1, 0]),
            (Discipline::Priority, &[1, 3, 0]),
            (Discipline::PriorityPreemptive, &[1, 3, 0]),
            (Discipline::ShortestFirst, &[3, 1, 0]),
            // The newest of three, then the older one of two.
            (Discipline::AdaptiveLifo, &[3, 0, 1]),
            // Two who ask in turn: the work of the one's first is 4, that of the other's 3 and then 1.
            (Discipline::Fair, &[1, 0, 3]),
        ];
        for (discipline, expected) in table {
            let mut queue = Queue::new(discipline, 2, || stream(1, "test"));
            for request in 0..4 {
                let (work, owner) = (4 - u64::from(request), u64::from(request % 2));
                let rank = Rank { priority: 1 - (request % 2) as u8, work, owner };
                queue.push(Waiting { request, stamp: 0 }, rank);
            }
            let mut queued = 4;
            let order: Vec<u32> = std::iter::from_fn(|| {
                queued -= 1;
                queue.pop(queued, |waiting| waiting.request != 2)
            })
            .map(|waiting| waiting.request)
            .collect();
            assert_eq!(order, expected, "{discipline:?}");
        }
    }

    #[test]
    fn random_order_serves_everyone_once() {
        let mut queue = Queue::new(Discipline::Random, 0, || stream(1, "test"));
        for request in 0..100 {
            queue.push(Waiting { request, stamp: 0 }, Rank { priority: 0, work: 0, owner: 0 });
        }
        let mut order: Vec<u32> =
            std::iter::from_fn(|| queue.pop(100, |_| true)).map(|waiting| waiting.request).collect();
        assert!(!order.is_sorted());
        order.sort_unstable();
        assert!(order.into_iter().eq(0..100));
    }
}
