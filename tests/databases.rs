//! Replicated databases in whole scenarios, next to what theory says of them.

mod common;
#[path = "common/runs.rs"]
mod runs;

use runs::figures;

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

#[test]
fn a_synchronous_write_pays_the_round_trip_between_the_regions() {
    for (replication, extra) in [("asynchronous", 0.0), ("semi_synchronous", 0.15), ("synchronous", 0.15)] {
        let text = scenario(&format!("replicas = 1\nreplication = \"{replication}\""));
        let [latency] = figures(&text, 1, ["writers.latency.mean"]);
        assert!((latency - 0.001 - extra).abs() < 1e-4, "{replication}: {latency}");
    }
}

#[test]
fn a_near_replica_is_behind_by_the_way_there() {
    let text = scenario("replicas = 1\nreads = \"nearest\"");
    let [lag, stale, lost] = figures(&text, 1, ["urls.lag.mean", "urls.stale_ratio", "urls.lost_writes"]);
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
    let [lost, outage, promotions, errors] = figures(&scenario(&words), 1, names);
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
        let [lost, conflicts] = figures(&scenario(&words), 1, ["urls.lost_writes", "urls.conflicts"]);
        let expected = 200.0 * lost_seconds;
        assert!((lost - expected).abs() < 0.05 * expected + 60.0, "quorum {quorum}: {lost}");
        assert_eq!(conflicts, 0.0, "nobody writes on the other side");
    }
}

/// 100 buyers of 10 rooms, one after the other in this time; who sells a room writes it down.
fn rooms(every: &str, steps: &str, rooms: &str, rest: &str) -> String {
    format!(
        "[scenario]\nduration = \"10 s\"\nwarm_up = \"0 s\"\n\
         [client.buyers]\narrivals = {{ batches = [ {{ at = \"1 s\", count = 100, every = \"{every}\" }} ] }}\n\
         request = \"desk.sell\"\nkeys = {{ count = 1 }}\n\
         [server.desk]\nworkers = 200\n[server.desk.on]\nsell = [ {steps} {{ call = \"sold.write\" }} ]\n\
         [database.sold]\n[database.rooms]\nworkers = 64\nread = \"1 ms\"\nwrite = \"1 ms\"\n\
         rows = {{ start = 10, min = 0, {rooms} }}\n{rest}"
    )
}

/// The ways to the rooms: what is called, and what has to stand in the scenario for it. A timeout gives every call a request
/// of its own.
const WAYS: [(&str, &str); 4] = [
    ("rooms", ""),
    ("rooms", "[call.default]\ntimeout = \"5 s\"\n"),
    ("front", "[balancer.front]\ntargets = [\"rooms\"]\n"),
    ("front", "[balancer.front]\ntargets = [\"rooms\"]\n[call.default]\ntimeout = \"5 s\"\n"),
];

#[test]
fn who_reads_before_writing_sells_a_room_twice() {
    for (way, rest) in WAYS {
        let steps = format!(
            "{{ call = \"{way}.read\" }}, \
             {{ choose = [ {{ when = \"value < 1\", do = [ {{ return = \"sold_out\" }} ] }}, {{ do = [] }} ] }}, \
             {{ work = \"2 ms\" }}, {{ call = \"{way}.write\", value = \"= value - 1\" }},"
        );
        let names = ["sold.writes", "rooms.writes", "rooms.violations", "buyers.availability"];
        // Within a millisecond everybody has read 10 before anybody has written 9; of those who come one after the other
        // each sees what the one before has left. In between, a room is sold to all who read it in the 3.5 ms from a read to
        // its write: 2 ms of work, a round trip, and 1 ms of writing.
        let [sold, written, violations, answered] = figures(&rooms("10 us", &steps, "", rest), 1, names);
        assert_eq!([sold, written, violations, answered], [100.0, 100.0, 0.0, 1.0], "{way} {rest}");
        let [sold, written, ..] = figures(&rooms("30 ms", &steps, "", rest), 1, names);
        assert_eq!([sold, written], [10.0, 10.0], "{way} {rest}");
        let [sold, _, violations, _] = figures(&rooms("1 ms", &steps, "enforce = true", rest), 1, names);
        assert_eq!(
            [sold, violations],
            [40.0, 0.0],
            "{way} {rest}: a value that is overwritten stays in its bounds"
        );
    }
}

#[test]
fn who_adds_at_the_primary_sells_every_room_once() {
    let names = ["sold.writes", "rooms.writes", "rooms.violations", "buyers.availability"];
    for (way, rest) in WAYS {
        let steps = format!(
            "{{ call = \"{way}.update\", add = -1, on_violation = [ {{ return = \"sold_out\" }} ] }},"
        );
        // A balancer would ask the replicas as well.
        let replicas = if way == "rooms" { "replicas = 2\nreplication = \"synchronous\"\n" } else { "" };
        for replicas in ["", replicas] {
            let rest = format!("{replicas}{rest}");
            let [sold, written, violations, answered] =
                figures(&rooms("10 us", &steps, "enforce = true", &rest), 1, names);
            assert_eq!([sold, written, violations, answered], [10.0, 10.0, 0.0, 1.0], "{way} {rest}");
            // Without a constraint the value says how many rooms too many were sold.
            let [sold, written, violations, _] = figures(&rooms("10 us", &steps, "", &rest), 1, names);
            assert_eq!([sold, written, violations], [100.0, 100.0, 90.0], "{way} {rest}");
        }
    }
}

