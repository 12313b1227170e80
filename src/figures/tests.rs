//! The figures of whole scenarios.

use super::*;
use crate::measure::timeline::Window;
use crate::plan::{Document, Plan, build};
use crate::results::TheoryCheck;
use crate::scenario::{Diagnostics, Dimension};
use crate::units::{Span, Time};
use crate::world::Pause;

/// The plan of a scenario; `text` begins with the keys of `[scenario]`.
fn plan(text: &str) -> Plan {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) =
        Document::parse("test.toml", &format!("[scenario]\n{text}"), &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    match scenario {
        Some(scenario) if !diagnostics.has_errors() => scenario.plan,
        _ => panic!("{text}\n{}", diagnostics.lines(&sources)),
    }
}

fn figure(world: &World<'_>, name: &str, window: Window) -> Option<f64> {
    let definition = Catalogue::of(world.plan()).get(name).unwrap_or_else(|| panic!("{name} is no metric"));
    value(world, definition.metric, window)
}

/// Ten requests a second, each 50 ms of the only worker; in the middle four seconds a herd of 30 more comes, of which a
/// queue of 9 takes 9.
const BUSY: &str = r#"
duration = "12 s"
warm_up = "2 s"
[network]
round_trip = { within = "0 s" }
[client.steady]
arrivals = { even = "10 /s" }
request = "web.show"
[client.herd]
arrivals = { batches = [ { at = "5.02 s", count = 30 } ] }
session = [ { call = "web.list", on_found = [ { return = "found" } ] } ]
[server.web]
workers = 1
queue = 9
[server.web.on]
show = [ { work = "50 ms" } ]
list = [ { work = "10 ms" }, { return = "found" } ]
[slo]
calm = "steady.latency.p99 < 60 ms from 0 s to 4 s"
crowd = "steady.latency.p99 < 60 ms from 4 s to 8 s"
"#;

#[test]
fn figures_of_a_run_that_can_be_followed_by_hand() {
    let plan = plan(BUSY);
    let mut world = World::new(&plan, 1);
    assert_eq!(world.run_to_end(), Pause::End);
    let timeline = &world.recorder().timeline;
    let at = |seconds: u64| Time(0) + Span::from_seconds(2.0 + seconds as f64);
    let (calm, crowd) = (timeline.window(at(0), at(4)), timeline.window(at(4), at(8)));
    // At 5.00 s comes a steady request, at 5.02 s the herd: 9 wait, 21 are turned away; at 5.05 s the first of them starts,
    // and until 5.14 s nine are served. The steady request of 5.10 s finds 4 of them and waits 40 ms.
    for (name, window, expected) in [
        ("steady.offered", calm, Some(10.0)),
        ("steady.rate", calm, Some(10.0)),
        ("steady.availability", calm, Some(1.0)),
        ("steady.latency.mean", calm, Some(0.05)),
        ("steady.latency.max", crowd, Some(0.09)),
        ("steady.latency.p50", calm, Some(0.05)),
        ("steady.failed.latency.mean", calm, None),
        ("steady.outcome.ok", crowd, Some(40.0)),
        ("steady.rate.max", calm, None),
        ("steady.rate.max", timeline.whole(), Some(10.0)),
        ("herd.availability", calm, None),
        ("herd.errors", calm, None),
        ("herd.errors.timeout", calm, None),
        ("herd.outcome.ok", calm, None),
        ("herd.rate", calm, Some(0.0)),
        ("herd.availability", crowd, Some(0.3)),
        ("herd.errors", crowd, Some(21.0)),
        ("herd.errors.rejected", timeline.whole(), Some(21.0)),
        ("herd.errors.timeout", crowd, Some(0.0)),
        ("herd.outcome.found", crowd, Some(9.0)),
        ("herd.outcome.ok", crowd, Some(0.0)),
        ("herd.list.latency.max", crowd, Some(0.12)),
        ("herd.list.latency.p99_99", crowd, Some(0.12)),
        ("herd.failed.latency.max", crowd, Some(0.0)),
        ("herd.rate.max", timeline.whole(), Some(9.0)),
        ("web.utilization", calm, Some(0.5)),
        ("web.utilization", crowd, Some((40.0 * 0.05 + 9.0 * 0.01) / 4.0)),
        ("web[0].utilization", timeline.whole(), Some((120.0 * 0.05 + 9.0 * 0.01) / 12.0)),
        ("web[0].utilization", crowd, None),
        ("web.queue.max", calm, Some(0.0)),
        ("web.queue.max", crowd, Some(9.0)),
        // Waits of 30, 40, ..., 110 ms, and the one of 40 ms.
        ("web.queue.mean", crowd, Some((0.63 + 0.04) / 4.0)),
        ("web.wait.mean", crowd, Some(0.67 / 49.0)),
        ("web.list.wait.max", crowd, Some(0.11)),
        ("web.show.wait.mean", crowd, Some(0.001)),
        ("web.sojourn.mean", calm, Some(0.05)),
        ("web.rejected", crowd, Some(21.0)),
        ("web.list.rejected", calm, Some(0.0)),
        ("web.rate", crowd, Some(49.0 / 4.0)),
        ("web.rate.max", timeline.whole(), Some(19.0)),
        ("web.list.rate.max", timeline.whole(), Some(9.0)),
        ("call.herd->web.attempts", crowd, Some(30.0)),
        ("call.herd->web.retries", crowd, Some(0.0)),
        ("link.local->local.messages", calm, Some(80.0)),
        ("run.born", timeline.whole(), Some(170.0)),
        ("run.born", calm, None),
    ] {
        let actual = figure(&world, name, window);
        let near = match (actual, expected) {
            // A percentile is the upper end of a step of a thousandth.
            (Some(actual), Some(expected)) => {
                (actual - expected).abs() <= if name.contains(".p") { 1e-3 } else { 1e-9 }
            }
            (actual, expected) => actual == expected,
        };
        assert!(near, "{name} in {window:?}: {actual:?} instead of {expected:?}");
    }
    let course = series(&world);
    assert_eq!((course.edges[0], course.edges.last()), (0.0, Some(&12.0)));
    let (steady, herd, web) = (&course.clients[1], &course.clients[0], &course.components[0]);
    assert_eq!(
        (steady.name.as_str(), steady.rate.len() + 1, steady.errors.len()),
        ("steady", course.edges.len(), 0)
    );
    assert_eq!((herd.errors.len(), herd.errors[0].0.as_str()), (1, "rejected"));
    let lengths = course.edges.windows(2).map(|edges| edges[1] - edges[0]);
    let busy: f64 = web.utilization.iter().zip(lengths).map(|(share, length)| share * length).sum();
    assert!((busy - 6.09).abs() < 1e-9, "{busy}");
    assert!(herd.latency[0].1.iter().filter(|value| value.is_some()).count() == 1);
    let ladders = ladders(&world);
    assert_eq!(ladders.iter().map(|ladder| ladder.name.as_str()).collect::<Vec<_>>(), ["herd", "steady"]);
    assert_eq!(ladders[0].steps.last(), Some(&(1.0 - 0.5 / 9.0, 0.12)));
    assert_eq!(summary(&laws(&world)), "all 5 laws hold");
}

