//! A balancer: forwards each call to one of its targets' instances, and knows how many calls it has out at each.
//!
//! Each of its instances knows only what it has seen itself: its calls, its probes, its answers. Who is with whom by
//! `sticky` is known to all of them, as if each user brought it along.

mod health;
mod nearness;
mod pick;
mod policy;
mod slow_start;
mod spec;
mod sticky;
#[cfg(test)]
mod tests;

pub use policy::POLICIES;

use super::health::{Health, first_probe, read_health};
use super::{
    About, Ask, Behaviour, Change, Context, Errand, Line, Plans, Reading, Release, Report, Setting, Spec,
    Standing, Token, Wakes, Work,
};
use crate::measure::recorder::Ending;
use crate::mechanism::arrange::Arrange;
use crate::mechanism::lots::Lots;
use crate::scenario::Named;
use crate::units::{InstanceId, OperationId, OutcomeId, Time};
use health::{Eject, Watch};
use nearness::{Preference, Tiers};
use pick::{Choice, Memory, Pool};
use policy::{Policy, Weight, Weights};
use slow_start::{Newcomers, SlowStart, WHOLE};
use spec::{EJECTIONS, FAILED_PROBES, HEALTHY, MOVED_USERS, PROBES, RETURNS, SPEC};
use sticky::Sessions;

/// What the table of a balancer says.
#[derive(Clone, Debug)]
pub struct BalancerBlueprint {
    targets: Vec<Named>,
    policy: Policy,
    weights: Vec<Weight>,
    /// How many users' targets are remembered.
    sticky: Option<u32>,
    preference: Option<Preference>,
    health: Option<Health>,
    eject: Option<Eject>,
    slow_start: Option<SlowStart>,
    service: Option<Work>,
}

impl Plans for BalancerBlueprint {
    const SPEC: Spec = SPEC;
    type State = BalancerState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let targets = read_targets(reading);
        let policy = policy::read_policy(reading);
        let weights = targets.as_ref().map(|targets| policy::read_weights(reading, targets));
        let sticky = sticky::read_sticky(reading);
        let preference = nearness::read_preference(reading);
        let health = read_health(reading);
        let eject = health::read_eject(reading);
        let slow_start = slow_start::read_slow_start(reading);
        let service = reading.work("service");
        Some(BalancerBlueprint {
            targets: targets?,
            policy: policy?,
            weights: weights??,
            sticky: sticky?,
            preference: preference?,
            health: health?,
            eject: eject?,
            slow_start: slow_start?,
            service: service?,
        })
    }

    fn targets(&self) -> &[Named] {
        &self.targets
    }

    fn numbered_targets(&self) -> Vec<(Named, u32)> {
        let numbered = |weight: &Weight| match &weight.of {
            Weights::Equal(_) => None,
            Weights::Each(weights) => Some((weight.target.clone(), weights.len() as u32)),
        };
        self.weights.iter().filter_map(numbered).collect()
    }

    fn lines(&self, _operation: &str) -> Vec<Line> {
        self.service.clone().map(Line::Work).into_iter().chain([Line::Forward]).collect()
    }

    fn picks_at_random(&self) -> bool {
        let is_plain = self.sticky.is_none()
            && self.preference.is_none()
            && self.health.is_none()
            && self.eject.is_none()
            && self.slow_start.is_none()
            && self.weights.is_empty();
        is_plain && self.policy == Policy::Random
    }

    fn errands(&self) -> Vec<Errand> {
        self.health.map_or(Vec::new(), |health| health.probes(&self.targets))
    }

    fn state(&self, setting: &Setting) -> BalancerState {
        BalancerState::new(self, setting)
    }
}

fn read_targets(reading: &mut Reading<'_, '_>) -> Option<Vec<Named>> {
    let node = reading.required("targets")?;
    reading.components(node, "targets")
}

