use super::*;
use crate::results::{
    ClientAround, ClientSeries, ClientShape, ClosedForm, ComponentSeries, ComponentShape, Course, CourseLine,
    Edge, Estimated, FaultShape, Figure, Form, Judgement, Ladder, Laws, Need, Node, Origin, OwnFigure,
    Series, Servers, Standing, Subject, Topology, Verdict,
};

/// Everything that a scenario's author can write somewhere.
const HOSTILE: &str = "</script></title></style><script>alert(1)</script><img src=x onerror=alert(2)>\" onload=\"alert(3)' `\u{2028}&amp;";

/// A run in which every text is `name`.
fn results(name: &str) -> Results {
    let text = || name.to_owned();
    let figure = |value: f64| Figure { value, unit: "1", low: None, high: None };
    let metrics = [
        "rate",
        "offered",
        "utilization",
        "queue.mean",
        "hit_ratio",
        "latency.p99",
        "errors",
        "errors.timeout",
        "cost.per_day",
    ];
    let judgement = |verdict: Verdict| Judgement {
        name: text(),
        expect: text(),
        verdict,
        observed: Some(0.5),
        limit: Some(1.0),
        unit: text(),
        half_width: None,
        gates: true,
        reason: None,
        operator: "<",
        form: Form::Duration,
        position: (3, 1),
    };
    Results {
        subject: Subject {
            title: text(),
            file: text(),
            variant: Some(text()),
            variant_title: Some(text()),
            hash: 7,
        },
        fingerprint: 0xab,
        metrics: [name, "run"]
            .iter()
            .flat_map(|owner| metrics.iter().map(move |end| (format!("{owner}.{end}"), figure(0.75))))
            .collect(),
        objectives: vec![judgement(Verdict::Pass), judgement(Verdict::Fail), judgement(Verdict::Skipped)],
        claims: vec![judgement(Verdict::Inconclusive)],
        duration: 10.0,
        clients: vec![ClientShape { name: text(), operations: vec![text()] }],
        components: vec![ComponentShape {
            name: text(),
            kind: "server",
            instances: 2,
            listed: Vec::new(),
            servers: vec![Servers { metric: "utilization", noun: "workers", count: 4 }],
            served: "rate",
            callees: Vec::new(),
            own: vec![OwnFigure { name: "hit_ratio", form: Form::Share }],
        }],
        faults: vec![FaultShape {
            name: text(),
            condition: "crash",
            targets: "place:nowhere".to_owned(),
            from: Some(1.0),
            until: Some(2.0),
            text: text(),
            clients: vec![ClientAround { client: text(), ..ClientAround::default() }],
        }],
        laws: Laws { checked: 2, broken: vec![text()] },
        closed_forms: vec![ClosedForm {
            figure: text(),
            model: text(),
            form: Form::Number,
            exact: 1.0,
            simulated: Some(1.1),
            standard_error: None,
        }],
        series: Series {
            edges: vec![0.0, 5.0, 10.0],
            clients: vec![ClientSeries {
                name: text(),
                latency: vec![("p50", vec![Some(0.1), None])],
                offered: vec![1.0, 2.0],
                rate: vec![1.0, 2.0],
                errors: vec![(text(), vec![0.0, 1.0])],
            }],
            components: vec![ComponentSeries {
                name: text(),
                utilization: vec![0.5, 0.6],
                queue: vec![1.0, 2.0],
                courses: vec![Course {
                    name: text(),
                    meaning: text(),
                    form: Form::Share,
                    lines: vec![CourseLine {
                        label: text(),
                        name: text(),
                        values: vec![Some(0.5), Some(0.1)],
                    }],
                }],
            }],
        },
        ladders: vec![Ladder { name: text(), steps: vec![(0.0, 0.1), (0.9, 0.2)] }],
        ..Results::default()
    }
}

