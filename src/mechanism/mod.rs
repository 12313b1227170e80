//! Pure algorithms with no clock and no randomness of their own: each can be tested and measured alone.

pub mod arrange;
pub mod bloom;
pub mod concurrency_limit;
pub mod eviction;
pub mod fixed_window;
pub mod flights;
pub mod graph;
pub mod hash;
pub mod key_set;
pub mod known;
pub mod leaky_bucket;
pub mod least;
pub mod lots;
pub mod peaks;
pub mod permutation;
pub mod rate;
pub mod recent;
pub mod ring;
pub mod rolling;
pub mod sliding_counter;
pub mod sliding_log;
pub mod snowflake;
pub mod token_bucket;
pub mod turns;
pub mod versions;
