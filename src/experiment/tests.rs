use super::*;
use crate::plan::Document;
use crate::results::{Limit, StopReason, Verdict};
use crate::scenario::Diagnostics;
use std::sync::atomic::{AtomicU64, Ordering};

const SHOP: &str = r#"
[scenario]
title = "A shop"
duration = "20 s"
warm_up = "1 s"
replications = 4
[network]
round_trip = { within = "0 s" }
[client.visitors]
arrivals = { poisson = "40 /s" }
request = "web.ask"
[server.web]
workers = 1
[server.web.on]
ask = [ { work = { exponential = "20 ms" } } ]
[slo]
fast = "visitors.latency.p50 < 1 s"
early = "visitors.latency.p50 < 1 s from 2 s to 4 s"
nobody = "visitors.failed.latency.mean < 1 s"
[claim]
slower = "visitors.latency.mean @ slow > visitors.latency.mean"
equal = "visitors.offered @ slow == visitors.offered"
[variant.slow]
title = "Slower"
set = { "server.web.on.ask[0].work" = { exponential = "22 ms" } }
"#;

fn build(text: &str, settings: &[&str], variants: &[Option<&str>]) -> Result<Experiment, String> {
    let settings: Vec<String> = settings.iter().map(|setting| setting.to_string()).collect();
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("shop.toml", text, &settings, &mut diagnostics);
    let input = Input { file: "shop.toml", text, settings: &settings };
    let experiment =
        document.and_then(|document| Experiment::new(&document, input, variants, &mut diagnostics));
    experiment.ok_or_else(|| diagnostics.lines(&sources))
}

fn performed(settings: &[&str], variants: &[Option<&str>]) -> Vec<Results> {
    perform(&build(SHOP, settings, variants).unwrap(), &Unwatched).unwrap()
}

fn verdicts(results: &Results) -> Vec<(&str, Verdict)> {
    results.expectations().map(|judgement| (judgement.name.as_str(), judgement.verdict)).collect()
}

#[test]
fn one_replication_is_a_plain_run() {
    let results = performed(&["scenario.replications=1"], &[None]);
    let experiment = build(SHOP, &[], &[None]).unwrap();
    let outcome = run(&experiment.trials[0], 1, &Unwatched).unwrap();
    assert_eq!((results[0].fingerprint, results[0].events), (outcome.fingerprint, outcome.events));
    assert_eq!(results[0].conservation, outcome.conservation);
    assert_eq!(results[0].series, outcome.series);
    assert!(results[0].metrics["visitors.rate"].low.is_none());
    assert_eq!(results[0].laws.broken, Vec::<String>::new());
    use Verdict::{Inconclusive, Pass, Skipped};
    let expected =
        [("fast", Pass), ("early", Pass), ("nobody", Inconclusive), ("slower", Skipped), ("equal", Skipped)];
    assert_eq!(verdicts(&results[0]), expected);
    assert_eq!(
        results[0].expectations().map(|judgement| judgement.half_width).collect::<Vec<_>>(),
        [None; 5]
    );
}

#[test]
fn replications_differ_and_have_intervals() {
    let results = performed(&[], &[None, Some("slow")]);
    let base = &results[0];
    assert_eq!((base.replications, base.replications_planned), (4, 4));
    let rate = &base.metrics["visitors.offered"];
    let (low, high) = (rate.low.unwrap(), rate.high.unwrap());
    assert!(low < rate.value && rate.value < high && (rate.value - 40.0).abs() < 4.0, "{rate:?}");
    assert_ne!(base.fingerprint, performed(&["scenario.replications=1"], &[None])[0].fingerprint);
    assert_ne!(base.fingerprint, results[1].fingerprint);
    // Seeds are common, so the same requests come, and a small difference is seen although the intervals overlap.
    use Verdict::{Inconclusive, Pass};
    let expected =
        [("fast", Pass), ("early", Pass), ("nobody", Inconclusive), ("slower", Pass), ("equal", Pass)];
    assert_eq!(verdicts(base), expected);
    let (slow, fast) = (&results[1].metrics["visitors.latency.mean"], &base.metrics["visitors.latency.mean"]);
    assert!(slow.low < fast.high, "{slow:?} {fast:?}");
    assert_eq!(results[1].claims, []);
    assert_eq!(results[1].subject.variant_title.as_deref(), Some("Slower"));
    assert_ne!(results[0].subject.hash, results[1].subject.hash);
}

