//! Which stations have closed forms, and what these say.

use super::*;
use crate::results::TheoryCheck;

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
