//! Reads `[network]`: places, and the law of the messages between them.

use super::compiler::Compiler;
use super::program::{Law, Link};
use crate::distribution::Distribution;
use crate::kernel::random::hash_name;
use crate::scenario::{Diagnostics, Key, Location, Node, Reader, Table};
use crate::units::{PlaceId, SECOND, Span};

/// The keys of `[network]`.
pub(super) const NETWORK_KEYS: [Key; 5] = [
    Key {
        name: "places",
        takes: "[PLACE, ..]",
        doc: told!("Where instances can stand; the first is the default of all."),
    },
    Key {
        name: "round_trip",
        takes: "{ within? = TIMES, PAIR = TIMES }",
        doc: told!(
            "How long it takes there and back, `within` a place and between two; each way is half of it and drawn on its \
              own. Default: 0.5 ms if there is one place."
        ),
    },
    Key {
        name: "bandwidth",
        takes: "{ within? = BANDWIDTH, PAIR = BANDWIDTH }",
        doc: told!("What a link from place to place carries, first come, first served. Default: no bound."),
    },
    Key {
        name: "loss",
        takes: "{ within? = SHARE, PAIR = SHARE }",
        doc: told!("The share of the messages that never arrive. Default: none."),
    },
    Key {
        name: "overhead",
        takes: "SIZE",
        doc: told!("Bytes of every message besides its value. Default: 0 B."),
    },
];

/// The round trip without `[network]` \[s\].
const DEFAULT_ROUND_TRIP: f64 = 0.5e-3;

/// The most places a network can have.
const PLACES_MAX: usize = 256;

/// Places and the laws between them.
pub struct Network {
    /// Names of places.
    pub places: Vec<String>,
    round_trips: Vec<Rule<Distribution>>,
    bandwidths: Vec<Rule<f64>>,
    losses: Vec<Rule<f64>>,
    /// Bytes of every message besides its value.
    pub overhead: u64,
    location: Option<Location>,
}

/// What a pattern of places says.
pub(super) struct Rule<T> {
    from: String,
    to: String,
    both_ways: bool,
    value: T,
}

impl<T> Rule<T> {
    /// How well the pattern fits a pair; less is better. Of two with equally many stars the one that names the sender wins,
    /// and then the text, so that the order of the file says nothing.
    fn fit(&self, from: &str, to: &str) -> Option<(u8, bool, u8, &str, &str)> {
        let matches = |pattern: &str, place: &str| pattern == "*" || pattern == place;
        let there = matches(&self.from, from) && matches(&self.to, to);
        let back = self.both_ways && matches(&self.from, to) && matches(&self.to, from);
        let (any_from, any_to) = (u8::from(self.from == "*"), u8::from(self.to == "*"));
        (there || back).then_some((any_from + any_to, self.both_ways, any_from, &self.from, &self.to))
    }
}

pub(super) fn best<'a, T>(rules: &'a [Rule<T>], from: &str, to: &str) -> Option<&'a T> {
    rules
        .iter()
        .filter_map(|rule| rule.fit(from, to).map(|fit| (fit, &rule.value)))
        .min_by_key(|(fit, _)| *fit)
        .map(|(_, value)| value)
}

impl Network {
    /// The network of a scenario without `[network]`: one place.
    pub fn default_network() -> Network {
        let within = Rule {
            from: LOCAL.to_owned(),
            to: LOCAL.to_owned(),
            both_ways: true,
            value: Distribution::constant(DEFAULT_ROUND_TRIP).expect("half a millisecond is a duration"),
        };
        Network {
            places: vec![LOCAL.to_owned()],
            round_trips: vec![within],
            bandwidths: Vec::new(),
            losses: Vec::new(),
            overhead: 0,
            location: None,
        }
    }

    /// Reads the table.
    pub fn read(table: &Table, location: Location, reader: &mut Reader<'_>) -> Network {
        reader.check_keys(table, "[network]", &Key::names(&NETWORK_KEYS));
        let mut network = Network::default_network();
        network.location = Some(location);
        if let Some(places) = table.get("places").and_then(|node| reader.array(node)) {
            network.places.clear();
            for node in places {
                let Some(name) = reader.text(node) else { continue };
                if !is_place(name) {
                    reader.error(node.location, format!("`{name}` is not the name of a place")).help(
                        "a place begins with a lower-case letter and goes on with lower-case letters, digits, `_` and `-`",
                    );
                } else if network.places.iter().any(|place| place == name) {
                    reader.error(node.location, format!("place `{name}` is named twice"));
                } else {
                    network.places.push(name.to_owned());
                }
            }
            if places.is_empty() || network.places.len() > PLACES_MAX {
                reader.error(table.location, format!("a network has 1 to {PLACES_MAX} places"));
            }
            if network.places.is_empty() {
                network.places = vec![LOCAL.to_owned()];
            }
        }
        let places = network.places.clone();
        let within_default = network.round_trips.remove(0).value;
        match table.get("round_trip") {
            Some(node) => {
                network.round_trips = rules(node, &places, reader, |reader, node| reader.duration(node))
            }
            None if places.len() == 1 => network.round_trips = within(&places, within_default),
            None => {}
        }
        if let Some(node) = table.get("bandwidth") {
            network.bandwidths = rules(node, &places, reader, |reader, node| {
                let bandwidth = reader.quantity(node, crate::scenario::Dimension::BANDWIDTH)?;
                if bandwidth > 0.0 {
                    return Some(bandwidth);
                }
                reader.error(node.location, "a bandwidth must be positive");
                None
            });
        }
        if let Some(node) = table.get("loss") {
            network.losses = rules(node, &places, reader, |reader, node| reader.share(node));
        }
        if let Some(overhead) = table.get("overhead").and_then(|node| reader.bytes(node)) {
            network.overhead = overhead as u64;
        }
        network
    }

