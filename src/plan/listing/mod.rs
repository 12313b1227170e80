//! Prints a plan as a numbered listing: what every client and every operation does, step by step, and where
//! it does it.
//!
//! A step goes on at the next line unless an arrow says where. A body stands behind the step that it belongs
//! to.

#[cfg(test)]
mod tests;
mod topology;

use super::bounds::shares;
use super::verbs::{FIELDS, VARIABLES};
use super::{
    Branches, Choice, ClientPlan, EntryPlan, ErrandPlan, Exchange, Field, Fork, Form, Law, MarkSite, Need,
    Others, Piece, Plan, Pool, Site, Source, Step, Template, Turns,
};
use crate::mechanism::concurrency_limit::Rule;
use crate::resilience::batch::Terms;
use crate::resilience::breaker;
use crate::resilience::budget::TOKEN;
use crate::resilience::gate::Limit;
use crate::resilience::{After, Backoff, Cancel, Hedge, Jitter, Policy, Retry};
use crate::results::number::counted;
use crate::scenario::{Program, format_count, format_duration, format_rate, format_share};
use crate::units::{AmountId, OutcomeId, SECOND, Span, StepId};
use crate::workload::Keys;
use std::fmt::Write;
use std::ops::Range;

/// The plan as text: sessions of clients, handlers of operations, then the topology.
pub fn listing(plan: &Plan) -> String {
    let mut text = String::from("Steps (each goes on at the next line unless an arrow says where)\n");
    for client in &plan.clients {
        let _ = writeln!(text, "\nclient {}: {}", client.name, source(plan, client));
        write_program(plan, client.start, &mut text);
    }
    for entry in &plan.entries {
        let component = &plan.components[entry.component.index()];
        let errand = |planned: &ErrandPlan| match planned {
            ErrandPlan::Work(errand) | ErrandPlan::Call(errand, _) => *errand,
        };
        let is_own = component
            .errands
            .iter()
            .any(|planned| plan.entries[errand(planned).index()].start == entry.start);
        let own = if is_own { ", by itself" } else { "" };
        let _ = writeln!(text, "\n{} ({}{own})", entry_name(plan, entry), component.kind);
        write_program(plan, entry.start, &mut text);
    }
    text.push('\n');
    topology::write(plan, &mut text);
    write_faults(plan, &mut text);
    text
}

/// Faults and campaigns, a line for each, if there are any.
fn write_faults(plan: &Plan, text: &mut String) {
    if !plan.faults.is_empty() {
        text.push_str("\nFaults\n");
    }
    let width = plan.faults.iter().map(|fault| fault.name.len()).max().unwrap_or(0);
    for fault in &plan.faults {
        let what = super::describe_fault(fault, plan.timeline.start());
        let _ = writeln!(text, "  {:<width$}  {what}", fault.name);
    }
}

/// The name of an entry: "urls.read".
pub(super) fn entry_name(plan: &Plan, entry: &EntryPlan) -> String {
    format!("{}.{}", plan.components[entry.component.index()].name, plan.operations[entry.operation.index()])
}

/// The steps of the handler or session that begins here.
pub(super) fn program(plan: &Plan, start: StepId) -> Range<usize> {
    let next = plan.starts.get(plan.starts.partition_point(|other| *other <= start));
    start.index()..next.map_or(plan.steps.len(), |next| next.index())
}

/// The measured time of a run \[s\].
pub(super) fn measured(plan: &Plan) -> f64 {
    plan.timeline.end().since(plan.timeline.start()).seconds()
}

/// When a client asks, and about what.
fn source(plan: &Plan, client: &ClientPlan) -> String {
    let mut parts = vec![match &client.source {
        Source::Open(arrivals) => {
            format!("{} on average", format_rate(arrivals.mean_rate(0.0, measured(plan))))
        }
        Source::Trace(traced) => {
            let trace = &traced.trace;
            let (lines, _, last) = trace.extent();
            format!(
                "{} on average, by {} of the {} lines of {} until {}",
                format_rate(trace.count() as f64 / measured(plan)),
                format_count(trace.count() as f64),
                format_count(lines as f64),
                trace.path(),
                format_duration(last.seconds())
            )
        }
        Source::Closed { users, think } => {
            format!(
                "{} users in a closed loop, each thinks for {}",
                format_count(f64::from(*users)),
                time(plan, *think)
            )
        }
    }];
    parts.extend(client.keys.as_ref().map(|law| format!("keys {}", keys(law))));
    parts.extend(
        client
            .neighbours
            .map(|graph| format!("keys are neighbours of users in {}", plan.components[graph.index()].name)),
    );
    parts.extend(client.users.as_ref().map(|law| format!("users {}", keys(law))));
    parts.extend(client.sizes.map(|_| "sizes by key".to_owned()));
    if client.priority > 0 {
        parts.push(format!("priority {}", client.priority));
    }
    parts.join("; ")
}

