//! How diagnostics are shown: a line each, or as compilers show them, with the line of the text and carets.

use super::diagnostic::{Diagnostic, Diagnostics};
use super::source::Sources;
use std::fmt::Write;

impl Diagnostics {
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
        match self.omitted_count() {
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
    text += &format!("{}: {}", word(diagnostic), diagnostic.message);
    if let Some(help) = &diagnostic.help {
        text += &format!(" ({help})");
    }
    // Names in messages come from the file; what they hide must not reach a terminal.
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] }).collect()
}

/// What stands before the message: `error`, `warning[overload]`.
fn word(diagnostic: &Diagnostic) -> String {
    let severity = diagnostic.severity.word();
    diagnostic.lint.map_or_else(|| severity.to_owned(), |lint| format!("{severity}[{lint}]"))
}

#[cfg(feature = "cli")]
mod carets {
    use annotate_snippets::{
        Annotation, AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str,
    };

    use super::line;
    use crate::scenario::diagnostic::{Diagnostic, Diagnostics, Severity};
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
pub use carets::{render, render_coloured};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::source::Location;

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
}
