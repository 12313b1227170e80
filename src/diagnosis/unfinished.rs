//! Which requests had not ended when the run did: figures of those that came with them lack the slowest (survivor bias).

use super::evidence::{Evidence, stretch};
use super::graded;
use crate::figures::{ClientFigure, Metric, elapsed, value};
use crate::measure::timeline::Window;
use crate::results::number::human;
use crate::results::{Finding, Form};

/// If more of the requests of a window than this have not ended, the others say too little of them.
const TELLING: f64 = 0.01;

/// A finding for each client and each window, the measured time or one that was asked for, of which much is missing.
pub(super) fn findings(evidence: &Evidence<'_>, asked: &[(Metric, Window)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for client in 0..evidence.world.plan().clients.len() {
        let mut windows = vec![evidence.whole()];
        for (metric, window) in asked {
            if owner(*metric) == Some(client) && !windows.contains(window) {
                windows.push(*window);
            }
        }
        findings.extend(windows.into_iter().filter_map(|window| finding(evidence, client, window)));
    }
    findings
}

/// The client that a metric speaks of.
fn owner(metric: Metric) -> Option<usize> {
    match metric {
        Metric::Client(client, _) | Metric::ClientOperation(client, _, _) => Some(client),
        _ => None,
    }
}

fn finding(evidence: &Evidence<'_>, client: usize, window: Window) -> Option<Finding> {
    let count = |figure| value(evidence.world, Metric::Client(client, figure), window);
    let seconds = elapsed(evidence.world, window).seconds();
    let came = count(ClientFigure::Offered)? * seconds;
    let ended = count(ClientFigure::Rate)? * seconds + count(ClientFigure::Errors).unwrap_or(0.0);
    let (open, share) = ((came - ended).round(), 1.0 - ended / came);
    if share.is_nan() || share <= TELLING {
        return None;
    }
    let timeline = &evidence.world.recorder().timeline;
    let (from, until) =
        (evidence.clock(timeline.start_of(window.first)), evidence.clock(timeline.start_of(window.end)));
    let name = &evidence.world.plan().clients[client].name;
    let is_whole = window == evidence.whole();
    let when = match is_whole {
        true => String::new(),
        false => format!(" that came {}", stretch(from, until)),
    };
    let sentence = format!(
        "{} of the requests of {name}{when} had not ended when the run did ({} of {}): their figures lack the slowest",
        human(share, Form::Share),
        human(open, Form::Number),
        human(came.round(), Form::Number)
    );
    let finding = Finding::new("unfinished", graded(share, TELLING, 0.5), sentence);
    let [from, until] = [from, until].map(|edge| (!is_whole).then_some(edge));
    let finding = Finding { client: Some(name.clone()), from, until, ..finding };
    Some(finding.with("share", share, "1").with("unfinished", open, "1").with("arrivals", came.round(), "1"))
}
