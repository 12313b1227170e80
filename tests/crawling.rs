//! What a crawler is made of, where every count can be calculated by hand: lanes of hosts, the order of pages, traps, and the way back
//! to a checkpoint. The network takes no time.

mod common;

use common::plan_of;
use windtunnel::figures::{Catalogue, laws, summary, value};
use windtunnel::world::{Pause, World};

/// Four hosts of 25 pages each, all of which are put into the frontier at once. What is done with a page is `STEPS`.
const CRAWL: &str = r#"
[scenario]
duration = "10.5 s"
[network]
round_trip = { within = "0 s" }
[graph.web]
form  = "web"
nodes = 100
hosts = 4
skew  = 0
links = { within = 4 }
[client.seed]
arrivals = { batches = [ { at = "0 s", count = 1 } ] }
request = "filler.go"
[server.filler]
workers = 1
on.go = [ { repeat = 100, do = [ { call = "urls.offer", key = "{turn}" } ] } ]
[server.urls]
workers = "unbounded"
on.offer = [ { call = "frontier.put", priority = "= web.depth(key)" } ]
[queue.frontier]
FRONTIER
[consumer.fetchers]
source = "frontier"
workers = 50
each = [ STEPS ]
[rate_limiter.door]
algorithm = "sliding_log"
limit = 1000
window = "1 s"
by = "{key}"
"#;

/// A page is noted at the door of its host, and takes so long.
const FETCH: &str = r#"{ call = "door.check", key = "{web.host(key)}" }, { wait = "200 ms" }"#;

fn crawl(frontier: &str, steps: &str) -> String {
    CRAWL.replace("FRONTIER", frontier).replace("STEPS", steps)
}

