//! An autoscaler: starts and stops instances of another component, as its load or a schedule wants it.
//!
//! It looks at its target from outside, as a monitoring system does: over a window, from time to time, and what it acts upon
//! may be old by then. What it has started boots before it serves, and what it stops may finish what it has.

mod rule;
mod signal;
#[cfg(test)]
mod tests;

use super::{
    Behaviour, Context, Counter, Course, Figure, Key, Plans, Reading, Serves, Setting, Sight, Spec, Staff,
    Standing, Subject, Wakes, Ward,
};
use crate::scenario::Named;
use crate::units::{InstanceId, SECOND, Span, Time};
use rule::Recommendations;
use signal::{Begin, Goal, Measure, Measured, Signal, read_schedule, read_signal};
use std::collections::VecDeque;

/// What the table of an autoscaler says.
#[derive(Clone, Debug)]
pub struct AutoscalerBlueprint {
    ward: Ward,
    plan: Scaling,
}

/// When it acts, and how.
#[derive(Clone, Debug)]
enum Scaling {
    /// By what it sees.
    Follow(Follow),
    /// At these times, counted from the begin of the measured time, with these numbers of instances.
    Schedule(Vec<(Span, u32)>, Span),
}

/// How it acts by what it sees.
#[derive(Clone, Debug)]
struct Follow {
    signal: Signal,
    /// Between two evaluations.
    every: Span,
    /// Over which time a measure is taken.
    window: Span,
    /// How old it is when it is acted upon.
    delay: Span,
    /// By which share it may be off.
    tolerance: f64,
    /// Over which time the lowest recommendation counts on the way up, and the highest on the way down.
    stabilize: UpDown,
    /// For how long nothing follows in the same direction.
    cool_down: UpDown,
    /// How long an instance may go on with what it has.
    drain: Span,
}

/// A time for the way up, and one for the way down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct UpDown {
    up: Span,
    down: Span,
}

/// The counters, by index.
const SCALE_UPS: usize = 0;
const SCALE_DOWNS: usize = 1;

/// The figures, by index.
const INSTANCES: usize = 0;
const WANTED: usize = 1;
const UNDER: usize = 2;
const OVER: usize = 3;

/// The subjects: the target at the begin of a window, and at its end.
const BEGIN: u16 = 0;
const END: u16 = 1;

/// What a timer is for; others are indices into the schedule.
const LOOK_FIRST: u32 = u32::MAX;
const LOOK_AGAIN: u32 = u32::MAX - 1;
const ACT: u32 = u32::MAX - 2;

/// How often Kubernetes looks (`--horizontal-pod-autoscaler-sync-period`).
const EVERY: Span = Span(15 * SECOND);
/// Its tolerance.
const TOLERANCE: f64 = 0.1;
/// For how long it waits on the way down (`--horizontal-pod-autoscaler-downscale-stabilization`).
const STABILIZE_DOWN: Span = Span(300 * SECOND);
/// How long it gives a pod to end.
const DRAIN: Span = Span(30 * SECOND);

