//! What a balancer does by itself, in front of targets that are only numbers.

mod pick;
mod tables;
mod watch;

use super::super::testing::{Scene, setting};
use super::*;
use crate::mechanism::hash::mix13;
use crate::units::Time;

const SHOW: OperationId = OperationId(3);
const STORE: OperationId = OperationId(1);

type Balancer = Scene<BalancerState>;

/// A balancer of `instances` instances, before targets 100, 101, ... for one operation.
fn balancer(policy: &str, instances: u32, targets: u32) -> Balancer {
    of_pools(policy, instances, vec![(SHOW, (100..100 + targets).map(InstanceId).collect())])
}

fn of_pools(policy: &str, instances: u32, pools: Vec<(OperationId, Vec<InstanceId>)>) -> Balancer {
    let toml = format!("targets = [\"web\"]\npolicy = {policy}");
    let targets = vec![(InstanceId(100), 50)];
    Scene::at::<BalancerBlueprint>(&toml, &Setting { pools, targets, ..setting(instances) })
}

fn ask(turn: u64) -> Ask<'static> {
    Ask { key: turn, user: turn, bits: mix13(mix13(turn + 1)), ..super::super::testing::ask() }
}

const RELEASE: Release = Release { since: Time(0), now: Time(0), answer: None };

impl Balancer {
    fn forward(&mut self, at: u32, operation: OperationId, ask: &Ask<'_>) -> Option<u32> {
        self.touch(|state, context| state.forward(at, operation, ask, context)).map(|target| target.0)
    }

    /// A call comes home.
    fn release(&mut self, at: u32, target: u32, release: Release) {
        self.touch(|state, context| state.release(at, InstanceId(target), &release, context));
    }

    /// A call is answered as soon as it is made; whose it was.
    fn serve(&mut self, at: u32, turn: u64) -> Option<u32> {
        let target = self.forward(at, SHOW, &ask(turn))?;
        self.release(at, target, RELEASE);
        Some(target)
    }

    fn outstanding(&self, at: usize) -> &[u32] {
        &self.state.instances[at].memory.outstanding
    }
}

fn forward(scene: &mut Balancer, at: u32, turn: u64) -> u32 {
    scene.forward(at, SHOW, &ask(turn)).unwrap()
}
