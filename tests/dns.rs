//! Names in whole scenarios: who is sent where, what it costs, and how long an old answer hurts.

mod common;
#[path = "common/runs.rs"]
mod runs;

use common::plan_of;
use runs::figures;
use windtunnel::figures::{Catalogue, value};
use windtunnel::world::World;

/// Users at home, two sites, and the name of both in a place of its own.
struct Setup<'a> {
    duration: &'a str,
    /// What else stands in the table of the client.
    client: &'a str,
    /// What else stands in the table of the dns.
    dns: &'a str,
    /// Further tables.
    more: &'a str,
}

const PLAIN: Setup<'_> = Setup {
    duration: "10 s",
    client: "arrivals = { poisson = \"100 /s\" }\nusers = { count = 50 }\nrequest = \"www.page\"",
    dns: "",
    more: "",
};

fn text(setup: &Setup<'_>) -> String {
    let Setup { duration, client, dns, more } = setup;
    let site = |place: &str| {
        format!(
            "[server.{place}]\nplace = \"{place}\"\nworkers = 1000\non.page = [ {{ work = \"10 ms\" }} ]\n"
        )
    };
    format!(
        "[scenario]\nduration = \"{duration}\"\n[network]\nplaces = [\"home\", \"near\", \"far\", \"root\"]\n\
         round_trip = {{ within = \"0 s\", \"home <-> near\" = \"20 ms\", \"home <-> far\" = \"80 ms\", \
         \"home <-> root\" = \"40 ms\", \"* <-> *\" = \"60 ms\" }}\n\
         [client.c]\nplace = \"home\"\n{client}\n\
         [dns.www]\nplace = \"root\"\ntargets = [\"near\", \"far\"]\n{dns}\n{}{}{more}\n",
        site("near"),
        site("far")
    )
}

#[test]
fn the_first_call_pays_for_the_lookup_and_goes_straight_to_the_target() {
    let names = ["c.latency.max", "c.latency.p50", "www.lookups", "www.hits", "near.rate", "far.rate"];
    let [first, then, lookups, hits, near, far] = figures(&text(&PLAIN), 1, names);
    // 40 ms to ask, 20 ms to the near site and 10 ms there; the place of the name is not on the way.
    assert!((first - 0.070).abs() < 1e-4 && (then - 0.030).abs() < 1e-4, "{first}, {then}");
    assert!(
        (lookups - 50.0).abs() < 5.0 && (hits + lookups - 10.0 * near).abs() < 3.0,
        "{lookups}, {hits}, {near}"
    );
    assert_eq!(far, 0.0);
    let [messages] = figures(&text(&PLAIN), 1, ["link.home->root.messages"]);
    assert_eq!(messages, lookups, "nothing but questions");
    // All at the place remember one answer, or nobody does.
    for (dns, most) in
        [("cached = \"place\"", 8.0), ("ttl = \"0 s\"", f64::INFINITY), ("cached = \"none\"", f64::INFINITY)]
    {
        let [lookups, hits, longest] =
            figures(&text(&Setup { dns, ..PLAIN }), 1, ["www.lookups", "www.hits", "c.latency.p50"]);
        let all = if most.is_finite() { hits > 900.0 } else { hits == 0.0 && (longest - 0.070).abs() < 1e-4 };
        assert!(lookups <= most && lookups >= 1.0 && all, "{dns}: {lookups}, {hits}, {longest}");
    }
}

#[test]
fn an_answer_is_asked_for_again_when_its_time_is_over() {
    // Of one user who asks at rate l an answer is good for T after 40 ms: 1 + l T calls for each lookup, and those that come
    // while it is on its way ask too.
    let client = "arrivals = { poisson = \"20 /s\" }\nusers = { count = 1 }\nrequest = \"www.page\"";
    let setup = Setup { duration: "2000 s", client, dns: "ttl = \"1 s\"", ..PLAIN };
    let [ratio, p50] = figures(&text(&setup), 1, ["www.hit_ratio", "www.lookup.p50"]);
    let lookups = 1.0 + 20.0 * 0.040;
    let exact = 20.0 / (20.0 + lookups);
    assert!((ratio - exact).abs() < 0.006, "{ratio} instead of {exact}");
    assert!((p50 - 0.040).abs() < 1e-4, "{p50}");
}

