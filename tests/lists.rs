//! Every word of the language means something, has an example that does something, and is used by a scenario or a test.

mod common;
#[path = "lists/examples/mod.rs"]
mod examples;
#[path = "lists/markdown.rs"]
mod markdown;
#[cfg(feature = "cli")]
#[path = "lists/reference.rs"]
mod reference;

use examples::whole;
use markdown::tables_of;
use std::fs;
use std::path::Path;
use windtunnel::component::{KINDS, POLICIES};
use windtunnel::experiment::{Experiment, Input, Unwatched, perform};
use windtunnel::figures::Catalogue;
use windtunnel::mechanism::eviction;
use windtunnel::outcome;
use windtunnel::plan::declare::STATION_KEYS;
use windtunnel::plan::lint::LINTS;
use windtunnel::plan::verbs::{FIELDS, VARIABLES, VERBS};
use windtunnel::plan::{Body, CAMPAIGN_KEYS, CONDITIONS, Document, FAULT_KEYS, TABLES, policy};
use windtunnel::results::Verdict;
use windtunnel::scenario::Key;
use windtunnel::scenario::{CONSTANTS, Diagnostics, LAWS, Slip};
use windtunnel::station::Discipline;

/// A word of a list, with what the list says of it.
struct Word {
    /// Which list it is in, for messages.
    list: &'static str,
    name: String,
    doc: String,
    /// A part of a scenario that uses it.
    example: Option<String>,
    /// How a scenario or a test writes it; one of these is enough.
    uses: Vec<String>,
}

impl Word {
    fn new(list: &'static str, name: &str, doc: &str, uses: &[&str]) -> Word {
        let uses = uses.iter().map(|pattern| pattern.replace('#', name)).collect();
        Word { list, name: name.to_owned(), doc: doc.to_owned(), example: None, uses }
    }

    fn with(self, example: Option<impl Into<String>>) -> Word {
        Word { example: example.map(Into::into), ..self }
    }
}

/// How a key is written: in a table, in an inline table, in a path of `set`.
const AS_KEY: &[&str] = &["\n# ", "{ # =", ", # =", "\"# =", ".#\"", ".#=", ".# ", "\"#\""];

/// How a figure is written: in an expectation, or asked for by a test.
const AS_FIGURE: &[&str] = &[".# ", ".#\"", ".#)", ".#.", "\"#\""];

/// Every word that has an example of its own.
fn words() -> Vec<Word> {
    let mut words = Vec::new();
    for kind in KINDS {
        let example = examples::find(examples::KINDS, kind.name);
        words.push(Word::new("kinds", kind.name, kind.doc, &["[#."]).with(example));
    }
    for verb in VERBS {
        let example = examples::find(examples::VERBS, verb.name);
        words.push(Word::new("verbs", verb.name, verb.doc, &["{ # ="]).with(example));
    }
    for word in outcome::ALL {
        let uses = &["\"#\"", "on_# ", "errors.# ", "outcome.# ", "errors.#\"", "outcome.#\""];
        let example = examples::find(examples::OUTCOMES, word.word);
        words.push(Word::new("outcomes", word.word, word.doc.trim(), uses).with(example));
    }
    for condition in &CONDITIONS {
        let example = examples::find(examples::FAULTS, condition.name);
        words.push(Word::new("faults", condition.name, condition.doc, AS_KEY).with(example));
    }
    for key in &policy::KEYS {
        let example = examples::find(examples::CALLS, key.name);
        words.push(Word::new("calls", key.name, key.doc, AS_KEY).with(example));
    }
    for (name, doc) in POLICIES {
        words.push(Word::new("policies", name, doc, &["\"#\""]).with(Some(examples::policy(name))));
    }
    for (name, _, doc) in &Discipline::ALL {
        words.push(Word::new("disciplines", name, doc, &["\"#\""]).with(Some(examples::discipline(name))));
    }
    for kind in eviction::Kind::ALL {
        let example = Some(examples::eviction(kind.name()));
        words.push(Word::new("evictions", kind.name(), kind.doc(), &["\"#\""]).with(example));
    }
    for law in LAWS {
        words.push(
            Word::new("distributions", law.name, law.doc, &["{ # ="]).with(Some(examples::law(law.example))),
        );
    }
    for constant in &CONSTANTS {
        words.push(
            Word::new("constants", constant.name, constant.doc, &["#"])
                .with(Some(examples::constant(constant.name))),
        );
    }
    for lint in &LINTS {
        let uses = &["\"#\"", "lint `#`"];
        words.push(Word::new("lints", lint.id, lint.summary, uses).with(Some(lint.good)));
    }
    words
}

