use super::expectations::margin;
use super::*;
use crate::results::{
    Around, ClientAround, ClientShape, ClosedForm, ComponentShape, Conservation, FaultShape, Figure,
    Judgement, Laws, OwnFigure, Servers, Subject,
};

fn judgement(name: &str, expect: &str, verdict: Verdict, sides: Option<(f64, f64)>, form: Form) -> Judgement {
    Judgement {
        name: name.into(),
        expect: expect.into(),
        verdict,
        observed: sides.map(|sides| sides.0),
        limit: sides.map(|sides| sides.1),
        unit: String::new(),
        half_width: None,
        gates: true,
        reason: None,
        operator: "<",
        form,
        position: (1, 1),
    }
}

fn component(name: &str, servers: &[(&'static str, &'static str, u32)], callees: &[usize]) -> ComponentShape {
    let servers = servers.iter().map(|(metric, noun, count)| Servers { metric, noun, count: *count });
    ComponentShape {
        name: name.into(),
        kind: "server",
        instances: 2,
        listed: Vec::new(),
        servers: servers.collect(),
        served: "rate",
        callees: callees.to_vec(),
        own: vec![OwnFigure { name: "hit_ratio", form: Form::Share }],
    }
}

fn results(figures: &[(&str, f64)]) -> Results {
    let figure = |value| Figure { value, unit: "1", low: None, high: None };
    Results {
        subject: Subject {
            title: "A shop".into(),
            variant: Some("v".into()),
            variant_title: Some("Other".into()),
            ..Subject::default()
        },
        seed: 7,
        replications: 1,
        replications_planned: 1,
        fingerprint: 0xabc,
        metrics: figures.iter().map(|(name, value)| (name.to_string(), figure(*value))).collect(),
        conservation: Conservation { born: 12_000, completed: 11_000, failed: 900, in_flight: 100 },
        events: 1_234_567,
        duration: 60.0,
        clients: vec![ClientShape { name: "c".into(), operations: vec!["get".into()] }],
        components: vec![
            component("db", &[("utilization", "workers", 1)], &[]),
            component("web", &[("utilization", "workers", 32)], &[0]),
        ],
        laws: Laws { checked: 12, broken: Vec::new() },
        ..Results::default()
    }
}

const FIGURES: [(&str, f64); 16] = [
    ("c.offered", 200.0),
    ("c.rate", 190.5),
    ("c.availability", 0.999_53),
    ("c.latency.p50", 0.01),
    ("c.latency.p99", 0.123_4),
    ("c.errors.rejected", 12.0),
    ("c.errors.timeout", 34_567.0),
    ("c.get.rate", 190.5),
    ("db.utilization", 0.87),
    ("db.rate", 12_000.0),
    ("db.queue.mean", 0.002),
    ("db.queue.max", 9.0),
    ("db.wait.p99", 0.003),
    ("db.hit_ratio", 0.931),
    ("web.utilization", 0.5),
    ("web.rejected", 3.0),
];

