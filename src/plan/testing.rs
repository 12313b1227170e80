//! What the tests of the parts of a plan have in common.

use super::{Document, build};
use crate::scenario::{Diagnostics, render};

/// What is wrong with a server that has these keys; empty if nothing is.
pub(super) fn complaint(keys: &str) -> String {
    let text = format!(
        "[scenario]\nduration = \"1 s\"\n[client.c]\narrivals = {{ even = \"1 /s\" }}\nrequest = \"s.go\"\n\
         [server.s]\nworkers = 1\non.go = []\n{keys}\n[network]\nround_trip = {{ within = \"0 s\" }}\n"
    );
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("a.toml", &text, &[], &mut diagnostics);
    let plan = document.and_then(|document| build(&document, None, &mut diagnostics));
    if plan.is_some() { String::new() } else { render(&diagnostics, &sources) }
}
