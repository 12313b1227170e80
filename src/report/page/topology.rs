//! The topology as a drawing: callers left of whom they call, filled by how busy they are, with the faults that befall them.

use super::html::Html;
use super::layout::{Graph, Layout, Spot};
use crate::report::number::{grouped, human, noun};
use crate::report::text::bottleneck::busy;
use crate::results::{Background, Edge, FaultShape, Form, Need, Node, Results, Topology};

const WIDTH: f64 = 190.0;
const HEIGHT: f64 = 64.0;
/// Between two layers.
const GAP: f64 = 72.0;
/// The line below a node on which a fault is named.
const NOTE: f64 = 16.0;
const MARGIN: f64 = 10.0;
/// Inside a node, beside what is written.
const INSET: f64 = 12.0;

/// More nodes are no picture any more.
const NODES_MAX: usize = 100;

/// Sizes of letters: names and shares are bold. What is too long for its node is cut, and whole in the tooltip.
const NAME_SIZE: f64 = 13.5;
const SHARE_SIZE: f64 = 13.0;
const LINE_SIZE: f64 = 11.5;

/// What bold letters are wider than others.
const BOLD: f64 = 1.12;

/// The drawing becomes smaller where there is little room, but not smaller than this; from there on it scrolls.
const SCALE_MIN: f64 = 0.8;

/// Shares of busy workers from which on a node has the next fill.
const STEPS: [f64; 4] = [0.3, 0.6, 0.8, 0.95];

/// The names of the fills.
const FILLS: [&str; 5] = ["node busy0", "node busy1", "node busy2", "node busy3", "node busy4"];

/// The section.
pub(super) fn section(results: &Results, background: &Background) -> Html {
    let topology = &background.topology;
    let mut html = Html::new();
    if topology.nodes.is_empty() {
        return html;
    }
    if topology.nodes.len() > NODES_MAX {
        html.element("p", &[("class", "note")], |html| {
            let count = grouped(topology.nodes.len() as u64);
            html.text(&format!("{count} clients and components are too many to be drawn. "));
            html.leaf("code", &[], "windtunnel explain --format dot");
            html.fixed(" gives the graph for Graphviz.");
        });
        return html;
    }
    let drawing = Drawing::new(results, topology);
    html.element("figure", &[("class", "topology")], |html| {
        html.element("div", &[("class", "scroll"), ("tabindex", "0"), ("role", "group"), ("aria-label", "Topology")], |html| {
            html.element("div", &[], |html| {
                drawing.draw(html);
                // It has no height, and keeps the frame as wide as the drawing has to be at least.
                let width = number(SCALE_MIN * drawing.width());
                html.element("svg", &[("width", &width), ("height", "0"), ("aria-hidden", "true")], |_| {});
            });
        });
        html.element("figcaption", &[], |html| {
            html.fixed("<span class=\"key\">Busy: <i class=\"busy0\"></i>less</span> <span class=\"key\"><i class=\"busy1\"></i>from \
                        30 %</span> <span class=\"key\"><i class=\"busy2\"></i>60 %</span> <span class=\"key\"><i \
                        class=\"busy3\"></i>80 %</span> <span class=\"key\"><i class=\"busy4\"></i>95 %</span> ");
            html.fixed("<span class=\"key\"><i class=\"unlimited\"></i>not limited</span> ");
            if topology.edges.iter().any(|edge| matches!(edge.need, Need::Handled | Need::Sent)) {
                html.fixed("<span class=\"key\"><i class=\"dashed\"></i>callers go on without it</span> ");
            }
            if topology.edges.iter().any(|edge| edge.need == Need::Own) {
                html.fixed("<span class=\"key\"><i class=\"dotted\"></i>what callers do by themselves</span> ");
            }
            if !results.faults.is_empty() {
                html.fixed("<span class=\"key\"><i class=\"struck\"></i>befallen by a fault</span>");
            }
        });
    });
    html
}

struct Drawing<'r> {
    results: &'r Results,
    topology: &'r Topology,
    layout: Layout,
    /// By node, the names of the faults that befall it.
    faults: Vec<Vec<&'r str>>,
    /// By edge, likewise.
    cuts: Vec<Vec<&'r str>>,
}

