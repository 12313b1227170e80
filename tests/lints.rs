//! Every lint is told of its bad example, not of its good one, and not where it is allowed.

use std::collections::BTreeSet;
use windtunnel::experiment::{Experiment, Input};
use windtunnel::plan::Document;
use windtunnel::plan::lint::{LINTS, Lint};
use windtunnel::scenario::Diagnostics;

/// A scenario in which everything is right; an example takes what it lacks from it.
const STANDARD: [&str; 3] = [
    "[scenario]\nduration = \"1 s\"\n",
    "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\n",
    "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { work = \"1 ms\" } ]\n",
];

/// An example with what it lacks: the server only where something of the example calls it.
fn whole(example: &str) -> String {
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

/// The lints of a scenario, or its errors.
fn lints(text: &str) -> Result<Vec<(&'static str, String)>, String> {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("x.toml", text, &[], &mut diagnostics);
    let input = Input { file: "x.toml", text, settings: &[] };
    let experiment =
        document.and_then(|document| Experiment::new(&document, input, &[None], &mut diagnostics));
    match experiment {
        Some(experiment) => {
            let told = experiment.remarks.iter();
            Ok(told.map(|remark| (remark.id.expect("it is a lint"), remark.message.clone())).collect())
        }
        None => Err(diagnostics.lines(&sources)),
    }
}

/// The ids of the lints of a scenario without errors.
fn ids(text: &str) -> Vec<&'static str> {
    match lints(text) {
        Ok(found) => found.into_iter().map(|(id, _)| id).collect(),
        Err(errors) => panic!("{text}\n{errors}"),
    }
}

fn allowing(lint: &Lint, example: &str) -> String {
    match example.contains("[lint]") {
        true => example.replace("allow = [", &format!("allow = [\"{}\", ", lint.id)),
        false => format!("[lint]\nallow = [\"{}\"]\n{example}", lint.id),
    }
}

#[test]
fn every_lint_knows_its_examples() {
    let mut known = BTreeSet::new();
    for lint in &LINTS {
        assert!(known.insert(lint.id), "{} is there twice", lint.id);
        assert_eq!(ids(&whole(lint.bad)), [lint.id], "the bad example of {}", lint.id);
        assert_eq!(ids(&whole(lint.good)), [""; 0], "the good example of {}", lint.id);
        assert_eq!(ids(&whole(&allowing(lint, lint.bad))), [""; 0], "{} is allowed", lint.id);
    }
}

#[test]
fn an_unknown_lint_cannot_be_allowed() {
    let errors =
        lints(&whole("[lint]\nallow = [\"overlaod\", \"overload\", \"overload\"]\nx = 1\n")).unwrap_err();
    let lines: Vec<&str> = errors.lines().collect();
    assert!(
        lines[0].starts_with(
            "x.toml:2:10: error: unknown lint `overlaod` in [lint] allow (did you mean `overload`? valid lints: overload, "
        ),
        "{errors}"
    );
    assert_eq!(lines[1], "x.toml:2:34: error: `overload` is allowed twice");
    assert_eq!(lines[2], "x.toml:3:1: error: unknown key `x` in [lint] (valid keys: allow)");
}

/// What a variant is for is no mistake of the base.
#[test]
fn what_a_variant_uses_is_used() {
    let spare = "[cache.spare]\ncapacity = \"100 objects\"\n[call.\"c -> spare\"]\ntimeout = \"1 s\"\n";
    let used =
        "[variant.cached]\nset = { \"client.c.request\" = \"spare.get\", \"client.c.keys\" = \"new\" }\n";
    let other = "[variant.slower]\nset = { \"server.s.workers\" = 2 }\n";
    assert_eq!(ids(&whole(spare)), ["unused_component", "unused_call"]);
    assert_eq!(ids(&whole(&format!("{spare}{other}"))), ["unused_component", "unused_call"]);
    assert_eq!(ids(&whole(&format!("{spare}{used}{other}"))), [""; 0]);
    // A permission may be there for a variant, whose lints are not told unless it is asked for.
    let storm = "[variant.storm]\nset = { \"client.c.arrivals\" = { even = \"2 k/s\" } }\n";
    let allow = "[lint]\nallow = [\"overload\"]\n";
    assert_eq!(ids(&whole(storm)), [""; 0]);
    assert_eq!(ids(&whole(&format!("{allow}{other}"))), ["unused_allow"]);
    assert_eq!(ids(&whole(&format!("{allow}{storm}"))), [""; 0]);
}

