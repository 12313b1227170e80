//! Looks: what one component sees of another, as a monitoring system would tell it.

use super::World;
use crate::component::{Behaviour, Sight};
use crate::station::Load;
use crate::units::InstanceId;

impl World<'_> {
    /// An instance looks at one of the subjects of its component, and hears what it sees.
    pub(super) fn look(&mut self, at: InstanceId, subject: u16) {
        let plan = self.plan;
        let own = &plan.components[plan.instances[at.index()].component.index()];
        let (seen, level) = own.subjects[usize::from(subject)];
        let (first, count) = plan.components[seen.index()].instances;
        let (now, mut load) = (self.queue.now(), Load::default());
        for instance in (first.0..first.0 + count).map(InstanceId) {
            self.touch(instance);
            let station = &self.stations[instance.index()];
            load += station.meter.load_so_far(now, station.levels);
        }
        let level = level.and_then(|figure| self.components[seen.index()].level(figure));
        let sight = Sight { load, level };
        self.touch_component(at, |state, index, context| state.saw(index, subject, &sight, context));
    }
}
