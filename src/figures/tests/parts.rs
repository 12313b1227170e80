//! Single instances and groups of them.

use super::*;

/// Three shards with a replica each; one of the primaries is down for a time.
const SHARDS: &str = r#"
duration = "60 s"
[client.readers]
arrivals = { poisson = "40 /s" }
request = "urls.read"
keys = { count = 1000 }
[client.writers]
arrivals = { poisson = "10 /s" }
request = "urls.write"
keys = { count = 1000 }
[database.urls]
shards = 3
replicas = 1
read = { exponential = "5 ms" }
write = { exponential = "8 ms" }
workers = 1
[fault.gone]
at = "20 s"
for = "10 s"
crash = ["urls[2]"]
[slo]
alone = "urls[2].rate + urls[3].rate < 100 /s during gone"
shards = "urls.shard[0].utilization + urls.shard[2].rejected + urls.shard[1].queue.max < 100 during gone"
later = "urls[5].rate < 100 /s after gone"
"#;

#[test]
fn parts_of_a_component_have_the_figures_of_their_instances() {
    let plan = plan(SHARDS);
    let mut world = World::new(&plan, 1);
    let at = |seconds: u64| Time(0) + Span::from_seconds(seconds as f64);
    for (until, laws) in [(at(26), "in the middle of a cell"), (at(60), "at the end")] {
        world.run(until, u64::MAX);
        let timeline = &world.recorder().timeline;
        let (whole, during) = (timeline.whole(), timeline.window(at(20), at(30)));
        let after = timeline.window(at(30), at(60));
        for window in [whole, during, after] {
            let of = |part: &str, name: &str| figure(&world, &format!("urls{part}.{name}"), window);
            let Some(rate) = of("", "rate") else { continue };
            let instances: Vec<f64> = (0..6).map(|at| of(&format!("[{at}]"), "rate").unwrap()).collect();
            assert!((instances.iter().sum::<f64>() - rate).abs() < 1e-9, "{laws}: {instances:?} of {rate}");
            let queues = (0..6).map(|at| of(&format!("[{at}]"), "queue.max").unwrap());
            assert_eq!(of("", "queue.max"), queues.reduce(f64::max), "{laws}");
            for shard in 0..3 {
                let [first, second] = [2 * shard, 2 * shard + 1].map(|at| format!("[{at}]"));
                let shard = format!(".shard[{shard}]");
                let sum = |name: &str| of(&first, name).unwrap() + of(&second, name).unwrap();
                assert!((of(&shard, "rate").unwrap() - sum("rate")).abs() < 1e-9, "{laws}, {shard}");
                assert!(
                    (of(&shard, "queue.mean").unwrap() - sum("queue.mean")).abs() < 1e-9,
                    "{laws}, {shard}"
                );
                if window == after {
                    assert!(
                        (of(&shard, "utilization").unwrap() - sum("utilization") / 2.0).abs() < 1e-9,
                        "{shard}"
                    );
                }
            }
            if window == during {
                let busy = (of("[2]", "rate"), of("[2]", "utilization"), of(".shard[1]", "utilization"));
                assert_eq!(busy, (Some(0.0), None, of("[3]", "utilization")), "{laws}");
            }
        }
    }
    let series = series(&world);
    let bins = series.edges.len() - 1;
    for (group, members) in
        [("urls.shard[0]", ["urls[0]", "urls[1]"]), ("urls.shard[2]", ["urls[4]", "urls[5]"])]
    {
        let rates = |name: &str| line(&series, &format!("{name}.rate"));
        for bin in 0..bins {
            let [first, second] = members.map(|member| rates(member)[bin].unwrap());
            assert!((rates(group)[bin].unwrap() - first - second).abs() < 1e-9, "{group} in bin {bin}");
        }
    }
    let catalogue = Catalogue::of(&plan);
    assert!(catalogue.get("urls.shard[3].rate").is_none() && catalogue.get("urls.replica[0].rate").is_none());
    let utilization = catalogue.get("urls.shard[1].utilization").expect("every shard has one");
    assert_eq!(utilization.listing, Listing::Always);
}

/// Nobody asks for these within a window, so that nothing is kept for them.
#[test]
fn only_what_is_asked_for_is_kept_apart() {
    let asked = |slo: &str| {
        let start = SHARDS.find("[slo]").unwrap();
        let plan = plan(&format!("{}[slo]\nx = \"{slo}\"\n", &SHARDS[..start]));
        plan.apart.iter().map(|instance| instance.0 - plan.components[1].instances.0.0).collect::<Vec<_>>()
    };
    for (slo, expected) in [
        ("urls[2].rate < 1 /s", &[][..]),
        ("urls.rate < 1 /s during gone", &[]),
        ("urls[2].rate < 1 /s during gone", &[2]),
        ("(urls[2].rate during gone) < urls[1].rate", &[2]),
        ("urls.shard[1].rate < 1 /s before gone", &[2, 3]),
        ("urls.shard[2].rate + urls[0].rate < 1 /s from 1 s to 2 s", &[0, 4, 5]),
    ] {
        assert_eq!(asked(slo), expected, "{slo}");
    }
}
