//! Random scenarios, with random faults, keep the laws that every run must keep: nothing is lost, everything is given back,
//! equal inputs give equal runs, the order of tables means nothing, a bystander changes nobody's figures, and what happened can
//! be told.
//!
//! `RANDOM_TOPOLOGIES=10000 cargo test --release --test random_topologies` tries so many scenarios instead of the usual
//! number, `RANDOM_TOPOLOGIES=5000..6000` those of these seeds; with `RUST_BACKTRACE=1` every panic is told. A scenario that
//! breaks a law is made as small as possible and printed; it stands in a file, too.

mod common;
#[path = "common/figures.rs"]
mod figures;
#[path = "random_topologies/frailty.rs"]
mod frailty;
#[path = "random_topologies/generator.rs"]
mod generator;
#[path = "random_topologies/tree.rs"]
mod tree;
#[path = "random_topologies/weather.rs"]
mod weather;

use common::plan_of;
use figures::figures;
use generator::{nobody_waits_for_ever, scenario, with_bystander};
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tree::Tree;
use windtunnel::component::Behaviour;
use windtunnel::experiment::{Experiment, Input, Tracing, Unwatched, perform};
use windtunnel::figures::{laws, summary};
use windtunnel::kernel::random::stream;
use windtunnel::plan::{Document, Plan};
use windtunnel::report::page::page;
use windtunnel::report::text::{Style, text};
use windtunnel::scenario::Diagnostics;
use windtunnel::units::Time;
use windtunnel::world::{Pause, World};

/// How many scenarios are tried if nobody says otherwise.
const USUAL: u64 = 3_000;

