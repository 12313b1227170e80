//! Metastability maps: the way up and the way down differ where retries keep an overload up, and agree where nothing does.

use windtunnel::experiment::{Experiment, Input, StormTerms, StormTrigger, Unwatched, storm};
use windtunnel::plan::Document;
use windtunnel::results::{Condition, Regime, Storm};
use windtunnel::scenario::Diagnostics;
use windtunnel::units::Span;

/// Ten workers at 8 ms: 1250 a second. Whoever waits 200 ms gives up, and asks again; those who stand in a full queue wait 400.
fn scenario(retry: &str) -> String {
    format!(
        r#"
[scenario]
duration = "20 s"
[client.c]
arrivals = {{ poisson = "1 k/s" }}
request  = "web.show"
[server.web]
workers = 10
queue   = 500
on.show = [ {{ work = {{ exponential = "8 ms" }} }} ]
[call."c -> web"]
timeout = "200 ms"
{retry}
[fault.slow]
at     = "10 s"
for    = "1 s"
slow   = ["web"]
factor = 3
"#
    )
}

const UNLIMITED: &str = "retry = { attempts = 4 }";
const BUDGET: &str = "retry = { attempts = 4, budget = \"10 %\" }";

fn terms(trigger: StormTrigger) -> StormTerms {
    let second = 1_000_000_000;
    StormTerms {
        loads: vec![0.2, 0.4, 0.8],
        lengths: vec![Span(0), Span(second)],
        step: Span(12 * second),
        trigger,
        within: Some(Span(150_000_000)),
        share: 0.9,
    }
}

fn map(text: &str, terms: &StormTerms) -> Result<Storm, String> {
    let mut diagnostics = Diagnostics::new();
    let (_, document) = Document::parse("storm.toml", text, &[], &mut diagnostics);
    let input = Input { file: "storm.toml", text, settings: &[] };
    let trials = vec![None; terms.lengths.len()];
    let experiment =
        Experiment::new(&document.unwrap(), input, &trials, &mut diagnostics).expect("it is right");
    storm(experiment, terms, &Unwatched).map(|map| map.expect("nobody stops it"))
}

fn regimes(storm: &Storm) -> Vec<Vec<Regime>> {
    storm.rows.iter().map(|row| row.cells.iter().map(|cell| storm.regime(*cell)).collect()).collect()
}

#[test]
fn where_retries_keep_an_overload_up_the_way_back_is_another_one() {
    use Regime::{Collapsed, Metastable, Stable};
    let by_fault = terms(StormTrigger::Fault("slow".to_owned()));
    let storm = map(&scenario(UNLIMITED), &by_fault).unwrap();
    // At 20 % four attempts of everybody are still less than the server can do: it comes back from everything.
    assert_eq!(regimes(&storm), [[Stable, Stable, Stable], [Stable, Metastable, Collapsed]]);
    assert!(storm.has_hysteresis());
    assert_eq!(storm.carries(&storm.rows[0]), Some(0.8));
    // The same load by a surge.
    let storm = map(&scenario(UNLIMITED), &terms(StormTrigger::Surge(3.0))).unwrap();
    assert_eq!(regimes(&storm), [[Stable, Stable, Stable], [Stable, Metastable, Collapsed]]);
}

#[test]
fn where_nothing_does_both_ways_agree() {
    for retry in ["", BUDGET] {
        let storm = map(&scenario(retry), &terms(StormTrigger::Fault("slow".to_owned()))).unwrap();
        assert_eq!(regimes(&storm), [[Regime::Stable; 3]; 2], "{retry}");
        assert!(!storm.has_hysteresis());
    }
}

/// An open queue whose callers wait as long as it takes: 1250 a second are all it can do.
const PATIENT: &str = r#"
[scenario]
duration = "20 s"
[client.c]
arrivals = { poisson = "1 k/s" }
request  = "web.show"
[server.web]
workers = 10
on.show = [ { work = { exponential = "8 ms" } } ]
"#;

/// The loads up to where the way down turns, of what the queue can do.
const PARTS: [f64; 4] = [0.3, 0.5, 0.7, 0.9];

