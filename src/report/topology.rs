//! Topologies for people: what is lost with what in sentences, and the graph as a Mermaid flowchart or a DOT digraph.

use super::number::counted;
use crate::results::{Edge, Effect, Need, Node, OwnWork, PlaceReliance, Reliance, Topology};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// What the sentences mean.
const LEGEND: [&str; 2] = [
    "redundant: the others go on when one instance is lost; optional: no request fails when all of it is lost.",
    "Only what a failure itself does is counted, not the load that moves to others because of it.",
];

/// A section that says what each client loses with what, and the work that components do by themselves.
pub fn dependences(topology: &Topology) -> String {
    let mut text = String::from("What fails with what\n");
    let of_clients = topology.dependences.iter().flat_map(|dependence| {
        let client = &dependence.client;
        sentences(client, &format!("requests of {client}"), &dependence.components, &dependence.places)
    });
    let of_works = topology.own_works.iter().flat_map(|work| {
        let done = own_work(work);
        sentences(&done, &format!("of {done}"), &work.components, &work.places)
    });
    for line in of_clients.chain(of_works) {
        let _ = writeln!(text, "  {line}");
    }
    for line in LEGEND {
        let _ = writeln!(text, "  {line}");
    }
    text
}

/// "what mailer does with messages of jobs".
fn own_work(work: &OwnWork) -> String {
    match &work.source {
        Some(source) => format!("what {} does with messages of {source}", work.worker),
        None => format!("what {} does by itself", work.worker),
    }
}

/// What is lost with what: of `whom`, which consists of `parts`.
fn sentences(whom: &str, parts: &str, components: &[Reliance], places: &[PlaceReliance]) -> Vec<String> {
    let named = |is_meant: &dyn Fn(&Reliance) -> bool| {
        components.iter().filter(|one| is_meant(one)).map(counted_instances).collect::<Vec<_>>()
    };
    let single = |effect: Effect| {
        let places = places.iter().filter(move |place| place.loss == effect).map(place);
        [named(&|one| one.loss_of_one == effect), places.collect()].concat()
    };
    let covered = |one: &Reliance| one.loss_of_one == Effect::Nothing;
    let mut lines = Vec::new();
    let (every, some) = (single(Effect::Every), single(Effect::Some));
    if every.is_empty() && some.is_empty() {
        lines.push(format!("single points of failure for {whom}: none"));
    }
    for (what, names) in [
        (format!("single points of failure for {whom}"), every),
        (format!("single points of failure for some {parts}"), some),
        (format!("redundant for {whom}"), named(&|one| covered(one) && one.loss_of_all != Effect::Nothing)),
        (format!("optional for {whom}"), named(&|one| one.loss_of_all == Effect::Nothing)),
    ] {
        if !names.is_empty() {
            lines.push(format!("{what}: {}", listed(&names)));
        }
    }
    lines
}

/// The names, or of very many the first ones.
fn listed(names: &[String]) -> String {
    /// More names than this are no sentence any more.
    const NAMES_MAX: usize = 40;
    match names.len().saturating_sub(NAMES_MAX) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..NAMES_MAX].join(", ")),
    }
}

/// "ids (1 instance)".
fn counted_instances(reliance: &Reliance) -> String {
    format!("{} ({})", reliance.name, instances(reliance.instances))
}

fn instances(count: u32) -> String {
    counted(u64::from(count), "instances")
}

/// "place us-a (with ids, urls)".
fn place(place: &PlaceReliance) -> String {
    format!("place {} (with {})", place.name, place.components.join(", "))
}

/// The names of the components of which some client, or some work of a component's own, misses a single instance.
fn single_points(topology: &Topology) -> BTreeSet<&str> {
    let of_clients = topology.dependences.iter().flat_map(|dependence| &dependence.components);
    let of_works = topology.own_works.iter().flat_map(|work| &work.components);
    let single = of_clients.chain(of_works).filter(|one| one.loss_of_one != Effect::Nothing);
    single.map(|one| one.name.as_str()).collect()
}

/// What stands in a node: its name, and what there is of it.
fn lines_of(topology: &Topology, node: &Node) -> Vec<String> {
    let mut lines = vec![node.name.clone()];
    lines.push(match (node.kind, node.workers) {
        ("client", _) => "client".to_owned(),
        (kind, Some(workers)) => {
            format!("{kind}, {} x {}", node.instances, counted(u64::from(workers), "workers"))
        }
        (kind, None) => format!("{kind}, {}", instances(node.instances)),
    });
    if topology.places.len() > 1 && node.standing.len() > 1 {
        let standing = node.standing.iter().map(|at| format!("{} in {}", at.instances, at.place));
        lines.push(standing.collect::<Vec<_>>().join(", "));
    }
    lines
}

/// The nodes that stand at one place only, by place; and the others. With one place in all, all are others.
fn grouped(topology: &Topology) -> (Vec<(&str, Vec<usize>)>, Vec<usize>) {
    let home = |node: &Node| match &node.standing[..] {
        [only] if topology.places.len() > 1 => Some(only.place.clone()),
        _ => None,
    };
    let at = |place: Option<&str>| {
        let here = |index: &usize| home(&topology.nodes[*index]).as_deref() == place;
        (0..topology.nodes.len()).filter(here).collect::<Vec<usize>>()
    };
    let places = topology.places.iter().map(|place| (place.as_str(), at(Some(place))));
    (places.filter(|(_, nodes)| !nodes.is_empty()).collect(), at(None))
}

