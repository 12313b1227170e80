//! What is shown over time.

use super::*;

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

#[test]
fn cores_are_followed_where_there_are_fewer_than_workers() {
    let text = |cores: &str| {
        format!(
            "duration = \"10 s\"\n[client.c]\narrivals = {{ even = \"10 /s\", profile = [[\"0 s\", 1.0], [\"5 s\", 1.0], \
             [\"5 s\", 2.0]] }}\nrequest = \"s.go\"\n[server.s]\nworkers = 8\n{cores}[server.s.on]\ngo = [ {{ work = \"40 ms\" }} ]\n"
        )
    };
    let plan_with = plan(&text("cores = 2\n"));
    let mut world = World::new(&plan_with, 1);
    assert_eq!(world.run_to_end(), Pause::End);
    let series_with = series(&world);
    let share = line(&series_with, "s.cpu.utilization");
    for (second, expected) in [(2.0, 0.2), (8.0, 0.4)] {
        let bin = series_with.edges.iter().position(|edge| *edge == second).expect("a bin begins");
        let actual = share[bin].expect("there are cores");
        assert!((actual - expected).abs() < 0.05, "{actual} of the cores at {second} s");
    }
    let plan_without = plan(&text(""));
    let mut world = World::new(&plan_without, 1);
    assert_eq!(world.run_to_end(), Pause::End);
    assert!(
        series(&world)
            .components
            .iter()
            .all(|one| one.courses.iter().all(|course| !course.name.contains("cpu")))
    );
}