/// Whose turn it is, who has how many calls and who is well, for each instance of the balancer on its own. Targets go by
/// their indices in one list, members of a pool by their positions in the pool.
pub struct BalancerState {
    policy: Policy,
    preference: Option<Preference>,
    health: Option<Health>,
    eject: Option<Eject>,
    slow_start: Option<SlowStart>,
    name: u64,
    /// All targets, ascending.
    targets: Vec<InstanceId>,
    /// The errand that probes each target.
    errands: Vec<u16>,
    /// The pool of each operation, ascending by operation.
    operations: Vec<(OperationId, usize)>,
    pools: Vec<Pool>,
    instances: Vec<Outlook>,
    sessions: Option<Box<Sessions>>,
    /// Positions while some are drawn: `power_of_d` takes no memory for a call.
    lots: Lots,
    /// Positions while they are narrowed down: neither does a retry.
    narrowed: Vec<u32>,
    /// The weights of the members of a pool while some of them are new.
    weights: Vec<u32>,
}

/// What one instance of the balancer knows.
struct Outlook {
    memory: Memory,
    /// Of each target, if anything is watched.
    watches: Vec<Watch>,
    /// For each pool, the positions of the targets that are well, ascending.
    open: Vec<Vec<u32>>,
    /// For each pool, its members by distance, if the place matters.
    tiers: Vec<Tiers>,
    /// In how many groups the members of a pool take turns.
    groups: usize,
    /// The targets that do not have all of their share yet.
    newcomers: Newcomers,
}

/// What a timer is for: the index of a target, or with this bit the end of its ejection.
const READMIT: u32 = 1 << 31;

impl BalancerState {
    fn new(blueprint: &BalancerBlueprint, setting: &Setting) -> BalancerState {
        let mut targets: Vec<InstanceId> =
            setting.pools.iter().flat_map(|pool| pool.1.iter().copied()).collect();
        targets.arrange();
        targets.dedup();
        let policy = blueprint.policy;
        let mut pools: Vec<Pool> = Vec::new();
        let mut operations = Vec::new();
        for (operation, instances) in setting.pools.iter().filter(|pool| !pool.1.is_empty()) {
            let index = |instance| targets.binary_search(instance).expect("it is among them") as u32;
            let mut members: Vec<u32> = instances.iter().map(index).collect();
            members.arrange();
            members.dedup();
            let known = pools.iter().position(|pool| pool.members == members);
            operations.push((*operation, known.unwrap_or(pools.len())));
            if known.is_none() {
                let weights =
                    blueprint.weights_of(setting, members.iter().map(|index| targets[*index as usize]));
                pools.push(Pool::new(policy, setting.name, members, weights));
            }
        }
        operations.arrange();
        let watched = blueprint.health.is_some() || blueprint.eject.is_some();
        let outlook = |at: u32| {
            let own = InstanceId(setting.first.0 + at);
            let distance = |target: u32| setting.geography.distance(own, targets[target as usize]);
            let near = pools.iter().filter(|_| blueprint.preference.is_some());
            let tiers: Vec<Tiers> = near.map(|pool| Tiers::new(pool, distance)).collect();
            let groups = tiers.iter().map(Tiers::len).max().unwrap_or(1);
            Outlook {
                memory: Memory::new(policy, (at, setting.instances), targets.len(), &pools, groups),
                watches: vec![Watch::default(); if watched { targets.len() } else { 0 }],
                open: pools.iter().map(|pool| (0..pool.len()).collect()).collect(),
                tiers,
                groups,
                newcomers: Newcomers::default(),
            }
        };
        let errand = |target: &InstanceId| setting.target_of(*target).map_or(0, |found| found.0 as u16);
        BalancerState {
            policy,
            preference: blueprint.preference,
            health: blueprint.health,
            eject: blueprint.eject,
            slow_start: blueprint.slow_start,
            name: setting.name,
            errands: targets.iter().map(errand).collect(),
            instances: (0..setting.instances).map(outlook).collect(),
            sessions: blueprint.sticky.map(|users| Box::new(Sessions::new(users))),
            lots: Lots::new(pools.iter().map(Pool::len).max().unwrap_or(0)),
            narrowed: Vec::new(),
            weights: Vec::new(),
            targets,
            operations,
            pools,
        }
    }