/// Utilisation is that of what is there: instances that are up, with the workers and cores that faults leave them.
#[test]
fn utilization_by_hand_under_crashes_and_other_limits() {
    // Ten requests a second of 100 ms keep exactly one of 4 workers and 2 cores busy, whenever there is one; from 2 s to 7 s of
    // 10 s the only instance is down, or has 2 workers and 1 core, or both: down from 4 s to 5 s, too.
    let down = "[fault.f]\nat = \"2 s\"\nfor = \"5 s\"\ncrash = [\"web\"]\n";
    let less = "[fault.f]\nat = \"2 s\"\nfor = \"5 s\"\ncapacity = [\"web\"]\nworkers = 2\ncores = 1\n";
    let both = format!("{less}[fault.g]\nat = \"4 s\"\nfor = \"1 s\"\ncrash = [\"web\"]\n");
    let more = less.replace("workers = 2", "workers = 16");
    let shared = "discipline = \"processor_sharing\"\n";
    // Faults; discipline; of the whole time, and of the fault: busy workers and cores, each with what is there; the busiest bin.
    for (faults, discipline, workers, cores, workers_then, cores_then, busiest) in [
        ("", "", (10, 40), (10, 20), None, None, 0.25),
        (down, "", (5, 20), (5, 10), None, None, 0.25),
        (less, "", (10, 20 + 10), (10, 10 + 5), Some((5, 10)), Some((5, 5)), 0.5),
        (&both, "", (9, 20 + 8), (9, 10 + 4), Some((4, 8)), Some((4, 4)), 0.5),
        (&more, "", (10, 20 + 80), (10, 10 + 5), Some((5, 80)), Some((5, 5)), 0.25),
        (down, shared, (5, 10), (0, 0), None, None, 0.5),
        (less, shared, (10, 10 + 5), (0, 0), Some((5, 5)), None, 1.0),
    ] {
        let text = format!(
            "duration = \"10 s\"\nwarm_up = \"1 s\"\n[network]\nround_trip = {{ within = \"0 s\" }}\n\
             [client.c]\narrivals = {{ even = \"10 /s\" }}\nrequest = \"web.show\"\n\
             [server.web]\nworkers = 4\ncores = 2\n{discipline}on.show = [ {{ work = \"100 ms\" }} ]\n{faults}\
             [slo]\nthen = \"c.availability > 0 % from 2 s to 7 s\"\n"
        );
        let plan = plan(&text);
        let mut world = World::new(&plan, 1);
        world.run_to_end();
        let timeline = &world.recorder().timeline;
        let at = |seconds: f64| Time(0) + Span::from_seconds(1.0 + seconds);
        let during = timeline.window(at(2.0), at(7.0));
        let during_faults = |share: Option<(u32, u32)>| share.filter(|_| !faults.is_empty());
        for (name, window, expected) in [
            ("web.utilization", timeline.whole(), Some(workers)),
            ("web[0].utilization", timeline.whole(), Some(workers)),
            ("web.utilization", during, during_faults(workers_then)),
            ("web.cpu.utilization", timeline.whole(), Some(cores)),
            ("web[0].cpu.utilization", timeline.whole(), Some(cores)),
            ("web.cpu.utilization", during, during_faults(cores_then)),
        ] {
            if (discipline == shared && name.contains("cpu")) || (faults.is_empty() && window == during) {
                continue;
            }
            let expected = expected.map(|(busy, there)| f64::from(busy) / f64::from(there));
            let found = figure(&world, name, window);
            let is_close = found.zip(expected).map(|(found, expected)| (found - expected).abs() < 1e-9);
            assert!(is_close.unwrap_or(found == expected), "{name}: {found:?} {expected:?}\n{text}");
        }
        let shown = &series(&world).components[0].utilization;
        let most = shown.iter().copied().fold(0.0, f64::max);
        assert!((most - busiest).abs() < 1e-9, "{shown:?}\n{text}");
    }
}

