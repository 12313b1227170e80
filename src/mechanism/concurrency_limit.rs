//! How many may be under way at once, learned from how long they take: the limits that a caller or a server sets itself.
//!
//! `Aimd` adds while all goes well and multiplies when something is dropped or too slow (Chiu and Jain 1989; `AIMDLimit` of Netflix'
//! concurrency-limits, 2018). `Gradient` compares the latency of a short while with that of a long one (`Gradient2Limit` of the
//! same library): a gradient below one says that a queue grows somewhere. Neither moves while less than half of it is used, so
//! that a quiet hour does not open the gate for a storm.

/// How a limit moves.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Rule {
    /// Not at all.
    Fixed(u32),
    /// Up by steps, down by a factor.
    Aimd(Aimd),
    /// Along the gradient of the latency.
    Gradient(Gradient),
}

/// Additive increase, multiplicative decrease.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Aimd {
    /// The first limit; from `min` to `max`.
    pub initial: u32,
    /// The lowest limit; at least 1.
    pub min: u32,
    /// The highest limit.
    pub max: u32,
    /// By how much the limit grows with each who ends well while at least half of it is in use.
    pub increase: f64,
    /// With what it is multiplied when one is dropped or takes longer than `timeout`; in (0, 1).
    pub decrease: f64,
    /// What takes longer counts as dropped \[ns\].
    pub timeout: u64,
}

/// The gradient of the latency.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gradient {
    /// The first limit; from `min` to `max`.
    pub initial: u32,
    /// The lowest limit; at least 1.
    pub min: u32,
    /// The highest limit.
    pub max: u32,
    /// How many times the long latency the short one may be before the limit shrinks; at least 1.
    pub tolerance: f64,
    /// The weight of a new estimate; in (0, 1].
    pub smoothing: f64,
    /// How many may wait beyond what the gradient allows, whatever the limit.
    pub queue: Allowed,
    /// The short window: the mean of so long, and of at least [`SAMPLES_MIN`] samples, is one sample of the long one \[ns\].
    pub short: u64,
    /// The long window: the exponential mean of so many short ones.
    pub long: u32,
}

/// How many a gradient lets wait.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Allowed {
    /// The square root of the limit.
    SquareRoot,
    /// So many.
    Count(u32),
}

/// A short window closes with no fewer samples.
pub const SAMPLES_MIN: u32 = 10;

/// The first so many windows weigh the same in the long mean.
const EQUAL_WINDOWS: u32 = 10;

/// A short latency below this share of the long one lets the long one fall faster.
const RECOVERED: f64 = 0.5;

/// What is left then of the long latency with each window.
const DECAY: f64 = 0.95;

/// The steepest gradient that one window may follow: outliers shed at most half.
const STEEPEST: f64 = 0.5;

/// How one of those under way ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// It was answered after so long \[ns\].
    Answered(u64),
    /// It was turned away, lost or given up.
    Dropped,
    /// Nobody knows, or it says nothing.
    Unknown,
}

/// A limit, and who is under way.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ConcurrencyLimit {
    /// The limit, with the parts of one that it has gained.
    estimate: f64,
    in_flight: u32,
    window: Window,
    /// The long mean of the latency \[ns\], and of how many windows.
    long: f64,
    windows: u32,
}

/// The samples of a short window.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
struct Window {
    closes: u64,
    samples: u32,
    sum: u64,
    busiest: u32,
    drops: u32,
}

impl ConcurrencyLimit {
    /// Nobody under way, and the first limit.
    pub fn new(rule: &Rule) -> ConcurrencyLimit {
        let first = match rule {
            Rule::Fixed(limit) => *limit,
            Rule::Aimd(aimd) => aimd.initial,
            Rule::Gradient(gradient) => gradient.initial,
        };
        ConcurrencyLimit {
            estimate: f64::from(first),
            in_flight: 0,
            window: Window::default(),
            long: 0.0,
            windows: 0,
        }
    }

    /// How many may be under way at once, in whole ones.
    #[inline]
    pub fn limit(&self) -> u32 {
        self.estimate as u32
    }

    /// How many are under way.
    #[inline]
    pub fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Somebody wants to begin; whether there is room, which is taken then.
    #[inline]
    pub fn take(&mut self) -> bool {
        let has_room = self.in_flight < self.limit();
        self.in_flight += u32::from(has_room);
        has_room
    }

    /// Somebody has ended, at this instant \[ns\].
    pub fn give_back(&mut self, rule: &Rule, now: u64, ended: Ended) {
        let in_flight = self.in_flight;
        self.in_flight -= 1;
        match rule {
            Rule::Fixed(_) => {}
            Rule::Aimd(aimd) => self.step(aimd, in_flight, ended),
            Rule::Gradient(gradient) => self.sample(gradient, now, in_flight, ended),
        }
    }

