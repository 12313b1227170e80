//! What a run says about itself, in scenarios whose culprit is known: one thing is wrong in each, and the sentences must name it
//! with the numbers that its arithmetic gives.

use windtunnel::experiment::{Experiment, Input, Tracing, Unwatched, perform};
use windtunnel::plan::Document;
use windtunnel::results::{Finding, Results, Severity, Verdict};
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
    let mut experiment = experiment.unwrap_or_else(|| panic!("{}", diagnostics.lines(&sources)));
    experiment.tracing = Tracing::On(0);
    perform(&experiment, &Unwatched).expect("nobody stops it").remove(0)
}

/// One request each 100 ms for 10 s, each of which takes 1 s and 0.5 ms: the ten of the last second have not ended.
#[test]
fn requests_that_outlive_the_run() {
    let results = results_of("survivors");
    let found: Vec<&Finding> =
        results.diagnosis.iter().filter(|finding| finding.id == "unfinished").collect();
    let numbers = |finding: &Finding| ["unfinished", "arrivals"].map(|name| finding.numbers[name].value);
    // Of the first half none is missing, and of the quick ones too few.
    let expected = [(None, [10.0, 100.0]), (Some(5.0), [10.0, 50.0])];
    assert_eq!(found.iter().map(|finding| (finding.from, numbers(finding))).collect::<Vec<_>>(), expected);
    assert!(found.iter().all(|finding| finding.client.as_deref() == Some("slow")));
    assert_says(found[0], &["10 % of the requests of slow had not ended when the run did (10 of 100)"]);
    assert_says(found[1], &["20 % of the requests of slow that came from 5 s to 10 s had not ended"]);
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

#[track_caller]
fn assert_names(finding: &Finding, component: Option<&str>, edge: Option<&str>) {
    let named = (finding.component.as_deref(), finding.edge.as_deref());
    assert_eq!(named, (component, edge), "{}", finding.sentence);
}

/// Of a mean of 500 ms the slowest third of three percent: 99 % of all are faster than 500 ms ln 3 = 549 ms, and all the rest of
/// the way takes 6 ms.
#[test]
fn a_slow_query() {
    let results = results_of("slow_query");
    let tail = finding(&results, "tail");
    assert_names(tail, Some("db"), None);
    assert_says(tail, &["p99 of visitors (", "% service at db"]);
    assert_number(tail, "service at db", (0.97, 1.0));
    assert_number(tail, "latency.p99", (0.4, 0.75));
    assert_says(
        finding(&results, "bottleneck"),
        &["nothing makes requests of visitors wait", "service at db"],
    );
    assert_none(&results, "saturation");
}

/// Two connections for 180 /s of 10 ms each: a queue with two servers, busy to 90 %.
#[test]
fn a_pool_that_is_too_small() {
    let results = results_of("small_pool");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, None, Some("web -> db"));
    assert_says(
        bottleneck,
        &["the first bottleneck is the pool of connections web -> db", "while db is busy to 5", "% only"],
    );
    let tail = finding(&results, "tail");
    assert_names(tail, None, Some("web -> db"));
    assert_number(tail, "waiting for a connection web -> db", (0.75, 0.97));
    assert_none(&results, "saturation");
}

/// 300 ms in ten seconds: who comes then waits for the end of it, half of it on average, and 1.5 % of all come in its later half.
#[test]
fn pauses() {
    let results = results_of("pauses");
    let tail = finding(&results, "tail");
    assert_names(tail, Some("web"), None);
    assert_says(tail, &["% standing still at web"]);
    assert_number(tail, "standing still at web", (0.85, 1.0));
    assert_none(&results, "saturation");
}

/// Three round trips of 90 ms, and little else.
#[test]
fn a_long_way() {
    let results = results_of("distance");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("db"), None);
    assert_says(bottleneck, &["nothing makes requests of visitors wait", "network to db"]);
    assert_number(bottleneck, "share", (0.95, 0.99));
    let tail = finding(&results, "tail");
    // 270 ms of 270 + 3 + 0.5 + 5 ln 100 = 296.5 ms.
    assert_number(tail, "network to db", (0.90, 0.935));
}

