//! Flights: what is being fetched, for whom, and whether it is overtaken meanwhile; so that of all who miss a key at once only
//! one need fetch it.

use std::collections::BTreeMap;

/// Numbers are up to here, so that a timer's token has a bit to spare.
const NUMBERS_MAX: u32 = u32::MAX >> 1;

/// What is being fetched at the instances of a component; each fetch has a number.
#[derive(Clone, Debug)]
pub struct Flights<W> {
    open: BTreeMap<u32, Flight<W>>,
    /// The next flight's number.
    next: u32,
    /// The flights of each key at each instance.
    keys: BTreeMap<(u32, u64), Key>,
}

/// A fetch that is under way.
#[derive(Clone, Debug)]
struct Flight<W> {
    at: u32,
    key: u64,
    began: u64,
    /// The key's epoch when it began.
    epoch: u32,
    waiters: Vec<W>,
}

/// The flights of one key at one instance.
#[derive(Clone, Copy, Debug)]
struct Key {
    /// How many are under way.
    open: u32,
    /// A write or purge since then makes what they bring old.
    epoch: u32,
    /// The newest of them.
    newest: u32,
}

/// A fetch that has come to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Landed<W> {
    /// At which instance.
    pub at: u32,
    /// Of what.
    pub key: u64,
    /// When it began.
    pub began: u64,
    /// Whether what it brings may be kept: nothing has overtaken it.
    pub is_current: bool,
    /// Who waits for it, in the order of coming.
    pub waiters: Vec<W>,
}

impl<W> Default for Flights<W> {
    fn default() -> Self {
        Flights { open: BTreeMap::new(), next: 0, keys: BTreeMap::new() }
    }
}

impl<W> Flights<W> {
    /// Lets somebody wait for the newest flight of a key, unless there is none that is not overtaken: then he is given back.
    pub fn join(&mut self, at: u32, key: u64, waiter: W) -> Result<(), W> {
        let newest = self.keys.get(&(at, key));
        match newest.and_then(|known| self.open.get_mut(&known.newest).map(|flight| (known, flight))) {
            Some((known, flight)) if flight.epoch == known.epoch => {
                flight.waiters.push(waiter);
                Ok(())
            }
            _ => Err(waiter),
        }
    }

    /// Begins a flight; its number.
    pub fn begin(&mut self, at: u32, key: u64, now: u64, waiters: Vec<W>) -> u32 {
        let number = self.next;
        self.next = (number + 1) & NUMBERS_MAX;
        let known = self.keys.entry((at, key)).or_insert(Key { open: 0, epoch: 0, newest: number });
        known.open += 1;
        known.newest = number;
        self.open.insert(number, Flight { at, key, began: now, epoch: known.epoch, waiters });
        number
    }

    /// Whether a key is being fetched at an instance.
    pub fn is_under_way(&self, at: u32, key: u64) -> bool {
        self.keys.contains_key(&(at, key))
    }

    /// The instance and the key of a flight that is under way.
    pub fn subject(&self, number: u32) -> Option<(u32, u64)> {
        self.open.get(&number).map(|flight| (flight.at, flight.key))
    }

    /// Who waits for a flight that is under way, in the order of coming.
    pub fn waiters(&self, number: u32) -> &[W] {
        self.open.get(&number).map_or(&[], |flight| &flight.waiters)
    }

    /// What is being fetched of a key will be old when it comes.
    pub fn overtake(&mut self, at: u32, key: u64) {
        if let Some(known) = self.keys.get_mut(&(at, key)) {
            known.epoch += 1;
        }
    }

    /// Ends a flight; none if its instance has lost its memory since.
    pub fn land(&mut self, number: u32) -> Option<Landed<W>> {
        let Flight { at, key, began, epoch, waiters } = self.open.remove(&number)?;
        let known = self.keys.get_mut(&(at, key)).expect("the flight was under way");
        let is_current = known.epoch == epoch;
        known.open -= 1;
        if known.open == 0 {
            self.keys.remove(&(at, key));
        }
        Some(Landed { at, key, began, is_current, waiters })
    }

    /// An instance has lost its memory.
    pub fn forget(&mut self, at: u32) {
        self.open.retain(|_, flight| flight.at != at);
        self.keys.retain(|(owner, _), _| *owner != at);
    }

    /// How many notes it keeps.
    pub fn notes(&self) -> usize {
        self.open.len() + self.keys.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_while_a_key_is_fetched_waits_for_it() {
        let mut flights = Flights::default();
        assert_eq!(flights.join(0, 7, 'a'), Err('a'), "nothing is under way");
        let first = flights.begin(0, 7, 100, vec!['a']);
        assert_eq!((flights.join(0, 7, 'b'), flights.join(1, 7, 'c')), (Ok(()), Err('c')));
        assert_eq!((flights.is_under_way(0, 7), flights.is_under_way(1, 7)), (true, false));
        assert_eq!(flights.subject(first), Some((0, 7)));
        let landed = Landed { at: 0, key: 7, began: 100, is_current: true, waiters: vec!['a', 'b'] };
        assert_eq!(flights.land(first), Some(landed));
        assert_eq!((flights.notes(), flights.land(first)), (0, None), "once");
    }

    #[test]
    fn what_is_overtaken_is_neither_kept_nor_waited_for() {
        let mut flights = Flights::default();
        let old = flights.begin(0, 7, 0, vec!['a']);
        flights.overtake(0, 7);
        assert_eq!(flights.join(0, 7, 'b'), Err('b'), "what comes will be old");
        let new = flights.begin(0, 7, 5, vec!['b']);
        assert_eq!(flights.join(0, 7, 'c'), Ok(()));
        let landed = |number, flights: &mut Flights<char>| {
            let landed = flights.land(number).unwrap();
            (landed.is_current, landed.waiters)
        };
        assert_eq!(landed(old, &mut flights), (false, vec!['a']));
        assert_eq!(landed(new, &mut flights), (true, vec!['b', 'c']));
        let lost = flights.begin(3, 1, 0, vec!['d']);
        flights.forget(3);
        assert_eq!((flights.land(lost), flights.notes()), (None, 0));
    }
}
