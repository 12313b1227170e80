//! An example of every condition of faults, and of a campaign.

/// The conditions of faults, and campaigns.
pub(crate) const FAULTS: &[(&str, &str)] = &[
    (
        "crash",
        "[fault.down]\nat = \"2 s\"\nfor = \"2 s\"\ncrash = [\"s[0]\"]\n\n[slo]\nlost = \"c.availability < 100 % during down\"\n",
    ),
    (
        "pause",
        "[fault.collection]\nat = \"2 s\"\nfor = \"500 ms\"\npause = [\"s\"]\n\n[slo]\nwaited = \"c.latency.max > 500 ms\"\n",
    ),
    (
        "slow",
        "[fault.throttled]\nat = \"2 s\"\nfor = \"2 s\"\nslow = [\"s\"]\nfactor = 5\n\n\
         [slo]\nlonger = \"(c.latency.mean during throttled) > 3 * (c.latency.mean before throttled)\"\n",
    ),
    (
        "errors",
        "[fault.bad_release]\nat = \"2 s\"\nfor = \"2 s\"\nerrors = [\"s\"]\nshare = \"20 %\"\n\n\
         [slo]\nsome_failed = \"c.availability == 80 % +- 20 % during bad_release\"\n",
    ),
    (
        "capacity",
        "[fault.fewer]\nat = \"2 s\"\nfor = \"2 s\"\ncapacity = [\"s\"]\nworkers = 1\n\n\
         [slo]\nbusier = \"(s.utilization during fewer) > 2 * (s.utilization before fewer)\"\n",
    ),
    (
        "deploy",
        r#"
[client.c]
arrivals = { even = "100 /s" }
request  = "edge.go"

[balancer.edge]
targets = ["s"]
slow_start = { for = "2 s" }

[server.s]
instances = 4
workers   = 1
boot      = "0.5 s"
cold_start = { factor = 4, for = "2 s" }
[server.s.on]
go = [ { work = "5 ms" } ]

[fault.release]
at       = "2 s"
deploy   = "s"
drain    = "100 ms"
strategy = { rolling = { batch = 1, pause = "1 s" } }
version  = { errors = "50 %" }
canary   = { watch = "2 s", errors = "5 %" }

[slo]
went_back = "fault.release.rolled_back == 1"
few       = "c.availability > 90 %"
"#,
    ),
    (
        "clock",
        r#"
[client.c]
arrivals = { poisson = "1 k/s" }
request  = "ids.next"

[id_generator.ids]
clock_back = "wait"

[fault.set_back]
at    = "2 s"
clock = ["ids"]
step  = "-50 ms"

[slo]
waited = "ids.stalls > 0"
"#,
    ),
    (
        "partition",
        r#"
[network]
places     = ["home", "away"]
round_trip = { within = "0.5 ms", "home <-> away" = "10 ms" }

[client.c]
arrivals = { even = "100 /s" }
request  = "s.go"

[server.s]
place   = "away"
workers = 4
[server.s.on]
go = [ { work = "5 ms" } ]

[call."c -> s"]
timeout = "100 ms"

[fault.cable]
at        = "2 s"
for       = "2 s"
partition = [["place:home"], ["place:away"]]

[slo]
unheard = "c.errors.timeout > 0"
"#,
    ),
    (
        "link",
        r#"
[network]
places     = ["home", "away"]
round_trip = { within = "0.5 ms", "home <-> away" = "10 ms" }

[client.c]
arrivals = { even = "100 /s" }
request  = "s.go"

[server.s]
place   = "away"
workers = 4
[server.s.on]
go = [ { work = "5 ms" } ]

[call."c -> s"]
timeout = "100 ms"

[fault.bad_line]
at   = "2 s"
for  = "5 s"
link = "home <-> away"
loss = "5 %"

[slo]
lost = "link.home->away.dropped > 0"
"#,
    ),
    (
        "campaign",
        r#"
[server.s]
instances = 10
workers   = 4
[server.s.on]
go = [ { work = { exponential = "5 ms" } } ]

[campaign.weather]
mttf  = { exponential = "20 s" }
mttr  = { exponential = "1 s" }
crash = ["s"]

[slo]
some_lost = "c.availability < 100 %"
"#,
    ),
];
