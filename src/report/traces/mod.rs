//! Whole requests in the forms that tools for traces read.

mod otlp;
mod perfetto;

pub use otlp::otlp;
pub use perfetto::perfetto;
