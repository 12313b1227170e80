//! What is wrong with a scenario, said so that its author can mend it: message, place, choices, suggestion.

use super::source::Location;
use super::suggestion::{choices_help, shorten, suggest};
use super::synonym::{EDGE, TARGET, way};
use crate::HELPS;
use crate::mechanism::arrange::Arrange;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can be run; its author may have meant something else.
    Warning,
}

impl Severity {
    /// The word in front of the message.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// Which lint it is; errors have none.
    pub lint: Option<&'static str>,
    /// What is wrong: one sentence without a full stop.
    pub message: String,
    /// Where it stands; `None` when it belongs to the scenario as a whole.
    pub location: Option<Location>,
    /// A short text at the caret; may be empty.
    pub label: String,
    /// The valid choices, a suggestion, or what to do.
    pub help: Option<String>,
    /// Which errors are told first.
    pub rank: Rank,
    /// What the help lacks that only the whole text can tell.
    pub hint: Option<Hint>,
    /// What was probably meant by a name that is unknown.
    pub meant: Option<String>,
}

/// Help that only the whole text can give.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hint {
    /// The value has another form than its key takes: an example of this shape.
    Form(Shape),
    /// The table lacks this key: an example.
    Lacking(String),
    /// The key belongs to an edge: which it is.
    Edge,
    /// The key names somebody: which operation of his.
    Target,
    /// The text is no number: whether it names somebody under the wrong key.
    Count(String),
    /// The text names no operation of a component: which it could be.
    Operation(String),
}

/// The shape of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// A table.
    Table,
    /// An array.
    Array,
    /// Neither.
    Other,
}

/// Which errors are told first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Rank {
    /// It may be why there are others: a header that is not understood.
    Cause,
    /// It stands for itself.
    Plain,
}

impl Diagnostic {
    fn error(location: Option<Location>, message: String) -> Diagnostic {
        let (lint, label, help) = (None, String::new(), None);
        Diagnostic {
            severity: Severity::Error,
            lint,
            message,
            location,
            label,
            help,
            rank: Rank::Plain,
            hint: None,
            meant: None,
        }
    }

    /// Sets the short text at the caret.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Diagnostic {
        if HELPS {
            self.label = label.into();
        }
        self
    }

    /// Sets the help.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Diagnostic {
        self.help = HELPS.then(|| help.into());
        self
    }

    /// Says what was probably meant by a name that is unknown.
    pub fn meant(&mut self, meant: impl Into<String>) -> &mut Diagnostic {
        self.meant = Some(meant.into());
        self
    }

    /// Says which help it lacks until the whole text is known.
    pub fn hint(&mut self, hint: Hint) -> &mut Diagnostic {
        self.hint = Some(hint);
        self
    }

    /// Says that it may be why there are others, which are told after it.
    pub fn cause(&mut self) -> &mut Diagnostic {
        self.rank = Rank::Cause;
        self
    }
}

/// Everything that was found wrong so far.
///
/// At most [`Diagnostics::COUNT_MAX`] are kept, so that a hostile file cannot fill the memory with messages;
/// the rest is only counted.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    error_count: usize,
    omitted_count: usize,
    /// Where the builder methods of a diagnostic write that is not kept.
    overflow: Option<Box<Diagnostic>>,
}

impl Diagnostics {
    /// How many are kept.
    pub const COUNT_MAX: usize = 1_000;

    /// Nothing wrong.
    pub fn new() -> Diagnostics {
        Diagnostics::default()
    }

    /// Adds a diagnostic and returns it for further words.
    pub fn push(&mut self, diagnostic: Diagnostic) -> &mut Diagnostic {
        self.error_count += usize::from(diagnostic.severity == Severity::Error);
        if self.list.len() < Diagnostics::COUNT_MAX {
            self.list.push(diagnostic);
            return self.list.last_mut().expect("one was pushed");
        }
        self.omitted_count += 1;
        self.overflow.insert(Box::new(diagnostic))
    }

    /// Adds an error: `diagnostics.error(location, "message").help("did you mean ...")`.
    pub fn error(
        &mut self,
        location: impl Into<Option<Location>>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        self.push(Diagnostic::error(location.into(), message.into()))
    }

    /// Adds a warning; `lint` is the id by which a scenario can allow it.
    pub fn lint(
        &mut self,
        lint: &'static str,
        location: impl Into<Option<Location>>,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let error = Diagnostic::error(location.into(), message.into());
        self.push(Diagnostic { severity: Severity::Warning, lint: Some(lint), ..error })
    }

    /// All that were kept, in the order in which they were found.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Forgets the warnings for which this does not hold.
    pub fn retain_warnings(&mut self, mut stays: impl FnMut(&Diagnostic) -> bool) {
        self.list.retain(|diagnostic| diagnostic.severity == Severity::Error || stays(diagnostic));
    }

    /// Takes over all of another search.
    pub fn take(&mut self, others: Diagnostics) {
        let errors = others.list.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        self.error_count += others.error_count - errors;
        self.omitted_count += others.omitted_count;
        for diagnostic in others.list {
            self.push(diagnostic);
        }
    }