/// Each message is lost with 0.5 %: an attempt fails if one of its two is lost, 1 - 0.995^2 = 0.9975 %, so that there are
/// 1 / (1 - 0.009975) = 1.0101 attempts for each call. Two of four messages of a request cross the link.
#[test]
fn a_lossy_link() {
    let results = results_of("lossy_link");
    let loss = finding(&results, "loss");
    assert_says(loss, &["of the messages from", "were lost"]);
    assert_number(loss, "share", (0.004, 0.006));
    // An attempt that fails costs 100 ms, all the others need 4.5 ms: 1 % of the calls, which the p99 touches.
    assert_names(finding(&results, "tail"), None, Some("web -> db"));
    assert_number(finding(&results, "tail"), "failed attempts and pauses of web -> db", (0.5, 0.97));
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
    // An eighth of all is exponential with 40 ms: 99 % are faster than 40 ms ln 12.5 = 101 ms.
    let tail = finding(&results, "tail");
    assert_names(tail, Some("web[5]"), None);
    assert_says(tail, &["% service at web[5]"]);
    assert_number(tail, "latency.p99", (0.09, 0.112));
    assert_none(&results, "saturation");
}

/// Work of 3 ms and 3.9 ms on average: of those near 16 ms, who are the slowest hundredth, three of four come from the slower one.
#[test]
fn a_part_that_two_instances_share_is_their_components() {
    let results = results_of("two_replicas");
    let tail = finding(&results, "tail");
    assert_names(tail, Some("app"), None);
    assert_says(tail, &["% service at app"]);
    assert!(!sentences(&results).contains("app["), "{}", sentences(&results));
}

