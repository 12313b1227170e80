//! Which keys requests are about. Keys are whole numbers from 0, the most popular first.

use super::zipf::Zipf;
use crate::kernel::random::{below, mix, open01};
use rand::Rng;

/// Keys that did not exist when the run began have the two top bits set. The others are below 2^62, or made by a template.
pub const NEW_KEY: u64 = 0b11 << 62;

/// Keys that a template made of others have the upper of the two top bits set, and not the lower.
pub(super) const MADE_KEY: u64 = 0b10 << 62;

/// The key that is made of a hash.
#[inline]
pub fn made_key(hash: u64) -> u64 {
    MADE_KEY | hash >> 2
}

/// The key of one of so many codes, at least 1, that a hash picks. It is a new key, and those of another number of codes, or of
/// clients, are others.
#[inline]
pub fn code_key(hash: u64, codes: u64) -> u64 {
    NEW_KEY | mix(codes, below(hash, codes)) >> 2
}

/// The keys that a client asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keys {
    /// Each request is about a key that nobody had before.
    New,
    /// All keys alike.
    Uniform {
        /// How many there are; at least 1.
        count: u64,
    },
    /// Popularity falls with the rank.
    Zipf(Zipf),
    /// A few keys get a given share.
    Hot(Hot),
}

/// The first keys get a share of the requests, the others the rest; all alike among themselves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hot {
    count: u64,
    share: f64,
    keys: u64,
}

impl Keys {
    /// `count` keys, all alike; at least 1.
    pub fn uniform(count: u64) -> Result<Keys, String> {
        if count == 0 {
            return Err("`count` of keys must be at least 1, is 0".to_string());
        }
        Ok(Keys::Uniform { count })
    }

    /// `count` keys by Zipf's law, see [`Zipf::new`]. With exponent 0 all are alike.
    pub fn zipf(count: u64, exponent: f64) -> Result<Keys, String> {
        if exponent == 0.0 { Keys::uniform(count) } else { Zipf::new(count, exponent).map(Keys::Zipf) }
    }

    /// `count` keys of which the first `keys` (at least 1, not all) get a `share` in [0, 1] of the requests.
    pub fn hot(count: u64, share: f64, keys: u64) -> Result<Keys, String> {
        if !(0.0..=1.0).contains(&share) {
            return Err(format!("`share` of the hot keys must be from 0 to 1, is {share}"));
        }
        if !(1..count).contains(&keys) {
            return Err(format!(
                "the hot `keys` must be at least 1 and fewer than `count` = {count}, are {keys}"
            ));
        }
        Ok(Keys::Hot(Hot { count, share, keys }))
    }

    /// How many keys there are; none if ever new ones come.
    pub fn count(&self) -> Option<u64> {
        match self {
            Keys::New => None,
            Keys::Uniform { count } => Some(*count),
            Keys::Zipf(law) => Some(law.count()),
            Keys::Hot(hot) => Some(hot.count),
        }
    }

    /// Draws a key; `None` if it is to be a new one, for which the caller has a number.
    #[inline]
    pub fn draw<R: Rng + ?Sized>(&self, draws: &mut R) -> Option<u64> {
        match self {
            Keys::New => None,
            Keys::Uniform { count } => Some(below(draws.next_u64(), *count)),
            Keys::Zipf(law) => Some(law.draw(draws)),
            Keys::Hot(hot) => Some(hot.draw(draws)),
        }
    }
}

impl Hot {
    fn draw<R: Rng + ?Sized>(&self, draws: &mut R) -> u64 {
        let is_hot = open01(draws.next_u64()) < self.share;
        let bits = draws.next_u64();
        if is_hot { below(bits, self.keys) } else { self.keys + below(bits, self.count - self.keys) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::Draws;
    use std::collections::BTreeSet;

    #[test]
    fn shares_of_the_first_keys() {
        const DRAWS: u32 = 100_000;
        let cases = [
            (Keys::uniform(1), 1, 1.0),
            (Keys::uniform(10), 3, 0.3),
            (Keys::zipf(10, 0.0), 3, 0.3),
            (Keys::zipf(2, 1.0), 1, 2.0 / 3.0),
            (Keys::hot(1000, 0.9, 10), 10, 0.9),
            (Keys::hot(1000, 0.9, 10), 1, 0.09),
            (Keys::hot(1000, 0.9, 10), 505, 0.95),
            (Keys::hot(4, 0.5, 2), 2, 0.5),
            (Keys::hot(4, 0.5, 2), 3, 0.75),
            (Keys::hot(1_000_000_000_000_000, 1.0, 1), 1, 1.0),
        ];
        for (keys, first, share) in cases {
            let keys = keys.unwrap();
            let mut draws = Draws::new(1, 6);
            let seen = (0..DRAWS).filter(|_| keys.draw(&mut draws).unwrap() < first).count() as f64;
            let tolerance = 3.5 * (share * (1.0 - share) / f64::from(DRAWS)).sqrt();
            assert!((seen / f64::from(DRAWS) - share).abs() <= tolerance, "{keys:?}: {seen}");
        }
        assert_eq!(Keys::New.draw(&mut Draws::new(1, 6)), None);
    }

    #[test]
    fn hashes_share_codes_as_often_as_balls_share_urns() {
        for codes in [1, 7, 1000, 3_521_614_606_208] {
            let keys: BTreeSet<u64> = (0..1000).map(|key| code_key(mix(0, key), codes)).collect();
            assert!(keys.iter().all(|key| key & NEW_KEY == NEW_KEY), "codes are new keys");
            // n balls in m urns leave (1 - 1/m)^n of the urns empty; with a standard deviation of about 15 of the 1000.
            let taken = codes as f64 * -libm::expm1(1000.0 * libm::log1p(-1.0 / codes as f64));
            assert!((keys.len() as f64 - taken).abs() < 40.0, "{codes}: {} keys, not {taken}", keys.len());
        }
        assert_ne!(code_key(0, 10), code_key(0, 11));
    }

    #[test]
    fn wrong_parameters_say_what_is_wrong() {
        let cases = [
            (Keys::uniform(0), "`count` of keys must be at least 1, is 0"),
            (Keys::zipf(0, 0.0), "`count` of keys must be at least 1, is 0"),
            (Keys::hot(10, 1.5, 1), "`share` of the hot keys must be from 0 to 1, is 1.5"),
            (Keys::hot(10, 0.5, 10), "the hot `keys` must be at least 1 and fewer than `count` = 10, are 10"),
            (Keys::hot(10, 0.5, 0), "the hot `keys` must be at least 1 and fewer than `count` = 10, are 0"),
        ];
        for (keys, message) in cases {
            assert_eq!(keys, Err(message.to_string()));
        }
    }
}