#[test]
fn a_value_belongs_to_the_handler_that_read_it() {
    // Each step fails the request if the value is another than expected.
    let expect = |value: i64| {
        let when = format!("{{ when = \"value == {value}\", do = [] }}");
        format!("{{ choose = [ {when}, {{ do = [ {{ fail = \"wrong\" }} ] }} ] }},")
    };
    for rest in ["", "[call.default]\ntimeout = \"5 s\"\n"] {
        let text = format!(
            "[scenario]\nduration = \"1 s\"\nwarm_up = \"0 s\"\n\
             [client.c]\narrivals = {{ even = \"10 /s\" }}\nkeys = {{ count = 1 }}\nrequest = \"desk.go\"\n\
             [server.desk]\nworkers = 9\n[server.desk.on]\ngo = [ {begin} {{ call = \"rooms.read\" }}, {read}\n\
               {{ call = \"desk.inner\" }}, {read} {{ call = \"seen.get\" }}, {read}\n\
               {{ all = [ [ {{ call = \"others.read\" }}, {branch} ], [ {kept} ] ] }}, {read}\n\
               {{ call = \"broken.write\", value = 77, on_error = [ {kept} ] }}, {read}\n\
               {{ call = \"rooms.write\", key = \"room\", value = \"= 2 * value + 0.4\" }}, {written}\n\
               {{ call = \"rooms.update\", key = \"room\", add = \"= value - 17\" }}, {added}\n\
               {{ call = \"rooms.update\", key = \"room\" }}, {added}\n\
               {{ call = \"rooms.write\", key = \"room\" }}, {added} {{ call = \"counts.write\", key = \"{{value}}\" }} ]\n\
             inner = [ {begin} {{ call = \"others.read\" }}, {branch} {{ return = \"ok\" }} ]\n\
             [cache.seen]\ncapacity = \"5 objects\"\n[database.counts]\n\
             [database.rooms]\nrows = {{ start = 10 }}\n[database.others]\nrows = {{ start = -3 }}\n\
             [database.broken]\n[fault.f]\nat = \"0 s\"\nerrors = [\"broken\"]\nshare = \"100 %\"\n{rest}",
            begin = expect(0),
            read = expect(10),
            branch = expect(-3),
            kept = expect(10),
            written = expect(20),
            added = expect(23),
        );
        let [counted, errors] = figures(&text, 1, ["counts.writes", "c.errors"]);
        assert_eq!([counted, errors], [10.0, 0.0], "{rest}");
    }
}

#[test]
fn replicas_have_all_the_patience_that_applying_takes() {
    // Reads keep the replica's only worker busy for nine tenths of the time; whoever reads gives up after a millisecond.
    let text = "[scenario]\nduration = \"20 s\"\nwarm_up = \"0 s\"\n\
                [client.readers]\narrivals = { poisson = \"90 /s\" }\nrequest = \"urls.read\"\nkeys = { count = 10 }\n\
                [client.writers]\narrivals = { even = \"5 /s\" }\nrequest = \"urls.write\"\nkeys = { count = 10 }\n\
                [database.urls]\nreplicas = 1\nreads = \"replica\"\nworkers = 1\nread = \"10 ms\"\nwrite = \"10 ms\"\n\
                patience = \"1 ms\"\n";
    let [reneged, failed, writers] = figures(text, 1, ["urls.reneged", "readers.errors", "writers.errors"]);
    assert!(reneged > 100.0, "{reneged}");
    // One who has just given up may not have come home yet.
    assert!((0.0..=1.0).contains(&(reneged - failed)), "only readers give up: {reneged} {failed}");
    assert_eq!(writers, 0.0);
}

#[test]
fn heartbeats_do_not_pile_up_on_a_narrow_link() {
    // 4000 heartbeats of 40 B a second are more than 100 kB/s: one leaves every 0.4 ms. Whoever comes to the pipe finds at most
    // one heartbeat there, or an answer to one, besides the writes, so that a write and its answer take 4 ms and up to four
    // letters, and the replica hears of the primary 3 ms after the fact at the latest, before it misses it.
    let text = "[scenario]\nduration = \"5 s\"\n[limits]\nevents = 300_000\n\
         [network]\nplaces = [\"a\", \"b\"]\noverhead = \"40 B\"\n\
         round_trip = { within = \"0 s\", \"a <-> b\" = \"4 ms\" }\nbandwidth = { \"a <-> b\" = \"100 kB/s\" }\n\
         [client.writers]\nplace = \"a\"\narrivals = { even = \"50 /s\" }\nrequest = \"urls.write\"\nkeys = \"new\"\n\
         [call.default]\ntimeout = \"1 s\"\n[database.urls]\nplaces = [\"a\", \"b\"]\nreplicas = 1\n\
         replication = \"semi_synchronous\"\nfailover = { detect = \"5 ms\", promote = \"10 ms\", quorum = true }";
    let names = ["urls.promotions", "writers.errors", "writers.latency.max", "link.a->b.messages"];
    let [promotions, errors, slowest, letters] = figures(text, 1, names);
    assert_eq!((promotions, errors), (0.0, 0.0));
    assert!((0.0048..=0.0056).contains(&slowest), "{slowest}");
    // 2500 a second fit; the pipe is never idle for longer than it takes until the next heartbeat.
    assert!((10_000.0..=12_500.0).contains(&letters), "{letters}");
}