#[test]
fn a_run_that_stopped_early_has_the_figures_of_what_it_reached() {
    let plan = plan(BUSY);
    let mut world = World::new(&plan, 1);
    assert_eq!(world.run(Time(0) + Span::from_seconds(5.0), u64::MAX), Pause::End);
    let whole = world.recorder().timeline.whole();
    // Three of twelve seconds.
    assert_eq!(figure(&world, "steady.offered", whole), Some(10.0));
    assert_eq!(figure(&world, "web.utilization", whole), Some(0.5));
    assert_eq!(figure(&world, "web[0].utilization", whole), Some(0.5));
    assert_eq!(figure(&world, "steady.offered", Window { first: whole.end - 1, end: whole.end }), None);
    assert_eq!(series(&world).edges.last(), Some(&3.0));
}

/// Three shards with a replica each; one of the primaries is down for a time.
const SHARDS: &str = r#"
duration = "60 s"
[client.readers]
arrivals = { poisson = "40 /s" }
request = "urls.read"
keys = { count = 1000 }
[client.writers]
arrivals = { poisson = "10 /s" }
request = "urls.write"
keys = { count = 1000 }
[database.urls]
shards = 3
replicas = 1
read = { exponential = "5 ms" }
write = { exponential = "8 ms" }
workers = 1
[fault.gone]
at = "20 s"
for = "10 s"
crash = ["urls[2]"]
[slo]
alone = "urls[2].rate + urls[3].rate < 100 /s during gone"
shards = "urls.shard[0].utilization + urls.shard[2].rejected + urls.shard[1].queue.max < 100 during gone"
later = "urls[5].rate < 100 /s after gone"
"#;

#[test]
fn parts_of_a_component_have_the_figures_of_their_instances() {
    let plan = plan(SHARDS);
    let mut world = World::new(&plan, 1);
    let at = |seconds: u64| Time(0) + Span::from_seconds(seconds as f64);
    for (until, laws) in [(at(26), "in the middle of a cell"), (at(60), "at the end")] {
        world.run(until, u64::MAX);
        let timeline = &world.recorder().timeline;
        let (whole, during) = (timeline.whole(), timeline.window(at(20), at(30)));
        let after = timeline.window(at(30), at(60));
        for window in [whole, during, after] {
            let of = |part: &str, name: &str| figure(&world, &format!("urls{part}.{name}"), window);
            let Some(rate) = of("", "rate") else { continue };
            let instances: Vec<f64> = (0..6).map(|at| of(&format!("[{at}]"), "rate").unwrap()).collect();
            assert!((instances.iter().sum::<f64>() - rate).abs() < 1e-9, "{laws}: {instances:?} of {rate}");
            let queues = (0..6).map(|at| of(&format!("[{at}]"), "queue.max").unwrap());
            assert_eq!(of("", "queue.max"), queues.reduce(f64::max), "{laws}");
            for shard in 0..3 {
                let [first, second] = [2 * shard, 2 * shard + 1].map(|at| format!("[{at}]"));
                let shard = format!(".shard[{shard}]");
                let sum = |name: &str| of(&first, name).unwrap() + of(&second, name).unwrap();
                assert!((of(&shard, "rate").unwrap() - sum("rate")).abs() < 1e-9, "{laws}, {shard}");
                assert!(
                    (of(&shard, "queue.mean").unwrap() - sum("queue.mean")).abs() < 1e-9,
                    "{laws}, {shard}"
                );
                if window == after {
                    assert!(
                        (of(&shard, "utilization").unwrap() - sum("utilization") / 2.0).abs() < 1e-9,
                        "{shard}"
                    );
                }
            }
            if window == during {
                let busy = (of("[2]", "rate"), of("[2]", "utilization"), of(".shard[1]", "utilization"));
                assert_eq!(busy, (Some(0.0), None, of("[3]", "utilization")), "{laws}");
            }
        }
    }
    let series = series(&world);
    let bins = series.edges.len() - 1;
    for (group, members) in
        [("urls.shard[0]", ["urls[0]", "urls[1]"]), ("urls.shard[2]", ["urls[4]", "urls[5]"])]
    {
        let rates = |name: &str| line(&series, &format!("{name}.rate"));
        for bin in 0..bins {
            let [first, second] = members.map(|member| rates(member)[bin].unwrap());
            assert!((rates(group)[bin].unwrap() - first - second).abs() < 1e-9, "{group} in bin {bin}");
        }
    }
    let catalogue = Catalogue::of(&plan);
    assert!(catalogue.get("urls.shard[3].rate").is_none() && catalogue.get("urls.replica[0].rate").is_none());
    assert!(metrics(&world, &catalogue).contains_key("urls.shard[1].utilization"));
}

