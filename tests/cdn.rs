//! CDNs in whole scenarios, against plain caches and closed forms.

mod common;
#[path = "common/means.rs"]
mod means;
#[path = "common/runs.rs"]
mod runs;

use means::assert_mean;
use runs::figures;

const NO_DISTANCE: &str = "[network]\nround_trip = { within = \"0 s\" }\n";

#[test]
fn one_edge_hits_as_often_as_a_plain_cache() {
    for (eviction, capacity) in
        [("lru", "50 objects"), ("lfu", "50 objects"), ("sieve", "50 objects"), ("lru", "100 kB")]
    {
        let shared = format!(
            "[scenario]\nduration = \"50 s\"\n{NO_DISTANCE}[client.c]\narrivals = {{ poisson = \"200 /s\" }}\n\
             keys = {{ count = 1000, zipf = 1.0 }}\nsizes = {{ exponential = \"1 kB\" }}\n\
             [database.rows]\nread = \"0 s\"\n"
        );
        let table = format!("capacity = \"{capacity}\"\neviction = \"{eviction}\"\nttl = \"400 ms\"\n");
        let aside = shared.replace(
            "[database",
            "session = [ { call = \"it.get\", on_miss = [ { call = \"rows.read\" }, { call = \"it.put\" } ] } ]\n[database",
        ) + "[cache.it]\n"
            + &table;
        let edge = shared.replace("[database", "request = \"it.get\"\n[database")
            + "[cdn.it]\norigin = \"rows.read\"\n"
            + &table;
        let names = ["it.hits", "it.misses", "it.expired", "it.evictions", "rows.read.rate"];
        let (plain, edge) = (figures(&aside, 7, names), figures(&edge, 7, names));
        assert_eq!(plain, edge, "{eviction} {capacity}");
        assert!(plain[3] > 100.0 && plain[2] > 50.0, "{plain:?}: there is something to compare");
    }
}

/// Four places, each with an edge and a client that asks for one key 5 times a second.
fn four_edges(cdn: &str) -> String {
    let mut text =
        "[scenario]\nduration = \"300 s\"\n[network]\nplaces = [\"a\", \"b\", \"c\", \"d\", \"mid\"]\n\
                    round_trip = { within = \"0 s\", \"* <-> *\" = \"1 us\" }\n\
                    [server.web]\nplace = \"mid\"\nworkers = 10\non.object = [ { work = \"0 s\" } ]\n"
            .to_owned();
    for place in ["a", "b", "c", "d"] {
        text += &format!(
            "[client.{place}_users]\nplace = \"{place}\"\narrivals = {{ poisson = \"5 /s\" }}\n\
             keys = {{ count = 1 }}\nrequest = \"it.get\"\n"
        );
    }
    text + "[cdn.it]\nplaces = [\"a\", \"b\", \"c\", \"d\"]\norigin = \"web.object\"\ncapacity = \"10 objects\"\n"
        + cdn
}

#[test]
fn a_shield_asks_the_origin_once_for_all_edges() {
    // Without a shield each edge asks once in `ttl` and the time to the next request, an exponential time: l / (1 + l T).
    // With one, the copies of all edges are as old as the shield's and expire with it: n l / (1 + n l T) for all of them.
    let (edges, rate, ttl) = (4.0, 5.0, 2.0);
    let alone = edges * rate / (1.0 + rate * ttl);
    let shielded = edges * rate / (1.0 + edges * rate * ttl);
    assert_mean(&four_edges("ttl = \"2 s\"\n"), "web.rate", 4, alone, 0.01);
    assert_mean(&four_edges("ttl = \"2 s\"\nshield = \"mid\"\n"), "web.rate", 4, shielded, 0.01);
    // Of 4 * 5 requests a second the edges have all but those that fetch: once in 2.05 s for the shield, and up to four times
    // for the edges, each of which asks anew when the copies of all grow old.
    let names = ["it.shield_hit_ratio", "it.hit_ratio", "it.shield_hits", "it.misses"];
    let [shield, ratio, hits, misses] = figures(&four_edges("ttl = \"2 s\"\nshield = \"mid\"\n"), 1, names);
    assert!((shield - 0.75).abs() < 0.01 && (ratio - (1.0 - 4.0 / 41.0)).abs() < 0.01, "{shield}, {ratio}");
    assert_eq!(hits, (shield * misses).round());
    // Two regions of two edges each: once for each of them.
    let regions = "ttl = \"2 s\"\nshield = [\"b\", \"c\"]\n";
    let near = four_edges(regions).replace(
        "\"* <-> *\" = \"1 us\"",
        "\"* <-> *\" = \"9 us\", \"a <-> b\" = \"1 us\", \"c <-> d\" = \"1 us\"",
    );
    let region = 2.0 * rate / (1.0 + 2.0 * rate * ttl);
    assert_mean(&near, "web.rate", 4, 2.0 * region, 0.01);
}