/// Half of 1000 /s and a quarter of the other half, 625 /s, for a shard that does 4 / 7 ms = 571 /s.
#[test]
fn a_hot_shard() {
    let results = results_of("hot_shard");
    let saturation = finding(&results, "saturation");
    let name = saturation.component.as_deref().expect("a component is named");
    assert!(name.starts_with("db["), "not one shard but {name}");
    assert_says(saturation, &["saturated first", "until the end: all 4 workers busy"]);
    assert_names(finding(&results, "bottleneck"), Some(name), None);
    assert_names(finding(&results, "tail"), Some(name), None);
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

/// The same beside an autoscaler that has nobody to start: nobody ever waits for it.
#[test]
fn an_autoscaler_at_its_limit_helps_nobody() {
    let results = results_of("at_its_limit");
    assert_says(
        finding(&results, "recovery"),
        &["did not recover from hiccup by the end", "a metastable failure"],
    );
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

/// Of 200 /s, each tried three times, 160 /s can be served: before any fault nearly everybody has lost patience.
#[test]
fn who_was_not_well_before_cannot_recover() {
    let results = results_of("sick_before");
    let found: Vec<&Finding> = results.diagnosis.iter().filter(|finding| finding.id == "recovery").collect();
    let named: Vec<Option<&str>> = found.iter().map(|finding| finding.fault.as_deref()).collect();
    assert_eq!(named, [Some("one"), Some("two")]);
    for finding in found {
        assert_says(finding, &["users were already badly served before it (", ": no recovery can be judged"]);
        assert!(!finding.numbers.contains_key("recovery"), "{}", finding.sentence);
    }
    let before = results.faults[0].clients[0].availability.before.expect("many ended before it");
    let one = finding(&results, "recovery");
    assert_number(one, "available.before", (before - 1e-9, before + 1e-9));
    assert!(!sentences(&results).contains("metastable"), "{}", sentences(&results));
}

/// The crash is none of the users' business, and the slowness none of the others'.
#[test]
fn a_fault_is_judged_by_those_whom_it_can_touch() {
    let results = results_of("two_faults");
    let found: Vec<&Finding> = results.diagnosis.iter().filter(|finding| finding.id == "recovery").collect();
    let [harmless, slow] = found[..] else { panic!("{}", sentences(&results)) };
    assert_eq!((slow.fault.as_deref(), slow.client.as_deref()), (Some("slow"), Some("users")));
    assert_says(slow, &["slow: the p95 of users rose from ", " at worst; as before ", " after it ended"]);
    // 400 /s of work for 16 workers of 250 ms each: after 20 s 720 wait, which takes them 11 s.
    assert_number(slow, "latency.p95.before", (0.13, 0.17));
    assert_number(slow, "latency.p95.worst", (3.0, 12.0));
    assert_eq!((harmless.fault.as_deref(), harmless.client.as_deref()), (Some("harmless"), Some("other")));
    assert_says(harmless, &["the goodput of other fell from 100 % to ", "; it lasts until the end"]);
}

/// The replica that nobody reads is not to blame for what happens while it is gone.
#[test]
fn a_fault_within_another_one_is_not_that_ones_doing() {
    let results = results_of("neighbours");
    let found: Vec<&Finding> = results.diagnosis.iter().filter(|finding| finding.id == "recovery").collect();
    let [slow] = found[..] else { panic!("{}", sentences(&results)) };
    assert_eq!(slow.fault.as_deref(), Some("slow_db"));
    assert_says(slow, &["slow_db: the p95 of shoppers rose from", "; as before as soon as it ended"]);
    // 95 % of an exponential are faster than its mean times ln 20, three times as much while it is slow.
    for (name, expected) in [("latency.p95.before", 0.01), ("latency.p95.worst", 0.03)] {
        let expected = expected * f64::ln(20.0);
        assert_number(slow, name, (0.9 * expected, 1.25 * expected));
    }
}

/// Work for 3 s that takes three times as long leaves 1.5 s of work at half load, to be caught up with in 3 s, and 5.1 s of it at
/// 90 %, which takes 51 s on average.
#[test]
fn each_client_recovers_in_its_own_time() {
    let results = results_of("apart");
    let recovery = finding(&results, "recovery");
    assert_eq!(recovery.client.as_deref(), Some("many"));
    assert_says(
        recovery,
        &["slow: the p95 of many rose from ", "; as before ", " after it ended (few as before "],
    );
    assert_number(recovery, "recovery", (10.0, 60.0));
}

/// The copy takes over within 2 s of the crash, which lasts for 4 s.
#[test]
fn who_recovers_while_a_fault_is_on_does_not_wait_for_its_end() {
    let results = results_of("lost_primary");
    let recovery = finding(&results, "recovery");
    assert_says(
        recovery,
        &["primary_lost: the goodput of readers fell", " after it began, while it was still on"],
    );
    assert_number(recovery, "recovery.from.begin", (1.9, 2.7));
}

/// Nobody tries again before a crash at 10.4 s, which is within a twentieth of the run that begins at a whole second.
#[test]
fn a_stretch_of_retries_begins_with_what_causes_them() {
    let results = results_of("brief_crash");
    let retries = finding(&results, "amplification");
    assert_says(retries, &["readers -> app made 1.0", " at the worst, from 10.4 s to 11"]);
    // Three attempts for each call while the crash lasts.
    assert_number(retries, "worst", (2.0, 3.0));
}

/// After the promotion every write crosses the sea: that is what the second fault began with.
#[test]
fn as_before_is_as_right_before() {
    let results = results_of("after_promotion");
    let found: Vec<&Finding> = results.diagnosis.iter().filter(|finding| finding.id == "recovery").collect();
    let [lost, slow] = found[..] else { panic!("{}", sentences(&results)) };
    assert_eq!((lost.fault.as_deref(), slow.fault.as_deref()), (Some("primary_lost"), Some("slow_disk")));
    // 95 % of an exponential are faster than its mean times ln 20; a round trip comes to that.
    let p95 = 0.002 * f64::ln(20.0);
    assert_number(lost, "latency.p95.before", (p95, p95 + 0.001));
    assert_number(slow, "latency.p95.before", (p95 + 0.038, p95 + 0.042));
    assert_says(lost, &["; not yet as before 14 s after it ended, when the next began"]);
    assert_says(slow, &["; as before as soon as it ended"]);
}

/// Of 3 ms two are calls that were given up; the answer to the first of them comes home when the second is given up.
#[test]
fn an_answer_that_comes_too_late_took_nobodys_time() {
    let results = results_of("late_answer");
    let tail = finding(&results, "tail");
    let shares: Vec<f64> =
        tail.numbers.iter().filter(|(name, _)| *name != "p99").map(|(_, number)| number.value).collect();
    assert!((shares.iter().sum::<f64>() - 1.0).abs() < 0.02, "{shares:?}: {}", tail.sentence);
}

/// Half of all calls fail while one of two instances is down; that both are is a matter of the second fault.
#[test]
fn what_overlaps_is_told_of_the_time_alone() {
    let results = results_of("overlapping");
    let found: Vec<&Finding> = results.diagnosis.iter().filter(|finding| finding.id == "recovery").collect();
    let [first, second] = found[..] else { panic!("{}", sentences(&results)) };
    assert_eq!((first.fault.as_deref(), second.fault.as_deref()), (Some("first"), Some("second")));
    assert_says(first, &[" % available while it alone was on); second was on when it ended"]);
    assert_says(
        second,
        &[" % available while it was on); as before 20 s after it began, while it was still on"],
    );
    let alone = first.sentence.split(['(', '%']).nth(3).and_then(|share| share.trim().parse::<f64>().ok());
    assert!(alone.is_some_and(|share| (45.0..55.0).contains(&share)), "{}", first.sentence);
}

/// A third of all calls fails until a probe has failed twice.
#[test]
fn the_worst_moment_is_told_beside_the_whole() {
    let results = results_of("worst_slice");
    let recovery = finding(&results, "recovery");
    let over = results.faults[0].clients[0].availability.during.expect("much ended meanwhile");
    let over = format!(" at worst ({:.1} % available while it was on); as before", over * 100.0);
    assert_says(recovery, &["the goodput of users fell from 100 % to 6", &over]);
    assert_number(recovery, "goodput.worst", (0.6, 0.7));
}

/// Nobody waits for one of 200 workers; 1.8 of two cores are busy.
#[test]
fn who_waits_for_a_core_is_told_of_cores() {
    let results = results_of("event_loop");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("api"), None);
    let busy = format!("{:.1} % of 2 cores busy)", results.metrics["api.cpu.utilization"].value * 100.0);
    assert_says(
        bottleneck,
        &["the first bottleneck is api: ", "% of their time waiting for a core of api (", &busy],
    );
    assert_number(finding(&results, "tail"), "waiting for a core of api", (0.3, 0.9));
}

/// A round trip of 80 ms to the copy, and 2 ms of work at each end; 80 % of 100 turns a second: 20 ms of waiting for one.
#[test]
fn who_is_kept_is_told_what_for() {
    for (name, expected) in
        [("copies", "waiting for the copies of db"), ("turns", "waiting for a turn at limit")]
    {
        let results = results_of(name);
        assert_says(finding(&results, "tail"), &[expected]);
        assert!(!sentences(&results).contains("being held"), "{}", sentences(&results));
    }
}

/// Nobody ever waits for a worker, and everybody for a core.
#[test]
fn cores_that_are_full_are_saturated() {
    let results = results_of("full_cores");
    let saturation = finding(&results, "saturation");
    assert_says(saturation, &["api saturated first, from the start, until the end: all 2 cores busy"]);
}

/// The instance that is named is as busy as it is, not as all of them are on average.
#[test]
fn an_instance_is_as_busy_as_itself() {
    let results = results_of("idle_replicas");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("db[0]"), None);
    let busy = |name: &str| results.metrics[&format!("{name}.utilization")].value;
    assert!(busy("db[0]") > 2.9 * busy("db"));
    assert_says(bottleneck, &[&format!("waiting at db[0] ({:.1} % busy)", busy("db[0]") * 100.0)]);
}