/// Nobody asks for these within a window, so that nothing is kept for them.
#[test]
fn only_what_is_asked_for_is_kept_apart() {
    let asked = |slo: &str| {
        let start = SHARDS.find("[slo]").unwrap();
        let plan = plan(&format!("{}[slo]\nx = \"{slo}\"\n", &SHARDS[..start]));
        plan.apart.iter().map(|instance| instance.0 - plan.components[1].instances.0.0).collect::<Vec<_>>()
    };
    for (slo, expected) in [
        ("urls[2].rate < 1 /s", &[][..]),
        ("urls.rate < 1 /s during gone", &[]),
        ("urls[2].rate < 1 /s during gone", &[2]),
        ("(urls[2].rate during gone) < urls[1].rate", &[2]),
        ("urls.shard[1].rate < 1 /s before gone", &[2, 3]),
        ("urls.shard[2].rate + urls[0].rate < 1 /s from 1 s to 2 s", &[0, 4, 5]),
    ] {
        assert_eq!(asked(slo), expected, "{slo}");
    }
}

#[test]
fn the_catalogue_knows_every_name() {
    let plan = plan(
        r#"
duration = "1 s"
[network]
places = ["east", "west"]
round_trip = { within = "1 ms", "east <-> west" = "10 ms" }
[client.people]
place = "east"
arrivals = { poisson = "10 /s" }
mix = { "web.show" = 1, "api.show" = 1, "api.list" = 2 }
keys = { count = 10 }
[server.web]
instances = 3
place = "east"
workers = 4
cores = 2
patience = "1 s"
[server.web.on]
show = [ { call = "hot.get" } ]
[server.api]
instances = 70
place = "west"
workers = "unbounded"
[server.api.on]
show = [ { fail = "tired" } ]
list = []
[cache.hot]
place = "west"
capacity = "5 objects"
"#,
    );
    let catalogue = Catalogue::of(&plan);
    let listed: Vec<&str> = catalogue.iter().map(|(name, _)| name).collect();
    assert!(listed.is_sorted());
    for (name, unit, dimension) in [
        ("people.rate", "1/s", Dimension::RATE),
        ("people.availability", "1", Dimension::NONE),
        ("people.latency.p99_9", "s", Dimension::TIME),
        ("people.latency.p97", "s", Dimension::TIME),
        ("people.show.latency.mean", "s", Dimension::TIME),
        ("people.list.failed.latency.max", "s", Dimension::TIME),
        ("people.errors.tired", "1", Dimension::NONE),
        ("people.outcome.miss", "1", Dimension::NONE),
        ("web.cpu.utilization", "1", Dimension::NONE),
        ("web.wait.p75", "s", Dimension::TIME),
        ("web.reneged", "1", Dimension::NONE),
        ("web[2].queue.max", "1", Dimension::NONE),
        ("api.list.rate.max", "1/s", Dimension::RATE),
        ("api[69].rejected", "1", Dimension::NONE),
        ("hot.hit_ratio", "1", Dimension::NONE),
        ("hot.get.sojourn.p99", "s", Dimension::TIME),
        ("call.people->web.wasted", "s", Dimension::TIME),
        ("link.east->west.bytes", "B", Dimension::BYTES),
        ("run.events", "1", Dimension::NONE),
    ] {
        let definition = catalogue.get(name).unwrap_or_else(|| panic!("{name} is no metric"));
        assert_eq!((definition.unit, definition.dimension()), (unit, dimension), "{name}");
    }
    for name in [
        "people",
        "people.latency",
        "people.latency.p",
        "people.latency.p100",
        "people.read.rate",
        "people.errors.ok",
        "people.utilization",
        "api.utilization",
        "api.wait.mean",
        "api.cpu.utilization",
        "api.reneged",
        "api[70].rate",
        "api[07].rate",
        "api[-1].rate",
        "api[0].sojourn.mean",
        "call.web->api.attempts",
        "link.east->north.bytes",
    ] {
        assert_eq!(catalogue.get(name), None, "{name}");
    }
    assert_eq!(catalogue.suggest("peple.latency.p99"), Some("people.latency.p99"));
    assert_eq!(catalogue.suggest("people.latency.p999"), Some("people.latency.p99_9"));
    for (name, definition) in catalogue.iter() {
        assert_eq!(catalogue.get(name), Some(*definition));
        assert!(definition.doc.ends_with('.'), "{name}: {}", definition.doc);
    }
    // Both targets of `show` are in the client's operation; the 70 instances are not listed.
    let mut world = World::new(&plan, 1);
    world.run_to_end();
    let metrics = metrics(&world, &catalogue);
    let rate = |name: &str| metrics[name].value;
    let ended = rate("people.show.rate") + rate("people.show.errors");
    assert!(rate("people.errors.tired") > 0.0 && ended > rate("people.errors.tired"));
    assert!(metrics.contains_key("web[1].rate") && !metrics.contains_key("api[1].rate"));
    assert!(!metrics.contains_key("people.errors.timeout") && !metrics.contains_key("web.sojourn.p90"));
}

