//! What a table of the scenario can say, key by key: from such lists come reading, the reference and the JSON Schema.

/// A key of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    /// The key.
    pub name: &'static str,
    /// What it takes, in the notation of [`schema`](crate::schema).
    pub takes: &'static str,
    /// What it means, with its default.
    pub doc: &'static str,
}

impl Key {
    /// The names of keys, for messages and for [`Reader::check_keys`](super::Reader::check_keys).
    pub fn names(keys: &[Key]) -> Vec<&'static str> {
        keys.iter().map(|key| key.name).collect()
    }
}