#[test]
fn policies_share_the_answers() {
    let fresh = "arrivals = { poisson = \"200 /s\" }\nrequest = \"www.page\"";
    for (dns, share) in [
        ("policy = \"nearest\"", 1.0),
        ("policy = \"round_robin\"", 0.5),
        ("policy = \"weighted\"", 0.5),
        ("policy = \"weighted\"\nweights = { near = 1, far = 4 }", 0.2),
        ("policy = \"failover\"", 1.0),
    ] {
        let [near, far] =
            figures(&text(&Setup { client: fresh, dns, ..PLAIN }), 1, ["near.rate", "far.rate"]);
        assert!((near / (near + far) - share).abs() < 0.002, "{dns}: {near} and {far}");
    }
    let order = text(&PLAIN).replace("[\"near\", \"far\"]\n", "[\"far\", \"near\"]\npolicy = \"failover\"\n");
    assert_eq!(figures(&order, 1, ["near.rate"]), [0.0], "the first of the list, however far");
}

/// The near site is lost at 990 s; it is probed at 995, 1005 and 1015 s.
fn failover(dns: &str, users: u32) -> String {
    let client = format!(
        "arrivals = {{ poisson = \"100 /s\" }}\nusers = {{ count = {users} }}\nrequest = \"www.page\""
    );
    let dns =
        format!("ttl = \"60 s\"\nhealth = {{ every = \"10 s\", timeout = \"2 s\", failures = 3 }}\n{dns}");
    let more = "[fault.lost]\nat = \"990 s\"\ncrash = [\"near\"]\n";
    text(&Setup { duration: "1200 s", client: &client, dns: &dns, more })
}

#[test]
fn a_lost_site_hurts_until_it_is_noticed_and_the_answers_are_old() {
    // The third probe in a row fails 25 s after the loss, and a round trip to hear of it. Each of n users asks every n / l
    // on average: of all times m = T / (T + n / l) find an answer remembered, whose rest is then anything up to T. So many
    // seconds of requests are lost on average as it takes to notice it, and m T / 2.
    let noticed = 25.06;
    let (rate, ttl, users) = (100.0, 60.0, 3000.0);
    let remembered = ttl / (ttl + users / rate);
    let mean = rate * (noticed + remembered * ttl / 2.0);
    let runs: Vec<[f64; 3]> = (1..=3)
        .map(|seed| figures(&failover("", 3000), seed, ["c.errors", "www.stale", "www.ejections"]))
        .collect();
    let errors: f64 = runs.iter().map(|run| run[0]).sum::<f64>() / 3.0;
    println!("errors {errors}, expected {mean}");
    assert!((errors / mean - 1.0).abs() < 0.04, "{errors} instead of {mean}");
    for [errors, stale, ejections] in runs {
        // What was sent to the lost site after that was known is what old answers did.
        assert!((errors - stale - rate * noticed).abs() < 200.0, "{errors}, {stale}");
        assert_eq!(ejections, 1.0);
    }
}

#[test]
fn the_longest_wait_is_that_of_who_asked_last() {
    // Nobody fails later than a whole ttl after the detection, and of those who fail after it three times as many do in the
    // first half: the rest of an answer is evenly spread.
    let text = failover("", 3000)
        + "[slo]\n\
        first = \"c.errors >= 0 from 1015 s to 1045 s\"\nsecond = \"c.errors >= 0 from 1045 s to 1075 s\"\n\
        after = \"c.errors >= 0 from 1076 s to 1200 s\"\n";
    let plan = plan_of(&text).unwrap();
    let catalogue = Catalogue::of(&plan);
    let mut world = World::new(&plan, 5);
    world.run_to_end();
    let errors = catalogue.get("c.errors").expect("a figure").metric;
    let of = |from: u64, to: u64| {
        let window = world.recorder().timeline.window(
            windtunnel::units::Time(from * windtunnel::units::SECOND),
            windtunnel::units::Time(to * windtunnel::units::SECOND),
        );
        value(&world, errors, window).expect("a count")
    };
    let (first, second, after) = (of(1015, 1045), of(1045, 1075), of(1076, 1200));
    println!("{first} {second} {after}");
    assert_eq!(after, 0.0);
    assert!((first / second - 3.0).abs() < 0.7, "{first} and {second}");
}