    /// Picks the index of a target; none if no member of the pool is well.
    #[inline]
    fn pick(&mut self, at: u32, pool_index: usize, ask: &Ask<'_>, now: Time) -> Option<u32> {
        let pool = &self.pools[pool_index];
        let outlook = &mut self.instances[at as usize];
        let mut eligible = &outlook.open[pool_index][..];
        let mut group = pool_index * outlook.groups;
        if eligible.is_empty() {
            return None;
        }
        if !ask.avoid.is_empty() || self.preference.is_some() {
            narrow(&mut self.narrowed, &self.targets, pool, eligible, ask.avoid);
            if let Some(preference) = &self.preference {
                let outstanding =
                    |position: u32| outlook.memory.outstanding[pool.members[position as usize] as usize];
                let tiers = &outlook.tiers[pool_index];
                group += tiers.narrow(preference, eligible, &mut self.narrowed, outstanding, ask.bits);
            }
            eligible = &self.narrowed;
        }
        let mut weights = &pool.weights[..];
        if !outlook.newcomers.is_empty() {
            let rules = self.slow_start.as_ref().expect("there are newcomers");
            let looks = matches!(self.policy, Policy::LeastOutstanding | Policy::PowerOfD { .. });
            let calls = looks.then_some(&outlook.memory.outstanding[..]);
            outlook.newcomers.weigh(rules, now, pool, calls, &mut self.weights);
            weights = &self.weights;
        }
        let policy = self.policy;
        let choice = Choice { policy, name: self.name, pool, pool_index, weights, group, eligible, ask };
        Some(outlook.memory.pick(&choice, &mut self.lots))
    }

    /// The target of a user: the one of the first call, or another one if that is out.
    #[cold]
    fn pick_for_user(
        &mut self,
        at: u32,
        pool_index: usize,
        ask: &Ask<'_>,
        context: &mut Context<'_>,
    ) -> Option<u32> {
        let sessions = self.sessions.as_mut().expect("users are remembered");
        let kept = sessions.target(ask.user, pool_index);
        let is_well = |target: u32| {
            self.instances[at as usize].watches.get(target as usize).is_none_or(|watch| watch.is_well())
        };
        match kept {
            // A retry elsewhere does not move the user.
            Some(target) if is_well(target) && ask.avoid.contains(&self.targets[target as usize]) => {
                self.pick(at, pool_index, ask, context.now)
            }
            Some(target) if is_well(target) => Some(target),
            _ => {
                let target = self.pick(at, pool_index, ask, context.now)?;
                if kept.is_some() {
                    context.count(MOVED_USERS, 1);
                }
                let sessions = self.sessions.as_mut().expect("users are remembered");
                sessions.keep(ask.user, pool_index, target);
                Some(target)
            }
        }
    }

    /// What an instance knows of a target has changed; it may be well now, or no longer.
    fn reconsider(&mut self, at: u32, target: u32, was_well: bool, context: &mut Context<'_>) {
        let outlook = &mut self.instances[at as usize];
        let is_well = outlook.watches[target as usize].is_well();
        if is_well == was_well {
            return;
        }
        context.count(if is_well { RETURNS } else { EJECTIONS }, 1);
        self.admit(at, target, context);
    }

