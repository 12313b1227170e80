//! Whole requests: what was done for each, by whom, from when to when.

/// A request of a client with all that was done for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trace {
    /// Names it among all runs: 128 bits.
    pub id: u128,
    /// Why it was kept: `slowest`, `failed`, `random`.
    pub sorts: Vec<&'static str>,
    /// The client.
    pub client: String,
    /// Its number among those of its client.
    pub serial: u64,
    /// It stands for so many.
    pub weight: u64,
    /// The first is the request itself; each stands behind the one that it is part of.
    pub spans: Vec<Span>,
}

/// A stretch of time in which something was done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// What it is part of; none of the request itself.
    pub parent: Option<usize>,
    /// What was done.
    pub kind: SpanKind,
    /// In few words.
    pub name: String,
    /// The component that did it.
    pub component: String,
    /// Its instance: `db[3]`.
    pub instance: String,
    /// When it began [ns, clock of the file].
    pub from: u64,
    /// When it ended, likewise; not before it began.
    pub until: u64,
    /// Which attempt at a call it is, from 1.
    pub attempt: Option<u32>,
    /// How it ended, if it has an outcome.
    pub outcome: Option<String>,
    /// Whether that was a failure.
    pub is_failed: bool,
}

/// What is done in a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SpanKind {
    /// A client waits for its answer.
    Request,
    /// A caller waits for the answer to an attempt.
    Call,
    /// A callee serves it.
    Visit,
    /// A message is on its way.
    Network,
    /// It waits: for a worker, a core, a connection.
    Wait,
    /// It is worked on.
    Work,
}

impl SpanKind {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            SpanKind::Request => "request",
            SpanKind::Call => "call",
            SpanKind::Visit => "visit",
            SpanKind::Network => "network",
            SpanKind::Wait => "wait",
            SpanKind::Work => "work",
        }
    }
}
