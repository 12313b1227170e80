//! An example of every kind of component.

/// The kinds of components.
pub(crate) const KINDS: &[(&str, &str)] = &[
    (
        "client",
        r#"
[client.c]
arrivals = { poisson = "100 /s", profile = [["0 s", 1.0], ["5 s", 2.0]] }
mix      = { "s.show" = 9, "s.store" = 1 }
keys     = { count = "10 k", zipf = 1.0 }
users    = { count = 1000 }
sizes    = { lognormal = { median = "2 kB", p99 = "50 kB" } }

[server.s]
workers = 4
[server.s.on]
show  = [ { work = "2 ms" } ]
store = [ { work = "10 ms" } ]

[slo]
both = "c.show.rate > 5 * c.store.rate"
"#,
    ),
    (
        "balancer",
        r#"
[client.c]
arrivals = { poisson = "100 /s" }
request  = "edge.go"

[balancer.edge]
targets = ["s"]
policy  = "least_outstanding"
health  = { every = "1 s", failures = 2 }

[server.s]
instances = 3
workers   = 1
[server.s.on]
go = [ { work = { exponential = "10 ms" } } ]

[slo]
shared = "s[0].rate > 25 /s"
probed = "edge.failed_probes == 0"
"#,
    ),
    (
        "server",
        r#"
[server.s]
instances = 2
workers   = 8
cores     = 4
queue     = 32
[server.s.on]
go = [ { work = { exponential = "5 ms" } }, { wait = "10 ms" } ]

[slo]
served = "s.rate > 95 /s"
"#,
    ),
    (
        "cache",
        r#"
[client.c]
arrivals = { poisson = "500 /s" }
request  = "hot.get"
keys     = { count = "10 k", zipf = 1.0 }

[cache.hot]
capacity      = "1 k objects"
ttl           = "1 min"
service       = "0.1 ms"
read_through  = "rows.read"
single_flight = true

[database.rows]
read    = { exponential = "5 ms" }
workers = 8

[slo]
useful = "hot.hit_ratio > 40 %"
"#,
    ),
    (
        "database",
        r#"
[client.c]
arrivals = { poisson = "200 /s" }
mix      = { "rows.read" = 9, "rows.write" = 1 }
keys     = { count = "10 k" }

[database.rows]
read     = { exponential = "2 ms" }
write    = { exponential = "5 ms" }
workers  = 4
replicas = 2
reads    = "replica"
failover = { detect = "1 s", promote = "1 s" }

[fault.primary_lost]
at    = "4 s"
for   = "3 s"
crash = ["rows.primary"]

[slo]
one_promotion = "rows.promotions == 1"
"#,
    ),
    (
        "autoscaler",
        r#"
[client.c]
arrivals = { poisson = "200 /s", profile = [["0 s", 0.5], ["5 s", 2.0]] }
request  = "edge.go"

[balancer.edge]
targets = ["s"]

[server.s]
instances = 2
workers   = 1
boot      = "200 ms"
[server.s.on]
go = [ { work = "10 ms" } ]

[autoscaler.size]
target = "s"
follow = { utilization = "50 %" }
max    = 12
every  = "0.5 s"

[slo]
grew  = "size.scale_ups > 0"
large = "size.instances > 5"
"#,
    ),
    (
        "filter",
        r#"
[client.c]
arrivals = { poisson = "1 k/s" }
request  = "seen.add"
keys     = { count = "1 M" }

[filter.seen]
structure       = "bloom"
expected        = "10 k"
false_positives = "1 %"

[slo]
rarely = "seen.false_positive_ratio < 2 %"
"#,
    ),
    (
        "id_generator",
        r#"
[client.c]
arrivals = { poisson = "1 k/s" }
request  = "ids.next"

[id_generator.ids]
instances = 2
scheme    = "snowflake"

[slo]
unique = "ids.duplicates == 0"
"#,
    ),
    (
        "rate_limiter",
        r#"
[client.c]
arrivals = { poisson = "200 /s" }
users    = { count = 2 }
request  = "gate.go"

[rate_limiter.gate]
instances = 2
targets   = ["s"]
algorithm = "sliding_log"
limit     = 50
window    = "1 s"
by        = "{user}"
store     = "counters"

[cache.counters]
capacity = "1 k objects"

[server.s]
workers = 4
[server.s.on]
go = [ { work = "2 ms" } ]

[slo]
exact  = "gate.max_in_window == 50"
halved = "gate.denied_ratio == 50 % +- 10 %"
"#,
    ),
    (
        "dns",
        r#"
[network]
places     = ["home", "east", "west", "root"]
round_trip = { within = "0.5 ms", "home <-> east" = "20 ms", "home <-> west" = "80 ms", "* <-> *" = "40 ms" }

[client.c]
place    = "home"
arrivals = { poisson = "100 /s" }
users    = { count = 50 }
request  = "www.go"

[dns.www]
place   = "root"
targets = ["s"]
policy  = "nearest"
ttl     = "2 s"
health  = { every = "500 ms", failures = 2 }

[server.s]
places    = ["east", "west"]
instances = 2
workers   = 8
[server.s.on]
go = [ { work = "5 ms" } ]

[fault.east_lost]
at    = "5 s"
crash = ["s[0]"]

[slo]
old_answers = "www.stale > 20"
moved       = "s[1].rate > 20 /s"
"#,
    ),
    (
        "cdn",
        r#"
[network]
places     = ["east", "west", "middle", "centre"]
round_trip = { within = "1 ms", "* <-> *" = "80 ms" }

[client.c]
place    = "east"
arrivals = { poisson = "200 /s" }
request  = "pictures.get"
keys     = { count = 1000, zipf = 1.0 }
sizes    = { lognormal = { median = "100 kB", p99 = "1 MB" } }

[cdn.pictures]
places   = ["east", "west"]
shield   = "middle"
origin   = "files.read"
capacity = "10 MB"
ttl      = "5 s"

[database.files]
place = "centre"
read  = "2 ms"

[slo]
useful = "pictures.hit_ratio > 20 %"
bytes  = "pictures.fill_bytes < pictures.egress"
"#,
    ),
    (
        "queue",
        r#"
[client.c]
arrivals = { poisson = "100 /s" }
request  = "letters.put"
sizes    = "2 kB"

# Reminders, each for a time of its own.
[client.calendar]
arrivals = { poisson = "10 /s" }
session  = [ { call = "letters.put", delay = { uniform = ["1 s", "3 s"] } } ]

[queue.letters]
capacity    = "10 k"
visibility  = "5 s"
retry       = { doubling = "100 ms", cap = "2 s" }
attempts    = 3
dead_letter = "undeliverable"

[queue.undeliverable]

[consumer.postmen]
source  = "letters"
workers = 4
each    = [ { work = "10 ms" }, { choose = [ { share = "5 %", do = [ { fail = "no_such_address" } ] }, { do = [] } ] } ]

[slo]
most_arrive = "letters.acknowledged > 0.9 * letters.puts"
punctual    = "letters.lateness.p99 < 1 s"
room        = "letters.full == 0"
the_rest    = "undeliverable.puts == letters.dead"
"#,
    ),
    (
        "consumer",
        r#"
[client.c]
arrivals = { poisson = "50 /s" }
request  = "jobs.put"
keys     = { count = 1000 }

[queue.jobs]
visibility = "1 s"

[consumer.workers]
source    = "jobs"
instances = 4
workers   = 2
ack       = "after"
each      = [ { work = { exponential = "50 ms" } }, { call = "results.write" } ]

[database.results]
write = "5 ms"

[fault.restart]
at    = "4 s"
for   = "1 s"
crash = ["workers[0]"]

[slo]
nothing_lost = "jobs.backlog + jobs.in_flight + jobs.acknowledged == jobs.puts"
once_again   = "jobs.expired <= 2"
"#,
    ),
    (
        "job",
        r#"
[client.c]
arrivals = { poisson = "20 /s" }
request  = "orders.write"
keys     = "new"

[database.orders]
write   = "5 ms"
read    = "10 ms"
workers = 4

[job.summary]
every   = "2 s"
jitter  = { uniform = ["0 s", "500 ms"] }
overlap = "skip"
do      = [ { repeat = 20, do = [ { call = "orders.read", key = "{turn}" } ] } ]

[slo]
in_time = "summary.missed == 0"
done    = "summary.runs >= 4"
"#,
    ),
    (
        "provider",
        r#"
[client.c]
arrivals = { poisson = "50 /s" }
request  = "s.go"

[server.s]
workers = 64
[server.s.on]
go = [ { call = "texts.send", on_denied = [ { wait = "1 s" }, { call = "texts.send" } ] } ]

[provider.texts]
latency = { lognormal = { median = "80 ms", p99 = "1 s" } }
errors  = "1 %"
quota   = { count = 60, per = "1 s" }

[slo]
most_sent = "c.availability > 95 %"
"#,
    ),
    (
        "graph",
        r#"
[client.c]
arrivals = { even = "20 /s" }
request  = "s.post"
users    = { count = "1 k" }
keys     = { neighbour = "follows" }

[graph.follows]
nodes  = "1 k"
degree = { pareto = { min = 5, shape = 1.5, max = 200 } }
cap    = 100

[server.s]
workers = 50
[server.s.on]
post = [ { for_each = "follows.in", of = "{user}", do = [ { send = "feeds.put", key = "{each}" } ] } ]

[cache.feeds]
capacity = "1 k objects"

[slo]
fan_out = "feeds.put.rate > 5 * c.rate"
capped  = "feeds.put.rate < 100 * c.rate"
"#,
    ),
];
