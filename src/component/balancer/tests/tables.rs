//! What a table says, and what is said about a bad one.

use super::super::super::health::Health;
use super::super::super::testing::{error, outline, read};
use super::super::super::{Errand, Plans, Through};
use super::super::BalancerBlueprint;
use super::super::health::Eject;
use super::super::nearness::Preference;
use super::super::policy::Policy;
use super::super::slow_start::SlowStart;
use crate::units::{SECOND, Span};

#[test]
fn tables_and_what_is_said_about_them() {
    for (toml, expected, lines) in [
        ("targets = [\"web\", \"api\"]", Policy::RoundRobin, "forward"),
        (
            "targets = [\"web\"]\npolicy = \"random\"\nservice = \"1 s\"",
            Policy::Random,
            "service 1 s, forward",
        ),
        ("targets = [\"web\"]\npolicy = \"least_outstanding\"", Policy::LeastOutstanding, "forward"),
        ("targets = [\"web\"]\npolicy = \"power_of_d\"", Policy::PowerOfD { d: 2 }, "forward"),
        ("targets = [\"web\"]\npolicy = \"power_of_d\"\nd = 5", Policy::PowerOfD { d: 5 }, "forward"),
        (
            "targets = [\"web\"]\npolicy = \"hash_ring\"",
            Policy::HashRing { virtual_nodes: 100, bounded_load: None },
            "forward",
        ),
        (
            "targets = [\"web\"]\npolicy = \"hash_ring\"\nvirtual_nodes = 9",
            Policy::HashRing { virtual_nodes: 9, bounded_load: None },
            "forward",
        ),
    ] {
        let balancer = read::<BalancerBlueprint>(toml).unwrap();
        assert_eq!((balancer.policy, outline(&balancer.lines("show")).as_str()), (expected, lines), "{toml}");
        assert_eq!(balancer.targets()[0].name, "web");
    }
    for (toml, expected) in [
        ("", "x:1:1: error: [balancer.it] needs the key `targets` (To whom it forwards: a call goes to those that offer its operation)\n".to_owned()),
        ("targets = \"web\"", error(11, "an array is needed here, not a text")),
        ("targets = []", error(11, "[balancer.it] needs a component in `targets`")),
        ("targets = [\"web\", \"web\", \"web\"]", {
            let double = |column| error(column, "`web` is among the targets already");
            double(19) + &double(26)
        }),
        (
            "targets = [1, \"Web\"]",
            error(12, "a text is needed here, not a whole number")
                + &error(
                    15,
                    "`Web` is not a name (a name begins with a letter a-z, then letters a-z, digits and `_`)",
                ),
        ),
        (
            "policy = \"least_outstandin\"\ntargets = [\"web\"]",
            error(
                10,
                "unknown choice `least_outstandin` (did you mean `least_outstanding`? valid choices: round_robin, \
                 random, least_outstanding, power_of_d, least_response_time, hash_ring)",
            ),
        ),
        (
            "policy = \"least_connections\"\ntargets = [\"web\"]",
            error(
                10,
                "unknown choice `least_connections` (did you mean `least_outstanding`? valid choices: round_robin, \
                 random, least_outstanding, power_of_d, least_response_time, hash_ring)",
            ),
        ),
        (
            "policy = \"power_of_two\"\ntargets = [\"web\"]",
            error(
                10,
                "unknown choice `power_of_two` (did you mean `power_of_d`? valid choices: round_robin, \
                 random, least_outstanding, power_of_d, least_response_time, hash_ring)",
            ),
        ),
        (
            "policy = \"consistent_hash\"\ntargets = [\"web\"]",
            error(
                10,
                "unknown choice `consistent_hash` (did you mean `hash_ring`? valid choices: round_robin, \
                 random, least_outstanding, power_of_d, least_response_time, hash_ring)",
            ),
        ),
        (
            "d = 2\ntargets = [\"web\"]\nvirtual_nodes = 5",
            error(1, "`d` means something only with the policy `power_of_d`")
                + "x:4:1: error: `virtual_nodes` means something only with the policy `hash_ring`\n",
        ),
        (
            "decay = \"1 s\"\nbounded_load = 2\ntargets = [\"web\"]\npolicy = \"power_of_d\"\nweights = { web = 2 }",
            error(1, "`decay` means something only with the policy `least_response_time`")
                + "x:3:1: error: `bounded_load` means something only with the policy `hash_ring`\n"
                + "x:6:1: error: `weights` means something only with the policies `round_robin`, `random` and \
                   `hash_ring`\n",
        ),
        (
            "bounded_load = 0.9\ntargets = [\"web\"]\npolicy = \"hash_ring\"",
            error(
                16,
                "`bounded_load` is from 1 to 1000, not 0.9 (1.25 lets a target have a quarter more calls than the \
                 average)",
            ),
        ),
        (
            "decay = \"0 s\"\ntargets = [\"web\"]\npolicy = \"least_response_time\"",
            error(1, "`decay` is longer than 0 s"),
        ),
        (
            "weights = { web = 0, wep = 2, api = [1, 1001] }\ntargets = [\"web\", \"api\"]",
            error(19, "a weight is from 1 to 1000, not 0")
                + &error(
                    22,
                    "unknown key `wep` in `weights` of [balancer.it] (did you mean `web`? valid keys: web, api)",
                )
                + &error(41, "a weight is from 1 to 1000, not 1001"),
        ),
        ("sticky = 0\ntargets = [\"web\"]", error(10, "`sticky` is from 1 to 4294967295, not 0")),
        (
            "prefer_place = { overprovisioning = 0.5, outstanding = 0, place = 1 }\ntargets = [\"web\"]",
            error(37, "`overprovisioning` is from 1 to 100, not 0.5")
                + &error(56, "`outstanding` is from 1 to 4294967295, not 0")
                + &error(
                    59,
                    "unknown key `place` in `prefer_place` of [balancer.it] (valid keys: overprovisioning, outstanding)",
                ),
        ),
        (
            "prefer_place = 3\ntargets = [\"web\"]",
            error(16, "true or false is needed here, not a whole number"),
        ),
        (
            "health = { failures = 0, successes = 2000, through = \"door\" }\ntargets = [\"web\"]",
            error(10, "`health` of [balancer.it] needs the key `every`")
                + &error(23, "`failures` is from 1 to 1000, not 0")
                + &error(38, "`successes` is from 1 to 1000, not 2000")
                + &error(54, "unknown choice `door` (valid choices: queue, past)"),
        ),
        (
            "health = { every = \"1 s\", timeout = \"1.5 s\" }\ntargets = [\"web\"]",
            error(37, "`timeout` is not longer than `every` (a target has one probe at a time)"),
        ),
        (
            "health = { every = \"0 s\", timeout = \"0 s\" }\ntargets = [\"web\"]",
            error(20, "`every` is longer than 0 s") + &error(37, "`timeout` is longer than 0 s"),
        ),
        (
            "eject = { failures = 0, for = \"0 s\", every = 3 }\ntargets = [\"web\"]",
            error(22, "`failures` is from 1 to 1000, not 0")
                + &error(31, "`for` is longer than 0 s")
                + &error(
                    38,
                    "unknown key `every` in `eject` of [balancer.it] (valid keys: failures, for, share)",
                ),
        ),
        (
            "slow_start = { min = 2, after = 3 }\ntargets = [\"web\"]\npolicy = \"random\"",
            error(14, "`slow_start` of [balancer.it] needs the key `for`")
                + &error(22, "a share lies between 0 % and 100 % (write \"2 %\")")
                + &error(25, "unknown key `after` in `slow_start` of [balancer.it] (valid keys: for, min)"),
        ),
        (
            "slow_start = { for = \"0 s\" }\ntargets = [\"web\"]\npolicy = \"power_of_d\"",
            error(22, "`for` is longer than 0 s"),
        ),
        (
            "slow_start = { for = \"9 s\" }\ntargets = [\"web\"]\npolicy = \"hash_ring\"",
            error(
                1,
                "`slow_start` means something only with the policies `round_robin`, `random`, `least_outstanding` and \
                 `power_of_d`",
            ),
        ),
        ("d = 0\ntargets = [\"web\"]\npolicy = \"power_of_d\"", error(5, "`d` is from 1 to 1000, not 0")),
    ] {
        assert_eq!(read::<BalancerBlueprint>(toml).map(|_| ()), Err(expected), "{toml}");
    }
}