/// Where the node of each name stands among the nodes.
fn indices(topology: &Topology) -> BTreeMap<&str, usize> {
    topology.nodes.iter().enumerate().map(|(index, node)| (node.name.as_str(), index)).collect()
}

/// What stands beside an edge.
fn label(edge: &Edge) -> String {
    let operations = edge.operations.join(", ");
    match edge.need {
        Need::Needed | Need::Handled => operations,
        Need::Sent => format!("{operations} (sent)"),
        Need::Own => format!("{operations} (by itself)"),
    }
}

/// The graph as a Mermaid flowchart. Nodes have numbered ids, because many words cannot be ids there.
pub fn mermaid(title: &str, topology: &Topology) -> String {
    let single = single_points(topology);
    let mut text = format!("---\ntitle: {}\n---\nflowchart LR\n", serde_json::Value::from(title));
    let node = |index: usize| {
        let node = &topology.nodes[index];
        let lines: Vec<String> = lines_of(topology, node).iter().map(|line| mermaid_escape(line)).collect();
        let (open, close) = if node.kind == "client" { ("([", "])") } else { ("[", "]") };
        let class = if single.contains(node.name.as_str()) { ":::single" } else { "" };
        format!("n{index}{open}\"{}\"{close}{class}", lines.join("<br>"))
    };
    let (places, others) = grouped(topology);
    for (number, (place, nodes)) in places.iter().enumerate() {
        let _ = writeln!(text, "  subgraph p{number}[\"{}\"]", mermaid_escape(place));
        for index in nodes {
            let _ = writeln!(text, "    {}", node(*index));
        }
        text.push_str("  end\n");
    }
    for index in others {
        let _ = writeln!(text, "  {}", node(index));
    }
    let indices = indices(topology);
    for edge in &topology.edges {
        let (caller, callee) = (indices[edge.caller.as_str()], indices[edge.callee.as_str()]);
        let arrow = match edge.need {
            Need::Needed => "-->",
            Need::Handled | Need::Sent | Need::Own => "-.->",
        };
        let _ = writeln!(text, "  n{caller} {arrow}|\"{}\"| n{callee}", mermaid_escape(&label(edge)));
    }
    text.push_str("  classDef single stroke:#b00020,stroke-width:3px\n");
    text
}

/// Text within quotes: what Mermaid or HTML would read as its own becomes an entity.
fn mermaid_escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        match character {
            '"' => escaped.push_str("#quot;"),
            '#' => escaped.push_str("#35;"),
            '&' => escaped.push_str("#amp;"),
            '<' => escaped.push_str("#lt;"),
            '>' => escaped.push_str("#gt;"),
            '`' => escaped.push_str("#96;"),
            '\n' | '\r' => escaped.push(' '),
            other => escaped.push(other),
        }
        escaped
    })
}

/// The graph as a DOT digraph, for Graphviz.
pub fn dot(title: &str, topology: &Topology) -> String {
    let single = single_points(topology);
    let mut text = format!(
        "digraph {} {{\n  rankdir=LR\n  node [shape=box, style=rounded, margin=\"0.2,0.1\", fontname=\"sans-serif\"]\n  \
         edge [fontname=\"sans-serif\", fontsize=10]\n",
        dot_quote(title)
    );
    let node = |index: usize| {
        let node = &topology.nodes[index];
        let lines: Vec<String> = lines_of(topology, node).iter().map(|line| dot_escape(line)).collect();
        let mut attributes = vec![format!("label=\"{}\"", lines.join("\\n"))];
        if node.kind == "client" {
            attributes.push("shape=ellipse".to_owned());
        }
        if single.contains(node.name.as_str()) {
            attributes.push("color=\"#b00020\", penwidth=3".to_owned());
        }
        format!("{} [{}]", dot_quote(&node.name), attributes.join(", "))
    };
    let (places, others) = grouped(topology);
    for (number, (place, nodes)) in places.iter().enumerate() {
        let _ = writeln!(text, "  subgraph cluster_{number} {{\n    label={}", dot_quote(place));
        for index in nodes {
            let _ = writeln!(text, "    {}", node(*index));
        }
        text.push_str("  }\n");
    }
    for index in others {
        let _ = writeln!(text, "  {}", node(index));
    }
    for edge in &topology.edges {
        let style = match edge.need {
            Need::Needed => "",
            Need::Handled => ", style=dashed",
            Need::Sent | Need::Own => ", style=dotted",
        };
        let (caller, callee) = (dot_quote(&edge.caller), dot_quote(&edge.callee));
        let _ = writeln!(text, "  {caller} -> {callee} [label={}{style}]", dot_quote(&label(edge)));
    }
    text.push_str("}\n");
    text
}

fn dot_quote(text: &str) -> String {
    format!("\"{}\"", dot_escape(text))
}

/// Text within quotes: a backslash begins an escape there.
fn dot_escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests;
