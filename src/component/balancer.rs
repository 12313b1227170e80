//! A balancer: forwards each call to one of its targets' instances, and knows how many calls it has out at each.

use super::{
    Ask, Behaviour, DefaultWorkers, Key, Line, Plans, Reading, Release, Serves, Setting, Spec, Work,
};
use crate::kernel::random::{Draws, below};
use crate::mechanism::hash::mix13_pair;
use crate::mechanism::least::Least;
use crate::mechanism::lots::Lots;
use crate::mechanism::ring::{Ring, VIRTUAL_NODES};
use crate::scenario::Named;
use crate::units::{InstanceId, OperationId};

/// What the table of a balancer says.
#[derive(Clone, Debug)]
pub struct BalancerBlueprint {
    targets: Vec<Named>,
    policy: Policy,
    service: Option<Work>,
}

/// How a target is picked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Policy {
    RoundRobin,
    Random,
    LeastOutstanding,
    PowerOfD { d: u32 },
    HashRing { virtual_nodes: u32 },
}

/// The policies by which a target is picked: name and meaning.
pub const POLICIES: &[(&str, &str)] = &[
    ("round_robin", "One target after the other."),
    ("random", "Every target is equally likely."),
    (
        "least_outstanding",
        "A target that has the fewest calls of this balancer instance; equal ones take turns.",
    ),
    ("power_of_d", "The one of `d` random targets that has the fewest calls of this balancer instance."),
    ("hash_ring", "The target that owns the request's key on a hash ring, whatever it has to do."),
];

/// More draws than this pick no better target than `least_outstanding` does.
const D_MAX: u32 = 1000;

/// With more points per target the ring gets no more even that anyone could see, but the memory grows.
const VIRTUAL_NODES_MAX: u32 = 10_000;

impl Plans for BalancerBlueprint {
    const SPEC: Spec = Spec {
        name: "balancer",
        doc: "Forwards calls to the instances of its targets, and offers the operations of these.",
        keys: &[
            Key {
                name: "targets",
                takes: "an array of components",
                doc: "To whom it forwards: a call goes to those that offer its operation. Required.",
            },
            Key {
                name: "policy",
                takes: "a policy",
                doc: "How a target is picked. Default: \"round_robin\".",
            },
            Key {
                name: "d",
                takes: "a whole number",
                doc: "How many targets `power_of_d` draws. Default: 2.",
            },
            Key {
                name: "virtual_nodes",
                takes: "a whole number",
                doc: "How often each target stands on the ring of `hash_ring`. Default: 100.",
            },
            Key { name: "service", takes: "a time", doc: "What a call takes of a worker. Default: no time." },
        ],
        serves: Serves::Yes(DefaultWorkers::Unbounded),
        operations: &[],
        counters: &[],
        figures: &[],
        roles: &[],
    };
    type State = BalancerState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let targets = read_targets(reading);
        let policy = read_policy(reading);
        let service = reading.work("service");
        Some(BalancerBlueprint { targets: targets?, policy: policy?, service: service? })
    }

    fn targets(&self) -> &[Named] {
        &self.targets
    }

    fn lines(&self, _operation: &str) -> Vec<Line> {
        self.service.clone().map(Line::Work).into_iter().chain([Line::Forward]).collect()
    }

    fn picks_at_random(&self) -> bool {
        matches!(self.policy, Policy::Random)
    }

    fn state(&self, setting: &Setting) -> BalancerState {
        BalancerState::new(self.policy, setting)
    }
}

fn read_targets(reading: &mut Reading<'_, '_>) -> Option<Vec<Named>> {
    let context = reading.context(BalancerBlueprint::SPEC.name);
    let node = reading.reader.required(reading.table, "targets", &context)?;
    let names = reading.reader.array(node)?;
    if names.is_empty() {
        reading.reader.error(node.location, format!("{context} needs a component in `targets`"));
        return None;
    }
    let mut targets: Vec<Option<Named>> = Vec::with_capacity(names.len());
    for node in names {
        let name = reading.reader.name(node).map(str::to_owned);
        let is_double = targets.iter().flatten().any(|earlier| Some(&earlier.name) == name.as_ref());
        if let Some(name) = name.as_ref().filter(|_| is_double) {
            reading.reader.error(node.location, format!("`{name}` is among the targets already"));
        }
        targets.push(name.filter(|_| !is_double).map(|name| Named { name, location: node.location }));
    }
    targets.into_iter().collect()
}

