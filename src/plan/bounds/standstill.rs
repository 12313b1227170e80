//! For what part of its time a component stands still on average: breakdowns, campaigns that pause it, collections of its heap.
//!
//! Up and down times alternate. In the long run a share F / (F + R) of the time is up, where F is the mean time to failure and
//! R that to repair; a run begins unharmed, so that the share of a short one is larger. Its mean is exact where both times are
//! exponential (R. E. Barlow and F. Proschan, 1965): up(t) = A + (1 - A) exp(-(1/F + 1/R) t).

use super::super::{ComponentPlan, Plan};
use crate::distribution::Distribution;
use crate::fault::{Condition, Schedule, Selector};
use crate::scenario::{format_duration, format_share};
use crate::station::frailty::{Breakdown, Collection, Interrupted};
use crate::units::SECOND;

/// The share of the measured time in which the instances of a component neither are broken nor are paused, on average.
pub(super) fn available(plan: &Plan, component: &ComponentPlan) -> f64 {
    let breakdown = breakdown(component).filter(|breakdown| breakdown.work != Interrupted::Lost);
    let own = breakdown.and_then(|breakdown| up(plan, &breakdown.to_failure, &breakdown.to_repair));
    let campaigns = plan.faults.iter().filter_map(|fault| {
        let Condition::Pause { targets } = &fault.condition else { return None };
        let Schedule::Campaign { to_failure, to_repair } = &fault.schedule else { return None };
        let struck = f64::from(selected(targets, component)) / f64::from(component.instances.1);
        Some(1.0 - struck * (1.0 - up(plan, to_failure, to_repair)?))
    });
    own.unwrap_or(1.0) * campaigns.product::<f64>()
}

/// For how long an instance stands still for each visit, to collect its heap \[s\]: at the least, when nobody is present.
pub(super) fn collecting(component: &ComponentPlan) -> f64 {
    let Some(heap) = component.frailty.as_ref().and_then(|frailty| frailty.heap.as_ref()) else { return 0.0 };
    let pause = match &heap.collection {
        Collection::Takes(law) => law.mean().unwrap_or(0.0) / SECOND as f64,
        Collection::Traces(speed) => heap.live(0) as f64 / speed,
    };
    let visits = (heap.size - heap.live(0)) / heap.per_request;
    pause / visits.max(1) as f64
}

/// What is counted, and what cannot be.
pub(super) fn notes(plan: &Plan) -> Vec<String> {
    let mut notes = Vec::new();
    for component in &plan.components {
        let mut say = |what: String| notes.push(format!("{}: {what}", component.name));
        let share = available(plan, component);
        if share < 1.0 {
            let stands = format_share(1.0 - share);
            say(format!(
                "stands still for {stands} of the time on average; its utilization is that of the rest"
            ));
        }
        match breakdown(component).map(|breakdown| breakdown.work) {
            Some(Interrupted::Lost) => {
                say("how much work its breakdowns lose is not known before the run; they are not counted"
                    .into());
            }
            Some(Interrupted::Restarts) => {
                say("work that a breakdown has begin anew is counted once; it takes longer".into());
            }
            Some(Interrupted::Resumes) | None => {}
        }
        let each = collecting(component);
        if component.frailty.as_ref().is_some_and(|frailty| frailty.heap.is_some()) {
            say(format!(
                "collects its heap for {} per visit, which its utilization counts; the more are present, the longer",
                format_duration(each)
            ));
        }
        for fault in plan.faults.iter().filter(|fault| matches!(fault.schedule, Schedule::Campaign { .. })) {
            match &fault.condition {
                Condition::Crash { targets, .. } if strikes(plan, targets, component) => say(format!(
                    "what it cannot serve while `{}` has it down fails or falls on its other instances; neither is counted",
                    fault.name
                )),
                Condition::Pause { targets } if has_role(plan, targets, component) => say(format!(
                    "for how long `{}` pauses whoever has the role is not known before the run; it is not counted",
                    fault.name
                )),
                _ => {}
            }
        }
    }
    notes
}

fn breakdown(component: &ComponentPlan) -> Option<&Breakdown> {
    component.frailty.as_ref()?.breakdown.as_ref()
}

/// The mean of the share of the measured time that is up; `None` where a time has no mean.
fn up(plan: &Plan, to_failure: &Distribution, to_repair: &Distribution) -> Option<f64> {
    let seconds = |law: &Distribution| law.mean().map(|mean| mean / SECOND as f64);
    let (failure, repair) = (seconds(to_failure)?, seconds(to_repair)?);
    let (from, to) = (plan.timeline.start().0, plan.timeline.end().0);
    let (from, to) = (from as f64 / SECOND as f64, to as f64 / SECOND as f64);
    let down = repair / (failure + repair);
    let pace = 1.0 / failure + 1.0 / repair;
    let settling = (libm::exp(-pace * from) - libm::exp(-pace * to)) / (pace * (to - from));
    Some(1.0 - down * (1.0 - settling))
}

/// How many instances of a component are selected, but for those that have a role.
fn selected(targets: &[Selector], component: &ComponentPlan) -> u32 {
    let (own, count) = component.instances;
    let of = |target: &Selector| match *target {
        Selector::Instances { first, count: so_many } => {
            let (begin, end) = (first.0.max(own.0), (first.0 + so_many).min(own.0 + count));
            end.saturating_sub(begin)
        }
        Selector::Role { .. } => 0,
    };
    targets.iter().map(of).sum()
}

/// Whether whoever has a role of a component is selected.
fn has_role(plan: &Plan, targets: &[Selector], owner: &ComponentPlan) -> bool {
    let is_of = |target: &Selector| match *target {
        Selector::Role { component, .. } => plan.components[component.index()].name == owner.name,
        Selector::Instances { .. } => false,
    };
    targets.iter().any(is_of)
}

fn strikes(plan: &Plan, targets: &[Selector], component: &ComponentPlan) -> bool {
    selected(targets, component) > 0 || has_role(plan, targets, component)
}
