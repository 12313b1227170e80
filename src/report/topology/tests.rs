use super::*;
use crate::results::{Dependence, Standing};

fn node(
    name: &str,
    kind: &'static str,
    instances: u32,
    workers: Option<u32>,
    standing: &[(&str, u32)],
) -> Node {
    let standing =
        standing.iter().map(|(place, instances)| Standing { place: (*place).into(), instances: *instances });
    Node { name: name.into(), kind, instances, workers, standing: standing.collect() }
}

fn edge(caller: &str, callee: &str, operations: &[&str], need: Need) -> Edge {
    let operations = operations.iter().map(|operation| (*operation).to_owned()).collect();
    Edge { caller: caller.into(), callee: callee.into(), operations, need }
}

fn reliance(name: &str, instances: u32, loss_of_one: Effect, loss_of_all: Effect) -> Reliance {
    Reliance { name: name.into(), instances, loss_of_one, loss_of_all }
}

/// Every kind of node, edge and dependence, and words that have a meaning in the languages of graphs.
fn shop() -> Topology {
    let (near, far) = ("near", "a \"far\" <place>");
    let place = |name: &str, loss, components: &[&str]| PlaceReliance {
        name: name.into(),
        loss,
        components: components.iter().map(|name| (*name).to_owned()).collect(),
    };
    Topology {
        places: vec![near.into(), far.into()],
        nodes: vec![
            node("app", "client", 1, None, &[(near, 1)]),
            node("end", "server", 1, Some(1), &[(far, 1)]),
            node("graph", "server", 3, Some(8), &[(near, 2), (far, 1)]),
            node("hot", "cache", 1, None, &[(near, 1)]),
            node("log", "server", 2, Some(4), &[(near, 2)]),
        ],
        edges: vec![
            edge("app", "graph", &["show", "store"], Need::Needed),
            edge("graph", "end", &["read"], Need::Needed),
            edge("graph", "hot", &["get"], Need::Handled),
            edge("graph", "log", &["note"], Need::Sent),
            edge("hot", "end", &["read"], Need::Own),
        ],
        dependences: vec![
            Dependence {
                client: "app".into(),
                components: vec![
                    reliance("end", 1, Effect::Some, Effect::Some),
                    reliance("graph", 3, Effect::Nothing, Effect::Every),
                    reliance("hot", 1, Effect::Nothing, Effect::Nothing),
                    reliance("log", 2, Effect::Nothing, Effect::Nothing),
                ],
                places: vec![place(near, Effect::Every, &["end", "log"]), place(far, Effect::Some, &["end"])],
            },
            Dependence {
                client: "idle".into(),
                components: vec![reliance("graph", 3, Effect::Nothing, Effect::Every)],
                places: vec![],
            },
        ],
        own_works: vec![
            OwnWork {
                worker: "log".into(),
                source: Some("graph".into()),
                components: vec![
                    reliance("end", 1, Effect::Some, Effect::Some),
                    reliance("graph", 3, Effect::Some, Effect::Every),
                    reliance("log", 2, Effect::Nothing, Effect::Every),
                ],
                places: vec![place(near, Effect::Every, &["log"])],
            },
            OwnWork {
                worker: "nightly".into(),
                source: None,
                components: vec![reliance("log", 2, Effect::Nothing, Effect::Every)],
                places: vec![],
            },
        ],
    }
}

#[test]
fn sentences_begin_with_what_fails_everyone() {
    let expected = "\
What fails with what
  single points of failure for app: place near (with end, log)
  single points of failure for some requests of app: end (1 instance), place a \"far\" <place> (with end)
  redundant for app: graph (3 instances)
  optional for app: hot (1 instance), log (2 instances)
  single points of failure for idle: none
  redundant for idle: graph (3 instances)
  single points of failure for what log does with messages of graph: place near (with log)
  single points of failure for some of what log does with messages of graph: end (1 instance), graph (3 instances)
  redundant for what log does with messages of graph: log (2 instances)
  single points of failure for what nightly does by itself: none
  redundant for what nightly does by itself: log (2 instances)
";
    let text = dependences(&shop());
    assert!(text.starts_with(expected), "{text}");
    assert_eq!(text.lines().count(), expected.lines().count() + LEGEND.len());
}

#[test]
fn of_very_many_the_first_are_named() {
    let name = |index: usize| format!("c{index}");
    for (count, end) in [(40, "c39"), (41, "c39 and 1 more"), (5000, "c39 and 4960 more")] {
        let names: Vec<String> = (0..count).map(name).collect();
        let text = listed(&names);
        assert!(text.starts_with("c0, c1, ") && text.ends_with(&format!(", {end}")), "{text}");
    }
}

#[test]
fn a_mermaid_flowchart() {
    let expected = r##"---
title: "The \"shop\""
---
flowchart LR
  subgraph p0["near"]
    n0(["app<br>client"])
    n3["hot<br>cache, 1 instance"]
    n4["log<br>server, 2 x 4 workers"]
  end
  subgraph p1["a #quot;far#quot; #lt;place#gt;"]
    n1["end<br>server, 1 x 1 worker"]:::single
  end
  n2["graph<br>server, 3 x 8 workers<br>2 in near, 1 in a #quot;far#quot; #lt;place#gt;"]:::single
  n0 -->|"show, store"| n2
  n2 -->|"read"| n1
  n2 -.->|"get"| n3
  n2 -.->|"note (sent)"| n4
  n3 -.->|"read (by itself)"| n1
  classDef single stroke:#b00020,stroke-width:3px
"##;
    assert_eq!(mermaid("The \"shop\"", &shop()), expected);
}

#[test]
fn a_dot_digraph() {
    let expected = r##"digraph "The \\ \"shop\"" {
  rankdir=LR
  node [shape=box, style=rounded, margin="0.2,0.1", fontname="sans-serif"]
  edge [fontname="sans-serif", fontsize=10]
  subgraph cluster_0 {
    label="near"
    "app" [label="app\nclient", shape=ellipse]
    "hot" [label="hot\ncache, 1 instance"]
    "log" [label="log\nserver, 2 x 4 workers"]
  }
  subgraph cluster_1 {
    label="a \"far\" <place>"
    "end" [label="end\nserver, 1 x 1 worker", color="#b00020", penwidth=3]
  }
  "graph" [label="graph\nserver, 3 x 8 workers\n2 in near, 1 in a \"far\" <place>", color="#b00020", penwidth=3]
  "app" -> "graph" [label="show, store"]
  "graph" -> "end" [label="read"]
  "graph" -> "hot" [label="get", style=dashed]
  "graph" -> "log" [label="note (sent)", style=dotted]
  "hot" -> "end" [label="read (by itself)", style=dotted]
}
"##;
    assert_eq!(dot("The \\ \"shop\"", &shop()), expected);
}

#[test]
fn one_place_needs_no_frame() {
    let mut topology = shop();
    topology.places.truncate(1);
    for node in &mut topology.nodes {
        node.standing.truncate(1);
    }
    for text in [mermaid("x", &topology), dot("x", &topology)] {
        assert!(!text.contains("subgraph") && !text.contains(" in near"), "{text}");
    }
}