#[test]
fn a_backlog_that_is_worked_off_is_no_metastable_state_however_high_the_load_went() {
    use Condition::{Draining, Stuck, Well};
    let map_to = |height: &[f64], rows: usize| {
        let mut terms = terms(StormTrigger::Surge(1.5));
        terms.loads = PARTS.iter().chain(height).map(|part| part * 1.25).collect();
        terms.lengths.truncate(rows);
        map(PATIENT, &terms).unwrap()
    };
    let (low, high) = (map_to(&[1.3], 2), map_to(&[1.3, 2.0, 3.0], 1));
    for storm in [&low, &high] {
        for row in &storm.rows {
            for (part, cell) in PARTS.iter().zip(&row.cells) {
                assert_eq!(storm.regime(*cell), Regime::Stable, "at {part}: {cell:?}");
            }
            // What never fits piles up on both ways.
            for cell in &row.cells[PARTS.len()..] {
                assert_eq!(storm.regime(*cell), Regime::Collapsed, "{cell:?}");
                assert_eq!([cell.up, cell.down].map(|level| storm.condition(level)), [Stuck, Stuck]);
            }
        }
    }
    // After 12 s at 1.3 of what it can do twice over, some 7 s of work are left, which take 70 s at 0.9 of it, but not
    // as long at 0.3. After three times as much all levels have to work off what is left.
    let downs = |storm: &Storm| -> Vec<Condition> {
        storm.rows[0].cells[..PARTS.len()].iter().map(|cell| storm.condition(cell.down)).collect()
    };
    assert_eq!(downs(&low), [Well, Well, Draining, Draining]);
    assert_eq!(downs(&high), [Draining; 4]);
    // At the end of 0.9 there are 12 s * (2 * (0.3 + 1 + 2) - 0.1) of work, and a tenth of the servers to do it.
    let left = high.rows[0].cells[3].down.empty_in.expect("it falls");
    assert!((left / (12.0 * (2.0 * 3.3 - 0.1) / 0.1) - 1.0).abs() < 0.25, "{left} s");
}

#[test]
fn where_retries_keep_it_up_the_bad_state_does_not_depend_on_how_high_the_load_went() {
    use Regime::{Metastable, Stable};
    for height in [1.5, 3.0] {
        let mut terms = terms(StormTrigger::Surge(3.0));
        terms.loads = vec![0.2, 0.4, 0.8, height];
        terms.lengths.truncate(1);
        let storm = map(&scenario(UNLIMITED), &terms).unwrap();
        assert_eq!(regimes(&storm)[0][..3], [Stable, Metastable, Metastable], "up to {height}");
    }
}

#[test]
fn what_a_limit_stopped_is_not_known() {
    let limited = format!("{PATIENT}[limits]\nin_flight = 2000\n");
    let mut terms = terms(StormTrigger::Surge(1.5));
    terms.loads = vec![0.5, 0.8, 1.5];
    terms.lengths.truncate(1);
    let storm = map(&limited, &terms).unwrap();
    assert_eq!(regimes(&storm), [[Regime::Unknown; 3]]);
    let ups: Vec<Condition> = storm.rows[0].cells.iter().map(|cell| storm.condition(cell.up)).collect();
    assert_eq!(ups, [Condition::Well, Condition::Well, Condition::Unknown]);
    assert_eq!(storm.carries(&storm.rows[0]), Some(0.8));
}

#[test]
fn equal_questions_have_equal_maps() {
    let one = terms(StormTrigger::Surge(3.0));
    let (first, second) =
        (map(&scenario(UNLIMITED), &one).unwrap(), map(&scenario(UNLIMITED), &one).unwrap());
    assert_eq!(first, second);
    assert_ne!(first.rows[0].fingerprint, first.rows[1].fingerprint);
}

#[test]
fn what_has_no_map_says_why() {
    let closed = scenario(UNLIMITED).replace("poisson = \"1 k/s\"", "users = 10, think = \"1 s\"");
    let users = "no client comes at a rate: users who wait for their answers slow down with the system";
    assert_eq!(map(&closed, &terms(StormTrigger::Surge(2.0))), Err(users.to_owned()));
    let unknown = StormTrigger::Fault("fast".to_owned());
    assert_eq!(map(&scenario(BUDGET), &terms(unknown)), Err("there is no fault `fast`".to_owned()));
    let dead = scenario("").replace("work = { exponential = \"8 ms\" }", "fail = \"never\"");
    let nothing = "nothing is answered at the lowest load: there is nothing to compare with";
    let unlimited = StormTerms { within: None, ..terms(StormTrigger::Surge(2.0)) };
    assert_eq!(map(&dead, &unlimited), Err(nothing.to_owned()));
}
