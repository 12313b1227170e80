//! A rate limiter: lets so many requests through in a window, by real counters that stand somewhere.
//!
//! Its instances count for themselves, tell one another what they have counted, or keep their counters in a store that they
//! call over the network. What was really let through is seen by an onlooker, whatever the limiter believes.

mod by;
mod clerk;
mod exchange;
mod line;
mod meter;
mod observation;
mod rule;
mod spec;
mod table;
#[cfg(test)]
mod tests;

use super::{
    Ask, Awaits, Behaviour, Change, Context, Errand, Letter, Line, Plans, Reading, Report, Setting, Spec,
    Standing, Token, Verdict, Wait, Wakes, Work,
};
use crate::kernel::random::{hash_name, mix};
use crate::kernel::request::{Request, RequestId};
use crate::scenario::Named;
use crate::units::{EntryId, InstanceId, OperationId, Span, Time};
use by::Visitor;
use clerk::{Clerk, Desk, OnFailure, Settled, Source, StorePlan};
use exchange::Exchange;
use line::{Lines, Waiting};
use meter::{Decision, Meter};
use observation::Observation;
use rule::Rule;
use spec::{ALLOWED, CHECK, DENIED, GAP, HELD, KEYS, LARGEST, MEMORY, MOST, OVERSHOOT, SHORTEST, UNCHECKED};
use std::collections::BTreeMap;

/// What the table of a limiter says.
#[derive(Clone, Debug)]
pub struct RateLimiterBlueprint {
    targets: Vec<Named>,
    rules: Vec<Rule>,
    keeping: Keeping,
    deny: Deny,
    service: Option<Work>,
}

/// Where the counters are.
#[derive(Clone, Debug)]
enum Keeping {
    /// In each instance.
    Local,
    /// In each instance, which tells the others from time to time.
    Synced(Span),
    /// In a store.
    Shared(StorePlan),
}

/// What becomes of those who are not let through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Deny {
    /// They are told.
    Answer,
    /// They hear nothing.
    Drop,
    /// They wait so long for a permit.
    Queue(Span),
}

impl Plans for RateLimiterBlueprint {
    const SPEC: Spec = spec::SPEC;
    type State = RateLimiterState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        table::read(reading)
    }

    fn targets(&self) -> &[Named] {
        &self.targets
    }

    fn named_operations(&self) -> Vec<Named> {
        self.rules.iter().flat_map(|rule| rule.operations.iter().cloned()).collect()
    }

    fn lines(&self, operation: &str) -> Vec<Line> {
        let forwards = (operation != CHECK).then_some(Line::Forward);
        self.service.clone().map(Line::Work).into_iter().chain([Line::Consult]).chain(forwards).collect()
    }

    fn minds_callers(&self) -> bool {
        self.rules.iter().any(|rule| rule.by.names_callers())
    }

    /// A second check takes a second permit.
    fn is_idempotent(&self, operation: &str) -> bool {
        operation != CHECK
    }

    fn errands(&self) -> Vec<Errand> {
        match &self.keeping {
            Keeping::Shared(store) => store.errands(),
            Keeping::Local | Keeping::Synced(_) => Vec::new(),
        }
    }

    /// Who allows what its store cannot tell it does not fail with that.
    fn awaits(&self, _operation: &str) -> Awaits {
        match &self.keeping {
            Keeping::Shared(store) if store.on_failure == OnFailure::Deny => {
                Awaits::Errands((0..store.errands().len() as u16).collect())
            }
            _ => Awaits::Nobody,
        }
    }

    /// The counter of each rule is asked for in turn, whatever becomes of those who cannot be told.
    fn waits(&self, _operation: &str) -> Vec<Wait> {
        let Keeping::Shared(store) = &self.keeping else { return Vec::new() };
        let rules = self.rules.len() as u32;
        let holds = |rule: &&Rule| rule.operations.is_empty() && rule.priorities.is_empty();
        let least = self.rules.iter().filter(holds).count().min(1) as u32;
        let most = Some(rules);
        let first = Wait { errand: 0, least, missed: least, most };
        let others =
            (1..store.errands().len() as u16).map(|errand| Wait { errand, least: 0, missed: 0, most });
        [first].into_iter().chain(others).collect()
    }

    fn has_letters(&self) -> bool {
        matches!(self.keeping, Keeping::Synced(_))
    }

    fn keeping(&self) -> &'static str {
        "waiting for a turn at"
    }

    fn state(&self, setting: &Setting) -> RateLimiterState {
        RateLimiterState::new(self, setting)
    }
}