#[cfg(feature = "cli")]
#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let experiment = build(SHOP, &[], &[None, Some("slow")]).unwrap();
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| perform(&experiment, &Unwatched)).unwrap()
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn a_limit_stops_a_run_and_nothing_passes() {
    let results = &performed(&["scenario.replications=1", "limits.events=500"], &[None])[0];
    let stop = results.stop.unwrap();
    assert_eq!(stop.reason, StopReason::Limit { limit: Limit::Events, value: 500 });
    assert!(stop.at > 0.0 && stop.at < 20.0 && results.events == 500, "{stop:?}");
    assert_eq!(verdicts(results)[0], ("fast", Verdict::Inconclusive));
    assert_eq!(results.objectives[0].reason, Some("so far: the run stopped before its end"));
    assert!(results.objectives[0].observed.is_some());
    let late = &performed(&["scenario.replications=1", "limits.events=20"], &[None])[0];
    assert!(late.stop.unwrap().at < 0.0, "the warm-up is before time zero");
}

/// Expectations of a run of 20 s, some of which are decided before its end.
const DECIDED_EARLY: &str = r#"
[slo]
throughput = "visitors.rate > 39 /s"
wrong = "visitors.errors < 1"
over_and_held = "visitors.latency.p50 < 1 s from 2 s to 4 s"
over_and_missed = "visitors.latency.p50 > 1 s from 2 s to 4 s"
served = "web.rate > 1 /s from 2 s to 4 s"
busy = "web.utilization > 99.9 % from 2 s to 4 s"
largest = "visitors.latency.max < 1 ms"
larger = "visitors.latency.max > 30 ms"
waiting = "web.queue.max < 1000"
born = "run.born < 100"
of_both = "(visitors.latency.p50 from 2 s to 4 s) < visitors.latency.p50 from 12 s to 14 s"
to_come = "visitors.latency.p50 < 1 s from 12 s to 14 s"
"#;

#[test]
fn what_the_rest_of_a_run_could_change_is_not_judged() {
    use Verdict::{Fail, Inconclusive, Pass};
    let text = SHOP.split("[slo]").next().unwrap().to_owned() + DECIDED_EARLY;
    let slow = "server.web.on.ask[0].work=\"60 ms\"";
    let verdicts = |settings: &[&str]| {
        let results = perform(&build(&text, settings, &[None]).unwrap(), &Unwatched).unwrap().remove(0);
        let all = results.expectations().map(|one| (one.name.clone(), one.verdict, one.reason));
        (results.stop, all.collect::<Vec<_>>())
    };
    let of = |settings: &[&str], name: &str| {
        let (stop, all) = verdicts(settings);
        assert!(stop.is_some_and(|stop| stop.at > 4.0 && stop.at < 12.0), "{stop:?}");
        all.into_iter()
            .find(|(known, ..)| known == name)
            .map(|(_, verdict, reason)| (verdict, reason))
            .unwrap()
    };
    let so_far = Some("so far: the run stopped before its end");
    let one = ["scenario.replications=1", "limits.events=700"];
    for (name, expected) in [
        ("throughput", (Inconclusive, so_far)),
        ("wrong", (Inconclusive, so_far)),
        ("over_and_held", (Pass, None)),
        ("over_and_missed", (Fail, None)),
        ("served", (Pass, None)),
        ("busy", (Fail, None)),
        ("largest", (Fail, None)),
        ("larger", (Pass, None)),
        ("waiting", (Inconclusive, so_far)),
        ("born", (Fail, None)),
        ("to_come", (Inconclusive, Some("the run stopped before it could tell"))),
    ] {
        assert_eq!(of(&one, name), expected, "{name}");
    }
    // Whoever came in a time that is over may still wait.
    let one = ["scenario.replications=1", "limits.events=450", slow];
    assert_eq!(of(&one, "over_and_missed"), (Inconclusive, so_far));
    assert_eq!(of(&one, "served"), (Pass, None));
    // The interval over several runs may become wider than that over their beginnings.
    let four = ["limits.events=700"];
    assert_eq!(of(&four, "born"), (Inconclusive, so_far));
    assert_eq!(of(&four, "busy"), (Fail, None));
    // Whatever is judged early is judged like that in the end.
    for work in ["server.web.on.ask[0].work=\"10 ms\"", slow] {
        let (stop, whole) = verdicts(&["scenario.replications=1", work]);
        assert!(stop.is_none());
        for events in (100..2_400).step_by(100) {
            let limit = format!("limits.events={events}");
            let (_, partial) = verdicts(&["scenario.replications=1", work, &limit]);
            for ((name, early, _), (_, late, _)) in partial.iter().zip(&whole) {
                assert!(early == late || *early == Inconclusive, "{name} after {events} events: {early:?}");
            }
        }
    }
}

