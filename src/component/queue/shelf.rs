//! The messages of one instance of a queue: in which order they are handed out, and what becomes of each.

use super::super::Cargo;
use crate::kernel::request::RequestId;
use crate::units::{Span, Time};
use std::collections::{BTreeMap, BTreeSet};

/// The number of a message: it counts up, also over crashes.
pub(super) type Serial = u64;

/// Where a message stands in line: its priority, if that counts, then its number, or what is left above it if the last is first.
type Rank = (u8, Serial);

/// Who is handed out first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// Who came first.
    Fifo,
    /// Who came last.
    Lifo,
    /// Who came first of the most urgent.
    Priority,
}

impl Order {
    fn rank(self, serial: Serial, priority: u8) -> Rank {
        match self {
            Order::Fifo => (0, serial),
            Order::Lifo => (0, Serial::MAX - serial),
            Order::Priority => (priority, serial),
        }
    }

    /// Whose rank it is.
    fn serial(self, rank: Rank) -> Serial {
        if self == Order::Lifo { Serial::MAX - rank.1 } else { rank.1 }
    }
}

/// A message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    pub(super) cargo: Cargo,
    /// Which lane it stands in, if there are lanes.
    pub(super) lane: u64,
    /// Bytes of its value.
    pub(super) size: u64,
    /// When it was put.
    pub(super) put: Time,
    /// From when on it may be handed out for the first time.
    pub(super) due: Time,
    /// How often it has been handed out.
    pub(super) deliveries: u32,
    /// Who waits until it has been worked on.
    pub(super) waiter: Option<RequestId>,
    stands: Stands,
}

impl Message {
    /// Whether it is dead, and on its way to another queue.
    pub(super) fn is_moving(&self) -> bool {
        matches!(self.stands, Stands::Moving(_))
    }
}

/// A message that is put.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct New {
    /// What it carries.
    pub(super) cargo: Cargo,
    /// Which lane it stands in, if there are lanes.
    pub(super) lane: u64,
    /// Bytes of its value.
    pub(super) size: u64,
    /// Who waits until it has been worked on.
    pub(super) waiter: Option<RequestId>,
}

/// What a message is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stands {
    /// It may be handed out, or waits for others of its lane.
    Waiting,
    /// It may be handed out from this instant on.
    Delayed(Time),
    /// It has been handed out; if it is not acknowledged by this instant it may be handed out again.
    Out(Time),
    /// It is dead, and on its way to another queue; from this instant on it is sent there again.
    Moving(Time),
}

/// What is to be done about a message whose time has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Due {
    /// Nobody has acknowledged it in time.
    Expired(Serial),
    /// It is to be sent to the other queue again.
    Move(Serial),
}

/// How messages stand in each other's way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lanes {
    /// Not at all.
    One,
    /// One of each lane is out at a time.
    Many(Pace),
}

/// How fast the messages of a lane follow one another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Pace {
    /// From one delivery to the next passes at least this.
    pub(super) interval: Span,
    /// From the end of one delivery, whatever that is, to the next one passes at least this.
    pub(super) rest: Span,
}

/// The messages of one instance.
#[derive(Debug)]
pub(super) struct Shelf {
    lanes: Lanes,
    order: Order,
    messages: BTreeMap<Serial, Message>,
    next: Serial,
    /// Those that may be handed out at once, the first of each lane if there are any.
    ready: BTreeSet<Rank>,
    /// Those whose time has yet to come, whatever it brings.
    timed: BTreeSet<(Time, Serial)>,
    lines: BTreeMap<u64, Line>,
    /// Lanes of which nothing may be handed out before an instant.
    resting: BTreeSet<(Time, u64)>,
    /// How many are [`Stands::Delayed`].
    delayed: usize,
    /// How many are [`Stands::Out`].
    out: usize,
    /// How many are [`Stands::Moving`].
    moving: usize,
}

/// The messages of one lane.
#[derive(Debug, Default)]
struct Line {
    /// Those that may be handed out, but for the one that is ready.
    waiting: BTreeSet<Rank>,
    ready: Option<Rank>,
    is_out: bool,
    rests_until: Time,
}

impl Shelf {
    /// An empty shelf.
    pub(super) fn new(lanes: Lanes, order: Order) -> Shelf {
        Shelf {
            lanes,
            order,
            messages: BTreeMap::new(),
            next: 1,
            ready: BTreeSet::new(),
            timed: BTreeSet::new(),
            lines: BTreeMap::new(),
            resting: BTreeSet::new(),
            delayed: 0,
            out: 0,
            moving: 0,
        }
    }

