//! What is known before a run: estimates, the topology, lists.

use super::{Folder, QUEUE};

#[test]
fn what_is_known_before_the_run() {
    let folder = Folder::new("before");
    let estimate =
        "[estimate]\nload = { is = \"100 /s * 5 ms\", noted = 0.5, measured = \"s.utilization\" }\n";
    folder.write("x.toml", &[QUEUE, estimate]);
    for (arguments, parts) in [
        (&["explain", "x.toml"][..], &["A queue\n", "s          100 /s    5 ms", "s.go (server)"][..]),
        (
            &["estimate", "x.toml"],
            &["load = 100 /s * 5 ms\n", "noted 0.5, exact 0.5, no gap", "measured by s.utilization"],
        ),
        (&["estimate", "x.toml", "--measured"], &["measured 0."]),
    ] {
        let outcome = folder.run(arguments);
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        for part in parts {
            assert!(outcome.stdout.contains(part), "{arguments:?}: {part}\n{}", outcome.stdout);
        }
        let json = folder.run(&[arguments, &["--format", "json"]].concat()).json();
        assert_eq!(json["scenario"]["title"], "A queue", "{arguments:?}");
    }
    assert!(!folder.has("reports"));
}

/// What the README shows of it is what is printed.
#[test]
fn the_topology_of_the_url_shortener() {
    let folder = Folder::new("topology");
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/url_shortener/scenario.toml");
    let mermaid = folder.run(&["explain", file, "--format", "mermaid"]);
    let readme = include_str!("../../README.md");
    assert!(
        mermaid.stdout.starts_with("---\ntitle: \"URL shortener\"\n---\nflowchart LR\n"),
        "{}",
        mermaid.stdout
    );
    assert!(readme.contains(&format!("```mermaid\n{}```\n", mermaid.stdout)), "{}", mermaid.stdout);

    let dot = folder.run(&["explain", file, "--format", "dot"]).stdout;
    for line in [
        "digraph \"URL shortener\" {\n",
        "    \"urls\" [label=\"urls\\ndatabase, 1 x 32 workers\", color=\"#b00020\", penwidth=3]\n  }\n",
        "  \"web\" -> \"hot\" [label=\"get, put\", style=dashed]\n",
    ] {
        assert!(dot.contains(line), "{line}\n{dot}");
    }

    let text = folder.run(&["explain", file]).stdout;
    let sentences = "
  single points of failure for visitors: edge (1 instance), place zone-a (with edge, urls)
  single points of failure for some requests of visitors: urls (1 instance)
  redundant for visitors: web (8 instances)
  optional for visitors: hot (3 instances)
";
    assert!(text.contains(sentences), "{text}");

    let json = folder.run(&["explain", file, "--format", "json"]).json();
    let authors = &json["topology"]["dependences"][0];
    assert_eq!(authors["components"][1]["name"], "ids");
    assert_eq!(authors["components"][1]["loss_of_one"], "every");
    assert_eq!(json["topology"]["edges"][4]["need"], "handled");
}

#[test]
fn lists_show_what_the_code_knows() {
    let folder = Folder::new("lists");
    folder.write("scenarios/x.toml", &[QUEUE]);
    for (arguments, part) in [
        (&["components"][..], "cache         get (miss), put, delete"),
        (&["components", "cache"], "capacity"),
        (&["components", "client"], "arrivals"),
        (&["verbs"], "work"),
        (&["distributions"], "lognormal"),
        (&["policies"], "least_outstanding"),
        (&["disciplines"], "processor_sharing"),
        (&["evictions"], "sieve        A hand from old to new"),
        (&["calls"], "timeout"),
        (&["outcomes"], "too_deep"),
        (&["faults"], "lose_disk"),
        (&["constants"], "latency.disk_seek          10 ms                  A disk's arm moved"),
        (&["slips"], "day            A day of 100,000 s"),
        (&["metrics", "scenarios/x.toml"], "c.latency.p99"),
        (&["scenarios"], "scenarios/x.toml  how long is the queue?"),
    ] {
        let outcome = folder.run(&[&["list"], arguments].concat());
        assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(outcome.stdout.contains(part), "{arguments:?}: {}", outcome.stdout);
        let json = folder.run(&[&["list"], arguments, &["--format", "json"]].concat()).json();
        assert_eq!(json.as_array().unwrap().len(), outcome.stdout.lines().count() - 1, "{arguments:?}");
    }
    let unknown = folder.run(&["list", "components", "cash"]);
    let said = "error: unknown kind `cash`; kinds: client, balancer, server, cache, database,";
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.starts_with(said), "{}", unknown.stderr);
    for (id, said) in [
        ("nope", "error: unknown lint `nope`; `windtunnel list lints` shows all\n"),
        (
            "overlod",
            "error: unknown lint `overlod`; did you mean `overload`? `windtunnel list lints` shows all\n",
        ),
    ] {
        assert_eq!(folder.run(&["list", "lints", id]).stderr, said);
    }
}
