//! Where the time of single requests goes, in tiny scenarios with constant times whose every instant can be calculated by hand.
//! One way on the network takes 1 ms.

mod common;

use common::plan_of;
use windtunnel::figures::traces;
use windtunnel::measure::trace::Blame;
use windtunnel::plan::Plan;
use windtunnel::report::traces::{otlp, perfetto};
use windtunnel::results::Trace;
use windtunnel::world::{Pause, World};

const HEAD: &str = r#"
[scenario]
duration = "1 s"
[network]
round_trip = { within = "2 ms" }
"#;

/// A millisecond [ns].
const MS: u64 = 1_000_000;

fn plan(parts: &str) -> Plan {
    let text = format!("{HEAD}{parts}");
    plan_of(&text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// A client that asks once.
fn asks(name: &str, at: &str) -> String {
    format!(
        "[client.{name}]\narrivals = {{ batches = [ {{ at = \"{at}\", count = 1 }} ] }}\nrequest = \"web.go\"\n"
    )
}

fn traced(plan: &Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    world.trace(3);
    assert_eq!(world.run_to_end(), Pause::End);
    world
}

/// What the only request of a client spent its time on [ms].
fn path(world: &World<'_>, client: &str) -> Vec<(String, f64)> {
    let plan = world.plan();
    let index = plan.clients.iter().position(|known| known.name == client).expect("the client is known");
    let shares = world.tracer().expect("it is traced").samples[index].shares(0.0, 1.0);
    let at = |instance: windtunnel::units::InstanceId| {
        plan.components[plan.instances[instance.index()].component.index()].name.as_str()
    };
    let site = |site: windtunnel::units::SiteId| plan.sites[site.index()].text.as_str();
    let name = |blame: &Blame| match blame {
        Blame::Queue(instance) => format!("queue {}", at(*instance)),
        Blame::Core(instance) => format!("core {}", at(*instance)),
        Blame::Awaited(instance) => format!("awaited {}", at(*instance)),
        Blame::Service(instance) => format!("service {}", at(*instance)),
        Blame::Held(instance) => format!("held {}", at(*instance)),
        Blame::Paused(instance) => format!("paused {}", at(*instance)),
        Blame::Network(instance) => format!("network {}", at(*instance)),
        Blame::Connection(call) => format!("connection {}", site(*call)),
        Blame::Batch(call) => format!("batch {}", site(*call)),
        Blame::Retry(call) => format!("retry {}", site(*call)),
    };
    shares.pieces.iter().map(|(blame, time)| (name(blame), time / MS as f64)).collect()
}

#[track_caller]
fn assert_path(text: &str, client: &str, expected: &[(&str, f64)]) {
    let plan = plan(text);
    let world = traced(&plan);
    let expected: Vec<(String, f64)> =
        expected.iter().map(|(name, time)| (name.to_string(), *time)).collect();
    assert_eq!(path(&world, client), expected);
}

const CHAIN: &str = r#"
[server.web]
workers = 1
on.go = [ { work = "2 ms" }, { call = "db.get" } ]
[server.db]
workers = 1
on.get = [ { work = "3 ms" } ]
"#;

const EDGE: &str = r#"
[cdn.web]
origin = "app.get"
capacity = "10 objects"
[server.app]
workers = 1
on.get = [ { work = "5 ms" } ]
"#;

/// The fetch of the first leaves the edge at 1 ms, is worked on from 2 to 7 ms, and is back at 8 ms; the second comes to the edge at
/// 4 ms and waits for it.
#[test]
fn a_fetch_that_two_wait_for() {
    let gets = |name: &str, at: &str| asks(name, at).replace("web.go", "web.get") + "keys = { count = 1 }\n";
    let text = gets("first", "0 s") + &gets("second", "3 ms") + EDGE;
    let whole = [("service app", 5.0), ("network app", 2.0), ("network web", 2.0)];
    assert_path(&text, "first", &whole);
    let shared = [("service app", 3.0), ("network app", 1.0), ("network web", 2.0)];
    assert_path(&text, "second", &shared);
}

const LEASES: &str = r#"
[server.web]
workers = 9
on.go = [ { call = "hot.get", on_miss = [ { call = "rows.read" }, { call = "hot.put" } ] } ]
[cache.hot]
capacity = "10 objects"
leases = { every = "10 s" }
[database.rows]
workers = 9
read = "3 ms"
"#;

/// The first is told of a miss at 2 ms, reads the row from 4 to 7 ms, and puts it at 9 ms; the second comes to the cache at 5 ms and
/// waits for what the other one does.
#[test]
fn a_lease_of_somebody_else() {
    let asks = |name: &str, at: &str| asks(name, at) + "keys = { count = 1 }\n";
    let text = asks("first", "0 s") + &asks("second", "3 ms") + LEASES;
    let expected = [("service rows", 2.0), ("network hot", 3.0), ("network rows", 1.0), ("network web", 2.0)];
    assert_path(&text, "second", &expected);
}

const JOBS: &str = r#"
[queue.web]
[consumer.hand]
source = "web"
workers = 1
each = [ { work = "5 ms" } ]
"#;

/// The first is put at 21 ms, when the consumer has asked already: it is there at 22 ms, done at 27 ms, and its answer leaves at
/// 28 ms. The consumer asks again at 27 ms, which takes 1 ms; the second, there since 23 ms, gets to it at 29 ms.
#[test]
fn a_message_that_somebody_waits_for() {
    let runs = |name: &str, at: &str| asks(name, at).replace("web.go", "web.run");
    // What is asked for at the start is asked for before anybody looks.
    let text = runs("zeroth", "0 s") + &runs("first", "20 ms") + &runs("second", "22 ms") + JOBS;
    assert_path(&text, "first", &[("service hand", 5.0), ("network web", 4.0)]);
    let second = [("awaited hand", 4.0), ("service hand", 5.0), ("network web", 5.0)];
    assert_path(&text, "second", &second);
}

/// The first has the worker of `web` from 1 to 8 ms; the second comes at 2 and waits for it.
#[test]
fn a_chain_with_a_queue() {
    let text = asks("first", "0 s") + &asks("second", "1 ms") + CHAIN;
    let expected = [
        ("queue web", 6.0),
        ("service db", 3.0),
        ("service web", 2.0),
        ("network db", 2.0),
        ("network web", 2.0),
    ];
    assert_path(&text, "second", &expected);
    let plan = plan(&text);
    let world = traced(&plan);
    let traces = traces(&world);
    let second = traces.iter().find(|trace| trace.client == "second").expect("it is kept");
    assert_eq!(second.sorts, ["slowest", "random"]);
    let shown = second.spans.iter().map(|span| {
        let parent = span.parent.map_or("-".to_owned(), |parent| parent.to_string());
        let (from, until) = (span.from / MS, span.until / MS);
        format!("{parent} {} {} {} {from}..{until}", span.kind.word(), span.instance, span.name)
    });
    assert_eq!(
        shown.collect::<Vec<String>>(),
        [
            "- request second request 1..16",
            "0 call second web.go 1..16",
            "1 network second there 1..2",
            "1 visit web go 2..15",
            "3 wait web waits for a worker 2..8",
            "3 work web works 8..10",
            "3 call web db.get 10..15",
            "6 network web there 10..11",
            "6 visit db get 11..14",
            "8 work db works 11..14",
            "6 network db back 14..15",
            "1 network web back 15..16",
        ]
    );
    assert!(second.spans.iter().take(2).all(|span| span.outcome.as_deref() == Some("ok")));
}

/// The first attempt is ten times as slow as it should be; given up at 7 ms, tried again at 8 ms, answered at 14 ms.
#[test]
fn what_failed_attempts_cost() {
    let text = asks("c", "0 s")
        + r#"
[server.web]
workers = 2
on.go = [ { work = "4 ms" } ]
[call."c -> web"]
timeout = "7 ms"
retry = { attempts = 2, backoff = { constant = "1 ms" } }
[fault.slow]
at = "0 s"
for = "6 ms"
slow = "web"
factor = 10
"#;
    assert_path(&text, "c", &[("service web", 4.0), ("network web", 2.0), ("retry web.go", 8.0)]);
}

/// One call after the other, each with a request of its own: neither is the price of the other.
#[test]
fn calls_one_after_the_other() {
    let text = asks("c", "0 s")
        + r#"
[server.web]
workers = 1
on.go = [ { call = "hot.get" }, { call = "db.get" }, { call = "hot.get" } ]
[server.hot]
workers = 1
on.get = [ { work = "1 ms" } ]
[server.db]
workers = 1
on.get = [ { work = "3 ms" } ]
[call.default]
timeout = "100 ms"
"#;
    let expected = [
        ("service db", 3.0),
        ("service hot", 2.0),
        ("network db", 2.0),
        ("network hot", 4.0),
        ("network web", 2.0),
    ];
    assert_path(&text, "c", &expected);
}

/// Of two branches the longer one is waited for, whatever the shorter one did.
#[test]
fn the_branch_that_ends_last() {
    let text = asks("c", "0 s")
        + r#"
[server.web]
workers = 1
on.go = [ { all = [ [ { call = "short.get" } ], [ { call = "long.get" } ] ] } ]
[server.short]
workers = 1
on.get = [ { work = "3 ms" } ]
[server.long]
workers = 1
on.get = [ { work = "5 ms" } ]
"#;
    assert_path(&text, "c", &[("service long", 5.0), ("network long", 2.0), ("network web", 2.0)]);
}

/// The third turn can begin only when one of the first two has ended: both stand on the way to the answer.
#[test]
fn turns_that_wait_for_a_place() {
    let text = asks("c", "0 s")
        + r#"
[server.web]
workers = 1
on.go = [ { repeat = 3, parallel = 2, do = [ { call = "db.get" } ] } ]
[server.db]
workers = 2
on.get = [ { work = "3 ms" } ]
"#;
    assert_path(&text, "c", &[("service db", 6.0), ("network db", 4.0), ("network web", 2.0)]);
}

/// One connection: the second call waits until the first is answered, from 2 to 6 ms.
#[test]
fn a_connection_that_is_waited_for() {
    let text = asks("first", "0 s")
        + &asks("second", "1 ms")
        + r#"
[server.web]
workers = 8
on.go = [ { call = "db.get" } ]
[server.db]
workers = 8
on.get = [ { work = "3 ms" } ]
[call."web -> db"]
pool = { size = 1 }
"#;
    let expected =
        [("service db", 3.0), ("network db", 2.0), ("network web", 2.0), ("connection db.get", 4.0)];
    assert_path(&text, "second", &expected);
}

/// Still from 3 to 8 ms: of its 4 ms of work 2 are done before, and 2 after.
#[test]
fn a_pause_is_not_service() {
    let text = asks("c", "0 s")
        + r#"
[server.web]
workers = 1
on.go = [ { work = "4 ms" } ]
[fault.collection]
at = "3 ms"
for = "5 ms"
pause = "web"
"#;
    assert_path(&text, "c", &[("service web", 4.0), ("paused web", 5.0), ("network web", 2.0)]);
}

/// An early answer goes home at 3 ms, while its handler works on until 12 ms.
#[test]
fn an_early_answer() {
    let text = asks("c", "0 s")
        + r#"
[server.web]
workers = 1
on.go = [ { work = "2 ms" }, { answer = "ok" }, { work = "9 ms" } ]
"#;
    assert_path(&text, "c", &[("service web", 2.0), ("network web", 2.0)]);
}

const STORM: &str = r#"
[scenario]
duration = "20 s"
[network]
loss = { within = "1 %" }
[client.c]
arrivals = { poisson = "100 /s" }
request = "edge.go"
[balancer.edge]
targets = ["web"]
[server.web]
instances = 3
workers = 2
queue = 4
on.go = [
  { work = { exponential = "5 ms" } },
  { all = [ [ { call = "db.get" } ], [ { call = "db.get" }, { call = "db.get" } ] ] },
  { send = "db.get" },
]
[server.db]
workers = 4
cores = 2
on.get = [ { work = { exponential = "4 ms" } } ]
[call."c -> edge"]
timeout = "100 ms"
retry = { attempts = 2 }
[call."web -> db"]
timeout = "40 ms"
retry = { attempts = 2 }
hedge = { after = "20 ms", copies = 2 }
cancel = true
[campaign.crashes]
crash = "web"
mttf = "4 s"
mttr = "500 ms"
"#;

fn storm() -> (Plan, Vec<Trace>) {
    let plan = plan_of(STORM).unwrap_or_else(|error| panic!("{error}"));
    let kept = traces(&traced(&plan));
    (plan, kept)
}

#[test]
fn who_is_watched_does_not_behave_otherwise() {
    let plan = plan_of(STORM).unwrap_or_else(|error| panic!("{error}"));
    let mut unwatched = World::new(&plan, plan.seed);
    unwatched.run_to_end();
    let watched = traced(&plan);
    assert_eq!((watched.fingerprint(), watched.events()), (unwatched.fingerprint(), unwatched.events()));
    assert_eq!(watched.conservation(), unwatched.conservation());
}

/// Three of each sort; what is part of something lies behind it, and times do not go back.
#[test]
fn traces_of_a_storm_are_whole() {
    let (_, kept) = storm();
    for sort in ["slowest", "failed", "random"] {
        assert_eq!(kept.iter().filter(|trace| trace.sorts.contains(&sort)).count(), 3, "{sort}");
    }
    for trace in &kept {
        let request = &trace.spans[0];
        assert_eq!(
            request.is_failed,
            trace.sorts.contains(&"failed") || request.outcome.as_deref() != Some("ok")
        );
        for (index, span) in trace.spans.iter().enumerate() {
            assert!(span.from <= span.until && span.until <= request.until, "{span:?} of {request:?}");
            let parent = span.parent.map(|parent| (parent, &trace.spans[parent]));
            assert!(
                parent.is_none_or(|(parent, known)| parent < index && known.from <= span.from),
                "{trace:?}"
            );
        }
    }
}

#[test]
fn slices_nest_on_every_track() {
    let (_, kept) = storm();
    let object: serde_json::Value = serde_json::from_str(&perfetto(&kept)).expect("it is JSON");
    let events = object["traceEvents"].as_array().expect("there are events");
    let mut tracks = std::collections::BTreeMap::<(u64, u64), Vec<(u64, u64)>>::new();
    for event in events.iter().filter(|event| event["ph"] == "X") {
        let nanoseconds = |key: &str| (event[key].as_f64().expect("a number") * 1e3).round() as u64;
        let whole = |key: &str| event[key].as_u64().expect("a whole number");
        let (from, length) = (nanoseconds("ts"), nanoseconds("dur"));
        tracks.entry((whole("pid"), whole("tid"))).or_default().push((from, from + length));
    }
    assert!(tracks.len() > kept.len(), "branches stand side by side");
    for (track, mut slices) in tracks {
        slices.sort_by_key(|(from, until)| (*from, std::cmp::Reverse(*until)));
        let mut open: Vec<u64> = Vec::new();
        for (from, until) in slices {
            open.retain(|end| *end > from);
            assert!(open.last().is_none_or(|end| until <= *end), "{from}..{until} on {track:?}");
            open.push(until);
        }
    }
}

#[test]
fn lines_refer_to_spans_that_are_there() {
    let (_, kept) = storm();
    let lines = otlp(&kept);
    assert_eq!(lines.lines().count(), kept.len());
    for line in lines.lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
        let resources = value["resourceSpans"].as_array().expect("there are resources");
        let spans: Vec<&serde_json::Value> = resources
            .iter()
            .flat_map(|resource| resource["scopeSpans"][0]["spans"].as_array().expect("there are spans"))
            .collect();
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        let is_hexadecimal = |id: &str| id.chars().all(|digit| digit.is_ascii_hexdigit());
        let mut ids: Vec<String> = spans.iter().map(|span| text(&span["spanId"])).collect();
        assert!(ids.iter().all(|id| id.len() == 16 && is_hexadecimal(id)));
        let roots = spans.iter().filter(|span| span.get("parentSpanId").is_none()).count();
        assert_eq!(roots, 1);
        for span in &spans {
            assert_eq!(span["traceId"], spans[0]["traceId"]);
            assert_eq!(text(&span["traceId"]).len(), 32);
            assert!(span.get("parentSpanId").is_none_or(|parent| ids.contains(&text(parent))));
            let time = |key: &str| text(&span[key]).parse::<u64>().expect("a time");
            assert!(time("startTimeUnixNano") <= time("endTimeUnixNano"));
        }
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), spans.len());
    }
}
