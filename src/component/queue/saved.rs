//! What the last checkpoint of an instance of a queue has: everything older than a number, also what has gone since.

use super::super::durable::Clock;
use super::shelf::{Message, Serial};
use std::collections::BTreeMap;

/// A checkpoint.
#[derive(Debug)]
pub(super) struct Saved {
    /// The number that the next message had.
    next: Serial,
    /// What was there and has gone since.
    gone: BTreeMap<Serial, Message>,
    /// When the next one is made.
    pub(super) clock: Clock,
}

impl Saved {
    /// The first one: nothing is there yet.
    pub(super) fn new(clock: Clock) -> Saved {
        Saved { next: 1, gone: BTreeMap::new(), clock }
    }

    /// A checkpoint is made: the next message will have this number. Returns what the earlier one had and this one has not.
    pub(super) fn renew(&mut self, next: Serial) -> impl Iterator<Item = Message> + use<> {
        self.next = next;
        std::mem::take(&mut self.gone).into_values()
    }

    /// A message goes, unless it stays in the checkpoint.
    pub(super) fn keep(&mut self, serial: Serial, message: Message) -> Option<Message> {
        if serial >= self.next {
            return Some(message);
        }
        self.gone.insert(serial, message);
        None
    }

    /// Whether it has nothing that has gone since.
    pub(super) fn is_settled(&self) -> bool {
        self.gone.is_empty()
    }

    /// Goes back to it.
    pub(super) fn restore(&mut self) -> (Serial, BTreeMap<Serial, Message>) {
        (self.next, std::mem::take(&mut self.gone))
    }

    /// Bytes held, about.
    pub(super) fn memory(&self) -> u64 {
        (self.gone.len() * size_of::<(Serial, Message)>()) as u64
    }
}
