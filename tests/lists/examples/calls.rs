//! An example of every key of an edge.

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
        "[call.\"c -> s\"]\npool = { size = 1, queue = 10 }\n\n[slo]\nqueued = \"call.c->s.pool.waits > 0\"\nused = \"call.c->s.pool.utilization > 0\"\n",
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
