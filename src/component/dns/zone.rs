//! What a dns names: the instances of its targets, which of them it holds for well, and whose turn it is.

use super::super::health::{Health, Probes, first_probe};
use super::super::{About, Change, Context, Geography, Setting, Standing, Token, Wakes};
use super::blueprint::{DnsBlueprint, Naming};
use super::spec::{EJECTIONS, FAILED_PROBES, HEALTHY, PROBES, RETURNS};
use crate::measure::recorder::Ending;
use crate::mechanism::arrange::Arrange;
use crate::mechanism::turns::Turns;
use crate::units::{InstanceId, OperationId, PlaceId};
use std::sync::Arc;

/// The instances that may be named. Each instance of the dns has a view of its own.
pub(super) struct Zone {
    policy: Naming,
    health: Option<Health>,
    geography: Arc<Geography>,
    /// All instances of the targets, ascending, each with the index of its target.
    members: Vec<(InstanceId, usize)>,
    /// The weight of each of them.
    weights: Vec<u32>,
    /// Which of them offer an operation, as indices, ascending.
    pools: Vec<Vec<u32>>,
    /// The pool of each operation.
    operations: Vec<(OperationId, u32)>,
    /// Which of the members are not there, or are leaving; known to all instances at once.
    away: Vec<u32>,
    views: Vec<View>,
}

/// What one instance of the dns knows.
struct View {
    probes: Vec<Probes>,
    /// Whose turn it is, by pool; the policies without weights give everyone the same.
    turns: Vec<Turns>,
}

impl Zone {
    pub(super) fn new(blueprint: &DnsBlueprint, setting: &Setting) -> Zone {
        let mut members: Vec<(InstanceId, usize)> = setting
            .pools
            .iter()
            .flat_map(|pool| pool.1.iter().copied())
            .filter_map(|instance| Some((instance, setting.target_of(instance)?.0)))
            .collect();
        members.arrange();
        members.dedup();
        let index = |instance: &InstanceId| {
            members.binary_search_by_key(instance, |member| member.0).expect("it is among them") as u32
        };
        let (mut pools, mut operations) = (Vec::<Vec<u32>>::new(), Vec::new());
        for (operation, instances) in &setting.pools {
            let mut pool: Vec<u32> = instances.iter().map(index).collect();
            pool.arrange();
            pool.dedup();
            let known = pools.iter().position(|known| *known == pool).unwrap_or(pools.len());
            operations.push((*operation, known as u32));
            if known == pools.len() {
                pools.push(pool);
            }
        }
        let weight = |member: &(InstanceId, usize)| blueprint.weights.get(member.1).copied().unwrap_or(1);
        let count = members.len() as u32;
        let view = |at: u32| View {
            probes: vec![Probes::default(); members.len()],
            // They begin with different ones, or all would name the same few first.
            turns: vec![
                Turns::new(
                    count,
                    (u64::from(at) * u64::from(count) / u64::from(setting.instances)) as u32
                );
                pools.len()
            ],
        };
        Zone {
            policy: blueprint.policy,
            health: blueprint.health,
            geography: setting.geography.clone(),
            weights: members.iter().map(weight).collect(),
            views: (0..setting.instances).map(view).collect(),
            members,
            pools,
            operations,
            away: Vec::new(),
        }
    }

    /// A member comes or goes. Of who has just come nothing is known.
    pub(super) fn stands(&mut self, target: InstanceId, standing: Standing, context: &mut Context<'_>) {
        let Ok(member) = self.members.binary_search_by_key(&target, |member| member.0) else { return };
        self.away.retain(|away| *away != member as u32);
        if standing != Standing::Serving {
            self.away.push(member as u32);
        }
        self.views.iter_mut().for_each(|view| view.probes[member] = Probes::default());
        self.show(context);
    }

    /// Those who offer an operation, as a number.
    pub(super) fn pool_of(&self, operation: OperationId) -> u32 {
        let found = self.operations.iter().find(|known| known.0 == operation);
        found.expect("only what is offered is called").1
    }