    /// Takes over the errors of the search in a variant, under its name, as far as they are not known from an earlier one; its
    /// warnings are forgotten.
    pub fn take_errors_of(&mut self, variant: &str, others: Diagnostics) {
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        let kept: Vec<Diagnostic> = others.list.into_iter().filter(is_error).collect();
        let lost = others.error_count - kept.len();
        self.error_count += lost;
        self.omitted_count += lost;
        for mut error in kept {
            let is_same = |known: &Diagnostic| {
                let rest = known.message.strip_prefix(&error.message);
                let repeats =
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(", in the variant `"));
                known.location == error.location && known.severity == error.severity && repeats
            };
            if !self.list.iter().any(is_same) {
                // What stands nowhere in the file, such as the name of the variant itself, is not in it.
                if error.location.is_some() {
                    error.message += &format!(", in the variant `{variant}`");
                }
                self.push(error);
            }
        }
    }

    /// Adds the error that a name is not one of those that exist: "unknown key `capcity` in [cache.hot]",
    /// help "did you mean `capacity`? valid keys: capacity, eviction, ...".
    ///
    /// `kind` is what the name should be in the singular ("key"), `place` where it was looked for (" in
    /// [cache.hot]", or empty).
    pub fn unknown(
        &mut self,
        location: impl Into<Option<Location>>,
        kind: &str,
        name: &str,
        place: &str,
        choices: &[&str],
    ) -> &mut Diagnostic {
        let help = choices_help(kind, name, choices);
        let meant = way(name, choices).map(|(key, _)| key).or_else(|| suggest(name, choices.iter().copied()));
        let error = self.error(location, format!("unknown {kind} `{}`{place}", shorten(name))).help(help);
        error.meant = meant.map(str::to_owned);
        error.hint = match &error.help {
            Some(help) if help.contains(EDGE) => Some(Hint::Edge),
            Some(help) if help.contains(TARGET) => Some(Hint::Target),
            _ => None,
        };
        error
    }

    /// Gives those that wait for a hint what `answer` says, behind the help that they have; `is_there` says whether the table at
    /// a place has what it lacks under another name, of which those that stand there and what they mean are told anyway.
    pub fn resolve(
        &mut self,
        is_there: impl Fn(Location, &str, &[(Location, String)]) -> bool,
        mut answer: impl FnMut(Location, &Hint) -> Option<String>,
    ) {
        let meant = self.list.iter().filter_map(|one| Some((one.location?, one.meant.clone()?)));
        let meant: Vec<(Location, String)> = meant.collect();
        let known = self.list.len();
        self.list.retain(|one| match (&one.hint, one.location) {
            (Some(Hint::Lacking(key)), Some(location)) => !is_there(location, key, &meant),
            _ => true,
        });
        self.error_count -= known - self.list.len();
        for diagnostic in &mut self.list {
            let (Some(location), Some(hint)) = (diagnostic.location, diagnostic.hint.take()) else {
                continue;
            };
            let Some(answer) = answer(location, &hint) else { continue };
            diagnostic.help = Some(match (diagnostic.help.take(), hint) {
                (Some(known), Hint::Lacking(_)) => format!("{known}; {answer}"),
                (Some(known), Hint::Form(_)) => known,
                (Some(known), Hint::Edge) => known.replace(EDGE, &answer),
                (Some(known), Hint::Target) => known.replace(TARGET, &answer),
                (_, Hint::Operation(_) | Hint::Count(_)) | (None, _) => answer,
            });
        }
    }

    /// Whether there is an error among them.
    pub fn has_errors(&self) -> bool {
        self.error_count > 0
    }

    /// How many errors there are.
    pub fn error_count(&self) -> usize {
        self.error_count
    }

    /// How many were not kept.
    pub fn omitted_count(&self) -> usize {
        self.omitted_count
    }

    /// All that were kept, without doubles: what may be the cause of others first, then in the order of the text; what has no
    /// place comes last.
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = self.list.iter().collect();
        let key = |one: &&Diagnostic| (one.rank, one.location.is_none(), one.location);
        sorted.arrange_by_key(key);
        let mut unique: Vec<&Diagnostic> = Vec::new();
        for diagnostic in sorted {
            let same_place =
                unique.iter().rev().take_while(|earlier| earlier.location == diagnostic.location);
            if !same_place.into_iter().any(|earlier| *earlier == diagnostic) {
                unique.push(diagnostic);
            }
        }
        unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Sources;

    #[test]
    fn only_errors_are_errors_and_only_so_many_are_kept() {
        let mut diagnostics = Diagnostics::new();
        for number in 0..Diagnostics::COUNT_MAX + 2 {
            diagnostics.lint("many", None, format!("warning {number}")).help("help");
        }
        assert!(!diagnostics.has_errors());
        diagnostics.error(None, "an error");
        assert!(diagnostics.has_errors());
        assert_eq!((diagnostics.sorted().len(), diagnostics.omitted_count()), (Diagnostics::COUNT_MAX, 3));
        assert!(diagnostics.lines(&Sources::new()).ends_with("and 3 more\n"));
    }
}