/// The token of the timer after which the peers are told; all others are those of lines.
const SYNC: u32 = u32::MAX;

/// The counters of all instances, and what is seen of them.
pub struct RateLimiterState {
    rules: Vec<Rule>,
    deny: Deny,
    setting: Setting,
    /// The name of each operation, hashed, and the rules that hold for it.
    operations: Vec<(u64, Vec<u16>)>,
    /// The counters of the instances: by instance, rule, and whose it is.
    counters: BTreeMap<(u32, u16, u64), Meter>,
    clerk: Option<Box<Clerk>>,
    exchange: Option<Exchange>,
    lines: Option<Lines>,
    observation: Observation,
    /// For each instance, whose turn it is among the targets.
    turns: Vec<u32>,
    /// Targets that are not there, or are leaving.
    away: Vec<InstanceId>,
    /// The counters of the request that is looked at: it takes no memory for each.
    asked: Vec<(u16, u64)>,
    /// Up to when everything has happened.
    reached: Time,
}

impl RateLimiterState {
    fn new(blueprint: &RateLimiterBlueprint, setting: &Setting) -> RateLimiterState {
        let rules = &blueprint.rules;
        let holding = |name: &String| {
            let holds = |rule: &Rule| {
                rule.operations.is_empty() || rule.operations.iter().any(|one| one.name == *name)
            };
            let indices = (0..rules.len()).filter(|index| holds(&rules[*index]));
            (hash_name(name), indices.map(|index| index as u16).collect())
        };
        let every = match blueprint.keeping {
            Keeping::Synced(every) => Some(every),
            Keeping::Local | Keeping::Shared(_) => None,
        };
        let store = match &blueprint.keeping {
            Keeping::Shared(store) => Some(Box::new(Clerk::new(store, setting.name))),
            Keeping::Local | Keeping::Synced(_) => None,
        };
        let lines = match blueprint.deny {
            Deny::Queue(longest) => Some(Lines::new(longest)),
            Deny::Answer | Deny::Drop => None,
        };
        RateLimiterState {
            rules: rules.clone(),
            deny: blueprint.deny,
            setting: setting.clone(),
            operations: setting.operations.iter().map(holding).collect(),
            counters: BTreeMap::new(),
            clerk: store,
            exchange: every.map(|every| Exchange::new(every, setting.instances)),
            lines,
            observation: Observation::default(),
            turns: (0..setting.instances).collect(),
            away: Vec::new(),
            asked: Vec::new(),
            reached: Time(0),
        }
    }

    /// Finds the counters that a request falls under.
    fn find_counters(&mut self, request: &Request, context: &Context<'_>) {
        let EntryId(first) = self.setting.first_entry;
        let (operation, rules) = &self.operations[usize::from(request.entry.0 - first)];
        let visitor = Visitor {
            key: request.key,
            user: request.user,
            operation: *operation,
            caller: context.luggage.asker,
            address: self.setting.geography.name(context.caller),
            place: u64::from(self.setting.geography.place(context.caller).0),
        };
        self.asked.clear();
        for index in rules {
            let rule = &self.rules[usize::from(*index)];
            if rule.holds_for(request.priority) {
                self.asked.push((*index, rule.by.counter(&visitor)));
            }
        }
    }

    /// Decides upon the counters that were found, as an instance knows them.
    fn decide(&mut self, at: u32, context: &mut Context<'_>) -> Decision {
        let (clock, start) = (context.clock(at), context.recorder.timeline.start());
        let mut is_let_through = true;
        for &(index, counter) in &self.asked {
            let rule = &self.rules[usize::from(index)];
            let meter =
                self.counters.entry((at, index, counter)).or_insert_with(|| Meter::new(rule.algorithm));
            is_let_through &= meter.wait(rule, rule.instant(clock, start)) == Span::ZERO;
        }
        let mut time = Span::ZERO;
        for &(index, counter) in &self.asked {
            let rule = &self.rules[usize::from(index)];
            let now = rule.instant(clock, start);
            let meter = self.counters.get_mut(&(at, index, counter)).expect("it was just asked");
            let own = if is_let_through { meter.take(rule, now) } else { meter.refuse(rule, now) };
            time = time.max(own);
            self.observation.weigh(meter.bytes(rule, now));
            if is_let_through && let Some(exchange) = &mut self.exchange {
                exchange.note((at, index, counter), rule, now, context);
            }
        }
        if is_let_through { Ok(time) } else { Err(time) }
    }