    /// Whether a scenario says which places there are.
    pub fn names_places(&self) -> bool {
        self.places != [LOCAL]
    }

    /// The id of a place.
    pub fn place(&self, name: &str) -> Option<PlaceId> {
        self.places.iter().position(|place| place == name).map(|index| PlaceId(index as u16))
    }

    /// The links from place to place, row by row. Pairs without a round trip that somebody needs are reported.
    pub fn links(
        &self,
        needed: &[(PlaceId, PlaceId)],
        compiler: &mut Compiler<'_>,
        diagnostics: &mut Diagnostics,
    ) -> Vec<Link> {
        let mut links = Vec::new();
        for (row, from) in self.places.iter().enumerate() {
            for (column, to) in self.places.iter().enumerate() {
                let ends = (PlaceId(row as u16), PlaceId(column as u16));
                let delay = match best(&self.round_trips, from, to) {
                    Some(round_trip) => one_way(round_trip, compiler),
                    None => {
                        if needed.contains(&ends) || needed.contains(&(ends.1, ends.0)) && row > column {
                            let pair =
                                if from == to { "within".to_owned() } else { format!("\"{from} <-> {to}\"") };
                            diagnostics
                                .error(
                                    self.location,
                                    format!(
                                        "`{from}` talks to `{to}`, but there is no round trip between them"
                                    ),
                                )
                                .help(format!("add `{pair} = \"1 ms\"` to `round_trip` in [network]"));
                        }
                        Law::Constant(Span::ZERO, compiler.lane(Span::ZERO))
                    }
                };
                let loss = best(&self.losses, from, to).map_or(0, |share| super::choice::fraction(*share));
                let bandwidth = best(&self.bandwidths, from, to).copied();
                let is_instant =
                    matches!(delay, Law::Constant(Span::ZERO, _)) && loss == 0 && bandwidth.is_none();
                let salt = hash_name(&format!("{from}->{to}"));
                links.push(Link { delay, loss, bandwidth, ends, is_instant, salt });
            }
        }
        links
    }
}

/// The only place of a scenario that names none.
pub(super) const LOCAL: &str = "local";

fn one_way(round_trip: &Distribution, compiler: &mut Compiler<'_>) -> Law {
    match round_trip {
        Distribution::Constant(constant) => {
            let span = Span::from_seconds(constant.value() / 2.0);
            Law::Constant(span, compiler.lane(span))
        }
        other => Law::Drawn(other.scaled(SECOND as f64 / 2.0)),
    }
}

fn within<T: Clone>(places: &[String], value: T) -> Vec<Rule<T>> {
    let rule = |place: &String| Rule {
        from: place.clone(),
        to: place.clone(),
        both_ways: true,
        value: value.clone(),
    };
    places.iter().map(rule).collect()
}

/// Reads a table of patterns; a bare value counts for all pairs.
pub(super) fn rules<T: Clone>(
    node: &Node,
    places: &[String],
    reader: &mut Reader<'_>,
    mut read: impl FnMut(&mut Reader<'_>, &Node) -> Option<T>,
) -> Vec<Rule<T>> {
    let mut rules = Vec::new();
    let Some(table) = reader.table(node) else { return rules };
    for entry in table.iter() {
        let pair = match entry.name.as_str() {
            "within" => None,
            name => match split_pair(name) {
                Some(pair) => Some(pair),
                None => {
                    reader
                        .error(entry.name_location, format!("`{name}` is no pair of places"))
                        .help("use `within`, `\"a <-> b\"` or `\"a -> b\"`; `*` stands for any place");
                    continue;
                }
            },
        };
        let Some(value) = read(reader, &entry.node) else { continue };
        match pair {
            None => rules.extend(within(places, value)),
            Some((from, to, both_ways)) => {
                let mut known = true;
                for place in [from, to] {
                    if place != "*" && !places.iter().any(|known| known == place) {
                        let choices: Vec<&str> = places.iter().map(String::as_str).collect();
                        reader.diagnostics.unknown(entry.name_location, "place", place, "", &choices);
                        known = false;
                    }
                }
                if known {
                    rules.push(Rule { from: from.to_owned(), to: to.to_owned(), both_ways, value });
                }
            }
        }
    }
    rules
}

/// The mean time that a message takes [ns].
pub(super) fn mean_delay(delay: &Law) -> u64 {
    match delay {
        Law::Constant(span, _) => span.0,
        Law::Drawn(law) => law.mean().map_or(u64::MAX, |mean| Span::from_nanoseconds(mean).0),
        Law::Computed(_) => unreachable!("no link computes its delay"),
    }
}

/// Splits "a <-> b" or "a -> b".
pub(super) fn split_pair(text: &str) -> Option<(&str, &str, bool)> {
    let (from, to, both_ways) = match text.split_once("<->") {
        Some((from, to)) => (from, to, true),
        None => {
            let (from, to) = text.split_once("->")?;
            (from, to, false)
        }
    };
    let (from, to) = (from.trim(), to.trim());
    (!from.is_empty() && !to.is_empty()).then_some((from, to, both_ways))
}

fn is_place(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-".contains(letter))
}