/// 300 /s for three servers of 80 /s each: a probe waits for longer than it has time.
#[test]
fn who_is_busy_is_taken_for_dead() {
    let results = results_of("ejected");
    let found = finding(&results, "health_checks");
    assert_names(found, Some("lb"), None);
    let unavailable = results.metrics["users.errors.unavailable"].value;
    assert!(unavailable > 1000.0);
    assert_says(
        found,
        &[
            "the health checks of lb took targets out that were only busy: in ",
            " of 3 got calls on average, none at the worst, while app was busy to 9",
            &format!("; {unavailable} requests of users ended `unavailable`"),
        ],
    );
    assert_number(found, "healthy", (0.0, 2.5));
    // A crash is no mistake of the probes.
    assert_none(&results_of("worst_slice"), "health_checks");
}

/// Those who write to a copy that is down lose their letters: no link loses anything.
#[test]
fn letters_to_who_is_down_are_not_lost_by_the_link() {
    let results = results_of("neighbours");
    let loss = finding(&results, "loss");
    assert_says(
        loss,
        &[" messages between instances, as of replication, were lost on the way to pg[1] while down ("],
    );
    assert_says(loss, &[" from local to local); no request was among them"]);
    assert_eq!(loss.severity, Severity::Info);
    assert!(loss.numbers["lost"].value > 100.0);
}