#[test]
fn who_remembers_nothing_waits_for_the_detection_only() {
    let noticed = 25.06;
    let [errors] = figures(&failover("cached = \"none\"", 3000), 1, ["c.errors"]);
    assert!((errors / (100.0 * noticed) - 1.0).abs() < 0.06, "{errors}");
    // At one place all remember the same answer, and turn away at once: within a ttl.
    let [errors, lookups] = figures(&failover("cached = \"place\"", 3000), 1, ["c.errors", "www.lookups"]);
    assert!(errors > 100.0 * noticed * 0.9 && errors < 100.0 * (noticed + 61.0), "{errors}");
    assert!(lookups < 150.0, "{lookups}");
}

#[test]
fn a_lost_dns_is_not_missed_while_answers_are_good() {
    let lost = "[fault.lost]\nat = \"5 s\"\ncrash = [\"www\"]\n[call.\"c -> www\"]\ntimeout = \"1 s\"\n";
    let client = "arrivals = { poisson = \"200 /s\" }\nusers = { count = 20 }\nrequest = \"www.page\"";
    let setup = Setup { client, more: lost, dns: "ttl = \"20 s\"", ..PLAIN };
    assert_eq!(figures(&text(&setup), 1, ["c.availability"]), [1.0]);
    let short = Setup { dns: "ttl = \"1 s\"", ..setup };
    let [refused, served] = figures(&text(&short), 1, ["c.errors.refused", "c.availability"]);
    // From 5 s on answers grow old within a second.
    assert!((refused - 900.0).abs() < 130.0 && (served - 0.55).abs() < 0.06, "{refused}, {served}");
    // Nothing is heard of it: callers wait for their timeout.
    let silent = lost.replace("crash", "silent = true\ncrash");
    let [timeouts] = figures(&text(&Setup { more: &silent, ..short }), 1, ["c.errors.timeout"]);
    assert!((timeouts - 800.0).abs() < 130.0, "{timeouts}: the last second is still on its way");
}

#[test]
fn retries_look_up_again_what_has_grown_old() {
    // The near site is lost; probes see it in a moment. Whoever remembers it tries until the answer is old, and gets there.
    let client = "arrivals = { poisson = \"20 /s\" }\nusers = { count = 10 }\nrequest = \"www.page\"";
    let dns = "ttl = \"2 s\"\nhealth = { every = \"100 ms\", failures = 1 }";
    let more = "[fault.lost]\nat = \"5 s\"\ncrash = [\"near\"]\n\
                [call.\"c -> www\"]\nretry = { attempts = 30, backoff = { constant = \"100 ms\" } }\n";
    let setup = Setup { duration: "30 s", client, dns, more };
    let names = ["c.availability", "c.latency.max", "call.c->near.retries", "call.c->www.attempts"];
    let [served, longest, retries, asked] = figures(&text(&setup), 1, names);
    assert!(
        served == 1.0 && longest < 2.6 && longest > 1.0 && retries > 50.0 && asked > 100.0,
        "{served}, {longest}, {retries}, {asked}"
    );
}