/// Cases in which a lint is near, with how often it is told.
#[test]
fn lints_are_told_where_they_are_due_and_nowhere_else() {
    let chain = "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ { call = \"t.do\" } ]\n[server.t]\nworkers = 1\n[server.t.on]\n\
                 do = [ { work = \"1 ms\" } ]\n";
    let balanced = "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"edge.go\"\n[balancer.edge]\ntargets = [\"s\"]\n";
    let guarded = "[client.c]\narrivals = { even = \"10 /s\" }\nrequest = \"s.go\"\nkeys = { count = 9 }\n[filter.seen]\n\
                   [database.d]\n[call.\"c -> s\"]\ntimeout = \"1 s\"\nretry = { attempts = 2, budget = \"10 %\" }\n[server.s]\nworkers = 1\n[server.s.on]\n";
    let guard = "go = [ { call = \"seen.add\", key = \"{id}\", on_seen = [ { return = \"ok\" } ] }, { call = \"d.update\" } ]\n";
    // The client asks again after this word, whatever `s` has done of its steps.
    let halfway = |steps: &str, word: &str| {
        format!(
            "[client.c]\narrivals = {{ even = \"10 /s\" }}\nrequest = \"s.go\"\nkeys = {{ count = 9 }}\n[server.s]\nworkers = 1\n\
             [server.s.on]\ngo = [ {steps} ]\n[server.t]\nworkers = 2\n[server.t.on]\npost = []\n[database.d]\n[filter.seen]\n\
             [call.\"c -> s\"]\nretry = {{ attempts = 2, budget = \"10 %\", on = [\"{word}\"] }}\n[lint]\n\
             allow = [\"unused_component\", \"unused_allow\"]\n"
        )
    };
    let back = LINTS.iter().find(|lint| lint.id == "self_deadlock").expect("it is there").bad;
    let spike = |length: &str| {
        format!(
            "[estimate]\nlength = \"{length}\"\n[client.c]\nrequest = \"s.go\"\narrivals = {{ poisson = \"100 /s\", \
             profile = [[\"0.5 s\", 1.0], [\"0.5 s\", 15.0], [\"= 0.5 s + length\", 15.0], [\"= 0.5 s + length\", 1.0]] }}\n"
        )
    };
    let cut = |one: &str, other: &str| {
        format!("[fault.f]\nat = \"0 s\"\npartition = [[\"{one}\"], [\"{other}\"]]\n")
    };
    let scaled = |rest: &str| format!("[autoscaler.size]\ntarget = \"s\"\n{rest}\n");
    let narrow = |detect: &str, more: &str| {
        format!(
            "[network]\nplaces = [\"a\", \"b\"]\nround_trip = {{ within = \"0.5 ms\", \"a <-> b\" = \"1 ms\" }}\noverhead = \"1 kB\"\n\
             bandwidth = {{ \"a <-> b\" = \"1 kB/s\" }}\n[client.c]\narrivals = {{ even = \"10 /s\" }}\nrequest = \"d.read\"\n\
             keys = {{ count = 100 }}\n[database.d]\nplaces = [\"a\", \"b\"]\nreplicas = 1\nread = \"1 ms\"\n{more}\
             failover = {{ detect = \"{detect}\" }}\n"
        )
    };
    let fair = |by: &str, client: &str, more: &str| {
        format!(
            "[server.s]\nworkers = 1\ndiscipline = \"fair\"\n{by}\n[server.s.on]\ngo = [ {{ work = \"1 ms\" }} ]\n{more}\n\
             [client.c]\n{client}\n"
        )
    };
    let unplaced = |place: &str| {
        format!(
            "[network]\nplaces = [\"a\", \"b\"]\nround_trip = {{ within = \"1 ms\", \"a <-> b\" = \"9 ms\" }}\n[client.c]\n{place}\n\
             arrivals = {{ even = \"10 /s\" }}\nrequest = \"s.go\"\n[server.s]\nplace = \"b\"\nworkers = 1\n[server.s.on]\n\
             go = [ {{ call = \"t.do\" }} ]\n[server.t]\nworkers = 1\n[server.t.on]\ndo = [ {{ work = \"1 ms\" }} ]\n"
        )
    };
    let ordered = |steps: &str, cores: &str| {
        format!("[server.s]\nworkers = 8\n{cores}\ndiscipline = \"lifo\"\n[server.s.on]\ngo = [ {steps} ]\n")
    };
    let consumed = |queue: &str, work: &str| {
        format!(
            "[client.c]\narrivals = {{ even = \"10 /s\" }}\nrequest = \"q.put\"\n[queue.q]\n{queue}\n[consumer.w]\nsource = \"q\"\n\
             workers = 500\neach = [ {{ work = {work} }} ]\n"
        )
    };
    let kept = |steps: &str, rest: &str| {
        format!(
            "[client.c]\narrivals = {{ even = \"10 /s\" }}\nrequest = \"s.go\"\nkeys = {{ count = 100 }}\n[server.s]\n\
             workers = 1\n[server.s.on]\ngo = [ {steps} ]\n{rest}\n"
        )
    };
    let hot = "[cache.hot]\ncapacity = \"50 objects\"";
    let aside = "{ call = \"hot.get\", on_miss = [ { call = \"hot.put\" } ] }";
    let unused = "[server.t]\nworkers = 1\n[server.t.on]\ndo = [ { call = \"hot.put\" } ]\n";
    let dead = "[queue.q]\ndead_letter = \"d\"\nattempts = 2\n[queue.d]\n[consumer.w]\nsource = \"q\"\nworkers = 1\neach = []\n\
                [consumer.v]\nsource = \"d\"\nworkers = 1\neach = []";
    let quorum = |copies: &str| {
        format!(
            "[client.c]\narrivals = {{ even = \"10 /s\" }}\nrequest = \"d.write\"\nkeys = {{ count = 9 }}\n[database.d]\n{copies}\n\
             failover = {{ quorum = true }}\n"
        )
    };
    let fetched = |timeout: &str| {
        format!(
            "[client.c]\narrivals = {{ even = \"10 /s\" }}\nrequest = \"k.get\"\nkeys = {{ count = 9 }}\n[cache.k]\n\
             capacity = \"5 objects\"\nread_through = \"d.read\"\n[database.d]\nread = \"20 ms\"\n[call.\"c -> k\"]\n\
             timeout = \"{timeout}\"\n"
        )
    };
    let brought = |queue: &str, then: &str, more: &str| {
        format!(
            "[server.s]\nworkers = 1\n[server.s.on]\ngo = [ {{ call = \"q.put\"{then} }} ]\n[queue.q]\n{queue}\n\
             [consumer.w]\nsource = \"q\"\nworkers = 1\neach = [ {{ work = \"1 ms\" }} ]\n{more}"
        )
    };
    let expected = |of_queue: &str, queue: &str| {
        format!("{}[slo]\nshort = \"q.{of_queue}\"\n", consumed(queue, "\"1 ms\""))
    };
    let even = "arrivals = { even = \"10 /s\" }\nrequest = \"s.go\"";
    let (by_caller, by_operation) = ("fair_by = \"{caller}\"", "fair_by = \"{operation}\"");
    let both_at_edge = "[balancer.edge]\ntargets = [\"s\"]\n[client.b]\narrivals = { even = \"10 /s\" }\nrequest = \"edge.go\"";
    for (example, expected) in [
        (fair("", even, ""), vec!["fair_to_nobody"]),
        (fair("", &format!("{even}\nusers = {{ count = 9 }}"), ""), vec![]),
        (fair("", "arrivals = { users = 3, think = \"1 s\" }\nrequest = \"s.go\"", ""), vec![]),
        (
            fair(
                "",
                "arrivals = { even = \"10 /s\" }\nkeys = { count = 9 }\nsession = [ { call = \"s.go\", user = \"{key}\" } ]",
                "",
            ),
            vec![],
        ),
        // One of two copies is no majority, two of three are.
        (quorum("replicas = 1"), vec!["quorum_of_two"]),
        (quorum("replicas = 1\nshards = 3"), vec!["quorum_of_two"]),
        (quorum("replicas = 2"), vec![]),
        (quorum("replicas = 1").replace("quorum = true", "quorum = false"), vec![]),
        // A hit is in time, a miss is not.
        (fetched("10 ms"), vec!["short_timeout"]),
        (fetched("30 ms"), vec![]),
        // Most say where they stand, or most leave it open.
        (unplaced("place = \"a\""), vec!["unplaced_component"]),
        (unplaced(""), vec![]),
        // Who waits or calls keeps a worker without a core.
        (ordered("{ work = \"1 ms\" }", "cores = 1"), vec!["order_of_nobody"]),
        (ordered("{ work = \"1 ms\" }, { wait = \"1 ms\" }", "cores = 1"), vec![]),
        (ordered("{ work = \"1 ms\" }", ""), vec![]),
        (ordered("{ work = \"1 ms\" }", "cores = 1").replace("lifo", "fifo"), vec![]),
        // The default is 30 s, and it is the mean that counts.
        (consumed("", "{ exponential = \"29 s\" }"), vec![]),
        (consumed("", "{ exponential = \"30 s\" }"), vec!["short_visibility"]),
        (consumed("visibility = \"1 min\"", "\"30 s\""), vec![]),
        // Who reads through needs no put; who is never called puts nothing; a capacity of zero is meant.
        (kept("{ call = \"hot.get\" }", hot), vec!["never_filled"]),
        (kept(aside, hot), vec![]),
        (kept(aside, &hot.replace("50", "0")), vec![]),
        (kept("{ call = \"hot.get\" }", &format!("{hot}\n{unused}")), vec!["never_filled", "unused_component"]),
        (kept("{ call = \"hot.get\" }", &format!("{hot}\nread_through = \"d.read\"\n[database.d]")), vec![]),
        (kept("{ call = \"lb.get\" }", &format!("{hot}\n[balancer.lb]\ntargets = [\"hot\"]")), vec!["never_filled"]),
        (kept(&aside.replace("hot", "lb"), &format!("{hot}\n[balancer.lb]\ntargets = [\"hot\"]")), vec![]),
        (kept("{ call = \"f.check\" }", "[filter.f]"), vec!["never_filled"]),
        (kept("{ call = \"f.add\" }", "[filter.f]"), vec![]),
        (kept("{ call = \"q.put\" }", dead), vec![]),
        (kept("", dead), vec!["never_filled"]),
        // What is larger than the whole cache, and what fits by a byte.
        (kept(aside, "[cache.hot]\ncapacity = \"64 kB\"").replace("100 }", "100 }\nsizes = \"65 kB\""), vec!["never_filled"]),
        (kept(aside, "[cache.hot]\ncapacity = \"65 kB\"").replace("100 }", "100 }\nsizes = \"65 kB\""), vec![]),
        (kept(aside, "[cache.hot]\ncapacity = \"64 kB\""), vec!["no_sizes"]),
        (kept(&aside.replace("put\"", "put\", size = \"1 kB\""), "[cache.hot]\ncapacity = \"64 kB\""), vec![]),
        // Several keys without a field are several objects.
        (kept(&aside.replace("get\"", "get\", key = \"a\"").replace("put\"", "put\", key = \"a\""), hot), vec!["one_key"]),
        (kept(&format!("{{ call = \"hot.get\", key = \"a\" }}, {aside}"), hot), vec![]),
        (kept(&format!("{{ call = \"hot.get\", key = \"a\" }}, {}", aside.replace("get\"", "get\", key = \"b\"")), hot), vec![]),
        // What finds a queue full is noticed by who handles it, and by who counts it.
        (brought("capacity = 9", "", ""), vec!["unheard_full"]),
        (brought("", "", ""), vec![]),
        (brought("capacity = 9", ", on_full = []", ""), vec![]),
        (brought("capacity = 9", "", "[slo]\nkept = \"q.full < 5\"\n"), vec![]),
        (consumed("capacity = 9", "\"1 ms\""), vec!["unheard_full"]),
        (format!("{}[slo]\nkept = \"c.outcome.full < 5\"\n", consumed("capacity = 9", "\"1 ms\"")), vec![]),
        // Nobody waits for a worker of a queue, unless it has some.
        (expected("queue.max < 9", ""), vec!["always_holds"]),
        (expected("queue.mean > 9", ""), vec!["never_holds"]),
        (expected("rejected == 0", ""), vec!["always_holds"]),
        (expected("queue.max < 9", "service = \"1 ms\""), vec![]),
        (expected("backlog.max < 9", ""), vec![]),
        // Two callers, one of them, or one behind a balancer and the other not.
        (fair(by_caller, even, ""), vec!["fair_to_nobody"]),
        (fair(by_caller, even, both_at_edge), vec![]),
        (fair(by_caller, &even.replace("s.go", "edge.go"), both_at_edge), vec![]),
        (
            fair(by_caller, &even.replace("s.go", "edge.go"), "[balancer.edge]\ntargets = [\"s\"]"),
            vec!["fair_to_nobody"],
        ),
        (fair(by_operation, even, ""), vec!["fair_to_nobody"]),
        (fair(by_operation, even, "leaf = []"), vec![]),
        (fair("fair_by = \"{place}\"", even, ""), vec!["fair_to_nobody"]),
        // Whose answer cannot be lost needs no timeout.
        (format!("{chain}{}", cut("c", "t")), vec![]),
        (format!("{chain}{}", cut("c", "s")), vec!["no_timeout"]),
        (format!("{chain}{}", cut("s", "t")), vec!["no_timeout"]),
        (format!("{chain}{}[call.\"c -> s\"]\ntimeout = \"1 s\"\n", cut("s", "t")), vec!["no_timeout"]),
        (
            format!("{chain}{}[call.\"c -> s\"]\ndeadline = \"1 s\"\npropagate = true\n", cut("s", "t")),
            vec![],
        ),
        (format!("{chain}{}[call.default]\ntimeout = \"1 s\"\n", cut("s", "t")), vec![]),
        (format!("{chain}[fault.f]\nat = \"0 s\"\ncrash = [\"t\"]\n"), vec![]),
        (format!("{chain}[fault.f]\nat = \"0 s\"\ncrash = [\"t\"]\nsilent = true\n"), vec!["no_timeout"]),
        // A balancer passes on what its client's timeout ends.
        (format!("{balanced}{}", cut("edge", "s")), vec!["no_timeout"]),
        (format!("{balanced}{}[call.\"c -> edge\"]\ntimeout = \"1 s\"\n", cut("edge", "s")), vec![]),
        // Who waits with a timeout does not wait for ever.
        (format!("{back}[call.\"t -> s\"]\ntimeout = \"1 s\"\n"), vec![]),
        (back.replace("workers = 4", "workers = \"unbounded\""), vec![]),
        (back.to_owned(), vec!["self_deadlock"]),
        // Who is down does not suffer from retries.
        ("[call.\"c -> s\"]\nretry = { attempts = 2, on = [\"refused\", \"reset\"] }\n".to_owned(), vec![]),
        // A profile counts by its sustained peak only.
        (spike("0.05 s"), vec![]),
        (spike("0.2 s"), vec!["overload_at_peak"]),
        // Retries of what a filter guards are safe.
        (format!("{guarded}{guard}"), vec![]),
        (format!("{guarded}{}", guard.replace("on_seen", "on_error")), vec!["retry_not_idempotent"]),
        (format!("{guarded}{guard}").replace("attempts = 2", "attempts = 1"), vec![]),
        // What was refused was not begun.
        (halfway("{ call = \"d.update\" }", "refused"), vec![]),
        // What fails after the update is done again with it, unless that is handled, or comes first.
        (halfway("{ call = \"d.update\" }, { call = \"t.post\" }", "refused"), vec!["retry_not_idempotent"]),
        (halfway("{ call = \"t.post\" }, { call = \"d.update\" }", "refused"), vec![]),
        (halfway("{ call = \"d.update\" }, { call = \"t.post\", on_error = [] }", "refused"), vec![]),
        (halfway("{ call = \"d.update\" }, { call = \"t.post\", on_reset = [] }", "refused"), vec!["retry_not_idempotent"]),
        (halfway("{ call = \"d.update\" }, { call = \"t.post\", on_refused = [] }", "refused"), vec![]),
        (halfway("{ call = \"d.update\" }, { send = \"t.post\" }", "refused"), vec![]),
        (halfway("{ send = \"d.update\" }, { call = \"t.post\" }", "refused"), vec!["retry_not_idempotent"]),
        (halfway("{ call = \"d.read\" }, { call = \"t.post\" }", "refused"), vec![]),
        // Only where there is a queue that may be full.
        (halfway("{ call = \"d.update\" }, { call = \"t.post\" }", "rejected"), vec![]),
        (
            halfway("{ call = \"d.update\" }, { call = \"t.post\" }", "rejected").replace("workers = 2", "workers = 2\nqueue = 9"),
            vec!["retry_not_idempotent"],
        ),
        // On one branch or the other, beside, or in the turn before.
        (
            halfway("{ choose = [ { share = \"50 %\", do = [ { call = \"d.update\" } ] }, { do = [ { call = \"t.post\" } ] } ] }", "refused"),
            vec![],
        ),
        (
            halfway("{ choose = [ { share = \"50 %\", do = [ { call = \"d.update\" } ] }, { do = [] } ] }, { call = \"t.post\" }", "refused"),
            vec!["retry_not_idempotent"],
        ),
        (
            halfway("{ all = [ [ { call = \"t.post\" } ], [ { call = \"d.update\" } ] ] }", "refused"),
            vec!["retry_not_idempotent"],
        ),
        (halfway("{ any = [ [ { call = \"t.post\" } ], [ { call = \"d.update\" } ] ] }", "refused"), vec![]),
        (
            halfway("{ repeat = 2, do = [ { call = \"t.post\" }, { call = \"d.update\" } ] }", "refused"),
            vec!["retry_not_idempotent"],
        ),
        // A failure of the handler's own, and what a filter guards.
        (
            halfway("{ call = \"d.update\", on_error = [] }, { fail = \"unavailable\" }", "unavailable"),
            vec!["unanswered_client", "retry_not_idempotent"],
        ),
        (
            halfway(
                "{ call = \"seen.add\", key = \"{id}\", on_seen = [ { return = \"ok\" } ] }, { call = \"d.update\" }, { call = \"t.post\" }",
                "refused",
            ),
            vec![],
        ),
        // The other server hands the failure on.
        (
            halfway("{ call = \"d.update\" }, { call = \"u.ask\" }", "refused")
                + "[server.u]\nworkers = 1\n[server.u.on]\nask = [ { call = \"t.post\" } ]\n",
            vec!["retry_not_idempotent"],
        ),
        // An autoscaler that may do something, if only in the end.
        (scaled("follow = { utilization = \"90 %\" }\nmax = 4\nevery = \"0.1 s\""), vec![]),
        (scaled("follow = { utilization = \"91 %\" }\nmax = 4\nevery = \"0.1 s\""), vec!["idle_autoscaler"]),
        (scaled("follow = { utilization = \"91 %\" }\nmax = 4\nevery = \"0.1 s\"\ntolerance = 0"), vec![]),
        (
            scaled("follow = { rate = \"1 /s\" }\nmax = 4\nevery = \"0.5 s\"\ndelay = \"0.5 s\""),
            vec!["idle_autoscaler"],
        ),
        (scaled("follow = { rate = \"1 /s\" }\nmax = 1\nevery = \"0.1 s\""), vec!["idle_autoscaler"]),
        (scaled("schedule = [[\"0 s\", 1], [\"0.5 s\", 2]]"), vec![]),
        (scaled("schedule = [[\"0 s\", 1], [\"1 s\", 2]]"), vec!["idle_autoscaler"]),
        // A session of nothing asks nobody.
        (
            "[client.c]\narrivals = { even = \"1 /s\" }\nsession = [ { wait = \"1 ms\" } ]\n".to_owned(),
            vec!["unanswered_client"],
        ),
        (
            "[network]\nloss = { within = \"100 %\" }\n[call.\"c -> s\"]\ntimeout = \"1 s\"\n".to_owned(),
            vec!["unanswered_client"],
        ),
        (
            "[server.s]\nworkers = 20\n[server.s.on]\ngo = [ { work = \"1 s\" } ]\n".to_owned(),
            vec!["unanswered_client"],
        ),
        // Timeouts bound what can be seen.
        (
            "[slo]\na = \"c.latency.max < 2 s\"\n[call.\"c -> s\"]\ntimeout = \"1 s\"\n".to_owned(),
            vec!["always_holds"],
        ),
        ("[slo]\na = \"c.latency.max < 1 s\"\n[call.\"c -> s\"]\ntimeout = \"1 s\"\n".to_owned(), vec![]),
        (
            "[slo]\na = \"c.errors >= 0\"\nb = \"s.utilization > 100 %\"\nc = \"1 < 2\"\nd = \"sqrt(4) == 2\"\n".to_owned(),
            vec!["always_holds", "never_holds", "always_holds"],
        ),
        ("[slo]\na = \"c.errors - s.rejected >= 0\"\n".to_owned(), vec![]),
        // A heartbeat is as long on its way as its bytes need, and no longer.
        (narrow("999 ms", ""), vec!["short_detect"]),
        (narrow("1.1 s", ""), vec![]),
        (narrow("999 ms", "replication = \"synchronous\"\n"), vec!["short_detect"]),
        (
            narrow("999 ms", "").replace("places = [\"a\", \"b\"]\nreplicas", "place = \"a\"\nreplicas"),
            vec![],
        ),
        (
            narrow("999 ms", "")
                .replace("replicas = 1\n", "")
                .replace("failover = { detect = \"999 ms\" }\n", ""),
            vec![],
        ),
        (
            format!(
                "{}[call.\"d -> d\"]\nlatency = {{ there = \"2 s\", back = \"2 s\" }}\n",
                narrow("1.1 s", "")
            ),
            vec!["short_detect"],
        ),
    ] {
        assert_eq!(ids(&whole(&example)), expected, "{example}");
    }
}

/// The library shows how scenarios are meant: what looks wrong in it is allowed, with the reason.
#[cfg(feature = "cli")]
#[test]
fn the_scenarios_of_the_library_are_free_of_lints() {
    use std::path::{Path, PathBuf};
    fn scenarios(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                scenarios(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                found.push(path);
            }
        }
    }
    let mut files = Vec::new();
    scenarios(&Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios"), &mut files);
    assert!(files.len() > 20, "only {} scenarios", files.len());
    files.sort();
    for file in files {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_windtunnel"));
        let output = command.args(["explain", "--format", "json"]).arg(&file).output().unwrap();
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(json["diagnostics"], serde_json::json!([]), "{}", file.display());
    }
}
