//! Between which ends the latency of every completed request lies, whatever chance and load do.
//!
//! Unlike the means of [`bounds`](super::bounds), these ends are certain: of what varies only that it is not negative is used.
//! The low end adds the times that are always the same on the fastest way that can end well; the high end adds what deadlines
//! and timeouts allow on the slowest, and is infinite where nothing ends a wait.

use super::super::listing::program;
use super::super::{Choice, Law, Plan, Site, Step};
use super::NESTING_MAX;
use crate::fault::Condition;
use crate::outcome::{self, Class};
use crate::resilience::{Backoff, Latency, Policy, Retry};
use crate::results::Interval;
use crate::units::{AmountId, ComponentId, OutcomeId, StepId};
use std::collections::BTreeSet;

/// A way that never ends well.
const NEVER: Interval = Interval { low: f64::INFINITY, high: 0.0 };
/// The program, branch or turn ends here.
const ENDS: Interval = Interval { low: 0.0, high: 0.0 };

/// The latencies that requests of each client can have if they complete \[s\], in the order of the clients. Low is infinite
/// where none can complete.
pub fn latency_limits(plan: &Plan) -> Vec<Interval> {
    let mut walk = Walk { plan, responses: vec![0.0; plan.entries.len()], computes: computes(plan) };
    // Each round is a bound by itself, and no lower than the one before.
    for _ in 0..NESTING_MAX + plan.entries.len() {
        let entries = plan.entries.iter();
        let next: Vec<f64> = entries.map(|entry| walk.of(entry.component, entry.start).low).collect();
        if next == walk.responses {
            break;
        }
        walk.responses = next;
    }
    plan.clients.iter().map(|client| walk.of(client.component, client.start)).collect()
}

/// Whether work takes at least as long as it says: a fault may make instances faster.
fn computes(plan: &Plan) -> bool {
    let is_faster = |condition: &Condition| match condition {
        Condition::Slow { factor, .. } => *factor < 1.0,
        Condition::Deploy(deploy) => deploy.version.factor < 1.0,
        _ => false,
    };
    !plan.faults.iter().any(|fault| is_faster(&fault.condition))
}

struct Walk<'p> {
    plan: &'p Plan,
    /// Of each entry, the least time from the arrival of a call to an answer that is no failure \[s\].
    responses: Vec<f64>,
    computes: bool,
}