fn read_policy(reading: &mut Reading<'_, '_>) -> Option<Policy> {
    let names: Vec<&str> = POLICIES.iter().map(|(name, _)| *name).collect();
    let name = names[reading.choice("policy", &names, 0)?];
    let d = match name {
        "power_of_d" => reading.count("d", 2, 1, D_MAX),
        _ => reading.only_with("d", "the policy `power_of_d`").map(|()| 0),
    };
    let virtual_nodes = match name {
        "hash_ring" => reading.count("virtual_nodes", VIRTUAL_NODES, 1, VIRTUAL_NODES_MAX),
        _ => reading.only_with("virtual_nodes", "the policy `hash_ring`").map(|()| 0),
    };
    let (d, virtual_nodes) = (d?, virtual_nodes?);
    Some(match name {
        "round_robin" => Policy::RoundRobin,
        "random" => Policy::Random,
        "least_outstanding" => Policy::LeastOutstanding,
        "power_of_d" => Policy::PowerOfD { d },
        "hash_ring" => Policy::HashRing { virtual_nodes },
        other => unreachable!("{other} is no policy"),
    })
}

/// Whose turn it is, and who has how many calls, for each instance of the balancer on its own. Targets go by their indices
/// in one list, members of a pool by their positions in the pool.
pub struct BalancerState {
    policy: Policy,
    name: u64,
    /// All targets, ascending.
    targets: Vec<InstanceId>,
    /// The pool of each operation, ascending by operation.
    operations: Vec<(OperationId, usize)>,
    pools: Vec<Pool>,
    instances: Vec<Outlook>,
    /// Positions while some are drawn: `power_of_d` takes no memory for a call.
    lots: Lots,
}

/// Targets that offer the same operations.
struct Pool {
    /// Their indices, ascending.
    members: Vec<u32>,
    /// The indices on a ring.
    ring: Option<Ring>,
}

impl Pool {
    fn len(&self) -> u32 {
        self.members.len() as u32
    }

    #[inline]
    fn position(&self, target: u32) -> Option<u32> {
        self.members.binary_search(&target).ok().map(|position| position as u32)
    }

    /// The index of the target that owns a key, or of the next one on the ring if that is to be avoided.
    #[inline]
    fn owner(&self, key: u64, name: u64, avoid: Option<u32>) -> u32 {
        let ring = self.ring.as_ref().expect("the policy has a ring");
        // The key goes first: the other way around small keys would hash to the points of the ring themselves.
        let hash = mix13_pair(key, name);
        let Some(avoid) = avoid else { return ring.owner(hash) };
        let mut owners = [0; 2];
        ring.owners(hash, &mut owners);
        if owners[0] == self.members[avoid as usize] { owners[1] } else { owners[0] }
    }
}

/// What one instance of the balancer knows.
struct Outlook {
    /// The calls that each target has.
    outstanding: Vec<u32>,
    /// For each pool, the position whose turn is next.
    cursors: Vec<u32>,
    /// For each pool, the calls by position.
    least: Vec<Least>,
}