impl Plans for AutoscalerBlueprint {
    const SPEC: Spec = Spec {
        name: "autoscaler",
        doc: told!(
            "Starts and stops instances of another component, as its load or a schedule wants it. The target's own `instances` \
              are those with which the run begins."
        ),
        keys: &[
            Key { name: "target", takes: "COMPONENT", doc: told!("Whose instances. Required.") },
            Key {
                name: "follow",
                takes: "{ utilization = SHARE | BOUNDS } | { queue = NUMBER | BOUNDS } | { rate = RATE | BOUNDS } | \
                        { level = LEVEL, each = NUMBER | TIME | SIZE | BOUNDS }",
                doc: told!(
                    "What each instance should have: busy workers or cores (whichever are scarcer), requests that wait, arrivals, \
                      or its part of a level that a component reports. The number of instances follows in proportion, \
                      ceil(instances x measured / wanted), or in steps beyond bounds."
                ),
            },
            Key {
                name: "schedule",
                takes: "[[TIME, COUNT], ..]",
                doc: told!(
                    "Instead of `follow`: how many instances there are from a time on, which counts from the end of the warm-up."
                ),
            },
            Key { name: "min", takes: "COUNT", doc: told!("The fewest instances. Default: 1.") },
            Key {
                name: "max",
                takes: "COUNT",
                doc: told!(
                    "The most. Required with `follow`; with `schedule` by default its largest number."
                ),
            },
            Key { name: "every", takes: "TIME", doc: told!("Between two evaluations. Default: 15 s.") },
            Key {
                name: "window",
                takes: "TIME",
                doc: told!("Over which time it measures. Default: as long as `every`."),
            },
            Key {
                name: "delay",
                takes: "TIME",
                doc: told!("How old a measure is when it is acted upon. Default: 0 s."),
            },
            Key {
                name: "tolerance",
                takes: "SHARE",
                doc: told!(
                    "By which share the measure may be off before anything happens; not with steps. Default: 10 %."
                ),
            },
            Key {
                name: "stabilize",
                takes: "{ up? = TIME, down? = TIME }",
                doc: told!(
                    "On the way up the lowest number that was wanted within this time counts, on the way down the highest. \
                      Default: 0 s and 5 min."
                ),
            },
            Key {
                name: "cool_down",
                takes: "{ up? = TIME, down? = TIME }",
                doc: told!(
                    "After instances have been started (stopped) no others are for this time. Default: 0 s."
                ),
            },
            Key {
                name: "drain",
                takes: "TIME",
                doc: told!(
                    "How long an instance that takes no more calls may go on with what it has: it is stopped when that is done, \
                      or after this time; who is left is reset. Default: 30 s."
                ),
            },
        ],
        serves: Serves::No,
        operations: &[],
        counters: &[
            Counter { name: "scale_ups", doc: told!("How often instances were started.") },
            Counter { name: "scale_downs", doc: told!("How often instances were stopped.") },
        ],
        figures: &[
            Figure::Level {
                name: "instances",
                unit: "1",
                doc: told!("Instances of the target that take calls."),
            },
            Figure::Level {
                name: "wanted",
                unit: "1",
                doc: told!(
                    "Instances that the last evaluation wanted; before it was stabilised, within `min` and `max`."
                ),
            },
            Figure::Duration {
                name: "under_provisioned",
                doc: told!("Time in which fewer instances took calls than the last evaluation wanted."),
            },
            Figure::Duration {
                name: "over_provisioned",
                doc: told!("Time in which more instances took calls than the last evaluation wanted."),
            },
        ],
        courses: &[Course::Figure("instances"), Course::Figure("wanted")],
        roles: &[],
    };
    type State = AutoscalerState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let context = reading.context();
        let target = reading.required("target").and_then(|node| {
            let name = reading.reader.name(node)?.to_owned();
            Some(Named { name, location: node.location })
        });
        let (plan, most) = match (reading.entry("follow"), reading.entry("schedule")) {
            (Some(_), Some(schedule)) => {
                let message = format!("{context} has `follow` or `schedule`, not both");
                reading.reader.error(schedule.name_location, message);
                return None;
            }
            (Some(follow), None) => {
                let signal = read_signal(reading, follow);
                (read_follow(reading, signal).map(Scaling::Follow), None)
            }
            (None, Some(entry)) => {
                let words = ["every", "window", "delay", "tolerance", "stabilize", "cool_down"];
                let strays: Vec<Option<()>> =
                    words.iter().map(|word| reading.only_with(word, "`follow`")).collect();
                let schedule = read_schedule(reading, entry);
                let most = schedule.iter().flatten().map(|one| one.1).max().or(Some(1));
                let drain = time_or(reading, "drain", DRAIN);
                let plan = match (schedule, drain) {
                    (Some(schedule), Some(drain)) if !strays.contains(&None) => {
                        Some(Scaling::Schedule(schedule, drain))
                    }
                    _ => None,
                };
                (plan, most)
            }
            (None, None) => {
                reading
                    .reader
                    .error(reading.location, format!("{context} needs `follow` or `schedule`"))
                    .help("as in `follow = { utilization = \"60 %\" }`");
                (None, Some(1))
            }
        };
        let min = reading.count("min", 1, 1, INSTANCES_MAX);
        let max = match most {
            None if reading.get("max").is_none() => {
                reading.required("max");
                None
            }
            most => reading.count("max", most.unwrap_or(1), 1, INSTANCES_MAX),
        };
        let (min, max, plan) = (min?, max?, plan?);
        if min > max {
            let place = reading.place_of("min");
            reading.reader.error(place, format!("`min` is at most `max`, which is {max}, not {min}"));
            return None;
        }
        if let Scaling::Schedule(schedule, _) = &plan
            && let Some((_, count)) = schedule.iter().find(|(_, count)| !(min..=max).contains(count))
        {
            let place = reading.place_of("schedule");
            let message = format!("the schedule wants {count} instances, not from {min} to {max}");
            reading.reader.error(place, message);
            return None;
        }
        Some(AutoscalerBlueprint { ward: Ward { target: target?, min, max }, plan })
    }

    fn ward(&self) -> Option<&Ward> {
        Some(&self.ward)
    }

    fn subjects(&self) -> Vec<Subject> {
        let Scaling::Follow(follow) = &self.plan else { return Vec::new() };
        let measure = &follow.signal.measure;
        let subject = match measure {
            Measure::Level { of, level } => {
                Subject { component: of.clone(), level: Some(level.clone()), needs_workers: false }
            }
            _ => Subject {
                component: self.ward.target.clone(),
                level: None,
                needs_workers: *measure == Measure::Utilization,
            },
        };
        vec![subject.clone(), subject]
    }

    fn never_acts(&self, initial: u32, run: Span) -> Option<String> {
        let Ward { min, max, .. } = self.ward;
        if min == max {
            return Some(format!("`min` and `max` are both {min}"));
        }
        match &self.plan {
            Scaling::Schedule(schedule, _) => {
                let mut entries = schedule.iter().take_while(|(at, _)| *at < run);
                let is_idle = entries.all(|(_, number)| *number == initial);
                is_idle.then(|| format!("the schedule has nothing but {initial} before the end of the run"))
            }
            Scaling::Follow(follow) if follow.delay + follow.window >= run => {
                Some("the first evaluation would come when the run is over".to_owned())
            }
            Scaling::Follow(follow) => {
                let Signal { measure: Measure::Utilization, goal: Goal::Each(aim) } = follow.signal else {
                    return None;
                };
                let is_idle = initial == min && 1.0 <= aim * (1.0 + follow.tolerance);
                is_idle.then(|| {
                    "it begins with `min`, and not even all workers together are busier than is tolerated"
                        .to_owned()
                })
            }
        }
    }

    fn lists(&self, _figure: &str) -> bool {
        true
    }

    fn state(&self, setting: &Setting) -> AutoscalerState {
        let staff = setting.staff.expect("an autoscaler has a target");
        AutoscalerState {
            plan: self.plan.clone(),
            min: self.ward.min,
            max: self.ward.max,
            staff,
            zero: setting.zero,
            standings: vec![Standing::Serving; staff.most as usize],
            begins: VecDeque::new(),
            measured: VecDeque::new(),
            recommendations: Recommendations::default(),
            owed: 0,
            started: None,
            stopped: None,
            wanted: None,
            told: Time(0),
        }
    }
}