/// Figures of the whole run by name.
fn figures<const N: usize>(text: &str, names: [&str; N]) -> [f64; N] {
    let plan = plan_of(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    let mut world = World::new(&plan, plan.seed);
    assert_eq!(world.run_to_end(), Pause::End);
    let checks = laws(&world);
    assert!(checks.iter().all(|check| check.holds), "{}", summary(&checks));
    let catalogue = Catalogue::of(&plan);
    let whole = world.recorder().timeline.whole();
    names.map(|name| {
        let definition = catalogue.get(name).unwrap_or_else(|| panic!("no metric `{name}`"));
        value(&world, definition.metric, whole).unwrap_or_else(|| panic!("`{name}` has no value"))
    })
}

/// A host is asked once an interval, or once a rest and the time that its page takes, by however many instances of the frontier; without
/// lanes every worker asks at once.
#[test]
fn a_host_is_asked_as_often_as_its_lane_allows() {
    let host = "lane = \"{web.host(key)}\"";
    for (frontier, pages, gap, at_once) in [
        // At 0, 1, .. 10 s each of the four.
        (format!("{host}\ninterval = \"1 s\""), 4 * 11, 1.0, 1),
        (format!("{host}\ninterval = \"1 s\"\ninstances = 3"), 4 * 11, 1.0, 1),
        // At 0, 1.2, .. 9.6 s.
        (format!("{host}\nrest = \"1 s\""), 4 * 9, 1.2, 1),
        (format!("{host}\nrest = \"1 s\"\ninterval = \"1.5 s\""), 4 * 7, 1.5, 1),
        // As often as one page follows the other.
        (host.to_owned(), 100, 0.2, 5),
        (String::new(), 100, 0.0, 25),
    ] {
        let names = ["door.allowed", "door.gap.min", "door.max_in_window"];
        let found = figures(&crawl(&frontier, FETCH), names);
        assert_eq!(found, [f64::from(pages), gap, f64::from(at_once)], "{frontier}");
    }
}

/// A worker fetches ten pages a second: the four first pages of hosts before the 16 below them, if that is their priority. Pages are
/// numbered host by host, so that in their own order there is one first page among the first 25.
#[test]
fn the_most_urgent_page_is_fetched_first() {
    let steps = r#"{ choose = [ { when = "web.depth(key) == 0", do = [ { call = "first.add" } ] }, { when = "web.depth(key) == 1", do = [ { call = "second.add" } ] }, { do = [] } ] }, { wait = "100 ms" }"#;
    for (order, priority, seconds, expected) in [
        ("priority", "web.depth(key)", "0.35", [4.0, 0.0]),
        ("priority", "web.depth(key)", "1.95", [4.0, 16.0]),
        ("fifo", "web.depth(key)", "1.95", [1.0, 4.0]),
        // What is no priority is the nearest one: they are all the same.
        ("priority", "web.depth(key) - 10", "1.95", [1.0, 4.0]),
        ("priority", "web.depth(key) + 300", "1.95", [1.0, 4.0]),
        ("priority", "254.5 - web.depth(key)", "1.95", [1.0, 0.0]),
    ] {
        let text = crawl(&format!("order = \"{order}\""), steps)
            .replace("workers = 50", "workers = 1")
            .replace("= web.depth(key)\"", &format!("= {priority}\""))
            .replace("10.5 s", &format!("{seconds} s"));
        let text = format!("{text}\n[filter.first]\n[filter.second]\n");
        assert_eq!(figures(&text, ["first.adds", "second.adds"]), expected, "{order} {priority}");
    }
}

/// One page takes 90 ms. At the checkpoint after 2 s 22 are done, at the crash after 3.05 s 33, and one is in hand, of which the frontier
/// hears in time that it is done: the other 11 are done again. Fifty pages that come in between are lost, unless the list of what was seen forgets them with the frontier, and somebody
/// offers them again.
#[test]
fn a_crash_takes_a_crawl_back_to_its_checkpoint() {
    let steps = r#"{ wait = "90 ms" }, { call = "done.add" }"#;
    let crash = "[fault.crash]\nat = \"3.05 s\"\nfor = \"10 ms\"\ncrash = [\"frontier\", \"seen\"]\n";
    for (checkpoints, expected) in [
        ([Some(2), Some(2)], [11.0, 50.0, 11.0, 150.0]),
        ([Some(2), None], [11.0, 50.0, 11.0, 100.0]),
        ([None, None], [0.0, 0.0, 0.0, 150.0]),
    ] {
        let [frontier, seen] = checkpoints
            .map(|every| every.map_or(String::new(), |every| format!("checkpoint = \"{every} s\"\n")));
        let text = crawl(&format!("{frontier}visibility = \"1 min\""), steps)
            .replace("workers = 50", "workers = 1")
            .replace("10.5 s", "60 s")
            .replace(
                "on.offer = [",
                "on.offer = [ { call = \"seen.add\", on_seen = [ { return = \"seen\" } ] },",
            );
        let more = "[client.more]\narrivals = { batches = [ { at = \"2.5 s\", count = 1 }, { at = \"5 s\", count = 1 } ] }\n\
                    request = \"filler.more\"\n";
        let filler = "on.more = [ { repeat = 150, do = [ { call = \"urls.offer\", key = \"{turn}\" } ] } ]\n[server.urls]";
        let text = text.replace("[server.urls]", filler).replace("nodes = 100", "nodes = 200");
        let text = format!("{text}\n{more}{crash}[filter.done]\n[filter.seen]\n{seen}");
        let names = ["frontier.restored", "frontier.lost", "done.seen", "done.size"];
        assert_eq!(figures(&text, names), expected, "{checkpoints:?}");
    }
}

#[test]
fn wrong_lanes_are_told() {
    for (lane, message) in [
        ("{web.hosts(key)}", "unknown field `web.hosts(key)` in a template"),
        (
            "{web.host(each)}",
            "a lane is told by what travels: {key}, {user}, {id}, and what a graph says of them",
        ),
        ("{value}", "a lane is told by what travels"),
        ("{place}", "a lane is told by what travels"),
        ("{key", "a `{` of this template is not closed"),
    ] {
        let text = crawl(&format!("lane = \"{lane}\""), FETCH);
        let error = plan_of(&text).map(|_| ()).expect_err(lane);
        assert!(error.contains(message), "{lane}: {error}");
    }
    let text = crawl("", FETCH).replace("= web.depth(key)\"", "= web.deep(key)\"");
    let error = plan_of(&text).map(|_| ()).expect_err("an unknown function");
    assert!(error.contains("unknown name `web.deep(key)`"), "{error}");
}
