//! Named hash functions, whose values are the same on every machine and in every release.

/// The odd number nearest to 2^64 over the golden ratio, the step of SplitMix64.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// Hashes 64 bits: "Mix13" of D. Stafford (2011), the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
/// One to one; every bit of the key reaches every bit of the hash; zero stays zero.
#[inline]
pub fn mix13(key: u64) -> u64 {
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

/// Hashes a pair of words: the `index`-th member of a family of values that `key` begins, as SplitMix64 would
/// draw them.
#[inline]
pub fn mix13_pair(key: u64, index: u64) -> u64 {
    mix13(mix13(key).wrapping_add(index.wrapping_add(1).wrapping_mul(GAMMA)))
}

/// Hashes a name: XXH3 of 64 bits without a seed (Y. Collet, 2019), whose values its specification fixes.
pub fn xxh3(name: &str) -> u64 {
    xxhash_rust::xxh3::xxh3_64(name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        // The first outputs of SplitMix64 from the seed 1234567 are a common test vector.
        for (step, expected) in [(1, 6_457_827_717_110_365_317), (2, 3_203_168_211_198_807_973)] {
            assert_eq!(mix13(1_234_567_u64.wrapping_add(GAMMA.wrapping_mul(step))), expected);
        }
        assert_eq!(mix13(0), 0);
        // XXH3 of the empty input.
        assert_eq!(xxh3(""), 0x2d06_8005_38d3_94c2);
    }

    #[test]
    fn a_flipped_bit_flips_half_of_the_hash() {
        let flips = |hash: fn(u64) -> u64| -> f64 {
            let pairs = (0..64_u64).flat_map(|bit| (1..65_u64).map(move |key| (key, key ^ (1 << bit))));
            let flipped: u32 = pairs.map(|(a, b)| (hash(a) ^ hash(b)).count_ones()).sum();
            f64::from(flipped) / (64.0 * 64.0)
        };
        for mean in [flips(mix13), flips(|key| mix13_pair(key, 7)), flips(|index| mix13_pair(7, index))] {
            assert!((mean - 32.0).abs() < 0.25, "{mean} bits flip");
        }
    }
}