    /// Whom instance `at` names to somebody at a place; none if nobody is well.
    pub(super) fn choose(&mut self, at: u32, pool: u32, place: PlaceId) -> Option<InstanceId> {
        let view = &mut self.views[at as usize];
        let mut fit = self.pools.get(pool as usize)?.clone();
        fit.retain(|member| !view.probes[*member as usize].is_down && !self.away.contains(member));
        let best = |rank: &dyn Fn(u32) -> u64, fit: &mut Vec<u32>| {
            let least = fit.iter().map(|member| rank(*member)).min();
            fit.retain(|member| Some(rank(*member)) == least);
        };
        let members = &self.members;
        match self.policy {
            Naming::Nearest => {
                let distance = |member: u32| self.geography.distance_from(place, members[member as usize].0);
                best(&distance, &mut fit);
            }
            Naming::Failover => best(&|member| members[member as usize].1 as u64, &mut fit),
            Naming::RoundRobin | Naming::Weighted => {}
        }
        if fit.is_empty() {
            return None;
        }
        let turn = view.turns[pool as usize].next(&self.weights, &fit);
        Some(members[turn as usize].0)
    }

    /// Whether any instance of the dns would still name this one.
    pub(super) fn is_named(&self, target: InstanceId) -> bool {
        let Ok(member) = self.members.binary_search_by_key(&target, |member| member.0) else { return true };
        !self.away.contains(&(member as u32)) && self.views.iter().any(|view| !view.probes[member].is_down)
    }

    /// How many are named, in the mean over the instances of the dns; none if nobody looks after them.
    pub(super) fn healthy(&self) -> Option<f64> {
        self.health?;
        let down = |view: &View| view.probes.iter().filter(|probes| probes.is_down).count();
        let all: usize = self.views.iter().map(down).sum();
        let there = self.members.len() - self.away.len();
        Some(there as f64 - all as f64 / self.views.len() as f64)
    }

    fn show(&self, context: &mut Context<'_>) {
        if let Some(healthy) = self.healthy() {
            context.level(HEALTHY, healthy);
        }
    }

    /// The run begins.
    pub(super) fn start(&self, context: &mut Context<'_>) {
        self.show(context);
        (0..self.views.len() as u32).for_each(|at| self.begin_probes(at, context));
    }

    fn begin_probes(&self, at: u32, context: &mut Context<'_>) {
        let Some(health) = self.health else { return };
        let (instances, targets) = (self.views.len() as u32, self.members.len() as u32);
        for target in 0..targets {
            let after = first_probe(&health, (at, instances), (target, targets));
            context.wake_after(at, after, target, Wakes::Routine);
        }
    }

    /// It is time to probe one of them.
    pub(super) fn probe(&mut self, at: u32, member: u32, context: &mut Context<'_>) {
        let Some(health) = self.health else { return };
        let (aim, errand) = self.members[member as usize];
        let about = About { aim: Some(aim), ..About::default() };
        // Who is not there is known not to be.
        if !self.away.contains(&member) {
            context.send(at, errand as u16, Token { purpose: 0, item: member }, about);
        }
        context.wake_after(at, health.every, member, Wakes::Routine);
    }

    /// A probe has come back.
    pub(super) fn probed(&mut self, at: u32, member: u32, ending: Ending, context: &mut Context<'_>) {
        let Some(health) = self.health else { return };
        context.count(PROBES, 1);
        context.count(FAILED_PROBES, u64::from(ending == Ending::Failed));
        if self.away.contains(&member) {
            return;
        }
        let probes = &mut self.views[at as usize].probes[member as usize];
        let was_down = probes.is_down;
        probes.probed(&health, ending);
        if probes.is_down != was_down {
            context.count(if was_down { RETURNS } else { EJECTIONS }, 1);
            self.show(context);
        }
    }

    /// An instance of the dns has gone down or come up: it holds all of them for well.
    pub(super) fn restart(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        self.views[at as usize].probes.fill(Probes::default());
        self.show(context);
        if change == Change::Up {
            self.begin_probes(at, context);
        }
    }
}
