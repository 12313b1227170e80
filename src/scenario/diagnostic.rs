//! What is wrong with a scenario, said so that its author can mend it: message, place, choices, suggestion.

use std::fmt::Write;

use super::source::{Location, Sources};
use super::synonym::{EDGE, synonym, way};

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

    /// What stands before the message: `error`, `warning[overload]`.
    fn word(&self) -> String {
        let severity = self.severity.word();
        self.lint.map_or_else(|| severity.to_owned(), |lint| format!("{severity}[{lint}]"))
    }

    /// Sets the short text at the caret.
    pub fn label(&mut self, label: impl Into<String>) -> &mut Diagnostic {
        self.label = label.into();
        self
    }

    /// Sets the help.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Diagnostic {
        self.help = Some(help.into());
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
        error.hint = error.help.as_ref().filter(|help| help.contains(EDGE)).map(|_| Hint::Edge);
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
        sorted.sort_by_key(key);
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

    /// One line each, without colours: `file:line:column: error: message (help)`.
    pub fn lines(&self, sources: &Sources) -> String {
        let mut text = String::new();
        for diagnostic in self.sorted() {
            let _ = writeln!(text, "{}", line(diagnostic, sources));
        }
        text + &self.omission()
    }

    /// "and 3 more" when not all were kept.
    fn omission(&self) -> String {
        match self.omitted_count {
            0 => String::new(),
            count => format!("and {count} more\n"),
        }
    }
}

/// `file:line:column: error: message (help)`.
fn line(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let mut text = String::new();
    if let Some(location) = diagnostic.location {
        let position = sources.position(location);
        text = format!("{}:{}:{}: ", sources.name(location.source), position.line, position.column);
    }
    text += &format!("{}: {}", diagnostic.word(), diagnostic.message);
    if let Some(help) = &diagnostic.help {
        text += &format!(" ({help})");
    }
    // Names in messages come from the file; what they hide must not reach a terminal.
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// The candidate nearest to a word, if it is near enough to be meant: the Damerau-Levenshtein distance (F.
/// Damerau, 1964) is at most a third of the word's length, and at least one slip is forgiven. If there is none, one with
/// the same stem and another ending, as in "retries" for "retry", or the only one that goes on as the word begins. Of equally
/// near ones the first. The same word in other letters, and what others call by it, go before all.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let plain = word.to_lowercase().replace(['-', ' '], "_");
    // Some write a path where a name is enough: `fault.lost`.
    let last = plain.rsplit('.').next();
    let is_same = |candidate: &&str| {
        let candidate = candidate.to_lowercase();
        candidate == plain || Some(candidate.as_str()) == last
    };
    if let Some(ours) = candidates.iter().copied().find(is_same).or_else(|| synonym(word, &candidates)) {
        return Some(ours);
    }
    let length = word.chars().count();
    let distance_max = (length / 3).max(1);
    let near = |candidate: &str| {
        let gap = candidate.chars().count().abs_diff(length);
        let distance = if gap > distance_max { gap } else { strsim::damerau_levenshtein(word, candidate) };
        let is_near = distance <= distance_max || has_stem_of(candidate, word);
        is_near.then_some((distance > distance_max, distance))
    };
    let measured = candidates.iter().filter_map(|candidate| Some((near(candidate)?, *candidate)));
    let nearest = measured.min_by_key(|&(rank, _)| rank).map(|(_, name)| name);
    nearest.or_else(|| {
        let mut begun =
            candidates.iter().filter(|candidate| length >= STEM_MIN && candidate.starts_with(&plain));
        begun.next().copied().filter(|_| begun.next().is_none())
    })
}

/// As many letters tell a word from another one.
const STEM_MIN: usize = 4;

/// Whether two words begin with the same four letters or more, and differ in a short ending only.
fn has_stem_of(one: &str, other: &str) -> bool {
    const ENDING_MAX: usize = 3;
    let stem = one.chars().zip(other.chars()).take_while(|(left, right)| left == right).count();
    let longest = one.chars().count().max(other.chars().count());
    stem >= STEM_MIN && longest - stem <= ENDING_MAX
}

/// The help of [`Diagnostics::unknown`]: a suggestion where one is near, and the choices.
pub(crate) fn choices_help(kind: &str, name: &str, choices: &[&str]) -> String {
    /// More choices than this are no help any more.
    const SHOWN_MAX: usize = 40;
    let mut help = match (way(name, choices), suggest(name, choices.iter().copied())) {
        (Some((_, way)), _) => format!("{way}; "),
        (None, Some(near)) => format!("did you mean `{near}`? "),
        (None, None) => String::new(),
    };
    if choices.is_empty() {
        return format!("there is no {kind} to choose from");
    }
    let shown = &choices[..choices.len().min(SHOWN_MAX)];
    help += &format!("valid {}: {}", plural(kind), shown.join(", "));
    if shown.len() < choices.len() {
        help += ", ...";
    }
    help
}