impl Walk<'_> {
    /// The time of the handler or session that `caller` begins here, up to its answer.
    fn of(&self, caller: ComponentId, start: StepId) -> Interval {
        let program = program(self.plan, start);
        let first = program.start;
        let mut cells = vec![ENDS; program.len() + 1];
        for index in program.rev() {
            cells[index - first] = self.step(caller, index, &|step: StepId| cells[step.index() - first]);
        }
        cells[start.index() - first]
    }

    fn step(&self, caller: ComponentId, index: usize, at: &dyn Fn(StepId) -> Interval) -> Interval {
        let next = at(StepId(index as u32 + 1));
        match self.plan.steps[index] {
            Step::Work(time) => {
                let time = self.time(time);
                then(Interval { low: if self.computes { time.low } else { 0.0 }, ..time }, next)
            }
            Step::Wait(time) => then(self.time(time), next),
            Step::Call(site) => self.call(caller, &self.plan.sites[site.index()], at),
            Step::Send(..) | Step::Mark(_) => next,
            // Who comes to the end first, and who is not waited for, is not looked at.
            Step::Fork(fork) => {
                let fork = &self.plan.forks[fork.index()];
                then(Interval { low: 0.0, high: f64::INFINITY }, at(fork.next))
            }
            // A turn may end the program.
            Step::Repeat(_, end) => {
                Interval { low: 0.0, ..then(Interval { low: 0.0, high: f64::INFINITY }, at(end)) }
            }
            Step::Choose(choice) => {
                let starts: Vec<StepId> = match &self.plan.choices[choice.index()] {
                    Choice::Drawn(branches, _) => branches.iter().map(|(_, start)| *start).collect(),
                    Choice::Held(branches, rest) => {
                        branches.iter().map(|(_, start)| *start).chain([*rest]).collect()
                    }
                };
                starts.into_iter().map(at).fold(NEVER, either)
            }
            Step::Jump(to) => at(to),
            Step::Consult => either(ENDS, next),
            Step::Answer(_) | Step::Next | Step::Done | Step::Return(_) | Step::Relay | Step::Depart => ENDS,
            Step::Fail(_) => NEVER,
        }
    }

    fn call(&self, caller: ComponentId, site: &Site, at: &dyn Fn(StepId) -> Interval) -> Interval {
        let answered = Interval { low: self.answer(caller, site), high: self.patience(site) };
        // A failure may come at once.
        let failed = Interval { low: 0.0, ..answered };
        let mut ways = vec![then(answered, at(site.next))];
        ways.extend(
            site.handlers
                .iter()
                .map(|(word, step)| then(if is_failure(*word) { failed } else { answered }, at(*step))),
        );
        ways.extend(site.on_error.map(|step| then(failed, at(step))));
        ways.into_iter().fold(NEVER, either)
    }

    /// The least time to an answer that is no failure \[s\].
    fn answer(&self, caller: ComponentId, site: &Site) -> f64 {
        let ways = site.entries.iter().zip(&site.edges);
        let ways = ways.map(|(entry, (callee, _))| {
            self.round_trip(caller, *callee, site.latency) + self.responses[entry.index()]
        });
        let least = ways.fold(f64::INFINITY, f64::min);
        let policy = site.policy.as_ref();
        let ends = policy.into_iter().flat_map(|policy| {
            policy.timeout.into_iter().chain(policy.deadline.map(|deadline| deadline.time))
        });
        // Of an answer and a timeout in the same nanosecond the timeout wins.
        let comes_late = ends.map(|end| self.time(end).high).any(|end| end <= least);
        if comes_late { f64::INFINITY } else { least }
    }

    /// The most time for which a caller waits \[s\].
    fn patience(&self, site: &Site) -> f64 {
        let Some(policy) = &site.policy else { return f64::INFINITY };
        let deadline = policy.deadline.map_or(f64::INFINITY, |deadline| self.time(deadline.time).high);
        deadline.min(self.patience_of_attempts(policy))
    }

    fn patience_of_attempts(&self, policy: &Policy) -> f64 {
        let Some(timeout) = policy.timeout.filter(|_| policy.hedge.is_none()) else { return f64::INFINITY };
        let timeout = self.time(timeout).high;
        match &policy.retry {
            None => timeout,
            Some(retry) => {
                let attempts = retry.attempts.map_or(f64::INFINITY, f64::from);
                attempts * timeout + (attempts - 1.0) * self.longest_pause(retry)
            }
        }
    }

    /// The longest pause between two attempts \[s\].
    fn longest_pause(&self, retry: &Retry) -> f64 {
        let base = retry.base().map_or(0.0, |base| self.time(base).high);
        let pause = match retry.backoff {
            Backoff::None => 0.0,
            Backoff::Constant(_) => base,
            Backoff::Doubling(_) | Backoff::Decorrelated(_) => f64::INFINITY,
        };
        if retry.attempts == Some(1) { 0.0 } else { pause.min(retry.cap.seconds()) }
    }

    /// The least time of a message there and one back \[s\]; infinite if all of them are lost.
    fn round_trip(&self, caller: ComponentId, callee: ComponentId, latency: Option<Latency>) -> f64 {
        if caller == callee {
            return 0.0;
        }
        let places = |component: ComponentId| {
            let (first, count) = self.plan.components[component.index()].instances;
            let instances = first.index()..first.index() + count as usize;
            instances.map(|instance| self.plan.instances[instance].place.index()).collect::<BTreeSet<usize>>()
        };
        let (here, there) = (places(caller), places(callee));
        let one_way = |from: usize, to: usize, own: Option<AmountId>| {
            let link = &self.plan.links[from * self.plan.places.len() + to];
            match own {
                _ if link.loss == u64::MAX => f64::INFINITY,
                Some(own) => self.time(own).low,
                None => law(&link.delay).low,
            }
        };
        let time = |from: usize, to: usize| {
            one_way(from, to, latency.map(|latency| latency.there))
                + one_way(to, from, latency.map(|latency| latency.back))
        };
        let pairs = here.iter().flat_map(|from| there.iter().map(|to| time(*from, *to)));
        pairs.fold(f64::INFINITY, f64::min)
    }

    fn time(&self, amount: AmountId) -> Interval {
        law(&self.plan.amounts[amount.index()].law)
    }
}