impl BalancerState {
    fn new(policy: Policy, setting: &Setting) -> BalancerState {
        let mut targets: Vec<InstanceId> =
            setting.pools.iter().flat_map(|pool| pool.1.iter().copied()).collect();
        targets.sort_unstable();
        targets.dedup();
        let mut pools: Vec<Pool> = Vec::new();
        let mut operations = Vec::new();
        for (operation, instances) in setting.pools.iter().filter(|pool| !pool.1.is_empty()) {
            let index = |instance| targets.binary_search(instance).expect("it is among them") as u32;
            let mut members: Vec<u32> = instances.iter().map(index).collect();
            members.sort_unstable();
            members.dedup();
            let known = pools.iter().position(|pool| pool.members == members);
            operations.push((*operation, known.unwrap_or(pools.len())));
            if known.is_none() {
                pools.push(Pool { ring: policy.ring(setting.name, &members), members });
            }
        }
        operations.sort_unstable();
        let outlook = |at| Outlook::new(policy, at, setting.instances, targets.len(), &pools);
        let instances = (0..setting.instances).map(outlook).collect();
        let lots = Lots::new(pools.iter().map(Pool::len).max().unwrap_or(0));
        BalancerState { policy, name: setting.name, targets, operations, pools, instances, lots }
    }

    /// Picks the index of a target; `avoid` is a position of the pool that is not its only one.
    #[inline]
    fn pick(&mut self, at: u32, pool_index: usize, avoid: Option<u32>, ask: &Ask<'_>) -> u32 {
        let pool = &self.pools[pool_index];
        let outlook = &mut self.instances[at as usize];
        let position = match self.policy {
            Policy::RoundRobin => {
                let next = outlook.cursors[pool_index];
                if Some(next) == avoid { (next + 1) % pool.len() } else { next }
            }
            Policy::Random => {
                let others = pool.len() - u32::from(avoid.is_some());
                stepping_over(below(ask.bits, u64::from(others)) as u32, avoid)
            }
            Policy::LeastOutstanding => {
                let (least, cursor) = (&mut outlook.least[pool_index], outlook.cursors[pool_index]);
                match avoid {
                    Some(avoid) => least.next_least_but(cursor, avoid),
                    None => least.next_least(cursor),
                }
            }
            Policy::PowerOfD { d } => {
                let others = pool.len() - u32::from(avoid.is_some());
                let mut draws = Draws::new(ask.bits, 0);
                let below = |n| below(draws.bits(), u64::from(n)) as u32;
                let drawn = self.lots.draw(d.min(others), others, below);
                let positions = drawn.iter().map(|lot| stepping_over(*lot, avoid));
                // The first of several equal ones is taken.
                positions
                    .min_by_key(|position| outlook.outstanding[pool.members[*position as usize] as usize])
                    .expect("one is drawn")
            }
            Policy::HashRing { .. } => return pool.owner(ask.key, self.name, avoid),
        };
        outlook.cursors[pool_index] = (position + 1) % pool.len();
        pool.members[position as usize]
    }

    /// A target has one call more, or one fewer.
    #[inline]
    fn change(&mut self, at: u32, target: u32, delta: i32) {
        let outlook = &mut self.instances[at as usize];
        let outstanding = &mut outlook.outstanding[target as usize];
        *outstanding = outstanding.checked_add_signed(delta).expect("what is given back was taken");
        for (pool, least) in self.pools.iter().zip(&mut outlook.least) {
            if let Some(position) = pool.position(target) {
                least.add(position, delta);
            }
        }
    }
}

impl Behaviour for BalancerState {
    #[inline]
    fn forward(&mut self, at: u32, operation: OperationId, ask: &Ask<'_>) -> Option<InstanceId> {
        let found = self.operations.binary_search_by_key(&operation, |one| one.0).ok()?;
        let pool_index = self.operations[found].1;
        let pool = &self.pools[pool_index];
        let position = |instance| {
            self.targets.binary_search(instance).ok().and_then(|target| pool.position(target as u32))
        };
        let avoid = ask.avoid.last().filter(|_| pool.len() > 1).and_then(position);
        let target = self.pick(at, pool_index, avoid, ask);
        self.change(at, target, 1);
        Some(self.targets[target as usize])
    }

    #[inline]
    fn release(&mut self, at: u32, target: InstanceId, _release: &Release) {
        let target = self.targets.binary_search(&target).expect("it is one of the targets");
        self.change(at, target as u32, -1);
    }

    fn holds_nothing(&self) -> bool {
        self.instances.iter().all(|outlook| outlook.outstanding.iter().all(|count| *count == 0))
    }
}

