//! Annotations of GitHub: lines in the log of a step that its pages show beside the line of the file that they speak of.

use super::{Case, Finding, Weight};

/// How many errors, and how many warnings, GitHub shows of one step.
const SHOWN_MAX: usize = 10;

/// A line for each finding, the errors first, as far as they are shown; the last one says how many are not. If there are more,
/// the files take turns, so that no file hides what was found in the others. `place_of` says where in the repository a file lies.
pub fn annotations(cases: &[Case], place_of: &dyn Fn(&str) -> String) -> String {
    let mut text = String::new();
    for (weight, word) in [(Weight::Error, "error"), (Weight::Warning, "warning")] {
        let mut found: Vec<(usize, &Case, Finding)> = Vec::new();
        for case in cases {
            let findings = case.findings().into_iter().filter(|finding| finding.problem.weight == weight);
            found.extend(findings.enumerate().map(|(turn, finding)| (turn, case, finding)));
        }
        let mut shown = found.len();
        if shown > SHOWN_MAX {
            found.sort_by_key(|(turn, ..)| *turn);
            shown = SHOWN_MAX - 1;
        }
        for (_, case, finding) in &found[..shown] {
            let mut place = format!("file={}", property(&place_of(&case.file)));
            if let Some((line, column)) = finding.problem.position {
                place += &format!(",line={line},col={column}");
            }
            let (title, message) = (property(&finding.title), data(&finding.problem.message));
            text += &format!("::{word} {place},title={title}::{message}\n");
        }
        if shown < found.len() {
            text += &format!("::{word} title=windtunnel::and {} more\n", found.len() - shown);
        }
    }
    text
}

/// Text after the colons: a line break would end it.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: a colon or a comma would end it, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::super::tests::cases;
    use super::*;

    #[test]
    fn errors_stand_before_warnings_and_at_their_line() {
        let expected = "\
::error file=a/bad.toml,line=7,col=3,title=slow::c.latency.p99 < 100 ms: 150 ms, 50 %25 above 100 ms
::error file=a/bad.toml,line=7,col=3,title=unsure::c.latency.p99 < 100 ms: 150 ms, 50 %25 above 100 ms; the interval straddles the limit
::error file=b%2Cc/un&read.toml,line=2,col=5,title=scenario::unknown key `a,b:c%25` in%0A\u{1}[server.web]
::error file=stopped.toml,title=run::stopped by [limits] events = 10 events, at 1.5 s of 0 s
::error file=stopped.toml,title=law of queueing broken::Little at web: 1 against 2
::warning file=a/good.toml,title=scenario::nobody asks `web`
::warning file=a/bad.toml,line=7,col=3,title=hint::c.latency.p99 < 100 ms: 150 ms, 50 %25 above 100 ms; only a warning
";
        assert_eq!(annotations(&cases(), &str::to_owned), expected);
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        // The second of the cases has two errors.
        for (count, lines, last) in [(5, 10, ""), (6, 10, "::error title=windtunnel::and 3 more")] {
            let cases = vec![cases().swap_remove(1); count];
            let text = annotations(&cases, &str::to_owned);
            let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("::error")).collect();
            assert_eq!(errors.len(), lines);
            assert!(errors[lines - 1].ends_with(last));
        }
    }

    #[test]
    fn a_file_with_many_errors_hides_no_other_file() {
        let mut cases = cases();
        let many = cases[2].problems[0].clone();
        cases[2].problems = vec![many; 30];
        let text = annotations(&cases, &str::to_owned);
        for case in &cases {
            let expected = annotations(std::slice::from_ref(case), &str::to_owned);
            let first = expected.lines().find(|line| line.starts_with("::error"));
            assert!(first.is_none_or(|line| text.contains(line)), "{text}");
        }
    }
}