/// Between which ends a duration lies \[s\].
fn law(law: &Law) -> Interval {
    match law {
        Law::Constant(span, _) => Interval { low: span.seconds(), high: span.seconds() },
        Law::Drawn(_) | Law::Computed(_) => Interval { low: 0.0, high: f64::INFINITY },
    }
}

fn then(first: Interval, second: Interval) -> Interval {
    Interval { low: first.low + second.low, high: first.high + second.high }
}

fn either(left: Interval, right: Interval) -> Interval {
    Interval { low: left.low.min(right.low), high: left.high.max(right.high) }
}

fn is_failure(word: OutcomeId) -> bool {
    outcome::ALL.get(word.index()).is_none_or(|known| known.class == Class::Failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Document, build};
    use crate::scenario::Diagnostics;

    fn limits_of(session: &str, rest: &str) -> Interval {
        let text = format!(
            "[scenario]\nduration = \"1 s\"\n[network]\nround_trip = {{ within = \"2 ms\" }}\n\
             [client.c]\narrivals = {{ even = \"10 /s\" }}\n{session}\n\
             [server.s]\nworkers = 1\n[server.s.on]\ngo = [ {{ work = \"5 ms\" }} ]\nno = [ {{ fail = \"no\" }} ]\n{rest}"
        );
        let mut diagnostics = Diagnostics::new();
        let (sources, document) = Document::parse("x.toml", &text, &[], &mut diagnostics);
        let scenario = document.and_then(|document| build(&document, None, &mut diagnostics));
        let Some(scenario) = scenario else { panic!("{}", diagnostics.lines(&sources)) };
        latency_limits(&scenario.plan)[0]
    }

    #[test]
    fn only_what_is_certain_counts() {
        let infinite = f64::INFINITY;
        for (session, rest, low, high) in [
            ("request = 's.go'", "", 0.007, infinite),
            ("request = 's.no'", "", infinite, infinite),
            (
                "request = 's.go'",
                "[call.'c -> s']\nlatency = { there = '4 ms', back = '6 ms' }",
                0.015,
                infinite,
            ),
            ("request = 's.go'", "[call.'c -> s']\ntimeout = '1 s'", 0.007, 1.0),
            ("request = 's.go'", "[call.'c -> s']\ntimeout = { exponential = '1 s' }", 0.007, infinite),
            ("request = 's.go'", "[call.'c -> s']\ntimeout = '1 s'\nretry = { attempts = 3 }", 0.007, 3.0),
            (
                "request = 's.go'",
                "[call.'c -> s']\ntimeout = '1 s'\nretry = { attempts = 3, backoff = { doubling = '1 s', cap = '2 s' } }",
                0.007,
                7.0,
            ),
            ("request = 's.go'", "[call.'c -> s']\ndeadline = '3 s'\nretry = { attempts = 9 }", 0.007, 3.0),
            (
                "session = [ { wait = '10 ms' }, { call = 's.go', on_error = [ { wait = '1 ms' } ] } ]",
                "",
                0.011,
                infinite,
            ),
            (
                "request = 's.go'",
                "[call.'c -> s']\ntimeout = '7 ms'\nretry = { attempts = 3 }",
                infinite,
                0.021,
            ),
            ("session = [ { call = 's.no', on_no = [ { wait = '1 ms' } ] } ]", "", 0.001, infinite),
            (
                "session = [ { choose = [ { share = '1 %', do = [ { wait = '1 s' } ] }, { do = [ { wait = '2 s' } ] } ] } ]",
                "",
                1.0,
                2.0,
            ),
            ("session = [ { wait = { exponential = '1 s' } }, { wait = '1 s' } ]", "", 1.0, infinite),
            ("request = 's.go'", "[fault.f]\nat = '0 s'\nslow = ['s']\nfactor = 0.5", 0.002, infinite),
        ] {
            let found = limits_of(session, rest);
            let near = |left: f64, right: f64| left == right || (left - right).abs() < 1e-12;
            assert!(near(found.low, low) && near(found.high, high), "{session} {rest}: {found:?}");
        }
    }
}
