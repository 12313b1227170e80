//! Examples of the words of lists that are all used alike: one pattern for each list.

use windtunnel::mechanism::eviction::Kind;

/// How a balancer picks a target.
pub(crate) fn policy(name: &str) -> String {
    format!(
        "[client.c]\narrivals = {{ poisson = \"100 /s\" }}\nrequest = \"edge.go\"\nkeys = {{ count = 1000 }}\n\n\
         [balancer.edge]\ntargets = [\"s\"]\npolicy = \"{name}\"\n\n\
         [server.s]\ninstances = 3\nworkers = 1\n[server.s.on]\ngo = [ {{ work = {{ exponential = \"10 ms\" }} }} ]\n\n\
         [slo]\nshared = \"s[2].rate > 10 /s\"\n"
    )
}

/// In which order those who wait are served.
pub(crate) fn discipline(name: &str) -> String {
    // Only who can be told from the others can be treated fairly.
    let users = match name {
        "fair" => {
            "[client.c]\narrivals = { even = \"100 /s\" }\nrequest = \"s.go\"\nusers = { count = 10 }\n\n"
        }
        _ => "",
    };
    format!(
        "{users}[server.s]\nworkers = 1\ndiscipline = \"{name}\"\n[server.s.on]\ngo = [ {{ work = {{ exponential = \"5 ms\" }} }} ]\n\n\
         [slo]\nserved = \"c.availability == 100 %\"\n"
    )
}

/// What a cache gives up. What comes is drawn, or recorded where a policy must know it before.
pub(crate) fn eviction(name: &str) -> String {
    let needs_future = Kind::named(name).is_some_and(Kind::needs_future);
    let (comes, room) = match needs_future {
        true => ("arrivals = { trace = \"asked.csv\" }\nrequest = \"hot.get\"", 10),
        false => {
            let keys = "keys = { count = 1000, zipf = 1.0 }";
            (&*format!("arrivals = {{ poisson = \"500 /s\" }}\nrequest = \"hot.get\"\n{keys}"), 100)
        }
    };
    format!(
        "[client.c]\n{comes}\n\n\
         [cache.hot]\ncapacity = \"{room} objects\"\neviction = \"{name}\"\nread_through = \"rows.read\"\n\n[database.rows]\n\n\
         [slo]\ngave_up = \"hot.evictions > 0\"\n"
    )
}

/// A law of durations or counts.
pub(crate) fn law(example: &str) -> String {
    let step = match example.contains("ms\"") || example.contains("times.csv") {
        true => format!("{{ work = {example} }}"),
        false => format!("{{ repeat = {example}, do = [ {{ work = \"1 ms\" }} ] }}"),
    };
    format!("[server.s]\nworkers = 8\n[server.s.on]\ngo = [ {step} ]\n\n[slo]\nserved = \"s.rate > 90 /s\"\n")
}

/// A constant in a formula.
pub(crate) fn constant(name: &str) -> String {
    format!("[estimate]\nhalf = \"{name} / 2\"\n")
}
