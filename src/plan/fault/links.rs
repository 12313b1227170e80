//! Conditions of links: partitions between groups, and what befalls the messages from one side to another.

use super::super::choice::fraction;
use super::super::network::split_pair;
use super::condition::Terms;
use super::select::Reach;
use crate::fault::{Condition, LinkEffect, LinkSet, Selector};
use crate::scenario::{Dimension, Node, Value};
use crate::units::SECOND;
use std::collections::BTreeMap;

/// `partition = [[group], [group], ..]`: the messages between different groups are cut.
pub(super) fn partition(terms: &mut Terms<'_, '_>) -> Option<Condition> {
    let groups = groups(terms);
    let (one_way, hold) = (terms.switch("one_way"), terms.switch("hold"));
    let (groups, one_way, hold) = (groups?, one_way?, hold?);
    let pairs = (0..groups.len()).flat_map(|from| (0..groups.len()).map(move |to| (from, to)));
    let are_cut = |(from, to): &(usize, usize)| from != to && (*from == 0 || !one_way);
    let links = pairs
        .filter(are_cut)
        .map(|(from, to)| LinkSet { from: groups[from].clone(), to: groups[to].clone() })
        .collect();
    Some(Condition::Links { links, effect: if hold { LinkEffect::Hold } else { LinkEffect::Cut } })
}

fn groups(terms: &mut Terms<'_, '_>) -> Option<Vec<Vec<Selector>>> {
    let nodes = terms.reader.array(terms.node)?;
    if nodes.len() < 2 || nodes.iter().any(|node| !matches!(node.value, Value::Array(_))) {
        let message = "a partition needs two groups or more, each in brackets";
        terms
            .reader
            .error(terms.node.location, message)
            .help("as in `partition = [[\"place:us-a\"], [\"web[0]\"]]`");
        return None;
    }
    let groups: Vec<Option<Vec<Selector>>> =
        nodes.iter().map(|node| terms.population.select(node, Reach::Everybody, terms.reader)).collect();
    let groups: Vec<Vec<Selector>> = groups.into_iter().collect::<Option<_>>()?;
    are_apart(&groups, nodes, terms)?;
    Some(groups)
}

/// Whether nobody is in two groups; who has a role is known in the run only.
fn are_apart(groups: &[Vec<Selector>], nodes: &[Node], terms: &mut Terms<'_, '_>) -> Option<()> {
    let mut group_of: BTreeMap<u32, usize> = BTreeMap::new();
    for (index, group) in groups.iter().enumerate() {
        for selector in group {
            let Selector::Instances { first, count } = selector else { continue };
            for instance in first.0..first.0 + count {
                if group_of.insert(instance, index).is_some() {
                    let message = format!("`{}` is in two groups", terms.population.name_of(instance));
                    terms.reader.error(nodes[index].location, message);
                    return None;
                }
            }
        }
    }
    Some(())
}

/// `link = "edge -> web"`: what befalls the messages that go that way.
pub(super) fn link(terms: &mut Terms<'_, '_>) -> Option<Condition> {
    let (links, effect) = (link_sets(terms), effect(terms));
    Some(Condition::Links { links: links?, effect: effect? })
}

fn link_sets(terms: &mut Terms<'_, '_>) -> Option<Vec<LinkSet>> {
    let nodes = match &terms.node.value {
        Value::Array(nodes) => nodes.as_slice(),
        _ => std::slice::from_ref(terms.node),
    };
    if nodes.is_empty() {
        terms.reader.error(terms.node.location, "no link is selected here");
        return None;
    }
    let mut sets: Option<Vec<LinkSet>> = Some(Vec::new());
    for node in nodes {
        match (&mut sets, pair(node, terms)) {
            (Some(sets), Some(pair)) => {
                for set in pair {
                    if !sets.contains(&set) {
                        sets.push(set);
                    }
                }
            }
            _ => sets = None,
        }
    }
    sets
}

/// "A -> B" is one set, "A <-> B" are two.
fn pair(node: &Node, terms: &mut Terms<'_, '_>) -> Option<Vec<LinkSet>> {
    let text = terms.reader.text(node)?;
    let Some((from, to, both_ways)) = split_pair(text) else {
        let message = format!("`{text}` is no link");
        terms.reader.error(node.location, message).help("write \"A -> B\", or \"A <-> B\" for both ways");
        return None;
    };
    let mut end = |text| terms.population.end(text, node.location, terms.reader);
    let (from, to) = (end(from), end(to));
    let there = LinkSet { from: from?, to: to? };
    let back = LinkSet { from: there.to.clone(), to: there.from.clone() };
    Some(if both_ways { vec![there, back] } else { vec![there] })
}

fn effect(terms: &mut Terms<'_, '_>) -> Option<LinkEffect> {
    let entry = terms.one_of(&["cut", "latency", "loss", "bandwidth"])?;
    if entry.name != "cut"
        && let Some(hold) = terms.entry("hold")
    {
        terms.reader.error(hold.name_location, "`hold` means something only with `cut = true`");
        return None;
    }
    let (node, reader) = (&entry.node, &mut *terms.reader);
    match entry.name.as_str() {
        "latency" => {
            let law = reader.duration(node)?;
            Some(LinkEffect::Latency(law.scaled(SECOND as f64)))
        }
        "loss" => Some(LinkEffect::Loss(fraction(reader.share(node)?))),
        "bandwidth" => {
            let bandwidth = reader.quantity(node, Dimension::BANDWIDTH)?;
            if bandwidth > 0.0 {
                return Some(LinkEffect::Bandwidth(bandwidth));
            }
            reader.error(node.location, "a bandwidth must be positive");
            None
        }
        _ => {
            if !reader.boolean(node)? {
                reader.error(node.location, "a link that is not cut has no fault");
                return None;
            }
            Some(if terms.switch("hold")? { LinkEffect::Hold } else { LinkEffect::Cut })
        }
    }
}
