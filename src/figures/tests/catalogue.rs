//! What the catalogue knows.

use super::*;
use crate::scenario::Dimension;

#[test]
fn the_catalogue_knows_every_name() {
    let plan = plan(
        r#"
duration = "1 s"
[network]
places = ["east", "west"]
round_trip = { within = "1 ms", "east <-> west" = "10 ms" }
[client.people]
place = "east"
arrivals = { poisson = "10 /s" }
mix = { "web.show" = 1, "api.show" = 1, "api.list" = 2 }
keys = { count = 10 }
[server.web]
instances = 3
place = "east"
workers = 4
cores = 2
patience = "1 s"
[server.web.on]
show = [ { call = "hot.get" } ]
[server.api]
instances = 70
place = "west"
workers = "unbounded"
[server.api.on]
show = [ { fail = "tired" } ]
list = []
[cache.hot]
place = "west"
capacity = "5 objects"
"#,
    );
    let catalogue = Catalogue::of(&plan);
    let listed: Vec<&str> = catalogue.iter().map(|(name, _)| name).collect();
    assert!(listed.is_sorted());
    for (name, unit, dimension) in [
        ("people.rate", "1/s", Dimension::RATE),
        ("people.availability", "1", Dimension::NONE),
        ("people.latency.p99_9", "s", Dimension::TIME),
        ("people.latency.p97", "s", Dimension::TIME),
        ("people.show.latency.mean", "s", Dimension::TIME),
        ("people.list.failed.latency.max", "s", Dimension::TIME),
        ("people.errors.tired", "1", Dimension::NONE),
        ("people.outcome.miss", "1", Dimension::NONE),
        ("web.cpu.utilization", "1", Dimension::NONE),
        ("web.wait.p75", "s", Dimension::TIME),
        ("web.reneged", "1", Dimension::NONE),
        ("web[2].queue.max", "1", Dimension::NONE),
        ("api.list.rate.max", "1/s", Dimension::RATE),
        ("api[69].rejected", "1", Dimension::NONE),
        ("hot.hit_ratio", "1", Dimension::NONE),
        ("hot.get.sojourn.p99", "s", Dimension::TIME),
        ("call.people->web.wasted", "s", Dimension::TIME),
        ("link.east->west.bytes", "B", Dimension::BYTES),
        ("run.events", "1", Dimension::NONE),
    ] {
        let definition = catalogue.get(name).unwrap_or_else(|| panic!("{name} is no metric"));
        assert_eq!((definition.unit, definition.dimension()), (unit, dimension), "{name}");
    }
    for name in [
        "people",
        "people.latency",
        "people.latency.p",
        "people.latency.p100",
        "people.read.rate",
        "people.errors.ok",
        "people.utilization",
        "api.utilization",
        "api.wait.mean",
        "api.cpu.utilization",
        "api.reneged",
        "api[70].rate",
        "api[07].rate",
        "api[-1].rate",
        "api[0].sojourn.mean",
        "call.web->api.attempts",
        "link.east->north.bytes",
    ] {
        assert_eq!(catalogue.get(name), None, "{name}");
    }
    assert_eq!(catalogue.suggest("peple.latency.p99"), Some("people.latency.p99"));
    assert_eq!(catalogue.suggest("people.latency.p999"), Some("people.latency.p99_9"));
    for (name, definition) in catalogue.iter() {
        assert_eq!(catalogue.get(name), Some(*definition));
        assert!(definition.doc.ends_with('.'), "{name}: {}", definition.doc);
    }
    // Both targets of `show` are in the client's operation; the 70 instances are not listed.
    let mut world = World::new(&plan, 1);
    world.run_to_end();
    let whole = world.recorder().timeline.whole();
    let rate = |name: &str| figure(&world, name, whole).expect("something happened");
    let ended = rate("people.show.rate") + rate("people.show.errors");
    assert!(rate("people.errors.tired") > 0.0 && ended > rate("people.errors.tired"));
    for (name, listing) in [
        ("web[1].rate", Listing::Always),
        ("api[1].rate", Listing::OnRequest),
        ("people.errors.timeout", Listing::WhenSeen),
        ("web.sojourn.p90", Listing::OnRequest),
    ] {
        assert_eq!(catalogue.get(name).map(|known| known.listing), Some(listing), "{name}");
    }
}