/// A server under every discipline, whose callers give up, try again and cancel.
fn rough(station: &str, policy: &str) -> Plan {
    plan(&format!(
        r#"
duration = "4 s"
warm_up = "1 s"
[network]
round_trip = {{ within = "1 ms" }}
loss = {{ within = "1 %" }}
[client.urgent]
arrivals = {{ poisson = "30 /s" }}
request = "web.show"
priority = 0
[client.others]
arrivals = {{ poisson = "60 /s" }}
mix = {{ "web.show" = 1, "web.fan" = 1, "web.chew" = 1 }}
priority = 3
[client.users]
arrivals = {{ users = 3, think = {{ exponential = "100 ms" }} }}
request = "web.show"
priority = 1
[server.web]
instances = 2
{station}
[server.web.on]
show = [ {{ work = {{ exponential = "20 ms" }} }}, {{ call = "db.read", on_error = [] }}, {{ work = "3 ms" }} ]
fan = [ {{ all = [ [ {{ call = "db.read" }} ], [ {{ wait = "5 ms" }} ] ], need = 1 }} ]
chew = [ {{ any = [ [ {{ work = "4 ms" }} ], [ {{ work = {{ exponential = "8 ms" }} }} ] ] }}, {{ work = "3 ms" }} ]
[server.db]
workers = 2
queue = 4
[server.db.on]
read = [ {{ work = {{ exponential = "15 ms" }} }} ]
[call.default]
{policy}
"#
    ))
}

#[test]
fn the_laws_hold_at_any_time_of_any_run() {
    let stations = [
        "workers = 2",
        "workers = 2\nqueue = 1",
        "workers = 2\npatience = { exponential = \"30 ms\" }",
        "workers = 4\ncores = 1",
        "workers = 3\ncores = 4",
        "workers = 2\nblocking = false",
        "workers = 3\ncores = 1\nblocking = false\npatience = \"40 ms\"",
        "workers = 2\ndiscipline = \"lifo\"",
        "workers = 2\ndiscipline = \"random\"",
        "workers = 2\ndiscipline = \"priority\"",
        "workers = 1\ndiscipline = \"priority_preemptive\"",
        "workers = 2\nblocking = false\ndiscipline = \"priority_preemptive\"",
        "workers = 2\nqueue = 3\ndiscipline = \"processor_sharing\"",
        "workers = 2\ndiscipline = \"shortest_first\"",
        "workers = \"unbounded\"",
    ];
    let policies = [
        "",
        "timeout = \"60 ms\"\ncancel = true",
        "timeout = \"60 ms\"\ncancel = \"queued\"\nretry = { attempts = 3 }",
        "timeout = \"60 ms\"\nretry = { attempts = 2 }",
    ];
    for station in stations {
        for policy in policies {
            let plan = rough(station, policy);
            let mut world = World::new(&plan, 7);
            let mut breaths = 0;
            while world.run(plan.timeline.end(), 100) == Pause::Breath {
                breaths += 1;
                let checks = laws(&world);
                assert!(
                    checks.iter().all(|check| check.holds),
                    "{station}, {policy}, {breaths}: {}",
                    summary(&checks)
                );
            }
            let checks = laws(&world);
            assert!(checks.iter().all(|check| check.holds), "{station}, {policy}: {}", summary(&checks));
            assert!(checks.len() >= 8, "{}", checks.len());
            world.drain();
            let checks = laws(&world);
            assert!(
                checks.iter().all(|check| check.holds),
                "{station}, {policy}, drained: {}",
                summary(&checks)
            );
        }
    }
}

