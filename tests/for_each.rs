//! Turns for each number of a list: their order, limits and instants, which can be calculated by hand. One way on the network
//! takes 1 ms.

mod common;

use common::plan_of;
use windtunnel::component::Behaviour;
use windtunnel::measure::histogram::Histogram;
use windtunnel::measure::recorder::Ending;
use windtunnel::plan::{Part, Plan};
use windtunnel::world::{Pause, World};

/// A millisecond [ns].
const MS: u64 = 1_000_000;

const HEAD: &str = r#"
[scenario]
duration = "1 s"
[network]
round_trip = { within = "2 ms" }
[graph.follows]
nodes = 100
degree = 4
[client.user]
arrivals = { batches = [ { at = "0 s", count = 1 } ] }
users = { count = 1 }
request = "web.go"
"#;

/// A server with one handler.
fn web(steps: &str) -> String {
    format!("[server.web]\nworkers = 1\non.go = [ {steps} ]\n")
}

/// A server far enough away, which takes a millisecond for each visit and serves all at once.
const FAR: &str = "[server.far]\nworkers = \"unbounded\"\non.go = [ { wait = \"1 ms\" } ]\n";

fn plan(parts: &[&str]) -> Plan {
    let text = parts.concat();
    plan_of(&text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

fn finished(plan: &Plan) -> World<'_> {
    let mut world = World::new(plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::End);
    assert!(world.is_empty(), "somebody is still there");
    world
}

/// What the graph says of node 0, who is the only user: whom it leads to, and who leads to it.
fn lists(world: &World<'_>, graph: &str) -> [Vec<u64>; 2] {
    let index = world.plan().components.iter().position(|one| one.name == graph).expect("the graph");
    [0, 1].map(|sequence| {
        let mut list = Vec::new();
        world.components()[index].list(sequence, 0, &mut list);
        list
    })
}

/// How many requests of the client were completed and failed, and the sum of their latencies [ms].
fn ended(world: &World<'_>) -> (u64, u64, f64) {
    let recorder = world.recorder();
    let (mut completed, mut failed, mut total) = (0, 0, 0);
    for (slot, record) in world.plan().slots.iter().zip(&recorder.slots) {
        if slot.part == Part::Request {
            completed += record.total(recorder.timeline.whole(), Ending::Completed);
            failed += record.total(recorder.timeline.whole(), Ending::Failed);
            let latencies = record.latency.iter().chain(&record.failed_latency);
            total += latencies.map(Histogram::sum).sum::<u128>();
        }
    }
    (completed, failed, total as f64 / MS as f64)
}

/// Visits of a component.
fn visits(world: &World<'_>, component: &str) -> u64 {
    let of_it = |entry: &windtunnel::plan::EntryPlan| {
        world.plan().components[entry.component.index()].name == component
    };
    let entries = world.plan().entries.iter().zip(&world.recorder().entries);
    entries.filter(|(entry, _)| of_it(entry)).map(|(_, record)| record.served.iter().sum::<u64>()).sum()
}

/// Each turn takes 3 ms: there, a wait, and back. The request itself is a millisecond away.
#[test]
fn turns_follow_one_another_or_run_side_by_side() {
    for (parallel, expected) in [
        ("", |n: u64| 2 + 3 * n),
        (", parallel = 1", |n: u64| 2 + 3 * n),
        (", parallel = 2", |n: u64| 2 + 3 * n.div_ceil(2)),
        (", parallel = \"unbounded\"", |_| 2 + 3),
    ] as [(&str, fn(u64) -> u64); 4]
    {
        let steps = format!(
            "{{ for_each = \"follows.in\", of = \"{{user}}\"{parallel}, do = [ {{ call = \"far.go\" }} ] }}"
        );
        let plan = plan(&[HEAD, &web(&steps), FAR]);
        let world = finished(&plan);
        let followers = lists(&world, "follows")[1].len() as u64;
        assert_eq!((followers, visits(&world, "far")), (4, 4));
        assert_eq!(ended(&world), (1, 0, expected(4) as f64), "{parallel}");
    }
}

/// The k-th turn waits for as many microseconds as the number of its node and k: their sum is what the request takes.
#[test]
fn each_is_the_number_and_turn_counts_from_zero() {
    let steps = "{ for_each = \"follows.out\", of = \"{user}\", do = [ { wait = \"= each * 1 us\" }, { wait = \"= turn * 1 ms\" } ] }";
    let plan = plan(&[HEAD, &web(steps)]);
    let world = finished(&plan);
    let list = &lists(&world, "follows")[0];
    assert!(list.len() > 1 && list.windows(2).all(|pair| pair[0] < pair[1]), "{list:?}");
    let turns: u64 = (0..list.len() as u64).sum();
    let expected = 2.0 + list.iter().sum::<u64>() as f64 / 1000.0 + turns as f64;
    assert!((ended(&world).2 - expected).abs() < 1e-9, "{:?} not {expected}", ended(&world));
}

/// A failing turn ends the others that follow it: each calls its own key, and the second fails.
#[test]
fn a_failing_turn_fails_the_handler_as_in_repeat() {
    for (parallel, turns, time) in [("", 2, 2 + 3 + 3), (", parallel = 4", 4, 2 + 3)] {
        let body = "do = [ { call = \"far.go\" }, { choose = [ { when = \"turn == 1\", do = [ { fail = \"broken\" } ] }, { do = [] } ] } ]";
        for head in ["for_each = \"follows.in\", of = \"{user}\"", "repeat = 4"] {
            let plan = plan(&[HEAD, &web(&format!("{{ {head}{parallel}, {body} }}")), FAR]);
            let world = finished(&plan);
            assert_eq!(
                (ended(&world), visits(&world, "far")),
                ((0, 1, f64::from(time)), turns),
                "{head}{parallel}"
            );
        }
    }
}

/// `where` and `limit` choose before the first turn, in this order; the branches of a fork know the number, too.
#[test]
fn only_some_have_a_turn() {
    for (choice, chosen) in [
        ("limit = 2", (|list| list[..2].to_vec()) as fn(&[u64]) -> Vec<u64>),
        ("limit = 0", |_| Vec::new()),
        ("limit = \"= user + 3\"", |list| list[..3].to_vec()),
        ("where = \"each > 50\"", |list| list.iter().copied().filter(|each| *each > 50).collect()),
        ("where = \"each > 50\", limit = 1", |list| {
            list.iter().copied().filter(|each| *each > 50).take(1).collect()
        }),
        ("where = \"follows.in(each) == 4\"", <[u64]>::to_vec),
        ("where = \"follows.in(user) < 4\"", |_| Vec::new()),
        ("where = \"each > 50\", parallel = 3", |list| {
            list.iter().copied().filter(|each| *each > 50).collect()
        }),
    ] {
        let steps = format!(
            "{{ for_each = \"follows.in\", of = \"{{user}}\", {choice}, do = [ {{ all = [ [ {{ send = \"list.add\", key = \"{{each}}\" }} ] ] }} ] }}"
        );
        let plan = plan(&[HEAD, &web(&steps), "[filter.list]\n"]);
        let world = finished(&plan);
        let expected = chosen(&lists(&world, "follows")[1]);
        assert_eq!(visits(&world, "list"), expected.len() as u64, "{choice}");
        let added = world.plan().components.iter().position(|one| one.name == "list").expect("the filter");
        assert_eq!(world.recorder().counters[added].iter().sum::<u64>(), 2 * expected.len() as u64);
    }
}

/// A page asks its host about its content: functions stand in templates, too, and inside of loops in loops.
#[test]
fn templates_ask_graphs() {
    let text = r#"
[scenario]
duration = "1 s"
[graph.web]
form = "web"
nodes = 1000
hosts = 10
skew = 0
links = { within = 4, between = 3 }
duplicates = "50 %"
[client.crawler]
arrivals = { batches = [ { at = "0 s", count = 1 } ] }
keys = { count = 1 }
request = "fetcher.fetch"
[server.fetcher]
workers = 1
on.fetch = [ { for_each = "web.out", of = "{key}", do = [
  { for_each = "web.out", of = "{each}", where = "web.host(each) != web.host(key)", do = [
    { call = "hosts.add", key = "{web.host(each)}" },
    { call = "contents.add", key = "{web.content(each)}" },
  ] },
] } ]
[filter.hosts]
[filter.contents]
"#;
    let plan = plan_of(text).unwrap_or_else(|error| panic!("{error}"));
    let world = finished(&plan);
    let index = |name: &str| plan.components.iter().position(|one| one.name == name).expect("it is there");
    let web = &world.components()[index("web")];
    let out = |page: u64| {
        let mut list = Vec::new();
        web.list(0, page, &mut list);
        list
    };
    let (mut hosts, mut contents, mut turns) =
        (std::collections::BTreeSet::new(), std::collections::BTreeSet::new(), 0);
    for page in out(0).into_iter().flat_map(out).filter(|page| web.tell(2, *page) != 0) {
        hosts.insert(web.tell(2, page));
        contents.insert(web.tell(3, page));
        turns += 1;
    }
    assert!(turns > 10 && hosts.len() > 3);
    assert_eq!((visits(&world, "hosts"), visits(&world, "contents")), (turns, turns));
    let size = |name: &str| world.components()[index(name)].level(1).map(|size| size as usize);
    assert_eq!((size("hosts"), size("contents")), (Some(hosts.len()), Some(contents.len())));
}

/// Requests are about those whom the user knows, about each of them sooner or later, and about nobody else.
#[test]
fn keys_may_be_neighbours_of_the_user() {
    let text = r#"
[scenario]
duration = "10 s"
[graph.friends]
nodes = 50
degree = 5
symmetric = true
[client.user]
arrivals = { poisson = "1 k/s" }
users = { count = 1 }
keys = { neighbour = "friends" }
request = "hot.put"
[cache.hot]
capacity = "100 objects"
"#;
    let plan = plan_of(text).unwrap_or_else(|error| panic!("{error}"));
    let mut world = World::new(&plan, plan.seed);
    world.run_to_end();
    let friends = lists(&world, "friends")[0].clone();
    let hot = plan.components.iter().position(|one| one.name == "hot").expect("the cache");
    let spec = plan.components[hot].blueprint.spec();
    let size = spec.figures.iter().position(|figure| figure.name() == "size").expect("it has a size");
    assert_eq!(world.components()[hot].level(size), Some(friends.len() as f64));
}

#[test]
fn wrong_loops_are_told() {
    for (steps, message) in [
        (
            "{ for_each = \"follows.to\", of = \"{user}\", do = [] }",
            "unknown list `follows.to` (did you mean `follows.out`? valid lists: follows.out, follows.in)",
        ),
        (
            "{ for_each = \"far.go\", of = \"{user}\", do = [] }",
            "`for_each` cannot go through the server `far`",
        ),
        ("{ for_each = \"follows\", of = \"{user}\", do = [] }", "unknown list `follows`"),
        ("{ for_each = \"follows.out\", do = [] }", "a step `for_each` needs the key `of`"),
        ("{ for_each = \"follows.out\", of = \"{user}\" }", "a step `for_each` needs the key `do`"),
        (
            "{ for_each = \"follows.out\", of = \"{each}\", do = [] }",
            "`each` means something only within `for_each`",
        ),
        ("{ wait = \"= each * 1 s\" }", "`each` means something only within `for_each`"),
        (
            "{ choose = [ { when = \"follows.in(each) > 3\", do = [] } ] }",
            "`follows.in(each)` means something only within `for_each`",
        ),
        (
            "{ call = \"far.go\", key = \"{follows.around(key)}\" }",
            "unknown field `follows.around(key)` in a template",
        ),
        ("{ wait = \"= follows.in(size) * 1 s\" }", "unknown name `follows.in(size)`"),
        (
            "{ for_each = \"follows.out\", of = \"{user}\", do = [], parallel = 0 }",
            "`parallel` is at least 1",
        ),
    ] {
        let text = [HEAD, &web(steps), FAR].concat();
        let error = plan_of(&text).map(|_| ()).expect_err(steps);
        assert!(error.replace("\n", " ").contains(message.split(" (").next().unwrap()), "{steps}: {error}");
    }
    for (keys, message) in [
        ("keys = { neighbour = \"follow\" }", "unknown graph `follow`"),
        ("keys = { neighbour = \"follows\", count = 4 }", "unknown key `count` in `keys`"),
        ("keys = { neighbour = \"tiny\" }", "whoever asks must be one of the 5 nodes of `tiny`"),
    ] {
        let head = HEAD.replace("users = { count = 1 }", &format!("users = {{ count = 6 }}\n{keys}"));
        let text = [&head, "[graph.tiny]\nnodes = 5\ndegree = 1\n", &web("{ wait = \"1 ms\" }")].concat();
        let error = plan_of(&text).map(|_| ()).expect_err(keys);
        assert!(error.contains(message), "{keys}: {error}");
    }
    let graphs: String = (0..25).map(|index| format!("[graph.g{index}]\nnodes = 5\ndegree = 1\n")).collect();
    let text = [HEAD, &graphs, &web("{ wait = \"1 ms\" }")].concat();
    let error = plan_of(&text).map(|_| ()).expect_err("26 graphs");
    assert!(error.contains("a scenario has at most 49 functions of graphs, this one has 52"), "{error}");
}