#[test]
fn the_whole_text() {
    let mut results = results(&FIGURES);
    results.objectives = vec![
        judgement("fast", "c.latency.p99 < 150 ms", Verdict::Pass, Some((0.123_4, 0.15)), Form::Duration),
        judgement("up", "c.availability > 99.99 %", Verdict::Fail, Some((0.999_53, 0.999_9)), Form::Share),
        judgement("other", "c.rate @ w > c.rate", Verdict::Skipped, None, Form::Rate),
        Judgement {
            reason: Some("not in this variant"),
            ..judgement("gone", "hot.hits > 0", Verdict::Skipped, None, Form::Number)
        },
    ];
    results.claims = vec![Judgement {
        gates: false,
        reason: Some("nothing happened"),
        ..judgement("none", "c.errors > 0", Verdict::Inconclusive, None, Form::Number)
    }];
    results.closed_forms = vec![ClosedForm {
        figure: "db.wait.mean".into(),
        model: "M/M/1".into(),
        form: Form::Duration,
        exact: 0.01,
        simulated: Some(0.009_9),
        standard_error: Some(0.000_2),
    }];
    let expected = "\
FAIL  A shop @ v (Other): 1 of 3 expectations hold

objectives
  ✓ fast  c.latency.p99 < 150 ms      123 ms  17.7 % below 150 ms
  ✗ up    c.availability > 99.99 %  99.953 %  0.037 points below 99.99 %
  - gone  hot.hits > 0                     -  not in this variant

claims
  ? none  c.errors > 0  -  nothing happened; only a warning

not judged, since they speak of variants that were not run: other

db is the busiest: 87 % of 2 workers busy, 12 k/s, p99 wait 3 ms; at this mix it carries about 13.8 k/s

client  offered  completed  available    p50     p99  errors
c        200 /s     190 /s   99.953 %  10 ms  123 ms  34.6 k timeout, 12 rejected
  .get              190 /s                            none

component  served  busy  of              queue mean  queue max  wait p99  rejected
db         12 k/s  87 %  2 x 1 worker         <0.01          9      3 ms            hit ratio 93.1 %
web                50 %  2 x 32 workers                                          3

theory  figure        exact  simulated      gap
M/M/1   db.wait.mean  10 ms     9.9 ms  -1.00 %  0.5 standard errors of 200 us

laws: 12 of 12 hold exactly
requests: 12,000 born = 11,000 completed + 900 failed + 100 in flight
run: 1,234,567 events, seed 7, fingerprint 0000000000000abc
";
    let actual = text(&results, Style::Plain);
    assert_eq!(actual, expected, "\n{actual}");
    let coloured = text(&results, Style::Colour);
    assert!(coloured.starts_with("\u{1b}[1;31mFAIL\u{1b}[0m  A shop"), "{coloured}");
    assert!(coloured.lines().zip(actual.lines()).all(|(painted, line)| without_ink(painted) == line));
}

fn without_ink(text: &str) -> String {
    let pieces = text.split('\u{1b}').enumerate();
    pieces.map(|(index, piece)| if index == 0 { piece } else { piece.split_once('m').unwrap().1 }).collect()
}

#[test]
fn the_first_lines_say_how_it_ended() {
    let limit = StopReason::Limit { limit: Limit::InFlight, value: 10_000_000 };
    let memory = StopReason::Limit { limit: Limit::Memory, value: 8_000_000_000 };
    for (verdict, stop, replications, expected) in [
        (None, None, 1, "DONE  A shop @ v (Other): nothing was expected of it\n"),
        (Some(Verdict::Pass), None, 1, "PASS  A shop @ v (Other): what was expected holds\n"),
        (
            Some(Verdict::Inconclusive),
            None,
            1,
            "INCONCLUSIVE  A shop @ v (Other): 0 of 1 expectations hold\n",
        ),
        (
            Some(Verdict::Inconclusive),
            Some(limit),
            1,
            "PARTIAL  A shop @ v (Other): 0 of 1 expectations hold\nstopped by [limits] in_flight = 10 M requests in flight, at 1.5 s of 1 min\n",
        ),
        (
            Some(Verdict::Fail),
            Some(memory),
            1,
            "FAIL  A shop @ v (Other): 0 of 1 expectations hold\nstopped by [limits] memory = 8 GB of memory, at 1.5 s of 1 min\n",
        ),
        (
            None,
            Some(StopReason::Interrupted),
            5,
            "PARTIAL  A shop @ v (Other): nothing was expected of it\ninterrupted at 1.5 s of 1 min; figures of 1 of 5 replications\n",
        ),
    ] {
        let stop = stop.map(|reason| Stop { reason, at: 1.5 });
        let objectives: Vec<Judgement> =
            verdict.into_iter().map(|verdict| judgement("a", "b", verdict, None, Form::Number)).collect();
        let results = Results { objectives, stop, replications_planned: replications, ..results(&[]) };
        assert_eq!(super::verdict(&results, Style::Plain), expected);
    }
}