#[test]
fn a_lost_shield_is_passed_by() {
    let crash = "ttl = \"2 s\"\nshield = \"mid\"\n[fault.lost]\nat = \"0 s\"\ncrash = [\"it[4]\"]\n";
    let [rate, served] = figures(&four_edges(crash), 1, ["web.rate", "a_users.availability"]);
    let alone = 4.0 * 5.0 / (1.0 + 5.0 * 2.0);
    assert!((rate / alone - 1.0).abs() < 0.05 && served == 1.0, "{rate} instead of {alone}, {served}");
    // Nobody tells the edges: they find out by the timeout of what they ask it.
    let unknown =
        crash.replace("ttl", "detect = \"1 h\"\nttl") + "[call.\"it -> it\"]\ntimeout = \"10 ms\"\n";
    let names = ["web.rate", "a_users.availability", "call.it->it.attempts"];
    let [rate, served, asked] = figures(&four_edges(&unknown), 1, names);
    assert!((rate / alone - 1.0).abs() < 0.05 && served == 1.0 && asked > 500.0, "{rate}, {served}, {asked}");
}

/// A reader of one object at an edge, a writer at its store, and what the writer does besides.
fn updated(reads: &str, cdn: &str, writer: &str) -> String {
    format!(
        "[scenario]\nduration = \"1500 s\"\n{NO_DISTANCE}[client.readers]\narrivals = {{ poisson = \"{reads}\" }}\n\
         keys = {{ count = 1 }}\nrequest = \"it.get\"\n[client.writers]\narrivals = {{ poisson = \"0.5 /s\" }}\n\
         keys = {{ count = 1 }}\nsession = [ {{ call = \"rows.write\" }}{writer} ]\n[database.rows]\nread = \"0 s\"\n\
         [cdn.it]\norigin = \"rows.read\"\ncapacity = \"10 objects\"\n{cdn}\n"
    )
}

#[test]
fn what_is_stale_without_and_with_purges() {
    // A copy that is fetched at 0 and asked for until T is stale at t with probability 1 - exp(-u t).
    let (reads, writes, ttl): (f64, f64, f64) = (20.0, 0.5, 3.0);
    let stale = reads * (ttl - (1.0 - (-writes * ttl).exp()) / writes) / (1.0 + reads * ttl);
    assert_mean(&updated("20 /s", "ttl = \"3 s\"", ""), "it.stale_ratio", 4, stale, 0.04);
    // A purge that takes d: the last one before a time t came an exponential time ago, and what was written in the last d is
    // independent of it: half of 1 - exp(-2 u d) is stale, as long as what was purged is asked for at once.
    for (delay, seconds) in [("1 s", 1.0_f64), ("200 ms", 0.2)] {
        let stale = (1.0 - (-2.0 * writes * seconds).exp()) / 2.0;
        let purged = updated("50 /s", &format!("purge_delay = \"{delay}\""), ", { call = \"it.purge\" }");
        assert_mean(&purged, "it.stale_ratio", 4, stale, 0.06);
    }
    let at_once = updated("20 /s", "", ", { call = \"it.purge\" }");
    assert_eq!(figures(&at_once, 1, ["it.stale_hits"]), [0.0]);
    // Who asks for a version by its name never gets another one.
    let named = updated("20 /s", "", "")
        .replace(
            "request = \"it.get\"",
            "session = [ { call = \"rows.read\" }, { call = \"it.get\", key = \"{key} v{version}\" } ]",
        )
        .replace(
            "{ call = \"rows.write\" }",
            "{ call = \"rows.write\" }, { call = \"rows.write\", key = \"{key} v{version}\" }",
        );
    let [stale, hits, misses] = figures(&named, 1, ["it.stale_hits", "it.hits", "it.misses"]);
    assert!(stale == 0.0 && hits > 25_000.0 && misses > 500.0, "{stale}, {hits}, {misses}");
}