    /// Everything on it is gone, and brought back for the last time. Numbers are not used again.
    pub(super) fn clear(&mut self) -> impl Iterator<Item = Message> + use<> {
        let next = self.next;
        let cleared = std::mem::replace(self, Shelf::new(self.lanes, self.order));
        self.next = next;
        cleared.messages.into_values()
    }

    /// Messages that wait, be it for their time.
    pub(super) fn backlog(&self) -> usize {
        self.messages.len() - self.out - self.moving
    }

    /// Those of them whose time has yet to come.
    pub(super) fn delayed(&self) -> usize {
        self.delayed
    }

    /// Messages that have been handed out.
    pub(super) fn out(&self) -> usize {
        self.out
    }

    /// Messages that are on their way to another queue.
    pub(super) fn moving(&self) -> usize {
        self.moving
    }

    /// When the oldest of those that wait was put.
    pub(super) fn oldest(&self) -> Option<Time> {
        let waits = |message: &&Message| matches!(message.stands, Stands::Waiting | Stands::Delayed(_));
        self.messages.values().filter(waits).map(|message| message.put).min()
    }

    /// All messages; about what is about to be lost.
    pub(super) fn messages_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.messages.values_mut()
    }

    /// Bytes held, about.
    pub(super) fn memory(&self) -> u64 {
        let message = size_of::<(Serial, Message)>() + 2 * size_of::<(Time, Serial)>();
        (self.messages.len() * message + self.lines.len() * size_of::<(u64, Line)>()) as u64
    }

    /// A message.
    pub(super) fn get(&self, serial: Serial) -> Option<&Message> {
        self.messages.get(&serial)
    }

    /// Takes in a message that may be handed out after a delay.
    pub(super) fn put(&mut self, now: Time, delay: Span, new: New) {
        let serial = self.next;
        self.next += 1;
        let New { cargo, lane, size, waiter } = new;
        let stands = Stands::Waiting;
        let message =
            Message { cargo, lane, size, put: now, due: now + delay, deliveries: 0, waiter, stands };
        self.messages.insert(serial, message);
        self.stand(serial, now, delay);
    }

    /// Hands out the first message that may be; it has to be acknowledged within a time.
    pub(super) fn take(&mut self, now: Time, visibility: Span) -> Option<(Serial, &mut Message)> {
        let rank = self.ready.pop_first()?;
        let serial = self.order.serial(rank);
        let message = self.messages.get_mut(&serial).expect("who is ready is there");
        message.deliveries += 1;
        message.cargo.delivery = message.deliveries;
        let until = now + visibility;
        message.stands = Stands::Out(until);
        self.out += 1;
        self.timed.insert((until, serial));
        if let Lanes::Many(Pace { interval, .. }) = self.lanes {
            let line = self.lines.get_mut(&message.lane).expect("who is ready has a line");
            debug_assert_eq!(line.ready, Some(rank));
            (line.ready, line.is_out, line.rests_until) = (None, true, now + interval);
        }
        Some((serial, message))
    }

    /// The message of a delivery, unless it has gone or has been handed out again since.
    pub(super) fn delivered(&self, serial: Serial, delivery: u32) -> Option<&Message> {
        let message = self.messages.get(&serial)?;
        let is_it = message.deliveries == delivery && !matches!(message.stands, Stands::Moving(_));
        is_it.then_some(message)
    }

    /// Takes a message away for good.
    pub(super) fn remove(&mut self, now: Time, serial: Serial) -> Option<Message> {
        self.lift(serial, now);
        self.messages.remove(&serial)
    }

    /// A message that was handed out may be handed out again after a delay.
    pub(super) fn put_back(&mut self, now: Time, serial: Serial, delay: Span) {
        self.lift(serial, now);
        self.stand(serial, now, delay);
    }

    /// A message is on its way to another queue; if that does not take it, it is sent again at an instant.
    pub(super) fn move_on(&mut self, now: Time, serial: Serial, again: Time) {
        self.lift(serial, now);
        let message = self.messages.get_mut(&serial).expect("a message");
        message.stands = Stands::Moving(again);
        // Whoever loses one attempt need not lose the next.
        message.cargo.delivery += 1;
        self.moving += 1;
        if again < Time::NEVER {
            self.timed.insert((again, serial));
        }
    }

    /// The messages that may be handed out now, or wait for others of their lane; only those of one lane, if there are lanes.
    pub(super) fn waiting(&self, lane: u64) -> Vec<Serial> {
        let serial = |rank: &Rank| self.order.serial(*rank);
        match self.lanes {
            Lanes::One => self.ready.iter().map(serial).collect(),
            Lanes::Many(_) => self
                .lines
                .get(&lane)
                .map_or(Vec::new(), |line| line.ready.iter().chain(&line.waiting).map(serial).collect()),
        }
    }

    /// When the next thing happens by itself.
    pub(super) fn next_due(&self) -> Option<Time> {
        let timed = self.timed.first().map(|(due, _)| *due);
        let rested = self.resting.first().map(|(due, _)| *due);
        timed.into_iter().chain(rested).min()
    }

    /// Does what is due by now, as far as it is the shelf's own affair; what remains is the queue's.
    pub(super) fn pass(&mut self, now: Time) -> Option<Due> {
        while let Some((_, lane)) = self.resting.first().copied().filter(|(due, _)| *due <= now) {
            self.resting.pop_first();
            self.offer(lane, now);
        }
        while let Some((_, serial)) = self.timed.first().copied().filter(|(due, _)| *due <= now) {
            match self.messages[&serial].stands {
                Stands::Delayed(_) => self.put_back(now, serial, Span::ZERO),
                Stands::Out(_) => return Some(Due::Expired(serial)),
                Stands::Moving(_) => return Some(Due::Move(serial)),
                Stands::Waiting => unreachable!("who waits in line waits for no instant"),
            }
        }
        None
    }

    /// The number of the next message.
    pub(super) fn next(&self) -> Serial {
        self.next
    }

    /// Goes back to what was there when the next number was this one: newer messages are gone, those that have gone since are
    /// back, and whoever has one in hand has it no longer. Returns the newer ones.
    pub(super) fn restore(
        &mut self,
        now: Time,
        next: Serial,
        gone: impl Iterator<Item = (Serial, Message)>,
    ) -> Vec<Message> {
        let messages = std::mem::take(&mut self.messages);
        let own = std::mem::replace(self, Shelf::new(self.lanes, self.order));
        self.next = own.next;
        let mut newer = Vec::new();
        for (serial, message) in messages.into_iter().chain(gone) {
            if serial < next {
                self.messages.insert(serial, Message { waiter: None, ..message });
            } else {
                newer.push(message);
            }
        }
        // When it may be handed out is written with a message; that it was, and has to pause, is not.
        let left = |message: &Message| Span(message.due.0.saturating_sub(now.0));
        let places: Vec<(Serial, Span)> =
            self.messages.iter().map(|(serial, message)| (*serial, left(message))).collect();
        places.into_iter().for_each(|(serial, left)| self.stand(serial, now, left));
        newer
    }

    /// How many of those older than a number are on their way to another queue.
    pub(super) fn moving_before(&self, next: Serial) -> usize {
        self.messages.range(..next).filter(|(_, message)| message.is_moving()).count()
    }

    /// Those on their way to another queue, when they have to be sent again because their errands are gone.
    pub(super) fn resend_all(&mut self, now: Time) {
        let moving: Vec<Serial> = self
            .messages
            .iter()
            .filter(|(_, message)| matches!(message.stands, Stands::Moving(_)))
            .map(|(serial, _)| *serial)
            .collect();
        moving.into_iter().for_each(|serial| self.move_on(now, serial, now));
    }

    fn rank(&self, serial: Serial) -> Rank {
        self.order.rank(serial, self.messages[&serial].cargo.priority)
    }

    /// A message that stands nowhere takes its place.
    fn stand(&mut self, serial: Serial, now: Time, delay: Span) {
        let rank = self.rank(serial);
        let message = self.messages.get_mut(&serial).expect("a message");
        if delay > Span::ZERO {
            message.stands = Stands::Delayed(now + delay);
            self.timed.insert((now + delay, serial));
            self.delayed += 1;
            return;
        }
        message.stands = Stands::Waiting;
        match self.lanes {
            Lanes::One => {
                self.ready.insert(rank);
            }
            Lanes::Many(_) => {
                let lane = message.lane;
                self.lines.entry(lane).or_default().waiting.insert(rank);
                self.offer(lane, now);
            }
        }
    }

    /// A message leaves its place, wherever that is.
    fn lift(&mut self, serial: Serial, now: Time) {
        let rank = self.rank(serial);
        let Message { stands, lane, .. } = self.messages[&serial];
        match stands {
            Stands::Delayed(due) => {
                self.timed.remove(&(due, serial));
                self.delayed -= 1;
            }
            Stands::Moving(due) => {
                self.timed.remove(&(due, serial));
                self.moving -= 1;
            }
            Stands::Out(due) => {
                self.timed.remove(&(due, serial));
                self.out -= 1;
                if let Lanes::Many(Pace { rest, .. }) = self.lanes {
                    let line = self.lines.get_mut(&lane).expect("who is out has a line");
                    (line.is_out, line.rests_until) = (false, line.rests_until.max(now + rest));
                    self.offer(lane, now);
                }
            }
            Stands::Waiting => {
                self.ready.remove(&rank);
                if let Some(line) = self.lines.get_mut(&lane) {
                    line.waiting.remove(&rank);
                    if line.ready == Some(rank) {
                        line.ready = None;
                    }
                    self.offer(lane, now);
                }
            }
        }
    }

    /// The first message of a lane is ready, if it may be.
    fn offer(&mut self, lane: u64, now: Time) {
        let Some(line) = self.lines.get_mut(&lane) else { return };
        if line.is_out {
            return;
        }
        if line.rests_until > now {
            self.resting.insert((line.rests_until, lane));
            return;
        }
        let first = line.waiting.first().copied();
        match (line.ready, first) {
            (None, None) => {
                self.lines.remove(&lane);
            }
            (None, Some(first)) => {
                line.waiting.remove(&first);
                line.ready = Some(first);
                self.ready.insert(first);
            }
            // A more urgent one takes the place of the one that is ready.
            (Some(ready), Some(first)) if first < ready => {
                line.waiting.remove(&first);
                line.waiting.insert(ready);
                line.ready = Some(first);
                self.ready.remove(&ready);
                self.ready.insert(first);
            }
            (Some(_), _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new(lane: u64, priority: u8) -> New {
        New { cargo: Cargo { priority, ..Cargo::default() }, lane, ..New::default() }
    }

    /// Puts messages, given as (lane, priority), at time 0.
    fn shelf(lanes: Lanes, order: Order, messages: &[(u64, u8)]) -> Shelf {
        let mut shelf = Shelf::new(lanes, order);
        for (lane, priority) in messages {
            shelf.put(Time(0), Span::ZERO, new(*lane, *priority));
        }
        shelf
    }

    fn every(interval: u64) -> Pace {
        Pace { interval: Span(interval), rest: Span::ZERO }
    }

    fn take_all(shelf: &mut Shelf, now: u64) -> Vec<Serial> {
        std::iter::from_fn(|| shelf.take(Time(now), Span(100)).map(|(serial, _)| serial)).collect()
    }

    #[test]
    fn messages_are_handed_out_in_order() {
        let messages = [(1, 5), (2, 0), (1, 0), (3, 5), (1, 0)];
        for (lanes, order, expected) in [
            (Lanes::One, Order::Fifo, vec![1, 2, 3, 4, 5]),
            (Lanes::One, Order::Lifo, vec![5, 4, 3, 2, 1]),
            (Lanes::One, Order::Priority, vec![2, 3, 5, 1, 4]),
            (Lanes::Many(Pace::default()), Order::Fifo, vec![1, 2, 4]),
            (Lanes::Many(Pace::default()), Order::Lifo, vec![5, 4, 2]),
            (Lanes::Many(Pace::default()), Order::Priority, vec![2, 3, 4]),
        ] {
            let mut shelf = shelf(lanes, order, &messages);
            assert_eq!(take_all(&mut shelf, 0), expected, "{lanes:?} {order:?}");
            assert_eq!((shelf.out(), shelf.backlog()), (expected.len(), 5 - expected.len()));
        }
    }

    #[test]
    fn a_message_that_comes_back_stands_where_it_stood() {
        let mut shelf = shelf(Lanes::One, Order::Fifo, &[(1, 0), (2, 0), (3, 0)]);
        assert_eq!(shelf.take(Time(0), Span(100)).unwrap().0, 1);
        shelf.put_back(Time(1), 1, Span::ZERO);
        assert_eq!(shelf.take(Time(1), Span(100)).unwrap().0, 1);
        shelf.put_back(Time(2), 1, Span(10));
        assert_eq!(take_all(&mut shelf, 2), [2, 3]);
        assert_eq!((shelf.next_due(), shelf.pass(Time(11))), (Some(Time(12)), None));
        assert!(take_all(&mut shelf, 11).is_empty(), "its time has not come");
        assert_eq!(shelf.pass(Time(12)), None);
        let (serial, message) = shelf.take(Time(12), Span(100)).unwrap();
        assert_eq!((serial, message.deliveries, message.cargo.delivery), (1, 3, 3));
    }

    #[test]
    fn one_of_a_lane_is_out_and_the_next_one_waits_for_the_interval() {
        let mut shelf = shelf(Lanes::Many(every(50)), Order::Fifo, &[(7, 0), (7, 0), (8, 0)]);
        assert_eq!(take_all(&mut shelf, 0), [1, 3]);
        shelf.remove(Time(10), 1);
        assert_eq!(shelf.pass(Time(49)), None);
        assert!(take_all(&mut shelf, 49).is_empty(), "50 have not passed since the last one of lane 7");
        assert_eq!(shelf.next_due(), Some(Time(50)));
        assert_eq!(shelf.pass(Time(50)), None);
        assert_eq!(take_all(&mut shelf, 50), [2]);
        // Lane 8 is out for longer than its interval: nothing of it is handed out all the same.
        shelf.put(Time(60), Span::ZERO, new(8, 0));
        shelf.pass(Time(60));
        assert!(take_all(&mut shelf, 60).is_empty());
        shelf.remove(Time(61), 3);
        assert_eq!(take_all(&mut shelf, 61), [4]);
        shelf.remove(Time(62), 4);
        shelf.remove(Time(62), 2);
        shelf.pass(Time(200));
        assert!(shelf.lines.is_empty() && shelf.messages.is_empty() && shelf.next_due().is_none());
    }

    /// The interval runs from delivery to delivery, the rest from the end of a delivery; both have to pass.
    #[test]
    fn a_lane_rests_when_its_message_has_come_to_an_end() {
        // interval, rest, when the first delivery ends, when the second message is handed out
        for (interval, rest, end, expected) in
            [(50, 0, 10, 50), (0, 50, 10, 60), (50, 20, 10, 50), (50, 20, 45, 65)]
        {
            for is_done in [true, false] {
                let pace = Pace { interval: Span(interval), rest: Span(rest) };
                let mut shelf = shelf(Lanes::Many(pace), Order::Fifo, &[(7, 0), (7, 0)]);
                assert_eq!(take_all(&mut shelf, 0), [1]);
                if is_done {
                    shelf.remove(Time(end), 1);
                } else {
                    shelf.put_back(Time(end), 1, Span(1000));
                }
                shelf.pass(Time(expected - 1));
                assert!(take_all(&mut shelf, expected - 1).is_empty(), "{interval} {rest}");
                shelf.pass(Time(expected));
                assert_eq!(take_all(&mut shelf, expected), [2], "{interval} {rest}");
            }
        }
    }

    #[test]
    fn who_is_not_acknowledged_expires() {
        let mut shelf = shelf(Lanes::One, Order::Fifo, &[(1, 0)]);
        shelf.take(Time(5), Span(100));
        assert_eq!(shelf.pass(Time(104)), None);
        assert_eq!(shelf.pass(Time(105)), Some(Due::Expired(1)));
        shelf.put_back(Time(105), 1, Span::ZERO);
        assert!(shelf.delivered(1, 1).is_some(), "nobody else has it yet");
        shelf.take(Time(106), Span(100));
        assert!(shelf.delivered(1, 1).is_none() && shelf.delivered(1, 2).is_some());
    }

    #[test]
    fn numbers_are_not_used_again() {
        let mut shelf = shelf(Lanes::Many(every(5)), Order::Priority, &[(1, 0), (1, 0), (2, 0)]);
        shelf.take(Time(0), Span(100));
        assert_eq!((shelf.clear().count(), shelf.next_due()), (3, None));
        shelf.put(Time(9), Span::ZERO, new(1, 0));
        assert_eq!(take_all(&mut shelf, 9), [4]);
    }
}