fn background(name: &str) -> Background {
    let text = || name.to_owned();
    let node = |kind: &'static str| Node {
        name: text(),
        kind,
        instances: 2,
        workers: Some(4),
        standing: vec![Standing { place: text(), instances: 2 }],
    };
    let edge = Edge { caller: text(), callee: text(), operations: vec![text()], need: Need::Sent };
    Background {
        topology: Topology {
            places: vec![text()],
            nodes: vec![node("client"), node("server")],
            edges: vec![edge],
            ..Topology::default()
        },
        estimates: vec![Estimated {
            name: text(),
            formula: text(),
            substituted: Some(text()),
            result: text(),
            value: 1.0,
            unit: text(),
            noted: None,
            opinion: None,
            measured: Some((text(), None)),
            sensitivity: Vec::new(),
            is_needed: false,
        }],
        origin: Origin {
            text: format!("# Question: {name}\na = \"{name}\"\n"),
            settings: vec![text()],
            ..Origin::default()
        },
        ..Background::default()
    }
}

/// The elements of a document in their order: `p`, and `/p` where one ends. What stands in scripts and styles is no markup.
fn tags(page: &str) -> Vec<String> {
    let mut tags = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let end = rest.find('>').expect("a tag ends");
        let name: String =
            rest.chars().take_while(|letter| letter.is_alphanumeric() || "/!".contains(*letter)).collect();
        let is_closed = rest[..end].ends_with('/');
        rest = &rest[end + 1..];
        if name == "script" || name == "style" {
            let close = format!("</{name}");
            rest = &rest[rest.find(&close).expect("it ends")..];
        }
        if !is_closed && !["meta", "input", "br", "!doctype"].contains(&name.as_str()) {
            tags.push(name);
        }
    }
    tags
}