/// A law that a scenario breaks, and how.
type Broken = (&'static str, String);

#[test]
fn random_scenarios_keep_every_law() {
    if std::env::var_os("RUST_BACKTRACE").is_none() {
        std::panic::set_hook(Box::new(|_| {}));
    }
    let mut requests = 0;
    for seed in seeds() {
        let root = scenario(seed);
        match check(&root) {
            Ok(born) => requests += born,
            Err(broken) => {
                let (smallest, (law, detail)) = shrink(root, broken);
                let _ = std::panic::take_hook();
                let name = format!("random-topology-{seed}.toml");
                let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
                std::fs::write(&path, smallest.file()).expect("the smallest scenario is written");
                let (path, file) = (path.display(), smallest.file());
                panic!("seed {seed} breaks the law `{law}`: {detail}\n{path}\n\n{file}");
            }
        }
    }
    let _ = std::panic::take_hook();
    assert!(requests > 0, "no scenario had a request");
}

fn seeds() -> Range<u64> {
    let number =
        |text: &str| text.trim().parse().unwrap_or_else(|_| panic!("`{text}` is no number of scenarios"));
    match std::env::var("RANDOM_TOPOLOGIES") {
        Ok(range) => match range.split_once("..") {
            Some((first, end)) => number(first)..number(end),
            None => 0..number(&range),
        },
        Err(_) => 0..USUAL,
    }
}

/// Removes parts of a scenario as long as it breaks the same law.
fn shrink(mut root: Tree, mut broken: Broken) -> (Tree, Broken) {
    loop {
        let before = root.parts();
        let mut part = 0;
        while part < root.parts() {
            let smaller = root.without(part);
            match check(&smaller) {
                Err(still)
                    if still.0 == broken.0 && still.0 != "builds" && nobody_waits_for_ever(&smaller) =>
                {
                    (root, broken) = (smaller, still);
                }
                _ => part += 1,
            }
        }
        if root.parts() == before {
            return (root, broken);
        }
    }
}

/// How many requests were born, if the scenario keeps all laws.
fn check(root: &Tree) -> Result<u64, Broken> {
    let plan = plan_of(&root.file()).map_err(|error| ("builds", error))?;
    let keeps_all = || {
        is_told(&root.file())?;
        keeps_laws(root, &plan)
    };
    catch_unwind(AssertUnwindSafe(keeps_all)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err((
            "no panic",
            text.or(panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default(),
        ))
    })
}

/// Whether a report comes of it, in which every number is one.
fn is_told(file: &str) -> Result<(), Broken> {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("random.toml", file, &[], &mut diagnostics);
    let input = Input { file: "random.toml", text: file, settings: &[] };
    let experiment =
        document.and_then(|document| Experiment::new(&document, input, &[None], &mut diagnostics));
    let Some(mut experiment) = experiment else { return Err(("builds", diagnostics.lines(&sources))) };
    experiment.tracing = Tracing::On(0);
    let results = perform(&experiment, &Unwatched).expect("nobody stops it").remove(0);
    let told = text(&results, Style::Plain);
    page(&results, &experiment.background(&experiment.trials[0], &results));
    let is_number = |word: &str| !["NaN", "inf", "-inf"].contains(&word.trim_matches(['(', ')', ',', '%']));
    match told.lines().find(|line| !line.split_whitespace().all(is_number)) {
        None => Ok(()),
        Some(line) => Err(("every number is one", line.to_owned())),
    }
}

fn keeps_laws(root: &Tree, plan: &Plan) -> Result<u64, Broken> {
    let run_of_it = run(plan)?;
    if run(plan)? != run_of_it {
        return Err(("equal runs", "the second run is another".to_owned()));
    }
    let Run { figures, fingerprint, born } = run_of_it;
    let shuffled = root.shuffled(&mut stream(born, "order of tables"));
    let other = plan_of(&shuffled.file()).map_err(|error| ("builds in any order", error))?;
    let run_of_other = run(&other)?;
    compare("order of tables", &figures, &run_of_other.figures)?;
    if run_of_other.fingerprint != fingerprint {
        return Err(("order of tables", format!("another fingerprint:\n{}", shuffled.file())));
    }
    let accompanied =
        plan_of(&with_bystander(root).file()).map_err(|error| ("builds with a bystander", error))?;
    let mut of_its_own = figures;
    // Without a place of its own the bystander's messages are among those of the only place there is.
    of_its_own.remove("link local -> local");
    compare("bystander", &of_its_own, &run(&accompanied)?.figures)?;
    Ok(born)
}

/// Whether all these figures are the same there.
fn compare(
    law: &'static str,
    expected: &BTreeMap<String, String>,
    actual: &BTreeMap<String, String>,
) -> Result<(), Broken> {
    match expected.iter().find(|(name, figure)| actual.get(*name) != Some(figure)) {
        None => Ok(()),
        Some((name, figure)) => Err((law, format!("{name}\nwas {figure}\nis  {:?}", actual.get(name)))),
    }
}

/// What is compared of a run.
#[derive(PartialEq)]
struct Run {
    /// At the end of the measured time: how long it takes all to go home depends on everybody.
    figures: BTreeMap<String, String>,
    /// When everybody has gone home.
    fingerprint: u64,
    born: u64,
}

/// A run to the end and until everybody has gone home.
fn run(plan: &Plan) -> Result<Run, Broken> {
    let mut world = World::new(plan, plan.seed);
    // The books must be right between any two events, so they are looked at in the middle of things, too.
    let end = plan.timeline.end();
    for share in 1..4 {
        world.run(Time(end.0 / 4 * share), u64::MAX);
        books_are_right(&world)?;
    }
    let pause = world.run_to_end();
    books_are_right(&world)?;
    let counts = world.conservation();
    if pause != Pause::End || counts.completed + counts.failed > counts.born {
        return Err(("conservation", format!("{pause:?} at the end, {counts:?}")));
    }
    let figures = figures(plan, &world);
    let pause = world.drain();
    let counts = world.conservation();
    if pause != Pause::End {
        return Err(("drains", format!("{pause:?} after {} events, {counts:?}", world.events())));
    }
    if counts.completed + counts.failed != counts.born {
        return Err(("conservation", format!("{counts:?} when nobody is in flight")));
    }
    if !world.is_empty() {
        let levels: Vec<_> = world.stations().iter().map(|station| station.levels).collect();
        return Err(("everything is given back", format!("{counts:?}, {levels:?}")));
    }
    books_are_right(&world)?;
    Ok(Run { figures, fingerprint: world.fingerprint(), born: counts.born })
}

/// Every message that was put, or came back, is done, dead, taken out, lost, waiting or in flight.
fn messages_are_somewhere(world: &World<'_>) -> Result<(), Broken> {
    for (index, component) in world.plan().components.iter().enumerate() {
        let spec = component.blueprint.spec();
        if spec.name != "queue" {
            continue;
        }
        let counted = |name: &str| {
            let counter = spec.counters.iter().position(|counter| counter.name == name).expect("a counter");
            let counters = world.recorder().counters[index].iter().skip(counter);
            counters.step_by(spec.counters.len()).sum::<u64>()
        };
        let level = |name: &str| {
            let figure = spec.figures.iter().position(|figure| figure.name() == name).expect("a level");
            world.components()[index].level(figure).expect("it is always known") as u64
        };
        let gone = ["acknowledged", "drained", "dead", "lost"].map(counted);
        let there = ["backlog", "in_flight"].map(level);
        if counted("puts") + counted("restored") != gone.iter().chain(&there).sum::<u64>() {
            let detail =
                format!("{}: {} put, {gone:?} gone, {there:?} there", component.name, counted("puts"));
            return Err(("messages are somewhere", detail));
        }
    }
    Ok(())
}

fn books_are_right(world: &World<'_>) -> Result<(), Broken> {
    messages_are_somewhere(world)?;
    let checks = laws(world);
    if checks.iter().all(|check| check.holds) {
        Ok(())
    } else {
        Err(("the books are right", summary(&checks)))
    }
}
