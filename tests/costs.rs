//! Costs are prices times what a run counted: exact sums where everything is even.

mod common;

use common::plan_of;
use windtunnel::component::KINDS;
use windtunnel::figures::{Catalogue, value};
use windtunnel::measure::timeline::Window;
use windtunnel::world::World;

/// Ten requests a second for a minute, each of which reads 1 kB at the database, of which there are three instances.
const SHOP: &str = r#"
[scenario]
duration = "1 min"
warm_up  = "10 s"
scale    = 10
[network]
places     = ["us", "eu"]
round_trip = { within = "0 s", "us <-> eu" = "0 s" }
[price]
server   = "$0.36/h"
database = { request = "$1/M", storage = "$0.03/GB/month" }
transfer = { "us -> eu" = "$0.10/GB" }
[client.eyes]
place    = "eu"
arrivals = { even = "10 /s" }
request  = "web.show"
keys     = { count = 10 }
sizes    = "1 kB"
[server.web]
place   = "us"
workers = 1
on.show = [ { work = "1 ms" }, { call = "rows.read" } ]
[database.rows]
place    = "eu"
replicas = 2
price    = { instance = "$0.72/h", request = { read = "$3/M" }, stored = "1 TB" }
[fault.lost]
at    = "30 s"
for   = "15 s"
crash = ["rows.replica[0]"]
[slo]
quiet = "run.cost >= $0 during lost"
"#;

fn cost(name: &str, window: impl Fn(&World<'_>) -> Window) -> Option<f64> {
    let plan = plan_of(SHOP).unwrap_or_else(|wrong| panic!("{wrong}"));
    let definition = Catalogue::of(&plan).get(name)?;
    assert_eq!(definition.unit, "USD");
    let mut world = World::new(&plan, 1);
    world.run_to_end();
    let window = window(&world);
    value(&world, definition.metric, window)
}

fn near(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-9 * right.abs()
}

#[test]
fn costs_are_prices_times_what_was_counted() {
    let requests = 600.0;
    // An instance costs what it costs whether it is up or down; the kind says what the component does not.
    let web = 10.0 * 0.36 / 60.0;
    let instances = 10.0 * 3.0 * 0.72 / 60.0;
    let reads = 10.0 * requests * 3e-6;
    // What is stored is said of the whole system.
    let storage = 0.03 * 1000.0 / (30.0 * 1440.0);
    let rows = instances + reads + storage;
    let all = web + rows;
    for (name, expected) in [
        ("web.cost", web),
        ("web.cost.instances", web),
        ("rows.cost", rows),
        ("rows.cost.instances", instances),
        ("rows.cost.requests", reads),
        ("rows.cost.storage", storage),
        ("run.cost", all),
        ("run.cost.per_day", all * 1440.0),
        ("web.cost.per_day", web * 1440.0),
        ("run.cost.per_thousand", all / (10.0 * requests) * 1000.0),
    ] {
        let actual = cost(name, |world| world.recorder().timeline.whole()).expect(name);
        assert!(near(actual, expected), "{name}: {actual} instead of {expected}");
    }
}

#[test]
fn only_what_has_a_price_has_costs() {
    let whole = |world: &World<'_>| world.recorder().timeline.whole();
    for name in ["web.cost.egress", "web.cost.requests", "eyes.cost", "link.eu->us.cost"] {
        assert_eq!(cost(name, whole), None, "{name}");
    }
    // Nothing that has a size goes this way.
    assert_eq!(cost("link.us->eu.cost", whole), Some(0.0));
}

#[test]
fn a_window_pays_for_its_own_time() {
    let quarter = |world: &World<'_>| {
        let timeline = &world.recorder().timeline;
        let second = 1_000_000_000;
        let cell = |seconds: u64| {
            (0..).find(|cell| timeline.start_of(*cell).0 == seconds * second).expect("a window begins there")
        };
        Window { first: cell(40), end: cell(55) }
    };
    let part = cost("web.cost", quarter).expect("a price");
    assert!(near(part, 10.0 * 0.36 / 240.0), "{part}");
    let day = cost("web.cost.per_day", quarter).expect("a price");
    assert!(near(day, 10.0 * 0.36 * 24.0), "{day}");
}

#[test]
fn bytes_from_place_to_place_have_a_price() {
    // Every message has a size.
    let text = SHOP.replace("[price]", "overhead = \"1 kB\"\n[price]");
    let plan = plan_of(&text).unwrap_or_else(|wrong| panic!("{wrong}"));
    let mut world = World::new(&plan, 1);
    world.run_to_end();
    let whole = world.recorder().timeline.whole();
    let figure =
        |name: &str| value(&world, Catalogue::of(&plan).get(name).expect(name).metric, whole).expect(name);
    assert!(figure("link.us->eu.bytes") >= 600_000.0, "the answers");
    assert!(near(figure("link.us->eu.cost"), 10.0 * 0.1e-9 * figure("link.us->eu.bytes")));
}

/// A client that asks ten times a second for ten seconds, beside one component of each kind that has visitors.
fn visited(request: &str, tables: &str) -> String {
    let client =
        format!("[client.c]\narrivals = {{ even = \"10 /s\" }}\nkeys = \"new\"\nrequest = \"{request}\"");
    let server = "[server.s]\nworkers = 1\non = { go = [], get = [] }";
    format!("[scenario]\nduration = \"10 s\"\n{client}\n{server}\n{tables}\n")
}

