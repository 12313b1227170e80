//! Shows how far runs are, and stops them when the user says so.
//!
//! On a terminal there is a bar, elsewhere a line now and then. The first Ctrl-C, or SIGTERM, ends the runs with what they have
//! so far, the second one ends the program.

use super::exit::Exit;
use super::print;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};
use windtunnel::experiment::{Experiment, Progress, Signal, Watch};
use windtunnel::scenario::{format_count, format_duration, format_rate};

/// Runs that are over sooner show nothing.
const PATIENCE: Duration = Duration::from_millis(300);

/// How often a line is printed where there is no bar.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// More letters of a title would leave no room for the bar.
const LABEL_LENGTH: usize = 30;

/// Positions of the bar.
const BAR_LENGTH: u64 = 10_000;

/// Whether the user, or whoever shuts the machine down, has asked for an end.
static IS_INTERRUPTED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// Makes Ctrl-C and SIGTERM stop the runs instead of the program. A hang-up does what it did: whoever runs this with `nohup` wants
/// it to go on.
pub(super) fn catch_interrupts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [SIGINT, SIGTERM] {
            let flag = || Arc::clone(&IS_INTERRUPTED);
            let code = i32::from(Exit::Interrupted.code());
            // In this order: the first one only sets the flag, which makes the second one end the program.
            let caught = flag::register_conditional_shutdown(signal, code, flag());
            if let Err(error) = caught.and_then(|_| flag::register(signal, flag())) {
                print::message(&format!("warning: Ctrl-C will end the program without results: {error}"));
            }
        }
    });
}

/// Whether an end was asked for.
pub(super) fn is_interrupted() -> bool {
    IS_INTERRUPTED.load(Ordering::Relaxed)
}

/// How progress is shown.
enum Display {
    /// Not at all.
    Nothing,
    /// A bar that moves.
    Bar(ProgressBar),
    /// A line now and then; when the last one was printed.
    Lines(Instant),
}

impl Display {
    fn new(label: &str) -> Display {
        if print::can_animate() { Display::Bar(bar(label)) } else { Display::Lines(Instant::now()) }
    }
}

/// The runs of an experiment, or several experiments, watched.
pub(super) struct Watcher {
    begin: Instant,
    state: Mutex<State>,
}

struct State {
    display: Display,
    /// Of each run or experiment: the share that is simulated, in [0, 1], and its events.
    runs: Vec<(f64, u64)>,
}

impl Watcher {
    /// Watches the runs of an experiment in silence.
    pub(super) fn silent(experiment: &Experiment) -> Watcher {
        Watcher::with(Display::Nothing, runs_of(experiment))
    }

    /// Watches the runs of an experiment; the label names it.
    pub(super) fn new(experiment: &Experiment, label: &str) -> Watcher {
        Watcher::with(Display::new(label), runs_of(experiment))
    }

    /// Watches so many experiments, of each of which a [`Part`] watches the runs.
    pub(super) fn of_many(experiments: usize, label: &str, quiet: bool) -> Watcher {
        Watcher::with(if quiet { Display::Nothing } else { Display::new(label) }, experiments)
    }

    fn with(display: Display, runs: usize) -> Watcher {
        Watcher { begin: Instant::now(), state: Mutex::new(State { display, runs: vec![(0.0, 0); runs] }) }
    }

    /// Watches the runs of one of the experiments.
    pub(super) fn part(&self, index: usize, experiment: &Experiment) -> Part<'_> {
        Part { whole: self, index, runs: Mutex::new(vec![(0.0, 0); runs_of(experiment)]) }
    }

    /// Prints something where a bar may stand.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        let bar = match &self.lock().display {
            Display::Bar(bar) => Some(bar.clone()),
            Display::Nothing | Display::Lines(_) => None,
        };
        match bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far one of the things that are watched is: the share that is done, in [0, 1], and its events.
    fn see(&self, index: usize, seen: (f64, u64)) -> Signal {
        let mut state = self.lock();
        state.runs[index] = seen;
        state.show(self.begin.elapsed());
        if is_interrupted() { Signal::Stop } else { Signal::Continue }
    }

    /// Ends the display; gives how long the runs took \[s\].
    pub(super) fn finish(self) -> f64 {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Display::Bar(bar) = state.display {
            bar.finish_and_clear();
        }
        self.begin.elapsed().as_secs_f64()
    }
}