impl<'r> Drawing<'r> {
    fn new(results: &'r Results, topology: &'r Topology) -> Drawing<'r> {
        let faults: Vec<Vec<&str>> =
            topology.nodes.iter().map(|node| befalling(node, &results.faults)).collect();
        let cuts = topology.edges.iter().map(|edge| cutting(edge, &results.faults)).collect();
        let index_of = |name: &str| topology.nodes.iter().position(|node| node.name == name);
        let ends = |edge: &Edge| index_of(&edge.caller).zip(index_of(&edge.callee));
        let edges = topology.edges.iter().filter_map(ends).collect();
        let heights = faults
            .iter()
            .map(|faults| if faults.is_empty() { HEIGHT } else { HEIGHT + 2.0 * NOTE })
            .collect();
        Drawing { results, topology, layout: Graph { heights, edges }.layout(), faults, cuts }
    }

    fn width(&self) -> f64 {
        self.layout.layers as f64 * (WIDTH + GAP) - GAP + 2.0 * MARGIN
    }

    fn draw(&self, html: &mut Html) {
        let width = self.width();
        let height = self.layout.height + 2.0 * MARGIN;
        let frame = format!("0 0 {} {}", number(width), number(height));
        let title = format!("{} clients and components, and who calls whom", self.topology.nodes.len());
        let (width, height) = (number(width), number(height));
        let attributes = [
            ("viewBox", frame.as_str()),
            ("width", &width),
            ("height", &height),
            ("role", "img"),
            ("aria-label", &title),
        ];
        html.element("svg", &attributes, |html| {
            html.fixed(
                "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"9\" markerHeight=\"9\" \
                 markerUnits=\"userSpaceOnUse\" orient=\"auto-start-reverse\"><path class=\"tip\" d=\"M0 0.5 8 4 0 7.5z\"/></marker></defs>",
            );
            for index in 0..self.topology.edges.len() {
                self.edge(html, index);
            }
            for index in 0..self.topology.nodes.len() {
                self.node(html, index);
            }
        });
    }

    /// Where the left side of a node or point is, and its middle.
    fn at(&self, spot: Spot) -> (f64, f64) {
        (MARGIN + spot.layer as f64 * (WIDTH + GAP), MARGIN + spot.y)
    }

    fn edge(&self, html: &mut Html, index: usize) {
        let edge = &self.topology.edges[index];
        let node = |name: &str| self.topology.nodes.iter().position(|node| node.name == name);
        let Some((from, to)) = node(&edge.caller).zip(node(&edge.callee)).filter(|(from, to)| from != to)
        else {
            return;
        };
        let (from, to) = (self.layout.spots[from], self.layout.spots[to]);
        let path = self.path(from, &self.layout.bends[index], to);
        let rate = self.rate(edge);
        let cuts = &self.cuts[index];
        let class = match (cuts.is_empty(), edge.need) {
            (true, Need::Needed) => "edge",
            (true, Need::Own) => "edge own",
            (true, Need::Handled | Need::Sent) => "edge loose",
            (false, Need::Needed) => "edge struck",
            (false, Need::Own) => "edge own struck",
            (false, Need::Handled | Need::Sent) => "edge loose struck",
        };
        let mut title = format!("{} → {}: {}", edge.caller, edge.callee, edge.operations.join(", "));
        if let Some(rate) = rate {
            title += &format!(", {}", human(rate, Form::Rate));
        }
        if !cuts.is_empty() {
            title += &format!("; befallen by {}", cuts.join(", "));
        }
        let width = format!("{:.1}", rate.map_or(1.2, |rate| self.thickness(rate)));
        html.element("g", &[("class", class)], |html| {
            html.leaf("title", &[], &title);
            html.element(
                "path",
                &[("d", &path), ("stroke-width", &width), ("marker-end", "url(#tip)")],
                |_| {},
            );
        });
    }

    /// Calls per second over the measured time.
    fn rate(&self, edge: &Edge) -> Option<f64> {
        let attempts =
            self.results.metrics.get(&format!("call.{}->{}.attempts", edge.caller, edge.callee))?.value;
        (self.results.duration > 0.0).then(|| attempts / self.results.duration)
    }

    /// The busiest edge is the thickest.
    fn thickness(&self, rate: f64) -> f64 {
        let most = self.topology.edges.iter().filter_map(|edge| self.rate(edge)).fold(0.0, f64::max);
        if most > 0.0 { 1.2 + 2.4 * (rate / most).sqrt() } else { 1.2 }
    }

    /// From the right side of the caller to the left side of the callee, through the points between.
    fn path(&self, from: Spot, bends: &[Spot], to: Spot) -> String {
        let (from_x, from_y) = self.at(from);
        let (to_x, to_y) = self.at(to);
        if from.layer >= to.layer {
            return self.path_back((from_x, from_y), bends, (to_x + WIDTH, to_y));
        }
        let mut path = format!("M{} {}", number(from_x + WIDTH), number(from_y));
        let mut last = (from_x + WIDTH, from_y);
        for bend in bends {
            let (x, y) = self.at(*bend);
            path += &curve(last, (x, y));
            path += &format!("H{}", number(x + WIDTH));
            last = (x + WIDTH, y);
        }
        path + &curve(last, (to_x, to_y))
    }

    /// A call to the left, from the left side of the caller to the right side of the callee.
    fn path_back(&self, from: (f64, f64), bends: &[Spot], to: (f64, f64)) -> String {
        let mut path = format!("M{} {}", number(from.0), number(from.1 + 14.0));
        let mut last = (from.0, from.1 + 14.0);
        for bend in bends.iter().rev() {
            let (x, y) = self.at(*bend);
            path += &curve(last, (x + WIDTH, y));
            path += &format!("H{}", number(x));
            last = (x, y);
        }
        path + &curve(last, (to.0, to.1 + 14.0))
    }

    fn node(&self, html: &mut Html, index: usize) {
        let node = &self.topology.nodes[index];
        let (left, middle) = self.at(self.layout.spots[index]);
        let top = middle - HEIGHT / 2.0;
        let faults = &self.faults[index];
        let facts = Facts::of(self.results, node);
        let share = facts.busy;
        let fill = match share {
            _ if node.kind == "client" => "node client",
            Some(share) => FILLS[STEPS.iter().filter(|step| share >= **step).count()],
            None => "node unlimited",
        };
        let class = if faults.is_empty() { fill.to_owned() } else { format!("{fill} struck") };
        html.element("g", &[("class", &class)], |html| {
            html.leaf("title", &[], &title(node, &facts, faults));
            let [x, y, width, height] = [left, top, WIDTH, HEIGHT].map(number);
            let round = if node.kind == "client" { "20" } else { "7" };
            let size = [("x", x.as_str()), ("y", &y), ("width", &width), ("height", &height), ("rx", round)];
            html.element("rect", &size, |_| {});
            let line = |html: &mut Html, class: &'static str, x: f64, y: f64, text: &str| {
                html.leaf("text", &[("class", class), ("x", &number(x)), ("y", &number(y))], text);
            };
            let room = WIDTH - 2.0 * INSET;
            let share_text = share.map(|share| human(share, Form::Share));
            let taken = share_text.as_ref().map_or(0.0, |text| INSET / 2.0 + length(text, SHARE_SIZE * BOLD));
            line(html, "name", left + INSET, top + 20.0, &cut(&node.name, NAME_SIZE * BOLD, room - taken));
            if let Some(share) = &share_text {
                line(html, "share", left + WIDTH - INSET, top + 20.0, share);
            }
            line(html, "fact", left + INSET, top + 36.0, &cut(&facts.what, LINE_SIZE, room));
            line(html, "fact", left + INSET, top + 51.0, &cut(&facts.does, LINE_SIZE, room));
            if let Some(share) = share {
                bar(html, (left + INSET, top + HEIGHT - 7.0), share.clamp(0.0, 1.0));
            }
            if !faults.is_empty() {
                let sign =
                    format!("M{} {}l6 -10 6 10z", number(left + 2.0), number(top + HEIGHT + NOTE - 3.0));
                html.element("path", &[("class", "sign"), ("d", &sign)], |_| {});
                let names = cut(&faults.join(", "), LINE_SIZE * BOLD, WIDTH - 19.0);
                line(html, "fault", left + 19.0, top + HEIGHT + NOTE - 3.0, &names);
            }
        });
    }
}

