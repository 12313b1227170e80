//! Memory that requests take while they are at an instance: who finds no room is turned away, or the instance dies of it.

use super::down::Reason;
use super::guard::Door;
use super::{Flow, What, World};
use crate::fault::Disk;
use crate::station::memory::{Full, Memory};
use crate::units::InstanceId;

impl World<'_> {
    fn memory_of(&self, at: InstanceId) -> Option<Memory> {
        self.stations[at.index()].guard.as_ref()?.rules.memory
    }

    /// What a request takes of the instance that it visits \[B\].
    fn demand(&self, request: u32) -> u64 {
        let entry = self.requests[request].entry;
        let component =
            &self.plan.components[self.stations[self.requests[request].at.index()].component.index()];
        // What only errands ask for stands behind the operations.
        entry
            .0
            .checked_sub(component.entries.0.0)
            .and_then(|index| component.memory.get(usize::from(index)))
            .copied()
            .unwrap_or(0)
    }

    /// Whether there is no room for an arrival, so that it is turned away.
    pub(super) fn lacks_memory(&self, request: u32, at: InstanceId) -> bool {
        self.memory_of(at).is_some_and(|memory| {
            let held = self.stations[at.index()].levels.memory;
            memory.full == Full::Rejects && held + self.demand(request) > memory.limit
        })
    }

    /// An arrival takes its memory.
    pub(super) fn take_memory(&mut self, request: u32, at: InstanceId) -> Door {
        let Some(memory) = self.memory_of(at) else { return Door::Open };
        let demand = self.demand(request);
        let now = self.queue.now();
        let station = &mut self.stations[at.index()];
        station.change_memory(now, demand as i64);
        if station.levels.memory > memory.limit { Door::Fatal } else { Door::Open }
    }

    /// Somebody has come in for whom there is no memory: the instance is killed before anything else happens there.
    #[cold]
    pub(super) fn doom(&mut self, at: InstanceId) -> Flow {
        self.queue.push_now(What::OutOfMemory { at, life: self.lives[at.index()] });
        Flow::Stops
    }

    /// Who leaves gives its memory back.
    pub(super) fn give_memory_back(&mut self, request: u32, at: InstanceId) {
        if self.memory_of(at).is_some() {
            let demand = self.demand(request);
            let now = self.queue.now();
            self.stations[at.index()].change_memory(now, -(demand as i64));
        }
    }

    /// More memory is taken of an instance than it has: it is killed, and started again.
    pub(super) fn run_out_of_memory(&mut self, at: InstanceId) {
        self.touch(at);
        self.stations[at.index()].meter.current.out_of_memory += 1;
        self.bring_down(at, Reason::Restart, Disk::Kept);
        self.bring_up(at, Reason::Restart);
    }
}
