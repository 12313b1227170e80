//! How fast the engine and its parts are: whole models, the event queue, caches and histograms, the parts beside what one would
//! use instead of them.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hint::black_box;
use windtunnel::distribution::Distribution;
use windtunnel::experiment::{Experiment, Input, Unwatched, run};
use windtunnel::kernel::queue::EventQueue;
use windtunnel::kernel::random::stream;
use windtunnel::measure::histogram::Histogram;
use windtunnel::mechanism::eviction::{Cache, Capacity, Kind, Object};
use windtunnel::plan::Document;
use windtunnel::scenario::Diagnostics;
use windtunnel::units::{SECOND, Span, Time};
use windtunnel::workload::Zipf;

/// The seed of everything that is drawn here.
const SEED: u64 = 1;

/// Requests, events or values prepared before the clock starts; a power of two.
const PREPARED: usize = 1 << 16;

/// Name, scenario, and what makes it last some tens of milliseconds.
const MODELS: [(&str, &str, [&str; 2]); 3] = [
    ("mm1", include_str!("models/mm1.toml"), ["scenario.warm_up=100 s", "scenario.duration=100000 s"]),
    ("mm4", include_str!("models/mm4.toml"), ["scenario.warm_up=100 s", "scenario.duration=25000 s"]),
    ("chain", include_str!("models/chain.toml"), ["scenario.warm_up=1 s", "scenario.duration=20 s"]),
];

/// Whole runs, in requests per second.
fn models(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("models");
    group.sample_size(20);
    for (name, text, settings) in MODELS {
        let experiment = experiment(name, text, &settings.map(str::to_owned));
        let trial = &experiment.trials[0];
        let once = || run(trial, experiment.seed, &Unwatched).expect("nobody stops it");
        group.throughput(Throughput::Elements(once().conservation.born));
        group.bench_function(name, |bencher| bencher.iter(once));
    }
    group.finish();
}

fn experiment(name: &str, text: &str, settings: &[String]) -> Experiment {
    let mut diagnostics = Diagnostics::new();
    let document = Document::parse(name, text, settings, &mut diagnostics).1.expect("the model is valid");
    let input = Input { file: name, text, settings };
    Experiment::new(&document, input, &[None], &mut diagnostics).expect("the model is valid")
}

/// The hold model (Vaucher and Duval 1975): the first event is taken and another one scheduled, so that as many are pending as
/// before. The two lines of a size are the same events.
fn queue(criterion: &mut Criterion) {
    let delays = delays();
    let mut group = criterion.benchmark_group("queue");
    group.throughput(Throughput::Elements(1));
    for pending in [10, 1_000, 100_000] {
        let mut queue = EventQueue::new();
        (0..pending).for_each(|event: u32| queue.push_after(delay(&delays, event as usize), event));
        let mut turn = 0;
        group.bench_function(BenchmarkId::new("EventQueue", pending), |bencher| {
            bencher.iter(|| {
                let event = queue.pop_before(Time::NEVER, |_| true).expect("as many are pending as before");
                turn += 1;
                queue.push_after(delay(&delays, turn), event.what);
            });
        });

        let mut heap = BinaryHeap::new();
        let mut sequence = 0;
        for event in 0..pending {
            heap.push(Reverse((delay(&delays, event as usize).0, sequence, event)));
            sequence += 1;
        }
        let mut turn = 0;
        group.bench_function(BenchmarkId::new("BinaryHeap", pending), |bencher| {
            bencher.iter(|| {
                let Reverse((now, _, event)) = heap.pop().expect("as many are pending as before");
                turn += 1;
                heap.push(Reverse((now + delay(&delays, turn).0, sequence, event)));
                sequence += 1;
            });
        });
    }
    group.finish();
}

/// Exponential delays with a mean of one second.
fn delays() -> Vec<Span> {
    let law = Distribution::exponential(1.0).expect("the mean is positive");
    let mut draws = stream(SEED, "delays");
    (0..PREPARED).map(|_| Span::from_seconds(law.sample(&mut draws))).collect()
}

#[inline]
fn delay(delays: &[Span], turn: usize) -> Span {
    delays[turn % PREPARED]
}

/// Requests for objects that follow Zipf's law, to a cache that is full: what is not there is stored.
fn eviction(criterion: &mut Criterion) {
    const OBJECTS: u64 = 1_000_000;
    const ROOM: u64 = 10_000;
    const REQUESTS: u64 = 1_000_000;
    const EXPONENT: f64 = 0.99;

    let law = Zipf::new(OBJECTS, EXPONENT).expect("the law is valid");
    let mut draws = stream(SEED, "keys");
    let keys: Vec<u64> = (0..REQUESTS).map(|_| law.draw(&mut draws)).collect();
    let mut group = criterion.benchmark_group("eviction");
    group.sample_size(20).throughput(Throughput::Elements(REQUESTS));
    for kind in Kind::online() {
        let mut cache = Cache::new(kind, Capacity::Objects(ROOM));
        misses(&mut cache, &keys);
        group.bench_function(kind.name(), |bencher| bencher.iter(|| misses(&mut cache, &keys)));
    }
    group.finish();
}

fn misses(cache: &mut Cache, keys: &[u64]) -> u64 {
    cache.replay(keys.iter().map(|&key| Object { key, ..Object::default() }))
}

/// Recording latencies around 20 ms with three digits, beside the crate `hdrhistogram`.
fn histogram(criterion: &mut Criterion) {
    const DIGITS: u8 = 3;
    const LATENCY_MAX: u64 = 60 * SECOND;

    let mut draws = stream(SEED, "latencies");
    let law = Distribution::exponential(0.02).expect("the mean is positive");
    let latencies: Vec<u64> =
        (0..PREPARED).map(|_| Span::from_seconds(law.sample(&mut draws)).0.clamp(1, LATENCY_MAX)).collect();
    let mut group = criterion.benchmark_group("histogram");
    group.throughput(Throughput::Elements(PREPARED as u64));
    let mut own: Histogram = Histogram::new();
    group.bench_function("Histogram", |bencher| {
        bencher.iter(|| latencies.iter().for_each(|&latency| own.record(black_box(latency))));
    });
    let mut other =
        hdrhistogram::Histogram::<u64>::new_with_bounds(1, LATENCY_MAX, DIGITS).expect("valid bounds");
    group.bench_function("hdrhistogram", |bencher| {
        bencher.iter(|| {
            latencies.iter().for_each(|&latency| other.record(black_box(latency)).expect("in bounds"))
        });
    });
    group.finish();
}

criterion_group!(engine, models, queue, eviction, histogram);
criterion_main!(engine);
