//! Which of the requests that ended are remembered: some of every latency, and whole the slowest, some failed and some of all.

use super::Record;
use super::path::{Blame, Path};
use crate::measure::recorder::Ending;
use crate::units::InstanceId;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Latencies are told apart to a thirty-second of a power of two: within 3 %.
const STEPS: u32 = 5;

/// Of each latency so many paths are remembered.
const PATHS_MAX: usize = 24;

/// What the requests of a client spent their time on, by latency.
#[derive(Default, Debug)]
pub struct Sample {
    buckets: BTreeMap<u32, Bucket>,
    total: u64,
}

/// Requests of about the same latency.
#[derive(Default, Debug)]
struct Bucket {
    /// How many they were.
    weight: u64,
    /// The paths of those that come first in the order of choice.
    paths: Vec<(u64, Path)>,
}

/// What requests spent their time on: the mean of each piece \[ns\], by what is to blame.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Shares {
    /// The pieces.
    pub pieces: BTreeMap<Blame, f64>,
    /// For how long an instance kept a worker for them meanwhile, piece by piece \[ns\].
    pub held: BTreeMap<(InstanceId, Blame), f64>,
    /// The sum of the pieces: the mean latency \[ns\].
    pub total: f64,
}

/// The bucket of a latency \[ns\]: ascending.
fn bucket_of(latency: u64) -> u32 {
    let exponent = latency.max(1).ilog2();
    let below = if exponent >= STEPS { latency >> (exponent - STEPS) } else { latency << (STEPS - exponent) };
    (exponent << STEPS) | (below as u32 & ((1 << STEPS) - 1))
}

impl Sample {
    /// A request has been completed; its path is made only if it is remembered.
    pub(super) fn offer(&mut self, latency: u64, record: &Record, path: impl FnOnce() -> Path) {
        let bucket = self.buckets.entry(bucket_of(latency)).or_default();
        bucket.weight += record.weight;
        self.total += record.weight;
        let place = bucket.paths.partition_point(|(rank, _)| *rank < record.rank);
        if place < PATHS_MAX {
            bucket.paths.insert(place, (record.rank, path()));
            bucket.paths.truncate(PATHS_MAX);
        }
    }

    /// How many requests it stands for.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// What those spent their time on that are slower than a share `from` of all, and not slower than a share `to`.
    pub fn shares(&self, from: f64, to: f64) -> Shares {
        let (low, high) = (from * self.total as f64, to * self.total as f64);
        let (mut before, mut counted) = (0.0, 0.0);
        let mut shares = Shares::default();
        for bucket in self.buckets.values() {
            let weight = bucket.weight as f64;
            let share = (before + weight).min(high) - f64::max(before, low);
            before += weight;
            if share <= 0.0 {
                continue;
            }
            counted += share;
            let each = share / bucket.paths.len() as f64;
            for (_, path) in &bucket.paths {
                for (blame, time) in &path.pieces {
                    *shares.pieces.entry(*blame).or_default() += *time as f64 * each;
                }
                for (name, time) in &path.held {
                    *shares.held.entry(*name).or_default() += *time as f64 * each;
                }
            }
        }
        if counted > 0.0 {
            shares.pieces.values_mut().chain(shares.held.values_mut()).for_each(|time| *time /= counted);
        }
        shares.total = shares.pieces.values().sum();
        shares
    }
}

/// Whole records of a few requests.
#[derive(Default, Debug)]
pub struct Kept {
    /// So many of each sort.
    count: usize,
    /// The slowest of the completed, the slowest first.
    pub slowest: Vec<(u64, Arc<Record>)>,
    /// Some that failed, in the order of choice.
    pub failed: Vec<(u64, Arc<Record>)>,
    /// Some of all, in the order of choice.
    pub random: Vec<(u64, Arc<Record>)>,
}

impl Kept {
    pub(super) fn new(count: usize) -> Kept {
        Kept { count, ..Kept::default() }
    }

