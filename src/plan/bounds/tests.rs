use super::*;
use crate::plan::{Document, build};
use crate::scenario::Diagnostics;

/// The bounds of components beside a `[scenario]` of 100 s and a network that takes no time.
fn bounds_of(components: &str) -> Bounds {
    of_text(&format!(
        "[scenario]\ntitle = \"x\"\nduration = \"100 s\"\n[network]\nround_trip = {{ within = \"0 s\" }}\n{components}"
    ))
}

/// The bounds of a scenario.
fn of_text(text: &str) -> Bounds {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("x.toml", text, &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    bounds(&scenario.unwrap_or_else(|| panic!("{}", diagnostics.lines(&sources))).plan)
}

fn number(number: f64) -> String {
    format!("{}", (number * 1e6).round() / 1e6)
}

fn interval(Interval { low, high }: Interval) -> String {
    if number(low) == number(high) { number(low) } else { format!("{}..{}", number(low), number(high)) }
}

/// "app 2560 -> 25.6/32": visits per second, load and capacity of each station.
fn stations(bounds: &Bounds) -> String {
    let station = |station: &StationBounds| {
        let cores = match station.resource {
            Resource::Workers => "",
            Resource::Cores => " cores",
            Resource::Connections => " connections",
        };
        let capacity = station.capacity.map_or("any".to_owned(), number);
        format!(
            "{}{cores} {} -> {}/{capacity}",
            station.label(),
            interval(station.visits),
            interval(station.load)
        )
    };
    bounds.stations.iter().map(station).collect::<Vec<_>>().join(", ")
}

/// The stations of a client with 100 requests per second to `a.go`, whose handler is given, and of more
/// components.
fn of_handler(keys: &str, handler: &str, more: &str) -> String {
    let a = format!("[server.a]\nworkers = 10\n{keys}\n[server.a.on]\ngo = [ {handler} ]");
    let client = "[client.c]\narrivals = { poisson = \"100 /s\" }\nrequest = \"a.go\"\nkeys = { count = 10 }";
    stations(&bounds_of(&format!("{client}\n{a}\n{more}")))
}

const B: &str = "[server.b]\nworkers = 5\non.go = [ { work = \"10 ms\" } ]";

#[test]
fn a_chain_has_the_loads_of_the_utilisation_law() {
    let chain = |rate: &str| {
        bounds_of(&format!(
            "[client.c]\narrivals = {{ poisson = \"{rate}\" }}\nrequest = \"lb.go\"\n\
             [balancer.lb]\ntargets = [\"app\"]\nservice = \"0.1 ms\"\n\
             [server.app]\ninstances = 8\nworkers = 4\nblocking = false\n[server.app.on]\ngo = [\n\
             {{ work = {{ exponential = \"10 ms\" }} }}, {{ wait = \"0.5 ms\" }},\n\
             {{ choose = [ {{ share = \"80 %\", do = [] }}, {{ do = [ {{ call = \"db.query\" }} ] }} ] }} ]\n\
             [server.db]\nworkers = 16\non.query = [ {{ work = {{ exponential = \"25 ms\" }} }} ]"
        ))
    };
    let bounds = chain("2560 /s");
    // 2560 x 10 ms; a fifth of it x 25 ms; 2560 x (0.1 + 10 + 0.5 + 25 / 5) ms.
    assert_eq!(stations(&bounds), "app 2560 -> 25.6/32, db 512 -> 12.8/16, lb 2560 -> 39.936/any");
    assert_eq!(bounds.stations[0].utilization().map(interval).as_deref(), Some("0.8"));
    assert_eq!(bounds.stations[1].carries().map(interval).as_deref(), Some("1.25"));
    assert_eq!((bounds.stations[0].overload(), bounds.bottleneck), (None, Some(0)));
    assert_eq!(
        (interval(bounds.clients[0].rate), interval(bounds.clients[0].latency)),
        ("2560".to_owned(), "0.0156".to_owned())
    );
    let (offered, capacity) = chain("4 k/s").stations[1].overload().unwrap();
    assert_eq!((number(offered), number(capacity)), ("800".to_owned(), "640".to_owned()));
}

/// 100 /s keep a connection for 10 ms each, or until they are given up.
#[test]
fn a_pool_is_a_station_of_its_edge() {
    for (keys, call, expected) in [
        ("", "pool = { size = 2 }", "a -> b connections 100 -> 1/2"),
        ("instances = 3", "pool = { size = 2 }", "a -> b connections 100 -> 1/6"),
        (
            "",
            "latency = { there = \"1 ms\", back = \"1 ms\" }\npool = { size = 2 }",
            "a -> b connections 100 -> 1.2/2",
        ),
        (
            "",
            "timeout = \"4 ms\"\nretry = { attempts = 3 }\npool = { size = 2 }",
            "a -> b connections 100..300 -> 0.4..1.2/2",
        ),
    ] {
        let all = of_handler(keys, "{ call = \"b.go\" }", &format!("{B}\n[call.\"a -> b\"]\n{call}"));
        assert_eq!(all.split(", ").last(), Some(expected), "{call}");
    }
    let bounds = bounds_of(&format!(
        "[client.c]\narrivals = {{ poisson = \"100 /s\" }}\nrequest = \"b.go\"\n\
         [call.\"c -> b\"]\npool = {{ size = 2 }}\n{B}"
    ));
    // Of five workers a fifth is busy, of two connections a half.
    assert_eq!(stations(&bounds), "b 100 -> 1/5, c -> b connections 100 -> 1/2");
    assert_eq!(bounds.bottleneck, Some(1));
    assert_eq!(bounds.stations[1].carries().map(interval).as_deref(), Some("2"));
}

#[test]
fn a_handler_has_a_least_and_a_most() {
    let cache = "[cache.hot]\ncapacity = \"10 objects\"\nservice = \"1 ms\"";
    let miss = |body: &str| format!("{{ call = \"hot.get\", on_miss = [ {body} ] }}, {{ call = \"b.go\" }}");
    let policy = |keys: &str| format!("{B}\n[call.\"a -> b\"]\n{keys}");
    let twice = "[server.d]\nworkers = 1\non.go = [ { choose = [ { share = \"50 %\", do = [ { fail = \"no\" } ] }, { do = [] } ] } ]";
    for (keys, handler, more, expected) in [
        // A blocking worker is held for what it waits, an event loop's is not.
        ("", "{ work = \"1 ms\" }, { call = \"b.go\" }", B, "a 100 -> 1.1/10, b 100 -> 1/5"),
        ("blocking = false", "{ work = \"1 ms\" }, { call = \"b.go\" }", B, "a 100 -> 0.1/10, b 100 -> 1/5"),
        // Few cores are a limit of their own; under processor sharing they are the only one.
        (
            "cores = 2",
            "{ work = \"1 ms\" }, { call = \"b.go\" }",
            B,
            "a 100 -> 1.1/10, a cores 100 -> 0.1/2, b 100 -> 1/5",
        ),
        (
            "discipline = \"processor_sharing\"",
            "{ work = \"1 ms\" }, { wait = \"1 ms\" }",
            "",
            "a cores 100 -> 0.1/10",
        ),
        // Branches share the worker of their handler, but each takes a core of its own.
        (
            "",
            "{ all = [ [ { work = \"1 ms\" } ], [ { work = \"2 ms\" } ] ] }",
            "",
            "a 100 -> 0.2..0.3/10, a cores 100 -> 0.3/10",
        ),
        (
            "cores = 20",
            "{ repeat = 3, parallel = 3, do = [ { work = \"1 ms\" } ] }",
            "",
            "a 100 -> 0.1..0.3/10, a cores 100 -> 0.3/20",
        ),
        ("", "{ repeat = 3, parallel = 1, do = [ { work = \"1 ms\" } ] }", "", "a 100 -> 0.3/10"),
        (
            "",
            "{ all = [ [ { work = \"1 ms\" } ], [ { wait = \"2 ms\" } ] ] }",
            "",
            "a 100 -> 0.2..0.3/10, a cores 100 -> 0.1/10",
        ),
        ("", "{ all = [ [ { wait = \"1 ms\" } ], [ { wait = \"2 ms\" } ] ] }", "", "a 100 -> 0.2..0.3/10"),
        (
            "blocking = false",
            "{ all = [ [ { work = \"1 ms\" } ], [ { work = \"2 ms\" } ] ] }",
            "",
            "a 100 -> 0.3/10",
        ),
        // Half of the visits come again, and wait for those that do: 1 ms / (1 - 1/2).
        (
            "",
            "{ work = \"1 ms\" }, { choose = [ { share = \"50 %\", do = [ { call = \"a.go\" } ] }, { do = [] } ] }",
            "",
            "a 200 -> 0.4/10",
        ),
        // A miss may happen or not; behind it the handler goes on unless the body ends it.
        (
            "",
            &miss("{ call = \"b.go\" }, { call = \"hot.put\" }"),
            &format!("{B}\n{cache}"),
            "a 100 -> 1.1..2.2/10, b 100..200 -> 1..2/5, hot 100..200 -> 0.1..0.2/1",
        ),
        (
            "",
            &miss("{ return = \"gone\" }"),
            &format!("{B}\n{cache}"),
            "a 100 -> 0.1..1.1/10, b 0..100 -> 0..1/5, hot 100 -> 0.1/1",
        ),
        // What a handler fails with itself is no accident; without it a failure is.
        (
            "",
            "{ call = \"d.go\" }, { call = \"b.go\" }",
            &format!("{B}\n{twice}"),
            "a 100 -> 0..1/10, b 0..100 -> 0..1/5, d 100 -> 0/1",
        ),
        (
            "",
            "{ call = \"b.go\", on_error = [ { return = \"gone\" } ] }, { call = \"b.go\" }",
            B,
            "a 100 -> 2/10, b 200 -> 2/5",
        ),
        // Attempts count in the most only, each for no longer than its timeout.
        (
            "",
            "{ call = \"b.go\" }",
            &policy("retry = { attempts = 3 }"),
            "a 100 -> 1..3/10, b 100..300 -> 1..3/5",
        ),
        ("", "{ call = \"b.go\" }", &policy("timeout = \"4 ms\""), "a 100 -> 0.4/10, b 100 -> 1/5"),
        (
            "",
            "{ call = \"b.go\" }",
            &policy("retry = { attempts = 4, backoff = { doubling = \"1 ms\", cap = \"3 ms\" } }"),
            "a 100 -> 1..4.6/10, b 100..400 -> 1..4/5",
        ),
        (
            "",
            "{ call = \"b.go\" }",
            &policy("retry = { attempts = \"unbounded\", backoff = { constant = \"1 ms\" } }"),
            "a 100 -> 1..inf/10, b 100..inf -> 1..inf/5",
        ),
        // Loops count by their mean, branches side by side by the longest.
        (
            "",
            "{ repeat = { geometric = 3 }, do = [ { call = \"b.go\" } ] }",
            B,
            "a 100 -> 3/10, b 300 -> 3/5",
        ),
        (
            "",
            "{ repeat = 2, do = [ { choose = [ { share = \"50 %\", do = [ { return = \"ok\" } ] }, { do = [ { wait = \"1 ms\" } ] } ] } ] }",
            "",
            "a 100 -> 0.075..0.1/10",
        ),
        (
            "",
            "{ repeat = 6, parallel = 3, do = [ { call = \"b.go\" } ] }",
            B,
            "a 100 -> 2..6/10, b 600 -> 6/5",
        ),
        ("", "{ all = [ [ { wait = \"1 ms\" } ], [ { wait = \"3 ms\" } ] ] }", "", "a 100 -> 0.3..0.4/10"),
        (
            "",
            "{ any = [ [ { call = \"b.go\" } ], [ { wait = \"3 ms\" } ] ] }",
            B,
            "a 100 -> 0..1.3/10, b 100 -> 1/5",
        ),
        (
            "",
            "{ any = [ [ { call = \"b.go\" } ], [ { wait = \"3 ms\" } ] ], cancel = true }",
            B,
            "a 100 -> 0..1.3/10, b 0..100 -> 0..1/5",
        ),
        // Conditions are open; so is what depends on the request; what is sent holds nobody.
        (
            "",
            "{ choose = [ { when = \"size > 1 kB\", do = [ { work = \"2 ms\" } ] }, { do = [ { work = \"1 ms\" } ] } ] }",
            "",
            "a 100 -> 0.1..0.2/10",
        ),
        (
            "",
            "{ work = \"= size / 1 MB * 1 s\" }, { send = \"b.go\" }",
            B,
            "a 100 -> 0..inf/10, b 100 -> 1/5",
        ),
        // The caller has its answer early, the worker goes on.
        (
            "",
            "{ call = \"e.go\" }",
            "[server.e]\nworkers = 5\non.go = [ { work = \"1 ms\" }, { answer = \"ok\" }, { work = \"9 ms\" } ]",
            "a 100 -> 0.1/10, e 100 -> 1/5",
        ),
    ] {
        assert_eq!(of_handler(keys, handler, more), expected, "{keys} {handler}");
    }
}

#[test]
fn users_who_wait_for_answers_are_bounded_from_above() {
    for (users, rate) in [(5, "0..4.545455"), (20, "0..10")] {
        // Alone each turn takes 1.1 s, and one worker serves 10 of them per second.
        let bounds = bounds_of(&format!(
            "[client.c]\narrivals = {{ users = {users}, think = {{ exponential = \"1 s\" }} }}\nrequest = \"a.go\"\n\
             [server.a]\nworkers = 1\non.go = [ {{ work = \"100 ms\" }} ]"
        ));
        assert_eq!((interval(bounds.clients[0].rate).as_str(), bounds.clients[0].users), (rate, Some(users)));
        assert_eq!((bounds.bottleneck, bounds.stations[0].overload()), (Some(0), None));
    }
}

#[test]
fn a_balancer_before_two_components_leaves_open_which_it_picks_unless_it_draws_lots() {
    let picking = |policy: &str| {
        let more = format!(
            "{B}\n[server.d]\nworkers = 1\ninstances = 3\non.go = []\n\
             [balancer.lb]\ntargets = [\"b\", \"d\"]\npolicy = \"{policy}\""
        );
        of_handler("", "{ call = \"lb.go\" }", &more)
    };
    assert_eq!(
        picking("least_outstanding"),
        "a 100 -> 0..1/10, b 0..100 -> 0..1/5, d 0..100 -> 0/3, lb 100 -> 0..1/any"
    );
    assert_eq!(picking("random"), "a 100 -> 0..1/10, b 25 -> 0.25/5, d 75 -> 0/3, lb 100 -> 0..1/any");
}

#[test]
fn places_far_apart_hold_a_worker_for_a_round_trip() {
    let text = "[scenario]\ntitle = \"x\"\nduration = \"100 s\"\n\
        [network]\nplaces = [\"x\", \"y\"]\nround_trip = { within = \"1 ms\", \"x <-> y\" = \"20 ms\" }\n\
        [client.c]\narrivals = { even = \"100 /s\", profile = [[\"0 s\", 0.0], [\"100 s\", 2.0]] }\nrequest = \"a.go\"\n\
        [server.a]\nworkers = 10\non.go = [ { call = \"b.go\" } ]\n\
        [server.b]\nworkers = 5\ninstances = 2\nplaces = [\"x\", \"y\"]\non.go = []";
    let mut diagnostics = Diagnostics::new();
    let (_, document) = Document::parse("x.toml", text, &[], &mut diagnostics);
    let scenario = build(&document.unwrap(), None, &mut diagnostics).unwrap();
    let bounds = bounds(&scenario.plan);
    assert_eq!(stations(&bounds), "a 100 -> 0.1..2/10, b 100 -> 0/10");
    assert_eq!(interval(bounds.clients[0].latency), "0.002..0.021");
}

#[test]
fn what_has_no_mean_is_said() {
    let bounds = bounds_of(
        "[client.c]\narrivals = { poisson = \"1 /s\" }\nrequest = \"a.go\"\n\
         [server.a]\nworkers = 1\non.go = [ { work = { pareto = { min = \"1 ms\", shape = 1.0 } } } ]",
    );
    assert_eq!(
        bounds.notes,
        [
            "a.go: work pareto min 1 ms, shape 1 has no mean; it counts nothing in the low ends, anything in the high ones"
        ]
    );
    assert_eq!(stations(&bounds), "a 1 -> 0..inf/1");
}

/// What is put is worked on once if nothing fails, and any number of times if something does. Which of two takes it is open. What
/// a consumer calls is called as often.
#[test]
fn what_is_put_comes_to_the_consumers() {
    let put = "[client.c]\narrivals = { poisson = \"100 /s\" }\nrequest = \"q.put\"\nkeys = { count = 10 }\n[queue.q]\n";
    let hands = |name: &str, each: &str| {
        format!("[consumer.{name}]\nsource = \"q\"\nworkers = 4\neach = [ {each} ]\n")
    };
    let work = "{ work = \"20 ms\" }";
    for (components, expected) in [
        (hands("h", work), "h 100..inf -> 2..inf/4, q 100 -> 0/any"),
        (hands("h", work) + &hands("i", work), "h 0..inf -> 0..inf/4, i 0..inf -> 0..inf/4, q 100 -> 0/any"),
        (
            hands("h", "{ call = \"b.go\" }") + B,
            "b 100..inf -> 1..inf/5, h 100..inf -> 1..inf/4, q 100 -> 0/any",
        ),
    ] {
        assert_eq!(stations(&bounds_of(&format!("{put}{components}"))), expected);
    }
}

#[test]
fn a_queue_that_counts_attempts_limits_its_consumer() {
    for (keys, expected) in [
        ("", "jobs 0 -> 0/any, work 10..inf -> 1..inf/4"),
        ("attempts = 5", "jobs 0 -> 0/any, work 10..50 -> 1..5/4"),
    ] {
        let bounds = bounds_of(&format!(
            "[client.c]\narrivals = {{ even = \"10 /s\" }}\nrequest = \"jobs.put\"\nkeys = \"new\"\n\
             [queue.jobs]\n{keys}\n\
             [consumer.work]\nsource = \"jobs\"\nworkers = 4\neach = [ {{ work = \"100 ms\" }} ]"
        ));
        assert_eq!(stations(&bounds).replace("jobs 10", "jobs 0"), expected, "{keys}");
    }
}

#[test]
fn the_copies_of_a_database_have_loads_of_their_own() {
    let of = |request: &str, keys: &str| {
        bounds_of(&format!(
            "[client.c]\narrivals = {{ even = \"150 /s\" }}\nrequest = \"db.{request}\"\nkeys = {{ count = 1000 }}\n\
             [database.db]\nworkers = 1\nreplicas = 2\nread = \"4 ms\"\nwrite = \"8 ms\"\n{keys}"
        ))
    };
    for (request, keys, expected) in [
        // 150 x 8 ms at the primary, and as much at each of the replicas.
        ("write", "", "db.primary 150 -> 1.2/1, db.replica 300 -> 2.4/2"),
        ("update", "update = '2 ms'", "db.primary 150 -> 0.3/1, db.replica 300 -> 2.4/2"),
        (
            "write",
            "rows = { min = 0, enforce = true }",
            "db.primary 150 -> 1.2/1, db.replica 0..300 -> 0..2.4/2",
        ),
        ("write", "shards = 3", "db.primary 150 -> 1.2/3, db.replica 300 -> 2.4/6"),
        ("read", "", "db.primary 150 -> 0.6/1, db.replica 0 -> 0/2"),
        ("read", "reads = 'replica'", "db.primary 0..150 -> 0..0.6/1, db.replica 150 -> 0.6/2"),
        (
            "read",
            "reads = 'replica'\nread_your_writes = true",
            "db.primary 0..150 -> 0..0.6/1, db.replica 0..150 -> 0..0.6/2",
        ),
        ("read", "reads = 'nearest'", "db.primary 0..150 -> 0..0.6/1, db.replica 0..150 -> 0..0.6/2"),
        // A worker is held until the replicas have applied it, or one of them has it.
        ("write", "replication = 'synchronous'", "db.primary 150 -> 2.4/1, db.replica 300 -> 2.4/2"),
        ("write", "replication = 'semi_synchronous'", "db.primary 150 -> 1.2/1, db.replica 300 -> 2.4/2"),
    ] {
        assert_eq!(stations(&of(request, keys)), expected, "{request} {keys}");
    }
    let bounds = of("write", "");
    assert_eq!(bounds.bottleneck, Some(0));
    let (offered, capacity) = bounds.stations[0].overload().unwrap();
    assert_eq!((number(offered), number(capacity)), ("150".to_owned(), "125".to_owned()));
}

#[test]
fn an_acknowledgement_takes_its_round_trip() {
    for (replication, holding) in
        [("asynchronous", "0.001"), ("semi_synchronous", "0.011"), ("synchronous", "0.042")]
    {
        let text = format!(
            "[scenario]\nduration = \"100 s\"\n[network]\nplaces = ['a', 'b', 'c']\n\
             round_trip = {{ within = '1 ms', 'a <-> b' = '10 ms', 'a <-> c' = '40 ms', 'b <-> c' = '30 ms' }}\n\
             [client.w]\narrivals = {{ even = '100 /s' }}\nrequest = 'db.write'\nkeys = {{ count = 1000 }}\n\
             [database.db]\nplaces = ['a', 'b', 'c']\nreplicas = 2\nreplication = '{replication}'\nwrite = '1 ms'\n\
             workers = 4\n"
        );
        let primary = &of_text(&text).stations[0];
        assert_eq!(interval(primary.operations[0].holding), holding, "{replication}");
    }
}

#[test]
fn skew_of_keys_over_shards_is_not_known() {
    for (keys, shards, is_open) in [
        ("{ count = 1000 }", "shards = 4", false),
        ("{ count = 1000, zipf = 1.0 }", "shards = 4", true),
        ("{ count = 1000, zipf = 1.0 }", "", false),
        ("{ count = 1000 }", "shards = 2\nby = { range = [10] }", true),
    ] {
        let bounds = bounds_of(&format!(
            "[client.c]\narrivals = {{ even = '1 /s' }}\nrequest = 'db.read'\nkeys = {keys}\n[database.db]\n{shards}"
        ));
        let is_said = bounds.notes.iter().any(|note| note.starts_with("db: what part of its load"));
        assert_eq!(is_said, is_open, "{keys} {shards}: {:?}", bounds.notes);
    }
}

#[test]
fn what_copies_come_from_is_asked_between_never_and_each_time() {
    for (request, keeper, expected) in [
        (
            "k.get",
            "[cache.k]\ncapacity = '9 objects'\nread_through = 'db.read'",
            &["db 0..100 -> 0..0.4/any"][..],
        ),
        ("k.put", "[cache.k]\ncapacity = '9 objects'\nread_through = 'db.read'", &["db 0 -> 0/any"]),
        (
            "k.put",
            "[cache.k]\ncapacity = '9 objects'\nwrite_through = 'db.write'",
            &["db 0..100 -> 0..0.8/any"],
        ),
        (
            "k.put",
            "[cache.k]\ncapacity = '9 objects'\nwrite_back = { to = 'db.write', after = '1 s' }",
            &["db 0..inf -> 0..inf/any"],
        ),
        ("k.get", "[cdn.k]\ncapacity = '1 MB'\norigin = 'db.read'", &["db 0..100 -> 0..0.4/any"]),
        (
            "k.put",
            "[queue.k]\nattempts = 3\ndead_letter = 'dead'\n[queue.dead]",
            &["db 0 -> 0/any", "dead 0..inf -> 0/any"],
        ),
    ] {
        let bounds = bounds_of(&format!(
            "[client.c]\narrivals = {{ even = '100 /s' }}\nrequest = '{request}'\nkeys = {{ count = 1000 }}\n{keeper}\n\
             [database.db]\nread = '4 ms'\nwrite = '8 ms'"
        ));
        let found = stations(&bounds);
        let asked: Vec<&str> = found.split(", ").filter(|one| one.starts_with('d')).collect();
        assert_eq!(asked, expected, "{keeper}");
    }
}

#[test]
fn what_stands_still_has_less_capacity() {
    let of = |keys: &str, rest: &str, work: &str| {
        let bounds = bounds_of(&format!(
            "[client.c]\narrivals = {{ poisson = \"9 /s\" }}\nrequest = \"s.go\"\n[server.s]\nworkers = 1\n{keys}\n\
             on.go = [ {{ work = \"{work}\" }} ]\n{rest}"
        ));
        let used = interval(bounds.stations[0].utilization().unwrap());
        (used, bounds.stations[0].overload().is_some(), bounds.notes)
    };
    // In the long run 10 / (10 + 2) of the time are up; of the first 100 s, in which 0.6 transitions happen in each second, a bit more.
    let up = 1.0 - 2.0 / 12.0 * (1.0 - (1.0 - libm::exp(-60.0)) / 60.0);
    let down =
        |times: &str| format!("breakdown = {{ mttf = \"10 s\", mttr = {{ exponential = \"2 s\" }}{times} }}");
    let campaign = |condition: &str| {
        format!(
            "[campaign.k]\nmttf = {{ exponential = \"10 s\" }}\nmttr = {{ exponential = \"2 s\" }}\n{condition}"
        )
    };
    let heap = |key: &str| format!("heap = {{ size = \"10 MB\", per_request = \"1 MB\", {key} }}");
    for (keys, rest, work, expected, note) in [
        (down(""), String::new(), "100 ms", 0.9 / up, "s: stands still for 16.39 % of the time"),
        (down(", when = \"working\""), String::new(), "100 ms", 0.9 / up, "s: stands still"),
        (down(", work = \"restarts\""), String::new(), "100 ms", 0.9 / up, "s: stands still"),
        (down(", work = \"lost\""), String::new(), "100 ms", 0.9, "s: how much work its breakdowns lose"),
        (String::new(), campaign("pause = [\"s\"]"), "100 ms", 0.9 / up, "s: stands still"),
        (
            "instances = 2".into(),
            campaign("pause = [\"s[1]\"]"),
            "200 ms",
            0.9 / (0.5 + 0.5 * up),
            "s: stands still",
        ),
        (
            String::new(),
            campaign("crash = [\"s\"]"),
            "100 ms",
            0.9,
            "s: what it cannot serve while `k` has it down",
        ),
        // Ten visits fill the heap: 50 ms of each.
        (
            heap("pause = \"500 ms\""),
            String::new(),
            "70 ms",
            0.63 + 0.45,
            "s: collects its heap for 50 ms per visit",
        ),
        // Half of it lives for ever, and 5 MB take 10 ms: five visits fill the rest.
        (
            heap("live = \"5 MB\", speed = \"500 MB/s\""),
            String::new(),
            "70 ms",
            0.63 + 0.018,
            "s: collects its heap for 2 ms",
        ),
        (String::new(), String::new(), "100 ms", 0.9, ""),
    ] {
        let (used, is_overloaded, notes) = of(&keys, &rest, work);
        assert_eq!(used, number(expected), "{keys} {rest}");
        assert_eq!(is_overloaded, expected > 1.0, "{keys} {rest}");
        assert!(
            notes.first().map_or(note.is_empty(), |said| said.starts_with(note)),
            "{keys} {rest}: {notes:?}"
        );
    }
}

/// Links take 0.5 ms there and back, as everywhere at one place; reads 4 ms, writes 8 ms.
#[test]
fn what_is_not_at_hand_is_waited_for() {
    let cache = |more: &str| format!("[cache.k]\ncapacity = '9 objects'\n{more}");
    let limiter = |more: &str| {
        format!(
            "[rate_limiter.k]\ntargets = ['w']\nalgorithm = 'fixed_window'\nlimit = 9\nwindow = '1 s'\nstore = 'db'\n{more}"
        )
    };
    let jobs = |more: &str| {
        format!(
            "[queue.k]\n{more}\n[consumer.m]\nsource = 'k'\nworkers = 1\neach = [ {{ work = '30 ms' }} ]\n"
        )
    };
    for (request, tables, expected) in [
        // A hit, or a read and the link to it.
        ("k.get", cache("read_through = 'db.read'"), "0.0005..0.005"),
        ("k.put", cache("read_through = 'db.read'"), "0.0005"),
        ("k.put", cache("write_through = 'db.write'"), "0.009"),
        ("k.put", cache("write_back = { to = 'db.write', after = '1 s' }"), "0.0005"),
        ("k.get", cache("read_through = 'db.read'\n[call.'k -> db']\ntimeout = '2 ms'"), "0.0005..0.0025"),
        ("k.get", "[cdn.k]\ncapacity = '1 MB'\norigin = 'db.read'".to_owned(), "0.0005..0.005"),
        // At the worst the shield has asked in vain: 0.5 for the edge, 0.5 for the shield, twice 4.5.
        (
            "k.get",
            "[cdn.k]\ncapacity = '1 MB'\norigin = 'db.read'\nshield = 'local'".to_owned(),
            "0.0005..0.01",
        ),
        // A script in the store, an `update`, takes as long as a write; who is let through goes on.
        ("k.go", limiter(""), "0.009..0.0095"),
        ("k.go", limiter("on_store_failure = 'deny'"), "0.009..0.0095"),
        ("k.go", limiter("operations = ['go']"), "0.0005..0.0095"),
        // The message goes to who takes it, and the word that it is done comes back.
        ("k.run", jobs(""), "0.031..inf"),
        ("k.run", jobs("attempts = 2"), "0.031..0.0615"),
        ("k.put", jobs(""), "0.0005"),
    ] {
        let bounds = of_text(&format!(
            "[scenario]\nduration = \"100 s\"\n[client.c]\narrivals = {{ even = '1 /s' }}\nrequest = '{request}'\nkeys = {{ count = 1000 }}\n{tables}\n\
             [server.w]\nworkers = 1\non.go = []\n[database.db]\nread = '4 ms'\nwrite = '8 ms'"
        ));
        assert_eq!(interval(bounds.clients[0].latency), expected, "{tables}");
    }
}

/// 100 /s on average, ten times as many as half of the time and no others: 0.5 of a worker on average, 5 at the peak.
#[test]
fn the_peak_of_a_profile_is_told_beside_the_mean() {
    let bounds = |arrivals: &str| {
        bounds_of(&format!(
            "[client.c]\narrivals = {arrivals}\nrequest = 'b.go'\n[client.d]\narrivals = {{ even = '40 /s' }}\nrequest = 'b.go'\n{B}"
        ))
    };
    let profile = "profile = [['0 s', 1.0], ['50 s', 1.0], ['50 s', 10.0], ['60 s', 10.0], ['60 s', 0.0]]";
    for (arrivals, highest, at_peak) in [
        ("{ even = '100 /s' }".to_owned(), None, None),
        // 1000 /s and 40 /s, each for 10 ms, of five workers.
        (format!("{{ poisson = '100 /s', {profile} }}"), Some(1000.0), Some(2.08)),
        ("{ batch = { rate = '5 /s', size = 2 } }".to_owned(), None, None),
    ] {
        let bounds = bounds(&arrivals);
        let found = (bounds.clients[0].highest, bounds.at_peak.map(number));
        assert_eq!(found, (highest, at_peak.map(number)), "{arrivals}");
        assert_eq!(bounds.clients[1].highest, None);
    }
}
