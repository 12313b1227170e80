//! A world at time zero: everybody is there, nothing has happened, and the first events are due.

use super::client::ClientState;
use super::condition::Conditions;
use super::gate::has_pool;
use super::keeper::Kept;
use super::roster::Roster;
use super::{Conservation, World};
use crate::component::{Course, Figure};
use crate::kernel::queue::EventQueue;
use crate::kernel::random::{mix, stream};
use crate::kernel::request::Requests;
use crate::kernel::slab::Slab;
use crate::measure::course::GroupsServed;
use crate::measure::recorder::{Extent, Recorder};
use crate::plan::{ComponentPlan, InstancePlan, Plan};
use crate::station::{Frail, Load, Station, Watch};
use crate::units::{EdgeId, Time};
use std::collections::BTreeMap;

/// Of more groups than this it is not shown what each serves.
const GROUPS_SHOWN_MAX: u32 = 1000;

impl<'p> World<'p> {
    /// A world at time zero.
    pub fn new(plan: &'p Plan, seed: u64) -> World<'p> {
        let mut queue = EventQueue::new();
        let lanes = plan.delays.iter().map(|delay| queue.lane(*delay)).collect();
        let stations = plan.instances.iter().map(|instance| station(plan, instance, seed));
        let is_frail = plan.components.iter().any(|component| {
            component.frailty.is_some() || component.guard.is_some_and(|guard| guard.kills())
        });
        let may_fail = !plan.faults.is_empty() || plan.changes_staff() || is_frail;
        let mut world = World {
            plan,
            queue,
            lanes,
            requests: Requests::new(plan.depth),
            calls: Slab::default(),
            joins: Slab::default(),
            lists: Slab::default(),
            stations: stations.collect(),
            components: plan
                .components
                .iter()
                .map(|component| component.blueprint.state(&component.setting))
                .collect(),
            clients: plan.clients.iter().map(|client| ClientState::new(client, plan, seed)).collect(),
            kept: plan.keepers.iter().map(Kept::new).collect(),
            avoid: Vec::new(),
            ends: Vec::new(),
            pipes: vec![Time(0); plan.links.len()],
            letters: Slab::default(),
            gatherings: Slab::default(),
            unsent: BTreeMap::new(),
            effects: Vec::new(),
            strays: Vec::new(),
            peer_streams: plan
                .components
                .iter()
                .map(|one| stream(seed, &format!("{}.peers", one.name)))
                .collect(),
            skews: Vec::new(),
            has_faults: may_fail,
            has_lanes: plan.components.iter().any(|component| component.lane.is_some()),
            has_luggage: plan.sites.iter().any(|site| site.delay.is_some())
                || plan.components.iter().any(|one| one.lane.is_some() || one.blueprint.minds_callers()),
            has_scripts: plan.sites.iter().any(|site| site.script.is_some()),
            heeds_events: may_fail,
            has_detours: !plan.faults.is_empty() || plan.sites.iter().any(|site| site.latency.is_some()),
            conditions: Conditions::default(),
            roster: Roster::default(),
            lives: vec![0; plan.instances.len()],
            drains: false,
            recorder: Recorder::new(plan.timeline.clone(), &extent(plan)),
            tracer: None,
            is_noted: !plan.marks.is_empty(),
            conservation: Conservation::default(),
            fingerprint: mix(0, 0),
            events: 0,
            instant_events: 0,
            reached: Time(0),
            turns: 0,
        };
        world.keep_parts();
        world.open_ledger();
        world.schedule_faults(seed);
        world.open_roster();
        world.schedule_breakdowns();
        world.start_components();
        for client in 0..world.clients.len() {
            world.open_client(client);
        }
        world
    }

    /// Makes room for what is kept of groups of instances, and of single ones.
    fn keep_parts(&mut self) {
        let cells = self.recorder.timeline.cells();
        self.recorder.groups = self.plan.components.iter().map(|one| groups_served(one, cells)).collect();
        let apart = self.plan.apart.iter();
        self.recorder.apart = apart.map(|instance| (*instance, vec![Load::default(); cells])).collect();
    }
}

/// The station of an instance, before anybody has come.
fn station(plan: &Plan, instance: &InstancePlan, seed: u64) -> Station {
    let component = &plan.components[instance.component.index()];
    let order = || stream(seed, &format!("{}[{}].order", component.name, instance.index));
    let mut station = Station::new(instance.component, component.shape, &plan.timeline, order);
    station.guard = component.guard.map(|rules| Box::new(Watch::new(rules)));
    if let Some(memory) = component.guard.and_then(|rules| rules.memory) {
        station.change_memory(Time(0), memory.base as i64);
    }
    if let Some(rules) = &component.frailty {
        let draws = |of: &str| stream(seed, &format!("{}[{}].{of}", component.name, instance.index));
        let frail = Frail::new(rules, draws("breakdowns"), draws("collections"));
        station.frail = Some(Box::new(frail));
        station.tracks = true;
        station.is_free = false;
    }
    station
}

/// How much there is to record.
fn extent(plan: &Plan) -> Extent {
    Extent {
        faults: plan.faults.len(),
        clients: plan.clients.len(),
        slots: plan.slots.len(),
        entries: plan.entries.len(),
        edges: (0..plan.edges.len()).map(|edge| has_pool(plan, EdgeId(edge as u16))).collect(),
        links: plan.links.len(),
        outcomes: plan.outcomes.len(),
        counters: plan.components.iter().map(|component| component.blueprint.spec().counters.len()).collect(),
        figures: plan
            .components
            .iter()
            .map(|component| component.blueprint.spec().figures.iter().map(Figure::keeps).collect())
            .collect(),
        spreads: plan.components.iter().map(spread).collect(),
    }
}

/// What groups of instances serve, where that is shown: groups of one are their instances.
fn groups_served(component: &ComponentPlan, cells: usize) -> GroupsServed {
    let shows = component.blueprint.spec().courses.contains(&Course::Groups);
    let groups =
        component.groups().filter(|groups| shows && groups.size > 1 && groups.count <= GROUPS_SHOWN_MAX);
    groups.map_or_else(GroupsServed::default, |groups| GroupsServed::new(groups.count, groups.size, cells))
}

/// The instances whose visits are kept apart.
fn spread(component: &ComponentPlan) -> u32 {
    let shows = component.blueprint.spec().courses.contains(&Course::Instances);
    if shows { component.instances.1 } else { 0 }
}
