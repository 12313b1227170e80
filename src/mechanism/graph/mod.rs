//! Graphs that are made by hashing: who is joined to whom is computed when somebody asks.
//!
//! Each of them is a pure function of its parameters and a seed, and consistent: b is among those that a leads to if and only
//! if a is among those that lead to b. What is stored is bounded and stands at each of them.

mod road;
mod social;
mod web;

pub use road::Road;
pub use social::Social;
pub use web::{Links, Shares, Web};

/// The last position whose start is not above a number: who owns it, where each owner begins at its start.
fn owner(starts: &[u64], number: u64) -> usize {
    starts.partition_point(|start| *start <= number) - 1
}