#[test]
fn margins_are_in_the_words_of_the_quantity() {
    for (sides, form, expected) in [
        ((0.08, 0.1), Form::Duration, "20 % below 100 ms"),
        ((0.3, 0.1), Form::Duration, "3 times 100 ms"),
        ((150.0, 100.0), Form::Rate, "50 % above 100 /s"),
        ((0.95, 0.9), Form::Share, "5 points above 90 %"),
        ((1.0, 0.99), Form::Share, "1 point above 99 %"),
        ((1.0, 0.999_999_9), Form::Share, "a trifle above 99.99999 %"),
        ((3.0, 0.0), Form::Number, "above 0"),
        ((4.0, 4.0), Form::Number, "exactly 4"),
    ] {
        let judgement = judgement("a", "b", Verdict::Pass, Some(sides), form);
        assert_eq!(margin(&judgement).as_deref(), Some(expected), "{sides:?}");
    }
}

#[test]
fn who_waits_for_a_saturated_callee_is_not_to_blame() {
    for (figures, expected) in [
        (&[][..], ""),
        (
            &[("db.utilization", 0.2), ("web.utilization", 0.3)],
            "web is the busiest: 30 % of 64 workers busy, 0 /s\n",
        ),
        // 540 calls in a minute, which two of three connections carry.
        (
            &[
                ("db.utilization", 0.2),
                ("call.web->db.pool.utilization", 0.6),
                ("call.web->db.attempts", 540.0),
            ],
            "db is the busiest: 20 % of 2 workers busy, 0 /s;\n  \
             the connections web -> db are busier (60 %): at this mix they carry about 15 /s\n",
        ),
        (
            &[
                ("db.utilization", 0.2),
                ("call.web->db.pool.utilization", 0.1),
                ("call.web->db.attempts", 540.0),
            ],
            "db is the busiest: 20 % of 2 workers busy, 0 /s\n",
        ),
        // On average half an instance was not there.
        (
            &[("web.utilization", 0.3), ("web.instances", 1.5)],
            "web is the busiest: 30 % of the workers of 1.5 instances busy (of at most 2), 0 /s\n",
        ),
        (
            &[("web.utilization", 0.3), ("web.instances", 2.0)],
            "web is the busiest: 30 % of 64 workers busy, 0 /s\n",
        ),
        (
            &[("db.utilization", 0.99), ("web.utilization", 1.0), ("db.rate", 99.0), ("db.queue.mean", 40.0)],
            "db is saturated: 99 % of 2 workers busy, 99 /s, 40 waiting on average;\n  \
             at this mix it carries no more than 100 /s; web is full of requests that wait for it\n",
        ),
        (
            &[("db.utilization", 0.9), ("web.utilization", 1.0)],
            "web is saturated: 100 % of 64 workers busy, 0 /s\n",
        ),
        // Too few visits to tell from.
        (&[("db.utilization", 0.1), ("db.rate", 1.6)], "db is the busiest: 10 % of 2 workers busy, 1.6 /s\n"),
        // One of two shards has nearly everything to do.
        (
            &[
                ("db.utilization", 0.6),
                ("db.rate", 120.0),
                ("db[0].utilization", 0.2),
                ("db[1].utilization", 1.0),
                ("db[1].rate", 100.0),
            ],
            "db[1] is saturated: 100 % of 1 worker busy, 100 /s; at this mix db carries no more than 120 /s\n",
        ),
    ] {
        assert_eq!(bottleneck(&results(figures), Style::Plain), expected);
    }
    // Two that call each other: neither is deeper.
    let mut mutual = results(&[("db.utilization", 1.0), ("web.utilization", 1.0)]);
    mutual.components[0].callees = vec![1];
    assert!(bottleneck(&mutual, Style::Plain).starts_with("db is saturated: "));
}