/// The most instances that anybody could ask for.
const INSTANCES_MAX: u32 = 100_000;

fn read_follow(reading: &mut Reading<'_, '_>, signal: Option<Signal>) -> Option<Follow> {
    let every = positive(reading, "every", EVERY);
    let window = positive(reading, "window", every.unwrap_or(EVERY));
    let delay = time_or(reading, "delay", Span::ZERO);
    let tolerance = match reading.get("tolerance") {
        Some(node) => reading.reader.share(node),
        None => Some(TOLERANCE),
    };
    let stabilize = read_up_down(reading, "stabilize", UpDown { up: Span::ZERO, down: STABILIZE_DOWN });
    let cool_down = read_up_down(reading, "cool_down", UpDown { up: Span::ZERO, down: Span::ZERO });
    let drain = time_or(reading, "drain", DRAIN);
    Some(Follow {
        signal: signal?,
        every: every?,
        window: window?,
        delay: delay?,
        tolerance: tolerance?,
        stabilize: stabilize?,
        cool_down: cool_down?,
        drain: drain?,
    })
}

fn time_or(reading: &mut Reading<'_, '_>, key: &str, default: Span) -> Option<Span> {
    reading.time(key).map(|time| time.unwrap_or(default))
}

fn positive(reading: &mut Reading<'_, '_>, key: &str, default: Span) -> Option<Span> {
    let time = time_or(reading, key, default)?;
    if time > Span::ZERO {
        return Some(time);
    }
    let node = reading.get(key)?;
    reading.reader.error(node.location, format!("`{key}` is longer than 0 s"));
    None
}

