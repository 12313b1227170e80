//! Results as one JSON object, for programs.
//!
//! All quantities are in SI base units; numbers are the shortest text that reads back to the same bits. Equal scenarios and
//! seeds give equal objects, to the byte, but for `wall_s`.

use super::ci::{Problem, Weight};
use crate::results::{
    Conservation, FaultShape, Finding, Judgement, Metrics, Remark, Results, Series, StopReason, Subject,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the object's form; it grows when a reader of the old form would misread the new one.
pub const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Object<'r> {
    schema_version: u32,
    scenario: &'r Subject,
    seed: u64,
    replications: u64,
    fingerprint: String,
    metrics: &'r Metrics,
    slo: &'r [Judgement],
    claims: &'r [Judgement],
    #[serde(skip_serializing_if = "<[Judgement]>::is_empty")]
    notes: &'r [Judgement],
    faults: &'r [FaultShape],
    diagnostics: &'r [Remark],
    diagnosis: &'r [Finding],
    #[serde(skip_serializing_if = "Option::is_none")]
    courses: Option<Courses<'r>>,
    conservation: Conservation,
    events: u64,
    wall_s: f64,
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<Stopped>,
}

/// Figures of components over the time of the first replication, by name.
#[derive(Serialize)]
struct Courses<'r> {
    /// The edges of the bins; one more than there are values.
    edges_s: &'r [f64],
    values: BTreeMap<&'r str, &'r [Option<f64>]>,
}

impl Courses<'_> {
    fn of(series: &Series) -> Option<Courses<'_>> {
        let lines = series.components.iter().flat_map(|one| &one.courses).flat_map(|course| &course.lines);
        let values: BTreeMap<_, _> = lines.map(|line| (line.name.as_str(), &line.values[..])).collect();
        (!values.is_empty()).then_some(Courses { edges_s: &series.edges, values })
    }
}

#[derive(Serialize)]
struct Stopped {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    at_s: f64,
}

/// The object, on lines, with a newline at its end. `wall` is how long it took \[s\]: the only part that depends on the clock or
/// the machine.
pub fn json(results: &Results, wall: f64) -> String {
    let object = Object {
        schema_version: SCHEMA_VERSION,
        scenario: &results.subject,
        seed: results.seed,
        replications: results.replications,
        fingerprint: format!("{:016x}", results.fingerprint),
        metrics: &results.metrics,
        slo: &results.objectives,
        claims: &results.claims,
        notes: &results.notes,
        faults: &results.faults,
        diagnostics: &results.remarks,
        diagnosis: &results.diagnosis,
        courses: Courses::of(&results.series),
        conservation: results.conservation,
        events: results.events,
        wall_s: wall,
        complete: results.stop.is_none(),
        stopped: results.stop.map(|stop| {
            let (reason, limit) = match stop.reason {
                StopReason::Interrupted => ("interrupted", None),
                StopReason::Limit { limit, value } => (limit.key(), Some(value)),
            };
            Stopped { reason, limit, at_s: stop.at }
        }),
    };
    let text = serde_json::to_string_pretty(&object).expect("maps with text keys and numbers are JSON");
    text + "\n"
}

/// What stands in the place of the object of a scenario that was not run.
#[derive(Serialize)]
struct NotRun<'r> {
    schema_version: u32,
    scenario: Named<'r>,
    error: &'r str,
    diagnostics: Vec<Told<'r>>,
    complete: bool,
}

#[derive(Serialize)]
struct Named<'r> {
    file: &'r str,
}

/// Something that is wrong, as a [`Remark`] says it.
#[derive(Serialize)]
struct Told<'r> {
    severity: &'static str,
    message: &'r str,
    file: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u32>,
}

