//! What the tests of whole scenarios share.

use windtunnel::plan::{Document, Plan, build};
use windtunnel::scenario::{Diagnostics, render};

/// The plan of a scenario, or what is wrong with it.
pub(crate) fn plan_of(text: &str) -> Result<Plan, String> {
    let mut diagnostics = Diagnostics::new();
    let (sources, document) = Document::parse("scenario.toml", text, &[], &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
    scenario.map(|scenario| scenario.plan).ok_or_else(|| render(&diagnostics, &sources))
}
