//! What the tests of the kinds share: tables as text, requests, and something to record on.

use super::{
    Ask, Behaviour, Context, Effect, Geography, Line, Luggage, Plans, Reading, Setting, Spec, Verdict,
};
use crate::kernel::request::{Flags, Parent, Request, RequestId, State};
use crate::measure::histogram::Histogram;
use crate::measure::recorder::{Extent, Recorder};
use crate::measure::timeline::{Timeline, Window};
use crate::outcome;
use crate::scenario::{Diagnostics, Estimates, Reader, Sources, Value, parse};
use crate::station::UNBOUNDED;
use crate::units::{EdgeId, EntryId, InstanceId, SECOND, SiteId, SlotId, Span, StepId, Time};
use std::sync::Arc;

/// Reads a table, which begins in the second line of `x`: the blueprint, or everything that is wrong.
pub(super) fn read<B: Plans>(toml: &str) -> Result<B, String> {
    let (mut sources, mut diagnostics) = (Sources::new(), Diagnostics::new());
    let text = format!("[{}.it]\n{toml}", B::SPEC.name);
    let root = parse(&mut sources, "x", &text, &mut diagnostics).expect("the text is TOML");
    let Value::Table(kind) = &root.get(B::SPEC.name).expect("the kind").value else { panic!("a table") };
    let entry = kind.entry("it").expect("the component");
    let Value::Table(table) = &entry.node.value else { panic!("a table") };
    let instances = match table.get("instances").map(|node| &node.value) {
        Some(Value::Integer(count)) => *count as u32,
        _ => 1,
    };
    let estimates = Estimates::new();
    let mut reader = Reader::new(&mut diagnostics, &estimates);
    let location = entry.name_location;
    let blueprint =
        B::read(&mut Reading { name: "it", location, spec: &B::SPEC, table, reader: &mut reader, instances });
    assert_eq!(blueprint.is_none(), diagnostics.has_errors(), "nothing fails in silence");
    blueprint.ok_or_else(|| diagnostics.lines(&sources))
}

/// The message of the only error, which stands in the second line at this column.
pub(super) fn error(column: usize, message: &str) -> String {
    format!("x:2:{column}: error: {message}\n")
}