fn keys(keys: &Keys) -> String {
    match keys {
        Keys::New => "new".to_owned(),
        Keys::Uniform { count } => format!("all alike, {} of them", format_count(*count as f64)),
        Keys::Zipf(_) => "by Zipf's law".to_owned(),
        Keys::Hot(_) => "with hot ones".to_owned(),
    }
}

fn write_program(plan: &Plan, start: StepId, text: &mut String) {
    for index in program(plan, start) {
        let (verb, what) = line(plan, index);
        let _ = writeln!(text, "{}", format!("{index:5}  {verb:<7} {what}").trim_end());
    }
}

/// The verb of a step, and what it does.
fn line(plan: &Plan, index: usize) -> (&'static str, String) {
    let word = |outcome: OutcomeId| plan.outcomes[outcome.index()].clone();
    match plan.steps[index] {
        Step::Work(amount) => ("work", time(plan, amount)),
        Step::Wait(amount) => ("wait", time(plan, amount)),
        Step::Call(site) => ("call", call(plan, index, &plan.sites[site.index()])),
        Step::Send(site, after) => {
            let mut what = target(plan, &plan.sites[site.index()]);
            if let Some(after) = after {
                let _ = write!(what, "; after {}", time(plan, after));
            }
            ("send", what)
        }
        Step::Fork(fork) => ("fork", branches(plan, &plan.forks[fork.index()])),
        Step::Repeat(turns, after) => ("repeat", format!("{}; then -> {}", turns_of(plan, turns), after.0)),
        Step::Next => {
            ("next", format!("the next turn -> {}, or behind the last one", begin_of_loop(plan, index)))
        }
        Step::Choose(choice) => ("choose", choices(plan, &plan.choices[choice.index()])),
        Step::Jump(to) => ("jump", format!("-> {}", to.0)),
        Step::Consult => {
            let kind = plan.entries.iter().rfind(|entry| entry.start.index() <= index);
            let kind = kind.map_or("", |entry| plan.components[entry.component.index()].kind);
            let goes_on = matches!(plan.steps.get(index + 1), Some(Step::Call(_)));
            let further = if goes_on { ", or go on" } else { "" };
            ("consult", format!("the {kind} acts; return what it finds{further}"))
        }
        Step::Answer(outcome) => ("answer", format!("{}, and go on", word(outcome))),
        Step::Return(outcome) => ("return", word(outcome)),
        Step::Relay => ("return", "as the call before was answered".to_owned()),
        Step::Done => ("done", "the branch is over".to_owned()),
        Step::Fail(outcome) => ("fail", word(outcome)),
        Step::Depart => ("depart", "the call leaves for the address, or fails as the lookup did".to_owned()),
        Step::Mark(site) => ("mark", mark(plan, &plan.mark_sites[site.index()])),
    }
}

/// "3 turns", "a turn for each of follows.out of {user}, up to 5, where a condition on each holds".
fn turns_of(plan: &Plan, turns: Turns) -> String {
    let sequence = match turns {
        Turns::Count(turns) => return format!("{} turns", count(plan, turns)),
        Turns::Each(sequence) => &plan.sequences[sequence.index()],
    };
    let mut text = format!("a turn for each of {} of {}", sequence.text, fields(plan, &sequence.of));
    if let Some(keep) = &sequence.keep {
        let _ = write!(text, ", where {} holds", depends_on(plan, keep));
    }
    if let Some(limit) = sequence.limit {
        let _ = write!(text, ", up to {}", count(plan, limit));
    }
    text
}

