//! What many scenarios came to, in the languages of build servers: JUnit, the annotations of GitHub, a summary in Markdown.

mod github;
mod junit;
mod markdown;

pub use github::annotations;
pub use junit::junit;
pub use markdown::summary;

use super::text::{observed, stopped};
use crate::results::{Judgement, Results, Verdict};

/// A scenario, and what became of it.
#[derive(Clone, Default, Debug)]
pub struct Case {
    /// The file, as it was asked for.
    pub file: String,
    /// The base; none if it was not run.
    pub results: Option<Results>,
    /// What is wrong with its text, or why it was not run.
    pub problems: Vec<Problem>,
    /// How long it took \[s\].
    pub seconds: f64,
}

/// Something that is wrong with a scenario.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// How bad it is.
    pub weight: Weight,
    /// Line and column; none if it belongs to the scenario as a whole.
    pub position: Option<(u32, u32)>,
    /// One sentence without a full stop.
    pub message: String,
}

/// How bad something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Weight {
    /// The check fails because of it.
    Error,
    /// It does not.
    Warning,
}

/// What somebody who looks after a scenario has to know of it, with the title under which it is shown.
struct Finding {
    title: String,
    problem: Problem,
}

impl Case {
    /// Everything that is not as it should be: the text first, then the run, then what was expected of it.
    fn findings(&self) -> Vec<Finding> {
        let said = |problem: &Problem| Finding { title: "scenario".to_owned(), problem: problem.clone() };
        let mut findings: Vec<Finding> = self.problems.iter().map(said).collect();
        let Some(results) = &self.results else { return findings };
        let error = |title: &str, message: String| Finding {
            title: title.to_owned(),
            problem: Problem { weight: Weight::Error, position: None, message },
        };
        findings.extend(results.stop.map(|stop| error("run", stopped(results, stop))));
        findings.extend(results.laws.broken.iter().map(|law| error("law of queueing broken", law.clone())));
        findings.extend(results.expectations().filter(|one| is_broken(one)).map(|judgement| {
            let weight = if judgement.gates { Weight::Error } else { Weight::Warning };
            let message = format!("{}: {}", judgement.expect, observed(judgement));
            let position = Some(judgement.position);
            Finding { title: judgement.name.clone(), problem: Problem { weight, position, message } }
        }));
        findings
    }
}

/// Whether an expectation does not hold, or may not.
fn is_broken(judgement: &Judgement) -> bool {
    matches!(judgement.verdict, Verdict::Fail | Verdict::Inconclusive)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Form, Laws, Limit, Stop, StopReason, Subject};

    /// An expectation of this name with this verdict.
    fn judgement(name: &str, verdict: Verdict, gates: bool) -> Judgement {
        Judgement {
            name: name.to_owned(),
            expect: "c.latency.p99 < 100 ms".to_owned(),
            verdict,
            observed: Some(0.15),
            limit: Some(0.1),
            unit: "s".to_owned(),
            half_width: None,
            gates,
            reason: (verdict == Verdict::Inconclusive).then_some("the interval straddles the limit"),
            operator: "<",
            form: Form::Duration,
            position: (7, 3),
        }
    }

    /// Four scenarios: one that holds, one that does not, one that cannot be read, and one that broke off.
    pub(super) fn cases() -> Vec<Case> {
        let results = |title: &str, objectives: Vec<Judgement>| Results {
            subject: Subject { title: title.to_owned(), ..Subject::default() },
            objectives,
            ..Results::default()
        };
        let named = |file: &str| Case { file: file.to_owned(), seconds: 0.25, ..Case::default() };
        let good = results("A | shop <b>", vec![judgement("fast", Verdict::Pass, true)]);
        let bad = results(
            "Bad",
            vec![
                judgement("slow", Verdict::Fail, true),
                judgement("unsure", Verdict::Inconclusive, true),
                judgement("hint", Verdict::Fail, false),
                judgement("other", Verdict::Skipped, true),
            ],
        );
        let stop = Stop { reason: StopReason::Limit { limit: Limit::Events, value: 10 }, at: 1.5 };
        let laws = Laws { checked: 2, broken: vec!["Little at web: 1 against 2".to_owned()] };
        let unread = Problem {
            weight: Weight::Error,
            position: Some((2, 5)),
            message: "unknown key `a,b:c%` in\n\u{1}[server.web]".to_owned(),
        };
        let lint =
            Problem { weight: Weight::Warning, position: None, message: "nobody asks `web`".to_owned() };
        vec![
            Case { results: Some(good), problems: vec![lint], ..named("a/good.toml") },
            Case { results: Some(bad), ..named("a/bad.toml") },
            Case { problems: vec![unread], ..named("b,c/un&read.toml") },
            Case {
                results: Some(Results { stop: Some(stop), laws, ..results("Stopped", Vec::new()) }),
                ..named("stopped.toml")
            },
        ]
    }

    #[test]
    fn findings_are_what_somebody_has_to_look_at() {
        let found: Vec<(String, Weight)> = cases()
            .iter()
            .flat_map(|case| case.findings())
            .map(|finding| (finding.title, finding.problem.weight))
            .collect();
        let expected = [
            ("scenario", Weight::Warning),
            ("slow", Weight::Error),
            ("unsure", Weight::Error),
            ("hint", Weight::Warning),
            ("scenario", Weight::Error),
            ("run", Weight::Error),
            ("law of queueing broken", Weight::Error),
        ];
        assert_eq!(found, expected.map(|(title, weight)| (title.to_owned(), weight)));
    }
}