/// What is written in a node.
struct Facts {
    /// "server, 8 x 64 workers".
    what: String,
    /// "4.33 k/s, queue 0.04".
    does: String,
    /// The busy share of what is scarcest.
    busy: Option<f64>,
}

impl Facts {
    fn of(results: &Results, node: &Node) -> Facts {
        let figure =
            |end: &str| results.metrics.get(&format!("{}.{end}", node.name)).map(|figure| figure.value);
        if node.kind == "client" {
            let offered = figure("offered").map_or(String::new(), |rate| human(rate, Form::Rate));
            let errors = figure("errors").filter(|count| *count > 0.0);
            let failed =
                errors.map_or(String::new(), |count| format!(", {} failed", human(count, Form::Number)));
            return Facts { what: "client".to_owned(), does: offered + &failed, busy: None };
        }
        let index = results.components.iter().position(|component| component.name == node.name);
        let tightest = index.and_then(|index| busy(results, index));
        let servers = tightest
            .map(|busy| (busy.servers.count, busy.servers.noun))
            .or(node.workers.map(|count| (count, "workers")));
        let what = match (servers, node.instances) {
            (Some((count, plural)), 1) => format!("{}, {count} {}", node.kind, noun(count.into(), plural)),
            (Some((count, plural)), instances) => {
                format!("{}, {instances} × {count} {}", node.kind, noun(count.into(), plural))
            }
            (None, 1) => node.kind.to_owned(),
            (None, instances) => format!("{}, {instances} instances", node.kind),
        };
        let served = index.map_or("rate", |index| results.components[index].served);
        let rate = figure(served).map(|rate| human(rate, Form::Rate));
        let waiting = figure("queue.mean").filter(|queue| *queue >= 0.1);
        let waiting = waiting.map(|queue| format!("{} waiting", human(queue, Form::Number)));
        let hits = figure("hit_ratio").map(|ratio| format!("{} hits", human(ratio, Form::Share)));
        let does: Vec<String> = [rate, waiting, hits].into_iter().flatten().collect();
        Facts { what: what.replace('_', " "), does: does.join(", "), busy: tightest.map(|busy| busy.share) }
    }
}