    /// A target gets calls from now on, or no longer.
    fn admit(&mut self, at: u32, target: u32, context: &mut Context<'_>) {
        let outlook = &mut self.instances[at as usize];
        let is_well = outlook.watches[target as usize].is_well();
        if is_well {
            outlook.memory.forget(target);
        }
        match self.slow_start {
            Some(_) if is_well => outlook.newcomers.begin(target, context.now),
            Some(_) => outlook.newcomers.end(target),
            None => {}
        }
        for (pool, open) in self.pools.iter().zip(&mut outlook.open) {
            let Some(position) = pool.position(target) else { continue };
            match (open.binary_search(&position), is_well) {
                (Err(place), true) => open.insert(place, position),
                (Ok(place), false) => drop(open.remove(place)),
                _ => unreachable!("a target is open as long as it is well"),
            }
        }
        context.level(HEALTHY, self.healthy());
    }

    /// How many targets get calls, in the mean over the instances.
    fn healthy(&self) -> f64 {
        let out = |outlook: &Outlook| outlook.watches.iter().filter(|watch| !watch.is_well()).count();
        let all_out: usize = self.instances.iter().map(out).sum();
        self.targets.len() as f64 - all_out as f64 / self.instances.len() as f64
    }

    /// A call that was forwarded has been answered.
    #[cold]
    fn judge(
        &mut self,
        at: u32,
        target: u32,
        (outcome, ending): (OutcomeId, Ending),
        context: &mut Context<'_>,
    ) {
        let Some(eject) = self.eject else { return };
        let watches = &mut self.instances[at as usize].watches;
        if !watches[target as usize].answered(&eject, outcome, ending) {
            return;
        }
        let out = watches.iter().filter(|watch| watch.is_ejected).count();
        let well = watches.iter().filter(|watch| watch.is_well()).count();
        let allowed = ((eject.share * watches.len() as f64) as usize).max(1);
        let watch = &mut watches[target as usize];
        let was_well = watch.is_well();
        if out >= allowed || was_well && well == 1 {
            return;
        }
        watch.is_ejected = true;
        context.wake_after(at, eject.period, READMIT | target, Wakes::Duty);
        self.reconsider(at, target, was_well, context);
    }

    /// The timers of an instance's probes: those of all instances and targets are spread over the time between two.
    fn begin_probes(&self, at: u32, context: &mut Context<'_>) {
        let Some(health) = self.health else { return };
        let (instances, targets) = (self.instances.len() as u32, self.targets.len() as u32);
        for target in 0..targets {
            let after = first_probe(&health, (at, instances), (target, targets));
            context.wake_after(at, after, target, Wakes::Routine);
        }
    }
}

/// Keeps of the open positions those that are not to be avoided, or all if there are no others.
fn narrow(narrowed: &mut Vec<u32>, targets: &[InstanceId], pool: &Pool, open: &[u32], avoid: &[InstanceId]) {
    let is_avoided = |position: &u32| avoid.contains(&targets[pool.members[*position as usize] as usize]);
    narrowed.clear();
    narrowed.extend(open.iter().filter(|position| !is_avoided(position)));
    if narrowed.is_empty() {
        narrowed.extend_from_slice(open);
    }
}

impl Behaviour for BalancerState {
    fn start(&mut self, context: &mut Context<'_>) {
        context.level(HEALTHY, self.healthy());
        (0..self.instances.len() as u32).for_each(|at| self.begin_probes(at, context));
    }

    #[inline]
    fn forward(
        &mut self,
        at: u32,
        operation: OperationId,
        ask: &Ask<'_>,
        context: &mut Context<'_>,
    ) -> Option<InstanceId> {
        let found = self.operations.binary_search_by_key(&operation, |one| one.0).ok()?;
        let pool_index = self.operations[found].1;
        let target = match self.sessions {
            None => self.pick(at, pool_index, ask, context.now)?,
            Some(_) => self.pick_for_user(at, pool_index, ask, context)?,
        };
        self.instances[at as usize].memory.change(&self.pools, target, 1);
        Some(self.targets[target as usize])
    }

