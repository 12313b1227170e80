//! Shows how far runs are, and stops them when the user says so.
//!
//! On a terminal there is a bar, elsewhere a line now and then. The first Ctrl-C ends the runs with what they have so far, the
//! second one ends the program.

use super::exit::Exit;
use super::print;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
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

/// Whether the user has pressed Ctrl-C.
static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C stop the runs instead of the program.
pub(super) fn catch_interrupts() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let handler = || {
            if IS_INTERRUPTED.swap(true, Ordering::Relaxed) {
                process::exit(i32::from(Exit::Interrupted.code()));
            }
        };
        if let Err(error) = ctrlc::set_handler(handler) {
            print::message(&format!("warning: Ctrl-C will end the program without results: {error}"));
        }
    });
}

/// Whether the user has pressed Ctrl-C.
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

/// The runs of an experiment, watched.
pub(super) struct Watcher {
    begin: Instant,
    state: Mutex<State>,
}

struct State {
    display: Display,
    /// Of each run: the share that is simulated, in [0, 1], and its events.
    runs: Vec<(f64, u64)>,
}

impl Watcher {
    /// Watches the runs of an experiment in silence.
    pub(super) fn silent(experiment: &Experiment) -> Watcher {
        Watcher::with(Display::Nothing, experiment)
    }

    /// Watches the runs of an experiment; the label names it.
    pub(super) fn new(experiment: &Experiment, label: &str) -> Watcher {
        let display =
            if print::can_animate() { Display::Bar(bar(label)) } else { Display::Lines(Instant::now()) };
        Watcher::with(display, experiment)
    }

    fn with(display: Display, experiment: &Experiment) -> Watcher {
        let runs = experiment.trials.len() * experiment.replications as usize;
        Watcher { begin: Instant::now(), state: Mutex::new(State { display, runs: vec![(0.0, 0); runs] }) }
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
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let length = progress.length.0.max(1) as f64;
        state.runs[progress.index] = (progress.simulated.0 as f64 / length, progress.events);
        state.show(self.begin.elapsed());
        if is_interrupted() { Signal::Stop } else { Signal::Continue }
    }
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