/// All about a node, for who points at it.
fn title(node: &Node, facts: &Facts, faults: &[&str]) -> String {
    let mut title = format!("{}: {}; {}", node.name, facts.what, facts.does);
    if let Some(busy) = facts.busy {
        title += &format!("; {} busy", human(busy, Form::Share));
    }
    let standing =
        node.standing.iter().map(|at| format!("{} in {}", at.instances, at.place)).collect::<Vec<_>>();
    if !standing.is_empty() {
        title += &format!("; {}", standing.join(", "));
    }
    if !faults.is_empty() {
        title += &format!("; befallen by {}", faults.join(", "));
    }
    title
}

/// How full it is, as a bar over the width of a node.
fn bar(html: &mut Html, (left, top): (f64, f64), share: f64) {
    let whole = WIDTH - 2.0 * INSET;
    let (x, y) = (number(left), number(top));
    let mut part = |class: &'static str, width: f64| {
        let width = number(width);
        let size = [
            ("class", class),
            ("x", x.as_str()),
            ("y", &y),
            ("width", &width),
            ("height", "3"),
            ("rx", "1.5"),
        ];
        html.element("rect", &size, |_| {});
    };
    part("track", whole);
    part("level", whole * share);
}

/// The words of a selection that could be names: `urls.primary`, `place:us-a`, `web[0..3]`, `edge -> web`.
fn names(targets: &str) -> impl Iterator<Item = &str> {
    targets.split(|letter: char| !(letter.is_alphanumeric() || "_-:".contains(letter)))
}

/// The faults that befall instances of a node. A fault of a link befalls the edge.
fn befalling<'r>(node: &Node, faults: &'r [FaultShape]) -> Vec<&'r str> {
    let is_there = |place: &str| node.standing.iter().any(|at| at.place == place);
    let is_meant = |fault: &&FaultShape| {
        let named = |name: &str| match name.strip_prefix("place:") {
            Some(place) => node.kind != "client" && is_there(place),
            None => name == node.name,
        };
        fault.condition != "link" && names(&fault.targets).any(named)
    };
    faults.iter().filter(is_meant).map(|fault| fault.name.as_str()).collect()
}

