//! The scenario's text, and the command that runs it again.

use super::html::Html;
use crate::results::{Background, Origin, Results};

/// More of a text than this is not shown \[bytes\].
pub(super) const TEXT_MAX: usize = 60_000;

/// The section that shows how to get the same numbers.
pub(super) fn again(results: &Results, background: &Background) -> Html {
    let mut html = Html::new();
    html.element("div", &[("class", "command")], |html| {
        html.leaf("code", &[("id", "command"), ("tabindex", "0")], &command(results, &background.origin));
        html.fixed("<button type=\"button\" class=\"copy\" data-copy=\"command\">copy</button>");
    });
    html.element("p", &[], |html| {
        if super::has_run(results) {
            html.fixed("Whoever runs this gets the same fingerprint, ");
            html.leaf("code", &[], &fingerprint(results));
            html.fixed(", on any machine, with any number of threads: ");
        } else {
            html.fixed("Nothing was simulated; the estimates come from ");
        }
        html.text(&format!("windtunnel {}, seed {}, scenario ", env!("CARGO_PKG_VERSION"), results.seed));
        html.leaf("code", &[], &format!("{:016x}", results.subject.hash));
        html.fixed(".");
    });
    html
}

/// The fingerprint as the other reports write it.
pub(super) fn fingerprint(results: &Results) -> String {
    format!("{:016x}", results.fingerprint)
}

/// The command that runs the same again.
fn command(results: &Results, origin: &Origin) -> String {
    let mut words = vec!["windtunnel".to_owned(), "run".to_owned(), results.subject.file.clone()];
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    if let Some(variant) = &results.subject.variant {
        option("--variant", variant.clone());
    }
    for setting in &origin.settings {
        option("--set", setting.clone());
    }
    if results.seed != origin.seed {
        option("--seed", results.seed.to_string());
    }
    if results.replications_planned != origin.replications {
        option("--replications", results.replications_planned.to_string());
    }
    words.iter().map(|word| quoted(word)).collect::<Vec<String>>().join(" ")
}

/// A word for a POSIX shell.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./=:@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The section of the scenario's text.
pub(super) fn text(_: &Results, background: &Background) -> Html {
    let mut html = Html::new();
    let origin = &background.origin;
    if origin.text.is_empty() {
        return html;
    }
    let shown = origin.text.floor_char_boundary(TEXT_MAX);
    if shown < origin.text.len() {
        html.fixed("<p class=\"note\">The text is long; this is its beginning.</p>");
    }
    html.element("pre", &[("class", "source"), ("tabindex", "0"), ("aria-label", "The scenario")], |html| {
        for (index, line) in origin.text[..shown].lines().enumerate() {
            html.element("span", &[("class", "line"), ("id", &format!("L{}", index + 1))], |html| {
                highlighted(html, line);
                html.fixed("\n");
            });
        }
    });
    html
}

/// Whether the section of a text has it letter by letter.
pub(super) fn is_shown_as_it_is(text: &str) -> bool {
    text.len() <= TEXT_MAX && text.ends_with('\n') && text.chars().all(super::html::is_shown)
}

/// A line of TOML: headers, keys and comments stand out.
fn highlighted(html: &mut Html, line: &str) {
    let (code, comment) = line.split_at(comment_start(line));
    let is_header = code.trim_start().starts_with('[') && code.trim_end().ends_with(']');
    match key_end(code) {
        _ if is_header => html.leaf("b", &[], code),
        Some(end) => {
            html.leaf("i", &[], &code[..end]);
            html.text(&code[end..]);
        }
        None => html.text(code),
    }
    if !comment.is_empty() {
        html.leaf("em", &[], comment);
    }
}

/// Where the comment of a line begins: at the first `#` outside quotes.
fn comment_start(line: &str) -> usize {
    let mut quote = None;
    for (index, letter) in line.char_indices() {
        match (quote, letter) {
            (None, '#') => return index,
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    line.len()
}

/// Where the key of a line ends, if it begins with one.
fn key_end(code: &str) -> Option<usize> {
    let mut quoted = false;
    let equals = code.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '"';
        !quoted && (*letter == '=' || *letter == '{')
    })?;
    (equals.1 == '=' && !code.trim_start().starts_with(['{', '['])).then_some(equals.0)
}

/// The question that a scenario begins with: its first comment, if that is one. A line for editors may stand before it.
pub(super) fn question(text: &str) -> Option<String> {
    const WORD: &str = "# Question:";
    let is_before = |line: &&str| line.trim().is_empty() || line.starts_with("#:");
    let mut lines = text.lines().skip_while(is_before);
    let first = lines.next()?.strip_prefix(WORD)?.trim();
    let rest =
        lines.map_while(|line| line.strip_prefix("# ")).map(str::trim).take_while(|line| !line.is_empty());
    let question = [first].into_iter().chain(rest).collect::<Vec<&str>>().join(" ");
    let mut letters = question.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Subject;

    #[test]
    fn the_command_runs_the_same_again() {
        let subject = Subject {
            file: "it's here/a.toml".to_owned(),
            variant: Some("slow".to_owned()),
            ..Subject::default()
        };
        let results = Results { subject, seed: 7, replications_planned: 3, ..Results::default() };
        let origin = Origin {
            settings: vec!["server.web.instances=4".to_owned(), "client.c.arrivals.poisson=2 k/s".to_owned()],
            seed: 1,
            replications: 1,
            ..Origin::default()
        };
        let expected = "windtunnel run 'it'\\''s here/a.toml' --variant slow --set server.web.instances=4 --set \
                        'client.c.arrivals.poisson=2 k/s' --seed 7 --replications 3";
        assert_eq!(command(&results, &origin), expected);
        let plain = Results { seed: 1, replications_planned: 1, ..Results::default() };
        let origin = Origin { seed: 1, replications: 1, ..Origin::default() };
        assert_eq!(command(&plain, &origin), "windtunnel run ''");
    }

    #[test]
    fn questions_are_read_to_their_end() {
        for (text, expected) in [
            ("# Question: is it\n# enough?\n#\n# The answer\n", Some("Is it enough?")),
            ("\n# Question: why?\n[scenario]\n", Some("Why?")),
            ("#:schema ../windtunnel.schema.json\n\n# Question: why?\n", Some("Why?")),
            ("# A comment\n", None),
            ("", None),
        ] {
            assert_eq!(question(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn lines_of_toml_keep_their_text() {
        for (line, expected) in [
            ("a = \"x # y\" # z", "<i>a </i>= &quot;x # y&quot; <em># z</em>"),
            ("[call.\"web -> urls\"]", "<b>[call.&quot;web -&gt; urls&quot;]</b>"),
            ("\"a = b\" = 1", "<i>&quot;a = b&quot; </i>= 1"),
            ("  { work = \"1 ms\" },", "  { work = &quot;1 ms&quot; },"),
            ("<script>", "&lt;script&gt;"),
        ] {
            let mut html = Html::new();
            highlighted(&mut html, line);
            assert_eq!(html.into_text(), expected);
        }
    }
}
