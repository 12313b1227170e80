//! Walking the plan: one step after the other, until a request has to wait.

use super::event::is_live;
use super::{Flow, What, World};
use crate::kernel::random::{Draws, hash_name, mix};
use crate::kernel::request::{Frame, State};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::plan::verbs::VARIABLES;
use crate::plan::{Choice, Field, Law, Piece, Step, Template, Turns, Whole};
use crate::units::{AmountId, ChoiceId, FunctionId, OutcomeId, Span, StepId, Time};
use crate::workload::{code_key, made_key};

/// Whole numbers up to here are exact in a float: 2^53.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// After so many turns of loops without an event a request goes through the event queue, so that the run can stop.
const TURNS_WITHOUT_EVENT: u64 = 1 << 10;

impl World<'_> {
    /// Walks a request along its plan until it has to wait or has ended.
    pub(super) fn advance(&mut self, request: u32) {
        let steps = &self.plan.steps[..];
        loop {
            let flow = match steps[self.requests[request].step.index()] {
                Step::Work(time) => self.work(request, time),
                Step::Wait(time) => self.wait(request, time),
                Step::Call(site) => self.call(request, site),
                Step::Send(site, after) => self.send(request, site, after),
                Step::Fork(fork) => self.fork(request, fork),
                Step::Repeat(turns, after) => self.repeat(request, turns, after),
                Step::Next => self.next_turn(request),
                Step::Choose(choice) => {
                    let to = self.choose(request, choice);
                    self.go_to(request, to)
                }
                Step::Jump(to) => self.go_to(request, to),
                Step::Consult => self.consult(request),
                Step::Answer(outcome) => self.answer(request, outcome),
                Step::Return(outcome) => self.reply(request, outcome, Ending::Completed),
                Step::Relay => self.reply(request, self.requests[request].outcome, Ending::Completed),
                Step::Done => self.done(request),
                Step::Fail(outcome) => self.fail(request, outcome),
                Step::Depart => self.depart_for_address(request),
                Step::Mark(site) => self.mark(request, site),
            };
            if flow == Flow::Stops {
                return;
            }
        }
    }

    #[inline(always)]
    fn go_to(&mut self, request: u32, step: StepId) -> Flow {
        self.requests[request].step = step;
        Flow::Goes
    }

    /// Moves a request to the step behind its own.
    #[inline(always)]
    pub(super) fn step_on(&mut self, request: u32) -> Flow {
        self.requests[request].step.0 += 1;
        Flow::Goes
    }

    fn wait(&mut self, request: u32, time: AmountId) -> Flow {
        self.requests[request].state = State::Waiting;
        self.resume_after(request, time);
        Flow::Stops
    }

    /// A wait is over.
    pub(super) fn pass(&mut self, request: u32) -> Flow {
        self.requests[request].state = State::Running;
        self.step_on(request)
    }

    /// Schedules the request's event after a drawn duration.
    #[inline(always)]
    pub(super) fn resume_after(&mut self, request: u32, time: AmountId) {
        let what = What::Resume { request, stamp: self.requests[request].stamp };
        let plan = self.plan;
        match &plan.amounts[time.index()].law {
            Law::Constant(_, lane) => self.push_lane(*lane, what),
            _ => {
                let span = self.draw_span(time, self.requests[request].fate, Some(request));
                self.queue.push_after(span, what);
            }
        }
    }

    /// Schedules an event after the constant delay of a lane.
    #[inline(always)]
    pub(super) fn push_lane(&mut self, lane: u32, what: What) {
        let (requests, calls, stations) = (&self.requests, &self.calls, &self.stations);
        let (gatherings, lives) = (&self.gatherings, &self.lives);
        self.queue.push_lane(self.lanes[lane as usize], what, |what| match what {
            What::Resume { request, stamp } => requests.is_live(request, stamp),
            other => is_live(requests, calls, stations, gatherings, lives, other),
        });
    }

    /// Schedules the request's event for now.
    #[inline]
    pub(super) fn resume_now(&mut self, request: u32) {
        self.queue.push_now(What::Resume { request, stamp: self.requests[request].stamp });
    }

    /// A duration, drawn by a fate.
    #[inline]
    pub(super) fn draw_span(&self, amount: AmountId, fate: u64, request: Option<u32>) -> Span {
        let amount = &self.plan.amounts[amount.index()];
        match &amount.law {
            Law::Constant(span, _) => *span,
            Law::Drawn(distribution) => {
                Span::from_nanoseconds(distribution.sample(&mut Draws::new(fate, amount.salt)))
            }
            Law::Computed(program) => {
                Span::from_seconds(program.evaluate(|variable| self.variable(request, variable)))
            }
        }
    }

    /// A count or size, drawn by a fate.
    pub(super) fn draw_count(&self, amount: AmountId, fate: u64, request: Option<u32>) -> u64 {
        let amount = &self.plan.amounts[amount.index()];
        match &amount.law {
            Law::Constant(count, _) => count.0,
            Law::Drawn(distribution) => distribution.sample_count(&mut Draws::new(fate, amount.salt)),
            Law::Computed(program) => {
                (program.evaluate(|variable| self.variable(request, variable)) + 0.5) as u64
            }
        }
    }

    /// The whole number that is nearest to what a call says of a value; the larger one of two.
    pub(super) fn whole(&self, request: u32, law: &Whole) -> i64 {
        match law {
            Whole::Constant(number) => *number,
            Whole::Computed(program) => {
                let number = program.evaluate(|variable| self.variable(Some(request), variable));
                (number + 0.5).floor().clamp(-WHOLE_MAX, WHOLE_MAX) as i64
            }
        }
    }

    /// The value of a run-time variable of a request, by its index in [`VARIABLES`]; 0 without a request.
    pub(super) fn variable(&self, request: Option<u32>, variable: u8) -> f64 {
        let Some(index) = request else { return 0.0 };
        let request = &self.requests[index];
        let levels = self.stations[request.at.index()].levels;
        match variable {
            0 => request.size as f64,
            1 => request.version as f64,
            2 => f64::from(self.turn(index)),
            3 => f64::from(request.attempt),
            4 => f64::from(levels.present),
            5 => f64::from(levels.queued),
            6 => request.user as f64,
            7 => request.value as f64,
            8 => self.each(index) as f64,
            told => self.told(index, FunctionId(u16::from(told) - VARIABLES.len() as u16), None) as f64,
        }
    }

    /// The turn of the innermost loop of its handler, from 0; 0 outside of loops.
    fn turn(&self, request: u32) -> u32 {
        for frame in self.requests.frames_of(request).iter().rev() {
            match frame {
                Frame::Turn { turn, .. } => return *turn,
                Frame::Visit { .. } => return 0,
                _ => {}
            }
        }
        self.requests[request].branch_turn
    }

    fn choose(&self, request: u32, choice: ChoiceId) -> StepId {
        match &self.plan.choices[choice.index()] {
            Choice::Drawn(branches, salt) => {
                let bits = Draws::new(self.requests[request].fate, *salt).bits();
                let branch = branches.iter().find(|(share, _)| bits < *share).or(branches.last());
                branch.expect("a choice has a branch").1
            }
            Choice::Held(branches, rest) => {
                let holds = |(condition, _): &&(crate::scenario::Program, StepId)| {
                    condition.evaluate(|variable| self.variable(Some(request), variable)) != 0.0
                };
                branches.iter().find(holds).map_or(*rest, |(_, step)| *step)
            }
        }
    }

    fn repeat(&mut self, request: u32, turns: Turns, after: StepId) -> Flow {
        let fate = self.requests[request].fate;
        let (turns, list) = self.turns(request, turns);
        let turns = turns.min(u64::from(u32::MAX)) as u32;
        if turns == 0 {
            return self.go_to(request, after);
        }
        let body = StepId(self.requests[request].step.0 + 1);
        self.requests.push_frame(request, Frame::Turn { body, after, turn: 0, turns, fate, list });
        self.requests[request].fate = mix(fate, 0);
        self.go_to(request, body)
    }

    fn next_turn(&mut self, request: u32) -> Flow {
        let Some(Frame::Turn { body, after, turn, turns, fate, list }) = self.requests.top_frame(request)
        else {
            unreachable!("a body of a loop ends in its loop");
        };
        *turn += 1;
        if *turn == *turns {
            let (after, fate, list) = (*after, *fate, *list);
            self.requests.pop_frame(request);
            self.requests[request].fate = fate;
            self.drop_list(list);
            return self.go_to(request, after);
        }
        let (body, fate) = (*body, mix(*fate, u64::from(*turn)));
        self.requests[request].fate = fate;
        self.requests[request].step = body;
        self.turns += 1;
        if self.turns.is_multiple_of(TURNS_WITHOUT_EVENT) {
            self.resume_now(request);
            return Flow::Stops;
        }
        Flow::Goes
    }

    /// The value of a template for a request.
    pub(super) fn fill(&self, request: u32, template: &Template) -> u64 {
        match template {
            Template::Field(field) => self.field(request, *field),
            // Keys that are made of others are a space of their own.
            Template::Mixed(pieces) => made_key(self.hash(request, pieces)),
            Template::Code(pieces, codes) => code_key(self.hash(request, pieces), *codes),
        }
    }

    fn hash(&self, request: u32, pieces: &[Piece]) -> u64 {
        pieces.iter().fold(0, |hash, piece| match piece {
            Piece::Text(text) => mix(hash, *text),
            Piece::Field(field) => mix(hash, self.field(request, *field)),
        })
    }

    pub(super) fn field(&self, index: u32, field: Field) -> u64 {
        let request = &self.requests[index];
        match field {
            Field::Key => request.key,
            Field::User => request.user,
            Field::Id => request.id,
            Field::Turn => u64::from(self.turn(index)),
            Field::Version => request.version,
            // There is no negative key.
            Field::Value => {
                u64::try_from(request.value).unwrap_or_else(|_| made_key(mix(0, request.value as u64)))
            }
            // Names, not ids: an operation more elsewhere must not change anybody's keys.
            Field::Place => {
                let place = self.plan.instances[request.at.index()].place;
                hash_name(&self.plan.places[place.index()])
            }
            Field::Operation => self
                .plan
                .entries
                .get(request.entry.index())
                .map_or(0, |entry| hash_name(&self.plan.operations[entry.operation.index()])),
            Field::Each => self.each(index),
            Field::Caller => self.asker(index),
            Field::Told(function) => self.told(index, function, None),
        }
    }

    /// A handler or branch fails for this reason.
    fn fail(&mut self, request: u32, outcome: OutcomeId) -> Flow {
        // Who denies by itself does not say when to come again.
        if outcome == outcome::DENIED {
            self.requests[request].due = Time(0);
        }
        self.reply(request, outcome, Ending::Failed)
    }
}