/// The primary is down for 4 of 20 s, and nobody takes over for two of them.
#[test]
fn a_primary_that_is_lost() {
    let results = results_of("lost_primary");
    let loss = finding(&results, "loss");
    assert_says(loss, &[" on the way to db[0] while down ("]);
    assert_eq!(loss.severity, Severity::Info);
    assert_says(finding(&results, "bottleneck"), &[" % of readers' requests that succeed wait"]);
    assert_says(finding(&results, "amplification"), &[" at the worst, from 10.67 s to 11.67 s"]);
}

/// The share of its workers' time for which a component waits for somebody.
fn held(results: &Results, name: &str) -> f64 {
    let bottleneck = finding(results, "bottleneck");
    let share = bottleneck.numbers.get(&format!("waiting at {name}"));
    share.unwrap_or_else(|| panic!("{name} is no victim: {}", bottleneck.sentence)).value
}

/// 32 workers at 400 /s are held for 80 ms each, of which 1 ms is work.
#[test]
fn workers_that_wait_are_not_the_bottleneck() {
    let results = results_of("held_workers");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("db"), None);
    assert_says(
        bottleneck,
        &[
            "the first bottleneck is db (",
            "of their time waiting at web, which has all its workers taken, 99 % of that time waiting for db",
        ],
    );
    let share = held(&results, "web");
    assert!((0.98..0.992).contains(&share), "{share}");
}

/// web: 80 ms, of which 1 ms is work; app: 40 ms, of which 1 ms is.
#[test]
fn a_chain_of_those_who_wait_has_one_end() {
    let results = results_of("held_chain");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("db"), None);
    assert_says(
        bottleneck,
        &["waiting at web, which has", "waiting for app, which has all", "waiting for db"],
    );
    for (name, expected) in [("web", 79.0 / 80.0), ("app", 39.0 / 40.0)] {
        let share = held(&results, name);
        assert!((share - expected).abs() < 0.01, "{name}: {share}");
    }
}

/// 103 ms, of which 100 ms are the way there and back.
#[test]
fn workers_that_wait_for_messages() {
    let results = results_of("held_by_distance");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("db"), None);
    assert_says(
        bottleneck,
        &["the first bottleneck is the network to db:", "97 % of that time waiting for the network to db"],
    );
    assert!((held(&results, "web") - 100.0 / 103.0).abs() < 1e-3);
    assert_says(
        finding(&results, "saturation"),
        &["all 8 workers busy", "97 % of their time with waiting for the network to db"],
    );
}