/// Keys and figures: their examples are those of what they belong to.
fn parts() -> Vec<Word> {
    let mut words = Vec::new();
    for kind in KINDS {
        let keys = kind.keys.iter();
        words.extend(keys.map(|key| Word::new("keys of kinds", key.name, key.doc, AS_KEY)));
        let operations = kind.operations.iter();
        let uses = &[".#\"", ".#.", ".# "];
        words
            .extend(operations.map(|operation| Word::new("operations", operation.name, operation.doc, uses)));
        let counters = kind.counters.iter();
        words.extend(counters.map(|counter| Word::new("counters", counter.name, counter.doc, AS_FIGURE)));
        for figure in kind.figures {
            use windtunnel::component::Figure::{Duration, Level, Ratio, Throughput, Times};
            let (Ratio { doc, .. }
            | Throughput { doc, .. }
            | Duration { doc, .. }
            | Times { doc, .. }
            | Level { doc, .. }) = figure;
            words.push(Word::new("figures", figure.name(), doc, AS_FIGURE));
        }
        let uses = &[".#\"", ".#[", "\"#\""];
        words.extend(kind.roles.iter().map(|role| Word::new("roles", role.name, role.doc, uses)));
    }
    words.extend(STATION_KEYS.iter().map(|key| Word::new("keys of stations", key.name, key.doc, AS_KEY)));
    let faults = FAULT_KEYS.iter().chain(&CAMPAIGN_KEYS);
    let faults = faults.chain(CONDITIONS.iter().flat_map(|condition| condition.keys));
    words.extend(faults.map(|key| Word::new("keys of faults", key.name, key.doc, AS_KEY)));
    words.extend(
        Slip::ALL
            .iter()
            .map(|(_, word, doc)| Word::new("slips", word, doc, &["slip = \"#\"", "\"#\"", "slip `#`"])),
    );
    let plan = common::plan_of(examples::FIGURES).expect("it is a scenario");
    for (name, definition) in Catalogue::of(&plan).iter() {
        let suffix = ["c.", "s.", "call.c->s.", "link.home->away.", "mark.there.", "fault.roll.", "run."]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .or_else(|| name.strip_prefix("d.").filter(|rest| rest.starts_with("cost")))
            .filter(|suffix| {
                !suffix.starts_with("go.") && !suffix.contains("outcome.") && !suffix.contains("errors.")
            })
            // Percentiles are statistics of what they are percentiles of.
            .map(|suffix| {
                suffix
                    .rsplit_once(".p")
                    .filter(|(_, digits)| digits.starts_with('9') || *digits == "50")
                    .map_or(suffix, |(base, _)| base)
            });
        if let Some(suffix) = suffix {
            words.push(Word::new("metrics", suffix, definition.doc, AS_FIGURE));
        }
    }
    words
}

/// What is wrong with an example: errors, lints, expectations that do not hold, a run that breaks its own laws.
fn wrong_with(text: &str) -> Option<String> {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("x.toml", text, &[], &mut diagnostics);
    let input = Input { file: "x.toml", text, settings: &[] };
    let experiment = document.map(|document| document.with_files(examples::files()));
    let experiment =
        experiment.and_then(|document| Experiment::new(&document, input, &[None], &mut diagnostics));
    let Some(experiment) = experiment else { return Some(diagnostics.lines(&sources)) };
    if let Some(remark) = experiment.remarks.first() {
        return Some(format!("it is told: {}", remark.message));
    }
    let results = perform(&experiment, &Unwatched).expect("nobody stops it").remove(0);
    let failed = results.expectations().find(|judgement| judgement.verdict != Verdict::Pass);
    let broken = results.laws.broken.first().cloned();
    broken.or_else(|| failed.map(|judgement| format!("{judgement:?}")))
}

