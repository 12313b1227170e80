//! What tables of caches say, and what is said about them.

use super::super::super::testing::{error, read};
use super::super::CacheBlueprint;
use super::super::source::Ahead;
use super::super::spread::Spread;
use super::super::writes::Writing;
use crate::component::Plans;
use crate::mechanism::eviction::{Capacity, Kind};
use crate::units::Span;

#[test]
fn tables_and_what_is_said_about_them() {
    let spread = Spread::Ring(vec![100]);
    for (toml, capacity, eviction, ttl, expected) in [
        ("capacity = \"100 k objects\"", Capacity::Objects(100_000), Kind::Lru, None, spread.clone()),
        (
            "capacity = \"0 objects\"\nttl = \"0 s\"",
            Capacity::Objects(0),
            Kind::Lru,
            Some(Span(0)),
            spread.clone(),
        ),
        (
            "capacity = \"1 KiB\"\neviction = \"fifo\"\nttl = \"1 us\"\nspread = \"modulo\"",
            Capacity::Bytes(1024),
            Kind::Fifo,
            Some(Span(1000)),
            Spread::Modulo,
        ),
        (
            "capacity = \"1 B\"\nspread = \"ring\"\nvirtual_nodes = 7",
            Capacity::Bytes(1),
            Kind::Lru,
            None,
            Spread::Ring(vec![7]),
        ),
    ] {
        let cache = read::<CacheBlueprint>(toml).unwrap();
        assert_eq!(
            (cache.capacity, cache.eviction, cache.ttl, cache.spread),
            (capacity, eviction, ttl, expected)
        );
    }
    for (toml, expected) in [
        ("", "x:1:1: error: [cache.it] needs the key `capacity` (The room of each instance: \"100 k objects\" or \"1 GiB\")\n".to_owned()),
        (
            "capacity = 7",
            error(
                12,
                "a number of objects or a size needs a unit: objects, as in \"100 k objects\"; \
                 B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, bit (write \"7 objects\" or \"7 B\" or \"7 MB\")",
            ),
        ),
        ("capacity = \"-1 objects\"", error(12, "a capacity cannot be negative")),
        (
            "eviction = \"lur\"\ncapacity = \"1 B\"",
            error(
                12,
                "unknown choice `lur` (did you mean `lru`? valid choices: lru, fifo, lfu, perfect_lfu, \
                 random, clock, sieve, s3_fifo, slru, 2q, arc, w_tinylfu, belady)",
            ),
        ),
        (
            "virtual_nodes = 7\nspread = \"modulo\"\ncapacity = \"1 B\"",
            error(1, "`virtual_nodes` means something only with the spread `ring`"),
        ),
        ("virtual_nodes = 0\ncapacity = \"1 B\"", error(17, "`virtual_nodes` is from 1 to 10000000, not 0")),
        (
            "virtual_nodes = 1001\ncapacity = \"1 B\"\ninstances = 10000",
            error(17, "`virtual_nodes` is from 1 to 1000, not 1001"),
        ),
        (
            "ttl = 5\ncapacity = 7.5",
            "x:2:7: error: a duration needs a unit: ns, us, ms, s, min, h, day (write \"5 ms\" or \"5 s\")\n\
             x:3:12: error: a number of objects or a size needs a unit: objects, as in \"100 k objects\"; \
             B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, bit (write \"7.5 objects\" or \"7.5 B\" or \"7.5 MB\")\n"
                .to_owned(),
        ),
    ] {
        assert_eq!(read::<CacheBlueprint>(toml).map(|_| ()), Err(expected), "{toml}");
    }
}

/// A table with room for something.
fn with_room(toml: &str) -> String {
    format!("{toml}\ncapacity = \"1 B\"")
}

