//! The traffic that is Poisson by construction: which stations it reaches, how much of it, and what each visit needs there.
//!
//! The flows of Poisson clients are followed along the plan. Splitting one by chance, delaying it by independent times and
//! joining several leaves them Poisson (Kingman 1993); so does a station without memory (Burke 1956, Jackson 1957). What
//! may disturb a flow in any other way (retries, timeouts, branches, loops, state that decides) ends the analysis of all
//! that its client can reach.

use crate::distribution::Distribution;
use crate::outcome;
use crate::plan::{Choice, Law, Plan, Pool, Site, Source, Step, Whole};
use crate::station::{Discipline, Handling, Shape, UNBOUNDED};
use crate::units::{AmountId, ComponentId, OutcomeId, SECOND, SiteId, StepId};

/// What arrives at the workers of a component, over all its instances, each of which gets the same share.
#[derive(Clone, Debug, Default)]
pub(super) struct Inflow {
    /// The kinds of visits.
    pub classes: Vec<Class>,
    /// Stations with queues that the flow has passed before.
    pub upstream: Vec<ComponentId>,
    /// Whether it may be other than Poisson.
    pub is_spoiled: bool,
}

/// Visits that are alike.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Class {
    /// Arrivals \[1/s\].
    pub rate: f64,
    /// 0 is the most urgent.
    pub priority: u8,
    /// For how long each needs a worker.
    pub service: Service,
    /// Whether the visit is nothing but its one work.
    pub is_pure: bool,
}

/// The law of a service time.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub(super) struct Service {
    /// Its mean \[s\].
    pub mean: f64,
    /// Its variance [s^2].
    pub variance: f64,
    /// Whether it is exponential.
    pub is_exponential: bool,
}

/// How a station delays its visitors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Role {
    /// Each by its own times only.
    Delay,
    /// A worker is held for the whole visit.
    Blocking,
    /// A worker, or a share of the cores, is needed for each work.
    PerWork,
}

/// Longer walks than this are given up.
const STEPS_MAX: u32 = 100_000;

/// Deeper nesting of visits is given up: a handler that may call itself would be followed for ever.
const VISITS_MAX: usize = 64;

/// The inflow of each component.
pub(super) fn inflows(plan: &Plan) -> Vec<Inflow> {
    let mut inflows = vec![Inflow::default(); plan.components.len()];
    let is_reliable = plan.links.iter().all(|link| link.loss == 0 && link.bandwidth.is_none());
    for client in &plan.clients {
        let rate = match &client.source {
            Source::Open(arrivals) if is_reliable => arrivals.poisson_rate(),
            _ => None,
        };
        let mut walker = Walker {
            plan,
            inflows: vec![Inflow::default(); plan.components.len()],
            open: Vec::new(),
            steps_left: STEPS_MAX,
        };
        let course = rate.map(|rate| Course {
            step: client.start,
            rate,
            priority: client.priority,
            visits: Vec::new(),
            upstream: Vec::new(),
        });
        if course.and_then(|course| walker.follow_all(course)).is_some() {
            for (inflow, more) in inflows.iter_mut().zip(walker.inflows) {
                inflow.classes.extend(more.classes);
                inflow.upstream.extend(more.upstream);
            }
        } else {
            spoil(plan, client.component, &mut inflows);
        }
    }
    inflows
}

/// Nothing is known of what a client can reach.
fn spoil(plan: &Plan, client: ComponentId, inflows: &mut [Inflow]) {
    let mut reached = vec![client];
    while let Some(caller) = reached.pop() {
        for edge in plan.edges.iter().filter(|edge| edge.caller == caller) {
            let callee = &mut inflows[edge.callee.index()];
            if !callee.is_spoiled {
                callee.is_spoiled = true;
                reached.push(edge.callee);
            }
        }
    }
}

struct Walker<'p> {
    plan: &'p Plan,
    inflows: Vec<Inflow>,
    /// What is still to be followed, the next one last.
    open: Vec<Course>,
    steps_left: u32,
}

/// A part of a client's flow, on its way.
#[derive(Clone)]
struct Course {
    step: StepId,
    rate: f64,
    priority: u8,
    visits: Vec<Visit>,
    /// Stations with queues that it has passed.
    upstream: Vec<ComponentId>,
}

#[derive(Clone, Copy)]
struct Visit {
    component: ComponentId,
    role: Role,
    site: SiteId,
    caller_priority: u8,
    service: Service,
    works: u32,
    /// Whether it does anything besides its work that takes time.
    does_more: bool,
    /// How many stations the flow had passed when it came.
    upstream: usize,
}