/// Where an intention got to.
fn mark(plan: &Plan, site: &MarkSite) -> String {
    let mark = &plan.marks[site.mark.index()];
    let mut text = mark.name.clone();
    if let Some(per) = &site.per {
        let _ = write!(text, ", per {}", fields(plan, per));
    }
    if let Some(limit) = mark.late_after {
        let _ = write!(text, ", late after {}", format_duration(limit.seconds()));
    }
    text
}

/// The first step of the body that ends here.
fn begin_of_loop(plan: &Plan, end: usize) -> usize {
    let opens = |step: &Step| matches!(step, Step::Repeat(_, after) if after.index() == end + 1);
    plan.steps[..end].iter().rposition(opens).map_or(end, |open| open + 1)
}

fn call(plan: &Plan, index: usize, site: &Site) -> String {
    let mut parts = vec![target(plan, site)];
    parts.extend(site.lookup.map(|lookup| format!("looks up -> {}", plan.entries[lookup.index()].start.0)));
    parts.push(match site.form {
        Form::Hop => "hop".to_owned(),
        Form::Child => "own request".to_owned(),
    });
    parts
        .extend(site.latency.map(|latency| {
            format!("{} there, {} back", time(plan, latency.there), time(plan, latency.back))
        }));
    parts.extend(site.policy.as_ref().map(|rules| policy(plan, rules)).filter(|text| !text.is_empty()));
    for (outcome, step) in &site.handlers {
        parts.push(format!("{} -> {}", plan.outcomes[outcome.index()], step.0));
    }
    parts.extend(site.on_error.map(|step| format!("error -> {}", step.0)));
    if site.next.index() != index + 1 {
        parts.push(format!("then -> {}", site.next.0));
    }
    parts.join("; ")
}

/// Who is called, and with what.
fn target(plan: &Plan, site: &Site) -> String {
    let mut parts = vec![match site.pool {
        Pool::Component(_) | Pool::Aimed(_) | Pool::Resolver(_) => site.text.clone(),
        Pool::Named(_) => {
            let names = site.entries.iter().map(|entry| entry_name(plan, &plan.entries[entry.index()]));
            format!("{}, straight at {}", site.text, names.collect::<Vec<_>>().join(" or "))
        }
        Pool::Targets => {
            let names = site.entries.iter().map(|entry| entry_name(plan, &plan.entries[entry.index()]));
            format!("a target's {}", names.collect::<Vec<_>>().join(" or "))
        }
    }];
    parts.extend(site.key.as_ref().map(|template| format!("key {}", fields(plan, template))));
    parts.extend(site.user.as_ref().map(|template| format!("user {}", fields(plan, template))));
    parts.extend(site.size.map(|size| format!("size {}", plan.amounts[size.index()].text)));
    parts.extend(site.priority.as_ref().map(|priority| format!("priority {}", priority.text)));
    parts.extend(site.delay.map(|delay| format!("delay {}", plan.amounts[delay.index()].text)));
    if let Exchange::Row(Some(operand)) = &site.exchange {
        parts.push(operand.text.clone());
    }
    parts.join(", ")
}

/// The fields of a template; its text is known by its hash only.
fn fields(plan: &Plan, template: &Template) -> String {
    let name = |field: &Field| {
        let known = FIELDS.iter().find(|(_, known)| known == field).map(|(name, _)| *name);
        let name = match field {
            Field::Told(function) => &plan.functions[function.index()].name,
            _ => known.expect("every field has a name"),
        };
        format!("{{{name}}}")
    };
    match template {
        Template::Field(field) => name(field),
        Template::Mixed(pieces) => made_of(pieces, name),
        Template::Code(pieces, codes) => format!("one of {codes}, {}", made_of(pieces, name)),
    }
}

fn made_of(pieces: &[Piece], name: impl Fn(&Field) -> String) -> String {
    let fields: Vec<String> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Field(field) => Some(name(field)),
        })
        .collect();
    match fields.is_empty() {
        true => "always the same".to_owned(),
        false => format!("made of {}", fields.join(" ")),
    }
}

