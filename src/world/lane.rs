//! Lanes: what tells apart what visitors bring, where a component's table says by what.

use super::World;
use crate::units::ComponentId;

impl World<'_> {
    /// The lane of what a request brings to a component; none if that has no lanes.
    #[cold]
    pub(super) fn lane(&self, request: u32, component: ComponentId) -> Option<u64> {
        let template = self.plan.components[component.index()].lane.as_ref()?;
        Some(self.fill(request, template))
    }
}
