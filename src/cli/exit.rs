//! How a command ends: exit codes, and errors that are no fault of a run.

use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::Path;
use windtunnel::results::{Results, StopReason, Verdict};

/// How a command ended, the best first: of several the worst counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Exit {
    /// All that was expected holds.
    Pass,
    /// The runs cannot tell.
    Inconclusive,
    /// An objective, a claim or a criterion failed.
    Fail,
    /// The user stopped it.
    Interrupted,
    /// Something could not be read or written, or a run broke its own laws.
    Trouble,
    /// The arguments or the scenario are wrong.
    Invalid,
}

impl Exit {
    /// The code for the shell.
    pub(super) fn code(self) -> u8 {
        match self {
            Exit::Pass => 0,
            Exit::Inconclusive => 3,
            Exit::Fail => 99,
            Exit::Interrupted => 130,
            Exit::Trouble => 1,
            Exit::Invalid => 2,
        }
    }

    /// What the results of a run mean: its verdict, and whether it came to its end.
    pub(super) fn of(results: &Results) -> Exit {
        let verdict = match results.verdict() {
            Some(Verdict::Fail) => Exit::Fail,
            Some(Verdict::Inconclusive) => Exit::Inconclusive,
            Some(Verdict::Pass | Verdict::Skipped) | None => Exit::Pass,
        };
        let end = match results.stop.map(|stop| stop.reason) {
            Some(StopReason::Interrupted) => Exit::Interrupted,
            Some(StopReason::Limit { .. }) => Exit::Inconclusive,
            None => Exit::Pass,
        };
        let laws = if results.laws.broken.is_empty() { Exit::Pass } else { Exit::Trouble };
        verdict.max(end).max(laws)
    }
}

/// Why a command could not go on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Trouble {
    exit: Exit,
    message: String,
}

impl Trouble {
    /// The arguments or the scenario are wrong.
    pub(super) fn invalid(message: impl Into<String>) -> Trouble {
        Trouble { exit: Exit::Invalid, message: message.into() }
    }

    /// Why has been said already.
    pub(super) fn said(exit: Exit) -> Trouble {
        Trouble { exit, message: String::new() }
    }

    /// The arguments and the scenario are right, but something else is not.
    pub(super) fn other(message: impl Into<String>) -> Trouble {
        Trouble { exit: Exit::Trouble, message: message.into() }
    }

    /// A file or folder that was asked for could not be read. That it is not there is the fault of the arguments.
    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Trouble {
        let message = format!("cannot read {}: {error}", path.display());
        let is_absent = matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory);
        if is_absent { Trouble::invalid(message) } else { Trouble::other(message) }
    }

    /// A file or folder could not be written.
    pub(super) fn unwritable(path: &Path, error: impl Display) -> Trouble {
        Trouble::other(format!("cannot write {}: {error}", path.display()))
    }

    /// How the command ends because of it.
    pub(super) fn exit(&self) -> Exit {
        self.exit
    }

    /// What went wrong; empty if it has been said already.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Says it on stderr.
    pub(super) fn tell(&self) -> Exit {
        if !self.message.is_empty() {
            super::print::error(&self.message);
        }
        self.exit
    }
}

impl From<io::Error> for Trouble {
    /// Stdout could not be written.
    fn from(error: io::Error) -> Trouble {
        Trouble::other(format!("cannot write the result: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windtunnel::results::{Laws, Limit, Stop};

    #[test]
    fn the_worst_counts() {
        let mut all =
            [Exit::Pass, Exit::Trouble, Exit::Invalid, Exit::Fail, Exit::Interrupted, Exit::Inconclusive];
        all.sort();
        assert_eq!(all.map(Exit::code), [0, 3, 99, 130, 1, 2]);
    }

    #[test]
    fn a_run_that_stopped_early_does_not_pass() {
        let limit = StopReason::Limit { limit: Limit::Events, value: 1 };
        for (reason, broken, expected) in [
            (None, None, Exit::Pass),
            (Some(limit), None, Exit::Inconclusive),
            (Some(StopReason::Interrupted), None, Exit::Interrupted),
            (Some(StopReason::Interrupted), Some("a law"), Exit::Trouble),
            (None, Some("a law"), Exit::Trouble),
        ] {
            let results = Results {
                stop: reason.map(|reason| Stop { reason, at: 0.0 }),
                laws: Laws { checked: 1, broken: broken.into_iter().map(str::to_owned).collect() },
                ..Results::default()
            };
            assert_eq!(Exit::of(&results), expected, "{reason:?}, {broken:?}");
        }
    }
}