/// 202 ms, of which 1 ms is work.
#[test]
fn workers_that_wait_for_a_third_party() {
    let results = results_of("held_by_provider");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("bank"), None);
    assert_says(
        bottleneck,
        &["the first bottleneck is the service of bank", "waiting at shop, which has all its workers"],
    );
    assert!((held(&results, "shop") - 201.0 / 202.0).abs() < 1e-3);
}

/// 16 workers at 190 /s are held for 84 ms each, 10.5 ms of which they use a connection.
#[test]
fn workers_that_wait_for_a_connection() {
    let results = results_of("held_by_pool");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, None, Some("web -> db"));
    assert_says(
        bottleneck,
        &["the first bottleneck is the pool of connections web -> db", "waiting for a connection web -> db"],
    );
    let share = held(&results, "web");
    assert!((0.84..0.89).contains(&share), "{share}");
}

/// The connections are held by calls that wait for a worker: 24 at 400 /s for 60 ms each, of which they are served for 10 ms.
#[test]
fn connections_that_wait_are_not_the_bottleneck() {
    let results = results_of("held_pool");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("db"), None);
    assert_says(
        bottleneck,
        &[
            "the first bottleneck is db (",
            "waiting for a connection web -> db, all of which are held by calls that wait for db",
        ],
    );
}

/// Most attempts are given up, and tried again: what the workers of web wait for are failures, and those come from db.
#[test]
fn workers_that_wait_for_what_fails() {
    let results = results_of("held_retries");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("db"), None);
    assert_says(
        bottleneck,
        &["the first bottleneck is db (", "for failed attempts over web -> db, while db is full"],
    );
}

/// Each of two keeps its workers while it waits for one of the other's.
#[test]
fn two_that_wait_for_each_other() {
    let results = results_of("held_circle");
    let bottleneck = finding(&results, "bottleneck");
    assert_says(bottleneck, &["waiting for left", "waiting for right", ": they wait for each other"]);
}

/// What the sentence about the bottleneck says of how much time requests spend waiting there, and what the run's means say.
#[track_caller]
fn assert_share(results: &Results, wait: &str, latency: &str) {
    let bottleneck = finding(results, "bottleneck");
    let mean = |name: &str| results.metrics[name].value;
    let expected = mean(wait) / mean(latency);
    let share = bottleneck.numbers["share"].value;
    assert!((share - expected).abs() < 0.02, "{share}, not {expected}: {}", bottleneck.sentence);
    let named = format!("{:.0} % of their time waiting at", share * 100.0);
    assert_says(bottleneck, &[&named]);
}

/// Who only fetches from somebody else is not blamed for what it waits for there.
#[test]
fn who_forwards_is_not_the_bottleneck() {
    for (name, culprit) in [("fetched", "app"), ("read_through", "db")] {
        let results = results_of(name);
        let bottleneck = finding(&results, "bottleneck");
        assert_names(bottleneck, Some(culprit), None);
        assert_says(bottleneck, &[&format!("the first bottleneck is {culprit}: requests of users")]);
        assert_share(&results, &format!("{culprit}.wait.mean"), "users.latency.mean");
        assert_names(finding(&results, "tail"), Some(culprit), None);
        assert!(!sentences(&results).contains("no answer waits"), "{}", sentences(&results));
        assert!(!sentences(&results).contains("being held"), "{}", sentences(&results));
    }
}

/// Of 100 gets of an object in a second ten find it gone and fetch it, for 51 ms; fifty come while another one's fetch is under
/// way. All but the milliseconds on the way is the service of the origin, for those who share a fetch as for those who began it.
#[test]
fn who_shares_a_fetch_waits_for_what_it_does() {
    let results = results_of("shared_fetch");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("app"), None);
    assert_says(bottleneck, &["nothing makes requests of users wait", "service at app"]);
    // At the edge, but for half a millisecond of each fetch there and back.
    let mean = |name: &str| results.metrics[name].value;
    let expected = mean("edge.sojourn.mean") / mean("users.latency.mean") * (50.0 / 50.5);
    assert_number(bottleneck, "share", (expected - 0.01, expected + 0.01));
    assert_number(finding(&results, "tail"), "service at app", (0.975, 0.985));
    assert!(results.metrics["app.rate"].value * 10.0 < results.metrics["edge.rate"].value);
}