impl Policy {
    /// The ring of the targets with these indices, if the policy wants one.
    fn ring(self, name: u64, members: &[u32]) -> Option<Ring> {
        match self {
            Policy::HashRing { virtual_nodes } => Ring::new(name, members.iter().copied(), virtual_nodes),
            _ => None,
        }
    }
}

impl Outlook {
    fn new(policy: Policy, at: u32, instances: u32, targets: usize, pools: &[Pool]) -> Outlook {
        // The instances begin at different targets, or all of them would send their first calls to the same few.
        let cursor = |pool: &Pool| (u64::from(at) * u64::from(pool.len()) / u64::from(instances)) as u32;
        let least = match policy {
            Policy::LeastOutstanding => pools.iter().map(|pool| Least::new(pool.len())).collect(),
            _ => Vec::new(),
        };
        Outlook { outstanding: vec![0; targets], cursors: pools.iter().map(cursor).collect(), least }
    }
}

/// The `index`-th position of a pool without the avoided one.
#[inline]
fn stepping_over(index: u32, avoid: Option<u32>) -> u32 {
    match avoid {
        Some(avoid) if index >= avoid => index + 1,
        _ => index,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{error, outline, read, setting};
    use super::*;
    use crate::mechanism::hash::mix13;
    use crate::units::Time;

    const SHOW: OperationId = OperationId(3);
    const STORE: OperationId = OperationId(1);

    /// A balancer of `instances` instances, before targets 100, 101, ... for one operation.
    fn balancer(policy: &str, instances: u32, targets: u32) -> BalancerState {
        of_pools(policy, instances, vec![(SHOW, (100..100 + targets).map(InstanceId).collect())])
    }

    fn of_pools(policy: &str, instances: u32, pools: Vec<(OperationId, Vec<InstanceId>)>) -> BalancerState {
        let blueprint =
            read::<BalancerBlueprint>(&format!("targets = [\"web\"]\npolicy = {policy}")).unwrap();
        blueprint.state(&Setting { pools, ..setting(instances) })
    }

    fn ask(turn: u64) -> Ask<'static> {
        Ask { key: turn, bits: mix13(mix13(turn + 1)), ..super::super::testing::ask() }
    }

    const RELEASE: Release = Release { since: Time(0), now: Time(0), answer: None };

    fn forward(state: &mut BalancerState, at: u32, turn: u64) -> u32 {
        state.forward(at, SHOW, &ask(turn)).unwrap().0
    }

    #[test]
    fn tables_and_what_is_said_about_them() {
        for (toml, expected, lines) in [
            ("targets = [\"web\", \"api\"]", Policy::RoundRobin, "forward"),
            (
                "targets = [\"web\"]\npolicy = \"random\"\nservice = \"1 s\"",
                Policy::Random,
                "service 1 s, forward",
            ),
            ("targets = [\"web\"]\npolicy = \"least_outstanding\"", Policy::LeastOutstanding, "forward"),
            ("targets = [\"web\"]\npolicy = \"power_of_d\"", Policy::PowerOfD { d: 2 }, "forward"),
            ("targets = [\"web\"]\npolicy = \"power_of_d\"\nd = 5", Policy::PowerOfD { d: 5 }, "forward"),
            (
                "targets = [\"web\"]\npolicy = \"hash_ring\"",
                Policy::HashRing { virtual_nodes: 100 },
                "forward",
            ),
            (
                "targets = [\"web\"]\npolicy = \"hash_ring\"\nvirtual_nodes = 9",
                Policy::HashRing { virtual_nodes: 9 },
                "forward",
            ),
        ] {
            let balancer = read::<BalancerBlueprint>(toml).unwrap();
            assert_eq!(
                (balancer.policy, outline(&balancer.lines("show")).as_str()),
                (expected, lines),
                "{toml}"
            );
            assert_eq!(balancer.targets()[0].name, "web");
        }
        for (toml, expected) in [
            ("", "x:1:1: error: [balancer.it] needs the key `targets`\n".to_owned()),
            ("targets = \"web\"", error(11, "an array is needed here, not a text")),
            ("targets = []", error(11, "[balancer.it] needs a component in `targets`")),
            ("targets = [\"web\", \"web\", \"web\"]", {
                let double = |column| error(column, "`web` is among the targets already");
                double(19) + &double(26)
            }),
            (
                "targets = [1, \"Web\"]",
                error(12, "a text is needed here, not a whole number")
                    + &error(
                        15,
                        "`Web` is not a name (a name begins with a letter a-z, then letters a-z, digits and `_`)",
                    ),
            ),
            (
                "policy = \"least_outstandin\"\ntargets = [\"web\"]",
                error(
                    10,
                    "unknown choice `least_outstandin` (did you mean `least_outstanding`? valid choices: round_robin, \
                     random, least_outstanding, power_of_d, hash_ring)",
                ),
            ),
            (
                "d = 2\ntargets = [\"web\"]\nvirtual_nodes = 5",
                error(1, "`d` means something only with the policy `power_of_d`")
                    + "x:4:1: error: `virtual_nodes` means something only with the policy `hash_ring`\n",
            ),
            ("d = 0\ntargets = [\"web\"]\npolicy = \"power_of_d\"", error(5, "`d` is from 1 to 1000, not 0")),
        ] {
            assert_eq!(read::<BalancerBlueprint>(toml).map(|_| ()), Err(expected), "{toml}");
        }
    }

    #[test]
    fn round_robin_takes_turns_at_each_instance() {
        let mut state = balancer("\"round_robin\"", 2, 4);
        let turns = [0, 0, 1, 0, 1, 0, 0, 1].map(|at| forward(&mut state, at, 0));
        assert_eq!(turns, [100, 101, 102, 102, 103, 103, 100, 100]);
        let avoiding = Ask { avoid: &[InstanceId(101)], ..ask(0) };
        assert_eq!(state.forward(0, SHOW, &avoiding), Some(InstanceId(102)));
    }

    #[test]
    fn the_least_outstanding_target_is_picked_and_equals_take_turns() {
        let mut state = balancer("\"least_outstanding\"", 1, 3);
        assert_eq!([0; 5].map(|_| forward(&mut state, 0, 0)), [100, 101, 102, 100, 101]);
        assert_eq!(forward(&mut state, 0, 0), 102);
        state.release(0, InstanceId(101), &RELEASE);
        assert_eq!(
            [0; 2].map(|_| forward(&mut state, 0, 0)),
            [101, 102],
            "the turn goes on behind the last one"
        );
        let mut idle = balancer("\"least_outstanding\"", 1, 3);
        let turns = [0; 5].map(|_| {
            let target = forward(&mut idle, 0, 0);
            idle.release(0, InstanceId(target), &RELEASE);
            target
        });
        assert_eq!(turns, [100, 101, 102, 100, 101], "not always the first one");
    }

    #[test]
    fn instances_of_a_balancer_do_not_know_of_one_another() {
        let mut state = balancer("\"least_outstanding\"", 2, 2);
        for _ in 0..6 {
            forward(&mut state, 0, 0);
        }
        assert_eq!(state.instances[0].outstanding, [3, 3]);
        assert_eq!(state.instances[1].outstanding, [0, 0]);
    }

    #[test]
    fn the_best_of_all_targets_is_the_least_outstanding() {
        let (mut power, mut least) =
            (balancer("\"power_of_d\"\nd = 9", 1, 5), balancer("\"least_outstanding\"", 1, 5));
        for turn in 0..200 {
            forward(&mut power, 0, turn);
            forward(&mut least, 0, turn);
            let sorted = |state: &BalancerState| {
                let mut counts = state.instances[0].outstanding.clone();
                counts.sort_unstable();
                counts
            };
            assert_eq!(sorted(&power), sorted(&least), "turn {turn}");
        }
    }

    #[test]
    fn two_choices_are_much_better_than_one() {
        // Calls that never end, as many as targets: the fullest has about ln n / ln ln n with one choice and log2 log2 n
        // with two (Azar, Broder, Karlin and Upfal, 1994).
        for (policy, fullest) in
            [("\"random\"", 5..=9), ("\"power_of_d\"\nd = 1", 5..=9), ("\"power_of_d\"", 3..=4)]
        {
            let mut state = balancer(policy, 1, 1000);
            for turn in 0..1000 {
                forward(&mut state, 0, turn);
            }
            let most = *state.instances[0].outstanding.iter().max().unwrap();
            assert!(fullest.contains(&most), "{policy}: {most}");
        }
    }

    #[test]
    fn a_key_stays_at_its_target() {
        let mut state = balancer("\"hash_ring\"", 2, 4);
        let mut counts = [0; 4];
        for key in 0..100 {
            let owner = forward(&mut state, 0, key);
            assert_eq!(forward(&mut state, 1, key), owner);
            counts[owner as usize - 100] += 1;
            let avoiding = Ask { avoid: &[InstanceId(owner)], ..ask(key) };
            assert_ne!(state.forward(0, SHOW, &avoiding), Some(InstanceId(owner)));
            let elsewhere = Ask { avoid: &[InstanceId(if owner == 100 { 101 } else { 100 })], ..ask(key) };
            assert_eq!(state.forward(0, SHOW, &elsewhere), Some(InstanceId(owner)));
        }
        assert!(counts.iter().all(|count| (10..45).contains(count)), "the first keys are spread: {counts:?}");
    }

    #[test]
    fn every_policy_avoids_a_target_and_keeps_the_books() {
        for (policy, _) in POLICIES {
            let policy = format!("\"{policy}\"");
            let mut state = balancer(&policy, 1, 3);
            let mut held = Vec::new();
            for turn in 0..300 {
                let avoid = InstanceId(100 + turn as u32 % 3);
                let target = state.forward(0, SHOW, &Ask { avoid: &[avoid], ..ask(turn) }).unwrap();
                assert!(target != avoid && (100..103).contains(&target.0), "{policy}");
                held.push(target);
                assert!(!state.holds_nothing());
            }
            held.into_iter().for_each(|target| state.release(0, target, &RELEASE));
            assert!(state.holds_nothing(), "{policy}");
            let mut only = balancer(&policy, 1, 1);
            let target = only.forward(0, SHOW, &Ask { avoid: &[InstanceId(100)], ..ask(0) });
            assert_eq!(target, Some(InstanceId(100)), "{policy}: there is no other");
        }
    }

    #[test]
    fn an_operation_goes_to_those_who_offer_it() {
        let [web, api] = [[100, 101], [7, 8]].map(|ids| ids.map(InstanceId).to_vec());
        let both = [web.clone(), api.clone()].concat();
        let pools =
            vec![(SHOW, both.clone()), (OperationId(9), Vec::new()), (STORE, web), (OperationId(4), both)];
        for (policy, _) in POLICIES {
            let mut state = of_pools(&format!("\"{policy}\""), 1, pools.clone());
            assert_eq!((state.pools.len(), state.targets.len()), (2, 4), "equal pools are one");
            (0..50).for_each(|turn| {
                let store = state.forward(0, STORE, &ask(turn)).unwrap();
                assert!(store.0 >= 100, "{policy}");
            });
            assert_eq!(state.forward(0, OperationId(9), &ask(0)), None);
            assert_eq!(state.forward(0, OperationId(5), &ask(0)), None);
        }
    }

    #[test]
    fn the_calls_of_all_operations_count() {
        let [web, api] = [[100, 101], [7, 8]].map(|ids| ids.map(InstanceId).to_vec());
        let pools = vec![(SHOW, [web.clone(), api].concat()), (STORE, web)];
        let mut state = of_pools("\"least_outstanding\"", 1, pools);
        let targets = [SHOW, SHOW, SHOW, STORE, STORE, SHOW].map(|operation| {
            let target = state.forward(0, operation, &ask(0)).unwrap();
            target.0
        });
        assert_eq!(targets, [7, 8, 100, 101, 100, 101]);
    }
}
