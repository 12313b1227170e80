//! The conditions on parameters and the words for breaking them.

/// A positive number.
pub(super) fn positive(name: &str, value: f64) -> Result<(), String> {
    require(value > 0.0, || format!("`{name}` must be positive, is {value}"))?;
    finite(name, value)
}

/// Zero or a positive number.
pub(super) fn not_negative(name: &str, value: f64) -> Result<(), String> {
    require(value >= 0.0, || format!("`{name}` must not be negative, is {value}"))?;
    finite(name, value)
}

/// A number of at least `least`, which the message calls `description`.
pub(super) fn at_least(name: &str, value: f64, least: f64, description: &str) -> Result<(), String> {
    require(value >= least, || format!("`{name}` must be at least {description}, is {value}"))?;
    finite(name, value)
}

fn finite(name: &str, value: f64) -> Result<(), String> {
    require(value.is_finite(), || format!("`{name}` must be finite, is {value}"))
}

/// A condition with its message.
pub(super) fn require(holds: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(message()) }
}