    #[inline]
    fn release(&mut self, at: u32, target: InstanceId, release: &Release, context: &mut Context<'_>) {
        let target = self.targets.binary_search(&target).expect("it is one of the targets") as u32;
        let memory = &mut self.instances[at as usize].memory;
        memory.change(&self.pools, target, -1);
        memory.responded(target, release.now.0, release.now.since(release.since).0);
        if let (Some(answer), Some(_)) = (release.answer, self.eject) {
            self.judge(at, target, answer, context);
        }
    }

    fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        let target = token & !READMIT;
        if token & READMIT != 0 {
            let watch = &mut self.instances[at as usize].watches[target as usize];
            let was_well = watch.is_well();
            watch.readmit();
            return self.reconsider(at, target, was_well, context);
        }
        let Some(health) = self.health else { return };
        // Who is not there is known not to be.
        if self.instances[at as usize].watches[target as usize].is_away {
            return context.wake_after(at, health.every, target, Wakes::Routine);
        }
        let (errand, aim) = (self.errands[target as usize], self.targets[target as usize]);
        let about = About { aim: Some(aim), ..About::default() };
        context.send(at, errand, Token { purpose: 0, item: target }, about);
        context.wake_after(at, health.every, target, Wakes::Routine);
    }

    fn reported(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        let Some(health) = self.health else { return };
        context.count(PROBES, 1);
        context.count(FAILED_PROBES, u64::from(report.ending == Ending::Failed));
        let watch = &mut self.instances[at as usize].watches[token.item as usize];
        let was_well = watch.is_well();
        watch.probed(&health, report.ending);
        self.reconsider(at, token.item, was_well, context);
    }

    /// An instance that starts again holds every target for well.
    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        let outlook = &mut self.instances[at as usize];
        outlook.watches.iter_mut().for_each(Watch::forget);
        outlook.newcomers.clear();
        let is_there = |target: &u32| outlook.watches.get(*target as usize).is_none_or(|one| one.is_well());
        for (pool, open) in self.pools.iter().zip(&mut outlook.open) {
            open.clear();
            open.extend((0..pool.len()).filter(|position| is_there(&pool.members[*position as usize])));
        }
        (0..self.targets.len() as u32).for_each(|target| outlook.memory.forget(target));
        context.level(HEALTHY, self.healthy());
        if change == Change::Up {
            self.begin_probes(at, context);
        }
    }

    /// All instances know at once who is there. A target that was started is well until it is known not to be.
    fn stands(&mut self, target: InstanceId, standing: Standing, context: &mut Context<'_>) {
        let Ok(target) = self.targets.binary_search(&target) else { return };
        for at in 0..self.instances.len() {
            let watches = &mut self.instances[at].watches;
            watches.resize(self.targets.len(), Watch::default());
            let watch = &mut watches[target];
            let was_well = watch.is_well();
            watch.stands(standing);
            if watch.is_well() != was_well {
                self.admit(at as u32, target as u32, context);
            }
        }
        context.level(HEALTHY, self.healthy());
    }

    fn holds_nothing(&self) -> bool {
        self.instances.iter().all(|outlook| outlook.memory.outstanding.iter().all(|count| *count == 0))
    }

    fn memory(&self) -> u64 {
        self.sessions.as_ref().map_or(0, |sessions| sessions.memory())
    }

    fn level(&self, _figure: usize) -> Option<f64> {
        // Who does not look takes all of them for healthy that are there.
        let looks = self.instances.iter().any(|outlook| !outlook.watches.is_empty());
        looks.then(|| self.healthy())
    }
}

impl BalancerBlueprint {
    /// The weights of instances; none if all are alike.
    fn weights_of(&self, setting: &Setting, instances: impl Iterator<Item = InstanceId>) -> Vec<u32> {
        if self.weights.is_empty() {
            return Vec::new();
        }
        let one = if self.slow_start.is_some() { WHOLE } else { 1 };
        instances.map(|instance| one * policy::weight_of(self, setting, instance)).collect()
    }
}
