//! Which shard a key belongs to.

use crate::mechanism::hash::mix13_pair;
use std::collections::BTreeMap;

/// How keys are spread over the shards.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Sharding {
    /// By the remainder of a hash.
    Hash,
    /// By the bounds between the shards: a key belongs to the shard behind the last bound that it reaches. New keys and those
    /// that a template makes are larger than all others.
    Range(Vec<u64>),
    /// Some keys belong to the shards that list them, all others by hash.
    List(BTreeMap<u64, u32>),
}

impl Sharding {
    /// The shard of a key, of `count`; `salt` tells databases apart.
    #[inline]
    pub(super) fn shard(&self, key: u64, count: u32, salt: u64) -> u32 {
        let by_hash = || (mix13_pair(key, salt) % u64::from(count)) as u32;
        match self {
            _ if count == 1 => 0,
            Sharding::Hash => by_hash(),
            Sharding::Range(bounds) => bounds.partition_point(|bound| *bound <= key) as u32,
            Sharding::List(shards) => shards.get(&key).copied().unwrap_or_else(by_hash),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_and_lists_say_where_a_key_is() {
        let range = Sharding::Range(vec![10, 20]);
        for (key, shard) in [(0, 0), (9, 0), (10, 1), (19, 1), (20, 2), (u64::MAX, 2)] {
            assert_eq!(range.shard(key, 3, 7), shard, "{key}");
        }
        let list = Sharding::List(BTreeMap::from([(5, 2), (6, 0)]));
        assert_eq!((list.shard(5, 3, 7), list.shard(6, 3, 7)), (2, 0));
        let elsewhere = |key: &u64| list.shard(*key, 3, 7) == Sharding::Hash.shard(*key, 3, 7);
        assert!((10..100).all(|key| elsewhere(&key)));
    }

    #[test]
    fn hashing_spreads_evenly_and_otherwise_for_each_database() {
        let mut counts = [0; 8];
        (0..80_000).for_each(|key| counts[Sharding::Hash.shard(key, 8, 7) as usize] += 1);
        // Binomial with 80 000 trials of 1/8: 10 000 +- 4 standard deviations of 93.5.
        assert!(counts.iter().all(|count| (9_626..10_374).contains(count)), "{counts:?}");
        let moved =
            (0..8_000).filter(|key| Sharding::Hash.shard(*key, 8, 7) != Sharding::Hash.shard(*key, 8, 8));
        assert!((6_800..7_200).contains(&moved.count()));
    }
}
