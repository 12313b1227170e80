//! The memory of an instance: requests take some of it while they are there, and no more than there is.

/// What the table of a component says of it, but for what each request takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Memory {
    /// How much there is \[B\].
    pub limit: u64,
    /// What the instance takes for itself as long as it is up \[B\].
    pub base: u64,
    /// What happens when somebody comes for whom there is no room.
    pub full: Full,
}

/// What happens when somebody comes for whom there is no room.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Full {
    /// The instance dies and is started again.
    Dies,
    /// Whoever comes is turned away.
    Rejects,
}

impl Full {
    /// Both with the word of the language and one sentence.
    pub const ALL: [(&'static str, Full, &'static str); 2] = [
        ("dies", Full::Dies, "the instance is killed, and started again"),
        ("rejects", Full::Rejects, "whoever comes fails with `rejected`"),
    ];
}
