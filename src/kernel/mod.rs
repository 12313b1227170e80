//! Clock, event queue, requests and their frames, slabs, random streams. Knows no component.

pub mod queue;
pub mod random;
pub mod request;
pub mod slab;