#[test]
fn a_page_has_all_sections_and_every_element_ends() {
    let page = page(&results("a"), &background("a"));
    let mut at = 0;
    for section in SECTIONS.iter().map(|section| section.id).chain(["scenario"]) {
        let found = page
            .find(&format!("<section id=\"{section}\">"))
            .unwrap_or_else(|| panic!("{section} is missing"));
        assert!(found > at, "{section}");
        at = found;
    }
    let mut open = Vec::new();
    for tag in tags(&page) {
        match tag.strip_prefix('/') {
            None => open.push(tag),
            Some(name) => assert_eq!(open.pop().as_deref(), Some(name)),
        }
    }
    assert_eq!(open, Vec::<String>::new());
    for text in
        ["prefers-color-scheme: dark", "@media print", "Copyright (c) 2022 Leon Sorokin", "00000000000000ab"]
    {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn sections_without_content_are_hidden() {
    let page = page(&Results::default(), &Background::default());
    for section in ["findings", "expectations", "topology", "clients", "faults", "estimates", "scenario"] {
        assert!(page.contains(&format!("<section id=\"{section}\" hidden=\"\">")), "{section}");
    }
}

/// Names change texts and data, never markup: the elements are those of a page with harmless names.
#[test]
fn no_name_becomes_markup() {
    let (harmless, hostile) =
        (page(&results("a"), &background("a")), page(&results(HOSTILE), &background(HOSTILE)));
    assert_eq!(tags(&hostile), tags(&harmless));
    for text in ["alert(1)</script>", "<img", "onload=\"", "\u{2028}&amp;amp;</script"] {
        assert!(!hostile.contains(text), "{text}");
    }
    let data = hostile.split("id=\"charts\">").nth(1).and_then(|rest| rest.split("</script>").next());
    let charts: serde_json::Value =
        serde_json::from_str(data.expect("the data is there")).expect("it is JSON");
    assert_eq!(charts["faults"][0]["name"], HOSTILE);
}

#[test]
fn the_policy_names_what_runs_and_nothing_else() {
    let page = page(&results("a"), &background("a"));
    let policy = page
        .split("content=\"default-src")
        .nth(1)
        .and_then(|rest| rest.split("\">").next())
        .expect("a policy");
    assert_eq!(policy.matches("sha256-").count(), STYLES.len() + SCRIPTS.len());
    assert!(policy.starts_with(" &#39;none&#39;;") && !policy.contains("unsafe-inline"), "{policy}");
    for script in scripts() {
        assert!(!script.contains("</script") && !script.contains("<!--"));
        assert!(page.contains(&format!("<script>{script}</script>")));
    }
    // Nothing is loaded from anywhere.
    for attribute in [" src=", "url(http", "@import", "href=\"http"] {
        assert!(!page.contains(attribute), "{attribute}");
    }
}

/// Lines lose what stands before and behind them, so no text may go over the end of one.
#[test]
fn the_lines_of_the_script_stand_for_themselves() {
    for line in SCRIPTS[1].lines() {
        assert!(line.matches('`').count() % 2 == 0, "{line}");
        assert!(!line.ends_with('\\') && !line.contains("/*"), "{line}");
    }
}

/// The core as large as it may become, and as much of everything else as a scenario can have.
#[test]
fn a_page_is_small_whatever_the_run() {
    let mut results = results("a");
    let bins = 4000;
    results.series.edges = (0..=bins).map(|edge| edge as f64 / 7.0).collect();
    let client = &mut results.series.clients[0];
    client.offered = vec![1234.567; bins];
    client.rate = vec![1234.567; bins];
    client.latency.clear();
    client.errors.clear();
    let component = |index: usize| ComponentSeries {
        name: format!("c{index}"),
        utilization: (0..bins).map(|bin| 0.123_456 + bin as f64).collect(),
        queue: (0..bins).map(|bin| 0.123_456 + bin as f64).collect(),
        courses: vec![Course {
            name: format!("c{index}.rate"),
            meaning: "visits".to_owned(),
            form: Form::Rate,
            lines: (0..20)
                .map(|line| CourseLine {
                    label: format!("[{line}]"),
                    name: String::new(),
                    values: (0..bins).map(|bin| Some(0.123_456 + bin as f64)).collect(),
                })
                .collect(),
        }],
    };
    results.series.components = (0..30).map(component).collect();
    let mut background = background("a");
    background.origin.text = "# A long line of the scenario, which says little.\n".repeat(20_000);
    let node = background.topology.nodes[1].clone();
    background.topology.nodes =
        (0..5000).map(|index| Node { name: format!("c{index}"), ..node.clone() }).collect();
    let length = page(&results, &background).len();
    assert!(length < SIZE_MAX, "{length}");
}

/// As many components as a scenario can have, all with their figures, and as many clients with as many operations.
#[test]
fn a_page_of_thousands_says_what_it_leaves_out() {
    let mut results = results("a");
    let component = results.components[0].clone();
    results.components =
        (0..5000).map(|index| ComponentShape { name: format!("c{index}"), ..component.clone() }).collect();
    for index in 0..5000 {
        for figure in ["rate", "utilization", "queue.mean", "queue.max", "wait.p99", "sojourn.p99"] {
            let share = if index == 4999 { 0.9 } else { 0.5 };
            let figure_of = Figure { value: share, unit: "1", low: None, high: None };
            results.metrics.insert(format!("c{index}.{figure}"), figure_of);
        }
    }
    let client = results.clients[0].clone();
    results.clients =
        (0..5000).map(|index| ClientShape { name: format!("v{index}"), ..client.clone() }).collect();
    let mut background = background("a");
    let node = background.topology.nodes[1].clone();
    background.topology.nodes =
        (0..5000).map(|index| Node { name: format!("c{index}"), ..node.clone() }).collect();
    let page = page(&results, &background);
    assert!(page.len() < SIZE_MAX, "{}", page.len());
    for sentence in [
        "5,000 clients and components are too many to be drawn.",
        "4,700 more components are not shown, which are less busy; result.json has all of them.",
        " more rows not shown; result.json has all figures.",
    ] {
        assert!(page.contains(sentence), "{sentence}");
    }
    // The busiest is among those that are shown.
    assert!(page.contains(">c4999<") && !page.contains(">c4998<"));
}

#[test]
fn equal_results_have_equal_pages() {
    assert_eq!(page(&results("a"), &background("a")), page(&results("a"), &background("a")));
}
