//! What a visitor brings along besides what a request carries: its lane, where a component's table says by what these are told
//! apart, how long what it brings waits, where a call says so, and whose call it is.

use super::World;
use crate::component::Luggage;
use crate::kernel::request::{Frame, Parent, SavedField};
use crate::plan::Pool;
use crate::units::{AmountId, ComponentId, InstanceId, Span};

impl World<'_> {
    /// The lane of what a request brings to a component; none if that has no lanes.
    #[cold]
    pub(super) fn lane(&self, request: u32, component: ComponentId) -> Option<u64> {
        let template = self.plan.components[component.index()].lane.as_ref()?;
        Some(self.fill(request, template))
    }

    /// What is known of a visitor of a component.
    #[cold]
    pub(super) fn luggage(&self, visitor: u32, component: ComponentId) -> Luggage {
        let minds = self.plan.components[component.index()].blueprint.minds_callers();
        Luggage {
            lane: self.lane(visitor, component).unwrap_or(0),
            delay: self.said_delay(visitor),
            asker: if minds { self.asker(visitor) } else { 0 },
        }
    }

    /// A call says how long what it brings waits: the same at every attempt.
    #[cold]
    pub(super) fn bring_later(&mut self, caller: u32, traveller: u32, delay: AmountId) {
        let delay = self.draw_span(delay, self.requests[caller].fate, Some(caller));
        self.requests.push_frame(traveller, Frame::Saved { field: SavedField::Delay, value: delay.0 });
    }

    /// How long what a request brings waits, if the call says so. Whoever takes such a thing calls nobody in its stead, so that
    /// no other call stands in between.
    fn said_delay(&self, request: u32) -> Option<Span> {
        self.requests.frames_of(request).iter().rev().find_map(|frame| match frame {
            Frame::Saved { field: SavedField::Delay, value } => Some(Span(*value)),
            _ => None,
        })
    }

    /// Whose call a visitor is, as a hash of the component's name: that of the nearest one that does not only forward calls. Of a
    /// call that its forwarder has given up nobody knows more than who forwarded it.
    #[cold]
    pub(super) fn asker(&self, visitor: u32) -> u64 {
        let name = |at: InstanceId| {
            let component = self.plan.instances[at.index()].component;
            self.plan.components[component.index()].setting.name
        };
        let (mut request, mut nearest) = (visitor, None);
        loop {
            for frame in self.requests.frames_of(request).iter().rev() {
                let Frame::Visit { site, caller, .. } = frame else { continue };
                nearest = Some(*caller);
                if self.plan.sites.get(site.index()).is_none_or(|site| site.pool != Pool::Targets) {
                    return name(*caller);
                }
            }
            let call = match self.requests[request].parent {
                Parent::Call(call) => self.calls.get(call),
                _ => None,
            };
            match call.and_then(|call| self.requests.find(call.caller)) {
                Some(caller) => request = caller,
                None => return nearest.map_or(0, name),
            }
        }
    }
}
