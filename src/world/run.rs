//! Running: events one after the other, until a time, a number of them, or a limit.

use super::World;
use super::event::{What, is_live};
use crate::units::{SECOND, Span, Time};

/// Why a run has stopped for now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pause {
    /// The end has come: of the time asked for, or of all events.
    End,
    /// The number of events asked for has passed.
    Breath,
    /// A limit has been reached.
    Limit(Limit),
}

/// A limit of the scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Limit {
    /// The number of events.
    Events,
    /// The number of requests in flight.
    InFlight,
    /// The memory of the run's own books.
    Memory,
    /// The number of events at one instant: a loop that takes no time would keep time from passing for ever.
    Instant,
}

/// How often the limits on memory are looked at [events].
const MEMORY_CHECK_PERIOD: u64 = 1 << 14;

/// After so long a world that drains looks whether anybody still does anything, then after twice as long, and so on.
const DRAIN_PERIOD: Span = Span(SECOND);

impl World<'_> {
    /// Runs until `end`, or until so many events have passed, or until a limit is reached.
    pub fn run(&mut self, end: Time, events: u64) -> Pause {
        let pause = match self.tracer {
            Some(_) => self.run_watched(end, events),
            None => self.run_events(end, events),
        };
        self.reached = if pause == Pause::End { end } else { self.queue.now() };
        self.close_cells();
        pause
    }

    /// Runs until the end of the measured time, without a pause.
    pub fn run_to_end(&mut self) -> Pause {
        self.run(self.plan.timeline.end(), u64::MAX)
    }

    pub(super) fn run_events(&mut self, end: Time, events: u64) -> Pause {
        let pause_at = self.events.saturating_add(events);
        let stop_at = pause_at.min(self.plan.limits.events);
        loop {
            let (requests, calls, stations) = (&self.requests, &self.calls, &self.stations);
            let (gatherings, lives) = (&self.gatherings, &self.lives);
            let live = |what: What| match what {
                // Most events are those of requests, whose question is answered here.
                What::Resume { request, stamp } => requests.is_live(request, stamp),
                What::Arrive { .. } => true,
                other => is_live(requests, calls, stations, gatherings, lives, other),
            };
            let now = self.queue.now();
            let Some(event) = self.queue.pop_before(end, live) else {
                return Pause::End;
            };
            self.recorder.advance(event.at);
            self.instant_events = if event.at > now { 1 } else { self.instant_events + 1 };
            self.events += 1;
            self.handle(event.what);
            if self.requests.len() as u64 > self.plan.limits.in_flight {
                return Pause::Limit(Limit::InFlight);
            }
            if self.events.is_multiple_of(MEMORY_CHECK_PERIOD) && self.memory() > self.plan.limits.memory {
                return Pause::Limit(Limit::Memory);
            }
            if self.instant_events >= self.plan.limits.events_at_one_instant {
                return Pause::Limit(Limit::Instant);
            }
            if self.events >= stop_at {
                let is_limit = self.events >= self.plan.limits.events;
                return if is_limit { Pause::Limit(Limit::Events) } else { Pause::Breath };
            }
        }
    }

    /// Lets no more requests come and runs on until all that are in flight have ended, or until a limit is reached.
    pub fn drain(&mut self) -> Pause {
        for client in &mut self.clients {
            client.close();
        }
        self.heal();
        self.drains = true;
        let mut period = DRAIN_PERIOD;
        loop {
            let until = Time(self.reached.0.saturating_add(period.0));
            let pause = self.run(until, u64::MAX);
            if pause != Pause::End || until == Time::NEVER || self.queue.is_empty() {
                return pause;
            }
            if self.only_seeks() {
                // They go where the run has come to: what happened before has been recorded.
                self.queue.pass_to(until);
                self.recorder.advance(until);
                self.dismiss();
                return Pause::End;
            }
            period = Span(period.0.saturating_mul(2));
        }
    }
}
