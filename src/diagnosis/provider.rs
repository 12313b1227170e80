//! What a third party did not do: calls that fell into its outages, and those beyond its quota.

use super::evidence::{Evidence, instant};
use super::graded;
use crate::figures::{Metric, value};
use crate::measure::timeline::Window;
use crate::results::number::human;
use crate::results::{Finding, Form};
use crate::units::ComponentId;

/// A smaller share of the calls than this is not worth a sentence.
const TELLING: f64 = 1e-3;

/// A finding for the outages of each third party, and one for what its quota did not allow.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let all = evidence.serving().flat_map(|component| {
        let refused = |counter, words| refused(evidence, component, counter, words);
        [refused("outage", "fell into outages of"), refused("denied", "were beyond the quota of")]
    });
    all.flatten().collect()
}

/// "300 of 3,600 calls (8.3 %) fell into outages of bank, the first of them at 20 s".
fn refused(evidence: &Evidence<'_>, component: ComponentId, counter: &str, words: &str) -> Option<Finding> {
    let counters = evidence.world.plan().components[component.index()].blueprint.spec().counters;
    let index = |name: &str| counters.iter().position(|counter| counter.name == name);
    let count = |counter: usize, window: Window| {
        value(evidence.world, Metric::Counter(component, counter), window).unwrap_or(0.0)
    };
    // Only third parties have all three.
    let (accepted, denied, outage) = (index("accepted")?, index("denied")?, index("outage")?);
    let refused = index(counter)?;
    let whole = evidence.whole();
    let calls: f64 = [accepted, denied, outage].into_iter().map(|counter| count(counter, whole)).sum();
    let lost = count(refused, whole);
    let share = lost / calls.max(1.0);
    if share < TELLING {
        return None;
    }
    let first = evidence.bins.iter().position(|bin| count(refused, *bin) > 0.0);
    let from = first.map(|bin| evidence.begin(bin));
    let name = evidence.name(component);
    let mut sentence = format!(
        "{} of {} calls ({}) {words} {name}",
        human(lost, Form::Number),
        human(calls, Form::Number),
        human(share, Form::Share)
    );
    if let Some(from) = from {
        sentence += &format!(", the first of them at {}", instant(from.max(0.0)));
    }
    let finding = Finding::new("provider", graded(share, 0.0, 0.05), sentence);
    let finding = Finding { component: Some(name.to_owned()), from, ..finding };
    Some(finding.with("share", share, "1").with(counter, lost, "1"))
}