#[test]
fn what_a_table_leaves_open() {
    let table = "targets = [\"web\", \"api\"]\nhealth = { every = \"2 s\" }\neject = {}\nsticky = true\nprefer_place = true\n\
                 slow_start = { for = \"3 s\" }";
    let balancer = read::<BalancerBlueprint>(table).unwrap();
    let two = Span(2 * SECOND);
    let health = Health { every: two, timeout: two, failures: 3, successes: 2, through: Through::Queue };
    assert_eq!(balancer.health, Some(health));
    assert_eq!(balancer.eject, Some(Eject { failures: 5, period: Span(30 * SECOND), share: 0.1 }));
    assert_eq!(balancer.sticky, Some(1_000_000));
    assert_eq!(balancer.slow_start, Some(SlowStart { span: Span(3 * SECOND), floor: 0.1 }));
    assert_eq!(balancer.preference, Some(Preference { overprovisioning: 1.4, outstanding: None }));
    let probes = balancer.errands();
    assert!(
        matches!(&probes[..], [Errand::Probe { target: web, .. }, Errand::Probe { target: api, timeout, through: Through::Queue }]
            if web.name == "web" && api.name == "api" && *timeout == two),
        "{probes:?}"
    );
    let off = read::<BalancerBlueprint>("targets = [\"web\"]\nsticky = false\nprefer_place = false").unwrap();
    assert_eq!((off.sticky, off.preference, off.errands().len()), (None, None, 0));
}

#[test]
fn who_is_picked_at_random() {
    for (keys, expected) in [
        ("", true),
        ("sticky = true", false),
        ("prefer_place = true", false),
        ("weights = { web = 2 }", false),
        ("health = { every = \"1 s\" }", false),
        ("eject = {}", false),
        ("slow_start = { for = '1 s' }", false),
    ] {
        let table = format!("targets = [\"web\"]\npolicy = \"random\"\n{keys}");
        assert_eq!(read::<BalancerBlueprint>(&table).unwrap().picks_at_random(), expected, "{keys}");
    }
}