#[test]
fn a_purge_reaches_every_edge_by_the_network() {
    // Two edges 100 ms away from each other; the writer stands beside the first: the second one hears of a purge 50 ms later,
    // and of what is asked for just after a write that much is stale.
    let text = "[scenario]\nduration = \"100 s\"\n[network]\nplaces = [\"a\", \"b\"]\n\
                round_trip = { within = \"0 s\", \"* <-> *\" = \"100 ms\" }\n\
                [client.far]\nplace = \"b\"\narrivals = { poisson = \"100 /s\" }\nkeys = { count = 1 }\nrequest = \"it.get\"\n\
                [client.near]\nplace = \"a\"\narrivals = { poisson = \"100 /s\" }\nkeys = { count = 1 }\nrequest = \"it.get\"\n\
                [client.writer]\nplace = \"a\"\narrivals = { even = \"1 /s\" }\nkeys = { count = 1 }\n\
                session = [ { call = \"rows.write\" }, { call = \"it.purge\" } ]\n\
                [database.rows]\nplace = \"a\"\nread = \"0 s\"\n\
                [cdn.it]\nplaces = [\"a\", \"b\"]\norigin = \"rows.read\"\ncapacity = \"10 objects\"\n";
    let names = ["it.stale_hits", "it.purges", "it.purged", "it[1].rate"];
    let [stale, purges, purged, served] = figures(text, 1, names);
    // 100 writes, 50 ms, 100 reads a second; then 100 ms in which all wait for one fetch, whose copy has been read 50 ms
    // before it comes.
    assert!((stale - 500.0).abs() < 80.0, "{stale}");
    assert!(
        purges == 100.0 && (purged - 200.0).abs() <= 2.0 && (served - 100.0).abs() < 4.0,
        "{purged}, {served}"
    );
}

#[test]
fn what_is_put_there_ahead_is_there() {
    let text = "[scenario]\nduration = \"20 s\"\n[network]\nplaces = [\"a\", \"b\"]\n\
                round_trip = { within = \"0 s\", \"* <-> *\" = \"100 ms\" }\n\
                [client.readers]\nplace = \"b\"\narrivals = { poisson = \"100 /s\" }\nkeys = { count = 5 }\nrequest = \"it.get\"\n\
                [client.editor]\nplace = \"a\"\narrivals = { batches = [ { at = \"10 s\", count = 1 } ] }\nkeys = { count = 1 }\n\
                session = [ { repeat = 5, do = [ { call = \"it.put\", key = \"{turn}\", size = \"1 kB\" } ] } ]\n\
                [cdn.it]\nplaces = [\"a\", \"b\"]\ncapacity = \"1 MB\"\n";
    let names = ["it.hits", "it.misses", "readers.outcome.miss", "it.size", "it.egress", "it.puts"];
    let [hits, misses, told, size, egress, puts] = figures(text, 1, names);
    assert_eq!((puts, size, misses, egress), (5.0, 10.0, told, 1000.0 * hits));
    // They are there 50 ms after 10 of 20 s.
    assert!((hits - 995.0).abs() < 100.0 && (misses - 1005.0).abs() < 100.0, "{hits}, {misses}");
}