#[test]
fn stations_have_the_closed_forms_that_they_deserve() {
    let head = "duration = \"4000 s\"\nwarm_up = \"100 s\"\n[network]\nround_trip = { within = \"0 s\" }\n";
    let poisson = "[client.c]\narrivals = { poisson = \"6 /s\" }\nrequest = \"web.go\"\n\
                   [client.d]\narrivals = { poisson = \"4 /s\" }\nrequest = \"web.go\"\npriority = 2\n";
    let server =
        |words: &str, steps: &str| format!("[server.web]\n{words}\n[server.web.on]\ngo = [ {steps} ]\n");
    let exponential = "{ work = { exponential = \"50 ms\" } }";
    let slow = "{ work = { exponential = \"140 ms\" } }";
    let either = "{ choose = [ { share = \"30 %\", do = [ { work = \"0.1 s\" } ] }, { do = [ { work = \"40 ms\" } ] } ] }";
    let uniform = "{ work = { uniform = [\"0 ms\", \"100 ms\"] } }";
    for (words, steps, expected) in [
        ("workers = 1", exponential, "M/M/1"),
        ("workers = 3\ndiscipline = \"random\"", slow, "M/M/3"),
        ("workers = 1\ndiscipline = \"lifo\"", uniform, "M/G/1"),
        ("workers = 1", "{ work = \"50 ms\" }", "M/D/1"),
        ("workers = 1", "{ work = \"20 ms\" }, { wait = { exponential = \"30 ms\" } }", "M/G/1"),
        ("workers = 2", uniform, "M/G/2"),
        ("workers = 1\nqueue = 3", exponential, "M/M/1/4"),
        ("workers = 2\nqueue = 0", uniform, "M/G/2/2"),
        ("workers = 2\nqueue = 1", uniform, ""),
        ("workers = 1\ndiscipline = \"processor_sharing\"", uniform, "M/G/1-PS"),
        ("workers = 2\ndiscipline = \"processor_sharing\"", slow, "M/M/2-PS"),
        ("workers = 1", either, "M/G/1"),
        ("workers = 1\ndiscipline = \"priority\"", either, "M/G/1, priorities"),
        ("workers = 1\ndiscipline = \"priority\"", uniform, "M/G/1, priorities"),
        ("workers = 1\ndiscipline = \"priority_preemptive\"", exponential, "M/M/1, preemptive priorities"),
        ("workers = 1\nblocking = false", exponential, "M/M/1"),
        ("workers = 1\nblocking = false", "{ work = \"20 ms\" }, { work = \"30 ms\" }", ""),
        ("workers = 1\npatience = \"1 s\"", exponential, ""),
        ("workers = 2\ncores = 1", exponential, ""),
        ("workers = 1\ndiscipline = \"shortest_first\"", exponential, ""),
        ("workers = 1", slow, ""),
        ("workers = 1", "{ repeat = 2, do = [ { work = \"10 ms\" } ] }", ""),
        ("workers = \"unbounded\"", exponential, ""),
    ] {
        let plan = plan(&format!("{head}{poisson}{}", server(words, steps)));
        let mut world = World::new(&plan, 3);
        world.run_to_end();
        let theories = closed_forms(&world, &Catalogue::of(&plan));
        let model = theories.first().map_or("", |theory| theory.model.as_str());
        assert_eq!(model, expected, "{words}, {steps}");
        for TheoryCheck { figure, exact, simulated, .. } in theories {
            let simulated = simulated.unwrap_or_else(|| panic!("{figure} was not simulated"));
            // 40,000 requests at a load of a half know their mean wait to about 2 %.
            assert!(
                (simulated / exact - 1.0).abs() < 0.12,
                "{words}, {steps}, {figure}: {simulated} instead of {exact}"
            );
        }
    }
}

#[test]
fn no_closed_form_without_poisson_arrivals() {
    let scenario = |client: &str, rest: &str| {
        format!(
            "duration = \"10 s\"\n[client.c]\n{client}\n[server.web]\nworkers = \"unbounded\"\n[server.web.on]\n\
             go = [ {{ wait = {{ exponential = \"1 ms\" }} }}, {{ call = \"db.read\" }} ]\n\
             [server.db]\nworkers = 1\n[server.db.on]\nread = [ {{ work = {{ exponential = \"50 ms\" }} }} ]\n{rest}"
        )
    };
    let poisson = "arrivals = { poisson = \"9 /s\" }\nrequest = \"web.go\"";
    let balanced = "arrivals = { poisson = \"9 /s\" }\nrequest = \"edge.go\"";
    let edge = |policy: &str| format!("[balancer.edge]\ntargets = [\"web\"]\npolicy = \"{policy}\"\n");
    for (client, rest, has_one) in [
        (poisson, "", true),
        (balanced, edge("random").as_str(), true),
        // There is only one target.
        (balanced, edge("round_robin").as_str(), true),
        ("arrivals = { even = \"9 /s\" }\nrequest = \"web.go\"", "", false),
        ("arrivals = { poisson = \"9 /s\", profile = \"diurnal\" }\nrequest = \"web.go\"", "", false),
        ("arrivals = { users = 2, think = \"1 s\" }\nrequest = \"web.go\"", "", false),
        ("arrivals = { poisson = \"9 /s\" }\nmix = { \"web.go\" = 1, \"db.read\" = 2 }", "", true),
        (poisson, "[client.d]\narrivals = { even = \"1 /s\" }\nrequest = \"db.read\"", false),
        (poisson, "[client.d]\narrivals = { poisson = \"1 /s\" }\nrequest = \"db.read\"", true),
        (poisson, "[call.\"web -> db\"]\ntimeout = \"1 s\"\nretry = { attempts = 2 }", false),
        (poisson, "[network]\nround_trip = { within = \"1 ms\" }\nloss = { within = \"1 %\" }", false),
        (poisson, "[network]\nround_trip = { within = { uniform = [\"0 ms\", \"2 ms\"] } }", true),
    ] {
        let plan = plan(&scenario(client, rest));
        let world = World::new(&plan, 1);
        let theories = closed_forms(&world, &Catalogue::of(&plan));
        assert_eq!(
            theories.iter().any(|theory| theory.figure.starts_with("db.")),
            has_one,
            "{client}\n{rest}"
        );
    }
}