#[test]
fn a_visit_costs_in_every_kind_what_is_asked_of_it_or_worked_on() {
    // the component, what is asked for, its table and that of others, the operation, how many visits of it there are
    let table = [
        ("server.s", "s.go", "", "go", 100.0),
        ("balancer.x", "x.go", "targets = [\"s\"]\nhealth = { every = \"1 s\" }", "go", 100.0),
        ("cache.x", "x.get", "capacity = \"10 objects\"\nread_through = \"s.go\"", "get", 100.0),
        ("cdn.x", "x.get", "capacity = \"10 objects\"\norigin = \"s.get\"", "get", 100.0),
        ("database.x", "x.write", "replicas = 2\nwrite = \"1 ms\"", "write", 100.0),
        ("filter.x", "x.add", "", "add", 100.0),
        ("id_generator.x", "x.next", "", "next", 100.0),
        (
            "rate_limiter.x",
            "x.check",
            "algorithm = \"token_bucket\"\nlimit = 5\nwindow = \"1 s\"\nstore = \"d\"\n[database.d]",
            "check",
            100.0,
        ),
        ("dns.x", "x.go", "targets = [\"s\"]\nttl = \"0 s\"", "lookup", 100.0),
        (
            "queue.x",
            "x.put",
            "attempts = 3\ndead_letter = \"d\"\n[queue.d]\n[consumer.k]\nsource = \"x\"\nworkers = 1\neach = []",
            "put",
            100.0,
        ),
        (
            "consumer.x",
            "q.put",
            "source = \"q\"\nworkers = 1\neach = [ { work = \"1 ms\" } ]\n[queue.q]",
            "each",
            100.0,
        ),
        ("job.x", "s.go", "every = \"3 s\"\ndo = []", "do", 4.0),
        ("provider.x", "x.send", "", "send", 100.0),
    ];
    for spec in KINDS.iter().filter(|spec| spec.serves.has_station()) {
        let is_walked = |kind: &str| kind == spec.name;
        assert!(
            table.iter().any(|(own, ..)| own.split_once('.').is_some_and(|(kind, _)| is_walked(kind))),
            "{}",
            spec.name
        );
    }
    for (own, request, keys, operation, visits) in table {
        let (kind, name) = own.split_once('.').expect("a kind and a name");
        let head = if own == "server.s" { String::new() } else { format!("[{own}]\n{keys}") };
        // Whether the price stands with the kind or the component, and for all operations or for that one.
        for price in ["\"$1\"".to_owned(), format!("{{ request = {{ {operation} = \"$1\" }} }}")] {
            let text = visited(request, &format!("{head}\n[price]\n{kind} = {price}"));
            let plan = plan_of(&text).unwrap_or_else(|wrong| panic!("{own}: {wrong}"));
            let metric = Catalogue::of(&plan).get(&format!("{name}.cost.requests")).expect(own).metric;
            let mut world = World::new(&plan, 1);
            world.run_to_end();
            let whole = world.recorder().timeline.whole();
            assert_eq!(value(&world, metric, whole), Some(visits), "{own} at {price}");
        }
    }
}

#[test]
fn a_provider_is_paid_for_the_calls_that_it_takes() {
    // what the provider says, and the calls of a hundred in ten seconds that it takes
    for (keys, taken) in [
        ("", 100.0),
        ("quota = { count = 3, per = \"1 s\" }", 30.0),
        ("outages = { every = \"4 s\", for = \"1 s\" }", 80.0),
        // An error is an answer.
        ("errors = \"100 %\"", 100.0),
    ] {
        let text = visited("x.send", &format!("[provider.x]\nprice = \"$1\"\n{keys}"));
        let plan = plan_of(&text).unwrap_or_else(|wrong| panic!("{keys}: {wrong}"));
        let metric = |name| Catalogue::of(&plan).get(name).expect(name).metric;
        let mut world = World::new(&plan, 1);
        world.run_to_end();
        let whole = world.recorder().timeline.whole();
        assert_eq!(value(&world, metric("x.cost.requests"), whole), Some(taken), "{keys}");
        // Who is refused has been there all the same.
        assert_eq!(value(&world, metric("x.rate"), whole), Some(10.0), "{keys}");
    }
}

#[test]
fn what_is_wrong_with_a_price_is_said() {
    // instead of the price of the database; the message
    for (price, expected) in [
        ("\"0.72/h\"", "a rate"),
        ("{ instance = \"-$1/h\" }", "a price is not negative"),
        ("{ storage = \"$1/GB\" }", "USD/B"),
        ("{ request = { get = \"$1\" } }", "unknown operation `get` of `rows`"),
        // What copies do for another is not asked for by anybody.
        ("{ request = { apply = \"$1\" } }", "unknown operation `apply` of `rows`"),
        ("{ egress = \"$1/GB\" }", "a database does not count what it delivers"),
        ("{ hours = \"$1/h\" }", "unknown key `hours` in `price` of [database.rows]"),
        ("\"$1/M\"", "`storage` needs `stored`: how much `rows` stores"),
    ] {
        let begin = SHOP.find("price    = {").expect("the price");
        let end = begin + SHOP[begin..].find('\n').expect("its end");
        let text = format!("{}price = {price}{}", &SHOP[..begin], &SHOP[end..]);
        let wrong = plan_of(&text).map(|_| ()).expect_err(price);
        assert!(wrong.contains(expected), "{price}: {wrong}");
    }
    let wrong = plan_of(&SHOP.replace("scale    = 10", "scale = 0")).map(|_| ()).expect_err("no scale");
    assert!(wrong.contains("`scale` must be positive"), "{wrong}");
}
