//! Clock, event queue, request slab, frames, random streams. Knows no component.

pub mod queue;
pub mod random;
pub mod request;
