//! The list of all lints: from it come `windtunnel list lints`, the words that `[lint] allow` takes, and a test.

/// One lint.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// The word in `[lint] allow`.
    pub id: &'static str,
    /// What it says, in a few words.
    pub summary: &'static str,
    /// Why that matters, when it is told, and what to do.
    pub explanation: &'static str,
    /// A part of a scenario of which it is told.
    pub bad: &'static str,
    /// The same without fault.
    pub good: &'static str,
}

/// All lints, in the order of their subjects: load, use, calls, expectations, words.
pub const LINTS: [Lint; 28] = [
    Lint {
        id: "overload",
        summary: "a station is offered more than it can serve",
        explanation: told!(
            "By the utilisation law a station needs as many workers as visits per second times the time that each holds one. \
             If even the least that is offered over the measured time needs more than there are, the queue grows from begin to \
             end, and every figure of latency says more of the length of the run than of the system. The least counts the mean \
             of every profile, no retries, and at every choice the cheaper way; users who wait for their answers count nothing, \
             because they slow down with the system. Storms are the point of many scenarios: those allow it."
        ),
        bad: told!("[client.c]\narrivals = { poisson = \"2 k/s\" }\nrequest = \"s.go\"\n"),
        good: told!("[client.c]\narrivals = { poisson = \"500 /s\" }\nrequest = \"s.go\"\n"),
    },
    Lint {
        id: "overload_at_peak",
        summary: "a station is offered more than it can serve for a tenth of the time",
        explanation: told!(
            "The mean over the measured time can be served, but not what comes at the peak of a profile, for at least a tenth \
             of the measured time. The queue that builds up there has to be worked off later. Shorter spikes are not told."
        ),
        bad: told!(
            "[client.c]\narrivals = { poisson = \"1 k/s\", profile = [[\"0 s\", 0.2], [\"0.5 s\", 2.0], [\"1 s\", 0.2]] }\n\
             request = \"s.go\"\n[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = \"0.8 ms\" } ]\n"
        ),
        good: told!(
            "[client.c]\narrivals = { poisson = \"1 k/s\", profile = [[\"0 s\", 0.2], [\"0.5 s\", 2.0], [\"1 s\", 0.2]] }\n\
             request = \"s.go\"\n[server.s]\nworkers = 2\n[server.s.on]\ngo = [ { work = \"0.8 ms\" } ]\n"
        ),
    },
    Lint {
        id: "self_deadlock",
        summary: "a worker waits for another worker of its own pool",
        explanation: told!(
            "A worker is held while its handler waits for a call. Where that call comes back to the same component, at any \
             depth, all its workers can be held by such visits: each waits for another, and nothing moves any more. It is told of \
             components with a bounded number of workers, for calls without a timeout."
        ),
        bad: told!(
            "[server.s]\nworkers = 4\n[server.s.on]\ngo = [ { call = \"t.ask\" } ]\nleaf = []\n\
             [server.t]\nworkers = 4\n[server.t.on]\nask = [ { call = \"s.leaf\" } ]\n"
        ),
        good: told!(
            "[server.s]\nworkers = 4\nblocking = false\n[server.s.on]\ngo = [ { call = \"t.ask\" } ]\nleaf = []\n\
             [server.t]\nworkers = 4\n[server.t.on]\nask = [ { call = \"s.leaf\" } ]\n"
        ),
    },
    Lint {
        id: "unused_component",
        summary: "a component is never called",
        explanation: told!(
            "Nobody who acts by himself, such as a client, reaches it, so that its figures stay empty. What a variant uses is \
             used."
        ),
        bad: told!("[cache.spare]\ncapacity = \"100 objects\"\n"),
        good: told!(
            "[cache.spare]\ncapacity = \"100 objects\"\n[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"spare.put\"\n\
             keys = { count = 1000 }\n"
        ),
    },
    Lint {
        id: "idle_autoscaler",
        summary: "an autoscaler that can never start or stop anybody",
        explanation: told!(
            "Its `min` is its `max`, its schedule says what is so anyway, the run is over before the first evaluation, or it \
             waits for a utilisation that does not exist: with a tolerance of 10 % nothing happens below 110 % of what it wants, \
             and all that workers can be is busy."
        ),
        bad: told!("[autoscaler.size]\ntarget = \"s\"\nfollow = { utilization = \"95 %\" }\nmax = 8\n"),
        good: told!(
            "[autoscaler.size]\ntarget = \"s\"\nfollow = { utilization = \"60 %\" }\nmax = 8\nevery = \"0.1 s\"\n"
        ),
    },
    Lint {
        id: "unplaced_component",
        summary: "a component at the first place because nothing says where it stands",
        explanation: told!(
            "Where a scenario has several places, a table without `place` or `places` stands at the first of them. If most \
             tables say where they stand, one that does not is easily an oversight: its messages cross a room where they should \
             cross an ocean, or the other way round. Told of those that exchange messages, unless most of them leave it open."
        ),
        bad: told!(
            "[network]\nplaces = [\"a\", \"b\"]\nround_trip = { within = \"0.5 ms\", \"a <-> b\" = \"30 ms\" }\n\
             [client.c]\nplace = \"b\"\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\n\
             [server.s]\nplace = \"b\"\nworkers = 1\n[server.s.on]\ngo = [ { call = \"t.ask\" } ]\n\
             [server.t]\nworkers = 1\n[server.t.on]\nask = [ { work = \"1 ms\" } ]\n"
        ),
        good: told!(
            "[network]\nplaces = [\"a\", \"b\"]\nround_trip = { within = \"0.5 ms\", \"a <-> b\" = \"30 ms\" }\n\
             [client.c]\nplace = \"b\"\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\n\
             [server.s]\nplace = \"b\"\nworkers = 1\n[server.s.on]\ngo = [ { call = \"t.ask\" } ]\n\
             [server.t]\nplace = \"a\"\nworkers = 1\n[server.t.on]\nask = [ { work = \"1 ms\" } ]\n"
        ),
    },
    Lint {
        id: "fair_to_nobody",
        summary: "a station that is to be fair, where nobody can be told from the others",
        explanation: told!(
            "Under fair queueing everybody who asks has a line of his own (`fair_by`, by default that of the user). Where no \
             client has `users` every request comes from another one, and where `fair_by` names what is the same for all there is \
             one line: then nobody is protected from anybody. {caller} tells the components apart whose calls come, behind \
             balancers, too."
        ),
        bad: told!(
            "[server.s]\nworkers = 1\ndiscipline = \"fair\"\n[server.s.on]\ngo = [ { work = \"1 ms\" } ]\n"
        ),
        good: told!(
            "[server.s]\nworkers = 1\ndiscipline = \"fair\"\n[server.s.on]\ngo = [ { work = \"1 ms\" } ]\n\
             [client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\nusers = { count = 5 }\n"
        ),
    },
    Lint {
        id: "order_of_nobody",
        summary: "a discipline among those who wait for a worker, where everybody waits for a core",
        explanation: told!(
            "A discipline says who of those who wait for a worker comes next. Where there are fewer `cores` than workers, those \
             who have a worker and compute wait for a core besides, first in, first out, whoever they are. If all that a component \
             does is to compute, nobody waits for a worker before as many as there are workers wait for cores: until then \
             priorities, sizes and turns change nothing. Not told of handlers that also wait or call, for there workers run out \
             while cores are free."
        ),
        bad: told!(
            "[server.s]\nworkers = 1000\ncores = 1\ndiscipline = \"priority\"\n[server.s.on]\ngo = [ { work = \"1 ms\" } ]\n"
        ),
        good: told!(
            "[server.s]\nworkers = 1\ndiscipline = \"priority\"\n[server.s.on]\ngo = [ { work = \"1 ms\" } ]\n"
        ),
    },
    Lint {
        id: "short_visibility",
        summary: "a queue that hands messages out again while they are worked on",
        explanation: told!(
            "A message that was handed out stays hidden for the `visibility` of its queue; if it has not been acknowledged by \
             then, it goes to the next consumer, and what the first one does is wasted, or done twice. Told where a turn of a \
             consumer takes as long as that on average even if nobody ever waits and every choice goes the cheaper way."
        ),
        bad: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"q.put\"\n[queue.q]\nvisibility = \"1 s\"\n\
             [consumer.w]\nsource = \"q\"\nworkers = 50\neach = [ { work = \"2 s\" } ]\n"
        ),
        good: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"q.put\"\n[queue.q]\nvisibility = \"10 s\"\n\
             [consumer.w]\nsource = \"q\"\nworkers = 50\neach = [ { work = \"2 s\" } ]\n"
        ),
    },
    Lint {
        id: "never_filled",
        summary: "a component that is asked for what nobody puts there, or for what does not fit",
        explanation: told!(
            "A cache finds what was put there before, or what it fetches itself (`read_through`; of a CDN, `origin`); a filter \
             knows the keys that were added, a queue hands out what was put in. Where nobody who is called does that, every get is \
             a miss, and the hit ratio is 0 % whatever else happens. So it is where even the smallest value is larger than the \
             whole `capacity`. A capacity of zero is not told: it says that there is to be no cache."
        ),
        bad: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\nkeys = { count = 100 }\n\
             [server.s]\nworkers = 1\n[server.s.on]\ngo = [ { call = \"hot.get\", on_miss = [ { call = \"db.read\" } ] } ]\n\
             [cache.hot]\ncapacity = \"50 objects\"\n[database.db]\nread = \"1 ms\"\n"
        ),
        good: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\nkeys = { count = 100 }\n\
             [server.s]\nworkers = 1\n[server.s.on]\n\
             go = [ { call = \"hot.get\", on_miss = [ { call = \"db.read\" }, { call = \"hot.put\" } ] } ]\n\
             [cache.hot]\ncapacity = \"50 objects\"\n[database.db]\nread = \"1 ms\"\n"
        ),
    },
    Lint {
        id: "one_key",
        summary: "a cache that every request asks for the same key",
        explanation: told!(
            "A `key` without a field in braces is the same for every request: after the first one all find it, and the hit ratio \
             says nothing of the cache. Often the braces are all that is missing: \"{key}\" instead of \"key\". Told where all \
             that a cache is asked for is one such key."
        ),
        bad: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\nkeys = { count = 100 }\n\
             [server.s]\nworkers = 1\n[server.s.on]\n\
             go = [ { call = \"hot.get\", key = \"key\", on_miss = [ { call = \"hot.put\", key = \"key\" } ] } ]\n\
             [cache.hot]\ncapacity = \"50 objects\"\n"
        ),
        good: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\nkeys = { count = 100 }\n\
             [server.s]\nworkers = 1\n[server.s.on]\n\
             go = [ { call = \"hot.get\", key = \"p:{key}\", on_miss = [ { call = \"hot.put\", key = \"p:{key}\" } ] } ]\n\
             [cache.hot]\ncapacity = \"50 objects\"\n"
        ),
    },
    Lint {
        id: "no_sizes",
        summary: "a capacity in bytes where nothing has a size",
        explanation: told!(
            "Values have the `sizes` of the client that asks, of a trace, or of the `size` of a call; without any they have 0 B. \
             A cache or CDN with a capacity in bytes is never full then, never evicts, and its hit ratio is that of endless memory."
        ),
        bad: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"hot.get\"\nkeys = { count = 1000 }\n\
             [cache.hot]\ncapacity = \"1 MB\"\nread_through = \"db.read\"\n[database.db]\nread = \"1 ms\"\n"
        ),
        good: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"hot.get\"\nkeys = { count = 1000 }\nsizes = \"10 kB\"\n\
             [cache.hot]\ncapacity = \"1 MB\"\nread_through = \"db.read\"\n[database.db]\nread = \"1 ms\"\n"
        ),
    },
    Lint {
        id: "unused_call",
        summary: "a table [call.\"A -> B\"] belongs to no call",
        explanation: told!(
            "Timeouts and retries belong to the edge from who makes a call to whom it names. A balancer is a hop with two \
             edges: with `edge` before `web`, a client's timeout belongs to \"client -> edge\", never to \"client -> web\". What \
             a variant uses is used."
        ),
        bad: told!("[call.\"s -> c\"]\ntimeout = \"1 s\"\n"),
        good: told!("[call.\"c -> s\"]\ntimeout = \"1 s\"\n"),
    },
    Lint {
        id: "unused_propagate",
        summary: "`propagate` without a deadline",
        explanation: told!(
            "`propagate = true` hands the rest of a `deadline` on to the calls that the callee makes. An edge without a deadline \
             has nothing to hand on; a timeout is not handed on. What a variant uses is used."
        ),
        bad: told!("[call.\"c -> s\"]\ntimeout = \"1 s\"\npropagate = true\n"),
        good: told!("[call.\"c -> s\"]\ndeadline = \"1 s\"\npropagate = true\n"),
    },
    Lint {
        id: "unused_allow",
        summary: "a lint is allowed that is not told",
        explanation: told!(
            "A permission that silences nothing, neither in the base nor in a variant, hides the day on which it would. Take it \
             away when its reason has gone."
        ),
        bad: told!("[lint]\nallow = [\"overload\"]\n"),
        good: told!(
            "[lint]\nallow = [\"overload\"]\n[client.c]\narrivals = { poisson = \"2 k/s\" }\nrequest = \"s.go\"\n"
        ),
    },
    Lint {
        id: "unanswered_client",
        summary: "no request of a client can be answered",
        explanation: told!(
            "A client asks nobody, or every way through its calls ends in a failure, or takes longer than the whole run. Counted \
             are steps that fail, links that lose everything, timeouts that are over before an answer that always takes as long \
             can come, and times that are always the same; what varies counts nothing."
        ),
        bad: told!(
            "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = \"1 ms\" }, { fail = \"sold_out\" } ]\n"
        ),
        good: told!(
            "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = \"1 ms\" }, { return = \"sold_out\" } ]\n"
        ),
    },
    Lint {
        id: "no_timeout",
        summary: "a call without a timeout over an edge that can lose messages",
        explanation: told!(
            "A lost message is lost: nobody sends it again, and the caller learns of it by its timeout only. Without one it waits \
             for ever, and keeps its worker, its connection and its place in every count. Messages are lost where the network has \
             `loss`, while a fault cuts a link or parts groups, and at instances that crash in silence. A `deadline` limits the \
             wait as well, also one that is handed on. Told once for each edge."
        ),
        bad: told!("[network]\nloss = { within = \"1 %\" }\n"),
        good: told!("[network]\nloss = { within = \"1 %\" }\n[call.\"c -> s\"]\ntimeout = \"1 s\"\n"),
    },
    Lint {
        id: "short_timeout",
        summary: "a timeout that is over before an answer can be expected",
        explanation: told!(
            "Even if nobody waits in a queue, the mean time of an attempt, with the links and everything behind the callee on the \
             cheapest way, is longer than the timeout. Most attempts are given up although nothing is wrong, their work is wasted, \
             and retries multiply it. Told as well where that is so only of what has to be fetched first: by a cache that reads \
             through, or a CDN."
        ),
        bad: told!(
            "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = { exponential = \"10 ms\" } } ]\n\
             [call.\"c -> s\"]\ntimeout = \"5 ms\"\n"
        ),
        good: told!(
            "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = { exponential = \"10 ms\" } } ]\n\
             [call.\"c -> s\"]\ntimeout = \"100 ms\"\n"
        ),
    },
    Lint {
        id: "short_detect",
        summary: "a failover that misses heartbeats which cannot have come yet",
        explanation: told!(
            "The copies of a store listen for heartbeats, and take a primary that is silent for `detect` for dead. If one heartbeat \
             takes longer than that over the slowest link between two copies (half a round trip on average, and the bytes of \
             `overhead` through its bandwidth), living primaries are deposed, writes of two of them part, and synchronous \
             replicas are left out. `detect` has to be some times as long as a heartbeat takes."
        ),
        bad: told!(
            "[network]\nplaces = [\"a\", \"b\"]\nround_trip = { within = \"0.5 ms\", \"a <-> b\" = \"300 ms\" }\n\
             [client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"d.read\"\nkeys = { count = 100 }\n\
             [database.d]\nplaces = [\"a\", \"b\"]\nreplicas = 1\nread = \"1 ms\"\nfailover = { detect = \"100 ms\" }\n"
        ),
        good: told!(
            "[network]\nplaces = [\"a\", \"b\"]\nround_trip = { within = \"0.5 ms\", \"a <-> b\" = \"300 ms\" }\n\
             [client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"d.read\"\nkeys = { count = 100 }\n\
             [database.d]\nplaces = [\"a\", \"b\"]\nreplicas = 1\nread = \"1 ms\"\nfailover = { detect = \"500 ms\" }\n"
        ),
    },
    Lint {
        id: "quorum_of_two",
        summary: "a quorum of two copies, which the loss of either ends",
        explanation: told!(
            "With `quorum = true` a majority of the copies decides who takes the writes: of two copies both. Whichever is lost, the \
             other one is not promoted, and if it is the primary it takes no writes any more, so that the second copy makes it \
             likelier that there are none. Three copies bear the loss of any one."
        ),
        bad: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"d.write\"\nkeys = { count = 100 }\n\
             [database.d]\nreplicas = 1\nwrite = \"1 ms\"\nfailover = { detect = \"1 s\", quorum = true }\n"
        ),
        good: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"d.write\"\nkeys = { count = 100 }\n\
             [database.d]\nreplicas = 2\nwrite = \"1 ms\"\nfailover = { detect = \"1 s\", quorum = true }\n"
        ),
    },
    Lint {
        id: "retry_without_backoff",
        summary: "retries that follow at once and without limit",
        explanation: told!(
            "Attempts usually fail because the callee has too much to do. Retries that follow at once multiply its load just then, \
             and can keep it down after the cause has gone (a retry storm). A `backoff` spreads them over time, jitter keeps \
             callers from coming back together, and a `budget` bounds them. Retries only of what was `refused` or `reset` are not \
             told: who is down does not suffer from them, and a balancer tries another target."
        ),
        bad: told!("[call.\"c -> s\"]\ntimeout = \"100 ms\"\nretry = { attempts = 3 }\n"),
        good: told!(
            "[call.\"c -> s\"]\ntimeout = \"100 ms\"\nretry = { attempts = 3, backoff = { doubling = \"50 ms\" }, jitter = \"full\" }\n"
        ),
    },
    Lint {
        id: "retry_not_idempotent",
        summary: "a second attempt may do again what should be done once",
        explanation: told!(
            "After a timeout or a reset nobody knows whether the attempt did its work. An operation that changes more the second \
             time (an `update` that adds, the `add` of a filter) then counts twice. It is told of retries and hedges of such \
             operations, and of handlers that lead to one, unless the handler asks a filter first and handles `seen`. Idempotency \
             keys are such a filter with `key = \"{id}\"`: every attempt of one intention has the same id. A handler that does not \
             handle the failure of a call ends with it: after an `update`, one that is `refused` by somebody else is the outcome of \
             the whole handler, so that retries of what was refused are told as well."
        ),
        bad: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"accounts.update\"\nkeys = { count = 100 }\n\
             [database.accounts]\nupdate = \"1 ms\"\n\
             [call.\"c -> accounts\"]\ntimeout = \"100 ms\"\nretry = { attempts = 2, budget = \"10 %\" }\n"
        ),
        good: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"accounts.read\"\nkeys = { count = 100 }\n\
             [database.accounts]\nread = \"1 ms\"\n\
             [call.\"c -> accounts\"]\ntimeout = \"100 ms\"\nretry = { attempts = 2, budget = \"10 %\" }\n"
        ),
    },
    Lint {
        id: "unheard_full",
        summary: "messages that find a queue full are gone, and nobody notices",
        explanation: told!(
            "A `put` into a queue whose `capacity` is reached ends with `full`, which is an answer and no failure: without `on_full` \
             the steps go on as after `ok`, the request is as available as any, and the message is gone. It is told unless the call \
             says what to do then, or an expectation asks for `QUEUE.full` or, of a client that puts by itself, for its \
             `outcome.full`."
        ),
        bad: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\n[server.s]\nworkers = 1\n[server.s.on]\n\
             go = [ { call = \"q.put\" } ]\n[queue.q]\ncapacity = 100\n[consumer.w]\nsource = \"q\"\nworkers = 1\n\
             each = [ { work = \"1 ms\" } ]\n"
        ),
        good: told!(
            "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\n[server.s]\nworkers = 1\n[server.s.on]\n\
             go = [ { call = \"q.put\", on_full = [ { fail = \"full\" } ] } ]\n[queue.q]\ncapacity = 100\n\
             [consumer.w]\nsource = \"q\"\nworkers = 1\neach = [ { work = \"1 ms\" } ]\n"
        ),
    },
    Lint {
        id: "always_holds",
        summary: "an expectation that can never fail",
        explanation: told!(
            "Whatever happens in the run, the expectation holds: counts are not negative, shares lie between 0 and 100 %, and no \
             completed request takes longer than its deadline, or its timeouts, allow. It guards nothing. Arithmetic over estimates \
             alone is not told: it guards the formulas. Nobody ever waits for a worker where there is one for everybody, as at a queue \
             without `service`: the messages that wait there are its `backlog`, those turned away its `full`."
        ),
        bad: told!("[slo]\nserved = \"c.availability >= 0 %\"\n"),
        good: told!("[slo]\nserved = \"c.availability >= 99 %\"\n"),
    },
    Lint {
        id: "never_holds",
        summary: "an expectation that can never hold",
        explanation: told!(
            "Whatever happens in the run, the expectation fails: a share above 100 %, a latency below the sum of the times on the \
             fastest way that are always the same, an availability of a client whom nobody can answer."
        ),
        bad: told!("[slo]\nfast = \"c.latency.p50 < 1 ms\"\n"),
        good: told!("[slo]\nfast = \"c.latency.p50 < 10 ms\"\n"),
    },
    Lint {
        id: "no_mean",
        summary: "a law without a mean",
        explanation: told!(
            "A Pareto law of shape 1 or less without an upper end has no mean: the average of its samples grows with their number. \
             Loads and latencies that depend on it have no value that a longer run would come closer to."
        ),
        bad: told!(
            "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = { pareto = { min = \"10 us\", shape = 1.0 } } } ]\n"
        ),
        good: told!(
            "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = { pareto = { min = \"10 us\", shape = 1.0, max = \"1 s\" } } } ]\n"
        ),
    },
    Lint {
        id: "no_variance",
        summary: "a law without a variance",
        explanation: told!(
            "A Pareto law of shape 2 or less without an upper end has no variance. The mean wait behind such work is infinite at \
             any load (Pollaczek and Khinchine), and averages of its samples settle so slowly that confidence intervals mean \
             nothing."
        ),
        bad: told!(
            "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = { pareto = { min = \"10 us\", shape = 1.5 } } } ]\n"
        ),
        good: told!(
            "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = { pareto = { min = \"10 us\", shape = 2.5 } } } ]\n"
        ),
    },
    Lint {
        id: "toml_1_1",
        summary: "a file that only readers of TOML 1.1 understand",
        explanation: told!(
            "Line breaks and a last comma within `{ }`, and the escapes \\e and \\x, are new in TOML 1.1. Scenarios can use them, but \
             Python's tomllib, many editors and other tools cannot read such a file. Told once, of the first place."
        ),
        bad: told!("[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = \"1 ms\", } ]\n"),
        good: told!("[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = \"1 ms\" } ]\n"),
    },
];