fn policy(plan: &Plan, policy: &Policy) -> String {
    let mut parts = Vec::new();
    parts.extend(policy.timeout.map(|timeout| format!("timeout {}", time(plan, timeout))));
    parts.extend(policy.deadline.map(|deadline| {
        let handed_on = if deadline.is_handed_on { ", handed on" } else { "" };
        format!("deadline {}{handed_on}", time(plan, deadline.time))
    }));
    parts.extend(policy.retry.as_ref().map(|rule| retry(plan, rule)));
    parts.extend(policy.hedge.map(|rule| hedge(plan, rule)));
    if let Some(gate) = policy.gate {
        parts.extend(gate.breaker.map(breaker));
        parts.extend(gate.limit.map(limit));
        parts.extend(gate.pool.map(|pool| match pool.queue {
            u32::MAX => counted(pool.size.into(), "connections"),
            queue => format!("{}, {queue} wait", counted(pool.size.into(), "connections")),
        }));
    }
    parts.extend(policy.batch.map(batch));
    match policy.cancel {
        None => {}
        Some(Cancel::Nothing) => parts.push("cancels nothing".to_owned()),
        Some(Cancel::Queued) => parts.push("cancels what is queued".to_owned()),
        Some(Cancel::Everything) => parts.push("cancels".to_owned()),
    }
    parts.join("; ")
}

fn breaker(terms: breaker::Terms) -> String {
    let time = |span: Span| format_duration(span.seconds());
    let in_a_row = terms.failures.map(|failures| counted(failures.into(), "failures"));
    let share = terms.ratio.map(|ratio| {
        let (share, window) = (format_share(ratio.share), time(ratio.window));
        format!("{share} failures of at least {} in {window}", counted(ratio.calls.into(), "calls"))
    });
    let causes: Vec<String> = in_a_row.into_iter().chain(share).collect();
    let probes = match terms.probes {
        1 => "1 probe".to_owned(),
        probes => format!("{probes} probes"),
    };
    format!("breaks for {} after {}, then {probes}", time(terms.open), causes.join(" or "))
}

fn limit(limit: Limit) -> String {
    match limit {
        Limit::Adaptive(terms) => {
            let window = format_duration(terms.window.seconds());
            format!("asks for {} times what is accepted in {window}", terms.multiplier)
        }
        Limit::Concurrency(Rule::Fixed(most)) => format!("at most {most} under way"),
        Limit::Concurrency(Rule::Aimd(aimd)) => format!("aimd: {} to {} under way", aimd.min, aimd.max),
        Limit::Concurrency(Rule::Gradient(gradient)) => {
            format!("gradient: {} to {} under way", gradient.min, gradient.max)
        }
    }
}

fn batch(terms: Terms) -> String {
    let linger = format_duration(terms.linger.seconds());
    let mut until = vec![format!("for {linger}")];
    if terms.count < u32::MAX {
        until.push(format!("until there are {}", terms.count));
    }
    if terms.bytes < u64::MAX {
        until.push(format!("until there are {} B", terms.bytes));
    }
    format!("waits for others {}", until.join(" or "))
}

fn hedge(plan: &Plan, hedge: Hedge) -> String {
    match hedge.after {
        After::AtOnce => format!("{} copies at once", hedge.copies),
        After::Time(after) => format!("up to {} copies, each after {}", hedge.copies, time(plan, after)),
        After::Percentile(share) => {
            format!("up to {} copies, each after the percentile {}", hedge.copies, 100.0 * share)
        }
    }
}

fn retry(plan: &Plan, retry: &Retry) -> String {
    let attempts = match retry.attempts {
        Some(1) => "1 attempt".to_owned(),
        Some(attempts) => format!("{attempts} attempts"),
        None => "any number of attempts".to_owned(),
    };
    let mut text = attempts;
    match retry.backoff {
        Backoff::None => {}
        Backoff::Constant(base) => drop(write!(text, ", pause {}", time(plan, base))),
        Backoff::Doubling(base) => drop(write!(text, ", pause {} doubling", time(plan, base))),
        Backoff::Decorrelated(base) => drop(write!(text, ", pause from {} decorrelated", time(plan, base))),
    }
    if retry.cap != Span(u64::MAX) && retry.base().is_some() {
        let _ = write!(text, " up to {}", format_duration(retry.cap.seconds()));
    }
    match retry.jitter {
        Jitter::None => {}
        Jitter::Full => text.push_str(", full jitter"),
        Jitter::Equal => text.push_str(", equal jitter"),
    }
    if let Some(budget) = retry.budget {
        let tokens = |billionths: u64| billionths as f64 / TOKEN as f64;
        let _ = write!(text, ", budget {} of first attempts", format_share(tokens(budget.ratio)));
        let _ = write!(text, " up to {}", format_count(tokens(budget.burst)));
        if budget.per_second > 0 {
            let _ = write!(text, " and {} a second", format_count(tokens(budget.per_second)));
        }
    }
    let words: Vec<&str> = retry.on.iter().map(|outcome| plan.outcomes[outcome.index()].as_str()).collect();
    let _ = write!(text, ", on {}", words.join(" "));
    text
}