/// Whoever follows it needs neither more stack nor more memory than it is deep.
#[test]
fn a_handler_that_calls_itself_has_no_closed_form() {
    let plan = plan(
        r#"
duration = "1 s"
[client.c]
arrivals = { poisson = "1 /s" }
request = "web.go"
[server.web]
workers = "unbounded"
[server.web.on]
go = [ { choose = [ { share = "99 %", do = [ { call = "web.go" } ] }, { do = [ { call = "db.read" } ] } ] } ]
[server.db]
workers = 1
on.read = [ { work = { exponential = "50 ms" } } ]
"#,
    );
    assert_eq!(closed_forms(&World::new(&plan, 1), &Catalogue::of(&plan)), []);
}

/// The chain of peers: a station without memory feeds the next one.
#[test]
fn poisson_traffic_goes_through_stations_without_memory() {
    let scenario = |work: &str, policy: &str| {
        format!(
            r#"
duration = "1 s"
[client.c]
arrivals = {{ poisson = "2560 /s" }}
request = "lb.go"
[balancer.lb]
targets = ["app"]
policy = "{policy}"
service = "0.1 ms"
workers = "unbounded"
[server.app]
instances = 8
workers = 4
blocking = false
[server.app.on]
go = [
  {{ work = {work} }},
  {{ wait = "0.5 ms" }},
  {{ choose = [ {{ share = "80 %", do = [] }}, {{ do = [ {{ call = "db.query" }} ] }} ] }},
]
[server.db]
workers = 16
[server.db.on]
query = [ {{ work = {{ exponential = "25 ms" }} }} ]
"#
        )
    };
    for (work, policy, expected) in [
        (
            "{ exponential = \"10 ms\" }",
            "random",
            vec![("app", "M/M/4", 0.0074554), ("db", "M/M/16", 0.0023819)],
        ),
        ("{ exponential = \"10 ms\" }", "round_robin", vec![]),
        ("\"10 ms\"", "random", vec![]),
    ] {
        let plan = plan(&scenario(work, policy));
        let world = World::new(&plan, 1);
        let theories = closed_forms(&world, &Catalogue::of(&plan));
        let waits = theories.iter().filter(|theory| theory.figure.ends_with("wait.mean"));
        let actual: Vec<(&str, &str, f64)> = waits
            .map(|theory| {
                (
                    theory.figure.strip_suffix(".wait.mean").expect("filtered"),
                    theory.model.as_str(),
                    (theory.exact * 1e7).round() / 1e7,
                )
            })
            .collect();
        assert_eq!(actual, expected, "{work}, {policy}");
    }
}

/// Bins of one second, and what the faults cut off them. Of four servers the first is silent from 10 s to 40 s; a cache of one key is lost from 59.95 s to
/// 69.95 s; a replica that is 75 ms behind its primary from 89.95 s to 99.95 s.
const COURSES: &str = r#"
duration = "120 s"
[network]
places = ["a", "b"]
round_trip = { within = "0 s", "a <-> b" = "150 ms" }
[client.visitors]
place = "a"
arrivals = { even = "40 /s" }
request = "edge.go"
[client.readers]
place = "a"
arrivals = { even = "10 /s" }
session = [ { call = "hot.get", on_miss = [ { call = "urls.read" }, { call = "hot.put" } ] } ]
keys = { count = 1 }
[client.writers]
place = "a"
arrivals = { even = "10 /s" }
request = "urls.write"
keys = { count = 1000 }
[client.many]
place = "a"
arrivals = { even = "100 /s" }
request = "crowd.go"
[balancer.edge]
place = "a"
targets = ["web"]
policy = "round_robin"
health = { every = "2 s", timeout = "1 s", failures = 3, successes = 2 }
[server.web]
place = "a"
instances = 4
workers = 10
on.go = [ { work = "1 ms" } ]
[server.crowd]
place = "a"
instances = 10
workers = 10
on.go = [ { work = "1 ms" } ]
[cache.hot]
place = "a"
capacity = "1 objects"
[database.urls]
places = ["a", "b"]
replicas = 1
[call.default]
timeout = "100 ms"
[fault.server]
at = "10 s"
for = "30 s"
crash = ["web[0]"]
silent = true
[fault.cache]
at = "59.95 s"
for = "10 s"
crash = ["hot"]
[fault.copy]
at = "89.95 s"
for = "10 s"
crash = ["urls[1]"]
"#;

