//! Who follows whom, or who knows whom: a random graph in which everybody has the degree that was drawn for him.
//!
//! Both forms are configuration models (B. Bollobás, 1980; M. Newman, *Networks*, 2010): node b owns as many *stubs* as its
//! degree, and stubs are joined at random by permutations that are computed there and back. Stored is where the stubs of each
//! node begin: 8 B per node, whatever the number of edges.
//!
//! Directed: the degrees are those of followers. The stubs are cut into *strata* of at most n, between nodes; each node follows
//! the owner of one stub of each stratum, which a permutation of the stratum's own picks. As a stratum holds all stubs of a
//! node, nobody follows anybody twice, and everybody follows about as many: one of each stratum that is full.
//!
//! Symmetric: the stubs are joined in pairs. Pairs that join a node to itself, or two nodes once more, are left out.

use super::super::hash::mix13_pair;
use super::super::permutation::Permutation;
use super::owner;

/// A random graph with given degrees.
#[derive(Clone, Debug)]
pub struct Social {
    /// Where the stubs of each node begin, and where those of the last one end.
    starts: Vec<u64>,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    /// The first node of each stratum, and one behind the last.
    Directed { firsts: Vec<u64>, seed: u64 },
    /// Of all stubs but the last one if their number is odd.
    Symmetric { pairs: Permutation, paired: u64 },
}

impl Social {
    /// A graph in which these are the numbers of followers of the nodes, each below their number.
    pub fn directed(followers: impl Iterator<Item = u64>, seed: u64) -> Social {
        let starts = starts(followers);
        let nodes = starts.len() - 1;
        let mut firsts = vec![0];
        for node in 0..nodes {
            let first: u64 = firsts[firsts.len() - 1];
            if starts[node + 1] - starts[first as usize] > nodes as u64 {
                firsts.push(node as u64);
            }
        }
        firsts.push(nodes as u64);
        Social { starts, form: Form::Directed { firsts, seed } }
    }

    /// A graph in which these are the numbers of friends of the nodes, but for pairs that are left out.
    pub fn symmetric(friends: impl Iterator<Item = u64>, seed: u64) -> Social {
        let starts = starts(friends);
        let paired = starts[starts.len() - 1] / 2 * 2;
        Social { starts, form: Form::Symmetric { pairs: Permutation::new(paired, seed), paired } }
    }

    /// The nodes are the numbers below this.
    pub fn nodes(&self) -> u64 {
        (self.starts.len() - 1) as u64
    }

    /// Those whom a node follows or knows, ascending.
    pub fn successors(&self, node: u64, list: &mut Vec<u64>) {
        if node >= self.nodes() {
            return;
        }
        match &self.form {
            Form::Directed { firsts, seed } => {
                let strata = (0..firsts.len() - 1).filter_map(|stratum| {
                    let (begin, size) = self.stratum(firsts, stratum);
                    let stub = self.permutation(*seed, stratum).apply(node);
                    (stub < size).then(|| owner(&self.starts, begin + stub) as u64)
                });
                list.extend(strata.filter(|followed| *followed != node));
            }
            Form::Symmetric { pairs, paired } => {
                let begin = list.len();
                let stubs = self.starts[node as usize]..self.starts[node as usize + 1].min(*paired);
                let partners =
                    stubs.map(|stub| owner(&self.starts, pairs.invert(pairs.apply(stub) ^ 1)) as u64);
                list.extend(partners.filter(|partner| *partner != node));
                list[begin..].sort_unstable();
                // Who is known already is not known once more.
                let mut kept = begin;
                for index in begin..list.len() {
                    if kept == begin || list[kept - 1] != list[index] {
                        list[kept] = list[index];
                        kept += 1;
                    }
                }
                list.truncate(kept);
            }
        }
    }

    /// Those who follow or know a node, ascending.
    pub fn predecessors(&self, node: u64, list: &mut Vec<u64>) {
        let Form::Directed { .. } = &self.form else { return self.successors(node, list) };
        let Some((permutation, stubs)) = self.own_stubs(node) else { return };
        let begin = list.len();
        list.extend(stubs.map(|stub| permutation.invert(stub)).filter(|follower| *follower != node));
        list[begin..].sort_unstable();
    }

    /// How many follow or know a node.
    pub fn in_degree(&self, node: u64) -> u64 {
        match &self.form {
            Form::Directed { .. } => self.own_stubs(node).map_or(0, |(permutation, stubs)| {
                let follows_itself = stubs.contains(&permutation.apply(node));
                stubs.end - stubs.start - u64::from(follows_itself)
            }),
            Form::Symmetric { .. } => self.out_degree(node),
        }
    }

    /// How many a node follows or knows.
    pub fn out_degree(&self, node: u64) -> u64 {
        let mut list = Vec::new();
        self.successors(node, &mut list);
        list.len() as u64
    }

    /// Bytes held.
    pub fn memory(&self) -> u64 {
        let firsts = match &self.form {
            Form::Directed { firsts, .. } => firsts.len(),
            Form::Symmetric { .. } => 0,
        };
        ((self.starts.len() + firsts) * size_of::<u64>()) as u64
    }

    /// The stubs of a node within its stratum, and who is joined to them.
    fn own_stubs(&self, node: u64) -> Option<(Permutation, std::ops::Range<u64>)> {
        let Form::Directed { firsts, seed } = &self.form else { return None };
        if node >= self.nodes() {
            return None;
        }
        let stratum = owner(firsts, node);
        let (begin, _) = self.stratum(firsts, stratum);
        let stubs = self.starts[node as usize] - begin..self.starts[node as usize + 1] - begin;
        Some((self.permutation(*seed, stratum), stubs))
    }

