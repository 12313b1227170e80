//! Marks: what a client asked for gets where it was meant to get, or is pending, or is lost; every instant and every count can
//! be calculated by hand. One way on the network takes 1 ms.

mod common;

use common::plan_of;
use windtunnel::figures::{Catalogue, laws, summary, value};
use windtunnel::plan::Plan;
use windtunnel::units::Time;
use windtunnel::world::{Pause, World};

/// A millisecond [ns].
const MS: u64 = 1_000_000;

const HEAD: &str = r#"
[scenario]
duration = "1 s"
[network]
round_trip = { within = "2 ms" }
"#;

/// A client's request is handed on to another server, whose handler marks it.
const POSTS: &str = r#"
[client.user]
arrivals = { batches = [ { at = "0 s", count = 1 } ] }
request = "web.post"
[server.web]
workers = 3
on.post = [ { send = "worker.store" } ]
[server.worker]
workers = 1
on.store = [ { work = "10 ms" }, { mark = "stored", late_after = "12 ms" } ]
"#;

/// A client that asks a server for something, so many times at once.
fn asks(count: u32, operation: &str) -> String {
    format!(
        "[client.user]\narrivals = {{ batches = [ {{ at = \"0 s\", count = {count} }} ] }}\n\
         request = \"{operation}\"\n"
    )
}

fn plan(parts: &[&str]) -> Plan {
    let text = parts.concat();
    plan_of(&text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// A run that is over: everybody has gone home.
fn finished(plan: &Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::End);
    assert!(world.is_empty(), "somebody is still there");
    world
}

/// Figures of the whole run by name; absent ones are none.
fn figures(world: &World<'_>, names: &[&str]) -> Vec<Option<f64>> {
    let catalogue = Catalogue::of(world.plan());
    let whole = world.recorder().timeline.whole();
    let figure = |name: &&str| {
        let definition = catalogue.get(name).unwrap_or_else(|| panic!("no metric `{name}`"));
        value(world, definition.metric, whole)
    };
    names.iter().map(figure).collect()
}

/// Count, duplicates, lost and pending of a mark.
fn counts(world: &World<'_>, mark: &str) -> [u64; 4] {
    let names = ["count", "duplicates", "lost", "pending"].map(|word| format!("mark.{mark}.{word}"));
    let values = figures(world, &names.each_ref().map(String::as_str));
    let checks = laws(world);
    assert!(checks.iter().all(|check| check.holds), "{}", summary(&checks));
    [0, 1, 2, 3].map(|index| values[index].expect("it has a value") as u64)
}

fn at(plan: &Plan, ms: u64) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    world.run(Time(ms * MS), u64::MAX);
    world
}

/// The message leaves at 1 ms, arrives at 2 ms and is stored at 12 ms.
#[test]
fn the_delay_runs_from_the_intended_arrival_to_the_mark() {
    let plan = plan(&[HEAD, POSTS]);
    for (ms, expected) in [(1, [0, 0, 0, 0]), (3, [0, 0, 0, 1]), (11, [0, 0, 0, 1]), (13, [1, 0, 0, 0])] {
        assert_eq!(counts(&at(&plan, ms), "stored"), expected, "at {ms} ms");
    }
    let world = finished(&plan);
    let names = ["mark.stored.delay.mean", "mark.stored.delay.max", "mark.stored.late"];
    assert_eq!(figures(&world, &names), [Some(0.012), Some(0.012), Some(0.0)]);
}

/// Three posts at once: they are stored at 12, 22 and 32 ms, of which two are later than 12 ms.
#[test]
fn who_arrives_after_the_limit_is_late() {
    let posts = POSTS.replace("count = 1", "count = 3");
    let plan = plan(&[HEAD, &posts]);
    let world = finished(&plan);
    assert_eq!(counts(&world, "stored"), [3, 0, 0, 0]);
    assert_eq!(figures(&world, &["mark.stored.late", "mark.stored.delay.max"]), [Some(2.0), Some(0.032)]);
}