#[test]
fn lookups_get_lost_and_are_given_up_without_a_trace() {
    for (seed, edge) in (1..).zip([
        "timeout = \"100 ms\"",
        "timeout = \"90 ms\"\nretry = { attempts = 3 }\npool = { size = 20 }",
        "timeout = \"500 ms\"\nhedge = { after = \"50 ms\" }\ncancel = true",
        "timeout = \"500 ms\"\nhedge = { after = \"10 ms\" }\ncancel = \"queued\"",
    ]) {
        let more = format!(
            "[call.\"c -> www\"]\n{edge}\n[fault.away]\nat = \"2 s\"\nfor = \"2 s\"\ncrash = [\"www\"]\nsilent = true\n\
             [fault.slow]\nat = \"5 s\"\nfor = \"1 s\"\npause = [\"www\"]\n[fault.near]\nat = \"7 s\"\nfor = \"1 s\"\ncrash = [\"near\"]\n"
        );
        let setup = Setup { dns: "cached = \"none\"\nservice = \"5 ms\"\nworkers = 2", more: &more, ..PLAIN };
        let lossy = text(&setup).replace(
            "[client",
            "loss = { \"home <-> root\" = \"20 %\", \"home <-> near\" = \"5 %\" }\n[client",
        );
        let [served] = figures(&lossy, seed, ["c.availability"]);
        assert!(served > 0.2 && served < 0.9, "{edge}: {served}");
    }
}

#[test]
fn what_is_sent_is_looked_up_too() {
    let client = "arrivals = { even = \"10 /s\" }\nusers = { count = 1 }\nsession = [ { send = \"www.page\" }, { wait = \"1 ms\" } ]";
    let [near, lookups, hits] =
        figures(&text(&Setup { client, ..PLAIN }), 1, ["near.page.rate", "www.lookups", "www.hits"]);
    assert!((near - 9.9).abs() < 0.2 && lookups == 1.0 && hits > 95.0, "{near}, {lookups}, {hits}");
}

/// A crawler beside its resolver.
fn crawler(dns: &str, keys: &str, workers: u32) -> String {
    format!(
        "[scenario]\nduration = \"200 s\"\n[network]\nround_trip = {{ within = \"0 s\" }}\n\
         [client.crawler]\narrivals = {{ users = {workers}, think = \"0 s\" }}\nkeys = {keys}\n\
         session = [ {{ call = \"names.resolve\", on_missing = [ {{ return = \"gone\" }} ] }}, {{ wait = \"10 ms\" }} ]\n\
         [dns.names]\n{dns}\n"
    )
}

#[test]
fn a_resolver_with_one_thread_does_one_name_after_the_other() {
    // 105 ms on average, held by the only worker: 9.5 a second, whoever asks.
    let law = "resolution = { uniform = [\"10 ms\", \"200 ms\"] }\n";
    let one = crawler(&format!("{law}workers = 1"), "\"new\"", 20);
    let [rate, busy] = figures(&one, 1, ["crawler.rate", "names.utilization"]);
    assert!((rate / (1.0 / 0.105) - 1.0).abs() < 0.04 && busy > 0.99, "{rate}, {busy}");
    // As many threads as askers, or none that is held: everyone waits for himself, 105 and 10 ms.
    for threads in ["workers = 20", "workers = 1\nblocking = false", ""] {
        let many = crawler(&format!("{law}{threads}"), "\"new\"", 20);
        let [rate, p50] = figures(&many, 1, ["crawler.rate", "names.lookup.p50"]);
        assert!((rate / (20.0 / 0.115) - 1.0).abs() < 0.03, "{threads}: {rate}");
        assert!((p50 - 0.105).abs() < 0.004, "{p50}");
    }
}

#[test]
fn a_resolver_remembers_what_there_is_and_what_there_is_not() {
    let law = "resolution = \"100 ms\"\nttl = \"1 h\"\n";
    let hosts = crawler(&format!("{law}missing = \"30 %\""), "{ count = 2000 }", 20);
    let names = ["names.lookups", "crawler.outcome.gone", "crawler.rate", "names.hit_ratio"];
    let [lookups, gone, rate, ratio] = figures(&hosts, 1, names);
    // Each name is looked up once; who waits for a lookup of another asks for nothing.
    assert!((1990.0..2100.0).contains(&lookups), "{lookups}");
    assert!((gone / (rate * 200.0) - 0.3).abs() < 0.05 && ratio > 0.98, "{gone}, {rate}, {ratio}");
    // What does not exist is forgotten at once: those names are looked up again and again.
    let [again] = figures(&(hosts + "negative_ttl = \"0 s\"\n"), 1, ["names.lookups"]);
    assert!(again > 5000.0, "{again}");
}