fn branches(plan: &Plan, fork: &Fork) -> String {
    let mut parts = Vec::new();
    match &fork.branches {
        Branches::Each(starts) => {
            let arrows: Vec<String> = starts.iter().map(|start| format!("-> {}", start.0)).collect();
            parts.push(arrows.join(", "));
        }
        Branches::Turns(turns, start) => {
            let at_once = match fork.parallel {
                u64::MAX => "all at once".to_owned(),
                parallel => format!("{parallel} at a time"),
            };
            parts.push(format!("{}, {at_once} -> {}", turns_of(plan, *turns), start.0));
        }
    }
    parts.push(match fork.need {
        Need::All => "all must succeed".to_owned(),
        Need::Some(need) => format!("{need} must succeed"),
    });
    match fork.others {
        Others::GoOn => {}
        Others::Cancel => parts.push("the others are cancelled".to_owned()),
    }
    parts.push(format!("then -> {}", fork.next.0));
    parts.join("; ")
}

fn choices(plan: &Plan, choice: &Choice) -> String {
    match choice {
        Choice::Drawn(branches, _) => {
            let arrow =
                |((_, step), share): (&(u64, StepId), f64)| format!("{} -> {}", format_share(share), step.0);
            branches.iter().zip(shares(branches)).map(arrow).collect::<Vec<_>>().join(", ")
        }
        Choice::Held(branches, rest) => {
            let arrow = |(condition, step): &(Program, StepId)| {
                format!("{} -> {}", depends_on(plan, condition), step.0)
            };
            let mut parts: Vec<String> = branches.iter().map(arrow).collect();
            parts.push(format!("else -> {}", rest.0));
            parts.join(", ")
        }
    }
}

/// What a condition looks at.
fn depends_on(plan: &Plan, condition: &Program) -> String {
    let name = |index: &u8| match VARIABLES.get(usize::from(*index)) {
        Some(variable) => variable.name,
        None => &plan.functions[usize::from(*index) - VARIABLES.len()].name,
    };
    let variables = condition.variables();
    let names: Vec<&str> = variables.iter().map(name).collect();
    match (names.is_empty(), condition.constant()) {
        (true, Some(0.0)) => "never".to_owned(),
        (true, _) => "always".to_owned(),
        (false, _) => format!("a condition on {}", names.join(", ")),
    }
}

/// A duration as it is written, with its mean if that does not stand there.
fn time(plan: &Plan, amount: AmountId) -> String {
    let amount = &plan.amounts[amount.index()];
    with_mean(&amount.text, &amount.law, |law| match law {
        Law::Constant(span, _) => Some(format_duration(span.seconds())),
        Law::Drawn(distribution) => distribution.mean().map(|mean| format_duration(mean / SECOND as f64)),
        Law::Computed(_) => None,
    })
}

fn count(plan: &Plan, amount: AmountId) -> String {
    let amount = &plan.amounts[amount.index()];
    with_mean(&amount.text, &amount.law, |law| match law {
        Law::Constant(Span(count), _) => Some(format_count(*count as f64)),
        Law::Drawn(distribution) => distribution.mean().map(format_count),
        Law::Computed(_) => None,
    })
}

fn with_mean(text: &str, law: &Law, mean: impl Fn(&Law) -> Option<String>) -> String {
    match (law, mean(law)) {
        (Law::Constant(..), Some(value)) if text.is_empty() => value,
        (Law::Constant(..) | Law::Computed(_), _) => text.to_owned(),
        (Law::Drawn(_), None) => format!("{text} (no mean)"),
        // An exponential's only parameter is its mean.
        (Law::Drawn(_), Some(mean)) if text.ends_with(&format!(" {mean}")) => text.to_owned(),
        (Law::Drawn(_), Some(mean)) => format!("{text} (mean {mean})"),
    }
}
