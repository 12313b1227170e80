//! Where chance comes from: named streams and fates.
//!
//! A *stream* belongs to a (replication, component, purpose) and is derived from their names, so that adding a component
//! leaves the numbers of all others alone. A *fate* is 64 bits drawn at the birth of a client's intention; whatever
//! descends from the intention mixes its own fate from it, and a draw is a little generator seeded by (fate, step). Service
//! times therefore follow the request, not the order in which requests happen to be served.

use crate::mechanism::hash;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{SeedableRng, TryRng};
use std::convert::Infallible;

/// The generator behind a named stream.
pub type Stream = Xoshiro256PlusPlus;

/// The stream of `purpose` (a dotted path of names, such as `client.visitors.arrivals`) in a run with this seed.
pub fn stream(seed: u64, purpose: &str) -> Stream {
    Stream::seed_from_u64(mix(seed, hash_name(purpose)))
}

/// A name as 64 bits.
pub fn hash_name(name: &str) -> u64 {
    hash::xxh3(name)
}

/// Mixes two words into one; every bit of both reaches every bit of the result.
#[inline]
pub fn mix(a: u64, b: u64) -> u64 {
    hash::mix13(a ^ b.wrapping_mul(GAMMA).rotate_left(32))
}

/// The odd constant nearest to 2^64 over the golden ratio: the step of SplitMix64.
const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The little generator of one draw: SplitMix64 started from a fate and the name of the step that draws.
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// The draws of the step with this salt (a hash of its path in the scenario) for a request with this fate. Both are
    /// hashes, so their exclusive or is as good a start as any.
    #[inline]
    pub fn new(fate: u64, salt: u64) -> Draws {
        Draws(fate ^ salt)
    }

    /// The next 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let bits = hash::mix13(self.0);
        self.0 = self.0.wrapping_add(GAMMA);
        bits
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        for chunk in destination.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// 52 random bits as a float in (0, 1): never 0, never 1, so that its logarithm is finite and not zero.
#[inline]
pub fn open01(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * (1.0 / (1u64 << 52) as f64)
}

/// A uniform whole number below `n` from 64 random bits, by multiplication (Lemire 2019 without the rejection: the bias is
/// below n / 2^64). `n` must be positive.
#[inline]
pub fn below(bits: u64, n: u64) -> u64 {
    ((u128::from(bits) * u128::from(n)) >> 64) as u64
}