fn read_up_down(reading: &mut Reading<'_, '_>, key: &str, default: UpDown) -> Option<UpDown> {
    let Some(node) = reading.get(key) else { return Some(default) };
    let context = format!("`{key}` of {}", reading.context());
    let reader = &mut *reading.reader;
    let table = reader.table(node)?;
    reader.check_keys(table, &context, &["up", "down"]);
    let mut time = |key: &str, default: Span| match table.get(key) {
        Some(node) => reader.time(node),
        None => Some(default),
    };
    let (up, down) = (time("up", default.up), time("down", default.down));
    Some(UpDown { up: up?, down: down? })
}

/// What an autoscaler knows.
pub struct AutoscalerState {
    plan: Scaling,
    min: u32,
    max: u32,
    staff: Staff,
    /// When the measured time begins.
    zero: Time,
    /// Of each instance of the target.
    standings: Vec<Standing>,
    /// The begins of the windows that are open.
    begins: VecDeque<Begin>,
    /// What was measured and has not been acted upon yet.
    measured: VecDeque<Measured>,
    recommendations: Recommendations,
    /// How many were to be started and are still leaving.
    owed: u32,
    /// When instances were started last.
    started: Option<Time>,
    /// When some were stopped last.
    stopped: Option<Time>,
    /// How many the last evaluation wanted.
    wanted: Option<u32>,
    /// Until when it has been told how many there are.
    told: Time,
}

impl AutoscalerState {
    fn count(&self, standing: Standing) -> u32 {
        self.standings.iter().filter(|one| **one == standing).count() as u32
    }

    /// Says how long there have been too few or too many until now.
    fn account(&mut self, context: &mut Context<'_>) {
        let since = self.told;
        self.told = since.max(context.now);
        let Some(wanted) = self.wanted.filter(|_| since < context.now) else { return };
        match self.count(Standing::Serving).cmp(&wanted) {
            std::cmp::Ordering::Less => context.pass(UNDER, since),
            std::cmp::Ordering::Greater => context.pass(OVER, since),
            std::cmp::Ordering::Equal => {}
        }
    }

    fn want(&mut self, wanted: u32, context: &mut Context<'_>) {
        self.account(context);
        self.wanted = Some(wanted);
        context.level(WANTED, f64::from(wanted));
    }

    /// Starts or stops instances until there are so many, those who boot included.
    fn scale_to(&mut self, number: u32, drain: Span, context: &mut Context<'_>) {
        let all = self.count(Standing::Serving) + self.count(Standing::Starting);
        let first = self.staff.first.0;
        let instance = |index: usize| InstanceId(first + index as u32);
        let of = |standing: Standing| {
            let indices = self.standings.iter().enumerate();
            indices.filter(move |(_, one)| **one == standing).map(|(index, _)| index)
        };
        if number > all {
            let free: Vec<usize> = of(Standing::Away).take((number - all) as usize).collect();
            // Who is still leaving cannot be started yet, and is when it has gone.
            self.owed = number - all - free.len() as u32;
            free.into_iter().for_each(|index| self.start_one(instance(index), context));
        } else if number < all {
            // The youngest first, and of all those who do not serve yet.
            let booting: Vec<usize> = of(Standing::Starting).collect();
            let serving: Vec<usize> = of(Standing::Serving).collect();
            let youngest = booting.into_iter().rev().chain(serving.into_iter().rev());
            youngest.take((all - number) as usize).for_each(|index| context.stop(instance(index), drain));
            context.count(SCALE_DOWNS, 1);
            self.owed = 0;
            self.stopped = Some(context.now);
        }
    }

    /// Starts an instance; those of one moment are started together.
    fn start_one(&mut self, target: InstanceId, context: &mut Context<'_>) {
        context.start(target);
        if self.started != Some(context.now) {
            context.count(SCALE_UPS, 1);
        }
        self.started = Some(context.now);
    }

