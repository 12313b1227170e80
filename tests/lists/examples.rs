//! An example of every word of the language: the reference shows them, and a test runs them.
//!
//! An example is the part of a scenario that matters. What it lacks (a header, a client `c`, a server `s`) comes from
//! [`whole`]; where it has expectations they must hold, so that the word is not only read but does something.

use windtunnel::files::FileMap;
use windtunnel::mechanism::eviction::Kind;

/// What an example may leave out: the first line of each table tells whether it does.
const STANDARD: [&str; 3] = [
    "[scenario]\nduration = \"10 s\"\n",
    "[client.c]\narrivals = { even = \"100 /s\" }\nrequest = \"s.go\"\nkeys = { count = 100 }\n",
    "[server.s]\nworkers = 4\n[server.s.on]\ngo = [ { work = { exponential = \"5 ms\" } } ]\n",
];

/// An example with what it lacks.
pub(crate) fn whole(example: &str) -> String {
    let mut text = example.to_owned();
    for (index, table) in STANDARD.iter().enumerate() {
        let (first, _) = table.split_once('\n').expect("a table has a first line");
        let is_needed = index < 2 || text.contains("\"s.go\"") || text.contains("[\"s\"]");
        if !example.contains(first) && is_needed {
            text += table;
        }
    }
    text
}

