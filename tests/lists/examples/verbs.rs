//! An example of every verb of handlers.

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
    { call = "feeds.put", key = "{each}" },
  ] },
]

[cache.feeds]
capacity = "100 objects"

[slo]
four_each = "feeds.put.rate > 3.9 * c.rate"
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
