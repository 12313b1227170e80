use super::super::testing::{error, read, setting};
use super::super::{Behaviour, Plans};
use super::{GraphBlueprint, GraphState, IN, OUT};

fn graph(toml: &str) -> GraphState {
    read::<GraphBlueprint>(toml).unwrap().state(&setting(1))
}

fn list(graph: &GraphState, which: usize, of: u64) -> Vec<u64> {
    let mut list = Vec::new();
    graph.list(which, of, &mut list);
    list
}

/// The number of followers is that of the law, within three and a half standard deviations of a binomial distribution.
#[test]
fn degrees_follow_their_law() {
    let followers = graph("nodes = 20_000\ndegree = { geometric = 5 }\ncap = 30");
    let degrees: Vec<u64> = (0..20_000).map(|node| followers.tell(IN, node)).collect();
    for (at_least, share) in [(1, 1.0), (5, 0.4096), (10, 0.1342), (20, 0.01441), (30, 0.001547), (31, 0.0)] {
        let seen = degrees.iter().filter(|degree| **degree >= at_least).count() as f64 / 20_000.0;
        let tolerance = 3.5 * (share * (1.0 - share) / 20_000.0_f64).sqrt() + 0.001;
        assert!((seen - share).abs() <= tolerance, "at least {at_least}: {seen} of {share}");
    }
    let mean = degrees.iter().sum::<u64>() as f64 / 20_000.0;
    let out: u64 = (0..20_000).map(|node| followers.tell(OUT, node)).sum();
    assert_eq!(out, degrees.iter().sum::<u64>());
    assert!((mean - 5.0).abs() < 0.15, "{mean}");
}

#[test]
fn every_form_leads_there_and_back_and_is_the_same_again() {
    for toml in [
        "nodes = 500\ndegree = { pareto = { min = 5, shape = 1.2, max = 200 } }",
        "nodes = 500\ndegree = { lognormal = { median = 10, p99 = 100 } }\nsymmetric = true",
        "nodes = 500\nform = \"web\"\nhosts = 20\nlinks = { within = 4, between = 2 }",
        "nodes = 400\nform = \"road\"\nmissing = \"20 %\"\nlevels = 2\nspacing = 5",
    ] {
        let (graph, again) = (graph(toml), graph(toml));
        let mut edges = 0;
        for node in 0..500 {
            assert_eq!(list(&graph, OUT, node), list(&again, OUT, node));
            for other in list(&graph, OUT, node) {
                assert!(list(&graph, IN, other).contains(&node), "{toml}: {node} -> {other}");
                edges += 1;
            }
            assert_eq!(graph.tell(OUT, node), list(&graph, OUT, node).len() as u64);
            assert_eq!(graph.tell(IN, node), list(&graph, IN, node).len() as u64);
        }
        let back: usize = (0..500).map(|node| list(&graph, IN, node).len()).sum();
        assert_eq!((edges, edges > 500), (back, true), "{toml}");
    }
}

#[test]
fn what_a_page_is_can_be_asked() {
    let web = "nodes = 1000\nform = \"web\"\nhosts = 10\nskew = 0\nlinks = { within = 9 }\nduplicates = \"30 %\"\nrobots = \"20 %\"\ntraps = \"100 %\"";
    let blueprint = read::<GraphBlueprint>(web).unwrap();
    assert_eq!(blueprint.functions(), ["out", "in", "host", "content", "depth", "forbidden", "trap"]);
    let web = blueprint.state(&setting(1));
    // The second host has the pages from 100 to 199: the first, nine below it, 81 below these, nine at the end.
    let about = |page: u64| [web.tell(2, page), web.tell(4, page), web.tell(6, page)];
    assert_eq!(
        [about(100), about(109), about(110), about(199)],
        [[1, 0, 0], [1, 1, 0], [1, 2, 0], [1, 3, 0]]
    );
    let trap = list(&web, OUT, 100).pop().unwrap();
    assert_eq!(about(trap), [1, 1, 1]);
    let copies = (0..1000).filter(|page| web.tell(3, *page) != *page).count();
    let forbidden: u64 = (0..1000).map(|page| web.tell(5, page)).sum();
    assert!((250..350).contains(&copies) && (80..320).contains(&forbidden), "{copies} {forbidden}");
}

#[test]
fn wrong_tables_say_what_is_wrong() {
    for (toml, column, message) in [
        ("nodes = 0\ndegree = 1", 9, "`nodes` is from 1 to 10000000, not 0"),
        ("form = \"tree\"\nnodes = 1", 8, "unknown choice `tree` (valid choices: social, web, road)"),
        ("hosts = 5\nnodes = 10\ndegree = 1", 1, "`hosts` means something only with the form `web`"),
        ("cap = 10\nnodes = 10\ndegree = 1", 7, "`cap` is from 1 to 9, not 10"),
        (
            "duplicates = \"100 %\"\nform = \"web\"\nnodes = 10\nhosts = 2\nlinks = { within = 1 }",
            14,
            "something must be an original: `duplicates` is below 100 %",
        ),
        (
            "links = { within = 0 }\nform = \"web\"\nnodes = 10\nhosts = 2",
            20,
            "`within` is from 1 to 1000, not 0",
        ),
        (
            "hosts = 11\nform = \"web\"\nnodes = 10\nlinks = { within = 1 }",
            9,
            "`hosts` is from 1 to 10, not 11",
        ),
        (
            "skew = 11\nform = \"web\"\nnodes = 10\nhosts = 2\nlinks = { within = 1 }",
            8,
            "`skew` is from 0 to 10, not 11",
        ),
        (
            "traps = { share = \"10 %\", links = 0 }\nform = \"web\"\nnodes = 10\nhosts = 2\nlinks = { within = 1 }",
            35,
            "`links` is from 1 to 100, not 0",
        ),
        ("nodes = 10\nform = \"road\"", 9, "crossings make a square: 9 or 16, not 10"),
    ] {
        assert_eq!(read::<GraphBlueprint>(toml).unwrap_err(), error(column, message), "{toml}");
    }
}