impl Walker<'_> {
    /// Follows a flow, and all that it splits into, to the end of its session; none where it meets what may disturb it.
    fn follow_all(&mut self, course: Course) -> Option<()> {
        self.open.push(course);
        while let Some(course) = self.open.pop() {
            self.follow(course)?;
        }
        Some(())
    }

    /// Follows a flow until it ends or splits.
    fn follow(&mut self, mut course: Course) -> Option<()> {
        loop {
            self.steps_left = self.steps_left.checked_sub(1)?;
            match self.plan.steps[course.step.index()] {
                Step::Work(time) => {
                    self.work(&mut course, time)?;
                    course.step.0 += 1;
                }
                Step::Wait(time) => {
                    self.wait(&mut course, time)?;
                    course.step.0 += 1;
                }
                Step::Jump(to) => course.step = to,
                Step::Choose(choice) => {
                    let Choice::Drawn(branches, _) = &self.plan.choices[choice.index()] else { return None };
                    let (mut below, parts) = (0, self.open.len());
                    for (index, (share, step)) in branches.iter().enumerate() {
                        // The last branch takes what the rounding of the shares leaves.
                        let until = if index + 1 == branches.len() { u64::MAX } else { *share };
                        let share = (until - below) as f64 / u64::MAX as f64;
                        below = until;
                        self.open.push(Course { step: *step, rate: course.rate * share, ..course.clone() });
                    }
                    self.open[parts..].reverse();
                    return Some(());
                }
                Step::Call(site) => return self.call(&course, site),
                Step::Consult => {
                    // Only a cache is known to act at once and to itself.
                    let visit = course.visits.last()?;
                    let is_cache = self.plan.components[visit.component.index()].kind == "cache";
                    if !is_cache || !self.end_visit(&mut course, None)? {
                        return is_cache.then_some(());
                    }
                }
                // What is relayed is not known here.
                Step::Relay => {
                    if !self.end_visit(&mut course, None)? {
                        return Some(());
                    }
                }
                Step::Return(outcome) => {
                    if !self.end_visit(&mut course, Some(outcome))? {
                        return Some(());
                    }
                }
                _ => return None,
            }
        }
    }

    fn work(&self, course: &mut Course, time: AmountId) -> Option<()> {
        let service = service(&self.plan.amounts[time.index()].law)?;
        let visit = course.visits.last_mut()?;
        visit.works += 1;
        match visit.role {
            Role::Delay => {}
            Role::Blocking => visit.service = visit.service.and(service),
            Role::PerWork => {
                // A second work would be a second visit, and the flow to the station no longer Poisson.
                if visit.works > 1 {
                    return None;
                }
                visit.service = service;
                course.upstream.push(visit.component);
            }
        }
        Some(())
    }

    fn wait(&self, course: &mut Course, time: AmountId) -> Option<()> {
        let service = service(&self.plan.amounts[time.index()].law)?;
        if let Some(visit) = course.visits.last_mut() {
            visit.does_more = true;
            if visit.role == Role::Blocking {
                visit.service = visit.service.and(service);
            }
        }
        Some(())
    }

    fn call(&mut self, course: &Course, site_id: SiteId) -> Option<()> {
        let site = &self.plan.sites[site_id.index()];
        let mut course = course.clone();
        let priority = match site.priority.as_ref().map(|priority| &priority.law) {
            Some(Whole::Constant(priority)) => *priority as u8,
            // Each request has another one.
            Some(Whole::Computed(_)) => return None,
            None => course.priority,
        };
        if site.policy.as_ref().is_some_and(|policy| !policy.lets_calls_be()) {
            return None;
        }
        if let Some(visit) = course.visits.last_mut() {
            visit.does_more = true;
            // A worker is held for as long as others take.
            if visit.role == Role::Blocking {
                return None;
            }
        }
        if course.visits.len() >= VISITS_MAX {
            return None;
        }
        let parts = self.open.len();
        for (component, share) in self.callees(&course, site)? {
            let shape = self.plan.components[component.index()].shape;
            let catches_rejection = site.on_error.is_some()
                || site.handlers.iter().any(|(outcome, _)| *outcome == outcome::REJECTED);
            if course.upstream.contains(&component) || (shape.bound != UNBOUNDED && catches_rejection) {
                return None;
            }
            let visit = Visit {
                component,
                role: role(&shape)?,
                site: site_id,
                caller_priority: course.priority,
                service: Service::default(),
                works: 0,
                does_more: false,
                upstream: course.upstream.len(),
            };
            let mut there = course.clone();
            there.visits.push(visit);
            there.rate *= share;
            there.priority = priority;
            there.step = self.plan.entries[self.plan.entry(component, site.operation)?.index()].start;
            self.open.push(there);
        }
        self.open[parts..].reverse();
        Some(())
    }

    /// The components that a call goes to, each with its share, where every instance is equally likely.
    fn callees(&self, course: &Course, site: &Site) -> Option<Vec<(ComponentId, f64)>> {
        match site.pool {
            Pool::Component(callee) => {
                let component = &self.plan.components[callee.index()];
                let is_even = component.instances.1 == 1 || component.kind == "server";
                is_even.then(|| vec![(callee, 1.0)])
            }
            Pool::Targets => {
                let balancer = &self.plan.components[course.visits.last()?.component.index()];
                let pool =
                    balancer.setting.pools.iter().find(|(operation, _)| *operation == site.operation)?;
                let targets = &pool.1;
                if targets.len() > 1 && !balancer.blueprint.picks_at_random() {
                    return None;
                }
                let mut shares: Vec<(ComponentId, f64)> = Vec::new();
                for target in targets {
                    let component = self.plan.instances[target.index()].component;
                    let share = 1.0 / targets.len() as f64;
                    match shares.iter_mut().find(|(known, _)| *known == component) {
                        Some((_, sum)) => *sum += share,
                        None => shares.push((component, share)),
                    }
                }
                Some(shares)
            }
            Pool::Aimed(_) | Pool::Named(_) | Pool::Resolver(_) => None,
        }
    }

    /// A visit has come to its end: the flow goes on behind the call, or its session is over (`false`).
    fn end_visit(&mut self, course: &mut Course, outcome: Option<OutcomeId>) -> Option<bool> {
        let Some(visit) = course.visits.pop() else { return Some(false) };
        let takes_part = match visit.role {
            Role::Delay => false,
            Role::Blocking => true,
            Role::PerWork => visit.works > 0,
        };
        if takes_part {
            let inflow = &mut self.inflows[visit.component.index()];
            inflow.classes.push(Class {
                rate: course.rate,
                priority: course.priority,
                service: visit.service,
                is_pure: visit.works == 1 && !visit.does_more,
            });
            inflow.upstream.extend(&course.upstream[..visit.upstream]);
            if visit.role == Role::Blocking {
                course.upstream.push(visit.component);
            }
        }
        course.priority = visit.caller_priority;
        let site = &self.plan.sites[visit.site.index()];
        course.step = match outcome {
            // What the outcome will be depends on more than chance.
            None if !site.handlers.is_empty() => return None,
            None => site.next,
            Some(outcome) => site
                .handlers
                .iter()
                .find(|(handled, _)| *handled == outcome)
                .map_or(site.next, |(_, step)| *step),
        };
        Some(true)
    }
}

