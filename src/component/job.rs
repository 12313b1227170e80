//! A job: steps that instances run by themselves, at fixed times or again and again.
//!
//! Times are those of the scenario's clock, so that a job that runs every ten seconds does so at 0 s, 10 s, 20 s, as with cron.

use super::{
    About, Behaviour, Change, Context, Counter, Course, DefaultWorkers, Errand, Figure, Key, Plans, Reading,
    Report, Serves, Setting, Spec, Token, Wakes, Work,
};
use crate::measure::recorder::Ending;
use crate::mechanism::arrange::Arrange;
use crate::scenario::Node;
use crate::station::Handling;
use crate::units::{Span, Time};
use std::collections::BTreeMap;

/// What the table of a job says.
#[derive(Clone, Debug)]
pub struct JobBlueprint {
    steps: Node,
    schedule: Schedule,
    overlap: Overlap,
    /// How much later than its time a run begins.
    jitter: Option<Work>,
}

/// When it runs, on the scenario's clock.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Schedule {
    /// At every multiple of a time.
    Every(Span),
    /// At these times, ascending.
    At(Vec<Span>),
}

/// What happens when it is time for a run and the one before has not ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Overlap {
    /// The new one is left out.
    Skip,
    /// The new one begins when the one before has ended.
    Queue,
    /// Both run.
    Allow,
}

/// The words of `overlap`.
const OVERLAPS: [(&str, Overlap); 3] =
    [("skip", Overlap::Skip), ("queue", Overlap::Queue), ("allow", Overlap::Allow)];

/// The errand.
const RUN: u16 = 0;

/// The counters, by index.
const RUNS: usize = 0;
const FAILED: usize = 1;
const MISSED: usize = 2;
const INTERRUPTED: usize = 3;

/// The figure.
const TIME_TAKEN: usize = 0;

impl Plans for JobBlueprint {
    const SPEC: Spec = Spec {
        name: "job",
        doc: told!("Runs steps by itself at fixed times or again and again; every instance does."),
        keys: &[
            Key { name: "do", takes: "STEPS", doc: told!("What it does. Required.") },
            Key {
                name: "every",
                takes: "TIME",
                doc: told!("It runs at every multiple of this time; either this or `at` is required."),
            },
            Key {
                name: "at",
                takes: "[TIME, ..]",
                doc: told!("It runs at these times of the scenario's clock."),
            },
            Key {
                name: "jitter",
                takes: "TIMES",
                doc: told!("How much later than its time each run begins. Default: no time."),
            },
            Key {
                name: "overlap",
                takes: "\"skip\" | \"queue\" | \"allow\"",
                doc: told!(
                    "What happens when it is time for a run and the one before has not ended: the new one is left out, waits for \
                      its end, or runs beside it. Default: \"skip\"."
                ),
            },
        ],
        serves: Serves::Yes(DefaultWorkers::Unbounded),
        operations: &[],
        counters: &[
            Counter { name: "runs", doc: told!("Runs that came to their end.") },
            Counter { name: "failed", doc: told!("Runs that failed.") },
            Counter {
                name: "missed",
                doc: told!("Times at which it did not run: the one before was not over, or it was down."),
            },
            Counter { name: "interrupted", doc: told!("Runs that were cut off by a crash.") },
        ],
        figures: &[Figure::Times {
            name: "run_time",
            doc: told!("From the begin of a run, its jitter included, to its end."),
        }],
        courses: &[Course::Figure("run_time")],
        roles: &[],
    };
    type State = JobState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        let context = reading.context();
        let steps = reading.required("do").and_then(|node| {
            reading.reader.array(node)?;
            Some(node.clone())
        });
        let schedule = read_schedule(reading, &context);
        let jitter = reading.work("jitter");
        let words = OVERLAPS.map(|(word, _)| word);
        let overlap = reading.choice("overlap", &words, 0);
        Some(JobBlueprint {
            steps: steps?,
            schedule: schedule?,
            overlap: OVERLAPS[overlap?].1,
            jitter: jitter?,
        })
    }

    /// Whoever waits for its time holds no worker.
    fn handling(&self) -> Handling {
        Handling::EventLoop
    }

    fn errands(&self) -> Vec<Errand> {
        vec![Errand::Handler { key: "do", delay: self.jitter.clone(), steps: self.steps.clone() }]
    }

    fn state(&self, setting: &Setting) -> JobState {
        JobState {
            instances: (0..setting.instances).map(|_| Instance::default()).collect(),
            schedule: self.schedule.clone(),
            overlap: self.overlap,
        }
    }
}

fn read_schedule(reading: &mut Reading<'_, '_>, context: &str) -> Option<Schedule> {
    match (reading.get("every"), reading.get("at")) {
        (Some(node), None) => {
            let every = reading.reader.time(node)?;
            if every == Span::ZERO {
                reading.reader.error(node.location, "some time has to pass from one run to the next");
                return None;
            }
            Some(Schedule::Every(every))
        }
        (None, Some(node)) => {
            let times = reading.reader.array(node)?;
            let times = times.iter().map(|time| reading.reader.time(time)).collect::<Vec<_>>();
            let mut times = times.into_iter().collect::<Option<Vec<_>>>()?;
            if times.is_empty() {
                reading.reader.error(node.location, "`at` needs at least one time");
                return None;
            }
            times.arrange();
            Some(Schedule::At(times))
        }
        (every, at) => {
            let place = every.or(at).map_or(reading.location, |node| node.location);
            reading
                .reader
                .error(place, format!("{context} needs either `every` or `at`"))
                .help("as in every = \"10 s\", or at = [\"1 min\", \"5 min\"]");
            None
        }
    }
}

