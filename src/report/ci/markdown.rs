//! A summary in Markdown, as the pages of a build show it: a table of the scenarios, and below it what is wrong.

use super::{Case, Weight, is_broken};
use crate::report::number::grouped;
use crate::report::text::verdict_word;
use crate::results::Verdict;

/// Longer summaries are cut: GitHub refuses those above 1 MiB.
const BYTES_MAX: usize = 900_000;

/// The table and the findings, under a heading.
pub fn summary(heading: &str, cases: &[Case]) -> String {
    let mut text = format!("### windtunnel: {}\n\n", cell(heading));
    text += "| | scenario | | holds | requests | fingerprint |\n|---|---|---|---:|---:|---|\n";
    for case in cases {
        text += &row(case);
    }
    for case in cases {
        let findings = case.findings();
        if findings.is_empty() {
            continue;
        }
        text += &format!("\n**{}**\n\n", code(&case.file));
        for finding in findings {
            let mark = if finding.problem.weight == Weight::Error { "✗" } else { "!" };
            let line = finding.problem.position.map_or(String::new(), |(line, _)| format!(" (line {line})"));
            let (title, message) = (cell(&finding.title), code(&finding.problem.message));
            text += &format!("- {mark} {title}{line}: {message}\n");
        }
        if text.len() > BYTES_MAX {
            text.truncate(text.floor_char_boundary(BYTES_MAX));
            return text + "\n\nThe rest is left out: it is too long.\n";
        }
    }
    text
}

fn row(case: &Case) -> String {
    let Some(results) = &case.results else {
        return format!("| ✗ | {} | NOT RUN | | | |\n", code(&case.file));
    };
    let judged: Vec<_> =
        results.expectations().filter(|one| one.gates && one.verdict != Verdict::Skipped).collect();
    let broken = judged.iter().filter(|one| is_broken(one)).count();
    let word = verdict_word(results);
    let mark = if matches!(word, "PASS" | "DONE") { "✓" } else { "✗" };
    format!(
        "| {mark} | {} {} | {word} | {} of {} | {} | {} |\n",
        code(&case.file),
        cell(&results.subject.title),
        judged.len() - broken,
        judged.len(),
        grouped(results.conservation.born),
        code(&format!("{:016x}", results.fingerprint)),
    )
}

/// Text in a cell of a table: what Markdown or HTML would read in it is written otherwise.
fn cell(text: &str) -> String {
    let mut written = String::new();
    for letter in text.chars() {
        match letter {
            '&' => written += "&amp;",
            '<' => written += "&lt;",
            '>' => written += "&gt;",
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '~' | '#' | '@' => {
                written += &format!("&#{};", u32::from(letter));
            }
            // A line break would end it.
            _ if letter.is_control() => written.push(' '),
            _ => written.push(letter),
        }
    }
    written
}

/// Text as it stands in a file.
fn code(text: &str) -> String {
    format!("<code>{}</code>", cell(text))
}

#[cfg(test)]
mod tests {
    use super::super::tests::cases;
    use super::*;

    #[test]
    fn a_row_for_each_scenario_and_a_line_for_each_finding() {
        let expected = "\
### windtunnel: 4 scenarios: 1 fails

| | scenario | | holds | requests | fingerprint |
|---|---|---|---:|---:|---|
| ✓ | <code>a/good.toml</code> A &#124; shop &lt;b&gt; | PASS | 1 of 1 | 0 | <code>0000000000000000</code> |
| ✗ | <code>a/bad.toml</code> Bad | FAIL | 0 of 2 | 0 | <code>0000000000000000</code> |
| ✗ | <code>b,c/un&amp;read.toml</code> | NOT RUN | | | |
| ✗ | <code>stopped.toml</code> Stopped | PARTIAL | 0 of 0 | 0 | <code>0000000000000000</code> |

**<code>a/good.toml</code>**

- ! scenario: <code>nobody asks &#96;web&#96;</code>

**<code>a/bad.toml</code>**

- ✗ slow (line 7): <code>c.latency.p99 &lt; 100 ms: 150 ms, 50 % above 100 ms</code>
- ✗ unsure (line 7): <code>c.latency.p99 &lt; 100 ms: 150 ms, 50 % above 100 ms; the interval straddles the limit</code>
- ! hint (line 7): <code>c.latency.p99 &lt; 100 ms: 150 ms, 50 % above 100 ms; only a warning</code>

**<code>b,c/un&amp;read.toml</code>**

- ✗ scenario (line 2): <code>unknown key &#96;a,b:c%&#96; in  &#91;server.web&#93;</code>

**<code>stopped.toml</code>**

- ✗ run: <code>stopped by &#91;limits&#93; events = 10 events, at 1.5 s of 0 s</code>
- ✗ law of queueing broken: <code>Little at web: 1 against 2</code>
";
        assert_eq!(summary("4 scenarios: 1 fails", &cases()), expected);
    }

    #[test]
    fn a_summary_is_not_too_long() {
        let text = summary("many", &vec![cases().swap_remove(1); 10_000]);
        assert!(text.len() < 1 << 20 && text.ends_with("it is too long.\n"), "{}", text.len());
    }
}
