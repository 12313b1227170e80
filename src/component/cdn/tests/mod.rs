//! A cdn alone: what its table says, which edge is asked, and what it keeps.

mod edges;
mod table;
