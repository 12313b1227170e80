//! Pure algorithms with no clock and no randomness of their own: each can be tested and measured alone.

pub mod bloom;
pub mod eviction;
pub mod hash;
pub mod key_set;
pub mod least;
pub mod lots;
pub mod peaks;
pub mod ring;
pub mod snowflake;
pub mod turns;
pub mod versions;
