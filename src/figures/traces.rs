//! Whole requests as spans with names, from the marks that were noted of them.

use crate::kernel::random::{hash_name, mix};
use crate::kernel::request::State;
use crate::measure::recorder::Ending;
use crate::measure::trace::{Mark, NONE, Origin, Record};
use crate::plan::Plan;
use crate::results::{Span, SpanKind, Trace};
use crate::units::{InstanceId, Time};
use crate::world::World;
use std::sync::Arc;

/// The requests that were kept: the slowest, some that failed, some of all; none if nobody asked for them.
pub fn traces(world: &World<'_>) -> Vec<Trace> {
    let Some(tracer) = world.tracer() else { return Vec::new() };
    let kept = &tracer.kept;
    let sorts = [("slowest", &kept.slowest), ("failed", &kept.failed), ("random", &kept.random)];
    let mut chosen: Vec<(&Arc<Record>, Vec<&'static str>)> = Vec::new();
    for (sort, list) in sorts {
        for (_, record) in list {
            match chosen.iter_mut().find(|(known, _)| Arc::ptr_eq(known, record)) {
                Some((_, sorts)) => sorts.push(sort),
                None => chosen.push((record, vec![sort])),
            }
        }
    }
    chosen.into_iter().map(|(record, sorts)| trace(world.plan(), record, sorts)).collect()
}

fn trace(plan: &Plan, record: &Record, sorts: Vec<&'static str>) -> Trace {
    let client = plan.clients[record.client].name.clone();
    let name = mix(hash_name(&client), record.serial);
    let mut drawing = Drawing::new(plan, record);
    record.marks.iter().for_each(|mark| drawing.mark(mark));
    Trace {
        id: u128::from(mix(name, plan.seed)) << 64 | u128::from(name),
        sorts,
        client,
        serial: record.serial,
        weight: record.weight,
        spans: drawing.finish(),
    }
}

/// Spans that are made of marks.
struct Drawing<'r> {
    plan: &'r Plan,
    record: &'r Record,
    spans: Vec<Span>,
    strands: Vec<Open>,
}

/// What is open of a strand.
#[derive(Default)]
struct Open {
    /// What all of it is part of.
    base: usize,
    /// The calls that it is in, with the visit if the callee has it.
    calls: Vec<(usize, Option<usize>)>,
    /// What it does just now, if that has a name.
    leaf: Option<usize>,
}

impl Open {
    /// The innermost visit, or what the strand is part of.
    fn within(&self) -> usize {
        self.calls.iter().rev().find_map(|(_, visit)| *visit).unwrap_or(self.base)
    }
}

