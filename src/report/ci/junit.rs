//! JUnit's XML, as build servers read it: a suite for each scenario, a case for each expectation.

use super::{Case, Weight};
use crate::report::text::observed;
use crate::results::{Judgement, Results, Verdict};
use std::fmt::{self, Write};

/// The whole document.
pub fn junit(cases: &[Case]) -> String {
    let suites: Vec<Suite> = cases.iter().map(Suite::of).collect();
    let sum = |count: fn(&Suite) -> usize| suites.iter().map(count).sum::<usize>();
    let seconds: f64 = cases.iter().map(|case| case.seconds).sum();
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    text += &format!(
        "<testsuites name=\"windtunnel\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{seconds:.3}\">\n",
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.errors),
        sum(|suite| suite.skipped),
    );
    for (suite, case) in suites.iter().zip(cases) {
        text += &format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{:.3}\">\n{}  </testsuite>\n",
            Xml(&case.file),
            suite.tests,
            suite.failures,
            suite.errors,
            suite.skipped,
            case.seconds,
            suite.body,
        );
    }
    text + "</testsuites>\n"
}

/// A scenario.
#[derive(Default)]
struct Suite {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
    body: String,
}

impl Suite {
    fn of(case: &Case) -> Suite {
        let mut suite = Suite::default();
        if let Some(results) = &case.results {
            suite.properties(results);
            for judgement in results.expectations() {
                suite.judgement(&case.file, judgement);
            }
        }
        // What concerns no expectation is a case of its own: that the scenario can be run, and runs as it should.
        let own = case.findings().into_iter().filter(|finding| {
            finding.problem.weight == Weight::Error
                && (finding.problem.position.is_none() || case.results.is_none())
        });
        let own: Vec<String> = own
            .map(|finding| match finding.problem.position {
                Some((line, _)) => format!("line {line}: {}", finding.problem.message),
                None => finding.problem.message,
            })
            .collect();
        let result = if own.is_empty() { None } else { Some(("error", "scenario", own.join("\n"))) };
        suite.test(&case.file, "it can be run", None, result);
        suite
    }

    fn properties(&mut self, results: &Results) {
        let properties = [
            ("seed", results.seed.to_string()),
            ("replications", results.replications.to_string()),
            ("fingerprint", format!("{:016x}", results.fingerprint)),
            ("scenario.hash", format!("{:016x}", results.subject.hash)),
        ];
        self.body += "    <properties>\n";
        for (name, value) in properties {
            self.body += &format!("      <property name=\"{name}\" value=\"{}\"/>\n", Xml(&value));
        }
        self.body += "    </properties>\n";
    }

    fn judgement(&mut self, file: &str, judgement: &Judgement) {
        let name = format!("{}: {}", judgement.name, judgement.expect);
        let result = match judgement.verdict {
            Verdict::Pass => None,
            Verdict::Skipped => {
                let reason = judgement.reason.unwrap_or("it speaks of a variant that was not run");
                Some(("skipped", "", reason.to_owned()))
            }
            // A warning fails no build.
            Verdict::Fail | Verdict::Inconclusive if !judgement.gates => {
                Some(("skipped", "", observed(judgement)))
            }
            Verdict::Fail => Some(("failure", "fail", observed(judgement))),
            Verdict::Inconclusive => Some(("error", "inconclusive", observed(judgement))),
        };
        self.test(file, &name, Some(judgement.position.0), result);
    }

    /// A case, and what it came to if it did not pass: the element, its type, and the message.
    fn test(
        &mut self,
        file: &str,
        name: &str,
        line: Option<u32>,
        result: Option<(&'static str, &'static str, String)>,
    ) {
        self.tests += 1;
        let class = file.strip_suffix(".toml").unwrap_or(file).replace(['/', '\\'], ".");
        self.body += &format!("    <testcase classname=\"{}\" name=\"{}\"", Xml(&class), Xml(name));
        self.body += &format!(" file=\"{}\"", Xml(file));
        if let Some(line) = line {
            self.body += &format!(" line=\"{line}\"");
        }
        let Some((element, kind, message)) = result else {
            self.body += "/>\n";
            return;
        };
        match element {
            "failure" => self.failures += 1,
            "error" => self.errors += 1,
            _ => self.skipped += 1,
        }
        let kind = if kind.is_empty() { String::new() } else { format!(" type=\"{kind}\"") };
        self.body += &format!(">\n      <{element} message=\"{}\"{kind}/>\n    </testcase>\n", Xml(&message));
    }
}

/// Text in an attribute; what no XML may contain is replaced (XML 1.0, section 2.2).
struct Xml<'a>(&'a str);

impl fmt::Display for Xml<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\t' | '\n' | '\r' => write!(formatter, "&#{};", u32::from(letter))?,
                '\0'..' ' | '\u{fffe}' | '\u{ffff}' => formatter.write_char('\u{fffd}')?,
                _ => formatter.write_char(letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::cases;
    use super::*;

    #[test]
    fn a_suite_for_each_scenario() {
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="windtunnel" tests="9" failures="1" errors="3" skipped="2" time="1.000">
  <testsuite name="a/good.toml" tests="2" failures="0" errors="0" skipped="0" time="0.250">
PROPERTIES    <testcase classname="a.good" name="fast: c.latency.p99 &lt; 100 ms" file="a/good.toml" line="7"/>
    <testcase classname="a.good" name="it can be run" file="a/good.toml"/>
  </testsuite>
  <testsuite name="a/bad.toml" tests="5" failures="1" errors="1" skipped="2" time="0.250">
PROPERTIES    <testcase classname="a.bad" name="slow: c.latency.p99 &lt; 100 ms" file="a/bad.toml" line="7">
      <failure message="150 ms, 50 % above 100 ms" type="fail"/>
    </testcase>
    <testcase classname="a.bad" name="unsure: c.latency.p99 &lt; 100 ms" file="a/bad.toml" line="7">
      <error message="150 ms, 50 % above 100 ms; the interval straddles the limit" type="inconclusive"/>
    </testcase>
    <testcase classname="a.bad" name="hint: c.latency.p99 &lt; 100 ms" file="a/bad.toml" line="7">
      <skipped message="150 ms, 50 % above 100 ms; only a warning"/>
    </testcase>
    <testcase classname="a.bad" name="other: c.latency.p99 &lt; 100 ms" file="a/bad.toml" line="7">
      <skipped message="it speaks of a variant that was not run"/>
    </testcase>
    <testcase classname="a.bad" name="it can be run" file="a/bad.toml"/>
  </testsuite>
  <testsuite name="b,c/un&amp;read.toml" tests="1" failures="0" errors="1" skipped="0" time="0.250">
    <testcase classname="b,c.un&amp;read" name="it can be run" file="b,c/un&amp;read.toml">
      <error message="line 2: unknown key `a,b:c%` in&#10;�[server.web]" type="scenario"/>
    </testcase>
  </testsuite>
  <testsuite name="stopped.toml" tests="1" failures="0" errors="1" skipped="0" time="0.250">
PROPERTIES    <testcase classname="stopped" name="it can be run" file="stopped.toml">
      <error message="stopped by [limits] events = 10 events, at 1.5 s of 0 s&#10;Little at web: 1 against 2" type="scenario"/>
    </testcase>
  </testsuite>
</testsuites>
"#;
        let properties = r#"    <properties>
      <property name="seed" value="0"/>
      <property name="replications" value="0"/>
      <property name="fingerprint" value="0000000000000000"/>
      <property name="scenario.hash" value="0000000000000000"/>
    </properties>
"#;
        assert_eq!(junit(&cases()), expected.replace("PROPERTIES", properties));
    }
}
