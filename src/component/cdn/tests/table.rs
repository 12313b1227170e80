//! What tables of cdns say, and what is said about them.

use super::super::super::testing::{error, outline, read};
use super::super::CdnBlueprint;
use crate::component::{Loss, Plans};
use crate::units::{SECOND, Span};

#[test]
fn tables_and_what_they_mean() {
    let room = "capacity = \"1 GB\"\n";
    for (toml, edges, shields, errands) in [
        ("", 1, 0, 0),
        ("instances = 3", 3, 0, 0),
        ("places = [\"a\", \"b\"]\norigin = \"web.get\"", 2, 0, 1),
        ("places = [\"a\", \"b\"]\norigin = \"web.get\"\nshield = \"c\"", 2, 1, 2),
        ("instances = 4\nplaces = [\"a\", \"b\"]\norigin = \"web.get\"\nshield = [\"c\", \"d\"]", 4, 2, 2),
    ] {
        let cdn = read::<CdnBlueprint>(&format!("{room}{toml}")).unwrap();
        assert_eq!((cdn.edges, cdn.shields.len(), cdn.errands().len()), (edges, shields, errands), "{toml}");
        assert_eq!((cdn.instances(), cdn.further_places().len()), (Some(edges), shields));
        let instances = edges + shields as u32;
        assert_eq!(cdn.loss("get", 1, instances), if edges > 1 { Loss::Covered } else { Loss::Felt });
        assert_eq!(cdn.loss("get", edges, instances), Loss::Felt);
    }
    let all = "origin = \"web.get\"\nttl = \"1 min\"\nstale_if_error = \"5 s\"\nadmit_after = 2\nservice = \"1 ms\"";
    let cdn = read::<CdnBlueprint>(&format!("{room}{all}")).unwrap();
    assert_eq!((cdn.ttl, cdn.stale_if_error), (Some(Span(60 * SECOND)), Span(5 * SECOND)));
    assert_eq!((cdn.admit_after, cdn.single_flight), (2, true));
    assert_eq!(outline(&cdn.lines("get")), "service 0.001 s, consult");
    assert_eq!(
        cdn.ends_as("get").map(|(origin, operation)| (origin.name.as_str(), operation)),
        Some(("web", "get"))
    );
    assert_eq!(cdn.ends_as("purge"), None);
    assert_eq!(cdn.copies_of().map(|store| store.name.as_str()), Some("web"));
    assert_eq!((cdn.unit("egress"), cdn.unit("hits")), ("B", "1"));
}

#[test]
fn what_is_said_about_tables() {
    for (toml, expected) in [
        ("", "x:1:1: error: [cdn.it] needs the key `capacity` (The room of each instance: \"100 k objects\" or \"1 TB\")\n".to_owned()),
        (
            "origin = \"web\"\ncapacity = \"1 GB\"",
            error(10, "`web` is not of the form \"component.operation\""),
        ),
        ("shield = \"a\"\ncapacity = \"1 GB\"", error(1, "`shield` means something only with `origin`")),
        (
            "shield = []\norigin = \"web.get\"\ncapacity = \"1 GB\"",
            error(10, "`shield` needs at least one place"),
        ),
        (
            "admit_after = 0\norigin = \"web.get\"\ncapacity = \"1 GB\"",
            error(15, "`admit_after` is from 1 to 1000, not 0"),
        ),
        (
            "stale_if_error = \"1 s\"\norigin = \"web.get\"\ncapacity = \"1 GB\"",
            error(1, "`stale_if_error` means something only with `ttl`"),
        ),
        (
            "eviction = \"lur\"\ncapacity = \"1 GB\"",
            error(
                12,
                "unknown choice `lur` (did you mean `lru`? valid choices: lru, fifo, lfu, perfect_lfu, random, clock, \
                 sieve, s3_fifo, slru, 2q, arc, w_tinylfu)",
            ),
        ),
    ] {
        assert_eq!(read::<CdnBlueprint>(toml).unwrap_err(), expected, "{toml}");
    }
}
