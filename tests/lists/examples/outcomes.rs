//! An example of every outcome that the language fixes.

/// The outcomes of operations: each example brings one about.
pub(crate) const OUTCOMES: &[(&str, &str)] = &[
    ("ok", "[slo]\nwell = \"c.outcome.ok > 900\"\n"),
    (
        "miss",
        "[client.c]\narrivals = { even = \"100 /s\" }\nmix = { \"hot.get\" = 1, \"hot.put\" = 1 }\nkeys = { count = 100 }\n\n[cache.hot]\ncapacity = \"50 objects\"\n\n\
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
mix      = { "inbox.drain" = 9, "inbox.put" = 1 }
keys     = { count = 10 }

[queue.inbox]
per_key = true

[slo]
nothing_there = "c.outcome.empty > 0"
"#,
    ),
];
