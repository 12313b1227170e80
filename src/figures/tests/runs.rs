//! Runs that can be followed by hand.

use super::*;

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
