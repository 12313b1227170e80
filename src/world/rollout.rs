//! Deploys: how a version comes to the instances of a tier, some at a time, is watched, and may go back.

use super::{What, World};
use crate::component::Standing;
use crate::fault::{Canary, Condition, Deploy};
use crate::station::Load;
use crate::units::{InstanceId, SECOND, Span};

/// A deploy that has begun.
pub(super) struct Rollout {
    occurrence: usize,
    /// Who is to be replaced, in this order.
    targets: Vec<InstanceId>,
    /// How many of them have been, or are just now.
    taken: usize,
    way: Way,
    stage: Stage,
    /// Those of the present batch who do not serve yet.
    pending: Vec<InstanceId>,
    /// Which of the scheduled continuations is the valid one.
    stamp: u16,
    /// What each target had done when the watch began, if it has.
    before: Option<Vec<Load>>,
}

/// Which way the versions change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Forth,
    Back,
}

/// What a deploy is waiting for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// That all of the batch serve.
    Batch,
    /// The end of the pause before the next batch.
    Pause,
    /// The end of the time for which the first instances are watched.
    Watch,
    /// Nothing any more.
    Nothing,
}

impl World<'_> {
    /// A deploy begins.
    pub(super) fn roll_out(&mut self, occurrence: usize, targets: Vec<InstanceId>) {
        let first = self.deploy(occurrence).canary.map(|canary| canary.instances);
        self.conditions.rollouts.push(Rollout {
            occurrence,
            targets,
            taken: 0,
            way: Way::Forth,
            stage: Stage::Nothing,
            pending: Vec::new(),
            stamp: 0,
            before: None,
        });
        let index = self.conditions.rollouts.len() - 1;
        let batch = first.unwrap_or(self.deploy(occurrence).batch);
        self.take_batch(index, batch);
    }

    /// Whoever runs the version of a deploy is given back what it ran before.
    pub(super) fn roll_back(&mut self, occurrence: usize) {
        let index = self.rollout(occurrence);
        let rollout = &mut self.conditions.rollouts[index];
        if rollout.way == Way::Back {
            return;
        }
        rollout.way = Way::Back;
        rollout.stamp = rollout.stamp.wrapping_add(1);
        rollout.pending.clear();
        rollout.taken = 0;
        let roster = &mut self.roster;
        // Who was given another version later keeps that.
        rollout.targets.retain(|at| {
            let is_wanted = roster.versions(*at).wanted() == Some(occurrence);
            if !is_wanted {
                roster.versions(*at).take_back(occurrence);
            }
            is_wanted
        });
        self.take_batch(index, self.deploy(occurrence).batch);
    }

    fn deploy(&self, occurrence: usize) -> &Deploy {
        match &self.plan.faults[self.fault_of(occurrence)].condition {
            Condition::Deploy(deploy) => deploy,
            _ => unreachable!("only a deploy is rolled out"),
        }
    }

    fn rollout(&self, occurrence: usize) -> usize {
        let rollouts = &self.conditions.rollouts;
        rollouts.iter().position(|rollout| rollout.occurrence == occurrence).expect("the deploy has begun")
    }

    /// Replaces the next so many instances.
    fn take_batch(&mut self, index: usize, size: u32) {
        let rollout = &mut self.conditions.rollouts[index];
        let (occurrence, way) = (rollout.occurrence, rollout.way);
        let end = rollout.targets.len().min(rollout.taken.saturating_add(size as usize));
        rollout.pending = rollout.targets[rollout.taken..end].to_vec();
        (rollout.taken, rollout.stage) = (end, Stage::Batch);
        let batch = rollout.pending.clone();
        let drain = self.deploy(occurrence).drain;
        for at in batch {
            let versions = self.roster.versions(at);
            let before = versions.wanted();
            match way {
                Way::Forth => versions.give(occurrence),
                Way::Back => versions.take_back(occurrence),
            }
            let is_another = versions.wanted() != before;
            if is_another {
                self.replace(at, drain);
            }
            // Who is not there has it when it starts next.
            if !is_another || self.roster.is_away(at) {
                self.conditions.rollouts[index].pending.retain(|pending| *pending != at);
            }
        }
        self.consider(index);
    }

    /// How an instance stands has changed, or will not any more: a batch that waits for it may be settled.
    pub(super) fn hear_of(&mut self, at: InstanceId, standing: Standing) {
        let has_arrived = matches!(standing, Standing::Serving | Standing::Away);
        for index in 0..self.conditions.rollouts.len() {
            let pending = &mut self.conditions.rollouts[index].pending;
            let Some(position) = pending.iter().position(|pending| *pending == at) else { continue };
            if has_arrived {
                pending.remove(position);
            }
            self.consider(index);
        }
    }

    /// Goes on if all of the batch serve, or never will.
    fn consider(&mut self, index: usize) {
        let rollout = &self.conditions.rollouts[index];
        let (occurrence, way) = (rollout.occurrence, rollout.way);
        let is_first = rollout.before.is_none() && way == Way::Forth;
        let is_settled = rollout.pending.iter().all(|at| self.is_never_up(*at));
        if rollout.stage != Stage::Batch || !is_settled {
            return;
        }
        let deploy = self.deploy(occurrence);
        let (pause, canary) = (deploy.pause, deploy.canary.filter(|_| is_first));
        if let Some(canary) = canary {
            let targets = self.conditions.rollouts[index].targets.clone();
            let before = targets.into_iter().map(|at| self.load_of(at)).collect();
            self.conditions.rollouts[index].before = Some(before);
            return self.wait_for(index, Stage::Watch, canary.watch);
        }
        let rollout = &mut self.conditions.rollouts[index];
        if !rollout.pending.is_empty() {
            // They never come up, and nobody else is given the same.
            return;
        }
        if rollout.taken < rollout.targets.len() {
            return self.wait_for(index, Stage::Pause, pause);
        }
        rollout.stage = Stage::Nothing;
        let (fault, now) = (self.fault_of(occurrence), self.queue.now());
        self.recorder.rolled(fault, now);
    }

    /// Whether what an instance runs never comes up.
    fn is_never_up(&self, at: InstanceId) -> bool {
        self.conditions.instances[at.index()].down.is_stuck()
    }

    fn wait_for(&mut self, index: usize, stage: Stage, span: Span) {
        let rollout = &mut self.conditions.rollouts[index];
        rollout.stamp = rollout.stamp.wrapping_add(1);
        rollout.stage = stage;
        let what = What::Rollout { occurrence: rollout.occurrence as u32, stamp: rollout.stamp };
        self.queue.push_after(span, what);
    }

    /// A pause or a watch is over.
    pub(super) fn go_on_rolling(&mut self, occurrence: usize, stamp: u16) {
        let index = self.rollout(occurrence);
        let rollout = &self.conditions.rollouts[index];
        if rollout.stamp != stamp {
            return;
        }
        let canary = self.deploy(occurrence).canary;
        if rollout.stage == Stage::Watch
            && let Some(canary) = canary
            && self.is_worse(index, &canary)
        {
            return self.roll_back(occurrence);
        }
        self.take_batch(index, self.deploy(occurrence).batch);
    }

    /// What an instance has done since the run began.
    fn load_of(&mut self, at: InstanceId) -> Load {
        self.touch(at);
        let station = &self.stations[at.index()];
        station.meter.load_so_far(self.queue.now(), station.levels)
    }

    /// Whether the first instances did worse than the others while they were watched. Who had nothing to do is not worse; nor
    /// are there others that take no time.
    fn is_worse(&mut self, index: usize, canary: &Canary) -> bool {
        let rollout = &self.conditions.rollouts[index];
        let (targets, before, first) = (rollout.targets.clone(), rollout.before.clone(), rollout.taken);
        if targets[..first].iter().any(|at| self.is_never_up(*at)) {
            return true;
        }
        let mut sums = [Watched::default(); 2];
        for (position, (at, before)) in targets.into_iter().zip(before.into_iter().flatten()).enumerate() {
            let after = self.load_of(at);
            sums[usize::from(position >= first)].add(&before, &after);
        }
        let [new, old] = sums;
        let fails = canary.errors.is_some_and(|more| new.failed() - old.failed() > more);
        let lags = canary.latency.is_some_and(|times| match (new.sojourn(), old.sojourn()) {
            (Some(new), Some(old)) => new > times * old,
            _ => false,
        });
        fails || lags
    }
}

/// What some instances did while they were watched.
#[derive(Clone, Copy, Default, Debug)]
struct Watched {
    ended: u64,
    failed: u64,
    served: u64,
    present: u128,
}

impl Watched {
    fn add(&mut self, before: &Load, after: &Load) {
        let ended = |load: &Load| load.served + load.rejected + load.stopped;
        self.ended += ended(after) - ended(before);
        self.failed += after.failed - before.failed;
        self.served += after.served - before.served;
        self.present += after.present - before.present;
    }

    /// The share of the visits that failed.
    fn failed(&self) -> f64 {
        if self.ended == 0 { 0.0 } else { self.failed as f64 / self.ended as f64 }
    }

    /// How long a visit took in the mean, by Little's law \[s\]; none without visits.
    fn sojourn(&self) -> Option<f64> {
        (self.served > 0).then(|| self.present as f64 / self.served as f64 / SECOND as f64)
    }
}
