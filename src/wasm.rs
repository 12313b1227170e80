//! The core as a WebAssembly module: a scenario's text in, the JSON of its results out.
//!
//! The module exports functions that any host can call without bindings: `reserve` gives a place for the text of a
//! scenario, `run` runs what was written there, and `length` says how long the text is that `run` points to. What stands
//! beside the scenario is given before: `file` keeps what was written to the reserved place as a file. A page asks by `rerun`
//! instead: a question with settings in, the sections of the page out. The host says where progress goes: `host.progress`.

#![expect(unsafe_code, reason = "a module without bindings exports its functions by name")]

use crate::experiment::{Experiment, Input, Progress, Signal, Tracing, Unwatched, Watch, perform};
use crate::files::FileMap;
use crate::plan::Document;
use crate::report::json::json;
use crate::report::page;
use crate::scenario::Diagnostics;
use serde::Deserialize;
use serde_json::json as object;
use std::cell::RefCell;

/// What the results call the scenario's file.
const FILE: &str = "scenario.toml";

/// By this mark the program knows that the core was made from its own sources.
static MARK: &str = env!("WINDTUNNEL_CORE_MARK");

#[link(wasm_import_module = "host")]
unsafe extern "C" {
    /// Learns which share of all runs has been simulated.
    safe fn progress(share: f64);
}

/// What a page asks for.
#[derive(Deserialize)]
struct Question {
    file: String,
    text: String,
    settings: Vec<String>,
    variant: Option<String>,
    seed: String,
    replications: u64,
    files: Vec<(String, String)>,
}

/// Tells the host how far the runs are.
struct Told;

impl Watch for Told {
    fn look(&self, at: Progress) -> Signal {
        let share = at.simulated.0 as f64 / at.length.0.max(1) as f64;
        progress((at.index as f64 + share) / at.total as f64);
        Signal::Continue
    }
}

thread_local! {
    static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static FILES: RefCell<FileMap> = RefCell::default();
}

/// The address of room for a text of `length` bytes, valid until the next call.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length: usize) -> *mut u8 {
    TEXT.with_borrow_mut(|text| {
        text.clear();
        text.resize(length, 0);
        text.as_mut_ptr()
    })
}

/// Puts a file beside the scenarios that are run from now on: the first bytes of the reserved room, as many as `name_length`
/// says, are its path, the others its content.
#[unsafe(no_mangle)]
pub extern "C" fn file(name_length: usize) {
    TEXT.with_borrow(|text| {
        let (path, content) = text.split_at(name_length.min(text.len()));
        FILES.with_borrow_mut(|files| files.insert(&String::from_utf8_lossy(path), content));
    });
}

/// Runs the scenario whose text stands in the reserved room, under the file name `scenario.toml`; the address of the JSON of
/// its results, or of the diagnostics, each in a line.
#[unsafe(no_mangle)]
pub extern "C" fn run() -> *const u8 {
    let input = TEXT.with_borrow(|text| String::from_utf8_lossy(text).into_owned());
    let output = results(&input).into_bytes();
    TEXT.with_borrow_mut(|text| {
        *text = output;
        text.as_ptr()
    })
}

/// Runs what the question in the reserved room asks for; the address of the answer, as JSON: the sections of a page, or
/// `diagnostics` and `mark`.
#[unsafe(no_mangle)]
pub extern "C" fn rerun() -> *const u8 {
    let input = TEXT.with_borrow(|text| String::from_utf8_lossy(text).into_owned());
    let answer = match serde_json::from_str(&input) {
        Ok(question) => answer(&question),
        Err(error) => Err(error.to_string()),
    };
    let output = answer.unwrap_or_else(|said| object!({ "diagnostics": said, "mark": MARK }).to_string());
    TEXT.with_borrow_mut(|text| {
        *text = output.into_bytes();
        text.as_ptr()
    })
}

/// The length of the text that `run` or `rerun` points to.
#[unsafe(no_mangle)]
pub extern "C" fn length() -> usize {
    TEXT.with_borrow(Vec::len)
}

fn results(text: &str) -> String {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse(FILE, text, &[], &mut diagnostics);
    let input = Input { file: FILE, text, settings: &[] };
    let experiment = document.and_then(|document| {
        let document = document.with_files(FILES.with_borrow(FileMap::clone));
        Experiment::new(&document, input, &[None], &mut diagnostics)
    });
    match experiment.and_then(|experiment| perform(&as_by_run(experiment), &Unwatched)) {
        Some(results) => json(&results[0], 0.0),
        None => diagnostics.lines(&sources),
    }
}

/// The command `run` notes requests, for the diagnosis.
fn as_by_run(experiment: Experiment) -> Experiment {
    Experiment { tracing: Tracing::On(0), ..experiment }
}

fn answer(question: &Question) -> Result<String, String> {
    let Question { file, text, settings, variant, replications, .. } = question;
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse(file, text, settings, &mut diagnostics);
    let mut files = FileMap::default();
    question.files.iter().for_each(|(path, content)| files.insert(path, content.as_bytes()));
    let experiment = document.and_then(|document| {
        let document = document.with_files(files);
        Experiment::new(&document, Input { file, text, settings }, &[variant.as_deref()], &mut diagnostics)
    });
    let said = || diagnostics.lines(&sources);
    let mut experiment = as_by_run(experiment.ok_or_else(said)?);
    experiment.seed = question.seed.parse().map_err(|_| "the seed is no number".to_owned())?;
    experiment.replications = *replications;
    let results = perform(&experiment, &Told).and_then(|mut all| all.pop()).ok_or_else(said)?;
    Ok(page::answer(&results, &experiment.background(&experiment.trials[0], &results)))
}
