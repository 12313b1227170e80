//! The laws, in runs where everything happens.

use super::*;

/// A server under every discipline, whose callers give up, try again and cancel.
fn rough(station: &str, policy: &str) -> Plan {
    plan(&format!(
        r#"
duration = "4 s"
warm_up = "1 s"
[network]
round_trip = {{ within = "1 ms" }}
loss = {{ within = "1 %" }}
[client.urgent]
arrivals = {{ poisson = "30 /s" }}
request = "web.show"
priority = 0
[client.others]
arrivals = {{ poisson = "60 /s" }}
mix = {{ "web.show" = 1, "web.fan" = 1, "web.chew" = 1 }}
priority = 3
[client.users]
arrivals = {{ users = 3, think = {{ exponential = "100 ms" }} }}
request = "web.show"
priority = 1
[server.web]
instances = 2
{station}
[server.web.on]
show = [ {{ work = {{ exponential = "20 ms" }} }}, {{ call = "db.read", on_error = [] }}, {{ work = "3 ms" }} ]
fan = [ {{ all = [ [ {{ call = "db.read" }} ], [ {{ wait = "5 ms" }} ] ], need = 1 }} ]
chew = [ {{ any = [ [ {{ work = "4 ms" }} ], [ {{ work = {{ exponential = "8 ms" }} }} ] ] }}, {{ work = "3 ms" }} ]
[server.db]
workers = 2
queue = 4
[server.db.on]
read = [ {{ work = {{ exponential = "15 ms" }} }} ]
[call.default]
{policy}
"#
    ))
}

#[test]
fn the_laws_hold_at_any_time_of_any_run() {
    let stations = [
        "workers = 2",
        "workers = 2\nqueue = 1",
        "workers = 2\npatience = { exponential = \"30 ms\" }",
        "workers = 4\ncores = 1",
        "workers = 3\ncores = 4",
        "workers = 2\nblocking = false",
        "workers = 3\ncores = 1\nblocking = false\npatience = \"40 ms\"",
        "workers = 2\ndiscipline = \"lifo\"",
        "workers = 2\ndiscipline = \"random\"",
        "workers = 2\ndiscipline = \"priority\"",
        "workers = 1\ndiscipline = \"priority_preemptive\"",
        "workers = 2\nblocking = false\ndiscipline = \"priority_preemptive\"",
        "workers = 2\nqueue = 3\ndiscipline = \"processor_sharing\"",
        "workers = 2\ndiscipline = \"shortest_first\"",
        "workers = \"unbounded\"",
    ];
    let policies = [
        "",
        "timeout = \"60 ms\"\ncancel = true",
        "timeout = \"60 ms\"\ncancel = \"queued\"\nretry = { attempts = 3 }",
        "timeout = \"60 ms\"\nretry = { attempts = 2 }",
    ];
    for station in stations {
        for policy in policies {
            let plan = rough(station, policy);
            let mut world = World::new(&plan, 7);
            let mut breaths = 0;
            while world.run(plan.timeline.end(), 100) == Pause::Breath {
                breaths += 1;
                let checks = laws(&world);
                assert!(
                    checks.iter().all(|check| check.holds),
                    "{station}, {policy}, {breaths}: {}",
                    summary(&checks)
                );
            }
            let checks = laws(&world);
            assert!(checks.iter().all(|check| check.holds), "{station}, {policy}: {}", summary(&checks));
            assert!(checks.len() >= 8, "{}", checks.len());
            world.drain();
            let checks = laws(&world);
            assert!(
                checks.iter().all(|check| check.holds),
                "{station}, {policy}, drained: {}",
                summary(&checks)
            );
        }
    }
}