/// 48.4 /s for four workers of 72 ms each: whoever orders waits for one of them at the queue, and then for his work.
#[test]
fn who_waits_for_a_consumer_waits_for_its_work() {
    let results = results_of("ordered");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("mailer"), None);
    assert_says(bottleneck, &["the first bottleneck is mailer: requests of users"]);
    assert_share(&results, "orders.delay.mean", "users.latency.mean");
    let tail = finding(&results, "tail");
    assert_names(tail, Some("mailer"), None);
    assert_says(tail, &["% waiting at mailer, ", "% service at mailer"]);
}

/// Four workers that work 10 of the 12.5 ms for which they are held.
#[test]
fn workers_that_work_are_the_bottleneck() {
    let results = results_of("busy_itself");
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("web"), None);
    assert!(!bottleneck.sentence.contains("all its workers taken"), "{}", bottleneck.sentence);
}

/// 100 - 80 messages a second for a minute, of which the oldest waits for 1200 / 100 s.
#[test]
fn a_backlog_that_grows() {
    let results = results_of("backlog");
    let backlog = finding(&results, "backlog");
    assert_names(backlog, Some("jobs"), None);
    assert_says(
        backlog,
        &[
            "the backlog of jobs grew to",
            "is not worked off: in the last 30 s 100 /s came and",
            "the oldest has waited for 12",
        ],
    );
    assert_number(backlog, "backlog", (1180.0, 1220.0));
    assert_number(backlog, "done", (79.0, 80.0));
    assert_number(backlog, "oldest", (11.7, 12.2));
    assert_eq!(backlog.severity, Severity::Critical);
    assert_none(&results, "dead_letters");
}

/// Messages whose time has not come wait, but nobody is late with them.
#[test]
fn messages_for_later_are_no_backlog() {
    let results = results_of("scheduled");
    assert!(results.metrics["jobs.backlog"].value > 5900.0);
    assert_none(&results, "backlog");
}

/// Each of two deliveries fails with one half.
#[test]
fn messages_that_are_given_up() {
    let results = results_of("dead_letters");
    let dead = finding(&results, "dead_letters");
    assert_names(dead, Some("jobs"), None);
    assert_says(
        dead,
        &[
            "messages of jobs (",
            "were given up as dead after 2 deliveries; they lie in dead, which nobody reads: to a mark they are pending, not lost",
        ],
    );
    assert_number(dead, "share", (0.21, 0.29));
    assert_eq!(results.metrics["mark.sent.lost"].value, 0.0);
}

/// Of each 12 s, 2 are outage; of the rest a sixth of the calls is beyond the quota.
#[test]
fn a_third_party_that_is_out_and_one_that_refuses() {
    let results = results_of("outages");
    let found: Vec<&Finding> = results.diagnosis.iter().filter(|finding| finding.id == "provider").collect();
    let [outage, denied] = found[..] else { panic!("{}", sentences(&results)) };
    assert_says(outage, &["fell into outages of bank, the first of them at 12"]);
    assert_number(outage, "outage", (95.0, 99.0));
    assert_says(denied, &["were beyond the quota of bank, the first of them at 500 ms"]);
    assert_number(denied, "denied", (100.0, 108.0));
    assert_none(&results_of("held_by_provider"), "provider");
}

/// The busiest station is busy to 97 %, and nobody waits there.
#[test]
fn the_busiest_station_is_innocent() {
    let results = results_of("innocent");
    assert!(results.metrics["reports.utilization"].value > results.metrics["db.utilization"].value + 0.1);
    let bottleneck = finding(&results, "bottleneck");
    assert_names(bottleneck, Some("db"), None);
    assert_says(
        bottleneck,
        &["the first bottleneck is db", "; reports is busier (9", "but no answer waits for it"],
    );
    let of_visitors = |finding: &&Finding| finding.client.as_deref() != Some("scheduler");
    for found in results.diagnosis.iter().filter(of_visitors) {
        assert!(found.component.as_deref() != Some("reports"), "{}", found.sentence);
    }
}