/// The plural of an English noun, as far as ours go.
fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    }
}

/// A text that is quoted in a message, cut where it is longer than anyone wants to read.
pub(crate) fn shorten(text: &str) -> String {
    /// Longer than any name; a line of a message holds it.
    const SHOWN_MAX: usize = 60;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(feature = "cli")]
mod render {
    use annotate_snippets::{
        Annotation, AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str,
    };

    use super::{Diagnostic, Diagnostics, Severity, line};
    use crate::scenario::source::{Location, Sources};

    /// A longer line is not shown.
    const LINE_BYTES_MAX: usize = 2_000;

    /// All diagnostics as a compiler shows them: message, file, line, column, the line with carets, and help.
    pub fn render(diagnostics: &Diagnostics, sources: &Sources) -> String {
        render_by(&Renderer::plain(), diagnostics, sources)
    }

    /// The same in colours, by the escape sequences of terminals.
    pub fn render_coloured(diagnostics: &Diagnostics, sources: &Sources) -> String {
        render_by(&Renderer::styled(), diagnostics, sources)
    }

    fn render_by(renderer: &Renderer, diagnostics: &Diagnostics, sources: &Sources) -> String {
        let shown: Vec<String> =
            diagnostics.sorted().into_iter().map(|one| render_one(one, sources, renderer)).collect();
        shown.join("\n\n") + "\n" + &diagnostics.omission()
    }

    /// The first line of a location with carets. Only this line is handed over: the renderer walks all that it is
    /// given. `None` when the line is too long to be shown.
    fn snippet<'a>(
        diagnostic: &'a Diagnostic,
        location: Location,
        sources: &'a Sources,
    ) -> Option<Snippet<'a, Annotation<'a>>> {
        let (text, range) = (sources.text(location.source), sources.range(location));
        let start = text[..range.start].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[range.start..].find('\n').map_or(text.len(), |newline| range.start + newline);
        if end - start > LINE_BYTES_MAX {
            return None;
        }
        // What ends a line of a file from Windows is no part of it.
        let end = start + text[start..end].trim_end_matches('\r').len();
        let span = range.start.min(end) - start..range.end.min(end) - start;
        let mut annotation = AnnotationKind::Primary.span(span);
        if !diagnostic.label.is_empty() {
            annotation = annotation.label(diagnostic.label.as_str());
        }
        let line = sources.position(location).line as usize;
        let snippet = Snippet::source(&text[start..end]).line_start(line).path(sources.name(location.source));
        Some(snippet.annotation(annotation))
    }

    fn render_one(diagnostic: &Diagnostic, sources: &Sources, renderer: &Renderer) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut title = level.primary_title(diagnostic.message.as_str());
        if let Some(lint) = diagnostic.lint {
            title = title.id(lint);
        }
        let mut group = Group::with_title(title);
        if let Some(location) = diagnostic.location {
            let Some(snippet) = snippet(diagnostic, location, sources) else {
                return line(diagnostic, sources);
            };
            group = group.element(snippet);
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
        }
        renderer.render(&[group])
    }
}

#[cfg(feature = "cli")]
pub use render::{render, render_coloured};

#[cfg(test)]
mod tests {
    use super::*;

    fn at(source: u16, start: u32, end: u32) -> Location {
        Location { source, start, end }
    }

    fn example() -> (Sources, Diagnostics) {
        let mut sources = Sources::new();
        sources.add("shop.toml", "[cache.hot]\ncapcity = 1\nttl = \"5 m\"\n");
        sources.add("--set", "cache.hot.x=1");
        let mut diagnostics = Diagnostics::new();
        diagnostics.error(at(1, 0, 11), "no such path");
        diagnostics.lint("no_question", None, "nothing is asked");
        diagnostics.error(at(0, 33, 34), "unknown unit").label("here").help("write `min`");
        let capacity = ["capacity", "eviction", "ttl"];
        diagnostics.unknown(at(0, 12, 19), "key", "capcity", " in [cache.hot]", &capacity);
        diagnostics.unknown(at(0, 12, 19), "key", "capcity", " in [cache.hot]", &capacity);
        (sources, diagnostics)
    }