#[test]
fn only_what_is_popular_is_kept() {
    // Every key is asked for once, but for one that is asked for again and again.
    let text = format!(
        "[scenario]\nduration = \"100 s\"\n{NO_DISTANCE}[client.tail]\narrivals = {{ poisson = \"50 /s\" }}\n\
         keys = \"new\"\nrequest = \"it.get\"\n[client.head]\narrivals = {{ poisson = \"5 /s\" }}\n\
         keys = {{ count = 1 }}\nrequest = \"it.get\"\n[server.web]\nworkers = 10\non.object = [ {{ work = \"0 s\" }} ]\n\
         [cdn.it]\norigin = \"web.object\"\ncapacity = \"20 objects\"\n"
    );
    let [open, _] = figures(&text, 1, ["it.evictions", "it.hits"]);
    assert!(open > 4000.0, "{open}: the tail drives everything out");
    let popular = text + "admit_after = 3\n";
    let names = ["it.evictions", "it.size", "head.rate", "it.hits", "it.not_kept"];
    let [evictions, size, rate, hits, not_kept] = figures(&popular, 1, names);
    assert_eq!((evictions, size), (0.0, 1.0));
    assert_eq!(hits, (100.0 * rate).round() - 3.0, "the third request fills the edge");
    assert!(not_kept > 4000.0);
}

/// A cdn of two edges, which hits `1 - 1 / share` of all; the origin beside one of them.
fn outage(client: &str, more: &str) -> String {
    format!(
        "[scenario]\nduration = \"40 s\"\n[network]\nplaces = [\"a\", \"b\"]\n\
         round_trip = {{ within = \"0 s\", \"* <-> *\" = \"10 ms\" }}\n\
         [client.c]\nplace = \"a\"\narrivals = {{ poisson = \"200 /s\" }}\nkeys = {{ count = 100 }}\n{client}\n\
         [server.web]\nplace = \"b\"\nworkers = 10\non.object = [ {{ work = \"1 ms\" }} ]\n\
         [cdn.it]\nplaces = [\"a\", \"b\"]\norigin = \"web.object\"\ncapacity = \"1 k objects\"\nttl = \"5 s\"\n{more}\n"
    )
}

#[test]
fn without_a_way_round_a_lost_cdn_is_a_lost_request() {
    let all = "[fault.lost]\nat = \"20 s\"\ncrash = [\"it\"]\n";
    let names = ["c.availability", "web.rate", "it.hit_ratio"];
    let [served, ..] = figures(&outage("request = \"it.get\"", all), 1, names);
    assert!((served - 0.5).abs() < 0.02, "{served}");
    let round = "session = [ { call = \"it.get\", on_error = [ { call = \"web.object\" } ] } ]";
    let [served, rate, hits] = figures(&outage(round, all), 1, names);
    // 200 a second, of which the edge has 1 - 1 / (1 + 2 * 5), and none when it is gone.
    let expected = 200.0 * 0.5 + 200.0 / 11.0 * 0.5;
    assert!(served == 1.0 && (rate / expected - 1.0).abs() < 0.05, "{served}, {rate} instead of {expected}");
    assert!((hits - 10.0 / 11.0).abs() < 0.02, "{hits}");
    // One edge lost: the next one takes over as soon as callers know.
    let one = "detect = \"2 s\"\n[fault.lost]\nat = \"20 s\"\ncrash = [\"it[0]\"]\n";
    let names = ["c.errors", "c.latency.max", "it[1].rate"];
    let [errors, _, other] = figures(&outage("request = \"it.get\"", one), 1, names);
    assert!((errors - 400.0).abs() < 60.0, "{errors}: two seconds");
    assert!((other - 200.0 * 18.0 / 40.0).abs() < 5.0, "{other}");
}

#[test]
fn an_old_copy_is_better_than_none() {
    let lost = "stale_if_error = \"10 s\"\n[fault.lost]\nat = \"10 s\"\nfor = \"20 s\"\ncrash = [\"web\"]\n";
    let names = ["c.availability", "it.rescued"];
    let [served, rescued] = figures(&outage("request = \"it.get\"", lost), 1, names);
    // Copies fetched in the last 5 s before the loss expire evenly in the 5 s after it, and are good for 10 s more: who asks
    // from 10 to 15 s finds something; from 20 to 25 s what was fetched first is too old, and from 25 s on all is.
    let [without, none] =
        figures(&outage("request = \"it.get\"", &lost.replace("10 s\"\n[", "0 s\"\n[")), 1, names);
    assert!(none == 0.0 && rescued > 1500.0, "{none}, {rescued}");
    assert!((served - without - 10.0 / 40.0).abs() < 0.02, "{served} and {without}: 10 of 40 s are won");
}
