//! Tables of databases, and what is said about them.

use super::super::super::testing::{error, outline, read};
use super::*;

#[test]
fn each_operation_has_its_service_time() {
    for (toml, expected) in [
        ("", ["consult", "consult", "consult"]),
        ("read = \"1 s\"", ["read 1 s, consult", "consult", "consult"]),
        ("write = \"2 s\"", ["consult", "write 2 s, consult", "write 2 s, consult"]),
        ("update = \"3 s\"", ["consult", "consult", "update 3 s, consult"]),
        ("write = \"2 s\"\nupdate = \"3 s\"", ["consult", "write 2 s, consult", "update 3 s, consult"]),
    ] {
        let database = read::<DatabaseBlueprint>(toml).unwrap();
        let lines = ["read", "write", "update"].map(|operation| outline(&database.lines(operation)));
        assert_eq!(lines, expected, "{toml}");
    }
}

#[test]
fn instances_follow_from_shards_and_replicas() {
    for (toml, expected) in [
        ("", 1),
        ("instances = 1", 1),
        ("replicas = 2", 3),
        ("shards = 4", 4),
        ("shards = 4\nreplicas = 2", 12),
        ("shards = 4\nreplicas = 2\ninstances = 12", 12),
    ] {
        assert_eq!(read::<DatabaseBlueprint>(toml).unwrap().instances(), Some(expected), "{toml}");
    }
}

#[test]
fn mistakes_in_tables() {
    let help =
        "leave `instances` out; `replicas` are copies besides the primary, `shards` shares of the data";
    let count = |is: u32, not: u32| {
        error(1, &format!("`instances` is {is} with these shards and replicas, not {not} ({help})"))
    };
    let only = |key: &str| error(1, &format!("`{key}` means something only with `replicas`"));
    for (toml, expected) in [
        ("instances = 3", count(1, 3)),
        ("instances = 0\nreplicas = 1", count(2, 0)),
        ("reads = \"nearest\"", only("reads")),
        ("failover = {}", only("failover")),
        ("replicas = 100", error(12, "`replicas` is from 0 to 99, not 100")),
        ("shards = 0", error(10, "`shards` is from 1 to 10000, not 0")),
        ("by = { range = [1, 2] }\nshards = 2", error(16, "2 shards have 1 bounds between them, not 2")),
        ("by = { range = [2, 2] }\nshards = 3", error(16, "each bound is larger than the one before")),
        ("by = { list = [[1], [2, 1]] }\nshards = 2", error(21, "key 1 stands in the lists twice")),
        ("by = { list = [[1]] }\nshards = 2", error(15, "2 shards have 2 lists of keys, not 1")),
        (
            "by = {}\nshards = 2",
            error(6, "`by` is \"hash\", `{ range = [ bounds ] }` or `{ list = [ [ keys ], .. ] }`"),
        ),
        ("rows = { min = 1, start = 1, max = 0 }", error(10, "`min` is 1, but `max` is 0")),
        (
            "rows = { min = 1 }",
            error(
                8,
                "rows start at 0, which is out of their bounds (set `start` to a value from `min` to `max`)",
            ),
        ),
        (
            "rows = { start = 3, enforce = true }",
            error(21, "`enforce` means something only with `min` or `max`"),
        ),
        (
            "failover = { detect = \"0 s\" }\nreplicas = 1",
            error(23, "`detect` is longer than 0 s: nobody hears a heartbeat at once"),
        ),
    ] {
        assert_eq!(read::<DatabaseBlueprint>(toml).map(|_| ()), Err(expected), "{toml}");
    }
}