impl<'r> Drawing<'r> {
    fn new(plan: &'r Plan, record: &'r Record) -> Drawing<'r> {
        let root = &record.strands[0];
        let strands = record.strands.iter().map(|_| Open::default()).collect();
        let mut drawing = Drawing { plan, record, spans: Vec::new(), strands };
        let client = &plan.clients[record.client];
        let at = plan.instance(client.component, 0);
        drawing.open(None, SpanKind::Request, "request".to_owned(), at, root.born);
        drawing.spans[0].outcome = Some(plan.outcomes[root.outcome.index()].clone());
        drawing.spans[0].is_failed = root.ending == Ending::Failed;
        drawing
    }

    fn open(
        &mut self,
        parent: Option<usize>,
        kind: SpanKind,
        name: String,
        at: InstanceId,
        from: Time,
    ) -> usize {
        let instance = self.plan.instances[at.index()];
        let component = &self.plan.components[instance.component.index()];
        let number = if component.instances.1 > 1 { format!("[{}]", instance.index) } else { String::new() };
        self.spans.push(Span {
            parent,
            kind,
            name,
            component: component.name.clone(),
            instance: format!("{}{number}", component.name),
            from: self.clock(from),
            until: u64::MAX,
            attempt: None,
            outcome: None,
            is_failed: false,
        });
        self.spans.len() - 1
    }

    fn clock(&self, time: Time) -> u64 {
        time.0.saturating_sub(self.plan.timeline.start().0)
    }

    fn close(&mut self, span: usize, at: Time) {
        let at = self.clock(at);
        self.spans[span].until = self.spans[span].until.min(at);
    }

    /// A strand does something else from now on.
    fn mark(&mut self, mark: &Mark) {
        let index = mark.strand as usize;
        let strand = self.record.strands[index];
        if mark.previous == NONE && strand.parent != NONE {
            self.strands[index].base = self.strands[strand.parent as usize].within();
        }
        if let Some(leaf) = self.strands[index].leaf.take() {
            self.close(leaf, mark.at);
        }
        let level = usize::from(mark.level);
        match mark.state {
            State::Arriving => {
                self.leave(index, level.saturating_sub(1), mark.at);
                self.call(index, mark);
            }
            State::Returning => self.answer(index, level, mark),
            state => {
                self.leave(index, level, mark.at);
                self.visit(index, level, mark);
                if let Some((kind, name)) = doing(state) {
                    let parent = self.strands[index].within();
                    let leaf = self.open(Some(parent), kind, name.to_owned(), mark.instance, mark.at);
                    self.strands[index].leaf = Some(leaf);
                }
            }
        }
    }

    /// Closes the calls of a strand beyond so many.
    fn leave(&mut self, index: usize, level: usize, at: Time) {
        while self.strands[index].calls.len() > level
            && let Some((call, visit)) = self.strands[index].calls.pop()
        {
            visit.into_iter().for_each(|visit| self.close(visit, at));
            self.close(call, at);
        }
    }

    fn operation(&self, mark: &Mark) -> String {
        match self.plan.entries.get(mark.entry.index()) {
            Some(entry) => self.plan.operations[entry.operation.index()].clone(),
            None => "session".to_owned(),
        }
    }

    /// A message leaves for a callee.
    fn call(&mut self, index: usize, mark: &Mark) {
        let callee = self.plan.instances[mark.instance.index()].component;
        let name = format!("{}.{}", self.plan.components[callee.index()].name, self.operation(mark));
        let from = if mark.from == InstanceId::NONE { mark.instance } else { mark.from };
        // Who hands on at once what has reached it has been visited all the same.
        if let Some((outer, None)) = self.strands[index].calls.last().copied() {
            let operation = self.spans[outer].name.rsplit('.').next().unwrap_or_default().to_owned();
            let visit = self.open(Some(outer), SpanKind::Visit, operation, from, mark.at);
            self.strands[index].calls.last_mut().expect("there is a call").1 = Some(visit);
        }
        let parent = self.strands[index].within();
        let call = self.open(Some(parent), SpanKind::Call, name, from, mark.at);
        if let Origin::Attempt(number) = self.record.strands[index].origin
            && self.strands[index].calls.is_empty()
        {
            self.spans[call].attempt = Some(number);
        }
        self.strands[index].calls.push((call, None));
        let leaf = self.open(Some(call), SpanKind::Network, "there".to_owned(), from, mark.at);
        self.strands[index].leaf = Some(leaf);
    }

    /// A reply leaves for its caller.
    fn answer(&mut self, index: usize, level: usize, mark: &Mark) {
        self.leave(index, level + 1, mark.at);
        let Some((call, visit)) = self.strands[index].calls.last().copied() else { return };
        visit.into_iter().for_each(|visit| self.close(visit, mark.at));
        for span in [Some(call), visit].into_iter().flatten() {
            self.spans[span].outcome = Some(self.plan.outcomes[mark.outcome.index()].clone());
            self.spans[span].is_failed = mark.ending == Ending::Failed;
        }
        let from = if mark.from == InstanceId::NONE { mark.instance } else { mark.from };
        let leaf = self.open(Some(call), SpanKind::Network, "back".to_owned(), from, mark.at);
        self.strands[index].leaf = Some(leaf);
    }

    /// A strand is in so many visits: those that are not open yet are from now on.
    fn visit(&mut self, index: usize, level: usize, mark: &Mark) {
        if level == 0 {
            return;
        }
        while self.strands[index].calls.len() < level {
            let parent = self.strands[index].within();
            let name = self.operation(mark);
            let call = self.open(Some(parent), SpanKind::Call, name, mark.instance, mark.at);
            self.strands[index].calls.push((call, None));
        }
        if let Some((call, None)) = self.strands[index].calls.last().copied() {
            let name = self.operation(mark);
            let visit = self.open(Some(call), SpanKind::Visit, name, mark.instance, mark.at);
            self.strands[index].calls[level - 1].1 = Some(visit);
        }
    }

    /// All spans; what is still open ends with its strand, at the latest with the request.
    fn finish(mut self) -> Vec<Span> {
        let end = self.record.strands[0].ended;
        for index in 0..self.strands.len() {
            let ended = self.record.strands[index].ended.min(end);
            if let Some(leaf) = self.strands[index].leaf.take() {
                self.close(leaf, ended);
            }
            self.leave(index, 0, ended);
        }
        self.close(0, end);
        self.spans
    }
}

/// What a request in a state does, in few words; nothing of its own while others work for it.
fn doing(state: State) -> Option<(SpanKind, &'static str)> {
    Some(match state {
        State::Queued => (SpanKind::Wait, "waits for a worker"),
        State::WaitingForCore => (SpanKind::Wait, "waits for a core"),
        State::Connecting => (SpanKind::Wait, "waits for a connection"),
        State::Gathering => (SpanKind::Wait, "waits for others of its batch"),
        State::Dropped => (SpanKind::Wait, "is dropped"),
        State::Departing => (SpanKind::Wait, "has not left yet"),
        State::Parked => (SpanKind::Wait, "held"),
        State::Lost => (SpanKind::Wait, "its message is lost"),
        State::Working | State::Sharing => (SpanKind::Work, "works"),
        State::Waiting => (SpanKind::Work, "passes time"),
        _ => return None,
    })
}
