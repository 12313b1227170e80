use super::*;
use crate::plan::{Document, build};
use crate::scenario::Diagnostics;

fn topology_of(text: &str) -> Topology {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("x.toml", text, &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    let scenario = scenario.unwrap_or_else(|| panic!("{}", diagnostics.lines(&sources)));
    topology(&scenario.plan)
}

/// A client that asks `web.go`, whose handler is `steps`; `a`, `b` and `c` do what they are asked, `picky` may fail of itself.
fn web(steps: &str) -> Dependence {
    let text = format!(
        "[scenario]\ntitle = \"x\"\nduration = \"1 s\"\n\
         [client.c0]\narrivals = {{ poisson = \"1 /s\" }}\nrequest = \"web.go\"\nkeys = \"new\"\n\
         [server.web]\nworkers = 1\n[server.web.on]\ngo = [ {steps} ]\n\
         [server.a]\nworkers = 1\n[server.a.on]\ngo = []\n\
         [server.b]\nworkers = 1\n[server.b.on]\ngo = []\n\
         [server.c]\nworkers = 1\n[server.c.on]\ngo = []\n\
         [server.picky]\nworkers = 1\n[server.picky.on]\n\
         go = [ {{ choose = [ {{ share = \"1 %\", do = [ {{ fail = \"denied\" }} ] }}, {{ do = [] }} ] }} ]\n\
         [cache.hot]\ncapacity = \"10 objects\"\n\
         [database.rows]\n\
         [balancer.both]\ntargets = [\"a\", \"b\"]\n"
    );
    topology_of(&text).dependences.remove(0)
}

#[test]
fn what_a_loss_fails_depends_on_the_steps() {
    use Effect::{Every, Nothing, Some};
    for (steps, expected) in [
        // Needed by all that pass, on one branch, after a miss.
        (r#"{ call = "a.go" }, { call = "b.go" }"#, &[("a", Every), ("b", Every), ("web", Every)][..]),
        (
            r#"{ choose = [ { share = "1 %", do = [ { call = "a.go" } ] }, { do = [ { call = "b.go" } ] } ] }"#,
            &[("a", Some), ("b", Some)],
        ),
        (
            r#"{ choose = [ { when = "size > 1 B", do = [ { call = "a.go" } ] }, { do = [ { call = "a.go" } ] } ] }"#,
            &[("a", Every)],
        ),
        (r#"{ repeat = 3, do = [ { call = "a.go" } ] }"#, &[("a", Every)]),
        (r#"{ repeat = 3, parallel = 2, do = [ { call = "a.go" } ] }"#, &[("a", Every)]),
        (
            r#"{ call = "hot.get", on_miss = [ { call = "rows.read" } ] }"#,
            &[("hot", Nothing), ("rows", Some)],
        ),
        // Handled, not waited for, answered before.
        (r#"{ call = "a.go", on_error = [] }, { call = "b.go" }"#, &[("a", Nothing), ("b", Every)]),
        (r#"{ call = "a.go", on_error = [ { fail = "degraded" } ] }"#, &[("a", Every)]),
        (
            r#"{ call = "a.go", on_error = [ { return = "degraded" } ] }, { call = "b.go" }"#,
            &[("a", Nothing), ("b", Every)],
        ),
        (r#"{ call = "a.go", on_error = [ { call = "b.go" } ] }"#, &[("a", Nothing), ("b", Nothing)]),
        (r#"{ call = "a.go", on_timeout = [] }"#, &[("a", Some)]),
        (r#"{ send = "a.go" }"#, &[("a", Nothing)]),
        (r#"{ answer = "accepted" }, { call = "a.go" }"#, &[("a", Nothing)]),
        (r#"{ call = "b.go" }, { answer = "accepted" }, { call = "a.go" }"#, &[("a", Nothing), ("b", Every)]),
        // Branches.
        (r#"{ all = [ [ { call = "a.go" } ], [ { call = "b.go" } ] ] }"#, &[("a", Every), ("b", Every)]),
        (r#"{ any = [ [ { call = "a.go" } ], [ { call = "b.go" } ] ] }"#, &[("a", Nothing), ("b", Nothing)]),
        (r#"{ any = [ [ { call = "a.go" } ], [ { call = "a.go" } ] ] }"#, &[("a", Every)]),
        (
            r#"{ all = [ [ { call = "a.go" } ], [ { call = "b.go" } ], [ { call = "c.go" } ] ], need = 2 }"#,
            &[("a", Nothing), ("b", Nothing), ("c", Nothing)],
        ),
        (
            r#"{ all = [ [ { call = "a.go" } ], [ { call = "a.go" } ], [ { call = "c.go" } ] ], need = 2 }"#,
            &[("a", Every), ("c", Nothing)],
        ),
        (r#"{ any = [ [ { call = "a.go" } ], [ { return = "early" } ] ] }"#, &[("a", Nothing)]),
        // One of two targets of a balancer is not missed; the balancer is.
        (r#"{ call = "both.go" }"#, &[("a", Nothing), ("b", Nothing), ("both", Every)]),
        // What fails of itself is no effect of a loss, behind a handled one neither.
        (r#"{ call = "picky.go" }"#, &[("picky", Every)]),
        (r#"{ call = "a.go", on_error = [] }, { call = "picky.go" }"#, &[("a", Nothing), ("picky", Every)]),
        (r#"{ call = "a.go", on_error = [ { call = "picky.go" } ] }"#, &[("a", Some), ("picky", Nothing)]),
        (r#"{ call = "a.go" }, { fail = "always" }"#, &[("a", Every)]),
    ] {
        let found = web(steps);
        for (name, effect) in expected {
            let reliance = found.components.iter().find(|one| one.name == *name);
            let reliance = reliance.unwrap_or_else(|| panic!("{steps}: {name} is not reached"));
            assert_eq!(reliance.loss_of_all, *effect, "{steps}: {name}");
        }
    }
}

/// Two places; web stands in both, its cache in one, the database and the ids in the other.
const PLACES: &str = r#"
[scenario]
title    = "Two places"
duration = "1 min"
[network]
places     = ["us-a", "us-b", "nowhere"]
round_trip = { within = "1 ms", "us-a <-> *" = "2 ms" }
[client.readers]
place    = "us-b"
arrivals = { poisson = "100 /s" }
mix      = { "edge.show" = 9, "edge.store" = 1 }
keys     = { count = 1000 }
[client.writers]
arrivals = { poisson = "10 /s" }
request  = "edge.store"
keys     = "new"
[balancer.edge]
targets = ["web"]
[server.web]
instances = 4
places    = ["us-a", "us-b"]
workers   = 8
[server.web.on]
show = [
  { call = "hot.get", on_miss = [ { call = "rows.read" }, { call = "hot.put" } ] },
  { send = "audit.note" },
]
store = [ { call = "ids.next" }, { call = "rows.write" }, { call = "hot.delete", on_error = [] } ]
[server.audit]
place   = "us-b"
workers = 1
[server.audit.on]
note = []
[cache.hot]
instances = 3
place     = "us-b"
capacity  = "10 objects"
[database.rows]
workers = 4
[id_generator.ids]
place = "us-b"
[server.unused]
place   = "us-a"
workers = 1
[server.unused.on]
go = [ { call = "ids.next" } ]
"#;

#[test]
fn a_client_depends_on_what_its_requests_reach() {
    use Effect::{Every, Nothing, Some};
    let topology = topology_of(PLACES);
    let [readers, writers] = &topology.dependences[..] else { panic!("{topology:?}") };
    for (dependence, expected) in [
        (
            readers,
            &[
                ("audit", 1, Nothing, Nothing),
                ("edge", 1, Every, Every),
                ("hot", 3, Nothing, Nothing),
                ("ids", 1, Some, Some),
                ("rows", 1, Some, Some),
                ("web", 4, Nothing, Every),
            ][..],
        ),
        (
            writers,
            &[
                ("edge", 1, Every, Every),
                ("hot", 3, Nothing, Nothing),
                ("ids", 1, Every, Every),
                ("rows", 1, Every, Every),
                ("web", 4, Nothing, Every),
            ],
        ),
    ] {
        let found: Vec<_> = dependence
            .components
            .iter()
            .map(|one| (one.name.as_str(), one.instances, one.loss_of_one, one.loss_of_all))
            .collect();
        assert_eq!(found, expected, "{}", dependence.client);
    }
}

#[test]
fn a_place_is_lost_with_all_that_stands_only_there() {
    let topology = topology_of(PLACES);
    assert_eq!(topology.places, ["us-a", "us-b"]);
    let places = |index: usize| {
        let places = topology.dependences[index].places.iter();
        places.map(|place| (place.name.as_str(), place.loss, place.components.join(" "))).collect::<Vec<_>>()
    };
    let a = || ("us-a", Effect::Every, "edge rows".to_owned());
    assert_eq!(places(0), [a(), ("us-b", Effect::Some, "ids".to_owned())]);
    assert_eq!(places(1), [a(), ("us-b", Effect::Every, "ids".to_owned())]);
    let one = topology_of(&PLACES.replace(", \"us-b\", \"nowhere\"", "").replace("us-b", "us-a"));
    assert_eq!(one.places, ["us-a"]);
    assert_eq!(one.dependences[0].places, []);
    // Two instances at one place share it, although neither is a single point.
    let paired = topology_of(&PLACES.replace("[id_generator.ids]", "[id_generator.ids]\ninstances = 2"));
    let ids = paired.dependences[1].components.iter().find(|one| one.name == "ids").expect("it is there");
    assert_eq!((ids.loss_of_one, ids.loss_of_all), (Effect::Nothing, Effect::Every));
    assert_eq!(paired.dependences[1].places[1].components, ["ids"]);
}

#[test]
fn edges_say_what_is_asked_for_and_whether_it_is_needed() {
    let topology = topology_of(PLACES);
    let edges: Vec<String> = topology
        .edges
        .iter()
        .map(|edge| format!("{} {} {} {:?}", edge.caller, edge.callee, edge.operations.join("+"), edge.need))
        .collect();
    let expected = [
        "edge web show+store Needed",
        "readers edge show+store Needed",
        "web audit note Sent",
        "web hot delete+get+put Handled",
        "web ids next Needed",
        "web rows read+write Needed",
        "writers edge store Needed",
    ];
    assert_eq!(edges, expected);
}

#[test]
fn nodes_say_what_there_is_and_where() {
    let topology = topology_of(PLACES);
    let nodes: Vec<String> = topology
        .nodes
        .iter()
        .map(|node| {
            let standing: Vec<String> =
                node.standing.iter().map(|at| format!("{} {}", at.instances, at.place)).collect();
            format!(
                "{} {} {} {:?} {}",
                node.name,
                node.kind,
                node.instances,
                node.workers,
                standing.join(", ")
            )
        })
        .collect();
    let expected = [
        "audit server 1 Some(1) 1 us-b",
        "edge balancer 1 None 1 us-a",
        "hot cache 3 None 3 us-b",
        "ids id_generator 1 None 1 us-b",
        "readers client 1 None 1 us-b",
        "rows database 1 Some(4) 1 us-a",
        "unused server 1 Some(1) 1 us-a",
        "web server 4 Some(8) 2 us-a, 2 us-b",
        "writers client 1 None 1 us-a",
    ];
    assert_eq!(nodes, expected);
}

#[test]
fn what_components_do_by_themselves_has_edges() {
    let topology = topology_of(
        r#"
[scenario]
title    = "Asynchronous"
duration = "1 min"
[client.buyers]
arrivals = { poisson = "10 /s" }
mix      = { "orders.put" = 1, "edge.get" = 1, "hot.get" = 1, "gate.go" = 1 }
keys     = { count = 1000 }
[queue.orders]
attempts    = 3
dead_letter = "dead"
[queue.dead]
[consumer.charge]
source  = "orders"
workers = 2
each    = [ { call = "books.note" }, { call = "rows.read", on_error = [] } ]
[cdn.edge]
origin   = "front.get"
capacity = "1 GB"
[balancer.front]
targets = ["web"]
health  = { every = "1 s", timeout = "100 ms" }
[server.web]
workers = 1
[server.web.on]
get = [ { send = "books.note" } ]
go  = []
[rate_limiter.gate]
targets = ["web"]
store   = "counts"
algorithm = "fixed_window"
limit   = 5
window  = "1 s"
[cache.counts]
capacity = "10 objects"
[server.books]
workers = 1
[server.books.on]
note = []
[cache.hot]
capacity     = "10 objects"
read_through = "rows.read"
[database.rows]
replicas = 2
write    = "1 ms"
"#,
    );
    let edges: Vec<String> = topology
        .edges
        .iter()
        .map(|edge| format!("{} {} {} {:?}", edge.caller, edge.callee, edge.operations.join("+"), edge.need))
        .collect();
    let expected = [
        "buyers edge get Needed",
        "buyers gate go Needed",
        "buyers hot get Needed",
        "buyers orders put Needed",
        "charge books note Needed",
        "charge orders acknowledge+receive+refuse Own",
        "charge rows read Handled",
        "edge front get Needed",
        "front web get Needed",
        "gate counts put Handled",
        "gate web go Needed",
        "hot rows read Needed",
        "orders dead put Own",
        "web books note Sent",
    ];
    assert_eq!(edges, expected);
}

/// What a component asks for by itself carries answers: of reads through a cache or from an edge, of a limiter that closes
/// with its store, of those who wait until their message is worked on.
#[test]
fn what_is_asked_for_on_behalf_of_a_client_fails_it() {
    use Effect::{Every, Nothing, Some};
    let common = "[scenario]\ntitle = \"x\"\nduration = \"1 s\"\n[client.c0]\narrivals = { poisson = \"1 /s\" }\nkeys = \"new\"\n\
         [server.app]\nworkers = 1\non.page = [ { call = \"rows.read\" } ]\non.note = []\n[database.rows]\n[cache.counters]\ncapacity = \"9 objects\"\n";
    let cached =
        "request = \"hot.get\"\n[cache.hot]\ncapacity = \"9 objects\"\nread_through = \"rows.read\"\n";
    let edge = "request = \"near.get\"\n[cdn.near]\ncapacity = \"9 objects\"\norigin = \"app.page\"\n";
    let limiter = "request = \"door.note\"\n[rate_limiter.door]\ntargets = [\"app\"]\nalgorithm = \"fixed_window\"\n\
         limit = 9\nwindow = \"1 s\"\nstore = \"rows\"\n";
    let queue = "[queue.jobs]\n[consumer.mailer]\nsource = \"jobs\"\nworkers = 1\neach = [ { call = \"app.page\" } ]\n";
    for (tables, expected) in [
        (cached.to_owned(), &[("hot", Every), ("rows", Some)][..]),
        (edge.to_owned(), &[("app", Some), ("near", Every), ("rows", Some)]),
        (limiter.to_owned(), &[("app", Every), ("door", Every), ("rows", Nothing)]),
        (
            format!("{limiter}on_store_failure = \"deny\"\n"),
            &[("app", Every), ("door", Every), ("rows", Some)],
        ),
        (format!("request = \"jobs.put\"\n{queue}"), &[("jobs", Every)]),
        (
            format!("request = \"jobs.run\"\n{queue}"),
            &[("app", Every), ("jobs", Every), ("mailer", Every), ("rows", Every)],
        ),
        // One of two who take the same is not missed.
        (
            format!(
                "request = \"jobs.run\"\n{queue}[consumer.other]\nsource = \"jobs\"\nworkers = 1\neach = [ {{ call = \"app.note\" }} ]\n"
            ),
            &[("app", Every), ("jobs", Every), ("mailer", Nothing), ("other", Nothing), ("rows", Nothing)],
        ),
    ] {
        let (client, rest) = tables.split_once('\n').expect("the client's request stands first");
        let text = common.replace("keys = \"new\"\n", &format!("keys = \"new\"\n{client}\n")) + rest;
        let found = topology_of(&text).dependences.remove(0).components;
        let found: Vec<(&str, Effect)> =
            found.iter().map(|one| (one.name.as_str(), one.loss_of_all)).collect();
        assert_eq!(found, expected, "{tables}");
    }
}

#[test]
fn what_components_do_by_themselves_depends_on_others() {
    use Effect::{Every, Nothing, Some};
    let topology = topology_of(
        r#"
[scenario]
title    = "Mail"
duration = "1 min"
[client.writers]
arrivals = { poisson = "10 /s" }
request  = "jobs.put"
keys     = "new"
[queue.jobs]
instances = 2
[consumer.mailer]
source    = "jobs"
instances = 3
workers   = 1
each      = [ { call = "smtp.send" }, { call = "log.note", on_error = [] } ]
[provider.smtp]
[server.log]
workers = 1
on.note = []
[job.nightly]
every = "1 s"
do    = [ { call = "log.note" } ]
"#,
    );
    let found = topology.own_works.iter().map(|work| {
        let of = |one: &Reliance| (one.name.clone(), one.loss_of_one, one.loss_of_all);
        (work.worker.as_str(), work.source.as_deref(), work.components.iter().map(of).collect::<Vec<_>>())
    });
    let of = |name: &str, one, all| (name.to_owned(), one, all);
    let expected = [
        (
            "mailer",
            Option::Some("jobs"),
            vec![
                of("jobs", Some, Every),
                of("log", Nothing, Nothing),
                of("mailer", Nothing, Every),
                of("smtp", Every, Every),
            ],
        ),
        ("nightly", None, vec![of("log", Every, Every), of("nightly", Every, Every)]),
    ];
    assert_eq!(found.collect::<Vec<_>>(), expected);
}

/// Copies take over where somebody promotes them, and with quorum only where a majority is left.
#[test]
fn copies_of_a_database_are_missed_by_what_they_may_do_without_them() {
    use Effect::{Every, Nothing, Some};
    let quorum = "replicas = 1\nfailover = { quorum = true }";
    let quorum_of = |replicas: u32| format!("replicas = {replicas}\nfailover = {{ quorum = true }}");
    let of = |text: &str| text.to_owned();
    for (operation, table, expected) in [
        // Nobody is promoted: writes stop with the primary, and reads unless replicas take them.
        ("write", of("replicas = 2"), Every),
        ("read", of("replicas = 2"), Every),
        ("read", of("replicas = 2\nreads = \"replica\""), Nothing),
        ("read", of("replicas = 2\nreads = \"replica\"\nread_your_writes = true"), Some),
        ("write", of("replicas = 1\nfailover = {}"), Nothing),
        // One of two is no majority, two of three are, two of four are not.
        ("write", of(quorum), Every),
        ("update", of(quorum), Every),
        ("read", of(quorum), Every),
        ("read", format!("{quorum}\nreads = \"nearest\""), Nothing),
        ("write", quorum_of(2), Nothing),
        ("write", quorum_of(3), Nothing),
        // Of several shards one stops.
        ("write", format!("{quorum}\nshards = 4"), Some),
        ("write", format!("{}\nshards = 4", quorum_of(2)), Nothing),
        ("write", of("replicas = 1\nshards = 4"), Some),
    ] {
        let text = format!(
            "[scenario]\ntitle = \"x\"\nduration = \"1 s\"\n[client.c0]\narrivals = {{ poisson = \"1 /s\" }}\n\
             keys = {{ count = 9 }}\nrequest = \"db.{operation}\"\n[database.db]\n{table}\n"
        );
        let topology = topology_of(&text);
        let [db] = &topology.dependences[0].components[..] else { panic!("{topology:?}") };
        assert_eq!((db.loss_of_one, db.loss_of_all), (expected, Every), "{operation}: {table}");
    }
    // A place with two of three copies takes the majority along, one with one of them does not.
    let topology = topology_of(
        "[scenario]\ntitle = \"x\"\nduration = \"1 s\"\n[network]\nplaces = [\"a\", \"b\", \"c\"]\nround_trip = { within = \"1 ms\", \"* <-> *\" = \"2 ms\" }\n\
         [client.c0]\nplace = \"c\"\narrivals = { poisson = \"1 /s\" }\nkeys = { count = 9 }\nrequest = \"db.write\"\n\
         [database.db]\nplaces = [\"a\", \"b\"]\nreplicas = 2\nfailover = { quorum = true }\n",
    );
    let places = &topology.dependences[0].places;
    assert_eq!(places.iter().map(|place| (&place.name[..], place.loss)).collect::<Vec<_>>(), [("a", Every)]);
}