/// The example of a word, if the table has it.
pub(crate) fn find(table: &[(&str, &'static str)], word: &str) -> Option<&'static str> {
    table.iter().find(|(name, _)| *name == word).map(|(_, text)| text.trim_start())
}

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

/// The verbs of handlers.
pub(crate) const VERBS: &[(&str, &str)] = &[
    ("work", "[server.s]\nworkers = 4\n[server.s.on]\ngo = [ { work = { exponential = \"5 ms\" } } ]\n"),
    (
        "wait",
        "[server.s]\nworkers = 8\n[server.s.on]\ngo = [ { wait = \"20 ms\" } ]\n\n[slo]\nlong = \"c.latency.p50 < 30 ms\"\n",
    ),
    (
        "call",
        r#"
[server.s]
workers = 8
[server.s.on]
go = [ { call = "hot.get", on_miss = [ { call = "rows.read" }, { call = "hot.put" } ] } ]

[cache.hot]
capacity = "50 objects"

[database.rows]
read = "5 ms"

[slo]
asked = "rows.reads == hot.misses"
"#,
    ),
    (
        "send",
        r#"
[server.s]
workers = 4
[server.s.on]
go = [ { work = "1 ms" }, { send = "mail.post", after = "100 ms" } ]

[server.mail]
workers = 40
[server.mail.on]
post = [ { wait = "200 ms" } ]

[slo]
at_once = "c.latency.max < 10 ms"
done    = "mail.rate > 95 /s"
"#,
    ),
    (
        "all",
        r#"
[server.s]
workers = 40
[server.s.on]
go = [ { all = [ [ { call = "part.a" } ], [ { call = "part.b" } ] ] } ]

[server.part]
workers = 8
[server.part.on]
a = [ { wait = "10 ms" } ]
b = [ { wait = "30 ms" } ]

[slo]
slower_one = "c.latency.p50 > 30 ms"
"#,
    ),
    (
        "any",
        r#"
[server.s]
workers = 40
[server.s.on]
go = [ { any = [ [ { call = "part.a" } ], [ { call = "part.b" } ] ] } ]

[server.part]
workers = 8
[server.part.on]
a = [ { wait = "10 ms" } ]
b = [ { wait = "30 ms" } ]

[slo]
faster_one = "c.latency.p50 < 20 ms"
"#,
    ),
    (
        "repeat",
        r#"
[server.s]
workers = 8
[server.s.on]
go = [ { repeat = 3, do = [ { call = "rows.read", key = "{key}-{turn}" } ] } ]

[database.rows]
read = "1 ms"

[slo]
three_each = "rows.read.rate > 2.9 * c.rate"
"#,
    ),
    (
        "for_each",
        r#"
[client.c]
arrivals = { even = "20 /s" }
request  = "s.home"
users    = { count = 100 }

[graph.friends]
nodes     = 100
degree    = 10
symmetric = true

[server.s]
workers = 50
[server.s.on]
home = [
  { for_each = "friends.out", of = "{user}", where = "friends.in(each) > 5", limit = 4, parallel = 2, do = [
    { call = "feeds.get", key = "{each}" },
  ] },
]

[cache.feeds]
capacity = "100 objects"

[slo]
four_each = "feeds.get.rate > 3.9 * c.rate"
"#,
    ),
    (
        "choose",
        r#"
[server.s]
workers = 8
[server.s.on]
go = [ { choose = [ { share = "20 %", do = [ { work = "20 ms" } ] }, { do = [ { work = "1 ms" } ] } ] } ]

[slo]
most = "c.latency.p50 < 5 ms"
some = "c.latency.p90 > 20 ms"
"#,
    ),
    (
        "mark",
        r#"
[server.s]
workers = 8
[server.s.on]
go = [ { send = "mail.post" }, { answer = "accepted" } ]

[client.author]
arrivals = { even = "50 /s" }
request  = "mail.post"

[server.mail]
workers = 40
[server.mail.on]
post = [ { wait = { exponential = "50 ms" } }, { mark = "posted", late_after = "200 ms" } ]

[slo]
none_lost = "mark.posted.lost == 0"
soon      = "mark.posted.delay.p50 < 50 ms"
some_late = "mark.posted.late < 5 % * mark.posted.count"
"#,
    ),
    (
        "answer",
        r#"
[server.s]
workers = 8
[server.s.on]
go = [ { work = "1 ms" }, { answer = "accepted" }, { wait = "50 ms" } ]

[slo]
accepted = "c.outcome.accepted > 0"
at_once  = "c.latency.max < 20 ms"
"#,
    ),
    (
        "return",
        r#"
[server.s]
workers = 4
[server.s.on]
go = [ { choose = [ { share = "10 %", do = [ { return = "empty" } ] }, { do = [] } ] }, { work = "5 ms" } ]

[slo]
empty = "c.outcome.empty > 0"
"#,
    ),
    (
        "fail",
        r#"
[server.s]
workers = 4
[server.s.on]
go = [ { choose = [ { share = "10 %", do = [ { fail = "forbidden" } ] }, { do = [] } ] }, { work = "5 ms" } ]

[slo]
forbidden = "c.errors.forbidden > 0"
"#,
    ),
];

/// The outcomes of operations: each example brings one about.
pub(crate) const OUTCOMES: &[(&str, &str)] = &[
    ("ok", "[slo]\nwell = \"c.outcome.ok > 900\"\n"),
    (
        "miss",
        "[client.c]\narrivals = { even = \"100 /s\" }\nrequest = \"hot.get\"\nkeys = { count = 100 }\n\n[cache.hot]\ncapacity = \"50 objects\"\n\n\
         [slo]\nmissed = \"c.outcome.miss > 0\"\n",
    ),
    (
        "missing",
        "[client.c]\narrivals = { even = \"100 /s\" }\nrequest = \"rows.read\"\nkeys = \"new\"\n\n[database.rows]\nread = \"1 ms\"\n\n\
         [slo]\nnot_there = \"c.outcome.missing > 0\"\n",
    ),
    ("timeout", "[call.\"c -> s\"]\ntimeout = \"10 ms\"\n\n[slo]\ngave_up = \"c.errors.timeout > 0\"\n"),
    (
        "rejected",
        "[server.s]\nworkers = 1\nqueue = 0\n[server.s.on]\ngo = [ { work = { exponential = \"5 ms\" } } ]\n\n\
         [slo]\nfull = \"c.errors.rejected > 0\"\n",
    ),
    (
        "unavailable",
        r#"
[client.c]
arrivals = { even = "100 /s" }
request  = "edge.go"

[balancer.edge]
targets = ["s"]
health  = { every = "100 ms", failures = 2 }

[fault.down]
at    = "2 s"
for   = "2 s"
crash = ["s"]

[slo]
nobody_there = "c.errors.unavailable > 0"
"#,
    ),
    (
        "error",
        "[fault.bad_release]\nat = \"2 s\"\nfor = \"2 s\"\nerrors = [\"s\"]\nshare = \"20 %\"\n\n[slo]\nsome_failed = \"c.errors.error > 0\"\n",
    ),
    (
        "too_deep",
        r#"
[server.s]
workers = "unbounded"
[server.s.on]
go = [ { choose = [ { share = "99.9 %", do = [ { call = "s.go" } ] }, { do = [] } ] } ]

[slo]
lost = "c.errors.too_deep > 0"
"#,
    ),
    (
        "reset",
        "[fault.down]\nat = \"2 s\"\nfor = \"2 s\"\ncrash = [\"s\"]\n\n[server.s]\nworkers = 4\n[server.s.on]\ngo = [ { work = \"15 ms\" } ]\n\n\
         [slo]\ncut_off = \"c.errors.reset > 0\"\n",
    ),
    (
        "refused",
        "[fault.down]\nat = \"2 s\"\nfor = \"2 s\"\ncrash = [\"s\"]\n\n[slo]\nturned_away = \"c.errors.refused > 0\"\n",
    ),
    ("deadline", "[call.\"c -> s\"]\ndeadline = \"10 ms\"\n\n[slo]\ntoo_late = \"c.errors.deadline > 0\"\n"),
    (
        "breaker_open",
        r#"
[call."c -> s"]
breaker = { failures = 5, open = "500 ms" }

[fault.bad_release]
at     = "2 s"
for    = "2 s"
errors = ["s"]
share  = 1

[slo]
failed_fast = "c.errors.breaker_open > 3 * c.errors.error"
"#,
    ),
    (
        "throttled",
        "[call.\"c -> s\"]\nlimit = { concurrency = 1 }\n\n[slo]\nkept_back = \"c.errors.throttled > 0\"\n",
    ),
    (
        "violation",
        r#"
[server.s]
workers = 4
[server.s.on]
go = [ { call = "stock.update", add = -1, on_violation = [ { return = "violation" } ] } ]

[database.stock]
update = "1 ms"
rows   = { start = 5, min = 0, enforce = true }

[slo]
sold_out = "c.outcome.violation > 0"
"#,
    ),
    (
        "seen",
        "[client.c]\narrivals = { even = \"100 /s\" }\nrequest = \"known.add\"\nkeys = { count = 100 }\n\n[filter.known]\n\n\
         [slo]\nagain = \"c.outcome.seen > 0\"\n",
    ),
    (
        "denied",
        r#"
[client.c]
arrivals = { even = "100 /s" }
session  = [ { call = "gate.check", on_denied = [ { return = "sorry" } ] } ]

[rate_limiter.gate]
algorithm = "token_bucket"
limit     = 40
window    = "1 s"

[slo]
told = "c.outcome.sorry > 0"
"#,
    ),
    (
        "full",
        "[client.c]\narrivals = { even = \"100 /s\" }\nrequest = \"line.put\"\n\n[queue.line]\ncapacity = 10\n\n\
         [slo]\ntoo_many = \"c.outcome.full == 990\"\n",
    ),
    (
        "dead",
        r#"
[client.c]
arrivals = { even = "100 /s" }
request  = "tasks.run"

[queue.tasks]
attempts = 2

[consumer.workers]
source  = "tasks"
workers = 4
each    = [ { work = "1 ms" }, { choose = [ { share = "30 %", do = [ { fail = "broken" } ] }, { do = [] } ] } ]

[slo]
given_up = "c.outcome.dead == tasks.dead"
some     = "tasks.dead > 50"
"#,
    ),
    (
        "empty",
        r#"
[client.c]
arrivals = { even = "100 /s" }
request  = "inbox.drain"
keys     = { count = 10 }

[queue.inbox]
per_key = true

[slo]
nothing_there = "c.outcome.empty > 0"
"#,
    ),
];

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

/// The keys of edges.
pub(crate) const CALLS: &[(&str, &str)] = &[
    ("timeout", "[call.\"c -> s\"]\ntimeout = \"10 ms\"\n\n[slo]\ngave_up = \"call.c->s.timeouts > 0\"\n"),
    ("deadline", "[call.\"c -> s\"]\ndeadline = \"10 ms\"\n\n[slo]\ntoo_late = \"c.errors.deadline > 0\"\n"),
    (
        "propagate",
        r#"
[server.s]
workers = 40
[server.s.on]
go = [ { call = "rows.read" } ]

[database.rows]
read    = { exponential = "20 ms" }
workers = 8

[call."c -> s"]
deadline  = "50 ms"
propagate = true

[slo]
ended_too = "c.errors.deadline > 0"
"#,
    ),
    (
        "retry",
        r#"
[call."c -> s"]
timeout = "20 ms"
retry   = { attempts = 3, backoff = { doubling = "10 ms", cap = "1 s" }, jitter = "full", budget = "10 %" }

[slo]
again = "call.c->s.retries > 0"
"#,
    ),
    (
        "hedge",
        "[call.\"c -> s\"]\nhedge = { after = \"p95\", copies = 2 }\n\n[slo]\nhedged = \"call.c->s.hedges > 0\"\n",
    ),
    (
        "pool",
        "[call.\"c -> s\"]\npool = { size = 1, queue = 10 }\n\n[slo]\nqueued = \"call.c->s.pool.waits > 0\"\n",
    ),
    (
        "breaker",
        r#"
[call."c -> s"]
breaker = { ratio = "50 %", window = "1 s", calls = 20, open = "500 ms", probes = 3 }

[fault.bad_release]
at     = "2 s"
for    = "2 s"
errors = ["s"]
share  = 1

[slo]
opened = "call.c->s.breaker.opened == 3"
saved  = "call.c->s.attempts < 900"
"#,
    ),
    (
        "limit",
        r#"
[server.s]
workers = 1
queue   = 0
[server.s.on]
go = [ { work = { exponential = "8 ms" } } ]

[call."c -> s"]
limit = { adaptive = 1.1, window = "2 s" }

[slo]
kept_back = "call.c->s.limit.rejected > 100"
"#,
    ),
    (
        "batch",
        "[call.\"c -> s\"]\nbatch = { count = 10, linger = \"50 ms\" }\n\n[slo]\ntogether = \"call.c->s.batches < call.c->s.attempts / 3\"\n",
    ),
    (
        "latency",
        "[call.\"c -> s\"]\nlatency = { there = \"20 ms\", back = \"1 ms\" }\n\n[slo]\nfar = \"c.latency.p50 > 21 ms\"\n",
    ),
    (
        "cancel",
        r#"
[server.s]
workers = 1
[server.s.on]
go = [ { work = { exponential = "8 ms" } } ]

[call."c -> s"]
timeout = "30 ms"
cancel  = true

[slo]
hardly_wasted = "call.c->s.wasted < 1 s"
"#,
    ),
];

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

/// What stands beside the examples: 2000 requests for 40 keys, some more often than others.
pub(crate) fn files() -> FileMap {
    let mut trace = "time,key\n".to_owned();
    for line in 0..2000_u32 {
        trace += &format!("{},{}\n", f64::from(line) / 500.0, line % 7 * line % 40);
    }
    let mut files = FileMap::default();
    files.insert("asked.csv", trace.as_bytes());
    files.insert("times.csv", b"ms\n1\n2\n9\n");
    files
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

/// A scenario that has every figure of clients, stations, edges and links.
pub(crate) const FIGURES: &str = r#"
[scenario]
duration = "10 s"
[network]
places     = ["home", "away"]
round_trip = { within = "0.5 ms", "home <-> away" = "10 ms" }
[client.c]
arrivals = { poisson = "100 /s" }
request  = "s.go"
[server.s]
place    = "away"
workers  = 8
cores    = 1
patience = "1 s"
drop     = "expired"
memory   = { limit = "1 GB", per_request = "1 MB" }
heap     = { size = "1 GB", per_request = "1 MB", pause = "10 ms" }
breakdown = { mttf = "1 h", mttr = "1 s" }
[server.s.on]
go = [ { work = { exponential = "5 ms" } }, { mark = "there", late_after = "1 s" } ]
[call."c -> s"]
timeout = "1 s"
retry   = { attempts = 2, budget = "10 %" }
hedge   = { after = "100 ms" }
breaker = { failures = 5 }
limit   = "gradient"
pool    = { size = 8 }
batch   = { count = 2, linger = "1 ms" }
[cdn.d]
capacity = "1 GB"
price    = { instance = "$1/h", request = "$1/M", egress = "$0.05/GB", storage = "$0.02/GB/month", stored = "1 TB" }
[fault.roll]
at     = "2 s"
deploy = "s"
"#;
