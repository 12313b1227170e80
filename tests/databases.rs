//! Replicated databases in whole scenarios, next to what theory says of them.

mod common;

use windtunnel::figures::{Catalogue, value};
use windtunnel::world::World;

/// Writers in `a`, readers in `b`; the first primary in `a`, its replica 150 ms there and back away in `b`.
fn scenario(words: &str) -> String {
    format!(
        "[scenario]\nduration = \"100 s\"\nwarm_up = \"1 s\"\n\
         [network]\nplaces = [\"a\", \"b\", \"c\"]\n\
         round_trip = {{ within = \"1 ms\", \"a <-> b\" = \"150 ms\", \"* <-> c\" = \"150 ms\" }}\n\
         [client.writers]\nplace = \"a\"\narrivals = {{ poisson = \"200 /s\" }}\nrequest = \"urls.write\"\n\
         keys = {{ count = 1000 }}\n\
         [client.readers]\nplace = \"b\"\narrivals = {{ poisson = \"200 /s\" }}\nrequest = \"urls.read\"\n\
         keys = {{ count = 1000 }}\n[call.default]\ntimeout = \"1 s\"\n\
         [database.urls]\nplaces = [\"a\", \"b\", \"c\"]\n{words}"
    )
}

/// The values of figures of a run.
fn figures<const N: usize>(text: &str, names: [&str; N]) -> [f64; N] {
    let plan = common::plan_of(text).unwrap_or_else(|errors| panic!("{errors}"));
    let catalogue = Catalogue::of(&plan);
    let mut world = World::new(&plan, plan.seed);
    world.run_to_end();
    let whole = world.recorder().timeline.whole();
    let values = names.map(|name| {
        let definition = catalogue.get(name).unwrap_or_else(|| panic!("{name} is a metric"));
        value(&world, definition.metric, whole).unwrap_or_else(|| panic!("{name} has a value"))
    });
    world.drain();
    assert!(world.is_empty(), "everything is given back");
    values
}

#[test]
fn a_synchronous_write_pays_the_round_trip_between_the_regions() {
    for (replication, extra) in [("asynchronous", 0.0), ("semi_synchronous", 0.15), ("synchronous", 0.15)] {
        let text = scenario(&format!("replicas = 1\nreplication = \"{replication}\""));
        let [latency] = figures(&text, ["writers.latency.mean"]);
        assert!((latency - 0.001 - extra).abs() < 1e-4, "{replication}: {latency}");
    }
}

#[test]
fn a_near_replica_is_behind_by_the_way_there() {
    let text = scenario("replicas = 1\nreads = \"nearest\"");
    let [lag, stale, lost] = figures(&text, ["urls.lag.mean", "urls.stale_ratio", "urls.lost_writes"]);
    assert!((lag - 0.075).abs() < 1e-3, "{lag}");
    // A read is stale if its row was written within the last 75 ms, less the half millisecond for which it has been on its
    // way: rate 0.2 /s per row. 20 000 reads: four standard errors are 0.35 %.
    let expected = 1.0 - f64::exp(-0.2 * 0.0745);
    assert!((stale - expected).abs() < 0.0035, "{stale} {expected}");
    assert_eq!(lost, 0.0);
}

#[test]
fn a_lost_place_costs_detection_promotion_and_what_was_under_way() {
    let faults = "[fault.power]\nat = \"30 s\"\ncrash = [\"urls.primary\"]\nsilent = true\n\
                  [fault.line]\nat = \"30 s\"\npartition = [[\"urls[0]\"], [\"urls[1]\", \"urls[2]\"]]\n";
    let words = format!("replicas = 2\nfailover = {{ detect = \"10 s\", promote = \"5 s\" }}\n{faults}");
    let names = ["urls.lost_writes", "urls.unavailable", "urls.promotions", "writers.errors"];
    let [lost, outage, promotions, errors] = figures(&scenario(&words), names);
    // 200 writes a second for 75 ms: Poisson with mean 15.
    assert!((2.0..33.0).contains(&lost), "{lost}");
    assert!((14.4..15.2).contains(&outage), "{outage}");
    assert_eq!(promotions, 1.0);
    // 200 a second for as long; four standard deviations are 220.
    assert!((errors - 200.0 * outage).abs() < 300.0, "{errors}");
}

#[test]
fn a_primary_that_is_cut_off_goes_on_unless_it_needs_a_majority() {
    let cut = "[fault.cut]\nat = \"20 s\"\nfor = \"40 s\"\n\
               partition = [[\"urls[0]\", \"writers\"], [\"urls[1]\", \"urls[2]\", \"readers\"]]\n";
    for (quorum, lost_seconds) in [(false, 40.0), (true, 2.0)] {
        let failover = format!("{{ detect = \"2 s\", promote = \"1 s\", quorum = {quorum} }}");
        let words = format!("replicas = 2\nfailover = {failover}\n{cut}");
        let [lost, conflicts] = figures(&scenario(&words), ["urls.lost_writes", "urls.conflicts"]);
        let expected = 200.0 * lost_seconds;
        assert!((lost - expected).abs() < 0.05 * expected + 60.0, "quorum {quorum}: {lost}");
        assert_eq!(conflicts, 0.0, "nobody writes on the other side");
    }
}