#[test]
fn mechanisms_are_read() {
    let cache = read::<CacheBlueprint>(&with_room(
        "read_through = \"urls.read\"\nsingle_flight = true\nttl = \"1 s\"\nrefresh_ahead = \"20 %\"\n\
         early_expiry = {}\nnegative_ttl = \"2 s\"\nwrite_back = { to = \"db.write\", after = \"1 ms\", batch = 9 }",
    ));
    let cache = cache.unwrap();
    let source = cache.source.as_ref().unwrap();
    assert_eq!((source.single_flight, source.ahead, source.beta), (true, Some(Ahead::Share(0.2)), Some(1.0)));
    assert_eq!(source.negative_ttl, Some(Span(2_000_000_000)));
    let writes = cache.writes.as_ref().unwrap();
    assert_eq!(writes.writing, Writing::Back { after: Span(1_000_000), batch: Some(9) });
    assert_eq!(cache.copies_of().unwrap().name, "urls", "what it reads comes before what it writes");
    assert_eq!(
        cache.ends_as("get").map(|(target, operation)| (target.name.as_str(), operation)),
        Some(("urls", "read"))
    );
    assert!(cache.ends_as("put").is_none());
    assert_eq!(
        ["get", "put", "delete"].map(|operation| cache.instead(operation).is_some()),
        [false, false, true]
    );

    let cache = read::<CacheBlueprint>(&with_room(
        "leases = { every = \"10 s\", stale = \"1 s\" }\nstore = \"urls\"\nrehash = true\ndetect = \"3 s\"\nweights = [2]",
    ));
    let cache = cache.unwrap();
    let leases = cache.leases.unwrap();
    assert_eq!((leases.every, leases.stale), (Span(10_000_000_000), Some(Span(1_000_000_000))));
    assert_eq!((cache.rehash, cache.spread.clone()), (Some(Span(3_000_000_000)), Spread::Ring(vec![200])));
    assert_eq!(["get", "put", "delete"].map(|operation| cache.instead(operation).is_some()), [true; 3]);
}

#[test]
fn mechanisms_that_do_not_fit_are_refused() {
    let only_with = |column, key, owner| error(column, &format!("`{key}` means something only with {owner}"));
    for (toml, expected) in [
        ("renew = true", only_with(1, "renew", "`ttl`")),
        ("single_flight = true", only_with(1, "single_flight", "`read_through`")),
        ("negative_ttl = \"1 s\"", only_with(1, "negative_ttl", "`read_through`")),
        ("detect = \"1 s\"", only_with(1, "detect", "`rehash = true`")),
        ("weights = [1]\nspread = \"modulo\"", only_with(1, "weights", "the spread `ring`")),
        ("rehash = 1", error(10, "true or false is needed here, not a whole number")),
        ("read_through = \"urls\"", error(16, "`urls` is not of the form \"component.operation\"")),
        (
            "refresh_ahead = \"120 %\"\nttl = \"1 s\"\nread_through = \"urls.read\"",
            error(17, "a share lies between 0 % and 100 %"),
        ),
        (
            "early_expiry = 1.0\nttl = \"1 s\"\nread_through = \"urls.read\"",
            error(16, "`early_expiry` takes a table, not a number (its keys: beta)"),
        ),
        (
            "early_expiry = { beta = 0 }\nttl = \"1 s\"\nread_through = \"urls.read\"",
            error(25, "`beta` is above zero (1 is the usual value)"),
        ),
        (
            "write_back = { to = \"urls.write\", batch = 0 }",
            "x:2:14: error: `write_back` needs the key `after`\nx:2:43: error: `batch` is at least 1\n"
                .to_owned(),
        ),
        (
            "write_back = { to = \"urls.write\", after = \"1 s\" }\nwrite_through = \"urls.write\"",
            error(1, "a cache has `write_through` or `write_back`, not both"),
        ),
        (
            "leases = { every = \"1 s\" }\nread_through = \"urls.read\"",
            error(
                1,
                "`leases` are for caches that their callers fill, not for one with `read_through` \
                 (`single_flight` keeps such a cache from loading a key more than once at a time)",
            ),
        ),
        (
            "leases = { evry = \"1 s\" }",
            "x:2:10: error: `leases` needs the key `every`\n\
             x:2:12: error: unknown key `evry` in `leases` (did you mean `every`? valid keys: every, stale)\n"
                .to_owned(),
        ),
        ("weights = [1, 2]", error(11, "`weights` has one number for each of 1 instances")),
        ("weights = [0]", error(12, "a weight is above zero")),
        (
            "weights = [1e9]",
            error(
                11,
                "a ring has at most 10000000 virtual nodes, this one has 4294967295 \
                 (`virtual_nodes` are multiplied by each weight)",
            ),
        ),
    ] {
        assert_eq!(read::<CacheBlueprint>(&with_room(toml)).map(|_| ()), Err(expected), "{toml}");
    }
    let several = "single_flight = true\nrefresh_ahead = \"1 s\"";
    let said = read::<CacheBlueprint>(&with_room(several)).unwrap_err();
    assert_eq!(said.lines().count(), 3, "each is said: {said}");
}
