//! How many messages were lost, between which places, or because the instance was down to which they went.

use super::evidence::Evidence;
use super::graded;
use crate::fault::{Condition, Fault, LinkEffect, Selector};
use crate::plan::Link;
use crate::results::number::human;
use crate::results::{Finding, Form, Severity};

/// A smaller share than this is not worth a sentence.
const TELLING: f64 = 1e-4;

/// A finding for each pair of places whose messages were lost, in either direction.
pub(super) fn findings(evidence: &Evidence<'_>) -> Vec<Finding> {
    let plan = evidence.world.plan();
    let links = evidence.world.recorder().links.iter().zip(&plan.links);
    let one = |(cells, link): (&Vec<crate::measure::recorder::LinkRecord>, &crate::plan::Link)| {
        let total = |count: fn(&crate::measure::recorder::LinkRecord) -> u64| {
            evidence.bins.iter().map(|bin| count(&cells[bin.first])).sum::<u64>() as f64
        };
        let (messages, dropped) = (total(|cell| cell.messages), total(|cell| cell.dropped));
        let share = if messages > 0.0 { dropped / messages } else { 0.0 };
        if share < TELLING {
            return None;
        }
        let name = format!("{} -> {}", plan.places[link.ends.0.index()], plan.places[link.ends.1.index()]);
        let (from, to) = (&plan.places[link.ends.0.index()], &plan.places[link.ends.1.index()]);
        let (share_of, lost) = (human(share, Form::Share), human(dropped, Form::Number));
        let of_all = human(messages, Form::Number);
        let when: Vec<usize> =
            (0..evidence.bins.len()).filter(|bin| cells[evidence.bins[*bin].first].dropped > 0).collect();
        let (severity, sentence) = match reader(evidence, link, &when) {
            // Requests to who is down fail or time out, which others tell: what is lost are letters.
            Some(whom) => {
                let sentence = format!(
                    "{lost} messages between instances, as of replication, were lost on the way {whom} \
                     ({share_of} of the {of_all} from {from} to {to}); no request was among them"
                );
                (Severity::Info, sentence)
            }
            None => {
                let sentence =
                    format!("{share_of} of the messages from {from} to {to} were lost ({lost} of {of_all})");
                (graded(share, 1e-3, 0.1), sentence)
            }
        };
        let finding = Finding::new("loss", severity, sentence);
        Some(Finding { edge: Some(name), ..finding }.with("share", share, "1").with("lost", dropped, "1"))
    };
    links.filter_map(one).collect()
}

/// Of a link that loses nothing itself, why messages were lost in these bins: "to pg[1] while down".
fn reader(evidence: &Evidence<'_>, link: &Link, bins: &[usize]) -> Option<String> {
    let plan = evidence.world.plan();
    let loses = |fault: &Fault| {
        let loses = |effect: &LinkEffect| matches!(effect, LinkEffect::Cut | LinkEffect::Loss(_));
        matches!(&fault.condition, Condition::Links { effect, .. } if loses(effect))
    };
    if link.loss > 0 || plan.faults.iter().any(loses) {
        return None;
    }
    let stands_there = |selector: &Selector| match *selector {
        Selector::Instances { first, count } => (first.index()..first.index() + count as usize)
            .any(|instance| plan.instances[instance].place == link.ends.1),
        Selector::Role { .. } => true,
    };
    let crashes = evidence.faults().into_iter().filter_map(|(fault, from, until)| match &fault.condition {
        Condition::Crash { targets, .. } if targets.iter().any(stands_there) => Some((fault, from, until)),

        _ => None,
    });
    let explains = |from: f64, until: f64| {
        bins.iter().all(|bin| evidence.begin(*bin) < until && evidence.end(*bin) > from)
    };
    let others = plan.faults.iter().filter(|fault| downs(fault)).count();
    let all: Vec<_> = crashes.collect();
    match all[..] {
        [(fault, from, until)] if others == 1 && explains(from, until) => {
            let whom = bearer(evidence, fault).unwrap_or_else(|| fault.targets.clone());
            Some(format!("to {whom} while down"))
        }
        _ => Some("to instances that were down".to_owned()),
    }
}

/// Of a fault that hits who has a role: the instance that was there for less time than others, if it is one.
fn bearer(evidence: &Evidence<'_>, fault: &Fault) -> Option<String> {
    let Condition::Crash { targets, .. } = &fault.condition else { return None };
    let [Selector::Role { component, .. }] = targets[..] else { return None };
    let world = evidence.world;
    let there = |index: u32| {
        let station = &world.stations()[world.plan().instance(component, index).index()];
        station.meter.measured_load(world.reached(), station.levels, &world.recorder().timeline).workers
    };
    let count = world.plan().components[component.index()].instances.1;
    let whole = (0..count).map(there).max()?;
    let mut absent = (0..count).filter(|index| there(*index) < whole);
    let one = absent.next()?;
    absent.next().is_none().then(|| evidence.instance_name(component, one))
}

/// Whether a fault has instances down for a while.
fn downs(fault: &Fault) -> bool {
    matches!(fault.condition, Condition::Crash { .. } | Condition::Deploy(_))
}