/// Lines of a plan in short.
pub(super) fn outline(lines: &[Line]) -> String {
    let words = lines.iter().map(|line| match line {
        Line::Work(work) => format!("{} {} s", work.key, work.time.mean().expect("a mean")),
        Line::Consult => "consult".to_owned(),
        Line::Forward => "forward".to_owned(),
        Line::Handler(node) => match &node.value {
            Value::Array(steps) => format!("handler of {}", steps.len()),
            _ => panic!("a handler is an array"),
        },
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Where a component with this many instances stands in a plan of its own.
pub(super) fn setting(instances: u32) -> Setting {
    let geography = Arc::new(Geography::default());
    Setting {
        name: 0x6974,
        seed: 1,
        first: InstanceId(0),
        geography,
        instances,
        first_entry: EntryId(0),
        operations: Vec::new(),
        workers: UNBOUNDED,
        pools: Vec::new(),
        targets: Vec::new(),
        staff: None,
        zero: Time(0),
        future: None,
    }
}

/// A call about nothing, from nobody.
pub(super) fn ask() -> Ask<'static> {
    Ask { key: 0, user: 0, from: InstanceId::NONE, action: 0, avoid: &[], bits: 0, now: Time(0) }
}

/// A request about a key.
pub(super) fn request(key: u64) -> Request {
    Request {
        generation: 0,
        stamp: 0,
        fate: 0,
        key,
        user: 0,
        id: 0,
        size: 0,
        version: 0,
        value: 0,
        born: Time(0),
        since: Time(0),
        due: Time(0),
        abandoned: Time::NEVER,
        sent: Time(0),
        from: InstanceId::NONE,
        deadline: Time::NEVER,
        step: StepId(0),
        at: InstanceId(0),
        site: SiteId(0),
        branch_turn: 0,
        target: InstanceId::NONE,
        parent: Parent::None,
        siblings: (u32::MAX, u32::MAX),
        slot: SlotId(0),
        cell: 0,
        entry: EntryId(0),
        outcome: outcome::OK,
        wasted_by: EdgeId(0),
        state: State::Running,
        depth: 0,
        nesting: 0,
        attempt: 1,
        priority: 0,
        flags: Flags::default(),
    }
}

/// A component alone: its state, the time, and what is counted.
pub(super) struct Scene<S> {
    /// What is tested.
    pub(super) state: S,
    /// The simulated time.
    pub(super) now: Time,
    /// What the component wants done, in the order in which it said so.
    pub(super) effects: Vec<Effect>,
    /// Who visits.
    pub(super) visitor: RequestId,
    /// Who has called it.
    pub(super) caller: InstanceId,
    /// What is known of it besides.
    pub(super) luggage: Luggage,
    spec: Spec,
    recorder: Recorder,
}

impl<S: Behaviour> Scene<S> {
    /// The component of a table, with this many instances.
    pub(super) fn new<B: Plans<State = S>>(toml: &str, instances: u32) -> Scene<S> {
        Scene::at::<B>(toml, &setting(instances))
    }

    /// The component of a table that stands there in a plan.
    pub(super) fn at<B: Plans<State = S>>(toml: &str, setting: &Setting) -> Scene<S> {
        let blueprint = read::<B>(toml).expect("a good table");
        let extent = Extent {
            faults: 0,
            clients: 0,
            slots: 0,
            entries: 0,
            edges: Vec::new(),
            links: 0,
            outcomes: outcome::ALL.len(),
            counters: vec![B::SPEC.counters.len()],
            figures: vec![B::SPEC.figures.iter().map(super::Figure::keeps).collect()],
            spreads: vec![0],
        };
        let timeline = Timeline::new(Span::ZERO, Span(SECOND), 1, &[]);
        let recorder = Recorder::new(timeline, &extent);
        let state = blueprint.state(setting);
        let (effects, visitor, caller) = (Vec::new(), RequestId::NONE, InstanceId::NONE);
        Scene {
            state,
            now: Time(0),
            effects,
            visitor,
            caller,
            luggage: Luggage::default(),
            spec: B::SPEC,
            recorder,
        }
    }

    /// Visits an instance.
    pub(super) fn visit(&mut self, at: u32, operation: &str, request: &mut Request) -> Verdict {
        let action = self.spec.operations.iter().position(|one| one.name == operation).expect("an operation");
        self.touch(|state, context| state.visit(at, action as u16, request, context))
    }

    /// Lets the component act.
    pub(super) fn touch<R>(&mut self, act: impl FnOnce(&mut S, &mut Context<'_>) -> R) -> R {
        self.recorder.advance(self.now.min(Time(u64::MAX / 2)));
        let mut context = Context {
            now: self.now,
            recorder: &mut self.recorder,
            component: 0,
            first: InstanceId(0),
            skews: &[],
            visitor: self.visitor,
            caller: self.caller,
            luggage: &self.luggage,
            effects: &mut self.effects,
        };
        act(&mut self.state, &mut context)
    }

    /// How long a figure of the spec has lasted, as far as that was told \[ns\].
    pub(super) fn duration(&self, figure: usize) -> u64 {
        self.recorder.duration(0, figure, Window { first: 0, end: self.recorder.timeline.cells() })
    }

    /// The times of a figure of the spec.
    pub(super) fn times(&self, figure: usize) -> Histogram {
        let mut all = Histogram::default();
        self.recorder.times[0][figure].iter().for_each(|times| all.merge(times));
        all
    }

    /// What the component has wanted done since this was asked last, in short.
    pub(super) fn wanted(&mut self) -> String {
        let words = self.effects.drain(..).map(|effect| match effect {
            Effect::Wake { at, after, token, .. } => format!("wake {} after {} as {token}", at.0, after.0),
            Effect::Post { from, to, letter } => format!("letter {} from {} to {}", letter.tag, from.0, to.0),
            Effect::Send { at, errand, token, about } => {
                format!("send {} on {errand} as {} about {}", at.0, token.item, about.key)
            }
            Effect::Settle { request, verdict } => format!("settle {}: {verdict:?}", request.index),
            Effect::Look { at, subject } => format!("look {} at {subject}", at.0),
            Effect::Start { target } => format!("start {}", target.0),
            Effect::Stop { target, drain } => format!("stop {} after {}", target.0, drain.0),
            Effect::Compare { sighting, .. } => format!("compare {} {:?}", sighting.key, sighting.version),
            Effect::Finish { request, report } => {
                let word = outcome::ALL[report.outcome.index()].word;
                format!("answer {}: {word} {} B version {}", request.index, report.size, report.version)
            }
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// A counter, by its name.
    pub(super) fn counter(&self, name: &str) -> u64 {
        let index = self.spec.counters.iter().position(|counter| counter.name == name).expect("a counter");
        self.counted()[index]
    }

    /// All counters, in the order of the spec.
    pub(super) fn counted(&self) -> Vec<u64> {
        let count = self.spec.counters.len();
        (0..count)
            .map(|counter| self.recorder.counters[0].iter().skip(counter).step_by(count).sum())
            .collect()
    }
}