#[test]
fn every_word_means_something() {
    for word in words().into_iter().chain(parts()) {
        let Word { list, name, doc, .. } = &word;
        assert!(doc.trim().len() > 5 && doc.trim() == doc, "{list}: {name} is said to mean {doc:?}");
    }
    let language = fs::read_to_string(root().join("docs/reference/scenario.md")).unwrap();
    let fields = FIELDS.iter().map(|(field, _)| *field);
    let variables = VARIABLES.iter().map(|variable| variable.name);
    let tables = TABLES.iter().filter(|table| ["scenario", "limits"].contains(&table.name));
    let keys = tables.flat_map(|table| match table.body {
        Body::Keys(keys) => Key::names(keys),
        _ => panic!("[{}] has keys", table.name),
    });
    for key in keys.chain(fields).chain(variables) {
        let told =
            tables_of(&language).iter().any(|row| row[0].contains(&format!("`{key}`")) && !row[1].is_empty());
        let told = told || language.contains(&format!("| `{{{key}}}` |"));
        assert!(told, "no table of docs/reference/scenario.md says what `{key}` means");
    }
}

#[test]
fn the_model_of_every_kind_is_told() {
    let page = fs::read_to_string(root().join("docs/model.md")).unwrap();
    for kind in KINDS {
        let heading = format!("\n## {}\n", kind.name);
        let section =
            page.split_once(&heading).map(|(_, rest)| rest.split("\n## ").next().unwrap_or_default());
        let section = section.unwrap_or_else(|| panic!("docs/model.md has no section {}", kind.name));
        for part in ["**What is simulated.** ", "**Source.** ", "**Left out.** "] {
            assert!(section.contains(part), "docs/model.md: {} has no {part}", kind.name);
        }
    }
}

#[test]
fn every_word_has_an_example_that_runs() {
    let mut wrong = Vec::new();
    for word in words() {
        let Word { list, name, example, .. } = &word;
        match example {
            None => wrong.push(format!("{list}: {name} has no example in tests/lists/examples")),
            Some(example) => {
                let is_lint = *list == "lints";
                if !is_lint && !example.contains(name.as_str()) {
                    wrong.push(format!("{list}: the example of {name} does not use it"));
                }
                let found = if is_lint { None } else { wrong_with(&whole(example)) };
                wrong.extend(found.map(|what| format!("{list}: {name}: {what}\n{}", whole(example))));
            }
        }
    }
    for (name, example) in examples::FAULTS.iter().filter(|(name, _)| *name == "campaign") {
        wrong.extend(wrong_with(&whole(example)).map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The text of all files of a folder, at any depth, that `keep` cuts to what counts.
fn texts(folder: &Path, keep: &dyn Fn(&Path, String) -> Option<String>) -> String {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    let text = |path: &std::path::PathBuf| match path.is_dir() {
        true => Some(texts(path, keep)),
        false => fs::read_to_string(path).ok().and_then(|text| keep(path, text)),
    };
    entries.iter().filter_map(text).collect()
}

#[test]
fn every_word_is_used_by_a_scenario_or_a_test() {
    // What walks the lists does not count, and of the sources their tests only.
    let folder = root().join("tests/lists");
    let scenarios = texts(&root().join("scenarios"), &|path, text| {
        path.extension().is_some_and(|it| it == "toml").then_some(text)
    });
    let tests = texts(&root().join("tests"), &|path, text| {
        (!path.starts_with(&folder) && path != folder.with_extension("rs")).then_some(text)
    });
    let is_test = |path: &Path| path.ends_with("tests.rs") || path.iter().any(|folder| folder == "tests");
    let unit_tests = texts(&root().join("src"), &|path, text| match is_test(path) {
        true => Some(text),
        false => text.split_once("#[cfg(test)]\nmod tests {").map(|(_, tests)| tests.to_owned()),
    });
    let pages = texts(&root().join("docs"), &|path, text| {
        (!text.starts_with("<!-- Written by ") && path.extension().is_some_and(|it| it == "md"))
            .then_some(text)
    });
    // In strings of Rust quotes and ends of lines are escaped.
    let all = [scenarios, pages, tests, unit_tests].concat().replace("\\\"", "\"").replace("\\n", "\n");
    let unused: Vec<String> = words()
        .iter()
        .chain(&parts())
        .filter(|word| !word.uses.iter().any(|pattern| all.contains(pattern.as_str())))
        .map(|word| format!("{}: {}", word.list, word.name))
        .collect();
    assert!(unused.is_empty(), "no scenario and no test uses\n{}", unused.join("\n"));
}