    fn step(&mut self, aimd: &Aimd, in_flight: u32, ended: Ended) {
        let next = match ended {
            Ended::Unknown => return,
            Ended::Answered(latency) if latency <= aimd.timeout => {
                let is_used = 2 * u64::from(in_flight) >= u64::from(self.limit());
                self.estimate + if is_used { aimd.increase } else { 0.0 }
            }
            // The parts of one that it had gained go with it.
            Ended::Answered(_) | Ended::Dropped => (f64::from(self.limit()) * aimd.decrease).floor(),
        };
        self.estimate = next.clamp(f64::from(aimd.min), f64::from(aimd.max));
    }

    fn sample(&mut self, gradient: &Gradient, now: u64, in_flight: u32, ended: Ended) {
        let window = &mut self.window;
        match ended {
            Ended::Unknown => return,
            Ended::Answered(latency) => {
                window.samples += 1;
                window.sum = window.sum.saturating_add(latency);
            }
            Ended::Dropped => window.drops += 1,
        }
        window.busiest = window.busiest.max(in_flight);
        let is_over = now >= window.closes && window.samples + window.drops >= SAMPLES_MIN;
        if is_over {
            let Window { samples, sum, busiest, drops, .. } = *window;
            *window = Window { closes: now.saturating_add(gradient.short), ..Window::default() };
            self.follow(gradient, samples, sum, busiest, drops);
        }
    }

    /// Follows the gradient of one short window.
    fn follow(&mut self, gradient: &Gradient, samples: u32, sum: u64, busiest: u32, drops: u32) {
        let queue = match gradient.queue {
            Allowed::SquareRoot => self.estimate.sqrt(),
            Allowed::Count(count) => f64::from(count),
        };
        let slope = if samples > 0 {
            let short = (sum as f64 / f64::from(samples)).max(1.0);
            self.remember(gradient, short);
            (gradient.tolerance * self.long / short).clamp(STEEPEST, 1.0)
        } else {
            STEEPEST
        };
        if drops == 0 && f64::from(busiest) < self.estimate / 2.0 {
            return;
        }
        let next = self.estimate * slope + queue;
        let next = self.estimate * (1.0 - gradient.smoothing) + next * gradient.smoothing;
        self.estimate = next.clamp(f64::from(gradient.min), f64::from(gradient.max));
    }

    /// The long latency takes in that of a short window.
    fn remember(&mut self, gradient: &Gradient, short: f64) {
        self.windows = self.windows.saturating_add(1);
        let weight = match self.windows {
            windows @ 1..=EQUAL_WINDOWS => 1.0 / f64::from(windows),
            _ => 2.0 / (f64::from(gradient.long) + 1.0),
        };
        self.long += (short - self.long) * weight;
        if short < self.long * RECOVERED {
            self.long *= DECAY;
        }
    }
}

impl Rule {
    /// The one that is meant where nothing else is said: of Netflix' library, but for the lowest limit, which is 20 there.
    pub const AIMD: Aimd =
        Aimd { initial: 20, min: 1, max: 200, increase: 1.0, decrease: 0.9, timeout: 5_000_000_000 };