/// The values of a line of a course, by its name in data.
fn line(series: &crate::results::Series, name: &str) -> Vec<Option<f64>> {
    let lines = series.components.iter().flat_map(|one| &one.courses).flat_map(|course| &course.lines);
    let found = lines.filter(|line| line.name == name).map(|line| line.values.clone()).collect::<Vec<_>>();
    let [values] = &found[..] else { panic!("{name} is there {} times", found.len()) };
    values.clone()
}

#[test]
fn courses_of_components_that_can_be_followed_by_hand() {
    let plan = plan(COURSES);
    let mut world = World::new(&plan, 1);
    assert_eq!(world.run_to_end(), Pause::End);
    let series = series(&world);
    let names = series.components.iter().flat_map(|one| &one.courses).map(|course| course.name.as_str());
    assert_eq!(
        names.collect::<Vec<_>>(),
        [
            "crowd[].rate",
            "edge.healthy",
            "hot.hit_ratio",
            "urls.lag",
            "urls.stale_ratio",
            "urls[].rate",
            "web[].rate"
        ]
    );
    let at = |name: &str, second: u32| {
        let bin = series.edges.iter().position(|edge| *edge == f64::from(second)).expect("a bin begins");
        line(&series, name)[bin]
    };
    // line, first and last second, the value in the bins that begin with them
    for (name, first, last, expected) in [
        // Every key has to come once; what a cache has lost comes again.
        ("hot.hit_ratio", 0, 0, Some(0.9)),
        ("hot.hit_ratio", 1, 59, Some(1.0)),
        ("hot.hit_ratio", 60, 69, None),
        ("hot.hit_ratio", 70, 70, Some(0.9)),
        ("hot.hit_ratio", 71, 119, Some(1.0)),
        // The probes of 10, 12 and 14 s fail, the last of them at 15 s.
        ("edge.healthy", 0, 14, Some(4.0)),
        ("edge.healthy", 15, 41, Some(3.0)),
        ("edge.healthy", 45, 119, Some(4.0)),
        // The probes are visits as well: of the first server every other second from 0 s on, of the third from 1 s on.
        ("web[0].rate", 8, 8, Some(11.0)),
        ("web[0].rate", 9, 9, Some(10.0)),
        ("web[0].rate", 10, 39, Some(0.0)),
        ("web[2].rate", 8, 8, Some(10.0)),
        ("web[2].rate", 9, 9, Some(11.0)),
        ("crowd[].rate.mean", 0, 58, Some(10.0)),
        ("urls[0].rate", 1, 58, Some(10.0)),
        ("urls[0].rate", 60, 68, Some(20.0)),
        ("urls[1].rate", 0, 119, Some(0.0)),
        ("urls.stale_ratio", 70, 70, Some(0.0)),
        ("urls.stale_ratio", 71, 119, None),
        ("urls.lag.mean", 1, 89, Some(0.075)),
        ("urls.lag.max", 1, 89, Some(0.075)),
        ("urls.lag.mean", 90, 99, None),
        ("urls.lag.max", 110, 119, Some(0.075)),
    ] {
        for second in first..=last {
            let actual = at(name, second);
            let near = match (actual, expected) {
                (Some(actual), Some(expected)) => (actual - expected).abs() < 1e-9,
                (actual, expected) => actual == expected,
            };
            assert!(near, "{name} at {second} s: {actual:?} instead of {expected:?}");
        }
    }
    let back = at("urls.lag.max", 100).unwrap();
    assert!((10.0..11.0).contains(&back), "the oldest write that waited for the replica: {back} s");
    for second in 16..40 {
        let all: f64 = (0..4).map(|index| at(&format!("web[{index}].rate"), second).unwrap()).sum();
        assert!((40.0..=42.0).contains(&all), "the others take over: {all} at {second} s");
        assert!(
            (11.0..100.0).contains(&at("crowd[].rate.busiest", second).unwrap()),
            "chance is not even, at {second} s"
        );
    }
}

#[test]
fn courses_of_a_run_that_stopped_early_end_with_it() {
    let plan = plan(COURSES);
    let mut world = World::new(&plan, 1);
    world.run(Time(0) + Span::from_seconds(5.49), u64::MAX);
    let rate = line(&series(&world), "web[2].rate");
    assert_eq!((rate.len(), rate[4]), (6, Some(10.0)));
    // The probe of 5 s is a visit as well.
    assert!((rate[5].unwrap() - 6.0 / 0.49).abs() < 1e-9, "{rate:?}");
}
