//! Errands that went astray: a message of theirs is lost, no timer is pending, and so their component never hears of them.
//!
//! Requests that are parked until such an errand reports wait for a lost message as its caller would: as long as somebody
//! waits for them, and no longer. When the last of them has gone, the errand gives back what it holds; whoever comes later to
//! wait for it waits in vain, too, until the instance goes down and forgets it.

use super::World;
use crate::component::{Behaviour, Token};
use crate::kernel::request::{Frame, Request, RequestId, State};
use crate::units::InstanceId;

/// An errand that will never report.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stray {
    /// Whose it is.
    pub at: InstanceId,
    token: Token,
    /// What is left of it.
    errand: RequestId,
}

impl World<'_> {
    /// An errand waits for a lost message: those go who are parked because of it, and whom nobody waits for.
    #[cold]
    pub(super) fn stray(&mut self, errand: u32, token: Token) {
        let stray = Stray { at: self.sender_of(errand), token, errand: self.requests.id(errand) };
        if self.strays.iter().any(|known| known.errand == stray.errand) {
            return;
        }
        self.strays.push(stray);
        for waiting in self.waiting_for(&stray) {
            if let Some(parked) = self.requests.find(waiting) {
                self.forsake(parked);
            }
        }
        self.give_up_strays();
    }

    /// The instance that has sent an errand.
    fn sender_of(&self, errand: u32) -> InstanceId {
        let caller = self.requests.frames_of(errand).iter().find_map(|frame| match frame {
            Frame::Visit { caller, .. } => Some(*caller),
            _ => None,
        });
        caller.unwrap_or(self.requests[errand].at)
    }

    /// An instance goes down: nothing waits there any more.
    pub(super) fn forget_strays(&mut self, at: InstanceId) {
        for stray in self.strays.extract_if(.., |stray| stray.at == at).collect::<Vec<_>>() {
            if let Some(errand) = self.requests.find(stray.errand) {
                self.unwind(errand);
            }
        }
    }

    /// A request has been parked: it may wait for an errand that went astray before.
    #[cold]
    pub(super) fn join_strays(&mut self, request: u32) {
        if self.waits_for_stray(request) {
            self.forsake(request);
        }
    }

    /// Whether a parked request waits for an errand that will never report.
    pub(super) fn waits_for_stray(&self, request: u32) -> bool {
        let (id, Request { at, .. }) = (self.requests.id(request), self.requests[request]);
        self.strays.iter().any(|stray| stray.at == at && self.waiting_for(stray).contains(&id))
    }

    /// What is left of errands that nobody is parked for any more.
    #[cold]
    pub(super) fn give_up_strays(&mut self) {
        for index in 0..self.strays.len() {
            let stray = self.strays[index];
            let Some(errand) = self.requests.find(stray.errand) else { continue };
            if self.waiting_for(&stray).is_empty() {
                self.unwind(errand);
            }
        }
    }

    /// Those who are parked until an errand reports.
    fn waiting_for(&self, stray: &Stray) -> Vec<RequestId> {
        let instance = self.plan.instances[stray.at.index()];
        let component = &self.components[instance.component.index()];
        let mut waiting = component.awaits(instance.index, stray.token);
        let is_parked = |id: &RequestId| {
            self.requests.find(*id).is_some_and(|request| self.requests[request].state == State::Parked)
        };
        waiting.retain(is_parked);
        waiting
    }
}