/// What a station is to a flow; none where it is more than one queue.
fn role(shape: &Shape) -> Option<Role> {
    let shares = shape.discipline == Discipline::ProcessorSharing;
    match (shares, shape.handling) {
        _ if shape.capacity() == UNBOUNDED => Some(Role::Delay),
        (true, _) => Some(Role::PerWork),
        _ if shape.limits_cores() => None,
        (false, Handling::Blocking) => Some(Role::Blocking),
        (false, Handling::EventLoop) => Some(Role::PerWork),
    }
}

/// The law of a time that depends on nothing but chance.
fn service(law: &Law) -> Option<Service> {
    match law {
        Law::Constant(span, _) => Some(Service { mean: span.seconds(), ..Service::default() }),
        Law::Drawn(distribution) => {
            let mean = distribution.mean()? / SECOND as f64;
            let variance = distribution.scv()? * mean * mean;
            Some(Service {
                mean,
                variance,
                is_exponential: matches!(distribution, Distribution::Exponential(_)),
            })
        }
        Law::Computed(_) => None,
    }
}

impl Service {
    /// One after the other.
    fn and(self, other: Service) -> Service {
        match (self.mean == 0.0, other.mean == 0.0) {
            (true, _) => other,
            (_, true) => self,
            _ => Service {
                mean: self.mean + other.mean,
                variance: self.variance + other.variance,
                is_exponential: false,
            },
        }
    }
}