    /// Where the stubs of a stratum begin, and how many they are.
    fn stratum(&self, firsts: &[u64], stratum: usize) -> (u64, u64) {
        let begin = self.starts[firsts[stratum] as usize];
        (begin, self.starts[firsts[stratum + 1] as usize] - begin)
    }

    fn permutation(&self, seed: u64, stratum: usize) -> Permutation {
        Permutation::new(self.nodes(), mix13_pair(seed, stratum as u64))
    }
}

fn starts(degrees: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut end = 0;
    let ends = degrees.map(|degree| {
        end += degree;
        end
    });
    let mut starts = vec![0];
    starts.extend(ends);
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;

    fn lists(graph: &Social) -> (Vec<Vec<u64>>, Vec<Vec<u64>>) {
        let list = |write: &dyn Fn(u64, &mut Vec<u64>)| {
            let one = |node| {
                let mut list = Vec::new();
                write(node, &mut list);
                list
            };
            (0..graph.nodes()).map(one).collect::<Vec<_>>()
        };
        (list(&|node, list| graph.successors(node, list)), list(&|node, list| graph.predecessors(node, list)))
    }

    fn degrees(nodes: u64, most: u64) -> Vec<u64> {
        // A few with many, many with few.
        (0..nodes).map(|node| most / (1 + mix13(node + 1) % most)).collect()
    }

    #[test]
    fn who_follows_is_among_the_followers_and_nobody_follows_twice() {
        for (nodes, most) in [(1, 1), (2, 1), (50, 20), (300, 299), (1000, 100)] {
            let wanted = degrees(nodes, most.min(nodes - 1).max(1));
            let graph = Social::directed(wanted.iter().map(|degree| (*degree).min(nodes - 1)), 7);
            let (out, into) = lists(&graph);
            let mut edges: Vec<(u64, u64)> = Vec::new();
            for (node, list) in out.iter().enumerate() {
                assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "{node} follows {list:?}");
                assert_eq!(graph.out_degree(node as u64), list.len() as u64);
                edges.extend(list.iter().map(|followed| (node as u64, *followed)));
            }
            let mut back: Vec<(u64, u64)> = Vec::new();
            for (node, list) in into.iter().enumerate() {
                assert_eq!(graph.in_degree(node as u64), list.len() as u64, "{node} of {nodes}");
                // The degree is the one that was asked for, but for a node that would follow itself.
                let wanted = wanted[node].min(nodes - 1);
                assert!((wanted.saturating_sub(1)..=wanted).contains(&(list.len() as u64)));
                back.extend(list.iter().map(|follower| (*follower, node as u64)));
            }
            back.sort_unstable();
            assert_eq!(edges, back, "{nodes} nodes");
        }
    }

    #[test]
    fn whom_one_knows_knows_one_too() {
        for (nodes, most) in [(2, 1), (50, 20), (300, 200), (1000, 60)] {
            let wanted = degrees(nodes, most);
            let graph = Social::symmetric(wanted.iter().copied(), 11);
            let (out, into) = lists(&graph);
            assert_eq!(out, into);
            let mut known = 0;
            for (node, list) in out.iter().enumerate() {
                assert!(list.len() as u64 <= wanted[node]);
                assert_eq!(graph.in_degree(node as u64), list.len() as u64);
                known += list.len() as u64;
                for other in list {
                    assert!(out[*other as usize].contains(&(node as u64)), "{other} does not know {node}");
                    assert_ne!(*other, node as u64);
                }
            }
            // Of so many stubs only few make pairs that are left out.
            let all: u64 = wanted.iter().sum();
            assert!(nodes < 300 || known as f64 > 0.8 * all as f64, "{known} of {all}");
        }
    }

    /// Everybody follows about as many as there are strata: the mean number of followers.
    #[test]
    fn everybody_follows_about_as_many() {
        let graph = Social::directed(std::iter::repeat_n(30, 2000), 3);
        let out: Vec<u64> = (0..2000).map(|node| graph.out_degree(node)).collect();
        assert!(
            out.iter().all(|degree| (25..=31).contains(degree)),
            "{:?} to {:?}",
            out.iter().min(),
            out.iter().max()
        );
        // Strangers are no neighbours more often than chance has it: 30 of 2000 follow one, so that of the 435 pairs of two
        // whom somebody follows 435 * 30 / 2000 = 6.5 follow one another.
        let mut triangles = 0;
        for node in 0..200 {
            let mut list = Vec::new();
            graph.successors(node, &mut list);
            for one in &list {
                let mut theirs = Vec::new();
                graph.successors(*one, &mut theirs);
                triangles += theirs.iter().filter(|other| list.contains(other)).count();
            }
        }
        let expected = 200.0 * 30.0 * 29.0 * 30.0 / 2000.0;
        assert!((triangles as f64 / expected - 1.0).abs() < 0.15, "{triangles} against {expected}");
    }

    #[test]
    fn strangers_have_no_neighbours() {
        for graph in [
            Social::directed(std::iter::repeat_n(3, 10), 1),
            Social::symmetric(std::iter::repeat_n(3, 10), 1),
        ] {
            let mut list = vec![5];
            graph.successors(10, &mut list);
            graph.predecessors(u64::MAX, &mut list);
            assert_eq!((list, graph.in_degree(10), graph.out_degree(10)), (vec![5], 0, 0));
        }
    }
}