impl Watch for Watcher {
    fn look(&self, progress: Progress) -> Signal {
        self.see(progress.index, seen(progress))
    }
}

/// The runs of one of several experiments, watched.
pub(super) struct Part<'w> {
    whole: &'w Watcher,
    index: usize,
    runs: Mutex<Vec<(f64, u64)>>,
}

impl Watch for Part<'_> {
    fn look(&self, progress: Progress) -> Signal {
        let mut runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner);
        runs[progress.index] = seen(progress);
        let done = runs.iter().map(|(share, _)| share).sum::<f64>() / runs.len() as f64;
        self.whole.see(self.index, (done, runs.iter().map(|(_, events)| events).sum()))
    }
}

fn runs_of(experiment: &Experiment) -> usize {
    experiment.trials.len() * experiment.replications as usize
}

fn seen(progress: Progress) -> (f64, u64) {
    (progress.simulated.0 as f64 / progress.length.0.max(1) as f64, progress.events)
}

impl State {
    fn show(&mut self, elapsed: Duration) {
        let done = self.runs.iter().map(|(share, _)| share).sum::<f64>() / self.runs.len() as f64;
        let events = self.runs.iter().map(|(_, events)| events).sum::<u64>() as f64;
        match &mut self.display {
            Display::Nothing => {}
            Display::Bar(bar) => {
                if bar.is_hidden() && elapsed >= PATIENCE {
                    bar.set_draw_target(ProgressDrawTarget::stderr());
                }
                bar.set_position((done * BAR_LENGTH as f64) as u64);
                bar.set_message(rate(events, elapsed));
            }
            Display::Lines(last) => {
                if last.elapsed() >= LINE_EVERY {
                    *last = Instant::now();
                    print::message(&line(done, events, elapsed));
                }
            }
        }
    }
}

/// The bar, which is shown only when the runs take a while.
fn bar(label: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {percent:>3} %  {msg}  {eta} left");
    let style = style.expect("the template is well formed");
    let bar = ProgressBar::with_draw_target(Some(BAR_LENGTH), ProgressDrawTarget::hidden());
    bar.with_style(style.progress_chars("━╸─"))
        .with_prefix(label.chars().take(LABEL_LENGTH).collect::<String>())
}

/// "123 M events, 9.8 M/s".
fn rate(events: f64, elapsed: Duration) -> String {
    let per_second = events / elapsed.as_secs_f64().max(1e-9);
    format!("{} events, {}", format_count(events), format_rate(per_second))
}

/// "42 % done, 123 M events, 9.8 M/s, about 14 s left".
fn line(done: f64, events: f64, elapsed: Duration) -> String {
    let percent = (done * 100.0).floor();
    let mut text = format!("{percent} % done, {}", rate(events, elapsed));
    if done > 0.0 {
        let left = (elapsed.as_secs_f64() * (1.0 - done) / done).ceil();
        text += &format!(", about {} left", format_duration(left));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_far_how_fast_and_how_long_still() {
        for (done, events, seconds, expected) in [
            (0.25, 123_000_000.0, 10, "25 % done, 123 M events, 12.3 M/s, about 30 s left"),
            (0.999, 1.0, 100, "99 % done, 1 events, 0.01 /s, about 1 s left"),
            (0.0, 0.0, 10, "0 % done, 0 events, 0 /s"),
        ] {
            assert_eq!(line(done, events, Duration::from_secs(seconds)), expected);
        }
    }
}