    /// One is let through, after a while.
    fn allow(&mut self, since: Time, delay: Span, context: &mut Context<'_>) -> Verdict {
        context.count(ALLOWED, 1);
        let passes_at = context.now + delay;
        context.record(HELD, passes_at.since(since));
        if let Some((_, counter)) = self.asked.iter().find(|(index, _)| *index == 0) {
            let start = context.recorder.timeline.start();
            let sight = self.observation.pass(&self.rules[0], *counter, passes_at, start);
            context.count(OVERSHOOT, u64::from(sight.is_above));
            if let Some(gap) = sight.gap {
                context.record(GAP, gap);
            }
        }
        if delay == Span::ZERO { Verdict::GoOn } else { Verdict::GoOnAfter(delay) }
    }

    /// One is not let through.
    fn refuse(&self, retry_after: Span, context: &mut Context<'_>) -> Verdict {
        context.count(DENIED, 1);
        if self.deny == Deny::Drop { Verdict::Drop } else { Verdict::Deny(retry_after) }
    }

    /// Decides at once, or has the request wait.
    fn decide_or_wait(&mut self, at: u32, context: &mut Context<'_>) -> Verdict {
        let id = (
            at,
            self.asked.iter().fold(0, |hash, (rule, counter)| mix(mix(hash, u64::from(*rule)), *counter)),
        );
        let is_behind = self.lines.as_ref().is_some_and(|lines| lines.has(id));
        let decision = if is_behind { Err(Span::ZERO) } else { self.decide(at, context) };
        match (decision, &mut self.lines) {
            (Ok(delay), _) => self.allow(context.now, delay, context),
            (Err(wait), Some(lines)) if lines.is_worth(wait) => {
                lines.push(id, &self.asked, Waiting { request: context.visitor, since: context.now });
                if !is_behind {
                    let token = lines.timer(id);
                    context.wake_after(at, wait, token, Wakes::Duty);
                }
                Verdict::Park
            }
            (Err(wait), _) => self.refuse(wait, context),
        }
    }

    /// The first of a line may have a permit now, or has waited long enough.
    fn call_line(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        let Some(id) = self.lines.as_mut().and_then(|lines| lines.due(token)) else { return };
        while let Some(lines) = &mut self.lines
            && let Some(patience) = lines.patience(id, context.now)
        {
            self.asked.clear();
            self.asked.extend_from_slice(lines.counters(id));
            let decision = self.decide(at, context);
            let lines = self.lines.as_mut().expect("there are lines");
            if let Err(wait) = decision
                && patience > Span::ZERO
            {
                let token = lines.timer(id);
                return context.wake_after(at, wait.min(patience), token, Wakes::Duty);
            }
            let Some(Waiting { request, since }) = lines.pop(id) else { return };
            let verdict = match decision {
                Ok(delay) => self.allow(since, delay, context),
                Err(wait) => self.refuse(wait, context),
            };
            context.settle(request, verdict);
        }
    }

    /// The store has decided upon a request.
    fn settle(&mut self, settled: Settled, context: &mut Context<'_>) {
        let Settled { request, counters, began, decision, source } = settled;
        context.count(UNCHECKED, u64::from(source == Source::Guess));
        self.asked = counters;
        if let Some(clerk) = &self.clerk {
            let desk = Desk { rules: &self.rules, start: context.recorder.timeline.start() };
            for (rule, counter) in &self.asked {
                self.observation.weigh(clerk.bytes(*rule, *counter, &desk, context.now));
            }
        }
        let verdict = match decision {
            Ok(delay) => self.allow(began, delay, context),
            Err(wait) => self.refuse(wait, context),
        };
        context.settle(request, verdict);
    }

    /// All counters, with their rules.
    fn all_counters(&self) -> impl Iterator<Item = (u16, &Meter)> {
        let own = self.counters.iter().map(|((_, rule, _), meter)| (*rule, meter));
        own.chain(self.clerk.iter().flat_map(|clerk| clerk.counters()))
    }
}

impl Behaviour for RateLimiterState {
    fn start(&mut self, context: &mut Context<'_>) {
        let Some(exchange) = &self.exchange else { return };
        for at in 0..self.setting.instances {
            context.wake_after(at, exchange.every(), SYNC, Wakes::Routine);
        }
    }

    fn visit(&mut self, at: u32, _action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
        self.find_counters(request, context);
        match &mut self.clerk {
            Some(clerk) if !self.asked.is_empty() => {
                clerk.ask(at, &self.asked, context);
                Verdict::Park
            }
            _ => self.decide_or_wait(at, context),
        }
    }