/// Three posts at once; at 15 ms one of them is stored, one is half done and one waits. Both are lost with their server.
#[test]
fn what_dies_with_a_crash_is_lost_if_its_client_was_told_that_it_is_done() {
    let posts = POSTS.replace("count = 1", "count = 3");
    let crash = "[fault.crash]\nat = \"15 ms\"\nfor = \"1 ms\"\ncrash = [\"worker\"]\n";
    let answered = plan(&[HEAD, &posts, crash]);
    assert_eq!(counts(&at(&answered, 14), "stored"), [1, 0, 0, 2]);
    assert_eq!(counts(&finished(&answered), "stored"), [1, 0, 2, 0]);
    // Who waits for the store hears of the crash: nobody was told what is not true.
    let waited = posts.replace("send = ", "call = ");
    let failed = plan(&[HEAD, &waited, crash]);
    let world = finished(&failed);
    assert_eq!(counts(&world, "stored"), [1, 0, 0, 0]);
    assert_eq!(world.conservation().failed, 2);
}

/// A word of the scenario is a promise like `ok`; that the queue had no room, or a failure, is none.
#[test]
fn every_answer_that_promises_is_counted() {
    let crash = "[fault.crash]\nat = \"15 ms\"\nfor = \"1 ms\"\ncrash = [\"worker\"]\n";
    for (ending, expected) in [
        ("", [1, 0, 2, 0]),
        (", { answer = \"accepted\" }", [1, 0, 2, 0]),
        (", { return = \"accepted\" }", [1, 0, 2, 0]),
        (", { answer = \"full\" }", [1, 0, 0, 0]),
        (", { fail = \"broken\" }", [1, 0, 0, 0]),
    ] {
        let posts = POSTS.replace("count = 1", "count = 3");
        let posts = posts.replace("\"worker.store\" } ]", &format!("\"worker.store\" }}{ending} ]"));
        assert_eq!(counts(&finished(&plan(&[HEAD, &posts, crash])), "stored"), expected, "{ending}");
    }
}

/// A message that is lost on its way is lost when it should have arrived.
#[test]
fn what_the_network_drops_is_lost() {
    let cut = "[fault.cut]\nat = \"0 s\"\nfor = \"1 s\"\nlink = [\"web -> worker\"]\ncut = true\n";
    let plan = plan(&[HEAD, POSTS, cut]);
    assert_eq!(counts(&finished(&plan), "stored"), [0, 0, 1, 0]);
}