/// Three seconds without a consumer bring 300 messages, for 150 of which there is room.
#[test]
fn messages_that_are_turned_away() {
    let results = results_of("full_queue");
    let full = finding(&results, "full");
    assert_names(full, Some("orders"), None);
    assert_says(
        full,
        &[
            "150 of 6000 messages (2.5 %) were turned away because orders was full, the first of them at 21.5 s",
        ],
    );
    assert_eq!((full.severity, full.numbers["full"].value), (Severity::Warning, 150.0));
    // Two workers take 10 ms each: that nobody was there for a while changes nothing about it.
    assert!((results.carried["worker.utilization"] / 200.0 - 1.0).abs() < 1e-3, "{:?}", results.carried);
    assert_none(&results_of("slow_consumer"), "full");
}

/// Half of 100 messages a second pile up for 20 s, and are worked off in half of that: the last of them waits for the 10 s that the
/// thousand before it take.
#[test]
fn a_backlog_that_was_worked_off() {
    let results = results_of("slow_consumer");
    let backlog = finding(&results, "backlog");
    assert_names(backlog, Some("orders"), None);
    assert_says(
        backlog,
        &[
            "from 50 s on (when slow_worker began) the backlog of orders grew to 10",
            "; it was worked off at ",
        ],
    );
    assert_number(backlog, "backlog.max", (1000.0, 1020.0));
    assert_number(backlog, "lasted", (29.0, 33.0));
    let saturation = finding(&results, "saturation");
    assert_names(saturation, Some("worker"), None);
    assert_number(saturation, "waiting", (490.0, 560.0));
    // At the end of the run nothing of it is left to see; what a level was in the course of a window is.
    let kept = results.objectives.iter().map(|one| (one.name.as_str(), one.verdict));
    let expected =
        [("calm", true), ("delay", false), ("half", true), ("least", true), ("piled", true), ("spent", true)];
    let expected = expected.map(|(name, holds)| (name, if holds { Verdict::Pass } else { Verdict::Fail }));
    let mut kept: Vec<_> = kept.collect();
    kept.sort_unstable_by_key(|(name, _)| *name);
    assert_eq!(kept, expected);
}

/// A refusal is told of the call whose callee was down, however many pass it on; of mistakes that are handled nobody hears.
#[test]
fn where_failures_came_from() {
    let results = results_of("who_failed");
    let errors = finding(&results, "errors");
    assert_eq!(errors.client.as_deref(), Some("shoppers"));
    assert_names(errors, None, Some("shop -> db"));
    assert_says(errors, &["% of the requests of shoppers failed: ", " `refused` in calls shop -> db"]);
    assert!(!errors.sentence.contains("mail"), "{}", errors.sentence);
    assert_number(errors, "share", (0.06, 0.11));
    // Whose latency is told, and whose requests are most.
    assert_says(finding(&results, "bottleneck"), &["nothing makes requests of crowd wait"]);
    let tails: Vec<&Finding> = results.diagnosis.iter().filter(|finding| finding.id == "tail").collect();
    assert!(
        tails.iter().any(|tail| tail.sentence.contains(" of shoppers' requests that succeed (")),
        "{tails:?}"
    );
    // The retries of a stretch of time are those of calls before it: never more than there can be.
    assert_number(finding(&results, "amplification"), "worst", (1.5, 2.0));
}

/// Who is taken out for a second at a time is so for a part of each bin, and idle before it ends.
#[test]
fn who_is_busy_is_taken_out_now_and_then() {
    let results = results_of("ejected_briefly");
    let found = finding(&results, "health_checks");
    assert_names(found, Some("lb"), None);
    assert_number(found, "healthy", (2.0, 3.95));
    assert_number(found, "lasted", (6.0, 35.0));
}