    /// Whether any is to be kept.
    pub(super) fn is_asked_for(&self) -> bool {
        self.count > 0
    }

    /// Whether a request is kept for now.
    pub(super) fn wants(&self, latency: u64, rank: u64, ending: Ending) -> bool {
        if self.count == 0 {
            return false;
        }
        let comes_in = |list: &Vec<(u64, Arc<Record>)>, key: u64| {
            list.len() < self.count || list.last().is_some_and(|last| key < last.0)
        };
        comes_in(&self.random, rank)
            || match ending {
                Ending::Completed => comes_in(&self.slowest, !latency),
                Ending::Failed => comes_in(&self.failed, rank),
            }
    }

    pub(super) fn keep(&mut self, latency: u64, record: Arc<Record>, ending: Ending) {
        let count = self.count;
        let put = |list: &mut Vec<(u64, Arc<Record>)>, key: u64| {
            let place = list.partition_point(|(other, _)| *other <= key);
            list.insert(place, (key, record.clone()));
            list.truncate(count);
        };
        put(&mut self.random, record.rank);
        match ending {
            Ending::Completed => put(&mut self.slowest, !latency),
            Ending::Failed => put(&mut self.failed, record.rank),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_ascend_with_latency() {
        let latencies = [0, 1, 2, 3, 15, 16, 17, 31, 32, 34, 1000, 1100, 1 << 40, u64::MAX];
        let buckets: Vec<u32> = latencies.into_iter().map(bucket_of).collect();
        assert!(buckets.is_sorted(), "{buckets:?}");
        assert_eq!(bucket_of(1000), bucket_of(1005));
        assert_ne!(bucket_of(1000), bucket_of(1070));
    }

    /// 90 requests that wait 1 us and 10 that wait 100 us; all are served for 1 us.
    #[test]
    fn shares_of_a_part_of_all() {
        let (queue, service) = (Blame::Queue(InstanceId(0)), Blame::Service(InstanceId(0)));
        let mut sample = Sample::default();
        for rank in 0..100 {
            let wait = if rank % 10 == 0 { 100_000 } else { 1_000 };
            let record = Record { rank, weight: 1, ..Record::default() };
            let pieces = vec![(queue, wait), (service, 1_000)];
            sample.offer(wait + 1_000, &record, || Path { pieces, held: Vec::new() });
        }
        for (from, to, expected) in [
            (0.0, 1.0, [10_900.0, 1_000.0]),
            (0.95, 1.0, [100_000.0, 1_000.0]),
            (0.0, 0.5, [1_000.0, 1_000.0]),
        ] {
            let shares = sample.shares(from, to);
            let pieces = [shares.pieces[&queue], shares.pieces[&service]];
            assert!(
                (0..2).all(|piece| (pieces[piece] - expected[piece]).abs() < 1e-6),
                "{from} {to}: {pieces:?}"
            );
        }
        assert_eq!(sample.buckets.values().map(|bucket| bucket.paths.len()).max(), Some(PATHS_MAX));
    }

    #[test]
    fn the_slowest_some_failed_and_some_of_all() {
        let mut kept = Kept::new(2);
        for (latency, rank, ending) in [
            (5, 40, Ending::Completed),
            (9, 30, Ending::Completed),
            (7, 20, Ending::Completed),
            (1, 90, Ending::Failed),
            (2, 80, Ending::Failed),
            (3, 10, Ending::Failed),
        ] {
            if kept.wants(latency, rank, ending) {
                kept.keep(latency, Arc::new(Record { rank, ..Record::default() }), ending);
            }
        }
        let ranks = |list: &[(u64, Arc<Record>)]| list.iter().map(|one| one.1.rank).collect::<Vec<u64>>();
        assert_eq!(ranks(&kept.slowest), [30, 20]);
        assert_eq!(ranks(&kept.failed), [10, 80]);
        assert_eq!(ranks(&kept.random), [10, 20]);
        assert!(!Kept::new(0).wants(1, 1, Ending::Failed));
    }
}
