//! What is observed agrees with first principles: small random runs with cuts, crashes and lossy links, in which an onlooker
//! keeps the whole log of every copy and every acknowledgement, without any of the database's economies.

use super::super::copy::{Copy, Duty, Recovery};
use super::super::routing::Reads;
use super::super::spec;
use super::network::{CALLERS, Network, Seen};
use super::*;
use crate::units::Time;
use std::collections::{BTreeMap, BTreeSet};

/// Of a copy: the term, what it has received and applied, whether it runs, and whether it has lost its rows.
type Standing = (u32, u64, u64, bool, bool);

/// A write: key and version.
type Entry = (u64, u64);

#[derive(Default)]
struct Oracle {
    /// What each copy has in its log, in order.
    logs: Vec<Vec<Entry>>,
    /// What was written in each term, with all before it.
    terms: BTreeMap<u32, Vec<Entry>>,
    values: BTreeMap<Entry, i64>,
    acknowledged: BTreeMap<Entry, Time>,
    lost: BTreeSet<Entry>,
    stale: u64,
    unavailable: u64,
    since: Time,
    was_writable: bool,
    /// Since when those that were to read are silent, if they are; nobody if the primary reads.
    readers: Vec<Option<Time>>,
    /// What the copies were like when they were looked at last.
    states: (Vec<Standing>, u32, usize),
}

impl Oracle {
    fn new(copies: usize) -> Oracle {
        let terms = BTreeMap::from([(0, Vec::new())]);
        Oracle { logs: vec![Vec::new(); copies], terms, was_writable: true, ..Oracle::default() }
    }

    fn watch(&mut self, network: &Network, seen: Seen, writes: &mut Vec<usize>) {
        let shard = network.shard();
        let now = network.scene.now;
        // Reads are judged by what was lost and acknowledged before.
        if let Seen::Read { operation } = seen {
            let read = network.operations[operation];
            let Some((outcome, version, _)) = read.end else { panic!("a read ends at once") };
            let value = self.values.get(&(read.key, version)).copied().unwrap_or(START);
            assert!(
                outcome != outcome::OK || read.value == value,
                "{} of {:?}",
                read.value,
                (read.key, version)
            );
            let newest = self
                .acknowledged
                .iter()
                .filter(|(entry, at)| entry.0 == read.key && **at <= read.sent && !self.lost.contains(entry));
            self.stale += u64::from(newest.map(|(entry, _)| entry.1).max().unwrap_or(0) > version);
        }
        if let Seen::Wrote { at, key, version, value } = seen {
            self.values.insert((key, version), value);
            self.terms.get_mut(&shard.copies[at as usize].term).expect("a known term").push((key, version));
        }
        writes.retain(|number| {
            let write = network.operations[*number];
            let Some((outcome, version, at)) = write.end else { return true };
            if outcome == outcome::OK {
                self.acknowledged.insert((write.key, version), at);
            }
            false
        });
        let latest = shard.history.latest_term();
        if !self.terms.contains_key(&latest) {
            self.terms.insert(latest, self.logs[shard.leader(latest)].clone());
        }
        if !self.was_writable {
            self.unavailable += now.since(self.since).0;
        } else if let Some(silent) = self.readers.iter().copied().collect::<Option<Vec<Time>>>() {
            let avoided = silent.iter().map(|since| *since + shard.rules.detect).max();
            self.unavailable += avoided.unwrap_or(self.since).min(now).since(self.since).0;
        }
        self.since = now;
        let silent_since = |at: usize| match network.silences[at] {
            [None, None] => None,
            [down, still] => Some(down.unwrap_or(Time::NEVER).min(still.unwrap_or(Time::NEVER))),
        };
        let primary = shard.leader(shard.history.latest_term());
        let copies = shard.copies.iter().enumerate();
        self.was_writable =
            copies.clone().any(|(at, copy)| silent_since(at).is_none() && copy.duty == Duty::Primary);
        let reads = |(at, copy): &(usize, &Copy)| {
            network.reads() == Reads::Replica
                && *at != primary
                && (!copy.is_up || copy.recovery == Recovery::Over)
                && silent_since(*at).is_none_or(|since| now < since + shard.rules.detect)
        };
        self.readers = copies.filter(reads).map(|(at, _)| silent_since(at)).collect();
        let states = shard
            .copies
            .iter()
            .map(|copy| (copy.term, copy.received, copy.applied, copy.is_up, copy.is_empty));
        let states = (states.collect(), latest, self.acknowledged.len());
        if states == self.states {
            return;
        }
        self.states = states;
        for (log, copy) in self.logs.iter_mut().zip(&shard.copies) {
            *log = self.terms[&copy.term][..copy.received as usize].to_vec();
            assert!(copy.applied <= copy.received);
            if !copy.is_empty {
                let mut rows = BTreeMap::new();
                rows.extend(log[..copy.applied as usize].iter().copied());
                for key in 0..KEYS {
                    let row = copy.store.get(key).map(|row| (row.version, row.value));
                    let expected = rows.get(&key).map(|version| (*version, self.values[&(key, *version)]));
                    assert_eq!(row, expected, "key {key} at {now:?}");
                }
            }
        }
        let mut surviving: BTreeSet<Entry> = BTreeSet::new();
        for (log, copy) in self.logs.iter().zip(&shard.copies) {
            if copy.is_up && !copy.is_empty {
                surviving.extend(log);
            }
        }
        if !shard.copies.iter().all(|copy| copy.is_empty) {
            surviving.extend(&self.terms[&latest]);
        }
        self.lost.extend(self.acknowledged.keys().filter(|entry| !surviving.contains(entry)));
    }
}