/// The faults that befall the links of an edge.
fn cutting<'r>(edge: &Edge, faults: &'r [FaultShape]) -> Vec<&'r str> {
    let is_meant = |fault: &&FaultShape| {
        let named = |wanted: &str| names(&fault.targets).any(|name| name == wanted);
        fault.condition == "link" && named(&edge.caller) && named(&edge.callee)
    };
    faults.iter().filter(is_meant).map(|fault| fault.name.as_str()).collect()
}

/// A curve that begins and ends level.
fn curve(from: (f64, f64), to: (f64, f64)) -> String {
    let middle = (from.0 + to.0) / 2.0;
    format!(
        "C{} {} {} {} {} {}",
        number(middle),
        number(from.1),
        number(middle),
        number(to.1),
        number(to.0),
        number(to.1)
    )
}

/// A coordinate; a tenth of a pixel is enough.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// About how long a text is \[pixels\], in a typeface that runs wide: the page takes the one of its reader's system.
fn length(text: &str, size: f64) -> f64 {
    let share = |letter: char| match letter {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | ' ' => 0.31,
        'f' | 'r' | 't' | '-' | '/' | '(' | ')' | '[' | ']' => 0.41,
        'm' | 'w' | 'M' | 'W' | '%' | '…' => 0.97,
        'A'..='Z' => 0.69,
        letter if letter.is_ascii() => 0.61,
        _ => 1.0,
    };
    size * text.chars().map(share).sum::<f64>()
}

/// As much of a text as there is room for \[pixels\].
fn cut(text: &str, size: f64, room: f64) -> String {
    if length(text, size) <= room {
        return text.to_owned();
    }
    let mut short = text.to_owned();
    while !short.is_empty() && length(&short, size) + length("…", size) > room {
        short.pop();
    }
    short + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Standing;

    fn node(name: &str, kind: &'static str, place: &str) -> Node {
        let standing = vec![Standing { place: place.to_owned(), instances: 1 }];
        Node { name: name.to_owned(), kind, instances: 1, workers: None, standing }
    }

    fn fault(condition: &'static str, targets: &str) -> FaultShape {
        FaultShape {
            name: "f".to_owned(),
            condition,
            targets: targets.to_owned(),
            from: None,
            until: None,
            text: String::new(),
            clients: Vec::new(),
        }
    }

    #[test]
    fn faults_stand_at_whom_they_befall() {
        let edge = Edge {
            caller: "web".to_owned(),
            callee: "urls".to_owned(),
            operations: Vec::new(),
            need: Need::Needed,
        };
        for (condition, targets, web, urls, link) in [
            ("crash", "web[0]", true, false, false),
            ("crash", "urls.primary", false, true, false),
            ("crash", "place:a", true, false, false),
            ("crash", "web2", false, false, false),
            ("link", "web -> urls", false, false, true),
            ("link", "web -> ids", false, false, false),
            ("partition", "urls[0] | web[1], web[2]", true, true, false),
        ] {
            let faults = [fault(condition, targets)];
            let found = |node: Node| !befalling(&node, &faults).is_empty();
            let seen = (
                found(node("web", "server", "a")),
                found(node("urls", "database", "b")),
                !cutting(&edge, &faults).is_empty(),
            );
            assert_eq!(seen, (web, urls, link), "{condition} {targets}");
            assert!(!found(node("c", "client", "a")), "a place is lost with what serves there");
        }
    }

    #[test]
    fn long_names_are_cut() {
        for (text, expected) in [
            ("web", "web"),
            ("more_than_16_characters", "more_than_16_…"),
            ("illicit_till", "illicit_till"),
            ("WWWWWWWWWWWW", "WWWWWWWW…"),
        ] {
            assert_eq!(cut(text, 13.5, 120.0), expected);
        }
        assert_eq!(cut("anything", 10.0, 0.0), "…");
    }
}
