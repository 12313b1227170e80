//! The words for how a call, branch or request can end that every scenario has; a scenario adds its own.

use crate::units::OutcomeId;

macro_rules! outcomes {
    ($($(#[doc = $doc:literal])* $name:ident = $index:literal, $word:literal, $class:ident;)*) => {
        $($(#[doc = $doc])* pub const $name: OutcomeId = OutcomeId($index);)*

        /// All of them, in the order of their ids.
        pub const ALL: &[Word] = &[$(Word { word: $word, class: Class::$class, doc: concat!($($doc),*) }),*];
    };
}

/// A word with its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Word {
    /// As scenarios write it.
    pub word: &'static str,
    /// Whether it is a failure by itself.
    pub class: Class,
    /// What it means.
    pub doc: &'static str,
}

/// Whether a word is a failure by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// An answer.
    Answer,
    /// A failure: a caller that does not handle it fails as well.
    Failure,
}

outcomes! {
    /// It went well.
    OK = 0, "ok", Answer;
    /// The cache does not hold the key.
    MISS = 1, "miss", Answer;
    /// The store does not hold the key.
    MISSING = 2, "missing", Answer;
    /// Whoever waited gave up: the caller its attempt, or a request in a queue the wait.
    TIMEOUT = 3, "timeout", Failure;
    /// The queue of the callee was full.
    REJECTED = 4, "rejected", Failure;
    /// Nobody can take the call.
    UNAVAILABLE = 5, "unavailable", Failure;
    /// The callee failed.
    ERROR = 6, "error", Failure;
    /// Calls were nested deeper than 64.
    TOO_DEEP = 7, "too_deep", Failure;
    /// The callee went down while it had the call.
    RESET = 8, "reset", Failure;
    /// The callee is down, and its host said so.
    REFUSED = 9, "refused", Failure;
    /// The time for a call with its retries was over.
    DEADLINE = 10, "deadline", Failure;
    /// The change would have taken the value of the row out of its bounds; nothing was changed.
    VIOLATION = 11, "violation", Answer;
    /// The filter has the key, or seems to.
    SEEN = 12, "seen", Answer;
    /// A limit has been reached, or the callee does not allow it now; the answer may say when to come again.
    DENIED = 13, "denied", Failure;
    /// The caller's breaker was open: no message was sent.
    BREAKER_OPEN = 14, "breaker_open", Failure;
    /// The caller's own `limit` did not allow the call: no message was sent.
    THROTTLED = 15, "throttled", Failure;
    /// The queue holds as many messages as it may; it did not take this one.
    FULL = 16, "full", Answer;
    /// The message was not worked on, however often it was delivered.
    DEAD = 17, "dead", Answer;
    /// There was no message.
    EMPTY = 18, "empty", Answer;
}

/// Whether an answer may say that what was asked for is done or will be: `ok`, and whatever a scenario calls its own answers. The
/// other answers that every scenario has say that there was nothing, or no room for it.
pub fn promises(outcome: OutcomeId) -> bool {
    outcome == OK || outcome.index() >= ALL.len()
}

/// The failures that say that the callee could not be reached, whatever it would have answered.
pub const UNREACHED: [OutcomeId; 4] = [TIMEOUT, RESET, REFUSED, UNAVAILABLE];

/// The failures after which a call is tried again unless its edge says otherwise, and which breakers and limits count as such. What
/// the caller's own breaker or limit refuses is not among them: it would refuse the next attempt as well.
pub const RETRIED: [OutcomeId; 6] = [TIMEOUT, RESET, REFUSED, UNAVAILABLE, REJECTED, ERROR];
