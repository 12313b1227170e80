//! The pages of the reference that come from the lists of the code are what these lists say.
//!
//! `BLESS=1 cargo test --test lists` writes them anew.

use super::markdown::table;
use super::{common, examples};
use std::fs;
use std::path::Path;
use std::process::Command;
use windtunnel::component::{
    DefaultWorkers, Figure, KINDS, Key, Operation, POLICIES, RoleForm, RoleSpec, Serves, Spec,
};
use windtunnel::figures::Catalogue;
use windtunnel::mechanism::eviction;
use windtunnel::outcome::{self, Class};
use windtunnel::plan::declare::STATION_KEYS;
use windtunnel::plan::lint::LINTS;
use windtunnel::plan::verbs::VERBS;
use windtunnel::plan::{Body, CAMPAIGN_KEYS, CONDITIONS, FAULT_KEYS, TABLES, TableSpec, policy};
use windtunnel::scenario::{CONSTANTS, LAWS, Slip};
use windtunnel::station::Discipline;

/// What each generated page begins with.
const NOTE: &str = "<!-- Written by `BLESS=1 cargo test --test lists` from the lists in the code. -->\n\n";

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn toml(example: &str) -> String {
    format!("```toml\n{}\n```\n\n", example.trim())
}

/// The example of a word, below a line that says so.
fn example(table: &[(&str, &'static str)], word: &str) -> String {
    examples::find(table, word).map_or(String::new(), toml)
}

/// A sentence: some lists write theirs without a capital and a full stop.
fn sentence(doc: &str) -> String {
    let doc = doc.trim();
    let mut letters = doc.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    let end = if doc.ends_with('.') { "" } else { "." };
    first + letters.as_str() + end
}

fn keys(keys: &[Key]) -> String {
    let row = |key: &Key| vec![code(key.name), key.takes.to_owned(), sentence(key.doc)];
    table(&["key", "takes", "meaning"], keys.iter().map(row)) + "\n"
}

fn kinds() -> String {
    let mut page = String::from("# Kinds\n\n");
    page += "A component is a table `[kind.name]`. What it does in detail, and what it leaves out, is told in [the model](../model.md).\n\n";
    let row = |kind: &Spec| vec![format!("[`{0}`](#{0})", kind.name), kind.doc.to_owned()];
    page += &table(&["kind", "meaning"], KINDS.iter().map(row));
    page += "\n## Keys of every station\n\nEvery kind but the client serves, and has these keys besides its own.\n\n";
    page += &keys(&STATION_KEYS);
    for kind in KINDS {
        page += &one_kind(kind);
    }
    page
}

fn one_kind(kind: &Spec) -> String {
    let mut text = format!("## {}\n\n{}\n\n", kind.name, kind.doc);
    text += match kind.serves {
        Serves::No => "It has no station.\n\n",
        Serves::Nobody => "It has no station and no instances: it stands nowhere.\n\n",
        Serves::Yes(DefaultWorkers::Required) => "`workers` is required.\n\n",
        Serves::Yes(DefaultWorkers::Unbounded) => {
            "Without `workers` there are as many as anybody asks for.\n\n"
        }
        Serves::Yes(DefaultWorkers::OneWithService) => {
            "Without `workers` there is one per instance if it has a `service` time, else as many as anybody asks for.\n\n"
        }
    };
    text += &example(examples::KINDS, kind.name);
    text += &keys(kind.keys);
    if !kind.operations.is_empty() {
        let row = |operation: &Operation| {
            let others = operation.outcomes.iter().map(|id| code(outcome::ALL[id.index()].word));
            let outcomes: Vec<String> = [code("ok")].into_iter().chain(others).collect();
            vec![code(operation.name), outcomes.join(", "), operation.doc.to_owned()]
        };
        text += &table(&["operation", "outcomes", "meaning"], kind.operations.iter().map(row));
        text += "\n";
    }
    if !kind.roles.is_empty() {
        let row = |role: &RoleSpec| {
            let form = match role.form {
                RoleForm::One(_) => format!("NAME.{}", role.name),
                RoleForm::OneOrAll(_) => format!("NAME.{0}, NAME.{0}[i]", role.name),
                RoleForm::Numbered(_) => format!("NAME.{}[i]", role.name),
            };
            vec![code(&form), role.doc.to_owned()]
        };
        text += &table(&["role", "who is meant"], kind.roles.iter().map(row));
        text += "\n";
    }
    let example =
        examples::whole(examples::find(examples::KINDS, kind.name).expect("every kind has an example"));
    let plan = common::plan_of(&example).unwrap_or_else(|error| panic!("{example}\n{error}"));
    let component = plan.components.iter().find(|one| one.kind == kind.name).expect("its kind is in it");
    // The unit of each is the same for all components of the kind.
    let unit = |counter: &str| component.blueprint.unit(counter).to_owned();
    let counters = kind.counters.iter();
    let counters =
        counters.map(|one| vec![code(&format!("NAME.{}", one.name)), unit(one.name), one.doc.to_owned()]);
    let figures = kind.figures.iter().map(|figure| {
        let (suffix, unit, doc) = match figure {
            Figure::Ratio { doc, .. } => ("", "1", doc),
            Figure::Throughput { doc, .. } => ("", "1/s", doc),
            Figure::Duration { doc, .. } => ("", "s", doc),
            Figure::Times { doc, .. } => (".mean, .p99, ...", "s", doc),
            Figure::Level { unit, doc, .. } => ("", *unit, doc),
        };
        vec![code(&format!("NAME.{}{suffix}", figure.name())), unit.to_owned(), (*doc).to_owned()]
    });
    let metrics: Vec<Vec<String>> = counters.chain(figures).collect();
    if !metrics.is_empty() {
        text += "Besides [the metrics of every station](metrics.md#components):\n\n";
        text += &table(&["metric", "unit", "meaning"], metrics);
        text += "\n";
    }
    text
}

fn handlers() -> String {
    let mut page = String::from(
        "# Verbs\n\nA handler is a list of steps; a step is a table with one verb. The fields of templates and the variables of \
         expressions are told with [the rest of a scenario](scenario.md#templates).\n\n",
    );
    for verb in VERBS {
        page += &format!("## {}\n\n{}\n\nTakes {}.", verb.name, sentence(verb.doc), code(verb.takes));
        if !verb.keys.is_empty() {
            let keys: Vec<String> = verb.keys.iter().map(|key| code(key)).collect();
            page += &format!(" Other keys: {}.", keys.join(", "));
        }
        page += "\n\n";
        page += &example(examples::VERBS, verb.name);
    }
    page
}

fn calls() -> String {
    let mut page = String::from(
        "# Calls\n\nWhat a caller does when things go wrong belongs to the edge: `[call.\"A -> B\"]`, `[call.\"A -> B.operation\"]`, \
         either side `*`, or `[call.default]`. The most specific table wins, key by key.\n\n",
    );
    for key in &policy::KEYS {
        page += &format!("## {}\n\n{}\n\nTakes {}.\n\n", key.name, sentence(key.doc), code(key.takes));
        page += &example(examples::CALLS, key.name);
    }
    page
}

fn faults() -> String {
    let mut page = String::from(
        "# Faults\n\n`[fault.NAME]` brings a condition once. Its name is a window: `during NAME`.\n\n",
    );
    page += &keys(&FAULT_KEYS);
    page += "`[campaign.NAME]` brings a condition again and again, at random, to each selected instance on its own. \
             It is no window of expectations: `from TIME to TIME` is one in which it may have struck.\n\n";
    page += &keys(&CAMPAIGN_KEYS);
    page += &example(examples::FAULTS, "campaign");
    for condition in &CONDITIONS {
        page += &format!(
            "## {}\n\n{}\n\nTakes {}.\n\n",
            condition.name,
            sentence(condition.doc),
            code(condition.takes)
        );
        if !condition.keys.is_empty() {
            page += &keys(condition.keys);
        }
        page += &example(examples::FAULTS, condition.name);
    }
    page
}

fn outcomes() -> String {
    let mut page = String::from(
        "# Outcomes\n\nHow a call, a branch or a request can end. An answer is a success in `availability`; a failure fails the \
         request unless `on_OUTCOME` or `on_error` handles it. A scenario adds its own words with `answer`, `return` and `fail`.\n\n",
    );
    let row = |word: &outcome::Word| {
        let class = if word.class == Class::Failure { "failure" } else { "answer" };
        let retried = outcome::RETRIED.iter().any(|id| outcome::ALL[id.index()].word == word.word);
        vec![
            code(word.word),
            class.to_owned(),
            if retried { "yes" } else { "" }.to_owned(),
            word.doc.trim().to_owned(),
        ]
    };
    page += &table(&["outcome", "class", "tried again by default", "meaning"], outcome::ALL.iter().map(row));
    page += "\nHow each comes about:\n\n";
    for word in outcome::ALL {
        page += &format!("## {}\n\n", word.word);
        page += &example(examples::OUTCOMES, word.word);
    }
    page
}

fn values() -> String {
    let mut page = String::from("# Distributions, disciplines, policies and evictions\n\n");
    page += "## Distributions\n\nWherever a time, a size or a number can be random. `\"5 ms\"` alone is always the same.\n\n";
    let row = |law: &windtunnel::scenario::LawSpec| {
        vec![
            code(law.name),
            law.takes.to_owned(),
            code(law.example),
            sentence(law.doc),
            law.source.to_owned(),
        ]
    };
    page += &table(&["distribution", "takes", "example", "meaning", "source"], LAWS.iter().map(row));
    page +=
        "\n## Disciplines\n\n`discipline` of a station: the order in which those who wait are served.\n\n";
    let row = |(name, _, doc): &(&str, Discipline, &str)| vec![code(name), sentence(doc)];
    page += &table(&["discipline", "meaning"], Discipline::ALL.iter().map(row));
    page += "\n";
    page += toml(&examples::discipline("lifo")).trim_end();
    page += "\n";
    page += "\n## Policies\n\n`policy` of a balancer: how a target is picked.\n\n";
    page +=
        &table(&["policy", "meaning"], POLICIES.iter().map(|(name, doc)| vec![code(name), sentence(doc)]));
    page += "\n";
    page += toml(&examples::policy("power_of_d")).trim_end();
    page += "\n";
    page += "\n## Evictions\n\n`eviction` of a cache: which object gives way when there is no more room.\n\n";
    let row = |kind: &eviction::Kind| vec![code(kind.name()), sentence(kind.doc())];
    page += &table(&["eviction", "meaning"], eviction::Kind::ALL.iter().map(row));
    page += "\n";
    page += toml(&examples::eviction("sieve")).trim_end();
    page += "\n\n`belady` must know what comes: every key that the cache is asked for must come from the trace of one client.\n\n";
    page += toml(&examples::eviction("belady")).trim_end();
    page += "\n";
    page
}

fn metrics() -> String {
    let text = examples::FIGURES;
    let plan = common::plan_of(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    let catalogue = Catalogue::of(&plan);
    let mut page = String::from(
        "# Metrics\n\n`windtunnel list metrics FILE` shows those of a scenario. Units are SI: `s`, `B`, `1/s`; `1` is a number or a \
         share. Every metric of times has `.mean`, `.max` and any percentile: `.p50`, `.p99`, `.p99_9`. Metrics cover the measured \
         time, or the window of an expectation: `during FAULT`, `before FAULT`, `after FAULT for TIME`, `from TIME to TIME`. \
         A campaign is no window: it strikes at random, each instance on its own, and in every run at other times.\n\n\
         The metrics of a kind stand with [the kind](kinds.md).\n\n",
    );
    for (title, said, prefix, shown) in [
        ("Clients", "Also for each operation: `CLIENT.OPERATION.rate`.", "c.", "CLIENT."),
        (
            "Components",
            "`rate`, `rejected`, `wait` and `sojourn` also for each operation, `COMPONENT.OPERATION.rate`; `rate`, `queue`, `rejected`, \
             `utilization` and `cpu.utilization` also for each instance, `COMPONENT[i].rate`, and for each shard of a database, all of \
             its copies together, `COMPONENT.shard[i].rate`.",
            "s.",
            "COMPONENT.",
        ),
        ("Calls", "For each pair of components between which calls pass.", "call.c->s.", "call.A->B."),
        ("Links", "For each pair of places.", "link.home->away.", "link.A->B."),
        ("Marks", "For each `mark` of a handler or session.", "mark.there.", "mark.NAME."),
        ("Deploys", "For each fault that is a `deploy`.", "fault.roll.", "fault.NAME."),
        (
            "Costs",
            "For what has a [price](scenario.md#prices). `run` has what all of it costs together: `run.cost.per_day`; a pair of places what \
             its bytes cost: `link.A->B.cost`.",
            "d.cost",
            "COMPONENT.cost",
        ),
        ("Runs", "", "run.", "run."),
    ] {
        page += &format!("## {title}\n\n");
        if !said.is_empty() {
            page += &format!("{said}\n\n");
        }
        let rows = catalogue.iter().filter_map(|(name, definition)| {
            let suffix = name.strip_prefix(prefix)?;
            let is_own =
                !suffix.starts_with("go.") && !suffix.contains("outcome.") && !suffix.contains("errors.");
            let (base, statistic) = suffix.rsplit_once('.').unwrap_or((suffix, ""));
            let is_model = statistic == "p50";
            let is_other = ["p90", "p95", "p99", "p99_9"].contains(&statistic)
                || (["mean", "max"].contains(&statistic) && definition.unit == "s");
            let shown_name = if is_model {
                format!("{shown}{base}.mean, .p50, .p99, .max")
            } else {
                format!("{shown}{suffix}")
            };
            (is_own && !is_other)
                .then(|| vec![code(&shown_name), definition.unit.to_owned(), definition.doc.to_owned()])
        });
        let mut rows: Vec<Vec<String>> = rows.collect();
        if prefix == "c." {
            rows.push(vec![
                code("CLIENT.errors.REASON"),
                "1".to_owned(),
                "Requests that failed for this reason.".to_owned(),
            ]);
            let outcome = "Requests completed with this outcome.".to_owned();
            rows.push(vec![code("CLIENT.outcome.OUTCOME"), "1".to_owned(), outcome]);
        }
        page += &table(&["metric", "unit", "meaning"], rows);
        page += "\n";
    }
    page
}

fn lints() -> String {
    let mut page = String::from(
        "# Lints\n\nWhat looks as if it was not meant is told before the run. A scenario that means it says so: \
         `[lint] allow = [\"overload\"]`.\n\n",
    );
    let row =
        |lint: &windtunnel::plan::lint::Lint| vec![format!("[`{0}`](#{0})", lint.id), sentence(lint.summary)];
    page += &table(&["lint", "meaning"], LINTS.iter().map(row));
    for lint in &LINTS {
        let (id, explanation) = (lint.id, lint.explanation);
        page += &format!("\n## {id}\n\n{}\n\n{explanation}\n\nIt is told of\n\n", sentence(lint.summary));
        page += &toml(lint.bad);
        page += "but not of\n\n";
        page += toml(lint.good).trim_end();
        page += "\n";
    }
    page
}

fn estimates() -> String {
    let mut page = String::from(
        "# Estimates: constants and slips\n\n## Constants\n\nQuantities with a name that every formula knows.\n\n",
    );
    let row = |one: &windtunnel::scenario::Constant| {
        vec![code(one.name), one.value.to_owned(), sentence(one.doc), one.source.to_owned()]
    };
    page += &table(&["constant", "value", "meaning", "source"], CONSTANTS.iter().map(row));
    page += "\n## Slips\n\nThe likely reason why a noted figure is not what its formula says. A scenario that quotes a wrong figure says \
             `slip = \"WORD\"` beside it.\n\n";
    page +=
        &table(&["slip", "meaning"], Slip::ALL.iter().map(|(_, word, doc)| vec![code(word), sentence(doc)]));
    page
}

/// What the program says of itself.
fn help(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windtunnel"));
    let output = command.args(arguments).env("NO_COLOR", "1").env_remove("COLUMNS").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap().replace("windtunnel.exe", "windtunnel");
    text.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

fn command_line() -> String {
    let general = help(&["--help"]);
    let commands = general.split_once("Commands:\n").expect("there are commands").1;
    let names: Vec<&str> = commands
        .lines()
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    let codes = general.split_once("Exit codes:\n").expect("there are exit codes").1;
    let rows = codes.lines().take_while(|line| line.starts_with("  ")).map(|line| {
        let (code_of, meaning) = line.trim().split_once(' ').expect("a code has a meaning");
        vec![code(code_of), sentence(meaning)]
    });
    let mut page = format!("# Commands\n\n```text\n{general}```\n\n## Exit codes\n\n");
    page += &table(&["code", "meaning"], rows);
    page += "\nOf several the worst counts: 2, 1, 130, 99, 3, 0.\n";
    for name in names {
        page += &format!("\n## {name}\n\n```text\n{}```\n", help(&[name, "--help"]));
    }
    page
}

/// The keys of a table that `scenario.md` tells; none of those that have pages of their own.
fn keys_of(table: &TableSpec) -> Option<Vec<Key>> {
    match table.body {
        Body::Keys(keys) => Some(keys.to_vec()),
        Body::Values { keys, own, .. } => Some([keys, own].concat()),
        Body::Named("EDGE", _) | Body::Faults(_) => None,
        Body::Named(_, keys) => Some(keys.to_vec()),
    }
}

/// The page of the tables: written by hand, but for the keys behind each line `<!-- keys of TABLE -->`.
fn scenario(page: &str) -> String {
    let mut text = String::new();
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        text += &format!("{line}\n");
        let Some(name) = line.strip_prefix("<!-- keys of ").and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        while lines.next_if(|line| line.is_empty() || line.starts_with('|')).is_some() {}
        let spec = TABLES.iter().find(|table| table.name == name).expect("it is a table");
        text += &format!("\n{}", keys(&keys_of(spec).expect("its keys are told here")));
    }
    text
}

/// `[claim]` has the keys of `[slo]`.
#[test]
fn the_keys_of_every_table_are_told() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/scenario.md");
    let page = fs::read_to_string(path).unwrap();
    for table in TABLES.iter().filter(|table| table.name != "claim" && keys_of(table).is_some()) {
        assert!(page.contains(&format!("<!-- keys of {} -->", table.name)), "[{}] is not told", table.name);
    }
}

#[test]
fn the_reference_is_what_the_lists_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference");
    let mut stale = Vec::new();
    let by_hand = fs::read_to_string(folder.join("scenario.md")).unwrap();
    for (name, page) in [
        ("scenario.md", scenario(&by_hand)),
        ("kinds.md", kinds()),
        ("verbs.md", handlers()),
        ("calls.md", calls()),
        ("faults.md", faults()),
        ("outcomes.md", outcomes()),
        ("values.md", values()),
        ("metrics.md", metrics()),
        ("lints.md", lints()),
        ("estimates.md", estimates()),
        ("commands.md", command_line()),
    ] {
        let note = if name == "scenario.md" { "" } else { NOTE };
        let expected = format!("{note}{}\n", page.trim_end());
        let path = folder.join(name);
        if std::env::var_os("BLESS").is_some() {
            fs::write(&path, &expected).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != expected {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "{stale:?} in docs/reference are old: run `BLESS=1 cargo test --test lists`");
}