    /// Likewise; the queue is that of the library's older `GradientLimit`.
    pub const GRADIENT: Gradient = Gradient {
        initial: 20,
        min: 1,
        max: 200,
        tolerance: 1.5,
        smoothing: 0.2,
        queue: Allowed::SquareRoot,
        short: 1_000_000_000,
        long: 600,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    const AIMD: Aimd = Aimd { initial: 2, min: 2, max: 10, increase: 1.0, decrease: 0.9, timeout: 100 * MS };

    const GRADIENT: Gradient = Gradient {
        initial: 10,
        min: 10,
        max: 100,
        tolerance: 1.5,
        smoothing: 0.2,
        queue: Allowed::Count(4),
        short: 100 * MS,
        long: 600,
    };

    #[test]
    fn a_fixed_limit_is_a_bound() {
        let rule = Rule::Fixed(2);
        let mut limit = ConcurrencyLimit::new(&rule);
        assert_eq!([limit.take(), limit.take(), limit.take()], [true, true, false]);
        limit.give_back(&rule, 5, Ended::Dropped);
        assert_eq!([limit.take(), limit.take()], [true, false]);
        assert_eq!((limit.limit(), limit.in_flight()), (2, 2));
    }

    #[test]
    fn aimd_adds_and_multiplies() {
        let [good, late] = [Ended::Answered(100 * MS), Ended::Answered(100 * MS + 1)];
        // The limit before, who are under way, how one ends, the limit after.
        for (before, under_way, ended, after) in [
            (4.0, 2, good, 5.0),
            (4.0, 4, good, 5.0),
            (5.0, 2, good, 5.0),
            (5.0, 3, good, 6.0),
            (10.0, 10, good, 10.0),
            (10.0, 1, late, 9.0),
            (9.0, 9, Ended::Dropped, 8.0),
            (2.0, 2, Ended::Dropped, 2.0),
            (9.0, 9, Ended::Unknown, 9.0),
        ] {
            let mut limit = ConcurrencyLimit::new(&Rule::Aimd(AIMD));
            (limit.estimate, limit.in_flight) = (before, under_way);
            limit.give_back(&Rule::Aimd(AIMD), 0, ended);
            assert_eq!((limit.estimate, limit.in_flight), (after, under_way - 1), "{before} {ended:?}");
        }
    }

    /// A tenth of a place with each answer: ten of them make one.
    #[test]
    fn parts_of_a_place_add_up() {
        let rule = Rule::Aimd(Aimd { increase: 0.125, ..AIMD });
        let mut limit = ConcurrencyLimit::new(&rule);
        for answers in 1..=8 {
            assert!(limit.take());
            limit.give_back(&rule, 0, Ended::Answered(1));
            assert_eq!(limit.limit(), if answers < 8 { 2 } else { 3 }, "{answers}");
        }
    }

    /// So many windows of this latency, all places taken.
    fn run(limit: &mut ConcurrencyLimit, now: &mut u64, windows: u32, latency: u64) {
        let rule = Rule::Gradient(GRADIENT);
        for _ in 0..windows {
            while limit.take() {}
            *now += GRADIENT.short;
            for _ in 0..SAMPLES_MIN {
                limit.give_back(&rule, *now, Ended::Answered(latency));
            }
        }
    }

    #[test]
    fn a_gradient_of_one_lets_the_limit_grow_by_a_part_of_the_queue() {
        let (mut limit, mut now) = (ConcurrencyLimit::new(&Rule::Gradient(GRADIENT)), 0);
        for windows in 1..=10 {
            run(&mut limit, &mut now, 1, 10 * MS);
            assert!((limit.estimate - (10.0 + 0.8 * f64::from(windows))).abs() < 1e-9, "{windows}");
        }
        // Within the tolerance of one and a half nothing changes; beyond it, the slope is what it has to be.
        let before = limit.estimate;
        run(&mut limit, &mut now, 1, 14 * MS);
        assert!((limit.estimate - (before + 0.8)).abs() < 1e-9);
        let (before, long) = (limit.estimate, limit.long);
        run(&mut limit, &mut now, 1, 25 * MS);
        let weighed = long + (25e6 - long) * 2.0 / 601.0;
        let slope = 1.5 * weighed / 25e6;
        assert!((0.5..0.7).contains(&slope), "{slope}");
        assert!((limit.estimate - (0.8 * before + 0.2 * (before * slope + 4.0))).abs() < 1e-9);
        // However slow it gets, a window takes at most a tenth: half of it, smoothed.
        let before = limit.estimate;
        run(&mut limit, &mut now, 1, 1000 * MS);
        assert!((limit.estimate - (0.9 * before + 0.8)).abs() < 1e-9);
    }

    #[test]
    fn a_limit_that_is_not_used_does_not_move() {
        let rule = Rule::Gradient(GRADIENT);
        let mut limit = ConcurrencyLimit::new(&rule);
        for sample in 0..1000 {
            assert!(limit.take());
            limit.give_back(&rule, sample * 100 * MS, Ended::Answered(10 * MS));
        }
        assert_eq!(limit.estimate, 10.0);
        // But what is dropped counts however few there are.
        limit.estimate = 50.0;
        for sample in 1000..1020 {
            assert!(limit.take());
            limit.give_back(&rule, sample * 100 * MS, Ended::Dropped);
        }
        assert!(limit.estimate < 50.0, "{}", limit.estimate);
    }

    #[test]
    fn after_a_slow_hour_the_long_latency_falls_faster_than_its_mean() {
        let (mut limit, mut now) = (ConcurrencyLimit::new(&Rule::Gradient(GRADIENT)), 0);
        run(&mut limit, &mut now, 50, 100 * MS);
        let slow = limit.long;
        run(&mut limit, &mut now, 20, 10 * MS);
        let smoothed = 10e6 + (slow - 10e6) * (1.0 - 2.0 / 601.0_f64).powi(20);
        assert!(limit.long < 0.5 * smoothed, "{} {smoothed}", limit.long);
    }
}
