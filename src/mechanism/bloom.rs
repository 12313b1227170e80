//! Remembers which keys were added in a fixed number of bits: never forgets one, and now and then knows one that never was.

use super::hash::mix13_pair;

/// A Bloom filter (B. H. Bloom, 1970): an added key sets `hashes` bits, and a key all of whose bits are set seems to be there.
///
/// The positions of a key are an arithmetic progression of two hashes, which is as good as independent hashes (A. Kirsch and
/// M. Mitzenmacher, 2006).
#[derive(Clone, Debug)]
pub struct Bloom {
    words: Vec<u64>,
    size: Size,
    /// How many bits are set.
    set: u64,
}

/// How large a filter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Size {
    /// Its bits; at least 1.
    pub bits: u64,
    /// How many of them a key sets; at least 1.
    pub hashes: u32,
}

impl Size {
    /// The smallest filter that, holding this many keys, takes this share of all others for one of them: m = -n ln p / (ln 2)^2
    /// bits and k = m/n ln 2 hashes. `keys` is at least 1, `false_positives` in (0, 1).
    pub fn optimal(keys: u64, false_positives: f64) -> Size {
        let ln_2 = std::f64::consts::LN_2;
        let bits = (-(keys as f64) * libm::log(false_positives) / (ln_2 * ln_2)).ceil().max(1.0);
        let hashes = libm::round(bits / keys as f64 * ln_2).max(1.0);
        Size { bits: bits as u64, hashes: hashes as u32 }
    }
}

impl Bloom {
    /// A filter to which nothing was added.
    pub fn new(size: Size) -> Bloom {
        Bloom { words: vec![0; size.bits.div_ceil(64) as usize], size, set: 0 }
    }

    /// Whether a key was added, as far as its bits tell.
    pub fn has(&self, key: u64) -> bool {
        self.positions(key).all(|bit| self.words[word(bit)] & mask(bit) != 0)
    }

    /// Adds a key; whether it seemed to be there already.
    pub fn add(&mut self, key: u64) -> bool {
        let before = self.set;
        for bit in self.positions(key) {
            let word = &mut self.words[word(bit)];
            self.set += u64::from(*word & mask(bit) == 0);
            *word |= mask(bit);
        }
        self.set == before
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.words.fill(0);
        self.set = 0;
    }

    /// The share of its bits that are set.
    pub fn fill(&self) -> f64 {
        self.set as f64 / self.size.bits as f64
    }

    /// How many bits there are.
    pub fn bits(&self) -> u64 {
        self.size.bits
    }

    /// Bytes held.
    pub fn bytes(&self) -> u64 {
        self.words.len() as u64 * 8
    }

    fn positions(&self, key: u64) -> impl Iterator<Item = u64> + use<> {
        let (first, step, bits) = (mix13_pair(key, 0), mix13_pair(key, 1) | 1, self.size.bits);
        // The progression goes around all 64-bit numbers; each is then scaled down to a position.
        let hash = move |turn: u32| first.wrapping_add(step.wrapping_mul(u64::from(turn)));
        (0..self.size.hashes).map(move |turn| ((u128::from(hash(turn)) * u128::from(bits)) >> 64) as u64)
    }
}

fn word(bit: u64) -> usize {
    (bit / 64) as usize
}

fn mask(bit: u64) -> u64 {
    1 << (bit % 64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: u64 = 100_000;

    fn filled(size: Size) -> Bloom {
        let mut bloom = Bloom::new(size);
        for key in 0..KEYS {
            bloom.add(key);
        }
        bloom
    }

    #[test]
    fn sizes_for_a_share_of_false_positives() {
        for (keys, false_positives, bits, hashes) in [
            // 9.585 bits per key and 6.6 hashes for 1 %; 14.378 and 9.97 for 0.1 %.
            (1_000_000, 0.01, 9_585_059, 7),
            (1_000_000, 0.001, 14_377_588, 10),
            (1, 0.5, 2, 1),
            (1000, 0.99, 21, 1),
        ] {
            assert_eq!(Size::optimal(keys, false_positives), Size { bits, hashes });
        }
    }

    #[test]
    fn no_key_is_forgotten() {
        for (bits, hashes) in [(1, 1), (63, 3), (1_000_000, 7)] {
            let bloom = filled(Size { bits, hashes });
            assert!((0..KEYS).all(|key| bloom.has(key)), "{bits} bits, {hashes} hashes");
        }
    }

    #[test]
    fn others_are_known_as_often_as_theory_says() {
        // (1 - exp(-k n / m))^k; the first one is .00819372. A sample of 400,000 has a standard deviation of at most 0.00075.
        for (bits_per_key, hashes, expected) in [(10, 7, 0.008_193_72), (8, 1, 0.117_503), (4, 3, 0.146_892)]
        {
            let bloom = filled(Size { bits: bits_per_key * KEYS, hashes });
            let seen = (KEYS..KEYS + 400_000).filter(|key| bloom.has(*key)).count() as f64 / 400_000.0;
            let deviation: f64 = (expected * (1.0 - expected) / 400_000.0_f64).sqrt();
            assert!((seen - expected).abs() < 3.5 * deviation, "{bits_per_key} bits, {hashes}: {seen}");
            let fill = 1.0 - libm::exp(-f64::from(hashes) / bits_per_key as f64);
            assert!((bloom.fill() / fill - 1.0).abs() < 0.005, "{}", bloom.fill());
        }
    }

    #[test]
    fn adding_says_what_asking_would_have_said() {
        let mut bloom = Bloom::new(Size { bits: 500, hashes: 3 });
        for key in 0..400 {
            let seemed = bloom.has(key);
            assert_eq!(bloom.add(key), seemed, "key {key}");
        }
        assert_eq!(bloom.bytes(), 64);
        bloom.clear();
        assert_eq!((bloom.fill(), bloom.has(7)), (0.0, false));
    }
}
