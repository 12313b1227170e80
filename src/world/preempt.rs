//! Preemptive priorities: urgent arrivals interrupt less urgent work, which resumes later where it stopped.

use super::World;
use crate::kernel::request::{Flags, Holds, State};
use crate::measure::trace::Touch;
use crate::station::{Discipline, Rank, Waiting};
use crate::units::{InstanceId, Time};

impl World<'_> {
    /// Whether an arrival would interrupt somebody, so that it need not wait.
    pub(super) fn may_interrupt(&self, request: u32, at: InstanceId) -> bool {
        self.stations[at.index()].shape.discipline == Discipline::PriorityPreemptive
            && self.least_urgent(at, self.requests[request].priority).is_some()
    }

    /// Among the running work that is less urgent than a priority: the least urgent, of those the one that began last.
    fn least_urgent(&self, at: InstanceId, priority: u8) -> Option<u32> {
        let running = self.stations[at.index()].running.iter().copied();
        running
            .filter(|running| self.holds_worker(*running))
            .max_by_key(|running| self.requests[*running].priority)
            .filter(|least| self.requests[*least].priority > priority)
    }

    /// Interrupts less urgent work, if any, in favour of whoever is next in line.
    pub(super) fn interrupt(&mut self, at: InstanceId, priority: u8) {
        let Some(victim) = self.least_urgent(at, priority) else { return };
        let now = self.queue.now();
        let remains = self.remaining_work(victim, self.stations[at.index()].pace);
        self.stop_interrupted(victim, at);
        let stopped = &mut self.requests[victim];
        stopped.due = Time(remains.0);
        stopped.since = now;
        stopped.state = State::Queued;
        stopped.flags.set(Flags::INTERRUPTED);
        self.touched(Touch::Changed(victim));
        let stopped = &self.requests[victim];
        let waiting = Waiting { request: victim, stamp: stopped.stamp };
        let rank = Rank { priority: stopped.priority, work: 0, owner: 0 };
        // Whoever is next in line is more urgent.
        self.hand_over(at);
        let station = &mut self.stations[at.index()];
        station.change_queued(now, 1);
        station.queue.push_front(waiting, rank);
        if self.stations[at.index()].guard.is_some() {
            self.guard_interrupted(waiting, at);
        }
        if self.stations[at.index()].limits_cores {
            self.hand_over_cores(at);
        }
    }

    /// Takes core and worker from running work, without handing them over.
    fn stop_interrupted(&mut self, victim: u32, at: InstanceId) {
        self.touch(at);
        self.requests.restamp(victim);
        let now = self.queue.now();
        let event_loop = self.requests[victim].flags.has(Flags::WORKER);
        let since = if event_loop {
            self.requests[victim].flags.clear(Flags::WORKER);
            self.requests[victim].since
        } else {
            let (holds, admitted) = self.visit_of(victim).expect("who holds a worker is on a visit");
            *holds = Holds::Presence;
            *admitted
        };
        let station = &mut self.stations[at.index()];
        station.running.retain(|running| *running != victim);
        if station.limits_cores {
            station.change_computing(now, -1);
        }
        if station.frail.is_some() {
            self.exposure_changes(at);
        }
        self.take_worker(victim, at, since, now);
    }
}
