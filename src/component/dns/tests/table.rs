//! What tables of a dns say, and what is said about them.

use super::super::super::testing::{error, outline, read};
use super::super::DnsBlueprint;
use super::super::blueprint::{Memory, Naming};
use crate::component::Plans;
use crate::units::{SECOND, Span};

#[test]
fn tables_and_what_they_mean() {
    let minute = Span(60 * SECOND);
    for (toml, policy, memory, ttl) in [
        ("", Naming::Nearest, Memory::User, minute),
        ("targets = [\"a\"]", Naming::Nearest, Memory::User, minute),
        (
            "targets = [\"a\"]\npolicy = \"failover\"\ncached = \"place\"\nttl = \"5 s\"",
            Naming::Failover,
            Memory::Place,
            Span(5 * SECOND),
        ),
        (
            "targets = [\"a\"]\npolicy = \"round_robin\"\ncached = \"none\"\nttl = \"0 s\"",
            Naming::RoundRobin,
            Memory::Nobody,
            Span(0),
        ),
    ] {
        let dns = read::<DnsBlueprint>(toml).unwrap();
        assert_eq!((dns.policy, dns.memory, dns.ttl, dns.negative_ttl), (policy, memory, ttl, ttl), "{toml}");
    }
    let weighted = "targets = [\"a\", \"b\"]\npolicy = \"weighted\"\nweights = { b = 3 }";
    assert_eq!(read::<DnsBlueprint>(weighted).unwrap().weights, [1, 3]);
    let served = read::<DnsBlueprint>("service = \"1 ms\"").unwrap();
    assert_eq!(outline(&served.lines("resolve")), "service 0.001 s, consult");
}

#[test]
fn what_is_said_about_tables() {
    for (toml, expected) in [
        ("targets = []", error(11, "[dns.it] needs a component in `targets`")),
        ("targets = [\"a\", \"a\"]", error(17, "`a` is among the targets already")),
        (
            "policy = \"near\"\ntargets = [\"a\"]",
            error(
                10,
                "unknown choice `near` (did you mean `nearest`? valid choices: nearest, round_robin, weighted, failover)",
            ),
        ),
        (
            "cached = \"client\"\ntargets = [\"a\"]",
            error(10, "unknown choice `client` (valid choices: user, place, none)"),
        ),
        (
            "weights = { a = 2 }\ntargets = [\"a\"]",
            error(1, "`weights` means something only with the policy `weighted`"),
        ),
        (
            "weights = { b = 2 }\npolicy = \"weighted\"\ntargets = [\"a\"]",
            error(13, "unknown key `b` in `weights` of [dns.it] (did you mean `a`? valid keys: a)"),
        ),
        (
            "weights = { a = 0 }\npolicy = \"weighted\"\ntargets = [\"a\"]",
            error(17, "a weight is from 1 to 1000, not 0"),
        ),
        ("health = { every = \"1 s\" }", error(1, "`health` means something only with `targets`")),
        (
            "health = { every = \"1 s\", timeout = \"2 s\" }\ntargets = [\"a\"]",
            error(37, "`timeout` is not longer than `every` (a target has one probe at a time)"),
        ),
        ("missing = \"120 %\"", error(11, "a share lies between 0 % and 100 %")),
    ] {
        assert_eq!(read::<DnsBlueprint>(toml).unwrap_err(), expected, "{toml}");
    }
}