/// Stops everything at the so-manieth look.
struct Impatient(AtomicU64);

impl Watch for Impatient {
    fn look(&self, _progress: Progress) -> Signal {
        let left = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() { Signal::Continue } else { Signal::Stop }
    }
}

#[test]
fn whoever_watches_may_stop() {
    let long = ["scenario.duration=\"1 h\"", "scenario.replications=1"];
    let interrupted =
        |looks| perform(&build(SHOP, &long, &[None]).unwrap(), &Impatient(AtomicU64::new(looks)));
    assert!(interrupted(0).is_none(), "nothing was run");
    let results = interrupted(1).unwrap();
    let stop = results[0].stop.unwrap();
    assert_eq!((stop.reason, results[0].events), (StopReason::Interrupted, 1 << 17));
    assert!(stop.at > 1_000.0 && stop.at < 3_600.0, "{stop:?}");
    assert!(results[0].metrics["visitors.offered"].value > 35.0);
    assert_eq!(results[0].series.edges.last(), Some(&stop.at));
}

#[cfg(feature = "cli")]
#[test]
fn what_was_finished_before_an_interruption_counts() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    // A short run is looked at twice.
    let experiment = build(SHOP, &[], &[None]).unwrap();
    let results = pool.install(|| perform(&experiment, &Impatient(AtomicU64::new(4)))).unwrap();
    assert_eq!((results[0].replications, results[0].replications_planned), (2, 4));
    assert_eq!(results[0].stop.unwrap().reason, StopReason::Interrupted);
    // A long one in between as well; the second run is stopped after its first breath and does not count beside a whole one.
    let experiment = build(SHOP, &["scenario.duration=\"1 h\"", "scenario.replications=2"], &[None]).unwrap();
    let breaths = run(&experiment.trials[0], 1, &Unwatched).unwrap().events >> 17;
    let looks = AtomicU64::new(2 + breaths + 1);
    let results = pool.install(|| perform(&experiment, &Impatient(looks))).unwrap();
    assert_eq!((results[0].replications, results[0].events >> 17), (1, breaths));
    assert_eq!(results[0].objectives[0].verdict, Verdict::Inconclusive);
    assert!(results[0].stop.is_some_and(|stop| stop.at < 3_600.0));
}

