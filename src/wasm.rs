//! The core as a WebAssembly module: a scenario's text in, the JSON of its results out.
//!
//! The module exports four functions that any host can call without bindings: `reserve` gives a place for the text of a
//! scenario, `run` runs what was written there, and `length` says how long the text is that `run` points to. What stands
//! beside the scenario is given before: `file` keeps what was written to the reserved place as a file.

#![expect(unsafe_code, reason = "a module without bindings exports its functions by name")]

use crate::experiment::{Experiment, Input, Unwatched, perform};
use crate::files::FileMap;
use crate::plan::Document;
use crate::report::json::json;
use crate::scenario::Diagnostics;
use std::cell::RefCell;

/// What the results call the scenario's file.
const FILE: &str = "scenario.toml";

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

/// The length of the text that `run` points to.
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
    match experiment.and_then(|experiment| perform(&experiment, &Unwatched)) {
        Some(results) => json(&results[0], 0.0),
        None => diagnostics.lines(&sources),
    }
}
