//! Any text is either answered with what is wrong with it, or is a scenario that runs within its limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use windtunnel::experiment::{Experiment, Input, Progress, Signal, Watch, perform};
use windtunnel::plan::{Document, bounds};
use windtunnel::scenario::Diagnostics;

/// More events than this say nothing new.
const EVENTS_MAX: u64 = 50_000;

/// More instances, requests and rows than this take the time of many other inputs.
const LIMITS: &[&str] = &["limits.events=20000", "limits.memory=64 MB", "limits.events_at_one_instant=5000"];

/// Stops runs that have gone on for long enough.
struct Impatient;

impl Watch for Impatient {
    fn look(&self, progress: Progress) -> Signal {
        if progress.events > EVENTS_MAX { Signal::Stop } else { Signal::Continue }
    }
}

fuzz_target!(|text: &str| {
    let settings: Vec<String> = LIMITS.iter().map(|limit| (*limit).to_owned()).collect();
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("fuzz.toml", text, &settings, &mut diagnostics);
    let input = Input { file: "fuzz.toml", text, settings: &settings };
    let experiment =
        document.and_then(|document| Experiment::new(&document, input, &[None], &mut diagnostics));
    let said = diagnostics.lines(&sources);
    let Some(mut experiment) = experiment else {
        assert!(diagnostics.has_errors() && !said.is_empty(), "who refuses a scenario says why");
        return;
    };
    bounds(&experiment.trials[0].scenario.plan);
    experiment.replications = 1;
    let Some(first) = perform(&experiment, &Impatient) else { return };
    let again = perform(&experiment, &Impatient).expect("it ran once");
    assert_eq!(first[0].fingerprint, again[0].fingerprint, "a run is a function of its scenario");
    assert!(first[0].laws.broken.is_empty(), "{:?}", first[0].laws.broken);
});
