//! Why a run went as it did, in sentences with numbers: what was short first, what retries and faults cost, what was wasted.
//!
//! A pure function of what a run recorded: nothing is measured for it that a run does not keep anyway, and it plans no event.
//! Everything is read bin by bin of the timeline; a bin is the finest time that a sentence can name.

mod amplification;
mod backlog;
mod errors;
mod evidence;
mod health;
mod loss;
mod provider;
mod recovery;
mod root;
mod saturation;
mod tail;
mod unfinished;
mod victims;
mod waste;

use crate::figures::Metric;
use crate::measure::timeline::Window;
use crate::mechanism::arrange::Arrange;
use crate::results::{Finding, Series, Severity};
use crate::world::World;
use evidence::Evidence;
use root::Doings;
use std::cmp::Reverse;

/// What a run tells about itself, the most telling first; nothing of a run that did not come to its measured time. `asked` are
/// the figures that expectations speak of.
pub fn diagnose(world: &World<'_>, series: &Series, asked: &[(Metric, Window)]) -> Vec<Finding> {
    let evidence = Evidence::of(world, series);
    if evidence.bins.is_empty() {
        return Vec::new();
    }
    let doings = Doings::of(&evidence);
    let mut findings = tail::findings(&evidence, &doings);
    findings.extend(saturation::findings(&evidence, &doings));
    findings.extend(recovery::findings(&evidence));
    findings.extend(amplification::findings(&evidence));
    findings.extend(waste::findings(&evidence));
    findings.extend(health::findings(&evidence));
    findings.extend(errors::findings(&evidence));
    findings.extend(loss::findings(&evidence));
    findings.extend(backlog::findings(&evidence));
    findings.extend(provider::findings(&evidence));
    findings.extend(unfinished::findings(&evidence, asked));
    // Who owns the tail is what everybody asks first.
    let is_tail = |finding: &Finding| finding.id == "bottleneck" || finding.id == "tail";
    // Of whom the slowest are missing, the other figures say too little.
    let is_blind = |finding: &Finding| finding.id == "unfinished";
    findings.arrange_by_key(|finding| {
        (Reverse(is_tail(finding)), Reverse(finding.severity), Reverse(is_blind(finding)))
    });
    findings
}

/// A severity by how large a number is.
fn graded(value: f64, warning: f64, critical: f64) -> Severity {
    match () {
        () if value >= critical => Severity::Critical,
        () if value >= warning => Severity::Warning,
        () => Severity::Info,
    }
}
