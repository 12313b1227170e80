//! What a run says about itself, in scenarios whose culprit is known: one thing is wrong in each, and the sentences must name it
//! with the numbers that its arithmetic gives.

use windtunnel::experiment::{Experiment, Input, Unwatched, perform};
use windtunnel::plan::Document;
use windtunnel::results::{Finding, Results, Severity};
use windtunnel::scenario::Diagnostics;

/// What comes out of the scenario of this name in the folder beside this file.
fn results_of(name: &str) -> Results {
    let path = format!("{}/tests/diagnosis/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect("the scenario is there");
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse(name, &text, &[], &mut diagnostics);
    let input = Input { file: name, text: &text, settings: &[] };
    let experiment =
        document.and_then(|document| Experiment::new(&document, input, &[None], &mut diagnostics));
    let experiment = experiment.unwrap_or_else(|| panic!("{}", diagnostics.lines(&sources)));
    perform(&experiment, &Unwatched).expect("nobody stops it").remove(0)
}

fn sentences(results: &Results) -> String {
    results.diagnosis.iter().map(|finding| format!("{}: {}\n", finding.id, finding.sentence)).collect()
}

/// The first finding of an id.
fn finding<'r>(results: &'r Results, id: &str) -> &'r Finding {
    let found = results.diagnosis.iter().find(|finding| finding.id == id);
    found.unwrap_or_else(|| panic!("nothing is said of {id}:\n{}", sentences(results)))
}

#[track_caller]
fn assert_none(results: &Results, id: &str) {
    let found = results.diagnosis.iter().find(|finding| finding.id == id);
    assert!(found.is_none(), "something is said of {id}:\n{}", sentences(results));
}

#[track_caller]
fn assert_number(finding: &Finding, name: &str, (low, high): (f64, f64)) {
    let value = finding.numbers.get(name).unwrap_or_else(|| panic!("there is no {name}: {finding:?}")).value;
    assert!(value >= low && value <= high, "{name} is {value}, not in {low} to {high}: {}", finding.sentence);
}

#[track_caller]
fn assert_says(finding: &Finding, words: &[&str]) {
    for word in words {
        assert!(finding.sentence.contains(word), "\"{word}\" is not said: {}", finding.sentence);
    }
}

/// Each message is lost with 0.5 %: an attempt fails if one of its two is lost, 1 - 0.995^2 = 0.9975 %, so that there are
/// 1 / (1 - 0.009975) = 1.0101 attempts for each call. Two of four messages of a request cross the link.
#[test]
fn a_lossy_link() {
    let results = results_of("lossy_link");
    let loss = finding(&results, "loss");
    assert_says(loss, &["of the messages from", "were lost"]);
    assert_number(loss, "share", (0.004, 0.006));
    assert_none(&results, "saturation");
}

/// Two layers that try three times: the database sees up to nine attempts for each request of a visitor.
#[test]
fn a_retry_storm() {
    let results = results_of("retry_storm");
    let saturation = finding(&results, "saturation");
    assert_eq!(saturation.component.as_deref(), Some("db"), "{}", saturation.sentence);
    assert_says(saturation, &["db saturated first", "from the start", "until the end", "all 4 workers busy"]);
    let edge = |name: &str| {
        let mut found = results.diagnosis.iter().filter(|finding| finding.id == "amplification");
        found.find(|finding| finding.edge.as_deref() == Some(name)).expect("the edge repeats its calls")
    };
    assert_number(edge("web -> db"), "factor", (2.0, 3.0));
    assert_number(edge("visitors -> web"), "factor", (1.5, 3.0));
    let way = edge("visitors -> web -> db");
    assert_number(way, "factor", (4.0, 9.0));
    assert_says(way, &["attempts multiply to", "for each call of visitors"]);
    let waste = finding(&results, "waste");
    assert_eq!((waste.component.as_deref(), waste.severity), (Some("db"), Severity::Critical));
}

/// 800 / 8 = 100 /s for each, of which the slow one does 8 / 40 ms = 200 /s: busy to a half, four times slower, not full.
#[test]
fn a_slow_replica() {
    let results = results_of("slow_replica");
    assert_none(&results, "saturation");
}

/// Half of 1000 /s and a quarter of the other half, 625 /s, for a shard that does 4 / 7 ms = 571 /s.
#[test]
fn a_hot_shard() {
    let results = results_of("hot_shard");
    let saturation = finding(&results, "saturation");
    let name = saturation.component.as_deref().expect("a component is named");
    assert!(name.starts_with("db["), "not one shard but {name}");
    assert_says(saturation, &["saturated first", "until the end: all 4 workers busy"]);
}

/// All 1000 /s of which the store does 400 /s miss when the cache comes back empty at 41 s.
#[test]
fn a_cold_cache() {
    let results = results_of("cold_cache");
    let saturation = finding(&results, "saturation");
    assert_eq!(saturation.component.as_deref(), Some("db"), "{}", saturation.sentence);
    assert_says(saturation, &["db saturated first, at 4", "restart began)"]);
    let recovery = finding(&results, "recovery");
    assert_eq!(recovery.fault.as_deref(), Some("restart"));
    assert_says(recovery, &["restart: the p95 of visitors rose from", "after it ended"]);
    assert_number(recovery, "recovery", (5.0, 40.0));
    assert_eq!(recovery.severity, Severity::Critical);
}

/// 300 /s of which 400 /s can be served; with four attempts each and answers that come too late it is 1200 /s for ever.
#[test]
fn a_metastable_failure() {
    let results = results_of("metastable");
    let recovery = finding(&results, "recovery");
    assert_eq!((recovery.fault.as_deref(), recovery.severity), (Some("hiccup"), Severity::Critical));
    assert_says(recovery, &["did not recover from hiccup by the end", "a metastable failure"]);
    assert_number(recovery, "goodput.remaining", (0.0, 0.1));
    assert_number(recovery, "offered.remaining", (0.95, 1.05));
    let amplification = finding(&results, "amplification");
    assert_number(amplification, "worst", (3.9, 4.1));
    let waste = finding(&results, "waste");
    assert_eq!(waste.component.as_deref(), Some("web"));
    assert_number(waste, "share", (0.5, 1.0));
    let saturation = finding(&results, "saturation");
    assert_says(saturation, &["web saturated first, at 30", "hiccup began"]);
}

/// The busiest station is busy to 97 %, and nobody waits there.
#[test]
fn the_busiest_station_is_innocent() {
    let results = results_of("innocent");
    assert!(results.metrics["reports.utilization"].value > results.metrics["db.utilization"].value + 0.1);
    for found in &results.diagnosis {
        assert!(found.component.as_deref() != Some("reports"), "{}", found.sentence);
    }
}