/// The object of a scenario that was not run: its file, the first error, and all that is wrong with it.
pub fn not_run(file: &str, problems: &[Problem]) -> String {
    let told = |problem: &'_ Problem| match problem.weight {
        Weight::Error => "error",
        Weight::Warning => "warning",
    };
    let first = problems.iter().find(|problem| problem.weight == Weight::Error);
    let object = NotRun {
        schema_version: SCHEMA_VERSION,
        scenario: Named { file },
        error: first.map_or("interrupted before it was run", |problem| &problem.message),
        diagnostics: problems
            .iter()
            .map(|problem| Told {
                severity: told(problem),
                message: &problem.message,
                file,
                line: problem.position.map(|(line, _)| line),
                column: problem.position.map(|(_, column)| column),
            })
            .collect(),
        complete: false,
    };
    let text = serde_json::to_string_pretty(&object).expect("texts and numbers are JSON");
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{
        Around, ClientAround, ComponentSeries, Course, CourseLine, FaultShape, Figure, Form, Limit, Severity,
        Stop, Verdict,
    };

    #[test]
    fn the_object_of_the_contract() {
        let mut results = Results {
            subject: Subject {
                title: "A \"queue\"".into(),
                file: "a.toml".into(),
                hash: 0xab,
                ..Subject::default()
            },
            seed: 1,
            replications: 2,
            fingerprint: 0x1f,
            objectives: vec![Judgement {
                name: "fast".into(),
                expect: "a.latency.p99 < 100 ms".into(),
                verdict: Verdict::Inconclusive,
                observed: None,
                limit: Some(0.1),
                unit: "s".into(),
                half_width: None,
                gates: true,
                reason: Some("nothing happened"),
                operator: "<",
                form: Form::Duration,
                position: (3, 1),
            }],
            faults: vec![
                FaultShape {
                    name: "lost".into(),
                    condition: "crash",
                    targets: "db.primary".into(),
                    from: Some(-0.5),
                    until: Some(2.0),
                    text: String::new(),
                    clients: vec![ClientAround {
                        client: "a".into(),
                        availability: Around { before: Some(1.0), during: Some(0.5), after: None },
                        latency_p99: Around::default(),
                    }],
                },
                FaultShape {
                    name: "disks".into(),
                    condition: "crash",
                    targets: "db".into(),
                    from: None,
                    until: None,
                    text: String::new(),
                    clients: Vec::new(),
                },
            ],
            remarks: vec![Remark {
                severity: "warning",
                id: Some("no_timeout"),
                message: "calls can wait".into(),
                file: Some("a.toml".into()),
                line: Some(3),
                column: Some(7),
                label: String::new(),
                help: None,
            }],
            diagnosis: vec![
                Finding {
                    edge: Some("web -> db".into()),
                    from: Some(1.5),
                    ..Finding::new("waste", Severity::Warning, "9 % were wasted".into())
                }
                .with("share", 0.09, "1"),
            ],
            conservation: Conservation { born: 3, completed: 1, failed: 1, in_flight: 1 },
            events: 9,
            stop: Some(Stop { reason: StopReason::Limit { limit: Limit::InFlight, value: 7 }, at: -0.5 }),
            ..Results::default()
        };
        let figure = Figure { value: 0.1 + 0.2, unit: "s", low: Some(1e-300), high: None };
        results.metrics.insert("a.rate".into(), figure);
        let expected = r#"{
  "schema_version": 1,
  "scenario": {
    "title": "A \"queue\"",
    "file": "a.toml",
    "variant": null,
    "hash": "00000000000000ab"
  },
  "seed": 1,
  "replications": 2,
  "fingerprint": "000000000000001f",
  "metrics": {
    "a.rate": {
      "value": 0.30000000000000004,
      "unit": "s",
      "low": 1e-300
    }
  },
  "slo": [
    {
      "name": "fast",
      "expect": "a.latency.p99 < 100 ms",
      "verdict": "inconclusive",
      "observed": null,
      "limit": 0.1,
      "unit": "s",
      "gates": true,
      "reason": "nothing happened"
    }
  ],
  "claims": [],
  "faults": [
    {
      "name": "lost",
      "condition": "crash",
      "targets": "db.primary",
      "from_s": -0.5,
      "until_s": 2.0,
      "clients": [
        {
          "client": "a",
          "availability": {
            "before": 1.0,
            "during": 0.5,
            "after": null
          },
          "latency_p99": {
            "before": null,
            "during": null,
            "after": null
          }
        }
      ]
    },
    {
      "name": "disks",
      "condition": "crash",
      "targets": "db"
    }
  ],
  "diagnostics": [
    {
      "severity": "warning",
      "id": "no_timeout",
      "message": "calls can wait",
      "file": "a.toml",
      "line": 3,
      "column": 7,
      "label": "",
      "help": null
    }
  ],
  "diagnosis": [
    {
      "id": "waste",
      "severity": "warning",
      "sentence": "9 % were wasted",
      "edge": "web -> db",
      "from_s": 1.5,
      "numbers": {
        "share": {
          "value": 0.09,
          "unit": "1"
        }
      }
    }
  ],
  "conservation": {
    "born": 3,
    "completed": 1,
    "failed": 1,
    "in_flight": 1
  },
  "events": 9,
  "wall_s": 0.25,
  "complete": false,
  "stopped": {
    "reason": "in_flight",
    "limit": 7,
    "at_s": -0.5
  }
}
"#;
        assert_eq!(json(&results, 0.25), expected);
        results.stop = None;
        let complete = json(&results, 0.25);
        assert!(complete.ends_with("\"complete\": true\n}\n"), "{complete}");
    }

    #[test]
    fn courses_are_there_where_there_are_some() {
        let line = |name: &str, values: &[Option<f64>]| CourseLine {
            label: String::new(),
            name: name.into(),
            values: values.to_vec(),
        };
        let lines = vec![line("db.lag.mean", &[None, Some(0.5)]), line("db.lag.max", &[None, Some(2.0)])];
        let lag = Course { name: "db.lag".into(), meaning: String::new(), form: Form::Duration, lines };
        let db = ComponentSeries { courses: vec![lag], ..ComponentSeries::default() };
        let series = Series { edges: vec![0.0, 1.0, 1.5], components: vec![db], ..Series::default() };
        let text = json(&Results { series, ..Results::default() }, 0.0);
        let object: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
        let values = serde_json::json!({ "db.lag.max": [null, 2.0], "db.lag.mean": [null, 0.5] });
        let expected = serde_json::json!({ "edges_s": [0.0, 1.0, 1.5], "values": values });
        assert_eq!(object["courses"], expected);
    }
}