/// The first attempt is served from 1 to 11 ms, the second from 11 to 21 ms; their caller gave up at 5 and 10 ms, was told
/// that it failed, and both were stored.
#[test]
fn retries_of_what_was_not_answered_in_time_are_duplicates() {
    let plan = plan(&[
        HEAD,
        &asks(1, "worker.store"),
        "[call.\"user -> worker\"]\ntimeout = \"5 ms\"\nretry = { attempts = 2 }\n",
        "[server.worker]\nworkers = 1\non.store = [ { work = \"10 ms\" }, { mark = \"stored\" } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(counts(&world, "stored"), [1, 1, 0, 0]);
    assert_eq!(figures(&world, &["mark.stored.delay.max"]), [Some(0.011)]);
}

/// Each of two posts goes to five readers, twice to the first of them.
#[test]
fn per_tells_the_parts_of_an_intention_apart() {
    let plan = plan(&[
        HEAD,
        &asks(2, "web.post"),
        "[server.web]\nworkers = 1\non.post = [ { repeat = 5, do = [ { send = \"feed.put\", key = \"{id}-{turn}\" } ] }, \
         { send = \"feed.put\", key = \"{id}-{turn}\" } ]\n",
        "[server.feed]\nworkers = 1\non.put = [ { mark = \"seen\", per = \"{key}\" }, { mark = \"any\" } ]\n",
    ]);
    let world = finished(&plan);
    assert_eq!(counts(&world, "seen"), [10, 2, 0, 0]);
    assert_eq!(counts(&world, "any"), [2, 10, 0, 0]);
}

/// Nine of ten requests read: they are not on their way to the mark, and are not lost.
#[test]
fn only_requests_that_may_reach_a_mark_are_missed() {
    let plan = plan(&[
        HEAD,
        "[client.user]\narrivals = { even = \"1 k/s\" }\nmix = { \"edge.read\" = 9, \"edge.post\" = 1 }\n",
        "[balancer.edge]\ntargets = [\"web\"]\n",
        "[server.web]\nworkers = 1\n[server.web.on]\nread = [ { work = \"10 us\" } ]\n",
        "post = [ { choose = [ { share = \"50 %\", do = [ { mark = \"stored\" } ] }, { do = [] } ] } ]\n",
    ]);
    let mut world = World::new(&plan, plan.seed);
    world.run_to_end();
    world.drain();
    let [count, duplicates, lost, pending] = counts(&world, "stored");
    assert_eq!((duplicates, pending), (0, 0));
    assert!(count > 20 && lost > 20 && count + lost < 200, "{count} stored, {lost} lost");
}

#[test]
fn wrong_marks_are_told() {
    let scenario = |step: &str| {
        format!(
            "{HEAD}[client.user]\narrivals = {{ even = \"1 /s\" }}\nrequest = \"web.go\"\n\
             [server.web]\nworkers = 1\non.go = [ {step}, {{ mark = \"there\", late_after = \"2 s\" }} ]\n"
        )
    };
    for (step, message) in [
        ("{ mark = \"Stored\" }", "`Stored` is not a name"),
        ("{ mark = \"latency\" }", "`latency` is a word of the language"),
        ("{ mark = 5 }", "text is needed here"),
        ("{ mark = \"a\", per = \"{kye}\" }", "unknown field `kye` in a template"),
        ("{ mark = \"a\", key = \"{key}\" }", "unknown key `key` in a step `mark`"),
        ("{ mark = \"a\", late_after = 5 }", "a duration needs a unit"),
        ("{ mark = \"there\", late_after = \"1 s\" }", "the mark `there` has another `late_after` elsewhere"),
    ] {
        let error = plan_of(&scenario(step)).map(|_| ()).expect_err(step);
        assert!(error.contains(message), "{step}: {error}");
    }
    let many: Vec<String> = (0..65).map(|index| format!("{{ mark = \"m{index}\" }}")).collect();
    let error = plan_of(&scenario(&many.join(", "))).map(|_| ()).expect_err("65 marks");
    assert!(error.contains("a scenario has at most 64 marks"), "{error}");
}

/// Puts are written behind: the first two of one key are one write, and the last dies with the memory of the cache.
#[test]
fn what_waits_to_be_written_back_lives_until_it_is_written_or_lost() {
    let plan = plan(&[
        HEAD,
        "[client.user]\narrivals = { batches = [ { at = \"0 s\", count = 2, every = \"10 ms\" }, { at = \"70 ms\", count = 1 } ] }\n",
        "request = \"hot.put\"\nkeys = { count = 1 }\n",
        "[cache.hot]\ncapacity = \"10 objects\"\nwrite_back = { to = \"rows.write\", after = \"30 ms\" }\n",
        "[server.rows]\nworkers = 1\non.write = [ { mark = \"stored\" } ]\n",
        "[fault.crash]\nat = \"80 ms\"\nfor = \"1 ms\"\ncrash = [\"hot\"]\n",
    ]);
    assert_eq!(counts(&at(&plan, 5), "stored"), [0, 0, 0, 1]);
    // The second put takes the place of the first.
    assert_eq!(counts(&at(&plan, 20), "stored"), [0, 0, 1, 1]);
    assert_eq!(counts(&at(&plan, 60), "stored"), [1, 0, 1, 0]);
    assert_eq!(counts(&at(&plan, 75), "stored"), [1, 0, 1, 1]);
    assert_eq!(counts(&finished(&plan), "stored"), [1, 0, 2, 0]);
}

/// Posts go through a queue to one worker, who takes 10 ms for each.
const QUEUED: &str = r#"
[client.user]
arrivals = { batches = [ { at = "0 s", count = 3 } ] }
request = "jobs.put"
[queue.jobs]
visibility = "100 ms"
[consumer.worker]
source = "jobs"
workers = 1
each = [ { work = "10 ms" }, { mark = "stored", late_after = "20 ms" } ]
"#;

/// A run at its end, of which nothing lives but consumers that wait for messages.
fn rested(plan: &Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::End);
    let ledger = world.recorder().ledger.as_ref().expect("it is kept");
    assert!(ledger.is_settled(), "something of an intention still lives");
    world
}

/// Messages are put at 1 ms. The first one is at the worker at 2 ms and stored at 12 ms; then the acknowledgement and the next
/// fetch leave together: each further one takes 2 ms more than its work, and is stored at 24 and 36 ms.
#[test]
fn what_waits_in_a_queue_is_pending_until_a_consumer_has_worked_on_it() {
    let plan = plan(&[HEAD, QUEUED]);
    for (ms, expected) in [(3, [0, 0, 0, 3]), (13, [1, 0, 0, 2]), (25, [2, 0, 0, 1]), (37, [3, 0, 0, 0])] {
        assert_eq!(counts(&at(&plan, ms), "stored"), expected, "at {ms} ms");
    }
    let world = rested(&plan);
    assert_eq!(counts(&world, "stored"), [3, 0, 0, 0]);
    assert_eq!(figures(&world, &["mark.stored.late", "mark.stored.delay.max"]), [Some(2.0), Some(0.036)]);
}

/// Its consumer crashes at 20 ms, when one message is stored and one in hand.
#[test]
fn a_crash_of_the_consumer_loses_only_what_was_acknowledged_before_the_work() {
    let crash = "[fault.crash]\nat = \"20 ms\"\nfor = \"1 ms\"\ncrash = [\"worker\"]\n";
    for (acknowledges, expected) in [("after", [3, 0, 0, 0]), ("before", [2, 0, 1, 0])] {
        let consumer = QUEUED.replace("workers = 1", &format!("workers = 1\nack = \"{acknowledges}\""));
        let plan = plan(&[HEAD, &consumer, crash]);
        assert_eq!(counts(&rested(&plan), "stored"), expected, "{acknowledges}");
    }
}

/// A message that is worked on for longer than it is hidden is handed out again, as often as it may be.
#[test]
fn redeliveries_are_duplicates() {
    let queue = QUEUED
        .replace("\"100 ms\"", "\"11 ms\"\nattempts = 2")
        .replace("workers = 1", "workers = 2")
        .replace("count = 3", "count = 1");
    let plan = plan(&[HEAD, &queue]);
    assert_eq!(counts(&rested(&plan), "stored"), [1, 1, 0, 0]);
}

/// A queue that crashes loses what it keeps in memory, the message in hand included, whose work goes on.
#[test]
fn what_a_queue_loses_is_lost_unless_somebody_works_on_it() {
    let crash = "[fault.crash]\nat = \"7 ms\"\nfor = \"1 ms\"\ncrash = [\"jobs\"]\n";
    let volatile = QUEUED.replace("[queue.jobs]", "[queue.jobs]\ndurable = false");
    let plan = plan(&[HEAD, &volatile, crash]);
    assert_eq!(counts(&at(&plan, 8), "stored"), [0, 0, 2, 1]);
    assert_eq!(counts(&rested(&plan), "stored"), [1, 0, 2, 0]);
}

/// Dead messages are lost, or go on to another queue, whose consumer stores them.
#[test]
fn the_dead_are_lost_unless_another_queue_takes_them() {
    let failing = "[consumer.worker]\nsource = \"jobs\"\nworkers = 1\neach = [ { fail = \"broken\" } ]\n";
    let head = QUEUED.split("[consumer.worker]").next().expect("the head of it");
    let dropped = head.replace("visibility", "attempts = 2\nvisibility");
    let none = "[server.idle]\nworkers = 1\non.go = [ { mark = \"stored\" } ]\n\
                [client.other]\narrivals = { batches = [ { at = \"900 ms\", count = 1 } ] }\nrequest = \"idle.go\"\n";
    let marked = failing.replace(
        "{ fail = \"broken\" }",
        "{ choose = [ { share = \"0 %\", do = [ { mark = \"stored\" } ] }, { do = [ { fail = \"broken\" } ] } ] }",
    );
    let dead = plan(&[HEAD, &dropped, &marked, none]);
    assert_eq!(counts(&rested(&dead), "stored"), [1, 0, 3, 0]);
    let moved = dropped.replace("attempts", "dead_letter = \"broken\"\nattempts");
    let second = "[queue.broken]\n[consumer.nurse]\nsource = \"broken\"\nworkers = 1\neach = [ { mark = \"stored\" } ]\n";
    let saved = plan(&[HEAD, &moved, failing, second]);
    assert_eq!(counts(&rested(&saved), "stored"), [3, 0, 0, 0]);
}