    fn forward(
        &mut self,
        at: u32,
        operation: OperationId,
        ask: &Ask<'_>,
        _context: &mut Context<'_>,
    ) -> Option<InstanceId> {
        let pool = &self.setting.pools.iter().find(|(offered, _)| *offered == operation)?.1;
        let turn = &mut self.turns[at as usize];
        let count = pool.len() as u32;
        let first = *turn % count.max(1);
        let away = &self.away;
        let is_there = |index: &u32| !away.contains(&pool[*index as usize]);
        let candidates = || (first..count).chain(0..first).filter(is_there);
        let is_avoided = |index: &u32| ask.avoid.contains(&pool[*index as usize]);
        let picked = candidates().find(|index| !is_avoided(index)).or_else(|| candidates().next())?;
        *turn = picked + 1;
        Some(pool[picked as usize])
    }

    fn stands(&mut self, target: InstanceId, standing: Standing, _context: &mut Context<'_>) {
        self.away.retain(|away| *away != target);
        if standing != Standing::Serving {
            self.away.push(target);
        }
    }

    fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        if let Some(clerk) = &mut self.clerk {
            return clerk.wake(token, context);
        }
        match &mut self.exchange {
            Some(exchange) if token == SYNC => {
                exchange.tell_all(at, context);
                context.wake_after(at, exchange.every(), SYNC, Wakes::Routine);
            }
            _ => self.call_line(at, token, context),
        }
    }

    fn letter(&mut self, at: u32, _from: u32, letter: &Letter, context: &mut Context<'_>) {
        let [index, counter, count, last] = letter.words;
        let Some(rule) = self.rules.get(index as usize) else { return };
        let now = rule.instant(context.clock(at), context.recorder.timeline.start());
        let id = (at, index as u16, counter);
        let meter = self.counters.entry(id).or_insert_with(|| Meter::new(rule.algorithm));
        meter.absorb(rule, last, now, count);
        self.observation.weigh(meter.bytes(rule, now));
    }

    fn served(&mut self, errand: u16, request: &Request, is_there: bool, context: &mut Context<'_>) {
        let Some(clerk) = &mut self.clerk else { return };
        let desk = Desk { rules: &self.rules, start: context.recorder.timeline.start() };
        clerk.served(errand, request, is_there, &desk, context);
    }

    fn reported(&mut self, _at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        let Some(clerk) = &mut self.clerk else { return };
        let desk = Desk { rules: &self.rules, start: context.recorder.timeline.start() };
        if let Some(settled) = clerk.reported(token, report, &desk, context) {
            self.settle(settled, context);
        }
    }

    fn awaits(&self, _at: u32, token: Token) -> Vec<RequestId> {
        self.clerk.as_ref().map_or(Vec::new(), |clerk| clerk.waiters(token.item))
    }

    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        match change {
            Change::Down(_) => {
                self.counters.retain(|(owner, _, _), _| *owner != at);
                self.lines.iter_mut().for_each(|lines| lines.forget(at));
                self.exchange.iter_mut().for_each(|exchange| exchange.forget(at));
                self.clerk.iter_mut().for_each(|clerk| clerk.forget(at));
            }
            Change::Up => {
                if let Some(exchange) = &self.exchange {
                    context.wake_after(at, exchange.every(), SYNC, Wakes::Routine);
                }
            }
        }
    }

    fn close(&mut self, context: &mut Context<'_>) {
        self.reached = context.now;
    }

    fn memory(&self) -> u64 {
        let counters = self.all_counters().map(|(rule, meter)| {
            let log = meter.bytes(&self.rules[usize::from(rule)], u64::MAX / 4);
            size_of::<Meter>() as u64 + log
        });
        let waiting = self.lines.as_ref().map_or(0, Lines::len) * size_of::<Waiting>();
        counters.sum::<u64>() + waiting as u64 + self.observation.memory()
    }

    fn level(&self, figure: usize) -> Option<f64> {
        let bytes =
            |(rule, meter): (u16, &Meter)| meter.bytes(&self.rules[usize::from(rule)], self.reached.0);
        Some(match figure {
            SHORTEST => self.observation.shortest()?.seconds(),
            MOST => self.observation.most() as f64,
            KEYS => self.all_counters().count() as f64,
            MEMORY => self.all_counters().map(bytes).sum::<u64>() as f64,
            LARGEST => self.observation.largest() as f64,
            other => unreachable!("a limiter has no level {other}"),
        })
    }
}
