//! How much of the workers' time went into answers that nobody waited for any more.

use super::evidence::Evidence;
use super::graded;
use crate::figures::load_of;
use crate::results::number::human;
use crate::results::{Finding, Form};
use crate::units::{ComponentId, EdgeId, SECOND};

/// A smaller share than this is not worth a sentence.
const TELLING: f64 = 0.01;

/// A finding for each component that worked in vain.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    evidence.serving().filter_map(|component| finding(evidence, component)).collect()
}

fn finding(evidence: &Evidence<'_>, component: ComponentId) -> Option<Finding> {
    let load = load_of(evidence.world, component, evidence.whole());
    if load.busy == 0 {
        return None;
    }
    let share = load.wasted as f64 / load.busy as f64;
    if share < TELLING {
        return None;
    }
    let seconds = load.wasted as f64 / SECOND as f64;
    let name = evidence.name(component).to_owned();
    let mut sentence = format!(
        "{} of the work of {name} was wasted: {} of its workers' time went to callers who had given up",
        human(share, Form::Share),
        human(seconds, Form::Duration)
    );
    if let Some(edge) = payer(evidence) {
        sentence += &format!(", most of all over {}", evidence.edge_name(edge));
    }
    let finding = Finding::new("waste", graded(share, 0.05, 0.3), sentence);
    let finding = Finding { component: Some(name), ..finding };
    Some(finding.with("share", share, "1").with("wasted", seconds, "s"))
}

/// The edge whose caller gave up most of the work.
fn payer(evidence: &Evidence<'_>) -> Option<EdgeId> {
    let wasted = |cells: &Vec<crate::measure::recorder::EdgeRecord>| {
        evidence.bins.iter().map(|bin| cells[bin.first].wasted).sum::<u128>()
    };
    let edges = evidence.world.recorder().edges.iter().map(wasted).enumerate();
    let most = edges.max_by_key(|(index, wasted)| (*wasted, std::cmp::Reverse(*index)))?;
    (most.1 > 0).then_some(EdgeId(most.0 as u16))
}