    #[test]
    fn lines_stand_in_the_order_of_the_text_without_doubles() {
        let (sources, diagnostics) = example();
        let expected = "\
shop.toml:2:1: error: unknown key `capcity` in [cache.hot] (did you mean `capacity`? valid keys: capacity, eviction, ttl)
shop.toml:3:10: error: unknown unit (write `min`)
--set:1:1: error: no such path
warning[no_question]: nothing is asked
";
        assert_eq!(diagnostics.lines(&sources), expected);
    }

    #[cfg(feature = "cli")]
    #[test]
    fn rendering_shows_the_line_with_carets() {
        let (sources, diagnostics) = example();
        let expected = "\
error: unknown key `capcity` in [cache.hot]
 --> shop.toml:2:1
  |
2 | capcity = 1
  | ^^^^^^^
  |
  = help: did you mean `capacity`? valid keys: capacity, eviction, ttl

error: unknown unit
 --> shop.toml:3:10
  |
3 | ttl = \"5 m\"
  |          ^ here
  |
  = help: write `min`

error: no such path
 --> --set:1:1
  |
1 | cache.hot.x=1
  | ^^^^^^^^^^^

warning[no_question]: nothing is asked
";
        assert_eq!(render(&diagnostics, &sources), expected);
    }

    #[cfg(feature = "cli")]
    #[test]
    fn rendering_shows_one_line_at_most_and_none_that_is_too_long() {
        for (text, end, expected) in [
            ("a = [\n1,\n]\n".to_owned(), 11, "error: no\n --> x:1:5\n  |\n1 | a = [\n  |     ^\n"),
            (format!("a = {}", "1".repeat(5_000)), 9, "x:1:5: error: no\n"),
        ] {
            let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
            let source = sources.add("x", &text).unwrap();
            diagnostics.error(at(source, 4, end), "no");
            assert_eq!(render(&diagnostics, &sources), expected);
        }
    }

    #[test]
    fn control_characters_of_names_are_escaped() {
        let mut diagnostics = Diagnostics::new();
        diagnostics.unknown(None, "key", "a\u{1b}[2J\n", "", &["b\r"]);
        let expected = "error: unknown key `a\\u{1b}[2J\\n` (valid keys: b\\r)\n";
        assert_eq!(diagnostics.lines(&Sources::new()), expected);
        #[cfg(feature = "cli")]
        assert!(!render(&diagnostics, &Sources::new()).contains(['\u{1b}', '\r']));
    }

    #[test]
    fn suggestions_are_near() {
        for (word, candidates, expected) in [
            ("capcity", &["capacity", "eviction"][..], Some("capacity")),
            ("evcition", &["capacity", "eviction"], Some("eviction")),
            ("ab", &["abc", "cd"], Some("abc")),
            ("xy", &["abc", "cd"], None),
            ("p98", &["p50", "p99"], Some("p99")),
            ("", &["a", "bb"], Some("a")),
            ("zebra", &[], None),
            ("retries", &["deadline", "retry"], Some("retry")),
            ("retrial", &["deadline", "retry"], Some("retry")),
            ("concurrency", &["concurrency_limit"], Some("concurrency_limit")),
            ("round", &["round_robin", "random"], Some("round_robin")),
            ("round", &["round_robin", "round_trip"], None),
            ("LRU", &["arc", "lru"], Some("lru")),
            ("fault.lost", &["lost", "found"], Some("lost")),
            ("Round-Robin", &["round_robin", "random"], Some("round_robin")),
            ("jsq", &["least_outstanding", "random"], Some("least_outstanding")),
            ("Least-Connections", &["least_outstanding", "random"], Some("least_outstanding")),
            ("p2c", &["power_of_d", "random"], Some("power_of_d")),
            ("maglev", &["ring", "modulo"], Some("ring")),
            ("maglev", &["random", "hash_ring"], Some("hash_ring")),
            ("lru_k", &["lru", "2q"], Some("2q")),
            ("lru_k", &["lru", "fifo"], None),
            ("jsq", &["fifo", "random"], None),
        ] {
            assert_eq!(suggest(word, candidates.iter().copied()), expected, "{word}");
        }
    }

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

    #[test]
    fn many_or_no_choices() {
        let many: Vec<String> = (0..50).map(|number| format!("choice_{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let help = choices_help("policy", "nothing like it", &many);
        assert!(
            help.starts_with("valid policies: choice_0, ") && help.ends_with(", choice_39, ..."),
            "{help}"
        );
        assert_eq!(choices_help("fault", "x", &[]), "there is no fault to choose from");
    }
}