#[test]
fn what_is_wrong_with_expectations_is_said_before_the_run() {
    for (setting, expected) in [
        (
            "slo.fast=\"visitors.latncy.p50 < 1 s\"",
            "unknown metric `visitors.latncy.p50` (did you mean `visitors.latency.p50`? `windtunnel list metrics` shows all)",
        ),
        ("slo.fast=\"x < 1 s\"", "unknown name `x`"),
        (
            "slo.fast=\"x.y < 1 s\"",
            "unknown metric `x.y` (there is no `x`; there are visitors, web: `windtunnel list metrics` shows all)",
        ),
        (
            "slo.fast=\"visitors.rate @ slwo < 1 /s\"",
            "unknown variant `slwo` (did you mean `slow`? valid variants: slow)",
        ),
        (
            "slo.fast=\"web.cpu.utilization @ slow < 1\"",
            "unknown metric `web.cpu.utilization` in the variant `slow`",
        ),
        ("slo.fast=\"visitors.rate < 1 s\"", "a rate cannot be compared with a duration"),
        ("slo.fast=\"visitors.rate < 1 /s from 30 s to 40 s\"", "the run ends before this window begins"),
        (
            "slo.fast=\"visitors.rate.max < 1 /s from 1 s to 2 s\"",
            "`visitors.rate.max` is known of the measured time as a whole only",
        ),
    ] {
        let message =
            build(SHOP, &[setting], &[None]).err().unwrap_or_else(|| panic!("{setting} is accepted"));
        assert!(message.contains(expected), "{setting}: {message}");
        assert!(message.starts_with("--set:1:"), "{message}");
    }
    // A variant without the expectation does not cut its time there.
    let text = SHOP.replace("[variant.slow]", "late = \"visitors.offered @ slow > 0 /s from 3 s to 5 s\"\n[variant.slow]\nremove = [\"claim.late\"]");
    let message = build(&text, &[], &[None, Some("slow")]).err().unwrap();
    assert!(
        message.contains("this window is not measured: the expectation that names it was taken away"),
        "{message}"
    );
    // Nor does it keep the load of a single instance.
    let text = SHOP.replace("[variant.slow]", "calm = \"visitors.offered > 0 /s from 3 s to 5 s\"\nlate = \"web[0].rate @ slow > 0 /s from 3 s to 5 s\"\n[variant.slow]\nremove = [\"claim.late\"]");
    let message = build(&text, &[], &[None, Some("slow")]).err().unwrap();
    assert!(
        message.contains("this window is not measured: the expectation that names it was taken away"),
        "{message}"
    );
}

#[test]
fn a_variant_may_be_without_what_an_objective_of_the_base_speaks_of() {
    let text = SHOP
        .replace("[slo]\n", "[cache.hot]\ncapacity = \"9 objects\"\n[slo]\nhot = \"hot.hits == 0\"\n")
        .replace("[variant.slow]", "[variant.slow]\nremove = [\"cache.hot\"]");
    let settings = ["scenario.replications=1"];
    let results = perform(&build(&text, &settings, &[None, Some("slow")]).unwrap(), &Unwatched).unwrap();
    let told = |results: &Results| {
        let hot = &results.objectives[0];
        (hot.verdict, hot.reason, hot.is_told())
    };
    assert_eq!(told(&results[0]), (Verdict::Pass, None, true));
    assert_eq!(told(&results[1]), (Verdict::Skipped, Some("not in this variant"), true));
    assert_eq!(
        verdicts(&results[1])[1..],
        [("fast", Verdict::Pass), ("early", Verdict::Pass), ("nobody", Verdict::Inconclusive)]
    );
    // What is asked for must have it, and so must whatever a claim names; a slip is none of the variant's.
    let claim = "claim.hot=\"hot.hits @ slow == 0\"";
    for (settings, variants, expected) in [
        (&[][..], &[Some("slow")][..], "unknown metric `hot.hits` in the variant `slow`"),
        (&[claim], &[None, Some("slow")], "unknown metric `hot.hits` in the variant `slow`"),
        (&["slo.hot=\"hto.hits == 0\""], &[None, Some("slow")], "unknown metric `hto.hits`"),
    ] {
        let message = build(&text, settings, variants).err().unwrap();
        assert!(message.contains(expected), "{settings:?}: {message}");
    }
}

