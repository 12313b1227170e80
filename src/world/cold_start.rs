//! Instances that have come up work slowly at first, and faster step by step.

use super::{What, World};
use crate::units::InstanceId;

impl World<'_> {
    /// A step of getting warm begins at an instance, the first one when it comes up.
    pub(super) fn warm_up(&mut self, at: InstanceId, step: u8) {
        let component = self.stations[at.index()].component;
        let Some(rules) = self.plan.components[component.index()].cold_start else { return };
        let factor = rules.factor_in(step);
        self.conditions.instances[at.index()].cold = factor;
        self.touch(at);
        self.change_pace(at);
        if factor.is_some() {
            let what = What::Warm { at, life: self.lives[at.index()], step: step + 1 };
            self.queue.push_after(rules.length_of(step), what);
        }
    }
}
