//! Whom a fault may touch: clients that may have to wait for one of its victims, and no other ones.

use super::evidence::Evidence;
use crate::fault::{Condition, LinkSet, Selector};
use crate::units::ComponentId;

/// Which clients may notice something, by client.
pub(super) struct Reach(Vec<bool>);

impl Reach {
    /// Of a client's surge: itself, and those who have a component in common with it.
    pub(super) fn of_client(evidence: &Evidence<'_>, client: usize) -> Reach {
        let clients = &evidence.world.plan().clients;
        let own = evidence.awaited(clients[client].component);
        Reach::of(evidence, |awaited| awaited.iter().zip(&own).any(|(one, other)| *one && *other))
    }

    /// Those clients for whom it is true, given for whom they may have to wait.
    fn of(evidence: &Evidence<'_>, is_touched: impl Fn(&[bool]) -> bool) -> Reach {
        let clients = evidence.world.plan().clients.iter();
        Reach(clients.map(|client| is_touched(&evidence.awaited(client.component))).collect())
    }

    /// Whether a client is among them.
    pub(super) fn touches(&self, client: usize) -> bool {
        self.0[client]
    }
}

/// Whom a condition may touch.
pub(super) fn reach_of(evidence: &Evidence<'_>, condition: &Condition) -> Reach {
    let waits_for = |awaited: &[bool], selectors: &[Selector]| {
        selectors.iter().any(|selector| awaited[component_of(evidence, *selector).index()])
    };
    match condition {
        Condition::Crash { targets, .. }
        | Condition::Pause { targets }
        | Condition::Slow { targets, .. }
        | Condition::Errors { targets, .. }
        | Condition::Capacity { targets, .. }
        | Condition::Clock { targets, .. } => Reach::of(evidence, |awaited| waits_for(awaited, targets)),
        Condition::Deploy(deploy) => Reach::of(evidence, |awaited| waits_for(awaited, &deploy.targets)),
        Condition::Links { links, .. } => {
            let crosses = |awaited: &[bool], set: &LinkSet| {
                waits_for(awaited, &set.from) && waits_for(awaited, &set.to)
            };
            Reach::of(evidence, |awaited| links.iter().any(|set| crosses(awaited, set)))
        }
    }
}

/// Whether a condition keeps instances of a component from answering however little they have to do.
pub(super) fn silences(evidence: &Evidence<'_>, condition: &Condition, component: ComponentId) -> bool {
    let slows = matches!(
        condition,
        Condition::Slow { .. }
            | Condition::Errors { .. }
            | Condition::Capacity { .. }
            | Condition::Clock { .. }
    );
    !slows && befalls(evidence, condition, component)
}

/// Whether a condition has anything to do with instances of a component.
pub(super) fn befalls(evidence: &Evidence<'_>, condition: &Condition, component: ComponentId) -> bool {
    let befalls = |selectors: &[Selector]| {
        selectors.iter().any(|selector| component_of(evidence, *selector) == component)
    };
    match condition {
        Condition::Crash { targets, .. }
        | Condition::Pause { targets }
        | Condition::Slow { targets, .. }
        | Condition::Errors { targets, .. }
        | Condition::Capacity { targets, .. }
        | Condition::Clock { targets, .. } => befalls(targets),
        Condition::Deploy(deploy) => befalls(&deploy.targets),
        Condition::Links { links, .. } => links.iter().any(|set| befalls(&set.from) || befalls(&set.to)),
    }
}

/// The component of some instances.
fn component_of(evidence: &Evidence<'_>, selector: Selector) -> ComponentId {
    match selector {
        Selector::Instances { first, .. } => evidence.world.plan().instances[first.index()].component,
        Selector::Role { component, .. } => component,
    }
}
