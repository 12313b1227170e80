//! Stdout and stderr: results, messages, and whether they are coloured.

use std::env;
use std::io::{self, ErrorKind, IsTerminal, Write};
use windtunnel::report::text::Style;

/// Prints a part of the result. Whoever reads it may have seen enough: a closed pipe is no error.
pub(super) fn result(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Prints a message beside the result. Nothing can be done if nobody can read it.
pub(super) fn message(text: &str) {
    let _ = writeln!(io::stderr(), "{}", text.trim_end());
}

/// Prints what went wrong, in the form of the diagnostics of scenarios.
pub(super) fn error(text: &str) {
    message(&format!("error: {text}"));
}

/// How many letters a line of stdout holds, if it is a terminal.
pub(super) fn width() -> Option<usize> {
    /// Of one that does not say it.
    const USUAL: usize = 80;
    let said = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    said.or_else(|| io::stdout().is_terminal().then_some(USUAL))
}

/// How results look on stdout.
pub(super) fn style() -> Style {
    let variable = |name: &str| env::var(name).ok();
    style_of(&variable, io::stdout().is_terminal())
}

/// How messages look on stderr.
pub(super) fn message_style() -> Style {
    let variable = |name: &str| env::var(name).ok();
    style_of(&variable, io::stderr().is_terminal())
}

/// The conventions of no-color.org and bixense.com/clicolors: an order not to colour wins, then one to colour.
fn style_of(variable: &dyn Fn(&str) -> Option<String>, is_terminal: bool) -> Style {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    let is_zero = |name: &str| variable(name).is_some_and(|value| value == "0");
    if is_set("NO_COLOR") {
        return Style::Plain;
    }
    if is_set("CLICOLOR_FORCE") && !is_zero("CLICOLOR_FORCE") {
        return Style::Colour;
    }
    let is_dumb = variable("TERM").is_some_and(|value| value == "dumb");
    if is_terminal && !is_dumb && !is_zero("CLICOLOR") { Style::Colour } else { Style::Plain }
}

/// Whether something that moves can be shown on stderr.
pub(super) fn can_animate() -> bool {
    let is_dumb = env::var("TERM").is_ok_and(|value| value == "dumb");
    io::stderr().is_terminal() && !is_dumb && env::var_os("CI").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_unless_somebody_says_otherwise() {
        const TERMINAL: bool = true;
        const PIPE: bool = false;
        for (variables, stdout, expected) in [
            (&[][..], TERMINAL, Style::Colour),
            (&[], PIPE, Style::Plain),
            (&[("NO_COLOR", "1")], TERMINAL, Style::Plain),
            (&[("NO_COLOR", "")], TERMINAL, Style::Colour),
            (&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], TERMINAL, Style::Plain),
            (&[("CLICOLOR_FORCE", "1")], PIPE, Style::Colour),
            (&[("CLICOLOR_FORCE", "0")], PIPE, Style::Plain),
            (&[("CLICOLOR_FORCE", "1"), ("TERM", "dumb")], TERMINAL, Style::Colour),
            (&[("TERM", "dumb")], TERMINAL, Style::Plain),
            (&[("CLICOLOR", "0")], TERMINAL, Style::Plain),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(variable, _)| *variable == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(style_of(&variable, stdout), expected, "{variables:?}");
        }
    }
}
