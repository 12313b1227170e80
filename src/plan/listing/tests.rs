use super::*;
use crate::plan::{Document, build};
use crate::scenario::Diagnostics;

const SCENARIO: &str = r#"
[scenario]
title    = "Every kind of step"
duration = "1 min"
[network]
places     = ["near", "far"]
round_trip = { within = "1 ms", "near <-> far" = { exponential = "80 ms" } }
loss       = { "near -> far" = "1 %" }
bandwidth  = { "far -> near" = "10 MB/s" }
overhead   = "200 B"
[client.app]
arrivals = { poisson = "100 /s" }
mix      = { "edge.show" = 3, "web.store" = 1 }
keys     = { count = 1000, zipf = 0.9 }
[client.people]
place    = "far"
arrivals = { users = 20, think = { exponential = "2 s" } }
session  = [ { repeat = { geometric = 3 }, do = [ { call = "edge.show", priority = 2 } ] }, { wait = "1 s" } ]
keys     = "new"
[balancer.edge]
targets = ["web"]
[server.web]
instances = 3
places    = ["near", "far"]
workers   = 8
cores     = 2
queue     = 100
patience  = "2 s"
[server.web.on]
show = [
  { call = "hot.get", on_miss = [ { call = "rows.read", on_error = [ { fail = "degraded" } ] }, { call = "hot.put", size = "1 kB" } ] },
  { choose = [ { share = "20 %", do = [ { work = "1 ms" } ] }, { do = [] } ] },
]
store = [
  { answer = "accepted" },
  { all = [ [ { call = "rows.write", key = "a/{user}/{key}" } ], [ { send = "hot.delete", key = "{user}", after = "5 ms" } ] ], need = 1, cancel = true },
  { repeat = 4, parallel = 2, do = [ { work = { lognormal = { median = "1 ms", p99 = "9 ms" } } } ] },
  { choose = [ { when = "size > 1 kB", do = [ { return = "large" } ] } ] },
]
[cache.hot]
capacity = "10 objects"
[database.rows]
read    = "1 ms"
workers = 4
queue   = 10
discipline = "adaptive_lifo"
overflow = "oldest"
drop    = "expired"
codel   = {}
controlled_delay = { target = "20 ms" }
concurrency_limit = "aimd"
boot    = "1 min"
cold_start = { factor = 3, for = "1 min" }
memory  = { limit = "2 GB", per_request = "1 MB", full = "rejects" }
heap    = { size = "1 GB", per_request = "1 MB", speed = "2 GB/s" }
breakdown = { mttf = "1 h", mttr = "1 min", when = "working" }
[call."web -> rows"]
timeout = "50 ms"
retry   = { attempts = 3, backoff = { doubling = "10 ms", cap = "1 s" }, jitter = "full", on = ["timeout"] }
cancel  = true
"#;

const LISTING: &str = "\
Steps (each goes on at the next line unless an arrow says where)

client app: 100 /s on average; keys by Zipf's law
   41  choose  75 % -> 42, 25 % -> 44
   42  call    edge.show; hop
   43  return  as the call before was answered
   44  call    web.store; own request
   45  return  as the call before was answered

client people: 20 users in a closed loop, each thinks for exponential 2 s; keys new
   46  repeat  geometric 3 turns; then -> 49
   47  call    edge.show, priority 2; own request
   48  next    the next turn -> 47, or behind the last one
   49  wait    1 s
   50  return  ok

edge.show (balancer)
    0  call    a target's web.show; hop
    1  return  as the call before was answered

edge.store (balancer)
    2  call    a target's web.store; own request
    3  return  as the call before was answered

hot.delete (cache)
    4  consult the cache acts; return what it finds
    5  return  ok

hot.get (cache)
    6  consult the cache acts; return what it finds
    7  return  ok

hot.put (cache)
    8  consult the cache acts; return what it finds
    9  return  ok

rows.read (database)
   10  work    1 ms
   11  consult the database acts; return what it finds
   12  return  ok

rows.update (database)
   13  consult the database acts; return what it finds
   14  return  ok

rows.write (database)
   15  consult the database acts; return what it finds
   16  return  ok

web.show (server)
   17  call    hot.get; hop; miss -> 18; timeout -> 18; reset -> 18; refused -> 18; unavailable -> 18; then -> 23
   18  call    rows.read; own request; timeout 50 ms; 3 attempts, pause 10 ms doubling up to 1 s, full jitter, on timeout; cancels; error -> 19; then -> 21
   19  fail    degraded
   20  jump    -> 21
   21  call    hot.put, size 1 kB; hop; timeout -> 23; reset -> 23; refused -> 23; unavailable -> 23; then -> 23
   22  jump    -> 23
   23  choose  20 % -> 24, 80 % -> 27
   24  work    1 ms
   25  jump    -> 27
   26  jump    -> 27
   27  return  ok

web.store (server)
   28  answer  accepted, and go on
   29  fork    -> 30, -> 32; 1 must succeed; the others are cancelled; then -> 34
   30  call    rows.write, key made of {user} {key}; own request; timeout 50 ms; 3 attempts, pause 10 ms doubling up to 1 s, full jitter, on timeout; cancels
   31  done    the branch is over
   32  send    hot.delete, key {user}; after 5 ms
   33  done    the branch is over
   34  fork    4 turns, 2 at a time -> 35; all must succeed; then -> 37
   35  work    lognormal median 1 ms, p99 9 ms (mean 1.562 ms)
   36  done    the branch is over
   37  choose  a condition on size -> 38, else -> 40
   38  return  large
   39  jump    -> 40
   40  return  ok

Components
  app     client; 1 in near
  edge    balancer; 1 in near; nobody waits
  hot     cache; 1 in near; nobody waits
  people  client; 1 in far
  rows    database; 1 in near; workers 4; queue 10; adaptive_lifo; drops expired; codel 5 ms within 100 ms; \
controlled delay 20 ms within 100 ms; overflow oldest; limit by aimd 1 to 200; memory 2 GB, rejects when it is full; \
heap 1 GB, collected at 2 GB/s; breaks down after 1 h at work for 1 min, work resumes; boot 1 min; 3 times as slow after a start, for 1 min
  web     server; 2 in near, 1 in far; workers 8; cores 2; queue 100; fifo; patience 2 s

Calls
  edge -> web
  web -> hot
  web -> rows
  app -> edge
  app -> web
  people -> edge

Links (one way)
  near -> near: 500 us
  near -> far: mean 40 ms; loses 1 %
  far -> near: mean 40 ms; 10 MB/s
  each message has 200 B besides its value
";

#[test]
fn every_step_has_its_line() {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("x.toml", SCENARIO, &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    let scenario = scenario.unwrap_or_else(|| panic!("{}", diagnostics.lines(&sources)));
    let text = listing(&scenario.plan);
    assert_eq!(text, LISTING, "{text}");
}

#[test]
fn what_a_component_does_by_itself_is_said_to_be() {
    let mut diagnostics = Diagnostics::new();
    let text = "[scenario]\nduration = \"1 s\"\n[client.c]\narrivals = { even = \"1 /s\" }\nrequest = \"d.write\"\n\
                keys = { count = 9 }\n[database.d]\nreplicas = 1\nwrite = \"1 ms\"\n";
    let (sources, document) = Document::parse("x.toml", text, &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    let scenario = scenario.unwrap_or_else(|| panic!("{}", diagnostics.lines(&sources)));
    let text = listing(&scenario.plan);
    let writes: Vec<&str> = text.lines().filter(|line| line.starts_with("d.write ")).collect();
    assert_eq!(writes, ["d.write (database)", "d.write (database, by itself)"]);
}