const KEYS: u64 = 4;
const START: i64 = -5;
const MS: u64 = 1_000_000;

/// The table and the troubles of a seed.
fn setup(seed: u64) -> Network {
    let pick = |salt: u64, count: u64| crate::mechanism::hash::mix13_pair(seed, salt) % count;
    let replicas = 1 + pick(1, 3);
    let replication = ["asynchronous", "semi_synchronous", "synchronous"][pick(2, 3) as usize];
    let reads = ["primary", "replica", "nearest"][pick(3, 3) as usize];
    let (quorum, own) = (pick(4, 2) == 0, pick(5, 2) == 0);
    let write = if pick(6, 2) == 0 { "write = \"1 ms\"\n" } else { "" };
    let toml = format!(
        "{write}rows = {{ start = {START} }}\nreplicas = {replicas}\nreplication = \"{replication}\"\nreads = \"{reads}\"\nread_your_writes = {own}\n\
         failover = {{ detect = \"100 ms\", promote = \"{} ms\", quorum = {quorum} }}",
        pick(7, 60)
    );
    let mut network = Network::new(&toml, seed);
    (network.delay, network.jitter) = (pick(8, 20) * MS / 4, pick(9, 3) * 4 * MS);
    network.work = pick(10, 4) * 3 * MS;
    network.loss = pick(11, 3) * 60;
    network.shard_mut().rules.backlog = if pick(12, 2) == 0 { 8 } else { 10_000 };
    let copies = replicas as u32 + 1;
    for _ in 0..pick(13, 6) {
        let (from, length) = (network.draw(1500) * MS, 1 + network.draw(600) * MS);
        let at = network.draw(u64::from(copies)) as u32;
        let until = Time(from + length);
        match network.draw(5) {
            // A read that stands still for longer than a death goes unnoticed needs the whole log.
            4 if pick(12, 2) == 1 => network.pause(Time(from), at, until),
            0 => network.crash(Time(from), at, Disk::Kept, until),
            1 if pick(14, 2) == 0 => network.crash(Time(from), at, Disk::Lost, until),
            _ => {
                // A group with a caller of its own against all others.
                let members = network.draw(1 << copies);
                let (mut left, mut right): (Vec<u32>, Vec<u32>) =
                    (0..copies).partition(|copy| members >> copy & 1 == 1);
                left.push(CALLERS);
                right.push(CALLERS + 1);
                network.cut(Time(from), until, &left, &right);
            }
        }
    }
    network
}

fn run(seed: u64) -> (Network, Oracle) {
    let mut network = setup(seed);
    let mut oracle = Oracle::new(network.is_up.len());
    let mut writes = Vec::new();
    for _ in 0..250 {
        let time = Time(network.draw(2000 * MS));
        let caller = CALLERS + network.draw(2) as u32;
        let (user, key) = (network.draw(3), network.draw(KEYS));
        let is_write = network.draw(2) == 0;
        let number = network.ask(time, caller, user, is_write, key);
        if is_write {
            writes.push(number);
        }
    }
    // All troubles are over after 2.1 s.
    while network.scene.now < Time(2_100 * MS)
        && let Some(seen) = network.step(Time(3_500 * MS))
    {
        oracle.watch(&network, seen, &mut writes);
    }
    network.loss = 0;
    while let Some(seen) = network.step(Time(3_500 * MS)) {
        oracle.watch(&network, seen, &mut writes);
    }
    network.run(Time(3_500 * MS));
    oracle.watch(&network, Seen::Other, &mut writes);
    (network, oracle)
}

#[test]
fn observations_agree_with_first_principles() {
    let mut sums = [0; 4];
    let mut failures = Vec::new();
    for seed in 0..300 {
        let (network, oracle) = run(seed);
        let counted = network.scene.counted();
        let observed = (
            counted[spec::STALE_READS],
            counted[spec::LOST_WRITES],
            network.scene.duration(spec::UNAVAILABLE),
        );
        let expected = (oracle.stale, oracle.lost.len() as u64, oracle.unavailable);
        if observed != expected {
            failures.push((seed, observed, expected));
            continue;
        }
        let shard = network.shard();
        let latest = shard.history.latest_term();
        for (index, copy) in shard.copies.iter().enumerate() {
            assert_eq!(copy.term, latest, "the history of copy {index}, seed {seed}");
            assert_eq!(copy.applied, shard.history.end(latest), "copy {index} has come up, seed {seed}");
            assert_eq!(copy.leads(), index == shard.leader(latest), "one primary, seed {seed}");
            assert!(
                copy.leads() || copy.recovery == Recovery::Over,
                "copy {index} is read again, seed {seed}"
            );
        }
        assert!(network.scene.state.holds_nothing(), "seed {seed}");
        for (sum, one) in sums.iter_mut().zip([expected.0, expected.1, expected.2, counted[spec::CONFLICTS]])
        {
            *sum += one;
        }
    }
    assert!(failures.is_empty(), "stale reads, lost writes, outage by seed: {failures:?}");
    assert!(sums.iter().all(|sum| *sum > 100), "the runs have troubles: {sums:?}");
}