    /// Acts upon what was measured.
    fn act(&mut self, measured: Measured, context: &mut Context<'_>) {
        let Scaling::Follow(follow) = &self.plan else { unreachable!("a schedule measures nothing") };
        let (serving, booting) = (self.count(Standing::Serving), self.count(Standing::Starting));
        let all = serving + booting;
        let tolerance = follow.tolerance;
        let wanted = match (&follow.signal.goal, measured) {
            (_, Measured::Nothing) => return,
            (Goal::Each(each), Measured::Mean(mean)) => {
                rule::by_mean(serving, booting, mean / each, tolerance)
            }
            (Goal::Each(each), Measured::Sum(sum)) => rule::by_sum(all, sum, *each, tolerance),
            (Goal::Steps { up, down }, Measured::Mean(mean)) => rule::by_steps(all, mean, up, down),
            (Goal::Steps { up, down }, Measured::Sum(sum)) => {
                rule::by_steps(all, sum / f64::from(serving.max(1)), up, down)
            }
        };
        let wanted = wanted.clamp(self.min, self.max);
        let (UpDown { up, down }, cool_down, drain) = (follow.stabilize, follow.cool_down, follow.drain);
        let settled = self.recommendations.settle(context.now, wanted, all, up, down);
        self.want(wanted, context);
        self.owed = self.owed.min(settled.saturating_sub(all));
        let cools = |since: Option<Time>, time: Span| since.is_some_and(|since| context.now < since + time);
        let waits = match settled.cmp(&all) {
            std::cmp::Ordering::Greater => cools(self.started, cool_down.up),
            std::cmp::Ordering::Less => cools(self.stopped, cool_down.down),
            std::cmp::Ordering::Equal => true,
        };
        if !waits {
            self.scale_to(settled, drain, context);
        }
    }
}

impl Behaviour for AutoscalerState {
    fn start(&mut self, context: &mut Context<'_>) {
        context.level(INSTANCES, f64::from(self.count(Standing::Serving)));
        match &self.plan {
            Scaling::Follow(follow) => {
                // The first evaluation whose window lies within the run.
                let turns = (follow.delay.0 + follow.window.0).div_ceil(follow.every.0);
                let first = Span(turns * follow.every.0 - follow.delay.0 - follow.window.0);
                context.wake_after(0, first, LOOK_FIRST, Wakes::Routine);
                context.wake_after(0, first + follow.window, LOOK_AGAIN, Wakes::Routine);
            }
            Scaling::Schedule(schedule, _) => {
                for (index, (at, _)) in schedule.iter().enumerate() {
                    let after = (self.zero + *at).since(context.now);
                    context.wake_after(0, after, index as u32, Wakes::Routine);
                }
            }
        }
    }

    fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
        match &self.plan {
            Scaling::Follow(follow) => match token {
                LOOK_FIRST => {
                    context.look(at, BEGIN);
                    context.wake_after(at, follow.every, token, Wakes::Routine);
                }
                LOOK_AGAIN => {
                    context.look(at, END);
                    context.wake_after(at, follow.every, token, Wakes::Routine);
                }
                _ => {
                    let measured = self.measured.pop_front().expect("what is acted upon was measured");
                    self.act(measured, context);
                }
            },
            Scaling::Schedule(schedule, drain) => {
                let ((_, number), drain) = (schedule[token as usize], *drain);
                self.want(number, context);
                self.scale_to(number, drain, context);
            }
        }
    }

    fn saw(&mut self, at: u32, subject: u16, sight: &Sight, context: &mut Context<'_>) {
        if subject == BEGIN {
            return self.begins.push_back(Begin { at: context.now, load: sight.load });
        }
        let Scaling::Follow(follow) = &self.plan else { unreachable!("a schedule looks at nothing") };
        let begin = self.begins.pop_front().expect("a window begins before it ends");
        let measured = follow.signal.measure.between(&begin, context.now, sight);
        if follow.delay == Span::ZERO {
            return self.act(measured, context);
        }
        self.measured.push_back(measured);
        context.wake_after(at, follow.delay, ACT, Wakes::Routine);
    }

    fn stands(&mut self, target: InstanceId, standing: Standing, context: &mut Context<'_>) {
        self.account(context);
        self.standings[(target.0 - self.staff.first.0) as usize] = standing;
        context.level(INSTANCES, f64::from(self.count(Standing::Serving)));
        if standing == Standing::Away && self.owed > 0 {
            self.owed -= 1;
            self.start_one(target, context);
        }
    }

    fn close(&mut self, context: &mut Context<'_>) {
        self.account(context);
    }

    fn memory(&self) -> u64 {
        let begins = self.begins.capacity() * size_of::<Begin>();
        (self.standings.len() * size_of::<Standing>() + begins) as u64
    }

    fn level(&self, figure: usize) -> Option<f64> {
        match figure {
            INSTANCES => Some(f64::from(self.count(Standing::Serving))),
            _ => self.wanted.map(f64::from),
        }
    }
}
