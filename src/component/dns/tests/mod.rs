//! A dns alone: what its table says, whom it names, and what it remembers.

mod table;
mod zone;