#[test]
fn faults_are_windows_also_of_a_variant_without_them() {
    const HERD: &str = r#"
[scenario]
duration = "20 s"
warm_up = "1 s"
[client.herd]
arrivals = { batches = [ { at = "4 s", count = 6 }, { at = "8 s", count = 30 } ] }
request = "web.ask"
[server.web]
workers = 1
on.ask = [ { work = "1 ms" } ]
[fault.f]
at = "3 s"
until = "5 s"
slow = "web"
factor = 2
[fault.open]
at = "5 s"
slow = "web"
factor = 2
[campaign.often]
slow = "web"
factor = 2
mttf = "1 day"
mttr = "1 s"
[claim]
during = "herd.offered == 3 /s during f"
calm = "herd.offered @ calm == 3 /s during f"
late = "herd.offered @ late == 15 /s during f"
before = "herd.offered == 0 /s before f"
after = "herd.offered == 2 /s after f"
soon = "herd.offered == 7.5 /s after f for 4 s"
open = "herd.offered == 2 /s during open"
[variant.calm]
remove = ["fault.f"]
[variant.late]
set = { "fault.f" = { at = "7 s", until = "9 s" } }
"#;
    let experiment = build(HERD, &[], &[None, Some("calm"), Some("late")]).unwrap();
    let results = perform(&experiment, &Unwatched).unwrap();
    for claim in &results[0].claims {
        assert_eq!(claim.verdict, Verdict::Pass, "{}: {:?}", claim.expect, claim.observed);
    }
    assert_eq!(results[0].claims.len(), 7);
    let shape = |fault: &crate::results::FaultShape| (fault.name.clone(), fault.from, fault.until);
    let shapes: Vec<_> = results[0].faults.iter().map(shape).collect();
    let expected = [("f", Some(3.0), Some(5.0)), ("often", None, None), ("open", Some(5.0), Some(20.0))];
    assert_eq!(shapes, expected.map(|(name, from, until)| (name.to_owned(), from, until)));
}

#[test]
fn the_content_hash_changes_with_everything_that_is_read() {
    let settings = ["a=1".to_owned()];
    let of = |text, settings, variant| content_hash(Input { file: "x", text, settings }, variant);
    let hashes = [
        of("a", &[][..], None),
        of("b", &[], None),
        of("a", &settings, None),
        of("a", &[], Some("a=1")),
        of("a", &settings, Some("v")),
    ];
    let mut unique = hashes.to_vec();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), hashes.len());
    assert_eq!(of("a", &[], None), content_hash(Input { file: "y", text: "a", settings: &[] }, None));
}

#[test]
fn what_clients_see_around_a_fault_is_what_windows_say() {
    let faults = r#"
[fault.slow_web]
at = "5 s"
for = "4 s"
slow = "web"
factor = 2
[campaign.random]
mttf = "5 s"
mttr = "1 s"
slow = "web"
factor = 2
[fault.warming]
at = "-1 s"
for = "1 s"
slow = "web"
factor = 2
"#;
    let windows = |limit: &str, name: &str| {
        let one = |word: &str| format!("{name}_{word} = \"{limit} {word} slow_web\"\n");
        ["before", "during", "after"].map(one).concat()
    };
    let expectations = format!(
        "{}{}",
        windows("visitors.latency.p99 < 9 s", "p"),
        windows("visitors.availability < 9", "a")
    );
    let text = SHOP.replace("[claim]", &format!("{expectations}[claim]")) + faults;
    let results = perform(&build(&text, &[], &[None]).unwrap(), &Unwatched).unwrap().remove(0);
    let observed = |name: &str| {
        let found = results.objectives.iter().find(|judgement| judgement.name == name);
        found.unwrap_or_else(|| panic!("{name} is judged")).observed
    };
    let of = |name: &str| results.faults.iter().find(|fault| fault.name == name).expect("it is there");
    let [client] = &of("slow_web").clients[..] else { panic!("one client") };
    assert_eq!(client.client, "visitors");
    for (around, name) in [(client.latency_p99, "p"), (client.availability, "a")] {
        for (value, word) in [(around.before, "before"), (around.during, "during"), (around.after, "after")] {
            let observed = observed(&format!("{name}_{word}"));
            assert!(observed.is_some());
            assert_eq!(value, observed, "{name}_{word}");
        }
    }
    assert_eq!(of("random").clients, []);
    let warming = &of("warming").clients[0].availability;
    assert_eq!((warming.before, warming.during), (None, None));
    assert!(warming.after.is_some());
}