/// What the instances are doing.
pub struct JobState {
    instances: Vec<Instance>,
    schedule: Schedule,
    overlap: Overlap,
}

/// One instance.
#[derive(Default)]
struct Instance {
    /// When each run that is under way began, by number.
    running: BTreeMap<u32, Time>,
    /// Runs that wait for the one before.
    waiting: u32,
    /// The next number.
    next: u32,
    /// The time of the run that is due next.
    due: Option<Time>,
}

impl Behaviour for JobState {
    fn start(&mut self, context: &mut Context<'_>) {
        for at in 0..self.instances.len() as u32 {
            self.instances[at as usize].due = self.first(context);
            self.set_timer(at, context);
        }
    }

    fn wake(&mut self, at: u32, _token: u32, context: &mut Context<'_>) {
        self.pass(at, context);
        let instance = &mut self.instances[at as usize];
        match self.overlap {
            Overlap::Allow => self.run(at, context),
            _ if instance.running.is_empty() => self.run(at, context),
            Overlap::Queue => instance.waiting += 1,
            Overlap::Skip => context.count(MISSED, 1),
        }
        self.set_timer(at, context);
    }

    fn reported(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
        let instance = &mut self.instances[at as usize];
        let began = instance.running.remove(&token.item).expect("a run ends once");
        let is_well = report.ending == Ending::Completed;
        context.count(if is_well { RUNS } else { FAILED }, 1);
        context.record(TIME_TAKEN, context.now.since(began));
        if instance.waiting > 0 && instance.running.is_empty() {
            instance.waiting -= 1;
            self.run(at, context);
        }
    }

    fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
        let instance = &mut self.instances[at as usize];
        if let Change::Down(_) = change {
            let cut_off = std::mem::take(&mut instance.running).len();
            context.count(INTERRUPTED, cut_off as u64);
            return context.count(MISSED, u64::from(std::mem::take(&mut instance.waiting)));
        }
        // Times that passed while it was down.
        while self.instances[at as usize].due.is_some_and(|due| due < context.now) {
            context.count(MISSED, 1);
            self.pass(at, context);
        }
        self.set_timer(at, context);
    }

    fn holds_nothing(&self) -> bool {
        self.instances.iter().all(|one| one.running.is_empty() && one.waiting == 0)
    }
}

impl JobState {
    /// The first time to run.
    fn first(&self, context: &Context<'_>) -> Option<Time> {
        let zero = context.recorder.timeline.start();
        match &self.schedule {
            Schedule::Every(every) => Some(Time(zero.0 % every.0)),
            Schedule::At(times) => times.first().map(|time| zero + *time),
        }
    }

    /// The next time comes up.
    fn pass(&mut self, at: u32, context: &Context<'_>) {
        let zero = context.recorder.timeline.start();
        let instance = &mut self.instances[at as usize];
        let Some(due) = instance.due else { return };
        instance.due = match &self.schedule {
            Schedule::Every(every) => Some(due + *every),
            Schedule::At(times) => times.iter().map(|time| zero + *time).find(|time| *time > due),
        };
    }

    fn set_timer(&self, at: u32, context: &mut Context<'_>) {
        if let Some(due) = self.instances[at as usize].due {
            context.wake_after(at, due.since(context.now), 0, Wakes::Routine);
        }
    }

    fn run(&mut self, at: u32, context: &mut Context<'_>) {
        let instance = &mut self.instances[at as usize];
        let number = instance.next;
        instance.next = instance.next.wrapping_add(1);
        instance.running.insert(number, context.now);
        context.send(at, RUN, Token { purpose: 0, item: number }, About::default());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{error, read};
    use super::*;

    #[test]
    fn tables_and_what_is_said_about_them() {
        let help = "(as in every = \"10 s\", or at = [\"1 min\", \"5 min\"])";
        for (toml, expected) in [
            ("do = []\nevery = \"5 s\"", Ok(Schedule::Every(Span(5_000_000_000)))),
            (
                "do = []\nat = [\"2 s\", \"1 s\"]",
                Ok(Schedule::At(vec![Span(1_000_000_000), Span(2_000_000_000)])),
            ),
            ("do = []", Err(format!("x:1:6: error: [job.it] needs either `every` or `at` {help}\n"))),
            (
                "every = \"1 s\"\nat = [\"1 s\"]\ndo = []",
                Err(error(9, &format!("[job.it] needs either `every` or `at` {help}"))),
            ),
            ("every = \"0 s\"\ndo = []", Err(error(9, "some time has to pass from one run to the next"))),
            ("at = []\ndo = []", Err(error(6, "`at` needs at least one time"))),
        ] {
            assert_eq!(read::<JobBlueprint>(toml).map(|job| job.schedule), expected, "{toml}");
        }
    }
}