#[test]
fn a_broken_law_is_said() {
    let mut results = results(&[]);
    results.laws.broken.push("web[0]: Little: 1 against 2".into());
    assert!(
        proofs(&results, Style::Plain)
            .starts_with("laws: 11 of 12 hold exactly\n  ✗ web[0]: Little: 1 against 2\n")
    );
}

#[test]
fn faults_are_listed_with_what_clients_saw() {
    let fault = |name: &str, clients: &[&str]| FaultShape {
        name: name.into(),
        condition: "crash",
        targets: "db".into(),
        from: Some(10.0),
        until: Some(20.0),
        text: format!("crash db; {name}"),
        clients: clients
            .iter()
            .map(|client| ClientAround {
                client: (*client).into(),
                availability: Around { before: Some(1.0), during: Some(0.612), after: Some(0.9995) },
                latency_p99: Around { before: Some(0.02), during: None, after: Some(1.5) },
            })
            .collect(),
    };
    let mut results = results(&[]);
    assert_eq!(faults(&results, Style::Plain), "");
    results.faults = vec![fault("at_random", &[])];
    assert_eq!(faults(&results, Style::Plain), "faults\n  at_random  crash db; at_random\n");
    results.faults = vec![fault("lost", &["authors", "visitors"]), fault("at_random", &[])];
    let expected = "\
faults
  lost       crash db; lost
  at_random  crash db; at_random

fault  client    available before  during    after  p99 before  during  after
lost   authors              100 %  61.2 %  99.95 %       20 ms       -  1.5 s
       visitors             100 %  61.2 %  99.95 %       20 ms       -  1.5 s
";
    assert_eq!(faults(&results, Style::Plain), expected);
}

#[test]
fn marks_are_listed_with_what_got_there() {
    assert_eq!(marks(&results(&FIGURES), Style::Plain), "");
    let figures = [
        ("mark.billed.count", 11_990.0),
        ("mark.billed.delay.p50", 0.012),
        ("mark.billed.delay.p99", 1.5),
        ("mark.billed.duplicates", 30.0),
        ("mark.billed.lost", 2.0),
        ("mark.billed.pending", 8.0),
        ("mark.shown.count", 5.0),
        ("mark.shown.late", 1.0),
        ("marked.count", 7.0),
    ];
    let expected = "\
mark    got there    p50    p99  late  again  not yet  lost
billed       12 k  12 ms  1.5 s           30        8     2
shown           5                   1
";
    let actual = marks(&results(&figures), Style::Plain);
    assert_eq!(actual, expected, "\n{actual}");
}

/// By the figures of the whole run it would be 500 /s, and 50 /s; what stood still for half of it carries more.
#[test]
fn what_is_carried_is_told_of_the_time_without_faults() {
    for (figures, carried, expected) in [
        (
            &[("db.utilization", 0.1), ("db.rate", 50.0)][..],
            ("db.utilization", 1000.0),
            "db is the busiest: 10 % of 2 workers busy, 50 /s; at this mix it carries about 1 k/s outside of faults\n",
        ),
        (
            &[("db.utilization", 1.0), ("db.rate", 50.0)],
            ("db.utilization", 100.0),
            "db is saturated: 100 % of 2 workers busy, 50 /s; at this mix it carries about 100 /s outside of faults\n",
        ),
        // The busier one of two is full when all of them are half full.
        (
            &[
                ("db.utilization", 0.3),
                ("db.rate", 60.0),
                ("db[0].utilization", 0.0),
                ("db[1].utilization", 0.6),
                ("db[1].rate", 60.0),
            ],
            ("db.utilization", 300.0),
            "db[1] is the busiest: 60 % of 1 worker busy, 60 /s; at this mix db carries about 150 /s outside of faults\n",
        ),
    ] {
        let results = Results {
            carried: std::iter::once((carried.0.to_owned(), carried.1)).collect(),
            ..results(figures)
        };
        assert_eq!(bottleneck(&results, Style::Plain).replace(";\n ", ";"), expected);
    }
}
